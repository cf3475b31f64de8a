"""Rounds, draws, adjudication and changes of the codebook: each is one transaction with its event."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import yaml
from tests.factories.studies import coding_of, make_study

from crosscase import frameworks
from crosscase.errors import Conflict, CrosscaseError, FrameworkError, InputError, ManifestError, NotFound
from crosscase.model.coding import Passage, ReviewedSpan
from crosscase.services import adjudicating, codebook_edits, double_coding, rounds
from crosscase.services.adjudicating import (
    accept_coding,
    add_consensus,
    agree_identical,
    merge_codings,
    reject_codings,
    reopen,
    take_coder,
    undo_deed,
)
from crosscase.services.analyses import choose_layer
from crosscase.services.codebook_edits import CodebookEdit, edit_codebook, recode, recoding_status, waiting_codings
from crosscase.services.codings import record_codings
from crosscase.services.decisions import adjudications, undecided
from crosscase.services.double_coding import plan_double_coding, sampling_plans
from crosscase.services.history import history, verify_history
from crosscase.services.identical import count_identical
from crosscase.services.rounds import open_round, reveal_round
from crosscase.services.study import Study, open_study
from crosscase.store import audit, schema

CODE, OTHER = "infra.curr.common", "infra.curr.local"
WORDS = "The academic office decides."


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ana and ben read the interview; they agree on the first passage, differ on the second."""
    made = make_study(tmp_path_factory.mktemp("template"))
    text = made.text("interview-p01")
    codings = [
        coding_of(made, "interview-p01", WORDS, CODE, "ana", locus="central_office"),
        coding_of(made, "interview-p01", WORDS, CODE, "ben", locus="central_office"),
        coding_of(made, "interview-p01", "every school has the same ones", CODE, "ana", locus="school"),
        coding_of(made, "interview-p01", "school has the same ones", OTHER, "ben", locus="school"),
    ]
    read = [ReviewedSpan(Passage("interview-p01", 0, len(text)), coder, "first") for coder in ("ana", "ben")]
    record_codings(made, codings, read)
    made.close()
    return made.folder


@pytest.fixture
def study(template: Path, tmp_path: Path) -> Study:
    """A copy of the template: making one takes a second."""
    return open_study(shutil.copytree(template, tmp_path / "study"))


def ids(study: Study) -> list[int]:
    found: list[int] = study.evidence("independent")["coding_id"].to_list()
    return found


def last_event(study: Study) -> audit.Event:
    return history(study)[-1]


def test_a_round_knows_its_version_sources_coders_codes_and_is_blind_until_revealed(study: Study) -> None:
    state = open_round(study, "second", sources=["notes"], coders=["ana", "ben"], codes=[CODE])
    assert (state.sources, state.coders, state.codes) == (("notes",), ("ana", "ben"), (CODE,))
    assert state.codebook_version == study.framework.version
    assert state.hidden
    seen = reveal_round(study, "second", "coding is done")
    assert not seen.hidden
    assert last_event(study).verb == "round.revealed"
    assert last_event(study).detail["reason"] == "coding is done"
    with pytest.raises(Conflict, match="was revealed"):
        reveal_round(study, "second", "again")
    with pytest.raises(Conflict, match="already"):
        open_round(study, "second")
    with pytest.raises(NotFound, match="no source 'nowhere'"):
        open_round(study, "third", sources=["nowhere"])
    with pytest.raises(FrameworkError):
        open_round(study, "third", codes=["no.such.code"])
    with pytest.raises(ManifestError, match="without a reason"):
        reveal_round(study, "first", " ")
    assert [r.name for r in rounds.rounds(study)] == ["first", "second"]


def test_a_draw_is_recorded_with_its_seed_and_can_be_repeated(study: Study) -> None:
    plan = plan_double_coding(study, 2, seed=7, kinds=("interview", "observation"))
    assert len(plan.sources) == 2
    again = plan_double_coding(study, 2, seed=7, kinds=("interview", "observation"))
    assert again.sources == plan.sources
    assert [p.guid for p in sampling_plans(study)] == [plan.guid, again.guid]
    assert sampling_plans(study)[0] == plan
    assert last_event(study).verb == "double_coding.planned"
    with pytest.raises(InputError, match="cannot be drawn"):
        plan_double_coding(study, 9)


