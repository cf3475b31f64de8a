"""Reading and coding one source in a real browser, by keyboard alone and by mouse; live, offline, undone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crosscase.model.coding import Coding, Passage
from crosscase.services.codings import record_codings
from crosscase.services.history import verify_history
from crosscase.services.study import Study
from tests.browser.test_rooms import serious
from tests.browser.workbench_pages import HOSTILE, Page, open_all, workbench
from tests.factories.workbench import Running

pytestmark = pytest.mark.browser


def rows(study: Study) -> list[tuple[str, str, str | None]]:
    return [(r["text"], r["code"], r["locus"]) for r in study.evidence().iter_rows(named=True)]


def test_a_passage_is_coded_answered_and_undone_by_keyboard(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("interview-p01")
        ana.press("j", "n")  # the answer's second sentence
        ana.said("We got the binders in August")
        ana.press("c")
        page.keyboard.type("ur")
        page.locator("[role=option][aria-selected=true]", has_text="Common curriculum").wait_for()
        ana.press("Enter")
        ana.said("Coded Common curriculum")
        page.wait_for_selector(".facets:not([hidden])")
        ana.press("1")  # locus: central office
        ana.press("Enter")
        ana.saved()
        words = "We got the binders in August, and every school has the same ones."
        assert rows(served.study) == [(words, "infra.curr.common", "central_office")]
        page.locator(".stripe", has_text="Common curriculum").wait_for()
        ana.press("u")
        ana.said("Undone: Answered")
        ana.press("Control+z")
        ana.said("Undone: Coded")
        ana.saved()
        assert rows(served.study) == []
        assert page.locator(".stripe").count() == 0
        ana.press("Control+Shift+z", "Control+y")
        ana.saved()
        assert rows(served.study) == [(words, "infra.curr.common", "central_office")]
        assert verify_history(served.study)
        assert ana.complaints == []


def code_common(page: Any, ana: Page) -> None:
    ana.press("Enter")
    page.wait_for_selector("#palette:not([hidden])")
    page.keyboard.type("common")
    ana.press("Enter")
    page.wait_for_selector(".facets:not([hidden])")


def test_a_recent_code_is_one_key_and_answers_stay_within_the_turn(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("interview-p01")
        ana.press("j")  # a turn of two sentences
        code_common(page, ana)
        ana.press("2", "Enter")  # locus: school
        ana.press("n", "1")  # its next sentence
        page.wait_for_selector(".facets:not([hidden])")
        ana.press("Enter", "j", "1")  # … and another turn
        page.wait_for_selector(".facets:not([hidden])")
        ana.press("Enter")
        ana.saved()
        assert sorted(locus or "" for _, _, locus in rows(served.study)) == ["", "school", "school"]


def test_answers_and_recent_codes_of_somebody_else_never_come_along(chromium: Any, tmp_path: Path) -> None:
    """One browser, two coders, a blind round: what one answered must not stand in the other's codings."""
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("plan")
        code_common(page, ana)
        ana.press("2", "Enter")
        ana.saved()
        ana.context.add_cookies([served.address_as("ben")])
        page = ana.source("plan")
        assert page.locator("ul.recent").count() == 0
        code_common(page, ana)
        ana.press("Enter")
        ana.saved()
        found = {r["coder"]: r["locus"] for r in served.study.evidence().iter_rows(named=True)}
        assert found == {"ana": "school", "ben": None}


