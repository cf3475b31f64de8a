"""Enhanced standard analysis: which rows no solution should use (Schneider & Wagemann 2012, 2013)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from crosscase.analysis.qca.expressions import Expression, as_expression
from crosscase.analysis.qca.row_fit import TOLERANCE
from crosscase.analysis.qca.space import Ints, Space
from crosscase.analysis.qca.truth_table import TruthTable
from crosscase.errors import InputError

if TYPE_CHECKING:
    from crosscase.analysis.qca.solution import Solution

_MANY = 1 << 20


def find_rows(table: TruthTable, rule: str | Expression, *, remainders: bool = True) -> list[int]:
    """The numbers of the rows that a rule describes, such as ``BARGAIN*~OCCUP``; by default remainders only."""
    space = table.space
    if space.n_rows > _MANY:
        raise InputError(f"{space.n_rows:,} rows are too many to search", mend="use fewer conditions")
    parsed = as_expression(rule, space.conditions, space.level_map)
    codes = np.array([space.code(term) for term in parsed.terms], np.int64)
    every = space.every_row()
    found = set(space.numbers(every[space.inside(every, codes).any(axis=1)]).tolist())
    if remainders:
        found -= set(space.numbers(table.corners("0", "1", "C")).tolist())
    return sorted(found)


def contradictory_assumptions(solution: Solution, negated: Solution) -> list[int]:
    """Rows that the solution assumes to show the outcome and that of the negated outcome assumes not to.

    Both are parsimonious or intermediate solutions over the same conditions; every model counts.
    """
    first, second = solution.truth_table.space, negated.truth_table.space
    if first != second:
        raise InputError(
            "the two solutions do not have the same conditions", mend="use one list of conditions for both"
        )
    return sorted(_assumed(solution) & _assumed(negated))


def simultaneous_rows(table: TruthTable, negated: TruthTable, incl_cut: float | None = None) -> list[int]:
    """Rows with cases that are consistent both with the outcome and with its negation (simultaneous subset relations).

    ``incl_cut`` is the consistency from which a row counts; by default each table's own ``OUT`` decides.
    """
    shown = []
    for each in (table, negated):
        if incl_cut is None:
            shown.append({row.number for row in each.rows if row.out == "1"})
        else:
            at = incl_cut - TOLERANCE
            shown.append({row.number for row in each.rows if row.incl is not None and row.incl >= at})
    return sorted(shown[0] & shown[1])


def esa(
    table: TruthTable,
    *,
    necessary: Sequence[str] | str = (),
    untenable: Sequence[str] | str = (),
    contradictory: Sequence[int] = (),
) -> TruthTable:
    """The truth table for an enhanced standard analysis: rows that cannot be assumed are set to 0.

    Parameters
    ----------
    necessary
        Expressions that are necessary for the outcome, such as ``STOCK+MA``: every row outside of one is set to 0.
    untenable
        Rules that describe impossible or untenable assumptions: the remainders among these rows are set to 0.
    contradictory
        Further rows by number, such as contradictory simplifying assumptions.

    Notes
    -----
    As in SetMethods' ``esa``, a row with cases that lies outside of a necessary condition is set to 0 too; ``notes``
    names those that show the outcome in the data.
    """
    space = table.space
    numbers = set(contradictory)
    for rule in [necessary] if isinstance(necessary, str) else necessary:
        inside = find_rows(table, rule, remainders=False)
        numbers |= set(range(1, space.n_rows + 1)) - set(inside)
    for rule in [untenable] if isinstance(untenable, str) else untenable:
        numbers |= set(find_rows(table, rule))
    return table.without(sorted(numbers))


def excluded_rows(table: TruthTable, exclude: Sequence[int | str] | str) -> list[int]:
    """Row numbers of what ``minimize(exclude=)`` was given; a rule stands for the remainders that it describes."""
    parts = [exclude] if isinstance(exclude, str) else list(exclude)
    numbers: set[int] = set()
    for part in parts:
        if isinstance(part, str) and not part.strip().isdecimal():
            numbers |= set(find_rows(table, part))
        else:
            numbers.add(int(part))
    return sorted(numbers)


def _assumed(solution: Solution) -> set[int]:
    space: Space = solution.truth_table.space
    rows: Ints = np.concatenate([model.assumed_rows for model in solution.models])
    return set(space.numbers(rows).tolist())
