"""A team at work: coders who each code once a second while each one's page hears what all others do.

Measured from the first byte of a change to its answer, for 20 coders, in a round whose coders see each other and in a
blind one. Every coder has a page open (one WebSocket). Each acknowledged coding has to be there afterwards, once.
Usage: python benchmarks/workbench/load.py [--coders 20] [--seconds 30] (needs the test packages).
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import platform
import random
import re
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[1] / "src")]

import websockets
from tests.factories.workbench import Served, serving

from crosscase.services.manifest import Description
from crosscase.services.rounds import open_round
from crosscase.services.sources import add_sources
from crosscase.services.study import Study, create_study

BUDGET_P99_MS = 250


class Coder:
    """One person with a page open: codes once a second, at a moment of their own."""

    def __init__(self, served: Served, name: str, source: str, code: str) -> None:
        self.base, self.name, self.source, self.code = served.base, name, source, code
        cookie = served.address_as(name)
        self.cookie = f"{cookie['name']}={cookie['value']}"
        where = urlsplit(served.base)
        assert where.hostname
        self.wire = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
        self.wire.request("GET", f"/sources/{source}", headers={"cookie": self.cookie})
        page = self.wire.getresponse().read().decode()
        found = re.search(r'name="guard" content="([^"]+)"', page)
        assert found is not None
        self.guard = found.group(1)
        self.took: list[float] = []
        self.made: list[str] = []
        self.heard = 0

    def work(self, until: float, place: random.Random) -> None:
        time.sleep(place.random())
        due = time.monotonic()
        while due < until:
            guid, start = str(uuid4()), place.randrange(50_000)
            change = {"verb": "code", "guid": guid, "source": self.source, "start": start, "end": start + 60}
            body = json.dumps({**change, "code": self.code, "facets": {}})
            began = time.perf_counter()
            headers = {"cookie": self.cookie, "origin": self.base, "x-crosscase-guard": self.guard}
            self.wire.request("POST", "/api/changes", body, {**headers, "content-type": "application/json"})
            answer = self.wire.getresponse()
            told = json.loads(answer.read())
            self.took.append(1000 * (time.perf_counter() - began))
            assert answer.status == 200, told
            self.made.append(told["coding"]["guid"])
            due += 1
            time.sleep(max(0.0, due - time.monotonic()))

    async def listen(self, until: float) -> None:
        headers = {"cookie": self.cookie, "origin": self.base}
        async with websockets.connect(self.base.replace("http", "ws", 1) + "/live", additional_headers=headers) as wire:
            await wire.send(json.dumps({"cursor": "", "source": self.source, "coder": self.name}))
            while (left := until - time.monotonic()) > 0:
                try:
                    told = json.loads(await asyncio.wait_for(wire.recv(), left))
                except TimeoutError:
                    return
                self.heard += len(told.get("events", ()))


def make_study(folder: Path, coders: list[str], *, blind: bool) -> Study:
    study = create_study(folder / "study", title="Load", cases={"urban": "Urban"}, coders=coders)
    path = folder / "interview.txt"
    path.write_text(
        "\n\n".join(f"P01: Turn {n}. " + "We meet on Tuesdays. " * 20 for n in range(200)), encoding="utf-8"
    )
    add_sources(study, [(path, Description(case="urban", kind="interview", level="school"))])
    open_round(study, "round-1", blind=blind)
    return study


def measure(n_coders: int, seconds: int, *, blind: bool) -> dict[str, Any]:
    names = [f"coder-{n:02}" for n in range(n_coders)]
    with (
        tempfile.TemporaryDirectory() as folder,
        make_study(Path(folder), names, blind=blind) as study,
        serving(study, Path(folder)) as served,
    ):
        source = str(study.sources()["guid"][0])
        coders = [Coder(served, name, source, study.framework.indicators[0].id) for name in names]
        until = time.monotonic() + seconds + 1

        async def listen() -> None:
            await asyncio.gather(*(coder.listen(until + 1) for coder in coders))

        ears = threading.Thread(target=lambda: asyncio.run(listen()))
        hands = [threading.Thread(target=c.work, args=(until, random.Random(n))) for n, c in enumerate(coders)]
        for thread in (ears, *hands):
            thread.start()
        for thread in (ears, *hands):
            thread.join()
        ticks = os.sysconf("SC_CLK_TCK")
        fields = Path(f"/proc/{served.process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        with study.reading() as connection:
            stored = set(connection.exec_driver_sql("select guid from coding").scalars())
            n_stored = connection.exec_driver_sql("select count(*) from coding").scalar_one()
        made = [guid for coder in coders for guid in coder.made]
        took = sorted(t for coder in coders for t in coder.took)
        assert set(made) == stored
        assert n_stored == len(set(made))
        cuts = statistics.quantiles(took, n=100)
        return {
            "changes": len(took),
            "changes_per_second": round(len(took) / seconds, 1),
            "median_ms": round(statistics.median(took), 1),
            "p95_ms": round(cuts[94], 1),
            "p99_ms": round(cuts[98], 1),
            "longest_ms": round(took[-1], 1),
            "events_heard": sum(coder.heard for coder in coders),
            "server_cpu_s": round((int(fields[11]) + int(fields[12])) / ticks, 1),
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--coders", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=30)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    rounds = {
        name: measure(asked.coders, asked.seconds, blind=blind) for name, blind in (("open", False), ("blind", True))
    }
    result = {
        "what": f"{asked.coders} coders with a page open each, one change per second each, for {asked.seconds} s; SQLite",
        "measured": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": round(load, 1),
        **rounds,
        "budget_p99_ms": BUDGET_P99_MS,
        "within_budget": all(found["p99_ms"] <= BUDGET_P99_MS for found in rounds.values()),
    }
    (HERE / "load.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))
    return 0 if result["within_budget"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
