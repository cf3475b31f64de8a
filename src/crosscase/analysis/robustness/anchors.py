"""Anchors moved: how far a verdict by the rule depends on where a condition is called present.

A membership in a condition lies above one half where its share of support lies beyond the cross-over. Moving all three
anchors of a condition by δ moves that point; the verdict by the rule (the type with a membership above one half, if
any) flips where a median membership passes one half. In a rule of minima and maxima that is where the cross-over
reaches the case's own share, once in each direction; bisection finds the point to the last bit for every rule.

A **box** of anchors (every anchor ± its width) gives the range of each membership: rules rise or fall in every
condition that they want present or absent throughout, so the extremes lie at the corners.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import numpy as np
import polars as pl

from crosscase.analysis import conditions as free
from crosscase.analysis.bootstrap import Floats
from crosscase.analysis.identify.memberships import ARRAYS
from crosscase.analysis.identify.result import Identification
from crosscase.model.framework import Anchors, Condition, Framework

CALLED = 0.5
_REACH = 0.5  # shares are looked at this far on either side of the anchors as they are
_STEPS = 41


def shifted(anchors: Anchors, by: float) -> Anchors:
    """All three anchors moved by the same amount."""
    return replace(anchors, out=anchors.out + by, cross=anchors.cross + by, into=anchors.into + by)


def anchor_flips(found: Identification, framework: Framework) -> pl.DataFrame:
    """Where the verdict by the rule flips when the anchors of one condition are moved.

    Returns
    -------
    One row per case and passage condition with a known membership: ``cross`` (the cross-over as it is), ``share``
    (median share of support), ``before`` (the type by the rule, or ``none``), ``lower`` and ``upper``: the nearest
    cross-over below and above at which the verdict by the rule becomes another, with ``lower_becomes`` and
    ``upper_becomes``; null where none within .5 does.
    """
    rows = []
    for case in found.verdicts:
        shares = _median_shares(found, case)
        for condition in framework.conditions:
            if condition.id not in shares or condition.input != "passages":
                continue
            anchors = free.anchors_of(condition)
            before = _type_by_rule(framework, shares, condition, 0.0)
            down = _flip(framework, shares, condition, -1.0, before)
            up = _flip(framework, shares, condition, +1.0, before)
            rows.append(
                {
                    "case": case,
                    "condition": condition.id,
                    "cross": anchors.cross,
                    "share": shares[condition.id],
                    "before": before,
                    "lower": None if down is None else anchors.cross + down[0],
                    "lower_becomes": None if down is None else down[1],
                    "upper": None if up is None else anchors.cross + up[0],
                    "upper_becomes": None if up is None else up[1],
                }
            )
    schema: dict[str, type[pl.DataType]] = {
        "case": pl.String,
        "condition": pl.String,
        "cross": pl.Float64,
        "share": pl.Float64,
        "before": pl.String,
        "lower": pl.Float64,
        "lower_becomes": pl.String,
        "upper": pl.Float64,
        "upper_becomes": pl.String,
    }
    return pl.DataFrame(rows, schema=schema)


def anchor_box(found: Identification, framework: Framework, width: float = 0.05) -> pl.DataFrame:
    """Membership of each case in each type over a box of anchors.

    Returns
    -------
    One row per case and type: ``probability`` that the membership by the rule lies above one half with the anchors as
    they are, ``lowest`` and ``highest`` over the box, and the same for the median: ``membership``, ``membership_low``,
    ``membership_high``. Types with unknown conditions are left out.
    """
    rows = []
    for case in found.verdicts:
        for ideal in framework.types:
            names = [n for n in ideal.formula.conditions if framework.condition(n).input == "passages"]
            drawn = {n: found.condition_draws.get((case, n)) for n in ideal.formula.conditions}
            if any(x is None for x in drawn.values()):
                continue
            shares = {n: free.uncalibrate(_known(drawn[n]), free.anchors_of(framework.condition(n))) for n in names}
            corners = []
            for signs in [(0.0,) * len(names), *product((-width, width), repeat=len(names))]:
                moved = {
                    n: free.calibrate(shares[n], shifted(free.anchors_of(framework.condition(n)), by))
                    for n, by in zip(names, signs, strict=True)
                }
                values = {n: moved.get(n, _known(drawn[n])) for n in drawn}
                membership = ideal.formula.fold(values, ARRAYS)
                corners.append((float((membership > CALLED).mean()), float(np.median(membership))))
            middle = corners[0]
            rows.append(
                {
                    "case": case,
                    "type": ideal.id,
                    "probability": middle[0],
                    "lowest": min(p for p, _ in corners),
                    "highest": max(p for p, _ in corners),
                    "membership": middle[1],
                    "membership_low": min(m for _, m in corners),
                    "membership_high": max(m for _, m in corners),
                }
            )
    schema: dict[str, type[pl.DataType]] = {"case": pl.String, "type": pl.String} | dict.fromkeys(
        ("probability", "lowest", "highest", "membership", "membership_low", "membership_high"), pl.Float64
    )
    return pl.DataFrame(rows, schema=schema)


def _known(drawn: Floats | None) -> Floats:
    if drawn is None:
        raise ValueError("an unknown membership has no draws")
    return drawn


def _median_shares(found: Identification, case: str) -> dict[str, float]:
    """Condition → median share of support, for conditions with a known membership."""
    rows = found.conditions.filter((pl.col("case") == case) & pl.col("membership").is_not_null())
    result = {}
    for name in rows["condition"]:
        drawn = found.condition_draws.get((case, name))
        if drawn is not None:
            result[name] = float(np.median(drawn))
    return result


def _type_by_rule(framework: Framework, medians: Mapping[str, float], condition: Condition, by: float) -> str:
    """The type with the highest membership above one half, or ``none``, with one condition's anchors moved."""
    anchors = free.anchors_of(condition)
    values = dict(medians)
    share = free.uncalibrate(np.array([medians[condition.id]]), anchors)
    values[condition.id] = float(free.calibrate(share, shifted(anchors, by))[0])
    best, most = "none", CALLED
    for ideal in framework.types:
        if set(ideal.formula.conditions) <= set(values):
            membership = ideal.membership(values)
            if membership > most:
                best, most = ideal.id, membership
    return best


def _flip(
    framework: Framework,
    medians: Mapping[str, float],
    condition: Condition,
    direction: float,
    before: str,
) -> tuple[float, str] | None:
    """The smallest move of the anchors in a direction that changes the type by the rule."""
    inside = 0.0
    for step in np.linspace(0.0, _REACH, _STEPS)[1:]:
        by = direction * float(step)
        if _type_by_rule(framework, medians, condition, by) != before:
            low, high = inside, by
            for _ in range(60):
                middle = (low + high) / 2
                if _type_by_rule(framework, medians, condition, middle) == before:
                    low = middle
                else:
                    high = middle
            return high, _type_by_rule(framework, medians, condition, high)
        inside = by
    return None
