"""Every room of a study in which nothing is yet: no script stumbles, and every room says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crosscase.services.study import create_study
from tests.browser.test_craft_rooms import look
from tests.browser.workbench_pages import Page
from tests.factories.workbench import running

pytestmark = pytest.mark.browser

ROOMS = [
    "/", "/who", "/check", "/codebook", "/codebook/versions", "/codebook/again", "/search", "/search?q=nothing",
    "/agreement", "/agreement/adjudicate", "/agreement/adjudicate?state=all&readers=all", "/agreement/rounds",
    "/agreement/drift", "/agreement/types", "/compare", "/matrix", "/types", "/configurations", "/disconfirm",
    "/report", "/history", "/settings", "/no-such-room",
]  # fmt: skip


@pytest.mark.parametrize("coder", ["ana", ""])
def test_no_script_stumbles_over_an_empty_study(chromium: Any, tmp_path: Path, coder: str) -> None:
    with (
        create_study(tmp_path / "empty", title="Empty", coders=("ana", "ben")) as study,
        running(study) as served,
        Page(chromium, served, coder) as somebody,
    ):
        refused: list[str] = []
        somebody.page.on(
            "response", lambda told: refused.append(told.url) if told.status >= 400 and "/api/" in told.url else None
        )
        for room in ROOMS:
            page = somebody.go(room)
            page.wait_for_selector("h1")
            page.wait_for_load_state("networkidle")
            page.keyboard.press("?")
            # A page may be refused with a sentence; a script may not stumble.
            found = [said for said in somebody.complaints if not said.startswith("Failed to load resource")]
            assert (found, refused) == ([], []), room


def test_empty_rooms_pass_axe(chromium: Any, tmp_path: Path) -> None:
    with (
        create_study(tmp_path / "empty", title="Empty", coders=("ana", "ben")) as study,
        running(study) as served,
        Page(chromium, served) as ana,
    ):
        for room in ("/", "/agreement/adjudicate", "/agreement/rounds", "/disconfirm", "/history"):
            page = ana.go(room)
            page.wait_for_selector("h1")
            assert look(page, room) == []
