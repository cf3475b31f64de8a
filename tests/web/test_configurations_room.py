"""The Configurations room: by keyboard alone, down to the words in their source, and a sentence for what cannot be."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from crosscase.analysis.qca.fit import sufficiency_fit
from crosscase.errors import EngineError
from crosscase.services.analyses import analyse
from crosscase.services.configurations import configurations_of_study, configure
from crosscase.services.memberships import Plan, Sets
from crosscase.services.reporting.fill import fill_report
from crosscase.services.rounds import open_round
from crosscase.services.study import Study, create_study, sync_settings
from crosscase.web.app import make_app
from crosscase.web.configuring import SetsDesk
from tests.browser.conftest import chromium  # noqa: F401
from tests.browser.test_rooms import serious
from tests.browser.workbench_pages import Page
from tests.factories.set_studies import coded_study, rows_of, solve_slowly, table_study
from tests.factories.workbench import Running, running
from tests.web.conftest import HOST, Browser

LONG = 120_000
SMALL = rows_of(
    ("case", "A", "B", "Y"), ("p", 0.9, 0.2, 0.9), ("q", 0.8, 0.9, 0.7), ("r", 0.1, 0.8, 0.2), ("s", 0.2, 0.1, 0.1)
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Four coded districts, computed, in a workbench."""
    with coded_study(tmp_path_factory.mktemp("sets") / "study") as study:
        analyses = analyse(study)
        with running(study) as made:
            made.app.state.desk.analyses.preset(analyses.data_hash, fill_report(study, analyses))
            yield made


def solved(page: Any) -> None:
    page.wait_for_selector("#solutions", timeout=LONG)


@pytest.fixture(scope="module")
def solving() -> Iterator[SetsDesk]:
    """One child process for all tests."""
    desk = SetsDesk()
    yield desk
    desk.stop()


@pytest.fixture
def asks(solving: SetsDesk) -> Iterator[Any]:
    """Ask a workbench on a study that stands in a table."""
    opened: list[Any] = []

    def ask(study: Study) -> Browser:
        app = make_app(study, b"a secret for tests that is long enough", (HOST,))
        app.state.desk.sets = solving
        opened.append(study)
        return Browser(app, "ana")

    yield ask
    for thing in opened:
        thing.__exit__(None, None, None)


def sentence(answer: Any) -> str:
    """The sentence that stands in the page instead of results."""
    assert answer.status_code == 200, answer.text
    assert "Traceback" not in answer.text
    found = re.search(r'<div class="problem refusal".*?</div>', answer.text, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", found[0])) if found else ""


# --- in the browser ---------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_by_keyboard_alone_other_choices_are_tried_and_a_term_opens_to_words_in_their_source(
    chromium: Any,  # noqa: F811
    served: Running,
) -> None:
    before = (served.study.folder / "study.yaml").read_text(encoding="utf-8"), served.study.head()
    with Page(chromium, served) as ana:
        page = ana.go("/")
        page.locator("nav a", has_text="Configurations").focus()
        ana.press("Enter")
        solved(page)
        assert page.locator("h1").inner_text() == "Configurations: what goes with GAINS?"
        # Other choices: open, explain the absence instead, show.
        page.locator(".choices > summary").focus()
        ana.press("Enter")
        page.locator("select[name=outcome]").focus()
        page.keyboard.type("~GAINS")
        page.locator("input[name=incl_cut]").focus()
        ana.press("Control+a")
        page.keyboard.type("0.6")
        ana.press("Enter")
        page.wait_for_url(lambda url: "GAINS&incl_cut=0.6" in url)
        solved(page)
        assert page.locator("h1").inner_text().endswith("~GAINS?")
        ana.said("solution")
        assert page.locator("#s-conservative").is_visible()
        tried = page.url
        page.go_back()
        solved(page)
        assert page.locator("h1").inner_text().endswith("with GAINS?")
        page.goto(tried)  # the address alone leads back
        solved(page)
        page.locator("a", has_text="Back to the choices of the study").focus()
        ana.press("Enter")
        page.wait_for_url("**/configurations")
        solved(page)
        # A term of a solution, its cases, a quote, the source at its place.
        page.locator("#s-conservative ~ .scroll tbody th a").first.focus()
        ana.press("Enter")
        page.wait_for_selector(".case-sets .quotes li")
        words = page.locator(".case-sets .quotes blockquote").first.inner_text()
        page.locator(".case-sets .quotes .by a").first.focus()
        ana.press("Enter")
        page.wait_for_selector("html[data-ready]", state="attached", timeout=LONG)
        page.wait_for_function("CSS.highlights.get('now')?.size > 0", timeout=LONG)
        pointed = page.evaluate(
            "[...CSS.highlights.get('now')].map((r) => r.startContainer.data.slice(r.startOffset, r.endOffset)).join('')"
        )
        assert pointed == words
        page.go_back()
        page.wait_for_selector(".case-sets")
        assert ana.complaints == []
    assert before == ((served.study.folder / "study.yaml").read_text(encoding="utf-8"), served.study.head())


