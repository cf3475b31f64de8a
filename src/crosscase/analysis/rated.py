"""From people's ratings to where a case stands: a cumulative probit with the severity of each coder.

Coder r rates case c on a construct i; behind the rating y stands θ_ci + s_r + noise ~ N(0, σ²), and y is the point of
the scale that it comes nearest to: y = v where it lies within half a step of v, the ends of the scale open. Severities
s_r ~ N(0, ½²) are a coder's leaning to rate higher or lower, places θ_ci ~ N(middle, 2²), σ² ~ inverse gamma(2, ½).
Places are on the scale of the ratings, so that a condition's anchors can be named on it. Gibbs with the values behind
the ratings drawn from truncated normals (Albert & Chib 1993, *JASA* 88:669-679); all of a study's ratings at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import ndtr, ndtri

from crosscase.errors import AnalysisError
from crosscase.model.seed import check_seed

Floats = npt.NDArray[np.float64]
_SEVERITY, _SPREAD, _SHAPE, _SCALE = 0.5, 2.0, 2.0, 0.5
_WARMUP = 300


@dataclass(frozen=True)
class Rated:
    """Where cases stand on constructs, with what coders differ in.

    ``places`` maps case → construct → draws on the scale of the ratings; ``severity`` maps a coder to the draws of how
    much higher than others that coder rates; ``noise`` has the draws of σ.
    """

    places: Mapping[str, Mapping[str, Floats]]
    severity: Mapping[str, Floats]
    noise: Floats


def place_cases(ratings: pl.DataFrame, scale: Sequence[int], *, draws: int = 1000, seed: int = 1) -> Rated:
    """Where each case stands on each construct that somebody rated.

    Parameters
    ----------
    ratings
        Columns ``case``, ``code``, ``coder``, ``rating`` (a number of the scale); a row per rating.
    scale
        The points of the scale, rising by the same step.

    Raises
    ------
    AnalysisError
        A rating is not on the scale, a coder rated a construct of a case twice, or the scale has fewer than two points.
    """
    points = np.array(sorted(scale), dtype=float)
    if len(points) < 2:
        raise AnalysisError("a scale of ratings needs two points or more", mend="name them in the framework")
    strange = ratings.filter(~pl.col("rating").is_in(points.tolist()))
    if strange.height:
        row = strange.row(0, named=True)
        raise AnalysisError(
            f"{row['rating']:g} is no point of the scale {points[0]:g} … {points[-1]:g}",
            where=f"{row['coder']} on {row['code']} in {row['case']}",
            mend="correct the rating",
        )
    twice = ratings.group_by("case", "code", "coder").len().filter(pl.col("len") > 1)
    if twice.height:
        row = twice.sort("case", "code", "coder").row(0, named=True)
        raise AnalysisError(
            f"{row['coder']} rated {row['code']} in {row['case']} {row['len']} times",
            where="ratings",
            mend="keep one rating, or name the rounds as coders",
        )
    ordered = ratings.sort("case", "code", "coder")
    cells = ordered.select("case", "code").unique(maintain_order=True)
    coders = sorted(ordered["coder"].unique())
    if ordered.is_empty():
        return Rated({}, {}, np.zeros(0))
    kept, severity, noise = _sample(ordered, cells, coders, points, draws, seed)
    places: dict[str, dict[str, Floats]] = {}
    for n, (case, code) in enumerate(cells.iter_rows()):
        places.setdefault(case, {})[code] = kept[:, n]
    return Rated(places, {coder: severity[:, r] for r, coder in enumerate(coders)}, noise)


def _sample(
    ordered: pl.DataFrame, cells: pl.DataFrame, coders: list[str], points: Floats, draws: int, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Gibbs draws of places (draw × cell), severities (draw × coder) and σ."""
    rng = np.random.default_rng([check_seed(seed), 17])
    number = cells.with_row_index("cell")
    cell = ordered.join(number, on=["case", "code"], how="left", maintain_order="left")["cell"].to_numpy()
    who = ordered["coder"].replace_strict({c: i for i, c in enumerate(coders)}, return_dtype=pl.Int64).to_numpy()
    rating = ordered["rating"].to_numpy().astype(float)
    half, middle = (points[1] - points[0]) / 2, float(points.mean())
    low = np.where(rating == points[0], -np.inf, rating - half)
    high = np.where(rating == points[-1], np.inf, rating + half)
    place = np.bincount(cell, rating) / np.bincount(cell)
    severity, variance = np.zeros(len(coders)), 0.5
    per_cell, per_coder = np.bincount(cell), np.bincount(who, minlength=len(coders))
    kept = np.zeros((draws, len(place))), np.zeros((draws, len(coders))), np.zeros(draws)
    for sweep in range(_WARMUP + draws):
        behind = _truncated(place[cell] + severity[who], np.sqrt(variance), low, high, rng)
        precision = per_cell / variance + 1 / _SPREAD**2
        pull = np.bincount(cell, behind - severity[who]) / variance + middle / _SPREAD**2
        place = pull / precision + rng.standard_normal(len(place)) / np.sqrt(precision)
        precision = per_coder / variance + 1 / _SEVERITY**2
        pull = np.bincount(who, behind - place[cell], minlength=len(coders)) / variance
        severity = pull / precision + rng.standard_normal(len(coders)) / np.sqrt(precision)
        rest = behind - place[cell] - severity[who]
        variance = float((_SCALE + (rest**2).sum() / 2) / rng.standard_gamma(_SHAPE + len(rest) / 2))
        if sweep >= _WARMUP:
            for store, value in zip(kept, (place, severity, np.sqrt(variance)), strict=True):
                store[sweep - _WARMUP] = value
    return kept


def _truncated(mean: Floats, sd: float, low: Floats, high: Floats, rng: np.random.Generator) -> Floats:
    """Normals between two bounds, by the inverse of the distribution function; far tails stay inside the bounds."""
    below, above = ndtr((low - mean) / sd), ndtr((high - mean) / sd)
    drawn = ndtri(np.clip(below + rng.random(len(mean)) * (above - below), 1e-12, 1 - 1e-12))
    values: Floats = np.clip(mean + sd * drawn, np.where(np.isinf(low), -1e9, low), np.where(np.isinf(high), 1e9, high))
    return values
