"""Every room by keyboard alone, without a serious finding of axe in light and dark, and without a request elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from crosscase.model.study import KINDS
from crosscase.services.codings import record_codings
from crosscase.services.naming import name_case
from crosscase.services.suggestions import suggest
from tests.browser.workbench_pages import Page, guid_of, open_all
from tests.factories.studies import coding_of, make_study
from tests.factories.workbench import Running, running

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A small study with codings of two coders, suggestions, and results that are computed already."""
    with make_study(tmp_path_factory.mktemp("rooms")) as study:
        settings = study.folder / "study.yaml"
        quick = (
            settings.read_text(encoding="utf-8").replace("draws: 4000", "draws: 500").replace("chains: 4", "chains: 2")
        )
        settings.write_text(quick, encoding="utf-8")
        said = {"mode": "prescribe", "stance": "present", "actuality": "enacted"}
        record_codings(
            study,
            [
                coding_of(study, "interview-p01", "The academic office decides.", "infra.curr.common", "ana", locus="central_office", **said),
                coding_of(study, "interview-p01", "every school has the same ones", "infra.curr.common", "ben", locus="central_office", **said),
                coding_of(study, "interview-p01", "teach what my children need", "use.adapt.free", "ana", locus="school", **said),
                coding_of(study, "plan", "All schools shall use", "infra.curr.common", "ben", locus="central_office", **said),
            ],
        )  # fmt: skip
        open_all(study, "first")
        suggest(study)
        with running(study) as made:
            yield made


def ready(page: Any, selector: str) -> None:
    """Wait until results are computed and shown."""
    page.wait_for_selector(selector, timeout=120_000)


