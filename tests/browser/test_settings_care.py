"""Backups and machine coders in Settings: by keyboard alone, announced, legible in light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crosscase.services.backups import backups
from crosscase.services.machine_coders import machine_coders
from tests.browser.test_rooms import serious
from tests.browser.workbench_pages import Page, open_all, workbench
from tests.factories.studies import code_differently

pytestmark = pytest.mark.browser


def tab_to(page: Page, name: str) -> None:
    """Press Tab until this stands in focus."""
    for _ in range(80):
        page.press("Tab")
        if page.page.evaluate("document.activeElement.textContent.trim()").startswith(name):
            return
    raise AssertionError(f"{name} cannot be reached by Tab")


def test_backing_up_and_suggesting_by_keyboard(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as page:
        page.page.set_default_timeout(120_000)
        page.go("/settings")
        tab_to(page, "Suggest for all 3 sources")
        page.press("Enter")
        page.said("dictionary went through 3 sources and made")
        assert page.page.evaluate("document.activeElement.id") == "machines", "focus stays at the section"
        (machine,) = machine_coders(served.study)
        assert machine.n_todo == 0
        assert machine.n_suggestions > 0
        tab_to(page, "Back up now")
        page.press("Enter")
        page.said("The backup is made and checked")
        page.page.wait_for_selector("table.backups tbody tr")
        assert page.page.evaluate("document.activeElement.id") == "backups"
        (made,) = backups(served.study.folder)
        tab_to(page, "Save…")
        with page.page.expect_download() as saving:
            page.press("Enter")
        assert Path(saving.value.path()).read_bytes() == made.path.read_bytes()
        assert page.complaints == []
        assert all(url.startswith((served.base, "data:", "blob:")) for url in page.requests)


def test_without_script_the_same_buttons_work(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served, java_script_enabled=False) as page:
        page.page.set_default_timeout(120_000)
        page.go("/settings").click("text=Back up now")
        page.page.wait_for_url("**/settings#backups")
        for _ in range(200):
            if page.page.locator("table.backups tbody tr").count():
                break
            page.page.reload()
        assert len(backups(served.study.folder)) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(chromium: Any, tmp_path: Path, scheme: str) -> None:
    with workbench(tmp_path, suggestions=True) as served:
        code_differently(served.study)
        open_all(served.study, "first")
        with Page(chromium, served, color_scheme=scheme) as page:
            for path in (
                "/settings",
                "/settings/machines/dictionary/dictionary",
                "/settings/machines/dictionary/evaluation",
            ):
                assert serious(page.go(path)) == [], path
        with Page(chromium, served, viewport={"width": 420, "height": 900}) as page:
            page.go("/settings")
            assert page.page.evaluate("document.documentElement.scrollWidth") <= 420
