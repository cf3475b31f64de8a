"""What every coefficient must do, whichever it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from crosscase.analysis import agreement as ag
from crosscase.errors import Degenerate, InputError

Rows = list[list[Any]]


@dataclass(frozen=True)
class Coefficient:
    """One coefficient called with units × coders, and what holds for it."""

    name: str
    call: Callable[..., ag.Estimate]
    corrected: bool = True
    two_coders: bool = False
    analytic: bool = True
    counts: bool = True
    small_sample: bool = False
    """Corrected for small samples, so that doubling the units changes the value a little."""


def _columns(function: Callable[..., ag.Estimate], **fixed: Any) -> Callable[..., ag.Estimate]:
    def call(rows: Rows | None = None, **options: Any) -> ag.Estimate:
        if rows is None:
            return function(**fixed, **options)
        return function([row[0] for row in rows], [row[1] for row in rows], **fixed, **options)

    return call


def _rows(function: Callable[..., ag.Estimate], **fixed: Any) -> Callable[..., ag.Estimate]:
    return lambda rows=None, **options: function(rows, **fixed, **options)


def _sets(distance: str) -> Callable[..., ag.Estimate]:
    def call(rows: Rows, **options: Any) -> ag.Estimate:
        sets = [[None if missing(value) else {value} for value in row] for row in rows]
        return ag.set_alpha(sets, distance, **options)

    return call


def missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


ALL = [
    *(
        Coefficient(f"alpha-{m}", _rows(ag.krippendorff_alpha, metric=m), small_sample=True, analytic=m != "ordinal")
        for m in ("nominal", "ordinal", "interval", "ratio")
    ),
    *(
        Coefficient(f"cohen-{w}", _columns(ag.cohen_kappa, weights=w), two_coders=True, counts=False)
        for w in (None, "linear", "quadratic")
    ),
    *(
        Coefficient(f"scott-{w}", _columns(ag.scott_pi, weights=w), two_coders=True, counts=False)
        for w in (None, "linear")
    ),
    *(Coefficient(f"fleiss-{w}", _rows(ag.fleiss_kappa, weights=w)) for w in (None, "quadratic", "radical")),
    *(Coefficient(f"conger-{w}", _rows(ag.conger_kappa, weights=w), counts=False) for w in (None, "quadratic")),
    *(
        Coefficient(f"light-{w}", _rows(ag.light_kappa, weights=w), counts=False, analytic=False)
        for w in (None, "linear")
    ),
    Coefficient("ac1", _rows(ag.gwet_ac1)),
    *(Coefficient(f"ac2-{w}", _rows(ag.gwet_ac2, weights=w)) for w in ("linear", "quadratic", "ordinal", "ratio")),
    *(Coefficient(f"brennan-prediger-{w}", _rows(ag.brennan_prediger, weights=w)) for w in (None, "linear")),
    Coefficient("percent", _rows(ag.percent_agreement), corrected=False),
    *(
        Coefficient(f"sets-{d}", _sets(d), small_sample=True, counts=False)
        for d in ("masi", "jaccard", "nominal")
    ),
]  # fmt: skip
NOMINAL = [c for c in ALL if c.name.rpartition("-")[2] in {"None", "nominal", "ac1", "percent", "masi", "jaccard"}]
each = pytest.mark.parametrize("coefficient", ALL, ids=lambda c: c.name)
each_nominal = pytest.mark.parametrize("coefficient", NOMINAL, ids=lambda c: c.name)


def ratings(coefficient: Coefficient, n: int = 40, seed: int = 1, missing: float = 0.0) -> Rows:
    """Coders who mostly agree on three values."""
    rng = np.random.default_rng(seed)
    coders = 2 if coefficient.two_coders else 3
    truth = rng.integers(1, 4, n)
    given = np.where(rng.random((n, coders)) < 0.7, truth[:, None], rng.integers(1, 4, (n, coders)))
    gone = rng.random((n, coders)) < missing
    return [[None if gone[u, c] else int(given[u, c]) for c in range(coders)] for u in range(n)]


SOURCES = [f"interview {n % 8}" for n in range(40)]


def same(first: ag.Estimate, second: ag.Estimate) -> None:
    for name in ("value", "low", "high", "se"):
        assert getattr(first, name) == pytest.approx(getattr(second, name), abs=1e-9), name


@each
@pytest.mark.parametrize("gone", [0.0, 0.15])
def test_the_order_of_units_does_not_matter(coefficient: Coefficient, gone: float) -> None:
    rows = ratings(coefficient, missing=gone)
    order = np.random.default_rng(2).permutation(len(rows)).tolist()
    moved = coefficient.call([rows[n] for n in order], clusters=[SOURCES[n] for n in order])
    same(coefficient.call(rows, clusters=SOURCES), moved)


@each
@pytest.mark.parametrize("gone", [0.0, 0.15])
def test_the_order_of_coders_does_not_matter(coefficient: Coefficient, gone: float) -> None:
    rows = ratings(coefficient, missing=gone)
    same(coefficient.call(rows, clusters=SOURCES), coefficient.call([row[::-1] for row in rows], clusters=SOURCES))


@each_nominal
def test_the_names_of_values_do_not_matter(coefficient: Coefficient) -> None:
    rows = ratings(coefficient, missing=0.1)
    names: dict[Any, Hashable] = {1: ("a", "tuple"), 2: "zebra", 3: 0.5, None: None}
    renamed = [[names[value] for value in row] for row in rows]
    same(coefficient.call(rows, clusters=SOURCES), coefficient.call(renamed, clusters=SOURCES))


@each
def test_coders_who_always_agree_get_one(coefficient: Coefficient) -> None:
    rows = [[row[0]] * len(row) for row in ratings(coefficient)]
    estimate = coefficient.call(rows, clusters=SOURCES)
    assert estimate.value == pytest.approx(1.0)
    assert (estimate.low, estimate.high) == (pytest.approx(1.0), pytest.approx(1.0))
    assert "no width" in estimate.note


@each
def test_coders_who_agree_as_often_as_chance_get_zero(coefficient: Coefficient) -> None:
    # Every combination of values once: nothing that one coder does says anything about another.
    coders = 2 if coefficient.two_coders else 3
    rows = np.array(np.meshgrid(*[[1, 2, 3]] * coders)).reshape(coders, -1).T.tolist()
    estimate = coefficient.call(rows, interval="none")
    if not coefficient.corrected:
        assert estimate.value == pytest.approx(1 / 3)
    elif coefficient.small_sample:
        # α corrects for what coders would agree by drawing from the same finite pool of values.
        n = len(rows) * coders
        assert 1 - estimate.value == pytest.approx((n - 1) / n)
    elif coefficient.name.startswith("ac2"):
        # AC2 spreads chance over the categories by the weights, which is not independence.
        assert abs(estimate.value) < 0.25
    else:
        assert estimate.value == pytest.approx(0.0, abs=1e-12)


@each
def test_doubling_the_units_within_sources_does_not_make_the_interval_narrower(coefficient: Coefficient) -> None:
    rows = ratings(coefficient, missing=0.1)
    once = coefficient.call(rows, clusters=SOURCES)
    twice = coefficient.call(rows + rows, clusters=SOURCES + SOURCES)
    assert twice.n_units == 2 * once.n_units
    assert twice.n_clusters == once.n_clusters == 8
    if not coefficient.small_sample:
        same(once, twice)
    else:
        n = sum(len(g) for row in rows if len(g := [v for v in row if v is not None]) > 1)
        assert 1 - twice.value == pytest.approx((1 - once.value) * (2 * n - 1) / (2 * (n - 1)))
        assert twice.se == pytest.approx(once.se, rel=0.02)


@each
def test_units_taken_as_sources_pretend_to_know_more(coefficient: Coefficient) -> None:
    rows = ratings(coefficient)
    tripled, sources = rows * 3, [str(n) for n in range(len(rows))] * 3
    by_source, by_unit = coefficient.call(tripled, clusters=sources), coefficient.call(tripled)
    assert by_unit.n_clusters == 120 and by_source.n_clusters == 40
    assert by_source.se is not None and by_unit.se is not None
    assert by_unit.se < 0.62 * by_source.se


@each
def test_not_a_number_is_missing_as_none_is(coefficient: Coefficient) -> None:
    rows = ratings(coefficient, missing=0.2)
    numbers = [[math.nan if value is None else float(value) for value in row] for row in rows]
    same(coefficient.call(rows, clusters=SOURCES), coefficient.call(numbers, clusters=SOURCES))
    if not coefficient.name.startswith("sets"):
        same(coefficient.call(rows), coefficient.call(np.array(numbers)))


@each
def test_a_unit_that_nobody_rated_changes_nothing(coefficient: Coefficient) -> None:
    rows = ratings(coefficient, missing=0.1)
    empty: Rows = [[None] * len(rows[0])] * 5
    more = coefficient.call(rows + empty, clusters=[*SOURCES, *["a source without a value"] * 5])
    same(coefficient.call(rows, clusters=SOURCES), more)
    assert more.n_clusters == 8


@each
def test_the_jackknife_is_leaving_each_source_out_by_hand(coefficient: Coefficient) -> None:
    rows = ratings(coefficient, missing=0.1)
    categories = {} if coefficient.name.startswith("sets") else {"categories": [1, 2, 3]}
    estimate = coefficient.call(rows, clusters=SOURCES, **categories)
    left = [
        coefficient.call(
            [row for row, s in zip(rows, SOURCES, strict=True) if s != source], interval="none", **categories
        ).value
        for source in sorted(set(SOURCES))
    ]
    se = math.sqrt(7 / 8 * sum((value - np.mean(left)) ** 2 for value in left))
    # The .975 quantile of t with 7 degrees of freedom, from a printed table.
    assert estimate.se == pytest.approx(se, abs=1e-10)
    assert estimate.low == pytest.approx(estimate.value - 2.364624 * se, abs=1e-6)
    assert estimate.method == "jackknife over 8 sources, t(7)"


@each
def test_the_bootstrap_draws_sources_and_can_be_repeated(coefficient: Coefficient) -> None:
    rows = ratings(coefficient, n=40)
    first, again, other = (
        coefficient.call(rows, clusters=SOURCES, interval="bootstrap", seed=seed, draws=400) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
    assert first.low is not None and first.high is not None and first.se is not None
    assert first.low < first.value < first.high
    jackknife = coefficient.call(rows, clusters=SOURCES)
    assert jackknife.se is not None
    assert 0.5 < first.se / jackknife.se < 1.5
    assert "8 sources" in first.method and "seed 1" in first.method


@each
def test_a_closed_form_is_near_the_jackknife_over_units_or_refused_in_a_sentence(coefficient: Coefficient) -> None:
    rows = ratings(coefficient, n=300)
    if not coefficient.analytic:
        with pytest.raises(InputError, match="no analytic standard error"):
            coefficient.call(rows, interval="analytic")
        return
    closed, jackknife = coefficient.call(rows, interval="analytic"), coefficient.call(rows)
    assert closed.se == pytest.approx(jackknife.se, rel=0.03)
    assert "analytic" in closed.method
    assert "independent" in coefficient.call(rows, clusters=range(300), interval="analytic").note


@each
def test_one_source_has_a_value_but_no_interval(coefficient: Coefficient) -> None:
    rows = ratings(coefficient)
    for interval in ("jackknife", "bootstrap"):
        with pytest.raises(Degenerate, match="needs two sources or more"):
            coefficient.call(rows, clusters=["the only one"] * len(rows), interval=interval)
    estimate = coefficient.call(rows, clusters=["the only one"] * len(rows), interval="none")
    assert (estimate.low, estimate.high, estimate.se, estimate.method) == (None, None, None, "none")


@each
def test_values_of_one_coder_are_no_agreement(coefficient: Coefficient) -> None:
    alone: Rows = [[1, None], [None, 2], [3, None]]
    with pytest.raises(Degenerate, match="two coders"):
        coefficient.call(alone)
    if not coefficient.two_coders:
        with pytest.raises(Degenerate, match="two coders or more"):
            coefficient.call([[1], [2]])
    with pytest.raises(Degenerate):
        coefficient.call([])


@each
def test_one_category_is_no_evidence_of_agreement_beyond_chance(coefficient: Coefficient) -> None:
    rows: Rows = [[1, 1], [1, 1], [1, 1]]
    if not coefficient.corrected:
        assert coefficient.call(rows).value == 1.0
        return
    with pytest.raises(Degenerate, match="not defined"):
        coefficient.call(rows)


@each
def test_a_source_that_carries_all_variation_leaves_the_value_without_interval(coefficient: Coefficient) -> None:
    rows: Rows = [[1, 1], [2, 2], [1, 2], [1, 1], [1, 1], [1, 1]]
    estimate = coefficient.call(rows, clusters=["x", "x", "x", "y", "y", "z"])
    if coefficient.corrected and not coefficient.name.startswith(("ac", "brennan")):
        assert (estimate.low, estimate.high) == (None, None)
        assert "without source x" in estimate.note
        assert "no interval" in str(estimate)
    else:
        assert estimate.low is not None


@each
def test_an_argument_that_does_not_exist_is_refused(coefficient: Coefficient) -> None:
    rows = ratings(coefficient)
    with pytest.raises(TypeError):
        coefficient.call(rows, cluster=SOURCES)
    with pytest.raises(InputError, match="no interval called"):
        coefficient.call(rows, interval="jacknife")
    with pytest.raises(InputError, match="39 sources are named for 40 units"):
        coefficient.call(rows, clusters=SOURCES[1:])
    with pytest.raises(InputError, match="source is missing"):
        coefficient.call(rows, clusters=[None, *SOURCES[1:]])


@pytest.mark.parametrize(
    "coefficient", [c for c in ALL if not c.name.startswith(("sets", "light"))], ids=lambda c: c.name
)
def test_a_contingency_table_is_the_ratings_of_two_coders(coefficient: Coefficient) -> None:
    table = [[9, 1, 0], [2, 7, 1], [0, 3, 6]]
    rows = [[i + 1, j + 1] for i in range(3) for j in range(3) for _ in range(table[i][j])]
    same(coefficient.call(contingency=table), coefficient.call(rows))
    sources = [n % 4 for n in range(len(rows))]
    stack = np.zeros((4, 3, 3), dtype=int)
    for (i, j), source in zip(rows, sources, strict=True):
        stack[source, i - 1, j - 1] += 1
    same(coefficient.call(contingency=stack), coefficient.call(rows, clusters=sources))


@pytest.mark.parametrize("coefficient", [c for c in ALL if not c.name.startswith("sets")], ids=lambda c: c.name)
def test_counts_are_ratings_without_names_of_coders(coefficient: Coefficient) -> None:
    rows = ratings(coefficient, missing=0.1)
    counts = [[row.count(value) for value in (1, 2, 3)] for row in rows]
    if not coefficient.counts:
        with pytest.raises(InputError, match="counts="):
            coefficient.call(counts=counts)
        return
    same(coefficient.call(rows, clusters=SOURCES), coefficient.call(counts=counts, clusters=SOURCES))


@each
def test_the_estimate_says_what_it_rests_on(coefficient: Coefficient) -> None:
    rows = ratings(coefficient)
    estimate = coefficient.call([*rows, [None, *rows[0][1:]]], clusters=[*SOURCES, "one more"], level=0.9)
    assert estimate.n_coders == len(rows[0])
    assert estimate.n_units == (40 if coefficient.two_coders else 41)
    assert estimate.n_clusters == (8 if coefficient.two_coders else 9)
    assert estimate.level == 0.9
    assert estimate.value == pytest.approx(1 - estimate.disagreement / estimate.expected_disagreement)
    assert "90 % interval" in str(estimate) and estimate.coefficient in str(estimate)
