"""The Agreement room in a real browser, by keyboard alone: moving, deciding, undoing, and what it looks like to axe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crosscase.services.decisions import adjudications
from crosscase.services.rounds import reveal_round
from crosscase.web import agreements
from tests.browser.test_rooms import serious
from tests.browser.workbench_pages import Page
from tests.factories.studies import COMMON, LOCAL, code_differently, make_study
from tests.factories.workbench import Running, running

pytestmark = pytest.mark.browser
QUEUE = "/agreement/adjudicate"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Running]:
    with make_study(tmp_path) as study:
        code_differently(study)
        reveal_round(study, "first", "coding is done")
        with running(study) as made:
            yield made


def opened(page: Page, path: str = QUEUE) -> Any:
    made = page.go(path)
    made.wait_for_selector("html[data-ready]", state="attached")
    return made


def standing(served: Running) -> list[tuple[str, tuple[int, ...]]]:
    return [(d.decision, d.parents) for d in adjudications(served.study) if d.reopened_at is None]


def nth(page: Any) -> str:
    """The place that has the focus, as it is counted."""
    found: str = page.evaluate("document.activeElement.querySelector('.nth')?.textContent ?? ''")
    return found


def test_places_are_decided_by_key_and_undone_without_limit(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = opened(ana)
        ana.press("j")
        assert nth(page) == "1 of 5"
        ana.press("1")
        ana.said("ana’s was taken")
        ana.saved()
        assert standing(served) == [("merged", (1, 2))]
        assert nth(page) == "2 of 5"  # on to the next that waits
        ana.press("b")
        ana.saved()
        page.locator("#progress", has_text="4 of 8").wait_for()
        assert standing(served) == [("merged", (1, 2)), ("accepted", (4,)), ("rejected", (3,))]
        ana.press("u")
        ana.said("Undone")
        page.locator("#progress", has_text="2 of 8").wait_for()
        assert nth(page) == "2 of 5"
        ana.press("Control+z")
        page.locator("#progress", has_text="0 of 8").wait_for()
        assert standing(served) == []
        ana.press("u")
        ana.said("Nothing to undo")
        assert ana.complaints == []


def test_undo_reaches_back_past_a_reload(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = opened(ana)
        ana.press("j", "1")
        ana.saved()
        page.reload()
        page.wait_for_selector("html[data-ready]", state="attached")
        assert page.locator(".place").count() == 4
        ana.press("u")
        ana.said("Undone")
        page.get_by_text("Changed: show the newest").wait_for()
        assert standing(served) == []


def test_a_merger_asks_for_what_differs(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = opened(ana)
        ana.press("j", "j", "m")
        page.wait_for_selector(".decision")
        assert page.evaluate("document.activeElement.name") == "code"  # what has to be said comes first
        ana.press("Enter")
        assert standing(served) == []  # nothing is decided while something is left open
        page.keyboard.type("School-made")
        page.select_option(".decision select[name=facet-locus]", "joint")
        page.locator(".decision input[name=reason]").focus()
        page.keyboard.type("the <b>longer</b> passage")
        ana.press("Enter")
        ana.said("Merged")
        ana.saved()
        row = served.study.evidence("consensus").row(0, named=True)
        assert (row["code"], row["locus"], row["text"]) == (LOCAL, "joint", "every school has the same ones")
        assert adjudications(served.study)[0].reason == "the <b>longer</b> passage"


def test_enter_decides_where_a_choice_has_the_focus(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = opened(ana)
        ana.press("j", "j", "m")
        page.wait_for_selector(".decision")
        for choice in page.locator(".decision select:invalid").all():
            choice.select_option(index=1)
        page.locator(".decision select[name=code]").focus()
        ana.press("Enter")
        ana.said("Merged")
        ana.saved()
        assert [decision for decision, _ in standing(served)] == ["merged"]


def test_leaving_out_and_rejecting_are_told_apart(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = opened(ana)
        place = page.locator(".place", has_text="Leave it out, as").first
        place.locator("button", has_text="Reject all …").wait_for()
        assert "follows no coder, and needs a reason" in place.locator(".deciding").inner_text()


def test_a_new_coding_takes_the_place_of_theirs(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = opened(ana)
        ana.press("j", "j", "j", "n")
        page.wait_for_selector(".decision")
        page.select_option(".decision select[name=code]", COMMON)
        page.locator(".decision input[name=reason]").focus()
        ana.press("Enter")
        ana.said("A new coding stands for theirs")
        ana.saved()
        assert served.study.evidence("consensus")["code"].to_list() == [COMMON]
        assert standing(served) == [("new", (5,))]


def test_a_rejection_asks_for_its_reason_and_a_form_is_left_with_escape(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = opened(ana)
        ana.press("j", "x")
        ana.said("A rejection needs a reason")
        assert page.evaluate("document.activeElement.tagName") == "INPUT"
        page.keyboard.type("about another district")
        ana.press("Enter")
        ana.said("Rejected")
        ana.saved()
        assert [d.reason for d in adjudications(served.study)] == ["about another district"]
        ana.press("m")
        page.wait_for_selector(".decision")
        ana.press("Escape")
        assert page.locator(".decision").count() == 0
        assert nth(page) == "2 of 5"


def test_a_decision_is_put_on_the_table_again(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = opened(ana)
        ana.press("j", "1")
        ana.saved()
        opened(ana, f"{QUEUE}?state=decided")
        ana.press("j", "p")
        page.wait_for_selector("form.again")
        page.keyboard.type("ben objects")
        ana.press("Enter")
        page.get_by_text("Nothing here.").wait_for()
        ana.said("Put on the table again")
        assert standing(served) == []


def test_identical_codings_are_taken_over_with_one_button(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = opened(ana)
        page.locator("#identical").focus()
        ana.press("Enter")
        ana.said("1 identical codings were taken over")
        page.locator("#progress", has_text="2 of 8").wait_for()
        assert standing(served) == [("identical", (1, 2))]
        ana.press("u")
        page.locator("#progress", has_text="0 of 8").wait_for()


def test_what_the_study_refuses_is_taken_back_on_the_page(chromium: Any, served: Running) -> None:
    from crosscase.services.adjudicating import reject_codings

    with Page(chromium, served) as ana:
        page = opened(ana)
        reject_codings(served.study.acting_as("ben"), [1, 2], "ben was quicker")
        page.get_by_text("Changed: show the newest").wait_for()
        ana.press("j", "1")
        page.locator("#problem", has_text="Not saved").wait_for()
        assert page.locator(".place").first.get_attribute("class") == "place now"
        assert standing(served) == [("rejected", (1, 2))]


@pytest.mark.parametrize("path", [QUEUE, "/agreement/rounds"])
def test_what_happens_while_a_page_is_on_its_way_is_told_to_it(chromium: Any, served: Running, path: str) -> None:
    from crosscase.services.adjudicating import reject_codings

    def slowly(route: Any) -> None:
        reject_codings(served.study.acting_as("ben"), [1, 2], "while the page was on its way")
        route.continue_()

    with Page(chromium, served) as ana:
        ana.page.route("**/room.js", slowly)
        ana.go(path).get_by_text("Changed: show the newest").wait_for()


def test_every_room_shows_its_keys(chromium: Any, served: Running) -> None:
    own = {"/matrix": "the cell beside", QUEUE: "take what the first", "/": "past the bar"}
    with Page(chromium, served) as ana:
        for path in (*own, "/codebook", "/history", "/settings", "/agreement", "/agreement/rounds", "/search"):
            page = opened(ana, path) if path == QUEUE else ana.go(path)
            page.locator("h1").click()  # away from any field
            ana.press("?")
            page.locator("dialog[open] .keymap", has_text=own.get(path, "past the bar")).wait_for(timeout=5000)
            ana.press("Escape")
            page.locator("dialog[open]").wait_for(state="detached")
        assert ana.complaints == []


def test_a_cell_opens_to_places_and_a_place_in_its_source(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = ana.go("/agreement")
        link = page.locator("table.agree tr", has_text="School-made or school-chosen").locator("small a").first
        n = int(link.inner_text().split()[0])
        link.focus()
        ana.press("Enter")
        page.wait_for_selector("html[data-ready]", state="attached")
        assert page.locator(".place").count() == n
        ana.press("j", "o")
        page.wait_for_selector("#text")
        assert "?at=" in page.url
        page.go_back()
        page.wait_for_selector(".place")


def test_a_page_that_is_being_measured_shows_itself_and_says_so(
    chromium: Any, served: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreements, "AT_ONCE", 0)
    with Page(chromium, served) as ana:
        page = ana.go("/agreement")
        page.wait_for_selector("#computing, table.agree")
        page.wait_for_selector("table.agree", timeout=120_000)
        page.locator("#said", has_text="Agreement is measured").wait_for(state="attached")
        assert ana.complaints == []


def test_a_round_is_closed_by_keyboard_and_it_is_said(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = ana.go("/agreement/rounds")
        page.get_by_label("Close first although not all is read, because").focus()
        page.keyboard.type("the notes come later")
        ana.press("Enter")
        page.locator("#said", has_text="first is closed: nothing is coded in it any more.").wait_for(state="attached")
        assert page.locator("td", has_text="finished").count() == 1
        page.get_by_label("Open first again, because").fill("a page was missing")
        page.get_by_role("button", name="Open it again").click()
        page.locator("#said", has_text="first is open again.").wait_for(state="attached")
        assert ana.complaints == []


def test_who_looks_around_reads_and_cannot_decide(chromium: Any, served: Running) -> None:
    with Page(chromium, served, coder="") as guest:
        page = opened(guest)
        assert page.locator(".deciding").count() == 0
        guest.press("j", "1", "x")
        assert standing(served) == []
        assert guest.complaints == []


@pytest.mark.parametrize("width", [1440, 420])
def test_axe_finds_nothing_serious_and_nothing_scrolls_sideways(chromium: Any, served: Running, width: int) -> None:
    found: dict[str, Any] = {}
    with Page(chromium, served, viewport={"width": width, "height": 900}, bypass_csp=True) as ana:
        page = ana.page

        def look(what: str) -> None:
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found[f"{what} is too wide"] = width
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                if problems := serious(page):
                    found[f"{what} {scheme}"] = problems

        for path in ("/agreement", "/agreement/rounds?width=0.2&looks=0.5,1", "/agreement/drift", "/agreement/types"):
            ana.go(path)
            look(path)
        for path in (QUEUE, f"/agreement/passages?code={LOCAL}"):
            opened(ana, path)
            look(path)
        ana.press("j", "m")
        page.wait_for_selector(".decision")
        look("a form")
        ana.press("Escape", "?")
        look("the keys")
        ana.press("Escape", "1")
        ana.saved()
        look("a decision")
    assert found == {}
