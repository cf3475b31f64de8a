"""Simulation-based calibration on a study's own layout: can the model's probabilities be believed here?

Studies are imagined from the prior on the layout of the real one (its sources, passages, coders, double codings), the
model reads each, and its answers are held against the truth. For a right sampler and prior the rank of every true value
among its draws is uniform (Talts, Betancourt, Simpson, Vehtari & Gelman 2018, arXiv 1804.06788), 90 % intervals hold
the truth 90 % of the time, and of the answers given with probability .8 eight in ten are right.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from crosscase.analysis.identify.dimensions import Floats, Ints, Readings
from crosscase.analysis.identify.imagine import Truth, imagine_readings, truth_from_prior
from crosscase.analysis.identify.kernel import Rules
from crosscase.analysis.identify.sampling import Posterior, sample
from crosscase.model.seed import check_seed

BINS = 10
#: χ² with 9 degrees of freedom lies below this 99 times in 100.
CHI2_99 = 21.67
_LEVEL = 0.90


@dataclass(frozen=True)
class Calibration:
    """Answers to imagined studies, held against their truth.

    ``ranks`` maps a quantity to the share of its draws below the truth (uniform in [0, 1] if calibrated); ``inside``
    to whether its 90 % interval held the truth; ``probability`` and ``type`` are per imagined case.
    """

    ranks: dict[str, Floats]
    inside: dict[str, npt.NDArray[np.bool_]]
    probability: Floats  # imagined case × type
    type: Ints  # imagined case
    n_studies: int

    def chi_square(self, quantity: str) -> float:
        """χ² of the ranks in ten bins."""
        counts, _ = np.histogram(self.ranks[quantity], bins=BINS, range=(0.0, 1.0))
        expected = counts.sum() / BINS
        return float(((counts - expected) ** 2 / expected).sum())

    def coverage(self, quantity: str) -> float:
        """How often the 90 % interval held the truth."""
        return float(self.inside[quantity].mean())

    def reliability(self, edges: tuple[float, ...] = (0.0, 0.2, 0.5, 0.8, 0.95, 1.0)) -> list[dict[str, float]]:
        """Stated probabilities of types against how often they were right, bin by bin."""
        p = self.probability.ravel()
        right = (np.arange(self.probability.shape[1]) == self.type[:, None]).ravel()
        rows = []
        for low, high in pairwise(edges):
            here = (p >= low) & ((p < high) | (high == 1.0))
            if here.any():
                rows.append(
                    {
                        "low": low,
                        "high": high,
                        "n": int(here.sum()),
                        "stated": float(p[here].mean()),
                        "right": float(right[here].mean()),
                    }
                )
        return rows

    def brier(self) -> float:
        """Mean squared distance between probabilities and the truth, summed over types (0 best, 2 worst)."""
        truth = np.arange(self.probability.shape[1]) == self.type[:, None]
        return float(((self.probability - truth) ** 2).sum(axis=1).mean())

    def claimed(self, threshold: float) -> tuple[float, float | None]:
        """How often some answer reaches the threshold, and how often it is then right (``None``: never reached)."""
        best = self.probability.max(axis=1)
        sure = best >= threshold
        right = self.probability.argmax(axis=1) == self.type
        return float(sure.mean()), float(right[sure].mean()) if sure.any() else None


def calibrate_model(
    readings: Readings,
    rules: Rules,
    *,
    studies: int = 200,
    draws: int = 400,
    warmup: int = 300,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Calibration:
    """Imagine studies and let the model read them.

    Parameters
    ----------
    readings, rules
        The study's layout and the model's prior.
    draws, warmup
        Of each imagined study's one chain.
    Notes
    -----
    Dimension by dimension one case and category is followed, chosen at random, and κ and the accuracy of a coder.
    """
    streams = np.random.SeedSequence(check_seed(seed)).spawn(studies)
    done = 0

    def one(number: int) -> tuple[dict[str, tuple[float, bool]], Floats, Ints]:
        nonlocal done
        rng = np.random.default_rng(streams[number])
        truth = truth_from_prior(readings, rules, rng)
        imagined = imagine_readings(readings, truth, rng)
        posterior = sample(imagined, rules, draws=draws, chains=1, seed=int(rng.integers(2**31)), warmup=warmup, thin=1)
        done += 1
        if progress:
            progress(done, studies)
        return _followed(readings, rules, truth, posterior, rng), posterior.probability[0].mean(axis=0), truth.type

    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        found = list(pool.map(one, range(studies)))
    names = sorted({name for followed, _, _ in found for name in followed})
    return Calibration(
        {n: np.array([f[n][0] for f, _, _ in found if n in f]) for n in names},
        {n: np.array([f[n][1] for f, _, _ in found if n in f]) for n in names},
        np.concatenate([p for _, p, _ in found]),
        np.concatenate([t for _, _, t in found]),
        studies,
    )


def _followed(
    readings: Readings, rules: Rules, truth: Truth, posterior: Posterior, rng: np.random.Generator
) -> dict[str, tuple[float, bool]]:
    """Rank of the truth among the draws, and whether the interval holds it, for the quantities that are followed."""
    result = {"concentration of sources": _rank(truth.concentration, posterior.concentration[0], rng)}
    for d, dimension in enumerate(readings.dimensions):
        c = int(rng.integers(len(readings.cases)))
        k = int(rng.integers(len(dimension.categories)))
        kind = "share, domains" if dimension.kind == "domain" else "share, conditions"
        name = f"{kind}: {dimension.id}"
        result[name] = _rank(float(truth.shares[c, d, k]), posterior.shares[0, :, c, d, k], rng)
    coder = int(rng.integers(len(readings.coders)))
    for f, family in enumerate(("loci", "conditions")):
        size = int(readings.layout.dims.family_sizes[f])
        right = float(np.trace(truth.confusion[coder, f, :size, :size]) / size)
        result[f"accuracy of a coder, {family}"] = _rank(right, posterior.accuracy[0, :, coder, f], rng)
    # The type itself has few values: ranks at random among equals.
    c = int(rng.integers(len(readings.cases)))
    result["type"] = _rank(float(truth.type[c]), posterior.type[0, :, c], rng)
    for a in range(rules.shift_sd.size):
        if rules.shift_sd[a] > 0.0:
            d = int(rng.integers(len(readings.dimensions)))
            k = int(rng.integers(len(readings.dimensions[d].categories)))
            arm = 2 * int(rng.integers(max(len(readings.kinds), 1))) + a
            true = float(np.log(truth.tilt[d, arm, k]) - np.log(truth.tilt[d, arm, 0]))
            drawn = posterior.shifts[0, :, d, arm, k] - posterior.shifts[0, :, d, arm, 0]
            if k > 0:
                result[("shift of a kind", "shift of espoused work")[a]] = _rank(true, drawn, rng)
    return result


def _rank(true: float, draws: npt.NDArray[np.generic], rng: np.random.Generator) -> tuple[float, bool]:
    values = np.asarray(draws, dtype=np.float64)
    # Draws of a chain are not independent; thinned they nearly are, and the ranks come out even.
    thinned = values[:: max(1, len(values) // 100)]
    below, equal = int((thinned < true).sum()), int((thinned == true).sum())
    rank = (below + rng.random() * (equal + 1)) / (len(thinned) + 1)
    low, high = np.quantile(values, ((1 - _LEVEL) / 2, (1 + _LEVEL) / 2))
    return rank, bool(low <= true <= high)
