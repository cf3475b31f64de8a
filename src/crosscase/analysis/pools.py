"""Pools of shares that draws go round: Dirichlet numbers made once, and met by every draw at another place."""

from __future__ import annotations

import numpy as np

from crosscase.analysis.compiled import compiled_part
from crosscase.analysis.lanes import LANES, Floats, Singles, gamma, next_uniform

BURN_IN, STEPS = 40, 3  # of the chain that breaks sticks; what its beginning leaves is below 2⁻⁴⁰
SMALL_MASS = 1.5  # up to it the chain is quicker than gamma numbers and forgets soon enough


@compiled_part
def base_pool(p: Floats, n_pool: int, state: np.uint64, pool: Singles) -> np.uint64:
    """Dirichlet(p) draws with Σp = 1, categories × (``n_pool`` and one block that repeats them)."""
    state = _chain(p, 1.0, n_pool, state, pool)
    _centre(p, n_pool, pool)
    return state


@compiled_part
def _chain(p: Floats, mass: float, n_pool: int, state: np.uint64, pool: Singles) -> np.uint64:
    """Dirichlet(mass · p) draws: ``x ← V e_J + (1 − V) x`` with V ~ Beta(1, mass) and J ~ p leaves them as they are.

    Three steps apart the correlation is (mass / (1 + mass))³: 1/8 for a mass of 1.
    """
    n = len(p)
    x = np.empty(n)
    for k in range(n):
        x[k] = p[k]
    for d in range(n_pool):
        for _ in range(BURN_IN if d == 0 else STEPS):
            state, u = next_uniform(state)
            k = 0
            while k < n - 1 and u > p[k]:
                u -= p[k]
                k += 1
            state, left = next_uniform(state)
            if mass != 1.0:
                left = left ** (1.0 / mass)
            for j in range(n):
                x[j] *= left
            x[k] += 1.0 - left
        for j in range(n):
            pool[j, d] = np.float32(x[j])
    return state


@compiled_part
def amount_of(n: Floats) -> float:
    amount = 0.0
    for k in range(len(n)):
        amount += n[k]
    return amount


@compiled_part
def own_pool(n: Floats, n_pool: int, state: np.uint64, pool: Singles) -> np.uint64:
    """Dirichlet(n) draws over the categories that a source names, categories × ``n_pool``."""
    amount = amount_of(n)
    mean = np.empty(len(n))
    for k in range(len(n)):
        mean[k] = n[k] / amount
    if amount <= SMALL_MASS:
        state = _chain(mean, amount, n_pool, state, pool)
        _centre(mean, n_pool, pool)
        return state
    for d in range(n_pool):
        for k in range(len(n)):
            g = 0.0
            if n[k] == 1.0:
                state, u = next_uniform(state)
                g = -np.log(u)
            elif n[k] > 0.0:
                state, g = gamma(n[k], state)
            pool[k, d] = np.float32(g)
        whole = np.float32(0.0)
        for k in range(len(n)):
            whole += pool[k, d]
        for k in range(len(n)):
            pool[k, d] = pool[k, d] / whole if whole > 0.0 else np.float32(mean[k])
    _centre(mean, n_pool, pool)
    return state


@compiled_part
def _centre(mean: Floats, n_pool: int, pool: Singles) -> None:
    """Move the mean of a pool of shares to where it belongs, and let it go on from its beginning."""
    for k in range(len(mean)):
        if mean[k] == 0.0:
            continue  # nobody looks there
        found = 0.0
        for d in range(n_pool):
            found += pool[k, d]
        shift = np.float32(mean[k] - found / n_pool)
        for d in range(n_pool):
            pool[k, d] += shift
        for d in range(LANES):
            pool[k, n_pool + d] = pool[k, d]  # in order, so that a short pool repeats itself
