"""``crosscase run`` on the simulated study of the seed's size, without simulation and import (budget: 5 s).

``python benchmarks/run/bench.py`` writes ``result.json`` beside this file. The first run of a fresh installation also
compiles the sampler, which is timed apart.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from crosscase.services.analyses import analyse
from crosscase.services.run import run_study
from crosscase.services.study import open_study
from crosscase.simulate.demo import make_demo

BUDGET_S = 5.0


def timed(call) -> float:  # type: ignore[no-untyped-def]
    start = time.perf_counter()
    call()
    return round(time.perf_counter() - start, 2)


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "study"
        make_s = timed(lambda: make_demo(folder))
        with open_study(folder) as study:
            first_s = timed(lambda: run_study(study, folder=Path(place) / "first"))
            runs = [timed(lambda n=n: run_study(study, folder=Path(place) / f"again{n}")) for n in range(3)]
            analyses_s = timed(lambda: analyse(study))
            unchanged_s = timed(lambda: run_study(study, folder=Path(place) / "again2"))
    result = {
        "budget_s": BUDGET_S,
        "run_s": min(runs),
        "all_runs_s": runs,
        "first_run_s": first_s,
        "analyses_s": analyses_s,
        "unchanged_run_s": unchanged_s,
        "simulate_and_import_s": make_s,
        "within_budget": min(runs) <= BUDGET_S,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "load_before": round(os.getloadavg()[0], 1),
    }
    Path(__file__).with_name("result.json").write_text(json.dumps(result, indent=2) + "\n")
    json.dump(result, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
