"""Mending a coding that a candidate against a claim showed to be in error: one's own at once, a colleague's by a note.

A colleague's coding is never changed by somebody else: the note is a memo on it, and their Study room leads them there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import Conflict
from crosscase.services.coding_by_hand import HandCoding, select_codings
from crosscase.services.notes import write_memo
from crosscase.services.study import Study
from crosscase.store import audit, schema

ABOUT = "coding error"


@dataclass(frozen=True)
class ErrorNote:
    """A note on a coding of one's own that waits for an answer."""

    coding: HandCoding
    text: str
    author: str
    at: str


def codings_behind(study: Study, candidates: Sequence[int]) -> list[HandCoding]:
    """The standing codings of coders that candidates rest on; for a consensus coding, those it was made from."""
    with study.reading() as connection:
        m, p, c = schema.candidate.c, schema.coding_parent.c, schema.coding.c
        lists = connection.execute(sa.select(m.coding_ids).where(m.id.in_(candidates))).scalars()
        ids = sorted({int(id) for found in lists for id in found})
        parents = sa.select(p.parent_id).where(p.coding_id.in_(ids))
        meant = sa.or_(c.id.in_(ids), c.id.in_(parents))
        return select_codings(connection, sa.and_(meant, c.retired_at.is_(None), c.layer == "independent"))


def leave_note(study: Study, coding: str, text: str, *, guid: str | None = None) -> None:
    """Tell a colleague that a coding of theirs may be in error; raises ``Conflict`` for one's own."""
    with study.reading() as connection:
        found = select_codings(connection, schema.coding.c.guid == coding)
    if found and found[0].coder == study.actor:
        raise Conflict("this coding is your own", where="Disconfirm", mend="take it out or change it in its source")
    write_memo(study, "coding", coding, text, guid=guid, about=ABOUT)


def notes_for(study: Study, coder: str) -> list[ErrorNote]:
    """Notes on this person's codings that they have not answered, the oldest first.

    A note is answered when they take the coding out, change it, or write a memo of their own on it.
    """
    e = schema.event.c
    with study.reading() as connection:
        mine = json.dumps({"about": ABOUT})[1:-1]
        said = sa.select(schema.event).where(e.verb == "memo.written", e.detail.contains(mine, autoescape=True))
        found = []
        for row in connection.execute(said.order_by(e.id)).all():
            event = audit.as_event(row)
            note = _open_note(connection, event, coder)
            if note is not None:
                found.append(note)
    return found


def _open_note(connection: Connection, event: audit.Event, coder: str) -> ErrorNote | None:
    if event.detail.get("about") != ABOUT:
        return None
    guid = str(event.detail["object"])
    m, e = schema.memo.c, schema.event.c
    memo = connection.execute(sa.select(schema.memo).where(m.guid == event.object_guid)).one_or_none()
    codings = select_codings(connection, schema.coding.c.guid == guid)
    if memo is None or not codings or codings[0].retired or codings[0].coder != coder:
        return None
    changed = sa.select(e.id).where(e.id > event.id, e.verb == "coding.changed", e.object_guid == guid)
    answered = sa.select(m.id).where(m.id > memo.id, m.object_guid == guid, m.author == coder)
    for statement in (changed, answered):
        if connection.execute(statement.limit(1)).scalar() is not None:
            return None
    return ErrorNote(codings[0], memo.text, memo.author, memo.created_at)
