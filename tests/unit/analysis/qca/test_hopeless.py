"""Prices of rows lose no cover within the budget, and large charts get all of their minimum covers."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosscase.analysis.qca.clock import Clock, Limits
from crosscase.analysis.qca.covers import minimum_covers
from crosscase.analysis.qca.hopeless import price_rows
from crosscase.analysis.qca.smallest import smallest_cover


@st.composite
def charts(draw: st.DrawFn) -> np.ndarray:
    n_rows, n_primes = draw(st.integers(3, 12)), draw(st.integers(3, 11))
    bits = draw(st.lists(st.integers(1, 2**n_primes - 1), min_size=n_rows, max_size=n_rows))
    return np.array([[row >> i & 1 for i in range(n_primes)] for row in bits], bool)


def covers_up_to(chart: np.ndarray, size: int) -> list[tuple[int, ...]]:
    """Every set of primes of at most this size that covers every row, by trying them all."""
    sets = (c for n in range(1, size + 1) for c in combinations(range(chart.shape[1]), n))
    return [c for c in sets if chart[:, list(c)].any(axis=1).all()]


@given(charts(), st.integers(0, 2))
@settings(deadline=None, max_examples=150)
def test_no_cover_within_the_budget_is_lost_and_the_bound_holds(chart: np.ndarray, spare: int) -> None:
    rows = [sum(1 << int(i) for i in np.flatnonzero(row)) for row in chart]
    smallest = next(n for n in range(1, chart.shape[1] + 1) if covers_up_to(chart, n))
    prices = price_rows(rows, smallest + spare)
    assert prices.at_least <= smallest
    needed = {i for cover in covers_up_to(chart, smallest + spare) if minimal(chart, cover) for i in cover}
    assert all(prices.allowed >> i & 1 for i in needed)


def minimal(chart: np.ndarray, cover: tuple[int, ...]) -> bool:
    return not any(chart[:, [j for j in cover if j != i]].any(axis=1).all() for i in cover if len(cover) > 1)


@given(charts())
@settings(deadline=None, max_examples=100)
def test_all_minimum_covers_are_those_of_brute_force(chart: np.ndarray) -> None:
    found = minimum_covers(chart, Clock(Limits()))
    smallest = next(n for n in range(1, chart.shape[1] + 1) if covers_up_to(chart, n))
    assert set(found.listed) == set(covers_up_to(chart, smallest)) and found.count == len(found.listed)


@pytest.mark.parametrize("seed", range(6))
def test_large_charts_with_planted_covers_get_all_of_them(seed: int) -> None:
    # 40 rows in 8 blocks; each block has two interchangeable columns, and there are 200 narrow ones beside them.
    rng = np.random.default_rng(seed)
    n_rows, blocks = 40, 8
    owner = np.repeat(np.arange(blocks), n_rows // blocks)
    wide = np.repeat((owner[:, None] == np.arange(blocks)), 2, axis=1)
    narrow = np.zeros((n_rows, 200), bool)
    for j in range(200):
        narrow[rng.choice(n_rows, 2, replace=False), j] = True
    chart = np.concatenate([wide, narrow], axis=1)
    found = minimum_covers(chart, Clock(Limits(seconds=30)))
    assert found.complete and found.count == 2**blocks
    assert {len(cover) for cover in found.listed} == {blocks}
    rows = [sum(1 << int(i) for i in np.flatnonzero(row)) for row in chart]
    assert smallest_cover(rows, Clock(Limits()))[0] == blocks
