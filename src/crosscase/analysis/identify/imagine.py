"""Imagined studies: readings drawn from the model on the layout of a real study.

From the prior they show what the model believes before it sees a passage, and whether its probabilities can be believed
on this study's own layout (simulation-based calibration: Talts et al. 2018, arXiv 1804.06788). From the posterior they
show what the model has not understood (posterior predictive checks).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from crosscase.analysis.identify.dimensions import Floats, Ints, Layout, Patterns, Readings
from crosscase.analysis.identify.kernel import Rules
from crosscase.analysis.identify.sampling import Fit


@dataclass(frozen=True)
class Truth:
    """What an imagined study is made of."""

    type: Ints  # per case
    shares: Floats  # case × dimension × category
    concentration: float
    confusion: Floats  # coder × family × true × read
    tilt: Floats  # dimension × arm × category


def truth_from_prior(readings: Readings, rules: Rules, rng: np.random.Generator) -> Truth:
    """A truth as the prior has it: types, then shares, κ, coders and shifts."""
    dims = readings.layout.dims
    _, n_dimensions, places = rules.expect.shape
    n_cases = len(readings.cases)
    types = _categories(np.exp(rules.log_type - rules.log_type.max(axis=1, keepdims=True)), rng)
    shares = np.zeros((n_cases, n_dimensions, places - 1))
    for c in range(n_cases):
        for d in range(n_dimensions):
            size, family = int(dims.sizes[d]), int(dims.family[d])
            dominant = int(rng.choice(places, p=rules.expect[types[c], d]))
            is_diffuse = dominant == size
            parameters = np.full(
                size, rules.rises.parameters[2, 0] if is_diffuse else rules.rises.parameters[1, family]
            )
            if not is_diffuse:
                parameters[dominant] = rules.rises.parameters[0, 0]
            shares[c, d, :size] = rng.dirichlet(parameters)
    concentration = float(rng.gamma(rules.concentration[0], 1.0 / rules.concentration[1]))
    return Truth(types, shares, concentration, _draw_confusion(readings, rules, rng), _draw_tilt(readings, rules, rng))


def truth_from_posterior(fit: Fit, rng: np.random.Generator) -> Truth:
    """A truth as one draw of the posterior has it; coders as they are on average."""
    found = fit.posterior
    chain, draw = (int(rng.integers(n)) for n in found.concentration.shape)
    return Truth(
        found.type[chain, draw],
        found.shares[chain, draw].astype(np.float64),
        float(found.concentration[chain, draw]),
        found.confusion,
        np.exp(found.shifts[chain, draw].astype(np.float64)),
    )


def imagine_readings(readings: Readings, truth: Truth, rng: np.random.Generator) -> Readings:
    """A study with the same sources, passages and coders, in which every reading is drawn anew.

    A passage of weight w speaks of what is done with probability w, else its category is one of the whole study's. A
    reading that affirms is
    drawn from the coder's confusion matrix; one that denies names a category with probability proportional to 1 − Θ.
    """
    layout = readings.layout
    cells, patterns = layout.cells, layout.patterns
    true = _draw_items(layout, truth, rng)
    n_each = np.diff(patterns.start)[cells.pattern]
    item = np.repeat(np.arange(len(cells.pattern)), n_each)
    place = np.arange(len(item)) - np.repeat(np.cumsum(n_each) - n_each, n_each)
    reading = place + np.repeat(patterns.start[cells.pattern], n_each)
    family = patterns.family[cells.pattern]
    coder, affirms = patterns.coder[reading], patterns.affirms[reading]
    chance = truth.confusion[coder, family[item], true[item]]
    sizes = layout.dims.family_sizes[family[item]]
    turned = np.where(np.arange(chance.shape[1]) < sizes[:, None], 1.0 - chance, 0.0)
    is_denied = rng.random(len(item)) >= affirms
    category = _categories(np.where(is_denied[:, None], turned, chance), rng)
    entries = np.stack([coder, category, affirms], axis=1)
    return replace(readings, layout=_gathered(layout, item, place, entries))


def _gathered(layout: Layout, item: Ints, place: Ints, entries: Floats) -> Layout:
    """Put items with the same readings into one pattern, so that a sweep works out their likelihood once."""
    patterns, cells = layout.patterns, layout.cells
    kinds, kind = np.unique(
        np.stack([patterns.family.astype(np.float64), patterns.weight], axis=1), axis=0, return_inverse=True
    )
    known, code = np.unique(entries, axis=0, return_inverse=True)
    rows = np.full((len(cells.pattern), int(place.max(initial=0)) + 2), -1, dtype=np.int64)
    rows[:, 0] = kind.reshape(-1)[cells.pattern]
    rows[item, place + 1] = code.reshape(-1)
    found, which = np.unique(rows, axis=0, return_inverse=True)
    is_used = found[:, 1:] >= 0
    listed = known[found[:, 1:][is_used]]
    return Layout(
        dims=layout.dims,
        cells=cells._replace(pattern=which.reshape(-1).astype(np.int64)),
        patterns=Patterns(
            start=np.concatenate([[0], np.cumsum(is_used.sum(axis=1))]).astype(np.int64),
            family=kinds[found[:, 0], 0].astype(np.int64),
            weight=kinds[found[:, 0], 1].copy(),
            coder=listed[:, 0].astype(np.int64),
            category=listed[:, 1].astype(np.int64),
            affirms=listed[:, 2].copy(),
        ),
    )


def _draw_confusion(readings: Readings, rules: Rules, rng: np.random.Generator) -> Floats:
    """Confusion matrices whose rows have their largest entry on the diagonal."""
    sizes = readings.layout.dims.family_sizes
    widest = rules.expect.shape[2] - 1
    confusion = np.zeros((len(readings.coders), len(sizes), widest, widest))
    for r in range(len(readings.coders)):
        for f, size in enumerate(sizes):
            for k in range(size):
                parameters = np.full(size, rules.confusion[f, 1])
                parameters[k] = rules.confusion[f, 0]
                row = rng.dirichlet(parameters)
                while row.argmax() != k:
                    row = rng.dirichlet(parameters)
                confusion[r, f, k, :size] = row
    return confusion


def _draw_tilt(readings: Readings, rules: Rules, rng: np.random.Generator) -> Floats:
    """What kinds of sources and espoused work do to shares: normal shifts, those of kinds adding up to 0."""
    _, n_dimensions, places = rules.expect.shape
    n_kinds = max(len(readings.kinds), 1)
    kinds = rules.shift_sd[0] * rng.standard_normal((n_dimensions, n_kinds, places - 1))
    kinds -= kinds.mean(axis=1, keepdims=True)
    lean = rules.shift_sd[1] * rng.standard_normal((n_dimensions, 1, places - 1))
    tilt: Floats = np.exp(np.stack([kinds, kinds + lean], axis=2)).reshape(n_dimensions, 2 * n_kinds, places - 1)
    return tilt


def _draw_items(layout: Layout, truth: Truth, rng: np.random.Generator) -> Ints:
    """The true category of every item: source shares from the case's, categories from the source's."""
    cells = layout.cells
    widest = truth.shares.shape[2]
    inside = np.arange(widest) < layout.dims.sizes[cells.dimension][:, None]
    seen = np.where(inside, truth.shares[cells.case, cells.dimension] * truth.tilt[cells.dimension, cells.arm], 0.0)
    seen /= seen.sum(axis=1, keepdims=True)
    # A share of 0 to the last bit cannot be a Dirichlet parameter.
    drawn = rng.standard_gamma(np.where(inside, np.maximum(truth.concentration * seen, 1e-9), 1.0)) * inside
    total = drawn.sum(axis=1, keepdims=True)
    # With all parameters tiny every gamma can underflow; the source then has one category alone.
    lone = np.eye(widest)[_categories(seen, rng)]
    local = np.where(total > 0, drawn / np.where(total > 0, total, 1.0), lone)
    n_each = np.diff(cells.start)
    heard = rng.random(len(cells.pattern)) < layout.patterns.weight[cells.pattern]
    elsewhere = layout.dims.background[np.repeat(cells.dimension, n_each)]
    return _categories(np.where(heard[:, None], np.repeat(local, n_each, axis=0), elsewhere), rng)


def _categories(weights: Floats, rng: np.random.Generator) -> Ints:
    """One category per row, with probability proportional to its weight."""
    upto = np.cumsum(weights, axis=1)
    point = rng.random((len(weights), 1)) * upto[:, -1:]
    chosen: Ints = np.minimum((upto <= point).sum(axis=1), weights.shape[1] - 1).astype(np.int64)
    return chosen
