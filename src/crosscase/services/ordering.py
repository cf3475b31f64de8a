"""What cases can be ordered by: a membership, a condition, a share, a number or an attribute."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from crosscase.analysis.conditions import conditions
from crosscase.analysis.ordering import OrderedMatrix, order_by
from crosscase.analysis.result import Result
from crosscase.errors import NotFound
from crosscase.services.analyses import identify_study
from crosscase.services.comparing import case_names, evidence_of, work_of
from crosscase.services.notes import attributes
from crosscase.services.study import Study
from crosscase.store import schema

_HOW = "membership:TYPE, condition:ID, share:DOMAIN/LOCUS, number:NAME or attribute:NAME"


def ordered(study: Study, result: Result, by: str, *, value: str = "share", layer: str | None = None) -> OrderedMatrix:
    """A matrix with its cases in the order of ``membership:…``, ``condition:…``, ``share:…``, ``number:…`` or
    ``attribute:…``; raises ``NotFound`` for anything else."""
    return order_by(result, order_values(study, by, layer=layer), by, value=value)


def order_values(study: Study, by: str, *, layer: str | None = None) -> Mapping[str, float | None]:
    """Case → value of what the cases are ordered by; ``None`` where it is unknown."""
    kind, _, name = by.partition(":")
    cases = [case.name for case in study.settings.cases] or evidence_of(study, layer)["case"].drop_nulls().unique()
    if kind == "membership" and name in {t.id for t in study.rulebook.types}:
        found = identify_study(study, evidence_of(study, layer))
        return {case: found.membership(case, name) for case in found.verdicts}
    if kind == "condition" and name in {c.id for c in study.rulebook.conditions}:
        numbers = {case.name: dict(case.numbers) for case in study.settings.cases if case.numbers}
        table = conditions(
            evidence_of(study, layer), study.rulebook, numbers=numbers or None, cases=case_names(study)
        ).table.filter(pl.col("condition") == name)
        return dict(table.select("case", "membership").iter_rows())
    if kind == "share" and "/" in name:
        domain, locus = name.split("/", 1)
        table = work_of(study, layer=layer).table.filter((pl.col("domain") == domain) & (pl.col("locus") == locus))
        if table.is_empty():
            raise NotFound(f"no share {name!r}", where="order", mend="write share:DOMAIN/LOCUS with ids")
        return dict(table.select("case", "share").iter_rows())
    if kind == "number":
        return {case.name: case.numbers.get(name) for case in study.settings.cases}
    if kind == "attribute":
        return _attribute(study, name, list(cases))
    raise NotFound(f"cases cannot be ordered by {by!r}", where="order", mend=f"use {_HOW}")


def _attribute(study: Study, name: str, cases: list[str]) -> Mapping[str, float | None]:
    with study.reading() as connection:
        guids = {row.name: row.guid for row in connection.execute(schema.case.select())}
    given = attributes(study, "case")
    values = {case: given.get(guids.get(case, ""), {}).get(name) for case in cases}
    if all(value is None for value in values.values()):
        raise NotFound(f"no case has the attribute {name!r}", where="order", mend="set it, or order by something else")
    words = sorted({value for value in values.values() if isinstance(value, str)})
    if words:
        raise NotFound(f"the attribute {name} is no number ({words[0]!r})", where="order", mend="order by a number")
    return {case: None if value is None else float(value) for case, value in values.items()}
