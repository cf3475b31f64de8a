"""The model-free reading weighed otherwise: sources by volume or balanced over levels, and another prior atom α₀."""

from __future__ import annotations

import numpy as np
import polars as pl

from crosscase.analysis import conditions as free
from crosscase.analysis.bootstrap import Floats, expected_shares
from crosscase.analysis.distribution import Weighting, source_weights
from crosscase.analysis.robustness.again import Standing

WEIGHTINGS: tuple[Weighting, ...] = ("source", "volume", "levels")
ATOMS = (0.0, 0.5, 1.0, 2.0, 4.0)
CALLED = 0.5


def verdicts_by_weighting(standing: Standing) -> pl.DataFrame:
    """The type by the rule on model-free shares under each weighting.

    Returns
    -------
    One row per case and weighting: ``type`` (``none`` if no membership is above one half, null where conditions are
    unknown), ``membership`` in the assigned type, ``differs`` from sources counted alike.
    """
    rows = []
    for case in standing.study.cases:
        base: str | None = None
        for weighting in WEIGHTINGS:
            answer, membership = _answer(standing, case, weighting, 1.0)
            base = answer if weighting == "source" else base
            rows.append((case, weighting, answer, membership, answer != base))
    schema: dict[str, type[pl.DataType]] = {
        "case": pl.String,
        "weighting": pl.String,
        "type": pl.String,
        "membership": pl.Float64,
        "differs": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def prior_atoms(standing: Standing) -> pl.DataFrame:
    """The type by the rule on model-free shares with the prior atom weighing as much as α₀ sources.

    Returns
    -------
    One row per case and ``atom``: ``type`` and ``membership`` as in ``verdicts_by_weighting``.
    """
    rows = [(case, atom, *_answer(standing, case, "source", atom)) for case in standing.study.cases for atom in ATOMS]
    schema: dict[str, type[pl.DataType]] = {
        "case": pl.String,
        "atom": pl.Float64,
        "type": pl.String,
        "membership": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _answer(standing: Standing, case: str, weighting: Weighting, prior: float) -> tuple[str | None, float | None]:
    """The type with the highest membership above one half, and the membership in the assigned type."""
    values: dict[str, float] = {}
    for condition in standing.framework.conditions:
        support = standing.study.found.get((case, condition.id))
        if support is None or not support.met:
            continue
        if condition.input != "passages":
            drawn = standing.found.condition_draws.get((case, condition.id))
            if drawn is not None:
                values[condition.id] = float(np.median(drawn))
            continue
        counts, levels = _counts(standing, case, condition.id)
        weights = source_weights(counts, levels, weighting)
        share = expected_shares(counts, weights, prior)[:1]
        values[condition.id] = float(free.calibrate(share, free.anchors_of(condition))[0])
    memberships = {
        t.id: t.membership(values) for t in standing.framework.types if set(t.formula.conditions) <= set(values)
    }
    if len(memberships) < len(standing.framework.types):
        return None, memberships.get(standing.assigned(case))
    best = max(memberships, key=lambda name: memberships[name])
    answer = best if memberships[best] > CALLED else "none"
    return answer, memberships.get(standing.assigned(case))


def _counts(standing: Standing, case: str, condition: str) -> tuple[Floats, list[str]]:
    """Weights for and against per source, and the sources' levels."""
    rows = standing.study.spoken.filter((pl.col("case") == case) & (pl.col("condition") == condition))
    sums = (
        rows.group_by("source")
        .agg((pl.col("pro", "contra") / pl.col("n_in_item")).sum(), pl.col("level").fill_null("").min())
        .sort("source")
    )
    return sums.select("pro", "contra").to_numpy().astype(float), sums["level"].to_list()
