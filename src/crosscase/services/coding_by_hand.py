"""One coder at work in one source: code, change, take out, bring back, mark as read.

Each call is one transaction with one audit event that says what was done, so that the history reads as a story and the
live feed needs no other source. The caller names what is made (``guid``): saying the same twice changes nothing, which
lets a browser repeat what it is not sure of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import AccessError, Conflict, InputError, NotFound
from crosscase.model.access import Right
from crosscase.model.coding import Coding, Passage
from crosscase.services.closing import refuse_closed
from crosscase.services.codings import Book, check_coding
from crosscase.services.people import coder_of, round_of
from crosscase.services.study import Study
from crosscase.store import audit, reading, schema, writing


@dataclass(frozen=True)
class HandCoding:
    """A coding as the page shows it; ``source`` is the GUID of its source."""

    guid: str
    source: str
    start: int
    end: int
    code: str
    facets: Mapping[str, str]
    coder: str
    round: str
    layer: str
    retired: bool

    def as_detail(self) -> dict[str, Any]:
        """What the audit log keeps."""
        return {
            "source": self.source,
            "start": self.start,
            "end": self.end,
            "code": self.code,
            "facets": dict(self.facets),
            "coder": self.coder,
            "round": self.round,
        }


def code_passage(study: Study, coding: Coding) -> HandCoding:
    """Record one coding by a person; returns it as it stands.

    A coding that says the same already is returned instead of a second one. Raises ``OffsetError`` when the passage
    or its quote does not fit, ``FrameworkError`` for an unknown code or answer, ``AccessError`` for a stranger.
    """
    guid = check_guid(coding.guid)
    with study.changing(Right.CODE) as connection:
        there = _find(connection, guid)
        if there is not None:
            return _hand(there)
        book = Book.open(connection, study.framework)
        check_coding(coding.passage, coding.code, coding.facets, book, coding.quote)
        sets = writing.facet_set_ids(connection, [coding.facets])
        row = {
            "source_id": book.source(coding.passage.source),
            "start": coding.passage.start,
            "end": coding.passage.end,
            "code_id": book.codes[coding.code],
            "facet_set_id": next(iter(sets.values())),
            "coder_id": coder_of(connection, book, coding.coder),
            "round_id": round_of(connection, study.actor, book, coding.round),
            "layer": "independent",
        }
        same = _same(connection, row)
        if same is not None:
            return _hand(same)
        refuse_closed(connection, [book.rounds[coding.round]])
        writing.insert_codings(connection, [{**row, "guid": guid, "codebook_version_id": book.version}])
        made = _hand(_known(connection, guid))
        audit.append_event(connection, study.actor, "coding.made", "coding", guid, made.as_detail())
    return made


def change_coding(
    study: Study,
    guid: str,
    coder: str,
    *,
    code: str | None = None,
    facets: Mapping[str, str] | None = None,
    passage: tuple[int, int] | None = None,
) -> HandCoding:
    """Give an own coding another code, other answers or another passage; the history keeps what it was.

    Raises ``AccessError`` for a colleague's coding and ``Conflict`` for one that was taken out or already entered a
    consensus.
    """
    with study.changing(Right.CODE) as connection:
        row = _own(connection, guid, coder)
        was = _hand(row)
        _refuse_settled(connection, row)
        said = Passage(row.source_name, *(passage or (was.start, was.end)))
        answers = {k: v for k, v in (was.facets if facets is None else facets).items() if v}
        book = Book.open(connection, study.framework)
        check_coding(said, code or was.code, answers, book, None)
        values = {
            "start": said.start,
            "end": said.end,
            "code_id": book.codes[code or was.code],
            "facet_set_id": next(iter(writing.facet_set_ids(connection, [answers]).values())),
        }
        if all(getattr(row, name) == value for name, value in values.items()):
            return was
        refuse_closed(connection, [row.round_id])
        values["codebook_version_id"] = book.version
        connection.execute(schema.coding.update().where(schema.coding.c.id == row.id).values(**values))
        now = _hand(_known(connection, guid))
        before = {k: v for k, v in was.as_detail().items() if v != now.as_detail()[k]}
        audit.append_event(
            connection, study.actor, "coding.changed", "coding", guid, {**now.as_detail(), "before": before}
        )
    return now


def take_out(study: Study, guid: str, coder: str) -> HandCoding:
    """Take an own coding out of the evidence; ``bring_back`` undoes it. Raises as ``change_coding`` does."""
    with study.changing(Right.CODE) as connection:
        row = _own(connection, guid, coder, retired=True)
        if row.retired_at is not None:
            return _hand(row)
        _refuse_settled(connection, row)
        refuse_closed(connection, [row.round_id])
        connection.execute(schema.coding.update().where(schema.coding.c.id == row.id).values(retired_at=audit.now()))
        gone = _hand(_known(connection, guid))
        audit.append_event(connection, study.actor, "coding.retired", "coding", guid, gone.as_detail())
    return gone


def bring_back(study: Study, guid: str, coder: str) -> HandCoding:
    """Bring a coding back that was taken out."""
    with study.changing(Right.CODE) as connection:
        row = _own(connection, guid, coder, retired=True)
        if row.retired_at is None:
            return _hand(row)
        refuse_closed(connection, [row.round_id])
        connection.execute(schema.coding.update().where(schema.coding.c.id == row.id).values(retired_at=None))
        back = _hand(_known(connection, guid))
        audit.append_event(connection, study.actor, "coding.restored", "coding", guid, back.as_detail())
    return back


def mark_read(
    study: Study, source: str, spans: Sequence[tuple[int, int]], coder: str, round: str, *, read: bool = True
) -> int:
    """Say that passages were read in a round (or take that back); returns how many marks changed."""
    with study.changing(Right.CODE) as connection:
        book = Book.open(connection, study.framework)
        name, guid = _source(connection, source)
        text = book.text(name)
        row = {
            "source_id": book.source(name),
            "coder_id": coder_of(connection, book, coder),
            "round_id": round_of(connection, study.actor, book, round),
        }
        t = schema.reviewed_span
        changed = []
        for start, end in dict.fromkeys(spans):
            Passage(name, start, end).quote(text)
            mine = sa.and_(*(t.c[k] == v for k, v in {**row, "start": start, "end": end}.items()))
            there = connection.execute(sa.select(t.c.id).where(mine)).scalar() is not None
            if there == read:
                continue
            refuse_closed(connection, [row["round_id"]])
            if read:
                connection.execute(t.insert().values(**row, start=start, end=end))
            else:
                connection.execute(t.delete().where(mine))
            changed.append([start, end])
        if changed:
            detail = {"source": guid, "spans": changed, "coder": coder, "round": round}
            verb = "span.read" if read else "span.unread"
            audit.append_event(connection, study.actor, verb, "source", guid, detail)
    return len(changed)


def check_guid(text: str) -> str:
    """A GUID in its usual spelling; raises ``InputError``."""
    try:
        return str(UUID(text))
    except ValueError:
        raise InputError(
            f"{text[:40]!r} is no GUID", where="coding", mend="write it as 8-4-4-4-12 hexadecimal digits"
        ) from None


_COLUMNS = (
    sa.select(
        schema.coding,
        schema.source.c.guid.label("source_guid"),
        schema.source.c.name.label("source_name"),
        schema.code.c.name.label("code"),
        schema.facet_set.c.facets,
        schema.coder.c.name.label("coder"),
        schema.coding_round.c.name.label("round"),
    )
    .join(schema.source, schema.coding.c.source_id == schema.source.c.id)
    .join(schema.code, schema.coding.c.code_id == schema.code.c.id)
    .join(schema.facet_set, schema.coding.c.facet_set_id == schema.facet_set.c.id)
    .join(schema.coder, schema.coding.c.coder_id == schema.coder.c.id)
    .join(schema.coding_round, schema.coding.c.round_id == schema.coding_round.c.id)
)


# Asked with every coding, and so built once.
_BY_GUID = _COLUMNS.where(schema.coding.c.guid == sa.bindparam("guid"))
_SAYS = ("source_id", "start", "end", "code_id", "facet_set_id", "coder_id", "round_id", "layer")
_SAYING = _COLUMNS.where(
    schema.coding.c.retired_at.is_(None), *(schema.coding.c[name] == sa.bindparam(f"said_{name}") for name in _SAYS)
).limit(1)


def select_codings(connection: Connection, where: sa.ColumnElement[bool], *, as_made: bool = False) -> list[HandCoding]:
    """Codings that fit a condition, in the order of the text, or (``as_made``) in which they were made."""
    c = schema.coding.c
    order = (c.id,) if as_made else (c.start, c.end, c.id)
    return [_hand(row) for row in connection.execute(_COLUMNS.where(where).order_by(*order)).all()]


@lru_cache(4096)
def _answers(text: str) -> Mapping[str, str]:
    """A study has a few hundred combinations of answers, and thousands of codings."""
    return MappingProxyType(json.loads(text))


def _hand(row: Any) -> HandCoding:
    return HandCoding(
        row.guid,
        row.source_guid,
        row.start,
        row.end,
        row.code,
        _answers(row.facets),
        row.coder,
        row.round,
        row.layer,
        row.retired_at is not None,
    )


def _find(connection: Connection, guid: str) -> Any:
    return connection.execute(_BY_GUID, {"guid": guid}).one_or_none()


def _known(connection: Connection, guid: str) -> Any:
    row = _find(connection, guid)
    if row is None:
        c = schema.coding.c
        if connection.execute(sa.select(c.id).where(c.guid == guid)).scalar() is not None:
            raise Conflict(
                "the source of this coding was taken out", where="codings", mend="bring the source back first"
            )
        raise NotFound(f"no coding {guid!r}", where="codings", mend="reload the source")
    return row


def _own(connection: Connection, guid: str, coder: str, *, retired: bool = False) -> Any:
    row = _known(connection, check_guid(guid))
    if row.coder != coder or row.layer != "independent":
        raise AccessError("this is a colleague's coding", where=row.source_name, mend="code the passage yourself")
    if row.retired_at is not None and not retired:
        raise Conflict("this coding was taken out", where=row.source_name, mend="bring it back first")
    return row


def _refuse_settled(connection: Connection, row: Any) -> None:
    """A coding that a consensus was made from stays what it was, as long as that stands."""
    child = (
        sa.select(schema.coding_parent.c.coding_id)
        .join(schema.coding, schema.coding.c.id == schema.coding_parent.c.coding_id)
        .where(schema.coding_parent.c.parent_id == row.id, schema.coding.c.retired_at.is_(None))
        .limit(1)
    )
    if connection.execute(child).scalar() is not None:
        raise Conflict(
            "this coding has entered a consensus", where=row.source_name, mend="change the consensus instead"
        )


def _same(connection: Connection, row: Mapping[str, Any]) -> Any:
    return connection.execute(_SAYING, {f"said_{name}": row[name] for name in _SAYS}).one_or_none()


def _source(connection: Connection, source: str) -> tuple[str, str]:
    number = reading.source_id(connection, source)
    s = schema.source.c
    row = connection.execute(sa.select(s.name, s.guid).where(s.id == number)).one()
    return row.name, row.guid
