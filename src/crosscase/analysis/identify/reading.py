"""Two readings of the evidence: the model's draws, and the rules on the shares where there is nothing to model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis import conditions as free
from crosscase.analysis.bootstrap import Floats, stream
from crosscase.analysis.identify.arrange import Study
from crosscase.analysis.identify.diagnostics import Limits, diagnose
from crosscase.analysis.identify.dimensions import Ints, Readings, read_evidence
from crosscase.analysis.identify.memberships import Membership, rule_membership
from crosscase.analysis.identify.sampling import Fit, Posterior, figure_log_likelihood, log_prior, rules_of, sample
from crosscase.analysis.identify.settings import Prior
from crosscase.errors import AnalysisError

WARMUP, THIN = 400, 1
# How much longer each further try is, where the chains have not converged.
_TRIES = (1, 3, 8)
_FIGURE_DRAWS = 1000
CALLED = 0.5  # above this membership a case is in the set


@dataclass(frozen=True)
class Reading:
    """Types and memberships over draws.

    ``type_draws`` is draw × case: the number of a type, that of the types for *none*, −1 where unknown conditions
    leave it open. ``domain_shares`` is case → domain → locus → mean share.
    """

    name: str  # model | rule
    probability: Floats  # case × type; the last is "none"
    both: Floats  # case × type: the model says so and the rule does not deny it; the last is what is left
    type_draws: Ints
    conditions: dict[free.Cell, Floats | None]
    shares: dict[free.Cell, Floats]
    memberships: dict[tuple[str, str], Membership]
    domain_shares: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    log_evidence: Floats | None = None  # case × dimension × type
    diagnostics: pl.DataFrame = field(default_factory=pl.DataFrame)
    options: dict[str, Any] = field(default_factory=dict)
    fit: Fit | None = None


def memberships_in_types(
    study: Study, conditions: dict[free.Cell, Floats | None], draws: int
) -> dict[tuple[str, str], Membership]:
    """Case and type → membership by the type's rule."""
    result = {}
    for case in study.cases:
        values = {c.id: conditions[case, c.id] for c in study.framework.conditions}
        for ideal in study.framework.types:
            result[case, ideal.id] = rule_membership(ideal.formula, values, draws)
    return result


def read_by_rule(study: Study, draws: int, seed: int) -> Reading:
    """Types by their rules: P(type) is the share of draws in which the membership lies above one half."""
    shares = free.share_draws(study.spoken, study.found, study.framework, prior=1.0, draws=draws, seed=seed)
    conditions = free.memberships(study.found, shares, study.framework, study.numbers, draws)
    memberships = memberships_in_types(study, conditions, draws)
    types = study.types
    chosen = np.full((draws, len(study.cases)), -1, dtype=np.int64)
    for c, case in enumerate(study.cases):
        lowest = np.stack([memberships[case, t].lowest for t in types])
        highest = np.stack([memberships[case, t].highest for t in types])
        chosen[(highest < CALLED).all(axis=0), c] = len(types)
        inside = lowest.max(axis=0) > CALLED
        chosen[inside, c] = lowest.argmax(axis=0)[inside]
    probability = np.stack([(chosen == t).mean(axis=0) for t in range(len(types) + 1)], axis=1)
    drawn = {key: draws_ for key, (_, draws_) in shares.items()}
    return Reading("rule", probability, probability, chosen, conditions, drawn, memberships)


