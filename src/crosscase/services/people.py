"""Who codes: adding people while the study is running; a round that nobody opened begins with its first coding."""

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
CONSENSUS = "consensus"  # whose name stands under adjudicated codings; nobody of that name codes
_CODER = sa.select(schema.coder).where(schema.coder.c.name == sa.bindparam("name"))
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")


@dataclass(frozen=True)
class Person:
    """Somebody who codes, or a machine coder (``kind``)."""

    name: str
    label: str
    kind: str


def people(study: Study) -> list[Person]:
    """Everybody who codes, machines included, in the order of joining."""
    c = schema.coder.c
    with study.reading() as connection:
        rows = connection.execute(sa.select(schema.coder).where(c.name != CONSENSUS).order_by(c.id))
        return [Person(r.name, r.label, r.kind) for r in rows]


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


def check_name(name: str, where: str) -> str:
    """A short name as tables and file names need it; raises ``ManifestError``."""
    if not _NAME.match(name):
        raise ManifestError(
            f"{name[:40]!r} cannot be a short name", where=where, mend="use letters, digits, dot, dash and underscore"
        )
    return name


def coder_of(connection: Connection, book: Book, name: str) -> int:
    """Id of a person who codes; raises ``AccessError`` for strangers and machines."""
    row = connection.execute(_CODER, {"name": name}).one_or_none()
    if row is None or row.kind != "person":
        raise AccessError(f"{name} is no coder of this study", where="coders", mend="say who you are in Settings")
    book.coders[name] = int(row.id)
    return int(row.id)


def round_of(connection: Connection, actor: str, book: Book, name: str) -> int:
    """Id of a round; one that nobody opened begins, blind, with its first coding."""
    if name not in book.rounds:
        check_name(name, "rounds")
        number, guid = writing.add_named(
            connection, schema.coding_round, name=name, codebook_version_id=book.version, blind=True
        )
        audit.append_event(connection, actor, "round.opened", "round", guid, {"name": name, "blind": True})
        book.rounds[name] = number
    return book.rounds[name]
