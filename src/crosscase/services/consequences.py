"""What undoing an event does: a sentence, what follows from it, and what does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crosscase.services.activity import Happening

ALL_NUMBERS = "Every number that counts it changes; the history keeps both."


@dataclass(frozen=True)
class Undoing:
    """What undoing an event does: a sentence, its consequences, and what does it."""

    happening: Happening
    does: str
    consequences: tuple[str, ...]
    perform: Callable[[], object]
