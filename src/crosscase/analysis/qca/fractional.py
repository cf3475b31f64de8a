"""Fractional-polynomial logit: a smooth, monotone-checked curve through coarse memberships (indirect calibration)."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import numpy.typing as npt

from crosscase.errors import Degenerate

Floats = npt.NDArray[np.float64]
POWERS = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0)
_STEPS = 200
_TOLERANCE = 1e-10
_STEEPEST = 700.0  # a linear predictor beyond this is on its way to infinity, and exp() would overflow


def fit_fractional_polynomial(x: Floats, membership: Floats) -> Floats:
    """Predicted memberships from the best fractional polynomial of degree 2 in a logit model.

    Of the 36 pairs of powers from −2, −1, −½, 0, ½, 1, 2, 3 (0 is the logarithm; an equal pair is the power and the
    power times the logarithm) the one with the smallest deviance is kept (Royston & Altman 1994, *Applied Statistics*
    43:429-467), in the quasi-likelihood for fractions (Papke & Wooldridge 1996, *J. Applied Econometrics* 11:619-632).
    Values are shifted to be positive where they are not.

    Raises
    ------
    Degenerate
        Fewer than four different values, or no pair has finite estimates with a rising curve.
    """
    if len(np.unique(x)) < 4:
        raise Degenerate("the indirect method needs at least four different raw values")
    lowest = float(x.min())
    gaps = np.diff(np.unique(x))
    shifted = x if lowest > 0 else x - lowest + float(gaps.min())
    scaled = shifted / float(np.exp(np.log(shifted).mean()))
    order = np.argsort(x, kind="stable")
    best: tuple[float, Floats] | None = None
    for powers in combinations_with_replacement(POWERS, 2):
        fitted = _fit_logit(_terms(scaled, powers), membership)
        if fitted is None or (np.diff(fitted[order]) < -1e-9).any():
            continue
        deviance = _deviance(membership, fitted)
        if best is None or deviance < best[0] - 1e-12:
            best = (deviance, fitted)
    if best is None:
        raise Degenerate(
            "the indirect method has no finite rising curve for these groups",
            mend="use more groups, or the direct method",
        )
    return best[1]


def _terms(x: Floats, powers: tuple[float, ...]) -> Floats:
    first, second = (np.log(x) if p == 0 else x**p for p in powers)
    if powers[0] == powers[1]:
        second = first * np.log(x)
    columns = [(c - c.mean()) / (c.std() or 1.0) for c in (first, second)]
    return np.column_stack([np.ones(len(x)), *columns])


def _fit_logit(design: Floats, y: Floats) -> Floats | None:
    """Fitted fractions by iteratively reweighted least squares; None where the estimates do not stay finite."""
    beta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        predictor = design @ beta
        if np.abs(predictor).max() > _STEEPEST:
            return None
        fitted: Floats = 1.0 / (1.0 + np.exp(-predictor))
        weight = fitted * (1.0 - fitted)
        information = design.T @ (design * weight[:, None])
        if np.linalg.cond(information) > 1e13:
            return None
        step = np.linalg.solve(information, design.T @ (y - fitted))
        beta = beta + step
        if np.abs(step).max() < _TOLERANCE:
            final: Floats = 1.0 / (1.0 + np.exp(-(design @ beta)))
            return final
    return None


def _deviance(y: Floats, fitted: Floats) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.where(y > 0, y * np.log(y / fitted), 0.0)
        outside = np.where(y < 1, (1 - y) * np.log((1 - y) / (1 - fitted)), 0.0)
    return float(2.0 * (inside + outside).sum())
