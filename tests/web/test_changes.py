"""What a coder does arrives once, checked, with its event; what a coder may not do changes nothing."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from crosscase.services.history import history, verify_history
from crosscase.services.rounds import open_round, round_names
from crosscase.services.study import Study
from crosscase.services.suggestions import suggest
from tests.web.conftest import Browser, coding, guid_of


def marks(browser: Browser, study: Study, source: str) -> Any:
    return browser.client.get(f"/api/sources/{guid_of(study, source)}/marks").json()


def test_a_coding_is_saved_with_its_event_and_read_back(ana: Browser, study: Study) -> None:
    body = coding(study, "interview-p01", "teach what my children need", "use.adapt.free", locus="school")
    answer = ana.change(**body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["coding"]["guid"] == body["guid"]
    row = study.evidence().row(0, named=True)
    assert (row["text"], row["code"], row["locus"], row["coder"], row["round"]) == (
        "teach what my children need", "use.adapt.free", "school", "ana", "round-1",
    )  # fmt: skip
    event = history(study)[-1]
    assert (event.actor, event.verb, event.object_guid) == ("ana", "coding.made", body["guid"])
    found = marks(ana, study, "interview-p01")
    assert found["codings"][0][:3] == [body["guid"], body["start"], body["end"]]
    assert verify_history(study)


def test_the_same_change_again_changes_nothing(ana: Browser, study: Study) -> None:
    body = coding(study, "plan", "adopted")
    ana.change(**body)
    head = study.head()
    assert ana.change(**body).status_code == 200
    other = ana.change(**{**body, "guid": str(uuid4())})
    assert other.json()["coding"]["guid"] == body["guid"]
    assert study.head() == head
    assert study.evidence().height == 1


def test_a_change_is_undone_and_done_again(ana: Browser, study: Study) -> None:
    body = coding(study, "plan", "adopted")
    ana.change(**body)
    for verb, n in (("out", 0), ("out", 0), ("back", 1), ("back", 1), ("out", 0), ("back", 1)):
        assert ana.change(verb=verb, guid=body["guid"]).status_code == 200
        assert study.evidence().height == n
    verbs = [e.verb for e in history(study) if e.object_kind == "coding"]
    assert verbs == ["coding.made", "coding.retired", "coding.restored", "coding.retired", "coding.restored"]


def test_answers_code_and_passage_can_be_changed_and_the_history_keeps_what_was(ana: Browser, study: Study) -> None:
    body = coding(study, "plan", "adopted", locus="school")
    ana.change(**body)
    ana.change(verb="change", guid=body["guid"], facets={"locus": "joint"})
    ana.change(verb="change", guid=body["guid"], code="infra.curr.local", start=body["start"], end=body["end"] + 11)
    row = study.evidence().row(0, named=True)
    assert (row["code"], row["locus"], row["text"]) == ("infra.curr.local", "joint", "adopted curriculum")
    changes = [e.detail["before"] for e in history(study) if e.verb == "coding.changed"]
    assert changes == [{"facets": {"locus": "school"}}, {"code": "infra.curr.common", "end": body["end"]}]


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"end": 10**6}, 400),
        ({"start": -1}, 400),
        ({"start": 1.5}, 400),
        ({"end": True}, 400),
        ({"code": "no.such"}, 400),
        ({"facets": {"locus": "moon"}}, 400),
        ({"facets": {"moon": "x"}}, 400),
        ({"facets": [1]}, 400),
        ({"quote": "other words"}, 400),
        ({"guid": "1"}, 400),
        ({"guid": None}, 400),
        ({"source": "nowhere"}, 404),
        ({"verb": "destroy"}, 400),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(
    ana: Browser, study: Study, wrong: dict[str, Any], status: int
) -> None:
    before = study.head()
    answer = ana.change(**{**coding(study, "plan", "adopted"), **wrong})
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["what"]
    assert study.head() == before


def test_a_colleagues_coding_is_not_mine_to_change(ana: Browser, ben: Browser, study: Study) -> None:
    body = coding(study, "plan", "adopted")
    ana.change(**body)
    before = study.head()
    for change in (
        {"verb": "out"},
        {"verb": "change", "code": "infra.curr.local"},
        {"verb": "back"},
    ):
        assert ben.change(**change, guid=body["guid"]).status_code == 403
    assert study.head() == before


def test_who_looks_around_changes_nothing(guest: Browser, study: Study) -> None:
    before = study.head()
    body = coding(study, "plan", "adopted")
    for change in (
        body,
        {"verb": "read", "source": body["source"], "spans": [[0, 5]]},
        {"verb": "memo", "guid": str(uuid4()), "coding": str(uuid4()), "text": "x"},
    ):
        assert guest.change(**change).status_code == 403
    assert study.head() == before


def test_a_change_is_recorded_in_the_round_of_its_page(ana: Browser, study: Study) -> None:
    """A browser has one round at a time; a page that was made in another one goes on in its own."""
    open_round(study, "first", blind=True)
    open_round(study, "second", blind=True)
    ana.client.cookies.update(ana.form("/round", round="second").cookies)
    assert ana.change(**coding(study, "plan", "adopted"), round="first").status_code == 200
    spans = [[0, 11]]
    assert ana.change(verb="read", source=guid_of(study, "plan"), spans=spans, round="first").status_code == 200
    assert study.evidence()["round"].to_list() == ["first"]
    address = f"/api/sources/{guid_of(study, 'plan')}/marks"
    assert ana.client.get(f"{address}?round=first").json()["reviewed"] == spans
    assert ana.client.get(address).json()["reviewed"] == []
    answer = ana.change(**coding(study, "plan", "training days"), round="no-such")
    assert (answer.status_code, answer.json()["error"]["what"]) == (400, "there is no round 'no-such'")
    assert "no-such" not in round_names(study)


def test_a_memo_is_kept_once_and_can_be_taken_back(ana: Browser, ben: Browser, study: Study) -> None:
    body = coding(study, "plan", "adopted")
    ana.change(**body)
    memo = {"verb": "memo", "guid": str(uuid4()), "coding": body["guid"], "text": "why <b>so</b>?"}
    assert ana.change(**memo).status_code == 200
    ana.change(**memo)
    assert [m["text"] for m in marks(ana, study, "plan")["memos"][body["guid"]]] == ["why <b>so</b>?"]
    assert ben.change(verb="unmemo", guid=memo["guid"]).status_code == 403
    assert ana.change(verb="unmemo", guid=memo["guid"]).status_code == 200
    assert marks(ana, study, "plan")["memos"] == {}


def test_what_was_read_is_marked_and_unmarked(ana: Browser, study: Study) -> None:
    span = {"source": guid_of(study, "plan"), "spans": [[0, 48]]}
    assert ana.change(verb="read", **span).json()["changed"] == 1
    assert ana.change(verb="read", **span).json()["changed"] == 0
    assert marks(ana, study, "plan")["reviewed"] == [[0, 48]]
    assert "read by you" in ana.get("/").text
    assert ana.change(verb="unread", **span).json()["changed"] == 1
    assert marks(ana, study, "plan")["reviewed"] == []


def test_a_suggestion_is_accepted_rejected_and_both_are_undone(ana: Browser, study: Study) -> None:
    suggest(study)
    open_round(study, "together", blind=False)
    name = study.evidence("suggestion")["source"][0]
    offered = marks(ana, study, name)["suggestions"]
    first = offered[0]
    made = str(uuid4())
    accept = {
        "verb": "accept",
        "suggestion": first["guid"],
        "guid": made,
        "facets": {**first["facets"], "locus": "school"},
    }
    assert ana.change(**accept).status_code == 200
    assert ana.change(**accept).status_code == 200  # repeated: nothing more
    assert study.evidence().height == 1
    assert [c[0] for c in marks(ana, study, name)["codings"]] == [made]
    assert first["guid"] not in {s["guid"] for s in marks(ana, study, name)["suggestions"]}
    assert ana.change(verb="reopen", suggestion=first["guid"]).status_code == 200
    assert study.evidence().height == 0
    assert ana.change(verb="reject", suggestion=first["guid"]).status_code == 200
    assert ana.change(verb="accept", suggestion=first["guid"], guid=str(uuid4())).status_code == 409
    ana.change(verb="reopen", suggestion=first["guid"])
    assert len(marks(ana, study, name)["suggestions"]) == len(offered)


def test_offsets_are_code_points_on_the_wire(ana: Browser, study: Study) -> None:
    body = coding(study, "interview-p01", "— and teach")
    ana.change(**body, quote="— and teach")
    assert study.evidence()["text"][0] == "— and teach"
