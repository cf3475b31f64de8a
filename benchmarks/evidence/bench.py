"""How long the evidence frame of a million codings takes to read (budget: 2 s), beside plain row-by-row reading.

``python benchmarks/evidence/bench.py`` writes ``result.json`` beside this file.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

import numpy as np
import polars as pl

from crosscase.services.manifest import Description
from crosscase.services.sources import add_sources
from crosscase.services.study import Study, create_study

N_CODINGS, N_SOURCES, BUDGET_S = 1_000_000, 600, 2.0


def make_study(folder: Path) -> Study:
    """A study of ordinary sources with a million codings, put in past the services because only reading is timed."""
    study = create_study(folder / "study", title="Benchmark", cases={f"c{i}": "" for i in range(20)}, coders=("a", "b"))
    items = []
    for number in range(N_SOURCES):
        path = folder / f"source{number}.txt"
        words = f"Interview {number}. " + "We wrote the units together, größtenteils in summer – and used them. " * 400
        path.write_text(words, encoding="utf-8")
        items.append((path, Description(case=f"c{number % 20}", kind="interview", level="school", date="2019-01-01")))
    add_sources(study, items)
    sizes = study.sources()["n_characters"].to_numpy()
    rng = np.random.default_rng(1)
    source = rng.integers(1, N_SOURCES + 1, N_CODINGS)
    length = rng.integers(40, 400, N_CODINGS)
    start = (rng.random(N_CODINGS) * (sizes[source - 1] - length)).astype(int)
    facets = [
        json.dumps({"locus": a, "mode": b, "stance": c}, sort_keys=True)
        for a in _LOCI
        for b in _MODES
        for c in _STANCES
    ]
    columns = (
        source,
        start,
        start + length,
        rng.integers(1, 47, N_CODINGS),
        rng.integers(1, len(facets) + 1, N_CODINGS),
    )
    with sqlite3.connect(folder / "study" / "study.crosscase") as raw:
        raw.executemany("insert into facet_set(facets) values (?)", [(f,) for f in facets])
        raw.execute("insert into round(guid, name, codebook_version_id, blind) values ('r', 'first', 1, 1)")
        rows = zip(*(c.tolist() for c in columns), rng.integers(1, 3, N_CODINGS).tolist(), strict=True)
        raw.executemany(
            'insert into coding(guid, source_id, start, "end", code_id, facet_set_id, coder_id, codebook_version_id, '
            "round_id, layer, created_at) values (?, ?, ?, ?, ?, ?, ?, 1, 1, 'independent', '2026-01-01T00:00:00.000Z')",
            ((str(UUID(int=n)), *row) for n, row in enumerate(rows)),
        )
    return study


_LOCI = ("central_office", "school", "joint", "external_partner")
_MODES = ("prescribe", "develop", "co_design", "adapt", "select", "use", "support", "monitor", "evaluate", "improve")
_STANCES = ("present", "absent", "mixed")


def row_by_row(study: Study) -> int:
    """What a program without care does: fetch every row, build a dict, make a frame."""
    with sqlite3.connect(study.folder / "study.crosscase") as raw:
        texts = dict(raw.execute("select source_id, text from source_text"))
        query = (
            'select c.id, s.name, c.start, c."end", k.name, f.facets, o.name, c.source_id from coding c '
            "join source s on s.id = c.source_id join code k on k.id = c.code_id join facet_set f on f.id = c.facet_set_id "
            "join coder o on o.id = c.coder_id where c.layer = 'independent' and c.retired_at is null"
        )
        rows = [
            {
                "id": r[0],
                "source": r[1],
                "start": r[2],
                "code": r[4],
                **json.loads(r[5]),
                "text": texts[r[7]][r[2] : r[3]],
            }
            for r in raw.execute(query)
        ]
    return pl.DataFrame(rows).height


def timed(call) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, make_study(Path(folder)) as study:
        study.framework  # noqa: B018  (parsed once per process; not what is timed)
        ours = [
            timed(lambda: Study(study.folder, study.engine, study.settings).evidence("independent")) for _ in range(5)
        ]
        peer = timed(lambda: row_by_row(study))
    best = min(ours)
    result = {
        "n_codings": N_CODINGS,
        "n_sources": N_SOURCES,
        "budget_s": BUDGET_S,
        "wall_s": round(best[0], 2),
        "cpu_s": round(best[1], 2),
        "all_wall_s": [round(w, 2) for w, _ in ours],
        "row_by_row_wall_s": round(peer[0], 2),
        "times_faster": round(peer[0] / best[0], 1),
        "within_budget": best[0] <= BUDGET_S,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "polars": pl.__version__},
        "load_before": round(os.getloadavg()[0], 1),
    }
    Path(__file__).with_name("result.json").write_text(json.dumps(result, indent=2) + "\n")
    json.dump(result, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
