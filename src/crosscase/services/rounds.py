"""Rounds of coding: their codebook version, sources, coders and codes, and whether they are blind."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import Conflict, ManifestError, NotFound
from crosscase.services.closing import closed_since
from crosscase.services.people import check_name
from crosscase.services.round_codes import codes_asked
from crosscase.services.round_reading import round_reading
from crosscase.services.study import Study
from crosscase.store import audit, reading, schema, writing

_NAMES = sa.select(schema.coding_round.c.name).order_by(schema.coding_round.c.id)


@dataclass(frozen=True)
class RoundState:
    """A round as it stands; empty ``sources``, ``coders`` or ``codes`` mean no limit.

    ``codes`` are those of today's codebook that it asked for; ``n_codings`` are those of coders, without consensus.
    """

    name: str
    codebook_version: str
    blind: bool
    revealed_at: str | None
    sources: tuple[str, ...]
    coders: tuple[str, ...]
    codes: tuple[str, ...]
    n_codings: int
    n_reviewed: int
    closed_at: str | None = None

    @property
    def hidden(self) -> bool:
        """Whether its coders must not see each other's codings."""
        return self.blind and self.revealed_at is None

    @property
    def closed(self) -> bool:
        """Whether it is finished: no codings are added to it any more."""
        return self.closed_at is not None


def open_round(
    study: Study,
    name: str,
    *,
    sources: Iterable[str] = (),
    coders: Iterable[str] = (),
    codes: Iterable[str] = (),
    blind: bool = True,
) -> RoundState:
    """Open a round at the newest codebook version.

    Raises ``Conflict`` when there is one of that name, ``NotFound`` for an unknown source or coder, ``FrameworkError``
    for an unknown code and ``ManifestError`` for a name that cannot stand in tables.
    """
    check_name(name, "rounds")
    with study.changing() as connection:
        if name in reading.names(connection, schema.coding_round):
            raise Conflict(f"there is a round {name!r} already", where="rounds", mend="choose another name")
        newest = connection.execute(sa.select(sa.func.max(schema.codebook_version.c.id))).scalar_one()
        number, guid = writing.add_named(
            connection, schema.coding_round, name=name, codebook_version_id=newest, blind=blind
        )
        for code in codes:
            study.framework.indicator(code)
        limits = {
            "sources": limit_round(connection, number, schema.round_source, schema.source, sources),
            "coders": limit_round(connection, number, schema.round_coder, schema.coder, coders),
            "codes": limit_round(connection, number, schema.round_code, schema.code, codes),
        }
        detail = {"name": name, "blind": blind, **limits}
        audit.append_event(connection, study.actor, "round.opened", "round", guid, detail)
    return round_state(study, name)


def limit_round(
    connection: Connection, number: int, link: sa.Table, table: sa.Table, names: Iterable[str]
) -> list[str]:
    """Note the sources, coders or codes of a round, inside a transaction; returns them without repetitions."""
    wanted = list(dict.fromkeys(names))
    known = reading.names(connection, table)
    unknown = [name for name in wanted if name not in known]
    column = next(c.name for c in link.primary_key if c.name != "round_id")
    if unknown:
        what = column.removesuffix("_id")
        raise NotFound(f"no {what} {unknown[0]!r}", where="rounds", mend="see `crosscase check` for the names")
    if wanted:
        connection.execute(link.insert(), [{"round_id": number, column: known[name]} for name in wanted])
    return wanted


def reveal_round(study: Study, name: str, reason: str) -> RoundState:
    """Let the coders of a blind round see each other's codings; who did it, when and why is logged.

    Raises ``NotFound`` for an unknown round, ``Conflict`` when it is not blind or revealed already, and
    ``ManifestError`` without a reason.
    """
    if not reason.strip():
        raise ManifestError("blindness is broken without a reason", where=f"round {name}", mend="say why")
    state = round_state(study, name)
    if not state.hidden:
        said = f"was revealed on {state.revealed_at}" if state.blind else "is not blind"
        raise Conflict(f"round {name!r} {said}", where="rounds", mend="nothing needs to be done")
    with study.changing() as connection:
        row = connection.execute(sa.select(schema.coding_round).where(schema.coding_round.c.name == name)).one()
        # Asked again inside the transaction: somebody else may have revealed it in the meantime.
        done = sa.select(schema.round_reveal.c.round_id).where(schema.round_reveal.c.round_id == row.id)
        if connection.execute(done).scalar() is not None:
            raise Conflict(f"round {name!r} was revealed just now", where="rounds", mend="nothing needs to be done")
        values = {"round_id": row.id, "revealed_at": audit.now(), "actor": study.actor, "reason": reason}
        connection.execute(schema.round_reveal.insert().values(**values))
        audit.append_event(
            connection, study.actor, "round.revealed", "round", row.guid, {"round": name, "reason": reason}
        )
    return round_state(study, name)


