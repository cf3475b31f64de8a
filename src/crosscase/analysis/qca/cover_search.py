"""All covers of the smallest size of one part of a chart, as a graph of choices.

The search branches over the classes of the row that has fewest; the branch of a class excludes the classes before it,
so that each cover is found once. What remains after a choice often falls into independent parts, and the same remainder
is met on many paths: each is solved once, and its covers are kept as *alternatives*, *branches* and *products* rather
than one by one. So the number of covers is known even where there are too many to list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice, product
from math import prod
from operator import or_

from crosscase.analysis.qca.clock import Clock, OutOfTime
from crosscase.analysis.qca.hopeless import price_rows
from crosscase.analysis.qca.smallest import independent, least, places, split, widest_first

Bits = int
MAX_DEPTH = 150
# Prices take milliseconds: they pay in charts of some size, and where a search has become long.
_PRICED_BUDGET, _PRICED_ROWS, _PRICED_CELLS, _LONG = 3, 8, 1500, 40


@dataclass(frozen=True)
class Choices:
    """Covers of the same size.

    ``bits`` are single classes, any of which does; ``branches`` pair a class with the covers of the rest; ``parts`` are
    independent, one cover of each is needed; ``listed`` are covers one by one. One of the four is filled; with none the
    only cover is the empty one.
    """

    size: int
    bits: Bits = 0
    branches: tuple[tuple[int, Choices], ...] = ()
    parts: tuple[Choices, ...] = ()
    listed: tuple[Bits, ...] = ()

    def covers(self, most: int) -> Iterator[Bits]:
        """The covers one after the other, at most so many."""
        return islice(self._covers(most), most)

    def _covers(self, most: int) -> Iterator[Bits]:
        if self.bits:
            for i in places(self.bits):
                yield 1 << i
        elif self.branches:
            for i, rest in self.branches:
                for cover in rest.covers(most):
                    yield cover | 1 << i
        elif self.listed:
            yield from self.listed
        else:
            for chosen in product(*(list(part.covers(most)) for part in self.parts)):
                yield reduce(or_, chosen, 0)


def count_covers(choices: Choices, sizes: Sequence[int], seen: dict[int, int] | None = None) -> int:
    """How many covers there are when class i stands for ``sizes[i]`` interchangeable primes."""
    seen = {} if seen is None else seen
    if id(choices) not in seen:
        if choices.bits:
            found = sum(sizes[i] for i in places(choices.bits))
        elif choices.branches:
            found = sum(sizes[i] * count_covers(rest, sizes, seen) for i, rest in choices.branches)
        elif choices.listed:
            found = sum(prod(sizes[i] for i in places(cover)) for cover in choices.listed)
        else:
            found = prod(count_covers(part, sizes, seen) for part in choices.parts)
        seen[id(choices)] = found
    return seen[id(choices)]


class CoverSearch:
    """The search over one part; ``solve`` gives the covers of some rows by at most ``budget`` classes.

    When time is over or choices are nested too deeply, ``stopped`` says so, and what was found until then comes back;
    ``known`` is a smallest cover of the whole that completes it.
    """

    def __init__(self, clock: Clock, known: Bits = 0) -> None:
        self.clock, self.known = clock, known
        self.stopped, self.nodes = "", 0
        self.solved: dict[frozenset[Bits], Choices] = {}
        self.at_least: dict[frozenset[Bits], int] = {}

    def solve(self, rows: Sequence[Bits], budget: int, depth: int = 0) -> Choices | None:
        """All smallest covers of the rows, or None if more than ``budget`` classes are needed."""
        rows = least(set(rows))
        if not rows:
            return Choices(0)
        if not rows[0] or budget < 1:
            return None
        if budget == 1:
            return _any_of(rows)
        groups = split(rows)
        if len(groups) == 1:
            return self._part(rows, budget, depth)
        groups.sort(key=len)
        bounds = [self._bound(group) for group in groups]
        left = budget - sum(bounds)
        found = []
        for group, bound in zip(groups, bounds, strict=True):
            if left < 0:
                return None
            part = self._part(group, bound + left, depth)
            if part is None:
                return None
            left -= part.size - bound
            found.append(part)
        return Choices(sum(part.size for part in found), parts=tuple(found)) if left >= 0 else None

    def _part(self, rows: Sequence[Bits], budget: int, depth: int) -> Choices | None:
        """``solve`` for rows that hang together."""
        alternatives = _any_of(rows)
        if alternatives is not None or budget <= 1:
            return alternatives if budget >= 1 else None
        key = frozenset(rows)
        if key in self.solved:
            known = self.solved[key]
            return known if known.size <= budget else None
        if self._bound(rows, key) > budget:
            return None
        self._tick(depth)
        hopeful = self._hopeful(rows, budget, key)
        if hopeful is None:
            return None
        found = None
        if not self.stopped:
            apart = len(hopeful) < len(rows) and len(split(hopeful)) > 1
            found = self.solve(hopeful, budget, depth + 1) if apart else self._branch(hopeful, budget, depth)
        if self.stopped:
            return found or self._completed(rows, budget)  # perhaps not all of them, so nothing to remember
        if found is None:
            self.at_least[key] = max(budget + 1, self.at_least.get(key, 0))
        else:
            self.solved[key] = found
        return found

    def _hopeful(self, rows: Sequence[Bits], budget: int, key: frozenset[Bits]) -> Sequence[Bits] | None:
        """The rows without the classes that no cover within the budget has; None where no cover is within it."""
        if self.stopped or budget < _PRICED_BUDGET or len(rows) < _PRICED_ROWS:
            return rows
        if self.nodes < _LONG and len(rows) * reduce(or_, rows).bit_count() < _PRICED_CELLS:
            return rows
        prices = price_rows(rows, budget)
        self.at_least[key] = max(prices.at_least, self.at_least.get(key, 0))
        if prices.at_least > budget:
            return None
        return least({row & prices.allowed for row in rows})

    def _branch(self, rows: Sequence[Bits], budget: int, depth: int) -> Choices | None:
        best = budget
        branches: list[tuple[int, Choices]] = []
        free = -1
        for i in sorted(widest_first(rows), key=lambda i: not self.known >> i & 1):
            bit = 1 << i
            rest = self.solve([row & free for row in rows if not row & bit], best - 1, depth + 1)
            free &= ~bit
            if rest is None:
                continue
            if rest.size + 1 < best or not branches:
                best, branches = rest.size + 1, []
            branches.append((i, rest))
        return Choices(best, branches=tuple(branches)) if branches else None

    def _completed(self, rows: Sequence[Bits], budget: int) -> Choices | None:
        """What the known cover has for these rows, when there is no more time to search."""
        chosen = reduce(or_, (row & self.known for row in rows))
        if not all(row & chosen for row in rows) or chosen.bit_count() > budget:
            return None
        return Choices(chosen.bit_count(), listed=(chosen,))

    def _tick(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            self.stopped = f"was stopped at more than {MAX_DEPTH} nested choices"
        self.nodes += 1
        try:
            self.clock.tick()
        except OutOfTime:
            self.stopped = self.clock.stopped

    def _bound(self, rows: Sequence[Bits], key: frozenset[Bits] | None = None) -> int:
        """Fewer classes than this cannot cover the rows."""
        key = frozenset(rows) if key is None else key
        if key in self.solved:
            return self.solved[key].size
        if key not in self.at_least:
            self.at_least[key] = max(independent(rows), 1 if _any_of(rows) else 2)
        return self.at_least[key]


def _any_of(rows: Sequence[Bits]) -> Choices | None:
    """The classes that cover all rows alone."""
    shared = rows[0]
    for row in rows:
        shared &= row
        if not shared:
            return None
    return Choices(1, bits=shared)
