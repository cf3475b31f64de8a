"""Draws of many cells: the right distribution, and nothing but a cell's own evidence in it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factories.analysis_cases import education, evidence_of, plant

from crosscase.analysis.bootstrap import draw_shares, effective, expected_shares, paired_shares
from crosscase.analysis.cells import Cells, arrange_cells, spread_over_others
from crosscase.analysis.distribution import distribution, distributions, weightings
from crosscase.errors import AnalysisError

FRAMEWORK = education()
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def by_the_book(counts: np.ndarray, weights: np.ndarray, prior: float, draws: int, seed: int) -> np.ndarray:
    """The same estimate straight from its definition: gamma weights, Dirichlet shares, one atom."""
    rng = np.random.default_rng(seed)
    n_categories = counts.shape[1]
    weight = rng.gamma(np.broadcast_to(effective(weights), (draws, len(counts))))
    shares = rng.gamma(np.broadcast_to(counts + counts.sum(axis=0) / counts.sum(), (draws, *counts.shape)))
    shares /= shares.sum(axis=2, keepdims=True)
    atom = rng.dirichlet(np.ones(n_categories), draws) * rng.gamma(prior, size=(draws, 1))
    whole = np.einsum("dg,dgk->dk", weight, shares) + atom
    return whole / whole.sum(axis=1, keepdims=True)


CASES = {
    "one source": np.array([[1.0, 0.0, 0.0]]),
    "one that names two": np.array([[1.0, 0.5, 0.0]]),
    "all agree": np.array([[0.0, 2.0, 0.0]] * 5),
    "few sources": np.array([[3.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.25, 0.0, 0.0]]),
    "many sources": np.random.default_rng(5).poisson([1.0, 0.6, 0.3], (40, 3)) + np.eye(3)[np.arange(40) % 3] * 0.75,
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("weighting", ["alike", "unequal"])
def test_draws_have_the_distribution_that_the_definition_says(name: str, weighting: str) -> None:
    counts = CASES[name]
    weights = np.ones(len(counts)) if weighting == "alike" else 0.2 + np.arange(len(counts)) % 3
    ours = draw_shares(counts, weights, 1.0, 20_000, np.random.default_rng(1))
    book = by_the_book(counts, weights, 1.0, 20_000, 2)
    for k in range(counts.shape[1]):
        # 20,000 draws on either side: a quantile's Monte Carlo error is about .006 of a wide distribution.
        assert np.quantile(ours[:, k], QUANTILES) == pytest.approx(np.quantile(book[:, k], QUANTILES), abs=0.02)
    assert ours.mean(axis=0) == pytest.approx(expected_shares(counts, weights, 1.0), abs=0.006)
    assert np.cov(ours.T) == pytest.approx(np.cov(book.T), abs=0.002)


def test_the_mean_of_the_draws_is_right_over_many_seeds() -> None:
    counts = CASES["few sources"]
    means = [draw_shares(counts, np.ones(3), 1.0, 1000, np.random.default_rng(s)).mean(axis=0) for s in range(60)]
    # 60,000 draws in all: what is left is below a thousandth and a half.
    assert np.mean(means, axis=0) == pytest.approx(expected_shares(counts, np.ones(3), 1.0), abs=0.0025)


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_shares_are_between_0_and_1_and_add_up(data: st.DataObject) -> None:
    n, k = data.draw(st.integers(1, 12)), data.draw(st.integers(2, 6))
    number = st.one_of(st.just(0.0), st.floats(0.05, 5.0))
    counts = np.array([data.draw(st.lists(number, min_size=k, max_size=k)) for _ in range(n)])
    counts = counts[counts.sum(axis=1) > 0]
    drawn = draw_shares(counts, np.ones(len(counts)), data.draw(st.floats(0.1, 3.0)), 300, np.random.default_rng(7))
    assert np.isfinite(drawn).all()
    assert drawn.min() >= 0.0
    assert drawn.sum(axis=1) == pytest.approx(1.0, abs=1e-6)


def test_a_cell_does_not_depend_on_the_cells_beside_it() -> None:
    frame = plant(11, ["managerial", "networked", "federated"]).evidence
    whole = distribution(frame, FRAMEWORK, draws=400, seed=3).table
    for case in ("case1", "case3"):
        alone = distribution(frame.filter(pl.col("case") == case), FRAMEWORK, draws=400, seed=3).table
        assert alone.equals(whole.filter(pl.col("case") == case))


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    frame = plant(12, ["managerial"]).evidence
    one, again, other = (distribution(frame, FRAMEWORK, draws=400, seed=s).table for s in (3, 3, 4))
    assert one.equals(again)
    assert not one["low"].equals(other["low"])
    assert one["share"].equals(other["share"])


def test_not_stated_is_a_share_of_all_codings_and_takes_nothing_from_the_loci() -> None:
    rows = [{"source": s, "code": "infra.curr.common", "locus": "school"} for s in "abcd"]
    silent = [{**row, "locus": "not_stated", "start": 500, "end": 550} for row in rows]
    without = distribution(evidence_of(*rows), FRAMEWORK, draws=2000).table
    table = distribution(evidence_of(*rows, *silent), FRAMEWORK, draws=2000).table
    pick = (pl.col("case") == "urban") & (pl.col("domain") == "infra")
    named = pl.col("locus") != "not_stated"
    assert table.filter(pick, named)["share"].to_list() == without.filter(pick, named)["share"].to_list()
    unstated = table.filter(pick, ~named)
    # By hand: four sources with one of each, p = ½; (4 · 1.5 / 3 + ½) / 5.
    assert unstated["share"][0] == pytest.approx((4 * 1.5 / 3 + 0.5) / 5)
    book = by_the_book(np.full((4, 2), 1.0), np.ones(4), 1.0, 20_000, 9)[:, 1]
    assert unstated.select("low", "high").row(0) == pytest.approx(tuple(np.quantile(book, (0.05, 0.95))), abs=0.03)


def test_work_is_divided_by_subdomain_code_and_account() -> None:
    frame = evidence_of(
        {"source": "a", "code": "infra.curr.common", "locus": "school", "level": "central"},
        {"source": "b", "code": "infra.curr.local", "locus": "joint", "level": "school"},
    )
    by_code = distribution(frame, FRAMEWORK, by=("case", "code"), draws=200)
    assert by_code.evidence["urban", "infra.curr.local", "joint"] == (2,)
    by_level = distribution(frame, FRAMEWORK, by=("case", "domain", "level"), draws=200).table
    located = by_level.filter(pl.col("n_codings") > 0).select("level", "locus").rows()
    assert sorted(located) == [("central", "school"), ("school", "joint")]
    assert "infra" in distribution(frame, FRAMEWORK, by=("case", "subdomain"), draws=200).table["subdomain"].to_list()
    with pytest.raises(AnalysisError, match="no column weather"):
        distribution(frame, FRAMEWORK, by=("case", "weather"))


def test_split_by_actuality_what_is_espoused_is_not_discounted() -> None:
    rows = [{"source": s, "code": "infra.other", "locus": "school"} for s in "abc"]
    espoused = [{**row, "actuality": "espoused", "locus": "joint", "start": 300, "end": 350} for row in rows]
    table = distribution(evidence_of(*rows, *espoused), FRAMEWORK, by=("case", "domain", "actuality"), draws=200).table
    weights = table.filter(pl.col("n_codings") > 0).select("actuality", "affirmed").rows()
    assert sorted(weights) == [("enacted", 3.0), ("espoused", 3.0)]


def test_the_three_weightings_say_where_they_leave_the_interval() -> None:
    # One talkative source against nine that say the opposite once.
    talk = [
        {"source": "t", "code": "infra.other", "locus": "central_office", "start": i * 100, "end": i * 100 + 50}
        for i in range(40)
    ]
    others = [{"source": f"s{i}", "code": "infra.other", "locus": "school"} for i in range(9)]
    frame = evidence_of(*talk, *others)
    side_by_side = weightings(frame, FRAMEWORK, draws=1000).filter(pl.col("domain") == "infra")
    school = side_by_side.filter(pl.col("locus") == "school").row(0, named=True)
    assert school["differs"]
    assert school["volume"] < school["low"] < school["source"]
    found = distributions(frame, FRAMEWORK, draws=1000)
    row = found["volume"].table.filter((pl.col("domain") == "infra") & (pl.col("locus") == "school"))
    assert row["share"][0] == pytest.approx(school["volume"])
    assert row["low"][0] < row["share"][0] < row["high"][0]


def test_cells_without_sources_are_unknown_and_not_nought() -> None:
    cells = arrange_cells(
        pl.DataFrame(
            {"case": ["a"], "source": ["s"], "level": ["school"], "locus": ["x"], "affirmed": [1.0], "denied": [0.0]}
        ),
        pl.DataFrame({"case": ["a", "b"]}),
        ("x", "y"),
        "?",
        "locus",
    )
    assert isinstance(cells, Cells)
    assert np.isnan(cells.expected("source", 1.0)[1]).all()
    assert cells.n_located().tolist() == [1, 0]


def test_a_denial_keeps_its_weight_and_gives_none_to_what_it_denies() -> None:
    affirmed, denied = np.array([[2.0, 0.0, 1.0]]), np.array([[0.0, 3.0, 0.0]])
    counts = spread_over_others(affirmed, denied, affirmed)
    assert counts.sum() == pytest.approx(6.0)
    assert counts[0, 1] == 0.0
    # By hand: p = (2 + ⅓, ⅓, 1 + ⅓) / 4; of the 3 denied, p₀ / (1 − p₁) go to the first.
    assert counts[0, 0] == pytest.approx(2.0 + 3.0 * (7 / 3) / (11 / 3))


def test_paired_draws_share_what_sources_have_in_common() -> None:
    counts = np.array([[4.0, 0.0], [0.0, 4.0]] * 4)
    one, other = paired_shares([counts, counts], 1.0, 4000, np.random.default_rng(1), 8)
    apart = draw_shares(counts, np.ones(8), 1.0, 4000, np.random.default_rng(2))
    assert (one - other)[:, 0].std() < 0.8 * (one[:, 0] - apart[:, 0]).std()
    assert one.mean(axis=0) == pytest.approx(expected_shares(counts, np.ones(8), 1.0), abs=0.02)
