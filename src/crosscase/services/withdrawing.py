"""Taking sources, cases, people, rounds and claims out of a study again, and bringing them back as they were.

A source keeps its text, its name and its GUID: it is only marked, and every reader leaves it out (``store.schema``).
Everything else is taken out of its table, whole, and laid on a shelf; that is possible only while nothing refers to it.
Each call is one transaction with one audit event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import Conflict, NotFound
from crosscase.model.access import Right
from crosscase.services.study import Study
from crosscase.store import audit, reading, schema

_TABLES: Mapping[str, sa.Table] = {
    "case": schema.case,
    "coder": schema.coder,
    "participant": schema.participant,
    "round": schema.coding_round,
    "claim": schema.claim,
}
# What belongs to a thing alone and goes with it.
_PARTS: Mapping[str, tuple[sa.Table, ...]] = {
    "round": (schema.round_source, schema.round_coder, schema.round_code, schema.round_closing),
    "claim": (schema.candidate, schema.claim_change),
}
_WORDS: Mapping[str, tuple[str, str]] = {
    "coding": ("coding", "codings"),
    "source": ("source", "sources"),
    "participant": ("participant", "participants"),
    "reviewed_span": ("read mark", "read marks"),
    "suggestion": ("suggestion", "suggestions"),
    "cell_summary": ("summary", "summaries"),
    "round_reveal": ("reveal", "reveals"),
    "recoding": ("coding to look at again", "codings to look at again"),
    "round_coder": ("round", "rounds"),
    "account_case": ("account that is limited to it", "accounts that are limited to it"),
}


@dataclass(frozen=True)
class Standing:
    """What stands on a thing and keeps it in the study; ``mend`` says what to do first."""

    n: int
    what: str
    mend: str
    names: tuple[str, ...] = ()  # of the sources that it stands on

    def conflict(self, on: str, where: str, *, counts: bool = True) -> Conflict:
        """The refusal as one sentence; without the number where it would tell of colleagues' work."""
        said = f"{self.n} {self.what}" if counts else f"{self.what}"
        verb = "stands" if self.n == 1 and counts else "stand"
        return Conflict(f"{said} {verb} on {on}", where=where, mend=self.mend)

    def on_sources(self, of: int, *, counts: bool = True) -> Conflict:
        """The refusal to take out so many sources; which of them it is would tell of colleagues' work, too."""
        if of == 1 or not counts:
            return self.conflict("this source" if of == 1 else "these sources", "sources", counts=counts)
        if len(self.names) == of:
            return self.conflict(f"all {of} of these sources", "sources")
        which = f"{len(self.names)} of these {of} sources: {listed(self.names)}"
        others = replace(self, mend=f"{self.mend}; the others can be taken out one by one")
        return others.conflict(which, "sources")


# Sources


def sources_of_batch(study: Study, batch: str) -> list[str]:
    """GUIDs of the sources that one import added and that stand."""
    e, s = schema.event.c, schema.source.c
    with study.reading() as connection:
        rows = connection.execute(sa.select(schema.event).where(e.verb == "source.added").order_by(e.id))
        added = [row.object_guid for row in rows if audit.as_event(row).detail.get("batch") == batch]
        there = set(connection.execute(sa.select(s.guid).where(s.guid.in_(added))).scalars())
    return [guid for guid in added if guid in there]


def listed(names: Sequence[str], most: int = 6) -> str:
    """Names in a sentence, the first few of many."""
    return f"{', '.join(names[:most])}{f' and {len(names) - most} more' if len(names) > most else ''}"


def standing_on_sources(study: Study, guids: Sequence[str]) -> Standing | None:
    """What keeps these sources in the study: the first reason, or ``None``."""
    with study.reading() as connection:
        return _standing_on_sources(connection, _ids(connection, guids))


def withdraw_sources(study: Study, guids: Sequence[str]) -> tuple[str, ...]:
    """Take sources out of the study; returns their names. Open suggestions on them go with them.

    Raises ``NotFound`` for one that is not there and ``Conflict`` when something stands on one.
    """
    with study.changing() as connection:
        ids = _ids(connection, guids)
        there = _standing_on_sources(connection, ids)
        if there is not None:
            raise there.on_sources(len(ids))
        s, t = schema.stored_source, schema.suggestion
        shelf, n = "", 0
        mine = sa.and_(t.c.source_id.in_(ids), t.c.status == "open")
        if connection.execute(sa.select(t.c.id).where(mine).limit(1)).scalar() is not None:
            shelf, n = shelve(connection, study.actor, "source", guids[0], [(t, mine)])
        names = tuple(connection.execute(sa.select(s.c.name).where(s.c.id.in_(ids)).order_by(s.c.id)).scalars())
        connection.execute(s.update().where(s.c.id.in_(ids)).values(withdrawn_at=audit.now()))
        detail = {"names": list(names), "guids": list(guids), "n_suggestions": n, "shelf": shelf}
        audit.append_event(connection, study.actor, "source.withdrawn", "source", guids[0], detail)
    return names


