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

from crosscase.analysis.compiled import compiled
from crosscase.analysis.identify.dimensions import Layout

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_TINY = 1e-12
_ACCEPTED = 0.44  # share of accepted steps at which a random walk in one dimension mixes best


class Rules(NamedTuple):
    """What the sampler knows besides the evidence: the theory and the prior."""

    expect: Floats  # type × dimension × dominant category (the last used place is "diffuse")
    log_type: Floats  # case × type: log prior, with what figures say about the case
    dominant: float
    elsewhere: Floats  # per family
    diffuse: float
    coder_right: float
    coder_wrong: Floats  # per family
    shape: float
    rate: float
    rise_elsewhere: Floats  # family × n: log of the rising factorial of the Dirichlet parameter
    rise_dominant: Floats
    rise_diffuse: Floats
    total_dominant: Floats  # family × n, of the sum of the parameters
    total_diffuse: Floats


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
    n_kept = len(kept.concentration)
    log_evidence = np.zeros(kept.log_evidence.shape)
    _start(layout, rules, state, rng)
    for sweep in range(warmup + n_kept * thin):
        _likelihoods(layout, state)
        _draw_truth(layout, state, rng)
        _draw_tables(layout, state, rng)
        draw = (sweep - warmup) // thin
        keep = sweep >= warmup and (sweep - warmup) % thin == thin - 1
        probability = kept.probability[max(draw, 0)]
        _draw_types(layout, rules, state, probability, log_evidence, rng)
        _draw_confusion(layout, rules, state, rng)
        _draw_concentration(layout, rules, state, sweep < warmup, rng)
        if keep:
            kept.type[draw] = state.type
            kept.shares[draw] = state.shares
            kept.concentration[draw] = state.scalars[0]
            kept.log_evidence[:] += log_evidence / n_kept
            for r in range(state.confusion.shape[0]):
                for f in range(state.confusion.shape[1]):
                    n = layout.family_sizes[f]
                    kept.accuracy[draw, r, f] = np.trace(state.confusion[r, f, :n, :n]) / n


@compiled
def _start(layout: Layout, rules: Rules, state: State, rng: np.random.Generator) -> None:
    """Chains start apart: shares, types and κ from the prior, true categories as they were read."""
    state.scalars[0] = rng.standard_gamma(rules.shape) / rules.rate
    state.scalars[1] = -1.0
    state.scalars[2] = 0.0
    state.counts[:] = 0
    for f in range(len(layout.family_sizes)):
        n = layout.family_sizes[f]
        total = rules.coder_right + (n - 1) * rules.coder_wrong[f]
        for r in range(state.confusion.shape[0]):
            for k in range(n):
                for j in range(n):
                    state.confusion[r, f, k, j] = (rules.coder_right if j == k else rules.coder_wrong[f]) / total
    for c in range(state.shares.shape[0]):
        state.type[c] = int(rng.random() * rules.expect.shape[0])
        for d in range(state.shares.shape[1]):
            parameters = np.ones(layout.sizes[d])
            _dirichlet(parameters, state.shares[c, d], rng)
    _likelihoods(layout, state)
    for cell in range(len(layout.cell_case)):
        size = layout.sizes[layout.cell_dimension[cell]]
        for i in range(layout.cell_start[cell], layout.cell_start[cell + 1]):
            k = np.argmax(state.likelihood[layout.item_pattern[i], :size])
            state.truth[i] = k
            state.counts[cell, k] += 1


@compiled
def _likelihoods(layout: Layout, state: State) -> None:
    """P(readings | true category) per pattern: Θ^w for what is affirmed, (1 − Θ)^w for what is denied."""
    for p in range(len(layout.pattern_family)):
        f = layout.pattern_family[p]
        for k in range(layout.family_sizes[f]):
            total = 0.0
            for e in layout.pattern_entry[layout.pattern_start[p] : layout.pattern_start[p + 1]]:
                theta = state.confusion[layout.entry_coder[e], f, k, layout.entry_category[e]]
                if layout.entry_affirmed[e] > 0:
                    total += layout.entry_affirmed[e] * math.log(theta)
                if layout.entry_denied[e] > 0:
                    total += layout.entry_denied[e] * math.log(max(1.0 - theta, _TINY))
            state.likelihood[p, k] = math.exp(total)


