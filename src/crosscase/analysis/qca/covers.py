"""All minimum covers of the rows of a truth table by prime implicants.

A chart says which prime covers which row. Three reductions lose no minimum cover: primes that cover the same rows are
interchangeable and become one class; a row whose classes all cover another row asks for nothing of its own once that
one is covered; a class that alone covers a row is essential. What remains falls into independent parts. Each part is
solved for its smallest size and then all its covers of that size are listed. A class that covers less than another one
can still be in a minimum cover, so it is set aside only while the size is sought, never while covers are listed.

Sources: Quine (1955), McCluskey (1956), Petrick (1956) for the chart; Coudert (1994) *Integration* 17:97-140 for
reductions and bounds; Murakami & Uno (2014) *Discrete Applied Mathematics* 170:83-94 for irredundant covers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from math import prod

import numpy as np

from crosscase.analysis.qca.smallest import NotProved, smallest_cover
from crosscase.analysis.qca.space import Flags
from crosscase.errors import InputError

Bits = int  # a set of rows or classes, a bit each


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
    seconds: float = 60.0
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
    def left(self) -> float:
        return self.limits.seconds - (time.monotonic() - self.start)

    def tick(self) -> None:
        if self.left <= 0 or self.limits.cancelled():
            raise OutOfTime


@dataclass(frozen=True)
class Covers:
    """What a search for covers found.

    Attributes
    ----------
    listed
        Covers, each a sorted tuple of primes (their places in the chart).
    count
        How many covers there are; None where the search ended early.
    complete
        Whether ``listed`` holds all of them.
    note
        A sentence that says what is missing; empty when nothing is.
    """

    listed: tuple[tuple[int, ...], ...]
    count: int | None
    complete: bool
    note: str


@dataclass(frozen=True)
class _Part:
    """An independent part of the chart: classes (members are primes) by the rows that they cover."""

    rows: tuple[Bits, ...]  # per row the classes that cover it
    classes: tuple[Bits, ...]  # per class the rows that it covers
    members: tuple[tuple[int, ...], ...]


def minimum_covers(chart: Flags, clock: Clock) -> Covers:
    """All covers with the smallest number of primes; ``chart`` is rows × primes."""
    return _covers(chart, clock, _of_smallest_size, "minimum covers")


def irredundant_covers(chart: Flags, clock: Clock) -> Covers:
    """All covers from which no prime can be left out, whatever their size."""
    return _covers(chart, clock, _irredundant, "irredundant covers")


def undominated(chart: Flags) -> list[int]:
    """The primes that cover no strictly smaller set of rows than another prime does."""
    columns = [int.from_bytes(np.packbits(column).tobytes(), "big") for column in chart.T]
    distinct = sorted(set(columns), key=int.bit_count, reverse=True)
    kept: list[Bits] = []
    for column in distinct:
        if not any(column & other == column for other in kept):
            kept.append(column)
    allowed = set(kept)
    return [i for i, column in enumerate(columns) if column in allowed]


_Search = Callable[[_Part, Clock], Iterator[Bits]]


def _covers(chart: Flags, clock: Clock, search: _Search, kind: str) -> Covers:
    essential, parts = _reduce(chart, clock)
    limit = clock.limits.models
    found: list[list[Bits]] = []
    note = ""
    for part in parts:
        covers: list[Bits] = []
        try:
            covers.extend(islice(search(part, clock), limit + 1))
        except OutOfTime:
            note = (
                f"the search for {kind} was stopped after {clock.limits.seconds:g} s; those that are listed are not all"
            )
        except NotProved as bound:
            covers = [bound.cover] if bound.cover else []
            note = (
                f"{clock.limits.seconds:g} s were over before the smallest size was proved: the model that is "
                f"listed may not be a smallest one (at least {bound.at_least + len(essential)} terms are needed)"
            )
        if not covers:
            covers = [_greedy(part)]
            note = (
                note
                or f"no {kind} were found in {clock.limits.seconds:g} s; the one that is listed is an approximation"
            )
        if len(covers) > limit:
            note = note or f"there are more than {limit:,} {kind}; the first {limit:,} are listed"
        found.append(covers)
    return _combine(essential, parts, found, limit, note, kind)


def _combine(
    essential: list[tuple[int, ...]],
    parts: list[_Part],
    found: list[list[Bits]],
    limit: int,
    note: str,
    kind: str,
) -> Covers:
    per_part = [[_choices(part, cover) for cover in covers] for part, covers in zip(parts, found, strict=True)]
    count = prod(len(members) for members in essential)
    for choices in per_part:
        count *= sum(prod(map(len, members)) for members in choices)
    listed: list[tuple[int, ...]] = []
    for chosen in islice(product(*per_part), limit):
        groups = [*essential, *(members for choice in chosen for members in choice)]
        listed += [tuple(sorted(cover)) for cover in islice(product(*groups), limit - len(listed))]
        if len(listed) >= limit:
            break
    if not note and count > limit:
        note = f"there are {count:,} {kind}; the first {limit:,} are listed"
        return Covers(tuple(listed), count, False, note)
    return Covers(tuple(listed), None if note else count, not note, note)


def _choices(part: _Part, cover: Bits) -> list[tuple[int, ...]]:
    return [part.members[i] for i in ones(cover)]


def ones(bits: Bits) -> Iterator[int]:
    """The places of the bits that are set."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


