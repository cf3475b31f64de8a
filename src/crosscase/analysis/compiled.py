"""The one door to numba: functions compiled on first use, kept on disk, and free of the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """Compile a numeric function; chains in threads run side by side because it releases the interpreter's lock."""
    return cast(_Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def compiled_part(function: _Function) -> _Function:
    """Compile a function that only compiled functions call.

    It gets no wrapper for calls from Python, which takes as long to compile as the function itself.
    """
    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast(_Function, numba.njit(nogil=True, error_model="numpy", **options)(function))
