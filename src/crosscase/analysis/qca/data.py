"""Memberships of cases in conditions and an outcome, read from a data frame and checked.

A column holds either memberships in [0, 1] (crisp or fuzzy sets) or levels 0, 1, 2, … (a multi-value condition). In a
condition ``-`` or ``dc`` means *don't care*: the question does not arise for this case, as in temporal QCA when one of
two events did not happen (Caren & Panofsky 2005; Ragin & Strand 2008).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from crosscase.errors import InputError

Floats = npt.NDArray[np.float64]
Frame = Any  # a polars or pandas data frame, or a mapping from column names to values
MAX_CONDITIONS = 20
MAX_LEVELS = 50
DONT_CARE = frozenset({"-", "dc"})
CASE_COLUMNS = ("case", "cases", "Case", "Cases", "CASE", "CASES", "")
_OUTCOME = re.compile(r"\s*(?P<negated>~?)\s*(?P<name>[^\s~\[\]{}]+)\s*(?:[\[{]\s*(?P<level>\d+)\s*[\]}])?\s*")


@dataclass(frozen=True)
class Columns:
    """Checked columns of a data frame.

    Attributes
    ----------
    cases
        The name of each case.
    names
        The columns, in the order in which they were asked for.
    levels
        Per column: 2 for memberships in [0, 1], else the number of levels of a multi-value condition.
    values
        Cases × columns; NaN stands for *don't care*.
    """

    cases: tuple[str, ...]
    names: tuple[str, ...]
    levels: tuple[int, ...]
    values: Floats

    def column(self, name: str) -> Floats:
        """The values of one column."""
        result: Floats = self.values[:, self.names.index(name)]
        return result

    def level_of(self, name: str) -> int:
        """How many levels a column has (2 for a membership)."""
        return self.levels[self.names.index(name)]

    def membership(self, name: str, level: int = 1) -> Floats:
        """Membership in a literal: ``X`` (level 1), ``~X`` (level 0), ``X[2]`` of a multi-value condition.

        A case for which the condition is *don't care* is outside of every literal of it.
        """
        x = self.column(name)
        count = self.level_of(name)
        if not 0 <= level < count:
            raise InputError(
                f"{name} has no level {level}", where=f"{name}[{level}]", mend=f"its levels are 0 to {count - 1}"
            )
        raw = (x == level).astype(float) if count > 2 else (x if level == 1 else 1.0 - x)
        return np.where(np.isnan(x), 0.0, raw)

    @cached_property
    def dont_care(self) -> npt.NDArray[np.bool_]:
        """Cases × columns: where a condition is *don't care*."""
        return np.isnan(self.values)


@dataclass(frozen=True)
class Selection:
    """Conditions and an outcome over the same cases, ready for a truth table.

    Attributes
    ----------
    conditions
        The conditions' columns.
    outcome
        What was asked for, in one spelling: ``Y``, ``~Y``, ``Y[2]`` or ``~Y[2]``.
    y
        Membership of each case in that outcome (already negated where it was asked for).
    """

    conditions: Columns
    outcome: str
    y: Floats

    @property
    def cases(self) -> tuple[str, ...]:
        return self.conditions.cases

    @property
    def names(self) -> tuple[str, ...]:
        """The conditions' names."""
        return self.conditions.names

    @property
    def levels(self) -> tuple[int, ...]:
        return self.conditions.levels

    @property
    def values(self) -> Floats:
        """Cases × conditions."""
        return self.conditions.values

    @cached_property
    def data_hash(self) -> str:
        """SHA-256 over cases, names and values: the same data give the same hash."""
        parts = ["\x1f".join(self.cases), "\x1f".join(self.names), self.outcome]
        digest = sha256("\x1e".join(parts).encode())
        digest.update(np.ascontiguousarray(self.values).tobytes() + np.ascontiguousarray(self.y).tobytes())
        return digest.hexdigest()


def select(
    frame: Frame,
    outcome: str,
    conditions: Sequence[str] | str | None = None,
    *,
    cases: str | Sequence[object] | None = None,
    may_be_constant: bool = False,
) -> Selection:
    """Conditions and outcome of a data frame, checked.

    Parameters
    ----------
    frame
        Polars or pandas data frame, or a mapping from column names to values; one row per case.
    outcome
        ``Y``, ``~Y``, or ``Y[2]`` (also ``Y{2}``) for one level of a multi-value outcome.
    conditions
        Names of columns; by default every column but the outcome and the case names.
    cases
        The column with the cases' names, or the names themselves. By default a column called ``case`` or ``cases``,
        the index of a pandas frame if it is named or holds text, or the first text column that is not used otherwise;
        else the cases are numbered from 1.
    may_be_constant
        Whether a condition may be the same, or the outcome 0, for all cases.

    Raises
    ------
    InputError
        One sentence for whatever cannot be used: an unknown or doubled column, missing values, memberships outside
        [0, 1], levels that are no whole numbers, doubled case names, more than 20 conditions, a condition that is the
        same for every case, an outcome that is 0 for every case.
    """
    table, index = as_polars(frame)
    name, level, negated = read_outcome(outcome)
    wanted = _condition_names(table, name, conditions, cases)
    used = [*wanted, name]
    _check_known(table, used)
    names = case_names(table, index, used, cases)
    if name in wanted:
        raise InputError(f"{name} is both the outcome and a condition", mend="leave it out of the conditions")
    columns = _read_columns(table, names, wanted, dont_care_allowed=True)
    y = _outcome(_read_columns(table, names, [name], dont_care_allowed=False), level, negated, outcome)
    if not may_be_constant:
        _check_varies(columns, y, outcome)
    return Selection(columns, ("~" if negated else "") + name + ("" if level is None else f"[{level}]"), y)


