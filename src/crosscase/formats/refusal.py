"""One sentence for every file that cannot be read: what happened, which file, what to do."""

from __future__ import annotations

import csv
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from crosscase.errors import FormatError

# What parsers written by others raise on broken bytes. MemoryError and anything that is not about the file are left
# out on purpose: they must be seen. This list is the only place where foreign exceptions become a refusal.
FAULTS: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    csv.Error,
    lzma.LZMAError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def refusing(what: str, where: str, mend: str) -> Iterator[None]:
    """Turn whatever a foreign parser raises on broken bytes into one ``FormatError`` with this sentence."""
    try:
        yield
    except FormatError:
        raise
    except FAULTS as fault:
        detail = " ".join(str(fault).split())[:160] or type(fault).__name__
        raise FormatError(f"{what} ({detail})", where=where, mend=mend) from fault
