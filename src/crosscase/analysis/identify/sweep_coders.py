"""Part of a sweep over coders: each coder's confusion matrix, exactly also where codings deny a category."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from crosscase.analysis.compiled import compiled_part
from crosscase.analysis.identify.dice import TINY, draw_dirichlet
from crosscase.analysis.identify.dimensions import Patterns

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@compiled_part
def draw_confusion(
    family_sizes: Ints,
    patterns: Patterns,
    confusion_prior: Floats,
    seen: Ints,
    confusion: Floats,
    rng: np.random.Generator,
) -> None:
    """Rows of Θ: Dirichlet by the readings of items whose true category is known in this sweep."""
    start, family, _, coder, category, affirms = patterns
    read = np.zeros(confusion.shape)
    refused = np.zeros(confusion.shape)
    proposal = np.empty(confusion.shape[2])
    for p in range(len(family)):
        f = family[p]
        for k in range(family_sizes[f]):
            n = seen[p, k]
            if n > 0:
                for e in range(start[p], start[p + 1]):
                    r, j = coder[e], category[e]
                    yes = _n_affirmed(n, affirms[e], confusion[r, f, k, j], family_sizes[f], rng)
                    read[r, f, k, j] += yes
                    refused[r, f, k, j] += n - yes
    for r in range(confusion.shape[0]):
        for f in range(confusion.shape[1]):
            n = family_sizes[f]
            for k in range(n):
                denials = 0.0
                for j in range(n):
                    read[r, f, k, j] += confusion_prior[f, 0 if j == k else 1]
                    denials += refused[r, f, k, j]
                if denials > 0.0:
                    _draw_row_with_denials(read[r, f, k], refused[r, f, k], n, k, confusion[r, f, k], rng)
                else:
                    # Category k is what coders most often call k: without this bound two categories can change
                    # names in every coder's row at once, and a chain that fell into that mode stays there.
                    draw_dirichlet(read[r, f, k], n, proposal, rng)
                    if _is_largest(proposal, n, k):
                        for j in range(n):
                            confusion[r, f, k, j] = proposal[j]


@compiled_part
def _n_affirmed(n: int, affirms: float, theta: float, size: int, rng: np.random.Generator) -> int:
    """Of n readings that do both, how many affirm; all or none of those that do one."""
    if affirms == 1.0:
        return n
    if affirms == 0.0:
        return 0
    chance = affirms * theta / (affirms * theta + (1.0 - affirms) * max(1.0 - theta, TINY) / (size - 1))
    found = 0
    for _ in range(n):
        if rng.random() < chance:
            found += 1
    return found


@compiled_part
def _is_largest(row: Floats, n: int, k: int) -> bool:
    for j in range(n):
        if row[j] > row[k]:
            return False
    return True


@compiled_part
def _draw_row_with_denials(read: Floats, denied: Floats, n: int, k: int, row: Floats, rng: np.random.Generator) -> None:
    """Row k of a confusion matrix, θ, with density ∏ θ_j^(a_j − 1) (1 − θ_j)^(b_j) where θ_k is the largest.

    One θ_l at a time, the others keeping their proportions: Beta(a_l, Σa − a_l + b_l) is exact but for the denials of
    the other categories, which decide whether the step is taken (Metropolis–Hastings).
    """
    total = 0.0
    for j in range(n):
        total += read[j]
    for one in range(n):
        left, right = rng.standard_gamma(read[one]), rng.standard_gamma(total - read[one] + denied[one])
        new = min(max(left / (left + right), TINY), 1.0 - TINY)
        shrink = (1.0 - new) / max(1.0 - row[one], TINY)
        largest, own = 0.0, 0.0
        for j in range(n):
            moved = new if j == one else row[j] * shrink
            largest = max(largest, moved)
            if j == k:
                own = moved
        if own < largest:
            continue
        gain = 0.0
        for j in range(n):
            if j != one and denied[j] > 0:
                gain += denied[j] * (math.log(max(1.0 - row[j] * shrink, TINY)) - math.log(max(1.0 - row[j], TINY)))
        if gain >= 0.0 or rng.random() < math.exp(gain):
            for j in range(n):
                row[j] = new if j == one else max(row[j] * shrink, TINY)