def test_answers_of_a_turn_hold_after_a_reload(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("interview-p01")
        ana.press("j")
        code_common(page, ana)
        ana.press("2", "Enter")
        ana.saved()
        page = ana.source("interview-p01")
        ana.press("n")
        code_common(page, ana)
        ana.press("Enter")
        ana.saved()
        assert [locus for _, _, locus in rows(served.study)] == ["school", "school"]


def test_passages_are_extended_over_sentences_and_turns(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("interview-p01")
        ana.press("j", "Shift+N", "Shift+J", "Enter")
        page.keyboard.type("common")
        ana.press("Enter", "Escape")
        ana.saved()
        text = rows(served.study)[0][0]
        assert text.startswith("The academic office decides.")
        assert text.endswith("And if you disagree?")
        assert page.locator(".stripe").count() == 2  # a button in each turn that it touches


def test_text_is_coded_with_the_mouse(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("plan")
        page.locator(".said").first.dblclick(position={"x": 20, "y": 12})
        page.click("#do-code")
        page.keyboard.type("common")
        page.locator("[role=option]", has_text="Common curriculum").click()
        ana.saved()
        assert len(rows(served.study)[0][0].split()) == 1


def select_with_mouse(page: Any, words: str) -> None:
    """Drag over these words."""
    box = page.evaluate(
        """(words) => {
          const said = [...document.querySelectorAll(".said")].find((s) => s.textContent.includes(words));
          said.scrollIntoView({ block: "center" });
          const at = said.textContent.indexOf(words);
          const range = document.createRange();
          range.setStart(said.firstChild, at);
          range.setEnd(said.firstChild, at + words.length);
          const { left, right, top, height } = range.getBoundingClientRect();
          return [left + 0.5, right - 0.5, top + height / 2];
        }""",
        words,
    )
    page.mouse.move(box[0], box[2])
    page.mouse.down()
    page.mouse.move(box[1], box[2], steps=4)
    page.mouse.up()
    page.locator(".hint", has_text="Type two letters").wait_for()


@pytest.mark.parametrize(
    "letters", ["pr", "un", "pa", "se", "ru", "co", "me", "fo", "ok", "te", "xx", "eq", "jo", "ka"]
)
def test_letters_after_a_selection_with_the_mouse_go_to_the_palette(
    chromium: Any, selecting: tuple[Running, Page], letters: str
) -> None:
    """Whatever two letters a code begins with: they choose a code for the selected words, and do nothing else."""
    served, ana = selecting
    page = ana.page
    select_with_mouse(page, "every school has")
    page.keyboard.type(letters)
    page.wait_for_selector("#palette:not([hidden])")
    assert page.input_value("#palette input") == letters
    assert page.inner_text("#palette .quote") == "every school has"
    ana.press("Escape")
    page.wait_for_selector("#palette[hidden]", state="attached")
    page.evaluate("getSelection().removeAllRanges()")
    assert rows(served.study) == []
    assert page.locator(".block.read").count() == 0


@pytest.fixture(scope="module")
def selecting(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Page]]:
    with workbench(tmp_path_factory.mktemp("selecting")) as served, Page(chromium, served) as ana:
        ana.source("interview-p01")
        yield served, ana


def test_a_selection_with_the_mouse_is_coded_by_two_letters_and_enter(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("interview-p01")
        code_common(page, ana)  # the questions about this coding stay open
        select_with_mouse(page, "every school has")
        page.keyboard.type("pr")  # both letters are commands while one moves by keys
        name = page.inner_text("[role=option][aria-selected=true] .name")
        ana.press("Enter")
        ana.said(f"Coded {name}")
        ana.press("Escape")
        ana.saved()
        assert [text for text, _, _ in rows(served.study)][-1] == "every school has"
        assert page.locator(".block.read").count() == 0
        ana.press("r")  # letters are commands again
        ana.saved()
        assert page.locator(".block.read").count() == 1


def test_a_selection_is_extended_left_by_arrows_and_let_go(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as _served, Page(chromium, _served) as ana:
        page = ana.source("interview-p01")
        select_with_mouse(page, "academic office")
        ana.press("Shift+N")
        ana.said("academic office decides. We got the binders in August, and every school has the same ones.")
        select_with_mouse(page, "every school has")
        ana.press("ArrowUp")
        ana.said("The academic office decides.")
        select_with_mouse(page, "every school has")
        ana.press("Escape")
        page.locator(".hint", has_text="next sentence").wait_for()
        ana.press("/")
        page.wait_for_selector("#palette:not([hidden])")
        assert page.inner_text("#palette .quote") == "every school has"
        assert page.input_value("#palette input") == ""
        ana.press("Escape", "k")  # a command again: the turn before
        ana.said("Who decides what third grade reads?")


def test_emoji_and_other_scripts_keep_their_places(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path, {"hostile": HOSTILE}) as served, Page(chromium, served) as ana:
        page = ana.source("hostile")
        wanted = "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 end"
        page.evaluate(
            """(words) => {
              const said = [...document.querySelectorAll(".said")].find((s) => s.textContent.includes(words));
              const at = said.textContent.indexOf(words);
              const range = document.createRange();
              range.setStart(said.firstChild, at);
              range.setEnd(said.firstChild, at + words.length);
              getSelection().removeAllRanges();
              getSelection().addRange(range);
            }""",
            wanted,
        )
        page.wait_for_timeout(100)
        ana.press("Enter")
        page.keyboard.type("common")
        ana.press("Enter")
        ana.saved()
        assert rows(served.study)[0][0] == wanted
        # … and it is drawn where it stands, also after a new start.
        page = ana.source("hostile")
        page.wait_for_selector(".stripe")
        drawn = page.evaluate(
            """() => [...CSS.highlights.entries()].filter(([name]) => /^c\\d/.test(name)).flatMap(([, h]) => [...h])
                 .map((r) => r.startContainer.data.slice(r.startOffset, r.endOffset))"""
        )
        assert drawn == [wanted]
        assert ana.complaints == []


def test_hostile_text_runs_nothing_and_breaks_nothing(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path, {"hostile": HOSTILE}) as served, Page(chromium, served) as ana:
        dialogs: list[str] = []
        ana.page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
        page = ana.source("hostile")
        ana.press("Enter")
        page.keyboard.type("common")
        ana.press("Enter", "Enter", "m")
        page.keyboard.type("<img src=x onerror=alert(3)> \u202e memo")
        ana.press("Control+Enter")
        ana.saved()
        page.locator(".memo", has_text="onerror").wait_for()
        for path in ("/", "/history", "/search?q=alert"):
            ana.go(path)
        assert dialogs == []
        assert [r for r in ana.requests if not r.startswith((served.base, served.base.replace("http", "ws")))] == []
        assert page.locator("img").count() == 0
        page = ana.source("hostile")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert ana.complaints == []


def test_memo_change_and_delete_by_key(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("plan")
        ana.press("Enter")
        page.keyboard.type("common")
        ana.press("Enter", "Escape", "m")
        page.keyboard.type("jot, never a command: njk")
        ana.press("Control+Enter")
        ana.said("Memo kept")
        ana.press("f", "3", "Enter")  # locus: joint
        ana.saved()
        assert rows(served.study)[0][2] == "joint"
        ana.press("x")
        ana.said("Deleted")
        ana.saved()
        assert rows(served.study) == []
        ana.press("u")
        ana.saved()
        assert rows(served.study)[0][2] == "joint"
        page.locator(".memo", has_text="never a command").wait_for()


def test_keys_that_come_before_the_page_is_drawn_mean_what_it_is_about_to_show(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("plan")
        ana.press("Enter")
        page.keyboard.type("common")
        # All within one task, so that no frame lies between them: choose, answer the question, be done, write a memo.
        page.evaluate(
            """keys => { for (const key of keys) document.activeElement.dispatchEvent(
                 new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true})); }""",
            ["Enter", "3", "Enter", "m"],
        )
        assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
        page.keyboard.type("at once")
        ana.press("Escape", "m")  # left and taken up again: what was written is still there
        ana.press("Control+Enter")
        ana.said("Memo kept")
        ana.saved()
        assert rows(served.study)[0][2] == "joint"
        page.locator(".memo", has_text="at once").wait_for()


def test_read_turns_are_marked_and_counted(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("interview-p01")
        ana.press("r", "r")
        ana.saved()
        assert page.locator(".block.read").count() == 2
        ana.press("u")
        ana.saved()
        assert page.locator(".block.read").count() == 1
        ana.press("Shift+R")
        ana.saved()
        page = ana.go("/")
        assert "% read by you" in page.inner_text("main")


def test_suggestions_stand_apart_and_are_answered_by_key(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path, suggestions=True) as served, Page(chromium, served) as ana:
        source = served.study.evidence("suggestion")["source"][0]
        n = served.study.evidence("suggestion").height
        page = ana.source(source)
        page.wait_for_selector(".stripe.proposed")
        assert served.study.evidence().height == 0
        ana.press("s")
        ana.said("Suggestion:")
        ana.press("a")
        ana.said("Accepted")
        ana.press("Enter")
        ana.saved()
        assert served.study.evidence().height == 1
        ana.press("u")
        ana.saved()
        assert served.study.evidence().height == 0
        ana.press("Control+Shift+z")
        ana.saved()
        assert served.study.evidence().height == 1
        ana.press("u", "s", "x")
        ana.said("Rejected")
        ana.saved()
        assert served.study.evidence("suggestion").height == n - 1
        assert ana.complaints == []


def test_an_accepted_suggestion_has_its_own_answers_and_no_others(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path, suggestions=True) as served, Page(chromium, served) as ana:
        proposed = served.study.evidence("suggestion").rows(named=True)
        page = ana.source(proposed[0]["source"])
        page.wait_for_selector(".stripe.proposed")
        ana.press("s")
        ana.said("Suggestion:")
        code_common(page, ana)
        ana.press("2", "4", "Enter")  # answers in the same turn
        ana.press("s")
        ana.said("Suggestion:")
        ana.press("a")
        ana.said("Accepted")
        ana.press("Enter")
        ana.saved()
        mine, made = served.study.evidence().sort("coding_id").rows(named=True)
        facets = [facet.id for facet in served.study.framework.facets]
        place = ("source", "start", "end", "code")
        same = next(p for p in proposed if all(p[name] == made[name] for name in place))
        assert [made[name] for name in facets] == [same[name] for name in facets]
        assert (mine["locus"], made["locus"], mine["mode"], made["mode"]) == ("school", "central_office", "adapt", None)


def test_two_browsers_see_each_other_unless_the_round_is_blind(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served:
        record_codings(served.study, [Coding(Passage("notes", 0, 10), "infra.curr.common", "ben", "round-1")])
        with Page(chromium, served) as ana, Page(chromium, served, "ben") as ben:
            there, here = ben.source("plan"), ana.source("plan")
            ana.press("Enter")
            here.keyboard.type("common")
            ana.press("Enter", "Escape")
            ana.saved()
            there.wait_for_timeout(600)
            assert there.locator(".stripe").count() == 0  # blind
            ben.press("s")
            ben.said("Suggestions of machines are hidden while a round is blind for you")
            open_all(served.study)
            there.wait_for_selector(".stripe", timeout=3000)
            there.locator("#round-note", has_text="colleagues’ codings are shown").wait_for()
            ben.said("You code in round-1; colleagues’ codings are shown.")
            here.wait_for_timeout(300)
            ana.press("j", "1", "Escape")
            there.locator(".stripe").nth(1).wait_for(timeout=1500)
            ana.press("u")
            there.locator(".stripe").nth(1).wait_for(state="detached", timeout=1500)
            assert ben.complaints == []


def test_only_what_is_new_is_drawn(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("interview-p01")
        ana.press("j", "n")
        code_common(page, ana)
        ana.press("Escape")
        ana.saved()
        kept = "(where) => [...document.querySelectorAll(where)].filter((one) => one.first).length"
        page.evaluate("for (const one of document.querySelectorAll('.stripe')) one.first = true")
        for n, letters in enumerate(("common", "coach", "assess")):
            ana.press(*(("n", "Enter") if n == 0 else ("Enter",)))
            page.keyboard.type(letters)
            ana.press("Enter", "Escape")
            page.locator("#here .item").nth(n).wait_for()
            if n == 1:
                page.evaluate("for (const one of document.querySelectorAll('#here .item')) one.first = true")
        assert page.locator(".stripe").count() == 4
        assert page.evaluate(kept, ".stripe") == 1
        assert page.evaluate(kept, "#here .item") == 1  # the one that was chosen has lost its buttons
        assert ana.complaints == []


def test_the_own_change_come_back_draws_nothing_and_a_colleagues_does(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("interview-p01")
        told = page.evaluate(
            """async () => {
              const module = (name) => import(document.querySelector('script[type=module]').src.replace(/[^/]+$/, name));
              const [{ Edits }, { Marks }] = [await module("edits.js"), await module("marks.js")];
              const own = { guid: "1", start: 0, end: 9, code: "a", facets: { locus: "school", mode: "use" }, coder: "ana", round: "r" };
              const marks = new Marks();
              marks.codings.set("1", own);
              let drawn = 0;
              const edits = new Edits("s", "ana", "r", marks, {}, { onChange: () => { drawn += 1; }, onStack: () => {} });
              const hear = (coding, verb = "coding.made", more = {}) => {
                drawn = 0;
                edits.hear([{ verb, source: "s", coding, ...more }]);
                return drawn;
              };
              const turned = { ...own, facets: { mode: "use", locus: "school" } };
              return [
                hear(turned), hear({ ...own, guid: "2", coder: "ben" }), hear({ ...own, end: 8 }, "coding.changed"),
                hear({ ...own, facets: {} }, "coding.changed"), hear(own, "coding.retired"), hear(own, "coding.retired"),
              ];
            }"""
        )
        assert told == [0, 1, 2, 2, 1, 0]


def test_where_a_text_stops_that_flew_past_everything_is_drawn(chromium: Any, tmp_path: Path) -> None:
    turns = "\n\n".join(f"P01: Turn {n}. " + "We meet on Tuesdays about the units. " * 12 for n in range(150))
    with workbench(tmp_path, {"talk": turns}) as served:
        text = served.study.text("talk")
        starts = [text.index(f"Turn {n}.") for n in range(150)]
        record_codings(
            served.study, [Coding(Passage("talk", a, a + 60), "infra.curr.common", "ana", "round-1") for a in starts]
        )
        with Page(chromium, served) as ana:
            page = ana.source("talk")
            page.mouse.move(500, 500)
            for _ in range(15):
                page.mouse.wheel(0, 800)
            page.wait_for_function("window.scrollY > 8000")
            page.wait_for_function(
                """() => {
                  const seen = [...document.querySelectorAll(".block")].filter((block) => {
                    const box = block.getBoundingClientRect();
                    return box.bottom > 120 && box.top < window.innerHeight;
                  });
                  const lit = [...CSS.highlights].filter(([name]) => /^c\\d+$/.test(name)).flatMap(([, h]) => [...h]);
                  return seen.length > 2 && seen.every((block) =>
                    block.querySelector(".stripe") && lit.some((range) => block.contains(range.startContainer)));
                }"""
            )
            assert ana.complaints == []


def test_a_lost_connection_keeps_changes_and_says_so(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("plan")
        ana.press("Enter")
        page.keyboard.type("common")
        ana.press("Enter", "Escape")
        ana.saved()
        ana.context.set_offline(True)
        ana.press("j", "1", "Escape")
        page.locator("#state", has_text="kept in this browser").wait_for()
        assert page.locator(".stripe").count() == 2
        assert served.study.evidence().height == 1
        ana.context.set_offline(False)
        ana.saved()
        assert served.study.evidence().height == 2


def test_changes_that_waited_are_sent_by_the_next_page(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("plan")
        page.route("**/api/changes", lambda route: route.abort())
        ana.press("Enter")
        page.keyboard.type("common")
        ana.press("Enter", "Escape")
        page.locator("#state", has_text="kept in this browser").wait_for()
        page.unroute("**/api/changes")
        ana.source("notes")
        ana.saved()
        assert served.study.evidence().height == 1


def test_a_refused_change_is_said_and_not_shown(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("plan")
        page.route(
            "**/api/changes",
            lambda route: route.fulfill(
                status=409, json={"refused": "change", "error": {"what": "no", "where": "here", "mend": "stop"}}
            ),
        )
        ana.press("Enter")
        page.keyboard.type("common")
        ana.press("Enter")
        page.locator("#problem", has_text="in plan: no — here — stop").wait_for()
        page.locator(".stripe").wait_for(state="detached")


def test_an_address_leads_to_its_place_and_back_leads_back(chromium: Any, tmp_path: Path) -> None:
    long = "\n".join(f"P01: Sentence number {n} stands here. {'More words follow. ' * 12}" for n in range(300))
    with workbench(tmp_path, {"long": long}) as served, Page(chromium, served) as ana:
        page = ana.go('/search?q="number 250"')
        page.click(".found a")
        page.wait_for_selector("html[data-ready]", state="attached")
        page.wait_for_timeout(400)
        place = page.locator(".said", has_text="number 250 stands").bounding_box()
        assert 0 < place["y"] < 800
        assert page.evaluate("CSS.highlights.get('now').size") == 1
        page.go_back()
        assert page.locator(".found").is_visible()
        # A reload keeps the place of reading.
        page = ana.source("long")
        for _ in range(30):
            ana.press("j")
        before = page.evaluate("scrollY")
        page.reload()
        page.wait_for_selector("html[data-ready]", state="attached")
        page.wait_for_timeout(300)
        assert before > 1000
        assert abs(page.evaluate("scrollY") - before) < 600


def test_single_letters_can_be_switched_off(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.go("/settings")
        page.uncheck("#single-keys")
        page = ana.source("plan")
        ana.press("j", "c", "1", "x")
        assert page.locator(".palette").is_hidden()
        ana.press("ArrowDown", "Enter")
        page.keyboard.type("common")
        ana.press("Enter", "Escape", "Control+z")
        ana.saved()
        assert served.study.evidence().height == 0


def test_who_looks_around_reads_and_cannot_code(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served, "") as guest:
        page = guest.source("plan")
        assert page.locator("#do-code").is_disabled()
        guest.press("c")
        assert page.locator(".palette").is_hidden()
        assert "say who you are" in page.inner_text("#problem")


def test_questions_reach_assistive_technology(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("plan")
        ana.press("Enter")
        assert page.evaluate("document.activeElement.getAttribute('role')") == "combobox"
        page.keyboard.type("common cur")
        active = page.evaluate("document.activeElement.getAttribute('aria-activedescendant')")
        assert "Common curriculum" in page.locator(f"#{active}").inner_text()
        ana.press("Enter")
        page.wait_for_selector("[role=radio]:focus")
        ana.press("1", "Escape")
        assert "said" in page.evaluate("document.activeElement.className")
        page.wait_for_selector('.stripe[aria-label^="Common curriculum, Central office"][aria-label*="by ana"]')


def test_places_are_converted_as_python_counts_them(chromium: Any, tmp_path: Path) -> None:
    texts = ["", "a", "é", "e\u0301", "😀", "a😀b", "👩‍👩‍👧‍👦", "𝔘" * 5, "\u202eabc", "\ufffd", "مرحبا😀"]
    chance = random.Random(1)
    letters = "ab é\u0301😀𝔘\u200d\u202e\uffff\U0010ffff\n"
    texts += ["".join(chance.choices(letters, k=chance.randrange(30))) for _ in range(300)]
    wanted = [[len(text[:n].encode("utf-16-le")) // 2 for n in range(len(text) + 1)] for text in texts]
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("plan")
        found = page.evaluate(
            """async (texts) => {
              const home = document.querySelector("script[type=module]").src.replace(/[^/]+$/, "");
              const { toUnits, toPoints } = await import(home + "offsets.js");
              return texts.map((text) => {
                const n = [...text].length;
                const units = Array.from({ length: n + 1 }, (_, i) => toUnits(text, i));
                const back = units.map((u) => toPoints(text, u));
                return [units, back];
              });
            }""",
            texts,
        )
    assert [units for units, _ in found] == wanted
    assert [back for _, back in found] == [list(range(len(text) + 1)) for text in texts]


def test_on_a_small_screen_the_passage_and_the_keys_of_the_palette_stay_in_sight(chromium: Any, tmp_path: Path) -> None:
    small = {"width": 420, "height": 700}
    with workbench(tmp_path) as served, Page(chromium, served, viewport=small) as ana:
        page = ana.source("interview-p01")
        ana.press("j", "j", "j", "Enter")
        page.wait_for_selector("#palette:not([hidden])")
        page.keyboard.type("co")
        keys = page.locator("#palette .pick > .note").bounding_box()
        box = page.locator("#palette").bounding_box()
        assert serious(page) == []
        assert keys["y"] + keys["height"] <= box["y"] + box["height"] <= 700
        ana.press(*["ArrowDown"] * 8)
        last = page.locator("[role=option][aria-selected=true]").bounding_box()
        assert last["y"] + last["height"] <= keys["y"] + 1
        ana.press("Enter")
        page.wait_for_selector(".facets:not([hidden])")
        page.wait_for_function(
            """() => {
              const said = [...document.querySelectorAll(".said")].find((s) => s.textContent.startsWith("Then I close"));
              return said.getBoundingClientRect().bottom <= document.getElementById("panel").getBoundingClientRect().top;
            }"""
        )


def test_what_is_wrong_with_saving_pushes_nothing_and_covers_no_tool(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("plan")

        def high() -> tuple[float, float]:
            return page.locator("header.bar").bounding_box()["height"], page.locator("h1").bounding_box()["y"]

        before = high()
        page.evaluate("dispatchEvent(new Event('pagehide'))")
        page.locator("#state", has_text="Not connected").wait_for()
        assert high() == before
        page.evaluate(
            """async () => {
              const dom = document.querySelector("script[type=module]").src.replace("source.js", "dom.js");
              (await import(dom)).complain("Not saved: a sentence that is as long as sentences here can be. ".repeat(3));
            }"""
        )
        page.evaluate("scrollTo(0, 400)")
        for tool in ("#do-code", "#do-read"):
            page.click(tool, trial=True)  # nothing lies over it


def test_the_questions_are_about_what_stands_after_an_undo(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.source("plan")
        code_common(page, ana)
        ana.press("1")
        page.locator("#facets .answered", has_text="Central office").wait_for()
        ana.press("Control+z")
        ana.said("Undone: Answered")
        assert page.locator("#facets .answered", has_text="Central office").count() == 0
        ana.press("Control+z")
        ana.said("Undone: Coded")
        assert page.locator("#facets").is_hidden()
        ana.press("2")  # nothing is asked any more
        ana.saved()
        assert served.study.evidence().height == 0
        ana.press("Control+Shift+z")
        ana.saved()
        assert served.study.evidence()["locus"].to_list() == [None]
