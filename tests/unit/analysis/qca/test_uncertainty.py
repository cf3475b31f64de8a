"""Uncertain memberships: without uncertainty it is the point solution; with it, shares of draws are right."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from tests.unit.analysis.qca.published import read_data

from crosscase.analysis.qca.clock import Limits
from crosscase.analysis.qca.minimise import minimize
from crosscase.analysis.qca.truth_table import truth_table
from crosscase.analysis.qca.uncertainty import draw_memberships, uncertainty
from crosscase.errors import Degenerate, InputError, NotEnoughEvidence

CONDITIONS = ["DEV", "URB", "LIT", "IND", "STB"]


def test_memberships_without_uncertainty_give_the_point_solution_in_every_draw(shared: Path) -> None:
    data = read_data(shared, "T04_LF.csv")
    x, y = data.select(CONDITIONS).to_numpy(), data["SURV"].to_numpy()
    found = uncertainty(
        np.tile(x, (5, 1, 1)), y, cases=data["case"].to_list(), conditions=CONDITIONS, incl_cut=0.8, include="?"
    )
    table = truth_table(data, "SURV", CONDITIONS, incl_cut=0.8)
    solution = minimize(table, include="?")
    assert {frozenset(m) for m in found.point.models} == {frozenset(m.terms) for m in solution.models}
    assert found.n_patterns == 1
    assert set(found.models["p_model"]) == {1.0}
    for row, published in zip(found.table.iter_rows(named=True), table.table.iter_rows(named=True), strict=True):
        assert (row["row"], row["OUT"], row["n"]) == (published["row"], published["OUT"], published["n"])
        assert row["incl"] == row["incl_low"] == row["incl_high"] == pytest.approx(published["incl"], abs=1e-12)
        assert row["p_out"] == (1.0 if published["OUT"] == "1" else 0.0)
    (model,) = solution.models
    (shown,) = found.models.iter_rows(named=True)
    assert (shown["inclS"], shown["covS"]) == pytest.approx((model.solution.inclS, model.solution.covS))


def test_every_draw_is_solved_as_minimize_solves_it() -> None:
    rng = np.random.default_rng(4)
    low = rng.random((10, 3)) * 0.6
    draws = draw_memberships(low, low + 0.4, draws=60, seed=3)
    y = rng.random(10)
    names = ["A", "B", "C"]
    found = uncertainty(draws, y, cases=[str(i) for i in range(10)], conditions=names, incl_cut=0.75, include="")
    counted: dict[frozenset[str], int] = {}
    unsolved = 0
    for x in draws:
        frame = {"case": [f"c{i}" for i in range(10)], "Y": y} | {n: x[:, j] for j, n in enumerate(names)}
        table = truth_table(frame, "Y", names, incl_cut=0.75)
        try:
            models = minimize(table).models
        except (Degenerate, NotEnoughEvidence):
            unsolved += 1
            continue
        for model in models:
            key = frozenset(model.terms)
            counted[key] = counted.get(key, 0) + 1
    ours = {frozenset(row["model"].split(" + ")): row["p_model"] for row in found.models.iter_rows(named=True)}
    assert {k: pytest.approx(v / 60) for k, v in counted.items()} == {k: v for k, v in ours.items() if v > 0}
    assert found.unsolved["share"].sum() == pytest.approx(unsolved / 60)
    shares = found.table.select("p_out", "p_not", "p_contradiction", "p_remainder").sum_horizontal()
    assert shares.to_list() == pytest.approx([1.0] * len(shares))


def test_a_case_between_two_rows_makes_the_row_uncertain_by_hand() -> None:
    # The third case is in A in three draws of four; only then do two cases speak in row A, one of them against.
    x = np.array([[[0.9], [0.1], [0.6]]] * 3 + [[[0.9], [0.1], [0.4]]])
    found = uncertainty(x, np.array([1.0, 0.0, 0.0]), cases=["p", "q", "r"], conditions=["A"], incl_cut=0.6)
    row = found.table.filter(found.table["row"] == 2).row(0, named=True)
    # Σmin/Σx: .9/1.6 = .5625 with .6, .9/1.4 = .643 with .4.
    assert row["p_out"] == 0.25 and row["p_not"] == 0.75 and row["n_mean"] == 1.75
    assert found.cases["r"] == {2: 0.75, 1: 0.25}
    assert found.models.row(0, named=True)["model"] == "A" and found.models["p_model"][0] == 0.25
    assert found.unsolved["share"].to_list() == [0.75]


def test_an_uncertain_outcome_alone_makes_rows_uncertain_by_hand() -> None:
    # Two crisp cases with A, one without; whether the second of them shows the outcome differs between the draws.
    x = np.tile([[1.0], [1.0], [0.0]], (4, 1, 1))
    y = np.array([[1.0, 0.9, 0.2], [1.0, 0.7, 0.2], [1.0, 0.2, 0.2], [1.0, 0.1, 0.2]])
    found = uncertainty(x, y, cases=["p", "q", "r"], conditions=["A"], incl_cut=0.8)
    row = found.table.filter(found.table["row"] == 2).row(0, named=True)
    # incl = (1 + y)/2: .95, .85, .60, .55; at the median .45 it is .725, so the point has no such row.
    assert (row["OUT"], row["p_out"], row["p_not"]) == ("0", 0.5, 0.5)
    assert row["incl"] == pytest.approx(0.725)
    assert (row["incl_low"], row["incl_high"]) == pytest.approx(np.quantile([0.95, 0.85, 0.6, 0.55], [0.05, 0.95]))
    (model,) = found.models.iter_rows(named=True)
    assert (model["model"], model["p_model"], model["p_only"], model["in_point"]) == ("A", 0.5, 0.5, False)
    # covS = Σmin(x, y)/Σy of A over the draws, medians
    covered = [1.9 / 2.1, 1.7 / 1.9, 1.2 / 1.4, 1.1 / 1.3]
    assert model["covS"] == pytest.approx(np.median(covered))
    assert found.unsolved["share"].to_list() == [0.5]
    assert found.cases == {"p": {2: 1.0}, "q": {2: 1.0}, "r": {1: 1.0}}


def test_multi_value_conditions_are_solved_in_every_draw_as_minimize_solves_them() -> None:
    rng = np.random.default_rng(11)
    names, levels = ["A", "M"], [2, 3]
    a = draw_memberships(np.full(9, 0.2), np.full(9, 0.8), draws=40, seed=2)
    certain = np.arange(9) % 3
    m = np.tile(certain.astype(float), (40, 1))
    m[:, 0] = rng.integers(0, 3, 40)  # nobody knows the level of the first case
    y = rng.random(9)
    found = uncertainty(
        np.stack([a, m], axis=2), y, cases=[f"c{i}" for i in range(9)], conditions=names, incl_cut=0.6, levels=levels
    )
    counted: dict[frozenset[str], int] = {}
    for i in range(40):
        frame = {"case": [f"c{k}" for k in range(9)], "Y": y, "A": a[i], "M": m[i].astype(int)}
        try:
            models = minimize(truth_table(frame, "Y", names, incl_cut=0.6)).models
        except (Degenerate, NotEnoughEvidence):
            continue
        for model in models:
            key = frozenset(model.terms)
            counted[key] = counted.get(key, 0) + 1
    ours = {frozenset(r["model"].split(" + ")): r["p_model"] for r in found.models.iter_rows(named=True)}
    assert any("M[2]" in term or "M[1]" in term for key in counted for term in key)
    assert {k: pytest.approx(v / 40) for k, v in counted.items()} == {k: v for k, v in ours.items() if v > 0}
    rows = {number for shares in [found.cases["c0"]] for number in shares}
    assert len(rows) > 2  # the unknown level puts the case into rows of every level
    with pytest.raises(InputError, match="M is missing or outside its range"):
        uncertainty(np.stack([a, m + 0.5], axis=2), y, cases=["c"] * 9, conditions=names, levels=levels)
    with pytest.raises(InputError, match="levels do not fit"):
        uncertainty(np.stack([a, m], axis=2), y, cases=["c"] * 9, conditions=names, levels=[2])


def test_the_same_seed_gives_the_same_answer_and_intervals_hold_their_level() -> None:
    low, high = np.full((4, 2), 0.3), np.full((4, 2), 0.8)
    draws = draw_memberships(low, high, level=0.9, draws=4000, seed=8)
    assert np.array_equal(draws, draw_memberships(low, high, level=0.9, draws=4000, seed=8))
    assert ((draws >= 0.3) & (draws <= 0.8)).mean() == pytest.approx(0.9, abs=0.01)
    known = draw_memberships([0.0, 0.4], [0.0, 0.4], draws=3)
    assert (known == [0.0, 0.4]).all()


def test_hundreds_of_draws_take_seconds(shared: Path) -> None:
    data = read_data(shared, "T04_LF.csv")
    x, y = data.select(CONDITIONS).to_numpy(), data["SURV"].to_numpy()
    draws = draw_memberships(np.clip(x - 0.1, 0, 1), np.clip(x + 0.1, 0, 1), draws=500, seed=1)
    start = perf_counter()
    found = uncertainty(draws, y, cases=data["case"].to_list(), conditions=CONDITIONS, incl_cut=0.8, include="?")
    assert perf_counter() - start < 20  # about a second on an idle core
    assert found.n_patterns > 1


def test_when_time_is_over_the_share_of_unsolved_draws_is_said(shared: Path) -> None:
    data = read_data(shared, "T04_LF.csv")
    x, y = data.select(CONDITIONS).to_numpy(), data["SURV"].to_numpy()
    draws = draw_memberships(np.clip(x - 0.1, 0, 1), np.clip(x + 0.1, 0, 1), draws=50, seed=1)
    limits = Limits(seconds=60.0, cancelled=lambda: True)
    found = uncertainty(draws, y, cases=data["case"].to_list(), conditions=CONDITIONS, limits=limits)
    assert dict(found.unsolved.iter_rows())["not solved: time was over"] > 0.9
    assert not found.models.height


def test_draws_of_another_shape_are_refused() -> None:
    with pytest.raises(InputError, match="shape"):
        uncertainty(np.zeros((3, 2)), np.zeros(2), cases=["a", "b"], conditions=["A"])
    with pytest.raises(InputError, match="outside"):
        uncertainty(np.full((3, 2, 1), np.nan), np.zeros(2), cases=["a", "b"], conditions=["A"])
    with pytest.raises(InputError, match="out of order"):
        draw_memberships([0.5], [0.4])
