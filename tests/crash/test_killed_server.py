"""The server is killed while people code: what was acknowledged is there, the file is sound, the history is whole."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import threading
import time
from http.client import HTTPException
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from crosscase.services.history import verify_history
from crosscase.services.study import DATABASE_NAME, Study, open_study
from tests.factories.studies import make_study
from tests.factories.workbench import Client, start_serving

ROUNDS = int(os.environ.get("CROSSCASE_KILLS", "2"))
pytestmark = pytest.mark.slow


def keep_coding(client: Client, source: str, length: int, seed: int, told: list[dict[str, Any]]) -> None:
    """Code, change and take out until the server is gone; ``told`` has what it acknowledged, in order."""
    chance = random.Random(seed)
    mine: list[dict[str, Any]] = []
    try:
        while True:
            if mine and chance.random() < 0.4:
                last = chance.choice(mine)
                body = {"verb": "out", "guid": last["guid"]} if chance.random() < 0.4 else {
                    "verb": "change",
                    "guid": last["guid"],
                    "facets": {"locus": chance.choice(["school", "joint", "central_office"])},
                }  # fmt: skip
                if body["verb"] == "out":
                    mine.remove(last)
            else:
                start = chance.randrange(length - 30)
                body = {
                    "verb": "code",
                    "guid": str(uuid4()),
                    "source": source,
                    "start": start,
                    "end": start + chance.randrange(5, 25),
                    "code": chance.choice(["infra.curr.common", "use.adapt.free"]),
                    "facets": {"locus": "school"},
                }
                mine.append(body)
            status, answer = client.change(**body)
            if status == 200:
                told.append({**body, "answer": answer})
                if body["verb"] == "code" and answer["coding"]["guid"] != body["guid"]:
                    mine.remove(body)
    except (OSError, HTTPException):
        return


def expected(told: list[dict[str, Any]]) -> dict[str, tuple[str, bool]]:
    """GUID → the locus and whether it was taken out, as far as the server said so."""
    found: dict[str, tuple[str, bool]] = {}
    for one in told:
        coding = one["answer"]["coding"]
        found[coding["guid"]] = (coding["facets"]["locus"], one["answer"]["retired"])
    return found


@pytest.mark.parametrize("round", range(ROUNDS))
def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, round: int) -> None:
    chance = random.Random(round)
    with make_study(tmp_path) as study:
        source = study.sources()["guid"][0]
        length = study.sources()["n_characters"][0]
    acknowledged: list[list[dict[str, Any]]] = [[], [], []]
    for _ in range(2):  # killed, started again, killed again
        with open_study(tmp_path / "study") as study:
            served = start_serving(study, tmp_path / "state")
        clients = [served.client(coder) for coder in ("ana", "ben", "ana")]
        threads = [
            threading.Thread(
                target=keep_coding, args=(client, source, length, chance.randrange(10**6), acknowledged[n])
            )
            for n, client in enumerate(clients)
        ]
        for thread in threads:
            thread.start()
        # Somewhere in the middle of the work: after a random number of answers, and then a moment.
        enough = sum(map(len, acknowledged)) + chance.randrange(3, 40)
        until = time.monotonic() + 20
        while sum(map(len, acknowledged)) < enough and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.05))
        served.process.send_signal(signal.SIGKILL)
        served.process.wait(10)
        for thread in threads:
            thread.join(20)
    check(tmp_path / "study", acknowledged)


def check(folder: Path, acknowledged: list[list[dict[str, Any]]]) -> None:
    told = [one for thread in acknowledged for one in thread]
    assert len(told) > 5
    with sqlite3.connect(folder / DATABASE_NAME) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        assert connection.execute("pragma foreign_key_check").fetchall() == []
        rows = connection.execute(
            "select c.guid, f.facets, c.retired_at from coding c join facet_set f on f.id = c.facet_set_id"
        ).fetchall()
    stored = {guid: (facets, retired is not None) for guid, facets, retired in rows}
    with open_study(folder) as study:
        assert verify_history(study) > 0
        check_events(study, stored)
    for thread in acknowledged:
        last = {one["answer"]["coding"]["guid"]: one for one in thread}
        for guid in last:
            assert guid in stored, "an acknowledged coding is gone"
        # One change per coder and start may have been stored without its answer: no more may differ.
        differing = [
            guid
            for guid, (locus, retired) in expected(thread).items()
            if stored[guid][1] != retired or f'"{locus}"' not in stored[guid][0]
        ]
        assert len(differing) <= 2


def check_events(study: Study, stored: dict[str, tuple[str, bool]]) -> None:
    """Every coding has the event that made it, and no event is without its coding."""
    from crosscase.services.history import history

    made = {e.object_guid for e in history(study) if e.verb == "coding.made"}
    assert made == set(stored)
