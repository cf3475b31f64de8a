"""Matrices within and across cases: what was coded where, counted by codings and by sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from crosscase.analysis.located import known_order, with_keys
from crosscase.analysis.result import Result, framework_name, provenance
from crosscase.analysis.support import about_cases, weigh
from crosscase.model.framework import Framework


@dataclass(frozen=True)
class Matrix(Result):
    """Counts per cell; ``table`` has a row per combination, with 0 where nothing was coded.

    Columns: the keys, ``n_codings``, ``n_sources``, ``affirmed`` and ``denied`` (weights of the codings).
    """

    def wide(self, value: str = "n_codings") -> pl.DataFrame:
        """The matrix as it is drawn: a line per row (and cell), a column per value of the columns."""
        columns = self.keys[1]
        lines = [key for key in self.keys if key != columns]
        return self.table.pivot(columns, index=lines, values=value, maintain_order=True)


def compare(
    evidence: pl.DataFrame,
    framework: Framework,
    rows: str = "domain",
    columns: str = "case",
    cell: str | None = "locus",
    by: str | None = None,
) -> Matrix:
    """A matrix of codings, such as domain × case with the loci in each cell.

    Parameters
    ----------
    evidence
        A row per coding, as ``study.evidence()`` returns it.
    rows, columns
        Evidence columns that make the lines and columns of the matrix.
    cell
        What is counted inside a cell: a facet, ``"code"``, or ``None`` for the codings as a whole.
    by
        A further column that splits the matrix, such as ``"kind"``, ``"level"`` or ``"coder"``.

    Returns
    -------
    Matrix
        Counts are of codings as they stand: two coders on one passage are two codings (and one source).

    Raises
    ------
    AnalysisError
        A column is not in the evidence, or is named twice.
    """
    kept, left_out = about_cases(evidence)
    keys = tuple(name for name in (rows, columns, cell, by) if name is not None)
    kept = with_keys(kept, framework, keys)
    weighted = weigh(kept, framework.rules)
    counted = weighted.group_by(keys).agg(
        n_codings=pl.len().cast(pl.Int64),
        n_sources=pl.col("source").n_unique().cast(pl.Int64),
        affirmed=pl.col("affirmed").sum(),
        denied=pl.col("denied").sum(),
    )
    table = _grid(counted, framework, keys).join(counted, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return Matrix(
        table=table.with_columns(pl.col("n_codings", "n_sources", "affirmed", "denied").fill_null(0)),
        parameters=provenance(kept, left_out, framework_name(framework), rows=rows, columns=columns, cell=cell, by=by),
        keys=keys,
        lineage=weighted.select(
            *keys,
            "coding_id",
            part=pl.when(pl.col("affirmed") + pl.col("denied") == 0)
            .then(pl.lit("set aside"))
            .when(pl.col("denied") == 0)
            .then(pl.lit("affirms"))
            .when(pl.col("affirmed") == 0)
            .then(pl.lit("denies"))
            .otherwise(pl.lit("both")),
        ),
        codings=kept,
    )


def _grid(counted: pl.DataFrame, framework: Framework, keys: Sequence[str]) -> pl.DataFrame:
    """Every cell that could hold something: all columns beside every row × cell that was seen anywhere."""
    columns = keys[1]
    lines = [key for key in keys if key != columns]
    grid = counted.select(lines).unique().join(counted.select(columns).unique(), how="cross")
    return _in_order(grid, framework, keys)


def _in_order(grid: pl.DataFrame, framework: Framework, keys: Sequence[str]) -> pl.DataFrame:
    """The framework's order of domains, codes and facet values; alphabetical elsewhere, nothing last."""
    ranks = []
    for key in keys:
        known = known_order(framework, key)
        place = {name: i for i, name in enumerate(known)}
        ranks.append(pl.col(key).replace_strict(place, default=len(known), return_dtype=pl.Int64))
        ranks.append(pl.col(key))
    return grid.sort(ranks, nulls_last=True).select(keys)
