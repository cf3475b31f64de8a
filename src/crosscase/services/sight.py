"""What a person may see: their own codings always, colleagues' only where the round is not blind for them.

Everything that shows codings to people who code asks here first: the source, counts, search, history and the live feed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import NotFound
from crosscase.model.access import Right
from crosscase.services.study import Study
from crosscase.store import audit, schema

BROKEN = "blind.broken"


@dataclass(frozen=True)
class Sight:
    """Whose codings one person sees.

    Attributes
    ----------
    coder
        Their short name; ``None`` for somebody who only looks around.
    open_rounds
        Rounds in which colleagues' codings are shown to them.
    blind_rounds
        The others, by name: there they see their own codings and nothing that tells about colleagues'.
    """

    coder: str | None
    coder_id: int | None
    open_rounds: Mapping[str, int]
    blind_rounds: Mapping[str, int]

    def codings(self) -> sa.ColumnElement[bool]:
        """The condition on the table of codings."""
        c = schema.coding.c
        return sa.or_(c.coder_id == (self.coder_id or 0), c.round_id.in_(sorted(self.open_rounds.values()) or [0]))

    def sees(self, coder: str | None, round: str | None) -> bool:
        """Whether a coding of this coder in this round is shown."""
        return (coder is not None and coder == self.coder) or round is None or round in self.open_rounds


def sight_of(connection: Connection, coder: str | None) -> Sight:
    """What this person may see now."""
    r, revealed = schema.coding_round, schema.round_reveal.c.revealed_at
    rounds = list(connection.execute(sa.select(r, revealed).outerjoin(schema.round_reveal).order_by(r.c.id)))
    e = schema.event.c
    broken: set[str] = set()
    if coder is not None:
        mine = sa.select(e.object_guid).where(e.verb == BROKEN, e.actor == coder)
        broken = set(connection.execute(mine).scalars())
    coder_id = None
    if coder is not None:
        coder_id = connection.execute(sa.select(schema.coder.c.id).where(schema.coder.c.name == coder)).scalar()
    open_rounds = {row.name: row.id for row in rounds if not row.blind or row.revealed_at or row.guid in broken}
    blind = {row.name: row.id for row in rounds if row.name not in open_rounds}
    return Sight(coder, coder_id, open_rounds, blind)


def refuse_hidden(study: Study, sight: Sight, codings: Iterable[int] = (), decisions: Iterable[int] = ()) -> None:
    """Raise ``NotFound`` for codings, or decisions on codings, that this person may not see."""
    c, p = schema.coding.c, schema.adjudication_parent.c
    behind = sa.select(p.coding_id).where(p.adjudication_id.in_(list(decisions)))
    meant = sa.or_(c.id.in_(list(codings)), c.id.in_(behind))
    with study.reading() as connection:
        found = connection.execute(sa.select(c.id).where(meant, sa.not_(sight.codings())).limit(1)).scalar()
    if found is not None:
        raise NotFound("no such coding", where="agreement", mend="reload the page")


def hidden_rounds(connection: Connection, sight: Sight) -> tuple[str, ...]:
    """Blind rounds of a study with colleagues: results over all codings could give theirs away.

    Whether they have coded already plays no part: that too would tell something. Who codes alone has nobody to hide
    from.
    """
    c = schema.coder.c
    others = sa.select(c.id).where(c.kind == "person", c.id != (sight.coder_id or 0)).limit(1)
    if connection.execute(others).scalar() is None:
        return ()
    return tuple(sorted(sight.blind_rounds))


def break_blind(study: Study, round: str) -> None:
    """Show this person their colleagues' codings of a blind round; the history keeps that they looked.

    Raises ``NotFound`` for an unknown round.
    """
    with study.changing(Right.CODE) as connection:
        row = _round(connection, round)
        if round in sight_of(connection, study.actor).open_rounds:
            return
        audit.append_event(connection, study.actor, BROKEN, "round", row.guid, {"round": round})


def _round(connection: Connection, name: str) -> sa.Row[tuple[object, ...]]:
    row = connection.execute(sa.select(schema.coding_round).where(schema.coding_round.c.name == name)).one_or_none()
    if row is None:
        raise NotFound(f"no round {name!r}", where="rounds", mend="the Settings room lists them")
    return row
