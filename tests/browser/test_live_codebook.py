"""An open source takes over a changed codebook in place: nothing that is being done there is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crosscase import frameworks
from crosscase.model.coding import Coding, Passage
from crosscase.services.codings import record_codings
from crosscase.services.study import adopt_framework
from tests.browser.test_rooms import serious
from tests.browser.workbench_pages import Page, open_all, workbench

pytestmark = pytest.mark.browser

CODE, OTHER = "infra.curr.common", "infra.curr.local"
FRESH = "Adopted for every school"


def rename(ben: Page, name: str = FRESH, id: str = CODE) -> None:
    """Change name and id of the code in the Codebook room."""
    page = ben.go(f"/codebook/edit/{CODE}")
    words = page.locator("section[aria-labelledby=h-words]")
    words.locator("input[name=name]").fill(name)
    words.locator("input[name=id]").fill(id)
    words.locator("button").click()
    page.locator("button.main", has_text="Make version").click()
    page.wait_for_selector(".good")


def drop(ben: Page, code: str = CODE) -> None:
    page = ben.go(f"/codebook/edit/{code}")
    page.locator("section[aria-labelledby=h-drop] button").click()
    page.locator("button.main", has_text="Make version").click()
    page.wait_for_selector(".good")


def mark(page: Any) -> None:
    """Whatever reloads the page loses this; and every announcement is kept."""
    page.evaluate(
        """() => { window.unharmed = "yes"; window.said = [];
             new MutationObserver(() => window.said.push(document.getElementById("said").textContent))
               .observe(document.getElementById("said"), {childList: true, characterData: true, subtree: true}); }"""
    )


def test_a_renamed_code_arrives_while_the_palette_is_open_and_typed_into(chromium: Any, tmp_path: Path) -> None:
    with (
        workbench(tmp_path) as served,
        Page(chromium, served, bypass_csp=True) as ana,
        Page(chromium, served, "ben") as ben,
    ):
        record_codings(served.study, [Coding(Passage("plan", 0, 11), CODE, "ana", "round-1")])
        open_all(served.study)
        page = ana.source("plan")
        page.locator(".stripe", has_text="Common curriculum").wait_for()
        ana.press("j")
        mark(page)
        ana.press("Enter")
        page.keyboard.type("every sch")
        page.locator(".palette .none").wait_for()
        rename(ben, id="infra.curr.adopted")
        # The list follows what was typed by the new names; field, focus and passage are as they were.
        page.locator("[role=option][aria-selected=true]", has_text=FRESH).wait_for()
        assert page.locator(".palette input").input_value() == "every sch"
        assert page.evaluate("document.activeElement.getAttribute('role')") == "combobox"
        page.locator(".stripe", has_text=FRESH).wait_for()
        assert page.locator(".stripe", has_text="Common curriculum").count() == 0
        ana.said("The codebook is now version 1.0.1")
        ana.press("Enter")
        page.wait_for_selector(".facets:not([hidden])")
        ana.press("2", "Enter")
        ana.saved()
        found = served.study.evidence().sort("start")
        assert found["code"].to_list() == ["infra.curr.adopted", "infra.curr.adopted"]
        assert found["text"][1] == "Schools choose their own training days."
        assert page.evaluate("window.unharmed") == "yes"
        told = page.evaluate("window.said.filter((said) => said.includes('now version'))")
        assert len(told) == 1
        assert page.locator("#book-note").inner_text().startswith("The codebook is now version 1.0.1")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert serious(page) == []
        # The undo stack goes on from before the change.
        ana.press("u", "u")
        ana.saved()
        assert served.study.evidence().height == 1
        assert ana.complaints == []


def test_colours_follow_the_new_order_of_codes(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana, Page(chromium, served, "ben") as ben:
        record_codings(served.study, [Coding(Passage("plan", 0, 11), "use.adapt.free", "ana", "round-1")])
        page = ana.source("plan")
        page.locator(".stripe").first.wait_for()
        mark(page)
        drawn = """() => [...CSS.highlights.entries()].filter(([n, h]) => /^c\\d/.test(n) && h.size).map(([n]) => n)"""
        before = page.evaluate(drawn)
        drop(ben)  # an earlier code goes: all later ones have another number
        page.locator("#book-note").wait_for()
        page.wait_for_function(
            f"before => {{ const now = ({drawn})(); return now.length === 1 && now[0] !== before; }}", arg=before[0]
        )
        sheets = page.evaluate("[...document.querySelectorAll('link[href^=\"/codes.css\"]')].map((l) => l.href)")
        assert len(sheets) == 1
        told = served.client("ana").json("/api/codebook")
        assert sheets[0].endswith(told["digest"][:12])
        assert page.evaluate("window.unharmed") == "yes"


def test_an_undone_version_and_a_gone_recent_code_arrive_and_a_memo_goes_on(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana, Page(chromium, served, "ben") as ben:
        record_codings(served.study, [Coding(Passage("notes", 0, 10), OTHER, "ana", "round-1")])
        page = ana.source("plan")
        for typed in ("common cur", "local cur"):
            ana.press("Enter")
            page.keyboard.type(typed)
            ana.press("Enter", "Escape")
        ana.saved()
        ana.press("m")
        page.keyboard.type("half a th")
        mark(page)
        drop(ben)
        ana.said("The codebook is now version 1.0.1")
        assert page.locator("textarea[name=memo]").input_value() == "half a th"
        page.keyboard.type("ought")
        ana.press("Control+Enter")
        ana.said("Memo kept")
        ana.saved()
        page.locator(".recent li").wait_for()  # one of the two is left
        page.locator(".memo", has_text="half a thought").wait_for()
        ben.go("/history")
        ben.page.locator("a", has_text="Undo").first.click()
        ben.page.locator("button.main").click()
        ben.page.wait_for_selector("text=Undone")
        page.locator("#book-note", has_text="1.0.2").wait_for()
        page.locator(".stripe[aria-label^='Common curriculum']").wait_for()
        assert page.evaluate("window.unharmed") == "yes"
        assert ana.complaints == []


def test_a_change_that_waited_and_names_a_gone_code_comes_back_as_a_sentence(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana, Page(chromium, served, "ben") as ben:
        page = ana.source("plan")
        ana.press("Enter")
        page.keyboard.type("common cur")
        ana.press("Enter", "Escape")
        ana.saved()
        ana.context.set_offline(True)
        ana.press("j", "1", "Escape", "Enter")  # one more with the code that is about to go …
        page.keyboard.type("school-made")
        ana.press("Enter", "Escape")  # … and one with a code that stays
        page.locator("#state", has_text="kept in this browser").wait_for()
        mark(page)
        drop(ben)
        ana.context.set_offline(False)
        problem = page.locator("#problem", has_text="is not in version 1.0.1 of the codebook")
        problem.wait_for()
        words = problem.inner_text()
        assert "Not saved: “Common curriculum” on “Schools choose their own training days.” in plan" in words
        assert "choose another code for the passage" in words
        ana.saved()
        assert served.study.evidence()["code"].to_list() == [OTHER]
        page.locator(".stripe[aria-label^='Common']").first.wait_for(state="detached")
        page.locator(".stripe[aria-label^='School-made']").wait_for()
        assert page.evaluate("window.unharmed") == "yes"


def test_what_an_earlier_page_left_behind_is_said_in_any_room(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana, Page(chromium, served, "ben") as ben:
        page = ana.source("plan")
        page.route("**/api/changes", lambda route: route.abort())
        ana.press("Enter")
        page.keyboard.type("common cur")
        ana.press("Enter", "Escape")
        page.locator("#state", has_text="kept in this browser").wait_for()
        drop(ben)
        page.unroute("**/api/changes")
        page = ana.source("notes")
        page.locator("#problem", has_text="in plan: the code 'infra.curr.common' is not in version").wait_for()
        assert served.study.evidence().height == 0


def test_search_results_are_coded_by_the_new_codebook_too(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana, Page(chromium, served, "ben") as ben:
        page = ana.go("/search?q=training")
        page.wait_for_selector("html[data-ready]", state="attached")
        mark(page)
        page.click("#do-code")
        page.keyboard.type("every sch")
        rename(ben)
        page.locator("[role=option][aria-selected=true]", has_text=FRESH).wait_for()
        ana.press("Enter")
        page.wait_for_selector(".facets:not([hidden])")
        ana.press("Escape")
        ana.saved()
        assert served.study.evidence()["code"].to_list() == [CODE]
        assert page.evaluate("window.unharmed") == "yes"


def test_an_adopted_framework_changes_the_question_that_is_open(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("plan")
        ana.press("Enter")
        page.keyboard.type("common cur")
        ana.press("Enter")
        page.wait_for_selector("[role=radio]:focus")
        asked = page.inner_text(".facets .question")
        ana.press("1")
        page.wait_for_function("asked => document.querySelector('.facets .question').textContent !== asked", arg=asked)
        second = page.inner_text(".facets .question")
        mark(page)
        text = frameworks.text_of("education-systems")
        new = text.replace(second, "Asked in other words?").replace("version: 1.0.0", "version: 1.1.0")
        assert new.count("Asked in other words?") == 1
        with served.study.changing() as connection:
            adopt_framework(connection, "ben", frameworks.loads(new, "new"), new)
        ana.said("The codebook is now version 1.1.0")
        page.locator(".facets .question", has_text="Asked in other words?").wait_for()
        page.wait_for_selector(".facets [role=radio]:focus")  # the keys go on answering
        ana.press("1", "Enter")
        ana.saved()
        assert served.study.evidence()["mode"][0] is not None
        assert page.evaluate("window.unharmed") == "yes"
        assert ana.complaints == []
