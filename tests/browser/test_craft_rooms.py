"""What is changed and written in the rooms, by keyboard alone, in light and dark, at every width."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from crosscase.model.coding import Passage, ReviewedSpan
from crosscase.services.analyses import analyse
from crosscase.services.codebook_changes import Change, draft_change, make_change
from crosscase.services.codings import record_codings
from crosscase.services.reporting.fill import fill_report
from crosscase.services.sight import sight_of
from crosscase.services.summaries import summaries, write_summary
from tests.browser.test_rooms import serious
from tests.browser.workbench_pages import HOSTILE, Page, open_all, workbench
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
        [ReviewedSpan(Passage("interview-p01", 0, len(study.text("interview-p01"))), coder, "first") for coder in ("ana", "ben")],
    )  # fmt: skip
    open_all(study, "first")
    return study


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Running]:
    with filled(tmp_path) as study, running(study) as made:
        yield made


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The same with its results, which are computed once; tests with it change nothing in the study."""
    with filled(tmp_path_factory.mktemp("computed")) as study, running(study) as made:
        made.app.state.desk.refresh()
        desk = made.app.state.desk.analyses
        desk.preset(desk.key(), fill_report(study, analyse(made.app.state.desk.study)))
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
        page.locator("a", has_text="Back to the forms").focus()
        ana.press("Enter")  # everything that was filled in is there, and can be sent again
        assert "nobody may leave it" in page.locator("form").first.locator("textarea[name=definition]").input_value()
        assert page.locator("form").first.locator("input[name=reason]").input_value() == "it was read too widely"
        assert page.evaluate("document.activeElement.closest('form') === document.querySelector('main form')")
        page.locator("form").first.locator("input[name=reason]").press("Enter")
        page.wait_for_selector("#effect")
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


def test_a_filter_is_chosen_by_keyboard_and_the_back_button_takes_it_away(chromium: Any, computed: Running) -> None:
    with Page(chromium, computed, bypass_csp=True) as ana:
        page = ana.go("/compare")
        page.wait_for_selector("table.work", timeout=120_000)
        page.locator("select[name=coder]").focus()
        page.keyboard.type("ben")
        ana.press("Tab", "Enter")
        page.wait_for_url("**/compare?*coder=ben*")
        page.locator("[role=status]", has_text="2 of 5 codings").wait_for()
        assert look(page, "filtered") == []
        page.locator(".open").first.focus()
        ana.press("Enter")
        page.wait_for_selector(".quotes li")
        assert page.locator(".quotes .by", has_text="coded by ana").count() == 0
        assert look(page, "quotes of a cell") == []
        page.go_back()
        page.wait_for_selector("text=2 of 5 codings")
        page.locator(".tabs a", has_text="Framework matrix").focus()
        ana.press("Enter")
        page.wait_for_selector("table.matrix")
        page.wait_for_selector("text=2 of 5 codings")
        assert page.input_value("select[name=coder]") == "ben"
        assert look(page, "filtered matrix") == []
        page.go_back()
        page.wait_for_selector("table.work")
        page.go_back()
        page.wait_for_selector("table.work")
        assert page.locator("text=2 of 5 codings").count() == 0
        assert ana.complaints == []


def test_a_cell_of_the_matrix_is_written_with_a_quote_and_undone_by_keyboard(chromium: Any, served: Running) -> None:
    hostile = "<img src=x onerror=alert(1)> \u202e “the office” decides مرحبا"
    with Page(chromium, served, bypass_csp=True) as ana, Page(chromium, served, "ben") as ben:
        theirs = ben.go("/matrix")
        theirs.wait_for_selector("html[data-ready]", state="attached")
        page = ana.go("/matrix")
        page.wait_for_selector("html[data-ready]", state="attached")
        found = look(page, "matrix")
        page.locator("[data-r='0'][data-c='0']").focus()
        ana.press("ArrowDown", "ArrowRight", "ArrowLeft", "Enter")
        page.wait_for_selector("#words")
        page.wait_for_selector("html[data-ready]", state="attached")
        page.focus("#words")
        page.keyboard.type(hostile)
        page.locator("input[name=quote]").first.focus()
        ana.press("Space")
        found += look(page, "cell")
        ana.press("Control+Enter")
        ana.said("Summary kept")
        ana.saved()
        (standing,) = summaries(served.study)
        assert (standing.row, standing.case, standing.text, len(standing.quotes)) == ("infra", "north", hostile, 1)
        # A colleague's matrix shows it without being asked to.
        theirs.locator("[data-r='1'][data-c='0'] .words", has_text="onerror").wait_for()
        page.focus("#words")
        ana.press("End")
        page.keyboard.type(", mostly")
        ana.press("Control+Enter")
        ana.said("Summary changed")
        ana.saved()
        page.focus("input[name=quote] >> nth=0")
        ana.press("Control+z")
        ana.said("Undone: Summary changed")
        ana.saved()
        assert summaries(served.study)[0].text == hostile
        ana.press("Control+z")
        ana.said("Undone: Summary kept")
        ana.saved()
        assert summaries(served.study) == []
        assert found == []
        assert ana.complaints + ben.complaints == []


