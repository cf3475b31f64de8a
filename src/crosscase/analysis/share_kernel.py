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
import numpy.typing as npt

from crosscase.analysis.compiled import compiled, compiled_part
from crosscase.analysis.lanes import (
    LANES,
    Floats,
    Ints,
    Keys,
    Lanes,
    Singles,
    divide,
    exponentials,
    gammas,
    new_lanes,
    next_uniform,
    seed_lanes,
    uniforms,
)
from crosscase.analysis.pools import amount_of, base_pool, own_pool

Flags = npt.NDArray[np.bool_]

__all__ = ["draw_cells", "new_lanes"]

# A source that names several categories gets a pool of shares that its draws go round, and all sources of a cell go
# round one pool of Dirichlet(p). The sources divide the work among them, so that the mean over them stays precise.
OWN_WORK, OWN_LEAST = 15, 100
BASE_WORK, BASE_LEAST = 5, 1_024
HALVINGS = 22  # of the range in which a quantile lies
_ONE = np.float32(1.0)


class Desk(NamedTuple):
    """Room for the draws of one cell."""

    base: Singles  # Dirichlet(p), categories × pool
    base_silent: Singles  # the same for *not stated* against all that is stated, 2 × pool
    own: Singles  # Dirichlet(n) of the source in hand, categories × pool
    own_silent: Singles
    total: Singles  # weights of the sources that name a category
    parts: Singles  # their weighted shares
    silent_total: Singles  # weights of all sources
    silent: Singles  # their weighted share of *not stated*
    leaves_open: Flags  # whether any source leaves it open


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
    amount = amount_of(n)
    divide(amount + unstated, lanes)
    if desk.leaves_open[0]:
        _add_product(desk.silent[first : first + size], lanes.rest, desk.base_silent[0, turn:])
    if amount == 0.0:
        _add(desk.silent[first : first + size], lanes.named)
        _add(desk.silent_total[first : first + size], lanes.weight)
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
    amount = amount_of(n)
    state = own_pool(n, n_own, state, desk.own)
    if unstated > 0.0:
        two = np.empty(2)
        two[0], two[1] = unstated, amount
        state = own_pool(two, n_own, state, desk.own_silent)
    for first in range(0, draws, LANES):
        size = min(LANES, draws - first)
        state, u = next_uniform(state)
        turn, own = int(u * n_base) % n_base, int(u * n_base * n_own) % n_own
        state = gammas(a, size, state, lanes)
        divide(amount, lanes)
        _add(desk.total[first : first + size], lanes.weight)
        for k in range(last):
            _add_product(desk.parts[k, first : first + size], lanes.rest, desk.base[k, turn:])
            if n[k] > 0.0:
                _add_product(desk.parts[k, first : first + size], lanes.named, desk.own[k, own:])
        if unstated > 0.0:
            divide(amount + unstated, lanes)
            _add_product(desk.silent[first : first + size], lanes.named, desk.own_silent[0, own:])
        if desk.leaves_open[0]:
            _add_product(desk.silent[first : first + size], lanes.rest, desk.base_silent[0, turn:])
    return state


@compiled_part
def _prepare_pools(totals: Floats, n_base: int, state: np.uint64, desk: Desk) -> np.uint64:
    """Draws of Dirichlet(p), for the categories and for *not stated* (the last total) against all that is stated."""
    n_seen = len(totals) - 1
    stated, silent = 0.0, totals[n_seen]
    p = np.empty(n_seen)
    for k in range(n_seen):
        stated += totals[k]
    for k in range(n_seen):
        p[k] = totals[k] / stated if stated > 0.0 else 0.0
    desk.leaves_open[0] = silent > 0.0
    if n_seen > 1:
        state = base_pool(p, n_base, state, desk.base)
    if silent > 0.0 and stated > 0.0:
        two = np.empty(2)
        two[0], two[1] = silent / (silent + stated), stated / (silent + stated)
        state = base_pool(two, n_base, state, desk.base_silent)
    else:
        for d in range(n_base + LANES):
            desk.base_silent[0, d] = _ONE
    return state


