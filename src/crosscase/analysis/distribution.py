"""The distribution of work: which share of the work in each domain sits with whom, in each case.

Descriptive and free of a model: counts of codings per source, put together by the Bayesian bootstrap over sources
(``analysis.bootstrap``). See ``docs/methods/distribution.md`` for a worked example.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import polars as pl

from crosscase.analysis.bootstrap import Floats, draw_shares, expected_shares, interval, stream
from crosscase.analysis.items import align_codings
from crosscase.analysis.result import Result, framework_name, provenance
from crosscase.analysis.support import about_cases, all_cases, weigh
from crosscase.errors import AnalysisError, NotEnoughEvidence, NotFound
from crosscase.model.framework import Framework

Weighting = Literal["source", "volume", "levels"]
CoderHandling = Literal["average", "each"]
_WEIGHTINGS: tuple[Weighting, ...] = ("source", "volume", "levels")
_COUNTS = {"affirmed": pl.Float64, "denied": pl.Float64}


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
        cell = self.table.filter((pl.col("case") == case) & (pl.col("domain") == domain) & (pl.col("locus") == locus))
        if cell.is_empty():
            raise NotFound(f"no cell {case} × {domain} × {locus}", mend="see the table's keys")
        if cell.height > 1:
            raise NotFound(f"{cell.height} cells for {case} × {domain} × {locus}", mend="filter the table instead")
        share = cell["share"][0]
        if share is None:
            raise NotEnoughEvidence(f"no source says who does the work of {domain} in {case}")
        return float(share)


@dataclass(frozen=True)
class _Cell:
    """One group of sources (a case and domain, say): weights per source and locus."""

    key: tuple[object, ...]
    affirmed: Floats
    denied: Floats
    unstated: Floats
    levels: tuple[str, ...]


def distribution(
    evidence: pl.DataFrame,
    framework: Framework,
    *,
    by: Sequence[str] = ("case", "domain"),
    weighting: Weighting = "source",
    draws: int = 4000,
    seed: int = 1,
    level: float = 0.90,
    prior: float = 1.0,
    coder_handling: CoderHandling = "average",
    cases: Sequence[str] | None = None,
) -> Distribution:
    """Who does the work: shares of each locus per case and domain, with intervals.

    Parameters
    ----------
    evidence
        A row per coding, as ``study.evidence()`` returns it.
    by
        Evidence columns that make up a cell, besides the locus; add ``"level"``, ``"kind"`` or ``"subject"`` to
        compare accounts.
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
        The framework has no facet that says who does the work.

    Notes
    -----
    A denial ("the central office does *not* write curriculum") spreads its weight over the other loci in proportion
    to what the case's sources affirm there, so that it counts against the locus and for no particular rival.

    With a_g = 1 per source, n_gl the weight of source g for locus l and p_l its pooled share,
    ``share = (Σ_g (n_gl + p_l) / (n_g + 1) + α₀ / K) / (G + α₀)``.

    References
    ----------
    Ferguson (1973) Annals of Statistics 1:209-230; Rubin (1981) Annals of Statistics 9:130-134; Kish (1965) *Survey
    Sampling*.
    """
    if weighting not in _WEIGHTINGS:
        raise AnalysisError(f"unknown weighting {weighting!r}", mend=f"use one of {', '.join(_WEIGHTINGS)}")
    keys = tuple(by)
    kept, left_out = about_cases(evidence)
    rows = located_codings(kept, framework, coder_handling)
    cells = _cells(rows, framework, keys, all_cases(evidence, cases))
    one = partial(_shares, framework=framework, weighting=weighting, prior=prior, draws=draws, seed=seed, level=level)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        blocks = list(pool.map(one, cells))
    table = _table(blocks, keys, rows)
    return Distribution(
        table=table,
        parameters=provenance(
            kept,
            left_out,
            framework_name(framework),
            by=list(keys),
            weighting=weighting,
            draws=draws,
            seed=seed,
            level=level,
            prior=prior,
            coder_handling=coder_handling,
            n_outside_framework=kept.height - rows.height,
        ),
        keys=(*keys, "locus"),
        lineage=rows.select(*keys, "locus", "coding_id", "part", "item", "affirmed", "denied"),
        codings=kept,
    )


def located_codings(codings: pl.DataFrame, framework: Framework, coder_handling: CoderHandling) -> pl.DataFrame:
    """Codings of the framework's domains with ``locus``, ``part``, ``item``, ``affirmed`` and ``denied``.

    The weights are divided by the number of codings in the item. A coding without a locus is *not stated*.
    """
    rules = framework.rules
    if rules.locus is None or not framework.loci:
        raise AnalysisError(
            f"{framework.title} has no facet that says who does the work, so there is no distribution of it",
            where=framework.id,
            mend="use a framework whose rules name a locus facet",
        )
    unstated = unstated_locus(framework)
    if rules.locus not in codings.columns:
        codings = codings.with_columns(pl.lit(None, dtype=pl.String).alias(rules.locus))
    inside = codings.filter(pl.col("domain").is_in([d.id for d in framework.domains]))
    inside = inside.with_columns(locus=pl.col(rules.locus).fill_null(unstated))
    unknown = sorted(set(inside["locus"].unique()) - {*framework.loci, unstated})
    if unknown:
        raise AnalysisError(
            f"{', '.join(unknown)} is no value of the facet {rules.locus}",
            where=f"{inside.filter(pl.col('locus').is_in(unknown)).height} codings",
            mend="correct the codings or the framework",
        )
    rows = align_codings(weigh(inside, rules), "domain")
    if coder_handling == "average":
        rows = rows.with_columns(pl.col("affirmed", "denied") / pl.col("n_in_item"))
    return rows.with_columns(
        part=pl.when(pl.col("affirmed") + pl.col("denied") == 0)
        .then(pl.lit("set aside"))
        .when(pl.col("locus") == unstated)
        .then(pl.lit("not stated"))
        .when(pl.col("denied") == 0)
        .then(pl.lit("affirms"))
        .when(pl.col("affirmed") == 0)
        .then(pl.lit("denies"))
        .otherwise(pl.lit("both"))
    )


def unstated_locus(framework: Framework) -> str:
    """How the framework calls a locus that the passage leaves open."""
    return framework.rules.not_stated or "not_stated"


def weightings(
    evidence: pl.DataFrame,
    framework: Framework,
    *,
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
    base = distribution(evidence, framework, draws=draws, seed=seed, prior=prior, level=level)
    keys = list(base.keys)
    result = base.table.select(*keys, pl.col("share").alias("source"), "low", "high")
    for name in _WEIGHTINGS[1:]:
        # Means need no draws, so one draw is enough here.
        other = distribution(evidence, framework, weighting=name, draws=1, seed=seed, prior=prior, level=level)
        result = result.join(other.table.select(*keys, pl.col("share").alias(name)), on=keys, how="left")
    outside = [(pl.col(n) < pl.col("low")) | (pl.col(n) > pl.col("high")) for n in _WEIGHTINGS[1:]]
    return result.with_columns(differs=pl.any_horizontal(outside)).select(*keys, *_WEIGHTINGS, "low", "high", "differs")


def _cells(rows: pl.DataFrame, framework: Framework, keys: tuple[str, ...], cases: tuple[str, ...]) -> list[_Cell]:
    """Weights per source and locus in every cell; cells without evidence have no sources."""
    loci = framework.loci
    unstated = unstated_locus(framework)
    sums = rows.group_by(*keys, "source", "locus").agg(
        pl.col("affirmed", "denied").sum(), pl.col("level").fill_null("").min()
    )
    wanted: list[tuple[object, ...]] = []
    if keys == ("case", "domain"):
        wanted = [(case, domain.id) for case in cases for domain in framework.domains]
    groups = {key: part for key, part in sums.partition_by(*keys, as_dict=True).items()}
    wanted += sorted((key for key in groups if key not in set(wanted)), key=repr)
    index = {locus: k for k, locus in enumerate((*loci, unstated))}
    cells = []
    for key in wanted:
        part = groups.get(key, sums.clear())
        names = sorted(part["source"].unique().to_list())
        row = {name: i for i, name in enumerate(names)}
        weight = np.zeros((2, len(names), len(loci) + 1))
        levels = [""] * len(names)
        for source, locus, affirmed, denied, level in part.select(
            "source", "locus", "affirmed", "denied", "level"
        ).iter_rows():
            weight[:, row[source], index[locus]] = affirmed, denied
            levels[row[source]] = level
        stated = weight[:, :, :-1]
        cells.append(_Cell(key, stated[0], stated[1], weight[:, :, -1].sum(axis=0), tuple(levels)))
    return cells


def spread_denials(affirmed: Floats, denied: Floats) -> Floats:
    """Counts per source and locus after denials were divided among the other loci.

    A denial of l gives locus j ≠ l the part p_j / (1 − p_l), where p are the affirmed shares of all sources together
    with one coding spread evenly (so that a domain of denials only is defined).
    """
    n_loci = affirmed.shape[1]
    total = affirmed.sum(axis=0)
    p = (total + 1.0 / n_loci) / (total.sum() + 1.0)
    to = p[None, :] / (1.0 - p)[:, None]
    np.fill_diagonal(to, 0.0)
    counts: Floats = affirmed + denied @ to
    return counts


def source_weights(counts: Floats, levels: Sequence[str], weighting: Weighting) -> Floats:
    """How much each source counts, in any unit."""
    if weighting == "volume":
        volume: Floats = counts.sum(axis=1)
        return volume
    if weighting == "levels":
        _, which, sizes = np.unique(np.array(levels, dtype=object), return_inverse=True, return_counts=True)
        even: Floats = 1.0 / sizes[which]
        return even
    return np.ones(len(counts))


def _shares(
    cell: _Cell, *, framework: Framework, weighting: Weighting, prior: float, draws: int, seed: int, level: float
) -> list[dict[str, object]]:
    """The rows of the table for one cell: a share per locus, and that of *not stated*."""
    counts = spread_denials(cell.affirmed, cell.denied)
    stated = counts.sum(axis=1)
    both = np.stack([stated, cell.unstated], axis=1)
    rows: list[dict[str, object]] = []
    for names, values, take in (
        (framework.loci, counts, slice(None)),
        ((unstated_locus(framework),), both, slice(1, 2)),
    ):
        here = values.sum(axis=1) > 0
        found = values[here]
        weights = source_weights(found, [lv for lv, h in zip(cell.levels, here, strict=True) if h], weighting)
        known = bool(here.any())
        mean = expected_shares(found, weights, prior)[take]
        rng = stream(seed, cell.key, len(rows))
        low, high = interval(draw_shares(found, weights, prior, draws, rng)[:, take], level)
        for k, name in enumerate(names):
            rows.append(
                {
                    "key": cell.key,
                    "locus": name,
                    "share": float(mean[k]) if known else None,
                    "low": float(low[k]) if known else 0.0,
                    "high": float(high[k]) if known else 1.0,
                    "n_located": int((stated > 0).sum()),
                }
            )
    return rows


def _table(blocks: list[list[dict[str, object]]], keys: tuple[str, ...], rows: pl.DataFrame) -> pl.DataFrame:
    """All cells, with the counts of codings and sources behind each."""
    flat = [row for block in blocks for row in block]
    data = {
        name: pl.Series(name, [row["key"][i] for row in flat], dtype=rows.schema[name])  # type: ignore[index]
        for i, name in enumerate(keys)
    }
    shares = pl.DataFrame(
        data
        | {
            "locus": pl.Series([row["locus"] for row in flat], dtype=pl.String),
            **{n: pl.Series([row[n] for row in flat], dtype=pl.Float64) for n in ("share", "low", "high")},
            "n_located": pl.Series([row["n_located"] for row in flat], dtype=pl.Int64),
        }
    )
    counted = (
        rows.filter(pl.col("part") != "set aside")
        .group_by(*keys, "locus")
        .agg(
            n_codings=pl.len().cast(pl.Int64),
            n_sources=pl.col("source").n_unique().cast(pl.Int64),
            affirmed=pl.col("affirmed").sum(),
            denied=pl.col("denied").sum(),
        )
    )
    joined = shares.join(counted, on=[*keys, "locus"], how="left", nulls_equal=True, maintain_order="left")
    numbers = ("n_codings", "n_sources", "affirmed", "denied")
    return joined.with_columns(pl.col(*numbers).fill_null(0)).select(
        *keys, "locus", "share", "low", "high", *numbers, "n_located"
    )
