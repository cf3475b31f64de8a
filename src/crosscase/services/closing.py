"""Whether a round is closed: asked wherever coders' codings or marks of reading are written."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import Conflict
from crosscase.store import schema

_CLOSED = (
    sa.select(schema.round_closing.c.round_id, schema.round_closing.c.closed_at)
    .where(schema.round_closing.c.reopened_at.is_(None))
    .order_by(schema.round_closing.c.id)
)


def closed_since(connection: Connection) -> dict[int, str]:
    """The rounds that are closed (by id), and since when."""
    return {int(number): str(at) for number, at in connection.execute(_CLOSED)}


def refuse_closed(connection: Connection, rounds: Iterable[int]) -> None:
    """Raise ``Conflict`` when one of these rounds (ids) is closed."""
    closed = closed_since(connection)
    for number in sorted(set(rounds) & closed.keys()):
        r = schema.coding_round.c
        name = connection.execute(sa.select(r.name).where(r.id == number)).scalar_one()
        raise Conflict(
            f"round {name!r} is finished since {closed[number][:10]}: nothing is coded in it any more",
            where="rounds",
            mend="code in another round, or reopen it",
        )
