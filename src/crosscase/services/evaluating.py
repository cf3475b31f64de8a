"""How good is a machine coder here? Its suggestions against people's codings in sources that it could not influence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.analysis.agreement import cohen_kappa
from crosscase.errors import Degenerate, NotEnoughEvidence, NotFound
from crosscase.model.text import Turn
from crosscase.services.study import Study
from crosscase.services.suggestions import sources_done
from crosscase.store import reading, schema
from crosscase.suggest.layout import Layout

#: Characters of a stretch, the unit that is compared: short enough for one thought, long enough for loose spans.
STRETCH = 600
Span = tuple[int, int]


@dataclass(frozen=True)
class IndicatorEvaluation:
    """One indicator: stretches that machine and people, one of them or neither coded, and what follows.

    A value that the data do not define is ``None``, and ``undefined`` says why: "precision not defined: …". The
    intervals of precision and recall (95 %) are ``None`` with a single source.
    """

    indicator: str
    n_both: int
    n_machine_only: int
    n_people_only: int
    n_neither: int
    precision: float | None
    recall: float | None
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    undefined: tuple[str, ...]
    precision_interval: tuple[float, float] | None = None
    recall_interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Evaluation:
    """A machine coder against people, indicator by indicator.

    ``left_out`` are sources in which somebody has answered this machine's suggestions: what people coded there they
    may have coded because they had seen them.
    """

    coder: str
    layer: str
    n_sources: int
    n_stretches: int
    left_out: tuple[str, ...]
    indicators: tuple[IndicatorEvaluation, ...]


def evaluate(study: Study, coder: str = "dictionary", *, layer: str = "independent") -> Evaluation:
    """Compare a machine's suggestions with people's codings of a layer, by held-out source.

    Units are stretches of about 600 characters that one person speaks, inside what people have read in some round;
    questions are left out, and sources that the machine has not gone through with the present framework. A stretch is
    coded when a coding of any person touches it, whatever its facets. κ is Cohen's; its interval leaves out one source
    at a time. Raises ``NotFound`` for an unknown machine coder and ``NotEnoughEvidence`` when no held-out source was
    read.
    """
    suggested = study.evidence("suggestion").filter(coder=coder)
    coded = study.evidence(layer).filter(coder_kind="person") if layer == "independent" else study.evidence(layer)
    with study.reading() as connection:
        machine = _machine(connection, coder)
        seen = _answered_sources(connection, machine)
        reviewed = _reviewed(connection, sources_done(connection, machine, study.framework.digest))
        held_out = {name: spans for name, spans in reviewed.items() if name not in seen}
        if not held_out:
            raise NotEnoughEvidence(
                f"no source was read by people without {coder}'s suggestions",
                where="evaluation",
                mend="let people code some sources first, with what they have read, then run `crosscase code`",
            )
        stretches = {name: list(_stretches(connection, name, spans)) for name, spans in held_out.items()}
    codes = [i.id for i in study.rulebook.indicators if i.id in set(suggested["code"]) | set(coded["code"])]
    tables = np.stack([_table(cut, codes, _spans(suggested, s), _spans(coded, s)) for s, cut in stretches.items()])
    return Evaluation(
        coder,
        layer,
        len(stretches),
        sum(map(len, stretches.values())),
        tuple(sorted(seen & reviewed.keys())),
        tuple(_indicator(code, tables[:, n]) for n, code in enumerate(codes)),
    )


def _machine(connection: Connection, name: str) -> int:
    row = connection.execute(sa.select(schema.coder).where(schema.coder.c.name == name)).one_or_none()
    if row is None or row.kind == "person":
        raise NotFound(f"no machine coder {name!r}", mend="let one make suggestions with `crosscase code`")
    return int(row.id)


def _answered_sources(connection: Connection, coder_id: int) -> set[str]:
    t = schema.suggestion.c
    answered = sa.and_(t.coder_id == coder_id, t.status != "open")
    joined = sa.select(schema.source.c.name).join(schema.suggestion, t.source_id == schema.source.c.id)
    return set(connection.execute(joined.where(answered).distinct()).scalars())


def _reviewed(connection: Connection, done: set[int]) -> dict[str, list[Span]]:
    """What people have read of the sources that the machine has gone through."""
    s, r = schema.source.c, schema.reviewed_span.c
    rows = connection.execute(
        sa.select(s.id, s.name, r.start, r.end).join(schema.source, s.id == r.source_id).order_by(s.id, r.start)
    )
    spans: dict[str, list[Span]] = {}
    for number, name, start, end in rows:
        if number not in done:
            continue
        before = spans.setdefault(name, [])
        if before and start <= before[-1][1]:
            before[-1] = (before[-1][0], max(before[-1][1], end))
        else:
            before.append((start, end))
    return spans


def _stretches(connection: Connection, name: str, reviewed: Sequence[Span]) -> Iterator[Span]:
    """Neighbouring turns of one person (or paragraphs) until 600 characters are full, inside what was read."""
    number = reading.source_id(connection, name)
    turns = [Turn(r.start, r.end, r.speaker, r.time, r.is_question) for r in reading.turn_table(connection, number)]
    last: Turn | None = None
    for unit in Layout(reading.source_text(connection, name), turns).units:
        if unit.is_question or not any(a <= unit.start and unit.end <= b for a, b in reviewed):
            if last is not None:
                yield last.start, last.end
            last = None
        elif last is not None and last.speaker == unit.speaker and unit.end - last.start <= STRETCH:
            last = Turn(last.start, unit.end, last.speaker)
        else:
            if last is not None:
                yield last.start, last.end
            last = unit
    if last is not None:
        yield last.start, last.end


def _spans(evidence: pl.DataFrame, source: str) -> list[tuple[str, int, int]]:
    return list(evidence.filter(pl.col("source") == source).select("code", "start", "end").iter_rows())


def _table(
    stretches: Sequence[Span],
    codes: Sequence[str],
    suggested: Iterable[tuple[str, int, int]],
    coded: Iterable[tuple[str, int, int]],
) -> np.ndarray[tuple[int, int, int], np.dtype[np.int64]]:
    """Per code of one source: stretches by machine (no, yes) × people (no, yes)."""
    marks = np.zeros((2, len(codes), len(stretches)), dtype=np.int64)
    index = {code: n for n, code in enumerate(codes)}
    starts = np.array([a for a, _ in stretches], dtype=np.int64)
    ends = np.array([b for _, b in stretches], dtype=np.int64)
    for who, spans in enumerate((suggested, coded)):
        for code, start, end in spans:
            if code in index:
                marks[who, index[code], (starts < end) & (start < ends)] = 1
    machine, people = marks
    table = np.empty((len(codes), 2, 2), dtype=np.int64)
    for a in (0, 1):
        for b in (0, 1):
            table[:, a, b] = ((machine == a) & (people == b)).sum(axis=1)
    return table


def _indicator(code: str, tables: np.ndarray[tuple[int, int, int], np.dtype[np.int64]]) -> IndicatorEvaluation:
    (neither, people_only), (machine_only, both) = tables.sum(axis=0).tolist()
    undefined = []
    kappa = low = high = None
    try:
        found = cohen_kappa(contingency=tables, interval="jackknife" if len(tables) > 1 else "none")
        kappa, low, high = found.value, found.low, found.high
    except Degenerate as error:
        undefined.append(f"κ not defined: {error.what}")
    if not both + machine_only:
        undefined.append("precision not defined: the machine suggested it nowhere")
    if not both + people_only:
        undefined.append("recall not defined: people coded it nowhere")
    return IndicatorEvaluation(
        code,
        both,
        machine_only,
        people_only,
        neither,
        both / (both + machine_only) if both + machine_only else None,
        both / (both + people_only) if both + people_only else None,
        kappa,
        low,
        high,
        tuple(undefined),
        clustered_interval(tables[:, 1, 1], tables[:, 1].sum(axis=1)),
        clustered_interval(tables[:, 1, 1], tables[:, :, 1].sum(axis=1)),
    )


def clustered_interval(
    hits: np.ndarray[tuple[int], np.dtype[np.int64]], of: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[float, float] | None:
    """95 % interval of a share whose units come in sources: ``hits`` out of ``of``, an entry per source.

    Wilson's interval with the number of units divided by the design effect, which is the variance of the ratio between
    sources (linearised) over that of independent units, and at least 1. Limits: with a share of 0 or 1 the sources tell
    nothing about the design effect and it is 1; ``None`` when fewer than two sources have a unit.
    """
    n, m = int(of.sum()), int((of > 0).sum())
    if m < 2:
        return None
    p = float(hits.sum()) / n
    between = m / (m - 1) * float(((hits - p * of) ** 2).sum()) / n**2
    effect = max(1.0, between / (p * (1 - p) / n)) if 0 < p < 1 else 1.0
    z2, n_effective = 1.959963984540054**2, n / effect
    centre = (p + z2 / (2 * n_effective)) / (1 + z2 / n_effective)
    half = (z2 * (p * (1 - p) / n_effective + z2 / (4 * n_effective**2))) ** 0.5 / (1 + z2 / n_effective)
    return max(0.0, centre - half), min(1.0, centre + half)
