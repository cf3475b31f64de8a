"""Which machine coders a study has, what each did last, and what people answered."""

from __future__ import annotations

import json
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.services.study import Study
from crosscase.services.suggestions import KIND, sources_done
from crosscase.store import schema
from crosscase.store.restricted import HIDDEN


@dataclass(frozen=True)
class LastRun:
    """The last time a machine coder made suggestions."""

    at: str
    n_sources: int
    n_suggestions: int


@dataclass(frozen=True)
class MachineCoder:
    """A machine coder.

    Attributes
    ----------
    last
        Its last run; ``None`` when it never suggested anything.
    n_done, n_todo
        Sources gone through with the present framework, and those that are left.
    n_suggestions
        All of its suggestions that stand, answered or not.
    n_open
        Of these nobody has answered; ``None`` where colleagues' answers are hidden.
    n_accepted, n_edited, n_rejected
        What people answered, or where colleagues' answers are hidden the one person who looks.
    """

    name: str
    label: str
    kind: str
    last: LastRun | None
    n_done: int
    n_todo: int
    n_suggestions: int
    n_open: int | None
    n_accepted: int
    n_edited: int
    n_rejected: int


def machine_coders(study: Study, *, only: str | None = None) -> list[MachineCoder]:
    """The machine coders of a study, and the dictionary also before it has done anything.

    ``only`` names the person whose answers are counted, for somebody who may not see those of colleagues; without it
    everybody's are.
    """
    with study.reading() as connection:
        sources = set(
            connection.execute(sa.select(schema.source.c.id).where(schema.source.c.kind != "context")).scalars()
        )
        c = schema.coder.c
        rows = connection.execute(sa.select(schema.coder).where(c.kind != "person").order_by(c.id)).all()
        found = []
        for row in rows:
            done = sources_done(connection, row.id, study.framework.digest) & sources
            answers = _answers(connection, row.id, only)
            total = sa.select(sa.func.count()).where(schema.suggestion.c.coder_id == row.id)
            n = int(connection.execute(total).scalar_one())
            found.append(
                MachineCoder(
                    row.name,
                    row.label,
                    row.kind,
                    _last_run(connection, row.guid),
                    len(done),
                    len(sources - done),
                    n,
                    n - sum(answers.values()) if only is None else None,
                    answers.get("accepted", 0),
                    answers.get("edited", 0),
                    answers.get("rejected", 0),
                )
            )
        taken = set(connection.execute(sa.select(c.name)).scalars())
    if KIND not in taken:
        found.append(MachineCoder(KIND, KIND, KIND, None, 0, len(sources), 0, None if only is not None else 0, 0, 0, 0))
    return found


def _answers(connection: Connection, coder_id: int, only: str | None) -> dict[str, int]:
    t, e = schema.suggestion.c, schema.event.c
    counted = sa.select(t.status, sa.func.count()).where(t.coder_id == coder_id, t.status != "open")
    if only is not None:
        own = sa.select(e.object_guid).where(
            e.verb.like("suggestion.%"), e.actor == only, e.object_kind == "suggestion"
        )
        counted = counted.where(t.guid.in_(own))
    return {status: int(n) for status, n in connection.execute(counted.group_by(t.status))}


def _last_run(connection: Connection, guid: str) -> LastRun | None:
    e = schema.event.c
    made = sa.select(schema.event).where(e.verb == "suggestions.made", e.object_guid == guid)
    row = connection.execute(made.order_by(e.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    detail = json.loads(row.detail)
    if HIDDEN in detail:
        return None  # what it did in the whole study is not for who sees a part
    return LastRun(row.at, detail["n_sources"], detail["n_suggestions"])