def test_a_consensus_lies_where_one_of_its_parents_does(study: Study) -> None:
    third, fourth = ids(study)[2:4]
    start = study.evidence("independent").row(2, named=True)["start"]
    for decide in (
        lambda: merge_codings(study, [third, fourth], passage=(0, 5), code=CODE),
        lambda: add_consensus(study, "interview-p01", (0, 5), OTHER, instead_of=[third]),
    ):
        with pytest.raises(InputError, match="touches none of the codings"):
            decide()
    assert study.evidence("consensus").is_empty() and not adjudications(study)
    assert merge_codings(study, [third, fourth], passage=(start - 3, start + 4), code=CODE).coding


def test_an_accepted_coding_becomes_consensus_with_its_parent(study: Study) -> None:
    decision = accept_coding(study, ids(study)[2], "ana is right")
    consensus = study.evidence("consensus")
    assert consensus["coding_id"].to_list() == [decision.coding]
    assert consensus["text"].to_list() == ["every school has the same ones"]
    assert consensus["locus"].to_list() == ["school"]
    with study.reading() as connection:
        assert connection.execute(sa.select(schema.coding_parent)).all() == [(decision.coding, ids(study)[2])]
    assert last_event(study).verb == "consensus.accepted"
    with pytest.raises(Conflict, match="decided already"):
        reject_codings(study, [ids(study)[2]], "no")


def test_a_merger_asks_for_what_differs_and_takes_what_is_common(study: Study) -> None:
    _, _, third, fourth = ids(study)
    with pytest.raises(InputError, match="the codes differ"):
        merge_codings(study, [third, fourth])
    decision = merge_codings(study, [third, fourth], code=CODE, reason="the longer passage")
    row = study.evidence("consensus").row(0, named=True)
    assert (row["text"], row["code"], row["locus"]) == ("every school has the same ones", CODE, "school")
    assert decision.parents == (third, fourth)
    assert undecided(study)["coding_id"].to_list() == ids(study)[:2]


def test_identical_codings_of_all_readers_agree_by_themselves(study: Study) -> None:
    assert agree_identical(study) == 1
    assert adjudications(study)[0].decision == "identical"
    assert study.evidence("consensus")["text"].to_list() == [WORDS]
    assert agree_identical(study) == 0
    assert undecided(study).height == 2


def test_the_consensus_is_read_when_it_covers_all_that_coders_coded(study: Study) -> None:
    assert choose_layer(study) == ("independent", "people coded independently, and nothing was adjudicated")
    agree_identical(study)
    assert choose_layer(study) == (
        "independent",
        "people coded independently, and 2 of their 4 codings wait for a decision",
    )
    kept = accept_coding(study, ids(study)[2])
    reject_codings(study, [ids(study)[3]], "not what was meant")
    assert undecided(study).is_empty()
    assert study.evidence("consensus").height == 2 < study.evidence("independent").height
    assert choose_layer(study)[0] == "consensus"
    reopen(study, kept.id, "too quick")
    assert choose_layer(study)[0] == "independent"


def test_a_consensus_that_came_without_parents_covers_its_sources(study: Study) -> None:
    record_codings(study, [coding_of(study, "interview-p01", WORDS, CODE, "both")], layer="consensus")
    assert choose_layer(study)[0] == "consensus"
    record_codings(study, [coding_of(study, "plan", "All schools", CODE, "ana")])
    assert choose_layer(study)[0] == "independent"  # or what was coded elsewhere would be hidden


def test_a_third_reader_who_did_not_make_the_coding_stops_the_batch_rule(study: Study) -> None:
    span = Passage("interview-p01", 0, len(study.text("interview-p01")))
    record_codings(study, [], [ReviewedSpan(span, "cleo", "first")])
    assert agree_identical(study) == 0


def test_a_new_consensus_coding_may_replace_what_coders_said(study: Study) -> None:
    third, fourth = ids(study)[2:]
    start = study.text("interview-p01").index("every school")
    decision = add_consensus(
        study, "interview-p01", (start, start + 12), OTHER, {"locus": "joint"}, instead_of=[third, fourth]
    )
    assert decision.decision == "new"
    assert study.evidence("consensus").row(0, named=True)["code"] == OTHER
    with pytest.raises(InputError, match="round is missing"):
        add_consensus(study, "notes", (0, 5), CODE)


