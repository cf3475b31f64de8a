"""The distribution of work: which share of the work in each domain sits with whom, in each case.

Descriptive and free of a model: counts of codings per source, put together by the Bayesian bootstrap over sources
(``analysis.bootstrap``). See ``docs/methods/distribution.md`` for a worked example.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from crosscase.analysis.bootstrap import Floats
from crosscase.analysis.cells import Cells, Weighting, arrange_cells, spread_over_others
from crosscase.analysis.located import (
    CoderHandling,
    Division,
    divide_work,
    located_codings,
    order_cells,
    unstated_locus,
)
from crosscase.analysis.result import Result, framework_name, provenance
from crosscase.analysis.support import all_cases
from crosscase.errors import AnalysisError, NotEnoughEvidence, NotFound
from crosscase.model.framework import Framework

__all__ = [
    "WEIGHTINGS",
    "CoderHandling",
    "Distribution",
    "Weighting",
    "distribution",
    "distributions",
    "located_codings",
    "source_weights",
    "spread_denials",
    "unstated_locus",
    "weightings",
]

CellOf = Literal["locus", "mode"]
WEIGHTINGS: tuple[Weighting, ...] = ("source", "volume", "levels")


@dataclass(frozen=True)
class Distribution(Result):
    """Shares of the work with their intervals; ``table`` has a row per case, domain and locus.

    Columns: the cell's keys, ``share`` (posterior mean), ``low``, ``high``, ``n_codings`` and ``n_sources`` that name
    the locus, ``affirmed`` and ``denied`` (their weight), ``n_located`` (sources that locate work in the cell's
    domain at all). The shares of the loci add up to 1; *not stated* is a share of its own, of all codings. A domain
    without evidence has no share, and the interval from 0 to 1.
    """

    def share(self, case: str, domain: str, locus: str) -> float:
        """Share of a domain's work that a locus holds in a case.

        Raises ``NotFound`` for an unknown cell and ``NotEnoughEvidence`` where no source locates work.
        """
        first, second, last = self.keys[0], self.keys[1], self.keys[-1]
        cell = self.table.filter((pl.col(first) == case) & (pl.col(second) == domain) & (pl.col(last) == locus))
        if cell.is_empty():
            raise NotFound(f"no cell {case} × {domain} × {locus}", mend="see the table's keys")
        if cell.height > 1:
            raise NotFound(f"{cell.height} cells for {case} × {domain} × {locus}", mend="filter the table instead")
        share = cell["share"][0]
        if share is None:
            raise NotEnoughEvidence(f"no source says who does the work of {domain} in {case}")
        return float(share)


def distribution(
    evidence: pl.DataFrame,
    framework: Framework,
    *,
    by: Sequence[str] = ("case", "domain"),
    cell: CellOf = "locus",
    weighting: Weighting = "source",
    draws: int = 4000,
    seed: int = 1,
    level: float = 0.90,
    prior: float = 1.0,
    coder_handling: CoderHandling = "average",
    cases: Sequence[str] | None = None,
) -> Distribution:
    """Who does the work, or how it is done: shares of each locus (or mode) per case and domain, with intervals.

    Parameters
    ----------
    evidence
        A row per coding, as ``study.evidence()`` returns it.
    by
        What makes up a cell, besides the locus: ``"case"``, one of ``"domain"``, ``"subdomain"`` and ``"code"``, and
        what splits the accounts, such as ``"level"``, ``"kind"``, ``"role"``, ``"subject"``, ``"coder"``,
        ``"actuality"`` or a column that you added.
    cell
        Divide the work among those who do it (``"locus"``) or among ways of doing it (``"mode"``).
    weighting
        Every source once (``"source"``), by its number of codings (``"volume"``), or every level of the system the
        same (``"levels"``).
    draws, seed, level
        Posterior draws, their seed, and the probability inside the intervals.
    prior
        α₀, the weight of the prior atom in sources.
    coder_handling
        ``"average"``: several coders on one passage count as one item. ``"each"``: every coding counts.
    cases
        The study's cases; those without evidence are shown as unknown.

    Returns
    -------
    Distribution

    Raises
    ------
    AnalysisError
        The framework has no facet that says who does the work (or how), or ``by`` names something unknown.

    Notes
    -----
    A denial ("the central office does *not* write curriculum") spreads its weight over the other loci in proportion
    to what the case's sources affirm there, so that it counts against the locus and for no particular rival.

    With a_g = 1 per source, n_gl the weight of source g for locus l and p_l its pooled share,
    ``share = (Σ_g (n_gl + p_l) / (n_g + 1) + α₀ / K) / (G + α₀)``.

    Split by actuality, every coding weighs the same: what is espoused is then compared with what is enacted, and not
    discounted against it.

    References
    ----------
    Ferguson (1973) Annals of Statistics 1:209-230; Rubin (1981) Annals of Statistics 9:130-134; Kish (1965) *Survey
    Sampling*.
    """
    check_weighting(weighting)
    work = divide_work(evidence, framework, by=by, cell=cell, coder_handling=coder_handling)
    cells = work_cells(work, framework, all_cases(evidence, cases))
    options = {"prior": prior, "draws": draws, "seed": seed, "level": level}
    ends = cells.ends(weighting, prior, draws, seed, level)
    return _result(work, cells, framework, weighting, options, coder_handling, ends)


def distributions(
    evidence: pl.DataFrame,
    framework: Framework,
    *,
    main: Weighting = "source",
    by: Sequence[str] = ("case", "domain"),
    cell: CellOf = "locus",
    draws: int = 4000,
    seed: int = 1,
    level: float = 0.90,
    prior: float = 1.0,
    cases: Sequence[str] | None = None,
) -> dict[str, Distribution]:
    """The distribution of work under all weightings.

    The ``main`` one is complete. The others have a share in every cell, and intervals in the cells where some share
    leaves the main interval: only there does the weighting matter.
    """
    check_weighting(main)
    work = divide_work(evidence, framework, by=by, cell=cell)
    cells = work_cells(work, framework, all_cases(evidence, cases))
    options = {"prior": prior, "draws": draws, "seed": seed, "level": level}
    ends = cells.ends(main, prior, draws, seed, level)
    differs = np.zeros(len(ends), dtype=bool)
    for name in WEIGHTINGS:
        mean = cells.expected(name, prior)
        differs |= ((mean < ends[:, :, 0]) | (mean > ends[:, :, 1])).any(axis=1)
    which = np.flatnonzero(differs)
    found = {main: _result(work, cells, framework, main, options, "average", ends)}
    for name in WEIGHTINGS:
        if name != main:
            partly = np.full(ends.shape, np.nan)
            partly[which] = cells.pick(which).ends(name, prior, draws, seed, level)
            found[name] = _result(work, cells, framework, name, options, "average", partly)
    return {name: found[name] for name in WEIGHTINGS}


def check_weighting(weighting: str) -> None:
    """Refuse a weighting that does not exist."""
    if weighting not in WEIGHTINGS:
        raise AnalysisError(f"unknown weighting {weighting!r}", mend=f"use one of {', '.join(WEIGHTINGS)}")


def work_cells(work: Division, framework: Framework, cases: Sequence[str]) -> Cells:
    """The weighed codings put into cells, those of the study's cases and domains first."""
    table = order_cells(work, framework, cases)
    return arrange_cells(work.rows, table, work.categories, work.unstated, work.cell)


