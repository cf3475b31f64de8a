"""Coefficients and indices for exactly two coders: Cohen, Scott, κ_max, prevalence and bias.

Units that one of the two left out are dropped. Notation: p_kl the share of units that coder 1 put into k and coder 2
into l, a_k and b_k the shares of category k for each, δ = 1 − w the disagreement of two categories.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from crosscase.errors import Degenerate, InputError

from .distances import Delta, Weights, bilinear, weights_delta, within
from .estimate import Estimate, Wanted
from .intervals import Combine, Facts, Sums, estimate
from .options import Options, read
from .ratings import Floats, Ratings, pair
from .standard_errors import Chance, two_coder_error

Column = Iterable[Any] | None


def cohen_kappa(a: Column = None, b: Column = None, weights: Weights = None, **options: Unpack[Options]) -> Estimate:
    """Agreement of two coders beyond chance: Cohen's κ, with or without weights.

    κ = 1 − Σ p_kl δ_kl / Σ a_k b_l δ_kl.

    Parameters
    ----------
    a, b
        One value per unit and coder, None or NaN where missing; or ``contingency=``.
    weights
        None, ``"linear"``, ``"quadratic"`` or another of ``fleiss_kappa``. Numbers are apart by their difference, other
        values by their place in ``categories=``.
    **options
        See ``Options``; ``counts=`` is refused.

    Returns
    -------
    Value in [−1, 1] (at most 1 with weights other than linear and quadratic); with ``interval="analytic"`` also
    ``null_se``.

    Raises
    ------
    Degenerate
        No unit coded by both, both used the same one category, or fewer than two sources for the interval.

    Notes
    -----
    Cohen 1960, Educational and Psychological Measurement 20:37; 1968, Psychological Bulletin 70:213. Both standard
    errors: Fleiss, Cohen & Everitt 1969, Psychological Bulletin 72:323.

    Examples
    --------
    >>> round(cohen_kappa(contingency=[[20, 20], [10, 50]]).value, 3)
    0.348
    """
    data, wanted = _both(a, b, options)
    delta, weighting = weights_delta(weights, data)
    q = data.n_categories

    def combine(t: Floats) -> tuple[Floats, Floats]:
        return t[:, 0] / t[:, 1], bilinear(delta, t[:, 2 : 2 + q], t[:, 2 + q :]) / t[:, 1] ** 2

    return _corrected(f"Cohen's κ, {weighting}", data, delta, combine, wanted, Chance.CODERS, lowest_of(weights))


def scott_pi(a: Column = None, b: Column = None, weights: Weights = None, **options: Unpack[Options]) -> Estimate:
    """Agreement of two interchangeable coders beyond chance: Scott's π.

    π = 1 − Σ p_kl δ_kl / Σ π_k π_l δ_kl with π_k = (a_k + b_k) / 2.

    Parameters
    ----------
    a, b
        One value per unit and coder, None or NaN where missing; or ``contingency=``.
    weights
        As in ``cohen_kappa``.
    **options
        See ``Options``; ``counts=`` is refused.

    Returns
    -------
    Value in [−1, 1].

    Raises
    ------
    Degenerate
        No unit coded by both, both used the same one category, or fewer than two sources for the interval.

    Notes
    -----
    Scott 1955, Public Opinion Quarterly 19:321; standard error: Gwet 2014 (two coders).
    """
    data, wanted = _both(a, b, options)
    delta, weighting = weights_delta(weights, data)
    q = data.n_categories

    def combine(t: Floats) -> tuple[Floats, Floats]:
        pi = (t[:, 2 : 2 + q] + t[:, 2 + q :]) / (2.0 * t[:, 1:2])
        return t[:, 0] / t[:, 1], bilinear(delta, pi, pi)

    return _corrected(f"Scott's π, {weighting}", data, delta, combine, wanted, Chance.FLEISS, lowest_of(weights))


def kappa_max(a: Column = None, b: Column = None, **options: Unpack[Options]) -> Estimate:
    """The largest κ that the two coders' frequencies allow.

    κ_max = [Σ_k min(a_k, b_k) − p_e] / (1 − p_e), p_e = Σ_k a_k b_k: coders who use a code differently often cannot
    reach 1.

    Parameters
    ----------
    a, b, **options
        As in ``cohen_kappa``.

    Returns
    -------
    Value in [0, 1].

    Raises
    ------
    Degenerate
        As in ``cohen_kappa``.
    InputError
        ``interval="analytic"``: the literature has none.

    Notes
    -----
    Cohen 1960, Educational and Psychological Measurement 20:37.
    """
    data, wanted = _both(a, b, options)
    q = data.n_categories

    def combine(t: Floats) -> tuple[Floats, Floats]:
        first, second = t[:, 2 : 2 + q], t[:, 2 + q :]
        return 1.0 - np.minimum(first, second).sum(axis=1) / t[:, 1], bilinear(None, first, second) / t[:, 1] ** 2

    sums = Sums.of(data, _sums(data, None), combine)
    return estimate(sums, wanted, _facts("κ_max", data, 0.0), "κ_max has no analytic standard error in the literature")


def prevalence_index(
    a: Column = None, b: Column = None, value: Hashable = None, **options: Unpack[Options]
) -> Estimate:
    """How one-sided a yes–no code is: (both yes − both no) / n.

    Far from 0 a high agreement is cheap and κ is low: read it beside κ.

    Parameters
    ----------
    a, b, **options
        As in ``cohen_kappa``; two values.
    value
        The value that means yes; 1 or True unless named.

    Returns
    -------
    Value in [−1, 1]: 1 when both say yes to all units, −1 when both say no.

    Raises
    ------
    Degenerate
        No unit coded by both, nobody gave ``value``, or fewer than two sources for the interval.
    InputError
        More than two values, it is not clear which means yes, or ``interval="analytic"``.

    Notes
    -----
    Byrt, Bishop & Carlin 1993, Journal of Clinical Epidemiology 46:423 (its absolute value is printed there).
    """
    data, wanted = _both(a, b, options)
    yes = _binary(data, value)
    sign = np.where(yes.all(axis=1), 1.0, np.where(yes.any(axis=1), 0.0, -1.0))
    return _index("prevalence index", data, sign, wanted)


def bias_index(a: Column = None, b: Column = None, value: Hashable = None, **options: Unpack[Options]) -> Estimate:
    """How much more often coder 1 gives a yes–no code than coder 2: (only coder 1 − only coder 2) / n.

    Parameters
    ----------
    a, b, value, **options
        As in ``prevalence_index``.

    Returns
    -------
    Value in [−1, 1]; 0 when both give it equally often.

    Raises
    ------
    Degenerate, InputError
        As in ``prevalence_index``.

    Notes
    -----
    Byrt, Bishop & Carlin 1993, Journal of Clinical Epidemiology 46:423 (its absolute value is printed there).
    """
    data, wanted = _both(a, b, options)
    yes = _binary(data, value).astype(float)
    return _index("bias index", data, yes[:, 0] - yes[:, 1], wanted)


def yes_category(data: Ratings, value: Hashable) -> int:
    """Position of the value that means yes: the one named, else 1 (or True) among 0 and 1; −1 when all are 0."""
    wanted = 1 if value is None else value
    if not isinstance(wanted, Hashable):
        raise InputError(f"{wanted!r} is no single value", where="value=", mend="name one of the values")
    # A table has its categories by number where they have no names, and the first is the yes.
    if value is None and not data.from_table and not set(data.categories) <= {0, 1}:
        raise InputError("which value means yes is not clear", where="value=", mend="name it, as in value='yes'")
    if wanted in data.categories:
        return data.categories.index(wanted)
    if value is not None:
        raise Degenerate(f"nobody gave the value {value!r}")
    return -1


def _both(a: Column, b: Column, options: Options) -> tuple[Ratings, Wanted]:
    data, wanted = read(pair(a, b), **options)
    if data.anonymous:
        raise InputError("two coders need to be told apart", where="counts=", mend="hand in a, b or contingency=")
    return data.pairable(), wanted


def _sums(data: Ratings, delta: Delta) -> Floats:
    """Per group: Σ δ, the number of units, and each coder's counts of categories."""
    # Ordered pairs count every disagreement twice.
    apart, units = data.group_sums(within(data, delta) / 2.0), data.group_sums(np.ones(len(data.codes)))
    return np.hstack([np.column_stack([apart, units]), data.margins(coder=0), data.margins(coder=1)])


