"""Case selection: every measure against another way to compute it, and choices that can be seen by eye."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from scipy.spatial import distance

from crosscase.analysis.selection import METHODS, select_cases
from crosscase.analysis.selection.matching import distances
from crosscase.analysis.selection.regression import least_squares, propensity
from crosscase.analysis.selection.table import read_cases
from crosscase.errors import AnalysisError, Degenerate, NotEnoughEvidence

# Anscombe (1973), The American Statistician 27:17-21, the third data set: one case off an exact line.
ANSCOMBE = pl.DataFrame(
    {
        "case": list("abcdefghijk"),
        "x": [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0],
        "y": [7.46, 6.77, 12.74, 7.11, 7.81, 8.84, 6.08, 5.39, 8.15, 6.42, 5.73],
    }
)


def random_table(seed: int, n: int = 30) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    return x, x @ [1.0, -0.5, 0.2] + rng.normal(size=n)


def test_anscombes_outlier_is_the_deviant_and_the_influential_case() -> None:
    fit = least_squares(ANSCOMBE["y"].to_numpy(), ANSCOMBE[["x"]].to_numpy())
    # As published: y = 3.00 + 0.500 x, R² = .67 (rounded).
    assert fit.coefficients == pytest.approx([3.0, 0.5], abs=0.005)
    assert fit.r_squared == pytest.approx(0.666, abs=0.001)
    for method in ("deviant", "influential"):
        assert select_cases(ANSCOMBE, method, outcome="y", conditions=["x"]).cases == ("c",)
    assert "c" not in select_cases(ANSCOMBE, "typical", outcome="y", conditions=["x"], n=5).cases


@pytest.mark.parametrize("seed", range(3))
def test_diagnostics_are_those_of_leaving_each_case_out(seed: int) -> None:
    x, y = random_table(seed)
    fit = least_squares(y, x)
    design = np.column_stack([np.ones(len(y)), x])
    k = design.shape[1]
    beta = np.linalg.lstsq(design, y, rcond=None)[0]
    assert fit.coefficients == pytest.approx(beta)
    variance = ((y - design @ beta) ** 2).sum() / (len(y) - k)
    for i in range(0, len(y), 5):
        rest = np.delete(np.arange(len(y)), i)
        without = np.linalg.lstsq(design[rest], y[rest], rcond=None)[0]
        moved = design @ (beta - without)
        assert fit.cooks[i] == pytest.approx((moved @ moved) / (k * variance))
        spread = ((y[rest] - design[rest] @ without) ** 2).sum() / (len(rest) - k)
        error = np.sqrt(spread * (1 + design[i] @ np.linalg.inv(design[rest].T @ design[rest]) @ design[i]))
        assert fit.studentized[i] == pytest.approx((y[i] - design[i] @ without) / error)


def test_propensity_is_the_maximum_of_the_likelihood() -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(size=(60, 2))
    treated = (rng.random(60) < 1 / (1 + np.exp(-(0.4 + x @ [0.8, -0.6])))).astype(float)
    design = np.column_stack([np.ones(60), x])

    def loss(beta: np.ndarray) -> float:
        odds = design @ beta
        return float(np.logaddexp(0, odds).sum() - treated @ odds)

    best = optimize.minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-9}).x
    assert propensity(treated, x) == pytest.approx(design @ best, abs=1e-4)
    with pytest.raises(AnalysisError, match="separate"):
        propensity((x[:, 0] > 0).astype(float), x)


def test_mahalanobis_distances_are_scipys() -> None:
    x, y = random_table(2)
    frame = pl.DataFrame({"case": [f"c{i}" for i in range(30)], "a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": y})
    table = read_cases(frame, ["a", "b", "c"], "case")
    found = distances(table, ["a", "b", "c"], "mahalanobis", None)
    inverse = np.linalg.inv(np.cov(x, rowvar=False))
    assert found == pytest.approx(distance.cdist(x, x, "mahalanobis", VI=inverse), abs=1e-9)


DISTRICTS = pl.DataFrame(
    {
        "district": ["ash", "birch", "cedar", "dogwood", "elm", "fir", "gum", "holly"],
        "network": ["yes", "no", "yes", "no", "yes", "no", "yes", "no"],
        "size": [10.0, 10.5, 50.0, 49.0, 90.0, 12.0, 13.0, None],
        "poverty": [20.0, 21.0, 60.0, 61.0, 10.0, 80.0, 81.0, 5.0],
        "gain": [5.0, 1.0, 6.0, 2.0, 7.0, 1.5, 5.5, 3.0],
    }
)


def test_most_similar_pairs_differ_in_the_treatment_and_in_little_else() -> None:
    found = select_cases(DISTRICTS, "most-similar", treatment="network", conditions=["size", "poverty"], n=3)
    pairs = {frozenset(row) for row in found.table.select("case", "with").rows()}
    assert pairs == {frozenset(p) for p in (("ash", "birch"), ("cedar", "dogwood"), ("fir", "gum"))}
    assert found.left_out == ("holly",)
    assert "network yes and no" in found.table["reason"][0] or "network no and yes" in found.table["reason"][0]
    with pytest.raises(NotEnoughEvidence, match="3 suitable pairs are fewer than the 4"):
        select_cases(DISTRICTS, "most-similar", treatment="network", conditions=["size", "poverty"], n=4)


def test_exact_matching_wants_the_same_values() -> None:
    frame = DISTRICTS.with_columns(kind=pl.Series(["u", "u", "s", "u", "u", "s", "s", "s"]))
    found = select_cases(frame, "most-similar", treatment="network", conditions=["kind"], match="exact", n=2)
    kind = dict(frame.select("district", "kind").rows())
    for one, other in found.table.select("case", "with").rows():
        assert kind[one] == kind[other]
    with pytest.raises(AnalysisError, match="exact matching finds no unlike cases"):
        select_cases(frame, "most-different", treatment="network", conditions=["kind"], match="exact")


def test_most_different_pairs_agree_in_the_outcome() -> None:
    found = select_cases(DISTRICTS, "most-different", outcome="gain", conditions=["size", "poverty"])
    whole = DISTRICTS.drop_nulls()
    x, gain, names = whole[["size", "poverty"]].to_numpy(), whole["gain"].to_numpy(), whole["district"].to_list()
    apart = distance.cdist(x, x, "mahalanobis", VI=np.linalg.inv(np.cov(x, rowvar=False)))
    agree = np.abs(gain[:, None] - gain[None, :]) <= gain.std(ddof=1) / 2
    one, other = np.unravel_index(np.argmax(np.where(agree, apart, -1.0)), apart.shape)
    assert set(found.table.select("case", "with").row(0)) == {names[one], names[other]}
    assert found.table["measure"][0] == pytest.approx(apart[one, other])


def test_extreme_and_diverse_cases_say_why() -> None:
    extreme = select_cases(DISTRICTS, "extreme", outcome="size")
    assert extreme.cases == ("elm",)
    assert "above the mean" in extreme.table["reason"][0]
    diverse = select_cases(DISTRICTS, "diverse", conditions=["network", "poverty"], n=4)
    assert len(set(diverse.table["reason"])) == 4
    assert diverse.table["measure"].sum() == 8  # every case stands behind one of the four combinations


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("lucky", {"outcome": "gain"}, "no method 'lucky'"),
        ("typical", {"outcome": "gain"}, "needs conditions"),
        ("typical", {"conditions": ["size"]}, "needs an outcome"),
        ("typical", {"outcome": "gain", "conditions": ["depth"]}, "no column depth"),
        ("typical", {"outcome": "gain", "conditions": ["size", "poverty", "network"], "n": 0}, "0 cases"),
        ("most-similar", {"outcome": "gain"}, "pairs need conditions"),
        ("most-similar", {"conditions": ["size"], "outcome": "gain", "match": "luck"}, "not matched by 'luck'"),
        ("most-similar", {"conditions": ["size"], "outcome": "gain", "match": "propensity"}, "needs a treatment"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(method: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(AnalysisError, match=message):
        select_cases(DISTRICTS, method, **options)  # type: ignore[arg-type]


def test_too_few_rows_constants_and_exact_fits_are_refused() -> None:
    with pytest.raises(AnalysisError, match="too few for 2 conditions"):
        select_cases(DISTRICTS.head(4), "typical", outcome="gain", conditions=["size", "poverty"])
    with pytest.raises(AnalysisError, match="same in every case"):
        select_cases(DISTRICTS.with_columns(one=pl.lit(1.0)), "typical", outcome="gain", conditions=["one"])
    with pytest.raises(AnalysisError, match="determine each other"):
        doubled = DISTRICTS.with_columns(twice=pl.col("size") * 2)
        select_cases(doubled, "typical", outcome="gain", conditions=["size", "twice"])
    with pytest.raises(Degenerate, match="exactly"):
        exact = DISTRICTS.with_columns(line=pl.col("size") * 2 + 1)
        select_cases(exact, "typical", outcome="line", conditions=["size"])
    with pytest.raises(AnalysisError, match="more than once"):
        select_cases(pl.concat([DISTRICTS, DISTRICTS.head(1)]), "extreme", outcome="gain")


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([m for m in METHODS if not m.startswith("most")]))
def test_the_same_cases_are_chosen_whatever_the_order_of_columns_and_each_once(seed: int, method: str) -> None:
    x, y = random_table(seed, 14)
    frame = pl.DataFrame({"n": [f"c{i}" for i in range(14)], "a": x[:, 0], "b": x[:, 1], "y": y})
    options = {"outcome": "y", "conditions": ["a", "b"], "n": 3, "name": "n"}
    one = select_cases(frame, method, **options)  # type: ignore[arg-type]
    other = select_cases(frame.select("y", "b", "n", "a"), method, **options)  # type: ignore[arg-type]
    assert one.cases == other.cases
    assert len(set(one.cases)) == 3
