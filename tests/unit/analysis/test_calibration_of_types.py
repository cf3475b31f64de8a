"""The sampler is right: in studies imagined from its own prior, ranks are even and probabilities come true."""

from __future__ import annotations

import numpy as np
import pytest
from tests.factories.analysis_cases import education, plant

from crosscase.analysis.identify import Calibration, calibrate_model, identify
from crosscase.analysis.identify.calibration import CHI2_99
from crosscase.analysis.identify.check import check_identification

FRAMEWORK = education()
EVIDENCE = plant(41, ["managerial", "networked"], n_sources=8).evidence
# A small layout: 99 in 100 right samplers stay below the bound, and fifteen quantities are looked at.
LENIENT = CHI2_99 + 12


@pytest.fixture(scope="module")
def found() -> Calibration:
    fit = identify(EVIDENCE, FRAMEWORK, draws=500, allow_unconverged=True, tries=1).fit
    assert fit is not None
    return calibrate_model(fit.readings, fit.rules, studies=120, draws=300, warmup=200)


def test_the_ranks_of_the_truth_are_even(found: Calibration) -> None:
    assert len(found.ranks) > 10
    uneven = {name: found.chi_square(name) for name in found.ranks if found.chi_square(name) > LENIENT}
    assert uneven == {}


def test_intervals_hold_the_truth_as_often_as_they_say(found: Calibration) -> None:
    shares = np.concatenate([inside for name, inside in found.inside.items() if name.startswith("share")])
    assert 0.86 <= shares.mean() <= 0.94


def test_probabilities_of_types_come_true(found: Calibration) -> None:
    for row in found.reliability():
        if row["n"] >= 40:
            spread = 3 * np.sqrt(max(row["stated"] * (1 - row["stated"]), 0.01) / row["n"])
            assert abs(row["stated"] - row["right"]) < spread


def test_a_wrong_sampler_would_be_noticed(found: Calibration) -> None:
    """Overconfident ranks, as of intervals half as wide, do not pass."""
    ranks = {name: np.clip(0.5 + (r - 0.5) * 2, 0, 1) for name, r in found.ranks.items() if name.startswith("share")}
    broken = Calibration(ranks, found.inside, found.probability, found.type, found.n_studies)
    assert all(broken.chi_square(name) > LENIENT for name in ranks)


def test_the_check_of_a_study_says_what_it_looked_at() -> None:
    identified = identify(EVIDENCE, FRAMEWORK, draws=500, allow_unconverged=True, tries=1)
    check = check_identification(identified, EVIDENCE, FRAMEWORK, studies=12)
    assert check.n_studies == 12
    assert set(check.designs["design"]) == {"passages taken as independent", "bootstrap over sources", "model"}
    assert set(check.predictive["statistic"]) >= {"spread between sources"}
    assert check.prior["prior"].sum() == pytest.approx(1.0)
