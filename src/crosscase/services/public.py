"""What ``import crosscase as cc`` offers: the analyses of a study in one call each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crosscase.analysis.disconfirm import Disconfirmation
from crosscase.analysis.distribution import Distribution
from crosscase.analysis.distribution import distribution as distribute
from crosscase.analysis.identify import Identification
from crosscase.analysis.matrices import Matrix
from crosscase.services.analyses import analyse, choose_layer, identify_study
from crosscase.services.comparing import compare_study
from crosscase.services.disconfirming import raise_candidates
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


def disconfirm(study: Study, claim: str | None = None, *, layer: str | None = None, most: int = 50) -> Disconfirmation:
    """What may speak against a claim such as "urban is managerial", or against every claim of the study.

    The search is recorded in the study: candidates stand there to be resolved. ``.table`` has the merged queue,
    ``.queue(claim, n)`` one of the eight, ``.searched`` what was looked at.
    """
    return raise_candidates(study, claim, layer=layer, most=most).result


def report(study: Study, folder: str | Path, formats: tuple[str, ...] = ("html", "docx", "data")) -> list[Path]:
    """Compute everything and write the report; returns the files."""
    return write_report(study, analyse(study), Path(folder), formats=formats)
