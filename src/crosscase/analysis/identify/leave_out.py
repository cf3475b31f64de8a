"""What if some sources had not been heard? The model's answer from its own draws, without sampling again.

A draw of the sampler holds, for every source and dimension, how many independent occasions ("tables") stand behind
its passages, m_sk. Given these the type of a case has a closed form, so that the tables of any set S of sources can be
taken away: P(T | rest) is the mean over draws of P(T | m − m_S). What all cases share (coders, κ, shifts) stays as it
was drawn with S. Where kinds of sources see the shares tilted, tables are weighed back by the inverse tilt.

The **weight of evidence** of a source for a type is ten times log₁₀ of the odds with it over those without it, in
decibans (Good 1985, *Bayesian Statistics 2*: 249-270).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from crosscase.analysis.compiled import compiled, compiled_part
from crosscase.analysis.identify.sampling import NONE, Fit

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
DECIBANS = 10.0 / math.log(10.0)


@dataclass(frozen=True)
class Without:
    """Answers without each of some sets of cells; rows are sets, columns types with *none* last.

    ``log_odds`` of a type against all others.
    """

    probability: Floats
    log_odds: Floats


def answers_without(fit: Fit, sets: Sequence[tuple[int, Sequence[int]]], *, only: bool = False) -> Without:
    """P(type) of a case without some of its cells, or with nothing but them.

    Parameters
    ----------
    sets
        Pairs of a case's number and the numbers of its cells (rows of ``fit.readings.layout.cells``) that are left
        out; an empty set gives the answer with everything.
    only
        The cells named are all that is heard; an empty set gives the prior.
    """
    cells = fit.readings.layout.cells
    n_cases = len(fit.readings.cases)
    order = sorted(range(len(sets)), key=lambda i: sets[i][0])
    which = np.array([sets[i][0] for i in order], dtype=np.int64)
    members = [np.asarray(sets[i][1], dtype=np.int64) for i in order]
    starts = np.concatenate([[0], np.cumsum([len(m) for m in members])]).astype(np.int64)
    flat = np.concatenate(members) if members else np.zeros(0, dtype=np.int64)
    n_types = fit.rules.expect.shape[0]
    log_in = np.full((len(sets), n_types), -np.inf)
    log_out = np.full((len(sets), n_types), -np.inf)
    _leave_out(
        fit.readings.layout.dims.sizes,
        fit.readings.layout.dims.family,
        cells.dimension,
        cells.arm,
        np.searchsorted(cells.case, np.arange(n_cases + 1)).astype(np.int64),
        fit.posterior.tables,
        fit.posterior.table_shifts,
        fit.rules.expect,
        fit.rules.log_type,
        fit.rules.rises.parameters,
        np.searchsorted(which, np.arange(n_cases + 1)).astype(np.int64),
        starts,
        flat.astype(np.int64),
        only,
        log_in,
        log_out,
    )
    back = np.empty(len(sets), dtype=np.int64)
    back[np.array(order, dtype=np.int64)] = np.arange(len(sets))
    n_draws = len(fit.posterior.tables)
    return Without(np.exp(log_in[back] - np.log(n_draws)), (log_in - log_out)[back])


def cells_by_source(fit: Fit) -> dict[tuple[int, int], list[int]]:
    """Case and source (their numbers) → the cells that hold what the source says."""
    cells = fit.readings.layout.cells
    found: dict[tuple[int, int], list[int]] = {}
    for cell, key in enumerate(zip(cells.case.tolist(), cells.source.tolist(), strict=True)):
        found.setdefault(key, []).append(cell)
    return found


def dominant_evidence(fit: Fit) -> tuple[Floats, Floats]:
    """How well the tables of each draw fit every dominant category: draw × case × dimension × category.

    The last place is "diffuse". The numbers are relative to the best, whose log stands in the second array.
    """
    layout, (_, n_dimensions, places) = fit.readings.layout, fit.rules.expect.shape
    n_draws, n_cases = len(fit.posterior.tables), len(fit.readings.cases)
    given = np.zeros((n_draws, n_cases, n_dimensions, places))
    highest = np.zeros((n_draws, n_cases, n_dimensions))
    _weigh_dominants(
        layout.dims.sizes,
        layout.dims.family,
        layout.cells.dimension,
        layout.cells.arm,
        np.searchsorted(layout.cells.case, np.arange(n_cases + 1)).astype(np.int64),
        fit.posterior.tables,
        fit.posterior.table_shifts,
        fit.rules.rises.parameters,
        given,
        highest,
    )
    return given, highest


_SCHEMA: dict[str, type[pl.DataType]] = {
    "case": pl.String,
    "source": pl.String,
    "type": pl.String,
    "decibans": pl.Float64,
    "alone": pl.Float64,
    "without": pl.Float64,
}


def weights_of_evidence(fit: Fit | None) -> pl.DataFrame:
    """A row per case, source and type.

    ``decibans`` is what the source adds to all others; ``alone`` what it would say if nothing else had been heard;
    ``without`` the probability of the type without it. Where many sources agree each adds little to the others, while
    what it says alone still ranks them.
    """
    if fit is None:
        return pl.DataFrame(schema=_SCHEMA)
    names = (*fit.types, NONE)
    by_source = cells_by_source(fit)
    n_cases = len(fit.readings.cases)
    everything: list[tuple[int, Sequence[int]]] = [(c, ()) for c in range(n_cases)]
    each: list[tuple[int, Sequence[int]]] = [(case, found) for (case, _), found in by_source.items()]
    answers = answers_without(fit, everything + each)
    alone = answers_without(fit, everything + each, only=True)
    rows = []
    for i, (case, source) in enumerate(by_source):
        added = DECIBANS * (answers.log_odds[case] - answers.log_odds[n_cases + i])
        said = DECIBANS * (alone.log_odds[n_cases + i] - alone.log_odds[case])
        for t, name in enumerate(names):
            rows.append(
                (
                    fit.readings.cases[case],
                    fit.readings.sources[source],
                    name,
                    float(added[t]),
                    float(said[t]),
                    float(answers.probability[n_cases + i, t]),
                )
            )
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row").sort("case", "type", "alone", "source")


@compiled
def _leave_out(
    sizes: Ints,
    family: Ints,
    dimension: Ints,
    arm: Ints,
    case_start: Ints,
    tables: npt.NDArray[np.uint8],
    shifts: Floats,
    expect: Floats,
    log_type: Floats,
    parameters: Floats,
    first_set: Ints,
    set_start: Ints,
    set_cells: Ints,
    only: bool,
    log_in: Floats,
    log_out: Floats,
) -> None:
    n_types, n_dimensions, n_places = expect.shape
    n_arms, widest = shifts.shape[2], shifts.shape[3]
    scale = np.zeros((n_dimensions, n_arms, widest))
    sums = np.zeros((n_dimensions, widest))
    rest = np.zeros((n_dimensions, widest))
    whole = np.zeros((n_dimensions, n_types))
    part = np.zeros(n_types)
    given = np.zeros(n_places)
    touched = np.zeros(n_dimensions, dtype=np.int64)
    base = np.zeros(n_types)
    answer = np.zeros(n_types)
    for c in range(len(case_start) - 1):
        if first_set[c] == first_set[c + 1]:
            continue
        for draw in range(tables.shape[0]):
            _weigh_back(
                sizes, dimension, arm, case_start[c], case_start[c + 1], tables[draw], shifts[draw], scale, sums
            )
            _whole(sizes, family, sums, parameters, expect, log_type[c], given, whole, base)
            for one in range(first_set[c], first_set[c + 1]):
                chosen = set_cells[set_start[one] : set_start[one + 1]]
                _take_away(sizes, dimension, arm, chosen, tables[draw], scale, sums, only, rest, touched)
                for t in range(n_types):
                    answer[t] = log_type[c, t] if only else base[t]
                for d in range(n_dimensions):
                    if touched[d] == 1:
                        _evidence(sizes[d], family[d], d, rest[d], parameters, expect, given, part)
                        for t in range(n_types):
                            answer[t] += part[t] - (0.0 if only else whole[d, t])
                _add(answer, log_in[one], log_out[one])


@compiled_part
def _whole(
    sizes: Ints,
    family: Ints,
    sums: Floats,
    parameters: Floats,
    expect: Floats,
    log_type: Floats,
    given: Floats,
    whole: Floats,
    base: Floats,
) -> None:
    """The evidence of all tables for every type, by dimension and together with the prior."""
    for t in range(len(base)):
        base[t] = log_type[t]
    for d in range(len(sizes)):
        _evidence(sizes[d], family[d], d, sums[d], parameters, expect, given, whole[d])
        for t in range(len(base)):
            base[t] += whole[d, t]


@compiled_part
def _take_away(
    sizes: Ints,
    dimension: Ints,
    arm: Ints,
    chosen: Ints,
    tables: npt.NDArray[np.uint8],
    scale: Floats,
    sums: Floats,
    only: bool,
    rest: Floats,
    touched: Ints,
) -> None:
    """The tables that are left without the chosen cells (or with them alone), in the dimensions that they touch."""
    sign = 1.0 if only else -1.0
    for d in range(len(touched)):
        touched[d] = 0
    for i in range(len(chosen)):
        cell = chosen[i]
        d, a = dimension[cell], arm[cell]
        if touched[d] == 0:
            touched[d] = 1
            for k in range(sizes[d]):
                rest[d, k] = 0.0 if only else sums[d, k]
        for k in range(sizes[d]):
            rest[d, k] += sign * scale[d, a, k] * tables[cell, k]


@compiled_part
def _weigh_back(
    sizes: Ints,
    dimension: Ints,
    arm: Ints,
    first: int,
    last: int,
    tables: npt.NDArray[np.uint8],
    shifts: Floats,
    scale: Floats,
    sums: Floats,
) -> None:
    """What a table counts once the tilt of its arm is taken out, and the sums over a case's cells."""
    n_dimensions, n_arms, widest = scale.shape
    raw = np.zeros((n_dimensions, n_arms, widest))
    for cell in range(first, last):
        d, a = dimension[cell], arm[cell]
        for k in range(sizes[d]):
            raw[d, a, k] += tables[cell, k]
    for d in range(n_dimensions):
        for k in range(sizes[d]):
            sums[d, k] = 0.0
        for a in range(n_arms):
            total, turned = 0.0, 0.0
            for k in range(sizes[d]):
                total += raw[d, a, k]
                turned += raw[d, a, k] * math.exp(-shifts[d, a, k])
            for k in range(sizes[d]):
                scale[d, a, k] = total / turned * math.exp(-shifts[d, a, k]) if turned > 0.0 else 0.0
                sums[d, k] += scale[d, a, k] * raw[d, a, k]


