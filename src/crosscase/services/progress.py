"""Where a study stands: cases with their sources, how far each coder is, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.services.sight import Sight, hides_suggestions
from crosscase.services.study import Study
from crosscase.services.units import joined
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
class CaseProgress:
    """How far one coder is in one case in a round: the share of its words read, sources begun, and own codings."""

    name: str
    label: str
    read: float
    n_sources: int
    n_codings: int


@dataclass(frozen=True)
class CaseState:
    """A case with its sources; ``name`` is empty for sources that belong to no case.

    ``progress`` has whoever has begun, this person first; ``waiting`` names those who have not, and ``hidden`` those
    whose work a blind round hides, begun or not.
    """

    name: str
    label: str
    kinds: Mapping[str, int]
    n_words: int
    n_codings: int
    sources: tuple[SourceState, ...]
    progress: tuple[CaseProgress, ...]
    waiting: tuple[str, ...]
    hidden: tuple[str, ...]


@dataclass(frozen=True)
class CoderState:
    """How far a coder is in a round: share of the words read, sources begun by reading or coding, and codings.

    ``None`` where a blind round hides it.
    """

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


@dataclass(frozen=True)
class _Work:
    """What one coder has done on one source in a round: the share read, in [0, 1], and codings."""

    read: float
    n_codings: int


_Works = Mapping[int, Mapping[int, _Work]]  # coder → source → work


@dataclass(frozen=True)
class _Crew:
    """People who code: in the order of the cards, whom the round asks for, and the work of those who may be seen."""

    people: Sequence[Any]
    asked: frozenset[int]
    seen: _Works
    own: int

    def begun(self, sources: Mapping[int, SourceState]) -> list[Any]:
        """Who has done something there, and the person who looks if they are to."""
        return [
            p
            for p in self.people
            if p.id in self.seen
            and (not self.seen[p.id].keys().isdisjoint(sources) or (p.id == self.own and p.id in self.asked))
        ]


def study_state(study: Study, sight: Sight, round: str | None) -> StudyState:
    """Cases, sources and coders as this person may see them."""
    own = sight.coder_id or 0
    with study.reading() as connection:
        works = _works(connection, round)
        sources = _sources(connection, sight, works.get(own, {}))
        coders = list(connection.execute(sa.select(schema.coder).order_by(schema.coder.c.id)))
        asked = _asked(connection, round)
        labels = {r.name: r.label for r in connection.execute(sa.select(schema.case).order_by(schema.case.c.id))}
    people = sorted((c for c in coders if c.kind == "person"), key=lambda p: p.id != own)
    seen = {p.id: works.get(p.id, {}) for p in people if sight.sees(p.name, round)}
    crew = _Crew(people, asked or frozenset(p.id for p in people), seen, own)
    by_case: dict[str, dict[int, SourceState]] = {name: {} for name in labels}
    for number, source in sources.items():
        by_case.setdefault(source.case or "", {})[number] = source
    cases = [_case(name, labels.get(name, "No case"), mine, crew) for name, mine in by_case.items()]
    return StudyState(
        tuple(cases),
        tuple(_coder(c, sources, seen) for c in coders),
        len(sources),
        sum(s.n_words for s in sources.values()),
        sum(s.n_codings for s in sources.values()),
        sum(s.n_suggestions for s in sources.values()),
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


def _sources(connection: Connection, sight: Sight, own: Mapping[int, _Work]) -> dict[int, SourceState]:
    s, c, t = schema.source.c, schema.coding.c, schema.suggestion.c
    live = sa.and_(c.retired_at.is_(None), c.layer == "independent")
    seen = _per_source(connection, c.source_id, sa.and_(live, sight.codings()))
    hidden = hides_suggestions(connection, sight)
    suggested = {} if hidden else _per_source(connection, t.source_id, t.status == "open")
    nothing = _Work(0.0, 0)
    rows = connection.execute(
        sa.select(schema.source, schema.case.c.name.label("case"), schema.participant.c.label.label("participant"))
        .outerjoin(schema.case, s.case_id == schema.case.c.id)
        .outerjoin(schema.participant, s.participant_id == schema.participant.c.id)
        .order_by(s.id)
    )
    return {
        r.id: SourceState(
            r.guid,
            r.name,
            r.case,
            r.kind,
            r.date,
            r.role,
            r.participant,
            r.n_words,
            seen.get(r.id, 0),
            own.get(r.id, nothing).n_codings,
            suggested.get(r.id, 0),
            own.get(r.id, nothing).read,
        )
        for r in rows
    }


def _per_source(connection: Connection, column: Any, where: sa.ColumnElement[bool]) -> dict[int, int]:
    rows = connection.execute(sa.select(column, sa.func.count()).where(where).group_by(column))
    return {int(row[0]): int(row[1]) for row in rows}


def _works(connection: Connection, round: str | None) -> dict[int, dict[int, _Work]]:
    """What everybody has read and coded in a round; what of it is shown is decided by who asks."""
    t, r, c, s = schema.reviewed_span.c, schema.coding_round.c, schema.coding.c, schema.source.c
    lengths = {int(row.id): int(row.n_characters) for row in connection.execute(sa.select(s.id, s.n_characters))}
    spans: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for row in connection.execute(
        sa.select(t.coder_id, t.source_id, t.start, t.end)
        .join(schema.coding_round, r.id == t.round_id)
        .where(r.name == round)
    ):
        spans.setdefault((row.coder_id, row.source_id), []).append((row.start, row.end))
    counts = {
        (row.coder_id, row.source_id): int(row.n)
        for row in connection.execute(
            sa.select(c.coder_id, c.source_id, sa.func.count().label("n"))
            .join(schema.coding_round, r.id == c.round_id)
            .where(c.retired_at.is_(None), c.layer == "independent", r.name == round)
            .group_by(c.coder_id, c.source_id)
        )
    }
    works: dict[int, dict[int, _Work]] = {}
    for coder, source in {**spans, **counts}:
        if source in lengths:
            n_read = sum(b - a for a, b in joined(spans.get((coder, source), ())))
            read = min(1.0, n_read / max(1, lengths[source]))
            works.setdefault(coder, {})[source] = _Work(read, counts.get((coder, source), 0))
    return works


def _asked(connection: Connection, round: str | None) -> frozenset[int]:
    """Whom a round names as its coders; nobody when it is for everybody."""
    who, r = schema.round_coder.c, schema.coding_round.c
    named = sa.select(who.coder_id).join(schema.coding_round, r.id == who.round_id).where(r.name == round)
    return frozenset(connection.execute(named).scalars())


def _coder(person: Any, sources: Mapping[int, SourceState], seen: _Works) -> CoderState:
    if person.id not in seen:
        return CoderState(person.name, person.label, person.kind, None, None, None)
    far = _progress(person, sources, seen)
    return CoderState(person.name, person.label, "person", far.read, far.n_sources, far.n_codings)


def _progress(person: Any, sources: Mapping[int, SourceState], seen: _Works) -> CaseProgress:
    """How far somebody whose work is shown is in these sources."""
    done = {number: work for number, work in seen[person.id].items() if number in sources}
    words = sum(s.n_words for s in sources.values())
    read = sum(work.read * sources[number].n_words for number, work in done.items()) / max(1, words)
    return CaseProgress(person.name, person.label, min(1.0, read), len(done), sum(w.n_codings for w in done.values()))


def _case(name: str, label: str, sources: Mapping[int, SourceState], crew: _Crew) -> CaseState:
    kinds: dict[str, int] = {}
    for source in sources.values():
        kinds[source.kind] = kinds.get(source.kind, 0) + 1
    begun = crew.begun(sources)
    left = [p for p in crew.people if p.id in crew.asked - {one.id for one in begun}]
    return CaseState(
        name,
        label,
        dict(sorted(kinds.items(), key=lambda item: -item[1])),
        sum(s.n_words for s in sources.values()),
        sum(s.n_codings for s in sources.values()),
        tuple(sources.values()),
        tuple(_progress(p, sources, crew.seen) for p in begun),
        tuple(p.label for p in left if p.id in crew.seen),
        tuple(p.label for p in left if p.id not in crew.seen),
    )
