"""The types by each coder's own codings in the report: the values, what stands behind them, and how to ask."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bs4 import BeautifulSoup, Tag
from docx import Document
from tests.factories.studies import COMMON, code_differently, coding_of, make_study

from crosscase.errors import AnalysisError
from crosscase.model.coding import Passage, ReviewedSpan
from crosscase.report.html import render_html
from crosscase.report.word import render_word
from crosscase.services import agreeing_types
from crosscase.services.agreeing_types import types_by_coder, with_types_by_coder
from crosscase.services.analyses import Analyses, analyse
from crosscase.services.codings import record_codings
from crosscase.services.manifest import Description
from crosscase.services.reporting.coder_types import HOW_TO_ASK
from crosscase.services.reporting.fill import Filled, fill_report
from crosscase.services.run import run_study
from crosscase.services.settings import parse_settings
from crosscase.services.sources import add_sources
from crosscase.services.study import Study, open_study

ASKED = "#ag-types"
WHY = "the chains have not converged"


@dataclass(frozen=True)
class Verdict:
    kind: str
    types: tuple[str, ...]
    probability: float


class Found:
    """Stands in for an identification, whose numbers other tests measure: north differs, south is unknown."""

    def __init__(self, coder: str) -> None:
        if coder == "cleo":
            raise AnalysisError(WHY, where="types")
        self.coder = coder

    def verdict(self, case: str) -> Verdict:
        if case == "south":
            return Verdict("not_enough", (), 0.97)
        ana = self.coder == "ana"
        return (
            Verdict("leaning", ("managerial",), 0.74) if ana else Verdict("between", ("networked", "managerial"), 0.8)
        )


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """ana and ben code two sources of north differently and ana alone one of south; cleo shares the plan with both."""
    made = make_study(tmp_path_factory.mktemp("types"))
    path = made.folder / "study.yaml"
    quick = path.read_text(encoding="utf-8").replace("draws: 4000", "draws: 500").replace("chains: 4", "chains: 2")
    path.write_text(quick, encoding="utf-8")
    code_differently(made)
    text = tmp_path_factory.mktemp("files") / "talk.txt"
    text.write_text("P09: The board decides.\n", encoding="utf-8")
    described = Description(case="south", kind="interview", level="school", date="2019-05-02")
    add_sources(made, [(text, described)])
    south = [ReviewedSpan(Passage("talk", 0, len(made.text("talk"))), coder, "first") for coder in ("ana", "ben")]
    record_codings(made, [coding_of(made, "talk", "The board decides.", COMMON, locus="central_office")], south)
    read = [ReviewedSpan(Passage("plan", 0, len(made.text("plan"))), "cleo", "first")]
    record_codings(made, [coding_of(made, "plan", "All schools shall use", COMMON, "cleo", locus="joint")], read)
    made.close()
    with open_study(made.folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def plain(study: Study) -> Analyses:
    return analyse(study)


@pytest.fixture(scope="module")
def asked(study: Study, plain: Analyses) -> Analyses:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agreeing_types, "identify_study", lambda study, mine, **options: Found(mine["coder"][0]))
        return with_types_by_coder(study, plain)


@pytest.fixture(scope="module")
def filled(study: Study, asked: Analyses) -> Filled:
    return fill_report(study, asked)


@pytest.fixture(scope="module")
def page(filled: Filled) -> BeautifulSoup:
    return page_of(filled)


def page_of(filled: Filled) -> BeautifulSoup:
    return BeautifulSoup(render_html(filled.report), "lxml")


def place(page: BeautifulSoup, link: Tag | None) -> Tag:
    assert link is not None
    there = page.select(f"[id='{str(link['href'])[1:]}']")
    assert len(there) == 1, link
    return there[0]


def rows_of(page: BeautifulSoup) -> list[list[str]]:
    return [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")]
        for row in page.select("table.types-by-coder tbody tr")
    ]


def test_each_pair_and_case_stands_with_names_and_reasons(page: BeautifulSoup) -> None:
    first = rows_of(page)[:6]
    assert first == [
        ["North", "ana", "leaning Managerial system (.74)", "4", "2", "no", "4"],
        ["ben", "between Networked system and Managerial system (.80)", "4"],
        ["ana", "leaning Managerial system (.74)", "1", "1", "not known", "1"],
        ["cleo", "not defined [1]", "1"],
        ["ben", "between Networked system and Managerial system (.80)", "2", "1", "not known", "1"],
        ["cleo", "not defined [1]", "1"],
    ]
    assert rows_of(page)[6:9] == [
        ["South", "ana", "not enough evidence", "1", "1", "not known", "1"],
        ["ben", "not enough evidence", "0"],
        ["ana", "not enough evidence", "0", "0", "not known", "0"],
    ]
    text = page.select_one("#agreement").get_text(" ", strip=True)  # type: ignore[union-attr]
    assert text.count(f"Not defined [1]: {WHY}.") == 1
    assert "The same type in 0 of 6 comparisons, another in 1; not known in 5." in text


def test_every_number_opens_to_what_it_counts(page: BeautifulSoup, asked: Analyses) -> None:
    found = asked.coder_types
    assert found is not None
    (behind,) = [set(ids) for key, ids in found.evidence.items() if key == ("north", "ana, ben", "ben")]
    numbers = page.select("table.types-by-coder td a")
    assert [a.get_text() for a in numbers[:3]] == ["4", "4", "4"]
    differ, codings = place(page, numbers[1]), place(page, numbers[2])
    assert len(differ.select("li")) == 4 and differ.find_parent("details") is not None
    listed = codings.select("a[href^='#c']")
    assert {int(a.get_text()[1:]) for a in listed} == behind
    for link in page.select("#agreement details a[href^='#']"):
        place(page, link)


def test_the_passages_are_those_of_the_pair_and_the_answers_that_count_too(page: BeautifulSoup) -> None:
    differ = place(page, page.select("table.types-by-coder td a")[1])
    words = [li.get_text(" ", strip=True) for li in differ.select("li")]
    assert [w for w in words if "interview-p01" in w and "given by ana, not by ben" in w]
    (other,) = [w for w in words if "ana: central_office; ben: joint" in w]
    assert other.startswith("plan, ") and "Who " in other
    assert not [w for w in words if "cleo" in w]
    passage = place(page, differ.select_one("li a[href^='#ag-']"))
    assert "ana" in passage.get_text() and passage.select_one("blockquote") is not None


def test_the_data_have_every_row_and_every_coding_behind_it(filled: Filled, asked: Analyses) -> None:
    found = asked.coder_types
    assert found is not None
    verdicts, evidence = filled.tables["types_by_coder"], filled.tables["types_by_coder_evidence"]
    assert verdicts.rows.equals(found.table) and set(verdicts.rows.columns) == set(verdicts.columns)
    counted = evidence.rows.group_by("case", "compared", "coder").agg(pl.len().alias("n"))
    joined = found.table.join(counted, on=["case", "compared", "coder"], how="left").fill_null(0)
    assert joined["n_codings"].to_list() == joined["n"].to_list()
    assert evidence.rows["source"].null_count() == 0
    assert filled.parameters["types_by_coder"] == dict(found.parameters)


def test_word_has_the_table_too(filled: Filled) -> None:
    document = Document(io.BytesIO(render_word(filled.report)))
    (table,) = [t for t in document.tables if t.cell(0, 1).text == "What each coder's codings say"]
    assert [cell.text for cell in table.rows[1].cells] == [
        "North",
        "ana: leaning Managerial system (.74)\nben: between Networked system and Managerial system (.80)",
        "4\n4",
        "2",
        "no",
        "4",
    ]
    assert any(p.text == f"Not defined [1]: {WHY}." for p in document.paragraphs)


def test_where_agreement_is_not_measured_places_lead_to_codings(study: Study, asked: Analyses) -> None:
    text = (study.folder / "study.yaml").read_text(encoding="utf-8").replace("stance: coefficient", "stance: reflexive")
    page = page_of(fill_report(Study(study.folder, study.engine, parse_settings(text, "study.yaml")), asked))
    assert len(rows_of(page)) == 12
    differ = place(page, page.select("table.types-by-coder td a")[1])
    assert len(differ.select("li")) == 4 and not differ.select("a[href^='#ag-']")
    for link in differ.select("li > a"):
        place(page, link)
    assert all(li.select("a[href^='#c']") for li in differ.select("li"))


def test_passages_that_cannot_be_compared_are_no_zero(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apart = make_study(tmp_path)  # ana and ben read one half of the plan each
    half = len("All schools shall use the adopted curriculum.\n")
    spans = (Passage("plan", 0, half), "ana"), (Passage("plan", half, half + 30), "ben")
    codings = [
        coding_of(apart, "plan", "All schools shall use", COMMON),
        coding_of(apart, "plan", "Schools", COMMON, "ben"),
    ]
    record_codings(apart, codings, [ReviewedSpan(span, coder, "first") for span, coder in spans])
    monkeypatch.setattr(agreeing_types, "identify_study", lambda study, mine, **options: Found(mine["coder"][0]))
    quick = (apart.folder / "study.yaml").read_text(encoding="utf-8").replace("draws: 4000", "draws: 500")
    apart.settings = parse_settings(quick.replace("chains: 4", "chains: 2"), "study.yaml")
    rows = rows_of(page_of(fill_report(apart, with_types_by_coder(apart, analyse(apart)))))
    assert rows[0][-2:] == ["no", "–"]


def test_where_nobody_asked_one_sentence_says_how(study: Study, plain: Analyses) -> None:
    filled = fill_report(study, plain)
    page = page_of(filled)
    assert page.select(ASKED) == [] and "types_by_coder" not in filled.tables
    assert [p.get_text() for p in page.select("#agreement p.note")].count(HOW_TO_ASK) == 1
    words = [p.text for p in Document(io.BytesIO(render_word(filled.report))).paragraphs]
    assert words.count(HOW_TO_ASK) == 1


def test_where_nothing_can_be_compared_the_reason_is_said(tmp_path: Path) -> None:
    alone = make_study(tmp_path)
    codings = [coding_of(alone, "plan", "All schools shall use", COMMON)]
    record_codings(alone, codings, [ReviewedSpan(Passage("plan", 0, 9), "ana", "first")])
    quick = (alone.folder / "study.yaml").read_text(encoding="utf-8").replace("draws: 4000", "draws: 500")
    alone.settings = parse_settings(quick.replace("chains: 4", "chains: 2"), "study.yaml")
    analyses = analyse(alone)
    unasked = fill_report(alone, analyses).report.agreement
    assert unasked is not None and unasked.types is None  # nothing to ask for
    found = page_of(fill_report(alone, with_types_by_coder(alone, analyses)))
    said = "the same type cannot be said: no source was read by two people."
    assert said in found.select_one("#agreement").get_text()  # type: ignore[union-attr]


def test_a_run_computes_them_only_when_asked_and_keeps_them(study: Study, tmp_path: Path) -> None:
    out = tmp_path / "out"
    steps: list[str] = []
    options: dict[str, Any] = {"folder": out, "formats": ("html", "data")}
    assert not run_study(study, **options).up_to_date
    assert not (out / "data" / "types_by_coder.csv").exists()
    done = run_study(study, by_coder=True, progress=lambda step, *_: steps.append(step), **options)
    assert not done.up_to_date and "types by each coder's own codings" in steps
    assert run_study(study, by_coder=True, **options).up_to_date
    assert run_study(study, **options).up_to_date
    written = pl.read_csv(out / "data" / "types_by_coder.csv")
    computed = types_by_coder(study).table
    columns = ["case", "compared", "coder", "verdict", "n_codings", "n_sources"]
    assert written.select(columns).rows() == computed.select(columns).rows()
    shown = BeautifulSoup((out / "index.html").read_text(encoding="utf-8"), "lxml")
    assert len(rows_of(shown)) == computed.height


def test_settings_that_name_no_case_do_not_hide_a_row(study: Study, asked: Analyses) -> None:
    text = (study.folder / "study.yaml").read_text(encoding="utf-8")
    unnamed = parse_settings(text, "study.yaml")
    other = Study(study.folder, study.engine, unnamed.model_copy(update={"cases": ()}))
    section = fill_report(other, replace(asked, identification=None)).report.agreement
    assert section is not None and section.types is not None and len(section.types.rows) == 6
