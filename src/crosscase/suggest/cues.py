"""Which facet values the words near a term point to: the cues of a framework's facets."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

MODE = "mode"  # the facet that, with the locus, lets a weak term count


@dataclass(frozen=True, order=True)
class Cue:
    """Words that point to one value of a facet, at one place in a text."""

    start: int
    end: int
    facet: str
    value: str
    term: str = ""


class Cues:
    """All cues of one text; a cue inside a longer cue of its facet is part of that one."""

    def __init__(self, found: Sequence[Cue]) -> None:
        self._cues = _outermost(sorted(found))
        self._starts = [cue.start for cue in self._cues]

    def within(self, start: int, end: int) -> list[Cue]:
        """The cues that stand whole inside a span, in order."""
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return [cue for cue in self._cues[first:last] if cue.end <= end]


def answer(cues: Sequence[Cue], facet: str, passage: tuple[int, int], terms: Sequence[tuple[int, int]]) -> Cue | None:
    """The cue that answers a facet; ``None`` when there is none or when it cannot be told which.

    ``cues`` are those in the surroundings. Inside the passage the nearest to a term wins; from further away a value
    counts only when it is alone.
    """
    asked = [cue for cue in cues if cue.facet == facet]
    inside = [cue for cue in asked if passage[0] <= cue.start and cue.end <= passage[1]]
    if inside:
        ranked = sorted((min(_distance(cue, term) for term in terms), cue) for cue in inside)
        nearest = {cue.value for distance, cue in ranked if distance == ranked[0][0]}
        return ranked[0][1] if len(nearest) == 1 else None
    return asked[0] if len({cue.value for cue in asked}) == 1 else None


def _distance(cue: Cue, term: tuple[int, int]) -> int:
    return max(cue.start - term[1], term[0] - cue.end, 0)


def _outermost(cues: Sequence[Cue]) -> list[Cue]:
    kept: list[Cue] = []
    longest: dict[str, tuple[int, int]] = {}
    for cue in sorted(cues, key=lambda c: (c.start, -c.end)):
        span = longest.get(cue.facet)
        if span is not None and cue.end <= span[1] and (cue.start, cue.end) != span:
            continue
        longest[cue.facet] = (cue.start, cue.end)
        kept.append(cue)
    return sorted(kept)
