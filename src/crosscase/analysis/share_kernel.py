"""Draws of shares, compiled: many cells in one pass, each with random numbers of its own.

A cell's draws depend on its counts, its weights and its key alone: not on the cells beside it, on the number of threads
or on how cells are put into batches.

Two identities make the draws cheap. A source's shares are Dirichlet(n + p) with Σp = 1, which is
B · Dirichlet(n) + (1 − B) · Dirichlet(p) with B ~ Beta(Σn, 1) = U^(1/Σn); and Dirichlet(p) is a sum of broken sticks,
V₁ e_J₁ + (1 − V₁) V₂ e_J₂ + … with V uniform and J ~ p (Sethuraman 1994, *Statistica Sinica* 4:639-650).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crosscase.analysis.compiled import compiled, compiled_part
from crosscase.analysis.lanes import (
    LANES,
    Floats,
    Ints,
    Keys,
    Lanes,
    Singles,
    exp2_in_x,
    gamma,
    gammas,
    log2_in_x,
    new_lanes,
    next_uniform,
    seed_lanes,
    uniforms,
)

__all__ = ["draw_cells", "new_lanes"]

# A source that names several categories gets a pool of shares that its draws go round, and all sources of a cell go
# round one pool of Dirichlet(p). The sources divide the work among them, so that the mean over them stays precise.
OWN_WORK, OWN_LEAST = 15, 256
BASE_WORK, BASE_LEAST = 5, 1_024
BURN_IN, STEPS = 40, 3  # of the chain that breaks sticks; what its beginning leaves is below 2⁻⁴⁰
HALVINGS = 22  # of the range in which a quantile lies
_ONE = np.float32(1.0)


class Desk(NamedTuple):
    """Room for the draws of one cell."""

    base: Singles  # Dirichlet(p), categories × pool
    base_silent: Singles  # the same for *not stated* against all that is stated
    own: Singles  # Dirichlet(n) of the source in hand, categories × pool
    own_silent: Singles
    total: Singles  # weights of the sources that name a category
    parts: Singles  # their weighted shares
    total_silent: Singles  # weights of all sources
    silent: Singles  # their weighted share of *not stated*


@compiled_part
def _base_pool(p: Floats, n_pool: int, state: np.uint64, pool: Singles) -> np.uint64:
    """Dirichlet(p) draws, categories × (``n_pool`` and one block that repeats them).

    ``x ← V e_J + (1 − V) x`` leaves Dirichlet(p) as it is; three steps apart the correlation is 1/8.
    """
    n = len(p)
    x = p.copy()
    for d in range(n_pool):
        for _ in range(BURN_IN if d == 0 else STEPS):
            state, u = next_uniform(state)
            k = 0
            while k < n - 1 and u > p[k]:
                u -= p[k]
                k += 1
            state, v = next_uniform(state)
            for j in range(n):
                x[j] *= 1.0 - v
            x[k] += v
        for j in range(n):
            pool[j, d] = np.float32(x[j])
    _centre(p, n_pool, pool)
    return state


@compiled_part
def _own_pool(n: Floats, n_pool: int, state: np.uint64, pool: Singles) -> np.uint64:
    """Dirichlet(n) draws over the categories that a source names, categories × ``n_pool``."""
    for d in range(n_pool):
        for k in range(len(n)):
            g = 0.0
            if n[k] == 1.0:
                state, u = next_uniform(state)
                g = -np.log(u)
            elif n[k] > 0.0:
                state, g = gamma(n[k], state)
            pool[k, d] = np.float32(g)
        whole = np.float32(0.0)
        for k in range(len(n)):
            whole += pool[k, d]
        for k in range(len(n)):
            pool[k, d] = pool[k, d] / whole if whole > 0.0 else np.float32(n[k] / n.sum())
    _centre(n / n.sum(), n_pool, pool)
    return state


@compiled_part
def _centre(mean: Floats, n_pool: int, pool: Singles) -> None:
    """Move the mean of a pool of shares to where it belongs, and let it go on from its beginning."""
    for k in range(len(mean)):
        found = 0.0
        for d in range(n_pool):
            found += pool[k, d]
        shift = np.float32(mean[k] - found / n_pool)
        for d in range(n_pool):
            pool[k, d] += shift
        for d in range(LANES):
            pool[k, n_pool + d] = pool[k, d % n_pool]


@compiled_part
def _divide(amount: float, lanes: Lanes) -> None:
    """Divide a block of weights between what a source names, B ~ Beta(amount, 1), and the rest."""
    weight, named, rest, x = lanes.weight, lanes.named, lanes.rest, lanes.x
    uniforms(lanes.a, lanes.b, lanes.c, lanes.d, x)
    if amount != 1.0:
        power = np.float32(1.0 / amount)
        log2_in_x(lanes)
        for i in range(LANES):
            x[i] = x[i] * power
        exp2_in_x(lanes)
    for i in range(LANES):
        named[i] = weight[i] * x[i]
        rest[i] = weight[i] - named[i]


@compiled_part
def _add(to: Singles, what: Singles) -> None:
    for i in range(len(to)):
        to[i] += what[i]


@compiled_part
def _add_product(to: Singles, one: Singles, other: Singles) -> None:
    for i in range(len(to)):
        to[i] += one[i] * other[i]


@compiled_part
def _add_plain(
    n: Floats, unstated: float, a: float, turn: int, span: tuple[int, int], state: np.uint64, lanes: Lanes, desk: Desk
) -> np.uint64:
    """Add one block of a source that names one category, or only leaves it open."""
    first, size = span
    last = len(n) - 1  # its part is what the others leave of the total
    state = gammas(a, size, state, lanes)
    amount = n.sum()
    _divide(amount + unstated, lanes)
    _add(desk.total_silent[first : first + size], lanes.weight)
    _add_product(desk.silent[first : first + size], lanes.rest, desk.base_silent[turn:])
    if amount == 0.0:
        _add(desk.silent[first : first + size], lanes.named)
        return state
    _add(desk.total[first : first + size], lanes.weight)
    for k in range(last):
        _add_product(desk.parts[k, first : first + size], lanes.rest, desk.base[k, turn:])
        if n[k] > 0.0:
            _add(desk.parts[k, first : first + size], lanes.named)
    return state


@compiled_part
def _add_mixed(
    n: Floats, unstated: float, a: float, pools: tuple[int, int, int], state: np.uint64, lanes: Lanes, desk: Desk
) -> np.uint64:
    """Add a source that names several categories, or leaves it open in part, to every draw of its cell."""
    n_base, n_own, draws = pools
    last = len(n) - 1
    amount = n.sum()
    state = _own_pool(n, n_own, state, desk.own)
    if unstated > 0.0:
        state = _own_pool(np.array([unstated, amount]), n_own, state, desk.own_silent)
    for first in range(0, draws, LANES):
        size = min(LANES, draws - first)
        state, u = next_uniform(state)
        turn, own = int(u * n_base) % n_base, int(u * n_base * n_own) % n_own
        state = gammas(a, size, state, lanes)
        _divide(amount, lanes)
        _add(desk.total[first : first + size], lanes.weight)
        _add(desk.total_silent[first : first + size], lanes.weight)
        for k in range(last):
            _add_product(desk.parts[k, first : first + size], lanes.rest, desk.base[k, turn:])
            if n[k] > 0.0:
                _add_product(desk.parts[k, first : first + size], lanes.named, desk.own[k, own:])
        if unstated > 0.0:
            _divide(amount + unstated, lanes)
            _add_product(desk.silent[first : first + size], lanes.named, desk.own_silent[0, own:])
        _add_product(desk.silent[first : first + size], lanes.rest, desk.base_silent[turn:])
    return state


@compiled_part
def _add_sources(
    counts: Floats, unstated: Floats, a: Floats, draws: int, state: np.uint64, lanes: Lanes, desk: Desk
) -> np.uint64:
    """Sums of weights and of weighted shares over a cell's sources; every column of ``counts`` is named by some source."""
    n_sources, n_seen = counts.shape
    mixed = np.zeros(n_sources, dtype=np.bool_)
    shares = np.zeros(n_seen)
    for g in range(n_sources):
        n_named = 1 if unstated[g] > 0.0 else 0
        for k in range(n_seen):
            shares[k] += counts[g, k]
            n_named += counts[g, k] > 0.0
        mixed[g] = n_named > 1 and counts[g].sum() > 0.0
    n_base = min(draws, max(BASE_LEAST, BASE_WORK * draws // n_sources))
    n_own = min(draws, max(OWN_LEAST, OWN_WORK * draws // (n_sources * max(mixed.sum(), 1))))
    stated, silent = shares.sum(), unstated.sum()
    if n_seen > 1:
        state = _base_pool(shares / stated, n_base, state, desk.base)
    if silent > 0.0 and stated > 0.0:
        both = np.empty((2, n_base + LANES), dtype=np.float32)
        state = _base_pool(np.array([silent, stated]) / (silent + stated), n_base, state, both)
        desk.base_silent[: n_base + LANES] = both[0]
    else:
        desk.base_silent[:] = np.float32(1.0) if silent > 0.0 else np.float32(0.0)
    for first in range(0, draws, LANES):
        span = (first, min(LANES, draws - first))
        for g in range(n_sources):
            if not mixed[g]:
                state, u = next_uniform(state)
                turn = int(u * n_base) % n_base
                state = _add_plain(counts[g], unstated[g], a[g], turn, span, state, lanes, desk)
    for g in range(n_sources):
        if mixed[g]:
            state = _add_mixed(counts[g], unstated[g], a[g], (n_base, n_own, draws), state, lanes, desk)
    last = n_seen - 1
    desk.parts[last] = desk.total
    for k in range(last):
        for d in range(draws):
            desk.parts[last, d] -= desk.parts[k, d]
    # The pools were moved onto their means, which can leave a trace below 0.
    nothing = np.float32(0.0)
    for k in range(n_seen):
        for d in range(draws):
            desk.parts[k, d] = max(desk.parts[k, d], nothing)
    for d in range(draws):
        desk.silent[d] = max(desk.silent[d], nothing)
    return state


@compiled_part
def _atoms(prior: float, state: np.uint64, lanes: Lanes, atom: Singles) -> np.uint64:
    """Weights of the prior atom, one per draw."""
    for first in range(0, len(atom), LANES):
        size = min(LANES, len(atom) - first)
        if prior > 0.0:
            state = gammas(prior, size, state, lanes)
            atom[first : first + size] = lanes.weight[:size]
        else:
            atom[first : first + size] = 0.0
    return state


@compiled_part
def _even(state: np.uint64, lanes: Lanes, out: Singles, whole: Singles) -> np.uint64:
    """Exponential numbers, categories × draws, and their sums: their quotients are Dirichlet(1, …, 1)."""
    whole[:] = 0.0
    for k in range(len(out)):
        for first in range(0, len(whole), LANES):
            size = min(LANES, len(whole) - first)
            state = gammas(1.0, size, state, lanes)
            for i in range(size):
                out[k, first + i] = lanes.weight[i]
                whole[first + i] += lanes.weight[i]
    return state


@compiled_part
def _draw_cell(
    counts: Floats, unstated: Floats, a: Floats, prior: float, key: np.uint64, lanes: Lanes, desk: Desk, out: Singles
) -> int:
    """Draws of one cell, (categories and *not stated*) × draws; returns a bit for every category that a source names."""
    n_categories, draws = len(out) - 1, out.shape[1]
    seed_lanes(key, lanes)
    state = np.uint64(key ^ np.uint64(0xD1B54A32D192ED03))
    seen = np.flatnonzero(counts.sum(axis=0))
    n_seen, bits = len(seen), 0
    desk.total[:], desk.total_silent[:], desk.silent[:], desk.parts[:] = 0.0, 0.0, 0.0, 0.0
    if len(counts):
        named = np.empty((len(counts), max(n_seen, 1)))
        named[:] = 0.0
        for j in range(n_seen):
            named[:, j] = counts[:, seen[j]]
            bits |= 1 << seen[j]
        state = _add_sources(named, unstated, a, draws, state, lanes, desk)
    atom, whole = np.empty(draws, dtype=np.float32), np.empty(draws, dtype=np.float32)
    state = _atoms(prior, state, lanes, atom)
    shares = out[:n_categories]
    state = _even(state, lanes, shares, whole)
    for d in range(draws):
        # Without any source there is the prior alone.
        own = atom[d] if n_seen else _ONE
        whole[d] = own / (whole[d] * (desk.total[d] + own))
    for k in range(n_categories):
        for d in range(draws):
            shares[k, d] *= whole[d]
    for j in range(n_seen):
        for d in range(draws):
            own = atom[d] if n_seen else _ONE
            shares[seen[j], d] += desk.parts[j, d] / (desk.total[d] + own)
    uniforms(lanes.a, lanes.b, lanes.c, lanes.d, lanes.x)
    for d in range(draws):
        if d % LANES == 0:
            uniforms(lanes.a, lanes.b, lanes.c, lanes.d, lanes.x)
        own = atom[d] if len(counts) else _ONE
        out[n_categories, d] = (desk.silent[d] + own * lanes.x[d % LANES]) / (desk.total_silent[d] + own)
    return bits


@compiled_part
def _quantile(values: Singles, q: float) -> float:
    """The smallest share that at least a part q of all draws does not exceed, to seven digits."""
    wanted = np.int32(np.ceil(q * len(values)))
    low, high = np.float32(0.0), np.float32(1.0)
    for _ in range(HALVINGS):
        middle = np.float32(0.5) * (low + high)
        below = np.int32(0)
        for i in range(len(values)):
            below += np.int32(values[i] <= middle)
        if below >= wanted:
            high = middle
        else:
            low = middle
    return np.float64(high)


@compiled_part
def _desk(n_categories: int, draws: int) -> Desk:
    return Desk(
        np.empty((n_categories, draws + LANES), dtype=np.float32),
        np.empty(draws + LANES, dtype=np.float32),
        np.empty((n_categories, draws + LANES), dtype=np.float32),
        np.empty((2, draws + LANES), dtype=np.float32),
        np.empty(draws, dtype=np.float32),
        np.empty((n_categories, draws), dtype=np.float32),
        np.empty(draws, dtype=np.float32),
        np.empty(draws, dtype=np.float32),
    )


@compiled
def draw_cells(
    start: Ints,
    counts: Floats,
    unstated: Floats,
    a: Floats,
    prior: float,
    keys: Keys,
    tails: Floats,
    lanes: Lanes,
    out: Singles,
    ends: Floats,
) -> None:
    """Draws of many cells, one after the other, and the ends of their intervals.

    Parameters
    ----------
    start
        The first row of ``counts`` (sources × categories) of every cell, and the end of the last.
    unstated, a
        Per source: the weight of what leaves the category open, and the shape of the source's weight.
    keys
        The seed of every cell.
    out
        (Categories and *not stated*) × draws: those of the last cell remain.
    ends
        Cells × (categories and *not stated*) × tails.
    """
    n_rows, draws = out.shape
    desk = _desk(n_rows - 1, draws)
    for c in range(len(start) - 1):
        rows = slice(start[c], start[c + 1])
        bits = _draw_cell(counts[rows], unstated[rows], a[rows], prior, keys[c], lanes, desk, out)
        silent = -1
        for k in range(n_rows):
            unseen = k < n_rows - 1 and (bits >> k) % 2 == 0
            for t in range(len(tails)):
                # Categories that no source names have one distribution.
                if unseen and silent >= 0:
                    ends[c, k, t] = ends[c, silent, t]
                else:
                    ends[c, k, t] = _quantile(out[k], tails[t])
            silent = k if unseen and silent < 0 else silent