@compiled
def _draw_truth(layout: Layout, state: State, rng: np.random.Generator) -> None:
    kappa = state.scalars[0]
    state.seen[:] = 0
    base = np.empty(state.shares.shape[2])
    upto = np.empty(state.shares.shape[2])
    for cell in range(len(layout.cell_case)):
        d = layout.cell_dimension[cell]
        size = layout.sizes[d]
        shares = state.shares[layout.cell_case[cell], d]
        counts = state.counts[cell]
        for k in range(size):
            base[k] = kappa * shares[k]
        for i in range(layout.cell_start[cell], layout.cell_start[cell + 1]):
            p = layout.item_pattern[i]
            counts[state.truth[i]] -= 1
            total = 0.0
            for k in range(size):
                total += (counts[k] + base[k]) * state.likelihood[p, k]
                upto[k] = total
            point = rng.random() * total
            k = 0
            while k < size - 1 and upto[k] <= point:
                k += 1
            state.truth[i] = k
            counts[k] += 1
            state.seen[p, k] += 1


@compiled
def _draw_tables(layout: Layout, state: State, rng: np.random.Generator) -> None:
    """Of n items of a category in a source, how many are fresh draws from the case's shares."""
    kappa = state.scalars[0]
    state.tables[:] = 0
    for cell in range(len(layout.cell_case)):
        c, d = layout.cell_case[cell], layout.cell_dimension[cell]
        for k in range(layout.sizes[d]):
            n = state.counts[cell, k]
            if n > 0:
                a = kappa * state.shares[c, d, k]
                tables = 1
                for j in range(1, n):
                    if rng.random() * (a + j) < a:
                        tables += 1
                state.tables[c, d, k] += tables


@compiled
def _draw_types(
    layout: Layout, rules: Rules, state: State, probability: Floats, log_evidence: Floats, rng: np.random.Generator
) -> None:
    """Types with the shares integrated out; writes P(type | tables) and each dimension's log evidence."""
    n_types, n_dimensions, n_places = rules.expect.shape
    given = np.empty((n_dimensions, n_places))
    parameters = np.empty(state.shares.shape[2])
    for c in range(len(state.type)):
        log_p = rules.log_type[c].copy()
        for d in range(n_dimensions):
            highest = _log_given_dominant(layout, rules, state.tables[c, d], d, given[d])
            places = layout.sizes[d] + 1
            for h in range(places):
                given[d, h] = math.exp(given[d, h] - highest)
            for t in range(n_types):
                total = 0.0
                for h in range(places):
                    total += rules.expect[t, d, h] * given[d, h]
                log_evidence[c, d, t] = math.log(total) + highest
                log_p[t] += log_evidence[c, d, t]
        weights = np.exp(log_p - log_p.max())
        probability[c] = weights / weights.sum()
        chosen = _choose(weights, rng)
        state.type[c] = chosen
        for d in range(n_dimensions):
            size = layout.sizes[d]
            h = _choose(rules.expect[chosen, d, : size + 1] * given[d, : size + 1], rng)
            for k in range(size):
                prior = rules.diffuse if h == size else rules.elsewhere[layout.family[d]]
                parameters[k] = (rules.dominant if k == h else prior) + state.tables[c, d, k]
            _dirichlet(parameters[:size], state.shares[c, d], rng)


@compiled
def _log_given_dominant(layout: Layout, rules: Rules, tables: Ints, d: int, given: Floats) -> float:
    """log p(tables | dominant category) for every category and "diffuse"; returns the largest."""
    size, f = layout.sizes[d], layout.family[d]
    total, flat, even = 0, 0.0, 0.0
    for k in range(size):
        total += tables[k]
        flat += rules.rise_elsewhere[f, tables[k]]
        even += rules.rise_diffuse[tables[k]]
    given[size] = even - rules.total_diffuse[f, total]
    highest = given[size]
    for k in range(size):
        given[k] = (
            flat - rules.rise_elsewhere[f, tables[k]] + rules.rise_dominant[tables[k]] - rules.total_dominant[f, total]
        )
        highest = max(highest, given[k])
    return highest


