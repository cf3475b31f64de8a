"""How often 90 % intervals hold the truth: shares, and differences between two cases.

``python benchmarks/distribution/intervals.py`` writes ``coverage.json`` beside this file. Sources scatter around the true
shares of their case as Dirichlet(κ · shares); each says some passages. Coverage near .90 means that intervals are as wide
as they claim; the prior atom pulls small samples towards equal shares.
"""

from __future__ import annotations

import json
import os
import sys
from itertools import product
from pathlib import Path

import numpy as np

from crosscase.analysis.bootstrap import draw_shares, interval, paired_shares

ONE = np.array([0.55, 0.20, 0.15, 0.10])
OTHER = np.array([0.30, 0.40, 0.20, 0.10])
SOURCES, PASSAGES, SCATTER = (4, 8, 15, 30), (2, 6), (1.0, 3.0, 10.0)
LEVEL, DRAWS = 0.90, 500


def sampled(rng: np.random.Generator, truth: np.ndarray, sources: int, passages: int, scatter: float) -> np.ndarray:
    """Counts of sources × categories."""
    return np.array([rng.multinomial(passages, rng.dirichlet(scatter * truth)) for _ in range(sources)], dtype=float)


def trial(rng: np.random.Generator, sources: int, passages: int, scatter: float) -> dict[str, float]:
    """Whether the intervals of one study hold the truth, and how wide they are."""
    one, other = (sampled(rng, truth, sources, passages, scatter) for truth in (ONE, OTHER))
    a, b = (draw_shares(counts, np.ones(sources), 1.0, DRAWS, rng) for counts in (one, other))
    # One set of sources that speaks about two subjects, with something of its own in both.
    own = np.array([rng.dirichlet(scatter * (ONE + OTHER) / 2) for _ in range(sources)])
    about = [
        np.array([rng.multinomial(passages, 0.5 * own[g] + 0.5 * t) for g in range(sources)]) for t in (ONE, OTHER)
    ]
    first, second = paired_shares([x.astype(float) for x in about], 1.0, DRAWS, rng, sources)
    found = {}
    for name, drawn, truth in (
        ("share", a, ONE),
        ("contrast", a - b, ONE - OTHER),
        ("paired_contrast", first - second, 0.5 * (ONE - OTHER)),
    ):
        low, high = interval(drawn, LEVEL)
        # The first category is the one that a reader looks at; the mean over all of them is stored beside it.
        found[name] = float(low[0] <= truth[0] <= high[0])
        found[f"{name}_all"] = float(((low <= truth) & (truth <= high)).mean())
        found[f"{name}_width"] = float(high[0] - low[0])
    return found


def cell(sources: int, passages: int, scatter: float, replicates: int, seed: int) -> dict[str, float]:
    """Coverage and mean width over many studies."""
    rng = np.random.default_rng([seed, sources, passages, int(scatter * 10)])
    trials = [trial(rng, sources, passages, scatter) for _ in range(replicates)]
    return {name: round(float(np.mean([t[name] for t in trials])), 3) for name in trials[0]}


def main() -> None:
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    rows = [
        {"sources": g, "passages": n, "scatter": k, **cell(g, n, k, replicates, seed=1)}
        for g, n, k in product(SOURCES, PASSAGES, SCATTER)
    ]
    enough = [row for row in rows if row["sources"] >= 8]
    result = {
        "nominal": LEVEL,
        "replicates": replicates,
        "draws": DRAWS,
        "monte_carlo_error": round(float(np.sqrt(LEVEL * (1 - LEVEL) / replicates)), 3),
        "mean_coverage": {
            name: round(float(np.mean([row[name] for row in enough])), 3)
            for name in ("share", "share_all", "contrast", "contrast_all", "paired_contrast", "paired_contrast_all")
        },
        "lowest_coverage": {name: min(row[name] for row in rows) for name in ("share", "contrast", "paired_contrast")},
        "rows": rows,
        "load_before": round(os.getloadavg()[0], 1),
    }
    Path(__file__).with_name("coverage.json").write_text(json.dumps(result, indent=1) + "\n")
    json.dump({k: v for k, v in result.items() if k != "rows"}, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
