"""Calibration: published memberships are reproduced, curves keep their promises, unusable input is refused."""

from __future__ import annotations

from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from tests.unit.analysis.qca.published import read_published

from crosscase.analysis.qca.calibrate import FSQCA_IDM, calibrate, recode
from crosscase.errors import Degenerate, InputError


@pytest.mark.parametrize(("idm", "key"), [(0.95, "fuzzy_idm_0.95"), (FSQCA_IDM, "fuzzy_logodds_3")])
def test_lipset_memberships_are_those_of_either_program(shared: Path, idm: float, key: str) -> None:
    table, rows = read_published(shared, "T01")
    (analysis,) = table["analyses"]
    for name, wanted in analysis["fuzzy"].items():
        raw = rows[f"{name}_raw"].to_list()
        assert calibrate(raw, wanted["anchors"], idm=idm) == pytest.approx(wanted[key], abs=1e-12), name


def test_log_odds_of_three_give_the_memberships_in_print_where_the_default_of_r_does_not(shared: Path) -> None:
    table, rows = read_published(shared, "T01")
    (analysis,) = table["analyses"]
    for name, wanted in analysis["fuzzy"].items():
        raw = rows[f"{name}_raw"].to_list()
        printed = rows[f"{name}_fuzzy"].to_numpy()
        assert (calibrate(raw, wanted["anchors"]).round(2) == printed).all(), name
        other = calibrate(raw, wanted["anchors"], idm=0.95).round(2)
        assert (other != printed).sum() == wanted["cells_differing_from_published_idm_0.95"], name


def test_lipset_crisp_and_multi_value_sets_follow_from_their_cuts(shared: Path) -> None:
    table, rows = read_published(shared, "T01")
    (analysis,) = table["analyses"]
    for name, cut in analysis["crisp_cuts"].items():
        raw = rows[f"{name}_raw"].to_list()
        wanted = rows[f"{name}_crisp"].to_list()
        assert calibrate(raw, cut, method="crisp").tolist() == wanted
    for name, cuts in analysis["mv_cuts"].items():
        raw = rows[f"{name}_raw"].to_list()
        wanted = rows[f"{name}_mv"].to_list()
        assert calibrate(raw, cuts, method="multivalue").tolist() == wanted


def test_ragins_income_table_is_reproduced_to_two_decimals(shared: Path) -> None:
    table, rows = read_published(shared, "T08")
    (analysis,) = table["analyses"]
    memberships = calibrate(rows["income"].to_list(), analysis["anchors"])
    assert memberships.round(2).tolist() == rows["membership_published"].to_list()


def test_the_default_puts_log_odds_of_three_at_the_anchors() -> None:
    low, middle, high = calibrate([10, 20, 50], (10, 20, 50))
    assert np.log(low / (1 - low)) == pytest.approx(-3, abs=1e-12)
    assert middle == 0.5
    assert np.log(high / (1 - high)) == pytest.approx(3, abs=1e-12)


def test_falling_anchors_mirror_rising_ones() -> None:
    assert calibrate([1, 4, 9], (9, 4, 1)) == pytest.approx(1 - calibrate([1, 4, 9], (1, 4, 9)), abs=1e-15)


def test_six_anchors_make_a_trapezoid_by_hand() -> None:
    # Height: out below 155 and above 195, in from 175 to 185, crossing at 165 and 190.
    x = [150, 155, 160, 165, 170, 175, 180, 185, 187.5, 190, 192.5, 195, 200]
    wanted = [0, 0, 0.25, 0.5, 0.75, 1, 1, 1, 0.75, 0.5, 0.25, 0, 0]
    assert calibrate(x, (155, 165, 175, 185, 190, 195)).tolist() == wanted


def test_exponents_round_a_bell_by_hand() -> None:
    # A quarter of the way below the cross-over: ½ · ½³; as far above it: 1 − ½ · ½³.
    bell = calibrate([160, 170, 175, 180, 190], (155, 165, 175, 175, 185, 195), below=3, above=3)
    assert bell.tolist() == [0.0625, 0.9375, 1.0, 0.9375, 0.0625]


def test_a_logistic_bell_reaches_the_log_odds_at_each_of_its_anchors() -> None:
    bell = calibrate([0, 1, 2, 6, 7, 8], (0, 1, 2, 6, 7, 8), curve="logistic")
    assert np.log(bell / (1 - bell)) == pytest.approx([-3, 0, 3, 3, 0, -3], abs=1e-9)


def test_totally_fuzzy_and_relative_memberships_do_not_depend_on_the_code_of_the_lowest_category() -> None:
    # R QCA 3.25.1 takes for granted that the lowest category is coded 1; coded from 0 its memberships are wrong.
    from_one = calibrate([1, 2, 2, 3, 4], method="TFR")
    assert from_one == pytest.approx([0, 0.5, 0.5, 0.75, 1])
    assert calibrate([0, 1, 1, 2, 3], method="TFR").tolist() == from_one.tolist()


