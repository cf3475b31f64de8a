"""What people hand in, checked: masked arrays, columns, categories, counts."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from crosscase.errors import InputError

Ints = npt.NDArray[np.int64]
MOST_CELLS = 10_000_000
"""Units × coders that counts may be laid out to; larger tables would not fit into memory with their distances."""
LARGEST_COUNT = 2**53 - 1
"""Above it whole numbers cannot be told apart as floating-point numbers."""


def unmasked(table: Any) -> Any:
    """Masked arrays with None where the mask is; everything else as it is."""
    if not np.ma.isMaskedArray(table):
        return table
    plain = table.data.astype(object)
    plain[np.ma.getmaskarray(table)] = None
    return plain


def column(values: Any) -> Any:
    """One coder's values: an array, or a list of them."""
    plain = unmasked(values)
    if isinstance(plain, np.ndarray) and plain.ndim == 1:
        return plain
    if isinstance(plain, str | bytes | Mapping | np.ndarray) or not isinstance(plain, Iterable):
        raise InputError(f"a coder's values are one per unit, not {short(plain)}", where="ratings")
    return list(plain)


def short(thing: Any) -> str:
    """What was handed in, in few words."""
    said = repr(thing)
    return said if len(said) <= 40 else f"{said[:39]}…"


def is_missing(value: Any) -> bool:
    # NaN is the only value that differs from itself.
    return value is None or value is np.ma.masked or bool(value != value)


def named_places(categories: Sequence[Hashable]) -> dict[Hashable, int]:
    """Category → position, of categories that the caller named."""
    names = unmasked(categories)
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        raise InputError(f"categories are several values, not {short(names)}", where="categories=")
    try:
        listed: list[Any] = list(names)
        places = {name: n for n, name in enumerate(listed)}
        if any(is_missing(name) for name in listed):
            raise InputError("a category is missing", where="categories=", mend="name the values that can be given")
    except (TypeError, ValueError) as error:
        raise InputError(f"categories must be hashable ({error})", where="categories=") from error
    if len(places) != len(listed):
        raise InputError("a category is named twice", where="categories=")
    return places


def cells_of(row: Any, n: int) -> list[Any]:
    cells = unmasked(row)
    if isinstance(cells, str | bytes | Mapping) or not isinstance(cells, Iterable):
        raise InputError("a unit is a row of values, one per coder", where=f"ratings, row {n + 1}")
    return list(cells)


def whole(table: npt.ArrayLike, what: str, *dimensions: int) -> Ints:
    if np.ma.is_masked(table):
        raise InputError("no count may be masked", where=f"{what}=", mend="write 0 where nobody gave the value")
    try:
        array = np.asarray(table, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError("counts must be numbers", where=f"{what}=") from error
    if array.ndim not in dimensions:
        raise InputError(f"a table of {array.ndim} dimensions cannot be read", where=f"{what}=")
    if not np.isfinite(array).all() or (array < 0).any() or (array != np.round(array)).any():
        raise InputError("counts are whole numbers from 0", where=f"{what}=", mend="hand in counts, not shares")
    if array.sum() > LARGEST_COUNT:
        raise InputError(f"{array.sum():.3g} values are more than can be counted exactly", where=f"{what}=")
    return array.astype(np.int64)


def labels_of(table: npt.ArrayLike, categories: Sequence[Hashable] | None) -> tuple[Hashable, ...]:
    width = np.asarray(table).shape[-1]
    if categories is None:
        return tuple(range(1, width + 1))
    names = tuple(named_places(categories))
    if len(names) != width:
        raise InputError(f"{len(names)} different categories for a table of {width}", where="categories=")
    return names


def expand(counts: Ints) -> Ints:
    """One column per value given: the order of coders means nothing here, so any will do."""
    n_values = counts.sum(axis=1)
    if len(counts) * int(n_values.max(initial=0)) > MOST_CELLS:
        raise InputError(
            f"{len(counts)} units with up to {int(n_values.max()):,} values are too many to be compared pair by pair",
            where="counts=",
            mend="hand in fewer, or a contingency table",
        )
    codes = np.full((len(counts), int(n_values.max(initial=0))), -1, dtype=np.int64)
    rows = np.repeat(np.arange(len(counts)), n_values)
    first = np.repeat(np.cumsum(n_values) - n_values, n_values)
    codes[rows, np.arange(len(rows)) - first] = np.repeat(
        np.tile(np.arange(counts.shape[1]), len(counts)), counts.ravel()
    )
    return codes
