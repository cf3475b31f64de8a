"""The audit log: append-only, every row sealed with the hash of the row before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.store.schema import event

_FIRST = "0" * 64
# Statements that every change asks are built once: building one takes longer than the database needs to answer it.
_HEAD = sa.select(event.c.hash).order_by(event.c.id.desc()).limit(1)
_INSERT = event.insert()


@dataclass(frozen=True)
class Event:
    """Who did what to which object, and when."""

    id: int
    at: str
    actor: str
    verb: str
    object_kind: str
    object_guid: str
    detail: Mapping[str, Any]


def now() -> str:
    """The time, UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seal(previous: str, at: str, actor: str, verb: str, object_kind: str, object_guid: str, detail: str) -> str:
    """SHA-256 over the previous hash and the canonical row."""
    row = json.dumps([previous, at, actor, verb, object_kind, object_guid, detail], ensure_ascii=False)
    return hashlib.sha256(row.encode()).hexdigest()


def append_event(
    connection: Connection, actor: str, verb: str, object_kind: str, object_guid: str, detail: Mapping[str, Any]
) -> None:
    """Add one row to the log, inside the transaction of the change that it records."""
    previous = head(connection)
    at = now()
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True)
    row = {"at": at, "actor": actor, "verb": verb, "object_kind": object_kind, "object_guid": object_guid}
    sealed = seal(previous, at, actor, verb, object_kind, object_guid, text)
    connection.execute(_INSERT, {**row, "detail": text, "previous": previous, "hash": sealed})


def head(connection: Connection) -> str:
    """Hash of the newest event: it changes with every change of the study."""
    newest: str | None = connection.execute(_HEAD).scalar()
    return newest or _FIRST


def events(connection: Connection, *, since: int = 0, limit: int | None = None) -> list[Event]:
    """Events after ``since`` in their order."""
    statement = sa.select(event).where(event.c.id > since).order_by(event.c.id)
    if limit is not None:
        statement = statement.limit(limit)
    return [as_event(row) for row in connection.execute(statement)]


def as_event(row: Any) -> Event:
    """A row of the log as a value."""
    return Event(row.id, row.at, row.actor, row.verb, row.object_kind, row.object_guid, json.loads(row.detail))


def first_broken(connection: Connection) -> int | None:
    """Id of the first event that does not fit the chain; ``None`` when all do."""
    previous = _FIRST
    for r in connection.execute(sa.select(event).order_by(event.c.id)):
        sealed = seal(previous, r.at, r.actor, r.verb, r.object_kind, r.object_guid, r.detail)
        if r.previous != previous or r.hash != sealed:
            return int(r.id)
        previous = r.hash
    return None
