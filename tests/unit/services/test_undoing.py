"""Every event of the history can be undone, or the program says why not; what is taken out comes back as it was."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.conftest import ROOT
from tests.factories.studies import COMMON, code_differently, coding_of, make_study, search_against_common

from crosscase.errors import AccessError, Conflict, NotFound
from crosscase.model.coding import Passage
from crosscase.model.study import Participant
from crosscase.services.accounts import begin_accounts, invite
from crosscase.services.adjudicating import agree_identical
from crosscase.services.answering import accept
from crosscase.services.claims import add_claim, change_claim, find_claim, own_claim
from crosscase.services.coding_by_hand import take_out
from crosscase.services.codings import record_codings
from crosscase.services.disconfirming import candidates, raise_candidates, resolve
from crosscase.services.history import history, verify_history
from crosscase.services.manifest import Description
from crosscase.services.notes import attributes, set_attributes
from crosscase.services.people import add_person, people
from crosscase.services.rounds import close_round, closed_rounds, open_round, reveal_round, round_names
from crosscase.services.sight import break_blind, sight_of
from crosscase.services.sources import add_participants, add_sources
from crosscase.services.study import Study
from crosscase.services.suggestions import suggest
from crosscase.services.summaries import write_summary
from crosscase.services.undoing import FINAL, UNDOABLE, Undoing, undoing
from crosscase.store import audit, schema
from crosscase.store.writing import add_named

SOURCE = ROOT / "src/crosscase"
# What the program calls a verb where it is no plain text, and the verbs that this can be.
SPOKEN = {
    "f'suggestion.{status}'": ("suggestion.accepted", "suggestion.edited", "suggestion.rejected"),
    "f'consensus.{draft.kind}'": ("consensus.accepted", "consensus.merged", "consensus.new", "consensus.rejected"),
    "f'{kind}.added'": ("case.added", "coder.added"),
    "f'{kind}.renamed'": ("case.renamed", "coder.renamed"),
    "f'codebook.{edit.kind}'": ("codebook.rename", "codebook.merge", "codebook.split", "codebook.redefine"),
    "f'claim.{change}'": ("claim.kept", "claim.bounded", "claim.dropped"),
    "f'{kind}.withdrawn'": tuple(f"{k}.withdrawn" for k in ("case", "coder", "participant", "round", "claim")),
    "f'{kind}.restored'": tuple(f"{k}.restored" for k in ("case", "coder", "participant", "round", "claim")),
    "verb": ("span.read", "span.unread"),
    "BROKEN": ("blind.broken",),
}


def spoken_verbs() -> Iterator[tuple[str, str]]:
    """Every verb that the program writes into the history, with the place where it does."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "append_event":
                said, where = node.args[2], f"{path.relative_to(ROOT)}:{node.lineno}"
                if isinstance(said, ast.Constant):
                    yield str(said.value), where
                else:
                    text = ast.unparse(said)
                    assert text in SPOKEN, f"{where} writes verbs that this test does not know: {text}"
                    yield from ((verb, where) for verb in SPOKEN[text])


def test_every_verb_of_the_program_can_be_undone_or_has_a_reason() -> None:
    spoken = dict(spoken_verbs())
    undecided = {verb: where for verb, where in spoken.items() if verb not in UNDOABLE and verb not in FINAL}
    assert undecided == {}
    assert sorted((UNDOABLE | FINAL.keys()) - spoken.keys()) == []  # no decision about what nobody writes
    assert sorted(UNDOABLE & FINAL.keys()) == []
    assert all(what and mend and not what.endswith(".") for what, mend in FINAL.values())


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with make_study(tmp_path) as made:
        yield made.acting_as("ana")


def newest(study: Study, verb: str, coder: str = "ana", *, whole: bool = False) -> Undoing:
    """What undoing the newest event with this verb would do."""
    with study.reading() as connection:
        sight = sight_of(connection, coder)
    event = [e for e in history(study) if e.verb == verb][-1]
    return undoing(study, sight, event.id, coder, whole=whole)


def last(study: Study) -> str:
    return history(study)[-1].verb


# Sources


