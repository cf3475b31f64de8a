"""Analyses beside the typing: a child process computes, everybody reads; kept until an input changes."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from crosscase.errors import CrosscaseError, EngineError
from crosscase.report.content import Report
from crosscase.services.analyses import choose_layer, input_hash
from crosscase.services.study import Study

_COURTEOUS = 10  # niceness of the child process


@dataclass(frozen=True)
class State:
    """``report`` holds the newest results, of the inputs ``key``; ``step`` says what a running computation does."""

    key: str = ""
    report: Report | None = None
    problem: str = ""
    running: bool = False
    step: str = ""
    done: int = 0
    total: int = 0
    seconds: float = 0.0


@dataclass
class AnalysisDesk:
    """Computes the results of a study in a process of its own, one computation at a time."""

    study: Study
    _state: State = State()
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _child: Any = None

    def now(self) -> State:
        with self._lock:
            return self._state

    def key(self) -> str:
        """The hash of everything that the results depend on; raises ``NotEnoughEvidence`` when nothing is coded."""
        layer, _ = choose_layer(self.study)
        return input_hash(self.study, layer)

    def preset(self, key: str, report: Report) -> None:
        """Take over results that were computed before the server started."""
        with self._lock:
            self._state = State(key, report)

    def ask(self) -> State:
        """Start computing unless the results are there or on their way."""
        key = self.key()
        with self._lock:
            state = self._state
            if state.running or (state.key == key and (state.report is not None or state.problem)):
                return state
            # Results of before stay readable while the new ones are computed.
            self._state = State(state.key, state.report, "", True, "starting", 0, 0)
            threading.Thread(target=self._run, args=(key,), daemon=True).start()
            return self._state

    def stop(self) -> None:
        child = self._child
        if child is not None and child.is_alive():
            child.kill()
            child.join()

    def _run(self, key: str) -> None:
        began = time.monotonic()
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe(duplex=False)
        self._child = context.Process(target=compute, args=(self.study.folder, there), daemon=True)
        self._child.start()
        there.close()
        report: Report | None = None
        problem = "the computation was stopped"
        try:
            while True:
                kind, *rest = here.recv()
                if kind == "step":
                    self._say(*rest)
                elif kind == "done":
                    report, problem = rest[0], ""
                    break
                else:
                    problem = rest[0]
                    break
        except EOFError:
            problem = str(EngineError(problem, where="the analyses", mend="compute again"))
        self._child.join()
        with self._lock:
            before = self._state.report
            seconds = time.monotonic() - began
            self._state = State(key, report or (before if problem else None), problem, seconds=seconds)

    def _say(self, step: str, done: int, total: int) -> None:
        with self._lock:
            state = self._state
            self._state = State(state.key, state.report, "", True, step, done, total)


def compute(folder: Path, pipe: Connection) -> None:
    """In the child process: compute everything and send the content of the report, or the sentence why not."""
    from crosscase.services.analyses import analyse
    from crosscase.services.reporting.fill import fill_report
    from crosscase.services.study import open_study

    os.nice(_COURTEOUS)
    try:
        with open_study(folder) as study:
            analyses = analyse(study, lambda step, done, total: pipe.send(("step", step, done, total)))
            pipe.send(("step", "writing it down", 1, 1))
            pipe.send(("done", fill_report(study, analyses).report))
    except CrosscaseError as error:
        pipe.send(("failed", str(error)))
    finally:
        pipe.close()
