"""Many truth tables that differ in a few rows: each pattern of outputs is minimised once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crosscase.analysis.qca.clock import Clock, Limits
from crosscase.analysis.qca.minimise import minimize
from crosscase.analysis.qca.truth_table import TruthTable
from crosscase.errors import AnalysisError, Degenerate, NotEnoughEvidence

Rows = tuple[tuple[int, ...], ...]
Outs = tuple[str, ...]
OUT_OF_TIME = "not solved: time was over"


@dataclass(frozen=True)
class Recipe:
    """How a truth table is minimised; the arguments are those of ``minimize``."""

    include: str = ""
    dir_exp: Mapping[str, Any] | Sequence[Any] | str | None = None
    exclude: tuple[int | str, ...] = ()


@dataclass(frozen=True)
class Found:
    """The models of a pattern: each a sorted tuple of terms; empty with the ``reason`` where there is no solution.

    ``complete`` is false where a limit of time or models was hit, so that there may be more models.
    """

    primes: tuple[str, ...]
    models: tuple[tuple[str, ...], ...]
    reason: str = ""
    complete: bool = True

    @property
    def identity(self) -> object:
        """Equal for patterns with the same models, in whatever order."""
        return frozenset(map(frozenset, self.models)) if self.models else self.reason

    def __str__(self) -> str:
        if not self.models:
            return self.reason
        return " or ".join(" + ".join(model) for model in self.models[:3]) + (" or …" if len(self.models) > 3 else "")


@dataclass
class PatternSolver:
    """Minimises truth tables over the same conditions and remembers every pattern that it has seen.

    ``limits`` hold for all patterns together: what comes when time is over has no models, and says why.
    """

    conditions: tuple[str, ...]
    levels: tuple[int, ...]
    recipe: Recipe
    limits: Limits = field(default_factory=lambda: Limits(seconds=60.0))
    seen: dict[tuple[Rows, Outs], Found] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._clock = Clock(self.limits)

    def solve(self, rows: Rows, outs: Outs) -> Found:
        """The models of the table in which each row has this output (``1``, ``0``, ``C`` or ``?``)."""
        known = [(row, out) for row, out in zip(rows, outs, strict=True) if out != "?"]
        key = (tuple(row for row, _ in known), tuple(out for _, out in known))
        if key not in self.seen:
            self.seen[key] = self._minimise(*key)
        return self.seen[key]

    def solve_completely(self, rows: Rows, outs: Outs) -> Found:
        """``solve``, for comparisons: raises ``AnalysisError`` where not every model is known."""
        found = self.solve(rows, outs)
        if not found.complete:
            raise AnalysisError(
                "not all models of a solution are known, so solutions cannot be compared",
                where=found.reason or "too many models",
                mend="use fewer conditions, or the conservative solution",
            )
        return found

    def _minimise(self, rows: Rows, outs: Outs) -> Found:
        by_out: dict[str, list[tuple[int, ...]]] = {"1": [], "0": [], "C": []}
        for row, out in zip(rows, outs, strict=True):
            by_out[out].append(row)
        if not by_out["1"]:
            return Found((), (), "no row shows the outcome")
        if self._clock.left <= 0 or self.limits.cancelled():
            return Found((), (), OUT_OF_TIME, False)
        try:
            table = TruthTable.from_rows(
                self.conditions,
                [list(row) for row in by_out["1"]],
                [list(row) for row in by_out["0"]],
                list(self.levels),
                contradictions=[list(row) for row in by_out["C"]],
            )
            solution = minimize(
                table,
                include=self.recipe.include,
                dir_exp=self.recipe.dir_exp,
                exclude=self.recipe.exclude,
                limits=replace(self.limits, seconds=self._clock.left),
            )
        except NotEnoughEvidence as error:
            return Found((), (), error.what)
        except Degenerate as error:
            return Found((), (), error.what)
        models = tuple(tuple(model.terms) for model in solution.models)
        return Found(tuple(solution.primes), models, solution.message if not models else "", solution.complete)
