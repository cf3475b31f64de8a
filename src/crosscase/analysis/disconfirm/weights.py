"""How much each source weighs for or against a claim, in decibans, and which sources a verdict hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import polars as pl

from crosscase.errors import Degenerate
from crosscase.model.claim import Claim

DECIBANS_OF_ONE = 4.771212547196624  # 10 log10 3: one full passage in a source without another


def weigh_sources(items: pl.DataFrame) -> pl.DataFrame:
    """Weight of evidence of each source for the claim, from code logic alone; a row per source.

    Columns: ``source``, ``pro``, ``contra`` (added weights of its items), ``decibans`` (positive: for the claim).

    Notes
    -----
    In a source the share of what speaks for the claim has a Beta(3, 1) distribution if the claim holds and a
    Beta(1, 3) if it does not: on average three quarters and one quarter, the anchors *fully in* and *fully out* of
    most conditions. The beta-binomial likelihoods have the ratio (p+1)(p+2) / ((c+1)(c+2)) for added weights p and c,
    and ten times its decimal logarithm is the weight of evidence (Good 1950). Many passages of one source so weigh
    less than as many sources would. The two Beta distributions are ours; where the model of types has weights, they
    take the place of these.
    """
    sums = items.group_by("source").agg(pl.col("pro").sum(), pl.col("contra").sum()).sort("source")
    p, c = pl.col("pro"), pl.col("contra")
    ratio = (p + 1) * (p + 2) / ((c + 1) * (c + 2))
    return sums.with_columns(decibans=10 * ratio.log(10))


def model_weights(claim: Claim, source_weights: pl.DataFrame | None) -> pl.DataFrame | None:
    """The model's weights for a claim about a type: ``source``, ``decibans`` (positive: for); ``None`` without."""
    if source_weights is None or claim.kind != "type":
        return None
    rows = source_weights.filter(pl.col("type") == claim.subject)
    if claim.scope.cases:
        rows = rows.filter(pl.col("case").is_in(list(claim.scope.cases)))
    if rows.is_empty():
        return None
    sign = 1.0 if claim.polarity else -1.0
    return rows.group_by("source").agg(pl.col("decibans").sum() * sign).sort("source")


def odds_of(decibans: float) -> str:
    """A weight of evidence as odds, for readers who do not think in decibans.

    >>> odds_of(DECIBANS_OF_ONE), odds_of(-3.0), odds_of(13.0)
    ('3.0 to 1', '1 to 2.0', '20 to 1')
    """
    ratio = 10 ** (abs(decibans) / 10)
    said = f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:,.0f}" if ratio < 1000 else "over 1,000"
    return f"{said} to 1" if decibans >= 0 else f"1 to {said}"


def flip_sets(
    weights: Mapping[str, float], *, threshold: float = 0.0, start: float = 0.0, most: int = 20
) -> list[tuple[str, ...]]:
    """The smallest sets of sources without which a verdict would not stand.

    Parameters
    ----------
    weights
        Source → weight of evidence for the verdict, in decibans.
    threshold
        The verdict stands while the sum of weights is above it (9.54 decibans are odds of 9 to 1, probability .90).
    start
        Prior weight, in decibans.
    most
        At most so many sets, those that leave the least weight first.

    Returns
    -------
    Sets of the smallest size that flips, each in alphabetical order; empty when no removal flips the verdict.

    Raises
    ------
    Degenerate
        The verdict does not stand with all sources, so nothing can flip.

    Notes
    -----
    Weights add up, so the m heaviest sources flip the verdict if any m do: the smallest size is found exactly, without
    search. Other sets of that size are listed while there are few enough (those within the heaviest 24 sources).
    """
    total = start + sum(weights.values())
    if total <= threshold:
        raise Degenerate(
            f"the verdict does not stand with all sources ({total:.1f} decibans, it needs more than {threshold:.1f})",
            where="flip sets",
            mend="nothing can flip what does not stand",
        )
    heavy = sorted((s for s in weights if weights[s] > 0), key=lambda s: (-weights[s], s))
    left, size = total, 0
    for source in heavy:
        left -= weights[source]
        size += 1
        if left <= threshold:
            break
    else:
        return []
    found: list[tuple[float, tuple[str, ...]]] = []
    for n, chosen in enumerate(combinations(heavy[:24], size)):
        rest = total - sum(weights[s] for s in chosen)
        if rest <= threshold:
            found.append((rest, tuple(sorted(chosen))))
        # Combinations come with the heaviest first; beyond this many nobody reads on.
        if n >= 5000 or len(found) >= 20 * most:
            break
    return [chosen for _, chosen in sorted(found)[:most]]
