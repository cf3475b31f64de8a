"""Coefficients for several coders, against their relations and numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from crosscase.analysis import agreement as ag
from crosscase.errors import Degenerate, InputError

COUNTS = [[3, 0], [2, 1], [0, 3], [1, 2], [3, 0]]


def test_fleiss_by_hand() -> None:
    # Pairs: 1, 1/3, 1, 1/3, 1 → p_a = 11/15; π = 9/15; p_e = .36 + .16 = .52
    estimate = ag.fleiss_kappa(counts=COUNTS)
    assert estimate.observed_agreement == pytest.approx(11 / 15)
    assert estimate.value == pytest.approx((11 / 15 - 0.52) / 0.48)


def test_gwet_and_brennan_prediger_by_hand() -> None:
    # AC1: p_e = 2 × .6 × .4 / (2 − 1) = .48; Brennan–Prediger: 1/2
    assert ag.gwet_ac1(counts=COUNTS).value == pytest.approx((11 / 15 - 0.48) / 0.52)
    assert ag.brennan_prediger(counts=COUNTS).value == pytest.approx((11 / 15 - 0.5) / 0.5)


def test_alpha_is_fleiss_corrected_for_small_samples_when_nothing_is_missing() -> None:
    fleiss, alpha = ag.fleiss_kappa(counts=COUNTS).value, ag.krippendorff_alpha(counts=COUNTS).value
    assert 1 - alpha == pytest.approx((1 - fleiss) * 14 / 15)


def test_two_coders_are_a_panel_of_two() -> None:
    table = [[14, 3, 1], [2, 11, 4], [0, 2, 8]]
    for weights in (None, "linear"):
        for panel, pair in (
            (ag.fleiss_kappa, ag.scott_pi),
            (ag.conger_kappa, ag.cohen_kappa),
            (ag.light_kappa, ag.cohen_kappa),
        ):
            assert panel(contingency=table, weights=weights).value == pytest.approx(
                pair(contingency=table, weights=weights).value
            )


def test_conger_lets_each_coder_have_habits_that_fleiss_takes_for_disagreement() -> None:
    # Coder 3 says yes to everything.
    rows = [[1, 1, 1], [0, 0, 1], [1, 1, 1], [0, 0, 1]]
    assert ag.conger_kappa(rows).value > ag.fleiss_kappa(rows).value


def test_light_is_the_mean_over_pairs_that_share_units() -> None:
    rows = [[1, 1, None], [0, 0, None], [1, 0, None], [0, 0, 0], [1, None, 1], [0, None, 0], [0, None, 1]]
    # Coders 2 and 3 share one unit, on which both say no: their κ is not defined, so neither is the mean.
    with pytest.raises(Degenerate, match="a pair of coders"):
        ag.light_kappa(rows)
    rows[3] = [0, 0, None]
    kappas = [ag.cohen_kappa([r[0] for r in rows], [r[c] for r in rows], interval="none").value for c in (1, 2)]
    assert ag.light_kappa(rows, interval="none").value == pytest.approx(sum(kappas) / 2)


def test_conger_is_undefined_for_a_coder_without_values() -> None:
    with pytest.raises(Degenerate, match="gave no value at all"):
        ag.conger_kappa([[1, 1, None], [2, 2, None], [1, 2, None]])


def test_each_category_against_the_others() -> None:
    found = ag.fleiss_by_category(counts=COUNTS, categories=["yes", "no"])
    # With two categories both say the same as κ.
    whole = ag.fleiss_kappa(counts=COUNTS).value
    for name in ("yes", "no"):
        estimate = found[name]
        assert isinstance(estimate, ag.Estimate)
        assert estimate.value == pytest.approx(whole)
        assert estimate.low is not None and estimate.low < whole


def test_a_category_that_nobody_chose_says_so_and_spoils_nothing() -> None:
    found = ag.fleiss_by_category([["a", "a"], ["b", "a"], ["b", "b"]], categories=["a", "b", "c"])
    assert isinstance(found["a"], ag.Estimate)
    assert isinstance(found["c"], Degenerate)
    assert "nobody chose this category" in str(found["c"])
    with pytest.raises(InputError, match="no analytic"):
        ag.fleiss_by_category([["a", "a"], ["b", "a"]], interval="analytic")


def test_units_with_one_value_inform_chance_but_not_agreement() -> None:
    rows = [["a", "a"], ["b", "a"], ["b", "b"], ["a", "a"]]
    more = [*rows, ["b", None], ["b", None]]
    assert ag.fleiss_kappa(more).observed_agreement == ag.fleiss_kappa(rows).observed_agreement
    assert ag.fleiss_kappa(more).chance_agreement != ag.fleiss_kappa(rows).chance_agreement
    assert ag.fleiss_kappa(more).n_units == 4
    assert ag.krippendorff_alpha(more) == ag.krippendorff_alpha(rows)


def test_independence_has_its_own_standard_error_only_where_fleiss_gave_one() -> None:
    assert ag.fleiss_kappa(counts=COUNTS, interval="analytic").null_se is not None
    assert ag.fleiss_kappa(counts=[*COUNTS, [2, 0]], interval="analytic").null_se is None
    assert ag.fleiss_kappa(counts=COUNTS, weights="linear", interval="analytic").null_se is None
    # Two categories: Var = 2 / [n m (m − 1)]
    assert ag.fleiss_kappa(counts=COUNTS, interval="analytic").null_se == pytest.approx((2 / (5 * 3 * 2)) ** 0.5)


def test_many_coders_and_few_categories_give_the_same_as_comparing_every_pair() -> None:
    rng = np.random.default_rng(5)
    rows = rng.integers(0, 2, (30, 12))
    with_gaps = [[None if rng.random() < 0.2 else int(v) for v in row] for row in rows]
    few = ag.krippendorff_alpha(with_gaps)
    # Naming more categories makes pairs the cheaper way.
    assert few == ag.krippendorff_alpha(with_gaps, categories=list(range(40)))


def test_positive_agreement_by_hand() -> None:
    # 2 × 40 / (2 × 40 + 10 + 4)
    table = [[40, 10], [4, 46]]
    estimate = ag.positive_agreement(contingency=table, value=1)
    assert estimate.value == pytest.approx(80 / 94)
    assert ag.positive_agreement(contingency=table, value=2).value == pytest.approx(92 / 106)
    closed = ag.positive_agreement(contingency=table, value=1, interval="analytic")
    assert closed.se == pytest.approx(estimate.se, rel=0.03)


def test_text_that_nobody_coded_does_not_enter_positive_agreement() -> None:
    rows = [[1, 1], [1, 0], [0, 1], [1, 1]]
    many = rows + [[0, 0]] * 1000
    assert ag.positive_agreement(many).value == ag.positive_agreement(rows).value == pytest.approx(4 / 6)
    assert ag.percent_agreement(many).value > 0.99


def test_positive_agreement_of_several_coders_is_given_one_how_often_another() -> None:
    # Unit 1: 3 of 3 → 6 of 6 ordered pairs; unit 2: 2 of 3 → 2 of 4; unit 3: 1 of 2 → 0 of 1
    rows = [[1, 1, 1], [1, 1, 0], [1, 0, None]]
    assert ag.positive_agreement(rows).value == pytest.approx(8 / 11)
    with pytest.raises(InputError, match="more than two coders"):
        ag.positive_agreement(rows, interval="analytic")


def test_positive_agreement_on_a_code_that_nobody_gave_is_not_defined() -> None:
    with pytest.raises(Degenerate, match="nobody gave the code"):
        ag.positive_agreement([[0, 0], [0, 0]])
    with pytest.raises(Degenerate, match="nobody gave the value"):
        ag.positive_agreement([["x", "y"], ["x", "y"]], value="z")
    with pytest.raises(InputError, match="value="):
        ag.positive_agreement([["x", "y"], ["x", "y"]])
