"""On thousands of small random tables the minimiser finds what an exhaustive search finds."""

from __future__ import annotations

import random
from functools import cache
from itertools import combinations, product

import pytest

from crosscase.analysis import qca
from crosscase.errors import Degenerate

Term = tuple[int | None, ...]
SPACES = ((2, 2), (2, 2, 2), (3, 2), (3, 2, 2), (2, 2, 2, 2), (3, 3, 2), (2, 2, 2, 2, 2), (3, 2, 3, 2))
TABLES = 5200


@cache
def every_term(levels: tuple[int, ...]) -> dict[Term, int]:
    """Each term with the rows that it contains, a bit each."""
    rows = list(product(*map(range, levels)))
    found = {}
    for term in product(*([None, *range(count)] for count in levels)):
        inside = [all(t is None or t == v for t, v in zip(term, row, strict=True)) for row in rows]
        found[term] = sum(1 << i for i, flag in enumerate(inside) if flag)
    return found


def primes_by_force(levels: tuple[int, ...], on: int, forbidden: int) -> dict[Term, int]:
    terms = {term: rows for term, rows in every_term(levels).items() if not rows & forbidden}
    found = {}
    for term, rows in terms.items():
        wider = ((*term[:i], None, *term[i + 1 :]) for i, value in enumerate(term) if value is not None)
        if rows & on and not any(each in terms for each in wider):
            found[term] = rows
    return found


def covers_by_force(primes: dict[Term, int], on: int) -> set[frozenset[Term]]:
    for size in range(1, len(primes) + 1):
        found = set()
        for chosen in combinations(primes, size):
            covered = 0
            for term in chosen:
                covered |= primes[term]
            if on & ~covered == 0:
                found.add(frozenset(chosen))
        if found:
            return found
    raise AssertionError("the primes do not cover the rows")


def irredundant_by_force(primes: dict[Term, int], on: int) -> set[frozenset[Term]]:
    def covers(chosen: frozenset[Term]) -> bool:
        covered = 0
        for term in chosen:
            covered |= primes[term]
        return on & ~covered == 0

    subsets = (frozenset(c) for size in range(1, len(primes) + 1) for c in combinations(primes, size))
    return {c for c in subsets if covers(c) and not any(covers(c - {term}) for term in c)}


def as_terms(names: list[str], found: qca.Model) -> frozenset[Term]:
    levels = [{x.condition: x.level for x in term} for term in found.parsed]
    return frozenset(tuple(fixed.get(name) for name in names) for fixed in levels)


def random_table(
    rng: random.Random,
) -> tuple[tuple[int, ...], list[str], list[list[object]], list[list[object]], int, int]:
    """Rows as the user gives them (some with a don't care), and the same as bits."""
    levels = rng.choice(SPACES)
    rows = list(product(*map(range, levels)))
    order = rng.sample(range(len(rows)), len(rows))
    n_on = rng.randint(1, min(8, len(rows) - 1))
    on = set(order[:n_on])
    off = set(order[n_on : n_on + rng.randint(1, len(rows) - n_on)])
    names = [f"X{i}" for i in range(len(levels))]
    given_on: list[list[object]] = [list(rows[i]) for i in on]
    if rng.random() < 0.2:
        # A row with a don't care stands for all its corners, where none of them is off.
        j, row = rng.randrange(len(levels)), list(rows[next(iter(on))])
        corners = {rows.index((*row[:j], level, *row[j + 1 :])) for level in range(levels[j])}
        if not corners & off:
            on |= corners
            given_on.append([*row[:j], "-", *row[j + 1 :]])
    bits = [sum(1 << i for i in chosen) for chosen in (on, off)]
    return levels, names, given_on, [list(rows[i]) for i in off], bits[0], bits[1]


@pytest.mark.parametrize("seed", range(4))
def test_primes_and_all_minimum_covers_are_those_of_an_exhaustive_search(seed: int) -> None:
    rng = random.Random(f"covers {seed}")
    tied = 0
    for i in range(TABLES // 4):
        levels, names, given_on, given_off, on, off = random_table(rng)
        table = qca.TruthTable.from_rows(names, given_on, given_off, levels)
        include = "?" if i % 2 else ""
        everything = every_term(levels)[(None,) * len(levels)]
        primes = primes_by_force(levels, on, off if include else everything & ~on)
        if (None,) * len(levels) in primes:
            with pytest.raises(Degenerate):
                qca.minimize(table, include=include)
            continue
        solution = qca.minimize(table, include=include)
        expected = covers_by_force(primes, on)
        assert len(solution.primes) == len(primes)
        assert {as_terms(names, model) for model in solution.models} == expected
        assert solution.n_models == len(solution.models) == len(expected)
        tied += len(expected) > 1
    assert tied > 100


def test_all_irredundant_covers_are_those_of_an_exhaustive_search() -> None:
    rng = random.Random("irredundant")
    larger = 0
    for _ in range(250):
        levels, names, given_on, given_off, on, off = random_table(rng)
        primes = primes_by_force(levels, on, off)
        if (None,) * len(levels) in primes or len(primes) > 9:
            continue
        table = qca.TruthTable.from_rows(names, given_on, given_off, levels)
        found = {as_terms(names, model) for model in qca.minimize(table, include="?", all_sol=True).models}
        assert found == irredundant_by_force(primes, on)
        larger += len({len(model) for model in found}) > 1
    assert larger > 5
