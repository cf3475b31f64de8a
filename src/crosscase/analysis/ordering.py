"""Case-ordered matrices: the cases put in the order of a variable, so that what goes with it can be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from crosscase.analysis.result import Result
from crosscase.errors import AnalysisError


@dataclass(frozen=True)
class OrderedMatrix(Result):
    """A matrix with its cases in the order of a variable; ``table`` is that of the matrix, in this order.

    Attributes
    ----------
    order
        One row per case: ``case``, ``value`` (null where unknown: these cases come last) and ``rank``, 1 for the
        highest; cases with the same value share a rank.
    trend
        One row per cell of a case, with the cases as its observations: Kendall's ``tau_b`` between variable and
        share, and ``n_cases``. It describes the order that is seen; with a handful of cases it tests nothing.
    by
        What the cases are ordered by.
    """

    order: pl.DataFrame
    trend: pl.DataFrame
    by: str


def order_by(result: Result, values: Mapping[str, float | None], by: str, *, value: str = "share") -> OrderedMatrix:
    """Put a matrix that has cases into the order of a variable, the highest first.

    Parameters
    ----------
    result
        A distribution of work, a matrix of counts or another result with the column ``case``.
    values
        Case → value of the variable; cases without one come last.
    by
        What the variable is called.
    value
        The column whose going along with the variable is described.

    References
    ----------
    Miles & Huberman (1994) *Qualitative Data Analysis*, chapter 8 (case-ordered displays); Kendall (1945) Biometrika
    33:239-251 (tau-b).
    """
    if "case" not in result.table.columns:
        raise AnalysisError("the matrix has no cases, so they cannot be ordered", mend="use cases as columns")
    cases = result.table["case"].unique(maintain_order=True).to_list()
    known = {c: float(v) for c in cases if (v := values.get(c)) is not None and np.isfinite(v)}
    if not known:
        raise AnalysisError(f"no case has a value of {by}", where="order", mend="order by something that is known")
    ranked = sorted(cases, key=lambda case: (case not in known, -known.get(case, 0.0), case))
    distinct = sorted(set(known.values()), reverse=True)
    order = pl.DataFrame(
        {
            "case": ranked,
            "value": [known.get(case) for case in ranked],
            "rank": [distinct.index(known[case]) + 1 if case in known else None for case in ranked],
        },
        schema={"case": pl.String, "value": pl.Float64, "rank": pl.Int64},
    )
    place = {case: i for i, case in enumerate(ranked)}
    table = result.table.with_columns(
        _place=pl.col("case").replace_strict(place, return_dtype=pl.Int64), _line=pl.int_range(pl.len())
    )
    return OrderedMatrix(
        table=table.sort("_place", "_line").drop("_place", "_line"),
        parameters={**result.parameters, "ordered_by": by},
        keys=result.keys,
        lineage=result.lineage,
        codings=result.codings,
        order=order,
        trend=_trend(result, known, value),
        by=by,
    )


def _trend(result: Result, known: Mapping[str, float], value: str) -> pl.DataFrame:
    lines = [key for key in result.keys if key != "case"]
    rows: list[dict[str, Any]] = []
    for key, part in result.table.group_by(lines, maintain_order=True):
        here = part.filter(pl.col("case").is_in(list(known)) & pl.col(value).is_not_null())
        x = [known[case] for case in here["case"]]
        y = here[value].to_list()
        defined = len(set(x)) > 1 and len(set(y)) > 1
        tau = float(stats.kendalltau(x, y, variant="b").statistic) if defined else None
        rows.append({**dict(zip(lines, key, strict=True)), "tau_b": tau, "n_cases": here.height})
    schema: dict[str, Any] = {line: result.table.schema[line] for line in lines}
    schema |= {"tau_b": pl.Float64, "n_cases": pl.Int64}
    return pl.DataFrame(rows, schema=schema)
