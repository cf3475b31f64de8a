"""Cohen, Scott and the indices that explain κ, against numbers worked out by hand."""

from __future__ import annotations

import pytest

from crosscase.analysis import agreement as ag
from crosscase.errors import Degenerate, InputError

# Feinstein & Cicchetti 1990, the two paradoxes: the same agreement, very different κ.
RARE = [[118, 5], [2, 0]]
EVEN = [[46, 10], [4, 40]]


def test_kappa_by_hand() -> None:
    # p_a = 86/100; p_e = .56 × .50 + .44 × .50 = .5
    estimate = ag.cohen_kappa(contingency=EVEN)
    assert estimate.observed_agreement == pytest.approx(0.86)
    assert estimate.chance_agreement == pytest.approx(0.5)
    assert estimate.value == pytest.approx(0.72)


def test_pi_pools_the_coders() -> None:
    # π_yes = (.56 + .50) / 2 = .53; p_e = .53² + .47² = .5018
    assert ag.scott_pi(contingency=EVEN).chance_agreement == pytest.approx(0.5018)


def test_the_largest_kappa_depends_on_how_often_each_coder_says_yes() -> None:
    # Σ min = .50 + .44 = .94
    assert ag.kappa_max(contingency=EVEN).value == pytest.approx((0.94 - 0.5) / 0.5)
    assert ag.kappa_max(contingency=[[30, 10], [10, 50]]).value == pytest.approx(1.0)


def test_prevalence_and_bias_explain_a_low_kappa() -> None:
    kappa = ag.cohen_kappa(contingency=RARE)
    assert kappa.value < 0 < ag.percent_agreement(contingency=RARE).value
    assert ag.prevalence_index(contingency=RARE).value == pytest.approx(118 / 125)
    assert ag.bias_index(contingency=RARE).value == pytest.approx(3 / 125)
    # Byrt, Bishop & Carlin 1993: κ from the adjusted κ, prevalence and bias.
    adjusted = ag.brennan_prediger(contingency=RARE).value
    prevalence, bias = 118 / 125, 3 / 125
    assert kappa.value == pytest.approx((adjusted - prevalence**2 + bias**2) / (1 - prevalence**2 + bias**2))


def test_indices_know_which_value_means_yes() -> None:
    a, b = ["yes", "yes", "no", "yes"], ["yes", "no", "no", "yes"]
    assert ag.prevalence_index(a, b, value="yes").value == pytest.approx(1 / 4)
    assert ag.prevalence_index(a, b, value="no").value == pytest.approx(-1 / 4)
    assert ag.bias_index(a, b, value="yes").value == pytest.approx(1 / 4)
    assert ag.bias_index(b, a, value="yes").value == pytest.approx(-1 / 4)
    assert ag.prevalence_index([0, 0, 0], [0, 0, 0]).value == -1.0
    assert ag.prevalence_index([True, False], [True, True]).value == pytest.approx(0.5)
    with pytest.raises(InputError, match="which value means yes"):
        ag.prevalence_index(a, b)
    with pytest.raises(Degenerate, match="nobody gave the value 'yse'"):
        ag.prevalence_index(a, b, value="yse")
    with pytest.raises(InputError, match="there are 3"):
        ag.bias_index([1, 2, 3], [1, 2, 3])


@pytest.mark.parametrize("function", [ag.kappa_max, ag.prevalence_index, ag.bias_index])
def test_indices_have_intervals_but_no_closed_form(function: object) -> None:
    assert callable(function)
    estimate = function(contingency=EVEN)
    assert estimate.low < estimate.value < estimate.high
    with pytest.raises(InputError, match="no analytic standard error"):
        function(contingency=EVEN, interval="analytic")


def test_a_bias_interval_by_hand() -> None:
    # The mean of n values −1, 0, 1: the jackknife is its usual standard error.
    estimate = ag.bias_index(contingency=EVEN)
    mean, n = 0.06, 100
    assert estimate.se == pytest.approx((((0.14 - mean**2) * n / (n - 1)) / n) ** 0.5)


def test_only_units_that_both_coded_count() -> None:
    estimate = ag.cohen_kappa([1, 0, None, 1, 0], [1, 0, 1, None, 1])
    assert estimate.n_units == 3
    assert estimate.value == pytest.approx(ag.cohen_kappa([1, 0, 0], [1, 0, 1], interval="none").value)


def test_kappa_under_independence_has_its_own_standard_error() -> None:
    # Fleiss, Cohen & Everitt 1969 for two categories: Var = p_e / [n (1 − p_e)] when the margins are equal halves.
    estimate = ag.cohen_kappa(contingency=[[25, 25], [25, 25]], interval="analytic")
    assert estimate.null_se == pytest.approx((0.5 / (100 * 0.5)) ** 0.5)
    assert estimate.z == pytest.approx(0.0)
    assert ag.cohen_kappa(contingency=EVEN).z is None
