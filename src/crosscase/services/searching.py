"""Full-text search over all sources, with what is coded at each place as far as this person may see it."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from itertools import chain

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.services.sight import Sight
from crosscase.services.study import Study
from crosscase.store import schema
from crosscase.store.search import search_text, terms

MOST = 200
_DEEPEST = 20_000


@dataclass(frozen=True)
class Found:
    """A turn or paragraph with the words: ``parts`` is its text, cut so that every other part is a match."""

    source: str
    name: str
    case: str | None
    kind: str
    date: str | None
    start: int
    end: int
    first: tuple[int, int]
    parts: tuple[str, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Filters:
    """Which places are wanted; an empty value asks for nothing.

    Attributes
    ----------
    coder
        Short name of a coder who has coded there, as far as this person may see it.
    coded
        ``yes``: somebody has coded there, ``no``: nobody has, as far as this person may see it; ``mine`` and
        ``not-mine``: the same of this person alone.
    """

    case: str = ""
    kind: str = ""
    level: str = ""
    role: str = ""
    coder: str = ""
    coded: str = ""

    @property
    def given(self) -> dict[str, str]:
        """The filters that are set."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}


def search_sources(
    study: Study, sight: Sight, words: str, filters: Filters = Filters(), *, limit: int = MOST
) -> list[Found]:
    """Places that have all the words, best first."""
    pattern = matcher(words)
    # What the text index does not know is filtered afterwards, so more has to be looked at.
    deep = _DEEPEST if set(filters.given) - {"case"} else limit
    with study.reading() as connection:
        hits = search_text(connection, words, case=filters.case or None, limit=deep)
        known = {row.name: row for row in connection.execute(sa.select(schema.source))}
        codings = _Codings(connection, sight)
        found: list[Found] = []
        for hit in hits:
            source = known[hit.source]
            if any(getattr(filters, name) not in ("", getattr(source, name)) for name in ("kind", "level", "role")):
                continue
            end = hit.start + len(hit.text)
            there = codings.within(source.id, hit.start, end)
            if not _fits(filters, sight, there):
                continue
            parts, first = _cut(hit.text, pattern)
            found.append(
                Found(
                    source.guid,
                    source.name,
                    hit.case,
                    source.kind,
                    source.date,
                    hit.start,
                    end,
                    (hit.start + first[0], hit.start + first[1]),
                    parts,
                    tuple(sorted({code for code, _ in there})),
                )
            )
            if len(found) == limit:
                break
    return found


class _Codings:
    """What is coded in each source, as far as one person may see it; each source is read once."""

    def __init__(self, connection: Connection, sight: Sight) -> None:
        self._connection, self._sight = connection, sight
        self._known: dict[int, list[tuple[int, int, str, str]]] = {}

    def within(self, source: int, start: int, end: int) -> list[tuple[str, str]]:
        """Code and coder of everything that touches a passage."""
        if source not in self._known:
            c = schema.coding.c
            rows = self._connection.execute(
                sa.select(c.start, c.end, schema.code.c.name, schema.coder.c.name.label("coder"))
                .join(schema.code, c.code_id == schema.code.c.id)
                .join(schema.coder, c.coder_id == schema.coder.c.id)
                .where(c.source_id == source, c.retired_at.is_(None), self._sight.codings())
            )
            self._known[source] = [(r.start, r.end, r.name, r.coder) for r in rows]
        return [(code, coder) for a, b, code, coder in self._known[source] if a < end and b > start]


def _fits(filters: Filters, sight: Sight, there: list[tuple[str, str]]) -> bool:
    coders = {coder for _, coder in there}
    if filters.coder and filters.coder not in coders:
        return False
    return {
        "yes": bool(there),
        "no": not there,
        "mine": sight.coder in coders,
        "not-mine": sight.coder not in coders,
    }.get(filters.coded, True)


def matcher(words: str) -> re.Pattern[str] | None:
    """What to mark in a result: the words, phrases and beginnings that were looked for."""
    pieces = []
    for term in chain.from_iterable(terms(words)[0]):
        parts = r"\W+".join(re.escape(part) for part in re.findall(r"\w+", term))
        pieces.append(parts + (r"\w*" if term.endswith("*") else r"(?!\w)"))
    pieces = [piece for piece in pieces if piece != r"(?!\w)"]
    return re.compile(rf"(?<!\w)(?:{'|'.join(pieces)})", re.IGNORECASE) if pieces else None


def _cut(text: str, pattern: re.Pattern[str] | None) -> tuple[tuple[str, ...], tuple[int, int]]:
    """The text as plain, match, plain, match …; and where the first match lies (the whole when there is none)."""
    matches = list(pattern.finditer(text)) if pattern else []
    if not matches:
        return (text,), (0, len(text))
    parts: list[str] = []
    place = 0
    for match in matches:
        parts += [text[place : match.start()], match.group()]
        place = match.end()
    return (*parts, text[place:]), matches[0].span()
