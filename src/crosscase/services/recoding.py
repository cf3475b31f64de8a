"""What waits for re-coding after the codebook changed, as agreement needs to know it."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.analysis.agreement.study.answering import Answering, Waiting
from crosscase.model.framework import Framework
from crosscase.services.round_codes import codes_asked, codes_now
from crosscase.store import schema


def answering_of(
    connection: Connection,
    rulebook: Framework,
    codings: pl.DataFrame,
    rounds: Collection[str],
    sources: Collection[str] | None = None,
) -> tuple[Answering, dict[str, str]]:
    """Which codes the rounds asked for and which codings wait, and the codes to be compared with their domains.

    A split code whose codings nobody has looked at again, and whose parts nobody has given, stays among the codes: its
    own agreement is what it was. Rounds that were opened after the split did not ask for it. ``rulebook`` is the
    codebook with its former codes.
    """
    homes = {i.id: i.domain for i in rulebook.indicators}
    codes = {i.id: i.domain for i in rulebook.indicators if i.kind == "passage" and not i.former}
    mine = (w for w in waiting_for_coders(connection) if w.round in rounds)
    waiting = tuple(w for w in mine if sources is None or w.source in sources)
    standing = _standing(connection, waiting, set(codings["code"].unique().to_list()), codes)
    r, v = schema.coding_round.c, schema.codebook_version.c
    asked = codes_asked(connection, standing)
    versions = {name: id for id, name in connection.execute(sa.select(v.id, v.version).order_by(v.id))}
    limits: dict[str, frozenset[str]] = {}
    for number, name, version in connection.execute(sa.select(r.id, r.name, r.codebook_version_id)):
        if number in asked:
            limits[name] = frozenset(asked[number])
        elif standing:
            older = {code for code, since in standing.items() if version < versions[since]}
            limits[name] = frozenset({*codes, *older})
    domains = {code: homes[code] for code in standing if code not in codes}
    return Answering(limits, waiting, frozenset(standing)), codes | domains


def waiting_for_coders(connection: Connection) -> list[Waiting]:
    """People's independent codings that wait for re-coding, per edit, coder, round and source."""
    r, e, c, s = schema.recoding.c, schema.codebook_edit.c, schema.coding.c, schema.source.c
    before, after = schema.codebook_version.alias(), schema.codebook_version.alias()
    who, where = schema.coder.c, schema.coding_round.c
    wanted = (e.id, e.kind, e.codes_before, e.codes_after, e.to_version_id, before.c.version, after.c.version)
    statement = (
        sa.select(*wanted, who.name, where.name, s.name, sa.func.count())
        .select_from(schema.recoding)
        .join(schema.codebook_edit, e.id == r.edit_id)
        .join(before, before.c.id == e.from_version_id)
        .join(after, after.c.id == e.to_version_id)
        .join(schema.coding, c.id == r.coding_id)
        .join(schema.coder, who.id == c.coder_id)
        .join(schema.coding_round, where.id == c.round_id)
        .join(schema.source, s.id == c.source_id)
        .where(r.done_at.is_(None), c.retired_at.is_(None), c.layer == "independent", who.kind == "person")
        .group_by(e.id, who.name, where.name, s.name)
        .order_by(e.id, who.name, where.name, s.name)
    )
    found = []
    for _, kind, (code,), parts, version, was, since, coder, round, source, n in connection.execute(statement).all():
        now = codes_now(connection, parts, version)
        found.append(Waiting(kind, code, now, coder, round, source, n, was, since))
    return found


def _standing(
    connection: Connection, waiting: Collection[Waiting], given: Collection[str], codes: Collection[str]
) -> dict[str, str]:
    """Split codes that nobody has begun to code again → the version that split them."""
    r, e, c = schema.recoding.c, schema.codebook_edit.c, schema.coding.c
    begun = (
        sa.select(e.codes_before)
        .select_from(schema.recoding)
        .join(schema.codebook_edit, e.id == r.edit_id)
        .join(schema.coding, c.id == r.coding_id)
        .join(schema.coder, schema.coder.c.id == c.coder_id)
        .where(r.done_at.is_not(None), e.kind == "split", c.layer == "independent", schema.coder.c.kind == "person")
    )
    done = {code for (some,) in connection.execute(begun) for code in some}
    return {
        w.code: w.since
        for w in waiting
        if w.kind == "split"
        and w.code not in done
        and not (set(w.parts) - {w.code}) & set(given)
        and set(w.parts) <= set(codes)
    }