def test_the_indirect_method_finds_the_smallest_deviance_that_another_optimiser_finds() -> None:
    income = np.array(
        [110, 450, 650, 1000, 2980, 3740, 4100, 4670, 7470, 9800, 11290, 13680, 17090, 20060, 25200, 40110]
    )
    cuts = (1000, 4000, 5000, 10000, 20000)
    grouped = np.linspace(0, 1, 6)[np.searchsorted(cuts, income, side="right")]
    ours = calibrate(income, cuts, method="indirect")
    assert (np.diff(ours) > 0).all() and ours.min() > 0 and ours.max() < 1

    def deviance(fitted: np.ndarray) -> float:
        return float(-2 * (grouped * np.log(fitted) + (1 - grouped) * np.log(1 - fitted)).sum())

    def fitted(beta: np.ndarray, p: float, q: float) -> np.ndarray:
        z = income / 10000
        first = np.log(z) if p == 0 else z**p
        second = first * np.log(z) if p == q else np.log(z) if q == 0 else z**q
        return 1 / (1 + np.exp(-np.clip(beta[0] + beta[1] * first + beta[2] * second, -30, 30)))

    powers = (-2, -1, -0.5, 0, 0.5, 1, 2, 3)
    others = []
    for p, q in combinations_with_replacement(powers, 2):
        found = minimize(lambda b, p=p, q=q: deviance(fitted(b, p, q)), np.zeros(3), method="BFGS")
        curve = fitted(found.x, p, q)
        if (np.diff(curve) >= 0).all():
            others.append(deviance(curve))
    assert deviance(ours) <= min(others) + 1e-4


def test_the_indirect_method_says_when_there_is_no_finite_curve() -> None:
    with pytest.raises(Degenerate, match="four different"):
        calibrate([1, 2, 3, 3], (1.5, 2.5), method="indirect")


def test_words_become_memberships_by_a_scale() -> None:
    assert recode(["often", "never"], {"never": 0, "often": 0.67}).tolist() == [0.67, 0.0]
    with pytest.raises(InputError, match=r"'always' is not on the scale — case north"):
        recode(["always"], {"never": 0}, cases=["north"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"anchors": None}, "there are no anchors"),
        ({"anchors": (1, None, 3)}, "anchor 2 is empty"),
        ({"anchors": (1, float("nan"), 3)}, "anchor 2 is empty"),
        ({"anchors": (1, 3, 2)}, "out of order"),
        ({"anchors": (1, 2, 2)}, "out of order"),
        ({"anchors": (1, 2)}, "2 anchors were given"),
        ({"anchors": (1, 2, 4, 3, 5, 6)}, "out of order"),
        ({"anchors": (1, 2, 3), "idm": 1.0}, "idm is 1"),
        ({"anchors": {"out": 1, "in": 2}}, "name out, cross and in"),
        ({"anchors": (1, 2), "method": "crisp"}, "one cut"),
        ({"anchors": (2, 1), "method": "multivalue"}, "out of order"),
        ({"anchors": (1, 2, 3), "method": "other"}, "no method other"),
    ],
)
def test_anchors_that_mean_nothing_are_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        calibrate([1.0, 2.0, 3.0], **arguments)


def test_a_missing_value_is_refused_with_the_name_of_its_case() -> None:
    with pytest.raises(InputError, match="missing.*case south"):
        calibrate([1.0, None], (0, 1, 2), cases=["north", "south"])


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20),
    st.lists(st.floats(-1e5, 1e5), min_size=3, max_size=3, unique=True),
    st.floats(0.6, 0.99),
    st.sampled_from(["logistic", "linear"]),
)
def test_memberships_rise_with_the_raw_value_and_cross_at_the_cross_over(
    x: list[float], anchors: list[float], idm: float, curve: Any
) -> None:
    points = sorted(anchors)
    assume(min(np.diff(points)) > 1e-6)
    memberships = calibrate(sorted(x), points, idm=idm, curve=curve)
    assert ((memberships >= 0) & (memberships <= 1)).all()
    assert (np.diff(memberships) >= -1e-15).all()
    assert calibrate([points[1]], points, idm=idm, curve=curve)[0] == 0.5
    above = np.array(sorted(x)) > points[1]
    assert (memberships[above] >= 0.5).all() and (memberships[~above] <= 0.5).all()


@settings(deadline=None, max_examples=100)
@given(st.lists(st.floats(-100, 100), min_size=1, max_size=10), st.floats(0.1, 10), st.floats(-50, 50))
def test_the_unit_of_the_raw_scale_does_not_matter(x: list[float], factor: float, shift: float) -> None:
    plain = calibrate(x, (-20, 3, 40))
    moved = calibrate([factor * v + shift for v in x], [factor * a + shift for a in (-20, 3, 40)])
    assert moved == pytest.approx(plain, abs=1e-6)
