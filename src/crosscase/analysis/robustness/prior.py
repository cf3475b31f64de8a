"""The prior moved: how much of a verdict is the evidence's, and how much was believed beforehand.

Probabilities under another prior come from the draws that are there: given the tables m of a draw the evidence for each
type has a closed form, p'(m | T), so that P'(T) = Σ w p'(T | m) / Σ w with the importance weights w = p'(m) / p(m) of
the case. How many draws the weights leave (Kish's effective number) is reported with each answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from crosscase.analysis.bootstrap import Floats
from crosscase.analysis.identify.leave_out import dominant_evidence
from crosscase.analysis.identify.sampling import NONE, expectations, log_prior
from crosscase.analysis.robustness.again import Standing

FIDELITIES = (0.80, 0.90, 0.95)
NONE_PROBABILITIES = (0.10, 0.20, 0.50)

_SCHEMA: dict[str, type[pl.DataType]] = {
    "case": pl.String,
    "fidelity": pl.Float64,
    "none": pl.Float64,
    "type": pl.String,
    "probability": pl.Float64,
    "effective_draws": pl.Float64,
}


def prior_sensitivity(
    standing: Standing,
    fidelities: Sequence[float] = FIDELITIES,
    none_probabilities: Sequence[float] = NONE_PROBABILITIES,
) -> pl.DataFrame:
    """P(type) of every case over a grid of priors.

    Parameters
    ----------
    fidelities
        Probabilities that a case of a type shows the type's category in a dimension that the type settles.
    none_probabilities
        Prior probabilities that a case is none of the types; the types share the rest as before.

    Returns
    -------
    One row per case, fidelity, prior probability of none, and type (with *none*). Empty where there is no model.
    """
    fit = standing.fit
    if fit is None:
        return pl.DataFrame(schema=_SCHEMA)
    given, highest = dominant_evidence(fit)
    figures = fit.rules.log_type - log_prior(fit.types, standing.prior)[None, :]
    base = _log_joint(given, highest, fit.rules.expect) + fit.rules.log_type
    names = (*fit.types, NONE)
    rows = []
    for fidelity in fidelities:
        expect = expectations(fit.readings.dimensions, len(fit.types), fidelity)
        by_type = _log_joint(given, highest, expect)
        for none in none_probabilities:
            log_type = log_prior(fit.types, replace(standing.prior, types=_with_none(standing, none))) + figures
            joint = by_type + log_type
            weight = np.logaddexp.reduce(joint, axis=2) - np.logaddexp.reduce(base, axis=2)
            weight = np.exp(weight - weight.max(axis=0))
            answer = np.exp(joint - np.logaddexp.reduce(joint, axis=2, keepdims=True))
            probability = (weight[:, :, None] * answer).sum(axis=0) / weight.sum(axis=0)[:, None]
            effective = weight.sum(axis=0) ** 2 / (weight**2).sum(axis=0)
            for c, case in enumerate(fit.readings.cases):
                for t, name in enumerate(names):
                    rows.append((case, fidelity, none, name, float(probability[c, t]), float(effective[c])))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _log_joint(given: Floats, highest: Floats, expect: Floats) -> Floats:
    """log p(tables | type), draw × case × type, from the evidence for each dominant category."""
    found = np.einsum("icdh,tdh->icdt", given, expect)
    logs: Floats = (np.log(found) + highest[:, :, :, None]).sum(axis=2)
    return logs


def _with_none(standing: Standing, none: float) -> dict[str, float]:
    """Weights of the prior in which *none* has this probability."""
    types = {name: standing.prior.types.get(name, 1.0) for name in standing.study.types}
    total = sum(types.values())
    return {name: weight / total * (1.0 - none) for name, weight in types.items()} | {NONE: none}
