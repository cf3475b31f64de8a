"""The report's section “Configurations” in a real browser: accessible, narrow screens, hostile names, pictures drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from crosscase.analysis.qca.diagnostics import calibration_curve
from crosscase.analysis.qca.uncertainty import draw_memberships
from crosscase.report.html import render_html
from crosscase.services.configurations import configure
from crosscase.services.memberships import Plan, Sets
from crosscase.services.reporting.configurations import configurations
from crosscase.services.reporting.names import Names
from tests.factories.report_content import make_report
from tests.factories.studies import make_study

pytestmark = pytest.mark.browser
NASTY = "<script>window.hit = 1</script> & \u202egnp\u202c"
CONDITIONS = ("DEV", "URB", "LIT", "IND", "STB")


@pytest.fixture(scope="module")
def file(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lipset's democracies with a calibrated condition, an estimated one, and names that attack."""
    frame = pl.read_csv(shared / "data" / "qca" / "T04_LF.csv").with_columns(
        pl.col("case").replace({"AU": NASTY, "IT": "مدرسة الأطلس"})
    )
    raw = (frame["DEV"] * 900 + 200).to_list()
    curve = calibration_curve(raw, (300, 600, 1000), cases=frame["case"].to_list())
    frame = frame.with_columns(DEV=pl.Series(curve.membership))
    x = frame["STB"].to_numpy()
    drawn = draw_memberships(np.clip(x - 0.1, 0, 1), np.clip(x + 0.1, 0, 1), draws=100)
    sets = Sets(frame, {"DEV": "a table"}, {"STB": drawn}, curves={"DEV": curve})
    found = configure(sets, Plan("SURV", CONDITIONS, (0.8, 0.7), dir_exp=CONDITIONS))
    with make_study(tmp_path_factory.mktemp("names")) as study:
        names = Names(study.framework, study.settings, tuple(frame["case"]))
    shown = configurations(found, names, 0.9, linked=False)
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_html(replace(make_report(per_case=5), configurations=shown)), encoding="utf-8")
    return path


@pytest.fixture
def opened(chromium: Any, file: Path) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{file.as_uri()}#configurations")
    yield page
    context.close()


def test_axe_finds_nothing_serious_in_light_and_dark_wide_and_narrow(opened: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    unfit: dict[str, list[str]] = {}
    for width in (1280, 420):
        opened.set_viewport_size({"width": width, "height": 900})
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in ("light", "dark"):
            opened.emulate_media(color_scheme=scheme)
            found = Axe().run(opened, context="#configurations").response["violations"]
            if problems := [f"{v['id']}: {v['help']}" for v in found if v["impact"] in ("serious", "critical")]:
                unfit[f"{width} {scheme}"] = problems
    assert unfit == {}


def test_every_picture_is_drawn_named_and_reached_by_keyboard(opened: Any) -> None:
    pictures = opened.locator("#configurations svg.setfig")
    assert pictures.count() == 5  # truth table, combinations, XY plot, ranges, calibration
    for i in range(pictures.count()):
        picture = pictures.nth(i)
        box = picture.bounding_box()
        assert box["width"] > 200 and box["height"] > 60
        assert len(picture.get_attribute("aria-label")) > 20
        assert picture.evaluate("p => p.closest('.scroll').tabIndex") == 0
    # A point that speaks against the solution has another colour than the others, and its case in its title.
    colours = opened.evaluate(
        "[...document.querySelectorAll('#configurations .xy .pt')].map((c) => getComputedStyle(c).fill)"
    )
    assert "rgb(0, 0, 0)" not in colours  # the style of the page reaches into the picture


def test_names_of_cases_run_nothing(opened: Any) -> None:
    assert opened.evaluate("window.hit") is None
    assert opened.locator("#configurations script").count() == 0
    assert NASTY in opened.locator("#configurations").inner_text()


def test_every_table_has_a_caption_and_the_shares_of_draws(opened: Any) -> None:
    tables = opened.locator("#configurations table")
    assert tables.count() >= 6
    assert tables.evaluate_all("tables => tables.every((t) => t.caption && t.caption.textContent.trim())")
    assert "Share with OUT = 1" in opened.locator("#configurations").inner_text()
