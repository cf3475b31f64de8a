"""What ``import crosscase as cc`` offers: the analyses of a study in one call each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crosscase.analysis.distribution import Distribution
from crosscase.analysis.distribution import distribution as distribute
from crosscase.analysis.identify import Identification
from crosscase.analysis.matrices import Matrix
from crosscase.analysis.result import Result
from crosscase.services.agreeing import agree_study
from crosscase.services.agreeing_types import types_by_coder
from crosscase.services.analyses import analyse, choose_layer, identify_study
from crosscase.services.comparing import compare_study
from crosscase.services.reporting import write_report
from crosscase.services.study import Study


def distribution(study: Study, *, layer: str | None = None, **options: Any) -> Distribution:
    """The distribution of work: for each case and domain, which share sits with whom, with intervals.

    ``options`` are those of ``crosscase.analysis.distribution.distribution``; what is not given comes from the
    study's settings.
    """
    settings = study.settings.analysis
    known = {"weighting": settings.weighting, "draws": settings.draws, "seed": settings.seed, "level": settings.level}
    return distribute(study.evidence(layer or choose_layer(study)[0]), study.framework, **{**known, **options})


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
    coder's own verdict per case; slow). ``options`` are ``interval``, ``draws``, ``seed``, ``sources``.
    """
    if by == "type":
        return types_by_coder(study, **options)
    return agree_study(study, by=by, unit=unit, coefficient=coefficient, level=level, **options)
