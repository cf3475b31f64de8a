"""Imagined studies: readings drawn from the model's prior on the layout of a real study.

They show what the model believes before it sees a passage, and whether its probabilities can be believed on this
study's own layout (simulation-based calibration: Talts et al. 2018).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from crosscase.analysis.identify.dimensions import Cells, Floats, Ints, Layout, Patterns, Readings
from crosscase.analysis.identify.kernel import Rules


@dataclass(frozen=True)
class Truth:
    """What an imagined study was made of."""

    type: Ints  # per case
    shares: Floats  # case × dimension × category
    concentration: float
    confusion: Floats  # coder × family × true × read


def imagine_study(readings: Readings, rules: Rules, rng: np.random.Generator) -> tuple[Readings, Truth]:
    """A study with the same sources, passages and coders, in which the truth and every reading are drawn anew.

    A reading that affirms is drawn from the coder's confusion matrix. One that denies names a category with
    probability proportional to 1 − Θ, as the model has it.
    """
    truth = _draw_truth(readings, rules, rng)
    layout = readings.layout
    cells, patterns = layout.cells, layout.patterns
    true = _draw_items(layout, truth, rng)
    n_each = np.diff(patterns.start)[cells.pattern]
    item = np.repeat(np.arange(len(cells.pattern)), n_each)
    first = patterns.start[cells.pattern]
    reading = np.arange(len(item)) - np.repeat(np.cumsum(n_each) - n_each, n_each) + np.repeat(first, n_each)
    family = patterns.family[cells.pattern]
    coder, denied = patterns.coder[reading], patterns.denied[reading]
    chance = truth.confusion[coder, family[item], true[item]]
    sizes = layout.dims.family_sizes[family[item]]
    turned = np.where(np.arange(chance.shape[1]) < sizes[:, None], 1.0 - chance, 0.0)
    category = _categories(np.where((denied > 0)[:, None], turned, chance), rng)
    new = Layout(
        dims=layout.dims,
        cells=Cells(cells.case, cells.dimension, cells.start, np.arange(len(cells.pattern), dtype=np.int64)),
        patterns=Patterns(
            start=np.concatenate([[0], np.cumsum(n_each)]).astype(np.int64),
            family=family,
            coder=coder,
            category=category,
            affirmed=patterns.affirmed[reading],
            denied=denied,
        ),
    )
    return replace(readings, layout=new), truth


def _draw_truth(readings: Readings, rules: Rules, rng: np.random.Generator) -> Truth:
    dims = readings.layout.dims
    n_types, n_dimensions, places = rules.expect.shape
    n_cases = len(readings.cases)
    prior = np.exp(rules.log_type - rules.log_type.max(axis=1, keepdims=True))
    types = _categories(prior, rng)
    shares = np.zeros((n_cases, n_dimensions, places - 1))
    for c in range(n_cases):
        for d in range(n_dimensions):
            size, family = int(dims.sizes[d]), int(dims.family[d])
            dominant = int(rng.choice(places, p=rules.expect[types[c], d]))
            rest = rules.rises.parameters[1, family] if dominant < size else rules.rises.parameters[2, 0]
            parameters = np.full(size, rest)
            if dominant < size:
                parameters[dominant] = rules.rises.parameters[0, 0]
            shares[c, d, :size] = rng.dirichlet(parameters)
    widest = places - 1
    confusion = np.zeros((len(readings.coders), len(dims.family_sizes), widest, widest))
    for r in range(len(readings.coders)):
        for f, size in enumerate(dims.family_sizes):
            for k in range(size):
                parameters = np.full(size, rules.confusion[f, 1])
                parameters[k] = rules.confusion[f, 0]
                confusion[r, f, k, :size] = rng.dirichlet(parameters)
    concentration = float(rng.gamma(rules.concentration[0], 1.0 / rules.concentration[1]))
    return Truth(types, shares, concentration, confusion)


def _draw_items(layout: Layout, truth: Truth, rng: np.random.Generator) -> Ints:
    """The true category of every item: source shares from the case's, categories from the source's."""
    cells = layout.cells
    result = np.zeros(len(cells.pattern), dtype=np.int64)
    for cell, (c, d) in enumerate(zip(cells.case, cells.dimension, strict=True)):
        size = int(layout.dims.sizes[d])
        # A share of 0 to the last bit cannot be a Dirichlet parameter.
        local = rng.dirichlet(np.maximum(truth.concentration * truth.shares[c, d, :size], 1e-9))
        low, high = cells.start[cell], cells.start[cell + 1]
        result[low:high] = rng.choice(size, size=high - low, p=local)
    return result


def _categories(weights: Floats, rng: np.random.Generator) -> Ints:
    """One category per row, with probability proportional to its weight."""
    upto = np.cumsum(weights, axis=1)
    point = rng.random((len(weights), 1)) * upto[:, -1:]
    chosen: Ints = (upto <= point).sum(axis=1).astype(np.int64)
    return chosen
