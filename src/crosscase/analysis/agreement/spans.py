"""Spans that coders marked freely, put onto one line.

Sources follow each other on a line (and, where codes are looked at one by one, so do copies of the line): a **lane** is
one source on one such copy. Every coder's units are then half-open intervals on a single axis, sorted once; between two
neighbouring ends nothing changes, so the line falls into segments on which every coder has one state. That is the whole
sweep: sort, search, sum.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from crosscase.errors import Degenerate, InputError, OffsetError

from .ratings import Floats, Ints

Span = tuple[float, float, Any]
Marked = Sequence[Span] | Mapping[Any, Sequence[Span]]
"""One coder's spans, or one coder's spans by source. A source that is not there was not read."""
Spans = Mapping[Any, Marked]
Length = float | Mapping[Any, float]
GAP = 0
UNREAD = -1


@dataclass(frozen=True)
class Marks:
    """All spans as columns, and who read what.

    Attributes
    ----------
    coder, source, value, start, end
        One entry per span; ``value`` is a position in ``values``.
    read
        Coders × sources.
    length
        Of each source.
    named
        True when sources were named.
    """

    coder: Ints
    source: Ints
    value: Ints
    start: Floats
    end: Floats
    values: tuple[Hashable, ...]
    coders: tuple[Hashable, ...]
    sources: tuple[Hashable, ...]
    read: npt.NDArray[np.bool_]
    length: Floats
    named: bool

    def where(self, n: int) -> str:
        """Which span, in words."""
        place = f", source {self.sources[self.source[n]]}" if self.named else ""
        return f"coder {self.coders[self.coder[n]]}{place}, span {self.start[n]:g} to {self.end[n]:g}"

    def choose(self, spans: npt.NDArray[np.bool_]) -> Marks:
        """Only these spans; what was read stays read."""
        return replace(
            self,
            coder=self.coder[spans],
            source=self.source[spans],
            value=self.value[spans],
            start=self.start[spans],
            end=self.end[spans],
        )

    def shared(self) -> Marks:
        """Only sources that two coders read."""
        twice = self.read.sum(axis=0) >= 2
        if not twice.any():
            raise Degenerate("no source was read by two coders", mend="let two coders read the same sources")
        kept = self.choose(twice[self.source])
        return replace(
            kept,
            source=(np.cumsum(twice) - 1)[kept.source],
            sources=tuple(name for name, here in zip(self.sources, twice, strict=True) if here),
            read=self.read[:, twice],
            length=self.length[twice],
        )


def read_spans(
    spans: Spans, length: Length, clusters: Mapping[Any, Sequence[Hashable]] | None = None, *, endless: bool = False
) -> Marks:
    """Check and arrange what was handed in.

    Parameters
    ----------
    spans
        ``{coder: [(start, end, value), …]}`` on one line, or ``{coder: {source: [(start, end, value), …]}}``.
    length
        Of the line, or ``{source: length}``.
    clusters
        ``{coder: [source of each span]}`` beside the first form; every coder has then read every source of ``length``.
    endless
        Lines may have no end.

    Raises
    ------
    Degenerate
        Fewer than two coders.
    OffsetError
        A span that is empty or leaves its source.
    InputError
        Forms that do not go together.
    """
    if not isinstance(spans, Mapping):
        raise InputError("spans are {coder: [(start, end, value), …]}", where="spans")
    if len(spans) < 2:
        raise Degenerate("agreement needs two coders or more", where=f"{len(spans)} coder in these spans")
    lengths = dict(length) if isinstance(length, Mapping) else None
    by_source = {coder: _by_source(coder, marked, clusters, lengths) for coder, marked in spans.items()}
    known: dict[Hashable, Any] = {None: length} if lengths is None else lengths
    _check_lengths(known, endless)
    marks = _columns(by_source, known, named=lengths is not None)
    wrong = ~(
        np.isfinite(marks.end)
        & (marks.start >= 0)
        & (marks.start < marks.end)
        & (marks.end <= marks.length[marks.source])
    )
    if wrong.any():
        n = int(np.argmax(wrong))
        raise OffsetError(
            "the span is empty or leaves its source",
            where=marks.where(n),
            mend=f"spans are start, end with 0 ≤ start < end ≤ {marks.length[marks.source[n]]:g}",
        )
    return marks


def _check_lengths(lengths: Mapping[Hashable, Any], endless: bool) -> None:
    for source, length in lengths.items():
        try:
            number = float(length) if isinstance(length, Real) else math.nan
        except OverflowError:
            number = math.nan
        if not number >= 0 or not (endless or math.isfinite(number)):
            of = "" if source is None else f", source {source}"
            raise InputError(f"a length is a number from 0, not {length!r}", where=f"length={of}")


def _by_source(
    coder: Hashable,
    marked: Marked,
    clusters: Mapping[Any, Sequence[Hashable]] | None,
    lengths: dict[Hashable, float] | None,
) -> dict[Hashable, list[Span]]:
    if isinstance(marked, Mapping):
        if clusters is not None:
            raise InputError("these spans name their sources already", where="clusters=")
        if lengths is None:
            raise InputError("spans by source need lengths by source", where="length=", mend="{source: length}")
        return {source: _listed(found, coder) for source, found in marked.items()}
    if lengths is None:
        if clusters is not None:
            raise InputError("sources need lengths by source", where="length=", mend="{source: length}")
        return {None: _listed(marked, coder)}
    if clusters is None or coder not in clusters or len(clusters[coder]) != len(marked):
        raise InputError(
            "the source of each span is missing",
            where=f"coder {coder}",
            mend="hand in {coder: {source: [spans]}}, or clusters={coder: [source of each span]}",
        )
    found: dict[Hashable, list[Span]] = {source: [] for source in lengths}
    _listed(marked, coder)
    for source, span in zip(clusters[coder], marked, strict=True):
        found.setdefault(source, []).append(span)
    return found


def _listed(marked: Any, coder: Hashable) -> list[Span]:
    if isinstance(marked, str | bytes | Mapping) or not isinstance(marked, Iterable):
        raise InputError("a coder's spans are [(start, end, value), …]", where=f"coder {coder}")
    return list(marked)


def _columns(
    by_source: Mapping[Hashable, Mapping[Hashable, list[Span]]], lengths: Mapping[Hashable, float], *, named: bool
) -> Marks:
    coders, sources = tuple(by_source), tuple(lengths)
    place = {source: n for n, source in enumerate(sources)}
    read = np.zeros((len(coders), len(sources)), dtype=bool)
    owner: list[tuple[int, int, int]] = []
    flat: list[Span] = []
    for c, found in enumerate(by_source.values()):
        for source, here in found.items():
            if source not in place:
                raise InputError(f"the source {source!r} has no length", where="length=")
            read[c, place[source]] = True
            owner.append((c, place[source], len(here)))
            flat += here
    try:
        starts, ends, values = zip(*flat, strict=True) if flat else ((), (), ())
    except (TypeError, ValueError) as error:
        raise InputError("a span is (start, end, value)", where="spans") from error
    numbers: dict[Hashable, int] = {}
    try:
        value = np.array([numbers.setdefault(v, len(numbers)) for v in values], dtype=np.int64)
        places = [np.array(ends_, dtype=float) for ends_ in (starts, ends)]
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"a span is (start, end, value) with two numbers and a hashable value ({error})", where="spans"
        ) from error
    who = np.array(owner, dtype=np.int64).reshape(-1, 3)
    return Marks(
        np.repeat(who[:, 0], who[:, 2]),
        np.repeat(who[:, 1], who[:, 2]),
        value,
        places[0],
        places[1],
        tuple(numbers),
        coders,
        sources,
        read,
        np.array([float(lengths[s]) for s in sources]),
        named,
    )


@dataclass(frozen=True)
class Units:
    """Each coder's units on the line: sorted, and no two of one coder overlap."""

    coder: Ints
    lane: Ints
    state: Ints
    start: Floats
    end: Floats

    @property
    def length(self) -> Floats:
        return self.end - self.start