@pytest.mark.browser
def test_a_membership_and_a_row_open_to_all_that_was_said(chromium: Any, served: Running) -> None:  # noqa: F811
    found = configurations_of_study(served.study, served.app.state.desk.analyses.now().filled.estimates)
    with Page(chromium, served) as ana:
        page = ana.go("/configurations")
        solved(page)
        page.locator("#memberships ~ .scroll td a").first.focus()
        ana.press("Enter")
        page.wait_for_selector(".case-sets")
        case = found.sets.frame["case"][0]
        assert page.locator(".quotes li").count() == found.sets.quotes([case], ["COMMON"]).height > 5
        page.go_back()
        solved(page)
        assert found.uncertainty is not None
        shown = page.locator("[aria-label='Rows over draws'] tbody tr")
        assert shown.count() == found.uncertainty.table.height >= len(found.table.rows)
        row = found.table.rows[0]
        page.locator("table.truth tbody th a").first.focus()
        ana.press("Enter")
        page.wait_for_selector("h1:has-text('Row')")
        assert page.locator("article.case-sets").count() == row.n


@pytest.mark.browser
def test_another_expression_is_plotted_with_the_names_of_the_cases(chromium: Any, served: Running) -> None:  # noqa: F811
    with Page(chromium, served) as ana:
        page = ana.go("/configurations")
        solved(page)
        page.locator("input[name=xy]").focus()
        ana.press("Control+a")
        page.keyboard.type("~COMMON + SPEND")
        ana.press("Enter")
        page.wait_for_url("**xy=**#plot")
        page.locator("svg.xy").wait_for()
        assert "~COMMON + SPEND" in page.locator("svg.xy").get_attribute("aria-label")
        titles = page.locator("svg.xy title").all_text_contents()
        assert sum(len(t.split(": ")[0].split(", ")) for t in titles) == 4
        page.locator("input[name=xy]").focus()
        ana.press("Control+a")
        page.keyboard.type("WEALTH")
        ana.press("Enter")
        page.locator("[role=alert]", has_text="WEALTH is no condition here").wait_for()
        assert page.locator("#solutions").is_visible()


@pytest.mark.browser
def test_axe_finds_nothing_serious_and_no_state_scrolls_sideways(
    chromium: Any,  # noqa: F811
    served: Running,
    tmp_path: Path,
) -> None:
    states = {
        "/configurations": "#solutions",
        "/configurations?outcome=GAINS&condition=GAINS": ".refusal",
        "/configurations/row/4": ".case-sets",
    }
    unfit: dict[str, list[str]] = {}
    wide = []

    def look(ana: Page, paths: dict[str, str]) -> None:
        for path, selector in paths.items():
            page = ana.go(path)
            page.wait_for_selector(selector, timeout=LONG)
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
            for width in (360, 720, 1440):
                page.set_viewport_size({"width": width, "height": 900})
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    wide.append(f"{path} at {width}")
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                if problems := serious(page):
                    unfit[f"{path} {scheme}"] = problems

    with Page(chromium, served, bypass_csp=True) as ana:
        look(ana, states)
    study = create_study(tmp_path / "new", title="New", cases={"p": "P"}, coders=("ana",))
    with study, running(study) as new, Page(chromium, new, bypass_csp=True) as ana:
        look(ana, {"/configurations": ".choices"})
        assert ana.page.locator(".choices[open] select[name=outcome]").is_visible()
        assert "configurations:" in ana.page.inner_text(".yaml")
    assert (unfit, wide) == ({}, [])