def restore_sources(study: Study, guids: Sequence[str], shelf: str = "") -> tuple[str, ...]:
    """Bring sources back with the same text and GUID; raises ``Conflict`` when none is out."""
    with study.changing() as connection:
        s = schema.stored_source
        out = sa.select(s).where(s.c.guid.in_(guids), s.c.withdrawn_at.is_not(None)).order_by(s.c.id)
        rows = list(connection.execute(out))
        if not rows:
            raise Conflict("nothing of it is out", where="sources", mend="nothing needs to be done")
        connection.execute(s.update().where(s.c.id.in_([r.id for r in rows])).values(withdrawn_at=None))
        n = unshelve(connection, shelf) if shelf else 0
        names = tuple(r.name for r in rows)
        detail = {"names": list(names), "guids": [r.guid for r in rows], "n_suggestions": n}
        audit.append_event(connection, study.actor, "source.restored", "source", rows[0].guid, detail)
    return names


def _ids(connection: Connection, guids: Sequence[str]) -> list[int]:
    return [reading.source_id(connection, guid) for guid in guids]


def _standing_on_sources(connection: Connection, ids: Sequence[int]) -> Standing | None:
    c, q, a, d, m = (
        schema.coding.c,
        schema.cell_quote.c,
        schema.adjudication.c,
        schema.disposition.c,
        schema.candidate.c,
    )
    quoted = sa.select(q.source_id).join(schema.cell_summary, schema.cell_summary.c.id == q.cell_summary_id)
    decided = sa.select(m.source_id).join(schema.disposition, m.id == d.candidate_id)
    looked = (
        (
            ("decision", "decisions"),
            sa.select(a.source_id).where(a.source_id.in_(ids), a.reopened_at.is_(None)),
            "reopen those first in the Agreement room",
        ),
        (
            ("coding", "codings"),
            sa.select(c.source_id).where(c.source_id.in_(ids), c.retired_at.is_(None)),
            "undo those first in the History room, or take them out in the source",
        ),
        (
            ("quote of a summary", "quotes of summaries"),
            quoted.where(q.source_id.in_(ids), schema.cell_summary.c.retired_at.is_(None)),
            "withdraw those summaries first in the Compare room",
        ),
        (
            ("decision on a candidate", "decisions on candidates"),
            decided.where(m.source_id.in_(ids), d.reopened_at.is_(None)),
            "take those back first in the Disconfirm room",
        ),
    )
    for words, statement, mend in looked:
        on = list(connection.execute(statement).scalars())
        if on:
            s = schema.source.c
            names = connection.execute(sa.select(s.name).where(s.id.in_({*on})).order_by(s.id)).scalars()
            return Standing(len(on), words[len(on) != 1], mend, tuple(names))
    return None


# Cases, people, rounds, claims


def standing_on(study: Study, kind: str, guid: str) -> Standing | None:
    """What keeps a case, coder, participant, round or claim in the study; raises ``NotFound`` when it is not there."""
    with study.reading() as connection:
        return _standing_on(connection, study, kind, _row(connection, kind, guid))


def _right(kind: str) -> Right:
    """Coders make claims; everything else is led."""
    return Right.CODE if kind == "claim" else Right.LEAD


def withdraw(study: Study, kind: str, guid: str) -> str:
    """Take a case, coder, participant, round or claim out; returns its name. Raises ``Conflict`` when it is used."""
    table = _TABLES[kind]
    with study.changing(_right(kind)) as connection:
        row = _row(connection, kind, guid)
        there = _standing_on(connection, study, kind, row)
        if there is not None:
            raise there.conflict(f"the {kind} {row.name}", f"{kind}s")
        parts = [(part, part.c[f"{kind}_id"] == row.id) for part in _PARTS.get(kind, ())]
        if kind == "claim":
            mine = sa.select(schema.candidate.c.id).where(schema.candidate.c.claim_id == row.id)
            parts.insert(0, (schema.disposition, schema.disposition.c.candidate_id.in_(mine)))
        shelf, _ = shelve(connection, study.actor, kind, guid, [*parts, (table, table.c.id == row.id)])
        detail = {"name": row.name, "shelf": shelf}
        audit.append_event(connection, study.actor, f"{kind}.withdrawn", kind, guid, detail)
    return str(row.name)


