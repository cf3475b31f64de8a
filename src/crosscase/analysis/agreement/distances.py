"""How far apart two values are: Krippendorff's metrics, agreement weights, and distances between sets of codes.

A distance is a matrix δ of categories × categories, 0 on the diagonal and at most 1, or None for the nominal one
(0 when equal, else 1), whose sums need no matrix. Agreement weights w are the same thing read the other way round,
δ = 1 − w.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from crosscase.errors import InputError

from .ratings import Floats, Ints, Ratings, numbers_of, order_of

Delta = Floats | None
Weights = str | npt.ArrayLike | None

WEIGHTS = ("identity", "linear", "quadratic", "ordinal", "radical", "ratio")
DISTANCES = ("masi", "jaccard", "nominal")
MOST_DISTINCT = 6000


def weights_delta(weights: Weights, data: Ratings) -> tuple[Delta, str]:
    r"""Disagreement δ = 1 − w for named agreement weights or a matrix of them, and what to call them.

    With x the categories' values (their order where they are not numbers) and R = max x − min x:
    linear w = 1 − |x_k − x_l| / R; quadratic 1 − (x_k − x_l)² / R² (Cohen 1968); radical 1 − √(|x_k − x_l| / R);
    ratio 1 − [(x_k − x_l) / (x_k + x_l)]² / [(max − min) / (max + min)]²; ordinal 1 − M_kl / max M with
    M_kl = (|k − l| + 1 choose 2) over positions k, l (Gwet 2014).
    """
    if weights is None or (isinstance(weights, str) and weights == "identity"):
        return None, "unweighted"
    if not isinstance(weights, str):
        return _given(weights, data.n_categories), "given weights"
    if weights not in WEIGHTS:
        raise InputError(
            f"there are no weights called {weights!r}", mend=f"use one of {', '.join(WEIGHTS)}, or a matrix"
        )
    x = order_of(data, f"the weighting ({weights})")
    if weights == "ordinal":
        # Ranks are what this weighting knows of the values.
        x = np.argsort(np.argsort(x)).astype(float)
    gap = np.abs(x[:, None] - x[None, :])
    if weights == "quadratic":
        gap = gap**2
    elif weights == "radical":
        gap = np.sqrt(gap)
    elif weights == "ordinal":
        gap = gap * (gap + 1.0) / 2.0
    elif weights == "ratio":
        gap = ratio_delta(x)
    largest = gap.max(initial=0.0)
    return gap / largest if largest > 0 else gap, f"{weights} weights"


def ratio_delta(x: Floats) -> Floats:
    """δ² = [(c − k) / (c + k)]² (Krippendorff 2011); two zeros do not differ."""
    if (x < 0).any():
        raise InputError("ratios need values from 0", where=f"the value {x.min():g}", mend="use the interval metric")
    total = x[:, None] + x[None, :]
    return np.divide(x[:, None] - x[None, :], total, out=np.zeros_like(total), where=total > 0) ** 2


def set_distance(a: Any, b: Any, distance: str = "masi") -> float:
    r"""How far apart two sets of codes are, 0 (the same) to 1 (nothing in common).

    Jaccard: δ = 1 − J with J = |a ∩ b| / |a ∪ b|. MASI: δ = 1 − J M with M = 1 for identical sets, 2/3 when one holds
    the other, 1/3 when they overlap otherwise, 0 when disjoint (Passonneau 2006, LREC). Two empty sets are identical:
    both coders left the passage uncoded. ``"nominal"``: 0 when identical, else 1.

    Raises
    ------
    InputError
        Unknown distance, or a string where a set is meant.

    Examples
    --------
    >>> round(set_distance({"A"}, {"A", "B"}), 4)
    0.6667
    """
    codes, sets = [0, 1], [as_set(a, "a"), as_set(b, "b")]
    delta = set_delta(sets, distance)
    if delta is None:
        return float(sets[0] != sets[1])
    return float(delta[codes[0], codes[1]])


def as_set(value: Any, where: str) -> frozenset[Any]:
    """A set of codes; a string is refused, since it may be one code or a set of letters."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise InputError(f"{value!r} is not a set of codes", where=where, mend="hand in a set, such as {'A'} or set()")
    try:
        return frozenset(value)
    except TypeError as error:
        raise InputError(f"codes must be hashable ({error})", where=where) from error