# --- what the page says -----------------------------------------------------------------------------------------------


def _page(browser: Browser, query: str = "") -> str:
    """The page once everything is solved."""
    for _ in range(200):
        answer = browser.get(f"/configurations{query}")
        assert answer.status_code == 200
        if 'class="working"' not in answer.text:
            return str(answer.text)
    raise AssertionError("not solved")


def test_the_page_has_the_published_truth_table_and_every_solution(tmp_path: Path, shared: Path, asks: Any) -> None:
    table = (shared / "data/qca/T04_LF.csv").read_text(encoding="utf-8").replace('"', "")
    settings = "  outcome: SURV\n  conditions: [DEV, URB, LIT, IND, STB]\n  dir_exp: [DEV, URB, LIT, IND, STB]\n"
    browser = asks(table_study(tmp_path / "s", table, settings))
    text = html.unescape(re.sub(r"<[^>]+>", " ", _page(browser)))
    text = " ".join(text.split())
    assert "32 1 1 1 1 1 1 4 0.904 0.886 BE , CZ , NL , UK" in text
    assert "M1 DEV*~IND + URB*STB → SURV" in text
    assert "M1 DEV*URB*LIT*STB + DEV*LIT*~IND*STB → SURV" in text
    assert "Remainders: 23 of 32 configurations have no case" in text
    assert "easy" in text and "difficult" in text and "simplifying assumption" in text
    assert "LIT 0.991 0.509 0.643" in text  # necessity, as published
    assert "No row is contradictory." in text


def test_contradictory_rows_are_named_and_lead_to_their_cases(tmp_path: Path, asks: Any) -> None:
    table = rows_of(("case", "A", "B", "Y"), ("p", 1, 0, 1), ("q", 1, 0, 0), ("r", 0, 1, 0), ("s", 1, 1, 1))
    browser = asks(table_study(tmp_path / "s", table, "  outcome: Y\n  conditions: [A, B]\n"))
    page = _page(browser)
    assert re.search(r'Contradictory:</b> <a href="/configurations/row/3">row 3</a>', page)
    row = browser.get("/configurations/row/3").text
    assert row.count('<article class="case-sets"') == 2


def test_the_plot_s_fit_is_that_of_the_memberships(tmp_path: Path, asks: Any) -> None:
    browser = asks(table_study(tmp_path / "s", SMALL, "  outcome: Y\n  conditions: [A, B]\n"))
    page = _page(browser, "?xy=A*~B")
    x = np.minimum([0.9, 0.8, 0.1, 0.2], [0.8, 0.1, 0.2, 0.9])
    fit = sufficiency_fit(x, np.array([0.9, 0.7, 0.2, 0.1]))
    assert f"consistency {fit.inclS:.3f}, PRI {fit.PRI:.3f}, coverage {fit.covS:.3f}" in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("outcome=Y&condition=Y", "Y is both the outcome and a condition. What to do: leave it out of the conditions."),
        ("outcome=Y&condition=", "There is no condition."),
        ("outcome=Y&condition=K", "The condition K is 1 for every case, so it cannot make a difference."),
        ("outcome=Z&condition=A", "The outcome Z is 0 for every case, so there is nothing to explain."),
        ("outcome=Y&condition=RAW", "RAW is no multi-value condition"),
        ("outcome=Y&condition=RAW&anchors.RAW=3,2", "anchors"),
        ("outcome=Y&condition=RAW&anchors.RAW=low", "'low' is no number."),
        ("outcome=Y&condition=WEALTH", "WEALTH is neither a condition of the framework nor a number of the cases."),
        ("outcome=Y&incl_cut=2", "2 lies outside 0 to 1."),
        ("outcome=Y&incl_cut=.9,.8,.7", "The consistency cut has 3 values."),
        ("outcome=Y&n_cut=0", "0 is no number of cases."),
        ("outcome=Y&n_cut=nan", "'nan' is no number."),
        ("outcome=Y+A&condition=A", "'Y A' is no outcome."),
        ("outcome=Y&condition=HOLES", "is not known"),
        ("outcome=Y&condition=A&condition=B&dir_exp=WEALTH", "WEALTH"),
    ],
)
def test_choices_that_cannot_be_are_a_sentence_in_the_page(tmp_path: Path, asks: Any, query: str, said: str) -> None:
    rows = [(*line.split(","), 1, 0, raw, "") for line, raw in zip(SMALL.split()[1:], (1.5, 7, 8, 3), strict=True)]
    table = rows_of(("case", "A", "B", "Y", "K", "Z", "RAW", "HOLES"), *rows)
    browser = asks(table_study(tmp_path / "s", table, "  outcome: Y\n  conditions: [A, B]\n"))
    for _ in range(200):
        answer = browser.get(f"/configurations?{query}")
        if 'class="working"' not in answer.text:
            break
    assert said in sentence(answer)
    assert "Choose other conditions" in answer.text  # what was chosen stays and can be mended


