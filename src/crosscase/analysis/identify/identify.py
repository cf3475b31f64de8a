"""Which ideal type each case is: the theory, the evidence and the sampler put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from crosscase.analysis import conditions as free
from crosscase.analysis.identify.arrange import Study, arrange
from crosscase.analysis.identify.lineage import trace
from crosscase.analysis.identify.memberships import Membership
from crosscase.analysis.identify.reading import Reading, memberships_in_types, read_by_model, read_by_rule
from crosscase.analysis.identify.result import Identification
from crosscase.analysis.identify.sampling import NONE
from crosscase.analysis.identify.settings import Prior, Thresholds
from crosscase.analysis.identify.tables import condition_table, statement_of, type_table
from crosscase.analysis.identify.verdicts import Account, verdict_of
from crosscase.analysis.result import framework_name, provenance
from crosscase.model.framework import Framework


def identify(
    evidence: pl.DataFrame,
    framework: Framework,
    *,
    draws: int = 4000,
    seed: int = 1,
    chains: int = 4,
    level: float = 0.90,
    thresholds: Thresholds | None = None,
    prior: Prior | None = None,
    numbers: free.Numbers | None = None,
    cases: Sequence[str] | None = None,
    allow_unconverged: bool = False,
    tries: int = 3,
) -> Identification:
    """Which ideal type each case is, with probabilities, memberships by the rules, and the evidence for and against.

    Parameters
    ----------
    evidence
        A row per coding, as ``study.evidence()`` returns it.
    framework
        Domains, conditions and ideal types.
    draws, seed, chains
        Posterior draws in all, their seed and the number of chains.
    level
        Probability inside the intervals.
    thresholds
        Probabilities from which a case is called a type, and leaning to it.
    prior
        What the model believes before the evidence.
    numbers
        Case → indicator → figure, for conditions whose input is a number or a rating; draws of it where people's
        ratings leave it uncertain (``analysis.rated.place_cases(…).places``).
    cases
        The study's cases; one without evidence gets the verdict *not enough evidence*.
    allow_unconverged
        Report numbers even if the chains have not converged.
    tries
        How often to sample, each time longer, until they have (1 to 3).

    Raises
    ------
    AnalysisError
        The framework has no ideal types, a condition has no anchors, or the chains did not converge.

    Notes
    -----
    The model: T_c ~ types and *none*; dominant category h_cd, the type's with probability ``fidelity``; shares
    π_cd ~ Dirichlet; source shares ρ_sd ~ Dirichlet(κ π_cd); true category z ~ ρ_sd; reading y ~ Θ_coder[z]. See
    ``docs/methods/identification.md``.

    References
    ----------
    Dawid & Skene (1979) Applied Statistics 28:20-28 (coders); Teh et al. (2006) JASA 101:1566-1581 (table counts);
    Kvist (2007) J. Business Research 60:474-481 (rules); Ragin (2008) *Redesigning Social Inquiry* (calibration).
    """
    thresholds, prior = thresholds or Thresholds(), prior or Prior()
    study = arrange(evidence, framework, numbers or {}, cases)
    if study.by_rule:
        reading = read_by_rule(study, draws, seed)
    else:
        reading = read_by_model(study, prior, draws, chains, seed, allow_unconverged, tries=tries)
    shares = free.share_draws(study.spoken, study.found, framework, prior=1.0, draws=draws, seed=seed)
    unmodelled = free.memberships(study.found, shares, framework, study.numbers, draws)
    model_free = memberships_in_types(study, unmodelled, draws)
    accounts = [_account(study, reading, model_free, c, level) for c in range(len(study.cases))]
    return Identification(
        table=type_table(study, reading, model_free, level),
        parameters=provenance(
            study.codings,
            study.left_out,
            framework_name(framework),
            reading=reading.name,
            draws=draws,
            seed=seed,
            chains=chains,
            level=level,
            thresholds=dict(vars(thresholds)),
            prior={**vars(prior), "types": dict(prior.types)},
            numbers=free.plain_numbers(study.numbers),
            **reading.options,
        ),
        keys=("case", "type"),
        lineage=trace(study.located, study.spoken, framework),
        codings=study.codings,
        verdicts={a.case: verdict_of(a, framework, study.dimensions, thresholds) for a in accounts},
        conditions=condition_table(study.found, reading.shares, reading.conditions, level),
        diagnostics=reading.diagnostics,
        summary=statement_of(study, reading, thresholds, level),
        type_draws=reading.type_draws,
        condition_draws=reading.conditions,
        fit=reading.fit,
    )


def _account(
    study: Study, reading: Reading, model_free: Mapping[tuple[str, str], Membership], c: int, level: float
) -> Account:
    """What is known about one case."""
    case = study.cases[c]
    memberships = {t: reading.memberships[case, t] for t in study.types}
    conditions = {name: reading.conditions[case, name] for name in (x.id for x in study.framework.conditions)}
    log_evidence = {}
    if reading.log_evidence is not None:
        log_evidence = {d.id: reading.log_evidence[c, i].tolist() for i, d in enumerate(study.dimensions)}
    sources = {name: support.n_sources for (who, name), support in study.found.items() if who == case}
    n_codings = sum(support.n_codings for (who, _), support in study.found.items() if who == case)
    if study.located is not None:
        telling = study.located.filter((pl.col("case") == case) & (pl.col("part") != "set aside"))
        n_codings += telling.height
        counted = telling.filter(pl.col("part") != "not stated").group_by("domain").agg(pl.col("source").n_unique())
        sources |= dict(counted.iter_rows())
    n_codings += sum(value is not None for value in study.numbers.get(case, {}).values())
    return Account(
        case=case,
        probability=dict(zip((*study.types, NONE), reading.both[c].tolist(), strict=True)),
        by_model=dict(zip((*study.types, NONE), reading.probability[c].tolist(), strict=True)),
        model_free={t: model_free[case, t].median for t in study.types},
        memberships={t: (m.median, *m.interval(level)) for t, m in memberships.items()},
        conditions={name: None if x is None else float(np.median(x)) for name, x in conditions.items()},
        lacking={name: s.missing for (who, name), s in study.found.items() if who == case and s.missing},
        log_evidence=log_evidence,
        n_sources=sources,
        n_codings=n_codings,
    )