def read_columns(frame: Frame, names: Sequence[str], *, cases: str | Sequence[object] | None = None) -> Columns:
    """Some columns of a data frame, checked as ``select`` does, without an outcome."""
    table, index = as_polars(frame)
    _check_known(table, names)
    return _read_columns(table, case_names(table, index, names, cases), names, dont_care_allowed=True)


def read_outcome(outcome: str) -> tuple[str, int | None, bool]:
    """Name, level (None for a plain name) and whether negated, of ``Y``, ``~Y``, ``Y[2]``, ``Y{2}``, ``~Y[2]``."""
    match = _OUTCOME.fullmatch(outcome)
    if match is None:
        raise InputError(f"{outcome!r} is no outcome", mend="write one column, such as Y, ~Y or Y[2]")
    level = match["level"]
    return match["name"], None if level is None else int(level), bool(match["negated"])


def as_polars(frame: Frame) -> tuple[pl.DataFrame, list[str] | None]:
    """The frame as Polars, and the labels of a pandas index that names cases (else None)."""
    if isinstance(frame, pl.DataFrame):
        return frame, None
    if isinstance(frame, pl.LazyFrame):
        return frame.collect(), None
    if isinstance(frame, Mapping):
        return pl.DataFrame({str(k): list(v) for k, v in frame.items()}, strict=False), None
    if hasattr(frame, "columns") and hasattr(frame, "index"):
        columns = [str(c) for c in frame.columns]
        _check_doubled(columns, "column")
        labels = list(frame.index)
        named = frame.index.name is not None or any(isinstance(label, str) for label in labels)
        values = {c: [None if v is None or v != v else v for v in frame[c].tolist()] for c in frame.columns}
        table = pl.DataFrame({str(c): v for c, v in values.items()}, strict=False)
        return table, [str(label) for label in labels] if named else None
    raise InputError(
        f"a {type(frame).__name__} is no table of cases", mend="give a polars or pandas data frame with a row per case"
    )


def case_names(
    table: pl.DataFrame, index: list[str] | None, used: Sequence[str], cases: str | Sequence[object] | None
) -> tuple[str, ...]:
    """The name of each case, unique; see ``select`` for where they come from."""
    if table.height == 0:
        raise InputError("the table holds no cases", mend="give a row per case")
    names = _raw_names(table, index, used, cases)
    if len(names) != table.height:
        raise InputError(f"{len(names)} case names for {table.height} cases", mend="give one name per case")
    _check_doubled(names, "case", mend="give every case its own name")
    return tuple(names)


def _raw_names(
    table: pl.DataFrame, index: list[str] | None, used: Sequence[str], cases: str | Sequence[object] | None
) -> list[str]:
    if isinstance(cases, str):
        _check_known(table, [cases])
        return _texts(table[cases], cases)
    if cases is not None:
        return [str(name) for name in cases]
    column = _case_column(table, used)
    if column is not None and (column in CASE_COLUMNS or index is None):
        return _texts(table[column], column)
    return index or [str(i + 1) for i in range(table.height)]


def _case_column(table: pl.DataFrame, used: Sequence[str]) -> str | None:
    free = [c for c in table.columns if c not in used]
    named = [c for c in CASE_COLUMNS if c in free]
    text = [c for c in free if table[c].dtype == pl.String]
    return (named + text + [None])[0]


def _texts(column: pl.Series, name: str) -> list[str]:
    if column.null_count():
        row = int(column.is_null().arg_true()[0]) + 1
        raise InputError("a case has no name", where=f"column {name}, row {row}", mend="name every case")
    return [str(value) for value in column.to_list()]


