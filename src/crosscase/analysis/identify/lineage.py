"""Which codings stand behind each cell of an identification, and on which side."""

from __future__ import annotations

import polars as pl

from crosscase.analysis.conditions import condition_lineage
from crosscase.model.framework import Framework, IdealType

COLUMNS = ("case", "type", "domain", "condition", "coding_id", "part")


def trace(located: pl.DataFrame | None, spoken: pl.DataFrame, framework: Framework) -> pl.DataFrame:
    """A row per cell and coding; cells are case × domain, case × condition and case × type.

    For a type the part is ``for``, ``against`` or ``both`` relative to what the type expects: its locus in the
    domains that it settles, and its sign in the conditions of its rule.
    """
    of_conditions = condition_lineage(spoken).select("case", "condition", "coding_id", "part")
    parts = [_fill(of_conditions)]
    if located is not None:
        parts.append(_fill(located.select("case", "domain", "coding_id", "part")))
    for ideal in framework.types:
        parts.append(_fill(_by_sign(of_conditions, ideal)))
        if located is not None:
            parts.append(_fill(_by_locus(located, ideal)))
    return pl.concat(parts)


def _by_sign(of_conditions: pl.DataFrame, ideal: IdealType) -> pl.DataFrame:
    signs = ideal.formula.signs()
    rows = of_conditions.filter(pl.col("condition").is_in(list(signs)))
    absent = pl.col("condition").is_in([name for name, wanted in signs.items() if not wanted])
    turned = pl.col("part").replace({"for": "against", "against": "for"})
    return rows.with_columns(type=pl.lit(ideal.id), part=pl.when(absent).then(turned).otherwise(pl.col("part")))


def _by_locus(located: pl.DataFrame, ideal: IdealType) -> pl.DataFrame:
    """Affirming the expected locus, or denying another, is for the type; the reverse is against it."""
    expected = {d: locus for d in located["domain"].unique() if (locus := ideal.expects(d)) is not None}
    telling = pl.col("part").is_in(["affirms", "denies", "both"])
    rows = located.filter(telling & pl.col("domain").is_in(list(expected)))
    right = pl.col("locus") == pl.col("domain").replace_strict(expected, default=None, return_dtype=pl.String)
    part = (
        pl.when(pl.col("part") == "both")
        .then(pl.lit("both"))
        .when(right == (pl.col("part") == "affirms"))
        .then(pl.lit("for"))
        .otherwise(pl.lit("against"))
    )
    return rows.select("case", "domain", "coding_id", type=pl.lit(ideal.id), part=part)


def _fill(rows: pl.DataFrame) -> pl.DataFrame:
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in COLUMNS if name not in rows.columns]
    return rows.with_columns(missing).select(COLUMNS)
