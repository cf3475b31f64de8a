"""A round that is finished: what is left to read, closing, what is refused then, and opening again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.factories.studies import COMMON, LOCAL, code_differently, coding_of, make_study

from crosscase.cli import main
from crosscase.errors import Conflict, ManifestError, NotFound
from crosscase.model.coding import Passage, ReviewedSpan
from crosscase.services.adjudicating import accept_coding, agree_identical
from crosscase.services.answering import accept
from crosscase.services.coding_by_hand import bring_back, change_coding, code_passage, mark_read, take_out
from crosscase.services.codings import record_codings, retire_coding
from crosscase.services.history import history, verify_history
from crosscase.services.round_reading import round_reading
from crosscase.services.rounds import close_round, closed_rounds, open_round, reopen_round, round_state
from crosscase.services.study import Study
from crosscase.services.suggestions import suggest


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """ana and ben have read the interview and the plan in the round "first", and nobody the notes."""
    with make_study(tmp_path) as made:
        code_differently(made)
        yield made


def left(study: Study, name: str = "first") -> dict[str, dict[str, tuple[int, int]]]:
    return {p.coder: {w.source: (w.n_left, w.n_units) for w in p.left} for p in round_reading(study, name)}


def guid_of(study: Study, coding: int) -> str:
    with study.reading() as connection:
        return str(connection.exec_driver_sql(f"select guid from coding where id = {coding}").scalar_one())


def test_what_each_coder_has_still_to_read_is_counted_in_turns(study: Study) -> None:
    assert {coder: list(some) for coder, some in left(study).items()} == {"ana": ["notes"], "ben": ["notes"]}
    open_round(study, "second", sources=["interview-p01", "notes"])
    text = study.text("interview-p01")
    second = text.index("Interviewer: And")
    mark_read(study, "interview-p01", [(0, second)], "ana", "second")
    assert left(study, "second") == {
        "ana": {"interview-p01": (1, 2), "notes": (1, 1)},
        "ben": {"interview-p01": (2, 2), "notes": (1, 1)},
    }
    ana, ben = round_reading(study, "second")
    assert [w.begun for w in ana.left] == [True, False]
    assert [w.begun for w in ben.left] == [False, False]
    mark_read(study, "interview-p01", [(second, len(text))], "ana", "second")
    assert list(left(study, "second")["ana"]) == ["notes"]


def test_questions_need_not_be_read(study: Study) -> None:
    open_round(study, "second", sources=["interview-p01"], coders=["ana"])
    text = study.text("interview-p01")
    answers = [(text.index("P01: The"), text.index("Interviewer: And")), (text.index("P01: Then"), len(text))]
    mark_read(study, "interview-p01", answers, "ana", "second")
    assert left(study, "second") == {"ana": {}}


def test_a_round_asks_only_for_its_own_sources_and_coders(study: Study) -> None:
    open_round(study, "second", sources=["plan"], coders=["ben"])
    assert {coder: list(some) for coder, some in left(study, "second").items()} == {"ben": ["plan"]}
    with pytest.raises(NotFound, match="no round 'third'"):
        round_reading(study, "third")


def test_a_round_with_something_left_is_closed_with_a_reason_only(study: Study) -> None:
    before = study.head()
    with pytest.raises(ManifestError, match="ana, ben have not read all of it"):
        close_round(study, "first")
    assert study.head() == before
    state = close_round(study, "first", "the notes are for the second round")
    assert state.closed
    assert closed_rounds(study) == {"first"}
    event = history(study)[-1]
    assert (event.verb, event.detail["reason"]) == ("round.closed", "the notes are for the second round")
    with pytest.raises(Conflict, match="is closed since"):
        close_round(study, "first", "again")


def test_a_round_that_all_have_read_is_closed_without_a_reason(study: Study) -> None:
    read = [ReviewedSpan(Passage("notes", 0, len(study.text("notes"))), c, "first") for c in ("ana", "ben")]
    record_codings(study, [], read)
    assert close_round(study, "first").closed_at is not None


ATTEMPTS: dict[str, Callable[[Study], Any]] = {
    "code": lambda s: code_passage(s, _named(s, coding_of(s, "notes", "pacing guide", COMMON, "ana"))),
    "change": lambda s: change_coding(s, guid_of(s, 1), "ana", code=LOCAL),
    "take out": lambda s: take_out(s, guid_of(s, 1), "ana"),
    "bring back": lambda s: bring_back(s, guid_of(s, 5), "ana"),
    "mark as read": lambda s: mark_read(s, "notes", [(0, 10)], "ana", "first"),
    "mark as unread": lambda s: mark_read(s, "plan", [(0, len(s.text("plan")))], "ana", "first", read=False),
    "import codings": lambda s: record_codings(s, [coding_of(s, "notes", "pacing guide", COMMON, "ana")]),
    "import readings": lambda s: record_codings(s, [], [ReviewedSpan(Passage("notes", 0, 9), "ana", "first")]),
    "retire": lambda s: retire_coding(s, 1),
    "accept a suggestion": lambda s: accept(s, 1, "ana", "first"),
}


def _named(_study: Study, coding: Any) -> Any:
    from dataclasses import replace

    return replace(coding, guid=str(uuid4()))


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nothing_is_added_to_a_closed_round_and_all_of_it_again_after_reopening(study: Study, attempt: str) -> None:
    suggest(study)
    take_out(study, guid_of(study, 5), "ana")
    close_round(study, "first", "enough")
    before = study.head()
    with pytest.raises(Conflict, match="round 'first' is finished since .*: nothing is coded in it any more"):
        ATTEMPTS[attempt](study)
    assert study.head() == before
    reopen_round(study, "first", "ana forgot a page")
    ATTEMPTS[attempt](study)
    assert study.head() != before
    assert verify_history(study)


def test_what_stands_there_already_may_be_said_again(study: Study) -> None:
    close_round(study, "first", "enough")
    before = study.head()
    code_differently(study)
    text = study.text("plan")
    assert mark_read(study, "plan", [(0, len(text))], "ana", "first") == 0
    assert study.head() == before


def test_decisions_and_other_rounds_go_on(study: Study) -> None:
    close_round(study, "first", "enough")
    assert agree_identical(study) == 1
    assert accept_coding(study, 5).decision == "accepted"
    code_differently(study, "second")
    assert round_state(study, "second").n_codings == 8


def test_opening_again_needs_a_closed_round_and_a_reason(study: Study) -> None:
    with pytest.raises(Conflict, match="is not closed"):
        reopen_round(study, "first", "x")
    close_round(study, "first", "enough")
    with pytest.raises(ManifestError, match="without a reason"):
        reopen_round(study, "first", " ")
    reopen_round(study, "first", "a page was missing")
    assert not round_state(study, "first").closed
    close_round(study, "first", "now")
    assert [e.verb for e in history(study)][-3:] == ["round.closed", "round.reopened", "round.closed"]


def test_the_command_line_shows_closes_and_opens(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(study.folder)
    assert main(["round", "progress", "first", "--study", folder]) == 0
    assert "Still reading: ana, ben." in capsys.readouterr().out
    assert main(["round", "close", "first", "--study", folder]) == 2
    assert "have not read all of it" in capsys.readouterr().err
    assert main(["round", "close", "first", "--reason", "enough", "--study", folder]) == 0
    assert main(["round", "list", folder]) == 0
    assert "closed" in capsys.readouterr().out
    assert main(["round", "reopen", "first", "--reason", "a page", "--study", folder]) == 0
    assert main(["round", "progress", "first", "--study", folder, "--json"]) == 0
    assert '"closed_at": null' in capsys.readouterr().out
