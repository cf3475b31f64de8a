"""How well an expression fits an outcome: consistency, PRI and coverage; necessity and its relevance.

With x the membership in the expression, y in the outcome and a = min(x, y) (Ragin 2006 *Political Analysis* 14:291-310;
Schneider & Wagemann 2012, ch. 5 and 9):

* sufficiency: inclS = Σa/Σx; PRI = (Σa − Σmin(a, 1−y)) / (Σx − Σmin(a, 1−y)); covS = Σa/Σy;
* unique coverage of a term: covU = covS − Σmin(a, the largest a of the other terms)/Σy;
* necessity: inclN = Σa/Σy; covN = Σa/Σx; RoN = Σ(1−x)/Σ(1−a).
"""

# The names of the fit values are the field's own (inclS, covN, RoN):
# ruff: noqa: N815

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from html import escape
from typing import Any, Literal

import numpy as np
import polars as pl

from crosscase.analysis.qca.data import Columns, Floats, Frame, read_columns, select
from crosscase.analysis.qca.expressions import Expression, as_expression, parse
from crosscase.errors import Degenerate, InputError

Relation = Literal["sufficiency", "necessity"]
_NOUGHT = 1e-12


class _Numbers(Mapping[str, float | None]):
    """Fit values that are read as attributes or by name."""

    def __getitem__(self, key: str) -> float | None:
        if key not in set(self):
            raise KeyError(key)
        return getattr(self, key)  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[str]:
        return (f.name for f in fields(self))  # type: ignore[arg-type]

    def __len__(self) -> int:
        return len(fields(self))  # type: ignore[arg-type]


@dataclass(frozen=True, eq=True)
class SufficiencyFit(_Numbers):
    """Fit of a sufficient condition; None where a value is not defined (no case has any membership)."""

    inclS: float | None
    PRI: float | None
    covS: float | None


@dataclass(frozen=True, eq=True)
class NecessityFit(_Numbers):
    """Fit of a necessary condition; None where a value is not defined."""

    inclN: float | None
    RoN: float | None
    covN: float | None


def sufficiency_fit(x: Floats, y: Floats) -> SufficiencyFit:
    """Fit of memberships ``x`` as sufficient for ``y`` (both in [0, 1], one entry per case)."""
    a = np.minimum(x, y)
    both = float(np.minimum(a, 1.0 - y).sum())
    return SufficiencyFit(
        inclS=share(a.sum(), x.sum()),
        PRI=share(float(a.sum()) - both, float(x.sum()) - both),
        covS=share(a.sum(), y.sum()),
    )


def necessity_fit(x: Floats, y: Floats) -> NecessityFit:
    """Fit of memberships ``x`` as necessary for ``y`` (both in [0, 1], one entry per case)."""
    a = np.minimum(x, y)
    return NecessityFit(
        inclN=share(a.sum(), y.sum()), RoN=share((1.0 - x).sum(), (1.0 - a).sum()), covN=share(a.sum(), x.sum())
    )


def consistency(x: Floats, y: Floats) -> float:
    """inclS = Σmin(x, y)/Σx; raises ``Degenerate`` where no case has membership in ``x``."""
    return _defined(sufficiency_fit(x, y).inclS, "consistency", "no case has any membership in the expression")


def coverage(x: Floats, y: Floats) -> float:
    """covS = Σmin(x, y)/Σy; raises ``Degenerate`` where no case has membership in ``y``."""
    return _defined(sufficiency_fit(x, y).covS, "coverage", "no case has any membership in the outcome")


def pri(x: Floats, y: Floats) -> float:
    """Proportional reduction in inconsistency; raises ``Degenerate`` where its denominator is 0."""
    return _defined(sufficiency_fit(x, y).PRI, "PRI", "no case is more in the expression than in outcome and negation")


def relevance_of_necessity(x: Floats, y: Floats) -> float:
    """RoN = Σ(1−x)/Σ(1−min(x, y)); raises ``Degenerate`` where every case is fully in both."""
    return _defined(necessity_fit(x, y).RoN, "RoN", "every case is fully in the expression and in the outcome")


def unique_coverages(memberships: Sequence[Floats], y: Floats) -> list[float | None]:
    """covU of each term: what it covers and no other term does. The only term's covU is its covS."""
    shared = [np.minimum(x, y) for x in memberships]
    result = []
    for i, a in enumerate(shared):
        others = [b for j, b in enumerate(shared) if j != i]
        overlap = float(np.minimum(a, np.maximum.reduce(others)).sum()) if others else 0.0
        result.append(share(float(a.sum()) - overlap, y.sum()))
    return result


