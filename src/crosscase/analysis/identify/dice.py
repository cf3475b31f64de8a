"""Draws from small distributions, for the compiled sampler."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crosscase.analysis.compiled import compiled_part

Floats = npt.NDArray[np.float64]
TINY = 1e-12


@compiled_part
def choose(weights: Floats, n: int, rng: np.random.Generator) -> int:
    """One of the first ``n`` places with probability proportional to its weight."""
    total = 0.0
    for i in range(n):
        total += weights[i]
    point = rng.random() * total
    chosen = 0
    for i in range(n):
        if weights[i] > 0.0:
            chosen = i
            point -= weights[i]
            if point < 0.0:
                break
    return chosen


@compiled_part
def draw_dirichlet(parameters: Floats, n: int, into: Floats, rng: np.random.Generator) -> None:
    """Shares ~ Dirichlet of the first ``n`` parameters."""
    total = 0.0
    for k in range(n):
        into[k] = max(rng.standard_gamma(parameters[k]), TINY)
        total += into[k]
    for k in range(n):
        into[k] /= total