def read_by_model(
    study: Study,
    prior: Prior,
    draws: int,
    chains: int,
    seed: int,
    allow_unconverged: bool,
    *,
    tries: int = len(_TRIES),
    quick: bool = False,
) -> Reading:
    """Types by the model; sampled longer, and longer again, if the chains have not converged.

    ``quick`` is for answers beside the main one: a short warm-up and a single try.
    """
    figures = _figures(study)
    log_figures = figure_log_likelihood(
        figures, [t.formula.signs() for t in study.framework.types], study.cases, prior.fidelity
    )
    readings = read_evidence(study.located, study.spoken, study.framework, study.cases)
    if not readings.n_items:
        return _without_passages(study, log_prior(study.types, prior) + log_figures, figures, draws, seed)
    rules = rules_of(readings, study.types, prior, log_figures)
    reading = None
    for longer in (0.5,) if quick else _TRIES[:tries]:
        posterior = sample(
            readings,
            rules,
            draws=draws,
            chains=chains,
            seed=seed,
            warmup=int(WARMUP * longer),
            thin=max(1, int(THIN * longer)),
        )
        reading = _from_posterior(study, Fit(study.types, readings, rules, posterior), figures)
        if _converged(reading):
            return reading
    if reading is None or not allow_unconverged:
        raise _not_converged(reading.diagnostics if reading else pl.DataFrame())
    return reading


def read_known_coders(study: Study, fit: Fit | None, seed: int) -> dict[tuple[str, str], Membership]:
    """Memberships in types with every coder's confusion matrix held at its mean; empty where there is no model."""
    if fit is None:
        return {}
    rules = fit.rules._replace(known_confusion=True)
    posterior = sample(
        fit.readings,
        rules,
        draws=1000,
        chains=2,
        seed=seed,
        warmup=WARMUP // 2,
        thin=THIN,
        confusion=fit.posterior.confusion,
    )
    return _from_posterior(study, Fit(study.types, fit.readings, rules, posterior), _figures(study)).memberships


def _figures(study: Study) -> dict[str, dict[str, float]]:
    """Case → condition → membership from figures, where known."""
    result: dict[str, dict[str, float]] = {case: {} for case in study.cases}
    for condition in study.framework.conditions:
        if condition.input == "passages":
            continue
        for case in study.cases:
            known = free.figure_draws(study.framework, condition, study.numbers.get(case, {}), _FIGURE_DRAWS)
            if known is not None:
                result[case][condition.id] = float(known.mean())
    return result


def _without_passages(
    study: Study, log_types: Floats, figures: dict[str, dict[str, float]], draws: int, seed: int
) -> Reading:
    """A study about which no passage speaks yet: the prior, and every condition unknown but for figures."""
    weights = np.exp(log_types - log_types.max(axis=1, keepdims=True))
    probability = weights / weights.sum(axis=1, keepdims=True)
    rng = stream(seed, "prior")
    chosen = (
        np.stack([rng.choice(p.size, size=draws, p=p) for p in probability], axis=1)
        if len(probability)
        else (np.zeros((draws, 0), dtype=np.int64))
    )
    conditions = _conditions(study, {}, figures, draws)
    memberships = memberships_in_types(study, conditions, draws)
    each = np.broadcast_to(probability, (draws, *probability.shape))
    both = _both(study, each, memberships)
    return Reading("model", probability, both, chosen.astype(np.int64), conditions, {}, memberships)


def _both(study: Study, probability: Floats, memberships: dict[tuple[str, str], Membership]) -> Floats:
    """P(the case is of the type, and more in than out of it by the rule), case × type; the last is the rest.

    ``probability`` is draw × case × type. The rule cannot deny a type where its conditions are unknown.
    """
    result = np.zeros(probability.shape[1:])
    for c, case in enumerate(study.cases):
        for t, name in enumerate(study.types):
            result[c, t] = (probability[:, c, t] * (memberships[case, name].highest > CALLED)).mean()
    result[:, -1] = 1.0 - result[:, :-1].sum(axis=1)
    return result


def _conditions(
    study: Study, shares: dict[free.Cell, Floats], figures: dict[str, dict[str, float]], draws: int
) -> dict[free.Cell, Floats | None]:
    result: dict[free.Cell, Floats | None] = {}
    for (case, name), support in study.found.items():
        condition = study.framework.condition(name)
        if not support.met:
            result[case, name] = None
        elif condition.input == "passages":
            result[case, name] = free.calibrate(shares[case, name], free.anchors_of(condition))
        else:
            known = free.figure_draws(study.framework, condition, study.numbers.get(case, {}), draws)
            result[case, name] = np.full(draws, figures[case][name]) if known is None else known
    return result


