"""Part of a sweep over shifts: what a kind of source, or merely espoused work, adds to the log shares of a case.

In a dimension d a source of kind a sees the shares π_k exp(δ_dak) / Σ, where the shifts of all kinds add up to 0: the
shares of the case are those of no kind in particular. Passages that only espouse see them shifted once more, by ε_dk,
against what is enacted: the shares of the case are those of enacted work. Both are N(0, sd²) a priori.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from crosscase.analysis.compiled import compiled_part

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_ACCEPTED = 0.44


@compiled_part
def tilt_shares(sizes: Ints, shares: Floats, tilt: Floats, tilted: Floats) -> None:
    """Shares of each case as each arm (a kind, enacted or espoused) sees them."""
    for c in range(tilted.shape[0]):
        for d in range(tilted.shape[1]):
            for a in range(tilted.shape[2]):
                total = 0.0
                for k in range(sizes[d]):
                    tilted[c, d, a, k] = shares[c, d, k] * tilt[d, a, k]
                    total += tilted[c, d, a, k]
                for k in range(sizes[d]):
                    tilted[c, d, a, k] /= total


@compiled_part
def draw_shifts(
    sizes: Ints,
    sd: Floats,
    shares: Floats,
    tables: Ints,
    shift: Floats,
    lean: Floats,
    tilt: Floats,
    steps: Floats,
    adapt: bool,
    rng: np.random.Generator,
) -> None:
    """One random-walk step for every shift, given the table counts and the shares of the cases.

    Arm 2a is kind a as enacted, 2a + 1 as espoused. A step for a kind is taken back from another one, so that their
    sum stays 0. ``steps`` holds the log step of each dimension and how often it was adapted.
    """
    n_cases, n_dimensions, n_arms = tables.shape[0], tables.shape[1], tables.shape[2]
    n_kinds = n_arms // 2
    sums = np.empty((n_cases, n_arms))
    totals = np.empty((n_cases, n_arms))
    move = np.zeros(n_arms)
    for d in range(n_dimensions):
        _sum_up(sizes[d], d, shares, tables, tilt, sums, totals)
        for k in range(sizes[d]):
            if n_kinds > 1 and sd[0] > 0.0:
                for kind in range(n_kinds):
                    other = (kind + 1 + int(rng.random() * (n_kinds - 1))) % n_kinds
                    step = rng.standard_normal() * math.exp(steps[d, 0])
                    old, rest = shift[d, kind, k], shift[d, other, k]
                    gain = (old * old + rest * rest - (old + step) ** 2 - (rest - step) ** 2) / (2.0 * sd[0] * sd[0])
                    for a in range(n_arms):
                        move[a] = step if a // 2 == kind else (-step if a // 2 == other else 0.0)
                    if _try(d, k, gain, move, shares, tables, tilt, sums, totals, steps, adapt, rng):
                        shift[d, kind, k] += step
                        shift[d, other, k] -= step
            if sd[1] > 0.0:
                step = rng.standard_normal() * math.exp(steps[d, 0])
                old = lean[d, k]
                gain = (old * old - (old + step) ** 2) / (2.0 * sd[1] * sd[1])
                for a in range(n_arms):
                    move[a] = step if a % 2 == 1 else 0.0
                if _try(d, k, gain, move, shares, tables, tilt, sums, totals, steps, adapt, rng):
                    lean[d, k] += step


@compiled_part
def _sum_up(size: int, d: int, shares: Floats, tables: Ints, tilt: Floats, sums: Floats, totals: Floats) -> None:
    """Σ_k π_k tilt_k and the number of tables, per case and arm."""
    for c in range(sums.shape[0]):
        for a in range(sums.shape[1]):
            sums[c, a] = 0.0
            totals[c, a] = 0.0
            for k in range(size):
                sums[c, a] += shares[c, d, k] * tilt[d, a, k]
                totals[c, a] += tables[c, d, a, k]


@compiled_part
def _try(
    d: int,
    k: int,
    gain: float,
    move: Floats,
    shares: Floats,
    tables: Ints,
    tilt: Floats,
    sums: Floats,
    totals: Floats,
    steps: Floats,
    adapt: bool,
    rng: np.random.Generator,
) -> bool:
    """Take the step, or not; keeps ``tilt`` and ``sums`` in order."""
    for a in range(len(move)):
        if move[a] != 0.0:
            added = tilt[d, a, k] * (math.exp(move[a]) - 1.0)
            for c in range(sums.shape[0]):
                if totals[c, a] > 0.0:
                    gain += tables[c, d, a, k] * move[a]
                    gain -= totals[c, a] * math.log1p(shares[c, d, k] * added / sums[c, a])
    accepted = gain >= 0.0 or rng.random() < math.exp(gain)
    if adapt:
        steps[d, 1] += 1.0
        steps[d, 0] += ((1.0 if accepted else 0.0) - _ACCEPTED) / math.sqrt(steps[d, 1])
    if not accepted:
        return False
    for a in range(len(move)):
        if move[a] != 0.0:
            new = tilt[d, a, k] * math.exp(move[a])
            for c in range(sums.shape[0]):
                sums[c, a] += shares[c, d, k] * (new - tilt[d, a, k])
            tilt[d, a, k] = new
    return True
