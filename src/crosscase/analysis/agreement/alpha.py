"""Krippendorff's α for values and for sets of codes.

α = 1 − D_o / D_e (Krippendorff 2004, Content Analysis; 2011, Computing Krippendorff's Alpha-Reliability) with
D_o = (1/n) Σ_u (m_u − 1)⁻¹ Σ_ck n_uc n_uk δ²_ck and D_e = [n (n − 1)]⁻¹ Σ_ck n_c n_k δ²_ck, over units with m_u ≥ 2;
n_uc coders gave value c to unit u, n_c = Σ_u n_uc, n = Σ n_c.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, Unpack, get_args

import numpy as np
from scipy import sparse

from crosscase.errors import InputError

from .distances import Delta, as_set, bilinear, check_distinct, set_delta, values_delta, weights_delta, within
from .estimate import Estimate, Wanted
from .intervals import Facts, Sums, estimate
from .options import Options, read
from .ratings import Floats, Ratings, Table, numbers_of, order_of, rows_of
from .standard_errors import alpha_error

Metric = Literal["nominal", "ordinal", "interval", "ratio"]
MOST_RANKS = 500
_DISTANCES = {"masi": "MASI", "jaccard": "Jaccard"}  # as they are written


def krippendorff_alpha(
    ratings: Table | None = None, metric: Metric = "nominal", **options: Unpack[Options]
) -> Estimate:
    """Agreement beyond chance for any number of coders, values of any kind and missing values: Krippendorff's α.

    Distances δ²: nominal 0 or 1; ordinal (Σ_{g=c..k} n_g − (n_c + n_k) / 2)², the squared difference of mean ranks;
    interval (c − k)²; ratio [(c − k) / (c + k)]².

    Parameters
    ----------
    ratings
        Units × coders, None or NaN where missing, hashable values of any kind for nominal; or ``counts=`` or
        ``contingency=``. Units with one value are left out.
    metric
        ``"nominal"``, ``"ordinal"`` (values with an order: numbers, or ``categories=``), ``"interval"``, ``"ratio"``.
    **options
        See ``Options``.

    Returns
    -------
    Value at most 1; 0 at chance, below when coders disagree systematically.

    Raises
    ------
    Degenerate
        Fewer than two coders, no unit with two values, one value only, or fewer than two sources for the interval.
    InputError
        Values that do not fit the metric, or ``interval="analytic"`` with the ordinal metric.

    Examples
    --------
    >>> round(krippendorff_alpha([[1, 1, 1], [1, 1, 2], [2, 2, 2], [2, 3, 2], [3, 3, 3]]).value, 4)
    0.6216
    """
    data, wanted = read(ratings, **options)
    if metric not in get_args(Metric):
        raise InputError(f"there is no metric called {metric!r}", mend=f"use one of {', '.join(get_args(Metric))}")
    data = data.pairable()
    name = f"Krippendorff's α, {metric}"
    if metric == "ordinal":
        facts = Facts(name, data.n_units, data.n_coders)
        return estimate(_by_rank(data), wanted, facts, "Krippendorff's rank metric has no analytic standard error")
    if metric == "interval":
        return _estimate(name, data, None, _by_moments(data), wanted, metric)
    delta = values_delta(metric, data)
    return _estimate(name, data, delta, _by_value(data, delta), wanted, metric)


def set_alpha(
    sets: Sequence[Sequence[Iterable[Any] | None]], distance: str = "masi", **options: Unpack[Options]
) -> Estimate:
    """Agreement beyond chance when a unit can carry several codes: Krippendorff's α over sets of codes.

    Parameters
    ----------
    sets
        Units × coders of sets; the empty set is "no code given", None is "not read".
    distance
        ``"masi"`` (1 − J M, Passonneau 2006), ``"jaccard"`` (1 − J) or ``"nominal"``: see ``set_distance``. It is used
        as it is, in the place of δ².
    **options
        See ``Options``; ``clusters``, ``interval``, ``level``, ``draws`` and ``seed`` apply.

    Returns
    -------
    Value at most 1. The result names the distance: values under different distances cannot be compared.

    Raises
    ------
    Degenerate
        Fewer than two coders, no unit with two sets, the same set everywhere, or fewer than two sources.
    InputError
        Something that is not a set, or an unknown distance.

    Notes
    -----
    Passonneau 2006, LREC; Artstein & Poesio 2008, Computational Linguistics 34:555.
    """
    rows = [
        [None if cell is None else as_set(cell, f"sets, unit {n + 1}") for cell in row]
        for n, row in enumerate(rows_of(sets))
    ]
    data, wanted = read(rows, **options)
    data = data.pairable()
    delta = set_delta([as_set(one, "sets") for one in data.categories], distance)
    return _estimate(
        f"set-valued α, {_DISTANCES.get(distance, distance)} distance",
        data,
        delta,
        _by_value(data, delta),
        wanted,
        "nominal",
    )


def _estimate(name: str, data: Ratings, delta: Delta, sums: Sums, wanted: Wanted, metric: str) -> Estimate:
    def analytic_delta() -> Delta:
        # Squared differences over the squared range are Gwet's quadratic weights.
        return weights_delta("quadratic", data)[0] if metric == "interval" else delta

    facts = Facts(name, data.n_units, data.n_coders)
    return estimate(sums, wanted, facts, lambda: alpha_error(data, analytic_delta()))


def _observed(data: Ratings, apart: Floats) -> Floats:
    """Per group, Σ_u (m_u − 1)⁻¹ Σ_ck n_uc n_uk δ²_ck."""
    return data.group_sums(apart / (data.n_values - 1))


def _by_value(data: Ratings, delta: Delta) -> Sums:
    """Sums are the observed disagreement and n_c."""

    def combine(t: Floats) -> tuple[Floats, Floats]:
        counts = t[:, 1:]
        n = counts.sum(axis=1)
        return t[:, 0] / n, bilinear(delta, counts, counts) / (n * (n - 1.0))

    parts = np.hstack([_observed(data, within(data, delta))[:, None], data.margins()])
    return Sums.of(data, parts, combine, _one_value(delta))


def _by_moments(data: Ratings) -> Sums:
    """Interval metric: Σ_ck n_c n_k (c − k)² = 2 (n Σ x² − (Σ x)²), so three sums do for any number of values."""
    x = numbers_of(data.categories, "the interval metric")
    x = x - x.mean()
    spread = float(np.ptp(x)) if len(x) else 0.0
    x = x / spread if spread > 0 else x
    values, m = np.where(data.codes >= 0, x[data.codes], 0.0), data.n_values
    first, second = values.sum(axis=1), (values**2).sum(axis=1)
    apart = 2.0 * (m * second - first**2)

    def combine(t: Floats) -> tuple[Floats, Floats]:
        n = t[:, 1]
        return t[:, 0] / n, 2.0 * (n * t[:, 3] - t[:, 2] ** 2) / (n * (n - 1.0))

    parts = [_observed(data, apart), *(data.group_sums(each) for each in (m.astype(float), first, second))]
    return Sums.of(data, np.column_stack(parts), combine, _one_value(None))


def _by_rank(data: Ratings) -> Sums:
    """Ordinal metric: ranks change with the sources that are in, so the sums are whole coincidence matrices."""
    q = data.n_categories
    check_distinct(q, "values of an ordinal metric", MOST_RANKS)
    if (np.diff(order_of(data, "the ordinal metric")) <= 0).any():
        raise InputError("numbers are ordered by size", where="categories=", mend="name them from low to high")

    def combine(t: Floats) -> tuple[Floats, Floats]:
        pairs = t.reshape(len(t), q, q)
        n_c = pairs.sum(axis=2)
        n = n_c.sum(axis=1)
        # Mean ranks around 0; as shares of n, so that D_e does not grow with the study.
        rank = (np.cumsum(n_c, axis=1) - n_c / 2.0) / n[:, None] - 0.5
        squares = (n_c * rank**2).sum(axis=1)
        observed = 2.0 * (squares - np.einsum("bc,bck,bk->b", rank, pairs, rank, optimize=True)) / n
        expected = 2.0 * (n * squares - (n_c * rank).sum(axis=1) ** 2) / (n * (n - 1.0))
        return observed, expected

    return Sums.of(data, _coincidences(data), combine, _one_value(None))


def _coincidences(data: Ratings) -> Any:
    """Groups × q²: per group Σ_u (m_u − 1)⁻¹ × the number of ordered pairs of coders who chose c and k."""
    q, cells, weights, groups = data.n_categories, [], [], []
    each = data.weight / (data.n_values - 1)
    for i in range(data.n_coders):
        for j in range(data.n_coders):
            here = (data.codes[:, i] >= 0) & (data.codes[:, j] >= 0)
            if i != j and here.any():
                cells.append(data.codes[here, i] * q + data.codes[here, j])
                weights.append(each[here])
                groups.append(data.group[here])
    where = (np.concatenate(groups), np.concatenate(cells))
    return sparse.coo_array((np.concatenate(weights), where), shape=(data.n_groups, q * q)).tocsr()


def _one_value(delta: Delta) -> str:
    what = "value" if delta is None else "value or set"
    return f"only one {what} was given, so nothing could differ"
