"""What was decided about coders' codings, what waits for a decision, and how far it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import NotFound
from crosscase.services.study import Study
from crosscase.store import schema


@dataclass(frozen=True)
class Adjudication:
    """A decision about one place: ``coding`` is the consensus coding that it made, ``None`` for a rejection."""

    id: int
    source: str
    start: int
    end: int
    decision: str  # accepted | merged | new | rejected | identical
    coding: int | None
    parents: tuple[int, ...]
    actor: str
    reason: str
    decided_at: str
    reopened_at: str | None


@dataclass(frozen=True)
class CodeProgress:
    """How many codings of a code there are and how many of them were decided on."""

    code: str
    n_codings: int
    n_decided: int


def adjudications(study: Study) -> list[Adjudication]:
    """All decisions in their order, reopened ones too."""
    a, p = schema.adjudication, schema.adjudication_parent
    with study.reading() as connection:
        parents: dict[int, list[int]] = {}
        for number, coding in connection.execute(sa.select(p).order_by(p.c.coding_id)):
            parents.setdefault(number, []).append(coding)
        rows = connection.execute(
            sa.select(a, schema.source.c.name).join(schema.source, schema.source.c.id == a.c.source_id).order_by(a.c.id)
        )
        return [
            Adjudication(
                r.id,
                r.name,
                r.start,
                r.end,
                r.decision,
                r.coding_id,
                tuple(parents.get(r.id, ())),
                r.actor,
                r.reason,
                r.decided_at,
                r.reopened_at,
            )
            for r in rows
        ]


def adjudication(study: Study, number: int) -> Adjudication:
    """One decision; raises ``NotFound``."""
    for decision in adjudications(study):
        if decision.id == number:
            return decision
    raise NotFound(f"no decision {number}", where="adjudication", mend="see `crosscase adjudicate list`")


def undecided(study: Study) -> pl.DataFrame:
    """People's independent codings that no standing decision covers, in the order of the texts."""
    with study.reading() as connection:
        done = decided_ids(connection)
    codings = study.evidence("independent").filter(pl.col("coder_kind") == "person")
    return codings.filter(~pl.col("coding_id").is_in(sorted(done))).sort("source", "start", "code", "coder")


def not_covered(study: Study) -> pl.DataFrame:
    """People's independent codings that no consensus covers.

    It covers what was decided on, and whole sources whose consensus came in without saying what it rests on.
    """
    c, s, a, p = schema.coding.c, schema.source.c, schema.adjudication.c, schema.coding_parent.c
    brought = sa.and_(
        c.layer == "consensus",
        c.retired_at.is_(None),
        c.id.not_in(sa.select(p.coding_id)),
        c.id.not_in(sa.select(a.coding_id).where(a.coding_id.is_not(None))),
    )
    with study.reading() as connection:
        whole = connection.execute(
            sa.select(s.name).join(schema.coding, c.source_id == s.id).where(brought).distinct()
        ).scalars().all()  # fmt: skip
    return undecided(study).filter(~pl.col("source").is_in(list(whole)))


def decision_progress(study: Study, rounds: Collection[str]) -> tuple[CodeProgress, ...]:
    """Per code, how many of people's codings in these rounds were decided on, in the order of the framework."""
    n_all: Counter[str] = Counter()
    n_done: Counter[str] = Counter()
    with study.reading() as connection:
        done = decided_ids(connection)
        person = schema.coding.c.coder_id.in_(sa.select(schema.coder.c.id).where(schema.coder.c.kind == "person"))
        for row in connection.execute(select_independent().where(person)):
            if row.round in rounds:
                n_all[row.code] += 1
                n_done[row.code] += row.id in done
    found = {code: CodeProgress(code, n, n_done[code]) for code, n in n_all.items()}
    order = [i.id for i in study.framework.indicators]
    return tuple(found[code] for code in [*order, *sorted(found.keys() - set(order))] if code in found)


def decided_ids(connection: Connection) -> set[int]:
    """Codings of coders that a standing decision covers."""
    a, p = schema.adjudication, schema.adjudication_parent
    standing = sa.select(p.c.coding_id).join(a, a.c.id == p.c.adjudication_id).where(a.c.reopened_at.is_(None))
    # Consensus codings that came with an import have parents, and no decision of ours.
    c = schema.coding
    derived = (
        sa.select(schema.coding_parent.c.parent_id)
        .join(c, c.c.id == schema.coding_parent.c.coding_id)
        .where(c.c.retired_at.is_(None), c.c.layer == "consensus")
    )
    done = {*connection.execute(standing).scalars(), *connection.execute(derived).scalars()}
    # A coding that was carried over when its code was renamed or merged is as decided as the one before it.
    r, e = schema.recoding, schema.codebook_edit
    carried = connection.execute(
        sa.select(r.c.coding_id, r.c.replaced_by).join(e).where(e.c.kind.in_(("rename", "merge"))).order_by(r.c.id)
    )
    for before, after in carried:
        if before in done:
            done.add(after)
    return done


def select_independent() -> sa.Select[Any]:
    """Living codings of coders with the names of source, code and round."""
    c = schema.coding
    return (
        sa.select(
            c,
            schema.source.c.name.label("source"),
            schema.code.c.name.label("code"),
            schema.facet_set.c.facets,
            schema.coding_round.c.name.label("round"),
        )
        .select_from(c)
        .join(schema.source, schema.source.c.id == c.c.source_id)
        .join(schema.code, schema.code.c.id == c.c.code_id)
        .join(schema.facet_set, schema.facet_set.c.id == c.c.facet_set_id)
        .join(schema.coding_round, schema.coding_round.c.id == c.c.round_id)
        .where(c.c.layer == "independent", c.c.retired_at.is_(None))
        .order_by(c.c.id)
    )
