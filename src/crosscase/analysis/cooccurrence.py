"""Co-occurrence of codes: which codes are said in one breath, counted by passages and by sources.

Codings of one code that overlap in a source are one **passage** of that code, whoever coded them. Two passages are
together when they overlap, lie in one turn, or lie within so many characters of each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from crosscase.analysis.bootstrap import Floats, Ints, stream, tails
from crosscase.analysis.located import known_order, with_keys
from crosscase.analysis.result import Result, framework_name, provenance
from crosscase.analysis.support import about_cases
from crosscase.errors import AnalysisError
from crosscase.model.framework import Framework

OVERLAP, TURN, NEAR = "overlap", "turn", "near"
_COUNTED = {"n_one": pl.Int64, "n_other": pl.Int64, "n_together": pl.Int64, "n_sources": pl.Int64}
_RATIOS = ("jaccard", "jaccard_low", "jaccard_high", "lift", "lift_low", "lift_high")


@dataclass(frozen=True)
class Cooccurrence(Result):
    """Pairs of codes; ``table`` has a row per pair that is together somewhere, the most frequent first.

    Columns: ``one``, ``other``, ``n_one`` and ``n_other`` (passages of each), ``n_together``, ``n_sources`` in which
    they are together, ``jaccard`` and ``lift`` with their intervals over sources.
    """


def cooccurrence(
    evidence: pl.DataFrame,
    framework: Framework,
    *,
    how: str = OVERLAP,
    within: int = 0,
    turns: pl.DataFrame | None = None,
    rows: str = "code",
    draws: int = 2000,
    seed: int = 1,
    level: float = 0.90,
) -> Cooccurrence:
    """Which codes occur together, how often, in how many sources, and more often than chance would have it.

    Parameters
    ----------
    evidence
        A row per coding, as ``study.evidence()`` returns it.
    how
        ``"overlap"``: the passages share at least one character. ``"turn"``: they touch one turn. ``"near"``: the gap
        between them is at most ``within`` characters (0: they touch).
    turns
        For ``"turn"``: ``source``, ``start``, ``end`` of every turn.
    rows
        ``"code"``, ``"subdomain"`` or ``"domain"``.
    draws, seed, level
        Of the Bayesian bootstrap over sources, and the probability inside the intervals.

    Raises
    ------
    AnalysisError
        ``how`` is unknown, turns are missing, or fewer than two codes were used.

    Notes
    -----
    In a source, n_ab is the smaller of the numbers of a's passages that have a b and of b's passages that have an a,
    so that one long passage of a over five short ones of b counts once. Over all sources
    ``jaccard = n_ab / (n_a + n_b − n_ab)`` and ``lift = n_ab N / (n_a n_b)``, N being all passages. Intervals weigh
    every source with Exp(1) (Rubin 1981): sources, not passages, are what could have been others.

    References
    ----------
    Jaccard (1901) Bulletin de la Société vaudoise des sciences naturelles 37:547-579; Brin, Motwani, Ullman & Tsur
    (1997) SIGMOD Record 26:255-264 (lift, there called interest); Rubin (1981) Annals of Statistics 9:130-134.
    """
    if how not in (OVERLAP, TURN, NEAR):
        raise AnalysisError(f"codes do not occur together by {how!r}", mend="use overlap, turn or near")
    if how == TURN and turns is None:
        raise AnalysisError("no turns are given", where="co-occurrence by turn", mend="pass source, start and end")
    if within < 0:
        raise AnalysisError(f"{within} characters are no distance", mend="use 0 or more")
    kept, left_out = about_cases(evidence)
    kept = with_keys(kept, framework, (rows,))
    passages, members = _passages(kept, rows)
    if passages["label"].n_unique() < 2:
        raise AnalysisError("fewer than two codes were used, so no two occur together", mend="code more")
    pairs = _pairs(passages, how, within, turns)
    table = _ratios(_counts(passages, pairs, framework, rows), passages, draws, seed, level)
    return Cooccurrence(
        table=table,
        parameters=provenance(
            kept,
            left_out,
            framework_name(framework),
            how=how,
            within=within,
            rows=rows,
            draws=draws,
            seed=seed,
            level=level,
        ),
        keys=("one", "other"),
        lineage=_lineage(pairs, members, framework, rows),
        codings=kept,
    )


def _passages(codings: pl.DataFrame, rows: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Passages (``passage``, ``source``, ``label``, ``start``, ``end``), and which codings each is made of."""
    ordered = codings.filter(pl.col(rows).is_not_null()).sort("source", rows, "start", "end", "coding_id")
    reach = pl.col("end").cum_max().shift(1).over("source", rows)
    opened = ordered.with_columns(label=pl.col(rows), _new=(pl.col("start") >= reach).fill_null(True))
    numbered = opened.with_columns(passage=pl.col("_new").cum_sum().cast(pl.Int64))
    passages = numbered.group_by("passage", maintain_order=True).agg(
        pl.col("source", "label").first(), pl.col("start").min(), pl.col("end").max()
    )
    return passages, numbered.select("passage", "coding_id")


