"""How long the table of agreement takes on the simulated study (155 sources, 5,347 codings, 46 codes, 3 coders).

``python benchmarks/agreement/study.py [STUDY]`` writes ``study.json`` beside this file; without STUDY it simulates one.
Budget: one CPU-second for the table per code on turns, from the study file to the result; wall clock stands beside it with
the load. No other package does the same work, so the time is also given as a multiple of reading the evidence frame.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from crosscase.services.agreeing import agree_study
from crosscase.services.agreeing_at_once import measure_together
from crosscase.services.rounds import round_names
from crosscase.services.study import Study, open_study

BUDGET_S, REPEATS = 1.0, 5


def seconds(work: Callable[[], object]) -> dict[str, float]:
    """The best of several runs: CPU of this process, and wall clock."""
    cpu, wall = [], []
    for _ in range(REPEATS):
        began, clock = time.process_time(), time.perf_counter()
        work()
        cpu.append(time.process_time() - began)
        wall.append(time.perf_counter() - clock)
    return {"cpu_s": round(min(cpu), 3), "wall_s": round(min(wall), 3)}


def measure(study: Study) -> dict[str, object]:
    result = agree_study(study)
    ours = {
        "evidence_frame": seconds(lambda: _frame(study)),
        "per_code_on_turns": seconds(lambda: agree_study(study)),
        "per_code_on_sentences": seconds(lambda: agree_study(study, unit="sentence")),
        "per_code_on_free_spans": seconds(lambda: agree_study(study, unit="span")),
        "per_code_and_pair_on_turns": seconds(lambda: agree_study(study, by="pair")),
        "facets": seconds(lambda: agree_study(study, by="facet")),
        "all_passages_that_differ": seconds(lambda: agree_study(study).disagreements()),
        "all_tables_of_the_room_on_turns": seconds(lambda: _room(study, "turn")),
        "all_tables_of_the_room_on_free_spans": seconds(lambda: _room(study, "span")),
    }
    return {
        "what": f"{result.parameters['n_codings']} codings, {result.units.rows.height} units read twice, "
        f"{result.table.height - 1} codes, {len(result.units.raters)} coders",
        "budget_cpu_s": BUDGET_S,
        "within_budget": ours["per_code_on_turns"]["cpu_s"] <= BUDGET_S,
        "ours": ours,
        "times_the_evidence_frame": round(ours["per_code_on_turns"]["cpu_s"] / ours["evidence_frame"]["cpu_s"], 1),
    }


def _frame(study: Study) -> None:
    """A study that is open keeps its frame: one that is opened anew reads it."""
    with open_study(study.folder) as fresh:
        fresh.evidence("independent")


def _room(study: Study, unit: str) -> object:
    rounds = round_names(study)
    return measure_together(study, unit=unit, coefficient="alpha", rounds=rounds, visible=rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", type=Path)
    folder = parser.parse_args().study
    load = round(os.getloadavg()[0], 1)
    if folder is not None:
        with open_study(folder) as study:
            found = measure(study)
    else:
        from crosscase.simulate.demo import make_demo

        with tempfile.TemporaryDirectory() as place:
            make_demo(Path(place) / "study")
            with open_study(Path(place) / "study") as study:
                found = measure(study)
    machine = {"cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()}
    text = json.dumps({**found, "load_before": load, "machine": {**machine, "numpy": np.__version__}}, indent=2)
    Path(__file__).with_name("study.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
