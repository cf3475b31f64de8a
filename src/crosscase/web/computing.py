"""Analyses beside the typing: a child process computes, everybody reads; kept until an input changes."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from crosscase.errors import CrosscaseError
from crosscase.report.content import Report
from crosscase.services.analyses import choose_layer, input_hash
from crosscase.services.reporting.coder_types import HOW_TO_ASK
from crosscase.services.reporting.fill import Filled
from crosscase.services.reporting.robust import ID as ROBUSTNESS
from crosscase.services.study import Door, Study
from crosscase.web.errands import in_child

_COURTEOUS = 10  # niceness of the child process


@dataclass(frozen=True)
class State:
    """``filled`` holds the newest results, of the inputs ``key``; ``step`` says what a running computation does."""

    key: str = ""
    filled: Filled | None = None
    problem: str = ""
    running: bool = False
    step: str = ""
    done: int = 0
    total: int = 0
    seconds: float = 0.0

    @property
    def report(self) -> Report | None:
        return self.filled.report if self.filled is not None else None

    @property
    def robust(self) -> bool:
        """Whether the results say how firmly the verdicts stand."""
        return self.report is not None and any(section.id == ROBUSTNESS for section in self.report.more)

    @property
    def can_compare_coders(self) -> bool:
        """Whether the types of each coder's own codings could be compared, and are not in the results."""
        agreement = self.report.agreement if self.report is not None else None
        return agreement is not None and agreement.types is not None and agreement.types.note == HOW_TO_ASK


@dataclass
class AnalysisDesk:
    """Computes the results of a study in a process of its own, one computation at a time."""

    study: Study
    _state: State = State()
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _child: Any = None
    _compared: bool = False  # whether the types of each coder's codings were asked for

    def now(self) -> State:
        with self._lock:
            return self._state

    def key(self) -> str:
        """The hash of everything that the results depend on; raises ``NotEnoughEvidence`` when nothing is coded."""
        layer, _ = choose_layer(self.study)
        return input_hash(self.study, layer)

    def preset(self, key: str, filled: Filled) -> None:
        """Take over results that were computed before the server started."""
        with self._lock:
            self._state = State(key, filled)

    def ask(self, *, robust: bool = False, coder_types: bool = False) -> State:
        """Start computing unless the results are there or on their way.

        ``robust`` asks how firmly verdicts stand, ``coder_types`` whether each coder's own codings give the same ones.
        """
        key = self.key()
        with self._lock:
            state = self._state
            wanted = (robust and not state.robust) or (coder_types and state.can_compare_coders)
            there = state.key == key and (state.filled is not None or state.problem != "")
            if state.running or (there and not wanted):
                return state
            if state.key == key:  # what was added before stays
                robust = robust or state.robust
                coder_types = coder_types or self._compared
            # Results of before stay readable while the new ones are computed.
            self._state = State(state.key, state.filled, "", True, "starting")
            self._compared = coder_types
            threading.Thread(target=self._run, args=(key, robust, coder_types), daemon=True).start()
            return self._state

    def stop(self) -> None:
        child = self._child
        if child is not None and child.is_alive():
            child.kill()
            child.join()

    def _run(self, key: str, robust: bool, coder_types: bool) -> None:
        began = time.monotonic()
        filled, problem = in_child(compute, (self.study.door, robust, coder_types), self._say, self._hold)
        with self._lock:
            seconds = time.monotonic() - began
            self._state = State(key, filled or self._state.filled, problem, seconds=seconds)

    def _hold(self, child: Any) -> None:
        self._child = child

    def _say(self, step: str, done: int, total: int) -> None:
        with self._lock:
            state = self._state
            self._state = State(state.key, state.filled, "", True, step, done, total)


def compute(door: Door, robust: bool, coder_types: bool, pipe: Connection) -> None:
    """In the child process: compute everything and send the filled report, or the sentence why not."""
    from crosscase.services.agreeing_types import with_types_by_coder
    from crosscase.services.analyses import analyse
    from crosscase.services.reporting.fill import fill_report
    from crosscase.services.study import open_study

    def say(step: str, done: int, total: int) -> None:
        pipe.send(("step", step, done, total))

    os.nice(_COURTEOUS)
    try:
        with open_study(door) as study:
            analyses = analyse(study, say, robust=robust)
            if coder_types:
                analyses = with_types_by_coder(study, analyses, say)
            say("writing it down", 1, 1)
            pipe.send(("done", fill_report(study, analyses)))
    except CrosscaseError as error:
        pipe.send(("failed", str(error)))
    finally:
        pipe.close()
