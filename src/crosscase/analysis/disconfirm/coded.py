"""Queues 1 and 8: passages that are coded against a claim, and passages on whose side coders differ."""

from __future__ import annotations

import polars as pl

from crosscase.analysis.disconfirm.candidates import Candidate
from crosscase.analysis.disconfirm.sides import said_by
from crosscase.analysis.disconfirm.weights import DECIBANS_OF_ONE, odds_of
from crosscase.analysis.items import align_codings
from crosscase.model.framework import Framework

CLEAR = 0.05  # a weight below this is left out of the queue: a coding that merely grazes the claim


def against(items: pl.DataFrame, weights: pl.DataFrame, framework: Framework) -> list[Candidate]:
    """Queue 1: items that stand against the claim, the strongest of the sources that weigh most against it first.

    Score, in decibans: what the item weighs by itself (4.8 × its weight against the claim), plus the weight of its
    source against the claim, halved with every further item of the same source, so that one talkative source does
    not fill the queue.
    """
    hits = items.filter(pl.col("contra") > CLEAR)
    if hits.is_empty():
        return []
    both = _on_one_passage(items)
    ordered = hits.join(weights.select("source", "decibans"), on="source", how="left").sort(
        ["source", "contra", "start"], descending=[False, True, False]
    )
    ordered = ordered.with_columns(nth=pl.int_range(pl.len()).over("source"))
    heavy = (-pl.col("decibans").fill_null(0.0)).clip(lower_bound=0.0)
    ordered = ordered.with_columns(score=heavy * 0.5 ** pl.col("nth") + DECIBANS_OF_ONE * pl.col("contra"))
    found = []
    for row in ordered.iter_rows(named=True):
        reason = _reason(row, framework)
        if (row["source"], row["start"], row["end"]) in both:
            reason += "; codes for and against stand on this passage"
        if row["decibans"] is not None and row["decibans"] < 0:
            weight = -row["decibans"]
            reason += f"; its source speaks {odds_of(weight)} against the claim ({weight:.1f} decibans)"
        found.append(_of_item(1, row, float(row["score"]), reason))
    return found


def splits(sided: pl.DataFrame, framework: Framework) -> list[Candidate]:
    """Queue 8: passages that coders read on different sides of the claim; the more evenly, the higher.

    Items here are the same passage in the same domain, whatever the indicator. Score: 1 − |p − c| / (p + c) over the
    coders' weights, so 1 where they are even, plus nothing for what a single coder says.
    """
    if sided.is_empty():
        return []
    aligned = align_codings(sided, "domain").sort("coding_id")
    side = pl.when(pl.col("contra") > pl.col("pro")).then(-1).otherwise(1)
    grouped = (
        aligned.with_columns(side=side)
        .group_by("item", maintain_order=True)
        .agg(
            *(pl.col(c).first() for c in ("source", "start", "end", "text", "participant", "role", "kind")),
            pl.col("pro").sum(),
            pl.col("contra").sum(),
            pl.col("coding_id").alias("coding_ids"),
            pl.col("coder").filter(pl.col("side") > 0).unique().sort().alias("with_it"),
            pl.col("coder").filter(pl.col("side") < 0).unique().sort().alias("against_it"),
            pl.col("code").filter(pl.col("side") < 0).first().alias("code"),
        )
        .filter((pl.col("with_it").list.len() > 0) & (pl.col("against_it").list.len() > 0))
        # One coder who says both is no split between coders.
        .filter(pl.col("with_it").list.set_union("against_it").list.len() > 1)
    )
    found = []
    for row in grouped.iter_rows(named=True):
        even = 1.0 - abs(row["pro"] - row["contra"]) / (row["pro"] + row["contra"])
        reason = (
            f"{' and '.join(row['against_it'])} coded it against the claim "
            f"({framework.indicator(row['code']).name}), {' and '.join(row['with_it'])} for it"
        )
        found.append(_of_item(8, row, even, reason))
    return found


def _on_one_passage(items: pl.DataFrame) -> set[tuple[str, int, int]]:
    sides = items.group_by("source", "start", "end").agg(
        (pl.col("pro") > pl.col("contra")).any().alias("p"), (pl.col("contra") > pl.col("pro")).any().alias("c")
    )
    return set(sides.filter(pl.col("p") & pl.col("c")).select("source", "start", "end").iter_rows())


def _reason(row: dict[str, object], framework: Framework) -> str:
    name = framework.indicator(str(row["code"])).name
    why = str(row["why_contra"])
    if why.startswith("denied: "):
        said = f"“{name}” is denied, and the claim needs it ({why.removeprefix('denied: ')})"
    else:
        said = f"“{name}” speaks against it ({why})"
    if float(str(row["pro"])) > 0 and row["why_pro"]:
        said += f" (it also speaks for it: {str(row['why_pro']).removeprefix('denied: ')})"
    return said


def _of_item(queue: int, row: dict[str, object], score: float, reason: str) -> Candidate:
    ids = row["coding_ids"]
    assert isinstance(ids, list)
    # The first coding names the candidate: ids are never used twice, and later codings have higher ones.
    return Candidate(
        queue=queue,
        key=f"{queue}:coding:{min(ids)}",
        score=score,
        reason=reason,
        source=str(row["source"]),
        start=int(str(row["start"])),
        end=int(str(row["end"])),
        text=str(row["text"]),
        said_by=said_by(row),
        codings=tuple(sorted(ids)),
    )
