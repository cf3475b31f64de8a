"""Pools of shares that draws go round: Dirichlet numbers made once, and met by every draw at another place."""

from __future__ import annotations

import numpy as np

from crosscase.analysis.compiled import compiled_part
from crosscase.analysis.lanes import LANES, Floats, Singles, gamma, next_uniform

BURN_IN, STEPS = 40, 3  # of the chain that breaks sticks; what its beginning leaves is below 2⁻⁴⁰


@compiled_part
def base_pool(p: Floats, n_pool: int, state: np.uint64, pool: Singles) -> np.uint64:
    """Dirichlet(p) draws, categories × (``n_pool`` and one block that repeats them).

    ``x ← V e_J + (1 − V) x`` leaves Dirichlet(p) as it is; three steps apart the correlation is 1/8.
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
            state, v = next_uniform(state)
            for j in range(n):
                x[j] *= 1.0 - v
            x[k] += v
        for j in range(n):
            pool[j, d] = np.float32(x[j])
    _centre(p, n_pool, pool)
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
