"""Many files at once: in order, apart from one another, bounded."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.unit.formats.files import pdf_file, word_file

from crosscase.errors import FormatError
from crosscase.formats import Outcome, ReadOptions, Roster, read_many, read_source
from crosscase.formats import worker as worker_module


def folder_of(tmp_path: Path) -> list[Path]:
    """Three files that can be read and two that cannot, the slow one first."""
    files = {
        "b.docx": word_file((("Interviewer", "How?"), ("P07", "So. " * 5000)) * 4),
        "a.txt": b"INT: How?\nP07: So.\nINT: Why?\nP07: Because.",
        "c.pdf": pdf_file([[]]),
        "d.doc": b"old",
        "e.md": b"# Title\n\nBody.\n",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    return [tmp_path / name for name in files]


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_outcomes_come_in_the_order_of_the_files_and_errors_stay_apart(tmp_path: Path, workers: int) -> None:
    paths = folder_of(tmp_path)
    outcomes = read_many(paths, workers=workers)
    assert [outcome.path for outcome in outcomes] == paths
    assert [outcome.error is None for outcome in outcomes] == [True, True, False, False, True]
    assert outcomes[0].sources == tuple(read_source(paths[0]))
    assert "needs OCR" in str(outcomes[2].error)


def test_progress_is_told_after_every_file(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    def tell(n_done: int, n_files: int, outcome: Outcome) -> None:
        seen.append((n_done, n_files))

    read_many(folder_of(tmp_path), workers=2, progress=tell)
    assert seen == [(number, 5) for number in range(1, 6)]


def test_no_files_are_no_outcomes() -> None:
    assert read_many([]) == []


def test_options_may_differ_by_file(tmp_path: Path) -> None:
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    for path in (first, second):
        path.write_text("Maria: We teach.", encoding="utf-8")
    outcomes = read_many([first, second], options={first: ReadOptions(roster=Roster(speakers=("Maria",)))}, workers=1)
    assert [outcome.sources[0].text.n_turns for outcome in outcomes] == [1, 0]


def test_a_file_that_takes_too_long_is_given_up_and_the_others_are_read(tmp_path: Path) -> None:
    large, after = tmp_path / "slow.txt", tmp_path / "after.txt"
    after.write_text("Body.", encoding="utf-8")
    large.write_text("x" * 20_000_000, encoding="utf-8")
    slow, fast = read_many([large, after], workers=1, seconds_per_file=0.001)[0], read_many([after], workers=1)[0]
    assert "takes more than 0.001 seconds" in str(slow.error)
    assert fast.error is None


def test_a_file_that_kills_its_reader_is_named_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A package that is found first and whose reader dies the way a faulty C library does.
    package = tmp_path / "saboteur"
    package.mkdir()
    (package / "sitecustomize.py").write_text(
        "import pathlib, os\n"
        "read = pathlib.Path.read_bytes\n"
        "def dies(path):\n"
        "    data = read(path)\n"
        "    if data.startswith(b'KILL'):\n"
        "        os.write(2, b'assertion failed in parser.cpp')\n"
        "        os.abort()\n"
        "    return data\n"
        "pathlib.Path.read_bytes = dies\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(package))
    names = ["a.txt", "killer.txt", "b.txt", "c.txt"]
    for name in names:
        (tmp_path / name).write_text("KILL me" if name == "killer.txt" else "Body.", encoding="utf-8")
    outcomes = read_many([tmp_path / name for name in names], workers=2)
    assert [outcome.error is None for outcome in outcomes] == [True, False, True, True]
    error = outcomes[1].error
    assert isinstance(error, FormatError)
    assert "broke down on this file (assertion failed in parser.cpp)" in str(error)
    assert error.where.endswith("killer.txt")


@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="needs a Linux kernel, which bounds memory by process"
)
def test_the_memory_of_a_reading_process_is_bounded() -> None:
    import subprocess
    import sys

    code = (
        "from crosscase.formats import worker\n"
        "worker.MEMORY_FOR_A_FILE = 64 * 1024**2\n"
        "worker.bound_memory()\n"
        "try:\n    bytearray(1024**3)\nexcept MemoryError:\n    print('refused')\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert run.stdout.strip() == "refused", run.stderr


def test_a_message_that_is_cut_off_is_no_message() -> None:
    import io

    stream = io.BytesIO()
    worker_module.send(stream, ("a.txt", ReadOptions()))
    whole = stream.getvalue()
    assert worker_module.receive(io.BytesIO(whole)) == ("a.txt", ReadOptions())
    assert worker_module.receive(io.BytesIO(whole[:-1])) is None
    assert worker_module.receive(io.BytesIO(b"")) is None