@dataclass(frozen=True)
class Line:
    """The line cut wherever any coder's unit begins or ends.

    Attributes
    ----------
    length, lane
        Of each segment.
    state
        Coders × segments: ``UNREAD``, ``GAP`` or a positive number for a value.
    unit
        Coders × segments: number of the coder's unit there; meaningless in gaps.
    """

    length: Floats
    lane: Ints
    state: Ints
    unit: Ints


def units_of(marks: Marks, copy: Ints, state: Ints, n_copies: int) -> tuple[Units, Floats]:
    """Spans placed on the line, a coder's overlapping spans of one state joined; and where the lanes begin.

    Parameters
    ----------
    copy
        Which copy of the line each span belongs to.
    state
        Its state there, from 1.
    n_copies
        How many copies there are, used or not.

    Notes
    -----
    Spans that only touch stay two units: two turns in a row with the same code are two decisions.
    """
    lane = copy * len(marks.sources) + marks.source
    begin = np.concatenate([[0.0], np.cumsum(np.tile(marks.length, n_copies))])
    start, end = marks.start + begin[lane], marks.end + begin[lane]
    # Coders one after the other, each on a stretch of their own; states apart, so that only equals are joined.
    key = marks.coder * (int(state.max(initial=0)) + 1) + state
    order = np.lexsort((start, key))
    key, start, end = key[order], start[order], end[order]
    reach = np.maximum.accumulate(end + key * begin[-1])
    new = np.ones(len(key), dtype=bool)
    new[1:] = start[1:] + key[1:] * begin[-1] >= reach[:-1]
    first = np.flatnonzero(new)
    joined = np.maximum.reduceat(end, first) if len(first) else end
    leader = order[first]
    again = np.lexsort((start[first], marks.coder[leader]))
    kept = leader[again]
    units = Units(marks.coder[kept], lane[kept], state[kept], start[first][again], joined[again])
    return units, begin


