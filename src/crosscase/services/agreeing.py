"""Agreement between the coders of a study: what they read and coded, on units of its texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, cast

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.analysis.agreement.estimate import Interval, check_level
from crosscase.analysis.agreement.study import AgreementResult, Asking, StudyCodings, agree_on
from crosscase.analysis.agreement.study.agree import By, Unit
from crosscase.analysis.agreement.study.drift import Over, measure_drift, periods_of
from crosscase.analysis.result import Result, framework_name, provenance
from crosscase.errors import InputError
from crosscase.model.text import Turn
from crosscase.services.recoding import answering_of
from crosscase.services.study import Study
from crosscase.services.units import joined, unit_spans
from crosscase.store import schema
from crosscase.store.reading import source_text

UNITS = ("turn", "sentence", "paragraph", "passage", "span")
DRIFT_OVER = ("round", "month", "week", "third")
_READ = {"source": pl.String, "start": pl.Int64, "end": pl.Int64, "coder": pl.String, "round": pl.String}


def agree_study(
    study: Study,
    *,
    by: str = "code",
    unit: str | None = None,
    coefficient: str | None = None,
    level: float | None = None,
    interval: str = "jackknife",
    draws: int = 1000,
    seed: int | None = None,
    sources: Iterable[str] | None = None,
    rounds: Iterable[str] | None = None,
    codings: StudyCodings | None = None,
    together: bool = False,
) -> AgreementResult:
    """Agreement on the independent layer; what is not given comes from the settings (``agreement:`` in study.yaml).

    ``sources`` and ``rounds`` restrict it to some of them; ``codings`` are what ``study_codings`` gave, where several
    tables are made of the same; ``together`` leaves out the rows of single codes. Raises ``NotEnoughEvidence`` when
    nothing was read by two people, and ``InputError`` for an option that does not exist.
    """
    settings = study.settings.agreement
    chosen = _known_unit(unit or settings.unit)
    asking = Asking(
        coefficient or settings.coefficient,
        cast(Interval, interval),
        settings.level if level is None else level,
        draws,
        study.settings.analysis.seed if seed is None else seed,
    )
    read = codings or study_codings(study, cast(Unit, chosen), sources, rounds)
    options: dict[str, Any] = {"asking": asking, "threshold": settings.threshold, "together": together}
    return agree_on(read, by=cast(By, by), unit=cast(Unit, chosen), **options)


def drift_study(study: Study, **options: Any) -> pl.DataFrame:
    """The table of ``drift_result``."""
    return drift_result(study, **options).table


def drift_result(
    study: Study,
    *,
    unit: str | None = None,
    over: str = "round",
    level: float | None = None,
    sources: Iterable[str] | None = None,
    rounds: Iterable[str] | None = None,
) -> Result:
    """Each coder's log-odds of each code over rounds, beside colleagues on the same units; rows open to their codings.

    ``over`` may be ``month``, ``week`` or ``third`` instead: stretches of each coder's own work, by when their codings
    of a source began. Imported codings have the time of their import.
    """
    if over not in DRIFT_OVER:
        raise InputError(f"no drift over {over!r}", where="agreement", mend=f"use one of {', '.join(DRIFT_OVER)}")
    settings = study.settings.agreement
    chosen = cast(Unit, _known_unit(unit or settings.unit))
    wanted = settings.level if level is None else level
    check_level(wanted)
    fixed: Unit = "turn" if chosen == "span" else chosen
    read = study_codings(study, fixed, sources, None if rounds is None else list(rounds))
    periods = None if over == "round" else periods_of(_begun(study, read.rounds), cast(Over, over))
    table, lineage = measure_drift(read, level=wanted, periods=periods)
    codings = read.codings.filter(pl.col("coder_kind") == "person")
    said = provenance(codings, 0, read.framework, layer="independent", by="drift", unit=fixed, over=over, level=wanted)
    return Result(table, said, ("coder", "code", "round" if periods is None else "period"), lineage, codings)


def _known_unit(unit: str) -> str:
    if unit not in UNITS:
        raise InputError(f"no unit {unit!r}", where="agreement", mend=f"use one of {', '.join(UNITS)}")
    return unit


def _begun(study: Study, rounds: Sequence[str]) -> pl.DataFrame:
    """When each coder began to code each source in each round; codings that were taken out since count too."""
    c, s, who, r = schema.coding.c, schema.source.c, schema.coder.c, schema.coding_round.c
    first = (sa.func.min(c.created_at), sa.func.min(c.id))
    statement = (
        sa.select(who.name, r.name, s.name, *first)
        .select_from(schema.coding)
        .join(schema.coder, who.id == c.coder_id)
        .join(schema.coding_round, r.id == c.round_id)
        .join(schema.source, s.id == c.source_id)
        .where(c.layer == "independent", r.name.in_(list(rounds)))
        .group_by(who.name, r.name, s.name)
    )
    columns: dict[str, Any] = {"coder": pl.String, "round": pl.String, "source": pl.String, "at": pl.String}
    with study.reading() as connection:
        rows = [tuple(row) for row in connection.execute(statement)]
    return pl.DataFrame(rows, schema=columns | {"place": pl.Int64}, orient="row")


def study_codings(
    study: Study, unit: Unit, sources: Iterable[str] | None = None, rounds: Iterable[str] | None = None
) -> StudyCodings:
    """Everything that agreement reads of a study, for one kind of unit, of all sources and rounds or some."""
    codings = study.evidence("independent")
    with study.reading() as connection:
        reviewed = read_by_people(connection)
        wanted = None if sources is None else list(sources)
        if wanted is not None:
            codings = codings.filter(pl.col("source").is_in(wanted))
            reviewed = reviewed.filter(pl.col("source").is_in(wanted))
        named = None if rounds is None else list(rounds)
        if named is not None:
            codings = codings.filter(pl.col("round").is_in(named))
            reviewed = reviewed.filter(pl.col("round").is_in(named))
        units = reviewed.select("source", "start", "end", "round").unique(maintain_order=True)
        if unit != "passage":
            units = _units(connection, _read_twice(reviewed), unit)
        r = schema.coding_round.c
        known = connection.execute(sa.select(r.name).order_by(r.id)).scalars()
        names = tuple(name for name in known if named is None or name in named)
        answering, codes = answering_of(connection, study.rulebook, codings, names, wanted)
        memos = coding_memos(connection)
    return StudyCodings(
        codings,
        reviewed,
        units,
        names,
        tuple(f.id for f in study.framework.facets),
        codes,
        answering,
        memos,
        framework_name(study.framework),
    )


def read_by_people(connection: Connection) -> pl.DataFrame:
    """What people (not machines) read."""
    r = schema.reviewed_span.c
    rows = connection.execute(
        sa.select(schema.source.c.name, r.start, r.end, schema.coder.c.name, schema.coding_round.c.name)
        .select_from(schema.reviewed_span)
        .join(schema.source, schema.source.c.id == r.source_id)
        .join(schema.coder, schema.coder.c.id == r.coder_id)
        .join(schema.coding_round, schema.coding_round.c.id == r.round_id)
        .where(schema.coder.c.kind == "person")
        .order_by(r.round_id, r.source_id, r.start, r.coder_id)
    )
    return pl.DataFrame([tuple(row) for row in rows], schema=_READ, orient="row")


def read_together(reviewed: pl.DataFrame) -> dict[str, list[tuple[int, int]]]:
    """Source → the stretches that two coders or more have read in one round, in order and without overlap."""
    found: dict[str, list[tuple[int, int]]] = {}
    for (source, _), rows in reviewed.partition_by("source", "round", as_dict=True, maintain_order=True).items():
        steps: Counter[int] = Counter()
        for mine in rows.partition_by("coder"):
            for a, b in joined(zip(mine["start"], mine["end"], strict=True)):
                steps[a] += 1
                steps[b] -= 1
        places, depth = sorted(steps), 0
        for here, after in pairwise(places):
            depth += steps[here]
            if depth > 1:
                found.setdefault(str(source), []).append((here, after))
    return {source: joined(spans) for source, spans in found.items()}


def share_read_together(study: Study, unit: str) -> tuple[float, int]:
    """The share of all words that two coders or more have read, and how many units all sources have.

    Context sources are left out. For passages that coders were handed the number of units is 0: elsewhere there are
    none.
    """
    names = study.sources().filter(pl.col("kind") != "context")["name"].to_list()
    with study.reading() as connection:
        read = read_together(read_by_people(connection))
        units = 0 if unit == "passage" else _units(connection, names, cast(Unit, unit)).height
        texts = {name: source_text(connection, name) for name in names}
    all_words = sum(len(text.split()) for text in texts.values())
    words = sum(len(texts[name][a:b].split()) for name in names for a, b in read.get(name, ()))
    return (words / all_words if all_words else 0.0), units


def _read_twice(reviewed: pl.DataFrame) -> list[str]:
    """Sources that were read by two coders, or in two rounds: only their texts are needed."""
    readings = reviewed.group_by("source", maintain_order=True).agg(pl.struct("coder", "round").n_unique().alias("n"))
    names: list[str] = readings.filter(pl.col("n") > 1)["source"].to_list()
    return names


def _units(connection: Connection, sources: Sequence[str], unit: Unit) -> pl.DataFrame:
    t, s = schema.turn.c, schema.source.c
    turns: dict[int, list[Turn]] = {}
    for r in connection.execute(sa.select(schema.turn).order_by(t.source_id, t.number)):
        turns.setdefault(r.source_id, []).append(Turn(r.start, r.end, r.speaker, r.time, r.is_question))
    wanted = set(sources)
    texts = sa.select(s.id, s.name, schema.source_text.c.text).join(
        schema.source_text, schema.source_text.c.source_id == s.id
    )
    rows: list[tuple[str, int, int, str]] = []
    for number, name, text in connection.execute(texts.order_by(s.id)):
        if name in wanted:
            rows += [(name, a, b, text[a:b]) for a, b in unit_spans(text, turns.get(number, ()), unit)]
    schema_of: dict[str, Any] = {"source": pl.String, "start": pl.Int64, "end": pl.Int64, "text": pl.String}
    return pl.DataFrame(rows, schema=schema_of, orient="row")


def coding_memos(connection: Connection) -> dict[int, tuple[str, ...]]:
    """Coding → what people noted on it."""
    m = schema.memo.c
    rows = connection.execute(
        sa.select(schema.coding.c.id, m.author, m.text)
        .select_from(schema.memo)
        .join(schema.coding, schema.coding.c.guid == m.object_guid)
        .where(m.object_kind == "coding")
        .order_by(m.id)
    )
    found: dict[int, list[str]] = {}
    for number, author, text in rows:
        found.setdefault(number, []).append(f"{author}: {text}")
    return {number: tuple(texts) for number, texts in found.items()}
