"""Cells: for every group of sources (a case and domain, say) the weights per source and category, as arrays.

A hundred thousand cells are held as one table of sources × categories with the first row of every cell, and nothing
below loops over cells, sources or draws in Python.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from crosscase.analysis.bootstrap import Floats, Ints, cell_key, tails

Weighting = Literal["source", "volume", "levels"]
_ROWS_AT_ONCE = 262_144


@dataclass(frozen=True)
class Cells:
    """Weights per source and category in every cell.

    Attributes
    ----------
    table
        One row per cell: its keys.
    categories
        What work is divided among (loci, or modes); *not stated* is kept apart.
    start
        The first source of every cell in the arrays below, and the end of the last.
    counts
        Sources × categories, after denials were divided among the other categories.
    unstated
        Per source the weight of what leaves the category open.
    level
        Per source the number of the level that the account comes from.
    sources
        Names, in the order of the rows.
    """

    table: pl.DataFrame
    categories: tuple[str, ...]
    start: Ints
    counts: Floats
    unstated: Floats
    level: Ints
    sources: pl.Series

    @property
    def of_row(self) -> Ints:
        """The cell of every source row."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    def pick(self, which: Ints) -> Cells:
        """Some of the cells, in the order given."""
        rows = np.concatenate([np.arange(self.start[c], self.start[c + 1]) for c in which] or [np.zeros(0, dtype=int)])
        sizes = np.diff(self.start)[which]
        return Cells(
            table=self.table[which],
            categories=self.categories,
            start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            counts=self.counts[rows],
            unstated=self.unstated[rows],
            level=self.level[rows],
            sources=self.sources[rows],
        )

    def of_cell(self, c: int) -> Cells:
        """One cell alone."""
        return self.pick(np.array([c]))

    def draws(self, c: int, prior: float, draws: int, key: int) -> Floats:
        """Draws of one cell with sources that count alike, draws × (categories and *not stated*)."""
        from crosscase.analysis import share_kernel as kernel

        rows = slice(int(self.start[c]), int(self.start[c + 1]))
        out = np.empty((len(self.categories) + 1, draws), dtype=np.float32)
        kernel.draw_cells(
            np.array([0, rows.stop - rows.start]),
            np.ascontiguousarray(self.counts[rows]),
            np.ascontiguousarray(self.unstated[rows]),
            np.ones(rows.stop - rows.start),
            float(prior),
            np.array([key], dtype=np.uint64),
            np.zeros(0),
            kernel.new_lanes(),
            out,
            np.empty((1, len(out), 0)),
        )
        drawn: Floats = out.T.astype(np.float64)
        return drawn

    def n_located(self) -> Ints:
        """Sources per cell that name a category."""
        return self._sum((self.counts.sum(axis=1) > 0).astype(np.float64)).astype(np.int64)

    def expected(self, weighting: Weighting, prior: float) -> Floats:
        """Posterior means in closed form, cells × (categories and *not stated*); NaN where nothing is known."""
        located = self._mean(self.counts, weighting, prior)
        both = np.stack([self.counts.sum(axis=1), self.unstated], axis=1)
        silent = self._mean(both, weighting, prior)[:, 1:]
        whole: Floats = np.concatenate([located, silent], axis=1)
        return whole

    def ends(self, weighting: Weighting, prior: float, draws: int, seed: int, level: float) -> Floats:
        """Ends of the intervals, cells × (categories and *not stated*) × 2.

        The result depends on a cell's own evidence, its keys and the seed alone, not on the other cells or on the
        number of threads.
        """
        keys = np.array([cell_key(seed, row) for row in self.table.iter_rows()], dtype=np.uint64)
        if weighting == "source":
            alike = np.ones(len(self.counts))
            return self._drawn(self.start, self.counts, self.unstated, alike, prior, keys, draws, level)
        stated = self.counts.sum(axis=1)
        here = stated > 0
        start = np.concatenate([[0], np.cumsum(self._sum(here.astype(float)))]).astype(np.int64)
        shape = self._shapes(self.counts, weighting)
        nothing = np.zeros(int(here.sum()))
        located = self._drawn(start, self.counts[here], nothing, shape[here], prior, keys, draws, level)
        both = np.stack([self.unstated, stated], axis=1)
        shape = self._shapes(both, weighting)
        nothing = np.zeros(len(both))
        silent = self._drawn(self.start, both, nothing, shape, prior, keys, draws, level)
        located[:, -1] = silent[:, 0]
        return located

    def _drawn(
        self,
        start: Ints,
        counts: Floats,
        unstated: Floats,
        shape: Floats,
        prior: float,
        keys: np.typing.NDArray[np.uint64],
        draws: int,
        level: float,
    ) -> Floats:
        from crosscase.analysis import share_kernel as kernel

        n_cells, n_rows = len(keys), counts.shape[1] + 1
        ends = np.zeros((n_cells, n_rows, 2))
        workers = max(1, min(os.cpu_count() or 1, 8, n_cells // 4))
        cuts = np.linspace(0, n_cells, workers + 1).astype(int)

        def part(first: int, last: int) -> None:
            rows = slice(int(start[first]), int(start[last]))
            kernel.draw_cells(
                np.ascontiguousarray(start[first : last + 1] - start[first]),
                np.ascontiguousarray(counts[rows]),
                np.ascontiguousarray(unstated[rows]),
                np.ascontiguousarray(shape[rows]),
                float(prior),
                keys[first:last],
                np.array(tails(level)),
                kernel.new_lanes(),
                np.empty((n_rows, draws), dtype=np.float32),
                ends[first:last],
            )

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(part, cuts[:-1], cuts[1:]))
        return ends

    def _sum(self, values: Floats) -> Floats:
        return sum_cells(values, self.start)

    def _shapes(self, counts: Floats, weighting: Weighting) -> Floats:
        """a_g: how much every source counts, scaled to the effective number of sources; 0 where it says nothing."""
        amount = counts.sum(axis=1)
        here: Floats = (amount > 0).astype(np.float64)
        if weighting == "source":
            return here
        weight = amount if weighting == "volume" else here / self._alike(here)
        cell = self.of_row
        total, squares = self._sum(weight), self._sum(weight**2)
        scale = np.divide(total, squares, out=np.zeros_like(total), where=squares > 0)
        shape: Floats = weight * scale[cell]
        return shape

    def _alike(self, here: Floats) -> Floats:
        """Per source: how many sources of its cell come from its level (and say something)."""
        n_levels = int(self.level.max(initial=0)) + 1
        group = self.of_row * n_levels + self.level
        sizes = np.bincount(group, weights=here, minlength=1)
        alike: Floats = np.maximum(sizes[group], 1.0)
        return alike

    def _mean(self, counts: Floats, weighting: Weighting, prior: float) -> Floats:
        n_categories = counts.shape[1]
        amount = counts.sum(axis=1, keepdims=True)
        shape = self._shapes(counts, weighting)[:, None]
        total = self._sum(counts)
        known = total.sum(axis=1) > 0
        p = np.divide(total, total.sum(axis=1, keepdims=True), out=np.zeros_like(total), where=known[:, None])
        shares = (counts + p[self.of_row]) / (amount + 1.0)
        mean = (self._sum(shape * shares) + prior / n_categories) / (self._sum(shape) + prior + ~known[:, None])
        mean[~known] = np.nan
        checked: Floats = mean
        return checked


def arrange_cells(
    rows: pl.DataFrame, table: pl.DataFrame, categories: Sequence[str], unstated: str, category: str
) -> Cells:
    """Put weighed codings into cells.

    Parameters
    ----------
    rows
        Codings with the keys of ``table``, ``source``, ``level``, ``affirmed``, ``denied`` and the ``category``.
    table
        The cells, one row each; those without codings have no sources.
    """
    keys = table.columns
    numbered = table.with_row_index("_cell")
    sums = rows.group_by(*keys, "source", category).agg(
        pl.col("affirmed", "denied").sum(), _level=pl.col("level").fill_null("").min()
    )
    sums = sums.filter(pl.col("affirmed") + pl.col("denied") > 0)
    sums = sums.join(numbered, on=keys, how="inner", nulls_equal=True).sort("_cell", "source", category)
    row = sums.select(r=pl.struct("_cell", "source").rle_id())["r"].to_numpy().astype(np.int64)
    place = {name: k for k, name in enumerate((*categories, unstated))}
    column = sums[category].replace_strict(place, return_dtype=pl.Int64).to_numpy()
    n_rows = int(row[-1]) + 1 if len(row) else 0
    weight = np.zeros((2, n_rows, len(categories) + 1))
    # Rounded, because the order in which numbers were added up must not show.
    weight[0, row, column] = sums["affirmed"].round(9).to_numpy()
    weight[1, row, column] = sums["denied"].round(9).to_numpy()
    first = sums.with_columns(_row=pl.Series(row, dtype=pl.Int64)).group_by("_row", maintain_order=True).first()
    cell = first["_cell"].to_numpy().astype(np.int64)
    start = np.searchsorted(cell, np.arange(table.height + 1)).astype(np.int64)
    counts = np.empty((n_rows, len(categories)))
    totals = sum_cells(weight[0, :, :-1], start)
    for at in range(0, n_rows, _ROWS_AT_ONCE):
        part = slice(at, at + _ROWS_AT_ONCE)
        counts[part] = spread_over_others(weight[0, part, :-1], weight[1, part, :-1], totals[cell[part]])
    return Cells(
        table=table,
        categories=tuple(categories),
        start=start,
        counts=counts,
        unstated=weight[:, :, -1].sum(axis=0),
        level=first["_level"].rank("dense").cast(pl.Int64).to_numpy() - 1 if n_rows else np.zeros(0, dtype=np.int64),
        sources=first["source"],
    )


def sum_cells(values: Floats, start: Ints) -> Floats:
    """Sums over the sources of every cell; each from its own numbers alone, to the last bit."""
    sums = np.zeros((len(start) - 1, *values.shape[1:]))
    filled = np.diff(start) > 0
    if filled.any():
        sums[filled] = np.add.reduceat(values, start[:-1][filled], axis=0)
    return sums


def spread_over_others(affirmed: Floats, denied: Floats, total: Floats) -> Floats:
    """Counts per source and category after denials were divided among the other categories.

    A denial of l gives category j ≠ l the part p_j / (1 − p_l), where p are the affirmed shares of all sources of the
    cell together (``total``, per source row) with one coding spread evenly, so that a cell of denials only is defined.
    """
    n = affirmed.shape[1]
    p = (total + 1.0 / n) / (total.sum(axis=1, keepdims=True) + 1.0)
    told = denied / (1.0 - p)
    counts: Floats = affirmed + p * (told.sum(axis=1, keepdims=True) - told)
    return counts