def test_a_source_is_taken_out_and_comes_back_with_its_text_and_guid(study: Study) -> None:
    before, text = study.sources().rows(), study.text("plan")
    found = newest(study, "source.added")
    assert found.does == "Take the source out"
    assert "plan" in found.consequences[0]
    found.perform()
    assert study.sources()["name"].to_list() == ["interview-p01", "notes"]
    with pytest.raises(NotFound, match="the source 'plan' was taken out — sources — the History room brings it back"):
        study.text("plan")
    assert last(study) == "source.withdrawn"
    newest(study, "source.withdrawn").perform()
    assert study.sources().rows() == before
    assert study.text("plan") == text
    newest(study, "source.restored").perform()  # … and out again
    assert "plan" not in study.sources()["name"].to_list()
    with pytest.raises(Conflict, match="stands again already"):
        first_out = next(e for e in history(study) if e.verb == "source.withdrawn")
        newest(study, "source.withdrawn").perform()
        with study.reading() as connection:
            undoing(study, sight_of(connection, "ana"), first_out.id, "ana")
    assert verify_history(study)


def test_an_import_is_taken_back_as_a_whole(study: Study) -> None:
    found = newest(study, "source.added", whole=True)
    assert found.does == "Take 3 sources out"
    found.perform()
    assert study.sources().height == 0
    back = newest(study, "source.withdrawn")
    assert back.does == "Bring 3 sources back"
    back.perform()
    assert study.sources()["name"].to_list() == ["interview-p01", "notes", "plan"]


def test_a_source_on_which_something_stands_stays_and_says_what(study: Study) -> None:
    record_codings(
        study, [coding_of(study, "plan", "All schools", COMMON), coding_of(study, "plan", "training", COMMON)]
    )
    reveal_round(study, "first", "done")
    with pytest.raises(Conflict, match="2 codings stand on this source — sources — undo those first"):
        newest(study, "source.added")
    with pytest.raises(Conflict, match="2 codings stand on 1 of these 3 sources: plan — sources"):
        newest(study, "source.added", whole=True)
    for guid in codings_of(study):
        take_out(study, guid, "ana")
    write_summary(study, "infra", "north", "Words.", [Passage("plan", 0, 11)])
    with pytest.raises(Conflict, match="1 quote of a summary stands on this source"):
        newest(study, "source.added")
    newest(study, "summary.written").perform()
    newest(study, "source.added").perform()
    # A coding that was taken out before cannot come back to a text that is out.
    with pytest.raises(Conflict, match="bring the source back first|was taken out"):
        newest(study, "coding.retired").perform()


def codings_of(study: Study) -> list[str]:
    with study.reading() as connection:
        return list(connection.execute(sa.select(schema.coding.c.guid)).scalars())


def test_numbers_of_colleagues_stay_hidden_while_a_round_is_blind(study: Study) -> None:
    record_codings(study, [coding_of(study, "plan", "All schools", COMMON, "ben")])
    with pytest.raises(Conflict) as refused:
        newest(study, "source.added")
    assert "1" not in refused.value.what


def test_a_withdrawn_name_is_refused_with_what_to_do(study: Study, tmp_path: Path) -> None:
    newest(study, "source.added").perform()
    file = study.folder.parent / "files/plan.txt"
    again = add_sources(study, [(file, Description(case="north", kind="document", date="2019-04-30"))])
    assert again.files[0].outcome == "refused"
    assert "was taken out" in again.files[0].sentence
    assert "bring it back in the History room" in again.files[0].sentence
    file.write_text("Other words.", encoding="utf-8")
    other = add_sources(study, [(file, Description(case="north", kind="document"))])
    assert "another name" in other.files[0].sentence


def test_open_suggestions_go_and_come_with_their_source(study: Study) -> None:
    suggest(study)
    n = study.evidence("suggestion").height
    assert n > 0
    newest(study, "source.added", whole=True).perform()
    assert study.evidence("suggestion").height == 0
    newest(study, "source.withdrawn").perform()
    assert study.evidence("suggestion").height == n


# Cases, people, rounds


def test_a_case_and_a_coder_of_the_settings_stay(study: Study) -> None:
    for verb in ("case.added", "coder.added"):
        with pytest.raises(Conflict, match="take the name out of study.yaml first"):
            newest(study, verb)


def test_a_coder_who_joined_is_taken_out_and_comes_back(study: Study) -> None:
    add_person(study, "cleo", "Cleo")
    before = people(study)
    newest(study, "coder.added").perform()
    assert [p.name for p in people(study)] == ["ana", "ben"]
    newest(study, "coder.withdrawn").perform()
    assert people(study) == before
    record_codings(study, [coding_of(study, "plan", "All schools", COMMON, "cleo")])
    reveal_round(study, "first", "done")
    with pytest.raises(Conflict, match="1 coding stands on the coder cleo — coders — undo those first"):
        newest(study, "coder.restored")
    newest(study, "codings.recorded").perform()
    with pytest.raises(Conflict, match="it stays, so that these can be brought back"):
        newest(study, "coder.restored")


