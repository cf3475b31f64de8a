"""Draws for double coding, how many sources an interval needs, and how often to look."""

from __future__ import annotations

import math
from functools import partial

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from crosscase.analysis.agreement.study.planning import (
    draw_sources,
    look_levels,
    plan_table,
    sources_needed,
    width_at,
)
from crosscase.errors import Degenerate, InputError

CELLS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["interview", "document"])), min_size=1, max_size=40)


def sources(cells: list[tuple[str, str]]) -> pl.DataFrame:
    rows = [(f"s{n:02}", case, kind, "school") for n, (case, kind) in enumerate(cells)]
    return pl.DataFrame(rows, schema=["name", "case", "kind", "level"], orient="row")


@settings(deadline=None, max_examples=60)
@given(CELLS, st.data())
def test_a_draw_has_its_size_and_every_stratum_its_share(cells: list[tuple[str, str]], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(cells)))
    found = draw_sources(sources(cells), n, seed=3)
    assert sum(len(s.drawn) for s in found) == n
    assert sum(s.n_sources for s in found) == len(cells)
    for stratum in found:
        assert len(set(stratum.drawn)) == len(stratum.drawn) <= stratum.n_sources
        if n >= len(found):
            assert stratum.drawn
    assert found == draw_sources(sources(cells), n, seed=3)


def test_another_seed_draws_others_and_context_is_never_drawn() -> None:
    pool = sources([("a", "interview")] * 30 + [("a", "context")] * 5)
    names = {seed: draw_sources(pool, 10, seed)[0].drawn for seed in (1, 2)}
    assert names[1] != names[2]
    with pytest.raises(InputError, match="31 of 30"):
        draw_sources(pool, 31, 1)
    assert draw_sources(pool, 5, 1, kinds=["interview"])[0].kind == "interview"


@given(st.floats(0.01, 0.2), st.integers(3, 60), st.floats(0.05, 0.9))
@settings(deadline=None)
def test_the_number_of_sources_is_the_smallest_that_is_narrow_enough(se: float, pilot: int, width: float) -> None:
    n = sources_needed(se, pilot, width)
    assert width_at(se, pilot, n) <= width
    assert n == 2 or width_at(se, pilot, n - 1) > width


def test_a_pilot_that_does_not_vary_cannot_plan() -> None:
    table = plan_table({"rare": (0.2, 12), "flat": (0.0, 12)}, 0.2, 0.95)
    assert table["code"].to_list() == ["rare", "flat"]
    assert table["not_defined"][1].startswith("not defined: all sources of the pilot agree alike")
    with pytest.raises(InputError, match="a width"):
        sources_needed(0.1, 12, 0.0)
    with pytest.raises(Degenerate, match="two sources"):
        sources_needed(0.1, 1, 0.2)


def test_planned_looks_spend_what_the_function_of_lan_and_demets_allows() -> None:
    levels = look_levels([1 / 3, 2 / 3, 1.0])
    z = norm.ppf(0.975)
    spent = [2 - 2 * norm.cdf(z / math.sqrt(t)) for t in (1 / 3, 2 / 3, 1)]
    assert [1 - x for x in levels] == pytest.approx([spent[0], spent[1] - spent[0], spent[2] - spent[1]])
    assert sum(1 - x for x in levels) == pytest.approx(0.05)
    for wrong in ([], [0.5], [0.5, 0.5, 1.0], [0.0, 1.0]):
        with pytest.raises(InputError, match="looks rise"):
            look_levels(wrong)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, math.nan, math.inf])
def test_a_level_outside_0_and_1_is_refused(level: float) -> None:
    for ask in (
        partial(look_levels, [0.5, 1.0]),
        partial(sources_needed, 0.06, 12, 0.2),
        partial(width_at, 0.06, 12, 12),
    ):
        with pytest.raises(InputError, match="a level lies between 0 and 1"):
            ask(level)


@given(st.floats(0.01, 0.3), st.integers(2, 40), st.floats(0.05, 0.6))
def test_a_higher_level_never_asks_for_fewer_sources(se: float, pilot: int, width: float) -> None:
    assert sources_needed(se, pilot, width, 0.8) <= sources_needed(se, pilot, width, 0.95)
