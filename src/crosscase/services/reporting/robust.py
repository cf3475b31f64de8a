"""How firmly each verdict stands, as the report and the Types room show it: every flip with the codings behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from crosscase.analysis.robustness import Robustness
from crosscase.report import numerals
from crosscase.report.data import Table
from crosscase.report.more import ShownRow, ShownSection, ShownTable
from crosscase.services.reporting.answer import KIND_LABELS
from crosscase.services.reporting.names import KINDS, LEVELS, Names, listed

ID = "robustness"
CHANGES = {
    "source": "without the source",
    "level": "without accounts of",
    "kind": "without",
    "coder": "without the coder",
    "domain": "without the domain",
    "weights": "if",
}
_WEIGHTINGS = {"source": "each source once", "volume": "by volume", "levels": "balanced over levels"}
_COLUMNS = {
    "case": "short name of the case",
    "change": "what was changed: a source, level, kind, coder or domain left out, or other weights",
    "item": "which",
    "type": "id of the type that the verdict assigns, or of the likeliest",
    "before": "its probability as it stands",
    "after": "its probability after the change",
    "verdict": "what the verdict becomes: type, leaning, between, none or not_enough",
    "types": "the types that it then names",
    "flips": "whether that is another verdict",
    "n_codings": "codings left out",
    "how": "draws: found in the draws of the model; sampled: the model was sampled again",
    "confirmed": "whether sampling again confirmed a flip that was found in draws; empty where not tried",
}


def robustness_section(found: Robustness, names: Names) -> ShownSection:
    """The section: flips, what is left out, sets of sources, anchors, prior, weightings, parts of the uncertainty."""
    held = found.table.group_by("case", maintain_order=True).agg(pl.len().alias("n"), pl.col("flips").sum())
    said = [f"{names.case(case)} {n - flips} of {n}" for case, n, flips in held.iter_rows()]
    lead = (
        f"What happens to each verdict when something is left out, moved or weighed otherwise. It holds in: "
        f"{listed(said)} changes."
    )
    tables = (
        _flips(found, names),
        _left_out(found, names),
        _sets(found, names),
        _anchors(found, names),
        _priors(found, names),
        _weightings(found, names),
        _uncertainty(found, names),
    )
    return ShownSection(ID, "How firmly the verdicts stand", lead, tables, "against")


def robustness_table(found: Robustness) -> Table:
    """Every change as a row of the data."""
    flat = found.table.with_columns(pl.col("types").list.join(", "))
    return Table(flat, "What happens to each verdict when something is changed: a row per case and change.", _COLUMNS)


def change_name(change: str, item: str, names: Names) -> str:
    """A change in words, such as "without accounts of school level"."""
    item = {"level": LEVELS, "kind": KINDS}.get(change, {}).get(item, item)
    if change == "domain":
        item = names.dimension(item)
    if change == "kind":
        item = f"{item}s"
    return f"{CHANGES.get(change, change)} {item}"


def _verdict(kind: str, types: list[str], names: Names) -> str:
    said = listed([names.type(t) for t in types])
    return f"{KIND_LABELS.get(kind, kind)}: {said}" if said else KIND_LABELS.get(kind, kind)


def _flips(found: Robustness, names: Names) -> ShownTable:
    rows = []
    order = {case: place for place, case in enumerate(names.cases)}
    for row in sorted(found.flips.iter_rows(named=True), key=lambda r: (order.get(r["case"], 0), r["after"])):
        confirmed = {True: "yes", False: "no: it holds", None: "not tried"}[row["confirmed"]]
        cells = (
            names.case(row["case"]),
            change_name(row["change"], row["item"], names),
            f"{numerals.probability(row['before'])} → {numerals.probability(row['after'])}",
            _verdict(row["verdict"], row["types"], names),
            "sampled again" if row["how"] == "sampled" else confirmed,
        )
        rows.append(ShownRow(cells, _behind(found, row)))
    note = "Flips are changes that make the verdict another one. The codings are those for or against the type that go."
    if not rows:
        note = "No change flips a verdict."
    columns = (names.framework.case_noun[0].capitalize(), "Change", "Probability", "Becomes", "Confirmed by sampling")
    return ShownTable("What flips a verdict", columns, tuple(rows), (2,), note)


def _behind(found: Robustness, row: Mapping[str, Any]) -> tuple[int, ...]:
    return found.evidence.get((row["case"], row["change"], row["item"]), ())


def _left_out(found: Robustness, names: Names) -> ShownTable:
    rows = []
    for (case, change), group in found.table.group_by("case", "change", maintain_order=True):
        worst = group.sort("after").row(0, named=True)
        cells = (
            names.case(str(case)),
            {"weights": "other weights"}.get(str(change), f"each {change} left out"),
            str(group.height),
            str(int(group["flips"].sum())),
            numerals.probability(worst["after"]),
            change_name(worst["change"], worst["item"], names),
        )
        rows.append(ShownRow(cells, _behind(found, worst)))
    columns = (names.framework.case_noun[0].capitalize(), "Change", "Tried", "Flips", "Lowest probability", "At")
    return ShownTable("One thing left out at a time", columns, tuple(rows), (2, 3, 4))


def _sets(found: Robustness, names: Names) -> ShownTable:
    rows = []
    for row in found.flip_sets.iter_rows(named=True):
        cells = (
            names.case(row["case"]),
            f"{row['n_sources']} of {row['of_sources']}",
            ", ".join(row["sources"]),
            _verdict(row["becomes"], row["becomes_types"], names),
            {True: "yes", False: "no", None: "not tried"}[row["confirmed"]],
        )
        codings = found.evidence.get((row["case"], "flip set", row["case"]), ())
        rows.append(ShownRow(cells, codings))
    columns = (names.framework.case_noun[0].capitalize(), "Sources", "Which", "Becomes", "Confirmed by sampling")
    note = "A minimal set: put any one source back and the verdict stands again. There may be a smaller one."
    return ShownTable("Sources without which the verdict falls", columns, tuple(rows), (1,), note)


def _anchors(found: Robustness, names: Names) -> ShownTable:
    rows = []
    for row in found.anchors.iter_rows(named=True):
        ends = []
        for side in ("lower", "upper"):
            at, becomes = row[side], str(row[f"{side}_becomes"] or "")
            said = KIND_LABELS.get(becomes) or names.type(becomes) if becomes else ""
            ends.append("–" if at is None else f"{numerals.share(at)} ({said})")
        cells = (
            names.case(row["case"]),
            names.dimension(row["condition"]),
            numerals.share(row["share"]),
            numerals.share(row["cross"]),
            *ends,
        )
        rows.append(ShownRow(cells))
    columns = (
        names.framework.case_noun[0].capitalize(),
        "Condition",
        "Share",
        "Cross-over",
        "Flips at or below",
        "Flips at or above",
    )
    note = "How far the cross-over of a condition could be moved before the verdict is another one; – is nowhere."
    return ShownTable("Anchors", columns, tuple(rows), (2, 3, 4, 5), note)


def _priors(found: Robustness, names: Names) -> ShownTable:
    rows = []
    assigned = {row["case"]: row["type"] for row in found.table.iter_rows(named=True)}
    for case, type in assigned.items():
        grid = found.prior.filter((pl.col("case") == case) & (pl.col("type") == type))["probability"].to_list()
        if grid:
            ends = [numerals.probability(value) for value in (min(grid), max(grid))]
            rows.append(ShownRow((names.case(case), names.type(type), *ends, str(len(grid)))))
    columns = (names.framework.case_noun[0].capitalize(), "Type", "Lowest", "Highest", "Priors tried")
    return ShownTable("Other priors", columns, tuple(rows), (2, 3, 4), "Probability of the type over a grid of priors.")


def _weightings(found: Robustness, names: Names) -> ShownTable:
    rows = []
    for row in found.weightings.iter_rows(named=True):
        cells = (
            names.case(row["case"]),
            _WEIGHTINGS.get(row["weighting"], row["weighting"]),
            names.type(row["type"]) if row["type"] else "–",
            numerals.share(row["membership"]),
            "yes" if row["differs"] else "no",
        )
        rows.append(ShownRow(cells))
    columns = (
        names.framework.case_noun[0].capitalize(),
        "Sources weighted",
        "Nearest type",
        "Membership",
        "Another type",
    )
    return ShownTable("Without the model, under other weightings", columns, tuple(rows), (3,))


def _uncertainty(found: Robustness, names: Names) -> ShownTable:
    rows = []
    for row in found.uncertainty.iter_rows(named=True):
        cells = (
            names.case(row["case"]),
            names.type(row["type"]),
            numerals.share(row["membership"]),
            numerals.interval(row["low"], row["high"]),
            numerals.interval(row["sources_low"], row["sources_high"]),
            f"{row['coders_share']:.0%}",
            numerals.interval(row["anchors_low"], row["anchors_high"]),
            f"{numerals.probability(row['prior_low'])} to {numerals.probability(row['prior_high'])}",
        )
        rows.append(ShownRow(cells))
    columns = (
        names.framework.case_noun[0].capitalize(), "Type", "Membership", "Interval", "Of sources alone",
        "Coders' part of the variance", "Over anchors", "Probability over priors",
    )  # fmt: skip
    note = "Where the uncertainty of each membership comes from."
    return ShownTable("Parts of the uncertainty", columns, tuple(rows), tuple(range(2, 8)), note)
