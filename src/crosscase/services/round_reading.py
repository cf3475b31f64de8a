"""What each coder of a round has read of it, and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import NotFound
from crosscase.model.text import Turn
from crosscase.services.people import CONSENSUS
from crosscase.services.study import Study
from crosscase.services.units import joined, unit_spans
from crosscase.store import schema

_NOT_CODED = "context"

Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Left:
    """A source that a coder has not read to its end: turns that are left, of how many; whether anything was read.

    ``nobody``: no coder of the round has read any of the turns that are left.
    """

    source: str
    guid: str
    n_left: int
    n_units: int
    begun: bool
    nobody: bool = False


@dataclass(frozen=True)
class CoderReading:
    """One coder in one round: ``left`` in the order of the sources."""

    coder: str
    label: str
    n_sources: int
    left: tuple[Left, ...]

    @property
    def finished(self) -> bool:
        return not self.left

    @property
    def n_read(self) -> int:
        return self.n_sources - len(self.left)


def round_reading(study: Study, name: str) -> tuple[CoderReading, ...]:
    """For each coder of a round the sources that are not read to their end.

    The round's own sources and coders, where it has such limits; else all sources but those of context, and everybody
    who codes. A turn (a paragraph, where a text has no turns) counts as read when all of it lies in what the coder has
    marked as read in this round; questions need not be read. Raises ``NotFound`` for an unknown round.
    """
    with study.reading() as connection:
        r = schema.coding_round.c
        number = connection.execute(sa.select(r.id).where(r.name == name)).scalar()
        if number is None:
            raise NotFound(f"no round {name!r}", where="rounds", mend="see `crosscase round list`")
        sources = _sources(connection, number)
        units = _units(connection, [row.id for row in sources])
        read = _read(connection, number)
        people = _people(connection, number)
    found = []
    begun = {row.id: [joined(s) for (_, source), s in read.items() if source == row.id] for row in sources}
    for person in people:
        left = []
        for row in sources:
            mine = joined(read.get((person.id, row.id), ()))
            open_ = _unread(units[row.id], mine)
            if open_:
                nobody = begun[row.id] and all(_unread([u], theirs) for u in open_ for theirs in begun[row.id])
                left.append(Left(row.name, row.guid, len(open_), len(units[row.id]), bool(mine), bool(nobody)))
        found.append(CoderReading(person.name, person.label, len(sources), tuple(left)))
    return tuple(found)


def _sources(connection: Connection, number: int) -> list[sa.Row[tuple[int, str, str]]]:
    s, link = schema.source.c, schema.round_source.c
    chosen = list(connection.execute(sa.select(link.source_id).where(link.round_id == number)).scalars())
    wanted = s.id.in_(chosen) if chosen else s.kind != _NOT_CODED
    return list(connection.execute(sa.select(s.id, s.name, s.guid).where(wanted).order_by(s.id)))


def _people(connection: Connection, number: int) -> list[sa.Row[tuple[int, str, str]]]:
    c, link = schema.coder.c, schema.round_coder.c
    chosen = list(connection.execute(sa.select(link.coder_id).where(link.round_id == number)).scalars())
    wanted = c.id.in_(chosen) if chosen else sa.and_(c.kind == "person", c.name != CONSENSUS)
    return list(connection.execute(sa.select(c.id, c.name, c.label).where(wanted).order_by(c.id)))


def _units(connection: Connection, sources: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    t = schema.turn.c
    turns: dict[int, list[Turn]] = {}
    for r in connection.execute(sa.select(schema.turn).where(t.source_id.in_(sources)).order_by(t.source_id, t.number)):
        turns.setdefault(r.source_id, []).append(Turn(r.start, r.end, r.speaker, r.time, r.is_question))
    x = schema.source_text.c
    texts = connection.execute(sa.select(x.source_id, x.text).where(x.source_id.in_(sources)))
    return {number: unit_spans(text, turns.get(number, ()), "turn") for number, text in texts}


def _read(connection: Connection, number: int) -> dict[tuple[int, int], list[tuple[int, int]]]:
    t = schema.reviewed_span.c
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for r in connection.execute(sa.select(schema.reviewed_span).where(t.round_id == number)):
        found.setdefault((r.coder_id, r.source_id), []).append((r.start, r.end))
    return found


def _unread(units: Spans, read: Spans) -> list[tuple[int, int]]:
    return [(start, end) for start, end in units if not any(a <= start and end <= b for a, b in read)]
