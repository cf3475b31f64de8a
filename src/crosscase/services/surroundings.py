"""A passage as it stands in its source: the turn that holds it, the turns around, and whose spans touch which words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import sqlalchemy as sa

from crosscase.errors import NotFound
from crosscase.services.source_view import Block, SourcePage, read_source
from crosscase.services.study import Study
from crosscase.store import schema

_GAP = re.compile(r"\s+")
_LONG = 40  # characters after which a word is cut all the same
_AROUND = 260  # characters that are shown of a neighbouring turn
_WITHIN = 420  # … and of a long turn on either side of the passage


@dataclass(frozen=True)
class Part:
    """Words that the same spans touch; ``spans`` are their positions in what was asked for."""

    text: str
    spans: tuple[int, ...]


@dataclass(frozen=True)
class Line:
    """A turn or paragraph, or the piece of it that is shown; ``near`` is false for what stands before and after."""

    speaker: str
    question: bool
    near: bool
    parts: tuple[Part, ...]
    cut_before: bool
    cut_after: bool


class Surroundings:
    """Reads each source once."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._pages: dict[str, SourcePage] = {}
        s = schema.source.c
        with study.reading() as connection:
            self.guids: dict[str, str] = {r.name: r.guid for r in connection.execute(sa.select(s.name, s.guid))}

    def source(self, name: str) -> SourcePage:
        """A source by its name; raises ``NotFound``."""
        if name not in self.guids:
            raise NotFound(f"no source {name!r}", where="sources", mend="the Study room lists the sources")
        if name not in self._pages:
            self._pages[name] = read_source(self._study, self.guids[name])
        return self._pages[name]

    def lines(self, name: str, start: int, end: int, spans: Sequence[Sequence[tuple[int, int]]] = ()) -> list[Line]:
        """The passage with the turn before and the turn after.

        ``spans`` are lists of code-point spans, one list per coder, say; a part of the text names those that touch it.
        """
        blocks = self.source(name).blocks
        low = min([start, *(a for some in spans for a, _ in some)])
        high = max([end, *(b for some in spans for _, b in some)])
        holding = [n for n, b in enumerate(blocks) if b.start < high and low < b.end]
        if not holding:
            return []
        first, last = holding[0], holding[-1]
        shown = [(b, b.start, b.end, True) for b in blocks[first : last + 1]]
        shown = [(b, max(a, low - _WITHIN), min(z, high + _WITHIN), near) for b, a, z, near in shown]
        if first:
            b = blocks[first - 1]
            shown.insert(0, (b, max(b.start, b.end - _AROUND), b.end, False))
        if last + 1 < len(blocks):
            b = blocks[last + 1]
            shown.append((b, b.start, min(b.end, b.start + _AROUND), False))
        cut = [(b, *_whole_words(b, a, z, low if near else z, high if near else a), near) for b, a, z, near in shown]
        return [_line(b, a, z, near, spans) for b, a, z, near in cut if a < z]


def _whole_words(block: Block, start: int, end: int, low: int, high: int) -> tuple[int, int]:
    """A part of a block that begins and ends with a word; what lies from ``low`` to ``high`` stays in it."""
    if start > block.start:
        gap = _GAP.search(block.text, start - block.start - 1, min(low, start + _LONG) - block.start)
        start = block.start + gap.end() if gap else start
    if end < block.end:
        gaps = list(_GAP.finditer(block.text, max(high, end - _LONG) - block.start, end - block.start + 1))
        end = block.start + gaps[-1].start() if gaps else end
    return start, end


def _line(block: Block, start: int, end: int, near: bool, spans: Sequence[Sequence[tuple[int, int]]]) -> Line:
    edges = {start, end}
    for some in spans:
        edges |= {min(max(place, start), end) for span in some for place in span}
    places = sorted(edges)
    parts = []
    for a, b in pairwise(places):
        touching = tuple(n for n, some in enumerate(spans) if any(x < b and a < y for x, y in some))
        parts.append(Part(block.text[a - block.start : b - block.start], touching))
    return Line(block.speaker or "", block.question, near, tuple(parts), start > block.start, end < block.end)
