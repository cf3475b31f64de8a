"""What all who read a place coded identically: the batch rule of adjudication."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.services.decisions import decided_ids, select_independent
from crosscase.services.study import Study
from crosscase.store import schema


def count_identical(study: Study, rounds: Collection[str] | None = None) -> int:
    """How many consensus codings the batch rule would make now."""
    with study.reading() as connection:
        return len(identical_groups(connection, rounds))


def identical_groups(connection: Connection, rounds: Collection[str] | None) -> list[list[sa.Row[Any]]]:
    """Groups of identical codings of all people who read the place."""
    done = decided_ids(connection)
    people = set(connection.execute(sa.select(schema.coder.c.id).where(schema.coder.c.kind == "person")).scalars())
    statement = select_independent()
    if rounds is not None:
        statement = statement.where(schema.coding_round.c.name.in_(list(rounds)))
    groups: dict[tuple[Any, ...], list[sa.Row[Any]]] = {}
    for row in connection.execute(statement):
        if row.id not in done and row.coder_id in people:
            key = (row.source_id, row.start, row.end, row.code_id, row.facet_set_id, row.round_id)
            groups.setdefault(key, []).append(row)
    readers = _readers(connection, people)
    found = []
    for (source, start, end, *_, round_id), rows in groups.items():
        coders = {r.coder_id for r in rows}
        read = {c for c, a, b in readers.get((source, round_id), ()) if a <= start and end <= b}
        if len(coders) >= 2 and read <= coders:
            found.append(rows)
    return found


def _readers(connection: Connection, people: set[int]) -> dict[tuple[int, int], list[tuple[int, int, int]]]:
    found: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for r in connection.execute(sa.select(schema.reviewed_span)):
        if r.coder_id in people:
            found.setdefault((r.source_id, r.round_id), []).append((r.coder_id, r.start, r.end))
    return found