def weightings(
    evidence: pl.DataFrame,
    framework: Framework,
    *,
    by: Sequence[str] = ("case", "domain"),
    cell: CellOf = "locus",
    prior: float = 1.0,
    draws: int = 4000,
    seed: int = 1,
    level: float = 0.90,
) -> pl.DataFrame:
    """The shares under the three weightings side by side.

    Returns
    -------
    One row per case, domain and locus: ``source``, ``volume``, ``levels`` (shares), ``low``, ``high`` (the interval
    under ``source``) and ``differs``: whether a weighting leaves that interval.
    """
    work = divide_work(evidence, framework, by=by, cell=cell)
    cells = work_cells(work, framework, all_cases(evidence, None))
    ends = cells.ends("source", prior, draws, seed, level)
    result = _shares(cells, cells.expected("source", prior), ends, work.cell, work.unstated)
    # Means need no draws.
    for name in WEIGHTINGS:
        result = result.with_columns(pl.Series(name, cells.expected(name, prior).ravel()).fill_nan(None))
    outside = [(pl.col(n) < pl.col("low")) | (pl.col(n) > pl.col("high")) for n in WEIGHTINGS[1:]]
    result = result.with_columns(differs=pl.any_horizontal(outside))
    return result.select(*work.keys, *WEIGHTINGS, "low", "high", "differs")


