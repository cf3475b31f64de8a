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
def likelihoods(family_sizes: Ints, patterns: Patterns, confusion: Floats, likelihood: Floats) -> None:
    """P(readings | true category) per pattern.

    A reading that affirms has the probability Θ; one that denies names one of the others' names, (1 − Θ) / (K − 1);
    one that does both is a mixture.
    """
    start, family, _, coder, category, affirms = patterns
    for p in range(len(family)):
        f = family[p]
        size = family_sizes[f]
        for k in range(size):
            likelihood[p, k] = 1.0
        for e in range(start[p], start[p + 1]):
            r, j, yes = coder[e], category[e], affirms[e]
            for k in range(size):
                theta = confusion[r, f, k, j]
                likelihood[p, k] *= yes * theta + (1.0 - yes) * max(1.0 - theta, TINY) / (size - 1)


@compiled_part
def first_truth(sizes: Ints, cells: Cells, likelihood: Floats, truth: Ints, heard: Ints, counts: Ints) -> None:
    """True categories as they were read; all items are heard."""
    for cell in range(len(cells.case)):
        size = sizes[cells.dimension[cell]]
        for i in range(cells.start[cell], cells.start[cell + 1]):
            p, best = cells.pattern[i], 0
            for k in range(1, size):
                if likelihood[p, k] > likelihood[p, best]:
                    best = k
            truth[i] = best
            heard[i] = 1
            counts[cell, best] += 1


@compiled_part
def draw_truth(
    sizes: Ints,
    background: Floats,
    cells: Cells,
    kappa: float,
    tilted: Floats,
    weights: Floats,
    likelihood: Floats,
    truth: Ints,
    heard: Ints,
    counts: Ints,
    seen: Ints,
    rng: np.random.Generator,
) -> None:
    """The true category of every item, with the shares of its source integrated out.

    An item of weight w speaks of what is done with probability w; else it says nothing about its source or case, and
    its category is one of the whole study's. Either way it shows how well its coders read.
    """
    case, dimension, _, arm, start, pattern = cells
    upto = np.empty(tilted.shape[3])
    weight = np.empty(tilted.shape[3])
    seen[:] = 0
    for cell in range(len(case)):
        c, d, a = case[cell], dimension[cell], arm[cell]
        size = sizes[d]
        mass = kappa
        for k in range(size):
            weight[k] = kappa * tilted[c, d, a, k] + counts[cell, k]
            mass += counts[cell, k]
        for i in range(start[cell], start[cell + 1]):
            p = pattern[i]
            if heard[i] == 1:
                weight[truth[i]] -= 1.0
                counts[cell, truth[i]] -= 1
                mass -= 1.0
            total = _add_up(size, weight, likelihood[p], upto)
            heard[i] = 1
            if weights[p] < 1.0:
                yes = weights[p] * total / mass
                no = (1.0 - weights[p]) * _add_up(size, background[d], likelihood[p], upto)
                heard[i] = 1 if rng.random() * (yes + no) < yes else 0
                total = _add_up(size, weight if heard[i] == 1 else background[d], likelihood[p], upto)
            point = rng.random() * total
            k = 0
            while k < size - 1 and upto[k] <= point:
                k += 1
            truth[i] = k
            seen[p, k] += 1
            if heard[i] == 1:
                counts[cell, k] += 1
                weight[k] += 1.0
                mass += 1.0


@compiled_part
def _add_up(size: int, weight: Floats, likelihood: Floats, upto: Floats) -> float:
    """Running sums of weight × likelihood; returns the last."""
    total = 0.0
    for k in range(size):
        total += weight[k] * likelihood[k]
        upto[k] = total
    return total


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