def test_a_case_at_exactly_a_half_is_named(tmp_path: Path, asks: Any) -> None:
    table = SMALL.replace("q,0.8", "q,0.5")
    page = _page(asks(table_study(tmp_path / "s", table, "  outcome: Y\n  conditions: [A, B]\n")))
    assert 'class="num half"' in page and "at exactly .5, in no row: <bdi>q</bdi>" in page


def test_numbers_of_people_are_shown_in_a_blind_round_and_codings_are_not(tmp_path: Path, asks: Any) -> None:
    study = table_study(tmp_path / "s", SMALL, "  outcome: Y\n  conditions: [A, B]\n")
    sync_settings(study)
    open_round(study, "round-1", blind=True)
    browser = asks(study)
    assert 'id="truth-table"' in _page(browser)  # no coding stands behind it
    for path in ("/configurations", "/configurations/case/p/COMMON", "/configurations/term"):
        assert "blind" in browser.get(f"{path}?outcome=Y&condition=COMMON&expression=COMMON").text


def test_names_stay_text_everywhere(tmp_path: Path, asks: Any) -> None:
    nasty = "<script>alert(1)</script> & \u202egnp\u202c"
    study = table_study(tmp_path / "s", SMALL, "  outcome: Y\n  conditions: [A, B]\n", {"p": nasty, "q": nasty})
    browser = asks(study)
    for path in ("/configurations?xy=%3Cscript%3E", "/configurations/row/3", "/configurations/term?expression=A"):
        for _ in range(200):
            text = browser.get(path).text
            if 'class="working"' not in text:
                break
        assert "<script>alert" not in text and "<script>" not in text.replace("<script type", "")
    whole = browser.get("/configurations/case/p")
    assert whole.status_code == 200 and all(f'<th scope="row">{name}' in whole.text for name in "ABY")
    assert browser.get("/configurations/case/nobody").status_code == 404
    assert browser.get("/configurations/case/nobody/A").status_code == 404
    assert browser.get("/configurations/row/99").status_code == 404


# --- beside the typing ------------------------------------------------------------------------------------------------


def test_a_long_computation_is_stopped_and_can_be_asked_again() -> None:
    desk = SetsDesk(solve=solve_slowly)
    sets = Sets(pl.DataFrame({"case": ["p", "q"], "A": [1.0, 0.0], "Y": [1.0, 0.0]}))
    assert desk.ask("k", sets, Plan("Y", ("A",)), wait=0.01) is None
    assert desk.running("k")
    threading.Timer(3.0, desk.stop).start()
    with pytest.raises(EngineError, match="was stopped"):
        desk.ask("k", sets, Plan("Y", ("A",)), wait=60)
    assert not desk.running("k")
    desk.solve = configure
    found = desk.ask("k", sets, Plan("Y", ("A",)), wait=60)
    assert found is not None and found.lead is not None and found.lead[1].models[0].expression == "A"
    desk.stop()
