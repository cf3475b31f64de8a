"""Comparing within and across cases: the distribution of work, contrasts, gaps between accounts, and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from crosscase.analysis.contrasts import Contrast
from crosscase.analysis.contrasts import contrasts as contrast_cells
from crosscase.analysis.distribution import Distribution
from crosscase.analysis.distribution import distribution as distribute
from crosscase.analysis.distribution import weightings as weigh_apart
from crosscase.analysis.gaps import AccountGaps
from crosscase.analysis.gaps import account_gaps as find_gaps
from crosscase.analysis.matrices import Matrix
from crosscase.analysis.matrices import compare as compare_cells
from crosscase.analysis.periods import YEAR, parse_periods, with_periods
from crosscase.errors import NotFound
from crosscase.services.analyses import choose_layer
from crosscase.services.study import Study

ROWS = ("domain", "subdomain", "code")
SPLITS = ("kind", "level", "role", "period", "coder", "subject", "actuality")
CONTRASTS = ("case", *SPLITS)
# Values that a person sets against each other; whatever else there is comes as all pairs.
USUAL_PAIRS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "level": (("central", "school"),),
    "actuality": (("enacted", "espoused"),),
}


def compare_study(
    study: Study,
    *,
    rows: str = "domain",
    columns: str = "case",
    cell: str | None = "locus",
    by: str | None = None,
    layer: str | None = None,
) -> Matrix:
    """A matrix of counts; raises ``NotFound`` for a row, column or cell that the evidence does not have."""
    evidence = evidence_of(study, layer)
    for name in (rows, columns, cell, by):
        if name is not None and name not in ("period", "subdomain") and name not in evidence.columns:
            raise NotFound(
                f"the evidence has no {name!r}", where="compare", mend=f"use one of {', '.join(evidence.columns)}"
            )
    if "period" in (rows, columns, cell, by):
        evidence = with_periods(evidence).evidence
    return compare_cells(evidence, study.rulebook, rows=rows, columns=columns, cell=cell, by=by)


def work_of(
    study: Study,
    *,
    rows: str = "domain",
    by: str | None = None,
    cell: str = "locus",
    periods: str = YEAR,
    layer: str | None = None,
    **options: Any,
) -> Distribution:
    """The distribution of work: who does what (or how), per case and domain, sub-domain or code.

    ``by`` splits it by kind, level, role, period, coder, subject or actuality; ``options`` are those of
    ``crosscase.analysis.distribution.distribution``, the rest comes from the study's settings. Raises ``NotFound``
    for a row or split that there is not.
    """
    evidence = _prepared(study, rows, by, periods, layer)
    keys = ("case", rows) if by is None else ("case", rows, by)
    settings = study.settings.analysis
    known = {"weighting": settings.weighting, **_drawing(study), "cases": case_names(study)}
    return distribute(evidence, study.rulebook, **{"by": keys, "cell": cell, **known, **options})


def contrast_study(
    study: Study,
    between: str = "case",
    *,
    rows: str = "domain",
    pairs: Sequence[tuple[str, str]] | None = None,
    cell: str = "locus",
    periods: str = YEAR,
    layer: str | None = None,
    **options: Any,
) -> Contrast:
    """By how much cases, levels, kinds, periods … differ in who does the work, with intervals.

    Levels are compared as centre minus schools and actuality as enacted minus espoused unless ``pairs`` says
    otherwise; everything else by all pairs.
    """
    if between not in CONTRASTS:
        raise NotFound(f"no contrast between {between!r}", where="compare", mend=f"use one of {', '.join(CONTRASTS)}")
    evidence = _prepared(study, rows, None if between == "case" else between, periods, layer)
    wanted = pairs if pairs is not None else USUAL_PAIRS.get(between)
    known = {**_drawing(study), **options}
    return contrast_cells(
        evidence, study.rulebook, between=between, pairs=wanted, by=("case", rows), cell=cell, **known
    )


def gaps_of(study: Study, *, cell: str = "locus", layer: str | None = None, **options: Any) -> AccountGaps:
    """Where the centre and schools tell different stories about who does the work, with the passages on both sides."""
    return find_gaps(evidence_of(study, layer), study.rulebook, cell=cell, **{**_drawing(study), **options})


def weightings_of(study: Study, *, rows: str = "domain", cell: str = "locus", layer: str | None = None) -> pl.DataFrame:
    """The shares under the three weightings side by side, with what differs by more than the interval."""
    evidence = _prepared(study, rows, None, YEAR, layer)
    return weigh_apart(evidence, study.rulebook, by=("case", rows), cell=cell, **_drawing(study))  # type: ignore[arg-type]


def evidence_of(study: Study, layer: str | None) -> pl.DataFrame:
    """The evidence of a layer, or of the one that the study's settings choose."""
    return study.evidence(layer or choose_layer(study)[0])


def case_names(study: Study) -> list[str] | None:
    """The cases that the settings name, so that one without evidence is shown as unknown."""
    return [case.name for case in study.settings.cases] or None


def _drawing(study: Study) -> dict[str, Any]:
    settings = study.settings.analysis
    return {"draws": settings.draws, "seed": settings.seed, "level": settings.level}


def _prepared(study: Study, rows: str, by: str | None, periods: str, layer: str | None) -> pl.DataFrame:
    if rows not in ROWS:
        raise NotFound(f"work has no rows {rows!r}", where="compare", mend=f"use one of {', '.join(ROWS)}")
    if by is not None and by not in SPLITS:
        raise NotFound(f"work is not split by {by!r}", where="compare", mend=f"use one of {', '.join(SPLITS)}")
    evidence = evidence_of(study, layer)
    if by == "period":
        evidence = with_periods(evidence, parse_periods(periods)).evidence.filter(pl.col("period").is_not_null())
    return evidence
