"""Machine coders at work in a study: they write suggestions; people accept, edit or reject each one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import Conflict, NotFound
from crosscase.model.coding import Suggestion
from crosscase.model.text import Turn
from crosscase.services.answering import accept, reject
from crosscase.services.codings import Book, add_coders
from crosscase.services.study import Study
from crosscase.store import audit, reading, schema, writing
from crosscase.store.succession import present_codes
from crosscase.suggest import RULES, DictionaryCoder, term_report

__all__ = ["FrequentTerm", "SuggestionReport", "accept", "reject", "suggest"]

Progress = Callable[[str, int, int], None]
KIND = "dictionary"
_MOST_LISTED = 10


@dataclass(frozen=True)
class FrequentTerm:
    """A term so frequent that a person should read its samples before its suggestions are used."""

    term: str
    indicator: str
    weak: bool
    n_hits: int
    per_100k_words: float
    samples: tuple[str, ...]


@dataclass(frozen=True)
class SuggestionReport:
    """What a machine coder did.

    Attributes
    ----------
    n_sources, n_new, n_replaced
        Of this run: sources gone through, suggestions made, open suggestions of an older framework taken away.
    n_done_before
        Sources that this coder had gone through with this framework already.
    per_indicator
        All suggestions of this coder that nobody has rejected.
    without
        Sources in which it suggests nothing.
    to_confirm
        Terms with more than 50 hits per 100,000 words.
    """

    coder: str
    framework: str
    n_sources: int
    n_done_before: int
    n_new: int
    n_replaced: int
    per_indicator: Mapping[str, int]
    without: tuple[str, ...]
    to_confirm: tuple[FrequentTerm, ...]

    def __str__(self) -> str:
        lines = [
            f"{self.coder} went through {_number(self.n_sources, 'source')} with {self.framework} and made "
            f"{_number(self.n_new, 'suggestion')}; {self.n_done_before} done before."
        ]
        if self.n_replaced:
            lines.append(f"{_number(self.n_replaced, 'open suggestion')} of before replaced.")
        if self.per_indicator:
            lines.append("Suggestions per indicator, none of them checked unless a person accepted it:")
            lines += [f"  {code:<28} {n:>6}" for code, n in self.per_indicator.items()]
        if self.without:
            more = f" and {len(self.without) - _MOST_LISTED} more" if len(self.without) > _MOST_LISTED else ""
            lines.append(f"Nothing found in {', '.join(self.without[:_MOST_LISTED])}{more}.")
        if self.to_confirm:
            lines.append("Very frequent terms: read the samples before you trust what they find.")
            for term in self.to_confirm:
                lines.append(f"  {term.term} ({term.indicator}), {term.per_100k_words:.0f} per 100,000 words")
                lines += [f"    {sample}" for sample in term.samples]
        return "\n".join(lines)


@dataclass(frozen=True)
class _Work:
    """One source to go through."""

    id: int
    name: str
    kind: str


def suggest(
    study: Study, with_: str = KIND, *, name: str | None = None, progress: Progress | None = None
) -> SuggestionReport:
    """Let a machine coder go through all sources that it has not done with the present framework.

    Its open suggestions of an older framework are replaced; what a person has accepted, edited or rejected stays and
    is not suggested again. Context sources are left out. Everything is stored in one transaction with one audit event.
    Raises ``NotFound`` for an unknown machine coder and ``Conflict`` when ``name`` is a person's.
    """
    if with_ != KIND:
        raise NotFound(f"no machine coder {with_!r}", where="suggestions", mend=f"use {KIND}")
    coder = DictionaryCoder(study.framework, name or KIND)
    with study.reading() as connection:
        sources = _sources(connection)
        done = sources_done(connection, _coder_id(connection, coder.name), study.framework.digest)
        todo = [source for source in sources if source.id not in done]
        proposed = {}
        for n, source in enumerate(todo):
            proposed[source.id] = _proposed(connection, coder, source)
            if progress:
                progress("looking for terms", n + 1, len(todo))
    n_new = n_replaced = 0
    if todo:
        n_new, n_replaced = _store(study, coder.name, proposed)
    return _report(study, coder, sources, len(todo), n_new, n_replaced)


def _sources(connection: Connection) -> list[_Work]:
    s = schema.source.c
    rows = connection.execute(sa.select(s.id, s.name, s.kind).where(s.kind != "context").order_by(s.id))
    return [_Work(*row) for row in rows]


def _proposed(connection: Connection, coder: DictionaryCoder, source: _Work) -> list[Suggestion]:
    turns = [Turn(r.start, r.end, r.speaker, r.time, r.is_question) for r in reading.turn_table(connection, source.id)]
    return coder.suggest(reading.source_text(connection, source.name), source.name, turns, kind=source.kind)


def _coder_id(connection: Connection, name: str) -> int | None:
    row = connection.execute(sa.select(schema.coder).where(schema.coder.c.name == name)).one_or_none()
    if row is None:
        return None
    if row.kind != KIND:
        raise Conflict(f"{name} is a {row.kind}, not a {KIND}", where="coders", mend="give the machine another name")
    return int(row.id)


def _ledger(coder_id: int) -> str:
    return f"suggestions/{coder_id}"


def _key(digest: str) -> str:
    """Changes with the framework and with the rules of the dictionary."""
    return hashlib.sha256(f"{digest} {RULES}".encode()).hexdigest()


def sources_done(connection: Connection, coder_id: int | None, digest: str) -> set[int]:
    """Sources that a coder has gone through with this framework; found or not."""
    if coder_id is None:
        return set()
    table = schema.result
    row = connection.execute(sa.select(table).where(table.c.name == _ledger(coder_id))).one_or_none()
    return set(json.loads(row.content)) if row is not None and row.key == _key(digest) else set()


def _store(study: Study, name: str, proposed: Mapping[int, Sequence[Suggestion]]) -> tuple[int, int]:
    """Write what was proposed; returns how many suggestions are new and how many were replaced."""
    digest = study.framework.digest
    with study.changing() as connection:
        book = Book.open(connection, study.framework)
        add_coders(connection, study.actor, book, [name], kind=KIND)
        number = book.coders[name]
        # Somebody else may have done the same in the meantime.
        done = sources_done(connection, number, digest)
        fresh = {source: found for source, found in proposed.items() if source not in done}
        if not fresh:
            return 0, 0
        n_replaced = _take_away_open(connection, number, list(fresh))
        # Not the newest codebook, should somebody have adopted one while the terms were looked for.
        version = sa.select(schema.codebook_version.c.id).where(schema.codebook_version.c.digest == digest)
        book.version = int(connection.execute(version).scalar_one())
        rows = _rows(connection, book, number, fresh)
        first, last = writing.insert_suggestions(connection, rows)
        _write_ledger(connection, number, digest, done | fresh.keys())
        guid = connection.execute(sa.select(schema.coder.c.guid).where(schema.coder.c.id == number)).scalar_one()
        detail = {
            "coder": name,
            "framework": digest,
            "rules": RULES,
            "n_sources": len(fresh),
            "n_suggestions": len(rows),
            "ids": [first, last],
            "n_replaced": n_replaced,
        }
        audit.append_event(connection, study.actor, "suggestions.made", "coder", guid, detail)
    return len(rows), n_replaced


def _take_away_open(connection: Connection, coder_id: int, sources: list[int]) -> int:
    t = schema.suggestion
    n = 0
    for source in sources:
        where = sa.and_(t.c.coder_id == coder_id, t.c.source_id == source, t.c.status == "open")
        n += connection.execute(t.delete().where(where)).rowcount
    return n


def _rows(
    connection: Connection, book: Book, coder_id: int, proposed: Mapping[int, Sequence[Suggestion]]
) -> list[dict[str, Any]]:
    sets = writing.facet_set_ids(connection, (s.facets for found in proposed.values() for s in found))
    rows = []
    for source, found in proposed.items():
        answered = _answered(connection, coder_id, source)
        for s in found:
            code = book.codes[s.code]
            if any(c == code and a < s.passage.end and s.passage.start < b for c, a, b in answered):
                continue
            rows.append(
                {
                    "source_id": source,
                    "start": s.passage.start,
                    "end": s.passage.end,
                    "code_id": code,
                    "facet_set_id": sets[writing.canonical_facets(s.facets)],
                    "coder_id": coder_id,
                    "codebook_version_id": book.version,
                    "confidence": s.confidence,
                    "reason": s.reason,
                    "status": "open",
                }
            )
    return rows


def _answered(connection: Connection, coder_id: int, source: int) -> list[tuple[int, int, int]]:
    """Code and place of what people have answered: there the machine is not to ask again."""
    t = schema.suggestion.c
    where = sa.and_(t.coder_id == coder_id, t.source_id == source, t.status != "open")
    now = present_codes(connection)
    rows = connection.execute(sa.select(schema.suggestion).where(where))
    return [(now.get((r.codebook_version_id, r.code_id), r.code_id), r.start, r.end) for r in rows]


def _write_ledger(connection: Connection, coder_id: int, digest: str, done: set[int]) -> None:
    table, name = schema.result, _ledger(coder_id)
    connection.execute(table.delete().where(table.c.name == name))
    row = {"name": name, "key": _key(digest), "content": json.dumps(sorted(done)), "created_at": audit.now()}
    connection.execute(table.insert().values(**row))


def _report(
    study: Study, coder: DictionaryCoder, sources: Sequence[_Work], n_now: int, n_new: int, n_replaced: int
) -> SuggestionReport:
    standing = study.evidence("suggestion").filter(coder=coder.name)
    counts: dict[str, int] = dict(standing.group_by("code").len().iter_rows())
    found = set(standing["source"].unique())
    with study.reading() as connection:
        frame = term_report(coder, _texts(connection, sources))
    frequent = frame.filter("to_confirm").drop("to_confirm", "n_sources")
    order = [i.id for i in study.framework.indicators if i.id in counts]
    return SuggestionReport(
        coder.name,
        f"{study.framework.id} {study.framework.version}",
        n_now,
        len(sources) - n_now,
        n_new,
        n_replaced,
        {code: counts[code] for code in [*order, *sorted(counts.keys() - set(order))]},
        tuple(source.name for source in sources if source.name not in found),
        tuple(FrequentTerm(**{**row, "samples": tuple(row["samples"])}) for row in frequent.iter_rows(named=True)),
    )


def _texts(connection: Connection, sources: Sequence[_Work]) -> Iterator[tuple[str, str]]:
    for source in sources:
        yield source.name, reading.source_text(connection, source.name)


def _number(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
