"""Recovery of planted types: runs the experiments and stores what came out, bars missed included.

``python benchmarks/recovery/run.py [--workers 2] [scenario=studies …]`` writes one JSON file per scenario beside this file;
finished studies are kept in ``--keep`` (a folder), so that a stopped run goes on. One study of the seed's size takes about
five seconds on one core.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from crosscase.simulate.experiments import run_experiment

STUDIES = {
    "recovery-baseline": 500,  # what is stored may hold fewer: each file says how many
    "recovery-correlated-errors": 60,
    "recovery-no-school-sources": 40,
    "recovery-talkative-source": 60,
    "recovery-mixed-by-subject": 60,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", help="scenario=studies")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=None)
    given = parser.parse_args()
    wanted = dict(item.split("=") for item in given.scenarios) or STUDIES
    for name, studies in wanted.items():
        result = run_experiment(name, studies=int(studies), folder=given.keep, workers=given.workers)
        path = Path(__file__).with_name(f"{name.removeprefix('recovery-')}.json")
        path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    main()
