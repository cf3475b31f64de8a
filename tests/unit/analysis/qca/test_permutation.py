"""Tests against chance: published values, exactness, behaviour without any effect."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from tests.unit.analysis.qca.published import analysis_of, read_data, read_published

from crosscase.analysis.qca.permutation import adjust, binomial_test, permutation_test
from crosscase.errors import InputError

# The published labels write absence in lower case: b is "no breakdown", i "no popular insurrection".
TERMS = {"BI": "breakdown*popins", "Bi": "breakdown*~popins", "bI": "~breakdown*popins", "bi": "~breakdown*~popins"}


def _revolutions(shared: Path) -> dict[str, list[float]]:
    data = read_data(shared, "T50_social_revolutions.csv")
    return {
        "Y": data["soc.rev"].to_list(),
        "breakdown": data["breakdown"].to_list(),
        "popins": data["pop.ins"].to_list(),
    }


def test_observed_consistency_and_counterexamples_are_the_published_ones(shared: Path) -> None:
    table, _ = read_published(shared, "T50")
    wanted = analysis_of(table, "fs_permutation")
    found = permutation_test(list(TERMS.values()), "Y", _revolutions(shared), draws=200)
    for label, row in zip(TERMS, found.table.iter_rows(named=True), strict=True):
        assert row["consistency"] == pytest.approx(wanted["observed_consistency"][label], abs=1e-9)
        assert row["n_against"] == wanted["observed_counterexamples"][label]


def test_p_values_are_those_in_print_for_the_two_terms_whose_observed_values_agree(shared: Path) -> None:
    # The printed summary has other observed values for BI and Bi than the minimum of their conditions gives (see the
    # file's own observed values); bI and bi agree. Holm over four: bI is the largest, bi the second largest p.
    found = permutation_test(list(TERMS.values()), "Y", _revolutions(shared), draws=10_000, seed=5)
    p = {label: row["p_against"] for label, row in zip(TERMS, found.table.iter_rows(named=True), strict=True)}
    assert p["bI"] == pytest.approx(0.9081, abs=0.015)
    assert 2 * p["bi"] == pytest.approx(0.9012, abs=0.03)


def test_binomial_probabilities_are_exact_where_r_takes_the_share_of_the_absent_outcome(shared: Path) -> None:
    # QCAfalsePositive 1.1.1 computes (1 − freq.y)ⁿ: its freq.y is the share of cases without the outcome.
    table, _ = read_published(shared, "T50")
    call = analysis_of(table, "cs_binomial")["call"]
    found = binomial_test(1 - call["freq_y"], call["configs"], n_configurations=call["total_configs"])
    assert found.table["p"].to_list() == pytest.approx([0.00243, 0.027, 0.09], abs=1e-12)
    assert found.table["p_adjusted"].to_list() == pytest.approx([0.0486, 0.513, 1.0], abs=1e-12)


def test_shuffling_agrees_with_all_permutations_of_a_small_study() -> None:
    x = np.array([0.9, 0.8, 0.2, 0.1, 0.6])
    y = np.array([0.9, 0.7, 0.3, 0.2, 0.1])
    every = np.array(list(permutations(y)))
    exact = (np.minimum(x, every).sum(axis=1) >= np.minimum(x, y).sum() - 1e-9).mean()
    found = permutation_test("X", "Y", {"X": x, "Y": y}, draws=20_000, seed=2)
    assert found.table["p_consistency"][0] == pytest.approx(exact, abs=0.01)


def test_without_any_effect_one_in_twenty_tests_is_significant_at_five_percent() -> None:
    rng = np.random.default_rng(7)
    p = []
    for i in range(200):
        frame = {"X": rng.random(15), "Y": rng.random(15)}
        p.append(permutation_test("X", "Y", frame, draws=200, seed=i).table["p_consistency"][0])
    assert 0.02 <= np.mean(np.array(p) <= 0.05) <= 0.09


def test_holm_adjusts_for_all_configurations_that_were_looked_at() -> None:
    assert adjust(np.array([0.01, 0.02, 0.5]), 10, "holm").tolist() == pytest.approx([0.1, 0.18, 1.0])
    assert adjust(np.array([0.01, 0.3]), 10, "bonferroni").tolist() == pytest.approx([0.1, 1.0])
    assert adjust(np.array([0.01]), 10, "none").tolist() == [0.01]


def test_the_same_seed_gives_the_same_p_and_nonsense_is_refused() -> None:
    frame = {"X": [0.9, 0.1, 0.7, 0.3], "Y": [0.8, 0.2, 0.9, 0.4]}
    first, second = (permutation_test("X", "Y", frame, draws=500, seed=9).table for _ in range(2))
    assert first.equals(second)
    with pytest.raises(InputError, match="fewer than"):
        permutation_test(["X", "~X"], "Y", frame, n_configurations=1)
    with pytest.raises(InputError, match="share is 1"):
        binomial_test(1.0, {"A": 2})
