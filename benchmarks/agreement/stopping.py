"""How often a team whose true α is too low stops coding because a rule says that it is high enough.

``python benchmarks/agreement/stopping.py`` writes ``stopping.json`` beside this file (about a minute on one core).

Two coders, a true α of .70, a threshold of .80, rounds of a few interviews. The rules: the value of the latest round
alone; the value so far; the lower end of the interval so far at every look; the same at three looks that were fixed
before, at the levels of ``look_levels``. Interviews differ in prevalence and difficulty as in coverage.py.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from pathlib import Path

import numpy as np
from scipy.optimize import brentq

from crosscase.analysis import agreement as ag
from crosscase.analysis.agreement.study.planning import look_levels
from crosscase.errors import Degenerate

PREVALENCE, EASY = (0.1, 0.6), 0.02
TRUE, THRESHOLD = 0.70, 0.80
ROUNDS, INTERVIEWS, PASSAGES = 10, 3, 30
LOOKS = (3, 6, 10)


def true_alpha(hard: float) -> float:
    """α of the population of interviews: four kinds, equally likely."""
    yes = np.mean([p * (1 - e) + (1 - p) * e for p in PREVALENCE for e in (EASY, hard)])
    apart = np.mean([2 * e * (1 - e) for e in (EASY, hard)])
    return float(1 - apart / (2 * yes * (1 - yes)))


HARD = float(brentq(lambda e: true_alpha(e) - TRUE, 0.05, 0.4))


def a_round(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Ratings of one round and the interview of each passage."""
    prevalence = rng.choice(PREVALENCE, INTERVIEWS).repeat(PASSAGES)
    error = rng.choice((EASY, HARD), INTERVIEWS).repeat(PASSAGES)
    truth = rng.random(len(prevalence)) < prevalence
    wrong = rng.random((len(prevalence), 2)) < error[:, None]
    return (truth[:, None] ^ wrong).astype(int), np.arange(INTERVIEWS).repeat(PASSAGES)


def value(ratings: np.ndarray, interview: np.ndarray, level: float | None = None) -> float:
    """α, or the lower end of its interval at a level; −1 where it is not defined, which never passes."""
    try:
        if level is None:
            return ag.krippendorff_alpha(ratings, interval="none").value
        return ag.krippendorff_alpha(ratings, clusters=interview, level=level).low or -1.0
    except Degenerate:
        return -1.0


def one_team(rng: np.random.Generator, levels: tuple[float, ...]) -> dict[str, bool]:
    """Which rules let this team stop."""
    stopped = dict.fromkeys(("latest round", "so far", "lower end so far, every round", "three planned looks"), False)
    ratings, interviews = np.empty((0, 2), dtype=int), np.empty(0, dtype=int)
    for n in range(1, ROUNDS + 1):
        fresh, where = a_round(rng)
        ratings, interviews = np.vstack([ratings, fresh]), np.append(interviews, where + 1000 * n)
        stopped["latest round"] |= value(fresh, where) >= THRESHOLD
        stopped["so far"] |= value(ratings, interviews) >= THRESHOLD
        stopped["lower end so far, every round"] |= value(ratings, interviews, 0.95) >= THRESHOLD
        if n in LOOKS:
            stopped["three planned looks"] |= value(ratings, interviews, levels[LOOKS.index(n)]) >= THRESHOLD
    return stopped


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teams", type=int, default=1000)
    teams = parser.parse_args().teams
    began, rng = time.process_time(), np.random.default_rng(11)
    levels = look_levels([n / ROUNDS for n in LOOKS])
    found = [one_team(rng, levels) for _ in range(teams)]
    result = {
        "what": f"{teams} teams of two coders, true α {TRUE}, threshold {THRESHOLD}; up to {ROUNDS} rounds of "
        f"{INTERVIEWS} interviews with {PASSAGES} passages",
        "error_in_easy_and_hard_interviews": [EASY, round(HARD, 4)],
        "share_that_stops": {rule: round(float(np.mean([f[rule] for f in found])), 3) for rule in found[0]},
        "levels_at_the_planned_looks": [round(x, 4) for x in levels],
        "cpu_s": round(time.process_time() - began, 1),
        "machine": {"system": platform.system(), "python": platform.python_version(), "numpy": np.__version__},
    }
    text = json.dumps(result, indent=2, ensure_ascii=False)
    Path(__file__).with_name("stopping.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
