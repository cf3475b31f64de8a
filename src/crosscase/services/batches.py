"""What came in one go and is taken back in one go: imported codings, and the suggestions of a machine coder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import Conflict
from crosscase.services.study import Study
from crosscase.services.withdrawing import shelve, unshelve
from crosscase.store import audit, schema


@dataclass(frozen=True)
class Batch:
    """The codings of a batch that stand, how many of them each coder made, and how many a consensus rests on."""

    n: int
    per_coder: Mapping[str, int]
    in_consensus: int


def batch_of(study: Study, ids: Sequence[int]) -> Batch:
    """The codings whose ids lie between two numbers, as they stand now."""
    with study.reading() as connection:
        return _batch(connection, ids)


def withdraw_codings(study: Study, stamp: str, ids: Sequence[int], origin: str) -> int:
    """Take all codings of a batch that still stand out of the evidence; returns how many.

    Raises ``Conflict`` when none stands or one has entered a consensus.
    """
    with study.changing() as connection:
        batch = _batch(connection, ids)
        if batch.in_consensus:
            raise entered(batch)
        if not batch.n:
            raise Conflict("none of these codings stands any more", where="codings", mend="nothing needs to be done")
        at = audit.now()
        change = schema.coding.update().where(_within(ids), schema.coding.c.retired_at.is_(None))
        connection.execute(change.values(retired_at=at))
        detail = {"ids": list(ids), "n_codings": batch.n, "origin": origin, "at": at}
        audit.append_event(connection, study.actor, "codings.withdrawn", "coding", stamp, detail)
    return batch.n


def restore_codings(study: Study, stamp: str, ids: Sequence[int], at: str, origin: str) -> int:
    """Bring codings back that were taken out with their batch; those on a source that is out stay out."""
    with study.changing() as connection:
        c = schema.coding
        there = c.c.source_id.in_(sa.select(schema.source.c.id))
        change = c.update().where(_within(ids), c.c.retired_at == at, there).values(retired_at=None)
        n = connection.execute(change).rowcount
        if not n:
            raise Conflict(
                "none of these codings can be brought back",
                where="codings",
                mend="if their sources were taken out, bring those back first",
            )
        detail = {"ids": list(ids), "n_codings": n, "origin": origin}
        audit.append_event(connection, study.actor, "codings.restored", "coding", stamp, detail)
    return n


def entered(batch: Batch) -> Conflict:
    """The refusal while a consensus rests on codings of the batch."""
    n = batch.in_consensus
    said = "1 of these codings has" if n == 1 else f"{n} of these codings have"
    return Conflict(f"{said} entered a consensus", where="codings", mend="reopen those decisions first")


def _within(ids: Sequence[int]) -> sa.ColumnElement[bool]:
    first, last = ids
    return sa.and_(schema.coding.c.id >= first, schema.coding.c.id <= last)


def _batch(connection: Connection, ids: Sequence[int]) -> Batch:
    c, p = schema.coding.c, schema.coding_parent.c
    named = sa.select(schema.coder.c.name, sa.func.count()).join(schema.coding, schema.coder.c.id == c.coder_id)
    rows = connection.execute(named.where(_within(ids), c.retired_at.is_(None)).group_by(schema.coder.c.name))
    per_coder = {row[0]: int(row[1]) for row in rows}
    first, last = ids
    settled = sa.select(sa.func.count(p.parent_id.distinct())).join(schema.coding, c.id == p.coding_id)
    mine = sa.and_(p.parent_id >= first, p.parent_id <= last, c.retired_at.is_(None))
    return Batch(sum(per_coder.values()), per_coder, int(connection.execute(settled.where(mine)).scalar_one()))


# Suggestions


def open_of_batch(study: Study, coder: str, ids: Sequence[int]) -> tuple[int, int]:
    """How many suggestions of a machine's batch are open, and how many people have answered."""
    with study.reading() as connection:
        t = schema.suggestion.c
        statuses = sa.select(t.status, sa.func.count()).where(_mine(coder, ids)).group_by(t.status)
        n = {row[0]: int(row[1]) for row in connection.execute(statuses)}
    return n.get("open", 0), sum(n.values()) - n.get("open", 0)


def withdraw_suggestions(study: Study, guid: str, coder: str, ids: Sequence[int]) -> int:
    """Take the open suggestions of a machine's batch away; answered ones stay.

    Raises ``Conflict`` when none is open.
    """
    with study.changing() as connection:
        t = schema.suggestion
        shelf, n = shelve(
            connection, study.actor, "coder", guid, [(t, sa.and_(_mine(coder, ids), t.c.status == "open"))]
        )
        if not n:
            raise Conflict("none of these suggestions is open", where="suggestions", mend="nothing needs to be done")
        detail = {"coder": coder, "n_suggestions": n, "ids": list(ids), "shelf": shelf}
        audit.append_event(connection, study.actor, "suggestions.withdrawn", "coder", guid, detail)
    return n


def restore_suggestions(study: Study, guid: str, coder: str, ids: Sequence[int], shelf: str) -> int:
    """Bring them back; raises ``Conflict`` when the machine has gone over the sources again since."""
    with study.changing() as connection:
        e, w = schema.event.c, schema.withdrawn.c
        at = connection.execute(sa.select(w.at).where(w.guid == shelf)).scalar()
        later = sa.select(e.id).where(e.verb == "suggestions.made", e.object_guid == guid, e.at > (at or ""))
        if at is not None and connection.execute(later.limit(1)).scalar() is not None:
            raise Conflict(
                f"{coder} has made other suggestions since", where="suggestions", mend="undo those first, or keep them"
            )
        n = unshelve(connection, shelf)
        detail: dict[str, Any] = {"coder": coder, "n_suggestions": n, "ids": list(ids)}
        audit.append_event(connection, study.actor, "suggestions.restored", "coder", guid, detail)
    return n


def _mine(coder: str, ids: Sequence[int]) -> sa.ColumnElement[bool]:
    t = schema.suggestion.c
    first, last = ids
    machine = sa.select(schema.coder.c.id).where(schema.coder.c.name == coder).scalar_subquery()
    return sa.and_(t.id >= first, t.id <= last, t.coder_id == machine)