def _from_posterior(study: Study, fit: Fit, figures: dict[str, dict[str, float]]) -> Reading:
    readings, posterior = fit.readings, fit.posterior
    n_chains, each = posterior.concentration.shape
    draws = n_chains * each
    flat = posterior.shares.reshape(draws, *posterior.shares.shape[2:]).astype(np.float64)
    present = {(row[0], row[1]) for row in readings.rows.select("case", "dimension").unique().iter_rows()}
    shares: dict[free.Cell, Floats] = {}
    domain_shares: dict[str, dict[str, dict[str, float]]] = {case: {} for case in study.cases}
    for c, case in enumerate(study.cases):
        for d, dimension in enumerate(readings.dimensions):
            if (case, d) not in present:
                continue
            if dimension.kind == "condition":
                shares[case, dimension.id] = flat[:, c, d, 0]
            else:
                means = flat[:, c, d, : len(dimension.categories)].mean(axis=0).tolist()
                domain_shares[case][dimension.id] = dict(zip(dimension.categories, means, strict=True))
    conditions = _conditions(study, shares, figures, draws)
    memberships = memberships_in_types(study, conditions, draws)
    probability = posterior.probability.reshape(draws, *posterior.probability.shape[2:])
    return Reading(
        "model",
        probability.mean(axis=0),
        _both(study, probability, memberships),
        posterior.type.reshape(draws, -1),
        conditions,
        shares,
        memberships,
        domain_shares,
        posterior.log_evidence,
        _diagnostics(study, readings, posterior, conditions, memberships),
        {"warmup": posterior.warmup, "thin": posterior.thin, "kept_per_chain": each, "coders": len(readings.coders)},
        fit,
    )


def _diagnostics(
    study: Study,
    readings: Readings,
    posterior: Posterior,
    conditions: dict[free.Cell, Floats | None],
    memberships: dict[tuple[str, str], Membership],
) -> pl.DataFrame:
    """Every number that is reported must have converged; κ and the coders' accuracy are shown beside them."""
    chains = posterior.concentration.shape
    names: list[str] = []
    columns: list[Floats] = []
    for c, case in enumerate(study.cases):
        for t, name in enumerate((*study.types, "none")):
            names.append(f"P({case} is {name})")
            columns.append(posterior.probability[:, :, c, t])
    for (case, name), drawn in conditions.items():
        if drawn is not None and study.framework.condition(name).input == "passages":
            names.append(f"{case} in {name}")
            columns.append(drawn.reshape(chains))
    for (case, name), membership in memberships.items():
        if membership.known:
            names.append(f"{case} in {name}")
            columns.append(membership.lowest.reshape(chains))
    n_required = len(names)
    names.append("concentration of sources")
    columns.append(posterior.concentration)
    for r, coder in enumerate(readings.coders):
        for f, family in enumerate(("loci", "conditions")):
            names.append(f"accuracy of {coder}, {family}")
            columns.append(posterior.accuracy[:, :, r, f])
    required = [i < n_required for i in range(len(names))]
    return diagnose(names, np.stack(columns, axis=2), Limits()).with_columns(required=pl.Series(required))


def _converged(reading: Reading) -> bool:
    return reading.diagnostics.filter(pl.col("required") & ~pl.col("converged")).is_empty()


def _not_converged(diagnostics: pl.DataFrame) -> AnalysisError:
    worst = diagnostics.filter(pl.col("required") & ~pl.col("converged")).sort("error", descending=True).head(3)
    listed = "; ".join(
        f"{row['quantity']} (R-hat {row['r_hat']:.3f}, effective sample size {row['ess']:.0f}, "
        f"error {row['error']:.3f})"
        for row in worst.iter_rows(named=True)
    )
    return AnalysisError(
        f"the chains have not converged, also not with {_TRIES[-1]} times as many sweeps, so no number is reported",
        where=listed,
        mend="raise draws, or pass allow_unconverged=True to see the numbers as they are",
    )