def test_a_name_that_was_given_away_is_not_taken_back(study: Study) -> None:
    add_person(study, "cleo")
    newest(study, "coder.added").perform()
    add_person(study, "cleo")
    with pytest.raises(Conflict, match="another coder is called cleo now"):
        newest(study, "coder.withdrawn").perform()


def test_a_participant_is_taken_out_and_former_values_come_back(study: Study) -> None:
    add_participants(study, [Participant("p09", "P09", "teacher", "school", "north")])
    newest(study, "participant.added").perform()
    with study.reading() as connection:
        assert connection.execute(sa.select(schema.participant)).all() == []
    newest(study, "participant.withdrawn").perform()
    add_participants(study, [Participant("p09", "P nine", "principal", "school", None)])
    found = newest(study, "participant.changed")
    assert set(found.consequences) == {"label: P09.", "role: teacher.", "case: north."}
    found.perform()
    with study.reading() as connection:
        row = connection.execute(sa.select(schema.participant)).one()
    assert (row.label, row.role, row.case_id is None) == ("P09", "teacher", False)
    newest(study, "participant.changed").perform()  # undone again
    with study.reading() as connection:
        assert connection.execute(sa.select(schema.participant.c.label)).scalar_one() == "P nine"


def test_a_round_goes_while_nobody_codes_in_it(study: Study) -> None:
    open_round(study, "pilot", sources=["plan"], coders=["ana"], codes=[COMMON])
    newest(study, "round.opened").perform()
    assert round_names(study) == []
    newest(study, "round.withdrawn").perform()
    assert round_names(study) == ["pilot"]
    with study.reading() as connection:
        assert len(connection.execute(sa.select(schema.round_source)).all()) == 1
    reveal_round(study, "pilot", "done")
    with pytest.raises(Conflict, match="what was seen was seen"):
        newest(study, "round.restored")
    with pytest.raises(Conflict, match="this cannot be undone: what was seen was seen"):
        newest(study, "round.revealed")


def test_broken_blindness_stays_broken_and_says_so(study: Study) -> None:
    open_round(study, "pilot")
    break_blind(study, "pilot")
    with pytest.raises(Conflict, match="nobody can code as if they did not know it") as said:
        newest(study, "blind.broken")
    assert "new blind round" in said.value.mend


# Batches


def test_an_imported_batch_goes_and_comes_back(study: Study) -> None:
    code_differently(study)
    before = study.evidence().rows()
    reveal_round(study, "first", "done")
    take_out(study, study_guid(study, 1), "ana")
    found = newest(study, "codings.recorded")
    assert found.does == "Take 7 codings out"
    assert found.consequences[0] == "7 codings are taken out: ana 3, ben 4."
    found.perform()
    assert study.evidence().height == 0
    newest(study, "codings.withdrawn").perform()
    # What its coder took out before stays out.
    assert study.evidence().rows() == before[1:]
    newest(study, "codings.restored").perform()
    assert study.evidence().height == 0
    with pytest.raises(Conflict, match="none of these codings stands any more"):
        newest(study, "codings.recorded")
    assert verify_history(study)


def study_guid(study: Study, coding: int) -> str:
    with study.reading() as connection:
        return str(connection.execute(sa.select(schema.coding.c.guid).where(schema.coding.c.id == coding)).scalar_one())


def test_a_batch_of_a_colleague_is_theirs_to_undo(study: Study) -> None:
    code_differently(study)
    reveal_round(study, "first", "done")
    with pytest.raises(AccessError, match="ana brought these codings in"):
        newest(study, "codings.recorded", "ben")


def test_a_batch_that_entered_a_consensus_stays_until_the_decisions_are_reopened(study: Study) -> None:
    code_differently(study)
    reveal_round(study, "first", "done")
    assert agree_identical(study) == 1
    with pytest.raises(Conflict, match="2 of these codings have entered a consensus"):
        newest(study, "codings.recorded")
    found = newest(study, "consensus.identical")
    assert found.consequences[0] == "1 consensus codings are taken out."
    found.perform()
    assert study.evidence("consensus").height == 0
    newest(study, "codings.recorded").perform()
    assert study.evidence().height == 0


