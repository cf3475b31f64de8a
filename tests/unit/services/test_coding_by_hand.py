"""What one coder does in one source: each call is one change with one event, and saying it twice changes nothing."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from tests.factories.studies import coding_of, make_study

from crosscase.errors import AccessError, Conflict, InputError, NotFound
from crosscase.model.coding import Coding
from crosscase.services.coding_by_hand import bring_back, change_coding, code_passage, mark_read, take_out
from crosscase.services.codings import record_codings
from crosscase.services.history import history
from crosscase.services.people import add_person
from crosscase.services.study import Study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return make_study(tmp_path)


def said(study: Study, words: str = "adopted", coder: str = "ana", **facets: str) -> Coding:
    base = coding_of(study, "plan", words, "infra.curr.common", coder, **facets)
    return Coding(base.passage, base.code, coder, "first", base.facets, quote=words, guid=str(uuid4()))


def test_the_event_says_what_was_coded_where_by_whom(study: Study) -> None:
    made = code_passage(study.acting_as("ana"), said(study, locus="school"))
    event = history(study)[-1]
    assert (event.actor, event.verb, event.object_guid) == ("ana", "coding.made", made.guid)
    assert event.detail == {
        "source": made.source,
        "start": made.start,
        "end": made.end,
        "code": "infra.curr.common",
        "facets": {"locus": "school"},
        "coder": "ana",
        "round": "first",
    }


def test_a_machine_or_a_stranger_cannot_code_by_hand(study: Study) -> None:
    for coder in ("nobody", "dictionary"):
        with pytest.raises(AccessError):
            code_passage(study, said(study, coder=coder))
    assert study.evidence().is_empty()


def test_a_coding_of_a_consensus_stays_what_it_was(study: Study) -> None:
    made = code_passage(study, said(study))
    number = int(study.evidence()["coding_id"][0])
    settled = coding_of(study, "plan", "adopted", "infra.curr.common", "panel")
    record_codings(
        study,
        [Coding(settled.passage, settled.code, "panel", "first", parents=(number,))],
        layer="consensus",
    )
    with pytest.raises(Conflict, match="consensus"):
        change_coding(study, made.guid, "ana", code="infra.curr.local")
    with pytest.raises(Conflict, match="consensus"):
        take_out(study, made.guid, "ana")


def test_what_was_taken_out_cannot_be_changed_before_it_is_brought_back(study: Study) -> None:
    made = code_passage(study, said(study))
    take_out(study, made.guid, "ana")
    with pytest.raises(Conflict):
        change_coding(study, made.guid, "ana", code="infra.curr.local")
    assert not bring_back(study, made.guid, "ana").retired
    with pytest.raises(NotFound):
        take_out(study, str(uuid4()), "ana")
    with pytest.raises(InputError):
        take_out(study, "1", "ana")


def test_a_change_to_the_same_writes_no_event(study: Study) -> None:
    made = code_passage(study, said(study, locus="school"))
    before = study.head()
    assert change_coding(study, made.guid, "ana", facets={"locus": "school", "mode": ""}) == made
    assert study.head() == before


def test_reading_is_marked_once_and_must_lie_in_the_text(study: Study) -> None:
    assert mark_read(study, "plan", [(0, 10), (0, 10), (10, 20)], "ana", "first") == 2
    assert mark_read(study, "plan", [(0, 10)], "ana", "first") == 0
    assert mark_read(study, "plan", [(0, 10)], "ana", "first", read=False) == 1
    with pytest.raises(InputError):
        mark_read(study, "plan", [(0, 10**6)], "ana", "first")


def test_a_person_joins_once_and_no_machine_lends_its_name(study: Study) -> None:
    assert add_person(study, "dora", "Dora").label == "Dora"
    before = study.head()
    assert add_person(study, "dora", "Another").label == "Dora"
    assert study.head() == before
    with pytest.raises(InputError):
        add_person(study, "no spaces")
