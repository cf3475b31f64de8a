"""Codes together, saturation, ratings and figures: what a study shows besides who does the work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from crosscase.analysis.cooccurrence import OVERLAP, TURN, Cooccurrence
from crosscase.analysis.cooccurrence import cooccurrence as find_cooccurrence
from crosscase.analysis.ratings import FigureMatrix, RatingMatrix, figure_matrix
from crosscase.analysis.saturation import Saturation
from crosscase.analysis.saturation import saturation as find_saturation
from crosscase.errors import NotFound
from crosscase.services.comparing import evidence_of
from crosscase.services.rated import read_ratings
from crosscase.services.slicing import EVERYTHING, Filters, part_of
from crosscase.services.study import Study
from crosscase.store import schema


def cooccurrence_of(
    study: Study,
    *,
    how: str = OVERLAP,
    within: int = 0,
    rows: str = "code",
    case: str | None = None,
    layer: str | None = None,
    filters: Filters = EVERYTHING,
    **options: Any,
) -> Cooccurrence:
    """Which codes occur together: overlapping, in one turn, or within so many characters of each other.

    ``filters`` leave part of the evidence; raises ``NotEnoughEvidence`` when they leave nothing.
    """
    settings = study.settings.analysis
    evidence = _of_case(study, _evidence(study, layer, filters), case)
    known = {"seed": settings.seed, "level": settings.level, **options}
    turns = turn_spans(study) if how == TURN else None
    return find_cooccurrence(evidence, study.rulebook, how=how, within=within, rows=rows, turns=turns, **known)


def saturation_of(
    study: Study,
    *,
    rows: str = "code",
    case: str | None = None,
    layer: str | None = None,
    filters: Filters = EVERYTHING,
    **options: Any,
) -> Saturation:
    """New codes source by source, in the order of coding and over random orders, and what is probably unseen.

    ``filters`` leave part of the evidence; raises ``NotEnoughEvidence`` when they leave nothing.
    """
    settings = study.settings.analysis
    evidence = _of_case(study, _evidence(study, layer, filters), case)
    known = {"seed": settings.seed, "level": settings.level, **options}
    return find_saturation(evidence, study.rulebook, rows=rows, **known)


def ratings_of(study: Study, path: Path | None = None) -> RatingMatrix | FigureMatrix:
    """Ratings of the cases from a table (by default ``ratings.csv`` in the study's folder), or their figures.

    A framework with a scale of ratings gives ratings; another one the figures of its numeric indicators, which stand
    under ``numbers`` in ``study.yaml``.
    """
    cases = [case.name for case in study.settings.cases]
    if study.rulebook.ratings is None:
        return figure_matrix({c.name: dict(c.numbers) for c in study.settings.cases}, study.rulebook, cases)
    return read_ratings(study, path)


def turn_spans(study: Study) -> pl.DataFrame:
    """``source``, ``start`` and ``end`` of every turn; a source without turns is one turn."""
    t, s = schema.turn, schema.source
    with study.reading() as connection:
        rows = connection.execute(
            sa.select(s.c.name, t.c.start, t.c.end).join(s, t.c.source_id == s.c.id).order_by(s.c.id, t.c.number)
        ).all()
        whole = connection.execute(sa.select(s.c.name, s.c.n_characters)).all()
    spoken = {row[0] for row in rows}
    spans = [tuple(row) for row in rows] + [(name, 0, n) for name, n in whole if name not in spoken]
    return pl.DataFrame(spans, schema={"source": pl.String, "start": pl.Int64, "end": pl.Int64}, orient="row")


def _evidence(study: Study, layer: str | None, filters: Filters) -> pl.DataFrame:
    return part_of(study, filters, layer).some() if filters.given else evidence_of(study, layer)


def _of_case(study: Study, evidence: pl.DataFrame, case: str | None) -> pl.DataFrame:
    if case is None:
        return evidence
    found = evidence.filter(pl.col("case") == case)
    if found.is_empty() and case not in {c.name for c in study.settings.cases}:
        known = ", ".join(c.name for c in study.settings.cases)
        raise NotFound(f"no case {case!r}", mend=f"use one of {known}")
    return found
