"""Memberships are estimates: what their uncertainty does to the truth table and to the solution.

Each draw is one possible set of memberships (from coders and sources, see ``crosscase.analysis.conditions``, or from
intervals). Every draw has its own truth table and its own models. What is reported beside the point solution are
shares of draws: how often a row shows the outcome, how often a prime implicant and a model stand, and intervals of
consistency and coverage. None of the R packages QCA, SetMethods and cna does this; the procedure is ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy.special import expit, logit, ndtri

from crosscase.analysis.qca.answer import Answer, Schema
from crosscase.analysis.qca.clock import Limits
from crosscase.analysis.qca.data import Floats
from crosscase.analysis.qca.drawn_tables import DrawnTables, Draws, check_draws, corners, in_level, middle
from crosscase.analysis.qca.expressions import Term, parse
from crosscase.analysis.qca.sensitivity import Cuts, read_cuts
from crosscase.analysis.qca.solving import Found, PatternSolver, Recipe, Rows
from crosscase.analysis.qca.space import Space
from crosscase.errors import InputError
from crosscase.model.seed import check_seed

OUTS = ("0", "1", "C", "?")
_LISTED = 50


@dataclass(frozen=True)
class Uncertainty(Answer):
    """A truth table and a solution with the uncertainty of memberships.

    Attributes
    ----------
    table
        A row per configuration that is observed at the point memberships or in some draw: ``row``, the conditions,
        ``OUT``, ``n``, ``incl`` at the point; ``p_out`` = P(OUT = 1), ``p_not``, ``p_contradiction``, ``p_remainder``;
        ``incl_low``, ``incl_high`` (null where no draw gives the row any membership) and ``n_mean``.
    terms
        A row per prime implicant that is in some model, most frequent first: ``term``, ``in_point`` (part of a point
        model), ``p_prime`` (share of draws in which it is a prime implicant), ``p_some`` and ``p_every`` (it is in
        some model, in every model), and intervals of ``inclS`` and ``covS`` over all draws.
    models
        A row per model: ``model``, ``in_point``, ``p_model`` (share of draws in which it is one of the models),
        ``p_only`` (the only one), and intervals of ``inclS`` and ``covS``.
    unsolved
        Why some draws have no solution: ``reason``, ``share``.
    point
        Models at the point memberships.
    cases
        Case → in how many draws, as a share, it belongs to each row number (rows that it never belongs to left out).
    n_patterns
        How many different truth tables the draws made.
    """

    terms: pl.DataFrame
    models: pl.DataFrame
    unsolved: pl.DataFrame
    point: Found
    cases: Mapping[str, Mapping[int, float]]
    n_patterns: int

    def to_dict(self) -> dict[str, Any]:
        """Rows, terms, models and reasons as plain values."""
        return super().to_dict() | {
            "terms": self.terms.to_dicts(),
            "models": self.models.to_dicts(),
            "unsolved": self.unsolved.to_dicts(),
            "point": [list(model) for model in self.point.models],
            "n_patterns": self.n_patterns,
        }


def draw_memberships(low: Any, high: Any, *, level: float = 0.90, draws: int = 1000, seed: int = 1) -> Draws:
    """Draws of memberships whose middle ``level`` lies between ``low`` and ``high``.

    The log-odds are normal; where ``low`` equals ``high`` the membership is known. Arrays of any shape; the draws come
    first. An end at 0 or 1 is taken as .001 or .999 unless both are the same.
    """
    a, b = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    if a.shape != b.shape or not ((a >= 0) & (a <= b) & (b <= 1)).all():
        raise InputError("intervals of memberships are out of order", mend="give 0 ≤ low ≤ high ≤ 1, in the same shape")
    if not 0 < level < 1 or draws < 1:
        raise InputError("level or draws cannot be used", mend="give a level in (0, 1) and one draw or more")
    inner = np.clip(a, 0.001, 0.999), np.clip(b, 0.001, 0.999)
    middle, half = (logit(inner[0]) + logit(inner[1])) / 2, (logit(inner[1]) - logit(inner[0])) / 2
    spread = half / float(ndtri(0.5 + level / 2))
    drawn = expit(middle + spread * np.random.default_rng(check_seed(seed)).standard_normal((draws, *a.shape)))
    result: Draws = np.where(a == b, a, drawn)
    return result


def uncertainty(
    draws: Draws,
    outcome_draws: Draws,
    *,
    cases: Sequence[str],
    conditions: Sequence[str],
    outcome: str = "OUT",
    point: Floats | None = None,
    point_outcome: Floats | None = None,
    incl_cut: float | Sequence[float] = 0.8,
    n_cut: int = 1,
    pri_cut: float = 0.0,
    include: str = "",
    dir_exp: Mapping[str, Any] | Sequence[Any] | str | None = None,
    exclude: Sequence[int | str] = (),
    level: float = 0.90,
    limits: Limits | None = None,
    levels: Sequence[int] | None = None,
) -> Uncertainty:
    """Carry draws of memberships through truth table and minimisation.

    Parameters
    ----------
    draws
        Draws × cases × conditions: memberships in [0, 1], or levels (whole numbers) of a multi-value condition.
    outcome_draws
        Draws × cases; or cases alone, for an outcome that is known.
    point, point_outcome
        Memberships of the point solution; by default the medians of the draws, and the most frequent level of a
        multi-value condition.
    incl_cut, n_cut, pri_cut, include, dir_exp, exclude
        As in ``truth_table`` and ``minimize``.
    level
        Of the intervals.
    limits
        Models per truth table (500) and time over all of them (a minute); the most frequent tables come first, and
        ``unsolved`` has the share of draws for which time was over.
    levels
        How many levels each condition has; two by default, which is a membership.

    Returns
    -------
    Uncertainty
        The same for the same draws; there is no other chance in it.

    Notes
    -----
    Cases are what they are: the intervals are about memberships, not about other cases that might have been studied.
    """
    names = tuple(conditions)
    space = Space(names, tuple(levels) if levels is not None else (2,) * len(names))
    if len(space.levels) != len(names) or min(space.levels, default=2) < 2:
        raise InputError("levels do not fit the conditions", mend=f"give {len(names)} numbers of levels from 2")
    x, y = check_draws(draws, outcome_draws, len(cases), space)
    at = middle(x, space) if point is None else np.asarray(point, dtype=float)
    y_at = np.median(y, axis=0) if point_outcome is None else np.asarray(point_outcome, dtype=float)
    drawn, at_point = _tabulate(x, y, at, y_at, space, read_cuts(incl_cut, n_cut, pri_cut))
    solver = PatternSolver(
        names, space.levels, Recipe(include, dir_exp, tuple(exclude)), limits or Limits(models=500, seconds=60.0)
    )
    solved, weight, point_solution = _solve(solver, drawn, at_point)
    report = _Report(solved, weight, point_solution, x, y, space, level)
    parameters = {
        "outcome": outcome,
        "conditions": list(names),
        "levels": list(space.levels),
        "n_cases": len(cases),
        "n_draws": len(x),
        "incl_cut": incl_cut,
        "n_cut": n_cut,
        "pri_cut": pri_cut,
        "include": include,
        "dir_exp": dir_exp,
        "exclude": list(exclude),
        "level": level,
    }
    return Uncertainty(
        table=_row_table(names, drawn, at_point, level),
        parameters=parameters,
        terms=report.terms(),
        models=report.models(),
        unsolved=report.unsolved(),
        point=point_solution,
        cases=_case_rows(cases, x, space),
        n_patterns=len(solved),
    )


def _tabulate(
    x: Draws, y: Draws, at: Floats, y_at: Floats, space: Space, cuts: Cuts
) -> tuple[DrawnTables, DrawnTables]:
    """Truth tables of all draws and of the point, over the rows that any of them observes."""
    px, py = check_draws(at[None], y_at[None], x.shape[1], space)
    numbers = np.unique(np.concatenate([corners(px, space), corners(x, space)]))
    numbers = numbers[numbers >= 0]
    return DrawnTables.of(x, y, space, numbers, cuts), DrawnTables.of(px, py, space, numbers, cuts)


def _solve(solver: PatternSolver, drawn: DrawnTables, at_point: DrawnTables) -> tuple[list[Found], Floats, Found]:
    """The models of every different table of the draws, the share of draws that have it, and the point's models."""
    rows: Rows = tuple(map(tuple, drawn.values.tolist()))
    point = solver.solve(rows, tuple(OUTS[o] for o in at_point.outs[0]))
    patterns, which = np.unique(drawn.outs, axis=0, return_inverse=True)
    weight = np.bincount(which.ravel(), minlength=len(patterns)) / len(drawn.outs)
    frequent = np.argsort(-weight, kind="stable")
    solved = [solver.solve(rows, tuple(OUTS[o] for o in pattern)) for pattern in patterns[frequent]]
    return solved, weight[frequent], point


