"""How far a search goes: limits of models and time, and a clock that keeps them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from crosscase.errors import InputError


@dataclass(frozen=True)
class Limits:
    """How far a search goes before it hands back what it has.

    Attributes
    ----------
    models
        At most this many models are listed.
    seconds
        At most this long, over the whole call.
    cancelled
        Asked now and then; when it says True the search stops as if its time were over.
    """

    models: int = 10_000
    seconds: float = 20.0
    cancelled: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        if self.models < 1 or not self.seconds > 0:
            raise InputError("limits are a number of models from 1 and a time above 0 seconds")


class OutOfTime(Exception):
    """The clock of a search has run out; internal, never leaves the package."""


@dataclass
class Clock:
    """One search's time: ``tick`` raises ``OutOfTime`` when it is over."""

    limits: Limits
    start: float = field(default_factory=time.monotonic)

    @property
    def stopped(self) -> str:
        """Why a search ended early, to follow "the search"."""
        return "was cancelled" if self.limits.cancelled() else f"was stopped after {self.limits.seconds:g} s"

    @property
    def left(self) -> float:
        return self.limits.seconds - (time.monotonic() - self.start)

    def tick(self) -> None:
        if self.left <= 0 or self.limits.cancelled():
            raise OutOfTime
