"""Does a solution survive other defensible choices? The robust core, fit-oriented and case-oriented parameters.

Oana & Schneider (2024, *Sociological Methods & Research* 53:57-88), with S the initial solution and T₁ … T_m the test
solutions (same data, other cuts, calibrations or conditions): the robust core is what all of them agree on,
core = min(S, T₁ … T_m); RF_cov = cov(core)/cov(S); RF_cons = cons(S)/cons(core);
RF_SC_min = Σmin(S, min T)/Σmax(S, min T) and RF_SC_max the same with max T. All are 1 for a solution that nothing
changes. **All** test solutions enter: SetMethods 4.1 leaves out those in the middle when there are three or more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis.qca.answer import Answer, Schema
from crosscase.analysis.qca.data import Floats, Frame, Selection, select
from crosscase.analysis.qca.expressions import Expression, as_expression
from crosscase.analysis.qca.fit import SufficiencyFit, sufficiency_fit
from crosscase.analysis.qca.solution import Model, Solution
from crosscase.errors import InputError

Solved = str | Expression | Model | Solution
CELLS = (
    "robust typical",
    "robust deviant",
    "shaky typical",
    "shaky deviant",
    "possible typical",
    "possible deviant",
    "extreme deviant coverage",
    "irrelevant",
    "at .5",
)


@dataclass(frozen=True)
class Robustness(Answer):
    """How robust a solution is against test solutions.

    Attributes
    ----------
    table
        A row per case: ``case``, ``cell`` (see ``CELLS``), ``solution``, ``lowest`` and ``highest`` of the tests,
        ``core``, ``outcome``.
    core
        The robust core as a sum of products; ``0`` where the solutions share no product.
    core_fit, initial_fit
        Fit of both.
    RF_cov, RF_cons, RF_SC_min, RF_SC_max
        Fit-oriented parameters; ``None`` where a denominator is 0.
    RCR_typ, RCR_dev
        Case-oriented ratios: robust typical (deviant) cases among robust, shaky and possible ones.
    RCC_rank
        1 no case is shaky or possible; 2 there are possible cases only; 3 shaky cases only; 4 both.
    """

    core: str
    core_fit: SufficiencyFit
    initial_fit: SufficiencyFit
    RF_cov: float | None
    RF_cons: float | None
    RF_SC_min: float | None
    RF_SC_max: float | None
    RCR_typ: float | None
    RCR_dev: float | None
    RCC_rank: int

    def cases(self, cell: str) -> tuple[str, ...]:
        """The cases in a cell; raises ``InputError`` for a cell that there is not."""
        if cell not in CELLS:
            raise InputError(f"there is no cell {cell!r}", mend=f"use {', '.join(CELLS)}")
        return tuple(self.table.filter(pl.col("cell") == cell)["case"].to_list())

    @property
    def fit(self) -> pl.DataFrame:
        """The parameters as a table: ``parameter``, ``value`` (null where not defined), ``means``."""
        values: Mapping[str, tuple[float | None, str]] = {
            "RF_cov": (self.RF_cov, "coverage of the robust core against the initial solution"),
            "RF_cons": (self.RF_cons, "consistency of the initial solution against the robust core"),
            "RF_SC_min": (self.RF_SC_min, "overlap of the initial solution with what all tests agree on"),
            "RF_SC_max": (self.RF_SC_max, "overlap of the initial solution with what any test says"),
            "RCR_typ": (self.RCR_typ, "share of robust cases among typical ones"),
            "RCR_dev": (self.RCR_dev, "share of robust cases among deviant ones"),
            "RCC_rank": (float(self.RCC_rank), "1 no case moves … 4 cases leave and cases enter"),
        }
        schema: Schema = {"parameter": pl.String, "value": pl.Float64, "means": pl.String}
        return pl.DataFrame([(k, v, m) for k, (v, m) in values.items()], schema=schema, orient="row")

    def to_dict(self) -> dict[str, Any]:
        """Cases, parameters, core and its fit as plain values."""
        return super().to_dict() | {
            "core": self.core,
            "core_fit": dict(self.core_fit),
            "initial_fit": dict(self.initial_fit),
            "fit": self.fit.to_dicts(),
        }


def robustness(
    initial: Solved,
    tests: Sequence[Solved],
    outcome: str,
    frame: Frame,
    *,
    test_frames: Sequence[Frame] | None = None,
    cases: str | Sequence[object] | None = None,
) -> Robustness:
    """Compare an initial solution with test solutions.

    Parameters
    ----------
    initial, tests
        Expressions, models, or solutions (of which the first model counts).
    outcome, frame, cases
        As in ``pof``.
    test_frames
        For tests that recalibrate conditions: the data of each test, in the order of ``tests``; the same cases.
    """
    if not tests:
        raise InputError("there is no test solution", mend="give one or more, for example with another incl_cut")
    if test_frames is not None and len(test_frames) != len(tests):
        raise InputError(f"{len(test_frames)} frames for {len(tests)} tests", mend="give one per test")
    first = _expression(initial)
    others = [_expression(test) for test in tests]
    names = list(dict.fromkeys(n for e in (first, *others) for n in e.conditions))
    data = select(frame, outcome, names, cases=cases, may_be_constant=True)
    frames = [frame] * len(tests) if test_frames is None else list(test_frames)
    s = _membership(first, data)
    t = np.array([_test(e, own, frame, data, outcome, cases) for e, own in zip(others, frames, strict=True)])
    lowest, highest = t.min(axis=0), t.max(axis=0)
    core = np.minimum(s, lowest)
    core_fit, initial_fit = sufficiency_fit(core, data.y), sufficiency_fit(s, data.y)
    cells = [_cell(*values) for values in zip(s, lowest, highest, data.y, strict=True)]
    n = {cell: cells.count(cell) for cell in CELLS}
    shared = _core_expression([first, *others], data)
    table = pl.DataFrame(
        {"case": data.cases, "cell": cells, "solution": s, "lowest": lowest, "highest": highest, "core": core}
    ).with_columns(outcome=pl.Series(data.y))
    return Robustness(
        table=table,
        parameters={
            "initial": str(first),
            "tests": [str(e) for e in others],
            "outcome": data.outcome,
            "n_cases": len(data.cases),
            "data_hash": data.data_hash,
        },
        core=shared,
        core_fit=core_fit,
        initial_fit=initial_fit,
        RF_cov=_ratio(core_fit.covS, initial_fit.covS),
        RF_cons=_ratio(initial_fit.inclS, core_fit.inclS),
        RF_SC_min=_ratio(float(np.minimum(s, lowest).sum()), float(np.maximum(s, lowest).sum())),
        RF_SC_max=_ratio(float(np.minimum(s, highest).sum()), float(np.maximum(s, highest).sum())),
        RCR_typ=_ratio(n["robust typical"], sum(n[f"{k} typical"] for k in ("robust", "shaky", "possible"))),
        RCR_dev=_ratio(n["robust deviant"], sum(n[f"{k} deviant"] for k in ("robust", "shaky", "possible"))),
        RCC_rank=_rank(n["shaky typical"] + n["shaky deviant"], n["possible typical"] + n["possible deviant"]),
    )


def _expression(solved: Solved) -> Expression:
    if isinstance(solved, Solution):
        if not solved.models:
            raise InputError("a solution has no model", mend="leave it out of the comparison")
        solved = solved.models[0]
    return as_expression(solved.expression if isinstance(solved, Model) else solved)


def _membership(expression: Expression, data: Selection) -> Floats:
    levels = dict(zip(data.names, data.levels, strict=True))
    return Expression(expression.root, data.names, levels).membership(data.conditions)


def _test(expression: Expression, own: Frame, frame: Frame, data: Selection, outcome: str, cases: Any) -> Floats:
    if own is frame:
        return _membership(expression, data)
    other = select(own, outcome, list(expression.conditions), cases=cases, may_be_constant=True)
    if other.cases != data.cases:
        raise InputError(
            "a test has other cases than the initial solution", mend="keep the same cases in the same order"
        )
    return _membership(expression, other)


def _core_expression(expressions: Sequence[Expression], data: Selection) -> str:
    levels = dict(zip(data.names, data.levels, strict=True))
    core = Expression(expressions[0].root, data.names, levels)
    for other in expressions[1:]:
        core = core & Expression(other.root, data.names, levels)
    return str(core)


def _cell(s: float, lowest: float, highest: float, y: float) -> str:
    if y == 0.5 or s == 0.5:
        return "at .5"
    what = "typical" if y > 0.5 else "deviant"
    if s > 0.5:
        return f"robust {what}" if lowest > 0.5 else f"shaky {what}"
    if highest > 0.5:
        return f"possible {what}"
    return "extreme deviant coverage" if y > 0.5 else "irrelevant"


def _ratio(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole


def _rank(shaky: int, possible: int) -> int:
    return 1 + (1 if possible else 0) + (2 if shaky else 0)
