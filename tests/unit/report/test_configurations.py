"""The section “Configurations” and its pictures: what was computed is what is shown, escaped and described."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from bs4 import BeautifulSoup
from docx import Document
from tests.factories.report_content import make_report
from tests.factories.studies import coding_of, make_study

from crosscase.analysis.qca.diagnostics import calibration_curve
from crosscase.report import set_figures
from crosscase.report.content import Report
from crosscase.report.html import render_html
from crosscase.report.word import render_word
from crosscase.services.analyses import analyse
from crosscase.services.codings import record_codings
from crosscase.services.configurations import configure
from crosscase.services.memberships import Plan, Sets
from crosscase.services.reporting import write_report
from crosscase.services.reporting.configurations import configurations
from crosscase.services.reporting.names import Names
from crosscase.services.study import open_study


@pytest.fixture(scope="module")
def lipset(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Lipset's democracies in a report by hand."""
    frame = pl.read_csv(shared / "data" / "qca" / "T04_LF.csv")
    found = configure(
        Sets(frame),
        Plan("SURV", ("DEV", "URB", "LIT", "IND", "STB"), (0.8,), dir_exp=("DEV", "URB", "LIT", "IND", "STB")),
    )
    with make_study(tmp_path_factory.mktemp("names")) as study:
        names = Names(study.framework, study.settings, tuple(frame["case"]))
    shown = configurations(found, names, 0.9, linked=False)
    return replace(make_report(per_case=20), configurations=shown)


@pytest.fixture(scope="module")
def page(lipset: Report) -> BeautifulSoup:
    return BeautifulSoup(render_html(lipset), "lxml")


def _table(page: BeautifulSoup, caption: str) -> list[list[str]]:
    (table,) = (t for t in page.select("#configurations table") if caption in t.caption.get_text())
    return [[" ".join(cell.get_text().split()) for cell in row.select("th, td")] for row in table.select("tbody tr")]


def test_the_truth_table_and_the_published_solution_stand_in_the_section(page: BeautifulSoup) -> None:
    rows = _table(page, "Rows that have")
    assert ["32", "1", "1", "1", "1", "1", "1", "4", ".90", ".89", "BE, CZ, NL, UK"] in rows
    captions = [c.get_text() for c in page.select("#configurations caption")]
    assert any("M1: DEV*URB*LIT*STB + DEV*LIT*~IND*STB → SURV" in c for c in captions)
    assert any("M1: DEV*~IND + URB*STB → SURV" in c for c in captions)
    assert [r for r in _table(page, "makes a condition necessary") if r[0] == "LIT"] == [["LIT", ".99", ".51", ".64"]]
    assert ["incl_cut", "0.8", "0.709", "0.804"] in [r[:4] for r in _table(page, "Ranges in which")]
    assert page.select_one("nav a[href='#configurations']") is not None


def test_the_word_file_has_the_same_truth_table_and_solutions(lipset: Report) -> None:
    document = Document(io.BytesIO(render_word(lipset)))
    cells = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    assert ["32", "1", "1", "1", "1", "1", "1", "4", ".90", "BE, CZ, NL, UK"] in cells
    assert any("M1: DEV*~IND + URB*STB → SURV" in p.text for p in document.paragraphs)


def test_a_report_without_an_outcome_has_no_such_section() -> None:
    plain = BeautifulSoup(render_html(make_report(per_case=20)), "lxml")
    assert plain.select_one("#configurations") is None and plain.select_one("a[href='#configurations']") is None


def test_every_picture_says_what_it_shows_and_names_its_cases(page: BeautifulSoup) -> None:
    pictures = page.select("#configurations svg.setfig")
    assert [next(c for c in p["class"] if c != "setfig") for p in pictures] == ["tt", "up", "xy", "rng"]
    assert all(p["role"] == "img" and len(p["aria-label"]) > 20 for p in pictures)
    (plot,) = page.select("svg.xy")
    titles = " ".join(t.get_text() for t in plot.select("title"))
    assert all(name in titles for name in ("AU", "BE", "UK"))
    assert plot["aria-label"].startswith("18 cases by DEV*URB*LIT*STB + DEV*LIT*~IND*STB and SURV; ")


