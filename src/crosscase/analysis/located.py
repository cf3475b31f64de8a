"""Which codings say who does the work, or how: weighed, put into items, with the keys of their cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from crosscase.analysis.items import align_codings
from crosscase.analysis.support import about_cases, weigh
from crosscase.errors import AnalysisError
from crosscase.model.framework import AnalysisRules, Framework

CoderHandling = Literal["average", "each"]
ROWS = ("domain", "subdomain", "code")


@dataclass(frozen=True)
class Division:
    """The codings of a study, ready to be divided among loci or modes.

    ``rows`` are those of the framework's domains with ``part``, ``item``, ``affirmed`` and ``denied`` and the columns
    of ``keys``; ``kept`` are all that are evidence about a case.
    """

    rows: pl.DataFrame
    kept: pl.DataFrame
    left_out: int
    by: tuple[str, ...]
    cell: str
    categories: tuple[str, ...]
    unstated: str

    @property
    def keys(self) -> tuple[str, ...]:
        return (*self.by, self.cell)


def divide_work(
    evidence: pl.DataFrame,
    framework: Framework,
    *,
    by: Sequence[str] = ("case", "domain"),
    cell: str = "locus",
    coder_handling: CoderHandling = "average",
) -> Division:
    """Weigh the codings and give each its cell; raises ``AnalysisError`` for what the framework or evidence lacks."""
    kept, left_out = about_cases(evidence)
    kept = with_keys(kept, framework, by)
    named = [row for row in ROWS if row in by]
    rows = located_codings(
        kept,
        framework,
        "each" if "coder" in by else coder_handling,
        cell=cell,
        question=named[-1] if named else "domain",
        apart=[key for key in by if key not in ("case", "source", *ROWS)],
    )
    categories, unstated = categories_of(framework, cell)
    return Division(rows, kept, left_out, tuple(by), cell, categories, unstated)


def located_codings(
    codings: pl.DataFrame,
    framework: Framework,
    coder_handling: CoderHandling,
    *,
    cell: str = "locus",
    question: str = "domain",
    apart: Sequence[str] = (),
) -> pl.DataFrame:
    """Codings of the framework's domains with ``locus`` (or ``mode``), ``part``, ``item``, ``affirmed``, ``denied``.

    The weights are divided by the number of codings in the item. A coding without a locus is *not stated*.

    Parameters
    ----------
    question
        What codings of one item share: the domain, the sub-domain or the code.
    apart
        Columns that split accounts: codings of one item that differ in them do not share its weight. Split by
        actuality, every coding weighs the same.
    """
    categories, unstated = categories_of(framework, cell)
    facet = framework.rules.locus if cell == "locus" else framework.rules.mode
    assert facet is not None
    if facet not in codings.columns:
        codings = codings.with_columns(pl.lit(None, dtype=pl.String).alias(facet))
    inside = codings.filter(pl.col("domain").is_in([d.id for d in framework.domains]))
    inside = inside.with_columns(pl.col(facet).fill_null(unstated).alias(cell))
    unknown = sorted(set(inside[cell].unique()) - {*categories, unstated})
    if unknown:
        raise AnalysisError(
            f"{', '.join(unknown)} is no value of the facet {facet}",
            where=f"{inside.filter(pl.col(cell).is_in(unknown)).height} codings",
            mend="correct the codings or the framework",
        )
    rules = framework.rules
    weighed = weigh(inside, _undiscounted(rules) if rules.actuality in apart else rules)
    rows = align_codings(weighed, question)
    if apart:
        rows = rows.with_columns(n_in_item=pl.len().over("item", *apart).cast(pl.Int64))
    if coder_handling == "average":
        rows = rows.with_columns(pl.col("affirmed", "denied") / pl.col("n_in_item"))
    return rows.with_columns(
        part=pl.when(pl.col("affirmed") + pl.col("denied") == 0)
        .then(pl.lit("set aside"))
        .when(pl.col(cell) == unstated)
        .then(pl.lit("not stated"))
        .when(pl.col("denied") == 0)
        .then(pl.lit("affirms"))
        .when(pl.col("affirmed") == 0)
        .then(pl.lit("denies"))
        .otherwise(pl.lit("both"))
    )


def categories_of(framework: Framework, cell: str) -> tuple[tuple[str, ...], str]:
    """What the work is divided among, and how the framework calls what a passage leaves open."""
    facet = framework.rules.locus if cell == "locus" else framework.rules.mode if cell == "mode" else None
    if cell not in ("locus", "mode"):
        raise AnalysisError(f"work is not divided by {cell!r}", mend="use locus (who does it) or mode (how it is done)")
    unstated = unstated_locus(framework)
    values = () if facet is None else tuple(v.id for v in framework.facet(facet).values if v.id != unstated)
    if not values:
        asked = "who does the work" if cell == "locus" else "how the work is done"
        raise AnalysisError(
            f"{framework.title} has no facet that says {asked}, so there is no distribution of it",
            where=framework.id,
            mend=f"use a framework whose rules name a {cell} facet",
        )
    return values, unstated


def unstated_locus(framework: Framework) -> str:
    """How the framework calls a locus that the passage leaves open."""
    return framework.rules.not_stated or "not_stated"


def with_keys(codings: pl.DataFrame, framework: Framework, by: Sequence[str]) -> pl.DataFrame:
    """The codings with every column that ``by`` names; the sub-domain follows from the code."""
    if "subdomain" in by and "subdomain" not in codings.columns:
        home = {i.id: i.subdomain for i in framework.indicators}
        codings = codings.with_columns(
            subdomain=pl.col("code").replace_strict(home, default=None, return_dtype=pl.String)
        )
    unknown = [name for name in by if name not in codings.columns]
    if unknown:
        raise AnalysisError(
            f"the evidence has no column {', '.join(unknown)}", mend=f"use one of {', '.join(codings.columns)}"
        )
    if len(set(by)) < len(by):
        raise AnalysisError(f"a column is named twice: {', '.join(by)}", mend="name each once")
    return codings


def order_cells(work: Division, framework: Framework, cases: Sequence[str]) -> pl.DataFrame:
    """The cells of a division in the order of cases and framework.

    Divided by case and domain (or sub-domain) alone, a cell without evidence is a cell too; split further, only what
    was seen is.
    """
    by = list(work.by)
    seen = work.rows.select(by).unique()
    if set(by) in ({"case", "domain"}, {"case", "subdomain"}):
        row = "domain" if "domain" in by else "subdomain"
        grid = pl.DataFrame({"case": list(cases)}, schema={"case": pl.String}).join(
            pl.DataFrame({row: known_order(framework, row)}, schema={row: pl.String}), how="cross"
        )
        seen = pl.concat([grid.select(by), seen]).unique()
    ranks = []
    for key in by:
        order = tuple(cases) if key == "case" else known_order(framework, key)
        place = {name: i for i, name in enumerate(order)}
        if place:
            ranks.append(pl.col(key).replace_strict(place, default=len(place), return_dtype=pl.Int64))
        ranks.append(pl.col(key))
    return seen.sort(ranks, nulls_last=True)


def known_order(framework: Framework, key: str) -> tuple[str, ...]:
    """The framework's order of domains, sub-domains, codes and facet values; nothing for what it does not order."""
    if key == "domain":
        return tuple(domain.id for domain in framework.domains)
    if key == "subdomain":
        return tuple(sub.id for domain in framework.domains for sub in domain.subdomains)
    if key == "code":
        return tuple(indicator.id for indicator in framework.indicators)
    if key == "level":
        return tuple(framework.levels)
    facet = {"locus": framework.rules.locus, "mode": framework.rules.mode}.get(key) or key
    return next((tuple(v.id for v in f.values) for f in framework.facets if f.id == facet), ())


def _undiscounted(rules: AnalysisRules) -> AnalysisRules:
    return AnalysisRules(
        locus=rules.locus,
        not_stated=rules.not_stated,
        stance=rules.stance,
        school_levels=rules.school_levels,
        mode=rules.mode,
    )
