"""Solutions beside the typing: a child process solves one plan after the other, and the newest answers are kept."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from typing import Any

from crosscase.errors import CrosscaseError, EngineError
from crosscase.services.configurations import Configurations, configure
from crosscase.services.memberships import Plan, Sets

_COURTEOUS = 10  # niceness of the child process
_KEPT = 40
Answer = Configurations | CrosscaseError


@dataclass
class SetsDesk:
    """Answers to plans, by key; a computation can be stopped and leaves nothing behind."""

    solve: Callable[[Sets, Plan], Configurations] = configure
    _answers: OrderedDict[str, Answer] = field(default_factory=OrderedDict)
    _waiting: OrderedDict[str, tuple[Sets, Plan]] = field(default_factory=OrderedDict)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None
    _child: Any = None
    _began: float = 0.0

    def ask(self, key: str, sets: Sets, plan: Plan, *, wait: float = 1.5) -> Configurations | None:
        """The answer, or ``None`` while it is being computed; raises the sentence why there is none.

        ``wait`` is how long an answer may take before the caller shows that it is on its way.
        """
        with self._changed:
            if key not in self._answers and key not in self._waiting:
                self._waiting[key] = (replace(sets, found=None), plan)
                self._changed.notify_all()
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, daemon=True)
                    self._thread.start()
            self._changed.wait_for(lambda: key in self._answers or key not in self._waiting, timeout=wait)
            answer = self._answers.get(key)
            if isinstance(answer, EngineError):
                del self._answers[key]  # said once; asking again computes again
        if isinstance(answer, CrosscaseError):
            raise answer
        return answer

    def running(self, key: str) -> bool:
        with self._changed:
            return key in self._waiting

    @property
    def seconds(self) -> float:
        """How long the present computation has taken so far."""
        return time.monotonic() - self._began if self._waiting else 0.0

    def stop(self) -> None:
        """End the present computation; the thread that waits for it clears up after it."""
        child = self._child
        if child is not None and child.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)

    def _work(self) -> None:
        pipe: Connection | None = None
        while True:
            with self._changed:
                if not self._waiting:
                    self._changed.wait_for(lambda: bool(self._waiting))
                key, job = next(iter(self._waiting.items()))
                self._began = time.monotonic()
            if pipe is None or not self._child.is_alive():
                pipe = self._start()
            answer: Answer
            try:
                pipe.send(job)
                answer = pipe.recv()
            except (EOFError, OSError):
                self._child.join()
                pipe = None
                answer = EngineError("the computation was stopped", where="Configurations", mend="compute again")
            with self._changed:
                self._waiting.pop(key, None)
                self._answers[key] = answer
                while len(self._answers) > _KEPT:
                    self._answers.popitem(last=False)
                self._changed.notify_all()

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        self._child = context.Process(target=solve_plans, args=(there, self.solve), daemon=True)
        self._child.start()
        there.close()
        return here


def solve_plans(pipe: Connection, solve: Callable[[Sets, Plan], Configurations]) -> None:
    """In the child process: solve what comes in until nobody asks any more."""
    os.nice(_COURTEOUS)
    with contextlib.suppress(EOFError):
        while True:
            sets, plan = pipe.recv()
            try:
                answer: Answer = solve(sets, plan)
            except CrosscaseError as error:
                answer = error
            pipe.send(answer)
