"""What the centre says and what schools say: the same work by two accounts, with the passages on both sides."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from crosscase.analysis.contrasts import Contrast, contrasts
from crosscase.errors import AnalysisError
from crosscase.model.framework import Framework

CENTRAL = "central"
SCHOOL = "school"


@dataclass(frozen=True)
class AccountGaps(Contrast):
    """Shares by whose account; ``table`` is that of a ``Contrast``, centre minus schools.

    ``leading`` has a row per case and domain: the locus that each side puts first with its share, whether they name
    the same, and the ``gap``: the locus on which the two accounts differ most, with the difference, its interval, and
    ``clear``: whether the interval excludes 0.
    """

    leading: pl.DataFrame = field(default_factory=pl.DataFrame)

    def passages(self, case: str, domain: str, locus: str | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The passages on both sides of a gap: the centre's, and the schools'."""
        cell = {"case": case, "domain": domain, **({self.keys[-1]: locus} if locus else {})}
        found = self.quotes(**cell)
        return found.filter(pl.col("side") == "one"), found.filter(pl.col("side") == "other")


def account_gaps(
    evidence: pl.DataFrame,
    framework: Framework,
    *,
    cell: str = "locus",
    draws: int = 4000,
    seed: int = 1,
    level: float = 0.90,
    prior: float = 1.0,
) -> AccountGaps:
    """Where the central office and schools tell different stories about who does the work.

    Parameters
    ----------
    evidence
        A row per coding, as ``study.evidence()`` returns it. Accounts at the level ``central`` stand against those at
        the framework's school levels; field notes and documents are nobody's account and stay out.
    cell, draws, seed, level, prior
        As in ``distribution``.

    Raises
    ------
    AnalysisError
        No source is an account of the centre, or none of schools.
    """
    if "level" not in evidence.columns:
        raise AnalysisError("the evidence has no column level", mend="pass what study.evidence() returns")
    account = (
        pl.when(pl.col("level") == CENTRAL)
        .then(pl.lit(CENTRAL))
        .when(pl.col("level").is_in(list(framework.rules.school_levels)))
        .then(pl.lit(SCHOOL))
        .otherwise(None)
    )
    told = evidence.with_columns(account=account)
    absent = [name for name in (CENTRAL, SCHOOL) if name not in set(told["account"].drop_nulls().unique())]
    if absent:
        raise AnalysisError(
            f"no source is an account of the {absent[0]} level, so there are no two accounts to compare",
            where="gaps",
            mend="give sources their level in sources.csv",
        )
    found = contrasts(
        told,
        framework,
        between="account",
        pairs=[(CENTRAL, SCHOOL)],
        by=("case", "domain"),
        cell=cell,
        draws=draws,
        seed=seed,
        level=level,
        prior=prior,
    )
    return AccountGaps(
        table=found.table,
        parameters={**found.parameters, "school_levels": list(framework.rules.school_levels)},
        keys=found.keys,
        lineage=found.lineage,
        codings=found.codings,
        leading=_leading(found, framework),
    )


def _leading(found: Contrast, framework: Framework) -> pl.DataFrame:
    category = found.keys[-1]
    unstated = framework.rules.not_stated or "not_stated"
    rows = []
    stated = found.table.filter(pl.col(category) != unstated)
    for (case, domain), part in stated.group_by("case", "domain", maintain_order=True):
        known = part.filter(pl.col("difference").is_not_null())
        row: dict[str, object] = {"case": case, "domain": domain}
        if known.height:
            first = known.row(int(np.argmax(known["share_one"].to_numpy())), named=True)
            second = known.row(int(np.argmax(known["share_other"].to_numpy())), named=True)
            gap = known.row(int(np.argmax(np.abs(known["difference"].to_numpy()))), named=True)
            row |= {
                "central_says": first[category],
                "central_share": first["share_one"],
                "school_says": second[category],
                "school_share": second["share_other"],
                "same": first[category] == second[category],
                "gap": gap[category],
                "difference": gap["difference"],
                "low": gap["low"],
                "high": gap["high"],
                "probability": gap["probability"],
                "clear": gap["low"] > 0 or gap["high"] < 0,
                "n_sources_central": gap["n_sources_one"],
                "n_sources_school": gap["n_sources_other"],
            }
        rows.append(row)
    return pl.DataFrame([{**dict.fromkeys(_LEADING), **row} for row in rows], schema=_LEADING)


_LEADING: dict[str, type[pl.DataType]] = {
    "case": pl.String,
    "domain": pl.String,
    "central_says": pl.String,
    "central_share": pl.Float64,
    "school_says": pl.String,
    "school_share": pl.Float64,
    "same": pl.Boolean,
    "gap": pl.String,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "probability": pl.Float64,
    "clear": pl.Boolean,
    "n_sources_central": pl.Int64,
    "n_sources_school": pl.Int64,
}