def test_a_deed_that_is_said_twice_is_done_once_and_undone_as_a_whole(study: Study) -> None:
    _, _, third, fourth = ids(study)
    deed = str(uuid4())
    first = take_coder(study, [third, fourth], "ben", guid=deed)
    assert [(d.decision, d.parents) for d in first] == [("accepted", (fourth,)), ("rejected", (third,))]
    assert take_coder(study, [third, fourth], "ben", guid=deed) == first
    assert undo_deed(study, deed) == 2
    assert undo_deed(study, deed) == 0
    assert last_event(study).detail["n"] == 2
    assert undecided(study).height == 4
    assert [d.decision for d in take_coder(study, [third, fourth], "ana", "she is right")] == ["accepted", "rejected"]
    assert adjudications(study)[-1].reason == "she is right"
    with pytest.raises(NotFound, match="no coder"):
        take_coder(study, ids(study)[:1], "nobody")


def test_rounds_limit_the_batch_rule(study: Study) -> None:
    open_round(study, "another")
    assert agree_identical(study, rounds=["another"]) == 0
    with pytest.raises(NotFound, match="no round 'nowhere'"):
        agree_identical(study, rounds=["nowhere"])
    assert count_identical(study, ["first"]) == 1
    assert agree_identical(study, rounds=["first"]) == 1


def test_a_reopened_decision_stays_in_the_record_and_its_codings_wait_again(study: Study) -> None:
    decision = reject_codings(study, ids(study)[2:], "not about the curriculum")
    kept = accept_coding(study, ids(study)[0])
    assert undecided(study).height == 1
    reopen(study, kept.id, "ben objects")
    assert study.evidence("consensus").is_empty()
    assert undecided(study).height == 2
    assert [d.reopened_at is None for d in adjudications(study)] == [True, False]
    with pytest.raises(Conflict, match="was reopened"):
        reopen(study, kept.id, "again")
    again = accept_coding(study, ids(study)[0])
    assert again.coding != kept.coding
    assert decision.coding is None


def test_the_coders_codings_are_never_touched(study: Study) -> None:
    before = study.evidence("independent")
    agree_identical(study)
    merge_codings(study, ids(study)[2:], code=CODE)
    reopen(study, 1, "look again")
    assert study.evidence("independent").equals(before)
    assert verify_history(study) > 0


def breaks(study: Study, monkeypatch: pytest.MonkeyPatch, module: Any, act: Callable[[], object]) -> None:
    """The log fails after the change: nothing of the change may be left."""

    def fail(*_: object) -> None:
        raise OSError("disk full")

    tables = [t for t in schema.metadata.sorted_tables if t.name != "event"]
    with study.reading() as connection:
        before = {t.name: connection.execute(sa.select(t)).all() for t in tables}
    with monkeypatch.context() as patched:
        patched.setattr(module.audit, "append_event", fail)
        with pytest.raises(OSError, match="disk full"):
            act()
    with study.reading() as connection:
        assert {t.name: connection.execute(sa.select(t)).all() for t in tables} == before


