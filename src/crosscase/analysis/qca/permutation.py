"""Could the fit of a configuration be chance? Permutation and binomial tests with correction for many configurations.

Under the null hypothesis the outcome has nothing to do with the configuration: outcome memberships are shuffled over
cases. The test counts how often a shuffled outcome has as few counterexamples (cases with x > y), or as high a
consistency (Braumoeller 2015, *Political Analysis* 23:471-487). The crisp counterpart is exact: n cases of a
configuration all show an outcome of frequency p by chance with probability pⁿ (Ragin 2000).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from crosscase.analysis.qca.answer import Answer, Schema
from crosscase.analysis.qca.data import Floats, Frame, select
from crosscase.analysis.qca.expressions import Expression, parse
from crosscase.errors import Degenerate, InputError
from crosscase.model.seed import check_seed

Adjustment = Literal["holm", "bonferroni", "none"]
_CHUNK = 2000


@dataclass(frozen=True)
class PermutationTest(Answer):
    """What shuffled outcomes give.

    ``table``: ``term``, ``n_against`` (cases with x > y), ``against_low`` and ``against_high`` (the middle 95 % of
    shuffles), ``p_against``, ``p_against_adjusted``; the same for ``consistency``; ``p`` is (1 + shuffles at least as
    good)/(1 + shuffles), never 0.
    """


def permutation_test(
    terms: Sequence[str] | str,
    outcome: str,
    frame: Frame,
    *,
    n_configurations: int | None = None,
    draws: int = 10_000,
    seed: int = 1,
    adjustment: Adjustment = "holm",
    cases: str | Sequence[object] | None = None,
) -> PermutationTest:
    """Whether each term fits the outcome better than shuffled outcomes do.

    Parameters
    ----------
    terms
        Expressions, or a sum whose terms are tested one by one.
    n_configurations
        How many configurations were looked at in all, for the correction; those that are given, by default. After a
        search through a truth table it is the number of its rows.
    draws, seed
        Number of shuffles and the seed of the generator. The smallest possible adjusted p is
        ``n_configurations/(draws + 1)``: many configurations need many shuffles.

    Notes
    -----
    A configuration that was found by looking at the same data is not an independent hypothesis: the correction over
    all configurations that were looked at is the least that is due.
    """
    given = [part.strip() for part in terms.split("+")] if isinstance(terms, str) else list(terms)
    if not given or draws < 100:
        raise InputError(
            "nothing to test" if not given else f"{draws} draws are too few", mend="give terms, draws ≥ 100"
        )
    parsed = [parse(term) for term in given]
    names = list(dict.fromkeys(n for expression in parsed for n in expression.conditions))
    data = select(frame, outcome, names, cases=cases)
    levels = dict(zip(data.names, data.levels, strict=True))
    known = [Expression(e.root, data.names, levels) for e in parsed]
    x = np.array([e.membership(data.conditions) for e in known])
    total = len(given) if n_configurations is None else n_configurations
    if total < len(given):
        raise InputError(f"{total} configurations are fewer than the {len(given)} tested", mend="count all of them")
    if (x.sum(axis=1) <= 0).any():
        raise Degenerate(f"no case has any membership in {given[int(np.argmin(x.sum(axis=1)))]}")
    against, consistency = _statistics(x, data.y[None, :])
    shuffled = _shuffles(x, data.y, draws, seed)
    p_against = (1 + (shuffled[0] <= against[0] + 1e-9).sum(axis=0)) / (1 + draws)
    p_consistency = (1 + (shuffled[1] >= consistency[0] - 1e-9).sum(axis=0)) / (1 + draws)
    low, high = np.quantile(shuffled[0], [0.025, 0.975], axis=0)
    c_low, c_high = np.quantile(shuffled[1], [0.025, 0.975], axis=0)
    table = pl.DataFrame(
        {
            "term": given,
            "n_against": against[0].astype(int),
            "against_low": low,
            "against_high": high,
            "p_against": p_against,
            "p_against_adjusted": adjust(p_against, total, adjustment),
            "consistency": consistency[0],
            "consistency_low": c_low,
            "consistency_high": c_high,
            "p_consistency": p_consistency,
            "p_consistency_adjusted": adjust(p_consistency, total, adjustment),
        }
    )
    parameters: dict[str, Any] = {
        "outcome": data.outcome,
        "n_configurations": total,
        "draws": draws,
        "seed": seed,
        "adjustment": adjustment,
        "n_cases": len(data.cases),
        "data_hash": data.data_hash,
    }
    return PermutationTest(table, parameters)


def binomial_test(
    share: float, counts: Mapping[str, int], *, n_configurations: int | None = None, adjustment: Adjustment = "holm"
) -> Answer:
    """Probability that all cases of a crisp configuration show the outcome by chance.

    Parameters
    ----------
    share
        How frequent the outcome is, in (0, 1).
    counts
        Configuration → its number of cases, all of which show the outcome.
    n_configurations
        How many configurations were looked at in all.
    """
    if not 0.0 < share < 1.0:
        raise InputError(f"the outcome's share is {share:g}", mend="give a frequency above 0 and below 1")
    total = len(counts) if n_configurations is None else n_configurations
    if not counts or total < len(counts) or min(counts.values()) < 1:
        raise InputError(
            "the counts cannot be tested", mend="give one case or more per configuration, and count them all"
        )
    p = np.array([share**n for n in counts.values()])
    schema: Schema = {"term": pl.String, "n_cases": pl.Int64, "p": pl.Float64, "p_adjusted": pl.Float64}
    table = pl.DataFrame(
        {"term": list(counts), "n_cases": list(counts.values()), "p": p, "p_adjusted": adjust(p, total, adjustment)},
        schema=schema,
    )
    return Answer(table, {"share": share, "n_configurations": total, "adjustment": adjustment})


def adjust(p: Floats, n_tests: int, how: Adjustment) -> Floats:
    """p-values for as many tests as were made (Holm 1979, *Scandinavian Journal of Statistics* 6:65-70)."""
    if how == "none":
        return p
    if how == "bonferroni":
        return np.minimum(1.0, p * n_tests)
    if how != "holm":
        raise InputError(f"there is no adjustment {how!r}", mend="use holm, bonferroni or none")
    order = np.argsort(p, kind="stable")
    steps = p[order] * (n_tests - np.arange(len(p)))
    result = np.empty(len(p))
    result[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return result


def _statistics(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Counterexamples and consistency of every term under every outcome (outcomes × terms)."""
    against = (x[None, :, :] > y[:, None, :] + 1e-12).sum(axis=2).astype(float)
    shared = np.minimum(x[None, :, :], y[:, None, :]).sum(axis=2)
    return against, shared / x.sum(axis=1)


def _shuffles(x: Floats, y: Floats, draws: int, seed: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(check_seed(seed))
    found = []
    for start in range(0, draws, _CHUNK):
        n = min(_CHUNK, draws - start)
        found.append(_statistics(x, rng.permuted(np.tile(y, (n, 1)), axis=1)))
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])
