"""How long agreement takes at the size of a real study, beside two other packages on the same data in the same run.

``python benchmarks/agreement/bench.py [--others PYTHON]`` writes ``result.json`` beside this file; PYTHON is that of the
environment described in others.py. Budgets: α with 1,000 draws of interviews for 3 coders × 5,000 units × 40 codes, and
unitizing α with the jackknife for 59 interviews × 9,000 words × 40 codes × 3 coders, 0.5 CPU-seconds each.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from crosscase.analysis import agreement as ag

BUDGET_S, REPEATS = 0.5, 5
INTERVIEWS, WORDS, CODES, CODERS, UNITS = 59, 9000, 40, 3, 5000


def seconds(work: Callable[[], object]) -> float:
    """CPU-seconds, the best of several runs."""
    spent = []
    for _ in range(REPEATS):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return round(min(spent), 4)


def make_ratings(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    truth = rng.integers(0, CODES, UNITS)
    noise = rng.integers(0, CODES, (UNITS, CODERS))
    ratings = np.where(rng.random((UNITS, CODERS)) < 0.8, truth[:, None], noise)
    return ratings, rng.integers(0, INTERVIEWS, UNITS)


def make_spans(rng: np.random.Generator, *, free: bool) -> dict[str, dict[int, list[tuple[int, int, int]]]]:
    """About 100 spans per interview and coder; free spans of different codes overlap."""
    coders: dict[str, dict[int, list[tuple[int, int, int]]]] = {c: {} for c in "xyz"[:CODERS]}
    for found in coders.values():
        found.update({source: [] for source in range(INTERVIEWS)})
    for source in range(INTERVIEWS):
        for start in range(0, WORDS - 80, 80):
            code = int(rng.integers(CODES))
            for found in coders.values():
                if rng.random() < 0.85:
                    length = int(rng.integers(30, 400 if free else 75))
                    left = start + int(rng.integers(5))
                    found[source].append((left, min(left + length, WORDS), code))
    return coders


def ours(ratings: np.ndarray, sources: np.ndarray) -> dict[str, float]:
    rng = np.random.default_rng(4)
    exclusive, free, length = make_spans(rng, free=False), make_spans(rng, free=True), dict.fromkeys(range(59), WORDS)
    rows, names = ratings.tolist(), sources.tolist()
    binary = [ratings == code for code in range(CODES)]
    options: dict[str, Any] = {"clusters": sources, "interval": "bootstrap", "draws": 1000}
    return {
        "alpha_value_s": seconds(lambda: ag.krippendorff_alpha(ratings, interval="none")),
        "alpha_value_and_closed_form_s": seconds(lambda: ag.krippendorff_alpha(ratings, interval="analytic")),
        "fleiss_value_and_closed_form_s": seconds(lambda: ag.fleiss_kappa(ratings, interval="analytic")),
        "alpha_1000_bootstraps_s": seconds(lambda: ag.krippendorff_alpha(ratings, **options)),
        "alpha_1000_bootstraps_from_lists_s": seconds(
            lambda: ag.krippendorff_alpha(rows, clusters=names, interval="bootstrap", draws=1000)
        ),
        "alpha_of_40_codes_one_by_one_1000_bootstraps_s": seconds(
            lambda: [ag.krippendorff_alpha(code, **options) for code in binary]
        ),
        "alpha_ordinal_1000_bootstraps_s": seconds(lambda: ag.krippendorff_alpha(ratings, "ordinal", **options)),
        "unitizing_one_line_jackknife_s": seconds(lambda: ag.unitizing_alpha(exclusive, length)),
        "unitizing_cu_one_line_jackknife_s": seconds(lambda: ag.unitizing_alpha(exclusive, length, "cu")),
        "unitizing_40_codes_jackknife_s": seconds(lambda: ag.unitizing_by_code(free, length)),
    }


def theirs(python: str | None, ratings: np.ndarray) -> Any:
    if python is None:
        return "not measured: no Python with the other packages given"
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump({"ratings": ratings.tolist()}, file)
        file.flush()
        command = [python, str(Path(__file__).with_name("others.py")), "speed", file.name]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--others", help="Python of the other packages' environment")
    load = os.getloadavg()[0]
    ratings, sources = make_ratings(np.random.default_rng(3))
    spent, peers = ours(ratings, sources), theirs(arguments.parse_args().others, ratings)
    budgeted = [name for name in spent if "bootstraps" in name or "unitizing" in name]
    value = ag.krippendorff_alpha(ratings, interval="none").value
    result = {
        "what": f"{CODERS} coders × {UNITS} units × {CODES} codes; {INTERVIEWS} interviews of {WORDS} words",
        "budget_cpu_s": BUDGET_S,
        "within_budget": all(spent[name] <= BUDGET_S for name in budgeted),
        "ours": spent,
        "others": peers,
        "same_value": isinstance(peers, dict) and abs(peers["value"] - value) < 1e-9,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "numpy": np.__version__},
        "load_before": round(load, 1),
    }
    text = json.dumps(result, indent=2, ensure_ascii=False)
    Path(__file__).with_name("result.json").write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
