"""Coefficients for any number of interchangeable coders: percent agreement, Fleiss, Gwet, Brennan–Prediger.

Notation: unit u, category k, n_uk coders chose k in u, m_u values in u, δ = 1 − w the disagreement of two categories,
π_k the mean over units of n_uk / m_u, units with one value among them (Gwet 2014). Observed agreement is the same for
all: p_a = the mean over units with m_u ≥ 2 of 1 − Σ_kl n_uk n_ul δ_kl / [m_u (m_u − 1)]. They differ in what they
expect by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Unpack

import numpy as np

from crosscase.errors import Degenerate

from .distances import Delta, Weights, bilinear, total, weights_delta, within
from .estimate import Estimate, Wanted
from .intervals import Facts, Sums, estimate
from .options import Options, read
from .ratings import Floats, Ratings, Table
from .standard_errors import Chance, standard_error


def percent_agreement(ratings: Table | None = None, **options: Unpack[Options]) -> Estimate:
    """How often two coders agree: p_a, the mean over units of the share of agreeing pairs of coders.

    Parameters
    ----------
    ratings
        Units × coders, None or NaN where missing; or ``counts=`` or ``contingency=``.
    **options
        See ``Options``.

    Returns
    -------
    Value in [0, 1]. Not corrected for chance: where a code is rare, two coders who never use it agree often.

    Raises
    ------
    Degenerate
        Fewer than two coders, no unit with two values, or fewer than two sources for the interval.

    Notes
    -----
    Standard error: that of a mean over units (Gwet 2014, Handbook of Inter-Rater Reliability, 4th ed.).
    """
    data, wanted = read(ratings, **options)
    data = data.pairable()
    sums = Sums.of(data, agreement_sums(data, None), lambda t: (t[:, 0] / t[:, 1], np.ones(len(t))))
    facts = Facts("percent agreement", data.n_units, data.n_coders, lowest=0.0)
    return estimate(sums, wanted, facts, lambda: standard_error(data, None, Chance.NONE))


def fleiss_kappa(ratings: Table | None = None, weights: Weights = None, **options: Unpack[Options]) -> Estimate:
    """Agreement of interchangeable coders beyond chance: Fleiss' κ, for two coders Scott's π.

    κ = (p_a − p_e) / (1 − p_e), p_e = Σ_kl w_kl π_k π_l.

    Parameters
    ----------
    ratings
        Units × coders, None or NaN where missing; or ``counts=`` or ``contingency=``. Units with one value enter π but
        not p_a.
    weights
        None, one of ``"linear"``, ``"quadratic"``, ``"ordinal"``, ``"radical"``, ``"ratio"``, or a matrix of
        categories × categories.
    **options
        See ``Options``.

    Returns
    -------
    Value at most 1; with ``interval="analytic"`` also ``null_se`` (Fleiss, Nee & Landis 1979) where every unit has the
    same number of values and there are no weights.

    Raises
    ------
    Degenerate
        Fewer than two coders, no unit with two values, one category only, or fewer than two sources for the interval.

    Notes
    -----
    Fleiss 1971, Psychological Bulletin 76:378. Missing values and standard error: Gwet 2014.
    """
    data, wanted = read(ratings, **options)
    delta, weighting = weights_delta(weights, data)
    return _chance_corrected(
        f"Fleiss' κ, {weighting}", data, delta, lambda pi: bilinear(delta, pi, pi), wanted, Chance.FLEISS
    )


def gwet_ac1(ratings: Table | None = None, **options: Unpack[Options]) -> Estimate:
    """Agreement beyond chance where one category dominates: Gwet's AC1.

    AC1 = (p_a − p_e) / (1 − p_e), p_e = Σ_k π_k (1 − π_k) / (q − 1).

    Parameters
    ----------
    ratings
        Units × coders, None or NaN where missing; or ``counts=`` or ``contingency=``.
    **options
        See ``Options``. q counts ``categories=``, or those that somebody chose: name them when one was never used, for
        q changes the value.

    Returns
    -------
    Value at most 1.

    Raises
    ------
    Degenerate
        Fewer than two coders, no unit with two values, one category only, or fewer than two sources for the interval.

    Notes
    -----
    Gwet 2008, British Journal of Mathematical and Statistical Psychology 61:29; standard error: Gwet 2014. A high AC1
    beside a low κ says that the category is rare, not that coders agree on it: see ``positive_agreement``.
    """
    data, wanted = read(ratings, **options)
    return _gwet("Gwet's AC1", data, None, wanted)


def gwet_ac2(ratings: Table | None = None, weights: Weights = "quadratic", **options: Unpack[Options]) -> Estimate:
    """AC1 for ordered categories, where near misses count in part: Gwet's AC2.

    AC2 = (p_a − p_e) / (1 − p_e), p_e = Σ_kl w_kl / [q (q − 1)] Σ_k π_k (1 − π_k).

    Parameters
    ----------
    ratings
        Units × coders, None or NaN where missing; or ``counts=`` or ``contingency=``.
    weights
        As in ``fleiss_kappa``.
    **options
        See ``Options`` and ``gwet_ac1``.

    Returns
    -------
    Value at most 1.

    Raises
    ------
    Degenerate
        Fewer than two coders, no unit with two values, one category only, or fewer than two sources for the interval.
    InputError
        Values without a known order.

    Notes
    -----
    Gwet 2014, Handbook of Inter-Rater Reliability, 4th ed.
    """
    data, wanted = read(ratings, **options)
    delta, weighting = weights_delta(weights, data)
    return _gwet(f"Gwet's AC2, {weighting}", data, delta, wanted)


def brennan_prediger(ratings: Table | None = None, weights: Weights = None, **options: Unpack[Options]) -> Estimate:
    """Agreement beyond blind guessing: Brennan & Prediger's κ (Bennett's S, Randolph's free-marginal κ, PABAK).

    κ = (p_a − p_e) / (1 − p_e), p_e = Σ_kl w_kl / q²; without weights 1 / q.

    Parameters
    ----------
    ratings
        Units × coders, None or NaN where missing; or ``counts=`` or ``contingency=``.
    weights
        As in ``fleiss_kappa``.
    **options
        See ``Options``. q counts ``categories=``, or those that somebody chose.

    Returns
    -------
    Value at most 1.

    Raises
    ------
    Degenerate
        Fewer than two coders, no unit with two values, one category only, or fewer than two sources for the interval.

    Notes
    -----
    Brennan & Prediger 1981, Educational and Psychological Measurement 41:687; standard error: Gwet 2014.
    """
    data, wanted = read(ratings, **options)
    delta, weighting = weights_delta(weights, data)
    guessing = total(delta, data.n_categories) / data.n_categories**2 if data.n_categories else np.nan
    return _chance_corrected(
        f"Brennan–Prediger κ, {weighting}", data, delta, lambda pi: np.full(len(pi), guessing), wanted, Chance.GUESSING
    )


def fleiss_by_category(
    ratings: Table | None = None, **options: Unpack[Options]
) -> dict[Hashable, Estimate | Degenerate]:
    """Which category coders agree on: Fleiss' κ of each category against all others.

    κ_k = (P_k − p_k) / (1 − p_k), P_k = Σ_u n_uk (n_uk − 1) / Σ_u n_uk (m_u − 1), p_k the share of k: given that one
    coder chose k, how often another one did.

    Parameters
    ----------
    ratings
        Units × coders, None or NaN where missing; or ``counts=`` or ``contingency=``.
    **options
        See ``Options``.

    Returns
    -------
    One entry per category; where κ_k is undefined, the error that says why.

    Raises
    ------
    Degenerate
        Fewer than two coders, or no unit with two values.
    InputError
        ``interval="analytic"``: Fleiss gives the standard error under independence only.

    Notes
    -----
    Fleiss 1971, Psychological Bulletin 76:378.
    """
    data, wanted = read(ratings, **options)
    data = data.pairable()
    n, m = data.tally(), data.n_values.astype(float)

    def of(k: int) -> Estimate | Degenerate:
        terms = (n[:, k] * (m - n[:, k]), n[:, k] * (m - 1.0), n[:, k], m)
        sums = Sums.of(
            data,
            np.column_stack([data.group_sums(term) for term in terms]),
            lambda t: (t[:, 0] / t[:, 1], 1.0 - t[:, 2] / t[:, 3]),
            "nobody chose this category, or nobody chose another",
        )
        facts = Facts(f"Fleiss' κ of {data.categories[k]!r}", data.n_units, data.n_coders)
        try:
            return estimate(sums, wanted, facts, "Fleiss' κ of one category has no analytic standard error")
        except Degenerate as reason:
            return reason

    return {name: of(k) for k, name in enumerate(data.categories)}


def _gwet(name: str, data: Ratings, delta: Delta, wanted: Wanted) -> Estimate:
    q = data.n_categories
    share = (q * q - total(delta, q)) / (q * (q - 1)) if q > 1 else np.nan
    return _chance_corrected(
        name, data, delta, lambda pi: 1.0 - share * (pi * (1.0 - pi)).sum(axis=1), wanted, Chance.GWET
    )


def _chance_corrected(
    name: str, data: Ratings, delta: Delta, expected: Callable[[Floats], Floats], wanted: Wanted, chance: Chance
) -> Estimate:
    """Coefficients whose D_e is a function of π."""
    data = answered(data)

    def combine(t: Floats) -> tuple[Floats, Floats]:
        pi = t[:, 2:]
        return t[:, 0] / t[:, 1], expected(pi / pi.sum(axis=1, keepdims=True))

    pairs = agreement_sums(data, delta)
    parts = np.hstack([pairs, data.margins(1.0 / data.n_values)])
    sums = Sums.of(data, parts, combine, paired=pairs[:, 1] > 0)
    facts = Facts(name, data.pairable().n_units, data.n_coders)
    return estimate(sums, wanted, facts, lambda: standard_error(data, delta, chance))


def answered(data: Ratings) -> Ratings:
    """Units with a value; refused when none has two.

    A unit with one value says how often its category is given, and nothing of agreement: it enters π (Gwet 2014) and
    neither p_a nor the number of units and sources.
    """
    data.pairable()
    return data.keep(data.n_values >= 1)


def agreement_sums(data: Ratings, delta: Delta) -> Floats:
    """Per group: Σ_u of the share of disagreement, and the number of units with two values."""
    m = data.n_values
    apart = within(data, delta) / np.maximum(m * (m - 1), 1)
    return np.column_stack([data.group_sums(apart), data.group_sums((m >= 2).astype(float))])
