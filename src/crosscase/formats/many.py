"""A folder of files in several processes: results in the order given, a broken file harms no other."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from crosscase.errors import FormatError
from crosscase.formats.options import ReadOptions
from crosscase.formats.reading import NamedSource
from crosscase.formats.worker import Answer, answer, receive, send

_MAX_WORKERS = 8
_SECONDS_FOR_A_FILE = 120.0


@dataclass(frozen=True)
class Outcome:
    """What became of one file: its sources, or the error that says why there are none."""

    path: Path
    sources: tuple[NamedSource, ...] = ()
    error: FormatError | None = None


Progress = Callable[[int, int, Outcome], None]


def read_many(
    paths: Iterable[Path | str],
    *,
    options: ReadOptions | Mapping[Path, ReadOptions] | None = None,
    workers: int | None = None,
    seconds_per_file: float = _SECONDS_FOR_A_FILE,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Read many files; what cannot be read is an outcome with an error, never the end of the others.

    Parameters
    ----------
    paths
        The files, in the order in which the outcomes come back.
    options
        How to read them, for all or by path.
    workers
        How many processes; by default one per core, at most 8. 0 reads in this process, without protection against
        a file that crashes or hangs its reader.
    seconds_per_file
        A file that takes longer is given up.
    progress
        Called after each file with the number done, the number of files and the outcome.
    """
    files = [Path(path) for path in paths]
    jobs = [(file, _options_for(file, options)) for file in files]
    outcomes: dict[int, Outcome] = {}
    if workers == 0 or not jobs:
        for index, (file, chosen) in enumerate(jobs):
            outcomes[index] = _outcome(file, answer(str(file), chosen))
            if progress is not None:
                progress(index + 1, len(jobs), outcomes[index])
        return list(outcomes.values())
    n_workers = min(workers or min(os.cpu_count() or 1, _MAX_WORKERS), len(jobs))
    with _Pool(jobs, n_workers, seconds_per_file) as pool:
        for n_done in range(1, len(jobs) + 1):
            index, result = pool.next_answer()
            outcomes[index] = _outcome(files[index], result)
            if progress is not None:
                progress(n_done, len(jobs), outcomes[index])
    return [outcomes[index] for index in range(len(jobs))]


def _options_for(file: Path, options: ReadOptions | Mapping[Path, ReadOptions] | None) -> ReadOptions:
    if options is None:
        return ReadOptions()
    return options if isinstance(options, ReadOptions) else options.get(file, ReadOptions())


def _outcome(file: Path, result: Answer) -> Outcome:
    return Outcome(file, error=result) if isinstance(result, FormatError) else Outcome(file, result)


class _Pool:
    """Threads that each keep one reading process and hand it job after job."""

    def __init__(self, jobs: list[tuple[Path, ReadOptions]], n_workers: int, seconds: float) -> None:
        self._seconds = seconds
        self._jobs: queue.SimpleQueue[tuple[int, Path, ReadOptions] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[int, Answer]] = queue.SimpleQueue()
        self._running: set[_Process] = set()
        self._is_closed = False
        for index, (file, options) in enumerate(jobs):
            self._jobs.put((index, file, options))
        for _ in range(n_workers):
            self._jobs.put(None)
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(n_workers)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_closed = True
        for process in list(self._running):
            process.kill()
        for thread in self._threads:
            thread.join(timeout=5)

    def next_answer(self) -> tuple[int, Answer]:
        """The number of a job with its answer, as soon as one is there."""
        return self._answers.get()

    def _work(self) -> None:
        process: _Process | None = None
        while (job := self._jobs.get()) is not None and not self._is_closed:
            index, file, options = job
            try:
                if process is None:
                    process = _Process()
                    self._running.add(process)
                result = process.ask(file, options, self._seconds)
            except OSError as error:
                result = FormatError(
                    f"no process to read it could be started ({error})", where=str(file), mend="try again"
                )
            if process is not None and process.is_over:
                self._running.discard(process)
                process = None
            self._answers.put((index, result))
        if process is not None:
            self._running.discard(process)
            process.kill()


class _Process:
    """One reading process and the pipes to it."""

    def __init__(self) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "crosscase.formats.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
        )
        self.is_over = False

    def ask(self, file: Path, options: ReadOptions, seconds: float) -> Answer:
        """The answer for one file; a process that dies or takes too long is an answer too."""
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(seconds, give_up)
        timer.start()
        try:
            send(cast(BinaryIO, self._process.stdin), (str(file), options))
            result = receive(cast(BinaryIO, self._process.stdout))
        except OSError:
            result = None
        finally:
            timer.cancel()
        if result is not None:
            return cast(Answer, result)
        last_words = self._last_words()
        self.kill()
        if late.is_set():
            return FormatError(
                f"the file takes more than {seconds:g} seconds to read", where=str(file), mend="split it"
            )
        return FormatError(
            f"the reader broke down on this file ({last_words})", where=str(file), mend="save it in another format"
        )

    def kill(self) -> None:
        """End the process and close its pipes."""
        self.is_over = True
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None and not stream.closed:
                try:
                    stream.close()
                except OSError:
                    continue  # the pipe to a dead process cannot be flushed, and need not be

    def _last_words(self) -> str:
        code = self._process.wait()
        if self._errors.closed:
            return f"exit code {code}"
        self._errors.seek(0)
        lines = self._errors.read()[-2000:].decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:160] if lines else f"exit code {code}"
