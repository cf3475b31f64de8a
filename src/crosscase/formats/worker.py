"""A process that reads files for another one: ``python -m crosscase.formats.worker``, started by ``many``.

It takes jobs from its input and writes answers to its output, both pickled with their length in front. A file that
breaks the reader breaks only this process; its parent names the file and starts another one.
"""

from __future__ import annotations

import os
import pickle
import struct
import sys
from pathlib import Path
from typing import BinaryIO, cast

from crosscase.errors import FormatError
from crosscase.formats.options import ReadOptions
from crosscase.formats.reading import NamedSource, read_source

LENGTH = struct.Struct("<Q")
# What one file may take beyond what the program itself needs.
MEMORY_FOR_A_FILE = 3 * 1024**3

Job = tuple[str, ReadOptions]
Answer = tuple[NamedSource, ...] | FormatError


def send(stream: BinaryIO, message: Job | Answer) -> None:
    """Write a message with its length in front."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: BinaryIO) -> object | None:
    """The next message, or None when the other side is gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    data = stream.read(length)
    return pickle.loads(data) if len(data) == length else None


def answer(path: str, options: ReadOptions) -> Answer:
    """What became of one file."""
    try:
        return tuple(read_source(Path(path), options=options))
    except FormatError as error:
        return error
    except MemoryError:
        return FormatError("the file needs too much memory", where=path, mend="split it")


def bound_memory() -> None:
    """Let the system refuse memory to this process before a file takes all of the machine's."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    statm = Path("/proc/self/statm")
    if statm.exists():
        used = int(statm.read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = used + MEMORY_FOR_A_FILE
        resource.setrlimit(resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def main() -> None:
    """Serve jobs until the parent closes the pipe."""
    # Libraries may print: what they print must not end up between the answers.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    bound_memory()
    while (job := receive(sys.stdin.buffer)) is not None:
        path, options = cast(Job, job)
        send(output, answer(path, options))


if __name__ == "__main__":
    main()