def overlapping(units: Units) -> int | None:
    """Number of a unit that the same coder's next one overlaps, or None."""
    clash = (units.coder[1:] == units.coder[:-1]) & (units.start[1:] < units.end[:-1])
    return int(np.argmax(clash)) if clash.any() else None


def cut(units: Units, begin: Floats, read: npt.NDArray[np.bool_]) -> Line:
    """Cut the line at every end of a unit or lane."""
    ends = np.unique(np.concatenate([begin, units.start, units.end]))
    left = ends[:-1]
    lane = np.searchsorted(begin, left, side="right") - 1
    n_coders, n_sources = read.shape
    state = np.full((n_coders, len(left)), GAP, dtype=np.int64)
    number = np.zeros((n_coders, len(left)), dtype=np.int64)
    bounds = np.searchsorted(units.coder, np.arange(n_coders + 1))
    for c in range(n_coders):
        lo, hi = int(bounds[c]), int(bounds[c + 1])
        if hi > lo:
            found = np.searchsorted(units.start[lo:hi], left, side="right") - 1 + lo
            inside = (found >= lo) & (left < units.end[np.maximum(found, lo)])
            state[c] = np.where(inside, units.state[np.maximum(found, lo)], GAP)
            number[c] = np.maximum(found, lo)
        state[c, ~read[c, lane % n_sources]] = UNREAD
    return Line(np.diff(ends), lane, state, number)


def values_named(values: Iterable[Hashable], marks: Marks) -> tuple[Hashable, ...]:
    """The values asked for, each of which somebody must have used."""
    asked = tuple(values)
    if not all(isinstance(value, Hashable) for value in asked):
        raise InputError("a value must be hashable", where="value=")
    for value in asked:
        if value not in marks.values:
            raise Degenerate(f"nobody marked a span with {value!r}")
    return asked


def chosen(marks: Marks, value: Any) -> Marks:
    """Only spans with this value."""
    (name,) = values_named([value], marks)
    return marks.choose(marks.value == marks.values.index(name))
