"""Truth tables: which configurations the cases belong to, and how consistently each shows the outcome.

A case belongs to the one configuration in which its membership (the minimum over the conditions) exceeds 0.5; it
contributes to the consistency of every row by its membership there (Ragin 2008; Duşa 2019). A case that is at exactly
0.5 in a condition belongs to no row: it is named, and the number of cases is shown without and with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis.qca.data import Frame, Selection, select
from crosscase.analysis.qca.given_rows import given_rows, row_number
from crosscase.analysis.qca.row_fit import at_half, corners_of, output, row_fits, row_memberships
from crosscase.analysis.qca.space import Flags, Ints, Space, expand
from crosscase.errors import InputError

_MANY_ROWS = 1 << 16


@dataclass(frozen=True)
class Row:
    """One configuration.

    Attributes
    ----------
    number
        Row number, from 1, the last condition fastest (a *don't care* counts as one more level, as in R QCA).
    values
        The level of each condition; −1 is *don't care*.
    out
        ``1``, ``0``, ``C`` (contradiction) or ``?`` (remainder).
    n, cases
        The cases whose membership exceeds 0.5.
    half
        The cases whose membership is exactly 0.5.
    incl, pri
        Consistency and PRI of the row as sufficient for the outcome; None without cases.
    deviant
        The cases of the row that are more out of the outcome than in it.
    """

    number: int
    values: tuple[int, ...]
    out: str
    n: int = 0
    incl: float | None = None
    pri: float | None = None
    cases: tuple[str, ...] = ()
    half: tuple[str, ...] = ()
    deviant: tuple[str, ...] = ()


@dataclass(frozen=True)
class TruthTable:
    """A truth table; ``truth_table`` makes it from cases, ``TruthTable.from_rows`` from configurations.

    Attributes
    ----------
    space
        The conditions and their levels.
    outcome
        What is explained, such as ``SURV`` or ``~SURV``.
    rows
        The rows that have a case (from data) or were given; every other configuration is a remainder.
    parameters
        Cuts, data hash and everything else that is needed to compute it again.
    selection
        The data; None for a table that was given as rows.
    notes
        What a reader must know: cases at exactly 0.5, too few cases for the number of configurations.
    """

    space: Space
    outcome: str
    rows: tuple[Row, ...]
    parameters: Mapping[str, Any]
    selection: Selection | None = None
    notes: tuple[str, ...] = ()
    show_deviant: bool = field(default=True, repr=False)

    @classmethod
    def from_rows(
        cls,
        conditions: Sequence[str],
        on: Sequence[Sequence[object]],
        off: Sequence[Sequence[object]] = (),
        levels: Sequence[int] | None = None,
        *,
        contradictions: Sequence[Sequence[object]] = (),
        outcome: str = "OUT",
    ) -> TruthTable:
        """A truth table without cases.

        Parameters
        ----------
        on, off, contradictions
            Rows as lists of levels in the order of ``conditions``; ``-`` is *don't care*. What is in none of them is
            a remainder.
        levels
            How many levels each condition has; by default two, or as many as the rows mention.
        """
        outs = (("1", on), ("0", off), ("C", contradictions))
        space, given = given_rows(conditions, outs, levels)
        rows = tuple(Row(number, values, out) for number, values, out in given)
        parameters = {"conditions": list(space.conditions), "outcome": outcome, "n_cases": None}
        return cls(space, outcome, rows, parameters)

    @property
    def conditions(self) -> tuple[str, ...]:
        return self.space.conditions

    @property
    def levels(self) -> tuple[int, ...]:
        return self.space.levels

    @property
    def n_rows(self) -> int:
        """How many configurations are possible."""
        return self.space.n_rows

    def corners(self, *outs: str) -> Ints:
        """The fully specified rows with one of these outputs (``1``, ``0``, ``C``, ``?``); rows with cases only."""
        return expand([row.values for row in self.rows if row.out in outs], self.space.levels)

    @cached_property
    def named_corners(self) -> Ints:
        """The fully specified rows that have a case; a row with a *don't care* names none of its corners."""
        whole = [row.values for row in self.rows if min(row.values) >= 0 and row.out != "?"]
        return expand(whole, self.space.levels)

    @cached_property
    def table(self) -> pl.DataFrame:
        """Rows with cases: ``row``, the conditions, ``OUT``, ``n``, ``incl``, ``PRI``, ``cases``.

        Then ``dcc`` (deviant cases), ``n_with_half`` (n, had the cases at exactly 0.5 been counted in) and ``half``
        (those cases).
        """
        return _frame(self, self.rows)

    def complete(self) -> pl.DataFrame:
        """The table with every remainder; raises ``InputError`` for more than 65,536 rows."""
        if self.n_rows > _MANY_ROWS:
            raise InputError(f"{self.n_rows:,} rows are too many to list", mend="use .table, the rows with cases")
        seen = {tuple(corner) for corner in self.corners("1", "0", "C", "?").tolist()}
        every = self.space.every_row()
        free = [
            Row(int(number), tuple(values), "?")
            for number, values in zip(self.space.numbers(every).tolist(), every.tolist(), strict=True)
            if tuple(values) not in seen
        ]
        return _frame(self, tuple(sorted([*self.rows, *free], key=lambda row: row.number)))

    @cached_property
    def ambiguous(self) -> pl.DataFrame:
        """The cases at exactly 0.5: ``case``, the ``conditions`` in which they are, the ``rows`` they might join."""
        found = []
        if self.selection is not None:
            for i in np.flatnonzero(at_half(self.selection).any(axis=1)).tolist():
                at = [name for name, half in zip(self.conditions, at_half(self.selection)[i], strict=True) if half]
                case = self.selection.cases[i]
                found.append((case, at, [row.number for row in self.rows if case in row.half]))
        names, rows = pl.List(pl.String), pl.List(pl.Int64)
        return pl.DataFrame(found, schema={"case": pl.String, "conditions": names, "rows": rows}, orient="row")

    @cached_property
    def lineage(self) -> pl.DataFrame:
        """Row → its cases: ``row``, ``case`` and ``part`` (``member``, or ``half`` at exactly 0.5)."""
        found = [(row.number, case, "member") for row in self.rows for case in row.cases]
        found += [(row.number, case, "half") for row in self.rows for case in row.half]
        return pl.DataFrame(found, schema={"row": pl.Int64, "case": pl.String, "part": pl.String}, orient="row")

    def cases_of(self, row: int) -> tuple[str, ...]:
        """The cases of a row, by its number."""
        return next((found.cases for found in self.rows if found.number == row), ())

    def with_out(self, numbers: Iterable[int], out: str = "0") -> TruthTable:
        """The same table with another output in these rows; a row without cases is added."""
        wanted = set(numbers)
        wrong = sorted(number for number in wanted if not 1 <= number <= self.n_rows)
        if wrong:
            raise InputError(f"there is no row {wrong[0]}", mend=f"rows are numbered 1 to {self.n_rows}")
        rows = [replace(row, out=out) if self.number_of(row) in wanted else row for row in self.rows]
        known = {self.number_of(row) for row in self.rows}
        free = np.array(sorted(wanted - known), np.int64)
        values = self.space.rows(free).tolist() if free.size else []
        rows += [Row(number, tuple(v), out) for number, v in zip(free.tolist(), values, strict=True)]
        return replace(self, rows=tuple(sorted(rows, key=lambda row: row.number)))

    def without(self, numbers: Iterable[int]) -> TruthTable:
        """``with_out`` 0, and a note on the rows that show the outcome in the data and lose it."""
        wanted = set(numbers)
        lost = sorted(row.number for row in self.rows if row.out == "1" and self.number_of(row) in wanted)
        note = f"set to 0 although their cases show the outcome: rows {', '.join(map(str, lost))}"
        changed = self.with_out(wanted)
        excluded = sorted(wanted | set(self.parameters.get("excluded", ())))
        parameters = {**self.parameters, "excluded": excluded}
        return replace(changed, parameters=parameters, notes=(*self.notes, note) if lost else self.notes)

    def number_of(self, row: Row) -> int | None:
        """The number of a row in the space without *don't cares*; None for a row that has one."""
        return int(self.space.numbers(np.array([row.values], np.int64))[0]) if min(row.values) >= 0 else None

    def to_pandas(self) -> Any:
        """The table as a pandas data frame (needs pandas and pyarrow, the ``notebook`` extra)."""
        return self.table.to_pandas()

    def to_dict(self) -> dict[str, Any]:
        """Table, parameters and notes as plain values."""
        return {
            "parameters": dict(self.parameters),
            "rows": self.table.to_dicts(),
            "n_rows": self.n_rows,
            "notes": list(self.notes),
        }

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        lines = "".join(f"<li>{escape(str(k))}: {escape(str(v))}</li>" for k, v in self.parameters.items())
        shown: str = self.table._repr_html_()
        return f"{shown}<ul>{notes}</ul><details><summary>Parameters</summary><ul>{lines}</ul></details>"


def truth_table(
    frame: Frame,
    outcome: str,
    conditions: Sequence[str] | str | None = None,
    *,
    incl_cut: float | Sequence[float] = 1.0,
    n_cut: int = 1,
    pri_cut: float = 0.0,
    dcc: bool = True,
    cases: str | Sequence[object] | None = None,
) -> TruthTable:
    """The truth table of some cases.

    Parameters
    ----------
    frame, outcome, conditions, cases
        As in ``select``.
    incl_cut
        Consistency from which a row shows the outcome. Two values ``(a, b)``: rows from b to below a are
        contradictions, ``C``.
    n_cut
        Fewer cases than this make a row a remainder.
    pri_cut
        PRI from which a row shows the outcome.
    dcc
        Whether the table names the deviant cases of each row.

    Returns
    -------
    TruthTable
        ``OUT`` is 1 if incl ≥ a and PRI ≥ ``pri_cut``; C if b ≤ incl < a; else 0; ? where n < ``n_cut``.

    Raises
    ------
    InputError
        For data or cuts that cannot be used.

    Notes
    -----
    Ragin (2008) *Redesigning Social Inquiry*, ch. 7; Duşa (2019) *QCA with R*, ch. 7.
    """
    high, low = _checked_cuts(incl_cut, n_cut, pri_cut)
    return tabulate(select(frame, outcome, conditions, cases=cases), high, low, n_cut, pri_cut, dcc)


def tabulate(
    selection: Selection, high: float, low: float, n_cut: int = 1, pri_cut: float = 0.0, dcc: bool = True
) -> TruthTable:
    """``truth_table`` over data that are already read; ``high`` and ``low`` are the two cuts."""
    space = Space(selection.names, selection.levels)
    half = at_half(selection)
    corners = corners_of(selection)
    assigned = ~half.any(axis=1)
    found = sorted(set(map(tuple, corners[assigned].tolist())))
    extended = (np.array(space.levels) + selection.conditions.dont_care.any(axis=0)).tolist()
    x = row_memberships(selection, found)
    fits = row_fits(x, selection.y)
    rows = []
    for values, membership, (incl, pri) in zip(found, x, fits, strict=True):
        members = np.flatnonzero(assigned & (corners == values).all(axis=1)).tolist()
        undecided = np.flatnonzero(~assigned & (membership == 0.5)).tolist() if not assigned.all() else []
        row = Row(
            number=row_number(values, space.levels, extended),
            values=values,
            out=output(incl, pri, len(members), (high, low, n_cut, pri_cut)),
            n=len(members),
            incl=incl,
            pri=pri,
            cases=tuple(selection.cases[i] for i in members),
            half=tuple(selection.cases[i] for i in undecided),
            deviant=tuple(selection.cases[i] for i in members if selection.y[i] < 0.5),
        )
        rows.append(row)
    parameters = {
        "outcome": selection.outcome,
        "conditions": list(selection.names),
        "incl_cut": [high] if high == low else [high, low],
        "n_cut": n_cut,
        "pri_cut": pri_cut,
        "n_cases": len(selection.cases),
        "data_hash": selection.data_hash,
    }
    ordered = tuple(sorted(rows, key=lambda row: row.number))
    return TruthTable(space, selection.outcome, ordered, parameters, selection, _notes(selection, space, half), dcc)


def _notes(selection: Selection, space: Space, half: Flags) -> tuple[str, ...]:
    notes = []
    n, k = len(selection.cases), len(space.levels)
    if n < space.n_rows:
        notes.append(
            f"{n} cases against {space.n_rows:,} possible configurations of {k} conditions: "
            "what the solution says about configurations without a case is assumption"
        )
    if np.ptp(selection.y) == 0.0:
        notes.append(
            f"{selection.outcome} is {selection.y[0]:g} for every case: no case without it can contradict a solution"
        )
    for i in np.flatnonzero(half.any(axis=1)).tolist():
        at = ", ".join(selection.names[j] for j in np.flatnonzero(half[i]))
        notes.append(f"{selection.cases[i]} is at exactly 0.5 in {at} and belongs to no row")
    return tuple(notes)


def _frame(table: TruthTable, rows: tuple[Row, ...]) -> pl.DataFrame:
    columns: dict[str, Any] = {"row": pl.Series([row.number for row in rows], dtype=pl.Int64)}
    for j, name in enumerate(table.conditions):
        values = [row.values[j] for row in rows]
        open_ = min(values, default=0) < 0
        columns[name] = pl.Series(
            ["-" if v < 0 else str(v) for v in values] if open_ else values, dtype=pl.String if open_ else pl.Int64
        )
    names = pl.List(pl.String)
    columns["OUT"] = pl.Series([row.out for row in rows], dtype=pl.String)
    columns["n"] = pl.Series([row.n for row in rows], dtype=pl.Int64)
    columns["incl"] = pl.Series([row.incl for row in rows], dtype=pl.Float64)
    columns["PRI"] = pl.Series([row.pri for row in rows], dtype=pl.Float64)
    columns["cases"] = pl.Series([list(row.cases) for row in rows], dtype=names)
    if table.show_deviant:
        columns["dcc"] = pl.Series([list(row.deviant) for row in rows], dtype=names)
    columns["n_with_half"] = pl.Series([row.n + len(row.half) for row in rows], dtype=pl.Int64)
    columns["half"] = pl.Series([list(row.half) for row in rows], dtype=names)
    return pl.DataFrame(columns)


def _checked_cuts(incl_cut: float | Sequence[float], n_cut: int, pri_cut: float) -> tuple[float, float]:
    given = [incl_cut] if isinstance(incl_cut, int | float) else list(incl_cut)
    if not 1 <= len(given) <= 2 or not all(0.0 <= cut <= 1.0 for cut in given):
        shown = ", ".join(map(str, given)) or "none"
        raise InputError(f"incl_cut is one or two consistencies in [0, 1], not {shown}", mend="0.8 is usual")
    if not 0.0 <= pri_cut <= 1.0:
        raise InputError(f"pri_cut lies in [0, 1], not {pri_cut!r}", mend="0 asks for no PRI")
    if n_cut < 1 or n_cut != int(n_cut):
        raise InputError(f"n_cut is a number of cases from 1, not {n_cut!r}", mend="1 keeps every row with a case")
    return float(max(given)), float(min(given))
