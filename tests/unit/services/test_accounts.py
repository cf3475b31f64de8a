"""Accounts: invited, never given a password by somebody else, and never without an owner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from tests.factories.studies import COMMON, coding_of, make_study

from crosscase.errors import AccessError, Conflict, InputError, NotFound
from crosscase.model.access import Access, Right
from crosscase.services import accounts as services
from crosscase.services.coding_by_hand import code_passage
from crosscase.services.people import add_person, people
from crosscase.services.rounds import open_round
from crosscase.services.study import Study
from crosscase.store import schema

PASSWORD = "four lamps over a quiet harbour"


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    made = make_study(tmp_path)
    yield made
    made.close()


@pytest.fixture
def team(study: Study) -> Study:
    services.begin_accounts(study, "olga", PASSWORD)
    return study


def join(study: Study, name: str, role: str = "coder", cases: list[str] | None = None) -> services.Account:
    _, code = services.invite(study, name, role, cases)
    return services.accept(study, code, PASSWORD)


def test_the_first_account_owns_the_study_and_is_a_coder(study: Study) -> None:
    assert not services.has_accounts(study)
    owner = services.begin_accounts(study, "olga", PASSWORD, "Olga")
    assert services.has_accounts(study)
    assert (owner.role, owner.cases, owner.state) == ("owner", None, "active")
    assert "olga" in {person.name for person in people(study)}


def test_the_first_account_is_made_once(team: Study) -> None:
    with pytest.raises(Conflict):
        services.begin_accounts(team, "eve", PASSWORD)


def test_nobody_is_invited_before_there_is_an_owner(study: Study) -> None:
    with pytest.raises(Conflict, match="owner"):
        services.invite(study, "nora", "coder")


def test_passwords_are_kept_as_argon2id_with_a_salt_of_their_own(team: Study) -> None:
    join(team, "nora")
    with team.reading() as connection:
        kept = list(connection.execute(sa.select(schema.account.c.password)).scalars())
    assert all(text.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for text in kept)
    assert len(set(kept)) == 2


def test_a_name_with_its_password_is_known_and_nothing_else(team: Study) -> None:
    known = services.verify(team, "olga", PASSWORD)
    assert known is not None and known.name == "olga"
    assert services.verify(team, "olga", PASSWORD + "!") is None
    assert services.verify(team, "nobody", PASSWORD) is None
    assert services.verify(team, "olga", "") is None


def test_an_invitation_sets_a_password_once(team: Study) -> None:
    account, code = services.invite(team, "nora", "coder", ["north"])
    assert (account.state, account.cases) == ("invited", ("north",))
    assert services.verify(team, "nora", "") is None
    assert services.invited_name(team, code) == "nora"
    services.accept(team, code, PASSWORD)
    assert services.verify(team, "nora", PASSWORD) is not None
    with pytest.raises(AccessError):
        services.accept(team, code, "another long password here")


def test_an_invitation_ends_after_a_week(team: Study) -> None:
    _, code = services.invite(team, "nora", "coder")
    late = (datetime.now(UTC) - timedelta(seconds=1)).isoformat(timespec="seconds")
    with team.changing() as connection:
        connection.execute(schema.account.update().where(schema.account.c.name == "nora").values(invited_until=late))
    with pytest.raises(AccessError, match="too old"):
        services.accept(team, code, PASSWORD)


def test_the_code_of_an_invitation_is_not_in_the_file(team: Study) -> None:
    _, code = services.invite(team, "nora", "coder")
    with team.reading() as connection:
        rows = str(
            connection.execute(sa.select(schema.account)).all() + connection.execute(sa.select(schema.event)).all()
        )
    assert code not in rows


@pytest.mark.parametrize("password", ["short", "a" * 40, "nora-nora-nora", "x" * 201, "abababababababab"])
def test_a_password_that_can_be_guessed_is_refused(team: Study, password: str) -> None:
    _, code = services.invite(team, "nora", "coder")
    with pytest.raises(InputError):
        services.accept(team, code, password)
    services.accept(team, code, PASSWORD)


def test_another_password_needs_the_old_one_and_ends_sessions(team: Study) -> None:
    before = services.verify(team, "olga", PASSWORD)
    with pytest.raises(AccessError):
        services.change_password(team, "olga", "wrong wrong wrong", "seven boats in the evening")
    after = services.change_password(team, "olga", PASSWORD, "seven boats in the evening")
    assert before is not None and after.stamp != before.stamp
    assert services.verify(team, "olga", PASSWORD) is None
    assert services.verify(team, "olga", "seven boats in the evening") is not None


def test_a_closed_account_lets_nobody_in_and_can_be_invited_again(team: Study) -> None:
    nora = join(team, "nora")
    services.close_account(team, "nora")
    assert services.verify(team, "nora", PASSWORD) is None
    assert services.account_by_guid(team, nora.guid) is None
    again = join(team, "nora", "reader")
    assert (again.guid, again.role, again.state) == (nora.guid, "reader", "active")
    assert again.stamp != nora.stamp


def test_an_owner_stays_whatever_is_changed(team: Study) -> None:
    with pytest.raises(Conflict, match="owner"):
        services.close_account(team, "olga")
    with pytest.raises(Conflict, match="owner"):
        services.change_account(team, "olga", "coder", None)
    services.invite(team, "otto", "owner")  # has no password yet: nobody could come in
    with pytest.raises(Conflict, match="owner"):
        services.close_account(team, "olga")
    join(team, "oda", "owner")
    services.close_account(team, "olga")
    assert {a.name: a.state for a in services.accounts(team)} == {"olga": "closed", "otto": "invited", "oda": "active"}


def test_role_and_cases_are_changed_and_the_history_keeps_both(team: Study) -> None:
    join(team, "nora", "reader", ["north"])
    assert "nora" not in {person.name for person in people(team)}
    changed = services.change_account(team, "nora", "coder", ["north", "south"])
    assert (changed.role, changed.cases) == ("coder", ("north", "south"))
    assert "nora" in {person.name for person in people(team)}
    with team.reading() as connection:
        e = schema.event.c
        detail = connection.execute(sa.select(e.detail).where(e.verb == "account.changed")).scalar_one()
    assert '"before": ["reader", ["north"]]' in detail


@pytest.mark.parametrize(
    ("role", "cases", "error"),
    [
        ("boss", None, NotFound),
        ("owner", ["north"], InputError),
        ("coder", ["east"], NotFound),
        ("coder", [], InputError),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    team: Study, role: str, cases: list[str] | None, error: type[Exception]
) -> None:
    before = team.head()
    with pytest.raises(error):
        services.invite(team, "nora", role, cases)
    assert team.head() == before
    assert [a.name for a in services.accounts(team)] == ["olga"]


def test_a_machine_coder_cannot_have_an_account(team: Study) -> None:
    with team.changing() as connection:
        row = {"guid": "0" * 36, "name": "dictionary", "label": "dictionary", "kind": "dictionary"}
        connection.execute(schema.coder.insert().values(**row))
    with pytest.raises(Conflict, match="machine"):
        services.invite(team, "dictionary", "coder")


def test_a_reader_changes_nothing(study: Study) -> None:
    reader = study.seen_by(Access("reader")).acting_as("rita")
    before = study.head()
    with pytest.raises(AccessError, match="readers"):
        code_passage(reader, replace(coding_of(study, "plan", "All schools shall use", COMMON), guid=str(uuid4())))
    assert study.head() == before


def test_a_coder_codes_and_does_not_lead(study: Study) -> None:
    coder = study.seen_by(Access("coder")).acting_as("ana")
    code_passage(coder, replace(coding_of(study, "plan", "All schools shall use", COMMON), guid=str(uuid4())))
    before = study.head()
    with pytest.raises(AccessError, match="owner"):
        open_round(coder, "second")
    with pytest.raises(AccessError, match="owner"):
        add_person(coder, "zoe")
    assert study.head() == before


def test_roles_hold_the_rights_before_theirs() -> None:
    assert [role.may(right) for role in map(Access, ("reader", "coder", "owner")) for right in Right] == [
        *(True, False, False),
        *(True, True, False),
        *(True, True, True),
    ]
