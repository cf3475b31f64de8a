"""The Gibbs sampler of the model of ideal types, compiled.

A sweep draws, in this order:

1. the true category of every item, with the shares of its source integrated out;
2. table counts (how many independent occasions stand behind a source's items: the Chinese-restaurant-table draw of
   Teh et al. 2006), which make the shares of a case Dirichlet;
3. each case's type with its shares integrated out, then its dominant categories and its shares;
4. each coder's confusion matrix, exactly also where codings deny a category;
5. κ, by a random walk on the log scale.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from crosscase.analysis.compiled import compiled, compiled_part
from crosscase.analysis.identify.dimensions import Cells, Dims, Layout, Patterns

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_TINY = 1e-12
_ACCEPTED = 0.44  # share of accepted steps at which a random walk in one dimension mixes best


class Rises(NamedTuple):
    """Log rising factorials of the Dirichlet parameters of shares, by number of tables.

    ``parameters`` holds the parameters themselves: dominant, elsewhere (per family), diffuse.
    """

    parameters: Floats
    dominant: Floats  # n
    elsewhere: Floats  # family × n
    diffuse: Floats  # n
    total_dominant: Floats  # family × n, of the sum of the parameters
    total_diffuse: Floats


class Rules(NamedTuple):
    """What the sampler knows besides the evidence: the theory and the prior."""

    expect: Floats  # type × dimension × dominant category (the last used place is "diffuse")
    log_type: Floats  # case × type: log prior, with what figures say about the case
    confusion: Floats  # family × (right, wrong): Dirichlet parameters of a coder's readings
    concentration: Floats  # shape and rate of κ
    rises: Rises


class State(NamedTuple):
    """Where a chain stands."""

    truth: Ints  # per item
    counts: Ints  # cell × category
    tables: Ints  # case × dimension × category
    shares: Floats  # case × dimension × category
    type: Ints  # per case
    confusion: Floats  # coder × family × true × read
    scalars: Floats  # κ, log step, accepted steps of the current stretch
    likelihood: Floats  # pattern × category
    seen: Ints  # pattern × true category: how many items


class Kept(NamedTuple):
    """What is kept of the sweeps after the warm-up."""

    probability: Floats  # draw × case × type, given the table counts
    type: Ints  # draw × case
    shares: npt.NDArray[np.float32]  # draw × case × dimension × category
    concentration: Floats  # draw
    accuracy: Floats  # draw × coder × family
    log_evidence: Floats  # case × dimension × type, averaged over draws


@compiled
def run_chain(
    layout: Layout, rules: Rules, state: State, kept: Kept, warmup: int, thin: int, rng: np.random.Generator
) -> None:
    """Run one chain; fills ``kept``, whose length says how many draws to keep."""
    dims, cells, patterns = layout
    rises, confusion_prior, concentration_prior = rules.rises, rules.confusion, rules.concentration
    truth, counts, tables, shares, types, confusion, scalars, likelihood, seen = state
    log_evidence = np.zeros(kept.log_evidence.shape)
    probability = np.zeros(rules.log_type.shape)
    _start(dims, concentration_prior, confusion_prior, shares, confusion, scalars, rng)
    _likelihoods(dims.family_sizes, patterns, confusion, likelihood, seen)
    _first_truth(dims.sizes, cells, likelihood, truth, counts)
    for sweep in range(warmup + len(kept.concentration) * thin):
        _likelihoods(dims.family_sizes, patterns, confusion, likelihood, seen)
        _draw_truth(dims.sizes, cells, scalars[0], shares, likelihood, truth, counts, seen, rng)
        _draw_tables(dims.sizes, cells, scalars[0], shares, counts, tables, rng)
        _draw_types(dims, rules.expect, rules.log_type, rises, tables, shares, types, probability, log_evidence, rng)
        _draw_confusion(dims.family_sizes, patterns, confusion_prior, seen, confusion, rng)
        _draw_concentration(dims.sizes, cells, concentration_prior, shares, counts, scalars, sweep < warmup, rng)
        if sweep >= warmup and (sweep - warmup) % thin == thin - 1:
            draw = (sweep - warmup) // thin
            _keep_types(dims.sizes, types, shares, probability, log_evidence, draw, kept)
            _keep_coders(dims.family_sizes, confusion, draw, kept.accuracy)
            kept.concentration[draw] = scalars[0]


# Below there are loops over single numbers and plain arrays as arguments: numba compiles them several times faster
# than array expressions and tuples of arrays, and on a fresh machine somebody waits for that once.
@compiled_part
def _keep_types(
    sizes: Ints, types: Ints, shares: Floats, probability: Floats, log_evidence: Floats, draw: int, kept: Kept
) -> None:
    n_cases, n_dimensions, n_types = log_evidence.shape
    for c in range(n_cases):
        kept.type[draw, c] = types[c]
        for t in range(n_types):
            kept.probability[draw, c, t] = probability[c, t]
        for d in range(n_dimensions):
            for k in range(sizes[d]):
                kept.shares[draw, c, d, k] = shares[c, d, k]
            for t in range(n_types):
                kept.log_evidence[c, d, t] += log_evidence[c, d, t] / len(kept.concentration)


@compiled_part
def _keep_coders(family_sizes: Ints, confusion: Floats, draw: int, accuracy: Floats) -> None:
    for r in range(confusion.shape[0]):
        for f in range(confusion.shape[1]):
            for k in range(family_sizes[f]):
                accuracy[draw, r, f] += confusion[r, f, k, k] / family_sizes[f]


@compiled_part
def _start(
    dims: Dims,
    concentration_prior: Floats,
    confusion_prior: Floats,
    shares: Floats,
    confusion: Floats,
    scalars: Floats,
    rng: np.random.Generator,
) -> None:
    """Chains start apart: shares and κ from the prior."""
    scalars[0] = rng.standard_gamma(concentration_prior[0]) / concentration_prior[1]
    scalars[1] = -1.0
    scalars[2] = 0.0
    for f in range(len(dims.family_sizes)):
        n = dims.family_sizes[f]
        right, wrong = confusion_prior[f, 0], confusion_prior[f, 1]
        for r in range(confusion.shape[0]):
            for k in range(n):
                for j in range(n):
                    confusion[r, f, k, j] = (right if j == k else wrong) / (right + (n - 1) * wrong)
    ones = np.ones(shares.shape[2])
    for c in range(shares.shape[0]):
        for d in range(shares.shape[1]):
            _dirichlet(ones, dims.sizes[d], shares[c, d], rng)


@compiled_part
def _first_truth(sizes: Ints, cells: Cells, likelihood: Floats, truth: Ints, counts: Ints) -> None:
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
def _likelihoods(family_sizes: Ints, patterns: Patterns, confusion: Floats, likelihood: Floats, seen: Ints) -> None:
    """P(readings | true category) per pattern: Θ^w for what is affirmed, (1 − Θ)^w for what is denied."""
    start, family, coder, category, affirmed, denied = patterns
    for p in range(len(family)):
        f = family[p]
        for k in range(family_sizes[f]):
            total = 0.0
            for e in range(start[p], start[p + 1]):
                theta = confusion[coder[e], f, k, category[e]]
                if affirmed[e] > 0:
                    total += affirmed[e] * math.log(theta)
                if denied[e] > 0:
                    total += denied[e] * math.log(max(1.0 - theta, _TINY))
            likelihood[p, k] = math.exp(total)
            seen[p, k] = 0


@compiled_part
def _draw_truth(
    sizes: Ints,
    cells: Cells,
    kappa: float,
    shares: Floats,
    likelihood: Floats,
    truth: Ints,
    counts: Ints,
    seen: Ints,
    rng: np.random.Generator,
) -> None:
    case, dimension, start, pattern = cells
    upto = np.empty(shares.shape[2])
    weight = np.empty(shares.shape[2])
    for cell in range(len(case)):
        c, d = case[cell], dimension[cell]
        size = sizes[d]
        for k in range(size):
            weight[k] = kappa * shares[c, d, k] + counts[cell, k]
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
def _draw_tables(
    sizes: Ints, cells: Cells, kappa: float, shares: Floats, counts: Ints, tables: Ints, rng: np.random.Generator
) -> None:
    """Of n items of a category in a source, how many are fresh draws from the case's shares."""
    case, dimension, _, _ = cells
    for c in range(tables.shape[0]):
        for d in range(tables.shape[1]):
            for k in range(tables.shape[2]):
                tables[c, d, k] = 0
    for cell in range(len(case)):
        c, d = case[cell], dimension[cell]
        for k in range(sizes[d]):
            n = counts[cell, k]
            if n > 0:
                a = kappa * shares[c, d, k]
                fresh = 1
                for j in range(1, n):
                    if rng.random() * (a + j) < a:
                        fresh += 1
                tables[c, d, k] += fresh


