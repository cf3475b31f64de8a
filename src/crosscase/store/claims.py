"""Rows of claims, candidates, dispositions and changes of claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.store import schema
from crosscase.store.audit import now


def claim_rows(connection: Connection) -> list[sa.Row[Any]]:
    """Every claim in the order in which it was made."""
    return list(connection.execute(sa.select(schema.claim).order_by(schema.claim.c.id)))


def change_rows(connection: Connection, claim: int) -> list[sa.Row[Any]]:
    """How a claim changed, in order."""
    t = schema.claim_change
    return list(connection.execute(sa.select(t).where(t.c.claim_id == claim).order_by(t.c.id)))


def candidate_rows(connection: Connection, claim: int | None = None) -> list[sa.Row[Any]]:
    """Candidates with the name of their claim and source and with the disposition that stands, by claim and place."""
    c, d = schema.candidate, schema.disposition
    standing = sa.select(sa.func.max(d.c.id)).where(d.c.candidate_id == c.c.id, d.c.reopened_at.is_(None))
    statement = (
        sa.select(
            c,
            schema.claim.c.name.label("claim"),
            schema.source.c.name.label("source"),
            d.c.disposition,
            d.c.reason.label("decision"),
            d.c.actor,
            d.c.at,
        )
        .join(schema.claim, c.c.claim_id == schema.claim.c.id)
        .outerjoin(schema.source, c.c.source_id == schema.source.c.id)
        .outerjoin(d, d.c.id == standing.correlate(c).scalar_subquery())
        .order_by(c.c.claim_id, c.c.place, c.c.rank, c.c.id)
    )
    if claim is not None:
        statement = statement.where(c.c.claim_id == claim)
    out = sa.select(schema.stored_source.c.name).where(schema.stored_source.c.withdrawn_at.is_not(None))
    gone = frozenset(connection.execute(out).scalars())
    found = connection.execute(statement)
    # What rests on a source that was taken out is left out with it.
    return [row for row in found if not (gone and (gone & {*row.sources} or (row.source_id and row.source is None)))]


def store_candidates(connection: Connection, claim: int, rows: Sequence[Mapping[str, Any]]) -> tuple[int, int, int]:
    """Put a search's candidates in place of those of the search before: how many are new, stand and are gone.

    A candidate that is found again keeps its id and its disposition; one that is not stays, marked as no longer raised.
    """
    t = schema.candidate
    known = {r.key: r for r in connection.execute(sa.select(t.c.key, t.c.id, t.c.raised).where(t.c.claim_id == claim))}
    found = {row["key"] for row in rows}
    gone = [r.id for key, r in known.items() if key not in found and r.raised]
    if gone:
        connection.execute(t.update().where(t.c.id == sa.bindparam("which")).values(raised=False), _which(gone))
    fresh = [row for row in rows if row["key"] not in known]
    if fresh:
        at = now()
        stamp = [{"guid": str(uuid4()), "claim_id": claim, "raised": True, "raised_at": at, **row} for row in fresh]
        connection.execute(t.insert(), stamp)
    again = [{"which": known[row["key"]].id, **row} for row in rows if row["key"] in known]
    if again:
        changing = [name for name in again[0] if name not in ("which", "key")]
        columns: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in changing}
        values = [{"which": row["which"], **{f"new_{name}": row[name] for name in columns}} for row in again]
        connection.execute(t.update().where(t.c.id == sa.bindparam("which")).values(raised=True, **columns), values)
    return len(fresh), len(again), len(gone)


def _which(ids: Sequence[int]) -> list[dict[str, int]]:
    return [{"which": id} for id in ids]


def texts_and_turns(
    connection: Connection,
) -> tuple[dict[str, str], list[tuple[str, int, int, bool]]]:
    """Name → stored text of every source, and all turns: source, start, end, whether it is a question."""
    names = {r.id: r.name for r in connection.execute(sa.select(schema.source.c.id, schema.source.c.name))}
    texts = {names[r.source_id]: r.text for r in connection.execute(sa.select(schema.source_text))}
    t = schema.turn
    turns = connection.execute(
        sa.select(t.c.source_id, t.c.start, t.c.end, t.c.is_question).order_by(t.c.source_id, t.c.number)
    )
    return texts, [(names[r[0]], r[1], r[2], bool(r[3])) for r in turns]


def reviewed_sources(connection: Connection) -> frozenset[str]:
    """Names of sources of which somebody has marked a part as read."""
    t = schema.reviewed_span
    found = connection.execute(
        sa.select(schema.source.c.name).where(schema.source.c.id.in_(sa.select(t.c.source_id).distinct()))
    )
    return frozenset(found.scalars())
