"""Memos and attributes: what people note on any object of a study."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import AccessError, ManifestError, NotFound
from crosscase.model.access import Right
from crosscase.model.coding import Memo
from crosscase.model.study import AttributeValue
from crosscase.services.study import Study
from crosscase.store import audit, schema

_TABLES: Mapping[str, sa.Table] = {
    "study": schema.study,
    "case": schema.case,
    "source": schema.source,
    "participant": schema.participant,
    "coder": schema.coder,
    "code": schema.code,
    "coding": schema.coding,
    "suggestion": schema.suggestion,
}


def write_memo(
    study: Study, object_kind: str, object_guid: str, text: str, *, guid: str | None = None, about: str = ""
) -> Memo:
    """Note something on a case, source, participant, code, coding …; raises ``NotFound`` if there is no such object.

    A memo whose ``guid`` stands there already is not written twice; ``about`` says in the history what it is for.
    """
    if not text.strip():
        raise ManifestError("the memo is empty", where=f"{object_kind} {object_guid}", mend="write something")
    memo = Memo(object_kind, object_guid, text, study.actor, guid or str(uuid4()))
    with study.changing(Right.CODE) as connection:
        check_object(connection, object_kind, object_guid)
        if connection.execute(sa.select(schema.memo.c.id).where(schema.memo.c.guid == memo.guid)).scalar() is not None:
            return memo
        connection.execute(
            schema.memo.insert().values(
                guid=memo.guid,
                object_kind=object_kind,
                object_guid=object_guid,
                text=text,
                author=memo.author,
                created_at=audit.now(),
            )
        )
        detail = {"on": object_kind, "object": object_guid, "text": text, **({"about": about} if about else {})}
        audit.append_event(connection, study.actor, "memo.written", "memo", memo.guid, detail)
    return memo


def erase_memo(study: Study, guid: str) -> None:
    """Take an own memo away; its words stay in the history. Raises ``AccessError`` for a colleague's."""
    m = schema.memo
    with study.changing(Right.CODE) as connection:
        row = connection.execute(sa.select(m).where(m.c.guid == guid)).one_or_none()
        if row is None:
            return
        if row.author != study.actor:
            raise AccessError("this is a colleague's memo", where=row.author, mend="answer it with one of your own")
        connection.execute(m.delete().where(m.c.id == row.id))
        detail = {"on": row.object_kind, "object": row.object_guid, "text": row.text}
        audit.append_event(connection, study.actor, "memo.erased", "memo", guid, detail)


def memos(study: Study, object_guid: str | None = None) -> list[Memo]:
    """All memos, or those on one object, in the order of writing."""
    m = schema.memo.c
    statement = sa.select(schema.memo).order_by(m.id)
    if object_guid is not None:
        statement = statement.where(m.object_guid == object_guid)
    with study.reading() as connection:
        return [Memo(r.object_kind, r.object_guid, r.text, r.author, r.guid) for r in connection.execute(statement)]


def set_attributes(study: Study, object_kind: str, object_guid: str, values: Mapping[str, AttributeValue]) -> None:
    """Give a case, source or participant typed attributes; ``None`` takes one away."""
    with study.changing() as connection:
        check_object(connection, object_kind, object_guid)
        store_attributes(connection, study.actor, object_kind, object_guid, values)


def store_attributes(
    connection: Connection, actor: str, object_kind: str, object_guid: str, values: Mapping[str, AttributeValue]
) -> None:
    """The same, inside a transaction that is open already."""
    a = schema.attribute.c
    there = sa.select(schema.attribute).where(a.object_kind == object_kind, a.object_guid == object_guid)
    held = {row.name: row.value for row in connection.execute(there)}
    for name, value in values.items():
        mine = sa.and_(a.object_kind == object_kind, a.object_guid == object_guid, a.name == name)
        connection.execute(schema.attribute.delete().where(mine))
        if value is not None:
            row = {"object_kind": object_kind, "object_guid": object_guid, "name": name, "value": value}
            connection.execute(schema.attribute.insert().values(**row))
    if values:
        detail = {"values": dict(values), "before": {name: held.get(name) for name in values}}
        audit.append_event(connection, actor, "attributes.set", object_kind, object_guid, detail)


def attributes(study: Study, object_kind: str) -> dict[str, dict[str, AttributeValue]]:
    """GUID → attribute → value, for all objects of a kind."""
    a = schema.attribute.c
    found: dict[str, dict[str, AttributeValue]] = {}
    with study.reading() as connection:
        for row in connection.execute(sa.select(schema.attribute).where(a.object_kind == object_kind).order_by(a.name)):
            found.setdefault(row.object_guid, {})[row.name] = row.value
    return found


def check_object(connection: Connection, kind: str, guid: str) -> None:
    """Raise ``NotFound`` unless the study has such an object."""
    table = _TABLES.get(kind)
    if table is None:
        raise NotFound(f"no kind of object {kind!r}", mend=f"use {', '.join(_TABLES)}")
    column = table.c.value if kind == "study" else table.c.guid
    if connection.execute(sa.select(sa.literal(1)).where(column == guid)).scalar() is None:
        raise NotFound(f"no {kind} {guid!r}", mend="the GUIDs stand in `study.sources()` and the history")
