"""Configurations: from coded evidence, people's numbers or a table to truth table, solutions and their robustness."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis.qca.anchor_sensitivity import anchor_sensitivity
from crosscase.analysis.qca.data import read_outcome
from crosscase.analysis.qca.minimise import minimize
from crosscase.analysis.qca.necessity import Necessity, necessity
from crosscase.analysis.qca.robustness import Robustness, robustness
from crosscase.analysis.qca.sensitivity import Sensitivity, sensitivity
from crosscase.analysis.qca.solution import Solution
from crosscase.analysis.qca.truth_table import TruthTable, truth_table
from crosscase.analysis.qca.uncertainty import Uncertainty, uncertainty
from crosscase.errors import AnalysisError, Degenerate, InputError, NotEnoughEvidence, NotFound
from crosscase.services.memberships import Draws, Estimates, Plan, Sets, sets_of_study
from crosscase.services.study import Study

LEADING = ("intermediate", "conservative", "parsimonious")  # what is shown first, if it is there
KINDS = {"conservative": "", "parsimonious": "?", "intermediate": "?"}


@dataclass(frozen=True)
class Configurations:
    """A truth table with its solutions.

    Attributes
    ----------
    solutions
        ``conservative``, ``parsimonious`` and, with directional expectations, ``intermediate``.
    unsolved
        Kind → why it has no solution.
    uncertainty
        Shares of draws, where memberships are estimates.
    warnings
        What a reader must know before believing anything.
    ranges
        How far cuts and calibration anchors may move for the solution that leads; ``None`` without one.
    """

    plan: Plan
    sets: Sets
    table: TruthTable
    solutions: Mapping[str, Solution]
    unsolved: Mapping[str, str]
    necessity: Necessity
    uncertainty: Uncertainty | None
    warnings: tuple[str, ...]
    ranges: pl.DataFrame | None = None

    @cached_property
    def lead(self) -> tuple[str, Solution] | None:
        """The solution that is shown first: intermediate, else conservative, else parsimonious."""
        for kind in LEADING:
            if kind in self.solutions:
                return kind, self.solutions[kind]
        return None

    def quotes(self, row: int | None = None, term: str | None = None) -> pl.DataFrame:
        """The passages behind the cases of a row (by number) or of a term; raises ``NotFound``."""
        return self.sets.quotes(self.cases(row, term), [*self.table.conditions, read_outcome(self.plan.outcome)[0]])

    def cases(self, row: int | None = None, term: str | None = None) -> tuple[str, ...]:
        """The cases of a row or a term."""
        if row is not None:
            found = [r for r in self.table.rows if r.number == row]
            if not found:
                raise NotFound(f"no case is in row {row}", mend="see the truth table for the rows that have cases")
            return tuple(found[0].cases)
        for solution in self.solutions.values():
            for model in solution.models:
                if term in model.cases:
                    return model.cases[str(term)]
        raise NotFound(f"no solution has the term {term}", mend="see the solutions for their terms")

    def evidence(self) -> dict[int, dict[str, dict[str, list[int]]]]:
        """Row → case → set → ids of the codings behind the membership."""
        result: dict[int, dict[str, dict[str, list[int]]]] = {}
        for row in self.table.rows:
            result[row.number] = {case: self._coding_ids(case) for case in row.cases}
        return result

    def _coding_ids(self, case: str) -> dict[str, list[int]]:
        names = [n for n in (*self.table.conditions, read_outcome(self.plan.outcome)[0]) if n in self.sets.draws]
        return {n: self.sets.quotes([case], [n])["coding_id"].to_list() for n in names}


def configurations_of_study(study: Study, found: Estimates | None = None, plan: Plan | None = None) -> Configurations:
    """The configurations that ``study.yaml`` asks for (or another ``plan``), with everything that is computed of them.

    Raises
    ------
    InputError
        The settings name a set that is neither a condition of the framework nor a number of every case.
    NotEnoughEvidence
        Fewer than two cases have known memberships.
    """
    settings = study.settings.configurations
    if plan is None:
        if settings is None:
            raise InputError(
                "study.yaml names no outcome", where="configurations", mend="add `configurations:` with `outcome:`"
            )
        plan = Plan.of(settings)
    sets = sets_of_study(study, found, plan, settings)
    return configure(sets, with_conditions(plan, sets))


def with_conditions(plan: Plan, sets: Sets) -> Plan:
    """The plan with its conditions named; those that are the same for every case cannot make a difference."""
    if plan.conditions:
        return plan
    outcome = read_outcome(plan.outcome)[0]
    names = [c for c in sets.frame.columns if c not in ("case", outcome) and sets.frame[c].n_unique() > 1]
    return Plan(plan.outcome, tuple(names), plan.incl_cut, plan.n_cut, plan.pri_cut, plan.dir_exp)


def configure(sets: Sets, plan: Plan) -> Configurations:
    """Truth table, solutions of every kind that the plan allows, necessity and, with draws, uncertainty."""
    conditions = list(plan.conditions) or None
    table = truth_table(sets.frame, plan.outcome, conditions, **plan.cuts)
    solutions: dict[str, Solution] = {}
    unsolved: dict[str, str] = {}
    for kind, include in KINDS.items():
        if kind == "intermediate" and not plan.dir_exp:
            continue
        try:
            solutions[kind] = minimize(table, include=include, dir_exp=plan.dir_exp if kind == "intermediate" else None)
        except (NotEnoughEvidence, Degenerate) as error:
            unsolved[kind] = str(error)
    leading = next((k for k in LEADING if k in solutions), None)
    ranges, unknown = _ranges(sets, plan, leading) if leading is not None else (None, ())
    return Configurations(
        plan=plan,
        sets=sets,
        table=table,
        solutions=solutions,
        unsolved=unsolved,
        necessity=necessity(sets.frame, plan.outcome, conditions),
        uncertainty=_uncertain(sets, plan, table),
        warnings=(*few_cases(table), *table.notes, *sets.left_out.values(), *unknown),
        ranges=ranges,
    )


def _ranges(sets: Sets, plan: Plan, leading: str) -> tuple[pl.DataFrame | None, tuple[str, ...]]:
    """Ranges of cuts and anchors for the solution that leads; none, and why, where solutions cannot be compared."""
    expected = list(plan.dir_exp) if leading == "intermediate" else None
    options: dict[str, Any] = {"include": KINDS[leading], "dir_exp": expected}
    try:
        found = sensitivity(sets.frame, plan.outcome, list(plan.conditions) or None, **plan.cuts, **options)
        return pl.concat([found.table, *_anchor_ranges(sets, plan, options)]), ()
    except AnalysisError as error:
        return None, (f"ranges of cuts and anchors: {error}",)


def _anchor_ranges(sets: Sets, plan: Plan, options: dict[str, Any]) -> list[pl.DataFrame]:
    """Ranges of the anchors of every condition that was calibrated by three of them."""
    tables = []
    outcome = read_outcome(plan.outcome)[0]
    for name, curve in sets.curves.items():
        if name == outcome or len(curve.anchors) != 3:
            continue
        raw = dict(zip(curve.cases, curve.raw.tolist(), strict=True))
        found = anchor_sensitivity(
            sets.frame,
            plan.outcome,
            list(plan.conditions) or None,
            condition=name,
            raw=[raw[case] for case in sets.frame["case"]],
            anchors=curve.anchors,
            **plan.cuts,
            **options,
        )
        tables.append(found.table.with_columns(choice=pl.lit(f"{name}: ") + pl.col("choice")))
    return tables


def few_cases(table: TruthTable) -> tuple[str, ...]:
    """A warning where the cases are fewer than half of the corners of the property space."""
    n = table.parameters["n_cases"]
    if n is None or 2 * n >= table.n_rows:
        return ()
    return (
        f"{n} cases and {table.n_rows:,} corners: this table describes the cases and has no inferential content; "
        "which ideal type each case is (`crosscase identify`) comes first",
    )


def _uncertain(sets: Sets, plan: Plan, table: TruthTable) -> Uncertainty | None:
    names, selection = table.conditions, table.selection
    outcome, _, negated = read_outcome(plan.outcome)
    if selection is None or not set(sets.draws) & {*names, outcome}:
        return None
    n = max(len(d) for d in sets.draws.values())

    def of(name: str) -> Draws:
        return sets.draws[name] if name in sets.draws else np.tile(sets.frame[name].to_numpy().astype(float), (n, 1))

    drawn = sets.draws.get(outcome)  # an outcome of several levels comes from people, who are sure of it
    y = np.tile(selection.y, (n, 1)) if drawn is None else 1.0 - drawn if negated else drawn
    return uncertainty(
        np.stack([of(name) for name in names], axis=2),
        y,
        cases=sets.frame["case"].to_list(),
        conditions=names,
        outcome=plan.outcome,
        point=sets.frame.select(names).to_numpy().astype(float),
        point_outcome=selection.y,
        include="?" if plan.dir_exp else "",
        dir_exp=plan.dir_exp or None,
        levels=table.levels,
        **plan.cuts,
    )


def check_robustness(
    sets: Sets, plan: Plan, *, include: str = "", tests: Sequence[Mapping[str, float]] = ()
) -> tuple[Sensitivity, Robustness | None, list[str]]:
    """Ranges of the cuts, and the solution against test solutions.

    ``tests`` are other cuts, such as ``{"incl_cut": 0.75}``; without them the solutions just outside each range are
    the tests. The last value says how each test was made, or why it has no solution.
    """
    conditions = list(plan.conditions) or None
    options: dict[str, Any] = {"include": include, "dir_exp": list(plan.dir_exp) or None}
    ranges = sensitivity(sets.frame, plan.outcome, conditions, **plan.cuts, **options)
    anchors = _anchor_ranges(sets, plan, options)
    ranges = replace(ranges, table=pl.concat([ranges.table, *anchors])) if anchors else ranges
    initial = minimize(sets.frame, plan.outcome, conditions, **plan.cuts, **options)
    solved: list[Solution] = []
    said: list[str] = []
    for test in tests or _just_outside(ranges):
        label = ", ".join(f"{name} {value:.4g}" for name, value in test.items())
        try:
            cuts = {**plan.cuts, **test}
            solved.append(minimize(sets.frame, plan.outcome, conditions, **cuts, **options))
            said.append(f"{label}: {solved[-1].models[0].expression}")
        except (NotEnoughEvidence, Degenerate) as error:
            said.append(f"{label}: {error.what}")
    compared = robustness(initial, solved, plan.outcome, sets.frame) if solved else None
    return ranges, compared, said


def _just_outside(ranges: Sensitivity) -> list[dict[str, float]]:
    """Cuts just beyond the ends of each range."""
    tests: list[dict[str, float]] = []
    for row in ranges.table.iter_rows(named=True):
        choice, low, high = row["choice"], row["low"], row["high"]
        if choice not in ("incl_cut", "pri_cut", "n_cut"):
            continue  # a moved anchor is another calibration: its solution stands in the table of ranges
        whole = choice == "n_cut"
        if low is not None and row["below"] is not None:
            tests.append({choice: int(low - 1) if whole else low})
        if high is not None and row["above"] is not None:
            tests.append({choice: int(high + 1) if whole else min(1.0, high + 1e-6)})
    return tests


def data_digest(study: Study) -> list[str]:
    """Digest of the table that the settings name, so that a changed table is computed again."""
    settings = study.settings.configurations
    if settings is None or not settings.data:
        return []
    path = study.folder / settings.data
    return [hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no such table"]


def solve(sets: Sets, plan: Plan, include: str) -> Solution:
    """One solution; raises ``AnalysisError`` where there is none."""
    conditions = list(plan.conditions) or None
    if plan.dir_exp and include != "?":
        raise AnalysisError("directional expectations need remainders", mend="add --include ?")
    return minimize(
        sets.frame, plan.outcome, conditions, include=include, dir_exp=list(plan.dir_exp) or None, **plan.cuts
    )
