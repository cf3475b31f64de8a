"""What an identification returns: memberships, verdicts and the evidence behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from crosscase.analysis.bootstrap import Floats
from crosscase.analysis.identify.leave_out import weights_of_evidence
from crosscase.analysis.identify.sampling import Fit
from crosscase.analysis.identify.verdicts import Verdict, as_row
from crosscase.analysis.result import Result
from crosscase.errors import NotFound


@dataclass(frozen=True)
class Statement:
    """What can be said about the study as a whole.

    ``table`` has a row per type: ``absent`` (probability that no case is of the type), ``expected`` (number of cases),
    ``highest`` (the highest membership by the rule), ``highest_case``, ``upper`` (the highest upper end) and
    ``claim``: whether *no case is of the type* can be claimed, which takes probability and rule together.
    """

    sentence: str
    table: pl.DataFrame


@dataclass(frozen=True)
class Identification(Result):
    """The ideal types of the cases; ``table`` has a row per case and type, and one for *none*.

    Columns: ``case``, ``type``, ``probability`` (by the model), ``membership`` by the rule on the model's draws
    (median, ``low``, ``high``; the median is null where conditions are unknown), ``compensatory`` and
    ``template_fit`` (sensitivity only), and ``model_free`` with ``model_free_low`` and ``model_free_high``: the rule
    on the shares of ``conditions()``, as a check.

    Attributes
    ----------
    verdicts
        Case → verdict.
    conditions
        One row per case and condition, as in ``Conditions``, with memberships from the model's draws.
    diagnostics
        One row per quantity: mean, R-hat, effective sample size, Monte Carlo error, whether it has converged. Empty
        where no model was needed.
    type_draws
        Draw × case: the number of the type in the framework, or the number of types for *none*; the draws of all
        cases go together.
    condition_draws
        Memberships behind ``conditions``; ``None`` where a condition's needs are not met.
    fit
        The model with its draws; ``None`` where no model was needed.
    """

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    conditions: pl.DataFrame = field(default_factory=pl.DataFrame)
    diagnostics: pl.DataFrame = field(default_factory=pl.DataFrame)
    summary: Statement = field(default_factory=lambda: Statement("", pl.DataFrame()))
    type_draws: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    condition_draws: Mapping[tuple[str, str], Floats | None] = field(default_factory=dict)
    fit: Fit | None = field(default=None, repr=False)

    @cached_property
    def weights(self) -> pl.DataFrame:
        """The weight of evidence of every source, in decibans, for each type of its case.

        One row per case, source and type (with *none*): ``decibans`` is 10 log₁₀ of the odds of the type with the
        source against those without it; negative where the source speaks against the type. Empty where there is no
        model. See ``docs/methods/weight-of-evidence.md``.
        """
        return weights_of_evidence(self.fit)

    @property
    def addresses(self) -> tuple[str, ...]:
        return ("case", "type", "domain", "condition")

    def verdict(self, case: str) -> Verdict:
        """What can be said about a case; raises ``NotFound`` for an unknown one."""
        if case not in self.verdicts:
            raise NotFound(f"no case {case!r}", mend=f"use one of {', '.join(self.verdicts) or 'none'}")
        return self.verdicts[case]

    def membership(self, case: str, type: str) -> float | None:
        """Median membership of a case in a type by its rule; ``None`` where unknown conditions leave it open."""
        return self._cell(case, type, "membership")

    def probability(self, case: str, type: str) -> float:
        """Probability that the case is of the type (or ``"none"``)."""
        return float(self._cell(case, type, "probability") or 0.0)

    def _cell(self, case: str, type: str, column: str) -> float | None:
        rows = self.table.filter((pl.col("case") == case) & (pl.col("type") == type))
        if rows.is_empty():
            raise NotFound(f"no cell {case} × {type}", mend="see the table's keys")
        value: float | None = rows[column][0]
        return value

    def quotes(self, **cell: object) -> pl.DataFrame:
        """The passages behind a cell: ``case`` with ``type``, ``condition`` or ``domain``.

        ``part`` is relative to what is asked: for or against the type; for or against the condition; affirming or
        denying the locus in a domain.
        """
        if "type" in cell:
            return super().quotes(**cell)
        plain = {"lineage": self.lineage.filter(pl.col("type").is_null())}
        return Result(self.table, self.parameters, self.addresses, plain["lineage"], self.codings).quotes(**cell)

    def statement(self) -> Statement:
        """What holds for the study as a whole, such as "no case is market-driven", with its numbers."""
        return self.summary

    def to_dict(self) -> dict[str, Any]:
        """Table, parameters, verdicts, conditions and diagnostics as plain values."""
        return {
            **super().to_dict(),
            "verdicts": [as_row(verdict) for verdict in self.verdicts.values()],
            "statement": self.summary.sentence,
            "conditions": self.conditions.to_dicts(),
            "diagnostics": self.diagnostics.to_dicts(),
        }