def test_a_machines_batch_goes_without_what_people_answered(study: Study) -> None:
    open_round(study, "round-1", blind=False)  # in a blind round, how many are open would tell what colleagues answered
    suggest(study)
    frame = study.evidence("suggestion")
    accept(study, int(frame["coding_id"][0]), "ana", "round-1")
    found = newest(study, "suggestions.made")
    assert found.does == f"Take {frame.height - 1} suggestions away"
    found.perform()
    assert study.evidence("suggestion").height == 1
    assert study.evidence().height == 1
    newest(study, "suggestions.withdrawn").perform()
    assert study.evidence("suggestion").drop("confidence").rows() == frame.drop("confidence").rows()
    newest(study, "suggestions.restored").perform()
    assert study.evidence("suggestion").height == 1


# Notes and claims


def test_attributes_get_their_former_values(study: Study) -> None:
    guid = str(study.sources()["guid"][0])
    set_attributes(study, "source", guid, {"site": "A", "n": 3})
    set_attributes(study, "source", guid, {"site": "B", "extra": True})
    found = newest(study, "attributes.set")
    assert set(found.consequences) == {"site: A.", "extra: not set."}
    found.perform()
    assert attributes(study, "source")[guid] == {"site": "A", "n": 3}
    newest(study, "attributes.set").perform()
    assert attributes(study, "source")[guid] == {"site": "B", "n": 3, "extra": True}


def test_a_line_that_does_not_hold_what_stood_before_says_so(study: Study) -> None:
    from crosscase.store import audit

    guid = str(study.sources()["guid"][0])
    with study.changing() as connection:
        audit.append_event(connection, "ana", "attributes.set", "source", guid, {"site": "A"})
    with pytest.raises(Conflict, match="does not hold what stood there before"):
        newest(study, "attributes.set")


def test_a_claim_goes_with_its_candidates_and_its_changes_are_taken_back(study: Study) -> None:
    search_against_common(study)
    reveal_round(study, "first", "done")
    name = "north-COMMON"
    n = len(candidates(study, name))
    first = candidates(study, name)[0]
    resolve(study, first.id, "explained", "it says so")
    with pytest.raises(Conflict, match="on the claim north-COMMON — claims — take those back first"):
        newest(study, "claim.made")
    newest(study, "candidate.resolved").perform()
    assert all(item.is_open for item in candidates(study, name))
    newest(study, "claim.made").perform()
    with pytest.raises(NotFound):
        find_claim(study, name)
    newest(study, "claim.withdrawn").perform()
    assert len(candidates(study, name)) == n
    change_claim(study, name, "bounded", "one school differs", sentence="COMMON holds in most of north")
    change_claim(study, name, "dropped", "no longer held")
    with pytest.raises(Conflict, match="undo the newest change first"):
        newest(study, "claim.bounded").perform()
    newest(study, "claim.dropped").perform()
    assert find_claim(study, name).status == "bounded"
    assert [c.change for c in find_claim(study, name).changes] == ["bounded", "dropped", "reverted"]
    raise_candidates(study)  # the claim can be searched against again


def test_a_guest_undoes_nothing(study: Study) -> None:
    with pytest.raises(AccessError):
        newest(study, "source.added", "")
    add_claim(study, own_claim(study, "Schools decide", supports=[COMMON]))
    with pytest.raises(AccessError):
        newest(study, "claim.made", "")


def test_a_finished_round_is_opened_again_and_closed_again(study: Study) -> None:
    code_differently(study)
    reveal_round(study, "first", "all have read")
    close_round(study, "first", "enough")
    newest(study, "round.closed").perform()
    assert not closed_rounds(study)
    newest(study, "round.reopened").perform()
    assert closed_rounds(study) == {"first"}


def test_a_coder_with_an_account_and_a_case_that_one_is_limited_to_stay(study: Study) -> None:
    begin_accounts(study, "olga", "four lamps over a quiet harbour")
    with pytest.raises(Conflict, match="1 account stands"):
        newest(study, "coder.added").perform()
    with study.changing() as connection:
        _, guid = add_named(connection, schema.case, name="east", label="East")
        audit.append_event(connection, "ana", "case.added", "case", guid, {"name": "east"})
    invite(study, "nora", "reader", ["east"])
    with pytest.raises(Conflict, match="limited to it"):
        newest(study, "case.added").perform()
