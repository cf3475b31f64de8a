"""Minimise a truth table: conservative, parsimonious and intermediate solutions, each with all of its models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from crosscase.analysis.qca.assumptions import excluded_rows
from crosscase.analysis.qca.clock import Clock, Limits, OutOfTime
from crosscase.analysis.qca.covers import Covers, irredundant_covers, minimum_covers, undominated
from crosscase.analysis.qca.data import Frame
from crosscase.analysis.qca.expectations import Expectation, easy_counterfactuals, read_expectations
from crosscase.analysis.qca.primes import find_primes
from crosscase.analysis.qca.solution import Block, Model, Solution
from crosscase.analysis.qca.space import Flags, Ints
from crosscase.analysis.qca.truth_table import TruthTable, truth_table
from crosscase.errors import InputError, NotEnoughEvidence

Expectations = Mapping[str, Any] | Sequence[Any] | str


def minimize(
    table: TruthTable | Frame,
    outcome: str | None = None,
    conditions: Sequence[str] | str | None = None,
    *,
    include: str | Sequence[str] = "",
    dir_exp: Expectations | None = None,
    row_dominance: bool = False,
    all_sol: bool = False,
    exclude: Sequence[int | str] | str = (),
    limits: Limits | None = None,
    **cuts: Any,
) -> Solution:
    """Minimise a truth table.

    Parameters
    ----------
    table
        A ``TruthTable``; or a data frame, then ``outcome``, ``conditions`` and the cuts are those of ``truth_table``.
    include
        What a term may contain beside the rows that show the outcome: ``""`` nothing (conservative), ``"?"``
        remainders (parsimonious), ``"C"`` contradictions, ``"?C"`` both.
    dir_exp
        Directional expectations, for the intermediate solution (needs ``include="?"``): ``{"DEV": 1, "URB": 0}``,
        or a list such as ``["DEV", "~URB", "DEV*STB"]``, where a product is a conjunctural expectation.
    row_dominance
        Whether primes that cover strictly less than another one are set aside first. Hides models.
    all_sol
        Whether all irredundant models are listed, instead of those with the fewest terms.
    exclude
        Rows that no term may contain, by number or by rule (``"BARGAIN*~OCCUP"``).
    limits
        How many models are listed and how long the search may take.

    Returns
    -------
    Solution
        ``.models`` holds **all** models with the fewest terms; that there are several is part of the answer.
        ``.complete`` is False, and ``.message`` says what is missing, where a limit was hit.

    Raises
    ------
    InputError
        For an argument that cannot be used.
    NotEnoughEvidence
        Where no row shows the outcome.
    Degenerate
        Where no row speaks against it, so that every condition would be dropped.

    Notes
    -----
    Ragin (1987) *The Comparative Method*; Ragin & Sonnett (2005) for easy and difficult counterfactuals; Schneider &
    Wagemann (2013) *Political Research Quarterly* 66:211-220 for enhanced standard analysis (``exclude``);
    Baumgartner & Thiem (2017) *Sociological Methods & Research* 46:954-987 for model ambiguity. Where R QCA's
    ``minimize`` differs
    stands in docs/methods/minimisation.md.
    """
    given = _as_table(table, outcome, conditions, cuts)
    allowed = _included(include)
    expectations = () if dir_exp is None else read_expectations(dir_exp, given.space)
    if expectations and "?" not in allowed:
        raise InputError("directional expectations choose among remainders", mend='add include="?"')
    clock = Clock(limits or Limits())
    out = excluded_rows(given, exclude)
    task = _Task(given.without(out) if out else given, allowed, row_dominance, all_sol, clock)
    solution = replace(task.solve(), parameters=_parameters(given, allowed, dir_exp, row_dominance, all_sol, out))
    return task.intermediate(solution, expectations) if expectations else solution


class _Task:
    """One call of ``minimize``."""

    def __init__(
        self, table: TruthTable, allowed: frozenset[str], row_dominance: bool, all_sol: bool, clock: Clock
    ) -> None:
        self.table, self.allowed, self.clock = table, allowed, clock
        self.row_dominance, self.all_sol = row_dominance, all_sol
        self.on = table.corners("1")
        if not self.on.size:
            raise NotEnoughEvidence(
                "no row of the truth table shows the outcome, so there is nothing to minimise",
                mend="look at .table: lower incl_cut, pri_cut or n_cut if theory allows it",
            )

    def solve(self) -> Solution:
        """The conservative or parsimonious solution."""
        if "?" not in self.allowed:
            contradictions = self.table.corners("C") if "C" in self.allowed else self.on[:0]
            return self._minimise("conservative", allowed=np.concatenate([self.on, contradictions]))
        off = self.table.corners("0") if "C" in self.allowed else self.table.corners("0", "C")
        return self._minimise("parsimonious", off=off)

    def intermediate(self, parsimonious: Solution, expectations: tuple[Expectation, ...]) -> Solution:
        """One block per pair of conservative and parsimonious model, and the union of their models."""
        conservative = _Task(self.table, self.allowed - {"?"}, self.row_dominance, self.all_sol, self.clock).solve()
        blocks: dict[str, Block] = {}
        message = conservative.message or parsimonious.message
        pairs = product(enumerate(conservative.models, 1), enumerate(parsimonious.models, 1))
        for (i, c), (j, p) in pairs:
            if len(blocks) >= self.clock.limits.models or self.clock.left <= 0:
                every = len(conservative.models) * len(parsimonious.models)
                message = (
                    message or f"{len(blocks):,} of {every:,} pairs of models were compared; the others are missing"
                )
                break
            blocks[f"C{i}P{j}"] = self._block(c, p, expectations)
        union: dict[tuple[int, ...], Model] = {}
        for block in blocks.values():
            message = message or block.message
            union.update((model.codes, model) for model in block.models)
        return replace(
            parsimonious,
            kind="intermediate",
            models=tuple(union.values()),
            n_models=len(union) if not message else None,
            complete=not message,
            message=message,
            intermediate=blocks,
        )

    def _block(self, c: Model, p: Model, expectations: tuple[Expectation, ...]) -> Block:
        assumed = p.assumed_rows
        easy = easy_counterfactuals(self.table.space, c.codes, p.codes, assumed, expectations)
        contradictions = self.table.corners("C") if "C" in self.allowed else self.on[:0]
        rows = np.concatenate([self.on, contradictions, assumed[easy]])
        found = self._minimise("intermediate", allowed=rows)
        return Block(c, p, found.models, found.message, assumed[easy], assumed[~easy])

    def _minimise(self, kind: str, *, off: Ints | None = None, allowed: Ints | None = None) -> Solution:
        space = self.table.space
        try:
            primes = find_primes(space, self.on, off=off, allowed=allowed, check=self.clock.tick)
            chart = space.inside(self.on, primes)
            kept = np.array(undominated(chart) if self.row_dominance else range(len(primes)), np.int64)
            covers = self._cover(chart[:, kept])
        except OutOfTime:
            primes = kept = np.zeros(0, np.int64)
            covers = Covers((), None, False, f"the search {self.clock.stopped}, before any model was found")
        codes = [tuple(primes[kept[list(cover)]].tolist()) for cover in covers.listed]
        return Solution(
            truth_table=self.table,
            kind=kind,
            prime_codes=tuple(primes.tolist()),
            models=tuple(Model(self.table, cover) for cover in codes),
            n_models=covers.count,
            complete=covers.complete,
            message=covers.note,
        )

    def _cover(self, chart: Flags) -> Covers:
        return irredundant_covers(chart, self.clock) if self.all_sol else minimum_covers(chart, self.clock)


def _as_table(table: TruthTable | Frame, outcome: str | None, conditions: Any, cuts: Mapping[str, Any]) -> TruthTable:
    if not isinstance(table, TruthTable):
        if outcome is None:
            raise InputError("the outcome is missing", mend="give outcome=, or a truth table")
        known = {"incl_cut", "n_cut", "pri_cut", "dcc", "cases"}
        unknown = sorted(set(cuts) - known)
        if unknown:
            raise InputError(f"minimize has no argument {unknown[0]}", mend=f"use {', '.join(sorted(known))}")
        return truth_table(table, outcome, conditions, **cuts)
    extra = [name for name, value in (("outcome", outcome), ("conditions", conditions)) if value is not None]
    if extra or cuts:
        raise InputError(
            f"the truth table already has its {', '.join([*extra, *cuts])}", mend="give them to truth_table instead"
        )
    return table


def _included(include: str | Sequence[str]) -> frozenset[str]:
    signs = {sign for part in include for sign in part if sign not in ", "}
    unknown = sorted(signs - {"?", "C", "1"})
    if unknown:
        raise InputError(f"{unknown[0]!r} cannot be included", mend='use "", "?", "C" or "?C"')
    return frozenset(signs - {"1"})


def _parameters(
    table: TruthTable,
    allowed: frozenset[str],
    dir_exp: Expectations | None,
    dominance: bool,
    every: bool,
    out: list[int],
) -> dict[str, Any]:
    return {
        **table.parameters,
        "include": "".join(sorted(allowed)),
        "dir_exp": dict(dir_exp) if isinstance(dir_exp, Mapping) else dir_exp,
        "row_dominance": dominance,
        "all_sol": every,
        "exclude": out,
    }
