"""Rows of a truth table that are given as lists of levels, checked."""

from __future__ import annotations

from collections.abc import Sequence

from crosscase.analysis.qca.data import DONT_CARE, MAX_CONDITIONS
from crosscase.analysis.qca.space import Space, expand
from crosscase.errors import InputError

GivenRows = Sequence[Sequence[object]]
Values = tuple[int, ...]


def given_rows(
    conditions: Sequence[str], outs: Sequence[tuple[str, GivenRows]], levels: Sequence[int] | None
) -> tuple[Space, list[tuple[int, Values, str]]]:
    """The space, and per row its number, its values (−1 is *don't care*) and its output."""
    names = _checked_names(conditions)
    given = [(out, _row_values(row, names)) for out, rows in outs for row in rows]
    if not given:
        raise InputError("the truth table has no row", mend="give the rows with the outcome in on=")
    space = Space(names, _checked_levels(levels, [values for _, values in given], names))
    _check_disjoint(given, space)
    columns = zip(*(values for _, values in given), strict=True)
    extended = [count + int(min(column) < 0) for count, column in zip(space.levels, columns, strict=True)]
    return space, sorted((row_number(values, space.levels, extended), values, out) for out, values in given)


def row_number(values: Sequence[int], levels: Sequence[int], extended: Sequence[int]) -> int:
    """Number of a row, from 1, the last condition fastest; a *don't care* is one more level of its condition."""
    number = 0
    for value, count, width in zip(values, levels, extended, strict=True):
        number = number * width + (count if value < 0 else value)
    return number + 1


def _checked_names(conditions: Sequence[str]) -> tuple[str, ...]:
    names = tuple(str(name) for name in conditions)
    if not names or len(names) > MAX_CONDITIONS:
        raise InputError(f"a truth table has 1 to {MAX_CONDITIONS} conditions, not {len(names)}")
    if len(set(names)) < len(names):
        raise InputError("a condition occurs twice", where=", ".join(names), mend="name each condition once")
    return names


def _row_values(row: Sequence[object], names: tuple[str, ...]) -> tuple[int, ...]:
    if len(row) != len(names):
        raise InputError(f"a row has {len(row)} values for {len(names)} conditions", where=str(list(row)))
    values = []
    for value, name in zip(row, names, strict=True):
        if value is None or value in DONT_CARE:
            values.append(-1)
        elif str(value).isdecimal():
            values.append(int(str(value)))
        else:
            raise InputError(f"{value!r} is no level", where=f"{name} in {list(row)}", mend="use 0, 1, 2 … or -")
    return tuple(values)


def _checked_levels(
    levels: Sequence[int] | None, rows: list[tuple[int, ...]], names: tuple[str, ...]
) -> tuple[int, ...]:
    seen = [max(2, 1 + max(column)) for column in zip(*rows, strict=True)]
    if levels is None:
        return tuple(seen)
    if len(levels) != len(names):
        raise InputError(f"{len(levels)} numbers of levels for {len(names)} conditions")
    for name, count, least in zip(names, levels, seen, strict=True):
        if count < 2 or (least > 2 and count < least):
            raise InputError(f"{name} cannot have {count} levels", mend=f"it has {least} or more")
    return tuple(int(count) for count in levels)


def _check_disjoint(given: list[tuple[str, tuple[int, ...]]], space: Space) -> None:
    seen: dict[tuple[int, ...], str] = {}
    for out, values in given:
        for corner in map(tuple, expand([values], space.levels).tolist()):
            if seen.setdefault(corner, out) != out:
                raise InputError(
                    f"row {list(corner)} is given with OUT {seen[corner]} and {out}",
                    mend="give it once, or in contradictions=",
                )