def set_delta(sets: Sequence[frozenset[Any]], distance: str) -> Delta:
    """Sets × sets; codes become bits, so that intersections are counted 64 at a time."""
    if distance not in DISTANCES:
        raise InputError(f"there is no distance called {distance!r}", mend=f"use one of {', '.join(DISTANCES)}")
    if distance == "nominal":
        return None
    check_distinct(len(sets), "sets")
    places = {code: n for n, code in enumerate({code for one in sets for code in one})}
    bits = np.zeros((len(sets), len(places) // 64 + 1), dtype=np.uint64)
    for n, one in enumerate(sets):
        for code in one:
            word, bit = divmod(places[code], 64)
            bits[n, word] |= np.uint64(1 << bit)
    shared = np.zeros((len(sets), len(sets)))
    for column in bits.T:
        shared += np.bitwise_count(column[:, None] & column[None, :])
    size = shared.diagonal().copy()
    union = size[:, None] + size[None, :] - shared
    alike = np.divide(shared, union, out=np.ones_like(shared), where=union > 0)
    if distance == "masi":
        smaller, larger = np.minimum(size[:, None], size[None, :]), np.maximum(size[:, None], size[None, :])
        alike *= np.where(shared == larger, 1.0, np.where(shared == smaller, 2.0 / 3.0, 1.0 / 3.0))
    return 1.0 - alike


def check_distinct(n: int, what: str, most: int = MOST_DISTINCT) -> None:
    """Refuse what would need a matrix larger than memory."""
    if n > most:
        raise InputError(f"{n} different {what} are more than the {most} that can be compared with each other")


def bilinear(delta: Delta, a: Floats, b: Floats) -> Floats:
    """Σ_c Σ_k a_c b_k δ_ck along the last axis."""
    if delta is None:
        summed: Floats = a.sum(axis=-1) * b.sum(axis=-1) - (a * b).sum(axis=-1)
        return summed
    weighted: Floats = ((a @ delta) * b).sum(axis=-1)
    return weighted


def total(delta: Delta, q: int) -> float:
    """Σ_c Σ_k δ_ck over all categories."""
    return float(q * q - q) if delta is None else float(delta.sum())


def between(delta: Delta, first: Ints, second: Ints) -> Floats:
    """δ of two runs of codes, element by element."""
    return (first != second).astype(float) if delta is None else delta[first, second]


def within(data: Ratings, delta: Delta) -> Floats:
    """Per row, Σ δ over ordered pairs of coders that both gave a value: Σ_c Σ_k n_uc n_uk δ_ck."""
    r, q = data.n_coders, data.n_categories
    if r * (r - 1) // 2 > 4 * q:
        # Many coders and few categories: comparing counts is less work than comparing coders.
        counts = data.tally()
        return bilinear(delta, counts, counts)
    summed = np.zeros(len(data.codes))
    complete = bool((data.codes >= 0).all())
    columns = np.ascontiguousarray(data.codes.T)
    for i in range(r):
        for j in range(i):
            apart = between(delta, columns[i], columns[j])
            summed += apart if complete else apart * ((columns[i] >= 0) & (columns[j] >= 0))
    return 2.0 * summed


def values_delta(metric: str, data: Ratings) -> Delta:
    """δ² of the nominal and the ratio metric as a matrix (None: nominal)."""
    if metric == "nominal":
        return None
    check_distinct(data.n_categories, "values")
    return ratio_delta(numbers_of(data.categories, f"the {metric} metric"))


def _given(weights: Any, q: int) -> Floats:
    try:
        matrix = np.asarray(weights, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError("weights are a name or a matrix of numbers", where="weights=") from error
    if matrix.shape != (q, q):
        raise InputError(f"weights of shape {matrix.shape} for {q} categories", where="weights=")
    if not np.isfinite(matrix).all():
        raise InputError("a weight is missing", where="weights=")
    if not np.allclose(matrix, matrix.T) or not np.allclose(matrix.diagonal(), 1.0) or matrix.min(initial=0.0) < 0:
        raise InputError("weights are symmetric, 1 on the diagonal and from 0 to 1", where="weights=")
    if matrix.max(initial=0.0) > 1.0:
        raise InputError("weights are at most 1", where="weights=")
    return 1.0 - matrix