def restore(study: Study, kind: str, guid: str, shelf: str) -> None:
    """Bring it back as it was; raises ``Conflict`` when it is back already or another has its name."""
    table = _TABLES[kind]
    with study.changing(_right(kind)) as connection:
        w = schema.withdrawn.c
        content = connection.execute(sa.select(w.content).where(w.guid == shelf)).scalar()
        if content is None:
            raise Conflict("it is back already", where=f"{kind}s", mend="nothing needs to be done")
        name = str(content[-1][1][0]["name"])
        if name in reading.names(connection, table):
            raise Conflict(f"another {kind} is called {name} now", where=f"{kind}s", mend="take that one out first")
        unshelve(connection, shelf)
        audit.append_event(connection, study.actor, f"{kind}.restored", kind, guid, {"name": name})


def _row(connection: Connection, kind: str, guid: str) -> Any:
    table = _TABLES[kind]
    row = connection.execute(sa.select(table).where(table.c.guid == guid)).one_or_none()
    if row is None:
        raise NotFound(
            f"there is no such {kind} any more", where="history", mend="see whether it was taken out already"
        )
    return row


def _standing_on(connection: Connection, study: Study, kind: str, row: Any) -> Standing | None:
    cases, coders = ([item.name for item in items] for items in (study.settings.cases, study.settings.coders))
    if row.name in {"case": cases, "coder": coders}.get(kind, []):
        return Standing(1, "line of study.yaml", "take the name out of study.yaml first")
    if kind == "claim":
        d, m = schema.disposition.c, schema.candidate.c
        decided = sa.select(d.id).join(schema.candidate, m.id == d.candidate_id)
        n = _count(connection, decided.where(m.claim_id == row.id, d.reopened_at.is_(None)))
        if n:
            words = "decision on a candidate" if n == 1 else "decisions on candidates"
            return Standing(n, words, "take those back first in the Disconfirm room")
    if kind == "coder":
        a = schema.account.c
        if _count(connection, sa.select(a.id).where(a.name == row.name, a.closed_at.is_(None))):
            return Standing(1, "account", "close it first in Settings")
    own = {*_PARTS.get(kind, ())}
    for table in schema.metadata.sorted_tables:
        columns = [c for c in table.columns if any(f.column.table is _TABLES[kind] for f in c.foreign_keys)]
        if not columns or table in own:
            continue
        n = _count(connection, sa.select(columns[0]).where(sa.or_(*(c == row.id for c in columns))))
        if n:
            return _used(connection, table, columns[0], row.id, n)
    return None


def _used(connection: Connection, table: sa.Table, column: sa.ColumnElement[int], id: int, n: int) -> Standing:
    words = _WORDS.get(table.name, (f"row of {table.name}", f"rows of {table.name}"))
    out: sa.ColumnElement[Any] | None = None
    if table.name in ("coding", "cell_summary"):
        out = table.c.retired_at
    elif table.name == "source":
        out = table.c.withdrawn_at
    if out is not None:
        live = _count(connection, sa.select(column).where(column == id, out.is_(None)))
        if not live:
            kept = f"{words[n != 1]} that {'was' if n == 1 else 'were'} taken out"
            return Standing(n, kept, "it stays, so that these can be brought back")
        n = live
    if table.name == "account_case":
        return Standing(n, words[n != 1], "give them other cases first in Settings")
    if table.name == "round_reveal":
        return Standing(n, words[n != 1], "what was seen was seen: the round stays")
    return Standing(n, words[n != 1], "undo those first")


def _count(connection: Connection, statement: sa.Select[Any]) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(statement.subquery())).scalar_one())


# The shelf


def shelve(
    connection: Connection,
    actor: str,
    kind: str,
    guid: str,
    parts: Iterable[tuple[sa.Table, sa.ColumnElement[bool]]],
) -> tuple[str, int]:
    """Move rows out of their tables, what refers to others first; returns the shelf's name and how many they were."""
    content, n = [], 0
    for table, where in parts:
        rows = [dict(r._mapping) for r in connection.execute(sa.select(table).where(where))]
        connection.execute(table.delete().where(where))
        content.append([table.name, rows])
        n += len(rows)
    shelf = str(uuid4())
    connection.execute(
        schema.withdrawn.insert().values(
            guid=shelf, object_kind=kind, object_guid=guid, content=content, at=audit.now(), actor=actor
        )
    )
    return shelf, n


def unshelve(connection: Connection, shelf: str) -> int:
    """Put the rows of a shelf back where they stood, with their ids; raises ``Conflict`` when it is empty already."""
    w = schema.withdrawn
    content = connection.execute(sa.select(w.c.content).where(w.c.guid == shelf)).scalar()
    if content is None:
        raise Conflict("it is back already", where="history", mend="nothing needs to be done")
    n = 0
    for name, rows in reversed(content):
        if rows:
            connection.execute(schema.metadata.tables[name].insert(), rows)
            n += len(rows)
    connection.execute(w.delete().where(w.c.guid == shelf))
    return n
