"""Membership of each case in the framework's conditions, straight from the evidence and without a model.

A condition's share of support is the share of its passages that speak for it, over sources (``analysis.bootstrap``);
the direct method of calibration turns it into a membership (Ragin 2008): log-odds of −3, 0 and +3 at the anchors for
*fully out*, *cross-over* and *fully in*. Below the least evidence that a condition needs its membership stays
unknown, the whole interval from 0 to 1: missing is never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from crosscase.analysis.bootstrap import Floats, draw_shares, expected_shares, interval, stream
from crosscase.analysis.items import align_codings
from crosscase.analysis.result import Result, framework_name, provenance
from crosscase.analysis.support import about_cases, all_cases, condition_support, weigh
from crosscase.errors import AnalysisError, NotFound
from crosscase.model.framework import AnalysisRules, Anchors, Condition, Framework

Figure = float | Floats  # one number, or draws of it where people's ratings leave it uncertain
Numbers = Mapping[str, Mapping[str, Figure]]
Cell = tuple[str, str]  # case, condition
LOG_ODDS_AT_ANCHORS = 3.0


@dataclass(frozen=True)
class Support:
    """What stands behind one condition in one case.

    ``missing`` is the sentence that says what evidence is lacking, empty where the condition's needs are met.
    """

    case: str
    condition: str
    missing: str
    n_sources: int = 0
    n_sources_for: int = 0
    n_sources_against: int = 0
    n_codings: int = 0

    @property
    def met(self) -> bool:
        return not self.missing


@dataclass(frozen=True)
class Conditions(Result):
    """Memberships in conditions; ``table`` has a row per case and condition.

    Columns: ``case``, ``condition``, ``share`` of support with ``share_low`` and ``share_high``, ``membership``
    (median) with ``low`` and ``high``, ``met``, ``missing``, ``n_sources``, ``n_sources_for``, ``n_sources_against``,
    ``n_codings``. ``draws`` holds the memberships behind the medians (``None`` where the needs are not met).
    """

    draws: Mapping[Cell, Floats | None] = field(default_factory=dict)

    def membership(self, case: str, condition: str) -> float | None:
        """Median membership, or ``None`` where it is unknown; raises ``NotFound`` for an unknown cell."""
        if (case, condition) not in self.draws:
            raise NotFound(f"no cell {case} × {condition}", mend="see the table's keys")
        drawn = self.draws[case, condition]
        return None if drawn is None else float(np.median(drawn))


def conditions(
    evidence: pl.DataFrame,
    framework: Framework,
    *,
    numbers: Numbers | None = None,
    draws: int = 4000,
    seed: int = 1,
    level: float = 0.90,
    prior: float = 1.0,
    cases: Sequence[str] | None = None,
) -> Conditions:
    """How far each condition holds in each case, with intervals and what evidence is missing.

    Parameters
    ----------
    evidence
        A row per coding, as ``study.evidence()`` returns it.
    numbers
        Case → indicator → figure, for conditions whose input is a number or a rating.
    draws, seed, level, prior
        As in ``distribution``.
    cases
        The study's cases; those without evidence have unknown memberships.

    Raises
    ------
    AnalysisError
        A condition has no anchors.

    References
    ----------
    Ragin (2008) *Redesigning Social Inquiry*, chapter 5.
    """
    check_anchors(framework)
    kept, left_out = about_cases(evidence)
    names = with_numbers(all_cases(evidence, cases), numbers, cases)
    spoken = spoken_codings(kept, framework)
    found = supports(spoken, framework, names, numbers or {})
    shares = share_draws(spoken, found, framework, prior=prior, draws=draws, seed=seed)
    drawn = memberships(found, shares, framework, numbers or {}, draws)
    return Conditions(
        table=condition_table_of(found, shares, drawn, level),
        parameters=provenance(
            kept,
            left_out,
            framework_name(framework),
            draws=draws,
            seed=seed,
            level=level,
            prior=prior,
            numbers=plain_numbers(numbers),
        ),
        keys=("case", "condition"),
        lineage=condition_lineage(spoken),
        codings=kept,
        draws=drawn,
    )


def share_draws(
    spoken: pl.DataFrame,
    found: Mapping[Cell, Support],
    framework: Framework,
    *,
    prior: float,
    draws: int,
    seed: int,
) -> dict[Cell, tuple[float, Floats]]:
    """Mean and draws of the share of support, for every cell about which some source speaks."""
    sums = spoken.group_by("case", "condition", "source").agg((pl.col("pro", "contra") / pl.col("n_in_item")).sum())
    parts = sums.sort("source").partition_by("case", "condition", as_dict=True, maintain_order=True)
    result = {}
    for key in found:
        if key not in parts:
            continue
        counts = parts[key].select("pro", "contra").to_numpy().astype(float)
        alike = np.ones(len(counts))
        drawn = draw_shares(counts, alike, prior, draws, stream(seed, *key))[:, 0]
        result[key] = (float(expected_shares(counts, alike, prior)[0]), drawn)
    return result


def memberships(
    found: Mapping[Cell, Support],
    shares: Mapping[Cell, tuple[float, Floats]],
    framework: Framework,
    numbers: Numbers,
    draws: int,
) -> dict[Cell, Floats | None]:
    """Draws of the membership in every condition; ``None`` where its needs are not met."""
    result: dict[Cell, Floats | None] = {}
    for (case, name), support in found.items():
        condition = framework.condition(name)
        if not support.met:
            result[case, name] = None
        elif condition.input == "passages":
            result[case, name] = calibrate(shares[case, name][1], anchors_of(condition))
        else:
            result[case, name] = figure_draws(framework, condition, numbers.get(case, {}), draws)
    return result


def calibrate(share: Floats, anchors: Anchors) -> Floats:
    """Memberships by the direct method; anchors may rise or fall.

    ``log-odds = 3 (x − cross) / (in − cross)`` on the side of *fully in*, ``3 (x − cross) / (cross − out)`` on the
    other.
    """
    distance = (np.asarray(share, dtype=float) - anchors.cross) * np.sign(anchors.into - anchors.cross)
    width = np.where(distance >= 0, abs(anchors.into - anchors.cross), abs(anchors.cross - anchors.out))
    odds: Floats = LOG_ODDS_AT_ANCHORS * distance / width
    # Beyond ±30 the membership is 0 or 1 to the last bit, and exp would overflow.
    membership: Floats = 1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0)))
    return membership


def uncalibrate(membership: Floats, anchors: Anchors) -> Floats:
    """The share (or figure) that has a membership: ``calibrate`` the other way round."""
    inside = np.clip(np.asarray(membership, dtype=float), 1e-13, 1.0 - 1e-13)
    odds = np.log(inside) - np.log1p(-inside)
    width = np.where(odds >= 0, abs(anchors.into - anchors.cross), abs(anchors.cross - anchors.out))
    share: Floats = anchors.cross + np.sign(anchors.into - anchors.cross) * odds * width / LOG_ODDS_AT_ANCHORS
    return share


def check_anchors(framework: Framework) -> None:
    """Refuse a framework in which a condition cannot be calibrated."""
    for condition in framework.conditions:
        anchors_of(condition)


def anchors_of(condition: Condition) -> Anchors:
    """The condition's anchors; raises ``AnalysisError`` where they are missing or out of order."""
    anchors = condition.anchors
    values = () if anchors is None else (anchors.out, anchors.cross, anchors.into)
    if anchors is None or any(value is None for value in values):
        raise AnalysisError(
            f"the condition {condition.id} has no anchors, so no membership in it can be computed",
            where=condition.label,
            mend="set the shares or figures that mean fully out, cross-over and fully in",
        )
    if not (anchors.out < anchors.cross < anchors.into or anchors.out > anchors.cross > anchors.into):
        raise AnalysisError(
            f"the anchors of {condition.id} are out of order: {', '.join(map(str, values))}",
            where=condition.label,
            mend="the cross-over must lie between fully out and fully in",
        )
    return anchors


