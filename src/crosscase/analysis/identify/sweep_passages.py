"""Parts of a sweep over passages: their likelihoods, their true categories, table counts, and κ.

Plain arrays as arguments and loops over single numbers: numba compiles them several times faster than tuples of arrays
and array expressions, and on a fresh machine somebody waits for that once.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from crosscase.analysis.compiled import compiled_part
from crosscase.analysis.identify.dice import TINY
from crosscase.analysis.identify.dimensions import Cells, Patterns

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_ACCEPTED = 0.44  # share of accepted steps at which a random walk in one dimension mixes best


@compiled_part
def likelihoods(family_sizes: Ints, patterns: Patterns, confusion: Floats, logs: Floats, likelihood: Floats) -> None:
    """P(readings | true category) per pattern: Θ^w for what is affirmed, (1 − Θ)^w for what is denied.

    ``logs`` is room for the logarithms of Θ and 1 − Θ.
    """
    start, family, coder, category, affirmed, denied = patterns
    n_coders, n_families = confusion.shape[0], confusion.shape[1]
    for r in range(n_coders):
        for f in range(n_families):
            for j in range(family_sizes[f]):
                for k in range(family_sizes[f]):
                    theta = confusion[r, f, k, j]
                    logs[0, r, f, j, k] = math.log(theta)
                    logs[1, r, f, j, k] = math.log(max(1.0 - theta, TINY))
    for p in range(len(family)):
        f = family[p]
        for k in range(family_sizes[f]):
            likelihood[p, k] = 0.0
        for e in range(start[p], start[p + 1]):
            r, j, yes, no = coder[e], category[e], affirmed[e], denied[e]
            for k in range(family_sizes[f]):
                likelihood[p, k] += yes * logs[0, r, f, j, k] + no * logs[1, r, f, j, k]
        for k in range(family_sizes[f]):
            likelihood[p, k] = math.exp(likelihood[p, k])


@compiled_part
def first_truth(sizes: Ints, cells: Cells, likelihood: Floats, truth: Ints, counts: Ints) -> None:
    """True categories as they were read."""
    for cell in range(len(cells.case)):
        size = sizes[cells.dimension[cell]]
        for i in range(cells.start[cell], cells.start[cell + 1]):
            p, best = cells.pattern[i], 0
            for k in range(1, size):
                if likelihood[p, k] > likelihood[p, best]:
                    best = k
            truth[i] = best
            counts[cell, best] += 1


@compiled_part
def draw_truth(
    sizes: Ints,
    cells: Cells,
    kappa: float,
    tilted: Floats,
    likelihood: Floats,
    truth: Ints,
    counts: Ints,
    seen: Ints,
    rng: np.random.Generator,
) -> None:
    """The true category of every item, with the shares of its source integrated out."""
    case, dimension, _, arm, start, pattern = cells
    upto = np.empty(tilted.shape[3])
    weight = np.empty(tilted.shape[3])
    for p in range(seen.shape[0]):
        for k in range(seen.shape[1]):
            seen[p, k] = 0
    for cell in range(len(case)):
        c, d, a = case[cell], dimension[cell], arm[cell]
        size = sizes[d]
        for k in range(size):
            weight[k] = kappa * tilted[c, d, a, k] + counts[cell, k]
        for i in range(start[cell], start[cell + 1]):
            p = pattern[i]
            weight[truth[i]] -= 1.0
            total = 0.0
            for k in range(size):
                total += weight[k] * likelihood[p, k]
                upto[k] = total
            point = rng.random() * total
            k = 0
            while k < size - 1 and upto[k] <= point:
                k += 1
            counts[cell, truth[i]] -= 1
            counts[cell, k] += 1
            truth[i] = k
            weight[k] += 1.0
            seen[p, k] += 1


@compiled_part
def draw_tables(
    sizes: Ints,
    cells: Cells,
    kappa: float,
    tilted: Floats,
    counts: Ints,
    of_cell: npt.NDArray[np.uint8],
    tables: Ints,
    rng: np.random.Generator,
) -> None:
    """Of n items of a category in a source, how many are fresh draws from the shares of the case.

    ``of_cell`` holds the tables of each cell (at most 255 of a category), ``tables`` their sums.
    """
    case, dimension, _, arm, _, _ = cells
    for c in range(tables.shape[0]):
        for d in range(tables.shape[1]):
            for a in range(tables.shape[2]):
                for k in range(tables.shape[3]):
                    tables[c, d, a, k] = 0
    for cell in range(len(case)):
        c, d, a = case[cell], dimension[cell], arm[cell]
        for k in range(sizes[d]):
            n = counts[cell, k]
            fresh = 0
            if n > 0:
                mass = kappa * tilted[c, d, a, k]
                fresh = 1
                for j in range(1, n):
                    if rng.random() * (mass + j) < mass:
                        fresh += 1
                tables[c, d, a, k] += fresh
            of_cell[cell, k] = min(fresh, 255)


@compiled_part
def draw_concentration(
    sizes: Ints,
    cells: Cells,
    prior: Floats,
    tilted: Floats,
    counts: Ints,
    scalars: Floats,
    adapt: bool,
    rng: np.random.Generator,
) -> None:
    """κ by a random walk on the log scale, with the tables integrated out."""
    case, dimension, _, arm, _, _ = cells
    old = scalars[0]
    new = old * math.exp(rng.standard_normal() * math.exp(scalars[1]))
    gain = prior[0] * math.log(new / old) - prior[1] * (new - old)
    for cell in range(len(case)):
        c, d, a = case[cell], dimension[cell], arm[cell]
        total = 0
        for k in range(sizes[d]):
            n = counts[cell, k]
            if n > 0:
                share = tilted[c, d, a, k]
                gain += _log_rise_ratio(new * share, old * share, n)
                total += n
        gain -= _log_rise_ratio(new, old, total)
    accepted = gain >= 0.0 or rng.random() < math.exp(gain)
    if accepted:
        scalars[0] = new
    if adapt:
        scalars[2] += 1.0
        scalars[1] += ((1.0 if accepted else 0.0) - _ACCEPTED) / math.sqrt(scalars[2])


@compiled_part
def _log_rise_ratio(new: float, old: float, n: int) -> float:
    """log Γ(new + n) / Γ(new) − log Γ(old + n) / Γ(old): products for small n, which is what a source has."""
    if n > 24:
        return math.lgamma(new + n) - math.lgamma(new) - math.lgamma(old + n) + math.lgamma(old)
    above, below = 1.0, 1.0
    for j in range(n):
        above *= new + j
        below *= old + j
    return math.log(max(above, 1e-300) / max(below, 1e-300))
