"""All minimum covers of the rows of a truth table by prime implicants.

A chart says which prime covers which row. Three reductions lose no minimum cover: primes that cover the same rows are
interchangeable and become one class; a row whose classes include all classes of another row needs nothing of its own;
a class that alone covers a row is essential. What remains falls into independent parts. Each part is solved for its
smallest size and then for all its covers of that size. A class that covers less than another one can still be in a
minimum cover, so it is set aside only while the size is sought, never while covers are listed.

Sources: Quine (1955), McCluskey (1956), Petrick (1956) for the chart; Coudert (1994) *Integration* 17:97-140 for
reductions and bounds; Murakami & Uno (2014) *Discrete Applied Mathematics* 170:83-94 for irredundant covers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from math import prod

import numpy as np

from crosscase.analysis.qca.clock import Clock, OutOfTime
from crosscase.analysis.qca.cover_search import Choices, CoverSearch, count_covers
from crosscase.analysis.qca.smallest import NotProved, least, places, smallest_cover, split
from crosscase.analysis.qca.space import Flags

Bits = int  # a set of rows or classes, a bit each


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
class _Found:
    """The covers of one part, and why they may not be all (empty: they are)."""

    choices: Choices
    note: str = ""


def minimum_covers(chart: Flags, clock: Clock) -> Covers:
    """All covers with the smallest number of primes; ``chart`` is rows × primes."""
    return _covers(chart, clock, _of_smallest_size, "minimum covers")


def irredundant_covers(chart: Flags, clock: Clock) -> Covers:
    """All covers from which no prime can be left out, whatever their size."""
    return _covers(chart, clock, _irredundant, "irredundant covers")


def undominated(chart: Flags) -> list[int]:
    """The primes that cover no strictly smaller set of rows than another prime does."""
    columns = [int.from_bytes(np.packbits(column).tobytes(), "big") for column in chart.T]
    kept: list[Bits] = []
    for column in sorted(set(columns), key=int.bit_count, reverse=True):
        if not any(column & other == column for other in kept):
            kept.append(column)
    allowed = set(kept)
    return [i for i, column in enumerate(columns) if column in allowed]


def _covers(chart: Flags, clock: Clock, search: Callable[[list[Bits], Clock], _Found], kind: str) -> Covers:
    try:
        essential, rows, members = _reduce(chart, clock)
    except OutOfTime:
        cover = _greedy(_row_bits(chart))
        why = f"the search for {kind} {clock.stopped}; the one that is listed is approximate"
        return Covers((tuple(places(cover)),), None, False, why)
    found = [search(part, clock) for part in split(rows)]
    whole = Choices(0, parts=tuple(each.choices for each in found))
    count = prod(map(len, essential)) * count_covers(whole, [len(group) for group in members])
    listed = tuple(islice(_primes_of(essential, members, whole, clock.limits.models), clock.limits.models))
    notes = [each.note for each in found if each.note]
    if notes:
        return Covers(listed, None, False, f"the search for {kind} {notes[0]}; {len(listed):,} listed, not all")
    if count > len(listed):
        return Covers(listed, count, False, f"there are {count:,} {kind}; the first {len(listed):,} are listed")
    return Covers(listed, count, True, "")


def _primes_of(
    essential: list[tuple[int, ...]], members: list[tuple[int, ...]], whole: Choices, most: int
) -> Iterator[tuple[int, ...]]:
    """Each cover as primes: every class stands for its members."""
    for cover in whole.covers(most):
        for chosen in product(*essential, *(members[i] for i in places(cover))):
            yield tuple(sorted(chosen))


def _reduce(chart: Flags, clock: Clock) -> tuple[list[tuple[int, ...]], list[Bits], list[tuple[int, ...]]]:
    """Essential classes; what is left as rows over classes; the primes in each class."""
    essential: list[tuple[int, ...]] = []
    members: list[tuple[int, ...]] = [(i,) for i in range(chart.shape[1])]
    rows = _row_bits(chart)
    while True:
        clock.tick()
        rows, members = _join_equal(least(rows), members)
        alone = [row for row in rows if row.bit_count() == 1]
        if not alone:
            return essential, rows, members
        chosen = 0
        for row in alone:
            chosen |= row
        essential += [members[i] for i in places(chosen)]
        rows = [row for row in rows if not row & chosen]


def _row_bits(chart: Flags) -> list[Bits]:
    """Per row the primes that cover it."""
    return [int.from_bytes(np.packbits(row, bitorder="little").tobytes(), "little") for row in chart]


def _join_equal(rows: list[Bits], members: list[tuple[int, ...]]) -> tuple[list[Bits], list[tuple[int, ...]]]:
    """Join classes that cover the same rows; drop those that cover none."""
    groups: dict[Bits, list[int]] = {}
    for i, column in enumerate(transpose(rows, len(members))):
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
    packed = np.ascontiguousarray(np.packbits(flags, axis=0, bitorder="little").T)
    data, step = packed.tobytes(), packed.shape[1]
    return [int.from_bytes(data[i * step : (i + 1) * step], "little") for i in range(width)]


def _of_smallest_size(rows: list[Bits], clock: Clock) -> _Found:
    try:
        size, known = smallest_cover(rows, clock)
    except NotProved as stop:
        cover = stop.cover or _greedy(rows)
        note = f"{clock.stopped}, before the smallest size was proved"
        return _Found(Choices(cover.bit_count(), listed=(cover,)), note)
    search = CoverSearch(clock, known)
    choices = search.solve(rows, size)
    note = search.stopped
    if choices is None:
        cover = _greedy(rows)
        choices = Choices(cover.bit_count(), listed=(cover,))
        note += f", with no more than an approximation ({len(rows)} rows need {size} terms)"
    return _Found(choices, note)


def _greedy(rows: list[Bits]) -> Bits:
    """A cover, not always a smallest one: the class that covers most rows, repeatedly, less what is superfluous."""
    left, cover = list(rows), 0
    while left:
        candidates = dict.fromkeys(i for row in left for i in places(row))
        best = max(candidates, key=lambda i: sum(row >> i & 1 for row in left))
        cover |= 1 << best
        left = [row for row in left if not row >> best & 1]
    for i in places(cover):
        if all(row & cover & ~(1 << i) for row in rows):
            cover &= ~(1 << i)
    return cover


def _irredundant(rows: list[Bits], clock: Clock) -> _Found:
    found: list[Bits] = []
    limit, note = clock.limits.models, ""
    columns = transpose(rows, max(rows).bit_length())
    try:
        for cover in _keep_private(rows, columns, (1 << len(rows)) - 1, -1, {}, clock):
            if len(found) == limit:
                note = f"was stopped at {limit:,}"
                break
            found.append(cover)
    except OutOfTime:
        note = clock.stopped
    return _Found(Choices(0, listed=tuple(found or [_greedy(rows)])), note)


def _keep_private(
    rows: list[Bits], columns: list[Bits], left: Bits, free: Bits, private: dict[int, Bits], clock: Clock
) -> Iterator[Bits]:
    """Covers in which every class has a row of its own, each once; ``private`` holds these rows so far."""
    clock.tick()
    if not left:
        yield sum(1 << i for i in private)
        return
    row = min(places(left), key=lambda r: (rows[r] & free).bit_count())
    for i in places(rows[row] & free):
        covered = columns[i]
        kept = {j: own & ~covered for j, own in private.items()}
        if all(kept.values()):
            deeper = {**kept, i: covered & left}
            yield from _keep_private(rows, columns, left & ~covered, free & ~(1 << i), deeper, clock)
        free &= ~(1 << i)
