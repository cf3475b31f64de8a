"""Full-text search over all sources (SQLite FTS5, no diacritics, whole words and prefixes)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

# A minus sign leaves out what follows where it stands before a word, not inside one ("well-known").
_WORD = re.compile(r'((?<!\S)-(?=["\w]))?(?:"([^"]*)"?|(\w+\*?))')


@dataclass(frozen=True)
class SearchHit:
    """A turn or paragraph that has the words: ``text[start:start + len(text)]`` of its source."""

    source: str
    case: str | None
    start: int
    text: str


def search_text(connection: Connection, words: str, *, case: str | None = None, limit: int = 100) -> list[SearchHit]:
    """Turns and paragraphs that have all the words, best first.

    ``"two words"`` in quotes is a phrase, ``teach*`` a beginning, ``one OR other`` either of them and ``-word`` leaves
    out what has it. Everything else is taken literally, so that no input is a syntax error; without a word to look for
    there is nothing to find.
    """
    wanted, unwanted = terms(words)
    if not wanted:
        return []
    query = " AND ".join(f"({' OR '.join(map(_quoted, either))})" for either in wanted)
    query = " NOT ".join([f"({query})", *map(_quoted, unwanted)])
    statement = sa.text(
        'select s.name, c.name as "case", p.start, p.text from passage_search p '
        'join standing_source s on s.id = p.source_id left join "case" c on c.id = s.case_id '
        "where passage_search match :query and (:case is null or c.name = :case) order by rank limit :limit"
    )
    rows = connection.execute(statement, {"query": query, "case": case, "limit": limit})
    return [SearchHit(r[0], r[1], int(r[2]), r[3]) for r in rows]


def terms(words: str) -> tuple[list[list[str]], list[str]]:
    """What is looked for, as alternatives of which one must stand there, and what must not stand there.

    >>> terms('coach* OR mentor "third grade" -principal')
    ([['coach*', 'mentor'], ['third grade']], ['principal'])
    """
    wanted: list[list[str]] = []
    unwanted: list[str] = []
    either = False
    for minus, phrase, word in _WORD.findall(words):
        term = phrase.strip() or word
        if word == "OR" and wanted:
            either = True
        elif not re.search(r"\w", term):
            continue
        elif minus:
            unwanted.append(term)
        elif either:
            wanted[-1].append(term)
            either = False
        else:
            wanted.append([term])
    return wanted, unwanted


def _quoted(part: str) -> str:
    prefix = part.endswith("*")
    return '"' + part.rstrip("*").replace('"', '""') + '"' + ("*" if prefix else "")
