"""Who may come in over the network: accounts with a role and with the cases that they reach.

Passwords are kept as argon2id hashes with the parameters of RFC 9106, section 4 (the second recommended option:
64 MiB, three passes, four lanes). Nobody chooses a password for somebody else: an owner invites, and whoever holds the
invitation's code sets the password, once and within a week.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy.engine import Connection

from crosscase.errors import AccessError, Conflict, InputError, NotFound
from crosscase.model.access import ROLES, Access
from crosscase.services.people import check_name
from crosscase.services.study import Study
from crosscase.store import audit, schema, writing

SHORTEST = 12
LONGEST = 200  # characters; a longer one is a mistake, or an attempt to keep the machine busy
INVITED_FOR = timedelta(days=7)
_A = schema.account.c


@dataclass(frozen=True)
class Account:
    """Somebody who may come in.

    ``stamp`` ends the sessions of before when it changes; ``state`` is invited, active or closed; ``cases`` is ``None``
    for every case.
    """

    guid: str
    name: str
    label: str
    role: str
    cases: tuple[str, ...] | None
    stamp: str
    state: str

    @property
    def access(self) -> Access:
        return Access(self.role, None if self.cases is None else frozenset(self.cases))


def accounts(study: Study) -> list[Account]:
    """Everybody, in the order of joining."""
    with study.reading() as connection:
        return [_read(connection, row) for row in connection.execute(sa.select(schema.account).order_by(_A.id))]


def has_accounts(study: Study) -> bool:
    """Whether coming in needs an account."""
    # Asked at every request: the driver answers in a tenth of the time that a built statement takes.
    connection = study.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM account LIMIT 1")
        return cursor.fetchone() is not None
    finally:
        connection.close()


def account_by_guid(study: Study, guid: str) -> Account | None:
    """An account that is not closed."""
    with study.reading() as connection:
        row = connection.execute(sa.select(schema.account).where(_A.guid == guid, _A.closed_at.is_(None))).one_or_none()
        return _read(connection, row) if row is not None else None


def begin_accounts(study: Study, name: str, password: str, label: str = "") -> Account:
    """Make the first account, an owner with a password; from then on nobody comes in without one.

    Raises ``Conflict`` when there are accounts already.
    """
    check_name(name, "accounts")
    kept = _hash(checked_password(password, name))
    with study.changing() as connection:
        if connection.execute(sa.select(_A.id).limit(1)).scalar() is not None:
            raise Conflict("the study has accounts already", where="accounts", mend="invite people instead")
        number = _add(connection, study.actor, name, label, "owner", None)
        connection.execute(schema.account.update().where(_A.id == number).values(password=kept))
        return _read(connection, _row(connection, name))


def invite(
    study: Study, name: str, role: str, cases: Iterable[str] | None = None, label: str = ""
) -> tuple[Account, str]:
    """Make an account; returns it with the code that lets its holder set a password once, within a week.

    Raises ``NotFound`` for an unknown role or case, ``Conflict`` for a name that has an account, ``AccessError`` while
    the study has no owner with a password.
    """
    check_name(name, "accounts")
    _check_role(role, cases)
    with study.changing() as connection:
        _demand_owner(connection, besides="")
        there = connection.execute(sa.select(schema.account).where(_A.name == name)).one_or_none()
        if there is not None and there.closed_at is None:
            raise Conflict(f"{name} has an account already", where="accounts", mend="change it, or invite them anew")
        _add(connection, study.actor, name, label, role, cases, there)
        code = _new_code(connection, name)
        return _read(connection, _row(connection, name)), code


def invite_again(study: Study, name: str) -> str:
    """A fresh code for somebody who lost theirs or forgot the password; their sessions end when they use it."""
    with study.changing() as connection:
        row = _row(connection, name)
        code = _new_code(connection, name)
        audit.append_event(connection, study.actor, "account.invited", "account", row.guid, {"name": name})
        return code


def accept(study: Study, code: str, password: str) -> Account:
    """Set the password of an invitation; raises ``AccessError`` when the code is not good, or not any more."""
    digest = hashlib.sha256(code.encode()).hexdigest()
    name = _invited(study, digest).name
    kept = _hash(checked_password(password, name))
    with study.changing() as connection:
        values = {"password": kept, "invitation": None, "invited_until": None, "stamp": secrets.token_hex(16)}
        done = connection.execute(schema.account.update().where(_A.invitation == digest).values(**values))
        if done.rowcount != 1:
            raise _no_invitation()
        row = _row(connection, name)
        audit.append_event(connection, name, "account.password_set", "account", row.guid, {"name": name})
        return _read(connection, row)


def invited_name(study: Study, code: str) -> str:
    """Whom an invitation is for; raises ``AccessError``."""
    return str(_invited(study, hashlib.sha256(code.encode()).hexdigest()).name)


def verify(study: Study, name: str, password: str) -> Account | None:
    """The account of a name with its password; ``None`` otherwise, after the same work whatever is wrong."""
    with study.reading() as connection:
        row = connection.execute(sa.select(schema.account).where(_A.name == name, _A.closed_at.is_(None))).one_or_none()
        account = _read(connection, row) if row is not None else None
    kept = row.password if row is not None and row.password else _nobody()
    try:
        _hasher().verify(kept, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return None
    return account if row is not None and row.password else None


def change_password(study: Study, name: str, old: str, new: str) -> Account:
    """Set another password; sessions elsewhere end. Raises ``AccessError`` when the old one is wrong."""
    if verify(study, name, old) is None:
        raise AccessError("the present password is not right", where=name, mend="try again")
    kept = _hash(checked_password(new, name))
    with study.changing() as connection:
        row = _row(connection, name)
        values = {"password": kept, "stamp": secrets.token_hex(16)}
        connection.execute(schema.account.update().where(_A.id == row.id).values(**values))
        audit.append_event(connection, name, "account.password_set", "account", row.guid, {"name": name})
        return _read(connection, _row(connection, name))


def change_account(study: Study, name: str, role: str, cases: Iterable[str] | None) -> Account:
    """Give somebody another role or other cases; raises ``Conflict`` when no owner would be left."""
    _check_role(role, cases)
    with study.changing() as connection:
        row = _row(connection, name)
        if role != "owner":
            _demand_owner(connection, besides=name)
        before = _read(connection, row)
        connection.execute(schema.account.update().where(_A.id == row.id).values(role=role, every_case=cases is None))
        _set_cases(connection, row.id, cases)
        if role != "reader":
            _join(connection, study.actor, name, row.label)
        after = _read(connection, _row(connection, name))
        detail = {"name": name, "role": role, "cases": _said(after), "before": [before.role, _said(before)]}
        audit.append_event(connection, study.actor, "account.changed", "account", row.guid, detail)
        return after


def close_account(study: Study, name: str) -> None:
    """Let somebody in no more; what they did stays theirs. Raises ``Conflict`` when no owner would be left."""
    with study.changing() as connection:
        row = _row(connection, name)
        _demand_owner(connection, besides=name)
        values = {"closed_at": audit.now(), "stamp": secrets.token_hex(16), "invitation": None, "password": None}
        connection.execute(schema.account.update().where(_A.id == row.id).values(**values))
        audit.append_event(connection, study.actor, "account.closed", "account", row.guid, {"name": name})


def checked_password(password: str, name: str) -> str:
    """A password that may be used (NIST SP 800-63B: length counts, composition rules do not); else ``InputError``."""
    where = "password"
    if len(password) < SHORTEST:
        raise InputError(f"it has {len(password)} characters", where=where, mend=f"use at least {SHORTEST}")
    if len(password) > LONGEST:
        raise InputError(f"it has {len(password)} characters", where=where, mend=f"use at most {LONGEST}")
    if len(set(password)) < 5 or name.lower() in password.lower():
        raise InputError("it can be guessed", where=where, mend="use several words that do not belong together")
    return password


def _add(
    connection: Connection,
    actor: str,
    name: str,
    label: str,
    role: str,
    cases: Iterable[str] | None,
    closed: sa.Row[Any] | None = None,
) -> int:
    """A new account, or one that was closed, open again without its former password."""
    shown = label.strip() or name
    person = connection.execute(sa.select(schema.coder).where(schema.coder.c.name == name)).one_or_none()
    if person is not None and person.kind != "person":
        raise Conflict(f"{name} is a machine coder", where="accounts", mend="choose another name")
    if person is not None and not label.strip():
        shown = person.label
    values: dict[str, Any] = {"label": shown, "role": role, "every_case": cases is None, "closed_at": None}
    values |= {"stamp": secrets.token_hex(16), "created_at": audit.now()}
    if closed is not None:
        number, guid = int(closed.id), str(closed.guid)
        connection.execute(schema.account.update().where(_A.id == number).values(**values))
    else:
        number, guid = writing.add_named(connection, schema.account, name=name, **values)
    _set_cases(connection, number, cases)
    if role != "reader":
        _join(connection, actor, name, shown)
    said = _said(_read(connection, _row(connection, name)))
    audit.append_event(connection, actor, "account.added", "account", guid, {"name": name, "role": role, "cases": said})
    return number


def _join(connection: Connection, actor: str, name: str, label: str) -> None:
    """Who may code is one of the coders."""
    if connection.execute(sa.select(schema.coder.c.id).where(schema.coder.c.name == name)).scalar() is None:
        _, guid = writing.add_named(connection, schema.coder, name=name, label=label, kind="person")
        audit.append_event(connection, actor, "coder.added", "coder", guid, {"name": name, "kind": "person"})


def _set_cases(connection: Connection, account: int, cases: Iterable[str] | None) -> None:
    link, c = schema.account_case, schema.case.c
    connection.execute(link.delete().where(link.c.account_id == account))
    if cases is None:
        return
    wanted = sorted(set(cases))
    known = {row.name: row.id for row in connection.execute(sa.select(c.name, c.id).where(c.name.in_(wanted)))}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise NotFound(f"no case {unknown[0]!r}", where="accounts", mend="the Study room lists the cases")
    if not wanted:
        raise InputError("no case is chosen", where="accounts", mend="choose at least one, or every case")
    connection.execute(link.insert(), [{"account_id": account, "case_id": known[name]} for name in wanted])


def _check_role(role: str, cases: Iterable[str] | None) -> None:
    if role not in ROLES:
        raise NotFound(f"no role {role!r}", where="accounts", mend=f"use {', '.join(ROLES)}")
    if role == "owner" and cases is not None:
        raise InputError("an owner sees every case", where="accounts", mend="make them a coder or a reader instead")


def _demand_owner(connection: Connection, besides: str) -> None:
    """Somebody must be able to let people in: an owner with a password, other than the one who is changed."""
    left = sa.select(_A.id).where(
        _A.role == "owner", _A.closed_at.is_(None), _A.password.is_not(None), _A.name != besides
    )
    if connection.execute(left.limit(1)).scalar() is None:
        raise Conflict("no owner would be left", where="accounts", mend="first make another owner, with a password")


def _new_code(connection: Connection, name: str) -> str:
    code = secrets.token_urlsafe(24)
    until = (datetime.now(UTC) + INVITED_FOR).isoformat(timespec="seconds")
    values: dict[str, Any] = {"invitation": hashlib.sha256(code.encode()).hexdigest(), "invited_until": until}
    connection.execute(schema.account.update().where(_A.name == name).values(**values))
    return code


def _invited(study: Study, digest: str) -> sa.Row[Any]:
    with study.reading() as connection:
        row = connection.execute(
            sa.select(schema.account).where(_A.invitation == digest, _A.closed_at.is_(None))
        ).one_or_none()
    if row is None or datetime.fromisoformat(row.invited_until) < datetime.now(UTC):
        raise _no_invitation()
    return row


def _no_invitation() -> AccessError:
    return AccessError("this invitation was used already, or is too old", where="accounts", mend="ask for a fresh one")


def _row(connection: Connection, name: str) -> sa.Row[Any]:
    row = connection.execute(sa.select(schema.account).where(_A.name == name, _A.closed_at.is_(None))).one_or_none()
    if row is None:
        raise NotFound(f"{name} has no account", where="accounts", mend="Settings lists the accounts")
    return row


def _read(connection: Connection, row: sa.Row[Any]) -> Account:
    link, c = schema.account_case.c, schema.case.c
    mine = sa.select(c.name).join(schema.account_case, link.case_id == c.id).where(link.account_id == row.id)
    cases = None if row.every_case else tuple(connection.execute(mine.order_by(c.id)).scalars())
    state = "closed" if row.closed_at else "active" if row.password else "invited"
    return Account(row.guid, row.name, row.label, row.role, cases, row.stamp, state)


def _said(account: Account) -> str | list[str]:
    return "all" if account.cases is None else list(account.cases)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


def _hash(password: str) -> str:
    return _hasher().hash(password)


@cache
def _nobody() -> str:
    """The hash that a wrong name is checked against, so that it takes as long as a wrong password."""
    return _hash(secrets.token_urlsafe(24))
