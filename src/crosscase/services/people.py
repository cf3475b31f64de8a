"""Who codes, and in which round: adding people and opening rounds while the study is running."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import AccessError, Conflict, ManifestError
from crosscase.services.codings import Book
from crosscase.services.study import Study
from crosscase.store import audit, schema, writing

FIRST_ROUND = "round-1"
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")


@dataclass(frozen=True)
class Person:
    """Somebody who codes, or a machine coder (``kind``)."""

    name: str
    label: str
    kind: str


@dataclass(frozen=True)
class RoundState:
    """One pass of coding, and whether coders see each other's work in it."""

    name: str
    blind: bool
    codebook: str


def people(study: Study) -> list[Person]:
    """Everybody who codes, machines included, in the order of joining."""
    with study.reading() as connection:
        rows = connection.execute(sa.select(schema.coder).order_by(schema.coder.c.id))
        return [Person(r.name, r.label, r.kind) for r in rows]


def rounds(study: Study) -> list[RoundState]:
    """The rounds in their order."""
    r, v = schema.coding_round.c, schema.codebook_version.c
    statement = (
        sa.select(r.name, r.blind, v.version)
        .join(schema.codebook_version, v.id == r.codebook_version_id)
        .order_by(r.id)
    )
    with study.reading() as connection:
        return [RoundState(row.name, bool(row.blind), row.version) for row in connection.execute(statement)]


def add_person(study: Study, name: str, label: str = "") -> Person:
    """Let somebody join as a coder; a name that is there already is theirs.

    Raises ``ManifestError`` for a name that cannot stand in tables and ``Conflict`` when it is a machine's.
    """
    check_name(name, "coders")
    with study.changing() as connection:
        row = connection.execute(sa.select(schema.coder).where(schema.coder.c.name == name)).one_or_none()
        if row is not None:
            if row.kind != "person":
                raise Conflict(f"{name} is a machine coder", where="coders", mend="choose another name")
            return Person(row.name, row.label, row.kind)
        shown = label.strip() or name
        _, guid = writing.add_named(connection, schema.coder, name=name, label=shown, kind="person")
        audit.append_event(connection, study.actor, "coder.added", "coder", guid, {"name": name, "kind": "person"})
        return Person(name, shown, "person")


def start_round(study: Study, name: str, *, blind: bool = True) -> None:
    """Begin a new pass of coding; raises ``Conflict`` when there is one of that name."""
    check_name(name, "rounds")
    with study.changing() as connection:
        known = connection.execute(
            sa.select(schema.coding_round.c.id).where(schema.coding_round.c.name == name)
        ).scalar()
        if known is not None:
            raise Conflict(f"there is a round {name} already", where="rounds", mend="choose another name")
        _insert_round(connection, study.actor, name, _newest_version(connection), blind)


def check_name(name: str, where: str) -> str:
    """A short name as tables and file names need it; raises ``ManifestError``."""
    if not _NAME.match(name):
        raise ManifestError(
            f"{name[:40]!r} cannot be a short name", where=where, mend="use letters, digits, dot, dash and underscore"
        )
    return name


def coder_of(connection: Connection, book: Book, name: str) -> int:
    """Id of a person who codes; raises ``AccessError`` for strangers and machines."""
    row = connection.execute(sa.select(schema.coder).where(schema.coder.c.name == name)).one_or_none()
    if row is None or row.kind != "person":
        raise AccessError(f"{name} is no coder of this study", where="coders", mend="say who you are in Settings")
    book.coders[name] = int(row.id)
    return int(row.id)


def round_of(connection: Connection, actor: str, book: Book, name: str) -> int:
    """Id of a round, which begins with its first coding."""
    if name not in book.rounds:
        check_name(name, "rounds")
        book.rounds[name] = _insert_round(connection, actor, name, book.version, blind=True)
    return book.rounds[name]


def _insert_round(connection: Connection, actor: str, name: str, version: int, blind: bool) -> int:
    number, guid = writing.add_named(
        connection, schema.coding_round, name=name, codebook_version_id=version, blind=blind
    )
    audit.append_event(connection, actor, "round.opened", "round", guid, {"name": name, "blind": blind})
    return number


def _newest_version(connection: Connection) -> int:
    return int(connection.execute(sa.select(sa.func.max(schema.codebook_version.c.id))).scalar_one())