def serious(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{v['id']}: {v['help']} ({v['nodes'][0]['html'][:160]} {v['nodes'][0].get('failureSummary', '')[:200]})"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


ROOMS = {
    "/": "h1",
    "/who": "h1",
    "/check": ".findings",
    "/codebook": ".code",
    "/search?q=school": ".found li",
    "/agreement": "h1",
    "/agreement/adjudicate?readers=all": ".place",
    "/agreement/rounds": "table",
    "/compare": "table.work",
    "/compare/north/infra/all": ".quotes",
    "/types": ".verdict",
    "/configurations": ".choices",
    "/disconfirm": "h1",
    "/report": "iframe",
    "/history": ".events li",
    "/settings": "h1",
    "/nowhere": "h1",
}


@dataclass
class Survey:
    """What was noticed in one walk through all rooms."""

    unfit: dict[str, list[str]] = field(default_factory=dict)
    too_wide: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def survey(chromium: Any, served: Running) -> Survey:
    found = Survey()
    rooms = {**ROOMS, f"/sources/{guid_of(served.study, 'interview-p01')}": ".stripe"}
    with Page(chromium, served, bypass_csp=True) as ana:
        for path, selector in rooms.items():
            page = ana.go(path)
            ready(page, selector)
            # 720 is what a window of 1440 has at a zoom of 200 %.
            for width in (1440, 720, 360):
                page.set_viewport_size({"width": width, "height": 900})
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    found.too_wide.append(f"{path} at {width}")
            page.set_viewport_size({"width": 1440, "height": 900})
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                if problems := serious(page):
                    found.unfit[f"{path} {scheme}"] = problems
        found.requests = ana.requests
    return found


def test_axe_finds_nothing_serious_in_any_room_in_light_and_dark(survey: Survey) -> None:
    assert survey.unfit == {}


def test_no_room_scrolls_sideways_at_any_width(survey: Survey) -> None:
    assert survey.too_wide == []


def test_nothing_is_asked_of_another_host(survey: Survey, served: Running) -> None:
    own = (served.base, served.base.replace("http", "ws"), "data:")
    assert [r for r in survey.requests if not r.startswith(own)] == []
    assert len(survey.requests) > 30


@pytest.mark.parametrize("width", [1440, 700])
def test_axe_finds_nothing_serious_while_coding(chromium: Any, served: Running, width: int) -> None:
    found: dict[str, list[str]] = {}

    def look(what: str) -> None:
        for scheme in ("light", "dark"):
            ana.page.emulate_media(color_scheme=scheme)
            if problems := serious(ana.page):
                found[f"{what} {scheme}"] = problems

    with Page(chromium, served, viewport={"width": width, "height": 900}, bypass_csp=True) as ana:
        page = ana.source("interview-p01")
        page.wait_for_selector(".stripe")
        ana.press("j", "Enter")
        look("choosing")
        page.keyboard.type("common cur")
        ana.press("Enter")
        look("answering")
        ana.press("Enter", "m")
        look("memo")
        ana.press("Escape", "?")
        look("keys")
        ana.press("Escape", "u")
        ana.saved()
    assert found == {}


def test_every_room_is_reached_and_used_by_keyboard(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = ana.go("/")
        ana.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        ana.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        for label in (
            "Codebook",
            "Search",
            "Agreement",
            "Compare",
            "Types",
            "Configurations",
            "Disconfirm",
            "Report",
            "History",
            "Settings",
            "Study",
        ):
            page.locator("nav a", has_text=label).first.focus()
            ana.press("Enter")
            page.wait_for_selector(f"nav a[aria-current]:text-is('{label}')")
        # Search, open a result, and be at its place.
        ana.go("/search")
        assert page.evaluate("document.activeElement.name") == "q"
        page.keyboard.type("academic")
        ana.press("Enter")
        page.wait_for_selector(".found a")
        page.locator(".found a").first.focus()
        ana.press("Enter")
        page.wait_for_selector("html[data-ready]", state="attached")
        assert ana.complaints == []


def test_a_cell_opens_to_its_quotes_and_a_quote_in_its_source(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = ana.go("/compare")
        ready(page, "table.work")
        page.locator(".shares a", has_text="Central office").first.focus()
        ana.press("Enter")
        page.wait_for_selector(".quotes li")
        words = page.locator(".quotes blockquote").first.inner_text()
        page.locator(".quotes .by a").first.focus()
        ana.press("Enter")
        page.wait_for_selector("html[data-ready]", state="attached")
        page.wait_for_timeout(300)
        pointed = page.evaluate(
            "[...CSS.highlights.get('now')].map((r) => r.startContainer.data.slice(r.startOffset, r.endOffset)).join('')"
        )
        assert pointed == words
        page.go_back()
        page.wait_for_selector(".quotes li")


def test_a_verdict_opens_to_evidence_for_and_against(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = ana.go("/types")
        ready(page, ".verdict")
        page.locator("summary").first.focus()
        ana.press("Enter")
        link = page.locator("table.conditions a").first
        n = int(link.inner_text())
        link.focus()
        ana.press("Enter")
        page.wait_for_selector(".quotes")
        assert page.locator(".quotes .coder").count() == n


def test_the_report_is_shown_without_a_script_in_its_frame(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = ana.go("/report")
        ready(page, "iframe")
        frame = page.frame_locator("iframe")
        frame.locator("h1").wait_for()
        assert frame.locator("script").count() == 0
        # Beside the choice of sections, not below it, and no longer announced as on its way.
        beside, choice = page.locator("iframe").bounding_box(), page.locator("#sections").bounding_box()
        assert beside["width"] > 2 * choice["width"] and abs(beside["y"] - choice["y"]) < 20
        page.wait_for_selector("#waiting", state="hidden")
        assert page.get_attribute("iframe", "aria-busy") == "false"
        assert ana.complaints == []


def test_the_report_says_that_it_is_being_written(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        held: list[Any] = []
        page = ana.page
        page.route("**/report/page*", lambda route: held.append(route))
        page.goto(f"{served.base}/report", wait_until="domcontentloaded")
        page.get_by_text("The report is being written").wait_for()
        held[0].continue_()
        page.wait_for_selector("#waiting", state="hidden")
        page.frame_locator("iframe").locator("h1").wait_for()


def test_a_code_is_found_in_the_codebook(chromium: Any, served: Running) -> None:
    with Page(chromium, served) as ana:
        page = ana.go("/codebook")
        page.focus("#filter")
        page.keyboard.type("curriculum common")
        page.locator("#n-shown", has_text="of 46 codes").wait_for()
        assert page.locator(".code:visible", has_text="Common curriculum").count() >= 1
        assert page.locator("#codes .code:visible").count() < 10


def test_files_are_dropped_looked_at_and_added(chromium: Any, tmp_path: Path) -> None:
    from tests.browser.workbench_pages import workbench

    file = tmp_path / "interview-p09-2019-05-02.txt"
    file.write_text("Interviewer: What changed?\nP09: We plan on Tuesdays now.\n", encoding="utf-8")
    bad = tmp_path / "broken.docx"
    bad.write_bytes(b"no zip")
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.go("/")
        page.set_input_files("#choose", [file, bad])
        page.locator(".looked", has_text="Cannot be read").wait_for(timeout=30000)
        assert "2 turns" in page.inner_text(".looked")
        assert page.inner_text(".looked .refused").count("broken.docx") == 1
        kinds, roles = (
            page.locator(f".looked select[name={name}] option").all_inner_texts() for name in ("kind", "role")
        )
        assert kinds == list(KINDS.values())
        assert {"central leader", "teacher leader", "observer"} <= set(roles)
        page.select_option(".looked select[name=case]", "south")
        page.get_by_role("button", name="Add 1 file").click()
        page.locator(".results .added", has_text="interview-p09").wait_for(timeout=30000)
        page.locator("table.sources a", has_text="interview-p09").wait_for(state="attached")
        assert served.study.sources().height == 4
        assert ana.complaints == []


def test_a_date_in_words_is_said_in_its_row_and_nothing_is_added(chromium: Any, tmp_path: Path) -> None:
    from tests.browser.workbench_pages import workbench

    files = [tmp_path / "int1.txt", tmp_path / "int2.txt"]
    for n, file in enumerate(files):
        file.write_text(f"Interviewer: What changed?\nP0{n}: We plan on day {n}.\n", encoding="utf-8")
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.go("/")
        release: list[Any] = []
        page.route("**/api/files/look?name=int2.txt", lambda route: release.append(route))
        page.set_input_files("#choose", files)
        page.locator(".looked li", has_text="2 turns").wait_for(timeout=30000)
        button = page.locator("#add-row button")
        assert (button.inner_text(), button.is_disabled()) == ("Reading 1 more …", True)
        release[0].continue_()
        page.get_by_role("button", name="Add 2 files").wait_for()
        row = page.locator(".looked li", has_text="int1.txt")
        row.locator("select[name=case]").select_option("south")
        row.locator("input[name=date]").fill("12 May 2021")
        page.get_by_role("button", name="Add 2 files").click()
        row.locator(".refused", has_text="Date is '12 May 2021': write it as 2019-04-30").wait_for()
        ana.said("Nothing was added")
        assert served.study.sources().height == 3
        assert row.locator("select[name=case]").input_value() == "south"
        assert row.locator("input[name=date]").evaluate("e => e === document.activeElement")
        page.keyboard.press("Control+A")
        page.keyboard.type("2021-05-12")
        page.get_by_role("button", name="Add 2 files").click()
        page.locator(".results .added", has_text="int1").wait_for(timeout=30000)
        assert served.study.sources().height == 5
        assert page.locator("#add-row button").count() == 0


def test_a_first_run_leads_to_the_first_coding(chromium: Any, tmp_path: Path) -> None:
    from crosscase.services.study import create_study

    file = tmp_path / "talk.txt"
    file.write_text("P09: We plan together on Tuesdays. Nobody told us to.\n", encoding="utf-8")
    with create_study(tmp_path / "new", title="A new study") as study, running(study) as served:
        context = chromium.new_context()
        page = context.new_page()
        page.goto(served.address())
        page.wait_for_url("**/who")
        page.keyboard.press("Tab")
        page.fill("input[name=new]", "dora")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=How to begin")
        page.locator("#findings", has_text="The study has no sources yet").wait_for()
        page.locator(".next a", has_text="Name a case").click()
        steps, form = (page.locator(place).bounding_box() for place in (".next", "#cases form"))
        assert 0 < form["y"] - steps["y"] - steps["height"] < 200  # where the step sends people
        page.fill("#cases input[name=name]", "north")
        page.fill("#cases input[name=label]", "North")
        page.keyboard.press("Enter")
        page.wait_for_selector("h2 bdi:text-is('North')")
        page.locator("#findings", has_text="The study has no sources yet").wait_for()
        assert "no cases" not in page.inner_text("#findings")
        page.set_input_files("#choose", file)
        page.get_by_role("button", name="Add 1 file").click()
        page.locator("#findings", has_text="North has sources of one kind only").wait_for()
        assert "no sources" not in page.inner_text("#findings")
        # A colleague names a case meanwhile.
        name_case(study, "south", "South")
        served.app.state.desk.feed.wake()
        page.locator("#findings", has_text="South has no sources").wait_for()
        page.locator(".next a.main", has_text="Read and code").click()
        page.wait_for_selector("html[data-ready]", state="attached")
        page.keyboard.press("Enter")
        page.keyboard.type("te")
        page.keyboard.press("Enter")
        page.wait_for_selector("#state:text-is('Saved')")
        row = study.evidence().row(0, named=True)
        assert (row["coder"], row["case"]) == ("dora", "north")
        assert row["text"].endswith("We plan together on Tuesdays.")
        context.close()


def test_lines_of_the_text_have_a_readable_length(chromium: Any, tmp_path: Path) -> None:
    from tests.browser.workbench_pages import workbench

    text = "P01: " + "The people in the office wrote a plan for all the schools and then they went home. " * 20
    with workbench(tmp_path, {"long": text}) as served, Page(chromium, served) as ana:
        page = ana.source("long")
        longest = page.evaluate(
            """() => {
              const text = document.querySelector(".said").firstChild;
              const range = document.createRange();
              let top = null, n = 0, longest = 0;
              for (let i = 0; i < text.length; i++) {
                range.setStart(text, i); range.setEnd(text, i + 1);
                const box = range.getClientRects()[0];
                if (!box) continue;
                if (top === null || Math.abs(box.top - top) > 4) { top = box.top; n = 0; }
                longest = Math.max(longest, ++n);
              }
              return longest;
            }"""
        )
        assert 55 <= longest <= 80
