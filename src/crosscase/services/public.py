"""What ``import crosscase as cc`` offers: the analyses of a study in one call each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from crosscase.analysis.contrasts import Contrast
from crosscase.analysis.cooccurrence import Cooccurrence
from crosscase.analysis.disconfirm import Disconfirmation
from crosscase.analysis.distribution import Distribution
from crosscase.analysis.distribution import distribution as distribute
from crosscase.analysis.gaps import AccountGaps
from crosscase.analysis.identify import Grouped, Identification
from crosscase.analysis.matrices import Matrix
from crosscase.analysis.ratings import FigureMatrix, RatingMatrix
from crosscase.analysis.result import Result
from crosscase.analysis.robustness import Robustness
from crosscase.analysis.saturation import Saturation
from crosscase.analysis.trajectories import WorkOverTime
from crosscase.errors import InputError
from crosscase.services.agreeing import agree_study, drift_result
from crosscase.services.agreeing_types import types_by_coder
from crosscase.services.analyses import analyse, choose_layer, identify_study
from crosscase.services.comparing import compare_study, contrast_study, gaps_of
from crosscase.services.configurations import Configurations, configurations_of_study
from crosscase.services.disconfirming import raise_candidates
from crosscase.services.exploring import cooccurrence_of, ratings_of, saturation_of
from crosscase.services.identifying import identify_groups, study_robustness
from crosscase.services.memberships import Plan, needs_evidence
from crosscase.services.reporting import write_report
from crosscase.services.selecting import select
from crosscase.services.study import Study
from crosscase.services.trajectories import trajectories_of

__all__ = [
    "agree",
    "compare",
    "configurations",
    "contrasts",
    "cooccurrence",
    "disconfirm",
    "distribution",
    "gaps",
    "identify",
    "identify_by",
    "ratings",
    "report",
    "robustness",
    "saturation",
    "select",
    "trajectories",
]


def distribution(study: Study, *, layer: str | None = None, **options: Any) -> Distribution:
    """The distribution of work: for each case and domain, which share sits with whom, with intervals.

    ``options`` are those of ``crosscase.analysis.distribution.distribution``; what is not given comes from the
    study's settings.
    """
    settings = study.settings.analysis
    known = {"weighting": settings.weighting, "draws": settings.draws, "seed": settings.seed, "level": settings.level}
    return distribute(study.evidence(layer or choose_layer(study)[0]), study.rulebook, **{**known, **options})


def contrasts(study: Study, between: str = "case", **options: Any) -> Contrast:
    """By how much cases (or levels, kinds, periods …) differ in who does the work, with intervals.

    ``options``: ``rows``, ``cell``, ``pairs``, ``periods``, ``layer``, and those of
    ``crosscase.analysis.contrasts.contrasts``.
    """
    return contrast_study(study, between, **options)


def gaps(study: Study, **options: Any) -> AccountGaps:
    """Where the centre and schools tell different stories: ``.leading``, ``.passages(case, domain)``."""
    return gaps_of(study, **options)


def trajectories(study: Study, periods: str = "year", **options: Any) -> WorkOverTime:
    """Who does the work in each period, and how that changes: ``.table``, ``.changes``, ``.undated``."""
    return trajectories_of(study, periods=periods, **options)


def cooccurrence(study: Study, how: str = "overlap", **options: Any) -> Cooccurrence:
    """Which codes occur together: ``how`` is overlap, turn or near (``within`` characters)."""
    return cooccurrence_of(study, how=how, **options)


def saturation(study: Study, **options: Any) -> Saturation:
    """New codes source by source: ``.table``, ``.runs``, ``.unseen``."""
    return saturation_of(study, **options)


def ratings(study: Study, table: str | Path | None = None) -> RatingMatrix | FigureMatrix:
    """Ratings of the cases with the spread between coders, or the figures of numeric indicators."""
    return ratings_of(study, None if table is None else Path(table))


def compare(
    study: Study,
    rows: str = "domain",
    columns: str = "case",
    cell: str = "locus",
    by: str | None = None,
    layer: str | None = None,
) -> Matrix:
    """A matrix of counts of codings and sources; every cell opens to its quotes."""
    return compare_study(study, rows=rows, columns=columns, cell=cell, by=by, layer=layer)


def identify(study: Study, *, layer: str | None = None, **options: Any) -> Identification:
    """Which ideal type is each case? ``.table``, ``.verdict(case)``, ``.membership(case, type)``, ``.quotes(…)``.

    ``options`` (``draws``, ``seed``, ``chains``, ``level`` …) are those of ``crosscase.analysis.identify.identify``.
    """
    return identify_study(study, study.evidence(layer or choose_layer(study)[0]), **options)


def identify_by(study: Study, by: str, *, layer: str | None = None, **options: Any) -> Grouped:
    """Types within each case, by ``subject``, ``coder``, ``level`` or ``kind``; ``.verdict(case, group)``."""
    return identify_groups(study, by, layer=layer, **options)


def robustness(study: Study, *, layer: str | None = None, **options: Any) -> Robustness:
    """How firmly each verdict stands: ``.flips``, ``.flip_sets``, ``.anchors``, ``.prior``, ``.uncertainty``."""
    return study_robustness(study, layer=layer, **options)


def configurations(study: Study, *, layer: str | None = None, **options: Any) -> Configurations:
    """Truth table, solutions, necessity and their uncertainty, for the outcome that ``study.yaml`` names.

    ``options`` (``outcome``, ``conditions``, ``incl_cut`` as a tuple, ``n_cut``, ``pri_cut``, ``dir_exp``) come before
    the settings. ``.table``, ``.solutions``, ``.necessity``, ``.uncertainty``, ``.quotes(row=…)``, ``.quotes(term=…)``.
    """
    settings = study.settings.configurations
    if settings is None and "outcome" not in options:
        raise InputError("study.yaml names no outcome", where="configurations", mend="give outcome=")
    plan = Plan(**options) if settings is None else replace(Plan.of(settings), **options)
    found = None
    if needs_evidence(study, plan):
        found = identify_study(study, study.evidence(layer or choose_layer(study)[0]))
    return configurations_of_study(study, found, plan)


def disconfirm(study: Study, claim: str | None = None, *, layer: str | None = None, most: int = 50) -> Disconfirmation:
    """What may speak against a claim such as "urban is managerial", or against every claim of the study.

    The search is recorded in the study: candidates stand there to be resolved. ``.table`` has the merged queue,
    ``.queue(claim, n)`` one of the eight, ``.searched`` what was looked at.
    """
    return raise_candidates(study, claim, layer=layer, most=most).result


def report(study: Study, folder: str | Path, formats: tuple[str, ...] = ("html", "docx", "data")) -> list[Path]:
    """Compute everything and write the report; returns the files."""
    return write_report(study, analyse(study), Path(folder), formats=formats)


def agree(
    study: Study,
    *,
    unit: str | None = None,
    coefficient: str | None = None,
    level: float | None = None,
    by: str = "code",
    **options: Any,
) -> Result:
    """How far coders agree: ``.table``, ``.disagreements(code=…, pair=…)``, ``.confusion()``, ``.warnings``.

    ``by`` is ``code``, ``domain``, ``pair``, ``round``, ``facet``, ``coder`` (each with themself) or ``type`` (each
    coder's own verdict per case, on what those compared have read; slow), or ``drift`` (with ``over``: each coder's
    log-odds beside colleagues' over time). ``options`` are ``interval``, ``draws``, ``seed``, ``sources``.
    """
    if by == "type":
        return types_by_coder(study, **options)
    if by == "drift":
        return drift_result(study, unit=unit, level=level, **options)
    return agree_study(study, by=by, unit=unit, coefficient=coefficient, level=level, **options)
