"""Queue 7: the smallest sets of sources without which the claim would not stand."""

from __future__ import annotations

import polars as pl

from crosscase.analysis.disconfirm.candidates import Candidate
from crosscase.analysis.disconfirm.weights import flip_sets, odds_of
from crosscase.model.claim import Claim


def hangs_on(
    claim: Claim, weights: pl.DataFrame, items: pl.DataFrame, flips: pl.DataFrame | None, threshold: float
) -> tuple[list[Candidate], str]:
    """Sets of sources whose removal flips the verdict, and how they were found.

    ``flips`` (``case``, ``sources``, ``verdict``: from the model run again without them) is used where it is given for
    the claim's cases; else the additive weights decide (``flip_sets``). Score: 1 / number of sources in the set.
    """
    if flips is not None and claim.kind == "type":
        mine = flips.filter(pl.col("case").is_in(list(claim.scope.cases))) if claim.scope.cases else flips
        found = [
            _candidate(tuple(sorted(row["sources"])), f"the verdict on {row['case']} becomes “{row['verdict']}”", items)
            for row in mine.iter_rows(named=True)
        ]
        return found, "the model was run again without each set"
    known = dict(weights.select("source", "decibans").iter_rows())
    total = sum(known.values())
    if total <= threshold:
        return [], f"with all sources the evidence speaks {odds_of(total)} for it: it does not stand to begin with"
    sets = flip_sets(known, threshold=threshold)
    how = f"with all sources the evidence speaks {odds_of(total)} for it; more than {odds_of(threshold)} is needed"
    return [
        _candidate(chosen, _what_remains(total, total - sum(known[s] for s in chosen)), items) for chosen in sets
    ], how


def _what_remains(total: float, rest: float) -> str:
    said = f"the evidence then speaks {odds_of(rest)} for it, with all sources {odds_of(total)}"
    return f"{said} ({rest:.1f} and {total:.1f} decibans)"


def _candidate(sources: tuple[str, ...], what: str, items: pl.DataFrame) -> Candidate:
    mine = items.filter(pl.col("source").is_in(list(sources)) & (pl.col("pro") > pl.col("contra")))
    ids = sorted(mine["coding_ids"].explode().drop_nulls().to_list()) if mine.height else []
    n = len(sources)
    who = ", ".join(sources) if n <= 3 else f"{', '.join(sources[:3])} and {n - 3} more"
    return Candidate(
        queue=7,
        key=f"7:sources:{'|'.join(sources)}",
        score=1.0 / n,
        reason=f"without {n} source{'s' if n > 1 else ''} ({who}) the claim would not stand: {what}",
        codings=tuple(ids),
        sources=sources,
    )
