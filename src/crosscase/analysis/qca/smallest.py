"""The smallest number of classes that cover all rows of one part of a chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

Bits = int
_SMALL = 14  # rows up to which the tree search is quicker than the solver's start


class Ticking(Protocol):
    """A clock: how much time is left, and a stop when there is none."""

    @property
    def left(self) -> float: ...

    def tick(self) -> None: ...


class NotProved(Exception):
    """Time was over before the smallest size was proved; the best cover so far (0: none), the least size."""

    def __init__(self, cover: Bits, at_least: int) -> None:
        super().__init__()
        self.cover, self.at_least = cover, at_least


def smallest_cover(rows: Sequence[Bits], classes: Sequence[Bits], clock: Ticking) -> int:
    """The size of the smallest cover.

    Parameters
    ----------
    rows, classes
        Per row the classes that cover it, per class the rows that it covers.

    Raises
    ------
    NotProved
        Where the clock ran out first.
    """
    chosen, core = _core(list(rows), (1 << len(classes)) - 1, clock)
    if not core:
        return chosen.bit_count()
    if len(core) <= _SMALL:
        size = 1
        while not _fits(core, size, clock):
            size += 1
        return chosen.bit_count() + size
    return chosen.bit_count() + _by_solver(core, chosen, clock)


def _core(rows: list[Bits], free: Bits, clock: Ticking) -> tuple[Bits, list[Bits]]:
    """The essential classes, and the rows over what is left when dominated rows and classes are dropped."""
    chosen = 0
    while True:
        clock.tick()
        before = (len(rows), free)
        rows = _least({row & free for row in rows})
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


def _least(rows: set[Bits]) -> list[Bits]:
    kept: list[Bits] = []
    for row in sorted(rows, key=lambda r: (r.bit_count(), r)):
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


def _fits(rows: list[Bits], budget: int, clock: Ticking) -> bool:
    """Whether some ``budget`` classes cover these rows."""
    clock.tick()
    if budget == 1:
        both = -1
        for row in rows:
            both &= row
        return both != 0
    ordered = sorted(rows, key=int.bit_count)
    used, needed = 0, 0
    for row in ordered:
        if not row & used:
            used, needed = used | row, needed + 1
    if needed > budget:
        return False
    bits = ordered[0]
    while bits:
        low = bits & -bits
        rest = [row for row in ordered if not row & low]
        if not rest or _fits(rest, budget - 1, clock):
            return True
        bits ^= low
    return False


def _by_solver(rows: list[Bits], chosen: Bits, clock: Ticking) -> int:
    """The size of a smallest cover by mixed-integer programming (HiGHS)."""
    used = sorted({place for row in rows for place in _places(row)})
    index = {place: j for j, place in enumerate(used)}
    entries = [(i, index[place]) for i, row in enumerate(rows) for place in _places(row)]
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
    if result.status == 0:
        return len(np.flatnonzero(np.round(result.x)))
    bound = result.mip_dual_bound if result.mip_dual_bound is not None else 1.0
    cover = 0
    if result.x is not None:
        cover = chosen | sum(1 << used[j] for j in np.flatnonzero(np.round(result.x)).tolist())
    raise NotProved(cover, chosen.bit_count() + int(np.ceil(bound - 1e-6)))


def _places(bits: Bits) -> list[int]:
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found
