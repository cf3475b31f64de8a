"""The framework matrix: written, kept in history, out as a table and back in; and cases put in order."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest
from tests.factories.analysis_cases import evidence_of
from tests.factories.studies import make_study

from crosscase import frameworks
from crosscase.analysis.matrices import compare
from crosscase.analysis.ordering import order_by
from crosscase.analysis.ratings import figure_matrix, rating_matrix
from crosscase.errors import AnalysisError, Conflict, FormatError, ManifestError, NotFound, OffsetError
from crosscase.model.coding import Passage
from crosscase.services.history import history
from crosscase.services.matrix_files import export_matrix, import_matrix
from crosscase.services.study import Study
from crosscase.services.summaries import (
    matrix_of,
    summaries,
    summary_history,
    withdraw_summary,
    write_summary,
)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return make_study(tmp_path)


def place(study: Study, source: str, words: str) -> Passage:
    start = study.text(source).index(words)
    return Passage(source, start, start + len(words))


def test_a_summary_stands_with_its_quotes_author_and_event(study: Study) -> None:
    quote = place(study, "interview-p01", "The academic office decides.")
    write_summary(study, "infra", "north", " The centre designs. ", [quote])
    (found,) = summaries(study)
    assert (found.row, found.case, found.text, found.author) == ("infra", "north", "The centre designs.", "tester")
    assert found.quotes == (quote,)
    assert history(study)[-1].verb == "summary.written"
    assert matrix_of(study).filter(pl.col("row") == "infra")["north"].to_list() == ["The centre designs."]
    assert matrix_of(study).filter(pl.col("row") == "infra")["south"].to_list() == [None]


def test_what_stood_in_a_cell_stays_in_its_history(study: Study) -> None:
    write_summary(study, "infra", "north", "First thought.")
    write_summary(study, "infra", "north", "Second thought.")
    assert [s.text for s in summaries(study)] == ["Second thought."]
    assert [s.text for s in summary_history(study, "infra", "north")] == ["Second thought.", "First thought."]
    withdraw_summary(study, "infra", "north", "not supported")
    assert summaries(study) == []
    assert len(summary_history(study, "infra", "north")) == 2
    with pytest.raises(Conflict):
        withdraw_summary(study, "infra", "north")


@pytest.mark.parametrize(
    ("row", "case", "text", "quotes", "error"),
    [
        ("infra", "north", "  ", [], ManifestError),
        ("", "north", "x", [], ManifestError),
        ("r" * 200, "north", "x", [], ManifestError),
        ("infra", "west", "x", [], NotFound),
        ("infra", "north", "x", [Passage("nowhere", 0, 1)], NotFound),
        ("infra", "north", "x", [Passage("plan", 0, 100_000)], OffsetError),
    ],
)
def test_what_does_not_fit_changes_nothing(
    study: Study, row: str, case: str, text: str, quotes: list[Passage], error: type[Exception]
) -> None:
    before = study.head()
    with pytest.raises(error):
        write_summary(study, row, case, text, quotes)
    assert study.head() == before
    assert summaries(study) == []


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_matrix_goes_out_and_comes_back(study: Study, tmp_path: Path, suffix: str) -> None:
    write_summary(study, "infra", "north", "=1+1 is what they say, “literally”,\nin two lines 😀")
    write_summary(study, "A theme of our own", "south", "Something.")
    path = export_matrix(study, tmp_path / f"matrix{suffix}")
    again = import_matrix(study, path)
    assert (again.written, again.unchanged) == (0, 2)
    other = make_study(tmp_path / "other")
    assert import_matrix(other, path).written == 2
    assert {(s.row, s.case, s.text) for s in summaries(other)} == {(s.row, s.case, s.text) for s in summaries(study)}


def test_cells_come_in_one_a_line_with_quotes_that_are_found(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "cells.csv"
    rows = [
        ("infra", "north", "The centre designs.", "interview-p01", "The academic office decides."),
        ("infra", "north", "", "plan", "All schools shall use the adopted curriculum."),
        ("use", "north", "Schools use.", "", ""),
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("row", "case", "summary", "source", "quote"), *rows])
    assert import_matrix(study, path).written == 2
    first = next(s for s in summaries(study) if s.row == "infra")
    assert [q.source for q in first.quotes] == ["interview-p01", "plan"]
    before = study.head()
    path.write_text("row,case,summary,source,quote\ninfra,north,New,plan,words that nobody wrote\n")
    with pytest.raises(ManifestError, match="does not have these words"):
        import_matrix(study, path)
    path.write_text("row,north,west\ninfra,x,y\n")
    with pytest.raises(ManifestError, match="west is no case"):
        import_matrix(study, path)
    path.write_text("line,north\ninfra,x\n")
    with pytest.raises(FormatError, match="no column row"):
        import_matrix(study, path)
    assert study.head() == before


def test_cases_stand_in_the_order_of_a_variable_and_unknown_ones_last() -> None:
    framework = frameworks.load("education-systems")
    rows = [
        {"case": case, "source": f"{case}{i}", "code": "infra.vision.common", "domain": "infra", "locus": "school"}
        for case, n in (("a", 1), ("b", 3), ("c", 2), ("d", 1))
        for i in range(n)
    ]
    matrix = compare(evidence_of(*rows), framework)
    found = order_by(matrix, {"a": 0.1, "b": 0.9, "c": 0.5, "d": None}, "size", value="n_sources")
    assert found.order["case"].to_list() == ["b", "c", "a", "d"]
    assert found.order["rank"].to_list() == [1, 2, 3, None]
    assert found.table["case"].unique(maintain_order=True).to_list() == ["b", "c", "a", "d"]
    assert found.trend["tau_b"][0] == pytest.approx(1.0)
    with pytest.raises(AnalysisError, match="no case has a value of size"):
        order_by(matrix, {}, "size")


def test_ratings_stand_with_their_spread_and_a_missing_one_is_not_nought() -> None:
    framework = frameworks.load("cfir")
    code = framework.indicators[0].id
    other = framework.indicators[1].id
    given = pl.DataFrame(
        [
            ("north", code, "ana", "+2"),
            ("north", code, "ben", "−1"),
            ("south", code, "ana", "0 (mixed)"),
            ("south", code, "agreed", "1"),
            ("north", other, "ana", "missing"),
        ],
        schema=["case", "code", "coder", "rating"],
        orient="row",
    )
    table = rating_matrix(given, framework, ["north", "south"]).table
    north = table.filter((pl.col("code") == code) & (pl.col("case") == "north")).row(0, named=True)
    assert (north["rating"], north["spread"], north["n_coders"], north["agreed"]) == (0.5, 3.0, 2, False)
    south = table.filter((pl.col("code") == code) & (pl.col("case") == "south")).row(0, named=True)
    assert (south["rating"], south["agreed"], south["special"]) == (1.0, True, "mixed")
    silent = table.filter((pl.col("code") == other) & (pl.col("case") == "north")).row(0, named=True)
    assert (silent["rating"], silent["missing"]) == (None, True)
    assert table.height == 2 * len(framework.indicators)
    with pytest.raises(AnalysisError, match="'3' is no rating"):
        rating_matrix(given.with_columns(rating=pl.lit("3")), framework, ["north"])
    with pytest.raises(AnalysisError, match="more than once"):
        rating_matrix(pl.concat([given, given]), framework, ["north", "south"])


def test_figures_stand_by_case_with_what_is_missing() -> None:
    framework = frameworks.load("welfare-regimes")
    name = next(i.id for i in framework.indicators if i.kind == "number")
    table = figure_matrix({"se": {name: 0.7}, "us": {name: 0.3}, "de": {}}, framework, ["se", "us", "de"]).table
    rows = {row["case"]: row for row in table.filter(pl.col("code") == name).iter_rows(named=True)}
    assert rows["se"]["standardised"] == pytest.approx(2**-0.5)  # two values lie 1/√2 deviations from their mean
    assert (rows["de"]["figure"], rows["de"]["missing"]) == (None, True)
    assert rows["se"]["membership"] is None  # no anchors are set
    with pytest.raises(AnalysisError, match="rain is no numeric indicator"):
        figure_matrix({"se": {"rain": 1.0}}, framework, ["se"])
    with pytest.raises(AnalysisError, match="has no ratings"):
        rating_matrix(pl.DataFrame(), framework, ["se"])
