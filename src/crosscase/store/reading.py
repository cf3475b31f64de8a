"""Reading what a study holds besides its codings: sources, texts, people, counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import NotFound
from crosscase.store import schema

_SOURCE_ID = sa.select(schema.source.c.id).where(
    sa.or_(schema.source.c.name == sa.bindparam("name"), schema.source.c.guid == sa.bindparam("name"))
)
_TEXT = sa.select(schema.source_text.c.text).where(schema.source_text.c.source_id == sa.bindparam("number"))
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SOURCE_COLUMNS = (
    ("name", pl.String),
    ("case", pl.String),
    ("kind", pl.String),
    ("date", pl.String),
    ("participant", pl.String),
    ("role", pl.String),
    ("level", pl.String),
    ("file", pl.String),
    ("format", pl.String),
    ("sha256", pl.String),
    ("file_sha256", pl.String),
    ("n_characters", pl.Int64),
    ("n_words", pl.Int64),
    ("machine_transcript", pl.Boolean),
    ("simulated", pl.Boolean),
    ("guid", pl.String),
)


def source_table(connection: Connection) -> pl.DataFrame:
    """One row per source in the order of entry, without the texts."""
    s = schema.source.c
    rows = connection.execute(
        sa.select(
            s.name,
            schema.case.c.name.label("case"),
            s.kind,
            s.date,
            schema.participant.c.name.label("participant"),
            s.role,
            s.level,
            s.file,
            s.format,
            s.sha256,
            s.file_sha256,
            s.n_characters,
            s.n_words,
            s.machine_transcript,
            s.simulated,
            s.guid,
        )
        .outerjoin(schema.case, s.case_id == schema.case.c.id)
        .outerjoin(schema.participant, s.participant_id == schema.participant.c.id)
        .order_by(s.id)
    ).all()
    return pl.DataFrame([tuple(r) for r in rows], schema=dict(_SOURCE_COLUMNS), orient="row")


def source_id(connection: Connection, name: str) -> int:
    """Id of a source by its name or GUID; raises ``NotFound``."""
    found = connection.execute(_SOURCE_ID, {"name": name}).scalar()
    if found is None:
        raise no_source(connection, name)
    return int(found)


def no_source(connection: Connection, name: str) -> NotFound:
    """Why there is no such source: nobody knows it, or it was taken out."""
    s = schema.stored_source.c
    out = sa.select(s.name).where(sa.or_(s.name == name, s.guid == name), s.withdrawn_at.is_not(None))
    known = connection.execute(out).scalar()
    if known is not None:
        return NotFound(f"the source {known!r} was taken out", where="sources", mend="the History room brings it back")
    if _GUID.fullmatch(name):
        # An address of the workbench, not a name that somebody typed.
        return NotFound(
            "there is no such source, or your account does not reach its case",
            where="sources",
            mend="choose one in the Study room, which lists all that you see; an owner says who sees which case",
        )
    return NotFound(f"no source {name!r}", mend="see `crosscase check` for the names")


def source_text(connection: Connection, name: str) -> str:
    """The stored text of a source."""
    number = source_id(connection, name)
    text: str = connection.execute(_TEXT, {"number": number}).scalar_one()
    return text


def turn_table(connection: Connection, source: int) -> list[sa.Row[Any]]:
    """Turns of a source in order: start, end, speaker, time, is_question."""
    return list(
        connection.execute(
            sa.select(schema.turn).where(schema.turn.c.source_id == source).order_by(schema.turn.c.number)
        )
    )


def names(connection: Connection, table: sa.Table) -> dict[str, int]:
    """Name → id of cases, participants, coders, codes or rounds."""
    return {row[0]: row[1] for row in connection.execute(sa.select(table.c.name, table.c.id))}


def names_of_all(connection: Connection, tables: Sequence[sa.Table]) -> list[dict[str, int]]:
    """Name → id of each of several tables, in one question: every coding by hand asks it."""
    found: list[dict[str, int]] = [{} for _ in tables]
    for place, name, number in connection.execute(_names_in(tuple(tables))):
        found[place][name] = number
    return found


@cache
def _names_in(tables: tuple[sa.Table, ...]) -> sa.CompoundSelect[Any]:
    return sa.union_all(*(sa.select(sa.literal_column(str(n)), t.c.name, t.c.id) for n, t in enumerate(tables)))


def counts(connection: Connection) -> dict[str, int]:
    """How much there is of everything, for status lines."""
    live = sa.select(sa.func.count()).select_from(schema.coding).where(schema.coding.c.retired_at.is_(None))
    found = {
        "independent": live.where(schema.coding.c.layer == "independent"),
        "consensus": live.where(schema.coding.c.layer == "consensus"),
        "suggestion": sa.select(sa.func.count())
        .select_from(schema.suggestion)
        .where(schema.suggestion.c.status != "rejected")
        .where(schema.suggestion.c.source_id.in_(sa.select(schema.source.c.id))),
        "sources": sa.select(sa.func.count()).select_from(schema.source),
        "reviewed": sa.select(sa.func.count())
        .select_from(schema.reviewed_span)
        .where(schema.reviewed_span.c.source_id.in_(sa.select(schema.source.c.id))),
        "events": sa.select(sa.func.count()).select_from(schema.event),
    }
    return {name: int(connection.execute(statement).scalar_one()) for name, statement in found.items()}