def spread_denials(affirmed: Floats, denied: Floats) -> Floats:
    """Counts per source and locus of one cell, after denials were divided among the other loci."""
    return spread_over_others(affirmed, denied, affirmed.sum(axis=0)[None, :])


def source_weights(counts: Floats, levels: Sequence[str], weighting: Weighting) -> Floats:
    """How much each source of one cell counts, in any unit."""
    if weighting == "volume":
        volume: Floats = counts.sum(axis=1)
        return volume
    if weighting == "levels":
        _, which, sizes = np.unique(np.array(levels, dtype=object), return_inverse=True, return_counts=True)
        even: Floats = 1.0 / sizes[which]
        return even
    return np.ones(len(counts))


def _result(
    work: Division,
    cells: Cells,
    framework: Framework,
    weighting: Weighting,
    options: Mapping[str, float],
    coder_handling: CoderHandling,
    ends: Floats,
) -> Distribution:
    mean = cells.expected(weighting, options["prior"])
    shares = _shares(cells, mean, ends, work.cell, work.unstated)
    return Distribution(
        table=_counted(shares, work),
        parameters=provenance(
            work.kept,
            work.left_out,
            framework_name(framework),
            by=list(work.by),
            cell=work.cell,
            weighting=weighting,
            **options,
            coder_handling=coder_handling,
            n_outside_framework=work.kept.height - work.rows.height,
        ),
        keys=work.keys,
        lineage=work.rows.select(*work.keys, "coding_id", "part", "item", "affirmed", "denied"),
        codings=work.kept,
    )


def _shares(cells: Cells, mean: Floats, ends: Floats, category: str, unstated: str) -> pl.DataFrame:
    """A row per cell and category, *not stated* last: share and interval."""
    n_rows = mean.shape[1]
    known = np.isfinite(mean)
    each = cells.table.select(pl.all().repeat_by(n_rows).explode(empty_as_null=True))
    names = pl.Series(category, [*cells.categories, unstated] * cells.table.height, dtype=pl.String)
    return each.with_columns(
        names,
        pl.Series("share", mean.ravel()).fill_nan(None),
        pl.Series("low", np.where(known, ends[:, :, 0], 0.0).ravel()).fill_nan(None),
        pl.Series("high", np.where(known, ends[:, :, 1], 1.0).ravel()).fill_nan(None),
        pl.Series("n_located", np.repeat(cells.n_located(), n_rows)),
    )


def _counted(shares: pl.DataFrame, work: Division) -> pl.DataFrame:
    """The shares with the counts of codings and sources behind each."""
    counted = (
        work.rows.filter(pl.col("part") != "set aside")
        .group_by(*work.keys)
        .agg(
            n_codings=pl.len().cast(pl.Int64),
            n_sources=pl.col("source").n_unique().cast(pl.Int64),
            affirmed=pl.col("affirmed").sum(),
            denied=pl.col("denied").sum(),
        )
    )
    joined = shares.join(counted, on=list(work.keys), how="left", nulls_equal=True, maintain_order="left")
    numbers = ("n_codings", "n_sources", "affirmed", "denied")
    return joined.with_columns(pl.col(*numbers).fill_null(0)).select(
        *work.keys, "share", "low", "high", *numbers, "n_located"
    )
