"""The smallest number of classes that cover all rows of one part of a chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from crosscase.analysis.qca.clock import Clock, OutOfTime

Bits = int
_SMALL = 14  # rows up to which the tree search is quicker than the solver's start


class NotProved(Exception):
    """Time was over before the smallest size was proved; the best cover so far (0: none), the least size."""

    def __init__(self, cover: Bits, at_least: int) -> None:
        super().__init__()
        self.cover, self.at_least = cover, at_least


def smallest_cover(rows: Sequence[Bits], clock: Clock) -> tuple[int, Bits]:
    """The size of the smallest cover, and one such cover where the search came by it (else 0).

    Parameters
    ----------
    rows
        Per row the classes that cover it.

    Raises
    ------
    NotProved
        Where the clock ran out first.
    """
    chosen, core = reduce_to_core(list(rows), clock)
    if not core:
        return chosen.bit_count(), chosen
    try:
        if len(core) > _SMALL:
            cover = _by_solver(core, chosen, clock)
            return cover.bit_count(), cover
        return chosen.bit_count() + Smallest(clock).at_most(core, len(core)), 0
    except OutOfTime:
        raise NotProved(0, chosen.bit_count() + 1) from None


class Smallest:
    """The size of the smallest cover of many remainders of one chart; what was worked out is kept."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.bounds: dict[frozenset[Bits], tuple[int, bool]] = {}

    def at_most(self, rows: Sequence[Bits], budget: int) -> int:
        """The size of a smallest cover where it is within the budget; else some number above the budget."""
        chosen, core = reduce_to_core(list(rows), self.clock)
        size = chosen.bit_count()
        for group in split(core):
            if size > budget:
                break
            size += self._of_group(group, budget - size)
        return size

    def _of_group(self, rows: Sequence[Bits], budget: int) -> int:
        key = frozenset(rows)
        bound, exact = self.bounds.get(key, (0, False))
        if not exact and bound <= budget:
            bound, exact = self._search(rows, budget)
            self.bounds[key] = bound, exact
        return bound

    def _search(self, rows: Sequence[Bits], budget: int) -> tuple[int, bool]:
        """A bound, and whether it is the exact size."""
        bound = max(independent(rows), 2)  # a class that covers all rows would have been essential
        best = budget + 1
        free = -1
        for i in widest_first(rows):
            if bound >= best:
                break
            rest = [row & free for row in rows if not row >> i & 1]
            if all(rest):
                best = min(best, 1 + self.at_most(rest, best - 2))
            free &= ~(1 << i)
        return (best, True) if best <= budget else (max(bound, best), False)


def independent(rows: Sequence[Bits]) -> int:
    """How many rows, chosen greedily, share no class: each needs a class of its own."""
    used, needed = 0, 0
    for row in sorted(rows, key=int.bit_count):
        if not row & used:
            used, needed = used | row, needed + 1
    return needed


def split(rows: Sequence[Bits]) -> list[list[Bits]]:
    """Rows in groups that share no class with each other."""
    groups: list[tuple[Bits, list[Bits]]] = []
    for row in rows:
        joined, together, apart = row, [row], []
        for classes, others in groups:
            if classes & joined:
                joined |= classes
                together = others + together
            else:
                apart.append((classes, others))
        groups = [*apart, (joined, together)]
    return [together for _, together in groups]


def widest_first(rows: Sequence[Bits]) -> list[int]:
    """The classes of the row that has fewest, those that cover most rows first."""
    narrowest = min(rows, key=int.bit_count)
    return sorted(places(narrowest), key=lambda i: (-sum(row >> i & 1 for row in rows), i))


def reduce_to_core(rows: list[Bits], clock: Clock) -> tuple[Bits, list[Bits]]:
    """The essential classes, and the rows over what is left when dominated rows and classes are dropped."""
    chosen, free = 0, -1
    while True:
        clock.tick()
        before = (len(rows), free)
        rows = least({row & free for row in rows})
        columns = _columns(rows, free)
        free = _undominated(columns)
        rows = [row & free for row in rows]
        for row in rows:
            if row.bit_count() == 1 and free & row:
                chosen |= row
                free &= ~row
                rows = [other for other in rows if not other & row]
                break
        if not rows:
            return chosen, []
        if (len(rows), free) == before:
            return chosen, rows


def least(rows: Iterable[Bits]) -> list[Bits]:
    """The rows without those whose classes include all classes of another row, narrowest first."""
    kept: list[Bits] = []
    for row in sorted(set(rows), key=lambda r: (r.bit_count(), r)):
        if not any(other & row == other for other in kept):
            kept.append(row)
    return kept


def _columns(rows: list[Bits], free: Bits) -> dict[int, Bits]:
    columns: dict[int, Bits] = {}
    for i, row in enumerate(rows):
        bits = row & free
        while bits:
            low = bits & -bits
            place = low.bit_length() - 1
            columns[place] = columns.get(place, 0) | 1 << i
            bits ^= low
    return columns


def _undominated(columns: dict[int, Bits]) -> Bits:
    """One class per set of rows that no other class covers together with more rows."""
    first: dict[Bits, int] = {}
    for place, column in sorted(columns.items()):
        first.setdefault(column, place)
    kept: list[Bits] = []
    for column in sorted(first, key=int.bit_count, reverse=True):
        if not any(column & other == column for other in kept):
            kept.append(column)
    return sum(1 << first[column] for column in kept)


def _by_solver(rows: list[Bits], chosen: Bits, clock: Clock) -> Bits:
    """A smallest cover by mixed-integer programming (HiGHS)."""
    used = sorted({place for row in rows for place in places(row)})
    index = {place: j for j, place in enumerate(used)}
    entries = [(i, index[place]) for i, row in enumerate(rows) for place in places(row)]
    at = np.array(entries, np.int64).T
    matrix = csr_array((np.ones(len(entries)), (at[0], at[1])), shape=(len(rows), len(used)))
    clock.tick()
    result = milp(
        np.ones(len(used)),
        integrality=np.ones(len(used)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix, lb=1.0),
        options={"time_limit": max(clock.left, 0.05), "mip_rel_gap": 0.0},
    )
    cover = 0
    if result.x is not None:
        cover = chosen | sum(1 << used[j] for j in np.flatnonzero(np.round(result.x)).tolist())
    if result.status == 0:
        return cover
    bound = result.mip_dual_bound if result.mip_dual_bound is not None else 1.0
    raise NotProved(cover, chosen.bit_count() + int(np.ceil(bound - 1e-6)))


def places(bits: Bits) -> list[int]:
    """The places of the bits that are set."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found
