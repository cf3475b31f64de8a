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
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from crosscase.model.seed import check_seed

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


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
    # Imported here: the compiler takes longer to load than everything else in this package together.
    from crosscase.analysis import share_kernel as kernel

    out = np.empty((counts.shape[1] + 1, draws), dtype=np.float32)
    shape = effective(weights) if len(weights) else weights
    kernel.draw_cells(
        np.array([0, len(counts)]),
        np.ascontiguousarray(counts, dtype=np.float64),
        np.zeros(len(counts)),
        np.ascontiguousarray(shape, dtype=np.float64),
        float(prior),
        rng.integers(2**63, size=1, dtype=np.uint64),
        np.zeros(0),
        kernel.new_lanes(),
        out,
        np.empty((1, len(out), 0)),
    )
    shares: Floats = out[:-1].T.astype(np.float64)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def paired_shares(
    cells: Sequence[Floats], prior: float, draws: int, rng: np.random.Generator, n_sources: int
) -> list[Floats]:
    """Draws of the shares of several cells that take their evidence from the same sources.

    Parameters
    ----------
    cells
        Per cell: counts of all ``n_sources`` sources × categories; a row of zeros where a source is silent.

    Returns
    -------
    Per cell draws × categories. A source has one weight per draw in all cells, so that their differences are those of
    the same sources; everything else is as in ``draw_shares`` with equal weights.
    """
    weight = rng.standard_exponential((draws, n_sources))
    found = []
    for counts in cells:
        here = np.flatnonzero(counts.sum(axis=1))
        n_categories = counts.shape[1]
        atom = rng.dirichlet(np.ones(n_categories), draws) * (rng.gamma(prior, size=(draws, 1)) if prior > 0 else 0.0)
        result = atom if len(here) or prior > 0 else np.full((draws, n_categories), 1.0 / n_categories)
        if len(here):
            named = counts[here]
            seen = np.flatnonzero(named.sum(axis=0))
            shape = named[:, seen] + pooled(named)[seen]
            parts = rng.standard_gamma(np.broadcast_to(shape, (draws, *shape.shape)))
            parts /= np.maximum(parts.sum(axis=2, keepdims=True), np.finfo(float).tiny)
            result = atom.copy()
            result[:, seen] += np.einsum("dg,dgk->dk", weight[:, here], parts)
        found.append(result / result.sum(axis=1, keepdims=True))
    return found


def stream(seed: int, *names: object) -> np.random.Generator:
    """A random stream of its own for each cell, so that a cell does not change with the cells beside it."""
    return np.random.default_rng([check_seed(seed), *(zlib.crc32(repr(name).encode()) for name in names)])


def cell_key(seed: int, names: object) -> int:
    """The seed of one cell: 64 bits that depend on the study's seed and the cell's names."""
    return int.from_bytes(blake2b(f"{check_seed(seed)}:{names!r}".encode(), digest_size=8).digest(), "little")


def interval(draws: Floats, level: float) -> tuple[Floats, Floats]:
    """Equal-tailed interval over the first axis."""
    low, high = np.quantile(draws, tails(level), axis=0)
    return low, high


def tails(level: float) -> tuple[float, float]:
    """Where an equal-tailed interval begins and ends."""
    return ((1.0 - level) / 2.0, (1.0 + level) / 2.0)
