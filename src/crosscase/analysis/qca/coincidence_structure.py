"""Logical redundancy in solution formulas, judged over all configurations that are logically possible.

A formula is written as one bit per configuration, in a whole number: formulas that hold together are an ``and`` of two
numbers, so that a hundred thousand combinations take seconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product
from math import prod

import numpy as np

from crosscase.analysis.qca.expressions import Literal, Term

Bits = int
MAX_COMBINATIONS = 100_000
MAX_CONFIGURATIONS = 2**20
_KEPT = 2**16  # configurations up to which what an atom might say with less is kept


@dataclass(frozen=True)
class Atom:
    """An atomic formula: the sum of ``terms`` if and only if ``outcome``."""

    outcome: Literal
    terms: frozenset[Term]

    @property
    def factors(self) -> frozenset[str]:
        return frozenset({self.outcome.condition, *(x.condition for term in self.terms for x in term)})

    @property
    def complexity(self) -> int:
        return sum(map(len, self.terms))


@dataclass(frozen=True)
class Combined:
    """Combinations of atomic formulas (by index), one per outcome, free of structural redundancy.

    ``message`` says what was left out or not judged; it is empty when nothing was.
    """

    combinations: tuple[tuple[int, ...], ...]
    complete: bool
    message: str = ""


class _Configurations:
    """Every configuration of some factors; a formula is the set of those in which it holds, as bits."""

    def __init__(self, factors: Iterable[str], levels: Mapping[str, int]) -> None:
        names = sorted(set(factors))
        counts = [levels.get(name, 2) for name in names]
        self.n = prod(counts)
        self.feasible = self.n <= MAX_CONFIGURATIONS
        self._literals: dict[Literal, Bits] = {}
        if self.feasible:
            grid = np.indices(counts).reshape(len(names), -1)
            for name, count, values in zip(names, counts, grid, strict=True):
                for level in range(count):
                    packed = np.packbits(values == level, bitorder="little").tobytes()
                    self._literals[Literal(name, level)] = int.from_bytes(packed, "little")
        self.all = (1 << self.n) - 1 if self.feasible else 0

    def sum_of(self, terms: Iterable[Term]) -> Bits:
        result = 0
        for term in terms:
            product_ = self.all
            for literal in term:
                product_ &= self._literals[literal]
            result |= product_
        return result

    def atom(self, outcome: Literal, terms: Iterable[Term]) -> Bits:
        """Where the sum holds if and only if the outcome does."""
        return self.all & ~(self.sum_of(terms) ^ self._literals[outcome])


def is_redundancy_free(terms: frozenset[Term], levels: Mapping[str, int]) -> bool:
    """Whether no literal and no product can be left out of a sum of products without changing what it says.

    A sum that is always true (``F + ~F``) makes no difference to anything and is not free of redundancy.
    """
    space = _Configurations((x.condition for term in terms for x in term), levels)
    if not space.feasible:
        return True
    whole = space.sum_of(terms)
    return whole != space.all and not any(space.sum_of(smaller) == whole for smaller in _smaller(terms))


def _smaller(terms: frozenset[Term]) -> Iterable[frozenset[Term]]:
    """The sum without one of its products, or with one literal less in one product."""
    for term in terms:
        rest = terms - {term}
        if rest:
            yield rest
        if len(term) > 1:
            for literal in term:
                yield rest | {term - {literal}}


def complex_formulas(atoms: Sequence[Atom], levels: Mapping[str, int], *, most: int = MAX_COMBINATIONS) -> Combined:
    """Combinations of atomic formulas, one per outcome, free of structural redundancy.

    Combinations are tried from the simplest on, so that what a limit leaves out is what is most complex. An atomic
    formula is structurally redundant where the others already say what it says; it is left out. A combination in
    which a literal or product is redundant in the light of the other formulas is dropped.

    Parameters
    ----------
    most
        How many combinations are tried.
    """
    by_outcome: dict[Literal, list[int]] = defaultdict(list)
    for i, atom in enumerate(atoms):
        by_outcome[atom.outcome].append(i)
    if not by_outcome:
        return Combined((), True)
    n = prod(len(found) for found in by_outcome.values())
    ordered = _simplest_first(list(by_outcome.values()), [atom.complexity for atom in atoms])
    space = _Configurations((f for atom in atoms for f in atom.factors), levels)
    if not space.feasible:
        tried = tuple(sorted(tuple(sorted(c)) for c in islice(ordered, most)))
        unjudged = f"redundancy was not judged, since the factors have {space.n:,} configurations"
        return Combined(tried, False, "; ".join([unjudged, *_left_out(n, most, None)]))
    judge = _Judge(atoms, space)
    kept: set[tuple[int, ...]] = set()
    last: tuple[int, ...] | None = None
    for combination in islice(ordered, most):
        last = combination
        for smallest in judge.without_redundant(combination):
            if smallest not in kept and judge.is_free_inside(smallest):
                kept.add(smallest)
    from_ = sum(atoms[i].complexity for i in last) if last is not None else None
    return Combined(tuple(sorted(kept)), n <= most, "; ".join(_left_out(n, most, from_)))


def _left_out(n: int, most: int, complexity: int | None) -> list[str]:
    if n <= most:
        return []
    place = "" if complexity is None else f", from a complexity of {complexity} on"
    return [f"{n - most:,} of {n:,} combinations of atomic formulas were not tried{place}"]


def _simplest_first(groups: Sequence[Sequence[int]], complexity: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """One of each group, all ways, by total complexity."""
    classes: list[dict[int, list[int]]] = []
    for group in groups:
        sizes: dict[int, list[int]] = defaultdict(list)
        for i in group:
            sizes[complexity[i]].append(i)
        classes.append(dict(sorted(sizes.items())))
    least = [sum(min(c) for c in classes[k:]) for k in range(len(classes) + 1)]
    largest = [sum(max(c) for c in classes[k:]) for k in range(len(classes) + 1)]

    def choose(k: int, left: int) -> Iterator[tuple[list[int], ...]]:
        if k == len(classes):
            yield ()
            return
        for size, members in classes[k].items():
            if least[k + 1] <= left - size <= largest[k + 1]:
                for rest in choose(k + 1, left - size):
                    yield (members, *rest)

    for total in range(least[0], largest[0] + 1):
        for chosen in choose(0, total):
            yield from product(*chosen)


class _Judge:
    """Whether combinations of some atoms are free of redundancy; what an atom says is worked out once."""

    def __init__(self, atoms: Sequence[Atom], space: _Configurations) -> None:
        self._atoms, self._space = atoms, space
        self._says = [space.atom(atom.outcome, atom.terms) for atom in atoms]
        self._smaller: dict[int, tuple[Bits, ...]] = {}

    def without_redundant(self, combination: tuple[int, ...]) -> list[tuple[int, ...]]:
        """The smallest parts of a combination that say all that it says."""
        whole = self._together(combination)
        ordered = tuple(sorted(combination))
        # Where no single formula can go, no part of the combination says as much.
        if all(self._together(combination, but=i) != whole for i in combination):
            return [ordered]
        for size in range(1, len(combination)):
            found = [part for part in combinations(ordered, size) if self._together(part) == whole]
            if found:
                return found
        return [ordered]

    def is_free_inside(self, combination: tuple[int, ...]) -> bool:
        """Whether no literal and no product is redundant in the light of the other formulas."""
        whole = self._together(combination)
        for i in combination:
            others = self._together(combination, but=i)
            if any(smaller & others == whole for smaller in self._smaller_of(i)):
                return False
        return True

    def _together(self, combination: Iterable[int], but: int | None = None) -> Bits:
        result = self._space.all
        for i in combination:
            if i != but:
                result &= self._says[i]
        return result

    def _smaller_of(self, i: int) -> Iterable[Bits]:
        if i in self._smaller:
            return self._smaller[i]
        atom = self._atoms[i]
        found = (self._space.atom(atom.outcome, smaller) for smaller in _smaller(atom.terms))
        if self._space.n > _KEPT:
            return found
        self._smaller[i] = tuple(found)
        return self._smaller[i]
