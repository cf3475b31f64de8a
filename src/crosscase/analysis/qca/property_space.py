"""Fuzzy ideal types: how far each case belongs to every corner of the property space, and to types that theory names.

A corner asks each of k conditions to be fully present or fully absent. Membership in it is the minimum over the
conditions; it equals one minus the largest distance in any condition (the Chebyshev distance) to the corner. At most
one corner is above .5 (Ragin 2000; Kvist 2007, *Journal of Business Research* 60:474-481).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis.qca.answer import NAMES, Answer, Schema
from crosscase.analysis.qca.data import Columns, Floats, Frame, read_columns
from crosscase.analysis.qca.expressions import Expression, parse
from crosscase.errors import InputError, NotFound

MAX_CONDITIONS = 12
FRAGILE = 0.1
_TIE = 1e-9

Type = str | Expression | Mapping[str, int]


@dataclass(frozen=True)
class PropertySpace(Answer):
    """Each case among the corners (or named types).

    ``table``: a row per case with ``best`` (the first of the corners with the largest membership), ``membership``,
    ``member`` (the only one above .5, else null), ``tied`` (all that share the largest membership), ``margin`` (largest
    minus second largest), ``fragile`` (a member by a margin of at most .1) and ``none`` (one minus the largest, the
    membership in none of them).
    """

    cases: tuple[str, ...]
    names: tuple[str, ...]
    memberships: Floats

    def membership(self, case: str, name: str) -> float:
        """Membership of a case in a corner such as ``"101"`` or a named type; raises ``NotFound``."""
        if case not in self.cases or name not in self.names:
            raise NotFound(f"there is no membership of {case} in {name}", mend="see .cases and .names")
        return float(self.memberships[self.cases.index(case), self.names.index(name)])

    def member(self, case: str) -> str | None:
        """The corner or type that a case belongs to, or ``None`` where none is, or several are, above .5."""
        row = self.table.row(self.cases.index(case), named=True)
        return None if row["member"] is None else str(row["member"])

    @property
    def wide(self) -> pl.DataFrame:
        """A row per case and a column per corner or type."""
        columns = {name: self.memberships[:, j] for j, name in enumerate(self.names)}
        return pl.DataFrame({"case": list(self.cases), **columns})


def property_space(
    frame: Frame,
    conditions: Sequence[str],
    types: Mapping[str, Type] | None = None,
    *,
    threshold: float = 0.5,
    cases: str | Sequence[object] | None = None,
) -> PropertySpace:
    """Memberships of every case in all 2^k corners, or in the types that are named.

    Parameters
    ----------
    frame
        A data frame with a row per case.
    conditions
        Columns with memberships; a corner's name has one digit for each, in this order (1 present, 0 absent).
    types
        Name → an expression such as ``"COMMON*~MARKET"`` or a mapping such as ``{"COMMON": 1, "MARKET": 0}``; a
        condition that is not mentioned does not matter. Without it the 2^k corners are the types.
    threshold
        A case is a member of what it belongs to by more than this.

    Returns
    -------
    PropertySpace

    Raises
    ------
    InputError
        A multi-value condition, or more than twelve conditions without named types (4,096 corners).

    Notes
    -----
    Types with conditions that do not matter overlap, so that several may be above .5: then the case has no ``member``
    and all of them are listed in ``above``.
    """
    columns = read_columns(frame, conditions, cases=cases)
    if max(columns.levels) > 2 or columns.dont_care.any():
        raise InputError("a property space needs memberships in [0, 1]", mend="calibrate multi-value conditions first")
    if types is None:
        if len(conditions) > MAX_CONDITIONS:
            raise InputError(
                f"{len(conditions)} conditions have {2 ** len(conditions):,} corners",
                mend=f"use {MAX_CONDITIONS} conditions at most, or name the types",
            )
        names = corner_names(len(conditions))
        memberships = corner_memberships(columns.values)
    else:
        if not types:
            raise InputError("no type is named", mend="name one or leave types= out for all corners")
        names = tuple(types)
        memberships = np.column_stack([_expression(types[name], columns).membership(columns) for name in names])
    parameters: dict[str, Any] = {
        "conditions": list(conditions),
        "types": None if types is None else {name: str(_expression(types[name], columns)) for name in names},
        "threshold": threshold,
        "n_cases": len(columns.cases),
    }
    table = _classify(columns.cases, names, memberships, threshold)
    return PropertySpace(table, parameters, columns.cases, names, memberships)


def corner_names(k: int) -> tuple[str, ...]:
    """``00``, ``01``, ``10``, ``11`` …: the last condition changes fastest."""
    return tuple(format(i, f"0{k}b") for i in range(2**k))


def corner_memberships(x: Floats) -> Floats:
    """Cases × 2^k memberships in the corners, from cases × k memberships in the conditions."""
    result = np.ones((len(x), 1))
    for column in x.T:
        pair = np.column_stack([1.0 - column, column])
        result = np.minimum(result[:, :, None], pair[:, None, :]).reshape(len(x), -1)
    return result


def _expression(kind: Type, columns: Columns) -> Expression:
    if isinstance(kind, Expression):
        return kind
    if isinstance(kind, str):
        return parse(kind, columns.names)
    for name, value in kind.items():
        if value not in (0, 1):
            raise InputError(f"{name} is {value} in a type", mend="a type asks for 1 (present) or 0 (absent)")
    return parse("*".join(name if value else f"~{name}" for name, value in kind.items()), columns.names)


def _classify(cases: Sequence[str], names: Sequence[str], memberships: Floats, threshold: float) -> pl.DataFrame:
    rows = []
    for case, values in zip(cases, memberships, strict=True):
        order = np.argsort(-values, kind="stable")
        best = float(values[order[0]])
        second = float(values[order[1]]) if len(values) > 1 else 0.0
        above = [names[i] for i in order if values[i] > threshold]
        member = above[0] if len(above) == 1 else None
        rows.append(
            {
                "case": case,
                "best": names[int(order[0])],
                "membership": best,
                "member": member,
                "tied": [names[i] for i in range(len(names)) if best - values[i] <= _TIE],
                "above": above,
                "margin": best - second,
                "fragile": member is not None and best - second <= FRAGILE + _TIE,
                "none": 1.0 - best,
            }
        )
    schema: Schema = {
        "case": pl.String,
        "best": pl.String,
        "membership": pl.Float64,
        "member": pl.String,
        "tied": NAMES,
        "above": NAMES,
        "margin": pl.Float64,
        "fragile": pl.Boolean,
        "none": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema)