def with_numbers(found: tuple[str, ...], numbers: Numbers | None, cases: Sequence[str] | None) -> tuple[str, ...]:
    """The cases, with those that only have figures."""
    if cases is not None or not numbers:
        return found
    return tuple(sorted({*found, *numbers}))


def figure_draws(
    framework: Framework, condition: Condition, figures: Mapping[str, Figure], draws: int
) -> Floats | None:
    """Memberships from a case's figures: the mean over the condition's indicators; ``None`` if one is missing.

    A figure that is a number gives the same membership in every draw; one that comes from people's ratings
    (``analysis.rated``) has draws of its own.
    """
    anchors = anchors_of(condition)
    memberships = []
    for name in condition.indicators:
        figure = figures.get(name)
        if figure is None or not np.isfinite(figure).all():
            return None
        value = calibrate(np.resize(np.asarray(figure, dtype=float), draws), anchors)
        memberships.append(1.0 - value if framework.indicator(name).reverse else value)
    if not memberships:
        return None
    mean: Floats = np.mean(memberships, axis=0)
    return mean


def plain_numbers(numbers: Numbers | None) -> dict[str, dict[str, float]]:
    """Figures as they are written down: the mean where there are draws."""
    return {case: {k: float(np.mean(v)) for k, v in values.items()} for case, values in (numbers or {}).items()}


def spoken_codings(codings: pl.DataFrame, framework: Framework) -> pl.DataFrame:
    """Codings that speak about a condition: ``condition``, ``pro``, ``contra``, ``item``, ``n_in_item``.

    A coding that speaks about several conditions has a row in each. The weights are not yet divided by the number of
    codings in the item.
    """
    weighted = weigh(codings, framework.rules)
    parts = [
        condition_support(weighted, condition, framework.rules).with_columns(condition=pl.lit(condition.id))
        for condition in framework.conditions
        if condition.input == "passages"
    ]
    empty = weighted.clear().with_columns(pro=pl.lit(0.0), contra=pl.lit(0.0), condition=pl.lit(None, dtype=pl.String))
    return align_codings(pl.concat([*parts, empty.head(0)], how="vertical"), "condition")


