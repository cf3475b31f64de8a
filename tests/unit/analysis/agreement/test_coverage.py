"""Do the intervals hold the truth as often as they say? A small simulation; the large one is benchmarks/agreement."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from crosscase.analysis import agreement as ag

INTERVIEWS, PASSAGES, STUDIES = 20, 25, 400
# Interviews differ in how often the code applies and in how hard they are to code; all four kinds are as likely.
KINDS = np.array(list(product((0.1, 0.6), (0.02, 0.25))))


def true_alpha() -> float:
    """From sums over the four kinds of interview, without any simulation."""
    prevalence, error = KINDS.T
    yes = float((prevalence * (1 - error) + (1 - prevalence) * error).mean())
    return 1 - float((2 * error * (1 - error)).mean()) / (2 * yes * (1 - yes))


def simulated(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    source = np.repeat(np.arange(INTERVIEWS), PASSAGES)
    prevalence, error = KINDS[rng.integers(0, len(KINDS), INTERVIEWS)][source].T
    truth = rng.random(len(source)) < prevalence
    return (truth[:, None] ^ (rng.random((len(source), 2)) < error[:, None])).astype(int), source


@pytest.fixture(scope="module")
def coverage() -> dict[str, float]:
    rng, true = np.random.default_rng(11), true_alpha()
    hits = dict.fromkeys(("jackknife", "bootstrap", "passages"), 0)
    for _ in range(STUDIES):
        ratings, source = simulated(rng)
        found = {
            "jackknife": ag.krippendorff_alpha(ratings, clusters=source),
            "bootstrap": ag.krippendorff_alpha(ratings, clusters=source, interval="bootstrap", draws=400),
            "passages": ag.krippendorff_alpha(ratings),
        }
        for method, estimate in found.items():
            assert estimate.low is not None and estimate.high is not None
            hits[method] += estimate.low <= true <= estimate.high
    return {method: n / STUDIES for method, n in hits.items()}


def test_the_jackknife_over_interviews_covers_what_it_promises(coverage: dict[str, float]) -> None:
    assert 0.90 <= coverage["jackknife"] <= 0.99


def test_the_bootstrap_over_interviews_is_nearly_as_good(coverage: dict[str, float]) -> None:
    assert 0.85 <= coverage["bootstrap"] <= coverage["jackknife"] + 0.02


def test_passages_taken_as_independent_miss_the_truth_far_too_often(coverage: dict[str, float]) -> None:
    assert coverage["passages"] < 0.80


def test_unitizing_intervals_cover_what_they_promise_too() -> None:
    rng, length = np.random.default_rng(12), dict.fromkeys(range(15), 60)

    def study(interviews: int) -> dict[str, dict[int, list[tuple[int, int, str]]]]:
        coders: dict[str, dict[int, list[tuple[int, int, str]]]] = {c: {s: [] for s in range(interviews)} for c in "xy"}
        for source in range(interviews):
            care = rng.choice([0.4, 0.95])
            for start in range(0, 60, 12):
                for found in coders.values():
                    if rng.random() < care:
                        found[source].append((start + int(rng.integers(3)), start + int(rng.integers(6, 9)), "v"))
        return coders

    # A study of 4,000 interviews stands for the truth; its own error is a fiftieth of the intervals' width.
    true = ag.unitizing_alpha(study(4000), dict.fromkeys(range(4000), 60), interval="none").value
    estimates = [ag.unitizing_alpha(study(15), length) for _ in range(200)]
    covered = sum(e.low is not None and e.high is not None and e.low <= true <= e.high for e in estimates)
    assert covered / 200 >= 0.90
