"""Running the sampler: prior and theory as arrays, several chains, what comes out of them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from crosscase.analysis.identify.dimensions import Dimension, Floats, Ints, Readings, Rises
from crosscase.analysis.identify.kernel import Kept, Rules, State, run_chain
from crosscase.analysis.identify.settings import Prior
from crosscase.model.seed import check_seed

NONE = "none"
# Tables are kept of this many draws at most, and of fewer where a study is so large that they would fill memory.
_MOST_TABLES, _BYTES_FOR_TABLES = 400, 64_000_000


@dataclass(frozen=True)
class Posterior:
    """Draws of all chains; the first two axes are chain and draw."""

    probability: Floats  # … × case × type (the last is "none")
    type: Ints  # … × case
    shares: npt.NDArray[np.float32]  # … × case × dimension × category
    concentration: Floats
    accuracy: Floats  # … × coder × family
    log_evidence: Floats  # case × dimension × type: mean log p(tables | type)
    shifts: npt.NDArray[np.float32]  # … × dimension × arm × category: logs
    tables: npt.NDArray[np.uint8]  # some draws × cell × category
    table_shifts: Floats  # the shifts of those draws
    confusion: Floats  # coder × family × true × read: mean
    warmup: int
    thin: int


@dataclass(frozen=True)
class Fit:
    """The model with its evidence and its draws, for questions that are asked of them afterwards."""

    types: tuple[str, ...]
    readings: Readings
    rules: Rules
    posterior: Posterior


def expectations(dimensions: Sequence[Dimension], n_types: int, fidelity: float) -> Floats:
    """P(dominant category | type), type × dimension × category, the last place "diffuse"; the last type is *none*.

    The type's category has probability ``fidelity``; the rest is even over the other categories and "diffuse". A
    dimension that the type leaves open, and every dimension for *none*, is even over all.
    """
    places = 1 + max((len(d.categories) for d in dimensions), default=1)
    result = np.zeros((n_types + 1, len(dimensions), places))
    for i, dimension in enumerate(dimensions):
        size = len(dimension.categories)
        result[:, i, : size + 1] = 1.0 / (size + 1)
        for t, category in enumerate(dimension.expected):
            if category is not None:
                result[t, i, : size + 1] = (1.0 - fidelity) / size
                result[t, i, category] = fidelity
    return result


def log_prior(types: Sequence[str], prior: Prior) -> Floats:
    """Log prior of each type and *none*."""
    weights = np.array([prior.types.get(name, 1.0) for name in (*types, NONE)])
    logs: Floats = np.log(weights / weights.sum())
    return logs


def rules_of(
    readings: Readings, types: Sequence[str], prior: Prior, figures: Floats, *, known_confusion: bool = False
) -> Rules:
    """The theory and the prior as the sampler reads them.

    Parameters
    ----------
    figures
        Case × type: what the cases' figures say, as log likelihoods.
    """
    sizes = readings.layout.dims.family_sizes
    elsewhere = np.array([prior.per_category(prior.elsewhere, n) for n in sizes])
    wrong = np.array([prior.per_category(prior.coder_wrong, n) for n in sizes])
    tables = np.arange(_largest_total(readings) + 1)

    def rise(parameter: float) -> Floats:
        logs: Floats = gammaln(parameter + tables) - gammaln(parameter)
        return logs

    return Rules(
        expect=expectations(readings.dimensions, len(types), prior.fidelity),
        log_type=log_prior(types, prior)[None, :] + figures,
        confusion=np.stack([np.full(len(sizes), prior.coder_right), wrong], axis=1),
        concentration=np.array([prior.concentration_shape, prior.concentration_rate]),
        shift_sd=np.array(
            [prior.kind_sd * (len(readings.kinds) > 1), prior.espoused_sd * readings.has_espoused], dtype=np.float64
        ),
        known_confusion=known_confusion,
        rises=Rises(
            parameters=np.stack([np.full(len(sizes), prior.dominant), elsewhere, np.full(len(sizes), prior.diffuse)]),
            dominant=rise(prior.dominant),
            elsewhere=np.array([rise(e) for e in elsewhere]),
            diffuse=rise(prior.diffuse),
            total_dominant=np.array(
                [rise(prior.dominant + (n - 1) * e) for n, e in zip(sizes, elsewhere, strict=True)]
            ),
            total_diffuse=np.array([rise(n * prior.diffuse) for n in sizes]),
        ),
    )


def sample(
    readings: Readings,
    rules: Rules,
    *,
    draws: int,
    chains: int,
    seed: int,
    warmup: int,
    thin: int,
    confusion: Floats | None = None,
) -> Posterior:
    """Draws from the posterior; the same for a seed, however many threads there are.

    ``confusion`` is where Θ starts, and stays if the rules say that it is known.
    """
    each = -(-draws // chains)
    streams = np.random.SeedSequence(check_seed(seed)).spawn(chains)
    n_tables = _room_for_tables(readings, rules, each, chains)
    blocks = [_kept(readings, rules, each, n_tables) for _ in range(chains)]

    def run(chain: int) -> None:
        rng = np.random.default_rng(streams[chain])
        state = _state(readings, rules)
        if confusion is not None:
            state.confusion[:] = confusion
        run_chain(readings.layout, rules, state, blocks[chain], warmup, thin, rng)

    with ThreadPoolExecutor(min(chains, os.cpu_count() or 1)) as pool:
        list(pool.map(run, range(chains)))
    return Posterior(
        probability=np.stack([b.probability for b in blocks]),
        type=np.stack([b.type for b in blocks]),
        shares=np.stack([b.shares for b in blocks]),
        concentration=np.stack([b.concentration for b in blocks]),
        accuracy=np.stack([b.accuracy for b in blocks]),
        log_evidence=np.mean([b.log_evidence for b in blocks], axis=0),
        shifts=np.stack([b.shifts for b in blocks]),
        tables=np.concatenate([b.tables for b in blocks]),
        table_shifts=np.concatenate([b.shifts[_table_draws(each, n_tables)] for b in blocks]).astype(np.float64),
        confusion=np.mean([b.confusion for b in blocks], axis=0),
        warmup=warmup,
        thin=thin,
    )


def figure_log_likelihood(
    memberships: Mapping[str, Mapping[str, float]],
    signs: Sequence[Mapping[str, bool]],
    cases: Sequence[str],
    fidelity: float,
) -> Floats:
    """What figures say about the type of each case, case × type (the last is *none*).

    A figure that puts the case m into a condition is a reading of it: likelihood m if the condition holds, 1 − m if
    not, and ½ if nothing dominates.
    """
    result = np.zeros((len(cases), len(signs) + 1))
    for c, case in enumerate(cases):
        for condition, m in memberships.get(case, {}).items():
            likelihood = np.array([m, 1.0 - m, 0.5])
            result[c] += np.log(likelihood.mean())
            for t, wanted in enumerate(signs):
                if condition in wanted:
                    expect = np.full(3, (1.0 - fidelity) / 2.0)
                    expect[0 if wanted[condition] else 1] = fidelity
                    result[c, t] += np.log(expect @ likelihood) - np.log(likelihood.mean())
    return result


def _room_for_tables(readings: Readings, rules: Rules, each: int, chains: int) -> int:
    """Of how many draws of a chain the tables are kept."""
    one = max(len(readings.layout.cells.case) * (rules.expect.shape[2] - 1), 1)
    return int(max(1, min(each, _MOST_TABLES // chains, _BYTES_FOR_TABLES // (one * chains))))


def _table_draws(n_draws: int, n_kept: int) -> Ints:
    """The draws whose tables a chain keeps, evenly spaced."""
    place = np.arange(n_draws + 1) * n_kept // n_draws
    found: Ints = np.flatnonzero(np.diff(place))
    return found


def _largest_total(readings: Readings) -> int:
    """The most items that a case has in a dimension."""
    cells = readings.layout.cells
    totals = np.zeros((max(len(readings.cases), 1), max(len(readings.dimensions), 1)), dtype=np.int64)
    np.add.at(totals, (cells.case, cells.dimension), np.diff(cells.start))
    return int(totals.max(initial=0))


def _kept(readings: Readings, rules: Rules, draws: int, n_tables: int) -> Kept:
    n_types, n_dimensions, places = rules.expect.shape
    n_cases, n_arms = len(readings.cases), 2 * max(len(readings.kinds), 1)
    n_coders, families = len(readings.coders), len(readings.layout.dims.family_sizes)
    return Kept(
        probability=np.zeros((draws, n_cases, n_types)),
        type=np.zeros((draws, n_cases), dtype=np.int64),
        shares=np.zeros((draws, n_cases, n_dimensions, places - 1), dtype=np.float32),
        concentration=np.zeros(draws),
        accuracy=np.zeros((draws, n_coders, families)),
        log_evidence=np.zeros((n_cases, n_dimensions, n_types)),
        shifts=np.zeros((draws, n_dimensions, n_arms, places - 1), dtype=np.float32),
        tables=np.zeros((n_tables, len(readings.layout.cells.case), places - 1), dtype=np.uint8),
        confusion=np.zeros((n_coders, families, places - 1, places - 1)),
    )


def _state(readings: Readings, rules: Rules) -> State:
    _, n_dimensions, places = rules.expect.shape
    widest = places - 1
    n_cases, layout = len(readings.cases), readings.layout
    families = len(layout.dims.family_sizes)
    n_kinds = max(len(readings.kinds), 1)
    return State(
        truth=np.zeros(readings.n_items, dtype=np.int64),
        heard=np.ones(readings.n_items, dtype=np.int64),
        counts=np.zeros((len(layout.cells.case), widest), dtype=np.int64),
        of_cell=np.zeros((len(layout.cells.case), widest), dtype=np.uint8),
        tables=np.zeros((n_cases, n_dimensions, 2 * n_kinds, widest), dtype=np.int64),
        shares=np.zeros((n_cases, n_dimensions, widest)),
        tilted=np.zeros((n_cases, n_dimensions, 2 * n_kinds, widest)),
        type=np.zeros(n_cases, dtype=np.int64),
        confusion=np.zeros((len(readings.coders), families, widest, widest)),
        shift=np.zeros((n_dimensions, n_kinds, widest)),
        lean=np.zeros((n_dimensions, widest)),
        tilt=np.ones((n_dimensions, 2 * n_kinds, widest)),
        steps=np.zeros((n_dimensions, 2)),
        scalars=np.zeros(3),
        likelihood=np.zeros((len(layout.patterns.family), widest)),
        seen=np.zeros((len(layout.patterns.family), widest), dtype=np.int64),
    )
