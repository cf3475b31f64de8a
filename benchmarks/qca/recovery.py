"""How often a planted solution is recovered, and how often one appears where there is none.

``python benchmarks/qca/recovery.py`` writes ``recovery.json`` beside this file (about a minute on one core).

Cases have random fuzzy memberships in four conditions. *Planted*: the outcome is ``A*B + ~C*D`` on the logit scale with
noise. *None*: the outcome has nothing to do with the conditions. Per design: the share of data sets with a solution, in
which some model is the planted one, in which every term of the first model lies inside the planted solution (nothing is
claimed that is false), and in which some term passes the permutation test with correction for all 16 rows.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import numpy as np

from crosscase.analysis import qca
from crosscase.errors import Degenerate, InputError, NotEnoughEvidence

CONDITIONS = ("A", "B", "C", "D")
PLANTED = frozenset({frozenset({"A", "B"}), frozenset({"~C", "D"})})
CASES, NOISE, INCLUDE = (10, 20, 40), (0.0, 0.5, 1.0), ("", "?")


@dataclass
class Counts:
    """Shares over the data sets of one design."""

    world: str
    n_cases: int
    noise: float
    include: str
    n_sets: int
    solved: float
    recovered: float
    nothing_false: float
    passes_permutation: float


def make(n: int, noise: float, planted: bool, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """One data set."""
    x = rng.random((n, 4)).round(2)
    x[x == 0.5] = 0.51
    a, b, c, d = x.T
    true = np.maximum(np.minimum(a, b), np.minimum(1 - c, d)) if planted else rng.random(n)
    logit = np.log(np.clip(true, 0.01, 0.99) / (1 - np.clip(true, 0.01, 0.99))) + noise * rng.standard_normal(n)
    return {
        "case": np.array([f"c{i}" for i in range(n)]),
        **dict(zip(CONDITIONS, x.T, strict=True)),
        "Y": 1 / (1 + np.exp(-logit)),
    }


def judge(frame: dict[str, np.ndarray], include: str, draws: int, seed: int) -> tuple[bool, bool, bool, bool]:
    """Whether there is a solution, the planted one, nothing false, and a term that chance does not explain."""
    try:
        solution = qca.minimize(frame, "Y", list(CONDITIONS), incl_cut=0.8, pri_cut=0.5, include=include)
    except (Degenerate, InputError, NotEnoughEvidence):
        return False, False, False, False
    models = [frozenset(frozenset(t.split("*")) for t in m.terms) for m in solution.models]
    inside = all(any(planted <= term for planted in PLANTED) for term in models[0])
    test = qca.permutation_test(list(solution.models[0].terms), "Y", frame, n_configurations=16, draws=draws, seed=seed)
    return True, PLANTED in models, inside, bool((test.table["p_consistency_adjusted"] <= 0.05).any())


def run(world: str, n: int, noise: float, include: str, n_sets: int, draws: int, seed: int) -> Counts:
    """All data sets of one design."""
    rng = np.random.default_rng([seed, n, round(10 * noise), len(include), world == "planted"])
    found = np.array([judge(make(n, noise, world == "planted", rng), include, draws, i) for i in range(n_sets)])
    return Counts(world, n, noise, include, n_sets, *(round(float(share), 3) for share in found.mean(axis=0)))


def designs() -> Iterator[tuple[str, int, float, str]]:
    yield from product(("planted",), CASES, NOISE, INCLUDE)
    yield from product(("none",), CASES, (0.0,), INCLUDE)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sets", type=int, default=200)
    options.add_argument("--draws", type=int, default=999)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    start = time.perf_counter()
    rows = [asdict(run(*design, chosen.sets, chosen.draws, chosen.seed)) for design in designs()]
    content = {
        "what": "incl_cut .8, pri_cut .5; permutation test at .05, Holm over 16 rows",
        "options": vars(chosen),
        "seconds": round(time.perf_counter() - start, 1),
        "python": platform.python_version(),
        "designs": rows,
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    for row in rows:
        print(row)


if __name__ == "__main__":
    main()
