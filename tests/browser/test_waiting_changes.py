"""Changes that cannot be sent at once: kept for who made them, said in every room, sent when the right person is back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from crosscase.services.study import Study
from tests.browser.test_team import browser_of, sign_in
from tests.browser.workbench_pages import Page, guid_of, workbench
from tests.factories.team import make_team_study
from tests.factories.workbench import running

pytestmark = pytest.mark.browser


def code_here(page: Any) -> None:
    """Code the passage at the cursor, without answers."""
    page.keyboard.press("Enter")
    page.wait_for_selector("#palette:not([hidden])")
    page.keyboard.type("common")
    page.keyboard.press("Enter")
    page.wait_for_selector(".facets:not([hidden])")
    page.keyboard.press("Escape")


def coders(study: Study) -> list[str]:
    return study.evidence()["coder"].to_list()


def kept(page: Any) -> int:
    """How many changes this browser keeps."""
    return int(page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('crosscase:crosscase-')).length"))


@contextmanager
def cut_off(page: Any) -> Iterator[None]:
    """A server that takes no changes meanwhile."""
    page.route("**/api/changes", lambda route: route.abort())
    yield
    page.unroute("**/api/changes")


def test_two_tabs_of_two_coders_never_save_under_the_wrong_name(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("plan")
        other = ana.context.new_page()
        other.goto(served.base + "/who")
        other.get_by_role("button", name="ben").click()
        other.wait_for_selector("#h-next")
        code_here(page)
        page.locator(
            "#state", has_text="this browser now works as ben: 1 change is kept in this browser for ana"
        ).wait_for()
        assert coders(served.study) == []
        assert kept(page) == 1
        # Ben's own work goes on meanwhile, and his rooms say what waits for ana.
        other.locator("#state", has_text="1 change of ana").wait_for()
        other.goto(f"{served.base}/sources/{guid_of(served.study, 'notes')}")
        other.wait_for_selector("html[data-ready]", state="attached")
        code_here(other)
        other.wait_for_selector("#state:text-is('Saved')")
        assert coders(served.study) == ["ben"]
        other.goto(served.base + "/who")
        other.get_by_role("button", name="ana").click()
        other.wait_for_selector("#h-next")
        page.wait_for_selector("#state:text-is('Saved')")
        assert sorted(coders(served.study)) == ["ana", "ben"]
        assert kept(page) == 0


def test_a_change_goes_at_once_and_another_tab_waits_for_it(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page, other = ana.source("plan"), ana.context.new_page()
        other.goto(f"{served.base}/sources/{guid_of(served.study, 'notes')}")
        other.wait_for_selector("html[data-ready]", state="attached")
        held: list[Any] = []
        sent: list[str] = []
        # The first is held back; what follows passes.
        page.route("**/api/changes", lambda route: route.continue_() if held else held.append(route))
        other.on("request", lambda request: sent.append(request.url) if "/api/changes" in request.url else None)
        code_here(page)
        other.bring_to_front()
        code_here(other)
        other.wait_for_timeout(600)
        assert len(held) == 1
        assert sent == []
        assert kept(other) == 2
        held[0].continue_()
        for tab in (page, other):
            tab.wait_for_selector("#state:text-is('Saved')")
        assert served.study.evidence().sort("coding_id")["source"].to_list() == ["plan", "notes"]


def test_a_page_of_somebody_else_shows_nothing_that_the_other_one_sees(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("plan")
        ana.context.add_cookies([served.address_as("ben")])
        other = ana.context.new_page()
        other.goto(f"{served.base}/sources/{guid_of(served.study, 'plan')}")
        other.wait_for_selector("html[data-ready]", state="attached")
        code_here(other)
        other.wait_for_selector("#state:text-is('Saved')")
        # The feed ends and begins anew, with ben's cookie.
        page.evaluate("dispatchEvent(new Event('pagehide'))")
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
        page.locator("#state", has_text="This page is ana’s, and this browser now works as ben").wait_for()
        assert page.locator(".stripe").count() == 0


def test_changes_of_who_signed_out_wait_for_that_person(chromium: Any, tmp_path: Path) -> None:
    with make_team_study(tmp_path) as study, running(study) as served, browser_of(chromium) as context:
        page = context.new_page()
        page.goto(f"{served.base}/sources/{guid_of(study, 'plan')}")
        sign_in(page, "cora")
        page.wait_for_selector("html[data-ready]", state="attached")
        before = study.evidence().height
        other = context.new_page()
        other.goto(served.base + "/settings")
        other.get_by_role("button", name="Sign out").click()
        other.wait_for_selector("[name=password]")
        code_here(page)
        page.locator("#state", has_text="Sign in again in another tab").wait_for()
        code_button = page.locator("#do-code").bounding_box()
        said = page.locator("#state").bounding_box()
        assert said["x"] + said["width"] < code_button["x"]
        sign_in(other, "olga")
        other.wait_for_selector("#h-next, #h-access")
        page.locator("#state", has_text="This page is cora’s, and this browser now works as olga").wait_for()
        assert kept(page) == 1
        assert study.evidence().height == before
        assert page.locator("#problem:visible").count() == 0
        other.goto(served.base + "/settings")
        other.get_by_role("button", name="Sign out").click()
        other.wait_for_selector("[name=password]")
        sign_in(other, "cora")
        other.wait_for_selector("#h-next, #h-access")
        page.wait_for_selector("#state:text-is('Saved')")
        assert study.evidence().height == before + 1
        assert coders(study)[-1] == "cora"


def test_every_room_says_what_waits_and_sends_it(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        rooms = ["/", "/history", "/settings", "/search", "/codebook", "/agreement", "/report"]
        for n, room in enumerate(rooms, 1):
            page = ana.source("plan", f"?at=0-{10 + n}")  # another passage for each room
            page.wait_for_function("document.activeElement.classList.contains('said')")
            with cut_off(page):
                code_here(page)
                page.locator("#state", has_text="kept in this browser").wait_for()
                ana.go(room)
                page.locator("#state", has_text="1 change is kept in this browser").wait_for()
            page.locator("#said", has_text="1 change that waited in this browser is saved").wait_for(state="attached")
            assert kept(page) == 0
            assert coders(served.study) == ["ana"] * n, room


def test_accounts_that_began_meanwhile_are_told_of(chromium: Any, tmp_path: Path) -> None:
    """A page from before the accounts: its coder has to sign in, not to look at a terminal."""
    from crosscase.services.accounts import begin_accounts
    from tests.factories.team import PASSWORD

    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("plan")
        begin_accounts(served.study.acting_as("ana"), "ana", PASSWORD)
        code_here(page)
        page.locator("#state", has_text="Sign in again in another tab").wait_for()
        other = ana.context.new_page()
        other.goto(served.base + "/settings")
        sign_in(other, "ana")
        other.wait_for_selector("#h-access")
        page.wait_for_selector("#state:text-is('Saved')")
        assert coders(served.study) == ["ana"]
