"""Sections that a report has where the study has the evidence: enacted and espoused, periods, codes together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from crosscase.analysis.contrasts import contrasts
from crosscase.analysis.cooccurrence import cooccurrence
from crosscase.analysis.result import Result
from crosscase.analysis.trajectories import WorkOverTime, work_over_time
from crosscase.errors import AnalysisError
from crosscase.report import numerals
from crosscase.report.content import Number
from crosscase.report.more import ShownRow, ShownSection, ShownTable
from crosscase.services.analyses import Analyses
from crosscase.services.reporting.names import Names
from crosscase.services.reporting.robust import robustness_section
from crosscase.services.settings import AnalysisSettings

MOST_ROWS = 20
# These sections show what differs clearly: ends of intervals are good to a hundredth, and take a quarter of the time.
_DRAWS = 1000


Behind = Callable[..., tuple[int, ...]]


@dataclass(frozen=True)
class More:
    """The sections that there is evidence for, and why each of the others is not there."""

    sections: tuple[ShownSection, ...]
    not_shown: Mapping[str, str]


def more_sections(analyses: Analyses, names: Names, options: AnalysisSettings) -> More:
    """Enacted and espoused, periods, codes together, and robustness where it was computed."""
    makers: Mapping[str, Callable[[Analyses, Names, AnalysisSettings], ShownSection | None]] = {
        "actuality": _actuality,
        "periods": _periods,
        "together": _together,
    }
    found: list[ShownSection] = []
    reasons: dict[str, str] = {}
    for id, make in makers.items():
        try:
            section = make(analyses, names, options)
        except AnalysisError as error:
            reasons[id] = str(error)
            continue
        if section is None:
            reasons[id] = "the study has no such evidence"
        else:
            found.append(section)
    if analyses.robustness is not None:
        found.append(robustness_section(analyses.robustness, names))
    else:
        reasons["robustness"] = "not asked for"
    return More(tuple(found), reasons)


def _actuality(analyses: Analyses, names: Names, options: AnalysisSettings) -> ShownSection | None:
    """Who is said to do the work against who does it, where the two differ clearly."""
    facet = names.framework.rules.actuality
    if not facet or not names.framework.loci or facet not in analyses.evidence.columns:
        return None
    if not {"enacted", "espoused"} <= set(analyses.evidence[facet].drop_nulls().unique()):
        return None
    found = contrasts(
        analyses.evidence,
        names.framework,
        between=facet,
        pairs=(("enacted", "espoused"),),
        draws=min(options.draws, _DRAWS),
        seed=options.seed,
        level=options.level,
    )
    behind = _behind(found, *found.keys)
    compared = found.table.filter(pl.col("difference").is_not_null())
    clear = compared.filter((pl.col("low") > 0) | (pl.col("high") < 0)).sort(
        pl.col("difference").abs(), descending=True
    )
    rows = [
        ShownRow(
            (
                names.case(row["case"]),
                names.framework.domain(row["domain"]).name,
                _locus(row["locus"], names),
                numerals.share(row["share_one"]),
                numerals.share(row["share_other"]),
                _signed(row),
            ),
            behind(*(row[k] for k in found.keys)),
        )
        for row in clear.head(MOST_ROWS).iter_rows(named=True)
    ]
    n = compared.select("case", "domain").unique().height
    lead = "Work that happens (enacted) against work that is only declared (espoused). "
    have = f"{numerals.plural(n, 'domain')} of all {names.framework.case_noun[1]} {'has' if n == 1 else 'have'}"
    lead += f"{have} passages of both; " + (
        "these shares differ with an interval that excludes 0."
        if rows
        else "no share differs with an interval that excludes 0."
    )
    columns = (names.framework.case_noun[0].capitalize(), "Domain", "Who", "Enacted", "Espoused", "Difference")
    table = ShownTable("Shares that differ", columns, tuple(rows), (3, 4, 5), _rest(clear.height))
    return ShownSection("actuality", "Espoused against enacted", lead, (table,), "work")


def _periods(analyses: Analyses, names: Names, options: AnalysisSettings) -> ShownSection | None:
    """Who does the work in each year, and what has changed from the first to the last."""
    if not names.framework.loci:
        return None
    drawn: dict[str, Any] = {"draws": min(options.draws, _DRAWS), "seed": options.seed, "level": options.level}
    found = work_over_time(analyses.evidence, names.framework, steps=False, **drawn)
    if len(found.periods) < 2:
        return None
    behind = _behind(found, "case", "domain", "period", "locus")
    first, last = found.periods[0], found.periods[-1]
    changes = found.changes.filter(
        (pl.col("one") == last) & (pl.col("other") == first) & pl.col("difference").is_not_null()
    )
    clear = changes.filter((pl.col("low") > 0) | (pl.col("high") < 0)).sort(pl.col("difference").abs(), descending=True)
    rows = [
        ShownRow(
            (
                names.case(row["case"]),
                names.framework.domain(row["domain"]).name,
                _locus(row["locus"], names),
                _signed(row),
                numerals.probability(row["probability"]),
            ),
            tuple(id for period in (first, last) for id in behind(row["case"], row["domain"], period, row["locus"])),
        )
        for row in clear.head(MOST_ROWS).iter_rows(named=True)
    ]
    noun = names.framework.case_noun[0].capitalize()
    columns = (noun, "Domain", "Who", f"Change {first} to {last}", "Probability of growth")
    changed = ShownTable(f"What has changed from {first} to {last}", columns, tuple(rows), (3, 4), _rest(clear.height))
    lead = f"Each source speaks of the year of its date: {', '.join(found.periods)}."
    if found.undated:
        n = len(found.undated)
        lead += f" {numerals.plural(n, 'source')} without a date {'is' if n == 1 else 'are'} in none."
    if not rows:
        lead += " No change of a share has an interval that excludes 0."
    return ShownSection("periods", "Over time", lead, (_leading(found, names, behind), changed), "work")


def _leading(found: WorkOverTime, names: Names, behind: Behind) -> ShownTable:
    """Per case and domain the locus with the largest share in each period."""
    known = found.table.filter(pl.col("share").is_not_null() & (pl.col("locus") != names.unstated))
    top = known.sort("share", descending=True).group_by("case", "domain", "period", maintain_order=True).first()
    cells = {(r["case"], r["domain"], r["period"]): r for r in top.iter_rows(named=True)}
    rows = []
    for case in names.cases:
        for domain in names.framework.domains:
            shown: list[str] = []
            ids: list[int] = []
            for period in found.periods:
                row = cells.get((case, domain.id, period))
                if row is None or not row["n_codings"]:
                    shown.append("–")
                    continue
                span = numerals.interval(row["low"], row["high"])
                shown.append(f"{_locus(row['locus'], names)} {numerals.share(row['share'])} ({span})")
                ids += behind(case, domain.id, period, row["locus"])
            if ids:
                rows.append(ShownRow((names.case(case), domain.name, *shown), tuple(ids)))
    columns = (names.framework.case_noun[0].capitalize(), "Domain", *found.periods)
    return ShownTable("The largest share in each period", columns, tuple(rows))


def _together(analyses: Analyses, names: Names, options: AnalysisSettings) -> ShownSection | None:
    found = cooccurrence(
        analyses.evidence, names.framework, draws=min(options.draws, _DRAWS), seed=options.seed, level=options.level
    )
    behind = _behind(found, "one", "other")
    rows = [
        ShownRow(
            (
                f"{names.code(row['one'])} with {names.code(row['other'])}",
                numerals.count(row["n_together"]),
                str(row["n_sources"]),
                f"{numerals.share(row['jaccard'])} ({numerals.interval(row['jaccard_low'], row['jaccard_high'])})",
                f"{row['lift']:.1f} ({row['lift_low']:.1f}–{row['lift_high']:.1f})",
            ),
            behind(row["one"], row["other"]),
        )
        for row in found.table.head(MOST_ROWS).iter_rows(named=True)
    ]
    if not rows:
        return None
    lead = (
        "Codes whose passages overlap. Overlap (Jaccard) is the share of passages of either code that have both; a "
        "lift above 1 means more often than chance would have it."
    )
    table = ShownTable(
        "Pairs of codes", ("Codes", "Passages together", "Sources", "Overlap", "Lift"), tuple(rows), (1, 2, 3, 4),
        _rest(found.table.height),
    )  # fmt: skip
    return ShownSection("together", "Codes together", lead, (table,), "matrix")


def _locus(id: str, names: Names) -> str:
    return next((locus.label for locus in names.loci if locus.id == id), id)


def _signed(row: Mapping[str, Any]) -> str:
    return numerals.signed(Number(row["difference"], row["low"], row["high"]))


def _behind(found: Result, *keys: str) -> Behind:
    """What gives the codings behind a cell, by the values of ``keys``, without those that count nothing."""
    rows = found.lineage
    if "part" in rows.columns:
        rows = rows.filter(pl.col("part") != "set aside")
    grouped = rows.group_by(keys).agg(pl.col("coding_id").unique().sort())
    known = {tuple(row[:-1]): tuple(row[-1]) for row in grouped.iter_rows()}
    return lambda *cell: known.get(cell, ())


def _rest(n: int) -> str:
    return f"The first {MOST_ROWS} of {n}." if n > MOST_ROWS else ""