def _pairs(passages: pl.DataFrame, how: str, within: int, turns: pl.DataFrame | None) -> pl.DataFrame:
    """Pairs of passages of different codes that are together: ``source``, ``a``, ``b`` and their labels."""
    if how == TURN:
        assert turns is not None
        placed = passages.join(turns.select("source", turn_start="start", turn_end="end"), on="source").filter(
            (pl.col("start") < pl.col("turn_end")) & (pl.col("turn_start") < pl.col("end"))
        )
        joined = placed.join(placed, on=["source", "turn_start", "turn_end"], suffix="_b")
    else:
        gap = within if how == NEAR else -1
        joined = passages.join(passages, on="source", suffix="_b").filter(
            (pl.col("start_b") - pl.col("end") <= gap) & (pl.col("start") - pl.col("end_b") <= gap)
        )
    together = joined.filter(pl.col("label") != pl.col("label_b"))
    return together.select("source", "label", "label_b", a="passage", b="passage_b").unique()


def _counts(passages: pl.DataFrame, pairs: pl.DataFrame, framework: Framework, rows: str) -> pl.DataFrame:
    """Per source and pair of codes, the first code first in the framework's order: ``n_ab``."""
    ordered = _in_order(pairs, framework, rows)
    sided = ordered.group_by("source", "one", "other").agg(
        pl.col("a").n_unique().alias("of_one"), pl.col("b").n_unique().alias("of_other")
    )
    return sided.with_columns(n_ab=pl.min_horizontal("of_one", "of_other").cast(pl.Int64))


def _in_order(pairs: pl.DataFrame, framework: Framework, rows: str) -> pl.DataFrame:
    order = {name: i for i, name in enumerate(known_order(framework, rows))}
    rank = [pl.col(c).replace_strict(order, default=len(order), return_dtype=pl.Int64) for c in ("label", "label_b")]
    first = (rank[0] < rank[1]) | ((rank[0] == rank[1]) & (pl.col("label") < pl.col("label_b")))
    return pairs.filter(first).rename({"label": "one", "label_b": "other"})


def _ratios(counts: pl.DataFrame, passages: pl.DataFrame, draws: int, seed: int, level: float) -> pl.DataFrame:
    sources = passages["source"].unique().sort()
    labels = passages["label"].unique().sort()
    pairs = counts.select("one", "other").unique().sort("one", "other")
    places = (
        _places(counts["source"], sources),
        _places(counts.select(x=pl.struct("one", "other"))["x"], pairs.select(x=pl.struct("one", "other"))["x"]),
    )
    together = np.zeros((len(sources), pairs.height))
    together[places] = counts["n_ab"].to_numpy()
    each = np.zeros((len(sources), len(labels)))
    np.add.at(each, (_places(passages["source"], sources), _places(passages["label"], labels)), 1.0)
    one, other = _places(pairs["one"], labels), _places(pairs["other"], labels)
    weights = stream(seed, "cooccurrence").standard_exponential((draws, len(sources)))
    found = _jaccard_and_lift(np.ones((1, len(sources))), together, each, one, other)
    drawn = _jaccard_and_lift(weights, together, each, one, other)
    columns = {
        "n_one": each.sum(axis=0)[one].astype(np.int64),
        "n_other": each.sum(axis=0)[other].astype(np.int64),
        "n_together": together.sum(axis=0).astype(np.int64),
        "n_sources": (together > 0).sum(axis=0).astype(np.int64),
    }
    for name, value, spread in zip(("jaccard", "lift"), found, drawn, strict=True):
        low, high = np.quantile(spread, tails(level), axis=0)
        columns |= {name: value[0], f"{name}_low": low, f"{name}_high": high}
    table = pairs.with_columns(pl.Series(name, values) for name, values in columns.items())
    table = table.select("one", "other", *_COUNTED, *_RATIOS)
    return table.sort(["n_together", "n_sources", "one", "other"], descending=[True, True, False, False])


def _jaccard_and_lift(
    weights: Floats,
    together: Floats,
    each: Floats,
    one: np.typing.NDArray[np.int64],
    other: np.typing.NDArray[np.int64],
) -> tuple[Floats, Floats]:
    both, single = weights @ together, weights @ each
    a, b, whole = single[:, one], single[:, other], single.sum(axis=1, keepdims=True)
    jaccard: Floats = both / (a + b - both)
    lift: Floats = both * whole / (a * b)
    return jaccard, lift


def _places(values: pl.Series, among: pl.Series) -> Ints:
    table = pl.DataFrame({"x": among}).with_row_index("n")
    found = pl.DataFrame({"x": values}).join(table, on="x", how="left", maintain_order="left")["n"]
    return found.cast(pl.Int64).to_numpy()


def _lineage(pairs: pl.DataFrame, members: pl.DataFrame, framework: Framework, rows: str) -> pl.DataFrame:
    """The codings of the passages of either code that are together with the other."""
    ordered = _in_order(pairs, framework, rows)
    sides = [
        ordered.select("one", "other", passage=side)
        .unique()
        .join(members, on="passage")
        .with_columns(part=pl.lit(part))
        for side, part in (("a", "one"), ("b", "other"))
    ]
    return pl.concat(sides).select("one", "other", "coding_id", "part").sort("one", "other", "part", "coding_id")
