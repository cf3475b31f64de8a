"""Choosing cases by the strategies of Seawright & Gerring (2008), each choice with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis.bootstrap import Floats
from crosscase.analysis.selection.matching import distances, most_different, most_similar
from crosscase.analysis.selection.regression import Fit, least_squares
from crosscase.analysis.selection.table import CaseTable, read_cases
from crosscase.errors import AnalysisError, NotEnoughEvidence

METHODS = ("typical", "diverse", "extreme", "deviant", "influential", "most-similar", "most-different")


@dataclass(frozen=True)
class Selection:
    """The chosen cases; ``table`` has a row per case (or pair) in order of preference.

    Columns: ``rank``, ``case``, ``with`` (the other case of a pair, else null), ``measure`` (what the method ranks by)
    and ``reason``, a sentence. ``left_out`` are cases with missing values.
    """

    table: pl.DataFrame
    parameters: Mapping[str, Any]
    left_out: tuple[str, ...]
    note: str

    @property
    def cases(self) -> tuple[str, ...]:
        """The names of all chosen cases."""
        both = [name for row in self.table.select("case", "with").rows() for name in row if name is not None]
        return tuple(dict.fromkeys(both))

    def to_dict(self) -> dict[str, Any]:
        """Table, parameters and what was left out as plain values."""
        return {
            "parameters": dict(self.parameters),
            "rows": self.table.to_dicts(),
            "left_out": list(self.left_out),
            "note": self.note,
        }


@dataclass(frozen=True)
class _Asked:
    table: CaseTable
    outcome: str | None
    conditions: tuple[str, ...]
    n: int
    treatment: str | None
    match: str

    @property
    def y(self) -> Floats:
        if self.outcome is None:
            raise AnalysisError("this method needs an outcome", mend="name it with --outcome")
        return self.table.number(self.outcome)

    def fit(self) -> Fit:
        if not self.conditions:
            raise AnalysisError("this method needs conditions", mend="name them with --conditions")
        return least_squares(self.y, self.table.design(self.conditions))


def select_cases(
    frame: pl.DataFrame,
    method: str,
    *,
    outcome: str | None = None,
    conditions: Sequence[str] = (),
    n: int = 1,
    name: str | None = None,
    treatment: str | None = None,
    match: str = "mahalanobis",
) -> Selection:
    """Choose cases for close study out of a table of possible ones.

    Parameters
    ----------
    frame
        One row per possible case.
    method
        ``typical`` (nearest to what the regression of the outcome on the conditions expects), ``deviant`` (farthest
        from it), ``influential`` (largest Cook's distance), ``extreme`` (farthest from the mean of the outcome),
        ``diverse`` (one case for each combination of categories and halves), ``most-similar`` (pairs alike in the
        conditions that differ in treatment or outcome), ``most-different`` (pairs unlike in the conditions that agree
        in treatment and outcome).
    outcome, conditions
        Columns; numbers or categories. The outcome must be a number or one of two values.
    n
        Cases, or pairs, to choose.
    name
        The column that names the cases; by default the first one that is not used.
    treatment
        The condition of interest, for pairs; the others are matched on.
    match
        For pairs: ``mahalanobis``, ``propensity`` (of a treatment of two values) or ``exact``.

    Raises
    ------
    AnalysisError
        A column is missing, constant or of the wrong kind, or the method lacks what it needs.
    NotEnoughEvidence
        There are fewer suitable cases or pairs than asked for.

    Notes
    -----
    Ties fall to the case that stands first in the table: the same table always gives the same choice. Cases without a
    value in a used column are left out and named.

    References
    ----------
    Seawright & Gerring (2008) Political Research Quarterly 61:294-308; Cook (1977) Technometrics 19:15-18; Rosenbaum
    & Rubin (1983) Biometrika 70:41-55.
    """
    if method not in METHODS:
        raise AnalysisError(f"no method {method!r} of choosing cases", mend=f"use {', '.join(METHODS)}")
    if n < 1:
        raise AnalysisError(f"{n} cases cannot be chosen", mend="ask for at least 1")
    columns = [c for c in (outcome, *conditions, treatment) if c is not None]
    if not columns:
        raise AnalysisError("no column is named", mend="name --outcome or --conditions")
    table = read_cases(frame, columns, name)
    rest = tuple(c for c in conditions if c not in (treatment, outcome))
    rows, note = _WAYS[method](_Asked(table, outcome, rest, n, treatment, match))
    if len(rows) < n:
        what = "pairs" if method.startswith("most") else "cases"
        raise NotEnoughEvidence(
            f"{len(rows)} suitable {what} are fewer than the {n} asked for",
            where=f"{len(table.names)} complete cases",
            mend="ask for fewer, or use other columns",
        )
    ranked = [{"rank": i, "with": None, **row} for i, row in enumerate(rows, start=1)]
    return Selection(
        table=pl.DataFrame(ranked, schema=_SCHEMA),
        parameters={
            "method": method,
            "outcome": outcome,
            "conditions": list(rest),
            "treatment": treatment,
            "match": match if method.startswith("most") else None,
            "n": n,
            "n_cases": len(table.names),
        },
        left_out=table.left_out,
        note=note,
    )


_SCHEMA: dict[str, type[pl.DataType]] = {
    "rank": pl.Int64,
    "case": pl.String,
    "with": pl.String,
    "measure": pl.Float64,
    "reason": pl.String,
}
_Rows = tuple[list[dict[str, Any]], str]


def _by_residual(asked: _Asked, *, largest: bool) -> _Rows:
    fit = asked.fit()
    size = np.abs(fit.studentized)
    chosen = _first(-size if largest else size, asked.n)
    word = "far from" if largest else "near to"
    rows = [
        {
            "case": asked.table.names[i],
            "measure": float(fit.studentized[i]),
            "reason": f"{word} what is expected: {asked.outcome} is {asked.y[i]:.4g}, the conditions lead to "
            f"{fit.expected[i]:.4g} (studentized residual {fit.studentized[i]:+.2f})",
        }
        for i in chosen
    ]
    return rows, f"regression on {len(asked.table.names)} cases, R² = {fit.r_squared:.2f}"


def _typical(asked: _Asked) -> _Rows:
    return _by_residual(asked, largest=False)


def _deviant(asked: _Asked) -> _Rows:
    return _by_residual(asked, largest=True)


def _influential(asked: _Asked) -> _Rows:
    fit = asked.fit()
    rows = [
        {
            "case": asked.table.names[i],
            "measure": float(fit.cooks[i]),
            "reason": f"the regression depends on it: Cook's distance {fit.cooks[i]:.3g}, leverage "
            f"{fit.leverage[i]:.2f}, studentized residual {fit.studentized[i]:+.2f}",
        }
        for i in _first(-fit.cooks, asked.n)
    ]
    return rows, f"regression on {len(asked.table.names)} cases, R² = {fit.r_squared:.2f}"


def _extreme(asked: _Asked) -> _Rows:
    variable = asked.outcome or asked.conditions[0]
    x = asked.table.number(variable)
    z = (x - x.mean()) / x.std(ddof=1)
    rows = [
        {
            "case": asked.table.names[i],
            "measure": float(z[i]),
            "reason": f"{variable} is {x[i]:.4g}, {abs(z[i]):.2f} standard deviations "
            f"{'above' if z[i] > 0 else 'below'} the mean of {x.mean():.4g}",
        }
        for i in _first(-np.abs(z), asked.n)
    ]
    return rows, f"mean and standard deviation of {len(x)} cases"


def _diverse(asked: _Asked) -> _Rows:
    """One case for every combination that occurs, the most frequent combinations first."""
    columns = [*asked.conditions, *([asked.outcome] if asked.outcome else [])]
    halves = {}
    for column in columns:
        if column in asked.table.numeric and asked.table.frame[column].n_unique() > 2:
            middle = float(np.median(asked.table.frame[column].cast(pl.Float64).to_numpy()))
            above = asked.table.frame[column].cast(pl.Float64) > middle
            halves[column] = [f"{column} {'above' if high else 'up to'} {middle:.4g}" for high in above]
        else:
            halves[column] = [f"{column} = {asked.table.show(column, i)}" for i in range(len(asked.table.names))]
    cells: dict[tuple[str, ...], list[int]] = {}
    for i in range(len(asked.table.names)):
        cells.setdefault(tuple(halves[c][i] for c in columns), []).append(i)
    x = _standardised(asked.table.design(columns))
    rows = []
    for key, members in sorted(cells.items(), key=lambda item: (-len(item[1]), item[1][0]))[: asked.n]:
        middle_of_cell = x[members].mean(axis=0)
        nearest = members[int(np.argmin(((x[members] - middle_of_cell) ** 2).sum(axis=1).round(12)))]
        reason = f"stands for {', '.join(key)} ({len(members)} of {len(asked.table.names)} cases)"
        rows.append({"case": asked.table.names[nearest], "measure": float(len(members)), "reason": reason})
    return rows, f"{len(cells)} combinations occur; numbers are divided at their median"


def _pairs(asked: _Asked, *, similar: bool) -> _Rows:
    if not asked.conditions:
        raise AnalysisError("pairs need conditions to be alike or unlike in", mend="name them with --conditions")
    what = asked.treatment or asked.outcome
    if what is None:
        raise AnalysisError("pairs need a treatment or an outcome", mend="name --treatment or --outcome")
    value = asked.table.number(what)
    two = len(np.unique(value)) == 2
    treated = (value == value.max()).astype(float) if two else None
    apart = distances(asked.table, asked.conditions, asked.match, treated)
    differs = np.abs(value[:, None] - value[None, :])
    step = float(value.max() - value.min()) if two else float(value.std(ddof=1))
    if similar:
        pairs = most_similar(apart, differs, step * (1.0 - 1e-12), asked.n)
    else:
        agree = differs
        if asked.treatment and asked.outcome:
            y = asked.y
            agree = np.maximum(differs / step, np.abs(y[:, None] - y[None, :]) / float(y.std(ddof=1))) * step
        most = 0.0 if two and not (asked.treatment and asked.outcome) else step / 2
        pairs = most_different(apart, agree, most, asked.n)
    rows = [_pair_row(asked, pair.one, pair.other, pair.distance, what, similar) for pair in pairs]
    how = (
        f"a difference of at least {step:.4g}"
        if similar
        else "the same value"
        if two
        else f"at most {step / 2:.4g} apart"
    )
    return rows, f"{asked.match} matching on {', '.join(asked.conditions)}; {what} with {how}"


def _pair_row(asked: _Asked, one: int, other: int, distance: float, what: str, similar: bool) -> dict[str, Any]:
    names, table = asked.table.names, asked.table
    told = f"{what} {table.show(what, one)} and {table.show(what, other)}"
    if asked.outcome and asked.outcome != what:
        told += f", {asked.outcome} {table.show(asked.outcome, one)} and {table.show(asked.outcome, other)}"
    how = "alike in the conditions" if similar else "unlike in the conditions"
    return {
        "case": names[one],
        "with": names[other],
        "measure": distance,
        "reason": f"{how} ({asked.match} distance {distance:.3g}); {told}",
    }


def _most_similar(asked: _Asked) -> _Rows:
    return _pairs(asked, similar=True)


def _most_different(asked: _Asked) -> _Rows:
    if asked.match == "exact":
        raise AnalysisError("exact matching finds no unlike cases", mend="use mahalanobis or propensity")
    return _pairs(asked, similar=False)


def _first(measure: Floats, n: int) -> list[int]:
    # Rounded, so that equal cases stay in the order of the table whatever the last bit says.
    return [int(i) for i in np.argsort(measure.round(12), kind="stable")[:n]]


def _standardised(x: Floats) -> Floats:
    spread = x.std(axis=0)
    scaled: Floats = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return scaled


_WAYS: dict[str, Callable[[_Asked], _Rows]] = {
    "typical": _typical,
    "diverse": _diverse,
    "extreme": _extreme,
    "deviant": _deviant,
    "influential": _influential,
    "most-similar": _most_similar,
    "most-different": _most_different,
}
