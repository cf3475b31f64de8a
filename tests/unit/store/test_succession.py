"""What became of codes: renamed, merged, split, and what of it was taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.factories.studies import COMMON, LOCAL, make_study

from crosscase.frameworks.rewriting import CodeText
from crosscase.services.claims import add_claim, find_claim, own_claim
from crosscase.services.codebook_changes import Change, draft_change, make_change
from crosscase.services.codebook_undo import undo_newest_version
from crosscase.services.sight import sight_of
from crosscase.services.study import Study
from crosscase.store import audit
from crosscase.store.succession import heirs, line_of, succession

SHARED = CodeText("infra.curr.shared", "Shared", "It is shared.")
PARTS = (CodeText("infra.curr.bought", "Bought", "It was."), CodeText("infra.curr.written", "Written", "It was."))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return make_study(tmp_path)


def change(study: Study, kind: str, codes: tuple[str, ...], after: tuple[CodeText, ...]) -> None:
    with study.reading() as connection:
        sight = sight_of(connection, "ana")
    draft = draft_change(study, sight, Change(kind, codes, after))
    make_change(study, draft, draft.basis)


def became(study: Study, code: str, since: str = "") -> tuple[str, ...]:
    with study.reading() as connection:
        return heirs((code,), succession(connection, since=since))


def test_a_code_is_followed_through_all_its_names(study: Study) -> None:
    change(study, "rename", (COMMON,), (SHARED,))
    change(study, "split", (SHARED.id,), PARTS)
    assert became(study, COMMON) == (PARTS[0].id, PARTS[1].id)
    with study.reading() as connection:
        assert line_of(COMMON, succession(connection)) == (PARTS[0].id, PARTS[1].id, SHARED.id, COMMON)


@pytest.mark.parametrize(
    ("kind", "codes", "after"),
    [("rename", (COMMON,), (SHARED,)), ("merge", (COMMON, LOCAL), (SHARED,)), ("split", (COMMON,), PARTS)],
)
def test_what_was_taken_back_has_not_happened(
    study: Study, kind: str, codes: tuple[str, ...], after: tuple[CodeText, ...]
) -> None:
    start = audit.now()
    change(study, kind, codes, after)
    middle = audit.now()
    undo_newest_version(study)
    assert became(study, COMMON) == became(study, COMMON, start) == (COMMON,)
    # Whoever began in between spoke of the codes of that time, which are the old ones again.
    assert set(became(study, after[0].id, middle)) == set(codes)
    assert became(study, COMMON, audit.now()) == (COMMON,)


def test_a_claim_made_before_a_change_that_was_taken_back_is_about_its_own_code(study: Study) -> None:
    claim = own_claim(study, "It is common", supports=[COMMON], opposes=[LOCAL])
    add_claim(study, claim)
    change(study, "merge", (COMMON, LOCAL), (SHARED,))
    undo_newest_version(study)
    patterns = find_claim(study, claim.name).claim
    assert str(patterns) == str(claim)
