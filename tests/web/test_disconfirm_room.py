"""The Disconfirm room without a page: claims, what was raised and why, what it comes to, and who may see none of it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from crosscase.analysis.disconfirm import QUEUES, RULES
from crosscase.services.claims import claims, find_claim
from crosscase.services.codings import record_codings
from crosscase.services.disconfirming import candidates
from crosscase.services.history import history, verify_history
from crosscase.services.rounds import reveal_round
from crosscase.services.study import Study
from crosscase.store import schema
from crosscase.web.app import make_app
from tests.factories.studies import LOCAL, coding_of, make_study, search_against_common
from tests.web.conftest import BASE, Browser

NASTY = '<script>alert(1)</script> & \u202egnp.exe\u202c "x" <img src=x onerror=alert(2)>'


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    made = make_study(tmp_path)
    search_against_common(made, confirming=True)
    yield made
    made.close()


@pytest.fixture
def seen(study: Study) -> Study:
    reveal_round(study, "first", "coding is done")
    return study


def address(study: Study, name: str = "north-COMMON") -> str:
    return f"/disconfirm/claims/{find_claim(study, name).guid}"


def rows(text: str) -> list[tuple[int, ...]]:
    """The candidates of a page, those on one passage together."""
    found = re.findall(r'<article class="candidate[^"]*" id="[^"]+"[^>]*data-ids="([^"]*)"', text)
    return [tuple(int(n) for n in ids.split()) for ids in found]


def open_ids(study: Study) -> list[int]:
    return [item.id for item in candidates(study, "north-COMMON", open_only=True)]


def resolve(browser: Browser, candidate: int, disposition: str = "refutes", reason: str = "it stands") -> Any:
    return browser.change(
        verb="resolve", guid=str(uuid4()), candidate=candidate, disposition=disposition, reason=reason
    )


def test_the_list_says_how_much_is_to_be_read_and_opens_to_it(ana: Browser, seen: Study) -> None:
    text = ana.get("/disconfirm").text
    assert "COMMON holds in north" in text
    n = int(re.search(r'<td class="num"><a href="/disconfirm/claims/[^"]+">(\d+)</a>', text)[1])  # type: ignore[index]
    assert n == len(rows(ana.get(address(seen)).text)) > 2


def test_each_candidate_says_why_it_was_raised_with_the_rule_and_its_place(ana: Browser, seen: Study) -> None:
    text = unescape(ana.get(address(seen)).text)
    for item in candidates(seen, "north-COMMON"):
        assert item.reason in text
        assert RULES[item.queue] in text
        if item.start is not None:
            assert f"?at={item.start}-{item.end}" in text
    # The turn before the passage and the one who speaks stand around it.
    assert "And if you disagree?" in text
    assert "Interviewer" in text


def test_people_and_cases_stand_there_by_their_names(ana: Browser, seen: Study) -> None:
    with seen.changing() as connection:
        named = schema.coder.update().where(schema.coder.c.name == "ana")
        connection.execute(named.values(label="Ana Petrova"))
    assert resolve(ana, open_ids(seen)[0]).status_code == 200
    text = ana.get(f"{address(seen)}?disposition=all").text
    assert "coded by <bdi>Ana Petrova</bdi>" in text
    assert re.search(r'class="verdict-line">.*\(<bdi>Ana Petrova</bdi>,', text)
    assert "<bdi>ana</bdi>" not in text
    label = next(case.label for case in seen.settings.cases if case.name == "north")
    assert label != "north" and f"· <bdi>{label}</bdi>" in text


def test_numbers_of_the_record_open_to_what_they_count(ana: Browser, seen: Study) -> None:
    text = ana.get(address(seen)).text
    found = re.findall(r'<a href="([^"]+queue=\d[^"]*)">(\d+)</a>', text)
    assert len(found) >= 3
    for link, n in found:
        assert len(rows(ana.get(unescape(link)).text)) == int(n), link
    raised = {item.queue for item in candidates(seen, "north-COMMON")}
    for number, name in QUEUES.items():
        assert f"{number}. {name}" in text  # the empty queues, too
    assert text.count("nothing found") == len(QUEUES) - len(raised)


def test_a_disposition_needs_a_reason_is_kept_once_and_undone(ana: Browser, seen: Study) -> None:
    first = open_ids(seen)[0]
    before = seen.head()
    assert resolve(ana, first, reason=" ").status_code == 400
    assert resolve(ana, first, disposition="wrong").status_code == 400
    assert resolve(ana, 10**6).status_code == 404
    assert ana.change(verb="resolve", guid="1", candidate=first, disposition="refutes", reason="x").status_code == 400
    assert seen.head() == before
    body = {"verb": "resolve", "guid": str(uuid4()), "candidate": first, "disposition": "refutes", "reason": NASTY}
    ids = ana.change(**body).json()["ids"]
    assert ana.change(**body).json()["ids"] == ids
    assert len([e for e in history(seen) if e.verb == "candidate.resolved"]) == 1
    assert not set(ids) & set(open_ids(seen))
    text = ana.get(f"{address(seen)}?disposition=refutes").text
    assert rows(text) == [tuple(ids)]
    assert "&lt;script&gt;alert" in text
    assert "<script>alert" not in text
    assert ana.change(verb="unresolve", guid=body["guid"]).json()["ids"] == ids
    assert ana.change(verb="unresolve", guid=body["guid"]).json()["ids"] == []
    assert set(ids) <= set(open_ids(seen))
    assert verify_history(seen)


def test_what_was_decided_is_taken_back_with_a_reason(ana: Browser, seen: Study) -> None:
    first = open_ids(seen)[0]
    ids = resolve(ana, first, "explained").json()["ids"]
    assert ana.change(verb="reconsider", candidates=ids, reason="").status_code == 400
    again = {"verb": "reconsider", "candidates": ids, "reason": "ben objects"}
    assert ana.change(**again).status_code == 200
    assert ana.change(**again).status_code == 200  # repeated
    assert set(ids) <= set(open_ids(seen))


def test_saturation_has_its_estimate_in_words(ana: Browser, seen: Study) -> None:
    assert "Not defined: no passage refutes or qualifies the claim" in ana.get(address(seen)).text
    uncoded = next(i for i in candidates(seen, "north-COMMON") if i.queue == 1)
    resolve(ana, uncoded.id)
    text = ana.get(address(seen)).text
    # One passage, one point, seen once: n1 / n = 1.
    assert "1 refuting or qualifying passages make 1 distinct points, 1 of them seen once" in text
    assert "probability 1.00" in text
    assert "against</a>" not in text
    assert rows(ana.get(f"{address(seen)}?disposition=against").text)


def test_filters_narrow_the_queue(ana: Browser, seen: Study) -> None:
    whole = rows(ana.get(address(seen)).text)
    assert rows(ana.get(f"{address(seen)}?case=north").text) == whole
    assert rows(ana.get(f"{address(seen)}?case=south").text) == []
    for wrong in ("queue=9", "queue=x", "disposition=maybe"):
        assert ana.get(f"{address(seen)}?{wrong}").status_code == 400


def test_a_claim_is_kept_bounded_and_dropped_with_its_history(ana: Browser, seen: Study) -> None:
    at = address(seen)
    assert ana.form(at, change="kept", reason=" ").status_code == 400
    assert ana.form(at, change="wrong", reason="x").status_code == 400
    assert ana.form(at, change="bounded", reason="x", sentence=" ").status_code == 400
    assert ana.form(at, change="kept", reason="one school only").status_code == 303
    assert ana.form(at, change="bounded", reason=NASTY, sentence=f"COMMON holds {NASTY}").status_code == 303
    stored = find_claim(seen, "north-COMMON")
    assert (stored.status, stored.claim.sentence) == ("bounded", f"COMMON holds {NASTY}")
    for path in (at, "/disconfirm"):
        text = ana.get(path).text
        assert "one school only" in text
        assert "kept within limits" in text.lower()
        assert "<script>alert" not in text
        assert "<img" not in text
    assert ana.form(at, change="dropped", reason="enough").status_code == 303
    assert ana.form(at, change="kept", reason="again").status_code == 409
    assert "Decide on the claim" not in ana.get(at).text


def test_a_person_adds_a_claim_in_a_sentence_or_in_own_words(ana: Browser, seen: Study) -> None:
    assert ana.form("/disconfirm/claims", sentence="north is managerial").status_code == 303
    own = {"sentence": NASTY, "supports": LOCAL, "levels": "school", "cases": "north"}
    assert ana.form("/disconfirm/claims", **own).status_code == 303
    kinds = [(c.claim.kind, c.claim.sentence) for c in claims(seen)]
    assert kinds[1:] == [("type", "north is managerial"), ("own", NASTY)]
    assert claims(seen)[-1].claim.scope.levels == ("school",)
    text = ana.get("/disconfirm").text
    assert "not searched yet" in text
    assert "<script>alert" not in text
    assert ana.form("/disconfirm/claims", sentence="nothing to understand").status_code == 400
    assert ana.form("/disconfirm/claims", sentence="x", supports="no.such").status_code == 400
    fresh = f"/disconfirm/claims/{claims(seen)[-1].guid}"
    assert "Search against it" in ana.get(fresh).text


def test_a_search_runs_beside_everything_else_and_its_result_arrives(ana: Browser, seen: Study) -> None:
    record_codings(seen, [coding_of(seen, "notes", "Nobody asks where it comes from.", LOCAL, "ana", locus="school")])
    guid = find_claim(seen, "north-COMMON").guid
    assert ana.form("/disconfirm/search", claim=guid).headers["location"] == address(seen)
    deadline = time.monotonic() + 90
    while (state := ana.client.get("/api/errands/disconfirm").json())["running"]:
        assert time.monotonic() < deadline, state
        time.sleep(0.2)
    assert state["problem"] == ""
    assert [e.actor for e in history(seen) if e.verb == "claim.searched"] == ["tester", "ana"]
    assert any("Nobody asks" in i.text for i in candidates(seen, "north-COMMON"))
    assert ana.form("/disconfirm/search", claim="nowhere").status_code == 404


def test_who_looks_around_reads_and_changes_nothing(guest: Browser, seen: Study) -> None:
    before = seen.head()
    at = address(seen)
    assert guest.get(at).status_code == 200
    assert resolve(guest, open_ids(seen)[0]).status_code == 403
    for path, fields in (
        ("/disconfirm/search", {}),
        ("/disconfirm/claims", {"sentence": "north is managerial"}),
        (at, {"change": "kept", "reason": "x"}),
        (f"{at}/blind", {"n": "4"}),
    ):
        assert guest.form(path, **fields).status_code == 403, path
    assert seen.head() == before


# Blindness


@pytest.mark.parametrize("path", ["", "/claims", "/blind"])
def test_the_room_is_closed_while_a_round_is_blind(ana: Browser, study: Study, path: str) -> None:
    guid = find_claim(study, "north-COMMON").guid
    text = ana.get(f"/disconfirm{path}{'/' + guid if path else ''}").text
    assert "not while you code blind" in text
    assert "teach what my children need" not in text
    assert "COMMON" not in text


def test_nothing_is_changed_here_by_who_codes_blind(ana: Browser, study: Study) -> None:
    before = study.head()
    assert resolve(ana, open_ids(study)[0]).status_code == 403
    assert ana.change(verb="unresolve", guid=str(uuid4())).status_code == 403
    assert ana.change(verb="reconsider", candidates=[1], reason="x").status_code == 403
    assert ana.form("/disconfirm/search").status_code == 403
    assert ana.form("/disconfirm/claims", sentence="north is managerial").status_code == 403
    assert study.head() == before


def test_the_history_does_not_tell_what_a_search_found(ana: Browser, study: Study) -> None:
    assert "candidate" not in ana.get("/history").text
    assert "searched" not in ana.get("/history").text
    assert "COMMON" not in ana.get("/history").text


# The blind check


def begin(browser: Browser, study: Study, n: str = "4") -> str:
    answer = browser.form(f"{address(study)}/blind", n=n, seed="3")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_a_blind_check_hides_where_passages_come_from_until_they_are_judged(ben: Browser, seen: Study) -> None:
    at = begin(ben, seen)
    text = ben.get(at).text
    passages = re.findall(r'<fieldset class="judged" id="b(\d\d)"', text)
    assert passages == ["01", "02", "03", "04"]
    main = text.split("<main", 1)[1]
    for hidden in ("candidate", "confirming", "coded for", "/sources/", "interview-p01", "data-kind", "P01"):
        assert hidden not in main, hidden
    assert ben.form(at, p01="for").status_code == 400  # all of them
    assert ben.form(at, **{f"p{n}": "perhaps" for n in passages}).status_code == 400
    given = dict.fromkeys(passages, "against")
    assert ben.form(at, **{f"p{n}": v for n, v in given.items()}).status_code == 303
    told = ben.get(at).text
    assert "Judged by" in told
    assert told.count("<td>a candidate</td><td>open</td>") == 2
    assert told.count("<td>coded for the claim</td><td>coded for the claim</td>") == 2
    assert "/sources/" in told
    assert ben.form(at, **{f"p{n}": v for n, v in given.items()}).status_code == 404  # given once
    event = [e for e in history(seen) if e.verb == "brief.answered"][-1]
    assert (event.actor, event.detail["answers"]) == ("ben", given)


def test_judgements_are_compared_with_what_was_decided(ana: Browser, ben: Browser, seen: Study) -> None:
    at = begin(ben, seen)
    written = [e for e in history(seen) if e.verb == "brief.written"][-1].detail["passages"]
    for origin in written.values():
        if origin["kind"] == "candidate" and origin["id"] in open_ids(seen):
            resolve(ana, origin["id"], "refutes")
    right = {f"p{n}": "against" if o["kind"] == "candidate" else "for" for n, o in written.items()}
    ben.form(at, **right)
    text = ben.get(at).text
    assert "4 of 4 passages (100%) were judged as they stand" in text
    assert "κ 1.00" in text
    assert "no independent second reading" not in text


def test_who_answers_neither_to_all_does_not_confirm_the_claim(ana: Browser, ben: Browser, seen: Study) -> None:
    at = begin(ben, seen)
    written = [e for e in history(seen) if e.verb == "brief.written"][-1].detail["passages"]
    for origin in written.values():
        if origin["kind"] == "candidate" and origin["id"] in open_ids(seen):
            resolve(ana, origin["id"], "not relevant")
    ben.form(at, **{f"p{n}": "neither" for n in written})
    text = unescape(ben.get(at).text)
    assert "2 of 4 passages (50%) were judged as they stand, as speaking for the claim, against it or neither" in text
    assert text.count("κ") == 1
    assert f"“{claims(seen)[0].claim.sentence}”" in text


def test_who_worked_the_queue_is_told_that_they_are_no_second_reader(ana: Browser, seen: Study) -> None:
    at = begin(ana, seen)
    assert "no independent second reader" not in ana.get(at).text
    resolve(ana, open_ids(seen)[0], "not relevant")
    assert "so you are no independent second reader of it" in ana.get(at).text
    written = [e for e in history(seen) if e.verb == "brief.written"][-1].detail["passages"]
    ana.form(at, **{f"p{n}": "for" for n in written})
    assert "this is no independent second reading" in ana.get(at).text


def test_what_nobody_coded_is_no_coding_error(ana: Browser, seen: Study) -> None:
    uncoded = open_ids(seen)
    with seen.changing() as connection:  # as the search for silence raises them
        connection.execute(schema.candidate.update().values(coding_ids=[]))
    refused = resolve(ana, uncoded[0], "coding error")
    assert refused.status_code == 400
    assert "nobody has coded this passage" in refused.text
    assert resolve(ana, uncoded[0], "not relevant").status_code == 200


def test_a_decision_on_a_claim_says_how_much_was_not_read(ana: Browser, seen: Study) -> None:
    n = len(open_ids(seen))
    page = unescape(ana.get(address(seen)).text)
    assert "are not read yet. You can decide all the same" in page
    assert ana.form(address(seen), change="kept", reason="it stands", sentence="").status_code == 303
    assert f"{n} of {n} candidates were not decided on" in unescape(ana.get(address(seen)).text)


def test_each_side_of_a_claim_says_what_stands_on_it(ana: Browser, seen: Study) -> None:
    what = unescape(ana.get(address(seen)).text).split('<details class="what">')[1].split("</details>")[0]
    halves = what.split("<dt>Against</dt>")
    said = [set(re.findall(r'<li dir="auto">(.*?)</li>', half)) for half in halves]
    assert said[0] and said[1] and not said[0] & said[1]


def test_too_few_passages_are_said(ana: Browser, seen: Study) -> None:
    at = f"{address(seen)}/blind"
    assert ana.form(at, n="60").status_code == 422
    assert ana.form(at, n="3").status_code == 400
    assert ana.form(at, n="many").status_code == 400
    assert ana.get("/disconfirm/blind/nothing").status_code == 404


def test_hostile_texts_stay_text_in_every_page(tmp_path: Path) -> None:
    from crosscase.services.disconfirming import raise_candidates

    words = f"We each write our own curriculum here {NASTY}"
    with make_study(tmp_path, {"interview-p01": f"P01: {words}.\nP02: one two three.\n"}) as study:
        said = {"locus": "school", "stance": "present", "mode": "prescribe", "actuality": "enacted"}
        record_codings(study, [coding_of(study, "interview-p01", "our own curriculum", LOCAL, **said)])
        reveal_round(study, "first", "done")
        raise_candidates(study, "COMMON holds in north")
        ana = Browser(make_app(study, b"s" * 32, (BASE.removeprefix("http://"),)), "ana")
        for path in ("/disconfirm", address(study), f"{address(study)}?disposition=all"):
            text = ana.get(path).text
            assert "<script>alert" not in text, path
            assert "<img" not in text, path
        assert json.dumps(NASTY)[1:20] not in text
