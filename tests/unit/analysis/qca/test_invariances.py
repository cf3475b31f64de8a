"""What must not matter does not: the order of cases, the names of conditions, a condition that only repeats."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crosscase.analysis import qca

NAMES = ("A", "B", "C")
_DATA = st.integers(0, 10_000)


def _frame(seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    columns = {name: rng.integers(0, 11, 9) / 10 for name in (*NAMES, "Y")}
    assume(all(np.ptp(c) > 0 for c in columns.values()))
    return pl.DataFrame({"case": [f"c{i}" for i in range(9)], **columns})


def _rows(table: pl.DataFrame, *columns: str) -> dict[str, Any]:
    return {row[0]: row[1:] for row in table.select(*columns).iter_rows()}


@settings(deadline=None, max_examples=40)
@given(_DATA)
def test_the_order_of_cases_changes_no_fit(seed: int) -> None:
    frame = _frame(seed)
    turned = frame.sample(fraction=1.0, shuffle=True, seed=seed)
    one, other = (_rows(qca.necessity(f, "Y", NAMES).table, "term", "inclN", "covN") for f in (frame, turned))
    assert {k: pytest.approx(v) for k, v in one.items()} == other
    first, second = (qca.robustness("A + B", ["A*C", "B"], "Y", f) for f in (frame, turned))
    assert (first.RF_cov, first.RF_SC_max) == pytest.approx((second.RF_cov, second.RF_SC_max))
    assert set(first.cases("robust typical")) == set(second.cases("robust typical"))
    kinds = [_rows(qca.smmr("A + B*C", "Y", f).table, "case", "kind") for f in (frame, turned)]
    assert kinds[0] == kinds[1]


@settings(deadline=None, max_examples=40)
@given(_DATA)
def test_new_names_give_the_same_terms_under_their_new_names(seed: int) -> None:
    frame = _frame(seed)
    renamed = frame.rename({"A": "X1", "B": "X2", "C": "X3"})
    old = qca.super_subset(frame, "Y", NAMES, incl_cut=0.8).table["term"].to_list()
    new = qca.super_subset(renamed, "Y", ("X1", "X2", "X3"), incl_cut=0.8).table["term"].to_list()
    swapped = [t.replace("X1", "A").replace("X2", "B").replace("X3", "C") for t in new]
    assert swapped == old


@settings(deadline=None, max_examples=40)
@given(_DATA)
def test_the_negation_of_the_negated_outcome_and_of_conditions_is_the_same_analysis(seed: int) -> None:
    frame = _frame(seed)
    flipped = frame.with_columns(Y=1 - pl.col("Y"), A=1 - pl.col("A"))
    one = _rows(qca.necessity(frame, "Y", ["A"]).table, "term", "inclN", "RoN", "covN")
    other = _rows(qca.necessity(flipped, "~Y", ["A"]).table, "term", "inclN", "RoN", "covN")
    assert one["A"] == pytest.approx(other["~A"]) and one["~A"] == pytest.approx(other["A"])


@settings(deadline=None, max_examples=25)
@given(_DATA)
def test_without_uncertainty_draws_in_any_order_say_what_the_point_says(seed: int) -> None:
    frame = _frame(seed)
    x, y = frame.select(NAMES).to_numpy(), frame["Y"].to_numpy()
    found = qca.uncertainty(np.tile(x, (3, 1, 1)), y, cases=frame["case"].to_list(), conditions=NAMES, incl_cut=0.75)
    assert set(found.models["p_model"]) <= {1.0}
    assert {frozenset(m.split(" + ")) for m in found.models["model"]} == {frozenset(m) for m in found.point.models}
