"""How much a coding speaks for or against what it names.

A coding's weight is that of its actuality (enacted counts 1, merely espoused .25 … as the framework says). Its stance
divides that weight: *present* affirms, *absent* and *contradicts* deny, *mixed* does half of each, *uncertain* does
neither. A denial is evidence, never missing data.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from crosscase.errors import AnalysisError
from crosscase.model.framework import AnalysisRules, Condition, Pattern

_COLUMNS = ("coding_id", "source", "case", "kind", "level", "start", "end", "code", "domain", "coder")


def about_cases(evidence: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The rows that are evidence about a case, and how many are not (context sources, sources of no case).

    Raises ``AnalysisError`` when the frame is no evidence.
    """
    missing = [name for name in _COLUMNS if name not in evidence.columns]
    if missing:
        raise AnalysisError(
            f"the evidence has no column {', '.join(missing)}",
            where="evidence",
            mend="pass what study.evidence() returns",
        )
    kept = evidence.filter(pl.col("case").is_not_null() & (pl.col("kind").fill_null("") != "context"))
    return kept, evidence.height - kept.height


def all_cases(evidence: pl.DataFrame, cases: Sequence[str] | None) -> tuple[str, ...]:
    """The cases in the order given, or every case that the evidence names, in alphabetical order."""
    if cases is not None:
        return tuple(dict.fromkeys(cases))
    return tuple(sorted(evidence["case"].drop_nulls().unique().to_list()))


def weigh(evidence: pl.DataFrame, rules: AnalysisRules) -> pl.DataFrame:
    """Add ``affirmed`` and ``denied``, the weight in [0, 1] with which each coding affirms or denies what it names."""
    weight: pl.Expr = pl.lit(1.0)
    if rules.actuality and rules.actuality in evidence.columns:
        weight = pl.col(rules.actuality).replace_strict(
            {k: float(v) for k, v in rules.weights.items()}, default=1.0, return_dtype=pl.Float64
        )
    affirmed, denied = pl.lit(1.0), pl.lit(0.0)
    stance = rules.stance
    if stance and stance.facet in evidence.columns:
        said = pl.col(stance.facet)
        half = said.is_in(list(stance.splits))
        # A coding without a stance affirms: coders who are not asked for one mark what is there.
        affirmed = pl.when(half).then(0.5).when(said.is_in(list(stance.denies + stance.drops))).then(0.0).otherwise(1.0)
        denied = pl.when(half).then(0.5).when(said.is_in(list(stance.denies))).then(1.0).otherwise(0.0)
    return evidence.with_columns(affirmed=(weight * affirmed), denied=(weight * denied))


def why_weightless(rules: AnalysisRules, columns: Sequence[str]) -> pl.Expr:
    """Expression: the facet whose answer takes all weight from a coding, the stance first; null where it weighs."""
    why = pl.lit(None, dtype=pl.String)
    if rules.actuality and rules.actuality in columns:
        nothing = [answer for answer, weight in rules.weights.items() if float(weight) == 0.0]
        why = pl.when(pl.col(rules.actuality).is_in(nothing)).then(pl.lit(rules.actuality)).otherwise(why)
    if rules.stance and rules.stance.facet in columns:
        drops = [answer for answer in rules.stance.drops if answer not in rules.stance.splits]
        why = pl.when(pl.col(rules.stance.facet).is_in(drops)).then(pl.lit(rules.stance.facet)).otherwise(why)
    return why


def matches(pattern: Pattern, columns: list[str]) -> pl.Expr:
    """Expression: which evidence rows a pattern speaks about (its code and facet values; not the stance)."""
    exact = [c for c in pattern.codes if not c.endswith("*")]
    test = pl.col("code").is_in(exact)
    for prefix in (c[:-1] for c in pattern.codes if c.endswith("*")):
        test = test | pl.col("code").str.starts_with(prefix)
    for facet, values in pattern.facets.items():
        if facet not in columns:
            return pl.lit(False)
        test = test & pl.col(facet).is_in(list(values))
    return test


def condition_support(weighted: pl.DataFrame, condition: Condition, rules: AnalysisRules) -> pl.DataFrame:
    """Rows that speak about a condition, with ``pro`` and ``contra``: their weight for and against it.

    A ``for`` pattern that is affirmed counts for the condition and denied against it; an ``against`` pattern the other
    way round. A pattern that fixes the stance itself is taken as it stands. A coding counts once, even when several
    patterns match it: the strongest reading is kept.
    """
    stance = rules.stance.facet if rules.stance else None
    pro: list[pl.Expr] = [pl.lit(0.0)]
    contra: list[pl.Expr] = [pl.lit(0.0)]
    for patterns, with_it, against_it in (
        (condition.supports, pro, contra),
        (condition.opposes, contra, pro),
    ):
        for pattern in patterns:
            hit = matches(pattern, weighted.columns)
            if stance is not None and stance in pattern.facets:
                with_it.append(pl.when(hit).then(pl.col("affirmed") + pl.col("denied")).otherwise(0.0))
            else:
                with_it.append(pl.when(hit).then(pl.col("affirmed")).otherwise(0.0))
                against_it.append(pl.when(hit).then(pl.col("denied")).otherwise(0.0))
    rows = weighted.with_columns(pro=pl.max_horizontal(pro), contra=pl.max_horizontal(contra))
    return rows.filter((pl.col("pro") > 0) | (pl.col("contra") > 0))