def _row_table(names: Sequence[str], found: DrawnTables, at_point: DrawnTables, level: float) -> pl.DataFrame:
    rows = []
    for r, number in enumerate(found.numbers):
        outs, incl = found.outs[:, r], found.incl[:, r]
        known = incl[~np.isnan(incl)]
        low, high = (None, None) if not len(known) else map(float, _interval(known, level))
        point_incl = float(at_point.incl[0, r])
        rows.append(
            {
                "row": int(number) + 1,
                **dict(zip(names, map(int, found.values[r]), strict=True)),
                "OUT": OUTS[at_point.outs[0, r]],
                "n": int(at_point.n[0, r]),
                "incl": None if np.isnan(point_incl) else point_incl,
                "p_out": float((outs == 1).mean()),
                "p_not": float((outs == 0).mean()),
                "p_contradiction": float((outs == 2).mean()),
                "p_remainder": float((outs == 3).mean()),
                "incl_low": low,
                "incl_high": high,
                "n_mean": float(found.n[:, r].mean()),
            }
        )
    shares = ("p_out", "p_not", "p_contradiction", "p_remainder", "incl_low", "incl_high", "n_mean")
    schema: Schema = {"row": pl.Int64, **dict.fromkeys(names, pl.Int64), "OUT": pl.String, "n": pl.Int64}
    return pl.DataFrame(rows, schema=schema | {"incl": pl.Float64} | dict.fromkeys(shares, pl.Float64))