@compiled
def _draw_confusion(layout: Layout, rules: Rules, state: State, rng: np.random.Generator) -> None:
    shape = state.confusion.shape
    read = np.zeros(shape)
    denied = np.zeros(shape)
    for p in range(len(layout.pattern_family)):
        f = layout.pattern_family[p]
        for e in layout.pattern_entry[layout.pattern_start[p] : layout.pattern_start[p + 1]]:
            r, y = layout.entry_coder[e], layout.entry_category[e]
            for k in range(layout.family_sizes[f]):
                read[r, f, k, y] += layout.entry_affirmed[e] * state.seen[p, k]
                denied[r, f, k, y] += layout.entry_denied[e] * state.seen[p, k]
    for r in range(shape[0]):
        for f in range(shape[1]):
            n = layout.family_sizes[f]
            for k in range(n):
                for j in range(n):
                    read[r, f, k, j] += rules.coder_right if j == k else rules.coder_wrong[f]
                if denied[r, f, k, :n].sum() == 0.0:
                    _dirichlet(read[r, f, k, :n], state.confusion[r, f, k], rng)
                else:
                    _draw_row_with_denials(read[r, f, k, :n], denied[r, f, k, :n], state.confusion[r, f, k], rng)


@compiled
def _draw_row_with_denials(read: Floats, denied: Floats, row: Floats, rng: np.random.Generator) -> None:
    """One row θ of a confusion matrix, with density ∏ θ_j^(a_j − 1) (1 − θ_j)^(b_j).

    One θ_l at a time, the others keeping their proportions φ: Beta(a_l, Σa − a_l + b_l) is exact but for the denials
    of the other categories, which decide whether the step is taken (Metropolis–Hastings).
    """
    n, total = len(read), read.sum()
    for one in range(n):
        left, right = rng.standard_gamma(read[one]), rng.standard_gamma(total - read[one] + denied[one])
        old = row[one]
        new = min(max(left / (left + right), _TINY), 1.0 - _TINY)
        shrink = (1.0 - new) / (1.0 - old)
        gain = 0.0
        for j in range(n):
            if j != one and denied[j] > 0:
                gain += denied[j] * (
                    math.log(max(1.0 - row[j] * shrink, _TINY)) - math.log(max(1.0 - row[j], _TINY))
                )
        if gain >= 0.0 or rng.random() < math.exp(gain):
            for j in range(n):
                row[j] = new if j == one else max(row[j] * shrink, _TINY)


@compiled
def _draw_concentration(layout: Layout, rules: Rules, state: State, adapt: bool, rng: np.random.Generator) -> None:
    old = state.scalars[0]
    new = old * math.exp(rng.standard_normal() * math.exp(state.scalars[1]))
    gain = rules.shape * math.log(new / old) - rules.rate * (new - old)
    for cell in range(len(layout.cell_case)):
        d = layout.cell_dimension[cell]
        shares = state.shares[layout.cell_case[cell], d]
        total = 0
        for k in range(layout.sizes[d]):
            n = state.counts[cell, k]
            if n > 0:
                gain += _log_rise(new * shares[k], n) - _log_rise(old * shares[k], n)
                total += n
        gain -= _log_rise(new, total) - _log_rise(old, total)
    accepted = gain >= 0.0 or rng.random() < math.exp(gain)
    if accepted:
        state.scalars[0] = new
    if adapt:
        state.scalars[2] += 1.0
        state.scalars[1] += ((1.0 if accepted else 0.0) - _ACCEPTED) / math.sqrt(state.scalars[2])


@compiled
def _log_rise(a: float, n: int) -> float:
    """log Γ(a + n) − log Γ(a): a product for small n, which is what a source has."""
    if n > 16:
        return math.lgamma(a + n) - math.lgamma(a)
    product = 1.0
    for j in range(n):
        product *= a + j
    return math.log(max(product, 1e-300))


@compiled
def _choose(weights: Floats, rng: np.random.Generator) -> int:
    point = rng.random() * weights.sum()
    chosen = 0
    for i in range(len(weights)):
        if weights[i] > 0.0:
            chosen = i
            point -= weights[i]
            if point < 0.0:
                break
    return chosen


@compiled
def _dirichlet(parameters: Floats, into: Floats, rng: np.random.Generator) -> None:
    total = 0.0
    for k in range(len(parameters)):
        into[k] = max(rng.standard_gamma(parameters[k]), _TINY)
        total += into[k]
    for k in range(len(parameters)):
        into[k] /= total
