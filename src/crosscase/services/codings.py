"""Recording what coders say: codings and reviewed spans, checked against text and codebook, all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import Conflict, FrameworkError, NotFound, OffsetError
from crosscase.model.coding import Coding, Passage, ReviewedSpan
from crosscase.model.framework import Framework
from crosscase.services.closing import refuse_closed
from crosscase.services.study import Study
from crosscase.store import audit, reading, schema, writing

_NEWEST_BOOK = sa.select(sa.func.max(schema.codebook_version.c.id))


@dataclass(frozen=True)
class Recorded:
    """What came of recording: ``n_verified`` codings had a quote that was found at their place."""

    n_codings: int
    n_verified: int
    n_reviewed: int
    first_id: int
    last_id: int
    new_coders: tuple[str, ...] = ()
    new_rounds: tuple[str, ...] = ()
    n_repeated: int = 0


@dataclass
class Book:
    """Names → ids of one study, read once per recording."""

    connection: Connection
    framework: Framework
    sources: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    coders: dict[str, int] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    version: int = 0

    @classmethod
    def open(cls, connection: Connection, framework: Framework) -> Book:
        tables = (schema.source, schema.code, schema.coder, schema.coding_round)
        sources, codes, coders, rounds = reading.names_of_all(connection, tables)
        newest = connection.execute(_NEWEST_BOOK).scalar_one()
        return cls(connection, framework, sources, codes, coders, rounds, version=int(newest))

    def source(self, name: str) -> int:
        if name not in self.sources:
            raise NotFound(f"no source {name!r}", where="codings", mend="add the source first, or correct the name")
        return self.sources[name]

    def text(self, source: str) -> str:
        if source not in self.texts:
            self.source(source)
            self.texts[source] = reading.source_text(self.connection, source)
        return self.texts[source]


def record_codings(
    study: Study,
    codings: Sequence[Coding],
    reviewed: Sequence[ReviewedSpan] = (),
    *,
    layer: str = "independent",
    origin: str = "entered",
    asked: Mapping[str, Iterable[str]] | None = None,
) -> Recorded:
    """Store codings and reviewed spans in one transaction with one audit event.

    Coders and rounds that are new are added and named in the result; ``asked`` says which codes a new round asked for
    (all, where it says nothing). A coding that stands there already (same
    passage, code, facets, coder, round and layer) is not stored twice. Raises ``OffsetError`` when a passage or its
    quote does not fit, ``FrameworkError`` for an unknown code or facet value, ``NotFound`` for an unknown source and
    ``Conflict`` for something new in a round that is closed.
    """
    with study.changing() as connection:
        book = Book.open(connection, study.framework)
        said: tuple[Coding | ReviewedSpan, ...] = (*codings, *reviewed)
        coders = add_coders(connection, study.actor, book, (item.coder for item in said))
        rounds = _add_rounds(connection, study, book, (item.round for item in said), asked or {})
        for coding in codings:
            check_coding(coding.passage, coding.code, coding.facets, book, coding.quote)
        fresh, rows = _fresh_rows(connection, codings, book, layer)
        if layer == "independent":
            refuse_closed(connection, (row["round_id"] for row in rows))
        first, last = writing.insert_codings(connection, rows)
        _insert_parents(connection, fresh, first)
        n_reviewed = _insert_reviewed(connection, reviewed, book)
        if rows or n_reviewed:
            detail = {
                "layer": layer,
                "origin": origin,
                "n_codings": len(rows),
                "ids": [first, last],
                "n_reviewed": n_reviewed,
                "digest": _digest(rows),
            }
            audit.append_event(connection, study.actor, "codings.recorded", "coding", _stamp(detail), detail)
    verified = sum(c.quote is not None for c in codings)
    return Recorded(len(rows), verified, n_reviewed, first, last, coders, rounds, len(codings) - len(rows))


def check_coding(passage: Passage, code: str, facets: Mapping[str, str], book: Book, quote: str | None) -> None:
    """Raise when a passage, its code, its facet values or its quote do not fit the study."""
    words = passage.quote(book.text(passage.source))
    if quote is not None and quote != words:
        raise OffsetError(
            f"the quote {_short(quote)!r} does not stand there; the text has {_short(words)!r}",
            where=f"{passage.source}, characters {passage.start} to {passage.end}",
            mend="offsets are code points, half-open, into the stored text",
        )
    try:
        book.framework.indicator(code)
    except FrameworkError as error:
        raise FrameworkError(
            f"the code {code!r} is not in version {book.framework.version} of the codebook",
            where=passage.source,
            mend="choose another code for the passage",
        ) from error
    for name, value in facets.items():
        if value:
            book.framework.facet(name).value(value)


def retire_coding(study: Study, coding_id: int, reason: str = "") -> None:
    """Take a coding out of the evidence; it stays in the history."""
    with study.changing() as connection:
        row = connection.execute(sa.select(schema.coding).where(schema.coding.c.id == coding_id)).one_or_none()
        if row is None:
            raise NotFound(f"no coding {coding_id}", mend="the report and `study.evidence()` show the ids")
        if row.retired_at is not None:
            raise Conflict(f"coding {coding_id} was taken out on {row.retired_at}", mend="nothing needs to be done")
        if row.layer == "independent":
            refuse_closed(connection, [row.round_id])
        connection.execute(schema.coding.update().where(schema.coding.c.id == coding_id).values(retired_at=audit.now()))
        coder = sa.select(schema.coder.c.name).where(schema.coder.c.id == row.coder_id)
        round = sa.select(schema.coding_round.c.name).where(schema.coding_round.c.id == row.round_id)
        detail = {"id": coding_id, "reason": reason}
        detail |= {"coder": connection.execute(coder).scalar_one(), "round": connection.execute(round).scalar_one()}
        audit.append_event(connection, study.actor, "coding.retired", "coding", row.guid, detail)


def add_coders(
    connection: Connection, actor: str, book: Book, names: Iterable[str], kind: str = "person"
) -> tuple[str, ...]:
    """Add the coders that the study does not know yet; returns their names."""
    fresh = tuple(sorted(set(names) - book.coders.keys()))
    for name in fresh:
        number, guid = writing.add_named(connection, schema.coder, name=name, label=name, kind=kind)
        book.coders[name] = number
        audit.append_event(connection, actor, "coder.added", "coder", guid, {"name": name, "kind": kind})
    return fresh


def _add_rounds(
    connection: Connection, study: Study, book: Book, names: Iterable[str], asked: Mapping[str, Iterable[str]]
) -> tuple[str, ...]:
    fresh = tuple(sorted(set(names) - book.rounds.keys()))
    for name in fresh:
        number, guid = writing.add_named(
            connection, schema.coding_round, name=name, codebook_version_id=book.version, blind=True
        )
        book.rounds[name] = number
        # Blind until somebody reveals it, since colleagues' files may still come; how its coders worked is not known.
        detail: dict[str, Any] = {"name": name, "blind": True, "imported": True}
        if name in asked:
            codes = sorted(set(asked[name]))
            links = [{"round_id": number, "code_id": book.codes[code]} for code in codes]
            connection.execute(schema.round_code.insert(), links)
            detail["codes"] = codes
        audit.append_event(connection, study.actor, "round.opened", "round", guid, detail)
    return fresh


def _fresh_rows(
    connection: Connection, codings: Sequence[Coding], book: Book, layer: str
) -> tuple[list[Coding], list[dict[str, Any]]]:
    """The codings that do not stand there yet, and their rows."""
    sets = writing.facet_set_ids(connection, (c.facets for c in codings))
    known = _existing(connection, {book.source(c.passage.source) for c in codings}, layer)
    fresh: list[Coding] = []
    rows: list[dict[str, Any]] = []
    for coding in codings:
        row = {
            "source_id": book.source(coding.passage.source),
            "start": coding.passage.start,
            "end": coding.passage.end,
            "code_id": book.codes[coding.code],
            "facet_set_id": sets[writing.canonical_facets(coding.facets)],
            "coder_id": book.coders[coding.coder],
            "round_id": book.rounds[coding.round],
        }
        key = tuple(row.values())
        if key in known:
            continue
        known.add(key)
        extra = {"codebook_version_id": book.version, "layer": layer, "confidence": coding.confidence}
        rows.append({**row, **extra, **({"guid": coding.guid} if coding.guid else {})})
        fresh.append(coding)
    return fresh, rows


def _existing(connection: Connection, sources: set[int], layer: str) -> set[tuple[int, ...]]:
    c = schema.coding.c
    known: set[tuple[int, ...]] = set()
    for number in sorted(sources):
        rows = connection.execute(
            sa.select(c.source_id, c.start, c.end, c.code_id, c.facet_set_id, c.coder_id, c.round_id).where(
                c.source_id == number, c.layer == layer, c.retired_at.is_(None)
            )
        )
        known.update(tuple(row) for row in rows)
    return known


def _insert_parents(connection: Connection, fresh: Sequence[Coding], first: int) -> None:
    pairs = [
        {"coding_id": first + place, "parent_id": parent}
        for place, coding in enumerate(fresh)
        for parent in sorted(set(coding.parents))
    ]
    if pairs:
        connection.execute(schema.coding_parent.insert(), pairs)


def _insert_reviewed(connection: Connection, reviewed: Sequence[ReviewedSpan], book: Book) -> int:
    t = schema.reviewed_span
    known = {
        tuple(r) for r in connection.execute(sa.select(t.c.source_id, t.c.start, t.c.end, t.c.coder_id, t.c.round_id))
    }
    rows = []
    for span in reviewed:
        span.passage.quote(book.text(span.passage.source))
        row = {
            "source_id": book.source(span.passage.source),
            "start": span.passage.start,
            "end": span.passage.end,
            "coder_id": book.coders[span.coder],
            "round_id": book.rounds[span.round],
        }
        if tuple(row.values()) not in known:
            known.add(tuple(row.values()))
            rows.append(row)
    if rows:
        refuse_closed(connection, (row["round_id"] for row in rows))
        connection.execute(t.insert(), rows)
    return len(rows)


def _digest(rows: Sequence[Mapping[str, Any]]) -> str:
    whole = hashlib.sha256()
    for row in rows:
        whole.update(repr(sorted((k, v) for k, v in row.items() if k != "guid")).encode())
    return whole.hexdigest()


def _stamp(detail: Mapping[str, Any]) -> str:
    return str(detail["digest"])[:36]


def _short(words: str, most: int = 60) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"