@compiled
def _weigh_dominants(
    sizes: Ints,
    family: Ints,
    dimension: Ints,
    arm: Ints,
    case_start: Ints,
    tables: npt.NDArray[np.uint8],
    shifts: Floats,
    parameters: Floats,
    given: Floats,
    highest: Floats,
) -> None:
    n_dimensions, n_arms, widest = shifts.shape[1], shifts.shape[2], shifts.shape[3]
    scale = np.zeros((n_dimensions, n_arms, widest))
    sums = np.zeros((n_dimensions, widest))
    for c in range(len(case_start) - 1):
        for draw in range(tables.shape[0]):
            _weigh_back(
                sizes, dimension, arm, case_start[c], case_start[c + 1], tables[draw], shifts[draw], scale, sums
            )
            for d in range(n_dimensions):
                highest[draw, c, d] = _dominants(sizes[d], family[d], sums[d], parameters, given[draw, c, d])


@compiled_part
def _evidence(
    size: int, f: int, d: int, tables: Floats, parameters: Floats, expect: Floats, given: Floats, result: Floats
) -> None:
    """log p(tables | type) in one dimension for every type: Dirichlet-multinomials over dominant categories."""
    highest = _dominants(size, f, tables, parameters, given)
    for t in range(len(result)):
        found = 0.0
        for h in range(size + 1):
            found += expect[t, d, h] * given[h]
        result[t] = math.log(found) + highest


