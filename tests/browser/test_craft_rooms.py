"""What is changed and written in the rooms, by keyboard alone, in light and dark, at every width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crosscase.services.codings import record_codings
from tests.browser.test_rooms import serious
from tests.browser.workbench_pages import Page, open_all
from tests.factories.studies import coding_of, make_study
from tests.factories.workbench import Running, running

pytestmark = pytest.mark.browser
CODE, OTHER = "infra.curr.common", "infra.curr.local"


def filled(folder: Path) -> Any:
    """A small study with codings of two coders in an open round."""
    study = make_study(folder)
    settings = study.folder / "study.yaml"
    text = settings.read_text(encoding="utf-8").replace("draws: 4000", "draws: 500").replace("chains: 4", "chains: 2")
    settings.write_text(text, encoding="utf-8")
    said = {"mode": "prescribe", "stance": "present", "actuality": "enacted"}
    record_codings(
        study,
        [
            coding_of(study, "interview-p01", "The academic office decides.", CODE, "ana", locus="central_office", **said),
            coding_of(study, "interview-p01", "every school has the same ones", CODE, "ben", locus="central_office", **said),
            coding_of(study, "interview-p01", "office decides. We got the binders", "perf.target.central", "ana", locus="central_office", **said),
            coding_of(study, "interview-p01", "teach what my children need", "use.adapt.free", "ana", locus="school", **said),
            coding_of(study, "plan", "All schools shall use", CODE, "ben", locus="central_office", **said),
        ],
    )  # fmt: skip
    open_all(study, "first")
    return study


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Running]:
    with filled(tmp_path) as study, running(study) as made:
        yield made


def look(page: Any, what: str) -> list[str]:
    """What axe finds in light and dark, and whether the page is too wide anywhere."""
    found: list[str] = []
    for width in (1440, 420):
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{what} is too wide at {width}")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += [f"{what}, {scheme}: {problem}" for problem in serious(page)]
    return found


def test_a_code_gets_other_words_by_keyboard(chromium: Any, served: Running) -> None:
    with Page(chromium, served, bypass_csp=True) as ana:
        page = ana.go("/codebook")
        found = look(page, "codebook")
        page.locator(f"[id='{CODE}'] .edit").focus()
        ana.press("Enter")
        page.wait_for_selector("h1:has-text('Common curriculum')")
        found += look(page, "forms")
        page.locator("form").first.locator("textarea[name=definition]").focus()
        ana.press("Control+a")
        page.keyboard.type("The same for all schools, and nobody may leave it.")
        page.locator("form").first.locator("input[name=again]").first.focus()
        ana.press("ArrowDown")  # yes: the meaning is another
        page.locator("form").first.locator("input[name=reason]").focus()
        page.keyboard.type("it was read too widely")
        ana.press("Enter")
        page.wait_for_selector("#effect")
        found += look(page, "preview")
        assert "3 codings wait" in page.inner_text("#effect")
        assert served.study.framework.version == "1.0.0"
        assert page.evaluate("document.activeElement.textContent") == "Make version 1.0.1"
        ana.press("Enter")
        page.wait_for_selector(".good:has-text('version 1.0.1')")
        page.locator("a.main", has_text="Look again").focus()
        ana.press("Enter")
        page.wait_for_selector("input[name=codes]")
        found += look(page, "again")
        assert page.evaluate("document.activeElement.name") == "codes"
        ana.press("Tab", "Enter")
        page.wait_for_selector(".good:has-text('Kept.')")
        page.goto(served.base + "/codebook/versions")
        found += look(page, "versions")
        assert "it was read too widely" in page.inner_text("main")
        assert found == []
        assert ana.complaints == []


def test_codes_are_merged_by_keyboard_and_none_of_their_codings_is_lost(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = ana.go(f"/codebook/edit/{CODE}")
        page.locator("input[name=with][value='perf.target.central']").focus()
        ana.press("Space")
        page.locator("section[aria-labelledby=h-merge] button").focus()
        ana.press("Enter")
        page.wait_for_selector("#effect:has-text('4 codings become codings of Common curriculum; none is lost')")
        ana.press("Enter")
        page.wait_for_selector(".good")
        assert served.study.evidence().filter(served.study.evidence()["code"] == CODE).height == 4


def test_the_codebook_prints_without_what_is_for_the_screen(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = ana.go("/codebook")
        page.emulate_media(media="print")
        assert page.locator(".edit:visible, #filter:visible, .bar:visible").count() == 0
        assert page.locator(".code:visible").count() > 40
        assert len(page.pdf()) > 20_000


def test_a_key_right_after_enter_answers_before_the_question_is_drawn(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = ana.source("plan")
        page.evaluate("document.activeElement.blur()")
        ana.press("Enter")
        page.keyboard.type("common cur")
        page.locator("[role=option][aria-selected=true]", has_text="Common curriculum").wait_for()
        # Both keys in one task: nothing can be drawn between them.
        page.evaluate(
            """() => {
              const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
              press("Enter");
              press("2");
              press("Enter");
            }"""
        )
        ana.saved()
        mine = served.study.evidence().filter(served.study.evidence()["source"] == "plan").sort("coding_id")
        assert mine["locus"].to_list()[-1] == "school"
        assert page.locator(".palette:visible, .facets:visible").count() == 0
