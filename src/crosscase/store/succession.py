"""What became of codes over the versions of a codebook, and which former codes codings still stand under."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.store import schema


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


def succession(
    connection: Connection, *, since: str = "", after: int = 0
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every edit of codes after a moment or after another edit, the oldest first: the codes before and those after."""
    e = schema.codebook_edit.c
    later = sa.select(e.codes_before, e.codes_after).where(e.made_at > since, e.id > after).order_by(e.id)
    rows = connection.execute(later)
    return [(tuple(row.codes_before), tuple(row.codes_after)) for row in rows]


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


def heirs_of(connection: Connection, codes: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Each code → what it has become by all edits of the study."""
    edits = succession(connection)
    return {code: heirs((code,), edits) for code in codes}
