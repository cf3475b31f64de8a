"""Identification of the simulated study of the seed's size: four chains, its check, and its robustness.

Budgets: ``identify`` with four chains 3 s, ``identify --check`` with 200 imagined studies 120 s, robustness 10 s, on two
cores. ``python benchmarks/identify/bench.py`` writes ``result.json`` beside this file.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from pathlib import Path

from crosscase import frameworks
from crosscase.analysis.identify import identify
from crosscase.analysis.identify.check import check_identification
from crosscase.analysis.robustness import robustness
from crosscase.simulate.design import seed_study
from crosscase.simulate.frame import evidence_of
from crosscase.simulate.study import simulate_study

BUDGETS = {"identify_s": 3.0, "check_200_s": 120.0, "robustness_s": 10.0}


def timed(call) -> float:  # type: ignore[no-untyped-def]
    start = time.perf_counter()
    call()
    return round(time.perf_counter() - start, 2)


def main() -> None:
    load = round(os.getloadavg()[0], 1)
    framework = frameworks.load("education-systems")
    evidence = evidence_of(simulate_study(seed_study(seed=1), framework), framework)
    compile_s = timed(lambda: identify(evidence, framework, draws=500, allow_unconverged=True, tries=1).weights)
    runs = [timed(lambda: identify(evidence, framework)) for _ in range(3)]
    found = identify(evidence, framework)
    robustness(found, evidence, framework)
    tests = [timed(lambda: robustness(found, evidence, framework)) for _ in range(2)]
    check_s = timed(lambda: check_identification(found, evidence, framework, studies=200))
    result = {
        "what": "identification of 4 cases, 155 sources, about 5,300 codings by three coders",
        "budgets": BUDGETS,
        "identify_s": min(runs),
        "robustness_s": min(tests),
        "check_200_s": check_s,
        "first_call_s": compile_s,
        "all_runs_s": {"identify": runs, "robustness": tests},
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "load_before": load,
    }
    result["within_budget"] = {name: result[name] <= budget for name, budget in BUDGETS.items()}
    Path(__file__).with_name("result.json").write_text(json.dumps(result, indent=2) + "\n")
    json.dump(result, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
