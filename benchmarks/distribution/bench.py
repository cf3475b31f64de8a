"""The distribution of work of a country: 13,000 cases × 60 sources, 4,000 draws, on one core (budget: 60 s).

``python benchmarks/distribution/bench.py [CASES]`` writes ``result.json`` beside this file; with fewer cases the time for
all is in proportion, since cells are drawn one after the other. The time is CPU time of one
thread, since other programs may share the machine; a second run on some of the cases must give the same numbers to the
last bit, and NumPy draws of the same estimate for a few cells show what is saved and that the intervals agree.
"""

from __future__ import annotations

import os

for _name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import json
import platform
import resource
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

from crosscase import frameworks
from crosscase.analysis import cells
from crosscase.analysis.distribution import distribution

N_CASES, N_SOURCES, DRAWS, BUDGET_S = 13_000, 60, 4_000, 60.0
SHARES = (0.34, 0.24, 0.22, 0.06, 0.06, 0.04, 0.04)


def evidence(n_cases: int, framework, seed: int = 1) -> pl.DataFrame:  # type: ignore[no-untyped-def]
    """Cases whose sources scatter around shares of their own; four passages a source on average, some denials."""
    rng = np.random.default_rng(seed)
    n_sources = n_cases * N_SOURCES
    n = 1 + rng.poisson(3.0, n_sources)
    source = np.repeat(np.arange(n_sources), n)
    case, total = source // N_SOURCES, len(source)
    domains = [d.id for d in framework.domains]
    first_code = {d.id: d.subdomains[0].indicators[0].id for d in framework.domains}
    domain = rng.integers(len(domains), size=total)
    loci = [*framework.loci, framework.rules.not_stated]
    shift = rng.dirichlet(3.0 * np.array(SHARES), size=n_cases).cumsum(axis=1)
    locus = (rng.random(total)[:, None] > shift[case]).sum(axis=1).clip(0, len(SHARES) - 1)
    locus = np.where(rng.random(total) < 0.05, len(loci) - 1, locus)
    at = np.arange(total) * 100

    def pick(names, places) -> pl.Series:  # type: ignore[no-untyped-def]
        return pl.Series(list(names), dtype=pl.String).gather(pl.Series(places))

    stance = rng.choice(3, total, p=[0.9, 0.06, 0.04])
    actuality = rng.choice(3, total, p=[0.8, 0.12, 0.08])
    level = rng.choice(4, n_sources, p=[0.2, 0.5, 0.15, 0.15])[source]
    return pl.DataFrame(
        {
            "coding_id": np.arange(1, total + 1),
            "source": pick([f"s{i}" for i in range(n_sources)], source),
            "case": pick([f"c{i:05d}" for i in range(n_cases)], case),
            "kind": pick(["interview"], np.zeros(total, dtype=int)),
            "level": pick(["central", "school", "observation", "document"], level),
            "start": at,
            "end": at + 80,
            "code": pick([first_code[d] for d in domains], domain),
            "domain": pick(domains, domain),
            "locus": pick(loci, locus),
            "stance": pick(["present", "absent", "mixed"], stance),
            "actuality": pick(["enacted", "formal", "espoused"], actuality),
            "coder": pick(["machine"], np.zeros(total, dtype=int)),
            "round": pick(["1"], np.zeros(total, dtype=int)),
        }
    )


def by_numpy(counts: np.ndarray, draws: int) -> tuple[float, np.ndarray]:
    """CPU seconds and interval ends of one cell, straight from the definition."""
    rng = np.random.default_rng(1)
    start = time.process_time()
    weight = rng.exponential(size=(draws, len(counts)))
    shares = rng.gamma(np.broadcast_to(counts + counts.sum(axis=0) / counts.sum(), (draws, *counts.shape)))
    shares /= np.maximum(shares.sum(axis=2, keepdims=True), 1e-300)
    whole = np.einsum("dg,dgk->dk", weight, shares)
    whole += rng.dirichlet(np.ones(counts.shape[1]), draws) * rng.exponential(size=(draws, 1))
    ends = np.quantile(whole / whole.sum(axis=1, keepdims=True), (0.05, 0.95), axis=0).T
    return time.process_time() - start, ends


def main() -> None:
    n_cases = int(sys.argv[1]) if len(sys.argv) > 1 else N_CASES
    framework = frameworks.load("education-systems")
    frame = evidence(n_cases, framework)
    cells.os.cpu_count = lambda: 1  # type: ignore[attr-defined]  # one thread
    distribution(frame.head(200), framework, draws=DRAWS)  # compiles
    wall, cpu = time.perf_counter(), time.process_time()
    found = distribution(frame, framework, draws=DRAWS)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    some = found.table["case"].unique().sort()[:40].to_list()
    again = distribution(frame.filter(pl.col("case").is_in(some)), framework, draws=DRAWS).table
    same = again.equals(found.table.filter(pl.col("case").is_in(some)))
    work = cells_of(frame.filter(pl.col("case").is_in(some)), framework)
    ends = work.ends("source", 1.0, DRAWS, 1, 0.90)
    spent, gaps = [], []
    for c in range(0, len(ends), 40):
        counts = work.counts[work.start[c] : work.start[c + 1]]
        counts = counts[counts.sum(axis=1) > 0]
        seconds, plain = by_numpy(counts, DRAWS)
        spent.append(seconds)
        gaps.append(np.abs(plain - ends[c, :-1]).max())
    result = {
        "n_cases": n_cases,
        "n_sources": n_cases * N_SOURCES,
        "n_codings": frame.height,
        "n_cells": n_cases * len(framework.domains),
        "draws": DRAWS,
        "budget_s": BUDGET_S,
        "cpu_s": round(cpu, 1),
        "wall_s": round(wall, 1),
        "cpu_s_of_all_cases": round(cpu * N_CASES / n_cases, 1),
        "within_budget": cpu * N_CASES / n_cases <= BUDGET_S,
        "same_numbers_in_another_batch": same,
        "numpy_cpu_s_of_all_cells": round(float(np.mean(spent)) * n_cases * len(framework.domains)),
        "largest_gap_of_interval_ends_to_numpy": round(float(max(gaps)), 4),
        "peak_memory_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        "machine": {"cores": 1, "python": platform.python_version(), "polars": pl.__version__},
        "load_before": round(os.getloadavg()[0], 1),
    }
    result["times_faster_than_numpy"] = round(result["numpy_cpu_s_of_all_cells"] / result["cpu_s"], 1)
    Path(__file__).with_name("result.json").write_text(json.dumps(result, indent=2) + "\n")
    json.dump(result, sys.stdout, indent=2)


def cells_of(frame: pl.DataFrame, framework):  # type: ignore[no-untyped-def]
    """The cells behind a distribution."""
    from crosscase.analysis.distribution import work_cells
    from crosscase.analysis.located import divide_work
    from crosscase.analysis.support import all_cases

    return work_cells(divide_work(frame, framework), framework, all_cases(frame, None))


if __name__ == "__main__":
    main()
