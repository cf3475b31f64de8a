"""The tables of an identification, and what can be said about the study as a whole."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from crosscase.analysis.bootstrap import Floats
from crosscase.analysis.conditions import Cell, Support, condition_table_of
from crosscase.analysis.identify.arrange import Study
from crosscase.analysis.identify.memberships import Membership, compensatory, template_fit
from crosscase.analysis.identify.reading import Reading
from crosscase.analysis.identify.result import Statement
from crosscase.analysis.identify.sampling import NONE
from crosscase.analysis.identify.settings import Thresholds
from crosscase.analysis.identify.verdicts import show, show_probability

_TYPES: dict[str, type[pl.DataType]] = {
    "case": pl.String,
    "type": pl.String,
    "probability": pl.Float64,
    "both": pl.Float64,
    "membership": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "compensatory": pl.Float64,
    "template_fit": pl.Float64,
    "model_free": pl.Float64,
    "model_free_low": pl.Float64,
    "model_free_high": pl.Float64,
}


def type_table(
    study: Study, reading: Reading, model_free: Mapping[tuple[str, str], Membership], level: float
) -> pl.DataFrame:
    """A row per case and type, and one for *none*."""
    rows: list[dict[str, object]] = []
    for c, case in enumerate(study.cases):
        values = {x.id: reading.conditions[case, x.id] for x in study.framework.conditions}
        for t, ideal in enumerate(study.framework.types):
            by_rule, check = reading.memberships[case, ideal.id], model_free[case, ideal.id]
            low, high = by_rule.interval(level)
            check_low, check_high = check.interval(level)
            rows.append(
                {
                    "case": case,
                    "type": ideal.id,
                    "probability": float(reading.probability[c, t]),
                    "both": float(reading.both[c, t]),
                    "membership": by_rule.median,
                    "low": low,
                    "high": high,
                    "compensatory": compensatory(ideal.formula, values),
                    "template_fit": template_fit(ideal.templates, reading.domain_shares.get(case, {})),
                    "model_free": check.median,
                    "model_free_low": check_low,
                    "model_free_high": check_high,
                }
            )
        none = {"probability": float(reading.probability[c, -1]), "both": float(reading.both[c, -1])}
        rows.append({"case": case, "type": NONE, **none})
    return pl.DataFrame([{**dict.fromkeys(_TYPES), **row} for row in rows], schema=_TYPES)


def condition_table(
    found: Mapping[Cell, Support],
    shares: Mapping[Cell, Floats],
    drawn: Mapping[Cell, Floats | None],
    level: float,
) -> pl.DataFrame:
    """A row per case and condition, as in ``conditions()``, from the draws of a reading."""
    means = {key: (float(draws.mean()), draws) for key, draws in shares.items()}
    return condition_table_of(found, means, drawn, level)


def statement_of(study: Study, reading: Reading, thresholds: Thresholds, level: float) -> Statement:
    """For every type: is any case of it? Needs the joint draws of all cases, and every membership by the rule."""
    rows = []
    for t, ideal in enumerate(study.framework.types):
        others = (reading.type_draws != t) & (reading.type_draws != -1)
        ends = {case: reading.memberships[case, ideal.id].interval(level)[1] for case in study.cases}
        # Where conditions are unknown the membership could be as high as its upper end.
        middles = {case: reading.memberships[case, ideal.id].median for case in study.cases}
        highest = {case: ends[case] if middle is None else middle for case, middle in middles.items()}
        top = max(highest, key=lambda case: highest[case], default="")
        absent = float(others.all(axis=1).mean()) if study.cases else 1.0
        rows.append(
            {
                "type": ideal.id,
                "absent": absent,
                "expected": float((reading.type_draws == t).sum(axis=1).mean()) if study.cases else 0.0,
                "highest": highest.get(top, 0.0),
                "highest_case": top,
                "upper": max(ends.values(), default=0.0),
                "claim": absent >= thresholds.type and highest.get(top, 0.0) <= 0.5,
            }
        )
    table = pl.DataFrame(rows)
    sentences = [_about_type(study, row, thresholds) for row in table.iter_rows(named=True)]
    read = f"{study.codings['source'].n_unique()} sources with {study.codings.height:,} codings were read."
    return Statement(" ".join([*sentences, read]), table)


def _about_type(study: Study, row: Mapping[str, object], thresholds: Thresholds) -> str:
    name = study.framework.type(str(row["type"])).name
    absent, highest = float(str(row["absent"])), float(str(row["highest"]))
    nouns = study.framework.case_noun[1]
    rule = f"the highest membership by the rule is {show(highest)} ({row['highest_case']})"
    if row["claim"]:
        n = f"none of the {len(study.cases)} {nouns} is"
        upper = f"intervals up to {show(float(str(row['upper'])))}"
        return f"No case is {name}: probability {show_probability(absent)} that {n}; {rule}, with {upper}."
    if absent <= 1.0 - thresholds.type:
        return f"At least one case is {name}: probability {show_probability(1.0 - absent)}; {rule}."
    return f"Whether any case is {name} is open: probability {show_probability(1.0 - absent)} that one is; {rule}."
