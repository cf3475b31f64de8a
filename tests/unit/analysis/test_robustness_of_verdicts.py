"""What flips a verdict: nothing that should not, everything that must, and each flip opens to its codings."""

from __future__ import annotations

import polars as pl
import pytest
from tests.factories.analysis_cases import education, plant

from crosscase.analysis import conditions as free
from crosscase.analysis.identify import Identification, Prior, identify
from crosscase.analysis.robustness import Robustness, robustness
from crosscase.analysis.robustness.again import standing_of
from crosscase.analysis.robustness.prior import prior_sensitivity

FRAMEWORK = education()


@pytest.fixture(scope="module")
def evidence() -> pl.DataFrame:
    return plant(11, ["managerial", "federated"], n_sources=20).evidence


@pytest.fixture(scope="module")
def found(evidence: pl.DataFrame) -> Identification:
    return identify(evidence, FRAMEWORK, draws=1000, allow_unconverged=True, tries=1)


@pytest.fixture(scope="module")
def tested(found: Identification, evidence: pl.DataFrame) -> Robustness:
    return robustness(found, evidence, FRAMEWORK)


def test_every_source_level_kind_coder_and_domain_is_left_out(tested: Robustness, evidence: pl.DataFrame) -> None:
    for change, column in (("source", "source"), ("level", "level"), ("kind", "kind"), ("coder", "coder")):
        items = set(tested.table.filter(pl.col("change") == change)["item"])
        wanted = set(evidence[column].drop_nulls().unique())
        assert items <= wanted
        assert items == wanted or evidence[column].n_unique() == 1
    assert set(tested.table.filter(pl.col("change") == "domain")["item"]) == set(evidence["domain"].unique())


def test_without_the_schools_the_needs_are_not_met(tested: Robustness) -> None:
    rows = tested.table.filter((pl.col("change") == "level") & (pl.col("item") == "school"))
    assert rows.height == 2
    assert set(rows["verdict"]) == {"not_enough"}


def test_a_minimal_set_flips_the_verdict_and_no_smaller_part_of_it_does(
    tested: Robustness, found: Identification, evidence: pl.DataFrame
) -> None:
    from crosscase.analysis.robustness.again import without_sources

    standing = standing_of(found, evidence, FRAMEWORK)
    assert tested.flip_sets.height
    for row in tested.flip_sets.iter_rows(named=True):
        base = standing.base(row["case"]).short
        everything = frozenset(row["sources"])
        assert without_sources(standing, [(row["case"], everything)])[0].short != base
        parts = [(row["case"], everything - {name}) for name in everything if len(everything) > 1]
        assert all(answer.short == base for answer in without_sources(standing, parts))


def test_the_codings_behind_a_change_are_those_that_it_leaves_out(tested: Robustness, evidence: pl.DataFrame) -> None:
    quotes = tested.quotes(case="case1", change="level", item="school")
    assert quotes.height
    assert set(quotes["level"]) == {"school"}
    assert set(quotes["case"]) == {"case1"}


def test_at_a_breakpoint_of_the_anchors_the_share_lies_on_the_cross_over(
    tested: Robustness, found: Identification
) -> None:
    moved = tested.anchors.filter(pl.col("upper").is_not_null() | pl.col("lower").is_not_null())
    assert moved.height
    for row in moved.iter_rows(named=True):
        drawn = found.condition_draws[row["case"], row["condition"]]
        assert drawn is not None
        anchors = free.anchors_of(FRAMEWORK.condition(row["condition"]))
        share = float(free.uncalibrate(pl.Series(drawn).median() and [float(pl.Series(drawn).median())], anchors)[0])  # type: ignore[arg-type]
        for at in (row["lower"], row["upper"]):
            if at is not None:
                assert at == pytest.approx(share, abs=1e-6)


def test_the_box_holds_the_membership_as_it_is(tested: Robustness) -> None:
    for row in tested.box.iter_rows(named=True):
        assert row["membership_low"] <= row["membership"] <= row["membership_high"]
        assert row["lowest"] <= row["probability"] <= row["highest"]


def test_the_prior_moved_in_the_draws_is_close_to_identifying_with_it(
    found: Identification, evidence: pl.DataFrame
) -> None:
    standing = standing_of(found, evidence, FRAMEWORK)
    grid = prior_sensitivity(standing, (0.8,), (0.5,))
    weights = {t.id: 0.125 for t in FRAMEWORK.types} | {"none": 0.5}
    again = identify(
        evidence, FRAMEWORK, draws=1000, prior=Prior(types=weights, fidelity=0.8), allow_unconverged=True, tries=1
    )
    for row in grid.iter_rows(named=True):
        assert row["probability"] == pytest.approx(again.probability(row["case"], row["type"]), abs=0.12)


def test_calibration_turned_round_gives_the_share_again() -> None:
    anchors = free.anchors_of(FRAMEWORK.condition("COMMON"))
    shares = pl.Series([0.05, 0.3, 0.5, 0.62, 0.9]).to_numpy()
    assert free.uncalibrate(free.calibrate(shares, anchors), anchors) == pytest.approx(shares)


def test_the_uncertainty_is_that_of_the_assigned_type(tested: Robustness, found: Identification) -> None:
    for row in tested.uncertainty.iter_rows(named=True):
        assert row["low"] <= row["membership"] <= row["high"]
        assert 0.0 <= row["coders_share"] <= 1.0
        assert row["prior_low"] <= row["probability"] + 0.05
