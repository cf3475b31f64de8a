"""Five other packages give the same answers: stored by benchmarks/agreement/oracles.py, which says why they stay out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crosscase.analysis import agreement as ag

ORACLES = json.loads(
    (Path(__file__).resolve().parents[2] / "benchmarks/agreement/oracles.json").read_text(encoding="utf-8")
)
FAMILY: dict[str, Callable[..., ag.Estimate]] = {
    "gwet": ag.gwet_ac2,
    "fleiss": ag.fleiss_kappa,
    "conger": ag.conger_kappa,
    "bp": ag.brennan_prediger,
}


def named(kind: str) -> list[str]:
    return [name for name in ORACLES if name.startswith(kind)]


@pytest.mark.parametrize("name", named("panel"))
def test_alpha_is_that_of_krippendorff_on_pypi(name: str) -> None:
    for metric, value in ORACLES[name]["values"]["alpha"].items():
        estimate = ag.krippendorff_alpha(ORACLES[name]["data"], metric, interval="none")
        assert estimate.value == pytest.approx(value, abs=1e-9), metric


@pytest.mark.parametrize("name", named("panel"))
@pytest.mark.parametrize("weights", ["identity", "linear", "quadratic"])
@pytest.mark.parametrize("coefficient", FAMILY)
def test_values_and_closed_forms_are_those_of_irrcac(name: str, weights: str, coefficient: str) -> None:
    expected = ORACLES[name]["values"][weights][coefficient]
    # irrCAC takes positions for distances and counts the categories that occur, here 1 to 5.
    estimate = FAMILY[coefficient](ORACLES[name]["data"], weights, interval="analytic")
    assert estimate.value == pytest.approx(expected["value"], abs=1e-5)
    assert estimate.se == pytest.approx(expected["se"], abs=1e-5)


@pytest.mark.parametrize("name", named("panel"))
@pytest.mark.parametrize(("weights", "metric"), [("identity", "nominal"), ("quadratic", "interval")])
def test_the_closed_form_of_alpha_is_that_of_irrcac(name: str, weights: str, metric: Any) -> None:
    expected = ORACLES[name]["values"][weights]["krippendorff"]
    estimate = ag.krippendorff_alpha(ORACLES[name]["data"], metric, interval="analytic")
    assert estimate.value == pytest.approx(expected["value"], abs=1e-5)
    assert estimate.se == pytest.approx(expected["se"], abs=1e-5)


@pytest.mark.parametrize("name", [n for n in named("panel") if "statsmodels_fleiss" in ORACLES[n]["values"]])
def test_fleiss_is_that_of_statsmodels(name: str) -> None:
    expected = ORACLES[name]["values"]["statsmodels_fleiss"]
    assert ag.fleiss_kappa(ORACLES[name]["data"]).value == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", named("pair"))
@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_cohen_is_that_of_scikit_learn_and_statsmodels(name: str, weights: str | None) -> None:
    expected = ORACLES[name]["values"][str(weights)]
    a, b = ([row[c] for row in ORACLES[name]["data"]] for c in (0, 1))
    estimate = ag.cohen_kappa(a, b, weights, interval="analytic")
    assert estimate.value == pytest.approx(expected["scikit-learn"], abs=1e-9)
    assert estimate.value == pytest.approx(expected["statsmodels"], abs=1e-9)
    assert estimate.se == pytest.approx(expected["se"], abs=1e-9)
    assert estimate.null_se == pytest.approx(expected["null_se"], abs=1e-9)


@pytest.mark.parametrize("name", named("sets"))
@pytest.mark.parametrize("distance", ["masi", "jaccard"])
def test_alpha_over_sets_is_that_of_nltk(name: str, distance: str) -> None:
    estimate = ag.set_alpha(ORACLES[name]["data"], distance, interval="none")
    assert estimate.value == pytest.approx(ORACLES[name]["values"][distance], abs=1e-9)
