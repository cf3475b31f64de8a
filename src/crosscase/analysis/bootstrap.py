"""Shares from sources: the Bayesian bootstrap over sources with one prior atom.

Passages of one interview are not independent, so the unit of inference is the source. The posterior of a Dirichlet
process with concentration α₀ and a uniform base on the simplex (Ferguson 1973; with α₀ = 0 the Bayesian bootstrap of
Rubin 1981): per draw every source g gets a weight w_g ~ Gamma(a_g) and shares s_g ~ Dirichlet(n_g + p), where n_g are
its counts and p the pooled shares of the case; one prior atom gets a weight Gamma(α₀) and shares
~ Dirichlet(1, …, 1). The draw is the weighted mean.

With sources that count alike a_g = 1. With unequal weights v_g they are a_g = m v_g / Σv, where
m = (Σv)² / Σv² is the effective number of sources (Kish 1965): a few heavy sources do not make an interval narrower.

The mean needs no draws: E[share_l] = (Σ_g a_g (n_gl + p_l) / (n_g + 1) + α₀ / K) / (Σ_g a_g + α₀).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
# Gamma draws are nearly all of the time. A source's shares are drawn this often; further draws of the case combine
# them with fresh weights, every source turned by another step, so that no two draws share more than a chance few.
_POOL = 1000


def pooled(counts: Floats) -> Floats:
    """Shares of all sources together, p; ``counts`` is sources × categories with a positive total."""
    total: Floats = counts.sum(axis=0)
    shares: Floats = total / total.sum()
    return shares


def effective(weights: Floats) -> Floats:
    """Weights scaled to the effective number of sources, a_g; all 1 when the weights are equal."""
    shares: Floats = weights / weights.sum()
    return shares / float((shares**2).sum())


def expected_shares(counts: Floats, weights: Floats, prior: float) -> Floats:
    """Posterior means in closed form.

    Parameters
    ----------
    counts
        Sources × categories; every source has a positive total.
    weights
        How much each source counts, in any unit.
    prior
        α₀, the weight of the prior atom in sources.

    Returns
    -------
    One share per category; they add up to 1. Without a source they are 1 / K.
    """
    n_categories = counts.shape[1]
    if not len(counts):
        return np.full(n_categories, 1.0 / n_categories)
    a = effective(weights)
    shares = (counts + pooled(counts)) / (counts.sum(axis=1, keepdims=True) + 1.0)
    mean: Floats = (a @ shares + prior / n_categories) / (a.sum() + prior)
    return mean


def draw_shares(counts: Floats, weights: Floats, prior: float, draws: int, rng: np.random.Generator) -> Floats:
    """Posterior draws of the shares, draws × categories; arguments as in ``expected_shares``."""
    n_sources, n_categories = counts.shape
    atom = rng.standard_exponential((draws, n_categories))
    atom /= atom.sum(axis=1, keepdims=True)
    if not n_sources:
        return atom
    p = pooled(counts)
    seen = np.flatnonzero(p)
    n_pool = min(draws, _POOL)
    pool = _source_shares((counts + p)[:, seen], n_pool, rng).reshape(n_pool * n_sources, len(seen))
    scale = np.broadcast_to(effective(weights).astype(np.float32), (draws, n_sources))
    weight = rng.standard_gamma(scale, dtype=np.float32)
    spread = rng.standard_gamma(prior, draws) if prior > 0 else np.zeros(draws)
    result: Floats = atom * spread[:, None]
    everyone = np.arange(n_sources)
    for first in range(0, draws, _POOL):
        block = weight[first : first + _POOL]
        turned = (np.arange(len(block))[:, None] + rng.integers(n_pool, size=n_sources)) % n_pool
        result[first : first + len(block), seen] += np.einsum(
            "dg,dgk->dk", block, pool.take(turned * n_sources + everyone, axis=0)
        )
    result /= result.sum(axis=1, keepdims=True)
    return result


def _source_shares(shapes: Floats, draws: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Dirichlet draws per source, draws × sources × categories."""
    # Single precision is more than twice as fast; its error (1e-7) is far below that of the draws.
    parts = rng.standard_gamma(np.broadcast_to(shapes.astype(np.float32), (draws, *shapes.shape)), dtype=np.float32)
    totals = parts.sum(axis=2, keepdims=True)
    # Very small shapes can underflow to nothing; such a source then says nothing in that draw.
    shares: npt.NDArray[np.float32] = np.divide(parts, totals, out=np.zeros_like(parts), where=totals > 0)
    return shares


def stream(seed: int, *names: object) -> np.random.Generator:
    """A random stream of its own for each cell, so that a cell does not change with the cells beside it."""
    return np.random.default_rng([seed, *(zlib.crc32(repr(name).encode()) for name in names)])


def interval(draws: Floats, level: float) -> tuple[Floats, Floats]:
    """Equal-tailed interval over the first axis."""
    low, high = np.quantile(draws, _tails(level), axis=0)
    return low, high


def _tails(level: float) -> Sequence[float]:
    return ((1.0 - level) / 2.0, (1.0 + level) / 2.0)
