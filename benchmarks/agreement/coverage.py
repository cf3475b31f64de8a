"""How often 95 % intervals hold the true agreement when passages come from interviews.

``python benchmarks/agreement/coverage.py`` writes ``coverage.json`` beside this file (about two minutes on one core).

Interviews differ in how often a code applies (10 % or 60 % of the passages) and in how easy they are to code (each coder
errs on 2 % or on 25 %), so passages of one interview resemble each other. Because both are drawn from two values, the
true coefficients follow from sums over four kinds of interview: no simulation stands behind the truth.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from crosscase.analysis import agreement as ag
from crosscase.errors import Degenerate

PREVALENCE, ERROR = (0.1, 0.6), (0.02, 0.25)
INTERVIEWS, PASSAGES, CODERS = (12, 20, 59), 30, 3
METHODS = {
    "jackknife over interviews": ("jackknife", True),
    "bootstrap over interviews": ("bootstrap", True),
    "jackknife over passages": ("jackknife", False),
    "bootstrap over passages": ("bootstrap", False),
    "closed form": ("analytic", False),
}


@dataclass(frozen=True)
class Kind:
    """One kind of interview, as likely as every other."""

    prevalence: float
    error: float

    @property
    def yes(self) -> float:
        """Share of the code among the values given."""
        return self.prevalence * (1 - self.error) + (1 - self.prevalence) * self.error

    @property
    def apart(self) -> float:
        """Probability that two coders differ on a passage."""
        return 2 * self.error * (1 - self.error)


KINDS = [Kind(p, e) for p, e in product(PREVALENCE, ERROR)]
YES = sum(kind.yes for kind in KINDS) / len(KINDS)
APART = sum(kind.apart for kind in KINDS) / len(KINDS)
COEFFICIENTS: dict[str, tuple[Callable[..., ag.Estimate], float]] = {
    "krippendorff_alpha": (ag.krippendorff_alpha, 1 - APART / (2 * YES * (1 - YES))),
    "fleiss_kappa": (ag.fleiss_kappa, 1 - APART / (2 * YES * (1 - YES))),
    "gwet_ac1": (ag.gwet_ac1, 1 - APART / (1 - 2 * YES * (1 - YES))),
    "percent_agreement": (ag.percent_agreement, 1 - APART),
}


def study(interviews: int, passages: int, coders: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Ratings and the interview of each passage."""
    kinds = [KINDS[k] for k in rng.integers(0, len(KINDS), interviews)]
    source = np.repeat(np.arange(interviews), passages)
    prevalence, error = (np.array([getattr(k, what) for k in kinds])[source] for what in ("prevalence", "error"))
    truth = rng.random(len(source)) < prevalence
    wrong = rng.random((len(source), coders)) < error[:, None]
    return (truth[:, None] ^ wrong).astype(int), source


def cover(name: str, interviews: int, repeats: int, draws: int) -> dict[str, dict[str, float]]:
    """Coverage and mean width per method; studies without an interval count as missed."""
    function, true = COEFFICIENTS[name]
    rng = np.random.default_rng([interviews, list(COEFFICIENTS).index(name)])
    hits, widths = dict.fromkeys(METHODS, 0), {method: [] for method in METHODS}
    for _ in range(repeats):
        ratings, source = study(interviews, PASSAGES, CODERS, rng)
        for method, (interval, by_source) in METHODS.items():
            try:
                found = function(ratings, clusters=source if by_source else None, interval=interval, draws=draws)
            except Degenerate:
                continue
            if found.low is not None and found.high is not None:
                hits[method] += found.low <= true <= found.high
                widths[method].append(found.high - found.low)
    return {
        method: {"coverage": round(hits[method] / repeats, 3), "mean_width": round(float(np.mean(widths[method])), 3)}
        for method in METHODS
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--repeats", type=int, default=2000)
    arguments.add_argument("--draws", type=int, default=500)
    asked = arguments.parse_args()
    began = time.process_time()
    found = {
        name: {
            "true_value": round(COEFFICIENTS[name][1], 4),
            **{f"{n} interviews": cover(name, n, asked.repeats, asked.draws) for n in INTERVIEWS},
        }
        for name in COEFFICIENTS
    }
    result = {
        "what": f"coverage of 95 % intervals, {asked.repeats} studies each, {PASSAGES} passages, {CODERS} coders",
        "bootstrap_draws": asked.draws,
        "found": found,
        "cpu_s": round(time.process_time() - began, 1),
        "machine": {"system": platform.system(), "python": platform.python_version(), "numpy": np.__version__},
    }
    text = json.dumps(result, indent=2)
    Path(__file__).with_name("coverage.json").write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
