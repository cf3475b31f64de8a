"""How well the search for counter-evidence finds planted passages; writes result.json beside this file.

    python benchmarks/disconfirm/bench.py [SEED …]

Bars: recall among the first 50 at least .9 (explicit) and .6 (implicit); precision of the first 10, among the planted
passages and the hard negatives, at least 3 times that of plain BM25; queues 1, 4, 5 and 7 exact.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from crosscase import frameworks
from crosscase.simulate import seed_study, simulate_study
from crosscase.simulate.counter_evidence import ClaimScore, measure, summarise
from crosscase.simulate.exact_queues import check_queues

SEEDS = (301, 302, 303, 304, 305)


def main(seeds: tuple[int, ...]) -> None:
    framework = frameworks.load("education-systems")
    coded: list[ClaimScore] = []
    uncoded: list[ClaimScore] = []
    seconds = []
    for number, seed in enumerate(seeds):
        study = simulate_study(seed_study(seed=seed))
        start = time.perf_counter()
        coded += measure(study, framework, seed)
        seconds.append(round(time.perf_counter() - start, 1))
        if number < 2:
            uncoded += measure(study, framework, seed, coded=False)
        print(f"seed {seed}: {seconds[-1]} s", flush=True)
    exact = check_queues(seed_study(seed=seeds[0], scale=0.4, volume=0.6), framework)
    result = {
        "seeds": list(seeds),
        "coded study": summarise(coded),
        "study that nobody has coded": summarise(uncoded),
        "queues exact": {str(queue): done for queue, done in exact.items()},
        "seconds per study of 4 claims": seconds,
        "load": round(os.getloadavg()[0], 1),
    }
    ours = result["coded study"]["rankings"]["ours"]
    ratio = result["coded study"]["precision_10_on_hard_negatives, ours to bm25 vocabulary"]["ratio"]
    result["bars"] = {
        "recall@50 explicit >= .9": ours["recall_50"]["explicit"]["mean"] >= 0.9,
        "recall@50 implicit >= .6": ours["recall_50"]["implicit"]["mean"] >= 0.6,
        "precision@10 >= 3 x BM25 on hard negatives": isinstance(ratio, float) and ratio >= 3,
        "queues 1, 4, 5, 7 exact": all(exact.values()),
    }
    Path(__file__).with_name("result.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result["bars"], indent=2))


if __name__ == "__main__":
    main(tuple(int(word) for word in sys.argv[1:]) or SEEDS)