def _reduce(chart: Flags, clock: Clock) -> tuple[list[tuple[int, ...]], list[_Part]]:
    """Essential classes, and the independent parts of what is left."""
    essential: list[tuple[int, ...]] = []
    members: list[tuple[int, ...]] = [(i,) for i in range(chart.shape[1])]
    rows = [int.from_bytes(np.packbits(row, bitorder="little").tobytes(), "little") for row in chart]
    while True:
        clock.tick()
        rows = _least(rows)
        rows, members = _join_equal(rows, members)
        alone = [row for row in rows if row.bit_count() == 1]
        if not alone:
            break
        chosen = 0
        for row in alone:
            chosen |= row
        essential += [members[i] for i in ones(chosen)]
        rows = [row for row in rows if not row & chosen]
    return essential, _split(rows, members)


def _least(rows: Sequence[Bits]) -> list[Bits]:
    """The rows without those whose classes include all classes of another row."""
    kept: list[Bits] = []
    for row in sorted(set(rows), key=lambda r: (r.bit_count(), r)):
        if not any(other & row == other for other in kept):
            kept.append(row)
    return kept


def _join_equal(rows: list[Bits], members: list[tuple[int, ...]]) -> tuple[list[Bits], list[tuple[int, ...]]]:
    """Join classes that cover the same rows; drop those that cover none."""
    columns = transpose(rows, len(members))
    groups: dict[Bits, list[int]] = {}
    for i, column in enumerate(columns):
        if column:
            groups.setdefault(column, []).append(i)
    joined = [tuple(m for i in group for m in members[i]) for group in groups.values()]
    return transpose(list(groups), len(rows)), joined


def transpose(rows: Sequence[Bits], width: int) -> list[Bits]:
    """Rows of ``width`` bits as columns of ``len(rows)`` bits."""
    if not rows:
        return [0] * width
    size = (width + 7) // 8
    raw = np.frombuffer(b"".join(row.to_bytes(size, "little") for row in rows), np.uint8).reshape(len(rows), size)
    flags = np.unpackbits(raw, axis=1, count=width, bitorder="little")
    packed = np.packbits(flags, axis=0, bitorder="little").T
    data, step = np.ascontiguousarray(packed).tobytes(), packed.shape[1]
    return [int.from_bytes(data[i * step : (i + 1) * step], "little") for i in range(width)]


def _split(rows: list[Bits], members: list[tuple[int, ...]]) -> list[_Part]:
    """Independent parts: rows that are linked by a class belong together."""
    groups: list[tuple[Bits, list[Bits]]] = []
    for row in rows:
        joined, together = row, [row]
        apart = []
        for classes, others in groups:
            if classes & joined:
                joined |= classes
                together = others + together
            else:
                apart.append((classes, others))
        groups = [*apart, (joined, together)]
    return [_part(classes, rows_, members) for classes, rows_ in groups]


def _part(classes: Bits, rows: list[Bits], members: list[tuple[int, ...]]) -> _Part:
    places = list(ones(classes))
    columns = transpose(rows, len(members))
    chosen = [columns[i] for i in places]
    return _Part(tuple(transpose(chosen, len(rows))), tuple(chosen), tuple(members[i] for i in places))


def _greedy(part: _Part) -> Bits:
    left, cover = (1 << len(part.rows)) - 1, 0
    while left:
        best = max(range(len(part.classes)), key=lambda i: (part.classes[i] & left).bit_count())
        cover |= 1 << best
        left &= ~part.classes[best]
    return cover


def _of_smallest_size(part: _Part, clock: Clock) -> Iterator[Bits]:
    size = smallest_cover(part.rows, part.classes, clock)
    every = (1 << len(part.classes)) - 1
    yield from _with_at_most(part, list(part.rows), every, size, 0, clock)


def _with_at_most(part: _Part, rows: list[Bits], free: Bits, budget: int, chosen: Bits, clock: Clock) -> Iterator[Bits]:
    """Covers of ``rows`` by at most ``budget`` further classes among ``free``, each once.

    The row with the fewest classes must be covered by one of them; the branch of a class excludes those before it.
    """
    clock.tick()
    if budget == 1:
        both = free
        for row in rows:
            both &= row
        for i in ones(both):
            yield chosen | 1 << i
        return
    left = sorted({row & free for row in rows}, key=int.bit_count)
    if not left[0] or not _within(left, budget):
        return
    for i in ones(left[0]):
        bit = 1 << i
        rest = [row for row in left if not row & bit]
        if not rest:
            yield chosen | bit
        else:
            yield from _with_at_most(part, rest, free, budget - 1, chosen | bit, clock)
        free &= ~bit


def _within(rows: Sequence[Bits], budget: int) -> bool:
    """Whether a greedy choice of rows without a common class leaves the budget possible."""
    used, needed = 0, 0
    for row in rows:
        if not row & used:
            used |= row
            needed += 1
            if needed > budget:
                return False
    return True


def _irredundant(part: _Part, clock: Clock) -> Iterator[Bits]:
    every_row = (1 << len(part.rows)) - 1
    yield from _keep_private(part, every_row, (1 << len(part.classes)) - 1, {}, clock)


def _keep_private(part: _Part, left: Bits, free: Bits, private: dict[int, Bits], clock: Clock) -> Iterator[Bits]:
    """Covers in which every class has a row of its own, each once; ``private`` holds these rows so far."""
    clock.tick()
    if not left:
        yield sum(1 << i for i in private)
        return
    row = min(ones(left), key=lambda r: (part.rows[r] & free).bit_count())
    for i in ones(part.rows[row] & free):
        covered = part.classes[i]
        kept = {j: own & ~covered for j, own in private.items()}
        if all(kept.values()):
            yield from _keep_private(part, left & ~covered, free & ~(1 << i), {**kept, i: covered & left}, clock)
        free &= ~(1 << i)
