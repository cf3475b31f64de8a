"""How far each choice can move before the solution changes: exact ranges of cuts and calibration anchors.

A cut changes the truth table only where it passes the consistency, PRI or number of cases of a row, so that the
breakpoints of ``incl_cut``, ``pri_cut`` and ``n_cut`` are values in the table itself (Oana & Schneider 2024 look for
them on a grid). For an anchor, memberships change with every move: see ``anchor_sensitivity``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from crosscase.analysis.qca.answer import Answer, Schema
from crosscase.analysis.qca.data import Frame, Selection, select
from crosscase.analysis.qca.row_fit import TOLERANCE
from crosscase.analysis.qca.solving import Found, Outs, PatternSolver, Recipe, Rows
from crosscase.analysis.qca.truth_table import Row, tabulate
from crosscase.errors import InputError, NotFound

RANGE_SCHEMA: Schema = {
    "choice": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "low_included": pl.Boolean,
    "high": pl.Float64,
    "high_included": pl.Boolean,
    "below": pl.String,
    "above": pl.String,
}


@dataclass(frozen=True)
class Sensitivity(Answer):
    """Ranges in which the solution stays the same.

    ``table``: ``choice`` (``incl_cut``, ``pri_cut``, ``n_cut`` or an anchor), ``value`` (what was chosen), ``low`` and
    ``high`` (null: no limit was found), whether each end is part of the range, and ``below``/``above``: the solution
    just outside, or why there is none.
    """

    solution: Found

    def range(self, choice: str) -> tuple[float | None, float | None]:
        """Lower and upper end for a choice; raises ``NotFound``."""
        rows = self.table.filter(pl.col("choice") == choice)
        if not rows.height:
            raise NotFound(f"there is no range of {choice}", mend=f"use {', '.join(self.table['choice'])}")
        return rows["low"][0], rows["high"][0]


@dataclass(frozen=True)
class Cuts:
    """Cuts of a truth table; ``low_cut`` is the second, lower consistency (the same without contradictions)."""

    incl_cut: float
    low_cut: float
    n_cut: int
    pri_cut: float


def sensitivity(
    frame: Frame,
    outcome: str,
    conditions: Sequence[str] | str | None = None,
    *,
    incl_cut: float | Sequence[float] = 1.0,
    n_cut: int = 1,
    pri_cut: float = 0.0,
    include: str = "",
    dir_exp: Mapping[str, Any] | Sequence[Any] | str | None = None,
    exclude: Sequence[int | str] = (),
    cases: str | Sequence[object] | None = None,
) -> Sensitivity:
    """Exact ranges of ``incl_cut``, ``pri_cut`` and ``n_cut`` over which the same models result.

    Each choice moves alone, the others stay. Parameters are those of ``truth_table`` and ``minimize``; with two
    consistency cuts the upper one moves and the lower one follows it where it would come to lie above.
    """
    data = select(frame, outcome, conditions, cases=cases)
    cuts = read_cuts(incl_cut, n_cut, pri_cut)
    solver = PatternSolver(data.names, data.levels, Recipe(include, dir_exp, tuple(exclude)))
    rows = tabulate(data, cuts.incl_cut, cuts.low_cut, n_cut, pri_cut).rows
    initial = solve_cuts(rows, cuts, solver)
    table = [
        _range("incl_cut", cuts, rows, solver, initial),
        _range("pri_cut", cuts, rows, solver, initial),
        _range("n_cut", cuts, rows, solver, initial),
    ]
    parameters = {
        **_plain(data),
        "incl_cut": list({cuts.incl_cut: None, cuts.low_cut: None}),
        "n_cut": n_cut,
        "pri_cut": pri_cut,
        "include": include,
        "dir_exp": dir_exp,
        "exclude": list(exclude),
    }
    return Sensitivity(pl.DataFrame(table, schema=RANGE_SCHEMA), parameters, initial)


def read_cuts(incl_cut: float | Sequence[float], n_cut: int, pri_cut: float) -> Cuts:
    """The cuts, checked as far as ranges need it."""
    given = [float(incl_cut)] if isinstance(incl_cut, (int, float)) else [float(c) for c in incl_cut]
    if not given or len(given) > 2 or not all(0 <= c <= 1 for c in (*given, pri_cut)) or n_cut < 1:
        raise InputError("a cut lies outside its scale", mend="consistencies in [0, 1], n_cut from 1")
    return Cuts(max(given), min(given), n_cut, pri_cut)


def solve_cuts(rows: Sequence[Row], cuts: Cuts, solver: PatternSolver) -> Found:
    """The models of a truth table under these cuts."""
    values: Rows = tuple(row.values for row in rows)
    outs: Outs = tuple(output(row.incl, row.pri, row.n, cuts) for row in rows)
    return solver.solve_completely(values, outs)


def output(incl: float | None, pri: float | None, n: int, cuts: Cuts) -> str:
    """``1``, ``0``, ``C`` or ``?``, as ``truth_table`` gives it."""
    if n < cuts.n_cut or incl is None:
        return "?"
    if incl >= cuts.incl_cut - TOLERANCE:
        return "1" if (pri or 0.0) >= cuts.pri_cut - TOLERANCE else "0"
    return "C" if incl >= cuts.low_cut - TOLERANCE else "0"


def _range(choice: str, cuts: Cuts, rows: Sequence[Row], solver: PatternSolver, initial: Found) -> dict[str, object]:
    value = float(getattr(cuts, choice))
    ends: tuple[float | None, bool, float | None, bool]
    if choice == "n_cut":
        most = max(cuts.n_cut, *(row.n for row in rows))
        down = [float(n) for n in range(cuts.n_cut - 1, 0, -1)]
        up = [float(n) for n in range(cuts.n_cut + 1, most + 2)]
        low, below = _walk(down, choice, cuts, rows, solver, initial)
        high, above = _walk(up, choice, cuts, rows, solver, initial)
        ends = (low + 1 if low is not None else 1.0, True, high - 1 if high is not None else None, high is not None)
    else:
        marks = sorted({v for v in (row.incl if choice == "incl_cut" else row.pri for row in rows) if v is not None})
        # Each mark closes the range below it: a cut of exactly a row's consistency lets the row in.
        lower = [m for m in reversed(marks) if m < value - TOLERANCE]
        upper = [_after(m, marks) for m in marks if value - TOLERANCE <= m < 1.0]
        low, below = _walk(lower, choice, cuts, rows, solver, initial)
        high_probe, above = _walk(upper, choice, cuts, rows, solver, initial)
        high = None if high_probe is None else max(m for m in marks if m < high_probe - TOLERANCE / 2)
        ends = (low, False, high, True)
    return dict(zip(RANGE_SCHEMA, (choice, value, *ends, below, above), strict=True))


def _after(mark: float, marks: Sequence[float]) -> float:
    """A value between a mark and the next one, or 1."""
    return (mark + next((m for m in marks if m > mark + TOLERANCE), 1.0)) / 2


def _walk(
    probes: Sequence[float],
    choice: str,
    cuts: Cuts,
    rows: Sequence[Row],
    solver: PatternSolver,
    initial: Found,
) -> tuple[float | None, str | None]:
    """The first probe with another solution, and that solution."""
    for probe in probes:
        found = solve_cuts(rows, _moved(cuts, choice, probe), solver)
        if found.identity != initial.identity:
            return probe, str(found)
    return None, None


def _moved(cuts: Cuts, choice: str, value: float) -> Cuts:
    if choice == "incl_cut":
        single = cuts.incl_cut == cuts.low_cut
        return Cuts(value, value if single else min(cuts.low_cut, value), cuts.n_cut, cuts.pri_cut)
    if choice == "pri_cut":
        return Cuts(cuts.incl_cut, cuts.low_cut, cuts.n_cut, value)
    return Cuts(cuts.incl_cut, cuts.low_cut, int(value), cuts.pri_cut)


def _plain(data: Selection) -> dict[str, Any]:
    return {
        "outcome": data.outcome,
        "conditions": list(data.names),
        "n_cases": len(data.cases),
        "data_hash": data.data_hash,
    }
