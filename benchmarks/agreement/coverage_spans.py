"""How often 95 % intervals of uα hold the true value when interviews differ.

``python benchmarks/agreement/coverage_spans.py`` writes ``coverage_spans.json`` beside this file (one or two minutes).

Two coders mark one code in interviews of 9,000 characters. Interviews differ in how often the code applies and in how
easy it is to see; coders also differ in where a span begins and ends. The true uα is that of one study of 20,000
interviews, whose own error is given beside it.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from pathlib import Path

import numpy as np

from crosscase.analysis import agreement as ag
from crosscase.errors import Degenerate

LENGTH, SLOTS = 9000, 18
FREQUENT, SEEN = (0.15, 0.55), (0.95, 0.65)
SIZES = (12, 20, 59)
Spans = dict[str, dict[int, list[tuple[int, int, int]]]]


def study(interviews: int, rng: np.random.Generator) -> Spans:
    """Spans of two coders: 18 places per interview, of which some hold the code; each coder sees most of them."""
    width = LENGTH // SLOTS
    found: Spans = {coder: {source: [] for source in range(interviews)} for coder in "ab"}
    for source in range(interviews):
        often, seen = rng.choice(FREQUENT), rng.choice(SEEN)
        for slot in np.flatnonzero(rng.random(SLOTS) < often).tolist():
            start, length = slot * width + int(rng.integers(20, 120)), int(rng.integers(100, 300))
            for coder in "ab":
                if rng.random() < seen:
                    left = start + int(rng.integers(-15, 16))
                    found[coder][source].append((left, left + length + int(rng.integers(-15, 16)), 1))
        for coder in "ab":
            # What only this coder takes for the code.
            for slot in np.flatnonzero(rng.random(SLOTS) < 0.25 * (1 - seen)).tolist():
                if not any(a < (slot + 1) * width and slot * width < b for a, b, _ in found[coder][source]):
                    found[coder][source].append((slot * width + 30, slot * width + 180, 1))
    return found


def estimate(spans: Spans, interval: str, draws: int = 500) -> ag.Estimate:
    lengths = dict.fromkeys(spans["a"], LENGTH)
    return ag.unitizing_alpha(spans, lengths, interval=interval, draws=draws)  # type: ignore[arg-type]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=600)
    parser.add_argument("--truth", type=int, default=20_000)
    asked = parser.parse_args()
    began, rng = time.process_time(), np.random.default_rng(5)
    true = estimate(study(asked.truth, rng), "jackknife")
    found = {}
    for size in SIZES:
        hits, widths, missed = {"jackknife": 0, "bootstrap": 0}, {"jackknife": [], "bootstrap": []}, 0
        for _ in range(asked.studies):
            spans = study(size, rng)
            for method in hits:
                try:
                    one = estimate(spans, method)
                except Degenerate:
                    missed += 1
                    continue
                assert one.low is not None and one.high is not None
                hits[method] += one.low <= true.value <= one.high
                widths[method].append(one.high - one.low)
        found[f"{size} interviews"] = {
            **{
                f"{method} over interviews": {
                    "coverage": round(hits[method] / asked.studies, 3),
                    "mean_width": round(float(np.mean(widths[method])), 3),
                }
                for method in hits
            },
            "not_defined": missed,
        }
    result = {
        "what": f"coverage of 95 % intervals of uα, {asked.studies} studies each, two coders, one code",
        "true_value": round(true.value, 4),
        "standard_error_of_the_true_value": round(true.se or 0.0, 4),
        "found": found,
        "cpu_s": round(time.process_time() - began, 1),
        "machine": {"system": platform.system(), "python": platform.python_version(), "numpy": np.__version__},
    }
    text = json.dumps(result, indent=2, ensure_ascii=False)
    Path(__file__).with_name("coverage_spans.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
