"""The Disconfirm room in a real browser, by keyboard alone: reading, deciding with a reason, undoing, judging blind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crosscase.services.disconfirming import candidates
from crosscase.services.rounds import reveal_round
from tests.browser.test_rooms import serious
from tests.browser.workbench_pages import Page
from tests.factories.studies import make_study, search_against_common
from tests.factories.workbench import Running, running

pytestmark = pytest.mark.browser


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Running]:
    with make_study(tmp_path) as study:
        guid = search_against_common(study, confirming=True)
        reveal_round(study, "first", "coding is done")
        with running(study) as made:
            made.app.state.claim = f"/disconfirm/claims/{guid}"
            yield made


def opened(page: Page, query: str = "") -> Any:
    made = page.go(page.served.app.state.claim + query)
    made.wait_for_selector("html[data-ready]", state="attached")
    return made


def came_to(served: Running) -> list[tuple[str, str]]:
    return [(i.disposition, i.decision) for i in candidates(served.study, "north-COMMON") if i.disposition]


def test_candidates_are_decided_by_key_with_a_reason_and_undone(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = opened(ana)
        ana.press("j", "r")
        assert page.evaluate("document.activeElement.tagName") == "INPUT"
        ana.press("Enter")
        assert came_to(served) == []  # not without a reason
        page.keyboard.type("a teacher says so <b>of her own</b> room")
        ana.press("Enter")
        ana.said("Refutes")
        ana.saved()
        assert set(came_to(served)) == {("refutes", "a teacher says so <b>of her own</b> room")}
        # On to the next that waits; a reason that was given before is offered.
        assert page.evaluate("document.activeElement.classList.contains('candidate')")
        assert (
            page.locator("#reasons option").first.get_attribute("value") == "a teacher says so <b>of her own</b> room"
        )
        ana.press("i")
        page.keyboard.type("about lunch")
        ana.press("Enter")
        ana.said("Not relevant")
        ana.saved()
        assert ("not relevant", "about lunch") in came_to(served)
        ana.press("u")
        ana.said("Undone: Not relevant")
        ana.saved()
        ana.press("Control+z")
        ana.said("Undone: Refutes")
        ana.saved()
        page.wait_for_function("document.querySelectorAll('.candidate.settled').length === 0")
        assert came_to(served) == []
        assert ana.complaints == []


@pytest.mark.parametrize(
    ("key", "disposition"),
    [("r", "refutes"), ("q", "qualifies"), ("e", "explained"), ("i", "not relevant"), ("c", "coding error")],
)
def test_every_disposition_has_its_key(chromium: Any, served: Running, key: str, disposition: str) -> None:
    with Page(chromium, served) as ana:
        page = opened(ana)
        ana.press("j", key)
        page.keyboard.type("because")
        ana.press("Enter")
        ana.saved()
        assert {d for d, _ in came_to(served)} == {disposition}
        if key == "c":
            assert "?at=" in (page.locator(".settled .mending a").first.get_attribute("href") or "")


def test_a_reason_is_left_with_escape_and_the_rule_is_shown_by_key(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = opened(ana)
        ana.press("j", "w")
        assert page.locator(".candidate.now .whys details[open]").count() >= 1
        ana.press("q", "Escape")
        assert page.locator(".why-form").count() == 0
        assert page.evaluate("document.activeElement.classList.contains('candidate')")
        assert came_to(served) == []
        ana.press("?")
        page.wait_for_selector("dialog[open]")
        ana.press("Escape", "j", "k", "o")
        page.wait_for_selector("#text")
        assert "?at=" in page.url
        page.go_back()
        page.wait_for_selector(".candidate")


def test_what_was_decided_before_is_taken_back_by_key(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = opened(ana)
        ana.press("j", "e")
        page.keyboard.type("another district")
        ana.press("Enter")
        ana.saved()
        opened(ana, "?disposition=explained")
        ana.press("j", "p")
        page.keyboard.type("it is not")
        ana.press("Enter")
        ana.said("it is open again")
        assert came_to(served) == []


def test_a_claim_is_added_and_kept_by_keyboard(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = ana.go("/disconfirm")
        page.locator("input[name=sentence]").focus()
        page.keyboard.type("north is managerial")
        ana.press("Enter")
        page.wait_for_selector("h1:text-is('North is managerial')")
        page.locator("summary", has_text="Decide on the claim").focus()
        ana.press("Enter", "Tab")
        page.keyboard.type("nothing stands against it")
        page.locator("button", has_text="Keep it").focus()
        ana.press("Enter")
        page.locator(".changes", has_text="nothing stands against it").wait_for()


def test_a_blind_check_is_judged_by_key_and_only_then_opens(chromium: Any, served: Running) -> None:
    with Page(chromium, served, coder="ben") as ben:
        page = opened(ben)
        page.locator("summary", has_text="A blind check").focus()
        ben.press("Enter")
        page.locator("input[name=n]").fill("4")
        ben.press("Enter")
        page.wait_for_selector("#blind")
        page.wait_for_selector("html[data-ready]", state="attached")
        assert page.locator("main a[href^='/sources']").count() == 0
        ben.press("j", "f", "a")
        page.locator("#n-judged", has_text="2 of 4").wait_for()
        page.reload()
        page.wait_for_selector("html[data-ready]", state="attached")
        page.locator("#n-judged", has_text="2 of 4").wait_for()  # a reload loses nothing
        ben.press("j", "j", "j", "n", "t")
        page.locator("#n-judged", has_text="4 of 4").wait_for()
        ben.press("Enter")
        page.locator("text=Judged by").wait_for()
        assert page.locator("main td", has_text="a candidate").count() == 2
        assert page.locator("main a[href^='/sources']").count() == 4
        assert ben.complaints == []


@pytest.mark.parametrize("width", [1440, 420])
def test_axe_finds_nothing_serious_and_nothing_scrolls_sideways(chromium: Any, served: Running, width: int) -> None:
    found: dict[str, Any] = {}
    with Page(chromium, served, viewport={"width": width, "height": 900}, bypass_csp=True) as ana:
        page = ana.page

        def look(what: str) -> None:
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found[f"{what} is too wide"] = width
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                if problems := serious(page):
                    found[f"{what} {scheme}"] = problems

        ana.go("/disconfirm")
        look("claims")
        opened(ana)
        look("a claim")
        ana.press("j", "r")
        look("a reason")
        page.keyboard.type("because")
        ana.press("Enter")
        ana.saved()
        look("a decision")
        opened(ana)
        page.locator("summary", has_text="A blind check").focus()
        ana.press("Enter")
        page.locator("input[name=n]").fill("4")
        ana.press("Enter")
        page.wait_for_selector("#blind")
        look("blind")
    assert found == {}
