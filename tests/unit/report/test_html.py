from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest
from bs4 import BeautifulSoup, Tag
from tests.factories.report_content import hostile_report, make_report

from crosscase.report.content import SIMULATED, UNCHECKED, UNVERIFIED, Report
from crosscase.report.html import render_html


@cache
def page(kind: str = "usual") -> BeautifulSoup:
    reports = {
        "usual": lambda: make_report(per_case=60),
        "real": lambda: make_report(per_case=20, simulated=False),
        "suggestion": lambda: make_report(per_case=20, simulated=False, suggestion=True),
        "hostile": hostile_report,
    }
    return BeautifulSoup(render_html(reports[kind]()), "lxml")


def words(element: Tag) -> str:
    return " ".join(element.get_text().split())


@pytest.mark.parametrize("kind", ["usual", "real", "suggestion", "hostile"])
def test_every_link_leads_somewhere_in_the_page(kind: str) -> None:
    ids = Counter(e["id"] for e in page(kind).select("[id]"))
    assert [i for i, n in ids.items() if n > 1] == []
    links = [a["href"] for a in page(kind).select("a")]
    assert links
    assert [link for link in links if not link.startswith("#") or link[1:] not in ids] == []


def test_a_count_is_the_number_of_codings_behind_it() -> None:
    ids = {e["id"]: e for e in page().select("[id]")}
    checked = 0
    for link in page().select("a.n"):
        value = float(link.get("data-value", "nan"))
        if not value.is_integer() or value < 2 or not link.get_text().strip().replace(",", "").isdigit():
            continue
        behind = ids[link.get("href")[1:]].select("li.cd, .ids a[href^='#c']")
        assert len(behind) == value, link.get("href")
        checked += 1
    assert checked > 50


def test_every_number_in_the_tables_of_results_opens_its_evidence() -> None:
    ids = {e["id"]: e for e in page().select("[id]")}
    bare = []
    for cell in page().select(".types td.num, .glance td, .conditions td.num, .matrix .cell:not(.sub)"):
        links = cell.select("a.n")
        if re.search(r"\d", words(cell)) and not links and not cell.select(".nd"):
            bare.append(words(cell))
        for link in links:
            assert ids[link.get("href")[1:]].select("li.cd, a[href^='#c']"), link.get("href")
    assert bare == []


def test_every_coding_stands_in_the_appendix_once_with_its_words() -> None:
    report = make_report(per_case=60)
    items = {int(e.get("id")[1:]): e for e in page().select("li.cd")}
    assert items.keys() == report.codings.keys()
    for id, item in items.items():
        assert item.find("q").get_text() == report.codings[id].quote


def test_a_simulated_study_says_so_on_top_at_the_bottom_and_in_every_section() -> None:
    places = page().select("header.top, footer.foot, main > section .shead")
    assert len(places) == 10
    assert all(SIMULATED in words(place) for place in places)
    assert "(simulated)" in words(page().title)
    assert SIMULATED not in words(page("real"))


def test_unchecked_suggestions_are_named_in_every_section() -> None:
    assert all(UNCHECKED in words(place) for place in page("suggestion").select("header.top, footer.foot, .shead"))
    assert UNCHECKED not in words(page())


def test_quotations_from_machine_transcripts_are_marked_wherever_they_are_shown() -> None:
    report = make_report(per_case=60)
    unverified = {id for id, coding in report.codings.items() if coding.unverified}
    assert unverified
    for item in page().select("li.cd"):
        assert (UNVERIFIED in words(item)) == (int(item.get("id")[1:]) in unverified)
    shown = [q for q in page().select("li.quote") if int(q.select("a")[0].get_text()[1:]) in unverified]
    assert shown
    assert all(UNVERIFIED in words(q) for q in shown)


def test_evidence_against_is_shown_beside_the_evidence_for() -> None:
    for sides in page().select(".sides"):
        supports, opposes = sides.select(".side")
        assert "For" in words(supports.select("h5")[0])
        assert "Against" in words(opposes.select("h5")[0])
        assert len(supports.select("li.quote")) == len(opposes.select("li.quote")) == 6


def test_the_page_is_alone_and_still() -> None:
    text = render_html(make_report(per_case=20))
    assert not page().select("script, link[rel=stylesheet], iframe, object, embed, form, base")
    assert not [e for e in page().find_all(True) if any(name.startswith("on") for name in e.attrs)]
    assert not re.search(r"https?://|url\((?!#)|@import", text)
    policy = page().select("meta[http-equiv='Content-Security-Policy']")[0].get("content")
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert "script-src" not in policy


def test_hostile_text_stays_text() -> None:
    report = hostile_report()
    first = report.codings[1]
    item = page("hostile").select_one("#c1")
    assert item.find("q").get_text() == first.quote
    assert {e.name for e in item.find_all(True)} <= {"q", "p", "a", "bdi", "b", "i", "em"}
    assert not page("hostile").select("script, img, u, s")
    usual = make_report(per_case=20)
    assert len(page("hostile").select("li.cd")) == usual.n_codings
    # The direction of names and quotations cannot leave their element.
    assert item.find("q").get("dir") == "auto"
    assert item.find("bdi").get_text() == first.source


def test_long_passages_are_shortened_in_the_text_and_whole_in_the_appendix() -> None:
    report = make_report(per_case=20)
    shown = report.reasons[0].claims[0].supports.shown[0]
    long = replace(report.codings[shown], quote="word " * 500 + "end")
    page = BeautifulSoup(render_html(replace(report, codings={**report.codings, shown: long})), "lxml")
    assert page.select_one(f"#c{shown}").find("q").get_text() == long.quote
    assert len(words(page.select("li.quote blockquote")[0])) < 610


def test_a_study_without_types_or_loci_still_reads() -> None:
    report = make_report(per_case=20)
    bare = replace(
        report,
        answer=replace(report.answer, verdicts=()),
        work=replace(report.work, cases=(), loci=(), note="The framework does not ask who does the work."),
        matrix=replace(report.matrix, rows=()),
        reasons=(),
    )
    text = words(BeautifulSoup(render_html(bare), "lxml"))
    assert "does not ask who does the work" in text


def test_the_page_never_speaks_of_scores() -> None:
    assert "score" not in render_html(make_report(per_case=0)).lower().replace("underscore", "")


def test_a_report_of_the_size_of_the_seed_study_is_small_and_quick() -> None:
    report: Report = make_report(per_case=1500)
    started = time.perf_counter()
    text = render_html(report)
    assert time.perf_counter() - started < 3
    assert len(text.encode()) < 6_000_000