@compiled_part
def _draw_types(
    dims: Dims,
    expect: Floats,
    log_type: Floats,
    rises: Rises,
    tables: Ints,
    shares: Floats,
    types: Ints,
    probability: Floats,
    log_evidence: Floats,
    rng: np.random.Generator,
) -> None:
    """Types with the shares integrated out; writes P(type | tables) and each dimension's log evidence."""
    n_types, n_dimensions, n_places = expect.shape
    given = np.empty((n_dimensions, n_places))
    weights = np.empty(n_places)
    parameters = np.empty(n_places)
    for c in range(len(types)):
        for d in range(n_dimensions):
            highest = _given_dominant(dims.sizes[d], dims.family[d], rises, tables[c, d], given[d])
            _log_evidence(dims.sizes[d] + 1, expect, d, highest, given[d], log_evidence[c, d])
        _type_probabilities(log_type[c], log_evidence[c], probability[c])
        types[c] = _choose(probability[c], n_types, rng)
        for d in range(n_dimensions):
            size = dims.sizes[d]
            for h in range(size + 1):
                weights[h] = expect[types[c], d, h] * given[d, h]
            dominant = _choose(weights, size + 1, rng)
            for k in range(size):
                rest = rises.parameters[2, 0] if dominant == size else rises.parameters[1, dims.family[d]]
                parameters[k] = (rises.parameters[0, 0] if k == dominant else rest) + tables[c, d, k]
            _dirichlet(parameters, size, shares[c, d], rng)


