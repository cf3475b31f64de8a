"""Cases by their membership in an expression and in the outcome, and the evidence of a case in a set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from crosscase.analysis.qca.data import Floats, read_outcome
from crosscase.analysis.qca.expressions import Expression, parse
from crosscase.analysis.qca.fit import SufficiencyFit, sufficiency_fit
from crosscase.analysis.qca.truth_table import Row, TruthTable
from crosscase.errors import InputError, NotFound
from crosscase.services.configurations import Configurations
from crosscase.services.memberships import Sets

QUADRANTS = {
    "typical": "in the expression and in the outcome: what the expression explains",
    "against": "in the expression and not in the outcome: speaks against it (deviant for consistency)",
    "unexplained": "in the outcome and not in the expression: left unexplained (deviant for coverage)",
    "irrelevant": "in neither",
    "at .5": "at exactly .5 in one of them: neither in nor out",
}
MOST_LISTED = 64


@dataclass(frozen=True)
class Placed:
    """A case at its memberships in an expression (``x``) and in the outcome (``y``); ``kind`` is its quadrant."""

    case: str
    x: float
    y: float
    kind: str


@dataclass(frozen=True)
class ExpressionView:
    """An expression against the outcome: where the cases stand, and its fit as sufficient for the outcome."""

    text: str
    names: tuple[str, ...]
    points: tuple[Placed, ...]
    fit: SufficiencyFit

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases that are more in the expression than out of it."""
        return tuple(point.case for point in self.points if point.x > 0.5)

    def quadrant(self, kind: str) -> tuple[Placed, ...]:
        return tuple(point for point in self.points if point.kind == kind)


def view_expression(table: TruthTable, text: str) -> ExpressionView:
    """Where the cases of a truth table stand by an expression of its conditions, such as ``DEV*~IND + STB``."""
    selection = table.selection
    if selection is None:
        raise InputError("this truth table has no cases", mend="make it from cases")
    expression: Expression = parse(text, table.conditions, table.space.level_map)
    x: Floats = expression.membership(selection.conditions)
    points = tuple(
        Placed(case, float(a), float(b), _quadrant(float(a), float(b)))
        for case, a, b in zip(selection.cases, x, selection.y, strict=True)
    )
    names = tuple(name for name in table.conditions if name in expression.conditions)
    return ExpressionView(text, names, points, sufficiency_fit(x, selection.y))


def _quadrant(x: float, y: float) -> str:
    if 0.5 in (x, y):
        return "at .5"
    if x > 0.5:
        return "typical" if y > 0.5 else "against"
    return "unexplained" if y > 0.5 else "irrelevant"


def row_of(table: TruthTable, number: int) -> Row:
    """A row of the truth table that has cases; raises ``NotFound``."""
    for row in table.rows:
        if row.number == number:
            return row
    raise NotFound(f"no case is in row {number}", where="truth table", mend="choose a row that has cases")


def expressions_to_plot(found: Configurations) -> list[tuple[str, str]]:
    """Expression and what it is: every model and term of the solutions, then each condition and its absence."""
    listed: dict[str, str] = {}
    for kind, solution in found.solutions.items():
        for number, model in enumerate(solution.models[:MOST_LISTED], 1):
            listed.setdefault(model.expression, f"{kind} solution, M{number}")
    for kind, solution in found.solutions.items():
        for model in solution.models[:MOST_LISTED]:
            for term in model.terms:
                listed.setdefault(term, f"term of the {kind} solution")
    for name, levels in zip(found.table.conditions, found.table.levels, strict=True):
        single = [name, f"~{name}"] if levels == 2 else [f"{name}[{level}]" for level in range(levels)]
        for text in single:
            listed.setdefault(text, "condition")
    return list(listed.items())


def print_row(table: TruthTable, values: Sequence[int]) -> str:
    """A configuration in words of the solutions, such as ``DEV*~URB`` or ``X[2]*Y[0]``."""
    parts = []
    for name, levels, value in zip(table.conditions, table.levels, values, strict=True):
        if value >= 0:
            parts.append(f"{name}[{value}]" if levels > 2 else name if value else f"~{name}")
    return "*".join(parts)


def remainders(table: TruthTable) -> tuple[int, tuple[str, ...]]:
    """How many configurations no case shows, and those configurations where there are at most 64."""
    n_seen = len(table.corners("1", "0", "C", "?"))
    n = table.n_rows - n_seen
    if not 0 < n <= MOST_LISTED or table.n_rows > 1 << 12:
        return n, ()
    seen = {tuple(corner) for corner in table.corners("1", "0", "C", "?").tolist()}
    free = [values for values in table.space.every_row().tolist() if tuple(values) not in seen]
    return n, tuple(print_row(table, values) for values in free)


def contradictory(table: TruthTable) -> tuple[Row, ...]:
    """Rows whose cases do not agree on the outcome."""
    return tuple(row for row in table.rows if row.out == "C" or 0 < len(row.deviant) < row.n)


def disagreements(table: TruthTable) -> tuple[str, ...]:
    """A sentence for each contradictory row: which of its cases show the outcome and which do not."""
    said = []
    for row in contradictory(table):
        shown = [case for case in row.cases if case not in row.deviant]
        sides = [f"{', '.join(shown)} with it" if shown else "", f"{', '.join(row.deviant)} without it"]
        cases = " and ".join(side for side in sides if side and not side.startswith(" "))
        said.append(f"row {row.number} is contradictory for {table.outcome}: {cases}")
    return tuple(said)


@dataclass(frozen=True)
class CellView:
    """What stands behind the membership of a case in a set; ``low`` and ``high`` where it is an estimate."""

    case: str
    name: str
    membership: float
    low: float | None
    high: float | None
    origin: str
    raw: float | None
    coding_ids: tuple[tuple[int, str], ...] = ()  # coding and what it does: for, against, both


def view_cell(sets: Sets, case: str, name: str, level: float, *, with_codings: bool = True) -> CellView:
    """The membership of a case in a set with what stands behind it; raises ``NotFound``."""
    cases = sets.frame["case"].to_list() if "case" in sets.frame.columns else []
    if case not in cases or name not in sets.frame.columns or name == "case":
        raise NotFound(
            f"there is no membership of {case} in {name}", where="memberships", mend="open it from the Configurations"
        )
    place = cases.index(case)
    low = high = None
    if name in sets.draws:
        drawn = sets.draws[name][:, place]
        low, high = (float(v) for v in np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2]))
    quotes = sets.quotes([case], [name]) if with_codings else pl.DataFrame()
    behind = tuple(quotes.select("coding_id", "part").iter_rows()) if quotes.width else ()
    curve = sets.curves.get(name)
    raw = float(curve.raw[curve.cases.index(case)]) if curve is not None and case in curve.cases else None
    return CellView(case, name, float(sets.frame[name][place]), low, high, sets.origins.get(name, ""), raw, behind)


def sets_of(table: TruthTable, outcome: str) -> tuple[str, ...]:
    """The conditions and the outcome, by the names of their columns."""
    return (*table.conditions, read_outcome(outcome)[0])
