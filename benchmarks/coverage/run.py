"""The experiment "coverage": see ``crosscase simulate experiment list``.

``python benchmarks/coverage/run.py [studies]`` writes ``result.json`` beside this file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from crosscase.simulate.experiments import run_experiment


def main() -> None:
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else None
    result = run_experiment("coverage", studies=studies)
    text = json.dumps(result, indent=2, ensure_ascii=False)
    Path(__file__).with_name("result.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
