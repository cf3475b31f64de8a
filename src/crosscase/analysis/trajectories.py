"""Trajectories: how a case changes over the periods in which its sources speak.

Who does the work, how far conditions hold and which type a case is, period by period, with the change from the first
period to the last and its interval. Each period of a case is read as a case of its own; sources belong to one period
each, so that periods are independent given the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis.bootstrap import Floats, interval
from crosscase.analysis.contrasts import contrasts
from crosscase.analysis.distribution import distribution
from crosscase.analysis.identify import Identification, identify
from crosscase.analysis.identify.verdicts import show_probability
from crosscase.analysis.periods import YEAR, with_periods
from crosscase.analysis.result import Result
from crosscase.errors import NotEnoughEvidence, NotFound
from crosscase.model.framework import Framework

_JOIN = " › "
_NONE = "none"


@dataclass(frozen=True)
class WorkOverTime(Result):
    """Who does the work, period by period; ``table`` is that of a distribution split by ``period``.

    Attributes
    ----------
    changes
        A row per case, domain, locus and pair of periods (each with the next, and the first with the last): ``one``
        (the later), ``other`` (the earlier), ``difference`` (later − earlier), its interval and the ``probability``
        that the share has grown.
    periods
        The periods in their order.
    undated
        Sources without a date, or whose date does not say which period: they are in no row.
    """

    changes: pl.DataFrame
    periods: tuple[str, ...]
    undated: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Table, changes, periods and undated sources as plain values."""
        more = {"periods": list(self.periods), "undated": list(self.undated), "changes": self.changes.to_dicts()}
        return {**super().to_dict(), **more}


@dataclass(frozen=True)
class Trajectory(Result):
    """Ideal types period by period; ``table`` has a row per case, period and type.

    Columns: ``case``, ``period``, ``type``, ``probability``, ``membership`` with ``low`` and ``high``, and
    ``verdict``, what is said about the case in that period.

    Attributes
    ----------
    changes
        A row per case and type, from the case's first period to its last: ``first``, ``last``, ``change`` of the
        probability, ``membership_change`` with ``low`` and ``high`` (null where conditions are unknown), and
        ``probability`` that the membership has grown.
    conditions
        A row per case, period and condition: membership with its interval.
    evolving
        Case → a sentence: evolving as what, with the probability that its type has changed.
    changed
        Case → probability that the type in the last period is another than in the first.
    periods, undated
        As in ``WorkOverTime``.
    found
        The identification in which every period of a case is a case, named "case › period".
    """

    changes: pl.DataFrame = field(default_factory=pl.DataFrame)
    conditions: pl.DataFrame = field(default_factory=pl.DataFrame)
    evolving: dict[str, str] = field(default_factory=dict)
    changed: dict[str, float] = field(default_factory=dict)
    periods: tuple[str, ...] = ()
    undated: tuple[str, ...] = ()
    found: Identification | None = None

    def verdict(self, case: str, period: str) -> Any:
        """The verdict on a case in a period; raises ``NotFound``."""
        if self.found is None:
            raise NotFound("no period was identified", mend="use by_period")
        return self.found.verdict(f"{case}{_JOIN}{period}")

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            **super().to_dict(),
            "changes": self.changes.to_dicts(),
            "conditions": self.conditions.to_dicts(),
            "evolving": self.evolving,
            "changed": self.changed,
            "periods": list(self.periods),
            "undated": list(self.undated),
        }


