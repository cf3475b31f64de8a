"""The section on agreement: values with their passages, the text that fits the stance, the checklists."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from docx import Document
from tests.factories.report_content import make_report
from tests.factories.studies import make_study

from crosscase.model.coding import Coding, Passage, ReviewedSpan
from crosscase.report.agreement import Agreement, Checklist, ChecklistItem
from crosscase.report.checklists import COREQ_ITEMS, SRQR_ITEMS
from crosscase.report.html import render_html
from crosscase.report.word import render_word
from crosscase.services.analyses import Analyses, analyse
from crosscase.services.coding_by_hand import code_passage, mark_read
from crosscase.services.codings import record_codings
from crosscase.services.double_coding import plan_double_coding
from crosscase.services.notes import write_memo
from crosscase.services.reporting.agreement import agreement_section
from crosscase.services.reporting.checklists import checklists
from crosscase.services.rounds import open_round, reveal_round
from crosscase.services.settings import parse_settings
from crosscase.services.study import Study

CODE, OTHER = "infra.curr.common", "infra.curr.local"
TEXTS = {
    name: f"Interviewer: Who decides?\nP0{n}: The office decides, <b>always</b>.\nInterviewer: And you?\nP0{n}: We follow.\n"
    for n, name in enumerate(("interview-p01", "interview-p02", "interview-p03"))
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """ana gives the code in every first answer, ben in two of three; in the third he gives another one."""
    made = make_study(tmp_path_factory.mktemp("agreement"), TEXTS)
    codings, read = [], []
    for coder, names in (("ana", list(TEXTS)), ("ben", list(TEXTS)[:2])):
        for name in TEXTS:
            text = made.text(name)
            read.append(ReviewedSpan(Passage(name, 0, len(text)), coder, "first"))
            if name in names:
                start = text.index("The office")
                codings.append(
                    Coding(Passage(name, start, start + 19), CODE, coder, "first", {"locus": "central_office"})
                )
    last = made.text("interview-p03").index("The office")
    codings.append(Coding(Passage("interview-p03", last, last + 19), OTHER, "ben", "first"))
    record_codings(made, codings, read)
    with made.reading() as connection:
        guid = connection.exec_driver_sql("select guid from coding where id = 3").scalar_one()
    write_memo(made, "coding", guid, "is this curriculum?")
    return made


@pytest.fixture(scope="module")
def analyses(study: Study) -> Analyses:
    text = (study.folder / "study.yaml").read_text(encoding="utf-8")
    quick = text.replace("draws: 4000", "draws: 500").replace("chains: 4", "chains: 2")
    return analyse(Study(study.folder, study.engine, parse_settings(quick, "study.yaml")))


def with_settings(study: Study, more: str) -> Study:
    text = (study.folder / "study.yaml").read_text(encoding="utf-8") + more
    return Study(study.folder, study.engine, parse_settings(text, "study.yaml"))


def page_of(agreement: Agreement) -> BeautifulSoup:
    return BeautifulSoup(render_html(replace(make_report(), agreement=agreement)), "lxml")


def test_every_value_leads_to_the_passages_that_differ(study: Study) -> None:
    section, tables, result = agreement_section(study)
    assert result is not None
    page = page_of(section)
    rows = [row.get_text(" ", strip=True) for row in page.select("#agreement table")[0].select("tbody tr")]
    assert len(rows) == 3  # all codes, and the two
    disputed = next(d for d in section.disputed if d.label.startswith("Common curriculum"))
    link = page.select_one(f'#agreement a[href="#{disputed.anchor}"]')
    assert link is not None and link.get_text() == "1"
    passages = page.select_one(f"#{disputed.anchor}")
    assert passages is not None
    text = passages.get_text(" ", strip=True)
    assert (
        "interview-p03" in text and "ana : gave it" in text and "ben : did not give it; gave infra.curr.local" in text
    )
    assert ": is this curriculum?" in text and "locus: central_office" in text
    assert "<b>always</b>" in text and passages.select_one("blockquote b") is None  # words of a source are no markup
    assert tables["disagreements"].rows.height == 2
    assert [n for _, _, n in section.confusions] == [1]


def test_values_of_pairs_rounds_and_facets_lead_to_their_passages_too(tmp_path: Path) -> None:
    study = make_study(tmp_path, TEXTS)
    codings, read = [], []
    for round in ("first", "second"):
        for coder, code, locus in (("ana", CODE, "school"), ("ben", CODE, "joint"), ("cleo", OTHER, "school")):
            for name in TEXTS:
                start = study.text(name).index("The office")
                read.append(ReviewedSpan(Passage(name, 0, len(study.text(name))), coder, round))
                codings.append(Coding(Passage(name, start, start + 19), code, coder, round, {"locus": locus}))
    record_codings(study, codings, read)
    section, _, _ = agreement_section(study)
    page = page_of(section)
    opened = 0
    for table in ("t-agree", "t-agree-pairs", "t-agree-rounds", "t-agree-facets"):
        for row in page.select(f"table:has(#{table}) tbody tr"):
            n_differ, link = row.select("td")[-1].get_text(), row.select_one("td:last-child a")
            if n_differ == "0":
                continue
            assert link is not None, row.get_text(" ")
            there = page.select_one(str(link["href"]))
            assert there is not None
            for place in there.select("li > a[href^='#ag-']"):
                assert page.select_one(str(place["href"])) is not None
            opened += 1
    assert opened == 3 + 2 + 4 + 1  # codes, pairs, rounds, facets; ana and ben never differ
    pairs = {o.label: len(o.places) for o in section.opened}
    assert pairs["ana and cleo"] == 12  # two codes in three texts in two rounds
    assert "ana and ben" not in pairs
    assert (pairs["first, alone"], pairs["second, so far"]) == (12, 24)
    locus = next(o for o in section.opened if o.anchor.startswith("ag-facet"))
    assert "ana: school; ben: joint" in locus.places[0].words
    assert len(locus.places) == 6


def test_the_word_file_has_the_same_values(study: Study) -> None:
    section, _, _ = agreement_section(study)
    document = Document(io.BytesIO(render_word(replace(make_report(), agreement=section))))
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert {"All codes", "Common curriculum and materials"} & cells
    assert any("interview-p03" in p.text for p in document.paragraphs)


def said_of(study: Study) -> str:
    return " ".join(agreement_section(study)[0].paragraphs)


def test_the_methods_text_says_what_the_study_holds(study: Study) -> None:
    said = said_of(study)
    assert "2 people (ana and ben). Their training is not recorded." in said
    assert "in whole or in part: 3 of 3 interviews; what two have read holds 100% of the words of all sources." in said
    assert "Krippendorff's α, nominal" in said and "jackknife over 3 sources, t(2)" in said
    assert "How they were chosen is not recorded" in said
    assert "Of 2 differences over a code, in 2 the other coder gave the unit a code that the first did not" in said
    assert "Most often confused: Common curriculum" in said
    assert "For example, on “The office decides, <b>always</b>.” (interview-p03) ana gave Common curriculum" in said
    assert "A code was given in" in said and "What was done about them is not recorded." in said


def test_units_are_counted_once_however_many_rounds_read_them(tmp_path: Path) -> None:
    study = make_study(tmp_path, TEXTS)
    codings, read = [], []
    for round in ("first", "second"):
        for coder in ("ana", "ben"):
            for name in TEXTS:
                start = study.text(name).index("The office")
                read.append(ReviewedSpan(Passage(name, 0, len(study.text(name))), coder, round))
                codings.append(Coding(Passage(name, start, start + 19), CODE, coder, round))
    record_codings(study, codings, read)
    assert "Compared were 6 units of text (100% of those of all sources)." in said_of(
        study
    )  # two answers in each of three interviews


def test_blindness_is_not_claimed_where_nobody_saw_the_coders_work(study: Study, tmp_path: Path) -> None:
    said = said_of(study)
    assert "first (brought in as files on " in said and "(blind" not in said
    assert "Whether coders worked blind is not recorded." in said
    told = said_of(with_settings(study, "reporting: {blinding: 'Coders sat in different towns.'}\n"))
    assert "Coders sat in different towns." in told and "is not recorded. Cod" not in told
    here = make_study(tmp_path, TEXTS)
    open_round(here, "first")
    for coder in ("ana", "ben"):
        for name in TEXTS:
            passage = Passage(name, here.text(name).index("The office"), here.text(name).index("always"))
            code_passage(here, Coding(passage, CODE, coder, "first", guid=str(uuid4())))
            guid = dict(here.sources().select("name", "guid").iter_rows())[name]
            mark_read(here, guid, [(0, len(here.text(name)))], coder, "first")
    assert "first (blind, coded on " in said_of(here) and "is not recorded. Agreement" not in said_of(here)
    reveal_round(here, "first", "everybody has read")
    assert "first (blind until " in said_of(here)


def test_no_way_of_settling_differences_is_made_up(study: Study) -> None:
    negotiated = with_settings(study, "agreement: {stance: consensus}\n")
    section, tables, result = agreement_section(negotiated)
    assert result is None and not section.rows and not tables
    said = section.paragraphs[1]
    assert "How they were settled is not recorded in the study." in said
    assert "no decision on a difference and no consensus coding" in said
    assert "The analyses read the independent layer" in said
    told = with_settings(study, "agreement: {stance: consensus}\nreporting: {negotiation: A third person decided}\n")
    said = agreement_section(told)[0].paragraphs[1]
    assert "A third person decided." in said and "not recorded" not in said
    reflexive = with_settings(study, "agreement: {stance: reflexive}\n")
    assert "was not sought" in agreement_section(reflexive)[0].paragraphs[0]


def test_what_was_drawn_and_what_else_was_read_twice_are_told_apart(tmp_path: Path) -> None:
    study = make_study(tmp_path, TEXTS)
    plan = plan_double_coding(study, 1, seed=3)
    codings, read = [], []
    for coder in ("ana", "ben"):
        for name in TEXTS:
            start = study.text(name).index("The office")
            read.append(ReviewedSpan(Passage(name, 0, len(study.text(name))), coder, "first"))
            codings.append(Coding(Passage(name, start, start + 19), CODE, coder, "first"))
    record_codings(study, codings, read)
    said = said_of(study)
    assert f"at random, stratified by case, kind and level: 1 source (seed {plan.seed}, " in said
    assert "read by two coders of these: 1. Read by two coders besides: 2 sources. How those were chosen is not" in said


def test_a_study_without_reviewed_spans_says_why_there_is_no_value(tmp_path: Path) -> None:
    section, _, result = agreement_section(make_study(tmp_path))
    assert result is None
    assert "nobody has recorded" in section.paragraphs[0] or "needs codings of two people" in section.paragraphs[0]


def test_the_checklists_say_of_each_item_who_answers_it(study: Study, analyses: Analyses) -> None:
    coreq, srqr = checklists(with_settings(study, "reporting: {interviewers: Ana and Ben, funding: None}\n"), analyses)
    assert [i.number for i in coreq.items] == list(range(1, 33))
    assert [i.number for i in srqr.items] == list(range(1, 22))
    origins = {i.number: i.origin for i in coreq.items}
    assert [n for n, o in origins.items() if o == "study"] == [12, 19, 20, 21, 22, 24, 25, 26, 27, 29, 30, 31, 32]
    assert [n for n, o in origins.items() if o == "people"] == [6, 7, 8]
    origins = {i.number: i.origin for i in srqr.items}
    assert [n for n, o in origins.items() if o == "study"] == [12, 13, 14, 15, 17]
    assert [n for n, o in origins.items() if o == "draft"] == [16, 19]
    assert [n for n, o in origins.items() if o == "people"] == [1, 2, 3, 18]
    open_items = [
        i.topic for one in (coreq, srqr) for i in one.items if i.origin in ("study", "draft") and not i.answer
    ]
    assert open_items == ["Recording"]  # nothing in the texts tells of one
    assert coreq.items[18].came_from == "open" and coreq.items[11].came_from == "filled from the study"
    assert coreq.items[1].came_from == "open" and coreq.items[5].came_from == "left to the authors"
    assert coreq.items[0].answer == "Ana and Ben" and srqr.items[20].answer == "None"
    assert coreq.items[1].shown == "to be written in study.yaml, reporting: credentials"
    told = checklists(with_settings(study, "reporting: {recording: Audio of all}\n"), analyses)[0].items[18]
    assert (told.answer, told.origin) == ("Audio of all", "form")


def test_an_unknown_item_is_refused(study: Study) -> None:
    from crosscase.errors import ManifestError

    with pytest.raises(ManifestError, match="no item shoe_size"):
        with_settings(study, "reporting: {shoe_size: '42'}\n")


def test_every_key_of_the_form_belongs_to_an_item_or_the_methods_text() -> None:
    assert all(i.form for i in (*COREQ_ITEMS, *SRQR_ITEMS) if i.origin == "form")
    # Whether interviews were recorded stands in some transcripts, and otherwise only people know it.
    assert [i.number for i in (*COREQ_ITEMS, *SRQR_ITEMS) if i.form and i.origin != "form"] == [19]


@pytest.mark.parametrize("render", [lambda r: render_html(r), lambda r: render_word(r)], ids=["html", "word"])
def test_hostile_answers_are_shown_as_text(render: Callable[..., object]) -> None:
    item = ChecklistItem(1, "Title", "x", "form", "<script>alert(1)</script>\x07")
    agreement = Agreement(("text",), checklists=(Checklist("COREQ-32", "cite", (item,)),))
    content = render(replace(make_report(), agreement=agreement))
    if isinstance(content, str):
        assert "<script>alert" not in content


def test_captions_name_the_coefficient_of_each_row(study: Study) -> None:
    section, _, _ = agreement_section(with_settings(study, "agreement:\n  coefficient: kappa\n"))
    caption = page_of(section).select_one("#t-agree")
    assert caption is not None
    assert "All codes: Cohen's κ, unweighted" not in caption.get_text()  # one coefficient for all rows
    section, _, _ = agreement_section(study)
    caption = page_of(section).select_one("#t-agree")
    assert caption is not None
    assert "All codes: set-valued α, MASI distance; each code: Krippendorff's α, nominal" in caption.get_text()


def test_coders_over_time_stand_in_the_report_and_open_to_their_passages(tmp_path: Path) -> None:
    study = make_study(tmp_path, TEXTS)
    codings, read = [], []
    for round, names in (("first", list(TEXTS)), ("second", list(TEXTS)[:1])):
        for coder in ("ana", "ben"):
            for name in TEXTS:
                read.append(ReviewedSpan(Passage(name, 0, len(study.text(name))), coder, round))
                if coder == "ben" or name in names:
                    start = study.text(name).index("The office")
                    codings.append(Coding(Passage(name, start, start + 19), CODE, coder, round))
    record_codings(study, codings, read)
    section, _, _ = agreement_section(study)
    assert section.own[0].label in ("ana, All codes", "ben, All codes")
    page = page_of(section)
    for table, column in (("t-agree-own", "td:last-child a"), ("t-agree-drift", "td:nth-last-child(2) a")):
        links = page.select(f"table:has(#{table}) {column}")
        assert links, table
        for link in links:
            there = page.select_one(str(link["href"]))
            assert there is not None and there.select("li"), table
    assert {row.coder for row in section.drift} == {"ana", "ben"}
    caption = page.select_one("#t-agree-pairs") or page.select_one("#t-agree-rounds")
    assert caption is not None and "Set-valued α, MASI distance" in caption.get_text()
    document = Document(io.BytesIO(render_word(replace(make_report(), agreement=section))))
    assert any("Each coder with themself" in p.text for p in document.paragraphs)
