"""The distribution of work as a report shows it: per case, across cases, and under other weightings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from crosscase.analysis.distribution import Distribution
from crosscase.report.content import (
    CaseWork,
    DomainWork,
    Locus,
    LocusShare,
    Matrix,
    MatrixCell,
    Number,
    WeightingRow,
    Work,
)
from crosscase.services.reporting.names import Names

WEIGHTINGS = {
    "source": "each source counted once",
    "volume": "sources counted by their number of codings",
    "levels": "every level of the system counted the same",
}
_SHORT = {"source": "each source once", "volume": "by volume", "levels": "balanced over levels"}
_NOTHING: Mapping[str, Any] = {"share": None, "low": 0.0, "high": 1.0, "n_codings": 0, "n_sources": 0}
Cells = Mapping[tuple[str, str, str], Mapping[str, Any]]


def work(distributions: Mapping[str, Distribution], weighting: str, names: Names, why_not: str) -> Work:
    """Who does the work of each domain in each case, with the shares that depend on the weighting."""
    if not distributions:
        return Work((), (), "", note=why_not)
    main = distributions[weighting]
    cells = _cells(main)
    denied = _denied(main)
    sources, aside = _sources(main), _aside(main)
    coded = {case for case, _, _ in cells}
    cases = tuple(
        CaseWork(
            case,
            names.case(case),
            tuple(
                replace(
                    _domain(case, domain.id, domain.name, cells, denied, sources.get((case, domain.id), 0), names),
                    n_aside=aside.get((case, domain.id), 0),
                )
                for domain in names.framework.domains
            ),
        )
        for case in names.cases
        if case in coded  # of the others the report says that nothing is coded
    )
    return Work(
        loci=names.loci,
        cases=cases,
        weighting=WEIGHTINGS[weighting],
        weightings=tuple(_SHORT[w] for w in distributions),
        differing=_differing(distributions, weighting, names),
    )


def matrix(shown: Work) -> Matrix:
    """Domains by cases: the locus with the largest share, and whether the next one lies apart from it."""
    if not shown.cases:
        return Matrix((), ())
    rows = [
        (domain.label, tuple(_cell(case.domains[n]) for case in shown.cases))
        for n, domain in enumerate(shown.cases[0].domains)
    ]
    return Matrix(tuple(case.label for case in shown.cases), tuple(rows))


def _cells(result: Distribution) -> Cells:
    return {(row["case"], row["domain"], row["locus"]): row for row in result.table.iter_rows(named=True)}


def _denied(result: Distribution) -> Mapping[tuple[str, str, str], int]:
    counted = (
        result.lineage.filter(pl.col("part").is_in(["denies", "both"]))
        .group_by("case", "domain", "locus")
        .agg(pl.len())
    )
    return {(case, domain, locus): n for case, domain, locus, n in counted.iter_rows()}


def _sources(result: Distribution) -> Mapping[tuple[str, str], int]:
    counted = (
        result.lineage.filter(pl.col("part") != "set aside")
        .join(result.codings.select("coding_id", "source"), on="coding_id")
        .group_by("case", "domain")
        .agg(pl.col("source").n_unique())
    )
    return {(case, domain): n for case, domain, n in counted.iter_rows()}


def _aside(result: Distribution) -> Mapping[tuple[str, str], int]:
    """How many codings of a case and domain weigh nothing."""
    counted = result.lineage.filter(pl.col("part") == "set aside").group_by("case", "domain").agg(pl.len())
    return {(case, domain): n for case, domain, n in counted.iter_rows()}


def _share(row: Mapping[str, Any], anchor: str) -> Number:
    if row["share"] is None:
        return Number(None, 0.0, 1.0, why="nothing coded")
    return Number(row["share"], row["low"], row["high"], anchor if row["n_codings"] else "")


def _domain(
    case: str,
    domain: str,
    label: str,
    cells: Cells,
    denied: Mapping[tuple[str, str, str], int],
    n_sources: int,
    names: Names,
) -> DomainWork:
    shares, silent, left, ends = [], [], [0.0], [0.0]
    for locus in names.loci[:-1]:
        row = cells.get((case, domain, locus.id), _NOTHING)
        if row["n_codings"]:
            number = _share(row, names.places.of(case, domain, locus.id))
            n_denied = denied.get((case, domain, locus.id), 0)
            shares.append(LocusShare(locus, number, row["n_codings"], n_denied, row["n_sources"]))
        else:
            silent.append(locus)
            left.append(row["share"] or 0.0)
            ends.append(row["high"])
    unstated = cells.get((case, domain, names.unstated), _NOTHING)
    n_codings = sum(share.n_codings for share in shares) + unstated["n_codings"]
    return DomainWork(
        domain=domain,
        label=label,
        shares=tuple(shares),
        silent=tuple(silent),
        silent_share=max(left),
        silent_high=max(ends),
        not_stated=_share(unstated, names.places.of(case, domain, names.unstated)),
        n_not_stated=unstated["n_codings"],
        n_codings=Number(n_codings, anchor=names.places.of(case, domain) if n_codings else ""),
        n_sources=n_sources,
    )


def _cell(domain: DomainWork) -> MatrixCell:
    ranked = sorted(domain.shares, key=lambda share: -(share.share.value or 0.0))
    n_codings = int(domain.n_codings.value or 0)
    n_located = n_codings - domain.n_not_stated
    if not ranked or ranked[0].share.value is None:
        why = "who does it is not stated" if n_codings else "nothing coded"
        return MatrixCell(None, Number(None, why=why), None, n_located, n_codings, domain.n_sources, clear=False)
    first, second = ranked[0], ranked[1] if len(ranked) > 1 else None
    high = max([domain.silent_high, *(other.share.high or 0.0 for other in ranked[1:])])
    return MatrixCell(
        locus=first.locus,
        share=first.share,
        second=second.locus if second else None,
        n_located=n_located,
        n_codings=n_codings,
        n_sources=domain.n_sources,
        clear=(first.share.low or 0.0) > high,
    )


def _differing(distributions: Mapping[str, Distribution], weighting: str, names: Names) -> tuple[WeightingRow, ...]:
    tables = {name: _cells(result) for name, result in distributions.items()}
    loci: Mapping[str, Locus] = {locus.id: locus for locus in names.loci[:-1]}
    found = []
    for (case, domain, locus), row in tables[weighting].items():
        others = [table[case, domain, locus] for table in tables.values()]
        if locus not in loci or any(other["share"] is None for other in others):
            continue
        if all(row["low"] <= other["share"] <= row["high"] for other in others):
            continue
        anchor = names.places.of(case, domain, locus)
        shares = tuple(_share(other, anchor) for other in others)
        found.append(WeightingRow(names.case(case), names.framework.domain(domain).name, loci[locus], shares))
    return tuple(found)
