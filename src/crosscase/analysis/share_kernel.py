"""Draws of shares, compiled: many cells in one pass, each with random numbers of its own.

A cell's draws depend on its counts, its weights and its key alone: not on the cells beside it, on the number of threads
or on how cells are put into batches. Random bits come from xoshiro128+ (Blackman & Vigna 2021, *ACM Transactions on
Mathematical Software* 47:36), ``LANES`` generators side by side that splitmix64 seeds from the cell's key, so that the
processor draws for many positions at once.

Two identities make the draws cheap. A source's shares are Dirichlet(n + p) with Σp = 1, which is
B · Dirichlet(n) + (1 − B) · Dirichlet(p) with B ~ Beta(Σn, 1) = U^(1/Σn); and Dirichlet(p) is a sum of broken sticks,
V₁ e_J₁ + (1 − V₁) V₂ e_J₂ + … with V uniform and J ~ p (Sethuraman 1994, *Statistica Sinica* 4:639-650).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from crosscase.analysis.compiled import compiled, compiled_part

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint32]
Integers = npt.NDArray[np.int32]
Keys = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

LANES = 1024
# A source that names several categories gets a pool of shares that its draws go round, and all sources of a cell go
# round one pool of Dirichlet(p). The sources divide the work among them, so that the mean over them stays precise.
OWN_WORK, OWN_LEAST = 15, 256
BASE_WORK, BASE_LEAST = 5, 1_024
BURN_IN, STEPS = 40, 3  # of the chain that breaks sticks; what its beginning leaves is below 2⁻⁴⁰
HALVINGS = 22  # of the range in which a quantile lies

# log2(1 + x) and 2^x on [0, 1]: Chebyshev interpolation, errors below 4e-6 and 2e-7.
_LOG2 = (1.44245353, -0.71731278, 0.454508492, -0.272697565, 0.117613084, -0.0245685347)
_EXP2 = (0.999999898, 0.69315449, 0.240141818, 0.0558603371, 0.00894959042, 0.00189375406)
(L1, L2, L3, L4, L5, L6) = (np.float32(x) for x in _LOG2)
(X0, X1, X2, X3, X4, X5) = (np.float32(x) for x in _EXP2)
_UNIT = np.float32(2.0**-24)
_LN2 = np.float32(np.log(2.0))
_ONE = np.float32(1.0)
_LOWEST = np.float32(-126.0)


class Lanes(NamedTuple):
    """Generators side by side, and room for one block of draws."""

    a: Words
    b: Words
    c: Words
    d: Words
    x: Singles
    x_bits: Integers
    mantissa: Singles
    mantissa_bits: Integers
    exponent: Singles
    exponent_bits: Integers
    weight: Singles  # of a source in each draw,
    named: Singles  # the part of it that goes to what the source names,
    rest: Singles  # and the part that goes to the pooled shares


def new_lanes() -> Lanes:
    """Room for one thread."""
    words = [np.zeros(LANES, dtype=np.uint32) for _ in range(4)]
    x, mantissa, exponent = (np.zeros(LANES, dtype=np.float32) for _ in range(3))
    weight, named, rest = (np.zeros(LANES, dtype=np.float32) for _ in range(3))
    views = [array.view(np.int32) for array in (x, mantissa, exponent)]
    return Lanes(*words, x, views[0], mantissa, views[1], exponent, views[2], weight, named, rest)


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
def _seed(key: np.uint64, lanes: Lanes) -> None:
    """Fill the generators' states by splitmix64."""
    x = key
    for i in range(LANES):
        for half in range(2):
            x = np.uint64(x + np.uint64(0x9E3779B97F4A7C15))
            z = x
            z = np.uint64((z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9))
            z = np.uint64((z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB))
            z = np.uint64(z ^ (z >> np.uint64(31)))
            low, high = np.uint32(z & np.uint64(0xFFFFFFFF)), np.uint32(z >> np.uint64(32))
            if half == 0:
                lanes.a[i], lanes.b[i] = low, high
            else:
                lanes.c[i], lanes.d[i] = low, np.uint32(high | np.uint32(1))  # never all zero


@compiled_part
def _uniforms(a: Words, b: Words, c: Words, d: Words, out: Singles) -> None:
    """One uniform number in (0, 1] per lane."""
    for i in range(LANES):
        word = np.uint32(a[i] + d[i])
        t = np.uint32(b[i] << np.uint32(9))
        v = np.uint32(c[i] ^ a[i])
        w = np.uint32(d[i] ^ b[i])
        b[i] = np.uint32(b[i] ^ v)
        a[i] = np.uint32(a[i] ^ w)
        c[i] = np.uint32(v ^ t)
        d[i] = np.uint32(np.uint32(w << np.uint32(11)) | np.uint32(w >> np.uint32(21)))
        out[i] = (np.float32(np.int32(word >> np.uint32(8))) + _ONE) * _UNIT


@compiled_part
def _log2_in_x(lanes: Lanes) -> None:
    """x ← log2(x) for numbers in (0, 1]."""
    x, bits, mantissa, as_bits, exponent = (
        lanes.x,
        lanes.x_bits,
        lanes.mantissa,
        lanes.mantissa_bits,
        lanes.exponent,
    )
    for i in range(LANES):
        as_bits[i] = np.int32(np.int32(bits[i] & np.int32(0x7FFFFF)) | np.int32(0x3F800000))
        exponent[i] = np.float32(np.int32(np.int32(bits[i] >> np.int32(23)) - np.int32(127)))
    for i in range(LANES):
        m = mantissa[i] - _ONE
        p = m * (L1 + m * (L2 + m * (L3 + m * (L4 + m * (L5 + m * L6)))))
        x[i] = exponent[i] + p


