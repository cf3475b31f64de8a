"""Work beside the typing that a room asks for by name: a search, say. One process each; what it made is kept."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from typing import Any

from crosscase.errors import CrosscaseError, EngineError
from crosscase.services.study import Door, Study

_COURTEOUS = 10  # niceness of the child process
_WAITED_FOR = 3  # where somebody sits before the page until it is done


@dataclass(frozen=True)
class Errand:
    """How an errand stands; ``made`` is what it brought, from the inputs ``key``."""

    key: str = ""
    made: Any = None
    problem: str = ""
    running: bool = False
    step: str = ""
    done: int = 0
    total: int = 0


@dataclass
class Errands:
    """The errands of one workbench, by name."""

    study: Study
    _known: dict[str, Errand] = field(default_factory=dict)
    _children: dict[str, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self, name: str) -> Errand:
        with self._lock:
            return self._known.get(name, Errand())

    def ask(self, name: str, key: str, target: Callable[..., None], *args: Any) -> Errand:
        """Start an errand unless it is on its way; ``target`` gets the door of the study, ``args`` and a pipe."""
        with self._lock:
            before = self._known.get(name, Errand())
            if before.running:
                return before
            started = Errand(key, before.made, "", True, "starting")
            self._known[name] = started
        threading.Thread(target=self._run, args=(name, key, target, args), daemon=True).start()
        return started

    def stop(self) -> None:
        for child in self._children.values():
            if child.is_alive():
                child.kill()
                child.join()

    def _run(self, name: str, key: str, target: Callable[..., None], args: tuple[Any, ...]) -> None:
        def say(step: str, done: int, total: int) -> None:
            with self._lock:
                self._known[name] = replace(self._known[name], step=step, done=done, total=total)

        def hold(child: Any) -> None:
            self._children[name] = child

        made, problem = in_child(target, (self.study.door, *args), say, hold)
        with self._lock:
            self._known[name] = Errand(key, made, problem)


def in_child(
    target: Callable[..., None],
    args: tuple[Any, ...],
    say: Callable[[str, int, int], None],
    hold: Callable[[Any], None],
) -> tuple[Any, str]:
    """Run a computation in a process of its own: what it made, or the sentence why it did not.

    ``target`` gets a pipe after its arguments and sends steps, then what it made or why not; ``hold`` gets the
    process, so that it can be stopped.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=target, args=(*args, there), daemon=True)
    try:
        child.start()
    except OSError as error:  # no memory, or no more processes
        said = f"the computation cannot be started ({error.strerror})"
        return None, str(EngineError(said, where="workbench", mend="close other programs and ask for it again"))
    hold(child)
    there.close()
    made, problem = None, "the computation was stopped"
    try:
        while True:
            kind, *rest = here.recv()
            if kind == "step":
                say(*rest)
                continue
            made, problem = (rest[0], "") if kind == "done" else (None, rest[0])
            break
    except EOFError:
        problem = str(EngineError(problem, where="workbench", mend="ask for it again"))
    child.join()
    return made, problem


def compare_types(door: Door, rounds: tuple[str, ...], pipe: Connection) -> None:
    """In the child process: the verdict of every case from each coder's own codings."""
    from crosscase.services.agreeing_types import types_by_coder
    from crosscase.services.study import open_study

    os.nice(_COURTEOUS)
    try:
        with open_study(door) as study:
            pipe.send(("step", "identifying each case once per coder", 0, 1))
            pipe.send(("done", types_by_coder(study, rounds=rounds)))
    except CrosscaseError as error:
        pipe.send(("failed", str(error)))
    finally:
        pipe.close()


def search_against(door: Door, coder: str, wanted: str, pipe: Connection) -> None:
    """In the child process: search for what speaks against one claim (its GUID), or against all."""
    from crosscase.services.claims import claim_by_guid
    from crosscase.services.disconfirming import raise_candidates
    from crosscase.services.study import open_study

    os.nice(_COURTEOUS)
    try:
        with open_study(door) as opened:
            study = opened.acting_as(coder)
            name = claim_by_guid(study, wanted).name if wanted else None
            done = raise_candidates(study, name, progress=lambda *step: pipe.send(("step", *step)))
            pipe.send(("done", (done.raised, done.layer, done.why_no_verdicts)))
    except CrosscaseError as error:
        pipe.send(("failed", str(error)))
    finally:
        pipe.close()


def measure_agreement(
    door: Door, unit: str, coefficient: str, rounds: tuple[str, ...], visible: tuple[str, ...], pipe: Connection
) -> None:
    """In the child process: all tables of the Agreement room, with what they rest on."""
    from crosscase.services.agreeing_at_once import agreement_rests_on, measure_together
    from crosscase.services.study import open_study

    os.nice(_WAITED_FOR)
    try:
        with open_study(door) as study:
            rests_on = agreement_rests_on(study, visible)
            made = measure_together(
                study,
                unit=unit,
                coefficient=coefficient,
                rounds=rounds,
                visible=visible,
                progress=lambda *step: pipe.send(("step", *step)),
            )
            pipe.send(("done", (rests_on, made)))
    except CrosscaseError as error:
        pipe.send(("failed", str(error)))
    finally:
        pipe.close()