@dataclass(frozen=True)
class FitResult:
    """Fit of an expression and of each of its terms.

    Attributes
    ----------
    table
        One row per term and, where there are two or more, one for the whole: ``term``, then for sufficiency
        ``inclS, PRI, covS, covU``, for necessity ``inclN, RoN, covN``. Null where a value is not defined.
    whole
        The fit of the expression as it was written.
    parameters
        Expression, outcome and relation.
    """

    table: pl.DataFrame
    whole: SufficiencyFit | NecessityFit
    parameters: Mapping[str, Any]

    def __getattr__(self, name: str) -> float | None:
        # The fit of the whole expression: result.inclS, result.covN …
        if name in SufficiencyFit.__dataclass_fields__ or name in NecessityFit.__dataclass_fields__:
            whole = object.__getattribute__(self, "whole")
            if name in whole:
                return whole[name]  # type: ignore[no-any-return]
        raise AttributeError(name)

    def to_dict(self) -> dict[str, Any]:
        return {"parameters": dict(self.parameters), "rows": self.table.to_dicts(), "whole": dict(self.whole)}

    def _repr_html_(self) -> str:
        shown: str = self.table._repr_html_()
        return f"<p>{escape(str(self.parameters['expression']))}</p>{shown}"


def pof(
    expression: str | Expression,
    outcome: str,
    frame: Frame,
    relation: Relation = "sufficiency",
    *,
    cases: str | Sequence[object] | None = None,
) -> FitResult:
    """Parameters of fit of any expression for an outcome.

    Parameters
    ----------
    expression
        Such as ``DEV*~IND + URB*STB``; evaluated as written.
    outcome
        ``Y``, ``~Y`` or ``Y[2]``.
    frame
        As in ``select``.
    relation
        ``sufficiency`` or ``necessity``.

    Returns
    -------
    FitResult
        ``.table`` by term, ``.whole`` for the expression; the latter's values also as ``.inclS``, ``.covN`` …

    Raises
    ------
    InputError
        For an expression, a column or a relation that cannot be read.
    """
    if relation not in ("sufficiency", "necessity"):
        raise InputError(f"there is no relation {relation!r}", mend="use sufficiency or necessity")
    parsed = as_expression(expression)
    selection = select(frame, outcome, list(parsed.conditions), cases=cases, may_be_constant=True)
    return fit_of(expression, selection.conditions, selection.y, selection.outcome, relation)


def fit_of(
    expression: str | Expression, columns: Columns, y: Floats, outcome: str, relation: Relation = "sufficiency"
) -> FitResult:
    """``pof`` over columns that are already read."""
    levels = dict(zip(columns.names, columns.levels, strict=True))
    text = isinstance(expression, str)
    known = parse(str(expression), columns.names, levels) if text else as_expression(expression)
    parts = _summands(known)
    printed = [str(part) for part in parts]
    memberships = [part.membership(columns) for part in parts]
    whole_membership = known.membership(columns)
    whole = sufficiency_fit(whole_membership, y) if relation == "sufficiency" else necessity_fit(whole_membership, y)
    rows: list[dict[str, Any]] = []
    if relation == "sufficiency":
        for term, x, unique in zip(printed, memberships, unique_coverages(memberships, y), strict=True):
            rows.append({"term": term, **sufficiency_fit(x, y), "covU": unique})
        total: dict[str, Any] = {"term": "expression", **whole, "covU": None}
    else:
        rows = [{"term": term, **necessity_fit(x, y)} for term, x in zip(printed, memberships, strict=True)]
        total = {"term": "expression", **whole}
    if len(rows) > 1:
        rows.append(total)
    schema = {name: pl.String if name == "term" else pl.Float64 for name in total}
    parameters = {"expression": str(expression), "outcome": outcome, "relation": relation, "n_cases": len(y)}
    return FitResult(pl.DataFrame(rows, schema=schema), whole, parameters)


def read_for(expression: Expression, frame: Frame, cases: str | Sequence[object] | None = None) -> Columns:
    """The columns that an expression mentions."""
    return read_columns(frame, expression.conditions, cases=cases)


def _summands(expression: Expression) -> list[Expression]:
    """The parts that a sum adds, as they were written."""
    nodes = expression.root.parts if expression.root.kind == "or" else (expression.root,)
    return [Expression(node, expression.order, expression.levels) for node in nodes]


def share(part: float, whole: float) -> float | None:
    """``part / whole``; None where the whole is nought."""
    return None if whole <= _NOUGHT else float(part) / float(whole)


def _defined(value: float | None, what: str, why: str) -> float:
    if value is None:
        raise Degenerate(f"{what} is not defined: {why}")
    return value
