"""What setqca 0.2.0 needs for the tables of bench.py; run by it, in an environment of its own."""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

import setqca


def stop(*_: object) -> None:
    raise TimeoutError


def solve(job: dict[str, Any], free: bool, limit_s: float) -> dict[str, Any]:
    """Models and CPU-seconds; setqca counts rows from 0 with the first condition as the highest bit, as we do from 1."""
    k = job["k"]
    on = {number - 1 for number in job["on"]}
    off = {number - 1 for number in job["off"]}
    spare = set(range(2**k)) - on - off if free else set()
    began = time.process_time()
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        found = setqca.minimize(on, dont_cares=spare, width=k, max_solutions=10_000)
    except TimeoutError:
        return {"s": None, "models": None, "why": f"not within {limit_s:g} s"}
    except (ValueError, RuntimeError, MemoryError) as error:
        return {"s": None, "models": None, "why": type(error).__name__}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return {"s": round(time.process_time() - began, 4), "models": len(found)}


def main() -> None:
    signal.signal(signal.SIGALRM, stop)
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    answers = []
    for job in given["jobs"]:
        answer = {key: job[key] for key in ("k", "n", "kind")}
        answer["conservative"] = solve(job, False, given["limit_s"])
        answer["parsimonious"] = solve(job, True, given["limit_s"])
        answers.append(answer)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
