"""Differences between cases, levels and periods: what they are, their intervals, and the passages behind them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.factories.analysis_cases import education, evidence_of, plant

from crosscase.analysis.contrasts import contrasts
from crosscase.analysis.distribution import distribution
from crosscase.analysis.gaps import account_gaps
from crosscase.analysis.periods import parse_periods, with_periods
from crosscase.analysis.trajectories import by_period, work_over_time
from crosscase.errors import AnalysisError, NotEnoughEvidence

FRAMEWORK = education()


def told(case: str, level: str, locus: str, n: int, **more: object) -> list[dict[str, object]]:
    return [
        {"case": case, "source": f"{case}-{level}-{locus}-{i}{more.get('date', '')}", "level": level, "locus": locus}
        | {"code": "infra.other", **more}
        for i in range(n)
    ]


def test_a_difference_is_that_of_the_shares_and_opens_to_both_sides() -> None:
    frame = evidence_of(*told("urban", "school", "central_office", 6), *told("hybrid", "school", "school", 6))
    found = contrasts(frame, FRAMEWORK, draws=1000)
    shares = distribution(frame, FRAMEWORK, draws=1000)
    gap = found.difference(domain="infra", one="hybrid", other="urban", locus="school")
    assert gap == pytest.approx(
        shares.share("hybrid", "infra", "school") - shares.share("urban", "infra", "school"), abs=1e-12
    )
    row = found.table.filter((pl.col("domain") == "infra") & (pl.col("locus") == "school")).row(0, named=True)
    assert row["low"] < gap < row["high"]
    assert 0.99 < row["probability"] < 1.0
    sides = found.quotes(domain="infra", one="hybrid", other="urban", locus="school")
    assert set(sides["side"]) == {"one"}
    assert found.quotes(domain="infra", one="hybrid", other="urban").height == 12


def test_the_interval_of_a_difference_is_that_of_independent_draws() -> None:
    frame = plant(21, ["managerial", "networked"]).evidence
    row = contrasts(frame, FRAMEWORK, draws=8000).table.filter(
        (pl.col("domain") == "infra") & (pl.col("locus") == "joint")
    )
    shares = distribution(frame, FRAMEWORK, draws=8000).table.filter(
        (pl.col("domain") == "infra") & (pl.col("locus") == "joint")
    )
    # Of independent sides the variances add up, and so do the squared widths of nearly normal intervals.
    widths = (shares["high"] - shares["low"]).to_numpy()
    assert row["high"][0] - row["low"][0] == pytest.approx(np.sqrt((widths**2).sum()), rel=0.08)


def test_a_side_without_evidence_leaves_the_difference_open() -> None:
    frame = evidence_of(*told("urban", "school", "school", 3), *told("hybrid", "school", "not_stated", 2))
    row = contrasts(frame, FRAMEWORK, draws=200).table.filter(
        (pl.col("domain") == "infra") & (pl.col("locus") == "school")
    )
    assert row.select("difference", "low", "high", "probability").row(0) == (None, -1.0, 1.0, None)


def test_one_case_is_refused_in_a_sentence() -> None:
    with pytest.raises(AnalysisError, match="nothing to compare between cases: urban"):
        contrasts(evidence_of(*told("urban", "school", "school", 3)), FRAMEWORK)


def test_enacted_against_espoused_is_compared_within_sources() -> None:
    rows = []
    for i in range(8):
        rows += told("urban", "school", "central_office", 1, source=f"s{i}")
        rows += told("urban", "school", "joint", 1, source=f"s{i}", actuality="espoused", start=400, end=450)
    found = contrasts(
        evidence_of(*rows), FRAMEWORK, between="actuality", pairs=[("enacted", "espoused")], draws=1000
    ).table.filter(pl.col("domain") == "infra")
    joint = found.filter(pl.col("locus") == "joint").row(0, named=True)
    assert joint["paired"]
    assert joint["high"] < 0


def test_what_the_centre_says_stands_against_what_schools_say() -> None:
    frame = evidence_of(
        *told("urban", "central", "joint", 5),
        *told("urban", "school", "central_office", 9),
        *told("urban", "observation", "school", 4),
    )
    found = account_gaps(frame, FRAMEWORK, draws=1000)
    row = found.leading.filter(pl.col("domain") == "infra").row(0, named=True)
    assert (row["central_says"], row["school_says"], row["same"]) == ("joint", "central_office", False)
    assert row["clear"]
    assert (row["n_sources_central"], row["n_sources_school"]) == (5, 9)
    centre, schools = found.passages("urban", "infra")
    assert (centre.height, schools.height) == (5, 9)  # field notes are nobody's account
    with pytest.raises(AnalysisError, match="no source is an account of the central level"):
        account_gaps(frame.filter(pl.col("level") != "central"), FRAMEWORK)


def test_periods_by_year_by_thirds_and_by_cuts() -> None:
    dates = ["2016-03-01", "2017", "2017-05", "2018-01-01", None, "2018-06"]
    frame = evidence_of(*({"source": f"s{i}", "date": d} for i, d in enumerate(dates)))
    years = with_periods(frame)
    assert years.names == ("2016", "2017", "2018")
    assert years.undated == ("s4",)
    cut = with_periods(frame, ("2017-05-10",))
    # 2017 and May 2017 may lie on either side of the cut.
    assert cut.undated == ("s1", "s2", "s4")
    assert cut.evidence["period"].to_list() == [
        "before 2017-05-10",
        None,
        None,
        *["from 2017-05-10"],
        None,
        "from 2017-05-10",
    ]
    assert len(with_periods(frame, "terciles").names) == 3
    assert parse_periods(" Terciles ") == "terciles"
    assert parse_periods("2017, 2018-01") == ("2017", "2018-01")
    with pytest.raises(AnalysisError, match="soon is no date"):
        with_periods(frame, ("soon",))
    with pytest.raises(AnalysisError, match="no source has a date"):
        with_periods(frame.with_columns(date=pl.lit(None, dtype=pl.String)))


def test_work_that_moves_from_centre_to_schools_is_seen_to_move() -> None:
    frame = evidence_of(
        *told("urban", "school", "central_office", 8, date="2016-05"),
        *told("urban", "school", "school", 8, date="2018"),
    )
    found = work_over_time(frame, FRAMEWORK, draws=1000)
    change = found.changes.filter((pl.col("domain") == "infra") & (pl.col("locus") == "school")).row(0, named=True)
    assert (change["one"], change["other"]) == ("2018", "2016")
    assert change["low"] > 0.3
    assert change["probability"] > 0.99
    assert found.quotes(case="urban", period="2018", locus="school").height == 8
    with pytest.raises(NotEnoughEvidence, match="one period"):
        work_over_time(frame.filter(pl.col("date") == "2018"), FRAMEWORK)


def test_a_district_that_changes_its_type_is_seen_to_evolve() -> None:
    early = plant(31, ["managerial"], n_sources=14).evidence.with_columns(date=pl.lit("2016-02-01"))
    late = plant(32, ["federated"], n_sources=14).evidence.with_columns(
        date=pl.lit("2019-02-01"),
        source=pl.concat_str(pl.lit("late-"), "source"),
        coding_id=pl.col("coding_id") + 100_000,
    )
    found = by_period(pl.concat([early, late]), FRAMEWORK, draws=1000, chains=4)
    assert found.verdict("case1", "2016").types == ("managerial",)
    assert found.verdict("case1", "2019").types == ("federated",)
    assert found.changed["case1"] > 0.9
    assert "managerial (2016) → federated (2019)" in found.evolving["case1"]
    moved = found.changes.filter(pl.col("type") == "federated").row(0, named=True)
    assert moved["change"] > 0.8
    assert moved["low"] > 0
    assert found.quotes(case="case1", period="2019", type="federated")["source"].str.starts_with("late-").all()
