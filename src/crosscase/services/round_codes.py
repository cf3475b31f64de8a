"""Which codes of today's codebook a round asked for, whatever became of the codes since the round was opened."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.store import schema
from crosscase.store.succession import followed, steps


def codes_asked(connection: Connection, kept: Collection[str] = ()) -> dict[int, tuple[str, ...]]:
    """Round → the codes it asked for, as they are called now; a round that is not there asked for all codes.

    A renamed code is asked for under its new name, a merged one where either was asked for, and the parts of a split
    one where the whole was; what a later version took back is taken back here too. A code that was dropped keeps its
    last name, which no codebook has. ``kept`` are split codes that stand beside their parts as long as nobody has begun
    to code them again.
    """
    r, link, c = schema.coding_round.c, schema.round_code, schema.code.c
    rows = connection.execute(
        sa.select(r.id, r.codebook_version_id, c.name)
        .select_from(link)
        .join(schema.coding_round, r.id == link.c.round_id)
        .join(schema.code, c.id == link.c.code_id)
        .order_by(r.id, c.id)
    ).all()
    if not rows:
        return {}
    made = steps(connection)
    found: dict[int, tuple[str, ...]] = {}
    for number, version, name in rows:
        found[number] = tuple(dict.fromkeys((*found.get(number, ()), *followed((name,), version, made, kept))))
    return found


def codes_now(connection: Connection, codes: Collection[str], version: int) -> tuple[str, ...]:
    """What codes of a codebook version are called now."""
    return followed(tuple(codes), version, steps(connection))
