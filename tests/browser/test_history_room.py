"""The History room by keyboard alone: an import is taken back as a whole and comes back, and what stays says why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crosscase.services.disconfirming import candidates
from crosscase.services.notes import memos
from crosscase.services.rounds import open_round, reveal_round
from tests.browser.test_rooms import serious
from tests.browser.workbench_pages import Page
from tests.factories.studies import make_study, search_against_common
from tests.factories.workbench import Running, running

pytestmark = pytest.mark.browser


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Running]:
    with make_study(tmp_path) as study, running(study) as made:
        yield made


def focus(page: Any, label: str) -> None:
    """Go on with Tab until the thing with this label has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(
            """label => { const now = document.activeElement;
                 return (now.getAttribute("aria-label") ?? now.textContent).trim() === label; }""",
            label,
        ):
            return
    raise AssertionError(f"Tab never comes to {label}")


def look(page: Any) -> list[str]:
    found: list[str] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += serious(page)
    return found


def test_an_import_is_undone_as_a_whole_and_restored_by_keyboard(chromium: Any, served: Running) -> None:
    with Page(chromium, served, bypass_csp=True) as ana:
        page = ana.go("/history")
        focus(page, "Which ones")
        ana.press("Enter")
        page.locator("details.members[open] a", has_text="notes").wait_for()
        assert look(page) == []
        focus(page, "Undo: added the source plan")  # each of them can go alone, too
        page.keyboard.press("Shift+Tab")
        page.goto(served.base + "/history")
        focus(page, "Undo: added 3 sources")
        ana.press("Enter")
        page.wait_for_selector("h1:has-text('Take 3 sources out?')")
        assert "interview-p01, notes, plan" in page.inner_text("#consequences")
        assert look(page) == []
        assert page.evaluate("document.activeElement.textContent") == "Take 3 sources out"
        ana.press("Enter")
        page.wait_for_selector(".good:has-text('Undone')")
        assert served.study.sources().height == 0
        focus(page, "Undo: took 3 sources out")
        ana.press("Enter")
        page.wait_for_selector("h1:has-text('Bring 3 sources back?')")
        ana.press("Enter")
        page.wait_for_selector(".good:has-text('Undone')")
        assert served.study.sources()["name"].to_list() == ["interview-p01", "notes", "plan"]
        assert ana.complaints == []


def test_times_are_those_of_the_readers_clock_and_utc_stays_in_the_title(chromium: Any, served: Running) -> None:
    with Page(chromium, served, java_script_enabled=False) as plain:
        time = plain.go("/history").locator(".events time").first
        at, written = time.get_attribute("datetime"), time.inner_text()
    instant = datetime.fromisoformat(str(at))
    assert written == f"{instant:%Y-%m-%d %H:%M} UTC"
    there = f"{instant.astimezone(ZoneInfo('America/Detroit')):%Y-%m-%d %H:%M}"
    with Page(chromium, served, timezone_id="America/Detroit") as ana:
        page = ana.go("/history")
        time = page.locator(f".events time[datetime='{at}'][title='{written}']").first
        time.wait_for()
        assert time.inner_text() == there
        # What a script draws later is told so as well; a day without a time of day is the same everywhere.
        page.evaluate(
            """at => { for (const said of [at, "2026-11-26"]) { const time = document.createElement("time");
                 time.dateTime = time.textContent = said; document.getElementById("said").append(time); } }""",
            at,
        )
        page.locator(f"#said time[title='{at}']", has_text=there).wait_for()
        assert page.locator("#said time").last.inner_text() == "2026-11-26"
        for address in ("/codebook/versions", "/settings"):
            page = ana.go(address)
            page.wait_for_function("!document.querySelector('time:not([title])')")
            assert "UTC" not in page.inner_text("main"), address
        assert ana.complaints == []


def test_what_stays_says_why(chromium: Any, served: Running) -> None:
    open_round(served.study, "pilot")
    reveal_round(served.study, "pilot", "training is over")
    with Page(chromium, served, bypass_csp=True) as ana:
        page = ana.go("/history")
        focus(page, "Why this stays: ended the blindness of pilot: training is over")
        ana.press("Enter")
        page.wait_for_selector("#why:has-text('What was seen was seen')")
        assert "Open a new blind round" in page.inner_text("main")
        assert look(page) == []


def test_an_open_source_hears_that_it_was_taken_out_and_that_it_is_back(chromium: Any, served: Running) -> None:
    from crosscase.services.withdrawing import restore_sources, withdraw_sources

    guid = str(served.study.sources()["guid"][2])
    with Page(chromium, served) as ana:
        page = ana.source("plan")
        withdraw_sources(served.study, [guid])
        page.locator("#problem", has_text="the source 'plan' was taken out").wait_for()
        restore_sources(served.study, [guid])
        page.locator("#problem").wait_for(state="hidden")


def test_a_coding_error_is_mended_by_keyboard(chromium: Any, served: Running) -> None:
    guid = search_against_common(served.study)
    reveal_round(served.study, "first", "coding is done")
    before = served.study.evidence().height
    with Page(chromium, served, bypass_csp=True) as ana:
        page = ana.go(f"/disconfirm/claims/{guid}")
        page.wait_for_selector("html[data-ready]", state="attached")
        mine, theirs = False, False
        for _ in range(len(candidates(served.study, "north-COMMON"))):
            ana.press("j", "c")
            if not page.locator(".candidate.now").get_attribute("data-coded"):
                ana.said("Nobody has coded this passage")  # so nothing can be coded wrongly
                continue
            page.keyboard.type("misread")
            ana.press("Enter")
            page.locator(".candidate.now .mending").wait_for()
            found = page.locator(".candidate.now .mending")
            if not theirs and found.locator("[data-deed=n]").count():
                assert look(page) == []
                ana.press("n")
                page.wait_for_function("document.activeElement.tagName === 'INPUT'")
                assert page.evaluate("document.activeElement.value") == "Coding error? misread"
                ana.press("Enter")
                ana.said("Left ben a note")
                theirs = True
            elif not mine and found.locator("[data-deed=x]").count():
                ana.press("x")
                ana.said("out")
                mine = True
            ana.saved()
            if mine and theirs:
                break
        assert (mine, theirs) == (True, True)
        assert served.study.evidence().height == before - 1
        assert [m.text for m in memos(served.study)] == ["Coding error? misread"]
        assert ana.complaints == []
    with Page(chromium, served, "ben") as ben:
        page = ben.go("/")
        page.locator("a", has_text="Look at it").click()
        page.locator(".memo", has_text="Coding error? misread").wait_for()