def _facts(name: str, data: Ratings, lowest: float) -> Facts:
    return Facts(name, data.n_units, 2, lowest)


def lowest_of(weights: Weights) -> float:
    """−1 for two coders without weights, or with linear or quadratic ones; other weights have no known lower end."""
    named = weights is None or (isinstance(weights, str) and weights in ("identity", "linear", "quadratic"))
    return -1.0 if named else -np.inf


def _corrected(
    name: str, data: Ratings, delta: Delta, combine: Combine, wanted: Wanted, chance: Chance, lowest: float
) -> Estimate:
    sums = Sums.of(data, _sums(data, delta), combine)
    return estimate(sums, wanted, _facts(name, data, lowest), lambda: two_coder_error(data, delta, chance))


def _binary(data: Ratings, value: Hashable) -> npt.NDArray[np.bool_]:
    if data.n_categories > 2:
        raise InputError(f"an index for two values, and there are {data.n_categories}", mend="take one code at a time")
    yes: npt.NDArray[np.bool_] = data.codes == yes_category(data, value)
    return yes


def _index(name: str, data: Ratings, per_unit: Floats, wanted: Wanted) -> Estimate:
    parts = np.column_stack([data.group_sums(per_unit), data.group_sums(np.ones(len(data.codes)))])
    sums = Sums.of(data, parts, lambda t: (1.0 - t[:, 0] / t[:, 1], np.ones(len(t))))
    facts = Facts(name, data.n_units, 2, lowest=-1.0)
    return estimate(sums, wanted, facts, f"the {name} has no analytic standard error in the literature")
