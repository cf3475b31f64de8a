"""Whatever is handed in: a number within its range, or one sentence that says what cannot be used."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from crosscase.analysis import agreement as ag
from crosscase.errors import Degenerate, InputError

R = [[1, 1], [2, 2], [1, 2], [2, 1]]
TWO = {"x": [(0, 1, "a")], "y": [(0, 1, "a")]}
BY_SOURCE = {"x": {0: [(9, 11, "a")], 1: []}, "y": {0: [(3, 11, "a")], 1: []}}


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: ag.krippendorff_alpha(5), "rows of units, not 5"),
        (lambda: ag.krippendorff_alpha({"a": [1, 2]}), "rows of units"),
        (lambda: ag.krippendorff_alpha([[[1], [1]], [[2], [1]]]), "hashable"),
        (lambda: ag.krippendorff_alpha(R, categories=[[1], [2]]), "categories must be hashable"),
        (lambda: ag.krippendorff_alpha(R, categories=[1, 2, None]), "a category is missing"),
        (lambda: ag.krippendorff_alpha(R, level="0.95"), "a level lies between 0 and 1, not '0.95'"),
        (lambda: ag.krippendorff_alpha(R, level=None), "a level lies between 0 and 1"),
        (lambda: ag.krippendorff_alpha(R, draws="200"), "whole number"),
        (lambda: ag.krippendorff_alpha(R, draws=200.5), "whole number"),
        (lambda: ag.krippendorff_alpha(R, draws=10**9), "too many"),
        (lambda: ag.krippendorff_alpha(R, interval="bootstrap", seed=-1), "a seed is a whole number from 0, not -1"),
        (lambda: ag.krippendorff_alpha(R, interval="bootstrap", seed=None), "a seed is a whole number"),
        (lambda: ag.krippendorff_alpha(R, seed=2**70), "a seed is a whole number"),
        (lambda: ag.krippendorff_alpha([[10**400, 1], [2, 1]], "interval"), "needs numbers"),
        (lambda: ag.fleiss_kappa(counts=[[10**9, 1], [1, 2]]), "too many to be compared"),
        (lambda: ag.fleiss_kappa(counts=[[10**18, 1], [1, 2]]), "more than can be counted exactly"),
        (lambda: ag.cohen_kappa(contingency=[[1e30, 1], [1, 1]]), "more than can be counted exactly"),
        (lambda: ag.fleiss_kappa(counts=np.ma.masked_equal([[1, 9], [2, 1]], 9)), "no count may be masked"),
        (lambda: ag.cohen_kappa(3, 4), "one per unit, not 3"),
        (lambda: ag.cohen_kappa([1, 2], [1, 1], weights=object()), "a matrix of numbers"),
        (lambda: ag.positive_agreement(R, value=[1]), "no single value"),
        (lambda: ag.set_alpha(5), "rows of units"),
        (lambda: ag.set_alpha([None]), "row of values"),
        (lambda: ag.set_alpha([[[[1]], [[1]]]]), "hashable"),
        (lambda: ag.unitizing_alpha([1, 2], 10), "{coder:"),
        (lambda: ag.unitizing_alpha({"x": None, "y": []}, 10), "coder x"),
        (lambda: ag.unitizing_alpha(TWO, None), "a length is a number from 0, not None"),
        (lambda: ag.unitizing_alpha(TWO, math.inf), "not inf"),
        (lambda: ag.unitizing_alpha(BY_SOURCE, {0: 20, 1: -3}), "not -3"),
        (lambda: ag.unitizing_by_code(BY_SOURCE, {0: 20, 1: -3}), "source 1"),
        (lambda: ag.unitizing_alpha({"x": [(0, 1, ["v"])], "y": []}, 10), "hashable value"),
        (lambda: ag.unitizing_alpha({"x": [("zero", 1, "v")], "y": []}, 10), "two numbers"),
        (lambda: ag.unitizing_alpha(TWO, 10, value=["a"]), "hashable"),
        (lambda: ag.unitizing_alpha_1995(TWO, math.inf), "whole number of places"),
        (lambda: ag.unitizing_alpha_1995(TWO, {"s": 5}), "whole number of places"),
        (lambda: ag.unitizing_alpha_1995({"x": [(0.2, 1, "a")], "y": []}, 5), "whole numbers"),
        (lambda: ag.holsti(None, [(0, 1, "a")]), "coder a"),
        (lambda: ag.holsti([(0, math.inf, "a")], [(0, 1, "a")]), "leaves its source"),
        (lambda: ag.dawid_skene(R, certain="x"), "certainty lies"),
        (lambda: ag.dawid_skene([[0, 1], [1, 1]], most_steps=0), "one step at least"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(call: Any, sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_line_of_one_place_has_no_alpha() -> None:
    with pytest.raises(Degenerate, match="nothing could differ"):
        ag.unitizing_alpha_1995(TWO, 1)


def test_a_mask_means_missing() -> None:
    plain = [[1, None], [2, 2], [1, 2], [1, 1]]
    masked = np.ma.masked_equal(np.array([[1, 9], [2, 2], [1, 2], [1, 1]]), 9)
    whole = ag.krippendorff_alpha(plain)
    assert ag.krippendorff_alpha(masked) == whole
    assert ag.krippendorff_alpha(masked.astype(float)).value == whole.value
    assert ag.krippendorff_alpha(list(masked)) == whole
    assert ag.cohen_kappa(masked[:, 0], masked[:, 1]) == ag.cohen_kappa(*zip(*plain, strict=True))


@pytest.mark.parametrize("metric", ["interval", "ratio"])
@pytest.mark.parametrize("size", [1e-300, 1e-160, 1.0, 1e160, 1e307])
def test_very_small_and_very_large_numbers_agree_as_their_ratios_do(metric: Any, size: float) -> None:
    rows = [[2, 1], [1, 2], [3, 3], [1, 1]]
    scaled = [[value * size for value in row] for row in rows]
    for interval in ("analytic", "jackknife"):
        one, other = (ag.krippendorff_alpha(some, metric, interval=interval) for some in (rows, scaled))
        assert (other.value, other.se) == (pytest.approx(one.value), pytest.approx(one.se))


def test_values_at_both_ends_of_what_a_number_can_be_have_an_alpha() -> None:
    rows = [[1e308, -1e308], [0.0, 0.0], [1e308, 0.0]]
    small = [[1.0, -1.0], [0.0, 0.0], [1.0, 0.0]]
    large, known = (ag.krippendorff_alpha(some, "interval", interval="none").value for some in (rows, small))
    assert large == pytest.approx(known)


def test_an_interval_ends_where_the_coefficient_does() -> None:
    a, b = [1, 2, 1, 2, 1, 1], [1, 2, 2, 1, 1, 2]
    for function, lowest in ((ag.cohen_kappa, -1.0), (ag.scott_pi, -1.0), (ag.kappa_max, 0.0)):
        estimate = function(a, b, clusters=["x", "x", "y", "y", "z", "z"], level=0.999)
        assert (estimate.low, estimate.high) == (lowest, 1.0), function.__name__


@pytest.mark.parametrize("coefficient", [ag.krippendorff_alpha, ag.fleiss_kappa, ag.gwet_ac1])
def test_more_values_than_can_be_counted_are_refused_at_once(coefficient: Any) -> None:
    ratings = np.random.default_rng(1).permutation(60_000).reshape(20_000, 3)
    with pytest.raises(InputError, match="60,000 different values are too many"):
        coefficient(ratings)


def test_measured_numbers_have_their_own_metric() -> None:
    ratings = np.random.default_rng(1).normal(size=(20_000, 3))
    assert abs(ag.krippendorff_alpha(ratings, metric="interval").value) < 0.05
