"""Ratings of people with leanings of their own: where a case stands is found, and how sure that is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.factories.analysis_cases import plant, welfare

from crosscase.analysis.identify import identify
from crosscase.analysis.rated import Rated, place_cases
from crosscase.errors import AnalysisError

SCALE = (-2, -1, 0, 1, 2)
SEVERITY = {"ana": 0.7, "ben": -0.6, "cy": 0.0}


def rated(seed: int, n_cases: int = 12, n_codes: int = 6) -> tuple[pl.DataFrame, dict[tuple[str, str], float]]:
    """Three coders, one high, one low, rate every case on every construct."""
    rng = np.random.default_rng(seed)
    truth, rows = {}, []
    for c in range(n_cases):
        for i in range(n_codes):
            place = float(rng.uniform(-2, 2))
            truth[f"case{c}", f"code{i}"] = place
            for coder, lean in SEVERITY.items():
                value = place + lean + 0.4 * rng.standard_normal()
                rows.append((f"case{c}", f"code{i}", coder, float(np.clip(round(value), -2, 2))))
    schema = {"case": pl.String, "code": pl.String, "coder": pl.String, "rating": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row"), truth


@pytest.fixture(scope="module")
def found() -> tuple[Rated, dict[tuple[str, str], float]]:
    ratings, truth = rated(1)
    return place_cases(ratings, SCALE, draws=800), truth


def test_places_are_found_and_their_intervals_hold(found: tuple[Rated, dict[tuple[str, str], float]]) -> None:
    result, truth = found
    inside = []
    for (case, code), place in truth.items():
        low, high = np.quantile(result.places[case][code], (0.05, 0.95))
        inside.append(low <= place <= high)
    assert 0.82 <= np.mean(inside) <= 0.98  # 72 intervals of 90 %


def test_a_coder_who_rates_high_is_known(found: tuple[Rated, dict[tuple[str, str], float]]) -> None:
    result, _ = found
    lean = {coder: float(draws.mean()) for coder, draws in result.severity.items()}
    assert lean["ana"] - lean["ben"] == pytest.approx(1.3, abs=0.25)
    assert lean["ana"] > lean["cy"] > lean["ben"]
    assert result.noise.mean() == pytest.approx(0.4, abs=0.15)


def test_one_rating_leaves_more_open_than_three() -> None:
    ratings, _ = rated(2)
    three = place_cases(ratings, SCALE, draws=800).places["case0"]["code0"].std()
    alone = ratings.filter((pl.col("case") != "case0") | (pl.col("coder") == "ana"))
    one = place_cases(alone, SCALE, draws=800).places["case0"]["code0"].std()
    assert one > 1.2 * three


def test_the_order_of_ratings_does_not_matter() -> None:
    ratings, _ = rated(3, 3, 2)
    one = place_cases(ratings, SCALE, draws=50).places
    other = place_cases(ratings.sample(fraction=1.0, shuffle=True, seed=9), SCALE, draws=50).places
    assert all(np.array_equal(one[c][k], other[c][k]) for c in one for k in one[c])


def test_wrong_ratings_are_refused_in_a_sentence() -> None:
    ratings, _ = rated(4, 2, 1)
    with pytest.raises(AnalysisError, match="no point of the scale"):
        place_cases(ratings.with_columns(rating=pl.lit(3.0)), SCALE)
    with pytest.raises(AnalysisError, match="times"):
        place_cases(pl.concat([ratings, ratings]), SCALE)
    with pytest.raises(AnalysisError, match="two points"):
        place_cases(ratings, (0,))


def test_uncertain_ratings_make_uncertain_types() -> None:
    """The rules of a framework of figures, fed with draws instead of numbers."""
    framework = welfare()
    sure = {"north": {"rate": 0.62, "flat": 0.62, "private": 0.38}}
    rng = np.random.default_rng(5)
    loose = {
        case: {k: v + 0.25 * rng.standard_normal(400) for k, v in figures.items()} for case, figures in sure.items()
    }
    evidence = plant(15, ["managerial"]).evidence.clear()
    known = identify(evidence, framework, numbers=sure, cases=["north"], draws=400)
    open_ = identify(evidence, framework, numbers=loose, cases=["north"], draws=400)
    width = {
        name: r.table.select((pl.col("high") - pl.col("low")).max()).item() for name, r in (("k", known), ("o", open_))
    }
    assert width["k"] == pytest.approx(0.0, abs=1e-9)
    assert width["o"] > 0.3
    assert open_.parameters["numbers"]["north"]["rate"] == pytest.approx(0.62, abs=0.05)
    assert replace(open_, codings=evidence).table.height == known.table.height
