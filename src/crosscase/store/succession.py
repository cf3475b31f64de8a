"""What became of codes over the versions of a codebook, and which former codes codings still stand under."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.store import audit, schema


def standing_former_codes(connection: Connection, known: Collection[str]) -> tuple[str, ...]:
    """Codes that are not ``known`` to the codebook any more and that living codings still stand under."""
    codes = connection.execute(sa.select(schema.code.c.id, schema.code.c.name).order_by(schema.code.c.id))
    former = {row.id: row.name for row in codes if row.name not in known}
    if not former:
        return ()
    c = schema.coding.c
    standing = sa.select(c.code_id).where(c.code_id.in_(list(former)), c.retired_at.is_(None)).distinct()
    found = set(connection.execute(standing).scalars())
    return tuple(name for number, name in former.items() if number in found)


@dataclass(frozen=True)
class Step:
    """An edit of codes in the version ``version``: ``before`` became ``after``, unless a later version took it back.

    ``undone`` is that version and ``undone_at`` its moment. A new definition makes no other code and is no step.
    """

    version: int
    made_at: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    undone: int | None = None
    undone_at: str = ""


def steps(connection: Connection) -> list[Step]:
    """Every edit of codes, the oldest first."""
    e, v, event = schema.codebook_edit.c, schema.codebook_version.c, schema.event.c
    rows = connection.execute(sa.select(schema.codebook_edit).where(e.kind != "redefine").order_by(e.id)).all()
    if not rows:
        return []
    numbers = {name: id for id, name in connection.execute(sa.select(v.id, v.version))}
    undone: dict[int, tuple[int, str]] = {}
    for row in connection.execute(sa.select(schema.event).where(event.verb == "codebook.undone").order_by(event.id)):
        detail = audit.as_event(row).detail
        was, by = numbers.get(str(detail.get("undone"))), numbers.get(str(detail.get("version")))
        if was is not None and by is not None:
            undone[was] = (by, row.at)
    return [
        Step(r.to_version_id, r.made_at, tuple(r.codes_before), tuple(r.codes_after), *undone.get(r.to_version_id, ()))
        for r in rows
    ]


def succession(connection: Connection, *, since: str = "") -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """What happened to codes after a moment, the oldest first: the codes before and those after.

    An edit that was taken back since is none; one that stood at that moment and was taken back later leads back.
    """
    found = []
    for step in steps(connection):
        if step.made_at > since:
            found += [(step.made_at, step.before, step.after)] if step.undone is None else []
        elif step.undone_at > since:
            found.append((step.undone_at, step.after, step.before))
    return [(before, after) for _, before, after in sorted(found, key=lambda one: one[0])]


def heirs(codes: Iterable[str], edits: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> tuple[str, ...]:
    """What these codes have become by the edits, in order and each once; a code that none touched stays itself."""
    found = tuple(dict.fromkeys(codes))
    for before, after in edits:
        if any(code in before for code in found):
            found = tuple(dict.fromkeys(new for code in found for new in (after if code in before else (code,))))
    return found


def line_of(code: str, edits: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> tuple[str, ...]:
    """A code and everything that it has been since by the edits, what it is now first."""
    now: tuple[str, ...] = (code,)
    found = [now]
    for edit in edits:
        now = heirs(now, [edit])
        found.append(now)
    return tuple(dict.fromkeys(code for codes in reversed(found) for code in codes))


def followed(codes: tuple[str, ...], version: int, made: Iterable[Step], kept: Collection[str] = ()) -> tuple[str, ...]:
    """What codes of a codebook version are called now; split codes that are ``kept`` stand beside their parts."""
    for step in sorted(made, key=lambda step: step.version):
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


def present_codes(connection: Connection) -> dict[tuple[int, int], int]:
    """What became of the codes that machines suggested: (codebook version, code) → the code that stands for it now.

    Ids, and only where another code stands for it; a code that was split has none that does.
    """
    made = steps(connection)
    if not made:
        return {}
    t = schema.suggestion.c
    used = connection.execute(sa.select(t.codebook_version_id, t.code_id).distinct()).all()
    names = {row.id: row.name for row in connection.execute(sa.select(schema.code.c.id, schema.code.c.name))}
    numbers = {name: number for number, name in names.items()}
    found = {}
    for version, code in used:
        now = followed((names[code],), version, made)
        if len(now) == 1 and now[0] != names[code]:
            found[version, code] = numbers[now[0]]
    return found
