"""Full-text search over all sources (SQLite FTS5, no diacritics, whole words and prefixes)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

_WORD = re.compile(r'"([^"]+)"|(\w+\*?)')


@dataclass(frozen=True)
class SearchHit:
    """A turn or paragraph that has the words: ``text[start:start + len(text)]`` of its source."""

    source: str
    case: str | None
    start: int
    text: str


def search_text(connection: Connection, words: str, *, case: str | None = None, limit: int = 100) -> list[SearchHit]:
    """Turns and paragraphs that have all the words, best first.

    ``"two words"`` in quotes is a phrase and ``teach*`` a beginning. Everything else is taken literally, so that no
    input is a syntax error; without a word there is nothing to find.
    """
    query = " ".join(_quoted(phrase or word) for phrase, word in _WORD.findall(words))
    if not query:
        return []
    statement = sa.text(
        'select s.name, c.name as "case", p.start, p.text from passage_search p '
        'join standing_source s on s.id = p.source_id left join "case" c on c.id = s.case_id '
        "where passage_search match :query and (:case is null or c.name = :case) order by rank limit :limit"
    )
    rows = connection.execute(statement, {"query": query, "case": case, "limit": limit})
    return [SearchHit(r[0], r[1], int(r[2]), r[3]) for r in rows]


def _quoted(part: str) -> str:
    prefix = part.endswith("*")
    return '"' + part.rstrip("*").replace('"', '""') + '"' + ("*" if prefix else "")
