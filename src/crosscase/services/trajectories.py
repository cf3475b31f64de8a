"""How cases change over the periods in which a study's sources speak."""

from __future__ import annotations

from typing import Any

from crosscase.analysis.identify import Thresholds
from crosscase.analysis.periods import YEAR, parse_periods
from crosscase.analysis.trajectories import Trajectory, WorkOverTime, by_period, work_over_time
from crosscase.errors import NotFound
from crosscase.services.comparing import ROWS, evidence_of
from crosscase.services.study import Study


def trajectories_of(
    study: Study,
    *,
    rows: str = "domain",
    cell: str = "locus",
    periods: str = YEAR,
    layer: str | None = None,
    **options: Any,
) -> WorkOverTime:
    """Who does the work in each period (``year``, ``terciles`` or dates where periods begin), and how that changes."""
    if rows not in ROWS:
        raise NotFound(f"work has no rows {rows!r}", where="compare", mend=f"use one of {', '.join(ROWS)}")
    settings = study.settings.analysis
    known = {"draws": settings.draws, "seed": settings.seed, "level": settings.level, **options}
    evidence = evidence_of(study, layer)
    return work_over_time(evidence, study.rulebook, periods=parse_periods(periods), rows=rows, cell=cell, **known)


def types_over_time(study: Study, *, periods: str = YEAR, layer: str | None = None, **options: Any) -> Trajectory:
    """Which type each case is in each period, and how it evolves."""
    settings = study.settings.analysis
    known: dict[str, Any] = {
        "draws": settings.draws,
        "seed": settings.seed,
        "chains": settings.chains,
        "level": settings.level,
        "thresholds": Thresholds(settings.certain, settings.leaning),
        "numbers": {case.name: dict(case.numbers) for case in study.settings.cases if case.numbers} or None,
    }
    return by_period(evidence_of(study, layer), study.rulebook, parse_periods(periods), **{**known, **options})
