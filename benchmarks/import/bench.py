"""How long a folder of interviews takes: 59 Word files of 10,000 words each through ``read_many`` with two processes.

The budget is 10 seconds of wall time on two cores. In the same run the floor is measured: mammoth, the library under the
Word reader, converting the same files to HTML and nothing else. Taguette 1.5.2 would be the peer, but it converts Word
files with calibre, which PyPI does not have: ``--taguette PYTHON`` says whether it can be imported by another Python and
calibre found, and the result tells.

    python benchmarks/import/bench.py [--files 59] [--words 10000] [--taguette /path/to/python]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import docx
import mammoth

from crosscase.formats import Outcome, read_many

BUDGET_SECONDS = 10.0
WORKERS = 2
WORDS = [
    "the",
    "school",
    "board",
    "district",
    "teacher",
    "principal",
    "we",
    "think",
    "that",
    "curriculum",
    "is",
    "decided",
    "by",
    "central",
    "office",
    "and",
    "then",
    "I",
    "go",
    "to",
    "my",
    "classroom",
    "because",
    "every",
    "child",
    "needs",
    "support",
    "with",
    "reading",
    "when",
    "coaches",
    "come",
    "from",
    "outside",
    "nobody",
    "tells",
    "us",
    "how",
    "to",
    "plan",
]


def write_interview(path: Path, n_words: int, seed: int) -> int:
    """An interview with bold speaker labels, as transcribers type it; returns the number of turns."""
    draw = random.Random(seed)
    document = docx.Document()
    left, n_turns = n_words, 0
    while left > 0:
        n = min(left, draw.randint(8, 25) if n_turns % 2 == 0 else draw.randint(40, 160))
        paragraph = document.add_paragraph()
        paragraph.add_run("Interviewer: " if n_turns % 2 == 0 else f"P{seed:02d}: ").bold = True
        paragraph.add_run(" ".join(draw.choice(WORDS) for _ in range(n)).capitalize() + ".")
        left, n_turns = left - n, n_turns + 1
    document.save(str(path))
    return n_turns


def timed(action: Callable[[], object]) -> tuple[object, float, float]:
    """The result of an action with its wall and CPU seconds, those of its processes included."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    own = time.process_time()
    result = action()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime + time.process_time() - own
    return result, time.perf_counter() - start, cpu


def convert_with_mammoth(path: str) -> int:
    """The floor: Word to HTML, without turns, warnings or checks."""
    with Path(path).open("rb") as stream:
        return len(mammoth.convert_to_html(stream).value)


def mammoth_alone(paths: list[Path]) -> int:
    """All files through mammoth with the same number of processes."""
    with ProcessPoolExecutor(WORKERS) as pool:
        return sum(pool.map(convert_with_mammoth, [str(path) for path in paths]))


def taguette_says(python: str | None) -> str:
    """Whether the peer can run here, as a sentence."""
    if python is None:
        return "not measured: no Python with Taguette given"
    run = subprocess.run([python, "-c", "import taguette; print(taguette.__version__)"], capture_output=True, text=True)
    if run.returncode:
        return f"not measured: Taguette cannot be imported ({run.stderr.strip().splitlines()[-1][:100]})"
    if shutil.which("ebook-convert") is None:
        version = run.stdout.strip()
        return (
            f"not measured: Taguette {version} installs, but converts Word files with calibre, which is not installed"
        )
    return "calibre is installed: measure by hand"


def machine() -> dict[str, object]:
    """What the numbers depend on; no names and no paths."""
    model = ""
    cpu_info = Path("/proc/cpuinfo")
    if cpu_info.exists():
        names = [line.partition(":")[2].strip() for line in cpu_info.read_text().splitlines() if "model name" in line]
        model = names[0] if names else ""
    return {
        "cores": os.cpu_count(),
        "processor": model or platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "mammoth": mammoth_version(),
    }


def mammoth_version() -> str:
    """The version of the floor."""
    from importlib.metadata import version

    return version("mammoth")


def check(outcomes: list[Outcome], n_words: int, n_turns: list[int]) -> None:
    """A fast reader that reads something else is not faster."""
    for outcome, turns in zip(outcomes, n_turns, strict=True):
        assert outcome.error is None, outcome.error
        (source,) = outcome.sources
        assert source.report.n_turns == turns, (source.report, turns)
        assert source.report.n_words == n_words + turns, source.report


def main() -> int:
    """Make the files, measure, check, store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=59)
    parser.add_argument("--words", type=int, default=10_000)
    parser.add_argument("--taguette", help="a Python that has Taguette installed")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"interview_{number:02d}.docx" for number in range(1, chosen.files + 1)]
        n_turns = [write_interview(path, chosen.words, number) for number, path in enumerate(paths, start=1)]
        outcomes, wall, cpu = timed(lambda: read_many(paths, workers=WORKERS))
        assert isinstance(outcomes, list)
        check(outcomes, chosen.words, n_turns)
        _, floor_wall, floor_cpu = timed(lambda: mammoth_alone(paths))
    result = {
        "what": f"{chosen.files} Word interviews of {chosen.words:,} words with read_many, {WORKERS} processes",
        "budget_seconds": BUDGET_SECONDS,
        "wall_seconds": round(wall, 2),
        "cpu_seconds": round(cpu, 2),
        "within_budget": wall <= BUDGET_SECONDS,
        "words_per_second": round(chosen.files * chosen.words / wall),
        "floor": {
            "what": "mammoth alone, Word to HTML, same files and number of processes",
            "wall_seconds": round(floor_wall, 2),
            "cpu_seconds": round(floor_cpu, 2),
        },
        "ratio_to_floor": round(wall / floor_wall, 2),
        "peer": taguette_says(chosen.taguette),
        "machine": machine(),
    }
    if (chosen.files, chosen.words) == (59, 10_000):
        stored = Path(__file__).with_name("result.json")
        stored.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))
    return 0 if result["within_budget"] else 1


if __name__ == "__main__":
    sys.exit(main())
