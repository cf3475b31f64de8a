"""Units that one coder alone rated: what they may change, and what they must not pretend to know."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from crosscase.analysis import agreement as ag

ALL: dict[str, Callable[..., ag.Estimate]] = {
    "alpha": ag.krippendorff_alpha,
    "percent": ag.percent_agreement,
    "fleiss": ag.fleiss_kappa,
    "conger": ag.conger_kappa,
    "light": ag.light_kappa,
    "ac1": ag.gwet_ac1,
    "ac2": ag.gwet_ac2,
    "brennan-prediger": ag.brennan_prediger,
    "positive": ag.positive_agreement,
}
UNMOVED = ("alpha", "percent", "light", "brennan-prediger", "positive")


def study(n_single: int) -> tuple[list[list[Any]], list[str]]:
    """Ten interviews that two coders read, and others that one of them read alone."""
    rng = np.random.default_rng(5)
    truth = rng.random((10, 20)) < 0.4
    right = rng.random((10, 20, 2)) < 0.8
    rows = [[int(t == r) for r in pair] for t, pair in zip(truth.ravel(), right.reshape(-1, 2), strict=True)]
    names = [f"double {n // 20}" for n in range(200)]
    single = [[int(x), None] for x in rng.random(n_single * 20) < 0.5]
    return rows + single, names + [f"single {n // 20}" for n in range(n_single * 20)]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("interval", ["jackknife", "bootstrap"])
def test_sources_that_one_coder_read_are_no_evidence_of_agreement(name: str, interval: str) -> None:
    (rows, names), (more, more_names) = study(0), study(50)
    alone = ALL[name](rows, clusters=names, interval=interval)
    with_single = ALL[name](more, clusters=more_names, interval=interval)
    assert (with_single.n_units, with_single.n_clusters) == (alone.n_units, alone.n_clusters) == (200, 10)
    if interval == "jackknife":
        assert with_single.method == "jackknife over 10 sources, t(9)"
    if name in UNMOVED:
        assert with_single.value == pytest.approx(alone.value)
        if interval == "jackknife":
            assert (with_single.low, with_single.high) == (pytest.approx(alone.low), pytest.approx(alone.high))
    assert alone.se is not None and with_single.se is not None
    assert with_single.se > 0.9 * alone.se


def test_single_values_enter_what_is_expected_by_chance_as_in_gwet() -> None:
    # Two units agree, one does not; a fourth has one value: π_yes = (1 + 0 + 1/2 + 1)/4 = .625.
    rows = [[1, 1], [0, 0], [1, 0], [1, None]]
    assert ag.gwet_ac1(rows, interval="none").chance_agreement == pytest.approx(2 * 0.625 * 0.375)
    assert ag.fleiss_kappa(rows, interval="none").chance_agreement == pytest.approx(0.625**2 + 0.375**2)
    assert ag.brennan_prediger(rows, interval="none").chance_agreement == 0.5
    assert ag.gwet_ac1(rows, interval="none").observed_agreement == pytest.approx(2 / 3)


def test_the_sources_without_a_pair_are_a_stratum_of_their_own() -> None:
    rows, names = study(6)
    estimate = ag.fleiss_kappa(rows, clusters=names, categories=[0, 1])
    whole = 0.0
    for kind in ("double", "single"):
        left = []
        for source in sorted({n for n in names if n.startswith(kind)}):
            kept = [row for row, name in zip(rows, names, strict=True) if name != source]
            left.append(ag.fleiss_kappa(kept, categories=[0, 1], interval="none").value)
        whole += (len(left) - 1) / len(left) * sum((v - sum(left) / len(left)) ** 2 for v in left)
    assert estimate.se == pytest.approx(math.sqrt(whole))