def test_every_change_is_whole_or_not_there(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _, third, fourth = ids(study)
    deed = str(uuid4())
    accepted = accept_coding(study, first, guid=deed)
    acts: list[tuple[Any, Callable[[], object]]] = [
        (rounds, lambda: open_round(study, "second", sources=["notes"])),
        (rounds, lambda: reveal_round(study, "first", "done")),
        (double_coding, lambda: plan_double_coding(study, 1)),
        (adjudicating, lambda: accept_coding(study, third)),
        (adjudicating, lambda: merge_codings(study, [third, fourth], code=CODE)),
        (adjudicating, lambda: reject_codings(study, [third], "no")),
        (adjudicating, lambda: reopen(study, accepted.id, "no")),
        (adjudicating, lambda: take_coder(study, [third, fourth], "ana")),
        (adjudicating, lambda: undo_deed(study, deed)),
        (codebook_edits, lambda: edit_codebook(study, renamed(study), [RENAME])),
    ]
    for module, act in acts:
        breaks(study, monkeypatch, module, act)


RENAME = CodebookEdit("rename", (CODE,), ("infra.curr.shared",), "clearer")


def renamed(study: Study, version: str = "1.1.0", to: str = "infra.curr.shared", code: str = CODE) -> str:
    text = frameworks.text_of("education-systems").replace(code, to)
    return text.replace(f"version: {study.framework.version}", f"version: {version}", 1)


def test_a_renamed_code_carries_its_codings_and_decisions_over(study: Study) -> None:
    agree_identical(study)
    before = study.evidence("independent")
    done = edit_codebook(study, renamed(study), [RENAME])
    assert done.n_carried == 4  # three codings of coders, one of the consensus
    after = study.evidence("independent")
    assert after.filter(code="infra.curr.shared").height == 3
    assert study.framework.version == "1.1.0"
    assert set(after["codebook_version"]) == {"1.0.0", "1.1.0"}
    assert undecided(study).height == 2  # what was decided stays decided
    assert study.evidence("consensus")["code"].to_list() == ["infra.curr.shared"]
    status = recoding_status(study)
    assert status.filter(coder="ana").row(0, named=True)["n_done"] == 2
    assert before.height == after.height
    reopen(study, 1, "look again")
    assert study.evidence("consensus").is_empty()
    assert verify_history(study) > 0


def test_a_redefined_code_waits_for_each_coder_and_reopens_its_consensus(study: Study) -> None:
    agree_identical(study)
    text = renamed(study, to=CODE)
    done = edit_codebook(study, text, [CodebookEdit("redefine", (CODE,), (CODE,), "narrower")])
    assert (done.n_carried, done.n_waiting) == (0, 3)
    assert study.evidence("consensus").is_empty()
    waiting = waiting_codings(study, "ana")["coding_id"].to_list()
    assert len(waiting) == 2
    assert recode(study, 1, waiting[0], [CODE]) == (waiting[0],)
    assert recode(study, 1, waiting[1], []) == ()
    status = {r["coder"]: (r["n_codings"], r["n_done"]) for r in recoding_status(study).to_dicts()}
    assert status == {"ana": (2, 2), "ben": (1, 0)}
    assert study.evidence("independent").filter(coder="ana").height == 1
    with pytest.raises(NotFound, match="does not wait"):
        recode(study, 1, waiting[1], [CODE])


def test_a_split_code_becomes_what_its_coder_says(study: Study) -> None:
    done = edit_codebook(study, renamed(study, to=CODE), [CodebookEdit("split", (CODE,), (CODE, OTHER))])
    assert done.n_waiting == 3
    number = waiting_codings(study, "ben")["coding_id"][0]
    made = recode(study, 1, number, [CODE, OTHER])
    assert len(made) == 2 and made[0] == number
    assert sorted(study.evidence("independent").filter(coder="ben")["code"]) == [CODE, OTHER, OTHER]
    with pytest.raises(ManifestError, match="does not lead to"):
        recode(study, 1, waiting_codings(study, "ana")["coding_id"][0], ["infra.staff.site"])


def merged(study: Study, to: str) -> str:
    """The framework with both codes as one."""

    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: replaced(inner) for key, inner in value.items()}
        if isinstance(value, list):
            inner = [replaced(item) for item in value]
            seen = [item.get("id") if isinstance(item, dict) else None for item in inner]
            return [item for n, item in enumerate(inner) if seen[n] != to or to not in seen[:n]]
        return to if value in (CODE, OTHER) else value

    content = replaced(yaml.safe_load(frameworks.text_of("education-systems")))
    return yaml.safe_dump({**content, "version": "1.1.0"}, allow_unicode=True, sort_keys=False)


def test_two_merged_codes_on_one_passage_are_one_coding(study: Study) -> None:
    twice = coding_of(study, "interview-p01", WORDS, OTHER, "ana", locus="central_office")
    record_codings(study, [twice])
    edit = CodebookEdit("merge", (CODE, OTHER), ("infra.curr.one",))
    done = edit_codebook(study, merged(study, "infra.curr.one"), [edit])
    assert done.n_carried == 5
    after = study.evidence("independent")
    assert after["code"].unique().to_list() == ["infra.curr.one"]
    assert after.filter(coder="ana").height == 2


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        ([], "no edit says what became of it"),
        ([CodebookEdit("rename", (CODE,), ("infra.curr.elsewhere",))], "the new codebook has no"),
        ([RENAME, CodebookEdit("redefine", (CODE,), (CODE,))], "the new codebook has no|edited twice"),
    ],
)
def test_edits_that_do_not_account_for_the_codes_are_refused(
    study: Study, edit: list[CodebookEdit], sentence: str
) -> None:
    before = study.head()
    with pytest.raises(ManifestError, match=sentence):
        edit_codebook(study, renamed(study), edit)
    assert study.head() == before


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("rename", ("a", "b"), ("c",)),
        ("merge", ("a",), ("c",)),
        ("split", ("a",), ("b",)),
        ("redefine", ("a",), ("b",)),
        ("drop", ("a",), ("b",)),
        ("forget", ("a",), ()),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(kind: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    with pytest.raises(CrosscaseError):
        CodebookEdit(kind, before, after)
