"""A team with accounts in a real browser: coming in by keyboard, inviting, reading along, and what waits meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.browser.test_craft_rooms import look
from tests.browser.workbench_pages import guid_of
from tests.factories.team import PASSWORD, make_team_study
from tests.factories.workbench import Running, running

pytestmark = pytest.mark.browser


@pytest.fixture
def served(tmp_path: Any) -> Iterator[Running]:
    with make_team_study(tmp_path) as study, running(study) as made:
        yield made


@contextmanager
def browser_of(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    yield context
    context.close()


def sign_in(page: Any, name: str, password: str = PASSWORD) -> None:
    """By keyboard alone: the first field has the focus."""
    page.wait_for_function("document.activeElement.name === 'name'")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def test_signing_in_by_keyboard_leads_to_the_place_that_was_wanted(chromium: Any, served: Running) -> None:
    with browser_of(chromium) as context:
        page = context.new_page()
        source = guid_of(served.study, "plan")
        page.goto(f"{served.base}/sources/{source}?at=0-11")
        assert look(page, "sign in") == []
        sign_in(page, "cora", "wrong wrong wrong")
        page.wait_for_selector("#problem")
        assert look(page, "wrong password") == []
        page.focus("[name=name]")
        page.keyboard.press("Control+A")
        sign_in(page, "cora")
        page.wait_for_selector("html[data-ready]", state="attached")
        assert page.url == f"{served.base}/sources/{source}?at=0-11"


def test_an_owner_invites_somebody_who_sets_a_password(chromium: Any, served: Running) -> None:
    with browser_of(chromium) as owners, browser_of(chromium) as others:
        page = owners.new_page()
        page.goto(served.base + "/settings")
        sign_in(page, "olga")
        page.wait_for_selector("#h-access")
        assert look(page, "settings of an owner") == []
        page.locator(".invite [name=name]").focus()
        page.keyboard.type("zoe")
        page.locator(".invite [name=reach][value=some]").focus()
        page.keyboard.press("Space")
        page.locator(".invite [name=case][value=south]").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        address = page.locator("#invitation").inner_text()
        other = others.new_page()
        other.goto(address)
        other.wait_for_function("document.activeElement.name === 'password'")
        assert look(other, "invitation") == []
        other.focus("[name=password]")
        for key in (PASSWORD, None, PASSWORD):
            other.keyboard.press("Tab") if key is None else other.keyboard.type(key)
        other.keyboard.press("Enter")
        other.wait_for_selector("#h-next")
        assert "You see 1 case of this study" in other.inner_text(".partial")
        assert other.locator("text=interview-p01").count() == 0


def test_a_reader_meets_no_button_that_is_not_theirs(chromium: Any, served: Running) -> None:
    with browser_of(chromium) as context:
        page = context.new_page()
        page.goto(served.base + "/")
        sign_in(page, "rita")
        page.wait_for_selector("#h-next")
        refused: list[str] = []
        page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
        for path in ("/", "/codebook", "/agreement", "/agreement/rounds", "/disconfirm", "/history", "/settings"):
            page.goto(served.base + path)
            page.wait_for_selector("h1")
            for action in page.eval_on_selector_all(
                "form[method=post]", "all => all.map(f => f.getAttribute('action'))"
            ):
                assert action in ("/sign-out", "/settings/password", "/round", "/compute", "/agreement/types"), (
                    path,
                    action,
                )
            assert look(page, f"{path} for a reader") == []
        page.goto(f"{served.base}/sources/{guid_of(served.study, 'plan')}")
        page.wait_for_selector("html[data-ready]", state="attached")
        page.keyboard.press("j")
        page.keyboard.press("c")
        page.locator("#problem", has_text="readers change nothing").wait_for()
        assert refused == []


def test_what_was_coded_while_signed_out_is_saved_after_signing_in_again(chromium: Any, served: Running) -> None:
    with browser_of(chromium) as context:
        page = context.new_page()
        page.goto(f"{served.base}/sources/{guid_of(served.study, 'plan')}")
        sign_in(page, "cora")
        page.wait_for_selector("html[data-ready]", state="attached")
        context.clear_cookies()
        page.keyboard.press("j")
        page.keyboard.type("comm")
        page.wait_for_selector("#palette:not([hidden])")
        page.keyboard.press("Enter")
        page.locator("#state", has_text="Sign in again").wait_for()
        before = served.study.evidence().height
        again = context.new_page()
        again.goto(served.base + "/settings")
        sign_in(again, "cora")
        again.wait_for_selector("#h-access")
        page.wait_for_selector("#state:text-is('Saved')")
        coded = served.study.evidence()
        assert coded.height == before + 1
        assert coded.row(-1, named=True)["coder"] == "cora"


def test_a_change_of_access_is_said_and_closing_an_account_asks_again(chromium: Any, served: Running) -> None:
    with browser_of(chromium) as context:
        page = context.new_page()
        page.goto(served.base + "/settings")
        sign_in(page, "olga")
        page.wait_for_selector("#h-access")
        row = page.locator(".accounts > li", has_text="cora")
        row.locator("summary").first.click()
        row.locator("select[name=role]").select_option("reader")
        row.get_by_role("button", name="Save").click()
        page.locator(".good", has_text="is a reader and sees every case").wait_for()
        page.locator("#said", has_text="Saved: ").wait_for(state="attached")
        assert look(page, "after a change of access") == []
        page.goto(served.base + "/settings")
        row.locator("summary").first.click()
        close = row.get_by_role("button", name="Close the account of")
        assert not close.is_visible()
        row.get_by_text("Close the account …").click()
        close.click()
        page.locator(".good", has_text="is closed").wait_for()
        page.locator("#said", has_text="is closed").wait_for(state="attached")
