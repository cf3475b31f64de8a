"""What holds for every truth table, solution and expression."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crosscase.analysis import qca
from crosscase.errors import Degenerate

NAMES = ("A", "B", "C", "D", "E")
quick = settings(deadline=None, max_examples=60)


@st.composite
def tables(draw: st.DrawFn) -> tuple[tuple[int, ...], list[tuple[int, ...]], list[tuple[int, ...]]]:
    levels = tuple(draw(st.lists(st.integers(2, 3), min_size=2, max_size=4)))
    row = st.tuples(*(st.integers(0, count - 1) for count in levels))
    on = draw(st.lists(row, min_size=1, max_size=8, unique=True))
    off = draw(st.lists(row.filter(lambda r: r not in on), min_size=1, max_size=8, unique=True))
    return levels, on, off


def solve(
    names: list[str], on: list[tuple[int, ...]], off: list[tuple[int, ...]], levels: tuple[int, ...], include: str
) -> qca.Solution:
    return qca.minimize(qca.TruthTable.from_rows(names, on, off, levels), include=include)


def as_sets(solution: qca.Solution) -> set[frozenset[qca.Term]]:
    return {frozenset(model.parsed) for model in solution.models}


@quick
@given(tables(), st.sampled_from(["", "?"]))
def test_every_model_covers_each_row_with_the_outcome_and_no_other(table: tuple, include: str) -> None:  # type: ignore[type-arg]
    levels, on, off = table
    solution = solve(list(NAMES[: len(levels)]), on, off, levels, include)
    space = solution.truth_table.space
    for model in solution.models:
        codes = np.array(model.codes)
        assert space.inside(np.array(on), codes).any(axis=1).all()
        assert not space.inside(np.array(off), codes).any()
        if not include:
            every = space.every_row()
            covered = {tuple(row) for row in every[space.inside(every, codes).any(axis=1)].tolist()}
            assert covered == set(on)


@quick
@given(tables(), st.sampled_from(["", "?"]))
def test_no_prime_implies_another(table: tuple, include: str) -> None:  # type: ignore[type-arg]
    levels, on, off = table
    solution = solve(list(NAMES[: len(levels)]), on, off, levels, include)
    terms = [solution.truth_table.space.term(code) for code in solution.prime_codes]
    assert not any(a <= b or b <= a for a, b in combinations(terms, 2))
    assert {term for model in solution.models for term in model.parsed} <= set(terms)


@quick
@given(tables(), st.sampled_from(["", "?"]), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_conditions_and_the_names_change_nothing(table: tuple, include: str, rng) -> None:  # type: ignore[type-arg,no-untyped-def]
    levels, on, off = table
    names = list(NAMES[: len(levels)])
    plain = as_sets(solve(names, on, off, levels, include))
    order = list(range(len(levels)))
    rng.shuffle(order)
    new = {name: f"{name}_new" for name in names}
    moved = [[tuple(row[i] for i in order) for row in rng.sample(rows, len(rows))] for rows in (on, off)]
    other = solve([new[names[i]] for i in order], moved[0], moved[1], tuple(levels[i] for i in order), include)
    renamed = {
        frozenset(frozenset(qca.Literal(new[x.condition], x.level) for x in term) for term in model) for model in plain
    }
    assert as_sets(other) == renamed


@quick
@given(tables())
def test_an_intermediate_model_lies_between_the_conservative_and_the_parsimonious(table: tuple) -> None:  # type: ignore[type-arg]
    levels, on, off = table
    names = list(NAMES[: len(levels)])
    given_table = qca.TruthTable.from_rows(names, on, off, levels)
    solution = qca.minimize(given_table, include="?", dir_exp=dict.fromkeys(names, 1))
    space = given_table.space
    every = space.every_row()

    def covered(model: qca.Model) -> set[int]:
        return set(np.flatnonzero(space.inside(every, np.array(model.codes)).any(axis=1)).tolist())

    for block in solution.intermediate.values():
        for model in block.models:
            assert covered(block.conservative) <= covered(model) <= covered(block.parsimonious)
        assert set(block.easy) | set(block.difficult) == set(block.parsimonious.simplifying_assumptions)


memberships = st.lists(st.floats(0, 1).map(lambda x: round(x, 2)), min_size=6, max_size=6)


@quick
@given(
    st.lists(memberships, min_size=3, max_size=3),
    st.lists(
        st.lists(st.sampled_from(["A", "~A", "B", "~B", "C", "~C"]), min_size=1, max_size=3), min_size=1, max_size=3
    ),
)
def test_a_negation_has_one_minus_the_membership(columns: list[list[float]], products: list[list[str]]) -> None:
    text = " + ".join("*".join(term) for term in products)
    data = qca.read_columns(dict(zip("ABC", columns, strict=True)), ["A", "B", "C"])
    parsed = qca.parse(text, data.names)
    np.testing.assert_allclose((~parsed).membership(data), 1 - parsed.membership(data), atol=1e-12)
    crisp = qca.read_columns(
        {name: np.round(column) for name, column in zip("ABC", columns, strict=True)}, ["A", "B", "C"]
    )
    np.testing.assert_array_equal(qca.negate(parsed).membership(crisp), 1 - parsed.membership(crisp))
    contradicts = any(x.removeprefix("~") in {y.removeprefix("~") for y in t if y != x} for t in products for x in t)
    if not contradicts:
        # De Morgan's sum of products may drop A*~A, which has a membership of 0.5 at most.
        negated = qca.negate(parsed).membership(data)
        exact = 1 - parsed.membership(data)
        assert ((negated <= exact + 1e-12) & (np.isclose(negated, exact) | (exact <= 0.5 + 1e-12))).all()


@quick
@given(st.lists(memberships, min_size=3, max_size=3), memberships)
def test_a_doubled_condition_changes_no_consistency(columns: list[list[float]], y: list[float]) -> None:
    frame = {**dict(zip("ABC", columns, strict=True)), "Y": y}
    assume(max(y) > 0 and all(len(set(column)) > 1 for column in columns))
    plain = qca.truth_table(frame, "Y", ["A", "B", "C"], incl_cut=0.7)
    doubled = qca.truth_table({**frame, "A2": columns[0]}, "Y", ["A", "B", "C", "A2"], incl_cut=0.7)
    assert [(r.out, r.n, r.cases) for r in plain.rows] == [(r.out, r.n, r.cases) for r in doubled.rows]
    assert [r.incl for r in plain.rows] == pytest.approx([r.incl for r in doubled.rows])


@quick
@given(st.lists(memberships, min_size=3, max_size=3), memberships, st.permutations(range(6)))
def test_the_order_of_the_cases_changes_nothing(columns: list[list[float]], y: list[float], order: list[int]) -> None:
    assume(max(y) > 0 and all(len(set(column)) > 1 for column in columns))
    frame = {"case": list("uvwxyz"), **dict(zip("ABC", columns, strict=True)), "Y": y}
    moved = {name: [values[i] for i in order] for name, values in frame.items()}
    first, second = (qca.truth_table(f, "Y", ["A", "B", "C"], incl_cut=0.7) for f in (frame, moved))
    assert [(r.number, r.out, set(r.cases)) for r in first.rows] == [
        (r.number, r.out, set(r.cases)) for r in second.rows
    ]
    if first.corners("1").size and first.corners("0").size:
        try:
            assert as_sets(qca.minimize(first, include="?")) == as_sets(qca.minimize(second, include="?"))
        except Degenerate:
            assert not first.corners("0").size