def _condition_names(
    table: pl.DataFrame, outcome: str, conditions: Sequence[str] | str | None, cases: str | Sequence[object] | None
) -> list[str]:
    if isinstance(conditions, str):
        conditions = [part for part in re.split(r"[,;\s]+", conditions) if part]
    if conditions is None:
        names = cases if isinstance(cases, str) else _case_column(table, [outcome])
        conditions = [c for c in table.columns if c not in (outcome, names)]
    wanted = [str(c).strip() for c in conditions]
    if not wanted:
        raise InputError("there is no condition", mend="name one or more columns in conditions=")
    _check_doubled(wanted, "condition", mend="name each condition once")
    if len(wanted) > MAX_CONDITIONS:
        raise InputError(
            f"{len(wanted)} conditions are more than the {MAX_CONDITIONS} that a truth table can take here",
            mend="choose fewer, or join some of them into one higher-order condition",
        )
    return wanted


def _check_known(table: pl.DataFrame, names: Iterable[str]) -> None:
    for name in names:
        if name not in table.columns:
            close = [c for c in table.columns if c.lower() == name.lower().lstrip("~")]
            known = ", ".join(table.columns[:30])
            raise InputError(
                f"there is no column {name}",
                where=f"columns: {known}",
                mend=f"did you mean {close[0]}?" if close else "check the spelling; upper and lower case differ",
            )


def _check_doubled(names: Sequence[str], kind: str, mend: str = "rename one of them") -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError(f"the {kind} {name} occurs twice", mend=mend)
        seen.add(name)


def _read_columns(
    table: pl.DataFrame, cases: tuple[str, ...], names: Sequence[str], *, dont_care_allowed: bool
) -> Columns:
    arrays, levels = [], []
    for name in names:
        values = _numbers(table[name], name, cases, dont_care_allowed)
        arrays.append(values)
        levels.append(_levels(values, name, cases))
    return Columns(cases, tuple(names), tuple(levels), np.column_stack(arrays))


def _numbers(column: pl.Series, name: str, cases: tuple[str, ...], dont_care_allowed: bool) -> Floats:
    if column.dtype.is_numeric() and not column.null_count():
        plain = column.to_numpy().astype(np.float64)
        if np.isfinite(plain).all():
            return plain
    return np.array(
        [_number(v, f"{name}, case {case}", dont_care_allowed) for v, case in zip(column.to_list(), cases, strict=True)]
    )


def _number(value: object, where: str, dont_care_allowed: bool) -> float:
    text = str(value).strip() if isinstance(value, str) else value
    if text is None or text == "" or text in ("NA", "NaN", "nan") or text != text:
        raise InputError("a value is missing", where=where, mend="calibrate the case or leave it out")
    if text in DONT_CARE:
        if dont_care_allowed:
            return float("nan")
        raise InputError(f"an outcome cannot be don't care ({text})", where=where, mend="give a membership")
    try:
        number = float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InputError(
            f"{value!r} is no number", where=where, mend="give a membership in [0, 1] or a level"
        ) from None
    if not np.isfinite(number):
        raise InputError(f"{value!r} is no membership", where=where, mend="give a membership in [0, 1] or a level")
    return number


def _levels(values: Floats, name: str, cases: tuple[str, ...]) -> int:
    known = ~np.isnan(values)
    if not known.any():
        raise InputError(f"{name} is don't care for every case", mend="leave it out of the conditions")
    if ((values[known] >= 0) & (values[known] <= 1)).all():
        return 2
    whole = values[known] == np.floor(values[known])
    outside = known & ((values < 0) | (values > 1))
    first = int(np.flatnonzero(outside)[0])
    where = f"{name}, case {cases[first]}"
    if (values[known] < 0).any() or not whole.all():
        raise InputError(
            f"{values[first]:g} lies outside [0, 1] and {name} is no multi-value condition (whole numbers from 0)",
            where=where,
            mend="calibrate the raw values first",
        )
    top = int(values[known].max())
    if top >= MAX_LEVELS:
        raise InputError(f"{name} has a level {top}", where=where, mend="calibrate the raw values first")
    return top + 1


def _outcome(columns: Columns, level: int | None, negated: bool, text: str) -> Floats:
    name = columns.names[0]
    count = columns.levels[0]
    if level is None and count > 2:
        raise InputError(
            f"the outcome {name} has {count} levels", where=text, mend=f"say which one you explain, such as {name}[1]"
        )
    y = columns.membership(name, 1 if level is None else level)
    return 1.0 - y if negated else y


def _check_varies(columns: Columns, y: Floats, outcome: str) -> None:
    if y.max() == 0.0:
        raise InputError(
            f"the outcome {outcome} is 0 for every case, so there is nothing to explain",
            mend="add cases that show it",
        )
    for j, name in enumerate(columns.names):
        known = columns.values[~columns.dont_care[:, j], j]
        if np.ptp(known) == 0.0 and known.size == len(y):
            raise InputError(
                f"the condition {name} is {known[0]:g} for every case, so it cannot make a difference",
                mend="leave it out of the conditions, or add cases that differ in it",
            )
