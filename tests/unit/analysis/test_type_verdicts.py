"""Identification: corners, recovery of planted types, every honest way of not knowing, lineage."""

from __future__ import annotations

from itertools import product

import polars as pl
import pytest
from tests.factories.analysis_cases import education, plant, welfare

from crosscase import frameworks
from crosscase.analysis.identify import Identification, identify
from crosscase.errors import AnalysisError

FRAMEWORK = education()
TYPES = ["managerial", "networked", "federated", "market_driven"]


@pytest.fixture(scope="module")
def found() -> Identification:
    return identify(plant(11, TYPES, n_sources=20).evidence, FRAMEWORK, draws=2000)


def test_of_the_sixteen_corners_six_are_one_type_ten_none_and_no_corner_is_two() -> None:
    shipped = frameworks.load("education-systems")
    names = [c.id for c in shipped.conditions]
    counts = []
    for corner in product([0.0, 1.0], repeat=4):
        values = dict(zip(names, corner, strict=True))
        counts.append(sum(t.membership(values) > 0.5 for t in shipped.types))
    assert sorted(counts) == [0] * 10 + [1] * 6


def test_planted_types_are_found_and_no_wrong_type_is_named() -> None:
    right = wrong = 0
    for seed in range(8):
        result = identify(
            plant(100 + seed, TYPES[:3]).evidence, FRAMEWORK, draws=800, seed=seed, allow_unconverged=True, tries=1
        )
        for number, planted in enumerate(TYPES[:3], start=1):
            verdict = result.verdict(f"case{number}")
            right += verdict.types == (planted,)
            wrong += verdict.kind == "type" and verdict.types != (planted,)
    assert right >= 16  # of 24 small cases; the full experiment stands in benchmarks/recovery
    assert wrong <= 1


def test_the_same_seed_gives_the_same_numbers(found: Identification) -> None:
    again = identify(plant(11, TYPES, n_sources=20).evidence, FRAMEWORK, draws=2000)
    assert again.table.equals(found.table)


def test_probabilities_of_a_case_add_up_to_one(found: Identification) -> None:
    sums = found.table.group_by("case").agg(pl.col("probability").sum())["probability"]
    assert sums.to_list() == pytest.approx([1.0] * 4, abs=1e-6)


def test_without_school_level_sources_there_is_not_enough_evidence() -> None:
    evidence = plant(12, ["managerial"], n_sources=20).evidence.filter(pl.col("level") != "school")
    verdict = identify(evidence, FRAMEWORK, draws=800, allow_unconverged=True).verdict("case1")
    assert verdict.kind == "not_enough"
    assert any("school" in sentence for sentence in verdict.missing)


def test_a_case_without_evidence_is_not_an_error() -> None:
    evidence = plant(13, ["managerial"]).evidence
    result = identify(evidence, FRAMEWORK, draws=800, cases=["case1", "empty"], allow_unconverged=True)
    assert result.verdict("empty").kind == "not_enough"


def test_a_condition_below_its_needs_is_unknown_not_zero() -> None:
    evidence = plant(14, ["managerial"], n_sources=2).evidence
    conditions = identify(evidence, FRAMEWORK, draws=800, allow_unconverged=True).conditions
    unmet = conditions.filter(~pl.col("met"))
    assert unmet.height
    assert set(zip(unmet["low"], unmet["high"], strict=True)) == {(0.0, 1.0)}
    assert unmet["missing"].str.len_chars().min() > 10


def test_every_coding_behind_a_cell_is_in_the_evidence(found: Identification) -> None:
    known = set(found.codings["coding_id"])
    assert set(found.lineage["coding_id"]) <= known
    quotes = found.quotes(case="case1", condition="COMMON")
    assert quotes.height
    assert set(quotes["part"]) <= {"for", "against", "both"}


def test_numeric_conditions_are_calibrated_at_their_anchors() -> None:
    numbers = {
        "north": {"rate": 0.9, "flat": 0.9, "private": 0.1},
        "west": {"rate": 0.1, "flat": 0.1, "private": 0.9},
    }
    evidence = plant(15, ["managerial"]).evidence.clear()
    result = identify(evidence, welfare(), numbers=numbers, cases=["north", "west"], draws=400)
    assert result.verdict("north").types != result.verdict("west").types


def test_anchors_that_nobody_set_are_refused_in_a_sentence() -> None:
    numbers = {"north": {"rate": 0.9, "flat": 0.9, "private": 0.1}}
    with pytest.raises(AnalysisError, match="anchor"):
        identify(plant(15, ["managerial"]).evidence.clear(), welfare(None), numbers=numbers, cases=["north"], draws=400)


def test_a_framework_without_types_is_refused_in_a_sentence() -> None:
    with pytest.raises(AnalysisError, match="ideal types"):
        identify(plant(16, ["managerial"]).evidence, frameworks.load("cfir"), draws=400)
