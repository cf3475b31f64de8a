"""Putting rows into a study, inside a transaction that a service has opened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.store import schema
from crosscase.store.audit import now

_FACET_SETS = sa.select(schema.facet_set.c.facets, schema.facet_set.c.id).where(
    schema.facet_set.c.facets.in_(sa.bindparam("texts", expanding=True))
)


def insert_source(
    connection: Connection,
    row: Mapping[str, Any],
    text: str,
    turns: Sequence[Mapping[str, Any]],
    pages: Sequence[Mapping[str, Any]],
    search_spans: Iterable[tuple[int, int]],
) -> int:
    """Store one source with its text, turns, pages and search index; returns its id."""
    done = connection.execute(schema.stored_source.insert().values(**row, added_at=now()))
    primary = done.inserted_primary_key
    assert primary is not None
    number = int(primary[0])
    connection.execute(schema.stored_text.insert().values(source_id=number, text=text))
    if turns:
        connection.execute(
            schema.stored_turn.insert(), [{"source_id": number, "number": i, **t} for i, t in enumerate(turns)]
        )
    if pages:
        connection.execute(schema.stored_page.insert(), [{"source_id": number, **p} for p in pages])
    rows = [{"t": text[a:b], "s": number, "a": a} for a, b in search_spans]
    if rows:
        connection.execute(sa.text("insert into passage_search(text, source_id, start) values (:t, :s, :a)"), rows)
    return number


def facet_set_ids(connection: Connection, wanted: Iterable[Mapping[str, str]]) -> dict[str, int]:
    """Canonical text of each combination of facet values → its id, adding the new ones."""
    texts = sorted({canonical_facets(facets) for facets in wanted})
    # Of a study's hundreds of combinations one coding needs one; an import may need all of them.
    known = {row.facets: int(row.id) for row in connection.execute(_FACET_SETS, {"texts": texts})}
    fresh = [text for text in texts if text not in known]
    if fresh:
        connection.execute(schema.facet_set.insert(), [{"facets": text} for text in fresh])
        known = {row.facets: int(row.id) for row in connection.execute(_FACET_SETS, {"texts": texts})}
    return known


def canonical_facets(facets: Mapping[str, str]) -> str:
    """One spelling for one combination of facet values."""
    return json.dumps({k: v for k, v in facets.items() if v}, sort_keys=True, ensure_ascii=False)


def insert_codings(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Store codings; returns the first and the last id (0, 0 when there are none)."""
    return _insert_passages(connection, schema.coding, rows)


def insert_suggestions(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Store machines' suggestions; returns the first and the last id (0, 0 when there are none)."""
    return _insert_passages(connection, schema.suggestion, rows)


def _insert_passages(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    if not rows:
        return 0, 0
    before = int(connection.execute(_last_id(table)).scalar_one() or 0)
    at = now()
    connection.execute(table.insert(), [{"guid": str(uuid4()), "created_at": at, **row} for row in rows])
    after = int(connection.execute(_last_id(table)).scalar_one())
    return before + 1, after


@cache
def _last_id(table: sa.Table) -> sa.Select[Any]:
    return sa.select(sa.func.max(table.c.id))


def add_named(connection: Connection, table: sa.Table, **values: Any) -> tuple[int, str]:
    """Add a case, participant, coder or round; returns its id and GUID."""
    guid = str(uuid4())
    done = connection.execute(table.insert().values(guid=guid, **values))
    primary = done.inserted_primary_key
    assert primary is not None
    return int(primary[0]), guid