@compiled_part
def _add_sources(
    counts: Floats, unstated: Floats, a: Floats, draws: int, state: np.uint64, lanes: Lanes, desk: Desk
) -> np.uint64:
    """Sums of weights and of weighted shares over a cell's sources; some source names every column of ``counts``."""
    n_sources, n_seen = counts.shape
    mixed, totals, n_mixed = np.zeros(n_sources, dtype=np.bool_), np.zeros(n_seen + 1), 0
    for g in range(n_sources):
        named = 0
        for k in range(n_seen):
            named += counts[g, k] > 0.0
            totals[k] += counts[g, k]
        totals[n_seen] += unstated[g]
        mixed[g] = named > 1 or (named == 1 and unstated[g] > 0.0)
        n_mixed += mixed[g]
    n_base = min(draws, max(BASE_LEAST, BASE_WORK * draws // n_sources))
    n_own = min(draws, max(OWN_LEAST, OWN_WORK * draws // (n_sources * max(n_mixed, 1))))
    state = _prepare_pools(totals, n_base, state, desk)
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
    _add(desk.silent_total, desk.total)
    last = n_seen - 1
    for d in range(draws):
        desk.parts[last, d] = desk.total[d]
    for k in range(last):
        for d in range(draws):
            desk.parts[last, d] -= desk.parts[k, d]
    # The pools were moved onto their means, which can leave a trace below 0.
    for k in range(n_seen):
        _floor(desk.parts[k])
    _floor(desk.silent)
    return state


@compiled_part
def _floor(values: Singles) -> None:
    for d in range(len(values)):
        values[d] = max(values[d], np.float32(0.0))


@compiled_part
def _atoms(prior: float, state: np.uint64, lanes: Lanes, atom: Singles) -> np.uint64:
    """Weights of the prior atom, one per draw."""
    for first in range(0, len(atom), LANES):
        size = min(LANES, len(atom) - first)
        if prior > 0.0:
            state = gammas(prior, size, state, lanes)
        for i in range(size):
            atom[first + i] = lanes.weight[i] if prior > 0.0 else np.float32(0.0)
    return state


@compiled_part
def _even(lanes: Lanes, out: Singles, whole: Singles) -> None:
    """Exponential numbers, categories × draws, and their sums: their quotients are Dirichlet(1, …, 1)."""
    for d in range(len(whole)):
        whole[d] = 0.0
    for k in range(len(out)):
        for first in range(0, len(whole), LANES):
            exponentials(lanes, lanes.weight)
            for i in range(min(LANES, len(whole) - first)):
                out[k, first + i] = lanes.weight[i]
        _add(whole, out[k])


@compiled_part
def _seen(counts: Floats, seen: Ints) -> int:
    """Put the categories that some source names into ``seen``; returns how many they are."""
    n_seen = 0
    for k in range(counts.shape[1]):
        for g in range(len(counts)):
            if counts[g, k] > 0.0:
                seen[n_seen] = k
                n_seen += 1
                break
    return n_seen


@compiled_part
def _clear(desk: Desk, draws: int) -> None:
    for d in range(draws):
        desk.total[d], desk.silent_total[d], desk.silent[d] = 0.0, 0.0, 0.0
        for k in range(len(desk.parts)):
            desk.parts[k, d] = 0.0


@compiled_part
def _draw_cell(
    counts: Floats, unstated: Floats, a: Floats, prior: float, key: np.uint64, lanes: Lanes, desk: Desk, out: Singles
) -> int:
    """Draws of one cell, (categories and *not stated*) × draws; returns a bit for every category that is named."""
    n_categories, draws = len(out) - 1, out.shape[1]
    seed_lanes(key, lanes)
    state = np.uint64(key ^ np.uint64(0xD1B54A32D192ED03))
    seen = np.zeros(n_categories, dtype=np.int64)
    n_seen = _seen(counts, seen)
    bits = 0
    for j in range(n_seen):
        bits |= 1 << seen[j]
    _clear(desk, draws)
    if len(counts):
        named = np.zeros((len(counts), max(n_seen, 1)))
        for g in range(len(counts)):
            for j in range(n_seen):
                named[g, j] = counts[g, seen[j]]
        state = _add_sources(named, unstated, a, draws, state, lanes, desk)
    atom, whole = np.ones(draws, dtype=np.float32), np.empty(draws, dtype=np.float32)
    if len(counts):
        state = _atoms(prior, state, lanes, atom)
    shares = out[:n_categories]
    _even(lanes, shares, whole)
    # Without a source that names a category there is the prior alone.
    for d in range(draws):
        own = atom[d] if n_seen else _ONE
        desk.total[d] = _ONE / (desk.total[d] + own)
        whole[d] = own / whole[d] * desk.total[d]
    for k in range(n_categories):
        for d in range(draws):
            shares[k, d] *= whole[d]
    for j in range(n_seen):
        _add_product(shares[seen[j]], desk.parts[j], desk.total)
    for first in range(0, draws, LANES):
        size = min(LANES, draws - first)
        uniforms(lanes, lanes.weight)
        for i in range(size):
            d = first + i
            out[n_categories, d] = (desk.silent[d] + atom[d] * lanes.weight[i]) / (desk.silent_total[d] + atom[d])
    return bits


@compiled_part
def _quantile(values: Singles, q: float) -> float:
    """A share that a part q of all draws does not exceed, to seven digits or between two draws."""
    wanted = np.int32(np.ceil(q * len(values)))
    low, high = np.float32(0.0), np.float32(1.0)
    for _ in range(HALVINGS):
        middle = np.float32(0.5) * (low + high)
        below = np.int32(0)
        for i in range(len(values)):
            below += np.int32(values[i] <= middle)
        if below == wanted:
            return np.float64(middle)
        if below > wanted:
            high = middle
        else:
            low = middle
    return np.float64(high)


@compiled_part
def _desk(n_categories: int, draws: int) -> Desk:
    return Desk(
        np.empty((n_categories, draws + LANES), dtype=np.float32),
        np.empty((2, draws + LANES), dtype=np.float32),
        np.empty((n_categories, draws + LANES), dtype=np.float32),
        np.empty((2, draws + LANES), dtype=np.float32),
        np.empty(draws, dtype=np.float32),
        np.empty((n_categories, draws), dtype=np.float32),
        np.empty(draws, dtype=np.float32),
        np.empty(draws, dtype=np.float32),
        np.zeros(1, dtype=np.bool_),
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
