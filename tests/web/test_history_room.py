"""The history is filtered and every single event that can be undone is undone, with its consequences said before."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from crosscase.services.claims import claims
from crosscase.services.codings import retire_coding
from crosscase.services.history import verify_history
from crosscase.services.manifest import Description
from crosscase.services.notes import set_attributes
from crosscase.services.people import add_person
from crosscase.services.rounds import open_round
from crosscase.services.sources import add_sources
from crosscase.services.study import Study
from crosscase.services.suggestions import suggest
from crosscase.services.summaries import summaries
from tests.factories.studies import search_against_common
from tests.web.conftest import Browser, coding, guid_of
from tests.web.test_codebook_room import CODE, NASTY, OTHER, WORDS, coded, make, post
from tests.web.test_compare_rooms import summary

__all__ = ["coded"]


def lines(browser: Browser, query: str = "") -> list[str]:
    text = browser.get(f"/history?{query}").text.partition('<ol class="events"')[2]
    return [unescape(re.sub(r"<[^>]+>", " ", line)) for line in re.findall(r"<li>(.*?)</li>", text, re.DOTALL)]


def undo(browser: Browser, words: str) -> tuple[str, Any]:
    """Open the newest line with these words and undo it; returns the consequences that were said, and the answer."""
    page = browser.get("/history").text
    for line in re.findall(r"<li>(.*?)</li>", page, re.DOTALL):
        if words in unescape(re.sub(r"<[^>]+>", "", line)):
            link = re.search(r'href="(/history/undo\?event=[^"]+)"', line)
            assert link, line
            seen = browser.get(unescape(link[1])).text
            said = re.search(r'<ul id="consequences">(.*?)</ul>', seen, re.DOTALL)
            event = re.search(r'name="event" value="([^"]+)"', seen)
            assert said and event, seen
            told = unescape(re.sub(r"<[^>]+>", " ", said[1]))
            return told, browser.form("/history/undo", event=event[1])
    raise AssertionError(f"no line says {words}: {lines(browser)}")


def test_filters_by_person_kind_and_source(ana: Browser, ben: Browser, coded: Study) -> None:
    ana.change(verb="read", source=guid_of(coded, "notes"), spans=[[0, 20]])
    assert all("ben" in line for line in lines(ana, "actor=ben"))
    assert len(lines(ana, "actor=ben")) >= 1
    assert all("coded" in line for line in lines(ana, "kind=codings"))
    assert len(lines(ana, "kind=codings")) == 3
    notes = lines(ana, f"source={guid_of(coded, 'notes')}")
    assert len(notes) == 2
    assert any("as read" in line for line in notes)
    assert not any("coded" in line for line in lines(ana, "kind=codings&actor=ben&source=" + guid_of(coded, "notes")))
    assert "Nothing fits these filters." in ana.get("/history?kind=nonsense").text


def test_filters_show_nothing_of_colleagues_while_the_round_is_blind(ana: Browser, ben: Browser, study: Study) -> None:
    ben.change(**coding(study, "plan", "adopted", CODE))
    for query in ("actor=ben", "kind=codings", f"source={guid_of(study, 'plan')}"):
        assert not any("coded" in line for line in lines(ana, query)), query
    assert any("coded" in line for line in lines(ben, "kind=codings"))


def test_a_memo_a_read_mark_and_an_answer_are_undone(ana: Browser, study: Study) -> None:
    body = coding(study, "plan", "adopted")
    ana.change(**body)
    ana.change(verb="memo", guid=str(uuid4()), coding=body["guid"], text="why so?")
    told, done = undo(ana, "wrote a memo")
    assert ("stay in the history" in told, done.status_code) == (True, 303)
    ana.change(verb="read", source=body["source"], spans=[[0, 20]])
    told, done = undo(ana, "as read")
    assert ("Agreement counts" in told, done.status_code) == (True, 303)
    ana.form("/agreement/reveal", round="round-1", reason="all have finished")
    suggest(study)
    offered = ana.client.get(f"/api/sources/{guid_of(study, 'interview-p01')}/marks").json()["suggestions"][0]
    ana.change(verb="accept", suggestion=offered["guid"], guid=str(uuid4()), facets=offered["facets"])
    assert study.evidence().height == 2
    told, done = undo(ana, "accepted a suggestion")
    assert ("taken out" in told, done.status_code) == (True, 303)
    assert study.evidence().height == 1
    marks = ana.client.get(f"/api/sources/{body['source']}/marks").json()
    assert (marks["memos"], marks["reviewed"]) == ({}, [])
    assert verify_history(study)


def test_a_summary_is_put_back_and_not_over_what_came_later(ana: Browser, coded: Study) -> None:
    first = summary("infra", "north", "First words.")
    ana.change(**first)
    ana.change(**summary("infra", "north", f"Second {NASTY}", first["guid"]))
    domain = next(d.name for d in coded.framework.domains if d.id == "infra")
    told, done = undo(ana, f"wrote the summary of {domain} × North")
    assert ("First words." in told, done.status_code) == (True, 303)
    assert [s.text for s in summaries(coded)] == ["First words."]
    page = ana.get("/history").text
    events = re.findall(r'href="(/history/undo\?event=[^"]+)"', page)
    assert any(
        "This cannot be undone now" in ana.get(unescape(link)).text for link in events
    )  # what does not stand any more


@pytest.mark.parametrize("kind", ["rename", "merge", "split", "redefine", "drop"])
def test_each_change_of_the_codebook_is_undone_with_its_codings(ana: Browser, coded: Study, kind: str) -> None:
    parts = {
        "1-id": "infra.curr.a",
        "1-name": "A",
        "1-definition": "a",
        "2-id": "infra.curr.b",
        "2-name": "B",
        "2-definition": "b",
    }
    fields: dict[str, Any] = {
        "rename": {"kind": "redefine", "code": CODE, "again": "", **WORDS, "id": "infra.curr.shared"},
        "merge": {
            "kind": "merge",
            "code": CODE,
            "with": OTHER,
            "id": "infra.curr.any",
            "name": "Any",
            "definition": "d",
        },
        "split": {"kind": "split", "code": CODE, **parts},
        "redefine": {"kind": "redefine", "code": CODE, "again": "yes", **WORDS},
        "drop": {"kind": "drop", "code": CODE},
    }[kind]
    before = sorted(coded.evidence().select("coding_id", "code").rows())
    words = coded.framework.indicators
    make(ana, **fields)
    if kind == "split":
        from crosscase.services.codebook_edits import waiting_codings

        edit, number = waiting_codings(coded, "ana").select("edit", "coding_id").row(0)
        post(ana, "/codebook/again", edit=edit, coding=number, codes=["infra.curr.a", "infra.curr.b"])
    told, done = undo(
        ana, {"rename": "renamed", "merge": "merged", "split": "split", "redefine": "anew", "drop": "dropped"}[kind]
    )
    assert "what version 1.0.0 said" in told
    assert done.status_code == 303, done.text
    fresh = coded.acting_as("ana")
    assert sorted(fresh.evidence().select("coding_id", "code").rows()) == before
    assert fresh.framework.version == "1.0.2"
    assert fresh.framework.indicators == words
    assert "undid version 1.0.1" in " ".join(lines(ana))
    assert "Nothing of yours waits" in ana.get("/codebook/again").text
    assert ">Undo…</a>" not in ana.get("/history?kind=codebook").text  # an undoing is not undone
    assert verify_history(coded)


def test_a_code_that_is_in_use_is_not_taken_away_by_undoing(ana: Browser, coded: Study) -> None:
    parts = {
        "1-id": "infra.curr.a",
        "1-name": "A",
        "1-definition": "a",
        "2-id": "infra.curr.b",
        "2-name": "B",
        "2-definition": "b",
    }
    make(ana, kind="split", code=CODE, **parts)
    ana.change(**coding(coded, "notes", "pacing guide", "infra.curr.a"))
    link = re.search(r'href="(/history/undo\?event=[^"]+)"', ana.get("/history?kind=codebook").text)
    assert link
    told = ana.get(unescape(link[1])).text
    assert "1 coding was made since with codes" in told
    assert "<form" not in told.split("<main")[1]  # nothing is offered that can only fail
    assert coded.acting_as("ana").framework.version == "1.0.1"


def test_only_the_newest_version_and_only_own_events_offer_it(
    ana: Browser, ben: Browser, guest: Browser, coded: Study
) -> None:
    assert ">Undo…</a>" not in ana.get("/history?kind=codebook").text
    make(ana, kind="redefine", code=CODE, again="", reason="", **WORDS)
    make(ana, kind="redefine", code=OTHER, again="", reason="", **{**WORDS, "id": OTHER})
    assert ana.get("/history?kind=codebook").text.count(">Undo…</a>") == 2  # the change, and the version that it made
    body = coding(coded, "notes", "pacing guide", CODE)
    ana.change(**body)
    memo = str(uuid4())
    ana.change(verb="memo", guid=memo, coding=body["guid"], text="mine")
    link = re.search(r'href="(/history/undo\?event=[^"]+)"', ana.get("/history?kind=memos").text)
    assert link
    assert ben.get(unescape(link[1])).status_code == 403
    assert guest.get(unescape(link[1])).status_code == 403
    assert ana.get("/history/undo?event=nonsense").status_code == 404
    assert "/history/undo" not in ben.get("/history?kind=memos").text


def test_a_coding_that_was_changed_twice_says_what_is_lost(ana: Browser, study: Study, app: Any) -> None:
    from crosscase.services.activity import happenings
    from crosscase.services.sight import sight_of
    from crosscase.services.undoing import undoing

    body = coding(study, "plan", "adopted", locus="school")
    ana.change(**body)
    ana.change(verb="change", guid=body["guid"], facets={"locus": "joint"})
    ana.change(verb="change", guid=body["guid"], facets={"locus": "central_office"})
    with study.reading() as connection:
        sight = sight_of(connection, "ana")
    first = next(h for h in happenings(study, sight) if h.verb == "coding.changed")
    found = undoing(study.acting_as("ana"), sight, first.id, "ana")
    assert found.consequences[1] == "What was changed after that is lost as well: facets."
    found.perform()
    assert study.evidence()["locus"][0] == "school"


def test_a_coding_that_went_twice_is_brought_back_by_its_newest_line_alone(ana: Browser, study: Study) -> None:
    body = coding(study, "plan", "adopted", CODE)
    ana.change(**body)
    for what in ("undo", "restore", "undo"):
        assert ana.form("/history", guid=body["guid"], what=what).status_code == 303
    page = ana.get("/history").text
    assert page.count(">Bring back</button>") == 1
    told = re.findall(r"<li>(.*?)</li>", page.partition("<ol class=")[2], re.DOTALL)
    assert ">Bring back</button>" in told[0]
    assert sum("took “" in line for line in told) == 2
    assert ana.form("/history", guid=body["guid"], what="restore").status_code == 303
    assert ">Bring back</button>" not in ana.get("/history").text
    assert study.evidence().height == 1


def button(browser: Browser, words: str, query: str = "") -> str:
    """What the newest line with these words offers: undo, why, or nothing."""
    page = browser.get(f"/history?{query}").text.partition('<ol class="events"')[2]
    for line in re.findall(r"<li>(.*?)</li>", page, re.DOTALL):
        if words in unescape(re.sub(r"<[^>]+>", "", line)):
            return "undo" if ">Undo…</a>" in line else "why" if "Why this stays" in line else "nothing"
    raise AssertionError(f"no line says {words}")


def test_the_sources_of_one_import_are_one_line_that_opens_and_is_undone_as_a_whole(ana: Browser, study: Study) -> None:
    page = ana.get("/history?kind=study").text
    assert page.count("added 3 sources</p>") == 1
    assert len(re.findall(r'aria-label="Undo: added the source', page)) == 3
    assert ">Undo all…</a>" in page
    whole = re.search(r'href="(/history/undo\?event=[^"]+whole=1)" aria-label="Undo: added 3 sources"', page)
    assert whole
    seen = ana.get(unescape(whole[1])).text
    assert "Take 3 sources out?" in seen
    event = re.search(r'name="event" value="([^"]+)"', seen)
    assert event
    assert 'name="whole" value="1"' in seen
    assert study.sources().height == 3  # nothing is done by looking
    assert ana.form("/history/undo", event=event[1], whole="1").status_code == 303
    assert study.sources().height == 0
    told, done = undo(ana, "took 3 sources out")
    assert ("same text" in told, done.status_code) == (True, 303)
    assert study.sources().height == 3
    assert verify_history(study)


def test_what_an_import_notes_on_its_sources_stays_in_its_line(ana: Browser, study: Study, tmp_path: Path) -> None:
    items = []
    for number in (1, 2):
        path = tmp_path / f"more-{number}.txt"
        path.write_text(f"Words number {number}.", encoding="utf-8")
        items.append((path, Description(case="north", kind="document", attributes={"site": f"S{number}"})))
    add_sources(study, items)
    page = ana.get("/history?kind=study").text
    assert page.count("added 2 sources</p>") == 1
    assert "noted on a source" not in page
    set_attributes(study, "source", guid_of(study, "more-1"), {"site": "S9"})
    assert "noted on a source: site S9" in ana.get("/history?kind=study").text
    told, done = undo(ana, "noted on a source")
    assert ("site: S1." in told, done.status_code) == (True, 303)


def test_lines_offer_what_can_be_undone_and_say_why_the_others_stay(ana: Browser, guest: Browser, study: Study) -> None:
    suggest(study)
    ana.change(**coding(study, "plan", "adopted", CODE))
    ana.form("/blind", round="round-1", back="/")
    assert button(ana, "made the study") == "why"
    assert button(ana, "looked at colleagues") == "why"
    assert button(ana, "named the case") == "undo"
    assert button(ana, "suggestions") == "undo"
    assert button(guest, "made the study") == "nothing"
    assert button(guest, "named the case") == "nothing"
    page = ana.get("/history").text
    for link in re.findall(r'href="(/history/undo\?event=[^"]+)" aria-label="Why this stays: looked', page):
        answer = ana.get(unescape(link))
        assert "<h1>This cannot be undone</h1>" in answer.text
        assert "hat was seen was seen" in unescape(answer.text)
    for link in re.findall(r'href="(/history/undo\?event=[^"]+)" aria-label="Undo: named the case', page):
        answer = ana.get(unescape(link))
        assert "<h1>This cannot be undone now</h1>" in answer.text
        assert "ake the name out of study.yaml first" in answer.text


def test_a_machines_suggestions_go_from_the_open_page_and_come_back(ana: Browser, study: Study) -> None:
    suggest(study)
    open_round(study, "together", blind=False)
    where = f"/api/sources/{guid_of(study, 'interview-p01')}/marks"
    before = ana.client.get(where).json()["suggestions"]
    told, done = undo(ana, "suggestions")
    assert (done.status_code, "are taken away" in told) == (303, True)
    assert ana.client.get(where).json()["suggestions"] == []
    undo(ana, "suggestions of dictionary away")
    assert ana.client.get(where).json()["suggestions"] == before


def test_what_stands_on_a_source_is_said_with_what_to_do(ana: Browser, study: Study) -> None:
    ana.change(**coding(study, "plan", "adopted", CODE))
    ana.form("/agreement/reveal", round="round-1", reason="all have finished")
    page = ana.get("/history?kind=study").text
    link = re.search(r'href="(/history/undo\?event=[^"]+)" aria-label="Undo: added the source plan"', page)
    assert link
    answer = ana.get(unescape(link[1]))
    assert "1 coding stands on this source." in unescape(answer.text)
    assert "Undo those first in the History room" in unescape(answer.text)


def test_an_import_that_cannot_go_names_the_sources_that_something_stands_on(
    ana: Browser, ben: Browser, study: Study
) -> None:
    ana.change(**coding(study, "plan", "adopted", CODE))
    ana.change(**coding(study, "plan", "adopted", OTHER))

    def refusal(browser: Browser) -> str:
        page = browser.get("/history?kind=study").text
        link = re.search(r'href="(/history/undo\?event=[^"]+whole=1)"', page)
        assert link
        return unescape(re.sub(r"<[^>]+>", "", browser.get(unescape(link[1])).text.partition("<main")[2]))

    told = refusal(ben)  # who codes blind does not learn who coded what where
    assert "added 3 sources: interview-p01, notes, plan" in told
    assert "Codings stand on these sources." in told
    ana.form("/agreement/reveal", round="round-1", reason="all have finished")
    told = refusal(ben)
    assert "2 codings stand on 1 of these 3 sources: plan." in told
    assert "the others can be taken out one by one" in told
    ana.change(**coding(study, "notes", "pacing guide", CODE))
    assert "3 codings stand on 2 of these 3 sources: notes, plan." in refusal(ben)
    ana.change(**coding(study, "interview-p01", "the same ones", CODE))
    assert "4 codings stand on all 3 of these sources." in refusal(ben)


def test_lines_call_people_answers_and_claims_by_their_names(app: Any, ana: Browser, study: Study) -> None:
    add_person(study, "mia", f"Mia {NASTY}")
    mia = Browser(app, "mia")
    body = coding(study, "plan", "adopted", CODE)
    mia.change(**body)
    mia.change(verb="change", guid=body["guid"], facets={"locus": "central_office"})
    mia.form("/history", guid=body["guid"], what="undo")
    mia.form("/history", guid=body["guid"], what="restore")
    told = [" ".join(line.split()) for line in lines(mia)]
    name = study.framework.indicator(CODE).name
    label = study.framework.facet("locus").value("central_office").label
    mine = [line for line in told if f"UTC Mia {NASTY} " in line]
    assert any(f"brought “{name}” back in plan adopted" in line for line in mine)  # with the words that it is about
    assert any(f"changed “{name}” in plan (locus: – → {label})" in line for line in mine)
    assert any(f"Mia {NASTY} as a coder" in line for line in told)
    assert not any("central_office" in line for line in told)
    assert NASTY not in mia.get("/history").text
    search_against_common(study)
    (claim,) = claims(study)
    assert claim.claim.sentence[:40] not in " ".join(lines(ana))  # it tells what was coded, in a blind round
    for blind in ("round-1", "first"):
        ana.form("/agreement/reveal", round=blind, reason="all have finished")
    told = [" ".join(line.split()) for line in lines(ana, "kind=counter-evidence")]
    assert any(f"searched against “{claim.claim.sentence[:40]}" in line for line in told)
    assert not any(claim.name in line for line in told)


def test_a_coding_that_is_named_by_its_number_alone_is_called_by_its_code_to_who_may_see_it(
    ana: Browser, ben: Browser, study: Study
) -> None:
    body = coding(study, "plan", "adopted", CODE)
    ana.change(**body)
    retire_coding(study, int(study.evidence()["coding_id"][0]), "counted twice")
    name = study.framework.indicator(CODE).name
    assert f"took “{name}” out of plan (counted twice)" in " ".join(lines(ana, "kind=codings"))
    assert ">Bring back</button>" in ana.get("/history").text
    assert lines(ben, "kind=codings") == []
    ana.form("/agreement/reveal", round="round-1", reason="all have finished")
    assert f"took “{name}” out of plan (counted twice)" in " ".join(lines(ben, "kind=codings"))
