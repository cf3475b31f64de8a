"""Simulation-based calibration of the model of types on the layout of the simulated study, in pieces of ten studies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from crosscase import frameworks
from crosscase.analysis.identify.arrange import arrange
from crosscase.analysis.identify.calibration import CHI2_99, Calibration, calibrate_model
from crosscase.analysis.identify.dimensions import Readings, read_evidence
from crosscase.analysis.identify.kernel import Rules
from crosscase.analysis.identify.sampling import rules_of
from crosscase.analysis.identify.settings import Prior
from crosscase.simulate.design import seed_study
from crosscase.simulate.frame import evidence_of
from crosscase.simulate.study import simulate_study

_IN_A_PIECE = 10


def n_pieces(studies: int) -> int:
    """How many pieces so many studies take."""
    return max(1, -(-studies // _IN_A_PIECE))


@cache
def _layout() -> tuple[Readings, Rules]:
    framework = frameworks.load("education-systems")
    evidence = evidence_of(simulate_study(seed_study(seed=1), framework), framework)
    study = arrange(evidence, framework, {}, None)
    readings = read_evidence(study.located, study.spoken, framework, study.cases)
    figures = np.zeros((len(study.cases), len(study.types) + 1))
    return readings, rules_of(readings, study.types, Prior(), figures)


def piece(number: int, seed: int) -> Any:
    """Ten imagined studies: ranks, what the intervals held, and the probabilities of types."""
    readings, rules = _layout()
    found = calibrate_model(readings, rules, studies=_IN_A_PIECE, seed=seed * 100_000 + number)
    return {
        "ranks": {name: values.tolist() for name, values in found.ranks.items()},
        "inside": {name: values.tolist() for name, values in found.inside.items()},
        "probability": found.probability.round(6).tolist(),
        "type": found.type.tolist(),
    }


def summarise(pieces: Sequence[Any]) -> dict[str, Any]:
    """χ² and coverage per quantity, reliability of the probabilities of types."""
    names = sorted({name for one in pieces for name in one["ranks"]})
    whole = Calibration(
        {n: np.concatenate([np.array(one["ranks"].get(n, [])) for one in pieces]) for n in names},
        {n: np.concatenate([np.array(one["inside"].get(n, []), dtype=bool) for one in pieces]) for n in names},
        np.concatenate([np.array(one["probability"]) for one in pieces]),
        np.concatenate([np.array(one["type"], dtype=np.int64) for one in pieces]),
        _IN_A_PIECE * len(pieces),
    )
    quantities = {
        name: {
            "chi_square": round(whole.chi_square(name), 2),
            "met": whole.chi_square(name) < CHI2_99,
            "coverage": round(whole.coverage(name), 4),
            "n": len(whole.ranks[name]),
        }
        for name in names
    }
    often, right = whole.claimed(0.90)
    return {
        "studies": whole.n_studies,
        "bar": f"χ² of the ranks in ten bins below {CHI2_99}",
        "met": all(q["met"] for q in quantities.values()),
        "quantities": quantities,
        "reliability": whole.reliability(),
        "brier": round(whole.brier(), 4),
        "claimed at .90": round(often, 4),
        "right among them": None if right is None else round(right, 4),
    }
