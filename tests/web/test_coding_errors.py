"""After “coding error” the codings are mended: an own one is taken out, a colleague is left a note and finds it."""

from __future__ import annotations

from html import unescape
from typing import Any
from uuid import uuid4

import pytest

from crosscase.services.disconfirming import candidates
from crosscase.services.history import history
from crosscase.services.notes import memos
from crosscase.services.rounds import reveal_round
from crosscase.services.study import Study
from tests.factories.studies import search_against_common
from tests.web.conftest import Browser
from tests.web.test_history_room import undo


@pytest.fixture
def searched(study: Study) -> Study:
    search_against_common(study)
    reveal_round(study, "first", "coding is done")
    return study


def behind(browser: Browser, study: Study, coder: str) -> tuple[Any, dict[str, Any]]:
    """A candidate that rests on a coding of this coder, and that coding."""
    for item in candidates(study, "north-COMMON"):
        found = browser.client.get(f"/api/candidates/codings?ids={item.id}").json()["codings"]
        for coding in found:
            if coding["coder"] == coder:
                return item, coding
    raise AssertionError(f"no candidate rests on a coding of {coder}")


def test_an_own_coding_is_offered_to_be_taken_out(ana: Browser, searched: Study) -> None:
    item, coding = behind(ana, searched, "ana")
    assert coding["own"]
    ana.change(verb="resolve", guid=str(uuid4()), candidate=item.id, disposition="coding error", reason="misread")
    before = searched.evidence().height
    assert ana.change(verb="out", guid=coding["guid"]).status_code == 200
    assert searched.evidence().height == before - 1
    told, done = undo(ana, "decided on a candidate")
    assert done.status_code == 303
    assert "Codings that were taken out because of it stay out" in told
    assert candidates(searched, "north-COMMON")[0].is_open


def test_a_colleagues_coding_gets_a_note_and_stays_as_it_is(ana: Browser, ben: Browser, searched: Study) -> None:
    _, coding = behind(ana, searched, "ben")
    assert not coding["own"]
    before = searched.evidence().rows()
    assert ana.change(verb="out", guid=coding["guid"]).status_code == 403
    note = str(uuid4())
    said = ana.change(verb="error-note", guid=note, coding=coding["guid"], text="Coding error? It says training.")
    assert said.status_code == 200
    assert searched.evidence().rows() == before
    assert history(searched)[-1].detail["about"] == "coding error"
    page = unescape(ben.get("/").text)
    assert "ana left a note on a coding of yours that may be in error: “Coding error? It says training.”" in page
    assert "that may be in error" not in ana.get("/").text
    # It waits until ben has answered: with a memo …
    answer = str(uuid4())
    ben.change(verb="memo", guid=answer, coding=coding["guid"], text="It stays: they choose days, not books.")
    assert "that may be in error" not in ben.get("/").text
    ben.change(verb="unmemo", guid=answer)
    assert "that may be in error" in ben.get("/").text
    # … or by taking it out, or until ana takes her note back.
    ben.change(verb="out", guid=coding["guid"])
    assert "that may be in error" not in ben.get("/").text
    ben.change(verb="back", guid=coding["guid"])
    undo(ana, "wrote a memo: Coding error")
    assert "that may be in error" not in ben.get("/").text
    assert memos(searched, coding["guid"]) == []


def test_a_note_is_for_colleagues_and_not_for_guests(ana: Browser, guest: Browser, searched: Study) -> None:
    _, coding = behind(ana, searched, "ana")
    own = ana.change(verb="error-note", guid=str(uuid4()), coding=coding["guid"], text="mine")
    assert own.status_code == 409
    assert guest.change(verb="error-note", guid=str(uuid4()), coding=coding["guid"], text="x").status_code == 403
    assert guest.client.get("/api/candidates/codings?ids=1").status_code == 403