def close_round(study: Study, name: str, reason: str = "") -> RoundState:
    """Say that a round is finished: coders' codings and marks of reading in it stay as they are; it is logged.

    Decisions on its codings go on. Raises ``NotFound`` for an unknown round, ``Conflict`` when it is closed already and
    ``ManifestError`` when somebody has still something to read there and no reason is given.
    """
    state = round_state(study, name)
    waiting = [p.coder for p in round_reading(study, name) if not p.finished]
    if waiting and not reason.strip():
        raise ManifestError(
            f"{', '.join(waiting)} {'has' if len(waiting) == 1 else 'have'} not read all of it",
            where=f"round {name}",
            mend="say why it is finished all the same",
        )
    with study.changing() as connection:
        row = connection.execute(sa.select(schema.coding_round).where(schema.coding_round.c.name == name)).one()
        since = closed_since(connection).get(row.id)
        if since is not None:
            raise Conflict(f"round {name!r} is closed since {since}", where="rounds", mend="nothing needs to be done")
        values = {"round_id": row.id, "closed_at": audit.now(), "actor": study.actor, "reason": reason.strip()}
        connection.execute(schema.round_closing.insert().values(**values))
        detail = {"round": state.name, "reason": reason.strip()}
        audit.append_event(connection, study.actor, "round.closed", "round", row.guid, detail)
    return round_state(study, name)


def reopen_round(study: Study, name: str, reason: str) -> RoundState:
    """Let codings be added to a closed round again; who did it, when and why is logged.

    Raises ``NotFound`` for an unknown round, ``Conflict`` when it is not closed, ``ManifestError`` without a reason.
    """
    if not reason.strip():
        raise ManifestError("a round is reopened without a reason", where=f"round {name}", mend="say why")
    round_state(study, name)
    with study.changing() as connection:
        row = connection.execute(sa.select(schema.coding_round).where(schema.coding_round.c.name == name)).one()
        if row.id not in closed_since(connection):
            raise Conflict(f"round {name!r} is not closed", where="rounds", mend="nothing needs to be done")
        t = schema.round_closing
        standing = sa.and_(t.c.round_id == row.id, t.c.reopened_at.is_(None))
        connection.execute(t.update().where(standing).values(reopened_at=audit.now()))
        detail = {"round": name, "reason": reason.strip()}
        audit.append_event(connection, study.actor, "round.reopened", "round", row.guid, detail)
    return round_state(study, name)


def round_names(study: Study) -> list[str]:
    """The names of the rounds in the order in which they were opened."""
    with study.reading() as connection:
        return list(connection.execute(_NAMES).scalars())


def closed_rounds(study: Study) -> frozenset[str]:
    """The names of the rounds that are closed."""
    with study.reading() as connection:
        r = schema.coding_round.c
        some = sa.select(r.name).where(r.id.in_(list(closed_since(connection))))
        return frozenset(connection.execute(some).scalars())


def round_state(study: Study, name: str) -> RoundState:
    """One round; raises ``NotFound``."""
    for state in rounds(study):
        if state.name == name:
            return state
    raise NotFound(f"no round {name!r}", where="rounds", mend="see `crosscase round list`")


def imported_rounds(study: Study) -> frozenset[str]:
    """The names of the rounds that came with an import: whether their coders worked blind is not known here."""
    with study.reading() as connection:
        e = schema.event.c
        found = connection.execute(sa.select(e.detail).where(e.verb == "round.opened"))
        opened = [json.loads(detail) for detail in found.scalars()]
    return frozenset(str(detail["name"]) for detail in opened if detail.get("imported"))


def coding_days(study: Study) -> dict[str, tuple[str, str]]:
    """The first and the last day on which codings of each round came into the study."""
    c, r = schema.coding.c, schema.coding_round.c
    with study.reading() as connection:
        found = connection.execute(
            sa.select(r.name, sa.func.min(c.created_at), sa.func.max(c.created_at))
            .select_from(schema.coding.join(schema.coding_round, c.round_id == r.id))
            .where(c.layer == "independent", c.retired_at.is_(None))
            .group_by(r.name)
        )
        return {name: (first[:10], last[:10]) for name, first, last in found}


def rounds(study: Study) -> list[RoundState]:
    """All rounds in the order in which they were opened."""
    with study.reading() as connection:
        found = connection.execute(
            sa.select(
                schema.coding_round,
                schema.codebook_version.c.version,
                schema.round_reveal.c.revealed_at,
            )
            .select_from(schema.coding_round)
            .join(schema.codebook_version)
            .outerjoin(schema.round_reveal)
            .order_by(schema.coding_round.c.id)
        ).all()
        c = schema.coding.c
        live = sa.and_(c.retired_at.is_(None), c.layer == "independent")
        closed, asked = closed_since(connection), codes_asked(connection)
        return [
            RoundState(
                row.name,
                row.version,
                bool(row.blind),
                row.revealed_at,
                _names(connection, row.id, schema.round_source, schema.source),
                _names(connection, row.id, schema.round_coder, schema.coder),
                asked.get(row.id, ()),
                _count(connection, schema.coding, sa.and_(schema.coding.c.round_id == row.id, live)),
                _count(connection, schema.reviewed_span, schema.reviewed_span.c.round_id == row.id),
                closed.get(row.id),
            )
            for row in found
        ]


def _names(connection: Connection, number: int, link: sa.Table, table: sa.Table) -> tuple[str, ...]:
    column = next(c for c in link.primary_key if c.name != "round_id")
    joined = sa.select(table.c.name).select_from(link).join(table, table.c.id == column)
    joined = joined.where(link.c.round_id == number)
    return tuple(connection.execute(joined.order_by(table.c.id)).scalars())


def _count(connection: Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table).where(where)).scalar_one())
