"""Logical redundancy in solution formulas, judged over all configurations that are logically possible."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product
from math import prod

import numpy as np
import numpy.typing as npt

from crosscase.analysis.qca.expressions import Literal, Term

Truths = npt.NDArray[np.bool_]
MAX_COMBINATIONS = 2000
MAX_CONFIGURATIONS = 2**18


@dataclass(frozen=True)
class Atom:
    """An atomic formula: the sum of ``terms`` if and only if ``outcome``."""

    outcome: Literal
    terms: frozenset[Term]

    @property
    def factors(self) -> frozenset[str]:
        return frozenset({self.outcome.condition, *(x.condition for term in self.terms for x in term)})


class _Configurations:
    """Every configuration of some factors, as truth values of literals and formulas."""

    def __init__(self, factors: Iterable[str], levels: Mapping[str, int]) -> None:
        names = sorted(set(factors))
        counts = [levels.get(name, 2) for name in names]
        self.feasible = prod(counts) <= MAX_CONFIGURATIONS
        if self.feasible:
            grid = np.indices(counts).reshape(len(names), -1)
            self._values = dict(zip(names, grid, strict=True))
            self._n = grid.shape[1]

    def sum_of(self, terms: Iterable[Term]) -> Truths:
        result: Truths = np.zeros(self._n, dtype=bool)
        for term in terms:
            product_: Truths = np.ones(self._n, dtype=bool)
            for literal in term:
                product_ &= self._values[literal.condition] == literal.level
            result |= product_
        return result

    def atom(self, outcome: Literal, terms: Iterable[Term]) -> Truths:
        result: Truths = self.sum_of(terms) == (self._values[outcome.condition] == outcome.level)
        return result


def is_redundancy_free(terms: frozenset[Term], levels: Mapping[str, int]) -> bool:
    """Whether no literal and no product can be left out of a sum of products without changing what it says.

    A sum that is always true (``F + ~F``) makes no difference to anything and is not free of redundancy.
    """
    space = _Configurations((x.condition for term in terms for x in term), levels)
    if not space.feasible:
        return True
    whole = space.sum_of(terms)
    return not whole.all() and not any((space.sum_of(smaller) == whole).all() for smaller in _smaller(terms))


def _smaller(terms: frozenset[Term]) -> Iterable[frozenset[Term]]:
    """The sum without one of its products, or with one literal less in one product."""
    for term in terms:
        rest = terms - {term}
        if rest:
            yield rest
        if len(term) > 1:
            for literal in term:
                yield rest | {term - {literal}}


def complex_formulas(atoms: Sequence[Atom], levels: Mapping[str, int]) -> tuple[list[tuple[int, ...]], bool]:
    """Combinations of atomic formulas (by index), one per outcome, free of structural redundancy.

    An atomic formula is structurally redundant where the others already say what it says; it is left out. A
    combination in which a literal or product is redundant in the light of the other formulas is dropped.

    Returns
    -------
    combinations, complete
        ``complete`` is false when there were more than 2,000 combinations to try.
    """
    by_outcome: dict[Literal, list[int]] = defaultdict(list)
    for i, atom in enumerate(atoms):
        by_outcome[atom.outcome].append(i)
    if not by_outcome:
        return [], True
    complete = prod(len(found) for found in by_outcome.values()) <= MAX_COMBINATIONS
    kept: set[tuple[int, ...]] = set()
    for combination in islice(product(*by_outcome.values()), MAX_COMBINATIONS):
        for smallest in _without_redundant(combination, atoms, levels):
            if smallest not in kept and _is_free_inside(smallest, atoms, levels):
                kept.add(smallest)
    return sorted(kept), complete


def _without_redundant(
    combination: tuple[int, ...], atoms: Sequence[Atom], levels: Mapping[str, int]
) -> list[tuple[int, ...]]:
    """The smallest parts of a combination that say all that it says."""
    space = _Configurations((f for i in combination for f in atoms[i].factors), levels)
    if not space.feasible or len(combination) == 1:
        return [tuple(sorted(combination))]
    truths = {i: space.atom(atoms[i].outcome, atoms[i].terms) for i in combination}
    whole = np.logical_and.reduce(list(truths.values()))
    for size in range(1, len(combination)):
        found = [
            tuple(sorted(part))
            for part in combinations(combination, size)
            if (np.logical_and.reduce([truths[i] for i in part]) == whole).all()
        ]
        if found:
            return found
    return [tuple(sorted(combination))]


def _is_free_inside(combination: tuple[int, ...], atoms: Sequence[Atom], levels: Mapping[str, int]) -> bool:
    space = _Configurations((f for i in combination for f in atoms[i].factors), levels)
    if not space.feasible:
        return True
    truths = {i: space.atom(atoms[i].outcome, atoms[i].terms) for i in combination}
    whole = np.logical_and.reduce(list(truths.values()))
    for i in combination:
        others = np.logical_and.reduce([np.ones_like(whole), *(truths[j] for j in combination if j != i)])
        for smaller in _smaller(atoms[i].terms):
            if ((space.atom(atoms[i].outcome, smaller) & others) == whole).all():
                return False
    return True
