"""Where the uncertainty comes from: sources, coders, anchors, prior; each alone and all together.

The interval of a membership holds the sampling of sources and the errors of coders. With coders taken as known (their
confusion matrices held at their means) what is left is the sampling of sources; the rest of the variance is the
coders'. Anchors and prior are no random quantities: for them the range over a declared box, and over a grid, is shown.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from crosscase.analysis.bootstrap import Floats, interval
from crosscase.analysis.identify.memberships import ARRAYS, Membership
from crosscase.analysis.identify.reading import read_known_coders
from crosscase.analysis.robustness.again import Standing

_NUMBERS = (
    "membership",
    "low",
    "high",
    "sources_low",
    "sources_high",
    "coders_share",
    "anchors_low",
    "anchors_high",
    "probability",
    "prior_low",
    "prior_high",
    "together_low",
    "together_high",
)


def decompose(standing: Standing, box: pl.DataFrame, priors: pl.DataFrame, *, level: float = 0.90) -> pl.DataFrame:
    """The uncertainty of each case's membership in its assigned type, and of the type's probability.

    Parameters
    ----------
    box, priors
        What ``anchor_box`` and ``prior_sensitivity`` returned.

    Returns
    -------
    One row per case with a known membership: the ``membership`` with its interval (``low``, ``high``: sources and
    coders), the interval with coders known (``sources_low``, ``sources_high``) and the share of the variance that is
    the coders' (``coders_share``, 0 where none can be seen), the range of the median over the box of anchors, the
    ``probability`` and its range over the grid of priors, and the outermost membership of all together.
    """
    found = standing.found
    alone = read_known_coders(standing.study, found.fit, standing.seed)
    rows = []
    for case in found.verdicts:
        name = standing.assigned(case)
        here = box.filter((pl.col("case") == case) & (pl.col("type") == name))
        if here.is_empty():
            continue
        row = found.table.filter((pl.col("case") == case) & (pl.col("type") == name)).row(0, named=True)
        known = _interval(alone.get((case, name)), level) or (row["low"], row["high"])
        moved = here.row(0, named=True)
        grid = priors.filter((pl.col("case") == case) & (pl.col("type") == name))["probability"]
        rows.append(
            {
                "case": case,
                "type": name,
                "membership": row["membership"],
                "low": row["low"],
                "high": row["high"],
                "sources_low": known[0],
                "sources_high": known[1],
                "coders_share": _coders_share(standing, case, name, alone.get((case, name))),
                "anchors_low": moved["membership_low"],
                "anchors_high": moved["membership_high"],
                "probability": row["probability"],
                "prior_low": grid.min() if grid.len() else row["probability"],
                "prior_high": grid.max() if grid.len() else row["probability"],
                "together_low": min(row["low"], moved["membership_low"]),
                "together_high": max(row["high"], moved["membership_high"]),
            }
        )
    schema: dict[str, type[pl.DataType]] = {"case": pl.String, "type": pl.String} | dict.fromkeys(_NUMBERS, pl.Float64)
    return pl.DataFrame(rows, schema=schema)


def _interval(membership: Membership | None, level: float) -> tuple[float, float] | None:
    if membership is None or not membership.known:
        return None
    low, high = interval(membership.lowest, level)
    return float(low), float(high)


def _coders_share(standing: Standing, case: str, name: str, alone: Membership | None) -> float:
    """1 − variance with coders known / variance in all, of log-odds: near 0 and 1 memberships are squeezed."""
    values = {}
    for condition in standing.framework.type(name).formula.conditions:
        drawn = standing.found.condition_draws.get((case, condition))
        if drawn is None:
            return 0.0
        values[condition] = drawn
    if alone is None or not alone.known:
        return 0.0
    whole = _spread(standing.framework.type(name).formula.fold(values, ARRAYS))
    return float(max(0.0, 1.0 - _spread(alone.lowest) / whole)) if whole > 0 else 0.0


def _spread(membership: Floats) -> float:
    inside = np.clip(membership, 1e-9, 1 - 1e-9)
    return float(np.var(np.log(inside / (1 - inside))))
