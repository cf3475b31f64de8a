"""Agreement on facets among passages that coders gave the same code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis.agreement.study.coefficients import Asking, estimate_ratings
from crosscase.analysis.agreement.study.decisions import Decisions
from crosscase.errors import Degenerate, NotEnoughEvidence


def facet_table(
    items: Decisions, codings: pl.DataFrame, facets: Sequence[str], asking: Asking, threshold: float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One row per facet, and the codings behind it.

    Items are passages that two coders or more gave the same code; a facet that a coder left open is missing for that
    coder. ``n_differ`` counts items with two answers or more.
    """
    answers = items.links.join(codings.select("coding_id", *facets), on="coding_id", how="left")
    both = items.gave.any(axis=2).sum(axis=1) >= 2
    answers = answers.filter(pl.Series(both[answers["row"].to_numpy()]))
    if answers.is_empty():
        raise NotEnoughEvidence("no passage has the same code from two coders", where="agreement on facets")
    sources = items.rows["source"].to_list()
    found, lineage = [], []
    for facet in facets:
        row, chosen = _row(facet, answers, sources, len(items.raters), asking)
        found.append(row)
        lineage.append(chosen)
    lost = pl.col("n_differ") * (threshold - pl.col("value")).clip(0)
    table = pl.DataFrame(found, schema=_SCHEMA, orient="row").sort(lost.fill_null(-1.0), descending=True)
    return table, pl.concat(lineage)


_SCHEMA: dict[str, Any] = {
    "facet": pl.String,
    "coefficient": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "not_defined": pl.String,
    "same_answer": pl.Float64,
    "n_sources": pl.Int64,
    "n_units": pl.Int64,
    "n_coders": pl.Int64,
    "n_differ": pl.Int64,
    "method": pl.String,
}


def _row(
    facet: str, answers: pl.DataFrame, sources: Sequence[str], n_raters: int, asking: Asking
) -> tuple[dict[str, Any], pl.DataFrame]:
    mine = answers.filter(pl.col(facet).is_not_null())
    mine = mine.filter(pl.len().over("row") >= 2).sort("row", "rater")
    rows = mine["row"].unique(maintain_order=True).to_list()
    place = {row: n for n, row in enumerate(rows)}
    ratings = np.full((len(rows), n_raters), None, dtype=object)
    for row, rater, value in mine.select("row", "rater", facet).iter_rows():
        ratings[place[row], rater] = value
    per_item = mine.group_by("row", maintain_order=True).agg(pl.col(facet).n_unique().alias("n"))
    differ = dict(per_item.iter_rows())
    clusters = [sources[row] for row in rows]
    whole: dict[str, Any] = {
        "facet": facet,
        "n_sources": len(set(clusters)),
        "n_units": len(rows),
        "n_coders": mine["rater"].n_unique(),
        "n_differ": sum(n > 1 for n in differ.values()),
        "same_answer": float(np.mean([n == 1 for n in differ.values()])) if rows else None,
    }
    try:
        if not rows:
            raise Degenerate("no passage has an answer from two coders")
        if asking.coefficient == "positive":
            raise Degenerate("positive agreement belongs to one code")
        value = estimate_ratings(_used(ratings, asking), clusters, asking)
        whole |= {"coefficient": value.coefficient, "value": value.value, "low": value.low, "high": value.high}
        whole |= {"method": value.method, "not_defined": value.note if value.low is None else ""}
    except Degenerate as reason:
        whole["not_defined"] = f"not defined: {reason.what}"
    part = pl.col("row").replace_strict(differ, return_dtype=pl.Int64)
    chosen = mine.select(
        pl.lit(facet).alias("facet"),
        "coding_id",
        part=pl.when(part > 1).then(pl.lit("differs")).otherwise(pl.lit("agreed")),
    )
    return whole, chosen


def _used(ratings: Any, asking: Asking) -> Any:
    if asking.coefficient not in ("kappa", "scott"):
        return ratings
    return ratings[:, [any(v is not None for v in column) for column in ratings.T]]
