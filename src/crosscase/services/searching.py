"""Full-text search over all sources, with what is coded at each place as far as this person may see it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa

from crosscase.services.sight import Sight
from crosscase.services.study import Study
from crosscase.store import schema
from crosscase.store.search import search_text

_WORD = re.compile(r'"([^"]+)"|(\w+\*?)')
MOST = 200


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


def search_sources(
    study: Study, sight: Sight, words: str, *, case: str = "", kind: str = "", level: str = "", limit: int = MOST
) -> list[Found]:
    """Places that have all the words, best first; filters are names as the study uses them, or empty."""
    s, c = schema.source.c, schema.coding.c
    pattern = matcher(words)
    with study.reading() as connection:
        hits = search_text(connection, words, case=case or None, limit=limit * (4 if kind or level else 1))
        known = {row.name: row for row in connection.execute(sa.select(s.id, s.guid, s.name, s.kind, s.date, s.level))}
        found: list[Found] = []
        for hit in hits:
            source = known[hit.source]
            if (kind and source.kind != kind) or (level and source.level != level):
                continue
            end = hit.start + len(hit.text)
            codes = connection.execute(
                sa.select(schema.code.c.name)
                .join(schema.coding, c.code_id == schema.code.c.id)
                .where(c.source_id == source.id, c.start < end, c.end > hit.start)
                .where(c.retired_at.is_(None), sight.codings())
                .distinct()
            )
            parts, first = _cut(hit.text, pattern)
            place = (hit.start + first[0], hit.start + first[1])
            found.append(
                Found(
                    source.guid,
                    source.name,
                    hit.case,
                    source.kind,
                    source.date,
                    hit.start,
                    end,
                    place,
                    parts,
                    tuple(sorted(codes.scalars())),
                )
            )
            if len(found) == limit:
                break
    return found


def matcher(words: str) -> re.Pattern[str] | None:
    """What to mark in a result: the words, phrases and beginnings that were looked for."""
    pieces = []
    for phrase, word in _WORD.findall(words):
        if phrase:
            pieces.append(r"\W+".join(re.escape(part) for part in re.findall(r"\w+", phrase)) + r"(?!\w)")
        else:
            pieces.append(re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else r"(?!\w)"))
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
