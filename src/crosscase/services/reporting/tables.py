"""The tables of a report's data folder, with what each of their columns holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from crosscase.report.content import Report
from crosscase.report.data import Table
from crosscase.services.analyses import Analyses
from crosscase.services.configurations import Configurations
from crosscase.services.reporting.names import Names

_CASE = {"case": "short name of the case", "domain": "id of the domain", "locus": "id of who does the work"}
_COUNTS = {
    "n_codings": "codings behind the row",
    "n_sources": "sources behind the row",
    "affirmed": "weight of what affirms it",
    "denied": "weight of what denies it",
    "n_located": "sources that say who does the work of the domain at all",
}
_GAPS_ABOUT = "What the centre says against what schools say: a row per case and domain."
_GAPS = {
    "central_says": "the locus that the centre puts first, with its share in central_share",
    "school_says": "the locus that schools put first, with its share in school_share",
    "same": "whether both name the same",
    "gap": "the locus on which they differ most",
    "difference": "its share by the centre minus that by schools",
    "probability": "that the difference is above 0",
    "clear": "whether the interval excludes 0",
    "n_sources_central": "sources of the centre that say who does the work",
    "n_sources_school": "sources of schools that do",
}
_INTERVAL = {"low": "lower end of the interval", "high": "upper end of the interval"}


def data_tables(evidence: pl.DataFrame, analyses: Analyses, report: Report, names: Names) -> dict[str, Table]:
    """Name → table: distribution, memberships, conditions, matrix, verdicts and codings, as far as they exist."""
    tables: dict[str, Table] = {}
    if analyses.distributions:
        tables["distribution"] = _distribution(analyses, names)
    if analyses.gaps is not None:
        tables["account_gaps"] = Table(_flat(analyses.gaps.leading), _GAPS_ABOUT, {**_CASE, **_INTERVAL, **_GAPS})
    if analyses.identification is not None:
        about = (
            "How each case stands to each ideal type.",
            "How each case stands to each condition.",
        )
        known = {
            **_CASE,
            **_INTERVAL,
            "type": "id of the ideal type",
            "probability": "of the type, by the model",
            "membership": "median membership",
            "condition": "id of the condition",
            "met": "whether the least evidence is there",
            "missing": "what evidence is lacking",
        }
        tables["memberships"] = Table(_flat(analyses.identification.table), about[0], known)
        tables["conditions"] = Table(_flat(analyses.identification.conditions), about[1], known)
    tables["matrix"] = Table(
        _flat(analyses.matrix.table),
        "Counts of codings and sources per cell; 0 where nothing was coded.",
        {**_CASE, **_COUNTS},
    )
    if report.answer.verdicts:
        tables["verdicts"] = _verdicts(report)
    if analyses.configurations is not None:
        tables |= _configurations(analyses.configurations)
    tables["codings"] = _codings(evidence, analyses, report)
    return tables


def _configurations(found: Configurations) -> dict[str, Table]:
    """Truth table and solutions, with the shares of draws where memberships are estimates."""
    rows = found.table.table
    if found.uncertainty is not None:
        shares = found.uncertainty.table.select("row", "p_out", "p_not", "p_contradiction", "p_remainder")
        rows = rows.join(shares, on="row", how="left", maintain_order="left")
    known = {
        "row": "number of the row, the last condition fastest",
        "OUT": "1 shows the outcome, 0 does not, C contradictory, ? too few cases",
        "n": "cases in the row",
        "incl": "consistency",
        "PRI": "proportional reduction in inconsistency",
        "dcc": "cases of the row without the outcome",
        "half": "cases at exactly .5, which belong to no row",
        "n_with_half": "cases in the row, had those been counted in",
        "p_out": "share of draws in which the row shows the outcome",
        "p_not": "share of draws in which it does not",
        "p_contradiction": "share of draws in which it is contradictory",
        "p_remainder": "share of draws in which it has too few cases",
        "solution": "conservative, parsimonious or intermediate",
        "model": "models are equally good answers",
        "inclS": "consistency of the term",
        "covS": "coverage of the term",
        "covU": "what the term alone covers",
    }
    tables = {"truth_table": Table(_flat(rows), f"The truth table of {found.table.outcome}.", known)}
    parts = [s.table.select(pl.lit(kind).alias("solution"), pl.all()) for kind, s in found.solutions.items()]
    if parts:
        about = f"The terms of every model of {found.table.outcome}, with their fit."
        tables["solutions"] = Table(_flat(pl.concat(parts)), about, known)
    return tables


def parameters(analyses: Analyses, report: Report) -> dict[str, Any]:
    """Everything needed to compute the results again."""
    found: dict[str, Any] = {
        "title": report.title,
        "simulated": report.simulated,
        "layer": analyses.layer,
        "layer_reason": analyses.layer_reason,
        "input_hash": analyses.data_hash,
        "not_computed": dict(analyses.not_computed),
        "distribution": {name: dict(result.parameters) for name, result in analyses.distributions.items()},
        "matrix": dict(analyses.matrix.parameters),
    }
    if analyses.identification is not None:
        found["identification"] = dict(analyses.identification.parameters)
        found["diagnostics"] = dict(report.methods.diagnostics)
    if analyses.configurations is not None:
        configured = analyses.configurations
        found["configurations"] = {
            "truth_table": dict(configured.table.parameters),
            "solutions": {kind: dict(s.parameters) for kind, s in configured.solutions.items()},
            "origins": dict(configured.sets.origins),
            "uncertainty": dict(configured.uncertainty.parameters) if configured.uncertainty else None,
        }
    return found


def _distribution(analyses: Analyses, names: Names) -> Table:
    main = names.settings.analysis.weighting
    rows = _flat(analyses.distributions[main].table)
    keys = ["case", "domain", "locus"]
    for name, result in analyses.distributions.items():
        if name != main:
            other = result.table.select(*keys, pl.col("share").alias(f"share_{name}"))
            rows = rows.join(other, on=keys, how="left", maintain_order="left")
    columns = {
        **_CASE,
        **_INTERVAL,
        **_COUNTS,
        "share": f"share of the work (weighting: {main}); empty where nothing was coded",
        "share_volume": "the same, sources counted by their number of codings",
        "share_levels": "the same, levels of the system counted alike",
        "share_source": "the same, each source counted once",
    }
    return Table(rows, "Who does the work: a row per case, domain and locus.", columns)


def _verdicts(report: Report) -> Table:
    rows: Sequence[Mapping[str, object]] = [
        {
            "case": v.case,
            "label": v.label,
            "verdict": v.kind,
            "types": ", ".join(v.types),
            "probability": v.probability.value,
            "sentence": v.sentence,
            "runner_up": v.runner_up,
            "margin": v.margin.value,
            "decisive": v.decisive,
            "corner": v.corner,
            "missing": " ".join(v.missing),
            "n_for": int(v.supports.value or 0),
            "n_against": int(v.opposes.value or 0),
        }
        for v in report.answer.verdicts
    ]
    columns = {
        "case": "short name of the case",
        "label": "its name in the report",
        "verdict": "type, leaning, between, none or not_enough",
        "types": "ids of the ideal types that the verdict names",
        "probability": "of the verdict",
        "sentence": "the verdict as the report prints it",
        "runner_up": "the type that comes next",
        "margin": "how far it is behind",
        "decisive": "the dimension that decides between the two",
        "corner": "where a case of no type stands",
        "missing": "what evidence would decide",
        "n_for": "codings for the verdict",
        "n_against": "codings against it",
    }
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return Table(frame, "The verdict of each case.", columns)


def _codings(evidence: pl.DataFrame, analyses: Analyses, report: Report) -> Table:
    effects = pl.DataFrame(
        {"coding_id": list(report.codings), "conditions": [c.effect for c in report.codings.values()]},
        schema={"coding_id": pl.Int64, "conditions": pl.String},
    )
    rows = evidence.with_columns(pl.col("coding_id").cast(pl.Int64)).join(
        effects, on="coding_id", how="left", maintain_order="left"
    )
    if analyses.distributions:
        lineage = next(iter(analyses.distributions.values())).lineage
        rows = rows.join(lineage.select("coding_id", "part", "item"), on="coding_id", how="left", maintain_order="left")
    columns = {
        "coding_id": "number of the coding, as in the report (#)",
        "start": "first character of the passage in the stored text, counted from 0",
        "end": "the character after its last",
        "text": "the words of the passage",
        "code": "id of the indicator",
        "coder_kind": "person, or which kind of machine",
        "conditions": "what the coding does in the conditions",
        "part": "what it does in the distribution of work: affirms, denies, both, not stated, set aside",
        "item": "codings of one item are one passage seen by several coders, and count once",
    }
    return Table(_flat(rows), "Every coding about a case, the evidence behind all numbers.", {**_CASE, **columns})


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists and structs as text, which is all that a CSV file can hold."""
    nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
    return frame.with_columns(
        pl.col(name).map_elements(lambda value: str(list(value)), return_dtype=pl.String) for name in nested
    )
