"""Diagnostics of calibrated sets."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.analysis.qca.published import analysis_of, read_published

from crosscase.analysis.qca.diagnostics import calibration_curve, diagnose_sets
from crosscase.errors import InputError


def test_cases_at_exactly_one_half_are_named_where_r_only_drops_them(shared: Path) -> None:
    table, data = read_published(shared, "T17")
    wanted = analysis_of(table, "ambiguous_cells")
    conditions = analysis_of(table, "conservative_0.8")["call"]["conditions"]
    everything = diagnose_sets(data, [*conditions, analysis_of(table, "conservative_0.8")["call"]["outcome"]])
    of_conditions = diagnose_sets(data, conditions)
    # The published count is over conditions and outcome, the published list of cases over conditions.
    assert everything.table["n_at_half"].sum() == wanted["count"]
    assert set(of_conditions.ambiguous_cases) == set(wanted["cases"])


def test_a_set_is_skewed_when_a_fifth_of_the_cases_is_not_on_each_side() -> None:
    frame = {"FEW": [0.9, 0.1, 0.1, 0.1, 0.1, 0.1], "EVEN": [0.9, 0.9, 0.1, 0.5, 0.1, 0.1]}
    rows = {row["set"]: row for row in diagnose_sets(frame, ["FEW", "EVEN"]).table.iter_rows(named=True)}
    assert rows["FEW"]["skewed"] and not rows["EVEN"]["skewed"]
    assert (rows["EVEN"]["n_above"], rows["EVEN"]["n_below"], rows["EVEN"]["n_at_half"]) == (2, 3, 1)
    assert rows["EVEN"]["at_half"] == ["4"]


def test_a_multi_value_condition_has_no_such_diagnostics() -> None:
    with pytest.raises(InputError, match="more than two levels"):
        diagnose_sets({"A": [0, 1, 2]}, ["A"])


def test_the_calibration_curve_carries_its_cases_and_says_which_anchors_no_case_reaches() -> None:
    curve = calibration_curve([3, 5, 8], (1, 5, 9), cases=["a", "b", "c"])
    assert curve.at_half == ("b",)
    assert curve.zones == (0, 1, 2, 0)
    assert len(curve.empty) == 2 and "lowest raw value is 3" in curve.empty[0]
    for anchor, membership in zip((1, 5, 9), (0.0474, 0.5, 0.9526), strict=True):
        at = curve.grid.tolist().index(anchor)
        assert curve.curve[at] == pytest.approx(membership, abs=1e-4)
