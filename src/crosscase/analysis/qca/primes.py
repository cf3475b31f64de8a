"""Prime implicants, exactly and without ever listing the 3^k terms of the space.

For one row that must be covered, a term that contains it is a set of freed conditions. Freeing a set T is allowed
unless some forbidden row differs from the covered row on conditions inside T only. All 2^k sets T are one big integer,
a bit each, so that closing the forbidden sets upwards takes k shifts of that integer, and the largest allowed sets,
which are the primes that contain the row, take k more.

This is the computation of prime implicants as minimal transversals (McCluskey 1956 for the primes; Fredman & Khachiyan
1996 for the view as dualisation); the arrangement as bits of one integer is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from crosscase.analysis.qca.space import Ints, Space
from crosscase.errors import Degenerate

_FEW_BITS = 48


def find_primes(
    space: Space,
    on: Ints,
    *,
    off: Ints | None = None,
    allowed: Ints | None = None,
    check: Callable[[], None] = lambda: None,
) -> Ints:
    """Codes of all prime implicants that cover a row of ``on``.

    Parameters
    ----------
    on
        Rows to be covered.
    off, allowed
        Which rows no term may contain: those of ``off``, or all that are not among ``allowed``. Give one of them.
    check
        Called once per row; may raise to stop.

    Raises
    ------
    Degenerate
        Where nothing is forbidden, so that every condition is dropped.
    """
    k = len(space.levels)
    weights = np.left_shift(1, np.arange(k)).astype(np.int64)
    others = off if allowed is None else allowed
    assert others is not None
    freed: list[Ints] = []
    sizes: list[int] = []
    for row in on:
        check()
        differences = (others != row) @ weights
        forbidden = _bits(differences, k) if allowed is None else _unless_all_allowed(differences, space)
        largest = _largest_allowed(forbidden, k)
        freed.append(largest)
        sizes.append(len(largest))
    found = np.repeat(space.codes(on), sizes) & ~_fields(space, np.concatenate(freed) if freed else on[:0, 0])
    primes = np.unique(found)
    if primes.size and primes[0] == 0:
        raise Degenerate(
            "no row speaks against the outcome, so every condition is dropped and nothing is left to minimise",
            mend="look at the truth table: raise incl_cut, or add cases without the outcome",
        )
    return primes


def _largest_allowed(forbidden: int, k: int) -> Ints:
    """The sets of conditions that can be freed and cannot grow, given the forbidden differences as bits."""
    without = _without(k)
    closed = forbidden
    for i in range(k):
        closed |= (closed & without[i]) << (1 << i)
    good = closed ^ ((1 << (1 << k)) - 1)
    can_grow = 0
    for i in range(k):
        can_grow |= (good >> (1 << i)) & without[i]
    return _positions(good & ~can_grow, k)


def _unless_all_allowed(differences: Ints, space: Space) -> int:
    """Bits of the differences at which some row is not allowed."""
    k = len(space.levels)
    full = (1 << (1 << k)) - 1
    if max(space.levels) == 2:  # each difference is that of one row
        return full ^ _bits(differences, k)
    seen, counts = np.unique(differences, return_counts=True)
    spare = np.array(space.levels, np.int64) - 1
    needed = np.where(seen[:, None] >> np.arange(k) & 1, spare, 1).prod(axis=1)
    return full ^ _bits(seen[counts == needed], k)


def _fields(space: Space, subsets: Ints) -> Ints:
    """Sets of conditions (bits of an integer) → their bit fields."""
    result = np.zeros(len(subsets), np.int64)
    for i, bits in enumerate(space.fields.tolist()):
        result |= (subsets >> i & 1) * bits
    return result


@lru_cache(maxsize=32)
def _without(k: int) -> tuple[int, ...]:
    """Per condition the sets, as bits, that do not hold it."""
    result = []
    for i in range(k):
        block = (1 << (1 << i)) - 1
        width = 1 << (i + 1)
        while width < 1 << k:
            block |= block << width
            width *= 2
        result.append(block)
    return tuple(result)


def _bits(positions: Ints, k: int) -> int:
    if positions.size < _FEW_BITS and k <= 10:
        value = 0
        for position in positions.tolist():
            value |= 1 << position
        return value
    flags = np.zeros(max(1 << k, 8), np.uint8)
    flags[positions] = 1
    return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")


def _positions(value: int, k: int) -> Ints:
    if value.bit_count() < _FEW_BITS and k <= 10:
        found = []
        while value:
            low = value & -value
            found.append(low.bit_length() - 1)
            value ^= low
        return np.array(found, np.int64)
    raw = np.frombuffer(value.to_bytes(max(1, (1 << k) // 8), "little"), np.uint8)
    return np.flatnonzero(np.unpackbits(raw, bitorder="little"))
