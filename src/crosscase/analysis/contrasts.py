"""Contrasts: by how much two cases, levels, kinds or periods differ in who does the work, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis.bootstrap import Floats, cell_key, interval, paired_shares, stream
from crosscase.analysis.cells import Cells, arrange_cells
from crosscase.analysis.located import Division, divide_work, order_cells
from crosscase.analysis.result import Result, framework_name, provenance
from crosscase.analysis.support import all_cases
from crosscase.errors import AnalysisError
from crosscase.model.framework import Framework

_SCHEMA: dict[str, type[pl.DataType]] = {
    "one": pl.String,
    "other": pl.String,
    "share_one": pl.Float64,
    "share_other": pl.Float64,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "probability": pl.Float64,
    "n_sources_one": pl.Int64,
    "n_sources_other": pl.Int64,
    "paired": pl.Boolean,
}


@dataclass(frozen=True)
class Contrast(Result):
    """Differences of shares; ``table`` has a row per group, pair and locus.

    Columns: the keys of the group, ``one`` and ``other`` (what is compared), the locus or mode, ``share_one``,
    ``share_other``, ``difference`` (one − other), ``low``, ``high``, ``probability`` that the share is larger in
    ``one``, the numbers of sources, and ``paired``: whether the same sources speak on both sides. Where one side has
    no evidence the difference is null and its interval from −1 to 1.
    """

    def difference(self, **cell: str) -> float | None:
        """The difference in the one row that matches; raises ``AnalysisError`` unless exactly one does."""
        rows = self.table
        for name, wanted in cell.items():
            rows = rows.filter(pl.col(name) == wanted)
        if rows.height != 1:
            raise AnalysisError(f"{rows.height} rows match {cell}", mend=f"name {', '.join(self.keys)}")
        value: float | None = rows["difference"][0]
        return value


def contrasts(
    evidence: pl.DataFrame,
    framework: Framework,
    *,
    between: str = "case",
    pairs: Sequence[tuple[str, str]] | None = None,
    by: Sequence[str] = ("case", "domain"),
    cell: str = "locus",
    draws: int = 4000,
    seed: int = 1,
    level: float = 0.90,
    prior: float = 1.0,
) -> Contrast:
    """By how much two cases (or levels, kinds, periods …) differ in who does the work.

    Parameters
    ----------
    evidence
        A row per coding, as ``study.evidence()`` returns it.
    between
        What is compared: ``"case"``, ``"level"``, ``"kind"``, ``"role"``, ``"actuality"``, ``"subject"``,
        ``"coder"``, ``"period"`` (a column that ``with_periods`` adds).
    pairs
        Which values are compared, the first minus the second; by default every pair.
    by, cell, draws, seed, level, prior
        As in ``distribution``. Between cases the case is no part of the group.

    Raises
    ------
    AnalysisError
        There is nothing to compare.

    Notes
    -----
    The draws of ``distribution`` are subtracted draw by draw. Cells that take their evidence from different sources
    are independent. Where the same sources speak on both sides (enacted against espoused, two subjects, two coders) a
    source has one weight per draw in both cells, so that what sources have in common cancels. The probability counts
    draws, (k + ½) / (n + 1), and is never exactly 0 or 1.

    References
    ----------
    Rubin (1981) Annals of Statistics 9:130-134.
    """
    groups = [key for key in by if key != between]
    work = divide_work(evidence, framework, by=(*groups, between), cell=cell)
    table = order_cells(work, framework, all_cases(evidence, None)).drop_nulls(between)
    cells = arrange_cells(work.rows, table, work.categories, work.unstated, work.cell)
    wanted = list(pairs) if pairs is not None else _pairs(cells, between)
    if not wanted:
        found = ", ".join(table[between].unique().sort()) or "nothing"
        raise AnalysisError(
            f"there is nothing to compare between {between}s: {found}", mend="compare what has at least two values"
        )
    drawn = _Drawn(cells, prior, draws, seed, level)
    rows = _rows(cells, groups, between, wanted, drawn)
    return Contrast(
        table=_table(rows, work, groups),
        parameters=provenance(
            work.kept,
            work.left_out,
            framework_name(framework),
            between=between,
            pairs=[list(pair) for pair in wanted],
            by=list(by),
            cell=cell,
            draws=draws,
            seed=seed,
            level=level,
            prior=prior,
        ),
        keys=(*groups, "one", "other", cell),
        lineage=_lineage(work, groups, between, wanted),
        codings=work.kept,
    )


@dataclass
class _Drawn:
    """Draws of cells, made when they are first needed."""

    cells: Cells
    prior: float
    draws: int
    seed: int
    level: float

    def __post_init__(self) -> None:
        self.known: dict[int, Floats] = {}
        self.mean = self.cells.expected("source", self.prior)

    def of(self, c: int) -> Floats:
        if c not in self.known:
            self.known[c] = self.cells.draws(c, self.prior, self.draws, cell_key(self.seed, self.cells.table.row(c)))
        return self.known[c]

    def pair(self, one: int, other: int) -> tuple[Floats, Floats, bool]:
        """Draws of two cells that go together: shares of the categories and of *not stated*."""
        mine, theirs = self.cells.of_cell(one), self.cells.of_cell(other)
        shared = set(mine.sources) & set(theirs.sources)
        if not shared:
            return self.of(one), self.of(other), False
        names = {name: i for i, name in enumerate(sorted({*mine.sources, *theirs.sources}))}
        whole = []
        for part in (mine, theirs):
            place = np.array([names[s] for s in part.sources])
            counts = np.zeros((2, len(names), part.counts.shape[1]))
            counts[0, place] = part.counts
            counts[1, place, 0], counts[1, place, 1] = part.unstated, part.counts.sum(axis=1)
            whole += [counts[0], counts[1, :, :2]]
        key = (self.cells.table.row(one), self.cells.table.row(other))
        rng = stream(self.seed, "paired", *key)
        a, a_silent, b, b_silent = paired_shares(whole, self.prior, self.draws, rng, len(names))
        return np.hstack([a, a_silent[:, :1]]), np.hstack([b, b_silent[:, :1]]), True


def _pairs(cells: Cells, between: str) -> list[tuple[str, str]]:
    return list(combinations(cells.table[between].unique(maintain_order=True).to_list(), 2))


def _rows(
    cells: Cells, groups: Sequence[str], between: str, pairs: Sequence[tuple[str, str]], drawn: _Drawn
) -> list[dict[str, Any]]:
    place = {
        (tuple(row[g] for g in groups), row[between]): c for c, row in enumerate(cells.table.iter_rows(named=True))
    }
    order = list(dict.fromkeys(group for group, _ in place))
    rows: list[dict[str, Any]] = []
    for group in order:
        for one, other in pairs:
            a, b = place.get((group, one)), place.get((group, other))
            if a is None or b is None:
                continue
            keys = {**dict(zip(groups, group, strict=True)), "one": one, "other": other}
            rows += _compare(a, b, cells, drawn, keys)
    return rows


def _compare(a: int, b: int, cells: Cells, drawn: _Drawn, keys: Mapping[str, Any]) -> list[dict[str, Any]]:
    mean_a, mean_b = drawn.mean[a], drawn.mean[b]
    draws_a, draws_b, paired = drawn.pair(a, b)
    gap = draws_a - draws_b
    low, high = interval(gap, drawn.level)
    above = ((gap > 0).sum(axis=0) + 0.5) / (len(gap) + 1.0)
    located = cells.n_located()
    found = []
    for k in range(len(mean_a)):
        known = bool(np.isfinite(mean_a[k]) and np.isfinite(mean_b[k]))
        found.append(
            {
                **keys,
                "category": k,
                "share_one": None if np.isnan(mean_a[k]) else float(mean_a[k]),
                "share_other": None if np.isnan(mean_b[k]) else float(mean_b[k]),
                "difference": float(mean_a[k] - mean_b[k]) if known else None,
                "low": float(low[k]) if known else -1.0,
                "high": float(high[k]) if known else 1.0,
                "probability": float(above[k]) if known else None,
                "n_sources_one": int(located[a]),
                "n_sources_other": int(located[b]),
                "paired": paired,
            }
        )
    return found


def _table(rows: Sequence[Mapping[str, Any]], work: Division, groups: Sequence[str]) -> pl.DataFrame:
    names = (*work.categories, work.unstated)
    schema: dict[str, Any] = {g: work.rows.schema[g] for g in groups}
    schema |= {"category": pl.Int64, **_SCHEMA}
    frame = pl.DataFrame(rows, schema=schema)
    named = pl.col("category").replace_strict(dict(enumerate(names)), return_dtype=pl.String).alias(work.cell)
    rest = [name for name in _SCHEMA if name not in ("one", "other")]
    return frame.with_columns(named).select(*groups, "one", "other", work.cell, *rest)


def _lineage(work: Division, groups: Sequence[str], between: str, pairs: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """Every coding behind a difference; ``side`` says on which side it stands."""
    sides = []
    for one, other in pairs:
        for value, side in ((one, "one"), (other, "other")):
            sides.append({between: value, "one": one, "other": other, "side": side})
    frame = pl.DataFrame(sides, schema=dict.fromkeys((between, "one", "other", "side"), pl.String))
    joined = work.rows.join(frame, on=between, how="inner", maintain_order="left")
    return joined.select(*groups, "one", "other", work.cell, "coding_id", "part", "side", "item", "affirmed", "denied")
