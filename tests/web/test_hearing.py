"""What open pages hear is worked out once for all of them, and says what asking for each of them would say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from crosscase.services.activity import happenings, last_event
from crosscase.services.rounds import close_round, open_round, reveal_round
from crosscase.services.sight import sight_of
from crosscase.services.study import Study
from crosscase.web import hearing
from crosscase.web.hearing import Hearing, Staying, as_news
from tests.web.conftest import Browser, coding, guid_of


def asked_directly(study: Study, coder: str, round: str, place: int) -> list[dict[str, Any]]:
    with study.reading() as connection:
        sight = sight_of(connection, coder or None, round)
    return [as_news(study, happening) for happening in happenings(study, sight, since=place)]


def deeds(ana: Browser, ben: Browser, study: Study) -> list[Callable[[], object]]:
    """A day of two coders: coding blind, memos, reading, a reveal, a second blind round, its end."""
    body = coding(study, "plan", "adopted")
    source = guid_of(study, "plan")
    return [
        lambda: ben.change(**body),
        lambda: ben.change(verb="memo", guid=str(uuid4()), coding=body["guid"], text="a private thought"),
        lambda: ana.change(**coding(study, "plan", "Schools choose")),
        lambda: ben.change(verb="read", source=source, spans=[[0, 20]]),
        lambda: reveal_round(study, "round-1", "all have finished"),
        lambda: ben.change(verb="change", guid=body["guid"], facets={"locus": "school"}),
        lambda: open_round(study, "again", sources=["plan"], coders=["ana", "ben"]),
        lambda: ben.change(**coding(study, "plan", "adopted"), round="again"),
        lambda: ana.change(verb="read", source=source, spans=[[0, 9]], round="again"),
        lambda: ben.change(verb="out", guid=body["guid"]),
        lambda: reveal_round(study, "again", "both have finished"),
        lambda: close_round(study, "again", reason="enough"),
        lambda: ben.change(**coding(study, "notes", "director"), round="round-1"),
    ]


@pytest.mark.parametrize("kept", [2_000, 3])
def test_every_page_hears_what_asking_for_it_alone_would_say(
    ana: Browser, ben: Browser, study: Study, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(hearing, "KEPT", kept)
    shared, began = Hearing(study), last_event(study)
    heard: set[int] = set()
    for deed in deeds(ana, ben, study):
        before = last_event(study)
        deed()
        newest = last_event(study)
        assert newest > before
        for coder in ("ana", "ben", ""):
            for round in ("round-1", "again"):
                for place in (before, began):
                    told = shared.since(coder, round, "", place, newest)
                    assert told == asked_directly(study, coder, round, place), (coder, round)
                    heard.add(len(told))
    assert 0 in heard  # something was hidden …
    assert max(heard) > 8  # … and something was not


def test_a_page_hears_of_its_own_source_only(ana: Browser, study: Study) -> None:
    shared, place = Hearing(study), last_event(study)
    ana.change(**coding(study, "plan", "adopted"))
    newest = last_event(study)
    told = shared.since("ana", "round-1", guid_of(study, "notes"), place, newest)
    assert [news for news in told if "coding" in news] == []
    told = shared.since("ana", "round-1", guid_of(study, "plan"), place, newest)
    assert [news["verb"] for news in told if "coding" in news] == ["coding.made"]


def test_a_page_that_missed_much_is_told_to_ask_again(
    ana: Browser, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "MOST", 2)
    shared, place = Hearing(study), last_event(study)
    ana.change(**coding(study, "plan", "adopted"))
    ana.change(**coding(study, "plan", "Schools choose"))
    assert shared.since("ana", "round-1", "", place, last_event(study)) == [{"verb": "much", "refresh": True}]


def test_who_may_hear_no_more_is_found_out_after_any_change_of_rights_and_now_and_then(
    ana: Browser, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    may, asked = [True], []
    shared, place = Hearing(study), last_event(study)
    staying = Staying(shared, lambda: asked.append(1) or may[0])
    monkeypatch.setattr(hearing, "RECHECK", 3600.0)
    assert staying.now()
    ana.change(**coding(study, "plan", "adopted"))
    shared.since("ana", "round-1", "", place, last_event(study))  # the round begins with its first coding
    n = len(asked)
    assert staying.now()
    assert len(asked) == n + 1
    place = last_event(study)
    ana.change(**coding(study, "plan", "Schools choose"))
    shared.since("ana", "round-1", "", place, last_event(study))
    assert staying.now()
    assert len(asked) == n + 1  # a coding changes nobody's rights
    may[0] = False
    open_round(study, "second")
    shared.since("ana", "round-1", "", place, last_event(study))
    assert not staying.now()
    may[0] = True
    assert not staying.now()
    monkeypatch.setattr(hearing, "RECHECK", -1.0)  # as long ago as it takes
    assert staying.now()
