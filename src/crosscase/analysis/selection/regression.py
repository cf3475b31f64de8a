"""The regressions behind a selection: least squares with its diagnostics, and the logistic model of propensity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crosscase.analysis.bootstrap import Floats
from crosscase.errors import AnalysisError, Degenerate

_STEPS, _ENOUGH = 50, 1e-10


@dataclass(frozen=True)
class Fit:
    """Least squares: what is expected of every case, and how far it is from it.

    ``studentized`` are the externally studentized residuals, ``cooks`` Cook's distances, ``leverage`` the diagonal of
    the hat matrix.
    """

    coefficients: Floats
    expected: Floats
    residual: Floats
    leverage: Floats
    studentized: Floats
    cooks: Floats
    r_squared: float


def least_squares(y: Floats, x: Floats) -> Fit:
    """Fit an outcome to conditions (an intercept is added).

    Raises
    ------
    AnalysisError
        There are too few cases, conditions that determine each other, or an outcome that they determine.

    References
    ----------
    Belsley, Kuh & Welsch (1980) *Regression Diagnostics*; Cook (1977) Technometrics 19:15-18.
    """
    design = np.column_stack([np.ones(len(y)), x])
    n, k = design.shape
    if n < k + 2:
        raise AnalysisError(
            f"{n} complete cases are too few for {k - 1} conditions", where="regression", mend=f"use at least {k + 2}"
        )
    if np.linalg.matrix_rank(design) < k:
        raise AnalysisError("some conditions determine each other", where="regression", mend="leave one of them out")
    q, r = np.linalg.qr(design)
    coefficients = np.linalg.solve(r, q.T @ y)
    expected = design @ coefficients
    residual = y - expected
    leverage = (q**2).sum(axis=1)
    squares = float(residual @ residual)
    total = float(((y - y.mean()) ** 2).sum())
    if squares <= 1e-20 * max(total, 1e-300):
        raise Degenerate("the conditions determine the outcome exactly, so no case lies off", mend="leave some out")
    variance = squares / (n - k)
    room = np.maximum(1.0 - leverage, 1e-12)
    without = np.maximum((squares - residual**2 / room) / (n - k - 1), 1e-300)
    return Fit(
        coefficients=coefficients,
        expected=expected,
        residual=residual,
        leverage=leverage,
        studentized=residual / np.sqrt(without * room),
        cooks=residual**2 * leverage / (k * variance * room**2),
        r_squared=1.0 - squares / total,
    )


def propensity(treated: Floats, x: Floats) -> Floats:
    """Log-odds of the treatment given the conditions, by logistic regression.

    Raises
    ------
    AnalysisError
        The conditions separate treated cases from the others, so that the model has no solution.

    References
    ----------
    Rosenbaum & Rubin (1983) Biometrika 70:41-55.
    """
    design = np.column_stack([np.ones(len(treated)), x])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise AnalysisError("some conditions determine each other", where="propensity", mend="leave one of them out")
    beta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(design @ beta, -30, 30)))
        weight = p * (1.0 - p)
        if weight.max() < 1e-6 or np.abs(design @ beta).max() > 25:
            break
        step = np.linalg.solve(design.T @ (weight[:, None] * design), design.T @ (treated - p))
        beta = beta + step
        if np.abs(step).max() < _ENOUGH:
            odds: Floats = design @ beta
            return odds
    raise AnalysisError(
        "the conditions separate the two groups, so there is no propensity",
        mend="match by mahalanobis, or leave one out",
    )
