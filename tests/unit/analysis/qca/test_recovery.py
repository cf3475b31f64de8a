"""A planted solution is found; without any effect a solution nearly always appears, and the permutation test says so."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).resolve().parents[4] / "benchmarks" / "qca"


@pytest.fixture(scope="module")
def recovery() -> ModuleType:
    spec = importlib.util.spec_from_file_location("qca_recovery", FOLDER / "recovery.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["qca_recovery"] = module  # its dataclass looks its own module up
    spec.loader.exec_module(module)
    return module


def test_a_planted_solution_is_recovered_from_clean_data(recovery: ModuleType) -> None:
    parsimonious = recovery.run("planted", 40, 0.0, "?", 20, 999, 3)
    assert parsimonious.recovered >= 0.9 and parsimonious.passes_permutation == 1.0
    conservative = recovery.run("planted", 20, 0.0, "", 20, 999, 3)
    assert conservative.nothing_false == 1.0  # without assumptions about remainders nothing false is claimed


def test_without_any_effect_a_solution_appears_and_only_the_permutation_test_warns(recovery: ModuleType) -> None:
    nothing = recovery.run("none", 20, 0.0, "", 30, 999, 3)
    assert nothing.solved >= 0.6
    assert nothing.passes_permutation <= 0.15


def test_the_stored_result_is_of_every_design(recovery: ModuleType) -> None:
    stored = json.loads((FOLDER / "recovery.json").read_text(encoding="utf-8"))["designs"]
    assert [(d["world"], d["n_cases"], d["noise"], d["include"]) for d in stored] == list(recovery.designs())
    assert all(d["passes_permutation"] <= 0.1 for d in stored if d["world"] == "none")
