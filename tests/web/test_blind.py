"""While a round is blind a coder learns nothing about colleagues' codings: not in the text, counts, search or feed."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from crosscase.frameworks.rewriting import CodeText
from crosscase.model.coding import Passage, ReviewedSpan
from crosscase.services.codebook_changes import Change, draft_change, make_change
from crosscase.services.codebook_edits import waiting_codings
from crosscase.services.codings import record_codings, retire_coding
from crosscase.services.history import history
from crosscase.services.rounds import close_round, open_round
from crosscase.services.sight import sight_of
from crosscase.services.study import Study, create_study
from crosscase.services.suggestions import accept, suggest
from crosscase.store import schema
from crosscase.web.app import make_app
from tests.web.conftest import HOST, Browser, coding, guid_of, hear

CODE = "infra.curr.common"


@pytest.fixture
def bens(ben: Browser, study: Study) -> dict[str, Any]:
    body = coding(study, "plan", "adopted", CODE)
    assert ben.change(**body).status_code == 200
    ben.change(verb="memo", guid=str(uuid4()), coding=body["guid"], text="a private thought")
    ben.change(verb="read", source=body["source"], spans=[[0, 20]])
    return body


def test_the_source_shows_own_codings_only(ana: Browser, ben: Browser, study: Study, bens: dict[str, Any]) -> None:
    address = f"/api/sources/{guid_of(study, 'plan')}/marks"
    seen = ana.client.get(address).json()
    assert (seen["codings"], seen["memos"], seen["coders"], seen["reviewed"]) == ([], {}, [], [])
    assert len(ben.client.get(address).json()["codings"]) == 1


def test_no_count_gives_them_away(ana: Browser, bens: dict[str, Any]) -> None:
    assert "1 coding<" not in ana.get("/codebook").text
    page = ana.get("/").text
    assert "0 codings" in page
    assert "hidden while the round is blind" in page


def test_the_case_cards_tell_nothing_of_colleagues_in_numbers_or_widths(
    ana: Browser, ben: Browser, study: Study
) -> None:
    ana.change(**coding(study, "notes", "pacing guide", CODE))
    before = ana.bare("/")
    card = before.split("<bdi>North</bdi>")[1].split("<details")[0]
    assert card.count("<meter") == 1  # her own
    assert re.search(r"Hidden while the round is blind: <bdi>ben</bdi></p>", card)
    ben.change(verb="read", source=guid_of(study, "plan"), spans=[[0, 20]])
    ben.change(**coding(study, "plan", "adopted", CODE))
    assert ana.bare("/") == before
    ben.form("/agreement/reveal", round="round-1", reason="all have finished")
    assert ana.get("/").text.split("<bdi>North</bdi>")[1].split("<details")[0].count("<meter") == 2


def test_search_does_not_name_their_codes(ana: Browser, ben: Browser, bens: dict[str, Any]) -> None:
    assert "Coded:" not in ana.get("/search?q=adopted").text
    assert "Coded:" in ben.get("/search?q=adopted").text


def test_the_history_does_not_tell(ana: Browser, ben: Browser, bens: dict[str, Any]) -> None:
    assert "coded “" not in ana.get("/history").text
    assert "private thought" not in ana.get("/history").text
    assert "coded “" in ben.get("/history").text
    assert "events, the chain" not in ana.get("/history?verify=1").text  # not even how many there are


@pytest.mark.parametrize("path", ["/compare", "/types", "/report", "/compare/north/infra/all"])
def test_rooms_over_all_codings_are_closed(ana: Browser, bens: dict[str, Any], path: str) -> None:
    text = ana.get(path).text
    assert "not while you code blind" in text
    assert ana.get("/report/page").status_code == 404


def test_the_feed_is_silent_about_them(ana: Browser, ben: Browser, study: Study) -> None:
    with ana.live() as feed:
        feed.send_json({"cursor": "", "source": ""})
        assert feed.receive_json()["events"] == []
        ben.change(**coding(study, "plan", "adopted", CODE))
        ana.change(**coding(study, "plan", "training days", CODE))
        events = hear(feed, "coding.made")
        assert [e["actor"] for e in events] == ["ana"]


def test_machines_suggestions_are_hidden_until_the_round_is_revealed(ana: Browser, ben: Browser, study: Study) -> None:
    ana.change(**coding(study, "plan", "training days", CODE))
    suggest(study)
    row = study.evidence("suggestion").row(0, named=True)
    number, guid = row["coding_id"], suggestion_guid(study, row["coding_id"])
    marks = f"/api/sources/{guid_of(study, row['source'])}/marks"
    rooms = ("/", f"/sources/{guid_of(study, row['source'])}", "/settings", "/check", "/codebook")
    before = [ana.bare(room) for room in rooms]
    accept(study.acting_as("ben"), number, "ben", "round-1")
    record_codings(study, [], [ReviewedSpan(Passage("plan", 0, 20), "ben", "round-1")])
    assert [ana.bare(room) for room in rooms] == before
    assert ana.client.get(marks).json()["suggestions"] is None
    assert "Suggested</th>" not in before[0]
    assert "suggestions are hidden" in before[2]
    for body in ({"verb": "accept", "guid": str(uuid4())}, {"verb": "reject"}, {"verb": "reopen"}):
        answer = ana.change(suggestion=guid, **body)
        assert (answer.status_code, "hidden while a round is blind" in answer.text) == (409, True)
    ben.form("/agreement/reveal", round="round-1", reason="all have finished")
    assert "Suggested</th>" in ana.get("/").text
    open_ones = ana.client.get(marks).json()["suggestions"]
    assert open_ones is not None
    assert guid not in {s["guid"] for s in open_ones}


def test_undoing_suggestions_does_not_tell_how_many_colleagues_answered(ana: Browser, study: Study) -> None:
    ana.change(**coding(study, "plan", "training days", CODE))
    suggest(study)

    def told() -> str:
        link = re.search(r'href="(/history/undo\?event=[^"]+)" aria-label="Undo: asked', ana.get("/history").text)
        assert link
        return re.sub('name="event" value="[^"]+"', "", ana.bare(unescape(link[1])))

    before = told()
    assert "Take the open suggestions away" in before
    accept(study.acting_as("ben"), study.evidence("suggestion")["coding_id"][0], "ben", "round-1")
    assert told() == before


def test_the_first_round_is_blind_before_it_begins(ana: Browser, study: Study) -> None:
    suggest(study)
    assert "Suggested</th>" not in ana.get("/").text
    open_round(study, "together", blind=False)
    assert "Suggested</th>" in ana.get("/").text


def suggestion_guid(study: Study, number: int) -> str:
    with study.reading() as connection:
        found: str = connection.execute(
            sa.select(schema.suggestion.c.guid).where(schema.suggestion.c.id == number)
        ).scalar_one()
    return found


def test_looking_is_possible_and_the_history_says_so(ana: Browser, study: Study, bens: dict[str, Any]) -> None:
    assert ana.form("/blind", round="round-1", back="/compare").headers["location"] == "/compare"
    assert [(e.actor, e.verb) for e in history(study)][-1] == ("ana", "blind.broken")
    assert len(ana.client.get(f"/api/sources/{guid_of(study, 'plan')}/marks").json()["codings"]) == 1
    assert "coded “" in ana.get("/history").text


def test_the_end_of_the_round_opens_it_for_everybody(
    ana: Browser, ben: Browser, study: Study, bens: dict[str, Any]
) -> None:
    ben.form("/agreement/reveal", round="round-1", reason="all have finished")
    assert len(ana.client.get(f"/api/sources/{guid_of(study, 'plan')}/marks").json()["codings"]) == 1
    with ana.live() as feed:
        feed.send_json({"cursor": "", "source": guid_of(study, "plan")})
        feed.receive_json()
        ben.change(**coding(study, "plan", "training days", CODE))
        event = hear(feed, "coding.made")[0]
        assert (event["actor"], event["coding"]["code"]) == ("ben", CODE)


@pytest.mark.parametrize("room", ["/compare", "/types", "/disconfirm", "/agreement", "/agreement/rounds"])
def test_ending_the_blindness_asks_for_a_reason_and_says_who_is_not_done(
    ana: Browser, ben: Browser, study: Study, bens: dict[str, Any], room: str
) -> None:
    told = unescape(re.sub(r"<[^>]+>", "", ana.get(room).text))
    assert "Not everybody has finished round-1: ana has 3 sources of 3 left to read; ben has something left" in told
    assert re.search(r'action="/agreement/reveal".*?name="reason" required', ana.get(room).text, re.S)
    before = study.head()
    assert ana.form("/agreement/reveal", round="round-1", reason=" ", back=room).status_code == 400
    assert study.head() == before


def test_nobody_reveals_a_round_beside_that_form(ana: Browser, study: Study, bens: dict[str, Any]) -> None:
    ana.form("/blind", round="round-1", everybody="yes", back="/")
    assert [e.verb for e in history(study)].count("round.revealed") == 0


def test_who_looks_around_sees_no_blind_round_either(guest: Browser, study: Study, bens: dict[str, Any]) -> None:
    assert guest.client.get(f"/api/sources/{guid_of(study, 'plan')}/marks").json()["codings"] == []
    assert "not while you code blind" in guest.get("/compare").text
    assert guest.form("/blind", round="round-1", back="/").status_code == 403


def test_a_way_back_never_leads_elsewhere(ana: Browser, bens: dict[str, Any]) -> None:
    assert ana.form("/blind", round="round-1", back="//evil.example").headers["location"] == "/"


def test_the_closed_rooms_do_not_tell_whether_colleagues_have_begun(ana: Browser, ben: Browser, study: Study) -> None:
    ana.change(**coding(study, "plan", "training days", CODE))
    before = ana.bare("/compare")
    ben.change(**coding(study, "plan", "adopted", CODE))
    assert ana.bare("/compare") == before


def test_who_codes_alone_has_nobody_to_hide_from(tmp_path: Path) -> None:
    with create_study(tmp_path / "alone", title="Alone", cases={"north": "North"}, coders=("ana",)) as study:
        alone = Browser(make_app(study, b"s" * 32, (HOST,)), "ana")
        assert "not while you code blind" not in alone.get("/compare").text


@pytest.fixture
def second(ana: Browser, ben: Browser, study: Study) -> str:
    """Both coded a source in a first round, which is open now; a second blind round codes it anew."""
    ana.change(**coding(study, "plan", "training days", "infra.curr.local"))
    ana.change(**coding(study, "notes", "pacing guide", CODE))
    mine = coding(study, "plan", "adopted", CODE)
    ben.change(**mine)
    ben.change(verb="memo", guid=str(uuid4()), coding=mine["guid"], text="a private thought")
    ben.change(**coding(study, "notes", "Nobody asks", CODE))
    ben.form("/agreement/reveal", round="round-1", reason="all have finished")
    assert len(ana.client.get(f"/api/sources/{guid_of(study, 'plan')}/marks").json()["codings"]) == 2
    open_round(study, "round-2", sources=["plan"])
    return guid_of(study, "plan")


def test_who_codes_a_source_anew_sees_nothing_of_the_earlier_round(
    ana: Browser, ben: Browser, study: Study, second: str
) -> None:
    seen = ana.client.get(f"/api/sources/{second}/marks").json()
    assert (seen["codings"], seen["memos"]) == ([], {})  # neither ben's codings nor ana's own
    page = ana.get(f"/sources/{second}").text
    assert "you see only what you code in round-2" in page
    assert "Codings of earlier rounds are hidden, your own too." in page
    ana.change(**coding(study, "plan", "own training", CODE))
    ben.change(**coding(study, "plan", "All schools", CODE))
    seen = ana.client.get(f"/api/sources/{second}/marks").json()
    assert (len(seen["codings"]), seen["coders"]) == (1, ["ana"])


def test_her_own_codings_of_sources_that_are_not_coded_anew_stay_in_sight(
    ana: Browser, study: Study, second: str
) -> None:
    seen = ana.client.get(f"/api/sources/{guid_of(study, 'notes')}/marks").json()
    assert (len(seen["codings"]), seen["coders"]) == (1, ["ana"])
    assert "you see your own codings only" in ana.get(f"/sources/{guid_of(study, 'notes')}").text


def test_what_waits_for_a_second_look_stays_hidden_while_its_source_is_coded_anew(
    ana: Browser, study: Study, second: str
) -> None:
    parts = tuple(CodeText(f"infra.curr.part{n}", f"Part {n}", "It is.") for n in (1, 2))
    with study.reading() as connection:
        sight = sight_of(connection, "ben")
    draft = draft_change(study, sight, Change("split", ("infra.curr.local",), parts))
    make_change(study, draft, draft.basis)
    page = ana.get("/codebook/again").text
    assert "training days" not in page and "1 coding of yours waits until you have finished the blind round" in page
    number, edit = waiting_codings(study, "ana").select("coding_id", "edit").row(0)
    assert ana.form("/codebook/again", edit=str(edit), coding=str(number), codes=parts[0].id).status_code == 404
    close_round(study, "round-2", "coding is done")
    assert "training days" in ana.get("/codebook/again").text


@pytest.mark.parametrize("path", ["/compare", "/matrix", "/together", "/saturation", "/types", "/report"])
def test_rooms_over_all_codings_are_closed_in_the_second_round_too(ana: Browser, second: str, path: str) -> None:
    assert "not while you code blind" in ana.get(path).text


def test_neither_search_nor_history_nor_agreement_tell_of_the_earlier_round(
    ana: Browser, study: Study, second: str
) -> None:
    assert "Coded:" not in ana.get("/search?q=adopted").text
    assert "Coded:" not in ana.get("/search?q=training").text
    history_page = ana.get("/history").text
    assert "private thought" not in history_page
    assert "“adopted”" not in history_page and "training days" not in history_page
    for path in ("/agreement", "/agreement/adjudicate"):
        page = ana.get(path).text
        assert "adopted" not in page and "training days" not in page, path
    assert "1 coding<" in ana.get("/codebook").text  # her own in the notes, which are not coded anew


def test_choosing_the_earlier_round_shows_no_colleague_either(ana: Browser, study: Study, second: str) -> None:
    ana.form("/round", round="round-1", back="/")
    seen = ana.client.get(f"/api/sources/{second}/marks").json()
    assert (len(seen["codings"]), seen["coders"]) == (1, ["ana"])  # her own of that round, which she chose to see


def test_who_does_not_take_part_and_who_has_finished_see_what_is_open(
    ana: Browser, ben: Browser, study: Study, second: str
) -> None:
    close_round(study, "round-2", "all is read")
    assert len(ana.client.get(f"/api/sources/{second}/marks").json()["codings"]) == 2
    open_round(study, "round-3", sources=["plan"], coders=["ana"])
    assert ana.client.get(f"/api/sources/{second}/marks").json()["codings"] == []
    assert len(ben.client.get(f"/api/sources/{second}/marks").json()["codings"]) == 2


def test_the_feed_is_silent_about_the_earlier_round(ana: Browser, ben: Browser, study: Study, second: str) -> None:
    made = next(c for c in study.evidence().to_dicts() if c["coder"] == "ben" and c["source"] == "plan")
    with ana.live() as feed:
        feed.send_json({"cursor": "", "source": second})
        feed.receive_json()
        retire_coding(study, made["coding_id"], "wrong")
        ana.change(**coding(study, "plan", "own training", CODE))
        feed.send_text("ping")
        assert [e["actor"] for e in hear(feed, "coding.made")] == ["ana"]


def test_a_coder_alone_who_codes_anew_has_herself_to_hide_from(tmp_path: Path) -> None:
    with create_study(tmp_path / "alone", title="Alone", cases={"north": "North"}, coders=("ana",)) as study:
        for name in ("round-1", "round-2"):
            open_round(study, name)
        alone = Browser(make_app(study, b"s" * 32, (HOST,)), "ana")
        assert "not while you code blind" in alone.get("/compare").text