def test_words_that_were_not_kept_come_back_and_nobody_writes_over_a_colleague(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = ana.go("/matrix/cell?row=infra&case=north")
        page.wait_for_selector("html[data-ready]", state="attached")
        page.focus("#words")
        page.keyboard.type("Not yet finished")
        page.reload()
        page.wait_for_selector("html[data-ready]", state="attached")
        assert page.input_value("#words") == "Not yet finished"
        write_summary(served.study.acting_as("ben"), "infra", "north", "Ben was here.")
        page.locator("#problem", has_text="changed this cell").wait_for()
        ana.press("Control+Enter")
        page.locator("#problem", has_text="Not saved: ben has changed this cell").wait_for()
        assert [s.text for s in summaries(served.study)] == ["Ben was here."]


def test_codes_together_and_saturation_open_to_their_places(chromium: Any, served: Running) -> None:
    with Page(chromium, served, bypass_csp=True) as ana:
        page = ana.go("/together")
        found = look(page, "together")
        page.locator(".pairs a").first.focus()
        ana.press("Enter")
        page.wait_for_selector(".quotes li")
        page.locator(".quotes .by a").first.focus()
        ana.press("Enter")
        page.wait_for_selector("html[data-ready]", state="attached")
        page = ana.go("/saturation")
        found += look(page, "saturation")
        assert found == []


def test_results_are_coded_where_they_stand_by_keyboard_and_undone(chromium: Any, served: Running) -> None:
    with Page(chromium, served, bypass_csp=True) as ana:
        page = ana.go("/search")
        page.keyboard.type("door")
        ana.press("Enter")
        page.wait_for_url("**/search?q=door*")
        page.wait_for_selector("html[data-ready]", state="attached")
        found = look(page, "results")
        page.focus("input[name=q]")
        ana.press("ArrowDown")
        ana.said("1 of 1")
        ana.press("f")
        page.keyboard.type("ree adapt")
        page.locator("[role=option][aria-selected=true]", has_text="Free adaptation").wait_for()
        ana.press("Enter")
        page.wait_for_selector(".found .facets:not([hidden])")
        found += look(page, "answering")
        ana.press("2")  # locus: school
        ana.press("Enter")
        ana.saved()
        page.locator(".codes .mine", has_text="Free adaptation, School").wait_for()
        row = served.study.evidence().sort("coding_id").row(-1, named=True)
        words = "Then I close my door — 😀 — and teach what my children need."
        assert (row["text"], row["code"], row["coder"], row["locus"]) == (words, "use.adapt.free", "ana", "school")
        ana.press("u", "u")
        ana.saved()
        assert served.study.evidence().height == 5
        assert page.locator(".codes .mine").count() == 0
        ana.press("t", "1")
        ana.said("Coded Free adaptation")
        ana.press("Escape")
        ana.saved()
        row = served.study.evidence().sort("coding_id").row(-1, named=True)
        assert row["text"].startswith("Then I close") and row["text"].endswith("need.")
        ana.press("k")  # before the first result are the words
        assert page.evaluate("document.activeElement.name") == "q"
        assert found == []
        assert ana.complaints == []


def test_a_result_in_other_scripts_is_coded_at_its_place(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path, {"hostile": HOSTILE}) as other, Page(chromium, other) as ana:
        page = ana.go("/search?q=school end")
        page.wait_for_selector("html[data-ready]", state="attached")
        page.focus("input[name=q]")
        ana.press("ArrowDown", "t", "Enter")
        page.keyboard.type("common cur")
        ana.press("Enter", "Escape")
        ana.saved()
        text = other.study.evidence()["text"][0]
        assert text.startswith("👩‍👩‍👧‍👦 family 🏫 school")
        assert text.endswith("𝔘𝔫𝔦𝔠𝔬𝔡𝔢 end.")
        assert ana.complaints == []


def test_sections_are_chosen_by_keyboard_the_preview_follows_and_files_are_saved(
    chromium: Any, computed: Running
) -> None:
    with Page(chromium, computed, bypass_csp=True) as ana:
        page = ana.go("/report")
        page.wait_for_selector("iframe", timeout=120_000)
        frame = page.frame_locator("iframe")
        frame.locator("#evidence").wait_for(state="attached")
        found = look(page, "report")
        for name in ("evidence", "matrix"):
            page.locator(f"input[value={name}]").focus()
            ana.press("Space")
        ana.said("is left out")
        frame.locator(".left-out", has_text="Across cases, Evidence appendix").wait_for()
        assert frame.locator("#evidence, #matrix").count() == 0
        assert "sections=answer" in page.url
        with page.expect_download() as saving:
            page.locator("a", has_text="Word file").focus()
            ana.press("Enter")
        text = "\n".join(p.text for p in Document(saving.value.path()).paragraphs)
        assert "Sections left out of this file: Across cases" in text
        with page.expect_download() as saving:
            page.locator("a", has_text="Data tables").focus()
            ana.press("Enter")
        assert zipfile.ZipFile(saving.value.path()).testzip() is None
        page.go_back()
        frame.locator("#matrix").wait_for(state="attached")
        assert page.is_checked("input[value=matrix]")
        assert not page.is_checked("input[value=evidence]")
        assert found == []
        assert ana.complaints == []


def test_robustness_is_computed_when_asked_and_opens_to_its_codings(chromium: Any, computed: Running) -> None:
    with Page(chromium, computed, bypass_csp=True) as ana:
        page = ana.go("/types")
        page.wait_for_selector(".verdict", timeout=120_000)
        assert page.locator("#robustness table").count() == 0
        page.locator("#robustness button").focus()
        ana.press("Enter")
        page.wait_for_selector("#robustness table", state="attached", timeout=120_000)
        assert look(page, "robustness") == []
        page.evaluate("for (const d of document.querySelectorAll('#robustness details')) d.open = true")
        link = page.locator("#robustness td a").first
        n = int(link.inner_text().replace(",", ""))
        link.focus()
        ana.press("Enter")
        page.wait_for_selector(".quotes li")
        assert page.locator(".quotes li").count() == n
        ana.go("/report")
        report = page.frame_locator("iframe")
        report.locator("#robustness h2").wait_for(state="attached")
        page.locator("button", has_text="Types by each coder’s own codings").focus()
        ana.press("Enter")
        report.locator(".types-by-coder").wait_for(state="attached", timeout=120_000)  # the page comes by itself
        assert report.locator("#robustness h2").count() == 1
        assert page.locator(".sheet button", has_text="Types by each coder").count() == 0


def test_the_history_is_filtered_and_undone_by_keyboard(chromium: Any, served: Running) -> None:
    write_summary(served.study.acting_as("ana"), "infra", "north", "The office decides. <b>\u202e")
    with Page(chromium, served, bypass_csp=True) as ana:
        page = ana.go("/history")
        found = look(page, "history")
        page.locator("select[name=kind]").focus()
        page.keyboard.type("summ")
        page.locator(".filters button").focus()
        ana.press("Enter")
        page.wait_for_url("**kind=summaries**")
        assert page.locator(".events li").count() == 1
        page.locator(".events a.button", has_text="Undo").focus()
        ana.press("Enter")
        page.wait_for_selector("#consequences")
        found += look(page, "undo")
        assert "The cell is empty then" in page.inner_text("#consequences")
        assert page.evaluate("document.activeElement.textContent") == "Withdraw the summary"
        ana.press("Enter")
        page.wait_for_selector(".good:has-text('Undone.')")
        assert summaries(served.study) == []
        page.locator(".events a", has_text="wrote the summary").first.focus()
        ana.press("Enter")
        page.wait_for_selector("#words")
        page.go_back()
        page.wait_for_selector(".events li")
        assert found == []
        assert ana.complaints == []


def test_a_coding_that_the_study_refuses_is_said_and_not_shown(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = ana.go("/search?q=door")
        page.wait_for_selector("html[data-ready]", state="attached")
        page.focus("input[name=q]")
        ana.press("ArrowDown", "Enter")
        page.keyboard.type("common cur")
        # The code goes while the palette is open.
        with served.study.reading() as connection:
            sight = sight_of(connection, "ben")
        ben = served.study.acting_as("ben")
        draft = draft_change(ben, sight, Change("drop", (CODE,), ()))
        make_change(ben, draft, ben.framework.digest)
        ana.press("Enter")
        page.locator("#problem", has_text="Not saved").wait_for()
        assert page.locator(".codes .mine").count() == 0
