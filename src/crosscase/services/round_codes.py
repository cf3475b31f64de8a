"""Which codes of today's codebook a round asked for, whatever became of the codes since the round was opened."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.store import audit, schema


@dataclass(frozen=True)
class _Step:
    """What a codebook version did: ``before`` became ``after``; ``undone`` is the version that took it back."""

    version: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    undone: int | None = None


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
    steps = _steps(connection)
    found: dict[int, tuple[str, ...]] = {}
    for number, version, name in rows:
        found[number] = tuple(dict.fromkeys((*found.get(number, ()), *_followed((name,), version, steps, kept))))
    return found


def codes_now(connection: Connection, codes: Collection[str], version: int) -> tuple[str, ...]:
    """What codes of a codebook version are called now."""
    return _followed(tuple(codes), version, _steps(connection), ())


def _followed(codes: tuple[str, ...], version: int, steps: list[_Step], kept: Collection[str]) -> tuple[str, ...]:
    for step in sorted(steps, key=lambda step: step.version):
        if step.version > version:
            if step.undone is None:
                codes = _replaced(codes, step.before, step.after, kept)
        elif step.undone is not None and step.undone > version:
            codes = _replaced(codes, step.after, step.before, ())
    return codes


def _replaced(
    codes: tuple[str, ...], before: tuple[str, ...], after: tuple[str, ...], kept: Collection[str]
) -> tuple[str, ...]:
    found: list[str] = []
    for code in codes:
        if code not in before:
            found.append(code)
            continue
        found += [code] if code in kept else []
        found += after
    return tuple(dict.fromkeys(found))


def _steps(connection: Connection) -> list[_Step]:
    e, v = schema.codebook_edit.c, schema.codebook_version.c
    numbers = {name: id for id, name in connection.execute(sa.select(v.id, v.version).order_by(v.id))}
    event = schema.event.c
    undone: dict[int, int] = {}
    for row in connection.execute(sa.select(schema.event).where(event.verb == "codebook.undone").order_by(event.id)):
        detail = audit.as_event(row).detail
        was, by = numbers.get(str(detail.get("undone"))), numbers.get(str(detail.get("version")))
        if was is not None and by is not None:
            undone[was] = by
    rows = connection.execute(sa.select(schema.codebook_edit).order_by(e.id))
    return [
        _Step(row.to_version_id, tuple(row.codes_before), tuple(row.codes_after), undone.get(row.to_version_id))
        for row in rows
        if row.kind != "redefine"
    ]
