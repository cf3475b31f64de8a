"""Does a solution hold everywhere? Fit within each cluster (region, year, panel wave) and within each unit over time.

Pooled consistency hides that a term may hold in some clusters only. Between clusters: consistency within each cluster
over its units; within units: consistency of each unit over its clusters (Garcia-Castro & Ariño 2016, *Journal of
Advances in Management Sciences & Information Systems* 2:63-76; Oana, Schneider & Thomann 2021, chapter 5). The
distance sums up how uneven they are: √Σ(cᵢ/Σc − 1/m)², 0 when all m consistencies are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from crosscase.analysis.qca.answer import NAMES, Answer, Schema
from crosscase.analysis.qca.data import Floats, Frame, as_polars, select
from crosscase.analysis.qca.expressions import Expression, as_expression
from crosscase.analysis.qca.fit import necessity_fit, sufficiency_fit
from crosscase.errors import InputError

Relation = Literal["sufficiency", "necessity"]


@dataclass(frozen=True)
class ClusterDiagnostics(Answer):
    """Fit of each term and of the whole, pooled, by cluster and by unit.

    ``table``: ``term``, ``level`` (``pooled``, ``cluster``, ``unit``), ``name``, ``n_cases``, ``consistency``,
    ``coverage`` (null where not defined) and ``against`` (the cases against). ``distances``: ``term``, ``level``,
    ``distance``, ``n_defined`` of ``n`` groups.
    """

    distances: pl.DataFrame


def cluster_diagnostics(
    solution: str | Expression,
    outcome: str,
    frame: Frame,
    *,
    cluster: str | Sequence[object],
    unit: str | Sequence[object] | None = None,
    relation: Relation = "sufficiency",
    cases: str | Sequence[object] | None = None,
) -> ClusterDiagnostics:
    """Consistency and coverage in every cluster, and in every unit of a panel.

    Parameters
    ----------
    solution
        A sum of products, or any expression.
    cluster, unit
        Columns, or one value per case: the cluster (region, year) and, in a panel, the unit that returns in each.
    relation
        ``sufficiency`` or ``necessity``.
    """
    if relation not in ("sufficiency", "necessity"):
        raise InputError(f"there is no relation {relation!r}", mend="use sufficiency or necessity")
    parsed = as_expression(solution)
    table, index = as_polars(frame)
    # A column that says where a case belongs does not name it.
    grouping = [c for c in (cluster, unit) if isinstance(c, str) and c in table.columns and c != cases]
    named = index if cases is None else cases
    data = select(table.drop(grouping), outcome, list(parsed.conditions), cases=named, may_be_constant=True)
    levels = dict(zip(data.names, data.levels, strict=True))
    parts = parsed.root.parts if parsed.root.kind == "or" else (parsed.root,)
    memberships = {str(e): e.membership(data.conditions) for e in (Expression(n, data.names, levels) for n in parts)}
    if len(memberships) > 1:
        memberships["solution"] = Expression(parsed.root, data.names, levels).membership(data.conditions)
    groups = {"cluster": _labels(frame, cluster, len(data.y), "cluster")}
    if unit is not None:
        groups["unit"] = _labels(frame, unit, len(data.y), "unit")
    rows: list[dict[str, Any]] = []
    distances: list[dict[str, Any]] = []
    for term, x in memberships.items():
        everyone = np.ones(len(x), dtype=bool)
        rows.append(_row(term, "pooled", "all", everyone, x, data.y, data.cases, relation))
        for level, labels in groups.items():
            found = [
                _row(term, level, name, np.array([v == name for v in labels]), x, data.y, data.cases, relation)
                for name in dict.fromkeys(labels)
            ]
            rows += found
            distances.append(_distance(term, level, [row["consistency"] for row in found]))
    schema: Schema = {"term": pl.String, "level": pl.String, "name": pl.String, "n_cases": pl.Int64}
    schema |= {"consistency": pl.Float64, "coverage": pl.Float64, "against": NAMES}
    uneven: Schema = {
        "term": pl.String,
        "level": pl.String,
        "distance": pl.Float64,
        "n_defined": pl.Int64,
        "n": pl.Int64,
    }
    parameters = {
        "solution": str(parsed),
        "outcome": data.outcome,
        "relation": relation,
        "n_cases": len(data.cases),
        "data_hash": data.data_hash,
    }
    return ClusterDiagnostics(pl.DataFrame(rows, schema=schema), parameters, pl.DataFrame(distances, schema=uneven))


def _labels(frame: Frame, given: str | Sequence[object], n: int, what: str) -> list[str]:
    if isinstance(given, str):
        table, _ = as_polars(frame)
        if given not in table.columns:
            raise InputError(f"there is no column {given}", where=what, mend=f"use one of {', '.join(table.columns)}")
        given = table[given].to_list()
    labels = ["" if value is None else str(value) for value in given]
    if len(labels) != n:
        raise InputError(f"{len(labels)} values of {what} for {n} cases", mend="give one per case")
    if "" in labels:
        raise InputError(f"case {labels.index('') + 1} has no {what}", mend="name it for every case")
    return labels


def _row(
    term: str,
    level: str,
    name: str,
    chosen: Any,
    x: Floats,
    y: Floats,
    cases: Sequence[str],
    relation: Relation,
) -> dict[str, Any]:
    mine, shown = x[chosen], y[chosen]
    if relation == "sufficiency":
        fit = sufficiency_fit(mine, shown)
        consistency, coverage, against = fit.inclS, fit.covS, (mine > 0.5) & (shown < 0.5)
    else:
        need = necessity_fit(mine, shown)
        consistency, coverage, against = need.inclN, need.covN, (mine < 0.5) & (shown > 0.5)
    members = np.flatnonzero(chosen)
    return {
        "term": term,
        "level": level,
        "name": name,
        "n_cases": len(members),
        "consistency": consistency,
        "coverage": coverage,
        "against": [cases[i] for i, flag in zip(members.tolist(), against, strict=True) if flag],
    }


def _distance(term: str, level: str, found: list[float | None]) -> dict[str, Any]:
    """How uneven the consistencies are; groups in which none is defined are left out and counted."""
    known = np.array([c for c in found if c is not None])
    total = float(known.sum())
    distance = float(np.sqrt(((known / total - 1 / len(known)) ** 2).sum())) if total > 0 else None
    return {"term": term, "level": level, "distance": distance, "n_defined": len(known), "n": len(found)}