def condition_lineage(spoken: pl.DataFrame) -> pl.DataFrame:
    """Case, condition and coding, with the part for or against that the coding plays."""
    part = (
        pl.when(pl.col("contra") == 0)
        .then(pl.lit("for"))
        .when(pl.col("pro") == 0)
        .then(pl.lit("against"))
        .otherwise(pl.lit("both"))
    )
    return spoken.select(
        "case",
        "condition",
        "coding_id",
        "item",
        part=part,
        pro=pl.col("pro") / pl.col("n_in_item"),
        contra=pl.col("contra") / pl.col("n_in_item"),
    )


def supports(spoken: pl.DataFrame, framework: Framework, cases: Sequence[str], numbers: Numbers) -> dict[Cell, Support]:
    """What stands behind every condition in every case, and what is missing."""
    counted = spoken.group_by("case", "condition").agg(
        sources=pl.col("source").n_unique(),
        pro=pl.col("source").filter(pl.col("pro") > 0).n_unique(),
        contra=pl.col("source").filter(pl.col("contra") > 0).n_unique(),
        codings=pl.len(),
        kinds=pl.col("kind").drop_nulls().unique().sort(),
        levels=pl.col("level").drop_nulls().unique().sort(),
    )
    found = {(row["case"], row["condition"]): row for row in counted.iter_rows(named=True)}
    result = {}
    for case in cases:
        for condition in framework.conditions:
            key = (case, condition.id)
            if condition.input != "passages":
                absent = [i for i in condition.indicators if numbers.get(case, {}).get(i) is None]
                sentence = f"{condition.id}: no figure for {', '.join(absent)}" if absent else ""
                result[key] = Support(*key, sentence or ("" if condition.indicators else f"{condition.id}: no figure"))
                continue
            row = found.get(key, {"sources": 0, "pro": 0, "contra": 0, "codings": 0, "kinds": [], "levels": []})
            missing = missing_sentence(condition, row["sources"], row["kinds"], row["levels"], framework.rules)
            result[key] = Support(*key, missing, row["sources"], row["pro"], row["contra"], row["codings"])
    return result


def missing_sentence(
    condition: Condition, n_sources: int, kinds: Sequence[str], levels: Sequence[str], rules: AnalysisRules
) -> str:
    """What evidence a condition lacks, such as "COMMON: no school-level source speaks about it"; empty if nothing."""
    needs = condition.needs
    if n_sources == 0:
        wanted = f"{needs.sources} sources are needed" if needs.sources > 1 else "1 source is needed"
        return f"{condition.id}: no source speaks about it; {wanted}"
    parts = []
    for level in needs.levels:
        accepted = {level, *rules.school_levels} if level == "school" else {level}
        if accepted.isdisjoint(levels):
            parts.append(f"no {level}-level source speaks about it")
    if n_sources < needs.sources:
        parts.append(f"{needs.sources} sources are needed, {n_sources} found")
    if len(kinds) < needs.kinds:
        parts.append(f"{needs.kinds} kinds of sources are needed, only {' and '.join(kinds) or 'none'} found")
    return f"{condition.id}: {'; '.join(parts)}" if parts else ""


_SCHEMA: dict[str, type[pl.DataType]] = {
    "case": pl.String,
    "condition": pl.String,
    "share": pl.Float64,
    "share_low": pl.Float64,
    "share_high": pl.Float64,
    "membership": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "met": pl.Boolean,
    "missing": pl.String,
    "n_sources": pl.Int64,
    "n_sources_for": pl.Int64,
    "n_sources_against": pl.Int64,
    "n_codings": pl.Int64,
}


def condition_table_of(
    found: Mapping[Cell, Support],
    shares: Mapping[Cell, tuple[float, Floats]],
    drawn: Mapping[Cell, Floats | None],
    level: float,
) -> pl.DataFrame:
    """One row per case and condition, from shares of support (mean and draws) and draws of memberships."""
    nothing: tuple[float | None, Floats | None] = (None, None)
    rows = []
    for key, support in found.items():
        mean, draws = shares.get(key, nothing)
        rows.append(_row(support, mean, draws, drawn[key], level))
    return pl.DataFrame(rows, schema=_SCHEMA)


def _row(
    support: Support, mean: float | None, shares: Floats | None, known: Floats | None, level: float
) -> dict[str, object]:
    share = (None, None) if shares is None else interval(shares, level)
    low, high = (0.0, 1.0) if known is None else interval(known, level)
    return {
        "case": support.case,
        "condition": support.condition,
        "share": mean,
        "share_low": share[0],
        "share_high": share[1],
        "membership": None if known is None else float(np.median(known)),
        "low": float(low),
        "high": float(high),
        "met": support.met,
        "missing": support.missing,
        "n_sources": support.n_sources,
        "n_sources_for": support.n_sources_for,
        "n_sources_against": support.n_sources_against,
        "n_codings": support.n_codings,
    }