def work_over_time(
    evidence: pl.DataFrame,
    framework: Framework,
    *,
    periods: str | Sequence[str] = YEAR,
    rows: str = "domain",
    cell: str = "locus",
    steps: bool = True,
    **options: Any,
) -> WorkOverTime:
    """Who does the work in each period, and how that changes.

    Parameters
    ----------
    periods
        ``"year"``, ``"terciles"`` or the dates at which periods begin.
    rows, cell
        ``"domain"``, ``"subdomain"`` or ``"code"``; ``"locus"`` or ``"mode"``.
    steps
        The change from each period to the next, too; otherwise only that from the first to the last.
    options
        ``draws``, ``seed``, ``level`` and ``prior``, as in ``distribution``.

    Raises
    ------
    NotEnoughEvidence
        All dated sources lie in one period.
    """
    dated = with_periods(evidence, periods)
    placed = dated.evidence.filter(pl.col("period").is_not_null())
    if len(dated.names) < 2:
        raise NotEnoughEvidence(
            f"all dated sources lie in one period ({', '.join(dated.names) or 'none'})", mend="choose other periods"
        )
    by = ("case", rows, "period")
    pairs = [(later, earlier) for earlier, later in pairwise(dated.names)] if steps else []
    if len(dated.names) > 2 or not steps:
        pairs.append((dated.names[-1], dated.names[0]))
    shares = distribution(placed, framework, by=by, cell=cell, **options)  # type: ignore[arg-type]
    change = contrasts(placed, framework, between="period", pairs=pairs, by=("case", rows), cell=cell, **options)
    return WorkOverTime(
        table=shares.table,
        parameters={**shares.parameters, "periods": list(dated.names), "undated": list(dated.undated)},
        keys=shares.keys,
        lineage=shares.lineage,
        codings=shares.codings,
        changes=change.table,
        periods=dated.names,
        undated=dated.undated,
    )


def by_period(
    evidence: pl.DataFrame,
    framework: Framework,
    periods: str | Sequence[str] = YEAR,
    *,
    level: float = 0.90,
    **options: Any,
) -> Trajectory:
    """Which type each case is in each period, and how it evolves.

    Parameters
    ----------
    periods
        ``"year"``, ``"terciles"`` or the dates at which periods begin.
    level
        Probability inside the intervals.
    options
        As for ``identify``. Figures of whole cases stand in every period; ``cases`` is not taken, because periods
        without evidence are no cases.

    Raises
    ------
    NotEnoughEvidence
        All dated sources lie in one period.

    Notes
    -----
    One model reads all periods of all cases, so that what is known about coders is shared. The prior does not tie the
    periods of a case to each other: a case does not look stable because it was stable before.
    """
    dated = with_periods(evidence, periods)
    placed = dated.evidence.filter(pl.col("period").is_not_null() & pl.col("case").is_not_null())
    if len(dated.names) < 2:
        raise NotEnoughEvidence(
            f"all dated sources lie in one period ({', '.join(dated.names) or 'none'})", mend="choose other periods"
        )
    options.pop("cases", None)
    pairs = placed.filter(pl.col("kind").fill_null("") != "context").select("case", "period").unique()
    order = {name: i for i, name in enumerate(dated.names)}
    found_pairs = sorted(pairs.iter_rows(), key=lambda pair: (pair[0], order[pair[1]]))
    numbers = options.pop("numbers", None) or {}
    parts = identify(
        placed.with_columns(case=pl.concat_str("case", pl.lit(_JOIN), "period")),
        framework,
        level=level,
        numbers={f"{c}{_JOIN}{p}": dict(numbers[c]) for c, p in found_pairs if c in numbers} or None,
        cases=[f"{c}{_JOIN}{p}" for c, p in found_pairs],
        **options,
    )
    of_case: dict[str, list[str]] = {}
    for case, period in found_pairs:
        of_case.setdefault(case, []).append(period)
    changed = {c: _probability_of_change(parts, c, p) for c, p in of_case.items() if len(p) > 1}
    return Trajectory(
        table=_named(parts.table).join(_verdicts(parts, found_pairs), on=("case", "period"), maintain_order="left"),
        parameters={**parts.parameters, "periods": list(dated.names), "undated": list(dated.undated)},
        keys=("case", "period", "type"),
        lineage=_named(parts.lineage),
        codings=placed,
        changes=_changes(parts, framework, of_case, level),
        conditions=_named(parts.conditions),
        evolving={c: _sentence(parts, c, p, changed.get(c)) for c, p in of_case.items()},
        changed={c: p for c, p in changed.items() if p is not None},
        periods=dated.names,
        undated=dated.undated,
        found=parts,
    )


