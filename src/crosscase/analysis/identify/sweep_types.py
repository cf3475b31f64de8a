"""Part of a sweep over cases: the type of each case with its shares integrated out, then its shares.

Where sources of different kinds see the shares tilted, Dirichlet shares are no longer conjugate. With shares written as
gammas, π_k = g_k / Σg, g_k ~ Gamma(α_k), and one auxiliary number per arm, u_a ~ Gamma(M_a) / Σ_k g_k tilt_ak (M_a its
tables), they are again: g_k ~ Gamma(α_k + m_k) / b_k with b_k = 1 + Σ_a u_a tilt_ak, and the tables have the
probability ∏_k Γ(α_k + m_k) / Γ(α_k) b_k^−(α_k + m_k) for every dominant category.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from crosscase.analysis.compiled import compiled_part
from crosscase.analysis.identify.dice import TINY, choose
from crosscase.analysis.identify.dimensions import Dims, Rises

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@compiled_part
def draw_types(
    dims: Dims,
    expect: Floats,
    log_type: Floats,
    rises: Rises,
    is_plain: bool,
    tables: Ints,
    tilt: Floats,
    shares: Floats,
    types: Ints,
    probability: Floats,
    log_evidence: Floats,
    rng: np.random.Generator,
) -> None:
    """Types, dominant categories and shares (as gammas); writes P(type | tables) and each dimension's log evidence."""
    n_types, n_dimensions, n_places = expect.shape
    given = np.empty((n_dimensions, n_places))
    rate = np.ones((n_dimensions, n_places))
    sums = np.zeros((n_dimensions, n_places), dtype=np.int64)
    weights = np.empty(n_places)
    for c in range(len(types)):
        for d in range(n_dimensions):
            size, f = dims.sizes[d], dims.family[d]
            _gather(size, is_plain, tables[c, d], tilt[d], shares[c, d], sums[d], rate[d], rng)
            highest = _given_dominant(size, f, rises, is_plain, sums[d], rate[d], given[d])
            _log_evidence(size + 1, expect, d, highest, given[d], log_evidence[c, d])
        _type_probabilities(log_type[c], log_evidence[c], probability[c])
        types[c] = choose(probability[c], n_types, rng)
        for d in range(n_dimensions):
            size = dims.sizes[d]
            for h in range(size + 1):
                weights[h] = expect[types[c], d, h] * given[d, h]
            dominant = choose(weights, size + 1, rng)
            rest = rises.parameters[2, 0] if dominant == size else rises.parameters[1, dims.family[d]]
            for k in range(size):
                parameter = (rises.parameters[0, 0] if k == dominant else rest) + sums[d, k]
                shares[c, d, k] = max(rng.standard_gamma(parameter) / rate[d, k], TINY)


@compiled_part
def _gather(
    size: int,
    is_plain: bool,
    tables: Ints,
    tilt: Floats,
    shares: Floats,
    sums: Ints,
    rate: Floats,
    rng: np.random.Generator,
) -> None:
    """Tables of all arms together, and the rates b_k that the auxiliary numbers give."""
    for k in range(size):
        sums[k] = 0
        rate[k] = 1.0
    for a in range(tables.shape[0]):
        total, seen = 0, 0.0
        for k in range(size):
            total += tables[a, k]
            sums[k] += tables[a, k]
            seen += shares[k] * tilt[a, k]
        if total > 0 and not is_plain:
            u = rng.standard_gamma(float(total)) / seen
            for k in range(size):
                rate[k] += u * tilt[a, k]


@compiled_part
def _given_dominant(
    size: int, f: int, rises: Rises, is_plain: bool, tables: Ints, rate: Floats, given: Floats
) -> float:
    """p(tables | dominant category) for every category and, last, "diffuse"; up to a factor whose log it returns."""
    total, flat, even, logs = 0, 0.0, 0.0, 0.0
    dominant, elsewhere, diffuse = rises.parameters[0, 0], rises.parameters[1, f], rises.parameters[2, 0]
    for k in range(size):
        total += tables[k]
        flat += rises.elsewhere[f, tables[k]]
        even += rises.diffuse[tables[k]]
        logs += math.log(rate[k])
    flat -= elsewhere * logs
    even -= diffuse * logs
    if is_plain:
        even -= rises.total_diffuse[f, total]
        flat -= rises.total_dominant[f, total]
    given[size] = even
    highest: float = even
    for k in range(size):
        own = rises.dominant[tables[k]] - rises.elsewhere[f, tables[k]] - (dominant - elsewhere) * math.log(rate[k])
        given[k] = flat + own
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
