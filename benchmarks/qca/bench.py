"""How long truth tables and all their minimum models take, k = 6 … 16 conditions, 30, 100 and 300 cases, crisp and fuzzy.

``python benchmarks/qca/bench.py [--peer PYTHON]`` writes ``result.json`` beside this file; PYTHON is that of an
environment with ``setqca`` 0.2.0 (MIT), which then solves the tables up to k = 10 in the same run. Times are CPU-seconds;
a search that does not end within the limit is listed with what it said. Budgets: conservative and parsimonious with all
models, 2 s each, at k = 14 with 30 cases and at k = 8 with 100 fuzzy cases; every conservative solution 2 s; a small
analysis (k = 5, 18 cases, table and solution) 2 ms.
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
from pathlib import Path
from typing import Any

import numpy as np

from crosscase.analysis import qca
from crosscase.analysis.qca.truth_table import tabulate
from crosscase.errors import Degenerate

LIMIT_S, BUDGET_S, SMALL_BUDGET_S, CUT = 5.0, 2.0, 0.002, 0.8
PEER_CONDITIONS = 10
HERE = Path(__file__).parent


def make_cases(k: int, n: int, kind: str) -> dict[str, Any]:
    """Cases whose outcome follows three random terms of two or three literals, with some noise."""
    rng = np.random.default_rng([k, n, kind == "fuzzy"])
    x = rng.integers(0, 2, (n, k)).astype(float) if kind == "crisp" else np.round(rng.beta(0.6, 0.6, (n, k)), 2)
    terms = [
        [(int(c), bool(rng.integers(0, 2))) for c in rng.choice(k, int(rng.integers(2, 4)), replace=False)]
        for _ in range(3)
    ]
    y = np.maximum.reduce([np.minimum.reduce([x[:, c] if up else 1 - x[:, c] for c, up in term]) for term in terms])
    if kind == "crisp":
        y = np.where(rng.random(n) < 0.05, 1 - y, y)
    else:
        y = np.clip(np.round(y + rng.normal(0, 0.1, n), 2), 0, 1)
    return {"case": [f"c{i}" for i in range(n)], **{f"X{j}": x[:, j] for j in range(k)}, "Y": y}


def solve(table: qca.TruthTable, include: str) -> dict[str, Any]:
    began = time.process_time()
    try:
        solution = qca.minimize(table, include=include, limits=qca.Limits(seconds=LIMIT_S))
    except Degenerate as error:
        return {"s": round(time.process_time() - began, 4), "message": error.what}
    spent = round(time.process_time() - began, 4)
    found = {
        "s": spent,
        "primes": len(solution.prime_codes),
        "models": solution.n_models,
        "listed": len(solution.models),
    }
    if solution.models:
        found["terms"] = len(solution.models[0].codes)
    return {**found, "complete": solution.complete, "message": solution.message}


def small_analysis_s() -> float:
    """CPU-seconds of one small table and its solution, over many of them."""
    selection = qca.select(make_cases(5, 18, "fuzzy"), "Y")
    times = 200
    began = time.process_time()
    for _ in range(times):
        table = tabulate(selection, CUT, CUT)
        _ = [model.terms for model in qca.minimize(table).models]
    return (time.process_time() - began) / times


def measure() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rows, for_peer = [], []
    for k in (6, 8, 10, 12, 14, 16):
        for n in (30, 100, 300):
            for kind in ("crisp", "fuzzy"):
                frame = make_cases(k, n, kind)
                began = time.process_time()
                table = qca.truth_table(frame, "Y", incl_cut=CUT)
                table_s = round(time.process_time() - began, 4)
                row = {"k": k, "n": n, "kind": kind, "table_s": table_s}
                row |= {"conservative": solve(table, ""), "parsimonious": solve(table, "?")}
                rows.append(row)
                on, off = (table.space.numbers(table.corners(out)).tolist() for out in "10")
                for_peer.append({"k": k, "n": n, "kind": kind, "on": on, "off": off})
                print(k, n, kind, row["conservative"]["s"], row["parsimonious"]["s"], file=sys.stderr)
    return rows, [job for job in for_peer if job["k"] <= PEER_CONDITIONS]


def compare(python: str, jobs: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """Add what the peer needed to each row."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"jobs": jobs, "limit_s": LIMIT_S}, file)
        file.flush()
        done = subprocess.run([python, str(HERE / "peer.py"), file.name], check=True, capture_output=True, text=True)
    for answer in json.loads(done.stdout):
        row = next(r for r in rows if (r["k"], r["n"], r["kind"]) == (answer["k"], answer["n"], answer["kind"]))
        for kind in ("conservative", "parsimonious"):
            row[kind]["peer"] = answer[kind]


def judge(rows: list[dict[str, Any]], small_s: float) -> dict[str, bool]:
    def within(row: dict[str, Any]) -> bool:
        return all(
            row[kind]["s"] <= BUDGET_S and row[kind].get("complete", True) for kind in ("conservative", "parsimonious")
        )

    return {
        "k14_n30": all(within(row) for row in rows if (row["k"], row["n"]) == (14, 30)),
        "k8_n100_fuzzy": all(within(row) for row in rows if (row["k"], row["n"], row["kind"]) == (8, 100, "fuzzy")),
        "every_conservative": all(row["conservative"]["s"] <= BUDGET_S for row in rows),
        "small_analysis": small_s <= SMALL_BUDGET_S,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--peer", help="the Python of an environment with setqca")
    options = parser.parse_args()
    load = round(os.getloadavg()[0], 1)
    small_s = small_analysis_s()
    rows, jobs = measure()
    if options.peer:
        compare(options.peer, jobs, rows)
    result = {
        "budget_s": BUDGET_S,
        "limit_s": LIMIT_S,
        "small_analysis_s": round(small_s, 5),
        "within_budget": judge(rows, small_s),
        "tables": rows,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "load_before": load,
    }
    (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    json.dump({key: result[key] for key in ("small_analysis_s", "within_budget", "load_before")}, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
