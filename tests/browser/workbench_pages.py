"""Browsers and pages of a running workbench, with what they complained about and what they asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crosscase.services.rounds import open_round, reveal_round
from crosscase.services.study import Study
from crosscase.services.suggestions import suggest
from tests.factories.studies import make_study
from tests.factories.workbench import Running, running

LONG = "word " * 3000
HOSTILE = (
    "P01: <script>alert(1)</script> & <img src=x onerror=alert(2)> \"quotes\" 'single'.\n"
    "P02: Left \u202etfel ot thgir\u202c and back; مرحبا بكم في المدرسة; שלום.\n"
    "P01: 👩‍👩‍👧‍👦 family 🏫 school e\u0301te\u0301 zero\u200bwidth 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 end.\n"
    f"P02: {LONG}\n"
    f"P01: {'x' * 5000}\n"
)


@contextmanager
def workbench(folder: Path, texts: dict[str, str] | None = None, *, suggestions: bool = False) -> Iterator[Running]:
    """A workbench on a small study; its sources are an interview, notes and a plan unless others are given."""
    with make_study(folder, texts) as study:
        if suggestions:
            suggest(study)
            open_round(study, "round-1", blind=False)  # while a round is blind, suggestions are hidden
        with running(study) as served:
            yield served


class Page:
    """A page with its complaints and requests."""

    def __init__(self, browser: Any, served: Running, coder: str = "ana", **options: Any) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        self.context.add_cookies([served.address_as(coder)])
        self.served = served
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def go(self, path: str) -> Any:
        self.page.goto(self.served.base + path)
        if "/sources/" in path:
            self.page.wait_for_selector("html[data-ready]", state="attached")
        return self.page

    def source(self, name: str, query: str = "") -> Any:
        return self.go(f"/sources/{guid_of(self.served.study, name)}{query}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def saved(self) -> None:
        """Wait until the study has everything."""
        self.page.wait_for_selector("#state:text-is('Saved')")

    def said(self, words: str) -> None:
        """Wait until these words were announced."""
        self.page.locator("#said", has_text=words).wait_for(state="attached")


def guid_of(study: Study, source: str) -> str:
    return dict(study.sources().select("name", "guid").iter_rows())[source]


def open_all(study: Study, round: str = "round-1") -> None:
    reveal_round(study, round, "coding is done")
