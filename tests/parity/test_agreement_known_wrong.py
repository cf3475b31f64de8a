"""Numbers that other programs get wrong, kept so that we never do."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from crosscase.analysis import agreement as ag

CHARACTERS = 50_000


def _table(by_a: int, by_b: int, by_both: int) -> list[list[int]]:
    """Characters of a text: coded or not by each of two coders."""
    return [[by_both, by_a - by_both], [by_b - by_both, CHARACTERS - by_a - by_b + by_both]]


def _rival_kappa(by_a: int, by_b: int, by_both: int) -> float:
    """A rival's "kappa": text that nobody coded is dropped, and the two chance terms are multiplied, not added."""
    coded = by_a + by_b - by_both
    a, b = by_a / coded, by_b / coded
    agreement, chance = by_both / coded, (a * b) * ((1 - a) * (1 - b))
    return (agreement - chance) / (1 - chance)


def test_coders_exactly_at_chance_get_zero_where_a_rival_gives_them_a_third() -> None:
    estimate = ag.cohen_kappa(contingency=_table(25_000, 25_000, 12_500))
    assert estimate.value == pytest.approx(0.0, abs=1e-12)
    assert estimate.low is not None and estimate.high is not None
    assert estimate.low < 0 < estimate.high
    assert _rival_kappa(25_000, 25_000, 12_500) == pytest.approx(0.299, abs=0.0005)


@pytest.mark.parametrize(
    ("coded", "kappa"), [((5000, 5000, 2500), 0.444), ((5000, 5000, 4500), 0.889), ((5000, 1000, 1000), 0.310)]
)
def test_text_that_nobody_coded_counts_as_agreement_on_it(coded: tuple[int, int, int], kappa: float) -> None:
    assert ag.cohen_kappa(contingency=_table(*coded)).value == pytest.approx(kappa, abs=0.0005)
    assert _rival_kappa(*coded) != pytest.approx(kappa, abs=0.05)


def test_three_complete_coders_are_not_weighted_as_two(shared: Path) -> None:
    ratings = json.loads((shared / "data/agreement/three_coders_complete.json").read_text(encoding="utf-8"))["data"]
    assert ag.krippendorff_alpha(ratings).value == pytest.approx(0.6216, abs=0.00005)
    # The rival counts each of a unit's pairs in full, where α divides them by the number of other coders.
    disagreeing = sum(x != y for row in ratings for i, x in enumerate(row) for j, y in enumerate(row) if i != j)
    given = [2 * sum(row.count(c) for row in ratings) for c in (1, 2, 3)]
    n = sum(given)
    rival = 1 - (n - 1) * disagreeing / (n * n - sum(m * m for m in given))
    assert rival == pytest.approx(0.608, abs=0.0005)


def test_two_empty_sets_are_the_same_set() -> None:
    assert ag.set_distance(set(), set(), "masi") == 0.0
    assert ag.set_distance(set(), set(), "jaccard") == 0.0
    sets = [[set(), set()], [{"A"}, {"A"}], [set(), {"A"}], [{"A", "B"}, {"A", "B"}]]
    assert 0 < ag.set_alpha(sets, interval="none").value < 1


@pytest.mark.parametrize(
    ("question", "kappa", "n"), [("Q1_Outside", 0.6764, 57), ("Q3_Outside", 0.5471, 56), ("Dialectic", 0.6507, 57)]
)
def test_real_interviews_coded_by_two_people(shared: Path, question: str, kappa: float, n: int) -> None:
    path = shared / "data/sources/interviews_world_after_covid/outside_dialectic_codes.csv"
    with path.open(encoding="latin-1", newline="") as file:
        rows = list(csv.DictReader(file))
    first, second = ([row[f"{question}_{coder}"] or None for row in rows] for coder in ("CC", "OM"))
    estimate = ag.cohen_kappa(first, second)
    assert estimate.value == pytest.approx(kappa, abs=0.00005)
    assert estimate.n_units == n
    assert estimate.low is not None and estimate.high is not None
    assert estimate.high - estimate.low > 0.3, "57 interviews say less than the value alone suggests"
