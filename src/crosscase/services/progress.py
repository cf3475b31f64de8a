"""Where a study stands: cases with their sources, how far each coder is, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.services.sight import Sight, hides_suggestions
from crosscase.services.study import Study
from crosscase.store import schema


@dataclass(frozen=True)
class SourceState:
    """One source in a list: ``read`` is the share of it that this person has read in this round, in [0, 1]."""

    guid: str
    name: str
    case: str | None
    kind: str
    date: str | None
    role: str | None
    participant: str | None
    n_words: int
    n_codings: int  # those that this person may see
    n_mine: int  # their own in this round
    n_suggestions: int
    read: float


@dataclass(frozen=True)
class CaseState:
    """A case with its sources; ``name`` is empty for sources that belong to no case."""

    name: str
    label: str
    kinds: Mapping[str, int]
    n_words: int
    n_codings: int
    read: float
    sources: tuple[SourceState, ...]


@dataclass(frozen=True)
class CoderState:
    """How far a coder is in a round: share of the words read, and codings; ``None`` where a blind round hides it."""

    name: str
    label: str
    kind: str
    read: float | None
    n_sources: int | None
    n_codings: int | None


@dataclass(frozen=True)
class StudyState:
    """Everything that the first page shows."""

    cases: tuple[CaseState, ...]
    coders: tuple[CoderState, ...]
    n_sources: int
    n_words: int
    n_codings: int
    n_suggestions: int


def study_state(study: Study, sight: Sight, round: str | None) -> StudyState:
    """Cases, sources and coders as this person may see them."""
    with study.reading() as connection:
        sources = _sources(connection, sight, round)
        coders = _coders(connection, sight, round)
        labels = {r.name: r.label for r in connection.execute(sa.select(schema.case).order_by(schema.case.c.id))}
    cases = [_case(name, label, [s for s in sources if s.case == name]) for name, label in labels.items()]
    homeless = [s for s in sources if s.case is None]
    if homeless:
        cases.append(_case("", "No case", homeless))
    return StudyState(
        tuple(cases),
        coders,
        len(sources),
        sum(s.n_words for s in sources),
        sum(s.n_codings for s in sources),
        sum(s.n_suggestions for s in sources),
    )


def code_counts(study: Study, sight: Sight) -> dict[str, int]:
    """Code → how many codings of it this person may see."""
    c = schema.coding.c
    statement = (
        sa.select(schema.code.c.name, sa.func.count())
        .join(schema.coding, c.code_id == schema.code.c.id)
        .where(c.retired_at.is_(None), c.layer == "independent", sight.codings())
        .group_by(schema.code.c.name)
    )
    with study.reading() as connection:
        return {row[0]: int(row[1]) for row in connection.execute(statement)}


def covered(spans: Sequence[tuple[int, int]]) -> int:
    """How many characters lie in at least one of the spans.

    >>> covered([(0, 10), (5, 12), (20, 21)])
    13
    """
    total, last = 0, 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, last))
        last = max(last, end)
    return total


def _sources(connection: Connection, sight: Sight, round: str | None) -> list[SourceState]:
    s, c, t = schema.source.c, schema.coding.c, schema.suggestion.c
    live = sa.and_(c.retired_at.is_(None), c.layer == "independent")
    seen = _per_source(connection, c.source_id, sa.and_(live, sight.codings()))
    here = sa.select(schema.coding_round.c.id).where(schema.coding_round.c.name == round).scalar_subquery()
    own = sa.and_(live, c.coder_id == (sight.coder_id or 0), c.round_id == here)
    mine = _per_source(connection, c.source_id, own)
    hidden = hides_suggestions(connection, sight)
    suggested = {} if hidden else _per_source(connection, t.source_id, t.status == "open")
    spans = _spans(connection, round).get(sight.coder_id or 0, {})
    rows = connection.execute(
        sa.select(schema.source, schema.case.c.name.label("case"), schema.participant.c.label.label("participant"))
        .outerjoin(schema.case, s.case_id == schema.case.c.id)
        .outerjoin(schema.participant, s.participant_id == schema.participant.c.id)
        .order_by(s.id)
    )
    return [
        SourceState(
            r.guid,
            r.name,
            r.case,
            r.kind,
            r.date,
            r.role,
            r.participant,
            r.n_words,
            seen.get(r.id, 0),
            mine.get(r.id, 0),
            suggested.get(r.id, 0),
            min(1.0, covered(spans.get(r.id, [])) / max(1, r.n_characters)),
        )
        for r in rows
    ]


def _per_source(connection: Connection, column: Any, where: sa.ColumnElement[bool]) -> dict[int, int]:
    rows = connection.execute(sa.select(column, sa.func.count()).where(where).group_by(column))
    return {int(row[0]): int(row[1]) for row in rows}


def _spans(connection: Connection, round: str | None) -> dict[int, dict[int, list[tuple[int, int]]]]:
    """Coder → source → spans read in a round."""
    t, r = schema.reviewed_span.c, schema.coding_round.c
    found: dict[int, dict[int, list[tuple[int, int]]]] = {}
    rows = connection.execute(
        sa.select(t.coder_id, t.source_id, t.start, t.end)
        .join(schema.coding_round, r.id == t.round_id)
        .where(r.name == round, t.source_id.in_(sa.select(schema.source.c.id)))
    )
    for row in rows:
        found.setdefault(row.coder_id, {}).setdefault(row.source_id, []).append((row.start, row.end))
    return found


def _coders(connection: Connection, sight: Sight, round: str | None) -> tuple[CoderState, ...]:
    c, r = schema.coding.c, schema.coding_round.c
    spans = _spans(connection, round)
    total = connection.execute(sa.select(sa.func.sum(schema.source.c.n_characters))).scalar()
    whole = max(1, int(total or 0))
    rows = connection.execute(
        sa.select(c.coder_id, sa.func.count())
        .join(schema.coding_round, r.id == c.round_id)
        .where(c.retired_at.is_(None), c.layer == "independent", r.name == round)
        .group_by(c.coder_id)
    )
    counts = {int(row[0]): int(row[1]) for row in rows}
    states = []
    for person in connection.execute(sa.select(schema.coder).order_by(schema.coder.c.id)):
        if person.kind != "person":
            states.append(CoderState(person.name, person.label, person.kind, None, None, None))
        elif sight.sees(person.name, round):
            mine = spans.get(person.id, {})
            read = sum(covered(s) for s in mine.values()) / whole
            n = counts.get(person.id, 0)
            states.append(CoderState(person.name, person.label, "person", min(1.0, read), len(mine), n))
        else:
            states.append(CoderState(person.name, person.label, "person", None, None, None))
    return tuple(states)


def _case(name: str, label: str, sources: Sequence[SourceState]) -> CaseState:
    kinds: dict[str, int] = {}
    for source in sources:
        kinds[source.kind] = kinds.get(source.kind, 0) + 1
    words = sum(s.n_words for s in sources)
    return CaseState(
        name,
        label,
        dict(sorted(kinds.items(), key=lambda item: -item[1])),
        words,
        sum(s.n_codings for s in sources),
        sum(s.read * s.n_words for s in sources) / max(1, words),
        tuple(sources),
    )