def _interval(values: Floats, level: float) -> Floats:
    result: Floats = np.quantile(values, [0.5 - level / 2, 0.5 + level / 2])
    return result


def _case_rows(cases: Sequence[str], x: Draws, space: Space) -> dict[str, dict[int, float]]:
    found = corners(x, space)
    result = {}
    for i, case in enumerate(cases):
        counts = Counter(int(c) for c in found[:, i] if c >= 0)
        result[str(case)] = {row + 1: n / len(x) for row, n in counts.most_common()}
    return result


@dataclass(frozen=True)
class _Report:
    """Shares over patterns, and fit over draws, of terms and models."""

    solved: list[Found]
    weight: Floats
    point: Found
    x: Draws
    y: Draws
    space: Space
    level: float

    def terms(self) -> pl.DataFrame:
        prime: Counter[str] = Counter()
        some: Counter[str] = Counter()
        every: Counter[str] = Counter()
        for found, weight in zip(self.solved, self.weight.tolist(), strict=True):
            sets = [set(model) for model in found.models]
            prime.update(dict.fromkeys(found.primes, weight))
            some.update(dict.fromkeys(set().union(*sets), weight))
            every.update(dict.fromkeys(set.intersection(*sets) if sets else (), weight))
        at_point = {term for model in self.point.models for term in model}
        listed = sorted(set(some) | at_point, key=lambda t: (-some[t], -prime[t], t))[:_LISTED]
        rows = [
            {"term": t, "in_point": t in at_point, "p_prime": prime[t], "p_some": some[t], "p_every": every[t]}
            | self._fit([t])
            for t in listed
        ]
        return pl.DataFrame(rows, schema=self._schema("term", ("p_prime", "p_some", "p_every")))

    def models(self) -> pl.DataFrame:
        among: Counter[tuple[str, ...]] = Counter()
        only: Counter[tuple[str, ...]] = Counter()
        for found, weight in zip(self.solved, self.weight.tolist(), strict=True):
            keys = [tuple(sorted(model)) for model in found.models]
            among.update(dict.fromkeys(keys, weight))
            if len(keys) == 1 and found.complete:
                only[keys[0]] += weight
        printed = {tuple(sorted(m)): m for found in (*self.solved, self.point) for m in found.models}
        at_point = {tuple(sorted(model)) for model in self.point.models}
        listed = sorted(set(among) | at_point, key=lambda m: (-among[m], m))[:_LISTED]
        rows = [
            {
                "model": " + ".join(printed[m]),
                "in_point": m in at_point,
                "p_model": float(among[m]),
                "p_only": float(only[m]),
            }
            | self._fit(m)
            for m in listed
        ]
        return pl.DataFrame(rows, schema=self._schema("model", ("p_model", "p_only")))

    def unsolved(self) -> pl.DataFrame:
        reasons: Counter[str] = Counter()
        for found, weight in zip(self.solved, self.weight.tolist(), strict=True):
            if not found.models:
                reasons[found.reason] += weight
        rows = sorted(((r, float(w)) for r, w in reasons.items()), key=lambda pair: -pair[1])
        return pl.DataFrame(rows, schema={"reason": pl.String, "share": pl.Float64}, orient="row")

    def _fit(self, terms: Sequence[str]) -> dict[str, float | None]:
        """Medians and intervals of consistency and coverage over the draws in which they are defined."""
        names, levels = self.space.conditions, self.space.level_map
        m = np.maximum.reduce([self._membership(next(iter(parse(t, names, levels).terms))) for t in terms])
        a = np.minimum(m, self.y).sum(axis=1)
        result: dict[str, float | None] = {}
        for name, whole in (("inclS", m.sum(axis=1)), ("covS", self.y.sum(axis=1))):
            known = a[whole > 1e-12] / whole[whole > 1e-12]
            low, high = (None, None) if not len(known) else map(float, _interval(known, self.level))
            result |= {name: float(np.median(known)) if len(known) else None, f"{name}_low": low, f"{name}_high": high}
        return result

    def _membership(self, term: Term) -> Draws:
        parts = []
        for literal in term:
            j = self.space.conditions.index(literal.condition)
            parts.append(in_level(self.x[:, :, j], literal.level, self.space.levels[j]))
        result: Draws = np.minimum.reduce(parts)
        return result

    @staticmethod
    def _schema(first: str, shares: Sequence[str]) -> Schema:
        fit = [f"{name}{end}" for name in ("inclS", "covS") for end in ("", "_low", "_high")]
        schema: Schema = {first: pl.String, "in_point": pl.Boolean}
        return schema | dict.fromkeys([*shares, *fit], pl.Float64)
