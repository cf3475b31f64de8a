"""The Gibbs sampler of the model of ideal types, compiled.

A sweep draws, in this order:

1. the true category of every item, with the shares of its source integrated out;
2. table counts (how many independent occasions stand behind a source's items: the Chinese-restaurant-table draw of
   Teh et al. 2006), which make the shares of a case Dirichlet;
3. each case's type with its shares integrated out, then its dominant categories and its shares;
4. in even sweeps the shifts of kinds of sources and of espoused work, and κ, by random walks;
5. in odd sweeps each coder's confusion matrix.

What all cases share (4 and 5) moves slowly and costs half of a sweep, hence the turns.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from crosscase.analysis.compiled import compiled, compiled_part
from crosscase.analysis.identify.dice import draw_dirichlet
from crosscase.analysis.identify.dimensions import Dims, Layout, Rises
from crosscase.analysis.identify.sweep_coders import draw_confusion
from crosscase.analysis.identify.sweep_passages import (
    draw_concentration,
    draw_tables,
    draw_truth,
    first_truth,
    likelihoods,
)
from crosscase.analysis.identify.sweep_shifts import draw_shifts, tilt_shares
from crosscase.analysis.identify.sweep_types import draw_types

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]


class Rules(NamedTuple):
    """What the sampler knows besides the evidence: the theory and the prior."""

    expect: Floats  # type × dimension × dominant category (the last used place is "diffuse")
    log_type: Floats  # case × type: log prior, with what figures say about the case
    confusion: Floats  # family × (right, wrong): Dirichlet parameters of a coder's readings
    concentration: Floats  # shape and rate of κ
    shift_sd: Floats  # of kinds of sources, of espoused work; 0 where there is none
    rises: Rises
    known_confusion: bool  # Θ stays where the chain starts


class State(NamedTuple):
    """Where a chain stands."""

    truth: Ints  # per item
    heard: Ints  # per item: 1 if it speaks of what is done
    counts: Ints  # cell × category
    of_cell: npt.NDArray[np.uint8]  # cell × category: tables
    tables: Ints  # case × dimension × arm × category
    shares: Floats  # case × dimension × category, as gammas: any sum
    tilted: Floats  # case × dimension × arm × category: shares as the arm sees them
    type: Ints  # per case
    confusion: Floats  # coder × family × true × read
    shift: Floats  # dimension × kind × category
    lean: Floats  # dimension × category
    tilt: Floats  # dimension × arm × category: exp of the shifts
    steps: Floats  # dimension × (log step, times adapted)
    scalars: Floats  # κ, log step, times adapted
    likelihood: Floats  # pattern × category
    seen: Ints  # pattern × true category: how many items


class Kept(NamedTuple):
    """What is kept of the sweeps after the warm-up."""

    probability: Floats  # draw × case × type, given the table counts
    type: Ints  # draw × case
    shares: Singles  # draw × case × dimension × category
    concentration: Floats  # draw
    accuracy: Floats  # draw × coder × family
    log_evidence: Floats  # case × dimension × type, averaged over draws
    shifts: Singles  # draw × dimension × arm × category: logs
    tables: npt.NDArray[np.uint8]  # every so many draws × cell × category
    confusion: Floats  # coder × family × true × read, averaged over draws


@compiled
def run_chain(
    layout: Layout, rules: Rules, state: State, kept: Kept, warmup: int, thin: int, rng: np.random.Generator
) -> None:
    """Run one chain; fills ``kept``, whose length says how many draws to keep."""
    dims, cells, patterns = layout
    expect, log_type, confusion_prior, concentration_prior, shift_sd, rises, known_confusion = rules
    (
        truth,
        heard,
        counts,
        of_cell,
        tables,
        shares,
        tilted,
        types,
        confusion,
        shift,
        lean,
        tilt,
        steps,
        scalars,
        likelihood,
        seen,
    ) = state
    log_evidence = np.zeros(kept.log_evidence.shape)
    probability = np.zeros(log_type.shape)
    is_plain = shift_sd[0] == 0.0 and shift_sd[1] == 0.0
    n_draws = len(kept.concentration)
    _start(dims, concentration_prior, confusion_prior, shares, confusion, steps, scalars, known_confusion, rng)
    tilt_shares(dims.sizes, shares, tilt, tilted)
    likelihoods(dims.family_sizes, patterns, confusion, likelihood)
    first_truth(dims.sizes, cells, likelihood, truth, heard, counts)
    for sweep in range(warmup + n_draws * thin):
        adapt, is_even = sweep < warmup, sweep % 2 == 0
        draw_truth(
            dims.sizes,
            dims.background,
            cells,
            scalars[0],
            tilted,
            patterns.weight,
            likelihood,
            truth,
            heard,
            counts,
            seen,
            rng,
        )
        draw_tables(dims.sizes, cells, scalars[0], tilted, counts, of_cell, tables, rng)
        draw_types(dims, expect, log_type, rises, is_plain, tables, tilt, shares, types, probability, log_evidence, rng)
        if is_even and not is_plain:
            draw_shifts(dims.sizes, shift_sd, shares, tables, shift, lean, tilt, steps, adapt, rng)
        tilt_shares(dims.sizes, shares, tilt, tilted)
        if is_even:
            draw_concentration(dims.sizes, cells, concentration_prior, tilted, counts, scalars, adapt, rng)
        elif not known_confusion:
            draw_confusion(dims.family_sizes, patterns, confusion_prior, seen, confusion, rng)
            likelihoods(dims.family_sizes, patterns, confusion, likelihood)
        if not adapt and (sweep - warmup) % thin == thin - 1:
            draw = (sweep - warmup) // thin
            _keep_types(dims.sizes, types, shares, probability, log_evidence, draw, kept)
            _keep_coders(dims.family_sizes, confusion, draw, kept.accuracy, kept.confusion)
            _keep_tables(of_cell, tilt, draw, n_draws, kept.tables, kept.shifts)
            kept.concentration[draw] = scalars[0]


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
            total = 0.0
            for k in range(sizes[d]):
                total += shares[c, d, k]
            for k in range(sizes[d]):
                kept.shares[draw, c, d, k] = shares[c, d, k] / total
            for t in range(n_types):
                kept.log_evidence[c, d, t] += log_evidence[c, d, t] / len(kept.concentration)


@compiled_part
def _keep_coders(family_sizes: Ints, confusion: Floats, draw: int, accuracy: Floats, mean: Floats) -> None:
    for r in range(confusion.shape[0]):
        for f in range(confusion.shape[1]):
            for k in range(family_sizes[f]):
                accuracy[draw, r, f] += confusion[r, f, k, k] / family_sizes[f]
                for j in range(family_sizes[f]):
                    mean[r, f, k, j] += confusion[r, f, k, j] / len(accuracy)


@compiled_part
def _keep_tables(
    of_cell: npt.NDArray[np.uint8],
    tilt: Floats,
    draw: int,
    n_draws: int,
    tables: npt.NDArray[np.uint8],
    shifts: Singles,
) -> None:
    """Tables are kept of as many draws as there is room for, evenly spaced; shifts of all."""
    for d in range(tilt.shape[0]):
        for a in range(tilt.shape[1]):
            for k in range(tilt.shape[2]):
                shifts[draw, d, a, k] = np.log(tilt[d, a, k])
    n_kept = len(tables)
    place = draw * n_kept // n_draws
    if (draw + 1) * n_kept // n_draws > place:
        for cell in range(of_cell.shape[0]):
            for k in range(of_cell.shape[1]):
                tables[place, cell, k] = of_cell[cell, k]


@compiled_part
def _start(
    dims: Dims,
    concentration_prior: Floats,
    confusion_prior: Floats,
    shares: Floats,
    confusion: Floats,
    steps: Floats,
    scalars: Floats,
    known_confusion: bool,
    rng: np.random.Generator,
) -> None:
    """Chains start apart: shares and κ from the prior, without shifts."""
    scalars[0] = rng.standard_gamma(concentration_prior[0]) / concentration_prior[1]
    scalars[1] = -1.0
    scalars[2] = 0.0
    for d in range(len(steps)):
        steps[d, 0] = -1.0
        steps[d, 1] = 0.0
    if not known_confusion:
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
            draw_dirichlet(ones, dims.sizes[d], shares[c, d], rng)
