"""Pairs of cases: alike in the conditions and unlike in what matters, or the other way round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crosscase.analysis.bootstrap import Floats
from crosscase.analysis.selection.regression import propensity
from crosscase.analysis.selection.table import CaseTable
from crosscase.errors import AnalysisError

MATCHES = ("mahalanobis", "propensity", "exact")


@dataclass(frozen=True)
class Pair:
    """Two cases, how far apart they are in the conditions, and by how much they differ in what matters."""

    one: int
    other: int
    distance: float
    difference: float


def distances(table: CaseTable, conditions: Sequence[str], match: str, treated: Floats | None) -> Floats:
    """How far every two cases are apart in the conditions, cases × cases; infinite where they may not be paired."""
    if match not in MATCHES:
        raise AnalysisError(f"cases are not matched by {match!r}", mend=f"use {', '.join(MATCHES)}")
    n = len(table.names)
    if match == "exact":
        same = np.ones((n, n), dtype=bool)
        for name in conditions:
            values = np.array(table.frame[name].to_list(), dtype=object)
            same &= values[:, None] == values[None, :]
        apart: Floats = np.where(same, 0.0, np.inf)
        return apart
    x = table.design(conditions)
    if match == "propensity":
        if treated is None:
            raise AnalysisError("propensity needs a treatment of two values", mend="name it with --treatment")
        score = propensity(treated, x)
        gaps: Floats = np.abs(score[:, None] - score[None, :])
        return gaps
    covariance = np.atleast_2d(np.cov(x, rowvar=False))
    # Dummies of one category and near copies leave no inverse; the pseudo-inverse measures along what varies.
    inverse = np.linalg.pinv(covariance, hermitian=True)
    delta = x[:, None, :] - x[None, :, :]
    found: Floats = np.sqrt(np.maximum(np.einsum("ijk,kl,ijl->ij", delta, inverse, delta), 0.0))
    return found


def most_similar(apart: Floats, differs: Floats, least: float, n: int) -> list[Pair]:
    """Pairs that are nearest in the conditions and differ by at least ``least``; no case stands in two pairs."""
    return _pick(apart, differs, differs >= least, n, largest=False)


def most_different(apart: Floats, differs: Floats, most: float, n: int) -> list[Pair]:
    """Pairs that are farthest apart in the conditions and differ by at most ``most``; no case stands in two pairs."""
    return _pick(apart, differs, differs <= most, n, largest=True)


def _pick(apart: Floats, differs: Floats, allowed: np.typing.NDArray[np.bool_], n: int, *, largest: bool) -> list[Pair]:
    one, other = np.triu_indices(len(apart), 1)
    keep = allowed[one, other] & np.isfinite(apart[one, other])
    one, other = one[keep], other[keep]
    distance, difference = apart[one, other], differs[one, other]
    # Equal distances: the larger difference (or the smaller, for different cases) first, then the order of the table.
    sign = -1.0 if largest else 1.0
    order = np.lexsort((other, one, -sign * difference.round(12), sign * distance.round(12)))
    used: set[int] = set()
    found = []
    for i in order.tolist():
        a, b = int(one[i]), int(other[i])
        if a in used or b in used:
            continue
        used |= {a, b}
        found.append(Pair(a, b, float(distance[i]), float(difference[i])))
        if len(found) == n:
            break
    return found