@compiled_part
def _dominants(size: int, f: int, tables: Floats, parameters: Floats, given: Floats) -> float:
    """p(tables | dominant category), relative to the best, whose log is returned."""
    dominant, elsewhere, diffuse = parameters[0, 0], parameters[1, f], parameters[2, 0]
    total, flat, even = 0.0, 0.0, 0.0
    for k in range(size):
        n = max(tables[k], 0.0)
        total += n
        flat += math.lgamma(elsewhere + n) - math.lgamma(elsewhere)
        even += math.lgamma(diffuse + n) - math.lgamma(diffuse)
    whole = dominant + (size - 1) * elsewhere
    flat -= math.lgamma(whole + total) - math.lgamma(whole)
    given[size] = even - math.lgamma(size * diffuse + total) + math.lgamma(size * diffuse)
    highest: float = given[size]
    for k in range(size):
        n = max(tables[k], 0.0)
        own = math.lgamma(dominant + n) - math.lgamma(dominant) - math.lgamma(elsewhere + n) + math.lgamma(elsewhere)
        given[k] = flat + own
        highest = max(highest, given[k])
    for h in range(size + 1):
        given[h] = math.exp(given[h] - highest)
    return highest


@compiled_part
def _add(logs: Floats, log_in: Floats, log_out: Floats) -> None:
    """Add one draw's P(type) and P(not type), as logarithms that do not run out of digits near 0 and 1."""
    highest = -np.inf
    for t in range(len(logs)):
        highest = max(highest, logs[t])
    total = 0.0
    for t in range(len(logs)):
        total += math.exp(logs[t] - highest)
    for t in range(len(logs)):
        others = 0.0
        for u in range(len(logs)):
            if u != t:
                others += math.exp(logs[u] - highest)
        log_in[t] = _log_sum(log_in[t], logs[t] - highest - math.log(total))
        log_out[t] = _log_sum(log_out[t], math.log(max(others, 1e-300)) - math.log(total))


@compiled_part
def _log_sum(one: float, other: float) -> float:
    if one == -np.inf:
        return other
    high, low = max(one, other), min(one, other)
    return high + math.log1p(math.exp(low - high))
