"""What ``import crosscase as cc`` offers: the analyses of a study in one call each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from crosscase.analysis.distribution import Distribution
from crosscase.analysis.distribution import distribution as distribute
from crosscase.analysis.identify import Identification
from crosscase.analysis.matrices import Matrix
from crosscase.errors import InputError
from crosscase.services.analyses import analyse, choose_layer, identify_study
from crosscase.services.comparing import compare_study
from crosscase.services.configurations import Configurations, configurations_of_study
from crosscase.services.memberships import Plan, needs_evidence
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


def report(study: Study, folder: str | Path, formats: tuple[str, ...] = ("html", "docx", "data")) -> list[Path]:
    """Compute everything and write the report; returns the files."""
    return write_report(study, analyse(study), Path(folder), formats=formats)