def _named(table: pl.DataFrame) -> pl.DataFrame:
    """The table with case and period instead of "case › period"."""
    split = pl.col("case").str.split_exact(_JOIN, 1)
    parted = table.with_columns(
        split.struct.field("field_0").alias("case"), split.struct.field("field_1").alias("period")
    )
    return parted.select("case", "period", pl.exclude("case", "period"))


def _verdicts(parts: Identification, pairs: Sequence[tuple[str, str]]) -> pl.DataFrame:
    rows = [(c, p, parts.verdict(f"{c}{_JOIN}{p}").sentence) for c, p in pairs]
    return pl.DataFrame(rows, schema=dict.fromkeys(("case", "period", "verdict"), pl.String), orient="row")


def _place(parts: Identification, case: str, period: str) -> int:
    return list(parts.verdicts).index(f"{case}{_JOIN}{period}")


def _probability_of_change(parts: Identification, case: str, periods: Sequence[str]) -> float | None:
    """That the last period's type is another than the first's, over the joint draws; ``None`` without evidence."""
    first, last = (parts.type_draws[:, _place(parts, case, p)] for p in (periods[0], periods[-1]))
    if (first < 0).any() or (last < 0).any():
        return None
    return float(((first != last).sum() + 0.5) / (len(first) + 1.0))


def _changes(parts: Identification, framework: Framework, of_case: dict[str, list[str]], level: float) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for case, periods in of_case.items():
        if len(periods) < 2:
            continue
        first, last = f"{case}{_JOIN}{periods[0]}", f"{case}{_JOIN}{periods[-1]}"
        for ideal in framework.types:
            change = parts.probability(last, ideal.id) - parts.probability(first, ideal.id)
            row = {"case": case, "type": ideal.id, "first": periods[0], "last": periods[-1], "change": change}
            before, after = (_membership_draws(parts, name, ideal.formula.conditions, ideal) for name in (first, last))
            if before is not None and after is not None:
                grown = after - before
                low, high = interval(grown, level)
                above = ((grown > 0).sum() + 0.5) / (len(grown) + 1.0)
                row |= {"membership_change": float(np.median(grown)), "low": float(low), "high": float(high)}
                row["probability"] = float(above)
            rows.append(row)
    return pl.DataFrame([{**dict.fromkeys(_CHANGES), **row} for row in rows], schema=_CHANGES)


def _membership_draws(parts: Identification, case: str, names: Sequence[str], ideal: Any) -> Floats | None:
    drawn = {name: parts.condition_draws.get((case, name)) for name in names}
    if any(values is None for values in drawn.values()):
        return None
    columns = np.stack([np.asarray(values) for values in drawn.values()])
    membership: Floats = np.array(
        [ideal.membership(dict(zip(drawn, column, strict=True))) for column in columns.T.tolist()]
    )
    return membership


def _sentence(parts: Identification, case: str, periods: Sequence[str], changed: float | None) -> str:
    words = []
    for period in periods:
        verdict = parts.verdict(f"{case}{_JOIN}{period}")
        called = {
            "type": " ".join(verdict.types),
            "leaning": f"leaning {' '.join(verdict.types)}",
            "between": f"between {' and '.join(verdict.types)}",
            "none": "none of the types",
        }.get(verdict.kind, "not enough evidence")
        words.append(f"{called} ({period})")
    if len(periods) < 2:
        return f"{case}: {words[0]}; one period only, so nothing can be said about change."
    told = "not known" if changed is None else show_probability(changed)
    return f"{case}: {' → '.join(words)}; probability that its type has changed: {told}."


_CHANGES: dict[str, type[pl.DataType]] = {
    "case": pl.String,
    "type": pl.String,
    "first": pl.String,
    "last": pl.String,
    "change": pl.Float64,
    "membership_change": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "probability": pl.Float64,
}
