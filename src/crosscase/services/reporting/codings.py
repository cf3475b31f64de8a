"""The codings of a layer as a reader meets them, and the appendix that holds them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from crosscase.analysis.result import Result
from crosscase.analysis.support import why_weightless
from crosscase.report.content import CaseEvidence, Coding, EvidenceBlock, EvidenceList, EvidencePart
from crosscase.services.reporting.names import Names

ASIDE = "Set aside: formerly, or the speaker is unsure"


def readable(
    evidence: pl.DataFrame, sources: pl.DataFrame, names: Names, effects: Mapping[int, str]
) -> dict[int, Coding]:
    """Id → coding, for the evidence about cases."""
    unverified = set(sources.filter("machine_transcript")["name"].to_list())
    rules = names.framework.rules
    stance = rules.stance
    weightless = evidence.with_columns(why=why_weightless(rules, evidence.columns))["why"]
    found = {}
    for row, why in zip(evidence.iter_rows(named=True), weightless, strict=True):
        id = int(row["coding_id"])
        found[id] = Coding(
            id=id,
            case=row["case"],
            quote=row["text"],
            code=row["code"],
            code_name=names.code(row["code"]),
            domain=row["domain"] or "",
            source=row["source"],
            start=row["start"],
            end=row["end"],
            facets=names.facets(row),
            said_by=names.said_by(row["role"], row["kind"]),
            date=row["date"] or "",
            coder=row["coder"],
            machine_coder=row["coder_kind"] != "person",
            unverified=row["source"] in unverified,
            denies=stance is not None and row.get(stance.facet) in stance.denies,
            effect=effects.get(id, ""),
            aside=names.answer(why, row[why]) if why else "",
        )
    return found


def effects(lists: Mapping[str, Iterable[EvidenceList]], names: Names) -> dict[int, str]:
    """Coding → what it does in the conditions, such as "for COMMON, against MARKET"."""
    conditions = {names.places.of(c, "condition", k.id): k.id for c in names.cases for k in names.framework.conditions}
    said: dict[int, list[str]] = {}
    for case in lists.values():
        for shown in case:
            if shown.anchor not in conditions:
                continue
            for part in shown.parts:
                for id in part.codings:
                    said.setdefault(id, []).append(f"{part.label.lower()} {conditions[shown.anchor]}")
    return {id: ", ".join(parts) for id, parts in said.items()}


def appendix(
    evidence: pl.DataFrame,
    distribution: Result | None,
    lists: Mapping[str, Iterable[EvidenceList]],
    names: Names,
) -> tuple[CaseEvidence, ...]:
    """Every coding under its case, domain and locus (under its indicator where nobody asks who does the work)."""
    if distribution is None:
        rows = evidence.filter(pl.col("domain").is_not_null()).select(
            "case", "domain", "coding_id", "source", "start", group=pl.col("code"), part=pl.lit("")
        )
        labels = {i.id: i.name for i in names.framework.indicators}
    else:
        places = evidence.select("coding_id", "source", "start")
        rows = distribution.lineage.rename({"locus": "group"}).join(places, on="coding_id", how="left")
        labels = {locus.id: locus.label for locus in names.loci}
    order = {id: n for n, id in enumerate(labels)}
    grouped: dict[tuple[str, str], dict[str, list[int]]] = {}
    for case, domain, group, part, id in (
        rows.sort("source", "start", "coding_id").select("case", "domain", "group", "part", "coding_id").iter_rows()
    ):
        cell = grouped.setdefault((case, domain), {})
        cell.setdefault(ASIDE if part == "set aside" else group, []).append(id)
    result = []
    for case in names.cases:
        blocks = tuple(
            _block(case, domain.id, domain.name, grouped[case, domain.id], labels, order, names)
            for domain in names.framework.domains
            if (case, domain.id) in grouped
        )
        result.append(CaseEvidence(case, names.case(case), names.places.of(case), blocks, tuple(lists.get(case, ()))))
    return tuple(result)


def _block(
    case: str,
    domain: str,
    label: str,
    cell: Mapping[str, list[int]],
    labels: Mapping[str, str],
    order: Mapping[str, int],
    names: Names,
) -> EvidenceBlock:
    parts = tuple(
        EvidencePart(names.places.of(case, domain, group), labels.get(group, group), tuple(cell[group]))
        for group in sorted(cell, key=lambda g: order.get(g, len(order)))
        if group != ASIDE
    )
    aside = EvidencePart(names.places.of(case, domain, ASIDE), ASIDE, tuple(cell[ASIDE])) if ASIDE in cell else None
    return EvidenceBlock(names.places.of(case, domain), label, parts, aside)
