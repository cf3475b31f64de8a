"""Minimal sets of sources whose removal flips a verdict.

Sources are taken away in the order of what they say for the assigned type alone, until the verdict is another; then
each is put back if the verdict stays flipped without it. What is left is minimal: putting back any one source restores
the verdict. It need not be the smallest set of all, which would take a search over all subsets; the number of sources
is therefore an upper bound of the smallest. Verdicts also fall when a condition's needs are no longer met; the fewest
sources whose absence does that are counted apart.
"""

from __future__ import annotations

import polars as pl

from crosscase.analysis.robustness.again import Answer, Standing, sampled_again, without_sources

_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "case": pl.String,
    "verdict": pl.String,
    "types": pl.List(pl.String),
    "sources": pl.List(pl.String),
    "n_sources": pl.Int64,
    "of_sources": pl.Int64,
    "becomes": pl.String,
    "becomes_types": pl.List(pl.String),
    "probability": pl.Float64,
    "confirmed": pl.Boolean,
}


def flip_sets(standing: Standing, *, confirm: bool = True) -> pl.DataFrame:
    """For every case with a verdict of a type, a minimal set of sources without which it is another verdict.

    Parameters
    ----------
    confirm
        Sample again without the set and say whether the verdict then is another indeed (``confirmed``).

    Returns
    -------
    One row per case: ``verdict`` and ``types`` as they stand, ``sources`` of the set, ``n_sources`` of
    ``of_sources``, and what the verdict ``becomes`` with the ``probability`` of the assigned type. A verdict that
    rests on nothing (not enough evidence) has no row.
    """
    rows = []
    for case in standing.found.verdicts:
        base = standing.base(case)
        if base.kind not in ("type", "leaning", "none"):
            continue
        order = _supporters(standing, case)
        found = _prefix(standing, case, order, base)
        if found is None:
            continue
        minimal = _pruned(standing, case, found, base)
        answer = without_sources(standing, [(case, frozenset(minimal))])[0]
        confirmed = None
        if confirm:
            again = sampled_again(standing, ~pl.col("source").is_in(minimal))[case]
            confirmed = again.short != base.short
        assigned = standing.assigned(case)
        rows.append(
            {
                "case": case,
                "verdict": base.kind,
                "types": list(base.types),
                "sources": sorted(minimal),
                "n_sources": len(minimal),
                "of_sources": len(order),
                "becomes": answer.kind,
                "becomes_types": list(answer.types),
                "probability": answer.probability[assigned],
                "confirmed": confirmed,
            }
        )
    return pl.DataFrame(rows, schema=_SCHEMA)


def _supporters(standing: Standing, case: str) -> list[str]:
    """The sources of a case, those that say most for the assigned type first."""
    weights = standing.found.weights
    assigned = standing.assigned(case)
    if weights.height:
        rows = weights.filter((pl.col("case") == case) & (pl.col("type") == assigned))
        return list(rows.sort(pl.col("alone"), "source", descending=[True, False])["source"])
    lineage = standing.found.lineage.filter((pl.col("case") == case) & (pl.col("type") == assigned))
    sources = lineage.join(standing.study.codings.select("coding_id", "source"), on="coding_id")
    side = pl.when(pl.col("part") == "for").then(1).when(pl.col("part") == "against").then(-1).otherwise(0)
    ranked = (
        sources.group_by("source").agg(side.sum().alias("balance")).sort("balance", "source", descending=[True, False])
    )
    return list(ranked["source"])


def _prefix(standing: Standing, case: str, order: list[str], base: Answer) -> list[str] | None:
    """The shortest beginning of the order whose removal flips the verdict, by bisection; ``None`` if none does."""
    low, high = 0, len(order)
    if without_sources(standing, [(case, frozenset(order))])[0].short == base.short:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        answer = without_sources(standing, [(case, frozenset(order[:middle]))])[0]
        low, high = (middle, high) if answer.short == base.short else (low, middle)
    return order[:high]


def _pruned(standing: Standing, case: str, chosen: list[str], base: Answer) -> list[str]:
    """Put back every source that the flip does not need, the weakest supporters first."""
    kept = list(chosen)
    for source in reversed(chosen):
        trial = [name for name in kept if name != source]
        if trial and without_sources(standing, [(case, frozenset(trial))])[0].short != base.short:
            kept = trial
    return kept
