"""Coefficients for several coders who each keep their own habits: Conger, Light."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Unpack

import numpy as np

from crosscase.errors import InputError

from .distances import Delta, Weights, bilinear, weights_delta, within
from .estimate import Estimate
from .intervals import Facts, Sums, estimate
from .options import Options, read
from .panel import agreement_sums, answered
from .ratings import Floats, Ratings, Table
from .standard_errors import Chance, standard_error


def conger_kappa(ratings: Table | None = None, weights: Weights = None, **options: Unpack[Options]) -> Estimate:
    """Agreement of particular coders beyond chance: Conger's (Hubert's) κ, for two coders Cohen's κ.

    κ = (p_a − p_e) / (1 − p_e), p_a as in ``fleiss_kappa``, p_e = Σ_{g≠h} Σ_kl w_kl p_gk p_hl / [r (r − 1)] with p_gk
    the share of category k among the values of coder g, r coders.

    Parameters
    ----------
    ratings
        Units × coders, None or NaN where missing; or ``contingency=``.
    weights
        As in ``fleiss_kappa``.
    **options
        See ``Options``; ``counts=`` is refused, for it does not know who gave which value.

    Returns
    -------
    Value at most 1.

    Raises
    ------
    Degenerate
        Fewer than two coders, no unit with two values, a coder without any value, one category only, or fewer than two
        sources for the interval.

    Notes
    -----
    Conger 1980, Psychological Bulletin 88:322; missing values and standard error: Gwet 2014.
    """
    data, wanted = read(ratings, **options)
    _know_coders(data, "Conger's κ")
    delta, weighting = weights_delta(weights, data)
    data, r, q = answered(data), data.n_coders, data.n_categories

    def combine(t: Floats) -> tuple[Floats, Floats]:
        given = t[:, 2:].reshape(len(t), r, q)
        p = given / given.sum(axis=2, keepdims=True)
        everyone = p.sum(axis=1)
        expected = bilinear(delta, everyone, everyone) - bilinear(delta, p, p).sum(axis=1)
        return t[:, 0] / t[:, 1], expected / (r * (r - 1))

    pairs = agreement_sums(data, delta)
    parts = np.hstack([pairs, *(data.margins(coder=g) for g in range(r))])
    why = "all coders used the same one category, or a coder gave no value at all"
    sums = Sums.of(data, parts, combine, why, paired=pairs[:, 1] > 0)
    facts = Facts(f"Conger's κ, {weighting}", data.pairable().n_units, r)
    return estimate(sums, wanted, facts, lambda: standard_error(data, delta, Chance.CODERS))


def light_kappa(ratings: Table | None = None, weights: Weights = None, **options: Unpack[Options]) -> Estimate:
    """The mean of Cohen's κ over all pairs of coders that share units: Light's κ.

    Parameters
    ----------
    ratings
        Units × coders, None or NaN where missing; or ``contingency=``.
    weights
        As in ``fleiss_kappa``.
    **options
        See ``Options``; ``counts=`` is refused, for it does not know who gave which value.

    Returns
    -------
    Value at most 1; ``expected_disagreement`` is 1, since a mean of ratios has no single one.

    Raises
    ------
    Degenerate
        Fewer than two coders, no pair with shared units, a pair whose κ is undefined, or fewer than two sources for
        the interval.
    InputError
        ``interval="analytic"``: the literature has none.

    Notes
    -----
    Light 1971, Psychological Bulletin 76:365.
    """
    data, wanted = read(ratings, **options)
    _know_coders(data, "Light's κ")
    delta, weighting = weights_delta(weights, data)
    data, q = data.pairable(), data.n_categories
    pairs = [(i, j) for i, j in combinations(range(data.n_coders), 2) if (data.codes[:, [i, j]] >= 0).all(axis=1).any()]

    def combine(t: Floats) -> tuple[Floats, Floats]:
        each = t.reshape(len(t), len(pairs), 1 + 2 * q)
        a, b = each[:, :, 1 : 1 + q], each[:, :, 1 + q :]
        n = a.sum(axis=2)
        expected = bilinear(delta, a, b) / n**2
        short = each[:, :, 0] / n / np.where(expected > 0, expected, np.nan)
        return short.mean(axis=1), np.ones(len(t))

    parts = np.hstack([_pair_sums(data, delta, i, j) for i, j in pairs])
    sums = Sums.of(data, parts, combine, "a pair of coders used one category only, so their κ is not defined")
    facts = Facts(f"Light's κ, {weighting}", data.n_units, data.n_coders)
    return estimate(sums, wanted, facts, "Light's κ has no analytic standard error in the literature")


def _know_coders(data: Ratings, name: str) -> None:
    if data.anonymous:
        raise InputError(
            f"{name} needs to know who gave which value", where="counts=", mend="hand in ratings, or use fleiss_kappa"
        )


def _pair_sums(data: Ratings, delta: Delta, i: int, j: int) -> Floats:
    """Per group, for the units that both coders rated: Σ δ, and each one's counts of categories."""
    codes = data.codes[:, [i, j]]
    both = replace(data, codes=np.where((codes >= 0).all(axis=1, keepdims=True), codes, -1))
    # Ordered pairs count every disagreement twice.
    apart = both.group_sums(within(both, delta) / 2.0)
    return np.hstack([apart[:, None], both.margins(coder=0), both.margins(coder=1)])