def test_names_of_cases_are_escaped_in_pictures() -> None:
    hostile = '<script>alert("x")</script>'
    point = set_figures.Point(hostile, 0.9, 0.2, "against")
    line = set_figures.TruthLine(1, (1, 0, -1, 2), "1", 1, 0.9, (hostile,))
    drawn = [
        set_figures.xy_plot([point], x_label=hostile, y_label=hostile),
        set_figures.truth_chart([hostile, "B", "C", "D"], [line], [0.8]),
        set_figures.upset_plot([hostile, "B", "C", "D"], [line]),
        set_figures.calibration_plot([(0, 0.1), (1, 0.9)], [point], [0.0, 0.5, 1.0], x_label=hostile),
        set_figures.range_plot([set_figures.RangeLine(hostile, 0.8, None, 0.9)]),
    ]
    for svg in drawn:
        assert "<script" not in svg and "&lt;script" in svg
        assert BeautifulSoup(svg, "lxml-xml").svg is not None


def test_points_stand_where_their_memberships_are() -> None:
    svg = BeautifulSoup(
        set_figures.xy_plot(
            [set_figures.Point("a", 0.0, 1.0), set_figures.Point("b", 1.0, 0.0)], x_label="X", y_label="Y", size=464
        ),
        "lxml-xml",
    )
    circles = [(float(c["cx"]), float(c["cy"])) for c in svg.select("circle")]
    assert circles == [(44.0, 12.0), (444.0, 412.0)]
    same = set_figures.xy_plot(
        [set_figures.Point("a", 0.5, 0.5), set_figures.Point("b", 0.5, 0.5)], x_label="X", y_label="Y"
    )
    assert same.count("<circle") == 1 and "a, b: 0.50, 0.50" in same


def test_a_calibration_curve_shows_anchors_and_cases() -> None:
    curve = calibration_curve([3, 8], (1, 5, 9), cases=["p", "q"])
    points = [
        set_figures.Point(c, float(x), float(m))
        for c, x, m in zip(curve.cases, curve.raw, curve.membership, strict=True)
    ]
    svg = set_figures.calibration_plot(
        list(zip(curve.grid, curve.curve, strict=True)), points, curve.anchors, x_label="GDP"
    )
    assert "p: 3 gives 0.18" in svg and ">9</text>" in svg


def test_a_study_whose_settings_name_an_outcome_gets_the_section(tmp_path: Path) -> None:
    with make_study(tmp_path) as study:
        record_codings(
            study, [coding_of(study, "plan", "adopted curriculum", "infra.curr.common", locus="central_office")]
        )
        folder = study.folder
    (folder / "t.csv").write_text("case,RAW,GAINS\nnorth,9,.9\nsouth,1,.2\n", encoding="utf-8")
    with (folder / "study.yaml").open("a", encoding="utf-8") as settings:
        settings.write("configurations: {outcome: GAINS, conditions: [RAW], data: t.csv, anchors: {RAW: [0, 5, 10]}}\n")
    with open_study(folder) as study:
        analyses = analyse(study)
        (page, *_) = write_report(study, analyses, tmp_path / "out", formats=("html", "data"))
    stored = json.loads((tmp_path / "out" / "data" / "parameters.json").read_text(encoding="utf-8"))["configurations"]
    assert stored["truth_table"]["incl_cut"] == [0.8] and stored["truth_table"]["data_hash"]
    truth = pl.read_csv(tmp_path / "out" / "data" / "truth_table.csv")
    assert truth.select("RAW", "OUT", "cases").rows() == [(0, 0, "['south']"), (1, 1, "['north']")]
    assert "RAW" in (tmp_path / "out" / "data" / "solutions.csv").read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    assert "the table t.csv, calibrated at 0, 5, 10" in text
    assert "RAW: cross" in text and "Ranges in which all models stay the same" in text
    assert 'class="setfig cal"' in text and "M1: RAW → GAINS" in text
