"""A machine coder in a study: what it writes once, what it leaves alone, and what people answer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories.studies import coding_of, make_study

from crosscase import frameworks
from crosscase.errors import Conflict, CrosscaseError, FrameworkError, NotFound, OffsetError
from crosscase.frameworks.rewriting import CodeText
from crosscase.services.codebook_changes import Change, draft_change, make_change
from crosscase.services.codebook_undo import undo_newest_version
from crosscase.services.history import history, verify_history
from crosscase.services.manifest import Description
from crosscase.services.sight import sight_of
from crosscase.services.source_view import open_suggestions
from crosscase.services.sources import add_sources
from crosscase.services.study import Study, adopt_framework
from crosscase.services.suggestions import accept, reject, suggest
from crosscase.store import schema

TALK = """Interviewer: Is there a pacing guide?
P01: We have a common curriculum and a pacing guide from the district.
P01: There is no instructional coach here.
"""
QUIET = "P02: It rained all day and we were glad of it.\n"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return make_study(tmp_path, {"talk": TALK, "quiet": QUIET})


def rows(study: Study) -> list[Any]:
    with study.reading() as connection:
        return list(connection.execute(sa.select(schema.suggestion).order_by(schema.suggestion.c.id)))


def first_id(study: Study, code: str) -> int:
    return int(study.evidence("suggestion").filter(code=code)["coding_id"][0])


def new_version(study: Study, version: str) -> None:
    """Adopt a newer version of the framework, as its author would publish it."""
    content = frameworks.text_of("education-systems")
    content = re.sub(r"(?m)^version: .*$", f'version: "{version}"', content, count=1)
    with study.changing() as connection:
        assert adopt_framework(connection, "tester", frameworks.loads(content), content)
    del study.__dict__["framework"]


def test_suggestions_are_a_layer_of_their_own(study: Study) -> None:
    done = suggest(study)
    found = study.evidence("suggestion")
    assert done.n_sources == 2 and done.n_new == found.height > 0
    assert set(found["coder"]) == {"dictionary"} and set(found["coder_kind"]) == {"dictionary"}
    assert study.evidence("independent").is_empty()
    assert found["confidence"].null_count() == found.height
    assert {"infra.curr.common", "use.coach.central"} <= set(found["code"])


def test_a_question_is_not_coded(study: Study) -> None:
    suggest(study)
    assert not any("Is there" in text for text in study.evidence("suggestion")["text"])


def test_the_report_says_what_was_done_and_what_was_not_found(study: Study) -> None:
    done = suggest(study)
    assert done.without == ("quiet",)
    assert sum(done.per_indicator.values()) == done.n_new
    assert "dictionary went through 2 sources" in str(done)
    assert "Nothing found in quiet." in str(done)


def test_very_frequent_terms_are_shown_with_samples(tmp_path: Path) -> None:
    study = make_study(tmp_path, {"talk": "P01: It is on the pacing guide, and again it is.\n" * 9})
    done = suggest(study)
    frequent = {term.term: term for term in done.to_confirm}
    assert frequent["pacing guide"].n_hits == 9 and len(frequent["pacing guide"].samples) == 8
    assert "⟦pacing guide⟧" in frequent["pacing guide"].samples[0]
    assert "pacing guide (infra.curr.common)" in str(done)


def test_one_run_is_one_event(study: Study) -> None:
    before = len(history(study))
    suggest(study)
    assert [e.verb for e in history(study)[before:]] == ["coder.added", "suggestions.made"]
    assert history(study)[-1].detail["n_suggestions"] == len(rows(study))
    assert verify_history(study)


def test_a_second_run_changes_nothing(study: Study) -> None:
    first = suggest(study)
    head, before = study.head(), rows(study)
    again = suggest(study)
    assert study.head() == head and rows(study) == before
    assert (again.n_sources, again.n_done_before, again.n_new) == (0, 2, 0)
    assert again.per_indicator == first.per_indicator and again.without == first.without


def test_only_new_sources_are_gone_through(study: Study, tmp_path: Path) -> None:
    suggest(study)
    before = rows(study)
    path = tmp_path / "more.txt"
    path.write_text("P03: We follow the pacing guide.\n")
    add_sources(study, [(path, Description(case="north", kind="interview"))])
    assert suggest(study).n_sources == 1
    assert rows(study)[: len(before)] == before and len(rows(study)) == len(before) + 1


def test_context_sources_are_left_out(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "hearing.txt"
    path.write_text("Every school has a pacing guide.\n")
    add_sources(study, [(path, Description(kind="context"))])
    assert suggest(study).n_sources == 2


def test_two_machine_coders_work_side_by_side(study: Study) -> None:
    suggest(study)
    done = suggest(study, name="dictionary-2")
    assert done.n_new == len(rows(study)) / 2
    assert set(study.evidence("suggestion")["coder"]) == {"dictionary", "dictionary-2"}


def test_the_name_of_a_person_is_refused(study: Study) -> None:
    head = study.head()
    with pytest.raises(Conflict, match="ana is a person"):
        suggest(study, name="ana")
    assert study.head() == head


def test_an_unknown_machine_is_refused(study: Study) -> None:
    with pytest.raises(NotFound, match="oracle"):
        suggest(study, "oracle")


def test_progress_is_told_per_source(study: Study) -> None:
    told: list[tuple[str, int, int]] = []
    suggest(study, progress=lambda *step: told.append(step))
    assert told == [("looking for terms", 1, 2), ("looking for terms", 2, 2)]


def test_open_suggestions_of_an_older_framework_are_replaced(study: Study) -> None:
    suggest(study)
    old = {r.id for r in rows(study)}
    new_version(study, "9.9.0")
    done = suggest(study)
    assert done.n_replaced == len(old) and done.n_sources == 2
    assert old.isdisjoint(r.id for r in rows(study))
    assert set(study.evidence("suggestion")["codebook_version"]) == {"9.9.0"}


def test_what_people_answered_survives_and_is_not_suggested_again(study: Study) -> None:
    suggest(study)
    taken, wrong = first_id(study, "infra.curr.common"), first_id(study, "use.coach.central")
    accept(study, taken, "ana", "first")
    reject(study, wrong, "it is about a sport")
    new_version(study, "9.9.0")
    suggest(study)
    status = {r.id: r.status for r in rows(study)}
    assert (status[taken], status[wrong]) == ("accepted", "rejected")
    found = study.evidence("suggestion")
    assert found.filter(code="infra.curr.common").height == 1
    assert found.filter(code="use.coach.central").is_empty()


SHARED = CodeText("infra.curr.shared", "Shared", "It is shared.")
PARTS = (CodeText("infra.curr.bought", "Bought", "It was."), CodeText("infra.curr.written", "Written", "It was."))


def change_code(study: Study, kind: str, codes: tuple[str, ...], after: tuple[CodeText, ...]) -> None:
    with study.reading() as connection:
        sight = sight_of(connection, "ana")
    draft = draft_change(study, sight, Change(kind, codes, after))
    make_change(study, draft, draft.basis)


def shown(study: Study) -> set[str]:
    with study.reading() as connection:
        return {s["code"] for s in open_suggestions(connection, sa.true())}


@pytest.mark.parametrize(
    ("kind", "codes"), [("rename", ("infra.curr.common",)), ("merge", ("infra.curr.common", "infra.curr.local"))]
)
def test_suggestions_of_a_changed_code_stand_under_what_it_is_now(
    study: Study, kind: str, codes: tuple[str, ...]
) -> None:
    suggest(study)
    number = first_id(study, "infra.curr.common")
    change_code(study, kind, codes, (SHARED,))
    assert SHARED.id in shown(study)
    assert shown(study).isdisjoint(codes)
    assert first_id(study, SHARED.id) == number
    assert study.evidence("suggestion").filter(coding_id=number)["domain"].to_list() == ["infra"]
    accept(study, number, "ana", "first")
    assert study.evidence("independent")["code"].to_list() == [SHARED.id]
    assert next(r.status for r in rows(study) if r.id == number) == "accepted"
    assert history(study)[-1].detail["code"] == SHARED.id
    done = suggest(study)
    assert done.per_indicator.get(SHARED.id) == 1  # what was answered under the old name is not asked again


def test_a_renaming_that_was_taken_back_has_not_happened_to_suggestions(study: Study) -> None:
    suggest(study)
    before = shown(study)
    change_code(study, "rename", ("infra.curr.common",), (SHARED,))
    suggest(study, name="dictionary-2")
    undo_newest_version(study)
    assert shown(study) == before


def test_suggestions_of_a_split_code_wait_for_the_machine(study: Study) -> None:
    suggest(study)
    number = first_id(study, "infra.curr.common")
    change_code(study, "split", ("infra.curr.common",), PARTS)
    assert "infra.curr.common" in shown(study)
    with pytest.raises(FrameworkError):
        accept(study, number, "ana", "first")
    accept(study, number, "ana", "first", code=PARTS[0].id)
    assert study.evidence("independent")["code"].to_list() == [PARTS[0].id]


def test_an_accepted_suggestion_is_a_coding_of_the_person(study: Study) -> None:
    suggest(study)
    number = first_id(study, "infra.curr.common")
    wanted = study.evidence("suggestion").filter(coding_id=number).row(0, named=True)
    coding = accept(study, number, "ana", "first")
    made = study.evidence("independent").row(0, named=True)
    for column in ("source", "start", "end", "text", "code", "locus", "mode", "stance", "actuality"):
        assert made[column] == wanted[column]
    assert (made["coding_id"], made["coder"], made["coder_kind"], made["round"]) == (coding, "ana", "person", "first")
    (row,) = [r for r in rows(study) if r.id == number]
    assert (row.status, row.coding_id) == ("accepted", coding)
    event = history(study)[-1]
    assert (event.verb, event.detail["coding"], event.object_guid) == ("suggestion.accepted", coding, row.guid)


def test_accepting_with_changes_is_editing(study: Study) -> None:
    suggest(study)
    number = first_id(study, "infra.curr.common")
    accept(study, number, "ana", "first", {"locus": "school", "stance": "present"})
    made = study.evidence("independent").row(0, named=True)
    assert (made["locus"], made["mode"]) == ("school", None)
    assert next(r.status for r in rows(study) if r.id == number) == "edited"
    assert history(study)[-1].verb == "suggestion.edited"


def test_code_and_passage_can_be_changed(study: Study) -> None:
    suggest(study)
    number = first_id(study, "infra.curr.common")
    start = TALK.index("a pacing guide from")
    accept(study, number, "ana", "first", code="infra.curr.local", passage=(start, start + 14))
    made = study.evidence("independent").row(0, named=True)
    assert (made["text"], made["code"]) == ("a pacing guide", "infra.curr.local")
    assert next(r.status for r in rows(study) if r.id == number) == "edited"


def test_a_coding_that_stands_there_is_not_made_twice(study: Study) -> None:
    suggest(study)
    suggest(study, name="dictionary-2")
    same = study.evidence("suggestion").filter(code="infra.curr.common")["coding_id"].to_list()
    assert len(same) == 2
    assert accept(study, same[0], "ana", "first") == accept(study, same[1], "ana", "first")
    assert study.evidence("independent").height == 1
    assert accept(study, first_id(study, "use.coach.central"), "ana", "second")


@pytest.mark.parametrize("first", ["accept", "reject"])
def test_an_answered_suggestion_cannot_be_answered_again(study: Study, first: str) -> None:
    suggest(study)
    number = first_id(study, "infra.curr.common")
    _ = accept(study, number, "ana", "first") if first == "accept" else reject(study, number)
    head = study.head()
    with pytest.raises(Conflict, match="already"):
        accept(study, number, "ben", "first")
    with pytest.raises(Conflict, match="already"):
        reject(study, number)
    assert study.head() == head


@pytest.mark.parametrize(
    ("error", "wrong"),
    [
        (FrameworkError, {"facets": {"locus": "moon"}}),
        (FrameworkError, {"facets": {"weather": "rain"}}),
        (FrameworkError, {"code": "no.such.code"}),
        (OffsetError, {"passage": (5, 5)}),
        (OffsetError, {"passage": (0, 10_000)}),
        (Conflict, {"coder": "dictionary"}),
    ],
)
def test_a_refused_answer_changes_nothing(study: Study, error: type[CrosscaseError], wrong: dict[str, Any]) -> None:
    suggest(study)
    number = first_id(study, "infra.curr.common")
    head = study.head()
    with pytest.raises(error):
        accept(study, number, **{"coder": "ana", "round": "first", **wrong})
    assert study.head() == head and {r.status for r in rows(study)} == {"open"}
    assert study.evidence("independent").is_empty()


def test_a_suggestion_that_is_not_there_is_not_found(study: Study) -> None:
    with pytest.raises(NotFound):
        accept(study, 77, "ana", "first")
    with pytest.raises(NotFound):
        reject(study, 77)


def test_a_rejected_suggestion_leaves_the_evidence_and_keeps_its_reason(study: Study) -> None:
    suggest(study)
    number = first_id(study, "infra.curr.common")
    reject(study, number, "a quotation from a film")
    assert number not in study.evidence("suggestion")["coding_id"].to_list()
    assert history(study)[-1].detail["reason"] == "a quotation from a film"


def test_peoples_codings_are_never_touched(study: Study) -> None:
    from crosscase.services.codings import record_codings

    record_codings(study, [coding_of(study, "talk", "a common curriculum", "infra.curr.common")])
    before = study.evidence("independent")
    suggest(study)
    new_version(study, "9.9.0")
    suggest(study)
    assert study.evidence("independent").equals(before)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["suggest", "accept", "reject", "other"]), st.integers(0, 5)), min_size=1, max_size=8
    )
)
def test_whatever_people_do_between_a_repeated_run_is_quiet(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    study = make_study(tmp_path_factory.mktemp("steps"), {"talk": TALK, "quiet": QUIET})
    for verb, number in steps:
        standing = [r for r in rows(study) if r.status == "open"]
        if verb == "suggest":
            suggest(study)
        elif verb == "other":
            suggest(study, name="other")
        elif standing and verb == "accept":
            accept(study, standing[number % len(standing)].id, "ana", "first")
        elif standing:
            reject(study, standing[number % len(standing)].id)
    suggest(study)
    head, before = study.head(), rows(study)
    suggest(study)
    assert study.head() == head and rows(study) == before
    places = [(r.coder_id, r.source_id, r.start, r.end, r.code_id) for r in before]
    assert len(places) == len(set(places))
    study.close()
