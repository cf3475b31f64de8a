"""Robustness: published parameters, exact ranges, and the known defect of SetMethods."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.analysis.qca.published import analysis_of, read_published

from crosscase.analysis.qca.clock import Limits
from crosscase.analysis.qca.minimise import minimize
from crosscase.analysis.qca.robustness import robustness
from crosscase.analysis.qca.sensitivity import sensitivity
from crosscase.analysis.qca.solving import PatternSolver, Recipe
from crosscase.errors import AnalysisError, Degenerate, InputError, NotEnoughEvidence, NotFound

CELLS = {
    "robust_typical": "robust typical",
    "robust_deviant": "robust deviant",
    "shaky_typical": "shaky typical",
    "shaky_deviant": "shaky deviant",
    "possible_typical": "possible typical",
    "possible_deviant": "possible deviant",
    "extreme_deviant_coverage": "extreme deviant coverage",
    "irrelevant": "irrelevant",
}


def _expression(table: dict[str, Any], name: str) -> str:
    return " + ".join(analysis_of(table, name)["solution"]["models"][0]["terms"])


@pytest.fixture(scope="module")
def life(shared: Path) -> tuple[dict[str, Any], pl.DataFrame]:
    return read_published(shared, "T11")


def test_published_robustness_parameters_are_reproduced(life: tuple[dict[str, Any], pl.DataFrame]) -> None:
    table, data = life
    found = robustness(_expression(table, "IS"), [_expression(table, "TS1"), _expression(table, "TS2")], "HL", data)
    fit = analysis_of(table, "rob_fit")["values"]
    assert round(found.RF_cov or 0, 3) == fit["RF_cov"]
    assert round(found.RF_cons or 0, 3) == fit["RF_cons"]
    assert round(found.RF_SC_min or 0, 3) == fit["RF_SC_minTS"]
    # SetMethods divides sums that it has rounded: .724 in print; unrounded .7239…
    assert found.RF_SC_max == pytest.approx(fit["RF_SC_maxTS"], abs=6e-4)
    core = analysis_of(table, "rob_core_fit")["values"]
    assert [round(found.core_fit[k] or 0, 3) for k in ("inclS", "covS", "PRI")] == [
        core[k] for k in ("inclS", "covS", "PRI")
    ]
    ratios = analysis_of(table, "rob_case_ratios")["values"]
    assert (round(found.RCR_typ or 0, 3), round(found.RCR_dev or 0, 3)) == (ratios["RCR_typ"], ratios["RCR_dev"])
    assert found.RCC_rank == ratios["RCC_Rank"]
    for theirs, ours in CELLS.items():
        assert set(found.cases(ours)) == set(analysis_of(table, "rob_cases")["types"][theirs])


def test_all_test_solutions_count_where_setmethods_ignores_those_in_the_middle(
    life: tuple[dict[str, Any], pl.DataFrame],
) -> None:
    table, data = life
    initial, wide, narrow = (_expression(table, name) for name in ("IS", "TS1", "TS2"))
    # Consistency cuts of .86 and .85 give the initial solution again; the test between them has a cut of .7.
    call = analysis_of(table, "IS")["call"]
    cuts = [minimize(data, "HL", call["conditions"], incl_cut=c, n_cut=2, include="?") for c in (0.86, 0.7, 0.85)]
    assert robustness(initial, [cuts[0], cuts[2]], "HL", data).RF_SC_max == 1.0
    assert robustness(initial, cuts, "HL", data).RF_SC_max == pytest.approx(0.730, abs=5e-4)
    orders = [[narrow, wide, initial], [wide, narrow, initial], [initial, narrow, wide]]
    assert len({robustness(initial, order, "HL", data).RF_SC_max for order in orders}) == 1


def test_the_exact_range_of_the_consistency_cut_holds_the_published_grid_range(
    life: tuple[dict[str, Any], pl.DataFrame],
) -> None:
    table, data = life
    call = analysis_of(table, "IS")["call"]
    found = sensitivity(data, "HL", call["conditions"], incl_cut=0.87, n_cut=2, include="?")
    grid = analysis_of(table, "sensitivity_inclusion")
    low, high = found.range("incl_cut")
    assert low is not None and high is not None
    assert low < grid["lower"] and low >= grid["lower"] - grid["step"]
    assert grid["upper"] <= high < grid["upper"] + grid["step"]
    n_cut = analysis_of(table, "sensitivity_ncut")
    assert found.range("n_cut") == (n_cut["lower"], n_cut["upper"])


def test_just_inside_a_range_the_models_are_the_same_and_just_outside_they_are_not(
    life: tuple[dict[str, Any], pl.DataFrame],
) -> None:
    table, data = life
    conditions = analysis_of(table, "IS")["call"]["conditions"]
    low, high = sensitivity(data, "HL", conditions, incl_cut=0.87, n_cut=2, include="?").range("incl_cut")
    assert low is not None and high is not None

    def models(cut: float) -> set[frozenset[str]]:
        return {frozenset(m.terms) for m in minimize(data, "HL", conditions, incl_cut=cut, n_cut=2, include="?").models}

    here = models(0.87)
    assert models(low + 1e-6) == models(high) == here
    assert models(low - 1e-6) != here and models(high + 1e-6) != here


def test_a_solution_that_no_test_changes_is_fully_robust_by_hand() -> None:
    frame = {"case": list("abcd"), "A": [0.9, 0.8, 0.2, 0.1], "B": [0.1, 0.7, 0.9, 0.2], "Y": [0.9, 0.9, 0.3, 0.1]}
    same = robustness("A", ["A"], "Y", frame)
    assert (same.RF_cov, same.RF_cons, same.RF_SC_min, same.RF_SC_max, same.RCC_rank) == (1, 1, 1, 1, 1)
    moved = robustness("A", ["A*B"], "Y", frame)
    # core: .1, .7, .2, .1 → covS 1.1/2.2, initial 2.0/2.2
    assert moved.core == "A*B" and moved.RF_cov == pytest.approx(1.1 / 2.0)
    assert moved.RF_SC_min == pytest.approx(1.1 / 2.0) == moved.RF_SC_max
    assert moved.cases("shaky typical") == ("a",) and moved.cases("robust typical") == ("b",)
    assert moved.RCC_rank == 3
    assert moved.RCR_dev is None  # no deviant case at all: not defined, not 0


def test_tests_on_recalibrated_data_keep_the_same_cases() -> None:
    frame = {"case": ["a", "b"], "A": [0.9, 0.1], "Y": [0.9, 0.2]}
    other = {"case": ["a", "b"], "A": [0.4, 0.1], "Y": [0.9, 0.2]}
    found = robustness("A", ["A"], "Y", frame, test_frames=[other])
    assert found.cases("shaky typical") == ("a",)
    with pytest.raises(InputError, match="other cases"):
        robustness("A", ["A"], "Y", frame, test_frames=[{**other, "case": ["b", "a"]}])
    with pytest.raises(InputError, match="no test solution"):
        robustness("A", [], "Y", frame)
    with pytest.raises(InputError, match="no cell"):
        found.cases("odd")


def test_a_range_without_a_limit_says_so() -> None:
    frame = {"A": [1, 1, 0, 0], "Y": [1, 1, 0, 0]}
    found = sensitivity(frame, "Y", ["A"], incl_cut=0.8)
    assert found.range("incl_cut") == (0.0, None)  # every cut up to 1 will do
    assert found.range("n_cut") == (1.0, 2.0)
    with pytest.raises(NotFound):
        found.range("idm")


def test_solutions_whose_models_are_not_all_known_are_not_compared() -> None:
    solver = PatternSolver(("A",), (2,), Recipe(), Limits(cancelled=lambda: True))
    with pytest.raises(AnalysisError, match="cannot be compared — not solved: time was over"):
        solver.solve_completely(((1,), (0,)), ("1", "0"))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from([0.7, 0.8, 0.9]), st.sampled_from(["", "?"]))
def test_no_cut_inside_the_range_changes_the_models(seed: int, cut: float, include: str) -> None:
    rng = np.random.default_rng(seed)
    frame = {name: rng.integers(0, 11, 12) / 10 for name in ("A", "B", "C", "Y")}
    try:
        found = sensitivity(frame, "Y", ["A", "B", "C"], incl_cut=cut, include=include)
        here = {frozenset(m.terms) for m in minimize(frame, "Y", ["A", "B", "C"], incl_cut=cut, include=include).models}
    except (Degenerate, InputError, NotEnoughEvidence):
        return
    if not found.solution.models:
        return
    low, high = found.range("incl_cut")
    for probe in np.linspace(0.05, 1.0, 39):
        # At an end itself the last bit of a consistency decides.
        inside = (low is None or probe > low + 1e-9) and (high is None or probe < high - 1e-9)
        if inside:
            models = minimize(frame, "Y", ["A", "B", "C"], incl_cut=float(probe), include=include).models
            assert {frozenset(m.terms) for m in models} == here
