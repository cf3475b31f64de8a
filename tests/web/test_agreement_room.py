"""The Agreement room without a page: what it measures, what it opens, what it decides, and what it never tells."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from crosscase.model.coding import Passage, ReviewedSpan
from crosscase.services.agreeing import agree_study
from crosscase.services.coding_by_hand import mark_read
from crosscase.services.codings import record_codings
from crosscase.services.decisions import adjudications
from crosscase.services.history import history, verify_history
from crosscase.services.notes import write_memo
from crosscase.services.rounds import close_round, open_round, reveal_round, rounds
from crosscase.services.study import Study
from crosscase.web.app import make_app
from tests.factories.studies import code_differently, coding_of, make_study
from tests.web.conftest import BASE, HOST, Browser, coding

CODE, OTHER = "infra.curr.common", "infra.curr.local"
NASTY = '<script>alert(1)</script> & \u202egnp.exe\u202c "x" <img src=x onerror=alert(2)>'


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    made = make_study(tmp_path)
    code_differently(made)
    yield made
    made.close()


@pytest.fixture
def seen(study: Study) -> Study:
    reveal_round(study, "first", "coding is done")
    return study


def places(text: str) -> list[dict[str, Any]]:
    """The places of a page: ids that wait, source and span."""
    found = re.findall(r'<article class="place[^"]*" id="([^"]+)"[^>]*data-ids="([^"]*)" data-source="([^"]+)"', text)
    return [{"anchor": a, "ids": [int(n) for n in ids.split()], "source": s} for a, ids, s in found]


def links(text: str, path: str) -> list[str]:
    return [unescape(found) for found in re.findall(rf'href="({re.escape(path)}[^"]*)"', text)]


def test_the_table_says_what_the_service_says(ana: Browser, seen: Study) -> None:
    text = ana.get("/agreement").text
    table = agree_study(seen, by="pair").table
    row = table.filter(code=CODE).row(0, named=True)
    assert f"{row['n_differ']} differ" in text
    assert f"of {row['n_units']}" in text
    assert "Common curriculum" in text
    assert "ana and ben" in text


def test_every_value_opens_to_as_many_places_as_it_says(ana: Browser, seen: Study) -> None:
    text = ana.get("/agreement").text
    numbers = re.findall(r'<a href="(/agreement/passages[^"]*)">(\d+) differ</a>', text)
    assert len(numbers) > 6
    for address, n in numbers:
        opened = ana.get(unescape(address)).text
        assert len(places(opened)) == int(n), address
        for place in places(opened):
            assert f"/sources/{place['source']}?at=" in opened


@pytest.mark.parametrize("unit", ["turn", "sentence", "paragraph", "span"])
def test_the_unit_can_be_chosen(ana: Browser, seen: Study, unit: str) -> None:
    text = ana.get(f"/agreement?unit={unit}").text
    for address, n in re.findall(r'<a href="(/agreement/passages[^"]*)">(\d+) differ</a>', text):
        assert f"unit={unit}" in address
        assert len(places(ana.get(unescape(address)).text)) == int(n)


def test_an_undefined_value_says_why(ana: Browser, seen: Study) -> None:
    text = ana.get("/agreement?coefficient=kappa").text
    assert "not defined" in text
    assert ">nan<" not in text.lower()


def test_a_differing_passage_stands_side_by_side_with_answers_and_memos(ana: Browser, seen: Study) -> None:
    with seen.reading() as connection:
        guid = connection.exec_driver_sql("select guid from coding where id = 4").scalar_one()
    write_memo(seen.acting_as("ben"), "coding", guid, NASTY)
    text = ana.get(f"/agreement/passages?code={OTHER}").text
    assert "What ana coded" in text
    assert "What ben coded" in text
    assert "Prescribe" in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    assert "<img" not in text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("unit=page", 400),
        ("coefficient=magic", 400),
        ("scope=never", 400),
        ("round=nowhere", 404),
        ("code=no.code", 404),
    ],
)
def test_what_is_not_known_is_said(ana: Browser, seen: Study, query: str, status: int) -> None:
    assert ana.get(f"/agreement/passages?{query}").status_code == status


def test_taking_one_coders_reading_decides_all_of_the_place_and_undo_takes_all_back(ana: Browser, seen: Study) -> None:
    guid = str(uuid4())
    take = {"verb": "decide-take", "guid": guid, "ids": [3, 4], "coder": "ana", "reason": ""}
    told = ana.change(**take).json()
    assert (told["decided"], told["all"]) == (2, 8)
    assert ana.change(**take).json()["decided"] == 2  # repeated: nothing more
    consensus = seen.evidence("consensus")
    assert consensus["text"].to_list() == ["every school has the same ones"]
    assert [(d.decision, d.parents, d.actor) for d in adjudications(seen)] == [
        ("accepted", (3,), "ana"),
        ("rejected", (4,), "ana"),
    ]
    assert adjudications(seen)[1].reason == "the reading of ana was taken"
    assert ana.change(verb="decide-undo", guid=guid).json()["n"] == 2
    assert seen.evidence("consensus").is_empty()
    assert ana.change(verb="decide-undo", guid=guid).json()["n"] == 0
    assert verify_history(seen)


def test_taking_a_reader_who_coded_nothing_rejects_what_the_other_coded(ana: Browser, seen: Study) -> None:
    ana.change(verb="decide-take", guid=str(uuid4()), ids=[5], coder="ben", reason="about pupils, not use")
    assert [(d.decision, d.reason) for d in adjudications(seen)] == [("rejected", "about pupils, not use")]


def test_where_answers_differ_the_taken_coders_stand_with_both_as_parents(ana: Browser, seen: Study) -> None:
    ana.change(verb="decide-take", guid=str(uuid4()), ids=[6, 7], coder="ben", reason="")
    row = seen.evidence("consensus").row(0, named=True)
    assert (row["locus"], row["text"]) == ("joint", "All schools shall use")
    assert [(d.decision, d.parents) for d in adjudications(seen)] == [("merged", (6, 7))]


def test_a_merger_and_a_new_coding_carry_code_passage_and_answers(ana: Browser, seen: Study) -> None:
    text = seen.text("interview-p01")
    start = text.index("every school")
    merge = {"verb": "decide-merge", "guid": str(uuid4()), "ids": [3, 4], "start": start, "end": start + 30}
    assert ana.change(**merge, code=OTHER, facets={"locus": "joint", "mode": ""}).status_code == 200
    row = seen.evidence("consensus").row(0, named=True)
    assert (row["code"], row["locus"], row["mode"], row["text"]) == (
        OTHER,
        "joint",
        None,
        "every school has the same ones",
    )
    source = dict(seen.sources().select("name", "guid").iter_rows())["plan"]
    away = {"verb": "decide-new", "guid": str(uuid4()), "ids": [8], "source": source, "start": 0, "end": 11}
    refused = ana.change(**away, code=CODE, facets={"locus": "school"}, reason="the sentence before")
    assert refused.status_code == 400 and "touches none of the codings" in refused.text
    start = seen.text("plan").index("Schools choose") - 11
    new = {"verb": "decide-new", "guid": str(uuid4()), "ids": [8], "source": source, "start": start, "end": start + 14}
    assert ana.change(**new, code=CODE, facets={"locus": "school"}, reason="the sentence before").status_code == 200
    assert seen.evidence("consensus").height == 2
    with seen.reading() as connection:
        parents = connection.exec_driver_sql("select parent_id from coding_parent order by parent_id").scalars().all()
    assert list(parents) == [3, 4, 8]


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"verb": "decide-reject", "ids": [5], "reason": " "}, 400),
        ({"verb": "decide-take", "ids": [5], "coder": "nobody"}, 404),
        ({"verb": "decide-take", "ids": [], "coder": "ana"}, 400),
        ({"verb": "decide-take", "ids": ["5"], "coder": "ana"}, 400),
        ({"verb": "decide-take", "ids": [3, 6], "coder": "ana"}, 400),
        ({"verb": "decide-take", "ids": [999], "coder": "ana"}, 404),
        ({"verb": "decide-take", "ids": [5], "coder": "ana", "guid": "1"}, 400),
        ({"verb": "decide-merge", "ids": [5], "start": 0, "end": 5, "code": CODE}, 400),
        ({"verb": "decide-merge", "ids": [3, 4], "start": 0, "end": 10**6, "code": CODE}, 400),
        ({"verb": "decide-new", "ids": [5], "source": "nowhere", "start": 0, "end": 5, "code": CODE}, 404),
    ],
)
def test_a_decision_that_does_not_fit_is_refused_and_changes_nothing(
    ana: Browser, seen: Study, wrong: dict[str, Any], status: int
) -> None:
    before = seen.head()
    answer = ana.change(**{"guid": str(uuid4()), **wrong})
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["what"]
    assert seen.head() == before


def test_who_looks_around_decides_nothing(guest: Browser, seen: Study) -> None:
    before = seen.head()
    for body in (
        {"verb": "decide-take", "ids": [5], "coder": "ana", "guid": str(uuid4())},
        {"verb": "decide-identical", "guid": str(uuid4())},
        {"verb": "decide-undo", "guid": str(uuid4())},
        {"verb": "decide-reopen", "decisions": [1], "reason": "x"},
    ):
        assert guest.change(**body).status_code == 403
    assert guest.form("/agreement/rounds", name="r2").status_code == 403
    assert guest.form("/agreement/draws", n="1", kinds="interview").status_code == 403
    assert seen.head() == before
    assert "Say who you are" in guest.get("/agreement/adjudicate").text


def test_the_batch_rule_says_how_many_and_is_undone_as_a_whole(ana: Browser, seen: Study) -> None:
    assert "Take over 1 identical coding<" in ana.get("/agreement/adjudicate").text
    guid = str(uuid4())
    assert ana.change(verb="decide-identical", guid=guid).json()["n"] == 1
    assert ana.change(verb="decide-identical", guid=guid).json()["n"] == 1  # repeated
    assert len(adjudications(seen)) == 1
    assert "Nothing is left that all readers coded identically" in ana.get("/agreement/adjudicate").text
    assert ana.change(verb="decide-undo", guid=guid).json()["n"] == 1
    assert seen.evidence("consensus").is_empty()


def test_a_decision_is_reopened_with_its_reason_and_stays_in_the_record(ana: Browser, seen: Study) -> None:
    ana.change(verb="decide-take", guid=str(uuid4()), ids=[5], coder="ana", reason="clear")
    text = ana.get("/agreement/adjudicate?state=decided").text
    assert 'because <q dir="auto">clear</q>' in text
    assert ana.change(verb="decide-reopen", decisions=[1], reason="").status_code == 400
    again = {"verb": "decide-reopen", "decisions": [1], "reason": "ben objects"}
    assert ana.change(**again).status_code == 200
    assert ana.change(**again).status_code == 200  # repeated
    assert adjudications(seen)[0].reopened_at is not None
    assert [p["ids"] for p in places(ana.get("/agreement/adjudicate?code=use.adapt.free").text)] == [[5]]
    assert [e.verb for e in history(seen)][-1] == "consensus.reopened"


def test_the_queue_holds_each_place_once_and_can_be_narrowed(ana: Browser, seen: Study) -> None:
    text = ana.get("/agreement/adjudicate").text
    assert [p["ids"] for p in places(text)] == [[1, 2], [3, 4], [5], [6, 7], [8]]
    assert "0 of 8 codings are decided" in text
    assert [p["ids"] for p in places(ana.get(f"/agreement/adjudicate?code={OTHER}").text)] == [[3, 4], [8]]
    assert places(ana.get("/agreement/adjudicate?case=south").text) == []
    assert places(ana.get("/agreement/adjudicate?state=decided").text) == []
    assert ana.get("/agreement/adjudicate?state=never").status_code == 400


# Blindness


def test_a_blind_round_is_not_shown_counted_or_measured(ana: Browser, study: Study) -> None:
    for path in ("/agreement", "/agreement/adjudicate", "/agreement/rounds", "/agreement/drift", "/agreement/types"):
        text = ana.get(path).text
        assert "Not shown here: first" in text, path
        assert "Reveal first" in text, path
        assert places(text) == []
        assert not re.search(r"\b8 codings|of 8\b|>8<|differ</a>", text), path
    assert ana.get("/agreement/passages?round=first").status_code == 404
    assert places(ana.get(f"/agreement/passages?code={CODE}").text) == []


def test_the_room_does_not_tell_whether_colleagues_have_begun(ana: Browser, study: Study, tmp_path: Path) -> None:
    def pages() -> list[str]:
        return [ana.bare(f"/agreement{room}") for room in ("", "/adjudicate", "/rounds", "/drift", "/types")]

    before = pages()
    record_codings(study, [coding_of(study, "notes", "pacing guide", CODE, "ben", locus="school")])
    assert pages() == before


def test_colleagues_codings_of_a_blind_round_cannot_be_decided_on(ana: Browser, study: Study) -> None:
    before = study.head()
    for body in (
        {"verb": "decide-take", "ids": [2], "coder": "ben", "guid": str(uuid4())},
        {"verb": "decide-reject", "ids": [8], "reason": "x", "guid": str(uuid4())},
    ):
        answer = ana.change(**body)
        assert answer.status_code == 404
        assert "ben" not in answer.text
    assert ana.change(verb="decide-identical", guid=str(uuid4())).json()["n"] == 0
    assert study.head() == before


def test_decisions_on_a_blind_round_are_not_told(ana: Browser, study: Study) -> None:
    from crosscase.services.activity import happenings
    from crosscase.services.adjudicating import accept_coding, agree_identical, reopen
    from crosscase.services.sight import sight_of

    with study.reading() as connection:
        sight = sight_of(connection, "ana")
    before = study.head()
    done = accept_coding(study.acting_as("cleo"), 8, "hidden reason")
    reopen(study.acting_as("cleo"), done.id, "hidden too")
    agree_identical(study.acting_as("cleo"))
    assert study.head() != before
    # The feed sends what the history lists.
    assert [h.verb for h in happenings(study, sight) if h.verb.startswith("consensus")] == []
    assert "hidden reason" not in ana.get("/history").text
    reveal_round(study, "first", "done")
    with study.reading() as connection:
        sight = sight_of(connection, "ana")
    told = [h.verb for h in happenings(study, sight) if h.verb.startswith("consensus")]
    assert told == ["consensus.accepted", "consensus.reopened", "consensus.identical"]


def test_who_codes_its_sources_anew_is_shown_nothing_of_an_open_round(ana: Browser, seen: Study) -> None:
    code_differently(seen, "second")
    text = ana.get("/agreement").text
    assert "Not shown here: second" in text
    assert "differ</a>" not in text
    assert "Of first nothing is shown to you either, since you code their sources anew" in text


def test_one_open_round_beside_a_blind_one_is_measured_alone(ana: Browser, seen: Study) -> None:
    whole = ana.get("/agreement").text
    open_round(seen, "second", coders=["ben"])  # ana does not code anything anew, so the first round stays in sight
    code_differently(seen, "second")
    text = ana.get("/agreement").text
    assert "Not shown here: second" in text
    assert re.findall(r"(\d+) differ</a>", text) == re.findall(r"(\d+) differ</a>", whole)
    assert ana.get("/agreement?round=second").status_code == 404
    reveal_round(seen, "second", "done")
    text = ana.get("/agreement").text
    assert "Round by round" in text
    both = ana.get("/agreement?round=second&scope=so+far").text
    alone = ana.get("/agreement?round=second&scope=alone").text
    assert re.findall(r"(\d+) differ</a>", both) != re.findall(r"(\d+) differ</a>", alone)


def test_revealing_needs_a_reason_and_is_logged(ana: Browser, guest: Browser, study: Study) -> None:
    assert ana.form("/agreement/reveal", round="first", reason=" ").status_code == 400
    assert guest.form("/agreement/reveal", round="first", reason="x").status_code == 403
    assert ana.form("/agreement/reveal", round="nowhere", reason="x").status_code == 404
    answer = ana.form("/agreement/reveal", round="first", reason=NASTY, back="//evil.example")
    assert answer.headers["location"] == "/agreement/rounds"
    event = history(study)[-1]
    assert (event.actor, event.verb, event.detail["reason"]) == ("ana", "round.revealed", NASTY)
    assert ana.form("/agreement/reveal", round="first", reason="again").status_code == 303
    assert [e.verb for e in history(study)].count("round.revealed") == 1
    assert "differ</a>" in ana.get("/agreement").text
    assert "<script>alert" not in ana.get("/history").text


def test_who_looked_alone_is_shown_the_round_and_others_are_not(ana: Browser, ben: Browser, study: Study) -> None:
    ana.form("/blind", round="first", back="/agreement")
    assert "differ</a>" in ana.get("/agreement").text
    assert "differ</a>" not in ben.get("/agreement").text


# Rounds and draws


def test_a_round_is_begun_with_its_limits_and_a_draw(ana: Browser, seen: Study) -> None:
    assert ana.form("/agreement/draws", n="2", seed="7", kinds="interview").status_code == 400  # there is one interview
    assert ana.form("/agreement/draws", n="1", seed="7", kinds="interview").status_code == 303
    text = ana.get("/agreement/rounds").text
    assert "1 source, drawn" in text
    assert "seed 7" in text
    plan = re.search(r'<option value="([0-9a-f-]{36})">', text)
    assert plan
    fields = {"name": "second", "blind": "yes", "plan": plan[1], "coders": "ana", "codes": CODE}
    assert ana.form("/agreement/rounds", **fields).status_code == 303
    state = rounds(seen)[-1]
    assert (state.name, state.sources, state.coders, state.codes, state.hidden) == (
        "second", ("interview-p01",), ("ana",), (CODE,), True,
    )  # fmt: skip
    assert ana.form("/agreement/rounds", **fields).status_code == 409
    assert ana.form("/agreement/rounds", name="no good").status_code == 400


def test_what_is_left_to_read_is_shown_and_a_finished_round_is_closed_and_opened(
    ana: Browser, guest: Browser, seen: Study
) -> None:
    text = ana.get("/agreement/rounds").text
    assert "What is still to be read" in text
    assert "2 of 3" in text
    assert f"/sources/{dict(seen.sources().select('name', 'guid').iter_rows())['notes']}" in text
    assert guest.form("/agreement/close", round="first", reason="x").status_code == 403
    assert ana.form("/agreement/close", round="first", reason=" ").status_code == 400  # the notes are not read
    assert ana.form("/agreement/close", round="nowhere", reason="x").status_code == 404
    assert ana.form("/agreement/close", round="first", reason=NASTY).status_code == 303
    assert ana.form("/agreement/close", round="first", reason="again").status_code == 303  # somebody was quicker
    assert [e.verb for e in history(seen)].count("round.closed") == 1
    assert "finished, closed on" in ana.get("/agreement/rounds").text
    told = ana.change(**coding(seen, "notes", "pacing guide"), round="first")
    assert told.status_code == 409
    assert "is finished since" in told.json()["error"]["what"]
    assert "<script>alert" not in ana.get("/history").text
    assert "closed first: nothing is coded in it any more" in ana.get("/history").text
    assert ana.form("/agreement/reopen", round="first", reason="").status_code == 400
    assert ana.form("/agreement/reopen", round="first", reason="a page was missing").status_code == 303
    assert ana.change(**coding(seen, "notes", "pacing guide"), round="first").status_code == 200


def test_in_a_blind_round_only_who_has_finished_is_told_of_colleagues(ana: Browser, study: Study) -> None:
    def of_ben() -> str:
        row = re.search(
            r'<tr><th scope="row"><bdi>ben</bdi></th>(.*?)</tr>', ana.get("/agreement/rounds").text, re.DOTALL
        )
        assert row
        return re.sub(r"<[^>]+>|\s+", " ", row[1]).strip()

    before = of_ben()
    assert (before.split()[0], before.split()[-1]) == ("hidden", "something")
    text = study.text("notes")
    mark_read(study, "notes", [(0, 5)], "ben", "first")
    assert of_ben() == before
    mark_read(study, "notes", [(0, len(text))], "ben", "first")
    assert of_ben().split()[-1] == "nothing"


def test_who_comes_in_codes_in_the_newest_round_that_is_not_closed(ana: Browser, seen: Study) -> None:
    open_round(seen, "second")
    assert 'class="round">second<' in ana.get("/agreement/rounds").text
    close_round(seen, "second", "a mistake")
    assert 'class="round">first<' in ana.get("/agreement/rounds").text
    assert ">finished</a>" not in ana.get("/").text
    close_round(seen, "first", "enough")
    assert (
        'class="round">second</span> <a class="round" href="/agreement/rounds#reading">finished</a>'
        in ana.get("/").text
    )


def test_how_many_sources_are_needed_and_how_often_to_look(ana: Browser, seen: Study) -> None:
    assert "Sources for 0.2" in ana.get("/agreement/rounds?width=0.2").text
    assert ana.get("/agreement/rounds?width=wide").status_code == 400
    # Lan and DeMets' O'Brien-Fleming-like spending at one half and the whole, by hand: 99.44 and 95.56 percent.
    text = ana.get("/agreement/rounds?looks=0.5,1").text
    assert "99.44 %" in text
    assert "95.56 %" in text
    assert ana.get("/agreement/rounds?looks=1,0.5").status_code == 400


def test_drift_shows_each_coder_beside_colleagues(ana: Browser, seen: Study) -> None:
    assert ana.get("/agreement/drift?over=moons").status_code == 400
    for over in ("month", "week", "third"):
        assert "Common curriculum" in ana.get(f"/agreement/drift?over={over}").text
    text = ana.get("/agreement/drift").text
    assert "Common curriculum" in text
    rows = re.findall(r'<td><bdi>(\w+)</bdi></td>.*?<a href="(/agreement/drift/codings[^"]+)">(\d+) of', text)
    assert {who for who, _, _ in rows} == {"ana", "ben"}
    for who, address, n_given in rows:
        opened = ana.get(unescape(address)).text
        # Each unit that the coder gave the code in has a coding of theirs, and the passages open side by side.
        assert opened.count(f"<b><bdi>{who}</bdi></b>") >= int(n_given) > 0 or n_given == "0"
        for passages in links(opened, "/agreement/passages"):
            assert ana.get(passages).status_code == 200
        assert "/sources/" in opened or "None." in opened
    unknown = ana.get("/agreement/drift/codings?coder=zoe&code=x&when=first")
    assert unknown.status_code == 404
    assert "Nothing was measured there" in unknown.text


def test_who_codes_alone_is_told_what_to_do(tmp_path: Path) -> None:
    with make_study(tmp_path / "alone") as study:
        alone = Browser(make_app(study, b"s" * 32, (HOST,)), "ana")
        for path in (
            "/agreement",
            "/agreement/adjudicate",
            "/agreement/drift",
            "/agreement/rounds",
            "/agreement/types",
        ):
            assert alone.get(path).status_code == 200, path
        assert "What to do" in alone.get("/agreement").text or "Plan double coding" in alone.get("/agreement").text


def test_hostile_names_and_reasons_stay_text(tmp_path: Path) -> None:
    with make_study(tmp_path, {"interview-p01": f"P01: {NASTY} one two three.\nP02: four five six seven.\n"}) as study:
        said = {"locus": "school"}
        words = ["one two three", "four five six"]
        codings = [
            coding_of(study, "interview-p01", w, CODE, c, **said) for w, c in zip(words, ("ana", "ben"), strict=True)
        ]
        length = len(study.text("interview-p01"))
        read = [ReviewedSpan(Passage("interview-p01", 0, length), c, "first") for c in ("ana", "ben")]
        record_codings(study, codings, read)
        reveal_round(study, "first", NASTY)
        ana = Browser(make_app(study, b"s" * 32, (BASE.removeprefix("http://"),)), "ana")
        ana.change(verb="decide-reject", ids=[1], reason=NASTY, guid=str(uuid4()))
        for path in (
            "/agreement",
            f"/agreement/passages?code={CODE}",
            "/agreement/adjudicate?state=all",
            "/agreement/rounds",
        ):
            text = ana.get(path).text
            assert "<script>alert" not in text, path
            assert "<img" not in text, path
        assert "&lt;script&gt;" in ana.get("/agreement/adjudicate?state=all").text


def test_types_are_compared_per_coder_beside_everything_else(ana: Browser, seen: Study) -> None:
    path = seen.folder / "study.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("draws: 4000", "draws: 500").replace("chains: 4", "chains: 2"), encoding="utf-8")
    assert "Compute" in ana.get("/agreement/types").text
    assert ana.form("/agreement/types").status_code == 303
    deadline = time.monotonic() + 150
    while (state := ana.client.get("/api/errands/types").json())["running"]:
        assert time.monotonic() < deadline, state
        time.sleep(0.2)
    assert state["problem"] == ""
    page = ana.get("/agreement/types").text
    assert "Verdict of the coder’s codings" in page
    counted = re.findall(r'<a href="(/agreement/types/[^"]+)">(\d+)</a>', page)
    assert {n for _, n in counted} == {"4"}  # ana and ben have four codings each in what both read
    for address, n in counted:
        opened = ana.get(unescape(address)).text
        assert opened.count("<blockquote") == int(n)
        assert "/sources/" in opened
    assert ana.get("/agreement/types/nowhere/ana").text.count("<blockquote") == 0
