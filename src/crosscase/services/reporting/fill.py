"""Fills a report from a study and what was computed from it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import polars as pl

from crosscase import __version__
from crosscase.analysis.support import about_cases, weigh
from crosscase.report import numerals
from crosscase.report.content import Answer, Report
from crosscase.report.data import Table
from crosscase.services.analyses import Analyses, estimates_of
from crosscase.services.memberships import Estimates
from crosscase.services.reporting.accounts import accounts
from crosscase.services.reporting.agreement import agreement_section
from crosscase.services.reporting.answer import Answering
from crosscase.services.reporting.checklists import checklist_table, checklists
from crosscase.services.reporting.coder_types import coder_types, coder_types_tables
from crosscase.services.reporting.codings import appendix, effects, readable
from crosscase.services.reporting.configurations import configurations
from crosscase.services.reporting.counter import searches
from crosscase.services.reporting.gaps import gaps
from crosscase.services.reporting.methods import methods, sources_sentence
from crosscase.services.reporting.more import more_sections
from crosscase.services.reporting.names import Names
from crosscase.services.reporting.robust import robustness_table
from crosscase.services.reporting.tables import data_tables, parameters
from crosscase.services.reporting.work import matrix, work
from crosscase.services.study import Study
from crosscase.services.waiting import waiting_by_change, waiting_sentences

_LAYERS = {
    "consensus": "consensus codings",
    "independent": "independent codings",
    "suggestion": "machine suggestions",
}


@dataclass(frozen=True)
class Filled:
    """A report with its tables and the parameters behind them."""

    report: Report
    tables: Mapping[str, Table]
    parameters: Mapping[str, Any]
    estimates: Estimates | None = None  # memberships behind the results, for whoever combines them anew


def fill_report(study: Study, analyses: Analyses) -> Filled:
    """Everything that the renderers show."""
    evidence, _ = about_cases(analyses.evidence)
    names = Names(study.rulebook, study.settings, _cases(study, evidence))
    weighting = study.settings.analysis.weighting
    shown = work(analyses.distributions, weighting, names, analyses.not_computed.get("distribution", ""))
    rows, told = accounts(analyses.gaps, analyses.gaps_note, names)
    shown = replace(shown, accounts=rows, accounts_note=told)
    found = analyses.identification
    answering = Answering(found, names, _weights(evidence, names), study.access.whole) if found is not None else None
    lists = answering.lists() if answering else {}
    spoken = effects(lists, names) if answering else {}
    made_at = _now()
    lists_of_items = checklists(study, analyses)
    agreement, agreement_tables, measured = agreement_section(study, lists_of_items)
    agreement = replace(agreement, types=coder_types(study, analyses, names, measured))
    more = more_sections(analyses, names, study.settings.analysis)
    waiting = waiting_sentences(waiting_by_change(study, analyses.layer))
    answer = answering.answer() if answering else _no_answer(analyses)
    report = Report(
        title=study.title,
        language=study.rulebook.language,
        case_noun=study.rulebook.case_noun,
        summary=_summary(evidence, analyses, names),
        made=f"Made on {made_at.day} {made_at:%B %Y} with Crosscase {__version__}; inputs {analyses.data_hash[:12]}",
        made_at=made_at,
        simulated=study.settings.simulated or bool(analyses.sources["simulated"].any()),
        suggestion=analyses.layer == "suggestion",
        level=study.settings.analysis.level,
        answer=replace(answer, notes=(*answer.notes, *waiting)),
        work=shown,
        reasons=answering.reasons() if answering else (),
        matrix=matrix(shown),
        gaps=gaps(evidence, analyses.sources, shown, answering.missing() if answering else {}, names),
        methods=methods(
            evidence,
            analyses,
            names,
            answering.diagnostics() if answering else (),
            (*analyses.not_computed.values(), *waiting),
        ),
        evidence=appendix(evidence, analyses.distributions.get(weighting), lists, names),
        codings=readable(evidence, analyses.sources, names, spoken),
        configurations=configurations(
            analyses.configurations, names, study.settings.analysis.level, answering is not None
        )
        if analyses.configurations is not None
        else None,
        agreement=agreement,
        searches=searches(study, evidence, names),
        more=more.sections,
        waiting=waiting,
    )
    tables = data_tables(evidence, analyses, report, names)
    tables |= {**agreement_tables, "checklists": checklist_table(lists_of_items)}
    tables |= coder_types_tables(analyses.coder_types)
    if analyses.robustness is not None:
        tables["robustness"] = robustness_table(analyses.robustness)
    said = {**parameters(analyses, report), "sections_not_shown": dict(more.not_shown)}
    if analyses.coder_types is not None:
        said["types_by_coder"] = dict(analyses.coder_types.parameters)
    return Filled(report, tables, said, estimates_of(study, analyses))


def _no_answer(analyses: Analyses) -> Answer:
    reason = analyses.not_computed.get("identification", "")
    return Answer("No verdict can be given.", (), notes=(f"Why: {reason}.",) if reason else ())


def _weights(evidence: pl.DataFrame, names: Names) -> dict[int, float]:
    weighed = weigh(evidence, names.framework.rules)
    return dict(weighed.select("coding_id", pl.col("affirmed") + pl.col("denied")).iter_rows())


def _cases(study: Study, evidence: pl.DataFrame) -> tuple[str, ...]:
    """The study's cases in the order of its settings, then those that only the evidence names."""
    named = [case.name for case in study.settings.cases]
    return tuple(dict.fromkeys([*named, *sorted(evidence["case"].unique().to_list())]))


def _summary(evidence: pl.DataFrame, analyses: Analyses, names: Names) -> str:
    coders = evidence["coder"].n_unique()
    return (
        f"{sources_sentence(analyses.sources, names)}; {numerals.plural(evidence.height, 'coding')} by "
        f"{numerals.plural(coders, 'coder')} ({_LAYERS.get(analyses.layer, analyses.layer)}), with the framework "
        f"“{names.framework.title}”, version {names.framework.version}."
    )


def _now() -> datetime:
    """Now, or the moment that ``SOURCE_DATE_EPOCH`` names, so that a report can be made again byte by byte."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(fixed), UTC) if fixed.isdigit() else datetime.now(UTC)
