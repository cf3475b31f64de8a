"""The one door to numba: functions compiled on first use, kept on disk, and free of the interpreter's lock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])
_PARTS = b"import compiled"


def compiled(function: _Function) -> _Function:
    """Compile a numeric function; chains in threads run side by side because it releases the interpreter's lock."""
    with _kept_by_content():
        return cast(_Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def compiled_part(function: _Function) -> _Function:
    """Compile a function that only compiled functions call.

    It gets no wrapper for calls from Python, which takes as long to compile as the function itself.
    """
    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast(_Function, numba.njit(nogil=True, error_model="numpy", **options)(function))


@contextmanager
def _kept_by_content() -> Iterator[None]:
    """Keep what is compiled in a folder named by the content of every module that compiles something.

    Numba looks at the time of one file only: after a change in a part that lies in another file it would go on with
    the old code.
    """
    folder = _folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        yield  # an installation that cannot be written; numba then keeps it with the user's own files
        return
    settings: Any = numba.config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        settings.CACHE_DIR = before


def is_kept(name: str) -> bool:
    """Whether a function, named by its module and itself (``"kernel.run_chain"``), has been compiled and kept."""
    return any(_folder().rglob(f"{name}-*.nbi"))


def _folder() -> Path:
    return Path(__file__).parent / "__pycache__" / f"compiled-{_digest()}"


@cache
def _digest() -> str:
    found = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        content = path.read_bytes()
        if _PARTS in content:
            found.update(content)
    return found.hexdigest()[:16]
