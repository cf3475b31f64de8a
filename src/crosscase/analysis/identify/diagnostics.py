"""Have the chains converged? Rank-normalised split R-hat, effective sample sizes and Monte Carlo errors.

After Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021) *Bayesian Analysis* 16:667-718.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import ndtri
from scipy.stats import rankdata

from crosscase.analysis.bootstrap import Floats


@dataclass(frozen=True)
class Limits:
    """What counts as converged.

    A quantity has converged when its R-hat and effective sample size keep the limits, or when its Monte Carlo error
    is so small that no digit that is shown can change.
    """

    r_hat: float = 1.02
    ess: float = 400.0
    error: float = 0.005


def r_hat(draws: Floats) -> Floats:
    """Rank-normalised split R-hat, the larger of bulk and folded; ``draws`` is chain × draw × quantity.

    1 for a quantity that never moves.
    """
    halves = _split(draws)
    folded = np.abs(halves - np.median(halves, axis=(0, 1), keepdims=True))
    result: Floats = np.maximum(_plain_r_hat(_normal_ranks(halves)), _plain_r_hat(_normal_ranks(folded)))
    return result


def effective_sample_size(draws: Floats) -> Floats:
    """Bulk effective sample size; the number of draws for a quantity that never moves."""
    return _plain_ess(_normal_ranks(_split(draws)))


def monte_carlo_error(draws: Floats) -> Floats:
    """Standard error of each quantity's mean over all draws."""
    result: Floats = draws.std(axis=(0, 1)) / np.sqrt(_plain_ess(_split(draws)))
    return result


def diagnose(names: list[str], draws: Floats, limits: Limits) -> pl.DataFrame:
    """One row per quantity: ``mean``, ``r_hat``, ``ess``, ``error`` (Monte Carlo) and ``converged``."""
    table = pl.DataFrame(
        {
            "quantity": names,
            "mean": draws.mean(axis=(0, 1)),
            "r_hat": r_hat(draws),
            "ess": effective_sample_size(draws),
            "error": _safe_error(draws),
        }
    )
    mixed = (pl.col("r_hat") <= limits.r_hat) & (pl.col("ess") >= limits.ess)
    return table.with_columns(converged=mixed | (pl.col("error") <= limits.error))


def _safe_error(draws: Floats) -> Floats:
    """The larger of the error by autocorrelation and that by the spread of the chains' means.

    Chains that are stuck in different places have little autocorrelation; the spread of their means shows it.
    """
    n_chains = draws.shape[0]
    means = draws.mean(axis=1)
    between = means.std(axis=0, ddof=1) / np.sqrt(n_chains) if n_chains > 1 else np.zeros(draws.shape[2])
    result: Floats = np.maximum(monte_carlo_error(draws), between)
    return result


def _split(draws: Floats) -> Floats:
    half = draws.shape[1] // 2
    split: Floats = np.concatenate([draws[:, :half], draws[:, -half:]], axis=0)
    return split


def _normal_ranks(draws: Floats) -> Floats:
    n_chains, n_draws, n_quantities = draws.shape
    ranks = rankdata(draws.reshape(-1, n_quantities), axis=0).reshape(draws.shape)
    normal: Floats = ndtri((ranks - 0.375) / (n_chains * n_draws + 0.25))
    return normal


def _plain_r_hat(draws: Floats) -> Floats:
    n = draws.shape[1]
    within = draws.var(axis=1, ddof=1).mean(axis=0)
    between = n * draws.mean(axis=1).var(axis=0, ddof=1)
    still = within <= 1e-18
    # A quantity that stands still within every chain but not at the same place has not converged at all.
    ratio = np.where(still, np.where(between > 1e-18, np.inf, 1.0), between / np.where(still, 1.0, within) / n)
    result: Floats = np.where(still, ratio, np.sqrt((n - 1) / n + ratio))
    return result


def _plain_ess(draws: Floats) -> Floats:
    """Geyer's initial monotone sequence over paired autocorrelations of all chains together."""
    m, n, n_quantities = draws.shape
    centred = draws - draws.mean(axis=1, keepdims=True)
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(centred, size, axis=1)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2, size, axis=1)[:, :n] / n
    within = covariance[:, 0].mean(axis=0) * n / (n - 1)
    pooled = within * (n - 1) / n + draws.mean(axis=1).var(axis=0, ddof=1)
    moving = pooled > 1e-18
    safe = np.where(moving, pooled, 1.0)
    rho = 1.0 - (within - covariance.mean(axis=0) * n / (n - 1)) / safe
    rho[0] = 1.0
    even = n // 2 * 2
    pairs = rho[:even:2] + rho[1:even:2]
    positive = np.logical_and.accumulate(pairs > 0, axis=0)
    falling = np.minimum.accumulate(np.where(positive, pairs, 0.0), axis=0)
    time = np.maximum(2.0 * falling.sum(axis=0) - 1.0, 1.0 / np.log10(max(m * n, 10)))
    result: Floats = np.where(moving, m * n / time, float(m * n))
    capped: Floats = np.minimum(result, m * n * np.log10(max(m * n, 10)))
    return capped
