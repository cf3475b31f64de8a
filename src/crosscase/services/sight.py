"""What a person may see: their own codings always, colleagues' only where the round is not blind for them.

Everything that shows codings to people who code asks here first: the source, counts, search, history and the live feed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import Conflict, NotFound
from crosscase.model.access import Right
from crosscase.services.closing import closed_since
from crosscase.services.study import Study
from crosscase.store import audit, schema

BROKEN = "blind.broken"


@dataclass(frozen=True)
class Recoded:
    """Sources that a blind round codes anew: their ids and GUIDs, or ``None`` for every source."""

    ids: frozenset[int] | None
    guids: frozenset[str] | None
    by: str  # the blind round

    def has(self, guid: str | None) -> bool:
        """Whether a source is among them; an unknown one may be."""
        return self.guids is None or guid is None or guid in self.guids


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
        The blind ones, by name: there they see their own codings and nothing that tells about colleagues'.
    held_back
        Rounds whose sources this person codes anew in a blind round that goes on: there even their own codings are
        hidden, and the round is not open to them until the blind one is finished. By the id of the round.
    """

    coder: str | None
    coder_id: int | None
    open_rounds: Mapping[str, int]
    blind_rounds: Mapping[str, int]
    held_back: Mapping[int, Recoded] = field(default_factory=dict)
    held_names: Mapping[str, int] = field(default_factory=dict)
    waiting_rounds: tuple[str, ...] = ()  # open to others, and to them when the blind round is finished

    def codings(self) -> sa.ColumnElement[bool]:
        """The condition on the table of codings."""
        c = schema.coding.c
        own = c.coder_id == (self.coder_id or 0)
        for round_id, recoded in self.held_back.items():
            there = c.round_id == round_id
            own = sa.and_(own, sa.not_(there if recoded.ids is None else there & c.source_id.in_(sorted(recoded.ids))))
        return sa.or_(own, c.round_id.in_(sorted(self.open_rounds.values()) or [0]))

    def sees(self, coder: str | None, round: str | None, source: str | None = None) -> bool:
        """Whether a coding of this coder in this round, on the source with this GUID, is shown."""
        if round is None or round in self.open_rounds:
            return True
        held = self.held_back.get(self.held_names.get(round, 0))
        return coder is not None and coder == self.coder and (held is None or not held.has(source))

    def codes_anew(self, source: str) -> str:
        """The blind round in which this person codes a source (by GUID) anew; empty when there is none."""
        return next((held.by for held in self.held_back.values() if held.has(source)), "")


def sight_of(connection: Connection, coder: str | None, round: str | None = None) -> Sight:
    """What this person may see now, while they code in a round.

    Coding a source anew is independent only if nothing of the earlier codings shows. So while somebody takes part in a
    blind round that goes on, the earlier rounds of its sources are held back from them, their own codings included:
    otherwise agreement of a coder with themself would be copied, not measured.
    """
    r, revealed = schema.coding_round, schema.round_reveal.c.revealed_at
    rounds = list(connection.execute(sa.select(r, revealed).outerjoin(schema.round_reveal).order_by(r.c.id)))
    e = schema.event.c
    broken: set[str] = set()
    coder_id = None
    if coder is not None:
        mine = sa.select(e.object_guid).where(e.verb == BROKEN, e.actor == coder)
        broken = set(connection.execute(mine).scalars())
        coder_id = connection.execute(sa.select(schema.coder.c.id).where(schema.coder.c.name == coder)).scalar()
    shown = {row.name: row.id for row in rounds if not row.blind or row.revealed_at or row.guid in broken}
    blind = {row.name: row.id for row in rounds if row.name not in shown}
    going = _going_on(connection, coder_id, blind) if coder_id is not None else {}
    anew = {
        row.name: one
        for row in rounds
        if (one := _together(by for n, by in going.items() if n != row.id and (by.by == round or n > row.id)))
    }
    open_rounds = {name: id for name, id in shown.items() if not _holds(connection, id, anew.get(name))}
    # Their own codings of the round that they code in stay in sight.
    back = {row.id: anew[row.name] for row in rounds if row.name in anew and row.name != round}
    later = tuple(name for name in shown if name not in open_rounds)
    named = {row.name: row.id for row in rounds if row.id in back}
    return Sight(coder, coder_id, open_rounds, blind, back, named, later)


def _going_on(connection: Connection, coder_id: int, blind: Mapping[str, int]) -> dict[int, Recoded]:
    """The blind rounds that go on and that somebody takes part in, with their sources."""
    closed, link, who, s = closed_since(connection), schema.round_source.c, schema.round_coder.c, schema.source.c
    found: dict[int, Recoded] = {}
    for name, number in blind.items():
        coders = set(connection.execute(sa.select(who.coder_id).where(who.round_id == number)).scalars())
        if number in closed or (coders and coder_id not in coders):
            continue
        of_it = sa.select(s.id, s.guid).join(schema.round_source, link.source_id == s.id).where(link.round_id == number)
        limits = {row.id: row.guid for row in connection.execute(of_it)}
        found[number] = Recoded(frozenset(limits) or None, frozenset(limits.values()) or None, name)
    return found


def _together(found: Iterable[Recoded]) -> Recoded | None:
    """The sources of several rounds as one."""
    whole: Recoded | None = None
    for one in found:
        if whole is None or one.ids is None or one.guids is None:
            whole = one
        elif whole.ids is not None and whole.guids is not None:
            whole = Recoded(whole.ids | one.ids, whole.guids | one.guids, whole.by)
    return whole


def _holds(connection: Connection, round_id: int, held: Recoded | None) -> bool:
    """Whether a round that is open otherwise holds codings of sources that are coded anew."""
    if held is None or held.ids is None:
        return held is not None
    c = schema.coding.c
    there = sa.select(c.id).where(c.round_id == round_id, c.source_id.in_(sorted(held.ids)), c.retired_at.is_(None))
    return connection.execute(there.limit(1)).scalar() is not None


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
    if not _has_colleagues(connection, sight):
        # Unless they code the same sources anew: then it is their own earlier codings.
        return tuple(sorted({held.by for held in sight.held_back.values()}))
    return tuple(sorted(sight.blind_rounds))


def hides_suggestions(connection: Connection, sight: Sight) -> bool:
    """Whether machines' suggestions are hidden from a person.

    They are while a round is blind for them: what colleagues have answered is open no more, so the rest would tell what
    they coded; and coders whom the same machine has nudged agree with it, not with one another. A round that begins
    with the first coding is blind, so they are hidden before it too.
    """
    if hidden_rounds(connection, sight):
        return True
    begun = connection.execute(sa.select(schema.coding_round.c.id).limit(1)).scalar() is not None
    return not begun and _has_colleagues(connection, sight)


def _has_colleagues(connection: Connection, sight: Sight) -> bool:
    c = schema.coder.c
    others = sa.select(c.id).where(c.kind == "person", c.id != (sight.coder_id or 0)).limit(1)
    return connection.execute(others).scalar() is not None


def refuse_suggestions(study: Study, sight: Sight) -> None:
    """Raise ``Conflict`` where suggestions are hidden from this person."""
    with study.reading() as connection:
        if hides_suggestions(connection, sight):
            raise Conflict(
                "suggestions are hidden while a round is blind for you",
                where="suggestions",
                mend="answer them when the round is revealed",
            )


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