@compiled_part
def _given_dominant(size: int, f: int, rises: Rises, tables: Ints, given: Floats) -> float:
    """p(tables | dominant category) for every category and, last, "diffuse"; up to a factor whose log it returns."""
    highest: float
    total, flat, even = 0, 0.0, 0.0
    for k in range(size):
        total += tables[k]
        flat += rises.elsewhere[f, tables[k]]
        even += rises.diffuse[tables[k]]
    given[size] = even - rises.total_diffuse[f, total]
    highest = given[size]
    for k in range(size):
        own = rises.dominant[tables[k]] - rises.elsewhere[f, tables[k]]
        given[k] = flat + own - rises.total_dominant[f, total]
        highest = max(highest, given[k])
    for h in range(size + 1):
        given[h] = math.exp(given[h] - highest)
    return highest


@compiled_part
def _log_evidence(places: int, expect: Floats, d: int, highest: float, given: Floats, evidence: Floats) -> None:
    """log p(tables | type) in one dimension for every type."""
    for t in range(len(evidence)):
        total = 0.0
        for h in range(places):
            total += expect[t, d, h] * given[h]
        evidence[t] = math.log(total) + highest


@compiled_part
def _type_probabilities(log_type: Floats, log_evidence: Floats, probability: Floats) -> None:
    highest = -np.inf
    for t in range(len(probability)):
        probability[t] = log_type[t]
        for d in range(log_evidence.shape[0]):
            probability[t] += log_evidence[d, t]
        highest = max(highest, probability[t])
    total = 0.0
    for t in range(len(probability)):
        probability[t] = math.exp(probability[t] - highest)
        total += probability[t]
    for t in range(len(probability)):
        probability[t] /= total


@compiled_part
def _draw_confusion(
    family_sizes: Ints,
    patterns: Patterns,
    confusion_prior: Floats,
    seen: Ints,
    confusion: Floats,
    rng: np.random.Generator,
) -> None:
    start, family, coder, category, affirmed, denied = patterns
    read = np.zeros(confusion.shape)
    refused = np.zeros(confusion.shape)
    proposal = np.empty(confusion.shape[2])
    for p in range(len(family)):
        f = family[p]
        for e in range(start[p], start[p + 1]):
            for k in range(family_sizes[f]):
                read[coder[e], f, k, category[e]] += affirmed[e] * seen[p, k]
                refused[coder[e], f, k, category[e]] += denied[e] * seen[p, k]
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
                    _dirichlet(read[r, f, k], n, proposal, rng)
                    if _is_largest(proposal, n, k):
                        for j in range(n):
                            confusion[r, f, k, j] = proposal[j]


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
        new = min(max(left / (left + right), _TINY), 1.0 - _TINY)
        shrink = (1.0 - new) / max(1.0 - row[one], _TINY)
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
                gain += denied[j] * (math.log(max(1.0 - row[j] * shrink, _TINY)) - math.log(max(1.0 - row[j], _TINY)))
        if gain >= 0.0 or rng.random() < math.exp(gain):
            for j in range(n):
                row[j] = new if j == one else max(row[j] * shrink, _TINY)


@compiled_part
def _draw_concentration(
    sizes: Ints,
    cells: Cells,
    prior: Floats,
    shares: Floats,
    counts: Ints,
    scalars: Floats,
    adapt: bool,
    rng: np.random.Generator,
) -> None:
    case, dimension, _, _ = cells
    old = scalars[0]
    new = old * math.exp(rng.standard_normal() * math.exp(scalars[1]))
    gain = prior[0] * math.log(new / old) - prior[1] * (new - old)
    for cell in range(len(case)):
        c, d = case[cell], dimension[cell]
        total = 0
        for k in range(sizes[d]):
            n = counts[cell, k]
            if n > 0:
                gain += _log_rise_ratio(new * shares[c, d, k], old * shares[c, d, k], n)
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


@compiled_part
def _choose(weights: Floats, n: int, rng: np.random.Generator) -> int:
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
def _dirichlet(parameters: Floats, n: int, into: Floats, rng: np.random.Generator) -> None:
    total = 0.0
    for k in range(n):
        into[k] = max(rng.standard_gamma(parameters[k]), _TINY)
        total += into[k]
    for k in range(n):
        into[k] /= total
