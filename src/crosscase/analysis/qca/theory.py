"""Theory evaluation: where expectations and findings agree, and which cases lie in each of their intersections.

Theory T and solution S cut the cases into four: T·S expected and found, ~T·S found but not expected, T·~S expected but
not found, ~T·~S neither (Ragin 1987; Schneider & Wagemann 2012, chapter 11.3). Members of the outcome support the
first and extend theory in the second; the third holds what theory covers and the solution misses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from crosscase.analysis.qca.answer import NAMES, Answer, Schema
from crosscase.analysis.qca.data import Floats, Frame, select
from crosscase.analysis.qca.expressions import Expression, as_expression
from crosscase.analysis.qca.fit import sufficiency_fit
from crosscase.errors import InputError

_MEANS = {
    "T*S": "expected and found",
    "~T*S": "found, not expected: theory is to be extended",
    "T*~S": "expected, not found: theory is to be limited",
    "~T*~S": "neither expected nor found",
}


@dataclass(frozen=True)
class TheoryEvaluation(Answer):
    """The four intersections of theory and solution.

    ``table``: ``cell`` (``T*S``, ``~T*S``, ``T*~S``, ``~T*~S``), ``means``, ``expression`` (its sum of products),
    ``inclS``, ``PRI``, ``covS`` of the cell for the outcome, ``cases`` (members that show the outcome), ``against``
    (members that do not). A case at exactly .5 in the cell or the outcome is in neither list.
    """

    def cases(self, cell: str) -> tuple[str, ...]:
        """The members of a cell that show the outcome."""
        return tuple(self._row(cell)["cases"])

    def against(self, cell: str) -> tuple[str, ...]:
        """The members of a cell that do not show the outcome."""
        return tuple(self._row(cell)["against"])

    def _row(self, cell: str) -> dict[str, list[str]]:
        if cell not in _MEANS:
            raise InputError(f"there is no cell {cell}", mend=f"use {', '.join(_MEANS)}")
        return dict(self.table.filter(pl.col("cell") == cell).row(0, named=True))


def theory_evaluation(
    theory: str | Expression,
    solution: str | Expression,
    outcome: str,
    frame: Frame,
    *,
    cases: str | Sequence[object] | None = None,
) -> TheoryEvaluation:
    """Intersections of a theory and a solution, with their fit and cases.

    Parameters
    ----------
    theory, solution
        Expressions such as ``"~EMP*MA"``; a solution's ``.expression`` will do.
    outcome, frame, cases
        As in ``pof``.
    """
    expected, found = as_expression(theory), as_expression(solution)
    names = list(dict.fromkeys([*expected.conditions, *found.conditions]))
    data = select(frame, outcome, names, cases=cases, may_be_constant=True)
    levels = dict(zip(data.names, data.levels, strict=True))
    expected = Expression(expected.root, data.names, levels)
    found = Expression(found.root, data.names, levels)
    t, s = expected.membership(data.conditions), found.membership(data.conditions)
    parts: dict[str, tuple[Expression, Floats]] = {
        "T*S": (expected & found, np.minimum(t, s)),
        "~T*S": (~expected & found, np.minimum(1.0 - t, s)),
        "T*~S": (expected & ~found, np.minimum(t, 1.0 - s)),
        "~T*~S": (~expected & ~found, np.minimum(1.0 - t, 1.0 - s)),
    }
    rows = []
    for cell, (expression, x) in parts.items():
        inside = x > 0.5
        rows.append(
            {
                "cell": cell,
                "means": _MEANS[cell],
                "expression": str(expression),
                **sufficiency_fit(x, data.y),
                "cases": [c for c, a, y in zip(data.cases, inside, data.y, strict=True) if a and y > 0.5],
                "against": [c for c, a, y in zip(data.cases, inside, data.y, strict=True) if a and y < 0.5],
            }
        )
    schema: Schema = {
        "cell": pl.String,
        "means": pl.String,
        "expression": pl.String,
        "inclS": pl.Float64,
        "PRI": pl.Float64,
        "covS": pl.Float64,
        "cases": NAMES,
        "against": NAMES,
    }
    parameters = {
        "theory": str(expected),
        "solution": str(found),
        "outcome": data.outcome,
        "n_cases": len(data.cases),
        "data_hash": data.data_hash,
    }
    return TheoryEvaluation(pl.DataFrame(rows, schema=schema), parameters)
