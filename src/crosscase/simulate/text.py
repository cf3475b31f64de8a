"""Writing the text of a source piece by piece, so that every passage knows where it stands.

Positions are code points into the text exactly as it is written to disk.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from crosscase.simulate.selection import Chosen

MARK = "SIMULATED for demonstration. Invented people, places and words; not data."


@dataclass(frozen=True)
class Piece:
    """Some words; with ``chosen`` they are a coded passage, else what is said around passages.

    ``before`` stands between the piece and the one before it.
    """

    text: str
    chosen: Chosen | None = None
    subject: str = "all"
    domain: str = ""
    before: str = " "


@dataclass(frozen=True)
class Stretch:
    """A piece where it stands: ``text[start:end]``, inside the turn or paragraph ``text[outer_start:outer_end]``."""

    start: int
    end: int
    outer_start: int
    outer_end: int
    piece: Piece


@dataclass
class Script:
    """A source's text as it grows."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    stretches: list[Stretch] = field(default_factory=list)
    n_words: int = 0

    def line(self, text: str) -> None:
        """A line of its own, followed by an empty one."""
        self._write(f"{text}\n\n")

    def turn(self, label: str, pieces: Sequence[Piece], *, is_question: bool = False) -> None:
        """A paragraph of pieces; with a label it is a turn. Questions are context and never coded."""
        self._write(label)
        outer = self.length
        spans: list[tuple[int, int, Piece]] = []
        for number, piece in enumerate(pieces):
            if number:
                self._write(piece.before)
            start = self.length
            self._write(piece.text)
            spans.append((start, self.length, piece))
        if not is_question:
            self.stretches.extend(Stretch(start, end, outer, self.length, piece) for start, end, piece in spans)
        self._write("\n\n")

    def _write(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)
        self.n_words += len(text.split())

    def text(self) -> str:
        """The whole text; it ends with one line end."""
        return "".join(self.parts).rstrip("\n") + "\n"


class Deck:
    """Deals the items of a list so that all are dealt equally often in the study, and as seldom as can be in a case."""

    def __init__(self, n: int) -> None:
        self.n = n
        self._in_study = np.zeros(n)
        self._in_case = np.zeros(n)

    def open_case(self) -> None:
        """Begin with another case."""
        self._in_case[:] = 0

    def deal(
        self,
        rng: np.random.Generator,
        dealt: set[int],
        allowed: Collection[int] | None = None,
        barred: Collection[int] = (),
    ) -> int | None:
        """The place of an item that is allowed and not among those ``dealt`` in this source; it is added to them."""
        order = self._in_case * 1000.0 + self._in_study + rng.random(self.n) * 0.9
        order[[*dealt, *barred]] = np.inf
        if allowed is not None:
            outside = np.ones(self.n, dtype=bool)
            outside[list(allowed)] = False
            order[outside] = np.inf
        place = int(np.argmin(order))
        if not np.isfinite(order[place]):
            return None
        dealt.add(place)
        self._in_case[place] += 1
        self._in_study[place] += 1
        return place
