"""Studies for set-theoretic analysis: memberships from codings, from a table, and from nowhere yet."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from crosscase.services.configurations import Configurations
from crosscase.services.memberships import Plan, Sets
from crosscase.services.study import Study, create_study, open_study
from crosscase.simulate.demo import make_demo
from crosscase.simulate.design import seed_study

GAINS = (0.95, 0.85, 0.7, 0.1)
SPEND = (900, 400, 850, 300)


def coded_study(folder: Path) -> Study:
    """Four simulated districts: conditions from codings, gains and raw spending from a table."""
    make_demo(folder, design=seed_study(seed=5, scale=0.25, volume=0.6))
    settings = folder / "study.yaml"
    text = settings.read_text(encoding="utf-8").replace("draws: 4000", "draws: 500").replace("chains: 4", "chains: 2")
    settings.write_text(
        f"{text}configurations:\n  outcome: GAINS\n  conditions: [COMMON, SPEND]\n  data: gains.csv\n"
        "  anchors: {SPEND: [250, 600, 950]}\n  incl_cut: 0.75\n  dir_exp: [COMMON]\n",
        encoding="utf-8",
    )
    with open_study(folder) as study:
        names = [case.name for case in study.settings.cases]
    rows = "".join(f"{n},{g},{s}\n" for n, g, s in zip(names, GAINS, SPEND, strict=True))
    (folder / "gains.csv").write_text(f"case,GAINS,SPEND\n{rows}", encoding="utf-8")
    return open_study(folder)


def table_study(folder: Path, table: str, settings: str = "", labels: Mapping[str, str] | None = None) -> Study:
    """A study whose memberships stand in a table (CSV text); ``settings`` are lines under ``configurations:``."""
    names = [line.split(",")[0] for line in table.strip().splitlines()[1:]]
    cases = {name: (labels or {}).get(name, name) for name in names}
    create_study(folder, title="From a table", cases=cases, coders=("ana", "ben")).close()
    (folder / "t.csv").write_text(table, encoding="utf-8")
    with (folder / "study.yaml").open("a", encoding="utf-8") as file:
        file.write(f"configurations:\n  data: t.csv\n{settings}" if settings else "")
    return open_study(folder)


def solve_slowly(sets: Sets, plan: Plan) -> Configurations:
    """A computation that takes longer than anybody waits."""
    time.sleep(600)
    raise AssertionError(f"{len(sets.frame)} cases, {plan}: nobody stopped it")


def rows_of(frame_columns: Sequence[str], *rows: Sequence[object]) -> str:
    """CSV text of a table."""
    return "\n".join(",".join(map(str, row)) for row in (frame_columns, *rows)) + "\n"
