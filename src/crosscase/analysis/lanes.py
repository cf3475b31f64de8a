"""Random numbers for compiled draws: many generators side by side, so that the processor draws for many at once.

Random bits come from xoshiro128+ (Blackman & Vigna 2021, *ACM Transactions on Mathematical Software* 47:36), ``LANES``
generators that splitmix64 seeds from one key. Single numbers come from splitmix64 itself. Everything follows from the
key, on every processor alike.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from crosscase.analysis.compiled import compiled_part

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint32]
Keys = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

LANES = 1_000

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
    weight: Singles  # of a source in each draw,
    named: Singles  # the part of it that goes to what the source names,
    rest: Singles  # and the part that goes to the pooled shares


def new_lanes() -> Lanes:
    """Room for one thread."""
    a, b, c, d = (np.zeros(LANES, dtype=np.uint32) for _ in range(4))
    weight, named, rest = (np.zeros(LANES, dtype=np.float32) for _ in range(3))
    return Lanes(a, b, c, d, weight, named, rest)


def _reinterpret(source: Any, target: Any, bits: Any) -> Any:
    """A compiled function that reads the bits of one type as another; it costs nothing."""

    def typed(_context: Any, value: Any) -> Any:
        def generate(_inner: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.bitcast(arguments[0], bits)

        return target(source), generate

    return intrinsic(typed)


_as_bits = _reinterpret(types.float32, types.int32, ir.IntType(32))
_as_single = _reinterpret(types.int32, types.float32, ir.FloatType())


@compiled_part
def seed_lanes(key: np.uint64, lanes: Lanes) -> None:
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
def log2(u: Any) -> Any:
    """log2(u) for a single-precision number in (0, 1]."""
    bits = _as_bits(u)
    m = _as_single(np.int32(np.int32(bits & np.int32(0x7FFFFF)) | np.int32(0x3F800000))) - _ONE
    p = m * (L1 + m * (L2 + m * (L3 + m * (L4 + m * (L5 + m * L6)))))
    return np.float32(np.int32(np.int32(bits >> np.int32(23)) - np.int32(127))) + p


@compiled_part
def exp2(x: Any) -> Any:
    """2^x for a single-precision number up to 0; what is below −126 becomes 0 or nearly so."""
    y: Any = max(x, _LOWEST)
    whole = np.int32(y - _ONE)
    f = y - np.float32(whole)
    p = X0 + f * (X1 + f * (X2 + f * (X3 + f * (X4 + f * X5))))
    return p * _as_single(np.int32(np.int32(whole + np.int32(127)) << np.int32(23)))


@compiled_part
def _unit(word: Any) -> Any:
    """24 random bits as a number in (0, 1]."""
    return (np.float32(np.int32(word >> np.uint32(8))) + _ONE) * _UNIT


@compiled_part
def uniforms(lanes: Lanes, out: Singles) -> None:
    """One uniform number in (0, 1] per lane."""
    a, b, c, d = lanes.a, lanes.b, lanes.c, lanes.d
    for i in range(LANES):
        out[i] = _unit(np.uint32(a[i] + d[i]))
        t = np.uint32(b[i] << np.uint32(9))
        v = np.uint32(c[i] ^ a[i])
        w = np.uint32(d[i] ^ b[i])
        b[i] = np.uint32(b[i] ^ v)
        a[i] = np.uint32(a[i] ^ w)
        c[i] = np.uint32(v ^ t)
        d[i] = np.uint32(np.uint32(w << np.uint32(11)) | np.uint32(w >> np.uint32(21)))


@compiled_part
def exponentials(lanes: Lanes, out: Singles) -> None:
    """One exponential number per lane."""
    uniforms(lanes, out)
    for i in range(LANES):
        out[i] = -log2(out[i]) * _LN2


@compiled_part
def divide(amount: float, lanes: Lanes) -> None:
    """Divide a block of weights between what a source names, B ~ Beta(amount, 1), and the rest."""
    weight, named, rest = lanes.weight, lanes.named, lanes.rest
    power = np.float32(1.0 / amount)
    uniforms(lanes, named)
    if amount == 1.0:
        for i in range(LANES):
            named[i] = weight[i] * named[i]
            rest[i] = weight[i] - named[i]
    else:
        for i in range(LANES):
            named[i] = weight[i] * exp2(log2(named[i]) * power)
            rest[i] = weight[i] - named[i]


@compiled_part
def next_uniform(state: np.uint64) -> tuple[np.uint64, float]:
    """Where splitmix64 goes from here, and a uniform number in (0, 1]."""
    state = np.uint64(state + np.uint64(0x9E3779B97F4A7C15))
    z = np.uint64((state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9))
    z = np.uint64((z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB))
    z = np.uint64(z ^ (z >> np.uint64(31)))
    return state, (np.float64(np.int64(z >> np.uint64(11))) + 1.0) * 2.0**-53


@compiled_part
def gamma(shape: float, state: np.uint64) -> tuple[np.uint64, float]:
    """A Gamma(shape) number (Marsaglia & Tsang 2000); below 1 by Gamma(shape + 1) · U^(1/shape)."""
    boost = 1.0
    if shape < 1.0:
        state, u = next_uniform(state)
        boost = u ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * d)
    while True:
        x, r = 0.0, 2.0
        while r >= 1.0 or r == 0.0:
            state, x = next_uniform(state)
            state, y = next_uniform(state)
            x, y = 2.0 * x - 1.0, 2.0 * y - 1.0
            r = x * x + y * y
        normal = x * np.sqrt(-2.0 * np.log(r) / r)
        v = (1.0 + c * normal) ** 3
        state, u = next_uniform(state)
        if v > 0.0 and np.log(u) < 0.5 * normal * normal + d - d * v + d * np.log(v):
            return state, boost * d * v


@compiled_part
def gammas(a: float, size: int, state: np.uint64, lanes: Lanes) -> np.uint64:
    """One block of a source's weights, Gamma(a)."""
    if a == 1.0:
        exponentials(lanes, lanes.weight)
        return state
    for i in range(size):
        state, g = gamma(a, state)
        lanes.weight[i] = np.float32(g)
    return state