@compiled_part
def _exp2_in_x(lanes: Lanes) -> None:
    """x ← 2^x for numbers up to 0; what is below −126 becomes 0 or nearly so."""
    x, mantissa, exponent, bits = lanes.x, lanes.mantissa, lanes.exponent, lanes.exponent_bits
    for i in range(LANES):
        y = max(x[i], _LOWEST)
        whole = np.int32(y - _ONE)
        f = y - np.float32(whole)
        mantissa[i] = X0 + f * (X1 + f * (X2 + f * (X3 + f * (X4 + f * X5))))
        bits[i] = np.int32(np.int32(whole + np.int32(127)) << np.int32(23))
    for i in range(LANES):
        x[i] = mantissa[i] * exponent[i]


@compiled_part
def _next(state: np.uint64) -> tuple[np.uint64, float]:
    """Where splitmix64 goes from here, and a uniform number in (0, 1]."""
    state = np.uint64(state + np.uint64(0x9E3779B97F4A7C15))
    z = np.uint64((state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9))
    z = np.uint64((z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB))
    z = np.uint64(z ^ (z >> np.uint64(31)))
    return state, (np.float64(np.int64(z >> np.uint64(11))) + 1.0) * 2.0**-53


@compiled_part
def _gamma(shape: float, state: np.uint64) -> tuple[np.uint64, float]:
    """A Gamma(shape) number (Marsaglia & Tsang 2000); below 1 by Gamma(shape + 1) · U^(1/shape)."""
    boost = 1.0
    if shape < 1.0:
        state, u = _next(state)
        boost = u ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * d)
    while True:
        x, r = 0.0, 2.0
        while r >= 1.0 or r == 0.0:
            state, x = _next(state)
            state, y = _next(state)
            x, y = 2.0 * x - 1.0, 2.0 * y - 1.0
            r = x * x + y * y
        normal = x * np.sqrt(-2.0 * np.log(r) / r)
        v = (1.0 + c * normal) ** 3
        state, u = _next(state)
        if v > 0.0 and np.log(u) < 0.5 * normal * normal + d - d * v + d * np.log(v):
            return state, boost * d * v


@compiled_part
def _base_pool(p: Floats, n_pool: int, state: np.uint64, pool: Singles) -> np.uint64:
    """Dirichlet(p) draws, categories × (``n_pool`` and one block that repeats them).

    ``x ← V e_J + (1 − V) x`` leaves Dirichlet(p) as it is; three steps apart the correlation is 1/8.
    """
    n = len(p)
    x = p.copy()
    for d in range(n_pool):
        for _ in range(BURN_IN if d == 0 else STEPS):
            state, u = _next(state)
            k = 0
            while k < n - 1 and u > p[k]:
                u -= p[k]
                k += 1
            state, v = _next(state)
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
                state, u = _next(state)
                g = -np.log(u)
            elif n[k] > 0.0:
                state, g = _gamma(n[k], state)
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
def _weights(a: float, size: int, state: np.uint64, lanes: Lanes) -> np.uint64:
    """One block of a source's weights, Gamma(a)."""
    weight, x = lanes.weight, lanes.x
    if a == 1.0:
        _uniforms(lanes.a, lanes.b, lanes.c, lanes.d, x)
        _log2_in_x(lanes)
        for i in range(LANES):
            weight[i] = -x[i] * _LN2
    else:
        for i in range(size):
            state, g = _gamma(a, state)
            weight[i] = np.float32(g)
    return state


@compiled_part
def _divide(amount: float, lanes: Lanes) -> None:
    """Divide a block of weights between what a source names, B ~ Beta(amount, 1), and the rest."""
    weight, named, rest, x = lanes.weight, lanes.named, lanes.rest, lanes.x
    _uniforms(lanes.a, lanes.b, lanes.c, lanes.d, x)
    if amount != 1.0:
        power = np.float32(1.0 / amount)
        _log2_in_x(lanes)
        for i in range(LANES):
            x[i] = x[i] * power
        _exp2_in_x(lanes)
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
    state = _weights(a, size, state, lanes)
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
        state, u = _next(state)
        turn, own = int(u * n_base) % n_base, int(u * n_base * n_own) % n_own
        state = _weights(a, size, state, lanes)
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
                state, u = _next(state)
                turn = int(u * n_base) % n_base
                state = _add_plain(counts[g], unstated[g], a[g], turn, span, state, lanes, desk)
    for g in range(n_sources):
        if mixed[g]:
            state = _add_mixed(counts[g], unstated[g], a[g], (n_base, n_own, draws), state, lanes, desk)
    last = n_seen - 1
    desk.parts[last] = desk.total
    for k in range(last):
        for d in range(draws):
            desk.parts[last, d] = max(desk.parts[last, d] - desk.parts[k, d], np.float32(0.0))
    return state


@compiled_part
def _atoms(prior: float, state: np.uint64, lanes: Lanes, atom: Singles) -> np.uint64:
    """Weights of the prior atom, one per draw."""
    for first in range(0, len(atom), LANES):
        size = min(LANES, len(atom) - first)
        if prior > 0.0:
            state = _weights(prior, size, state, lanes)
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
            state = _weights(1.0, size, state, lanes)
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
    _seed(key, lanes)
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
    _uniforms(lanes.a, lanes.b, lanes.c, lanes.d, lanes.x)
    for d in range(draws):
        if d % LANES == 0:
            _uniforms(lanes.a, lanes.b, lanes.c, lanes.d, lanes.x)
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
