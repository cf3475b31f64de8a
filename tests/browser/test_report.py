"""The report in a real browser: accessible, self-contained, openable down to the quotation, printable."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crosscase.report.content import SIMULATED
from crosscase.report.html import render_html
from tests.conftest import require
from tests.factories.report_content import hostile_report, make_report

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    require("browser", CHROMIUM is not None)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("report")
    pages = {
        "small": render_html(make_report(per_case=25)),
        "big": render_html(make_report(per_case=1500)),
        "hostile": render_html(hostile_report()),
    }
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in pages}


def open_page(browser: Any, file: Path, **options: Any) -> tuple[Any, list[str], list[str]]:
    """A page with what it complained about and what it asked for."""
    page = browser.new_context(**options).new_page()
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(file.as_uri())
    return page, complaints, requests


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 420])
def test_axe_finds_nothing_serious(browser: Any, files: dict[str, Path], scheme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page, _, _ = open_page(
        browser, files["small"], color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    found = Axe().run(page).response["violations"]
    serious = [
        f"{v['id']}: {v['help']} ({v['nodes'][0]['html'][:160]})"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert serious == []
    page.close()


def test_nothing_is_fetched_and_nothing_goes_wrong(browser: Any, files: dict[str, Path]) -> None:
    page, complaints, requests = open_page(browser, files["big"])
    assert complaints == []
    assert [r for r in requests if not r.startswith(("data:", files["big"].as_uri()))] == []
    page.close()


def test_a_number_opens_the_codings_behind_it(browser: Any, files: dict[str, Path]) -> None:
    page, _, _ = open_page(browser, files["big"])
    number = page.locator("table.bars a.n").first
    target = number.get_attribute("href")[1:]
    part = page.locator(f"[id='{target}']")
    assert not part.is_visible()
    number.click()
    assert part.is_visible()
    first = part.locator("li.cd").first
    assert first.locator("q").inner_text().strip()
    assert 0 <= part.bounding_box()["y"] < 300
    page.close()


def test_the_keyboard_reaches_the_answer_and_opens_evidence(browser: Any, files: dict[str, Path]) -> None:
    page, _, _ = open_page(browser, files["big"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#answer"
    page.locator("main summary").first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('main details').open")
    page.close()


@pytest.mark.parametrize("name", ["big", "hostile"])
@pytest.mark.parametrize("width", [1280, 768, 420, 320])
def test_the_page_never_scrolls_sideways(browser: Any, files: dict[str, Path], name: str, width: int) -> None:
    page, _, _ = open_page(browser, files[name], viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_lines_of_text_have_a_readable_length(browser: Any, files: dict[str, Path]) -> None:
    page, _, _ = open_page(browser, files["small"], viewport={"width": 1600, "height": 900})
    longest = page.evaluate(
        """() => {
          const p = document.querySelector('#methods > p');
          const range = document.createRange();
          const text = p.firstChild;
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
    page.close()


def test_hostile_text_runs_nothing_and_stays_in_its_place(browser: Any, files: dict[str, Path]) -> None:
    page, complaints, requests = open_page(browser, files["hostile"])
    assert complaints == []
    assert len(requests) == 1 or all(r.startswith("data:") for r in requests[1:])
    assert page.title().startswith("<script>")
    assert page.locator("script").count() == 0
    # What follows the text that turns the direction still runs from left to right.
    page.goto(files["hostile"].as_uri() + "#c1")
    after = page.evaluate("getComputedStyle(document.querySelector('#c2 q')).direction")
    assert after == "ltr"
    page.close()


def test_every_printed_page_says_that_the_study_is_simulated(
    browser: Any, files: dict[str, Path], tmp_path: Path
) -> None:
    import pypdfium2

    page, _, _ = open_page(browser, files["small"])
    page.pdf(path=str(tmp_path / "report.pdf"), prefer_css_page_size=True)
    page.close()
    document = pypdfium2.PdfDocument(tmp_path / "report.pdf")
    texts = [sheet.get_textpage().get_text_bounded() for sheet in document]
    assert len(texts) > 4
    assert [n for n, text in enumerate(texts) if SIMULATED not in " ".join(text.split())] == []


def test_a_large_report_is_on_the_screen_within_a_second(browser: Any, files: dict[str, Path]) -> None:
    page, _, _ = open_page(browser, files["big"])
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
    assert painted < 2000
    page.close()
