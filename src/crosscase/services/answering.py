"""What people answer to machines' suggestions: accept, accept with changes, reject."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import AccessError, Conflict, NotFound
from crosscase.model.access import Right
from crosscase.model.coding import Coding, Passage
from crosscase.services.closing import refuse_closed
from crosscase.services.codings import Book, add_coders, check_coding
from crosscase.services.people import round_of
from crosscase.services.study import Study
from crosscase.store import audit, schema, writing
from crosscase.store.succession import present_codes


def accept(
    study: Study,
    suggestion_id: int,
    coder: str,
    round: str,
    facets: Mapping[str, str] | None = None,
    *,
    code: str | None = None,
    passage: tuple[int, int] | None = None,
    guid: str = "",
) -> int:
    """Make a suggestion a person's coding; returns the coding's id, which the suggestion remembers.

    With other ``facets``, another ``code`` or another ``passage`` (start, end) the suggestion counts as edited. A
    coding of this person that says the same already is not made twice; a new one gets ``guid``. Raises
    ``Conflict`` when the suggestion is answered already or ``coder`` is a machine.
    """
    with study.changing(Right.CODE) as connection:
        row = _open_suggestion(connection, suggestion_id)
        book = Book.open(connection, study.framework)
        place = Passage(row.source, row.start, row.end)
        was = Coding(place, _code_of(connection, row), coder, round, json.loads(row.facets))
        said = replace(
            was,
            passage=Passage(row.source, *passage) if passage else was.passage,
            code=code or was.code,
            facets={k: v for k, v in (was.facets if facets is None else facets).items() if v},
            guid=guid,
        )
        check_coding(said.passage, said.code, said.facets, book, None)
        add_coders(connection, study.actor, book, [coder])
        _refuse_machine(connection, book.coders[coder], coder)
        number = _coding_id(connection, study.actor, book, said)
        detail = {
            "coding": number,
            "coder": coder,
            "round": round,
            "code": said.code,
            "passage": [said.passage.start, said.passage.end],
            "facets": said.facets,
        }
        _answer(connection, study.actor, row, "accepted" if replace(said, guid="") == was else "edited", detail, number)
    return number


def reject(study: Study, suggestion_id: int, reason: str = "") -> None:
    """Say that a suggestion is wrong; it leaves every analysis and is not made again. Raises ``Conflict``."""
    with study.changing(Right.CODE) as connection:
        row = _open_suggestion(connection, suggestion_id)
        detail = {"reason": reason, "code": _code_of(connection, row)}
        _answer(connection, study.actor, row, "rejected", detail, None)


def reopen(study: Study, guid: str) -> None:
    """Take an own answer back: the suggestion is open again, and the coding that came of it is taken out."""
    t, c = schema.suggestion, schema.coding
    with study.changing(Right.CODE) as connection:
        row = connection.execute(sa.select(t).where(t.c.guid == guid)).one_or_none()
        if row is None:
            raise NotFound(f"no suggestion {guid!r}", mend="reload the source")
        if row.status == "open":
            return
        coding = connection.execute(sa.select(c).where(c.c.id == (row.coding_id or 0))).one_or_none()
        detail: dict[str, Any] = {"id": row.id, "was": row.status, "coding": row.coding_id}
        if coding is not None:
            coder = connection.execute(sa.select(schema.coder.c.name).where(schema.coder.c.id == coding.coder_id))
            if coder.scalar_one() != study.actor:
                raise AccessError("a colleague accepted this suggestion", where="suggestions", mend="ask them")
            if coding.retired_at is None:
                refuse_closed(connection, [coding.round_id])
                connection.execute(c.update().where(c.c.id == coding.id).values(retired_at=audit.now()))
        connection.execute(t.update().where(t.c.id == row.id).values(status="open", coding_id=None))
        audit.append_event(connection, study.actor, "suggestion.reopened", "suggestion", row.guid, detail)


def number_of(study: Study, guid: str) -> tuple[int, str, int | None]:
    """A suggestion's number, its status and the coding that came of it; raises ``NotFound``."""
    t = schema.suggestion.c
    with study.reading() as connection:
        row = connection.execute(sa.select(t.id, t.status, t.coding_id).where(t.guid == guid)).one_or_none()
    if row is None:
        raise NotFound(f"no suggestion {guid!r}", mend="reload the source")
    return int(row.id), str(row.status), row.coding_id


def _open_suggestion(connection: Connection, number: int) -> sa.Row[Any]:
    t = schema.suggestion
    row = connection.execute(
        sa.select(t, schema.source.c.name.label("source"), schema.facet_set.c.facets)
        .join(schema.source, t.c.source_id == schema.source.c.id)
        .join(schema.facet_set, t.c.facet_set_id == schema.facet_set.c.id)
        .where(t.c.id == number)
    ).one_or_none()
    if row is None:
        raise NotFound(f"no suggestion {number}", mend="`study.evidence('suggestion')` shows the ids")
    if row.status != "open":
        raise Conflict(
            f"suggestion {number} is {row.status} already", where=row.source, mend="nothing needs to be done"
        )
    return row


def _code_of(connection: Connection, row: sa.Row[Any]) -> str:
    """The name of the code that stands for the suggested one now."""
    number = present_codes(connection).get((row.codebook_version_id, row.code_id), row.code_id)
    name: str = connection.execute(sa.select(schema.code.c.name).where(schema.code.c.id == number)).scalar_one()
    return name


def _refuse_machine(connection: Connection, coder_id: int, name: str) -> None:
    kind = connection.execute(sa.select(schema.coder.c.kind).where(schema.coder.c.id == coder_id)).scalar_one()
    if kind != "person":
        raise Conflict(f"{name} is a {kind}", where="coders", mend="only a person can accept a suggestion")


def _coding_id(connection: Connection, actor: str, book: Book, coding: Coding) -> int:
    """Id of the person's coding, new or standing there already."""
    round_of(connection, actor, book, coding.round)
    row = {
        "source_id": book.source(coding.passage.source),
        "start": coding.passage.start,
        "end": coding.passage.end,
        "code_id": book.codes[coding.code],
        "facet_set_id": next(iter(writing.facet_set_ids(connection, [coding.facets]).values())),
        "coder_id": book.coders[coding.coder],
        "round_id": book.rounds[coding.round],
        "layer": "independent",
    }
    t = schema.coding.c
    same = sa.and_(t.retired_at.is_(None), *(t[column] == value for column, value in row.items()))
    standing = connection.execute(sa.select(t.id).where(same).limit(1)).scalar()
    if standing is not None:
        return int(standing)
    refuse_closed(connection, [book.rounds[coding.round]])
    return writing.insert_codings(
        connection, [{**row, "codebook_version_id": book.version, **({"guid": coding.guid} if coding.guid else {})}]
    )[1]


def _answer(
    connection: Connection, actor: str, row: sa.Row[Any], status: str, detail: Mapping[str, Any], coding: int | None
) -> None:
    t = schema.suggestion
    connection.execute(t.update().where(t.c.id == row.id).values(status=status, coding_id=coding))
    whole = {"id": row.id, "source": row.source, **detail}
    audit.append_event(connection, actor, f"suggestion.{status}", "suggestion", row.guid, whole)
