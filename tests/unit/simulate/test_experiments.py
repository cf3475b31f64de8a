"""Experiments: planted types are found in the simulated studies, in pieces that survive a stop."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosscase.errors import NotFound
from crosscase.simulate.experiments import EXPERIMENTS, run_experiment
from crosscase.simulate.experiments.recovery import SCENARIOS, rate, summarise


def test_planted_types_are_found_and_a_stopped_run_goes_on(tmp_path: Path) -> None:
    first = run_experiment("recovery-baseline", studies=1, folder=tmp_path)
    kept = next(tmp_path.glob("*.jsonl")).read_text(encoding="utf-8")
    both = run_experiment("recovery-baseline", studies=2, folder=tmp_path)
    assert next(tmp_path.glob("*.jsonl")).read_text(encoding="utf-8").startswith(kept)
    assert (first["studies"], both["studies"]) == (1, 2)
    assert both["true type: a wrong type named"]["share"] in (0.0, None)
    assert both["true type: right type named"]["share"] >= 0.5


def test_without_school_level_sources_no_type_is_named() -> None:
    found = run_experiment("recovery-no-school-sources", studies=1)
    assert found["not enough evidence"]["share"] == 1.0


def test_coverage_of_one_design_is_near_what_it_says() -> None:
    found = run_experiment("coverage", studies=40)
    (cell,) = found["cells"]
    assert 0.8 <= cell["coverage"] <= 1.0


def test_rates_are_those_of_a_textbook() -> None:
    """Wilson's interval for 9 of 10 is .5958 to .9821 (Newcombe 1998, Statistics in Medicine 17:857-872)."""
    found = rate([{"x": n < 9} for n in range(10)], lambda row: bool(row["x"]))
    assert found["share"] == 0.9
    assert found["low"] == pytest.approx(0.5958, abs=5e-4)
    assert found["high"] == pytest.approx(0.9821, abs=5e-4)


def test_a_missed_bar_is_said_to_be_missed() -> None:
    row = {"study": 1, "case": "a", "truth": "managerial", "second": None, "kind": "type", "types": ["federated"]}
    row |= {"probability": 0.9, "p_truth": 0.1, "p_best": 0.9, "best": "federated", "whole": "type", "whole_types": []}
    found = summarise(SCENARIOS["baseline"], [row])
    assert found["true type: a wrong type named"]["met"] is False
    assert found["true type: right type named"]["met"] is False


def test_an_unknown_experiment_is_refused_with_the_known_ones() -> None:
    with pytest.raises(NotFound, match="recovery-baseline"):
        run_experiment("alchemy")
    assert all(e.says for e in EXPERIMENTS.values())
