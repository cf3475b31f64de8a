"""Queues 3, 4 and 5: whose account it is. Subgroups, people who say both, and kinds of sources that differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import betainc

from crosscase.analysis.disconfirm.candidates import Candidate
from crosscase.analysis.disconfirm.coded import CLEAR
from crosscase.analysis.disconfirm.sides import said_by
from crosscase.model.framework import Framework

Floats = npt.NDArray[np.float64]
MOST_ALIKE, LEAST_ALIKE = 50.0, 1.0  # bounds of the prior weight that cells lend each other
ESPOUSED = ("espoused", "formal", "planned")


@dataclass(frozen=True)
class Pooling:
    """What the cells have in common: ``mean`` share against, ``weight`` of the prior, ``alike`` (ρ) within sources."""

    mean: float
    weight: float
    alike: float


def subgroup_rates(items: pl.DataFrame) -> tuple[pl.DataFrame, Pooling]:
    """Share of items against the claim per role, site and kind, partially pooled; a row per cell.

    Columns: ``role``, ``site``, ``kind``, ``n_sources``, ``n_items``, ``against`` (added shares), ``rate`` (posterior
    mean), ``p_other_side`` (posterior probability that the rate is above one half).

    Notes
    -----
    Items of one source are no independent votes: n items count as n / (1 + (n − 1) ρ), with ρ from the analysis of
    variance over sources. Cells share a Beta prior whose mean is the
    pooled rate and whose weight follows from the spread between cells beyond chance (method of moments, an empirical
    Bayes estimate), kept between 1 and 50. Cells are ranked by the probability and not tested: power is small, and a
    list of p-values over subgroups would mislead.
    """
    site = "site" if "site" in items.columns else "case"
    share = pl.col("contra") / (pl.col("pro") + pl.col("contra"))
    cells = items.with_columns(site=pl.col(site)).group_by("role", "site", "kind", "source")
    per_source = cells.agg(y=share.sum(), n=pl.len().cast(pl.Float64), squares=(share**2).sum())
    alike = _alikeness(per_source)
    effect = 1.0 + (pl.col("n") - 1.0) * alike
    table = (
        per_source.group_by("role", "site", "kind")
        .agg(
            n_sources=pl.len(),
            n_items=pl.col("n").sum().cast(pl.Int64),
            against=pl.col("y").sum(),
            y=(pl.col("y") / effect).sum(),
            n=(pl.col("n") / effect).sum(),
        )
        .sort("role", "site", "kind")
    )
    y, n = table["y"].to_numpy(), table["n"].to_numpy()
    mean = float((y.sum() + 0.5) / (n.sum() + 1.0))
    weight = _prior_weight(y, n, mean)
    a, b = mean * weight + y, (1 - mean) * weight + n - y
    beyond: Floats = 1.0 - betainc(a, b, 0.5)
    rates = table.drop("y", "n").with_columns(rate=pl.Series(a / (a + b)), p_other_side=pl.Series(beyond))
    return rates, Pooling(mean, weight, alike)


def subgroups(items: pl.DataFrame) -> list[Candidate]:
    """Queue 3: cells by the posterior probability of lying on the other side; those without any item against are left
    out."""
    if items.is_empty():
        return []
    rates, _ = subgroup_rates(items)
    site = "site" if "site" in items.columns else "case"
    found = []
    for row in rates.filter(pl.col("against") > CLEAR).iter_rows(named=True):
        mine = items.filter(
            pl.col("role").eq_missing(row["role"]) & (pl.col(site) == row["site"]) & (pl.col("kind") == row["kind"])
        ).filter(pl.col("contra") > CLEAR)
        if mine.is_empty():
            continue
        who = f"{(row['role'] or 'no role').replace('_', ' ')}, {row['site']}, {row['kind'].replace('_', ' ')}"
        found.append(
            Candidate(
                queue=3,
                key=f"3:cell:{row['role']}|{row['site']}|{row['kind']}",
                score=row["p_other_side"],
                reason=(
                    f"{who}: {row['against']:.1f} of {row['n_items']} items against it in {row['n_sources']} sources; "
                    f"partially pooled rate {row['rate']:.2f}, probability {row['p_other_side']:.2f} that it is above "
                    "one half"
                ),
                codings=_ids(mine),
                sources=tuple(sorted(mine["source"].unique().to_list())),
            )
        )
    return found


def within_speakers(items: pl.DataFrame, framework: Framework) -> list[Candidate]:
    """Queue 4: participants who speak for the claim in one passage and against it in another.

    Score: the smaller of the two added weights, so that people who say both with the same force come first.
    """
    found = []
    spoken = items.filter(pl.col("participant").is_not_null()).with_columns(
        with_it=(pl.col("pro") - pl.col("contra")) > CLEAR, against_it=(pl.col("contra") - pl.col("pro")) > CLEAR
    )
    spoken = spoken.filter(
        pl.col("with_it").any().over("participant", "case") & pl.col("against_it").any().over("participant", "case")
    )
    for (who, case), mine in spoken.group_by("participant", "case", maintain_order=True):
        pro, contra = mine.filter("with_it"), mine.filter("against_it")
        worst = contra.sort(["contra", "source", "start"], descending=[True, False, False]).row(0, named=True)
        found.append(
            Candidate(
                queue=4,
                key=f"4:participant:{case}|{who}",
                score=float(min(pro["pro"].sum(), contra["contra"].sum())),
                reason=(
                    f"{who} speaks for it in {pro.height} passage{'s' if pro.height > 1 else ''} and against it in "
                    f"{contra.height}; the strongest against: “"
                    f"{framework.indicator(worst['code']).name}”, {worst['why_contra']}"
                ),
                source=worst["source"],
                start=worst["start"],
                end=worst["end"],
                text=worst["text"],
                said_by=said_by(worst),
                codings=_ids(pl.concat([pro, contra])),
                sources=tuple(sorted(mine["source"].unique().to_list())),
            )
        )
    return found


def triangulate(items: pl.DataFrame, framework: Framework) -> list[Candidate]:
    """Queue 5: kinds of sources that lie on different sides, and what the centre espouses and schools deny.

    Score: for kinds the difference between their shares against the claim, (c + ½) / (n + 1); for a denial 1 plus the
    weight of the denials, so that a flat contradiction of the same indicator comes first.
    """
    return [*_espoused_and_denied(items, framework), *_kinds(items)]


def _espoused_and_denied(items: pl.DataFrame, framework: Framework) -> list[Candidate]:
    stance, actuality = framework.rules.stance, framework.rules.actuality
    if stance is None or actuality is None or "stance" not in items.columns or "actuality" not in items.columns:
        return []
    centre = items.filter(
        (pl.col("level") == "central") & pl.col("actuality").is_in(list(ESPOUSED)) & (pl.col("pro") > 0)
    ).filter(~pl.col("stance").is_in(list(stance.denies)))
    schools = items.filter(
        pl.col("level").is_in(list(framework.rules.school_levels)) & pl.col("stance").is_in(list(stance.denies))
    ).filter(pl.col("contra") > 0)
    found = []
    pairs = centre.select("case", "code").unique().join(schools.select("case", "code").unique(), on=["case", "code"])
    for case, code in pairs.sort("case", "code").iter_rows():
        same = (pl.col("case") == case) & (pl.col("code") == code)
        claims, denials = centre.filter(same), schools.filter(same)
        worst = denials.sort(["contra", "source", "start"], descending=[True, False, False]).row(0, named=True)
        found.append(
            Candidate(
                queue=5,
                key=f"5:denied:{case}|{code}",
                score=1.0 + float(denials["contra"].sum()),
                reason=(
                    f"“{framework.indicator(code).name}” is {claims['actuality'][0]} by the centre "
                    f"({claims['source'][0]}) and denied by schools in {denials.height} "
                    f"passage{'s' if denials.height > 1 else ''}"
                ),
                source=worst["source"],
                start=worst["start"],
                end=worst["end"],
                text=worst["text"],
                said_by=said_by(worst),
                codings=_ids(pl.concat([claims, denials])),
                sources=tuple(sorted({*claims["source"], *denials["source"]})),
            )
        )
    return found


def _kinds(items: pl.DataFrame) -> list[Candidate]:
    share = pl.col("contra") / (pl.col("pro") + pl.col("contra"))
    table = items.group_by("case", "kind").agg(against=share.sum(), n=pl.len()).sort("case", "kind")
    table = table.with_columns(rate=(pl.col("against") + 0.5) / (pl.col("n") + 1))
    found = []
    for (case,), rows in table.group_by("case", maintain_order=True):
        low = rows.sort("rate", "kind").row(0, named=True)
        for row in rows.filter(pl.col("rate") > 0.5).iter_rows(named=True):
            if low["rate"] >= 0.5:
                continue
            mine = items.filter((pl.col("case") == case) & (pl.col("kind") == row["kind"]) & (pl.col("contra") > CLEAR))
            kinds = row["kind"].replace("_", " "), low["kind"].replace("_", " ")
            found.append(
                Candidate(
                    queue=5,
                    key=f"5:kind:{case}|{row['kind']}",
                    score=row["rate"] - low["rate"],
                    reason=(
                        f"{kinds[0]}s in {case} lie on the other side ({row['against']:.1f} of {row['n']} items "
                        f"against it), {kinds[1]}s do not ({low['against']:.1f} of {low['n']})"
                    ),
                    codings=_ids(mine),
                    sources=tuple(sorted(mine["source"].unique().to_list())),
                )
            )
    return found


def _alikeness(per_source: pl.DataFrame) -> float:
    """ρ of items within sources by the analysis of variance, between 0 and .9."""
    n, y, squares = (per_source[c].to_numpy() for c in ("n", "y", "squares"))
    k, total = len(n), n.sum()
    if k < 2 or total <= k:
        return 0.0
    within = float((squares - y**2 / n).sum()) / (total - k)
    between = float((n * (y / n - y.sum() / total) ** 2).sum()) / (k - 1)
    size = (total - (n**2).sum() / total) / (k - 1)
    if between + (size - 1) * within <= 0:
        return 0.0
    return float(np.clip((between - within) / (between + (size - 1) * within), 0.0, 0.9))


def _prior_weight(y: Floats, n: Floats, mean: float) -> float:
    """Weight of the common prior by the method of moments: large where cells differ no more than chance makes them."""
    if len(n) < 2:
        return LEAST_ALIKE
    rates = y / n
    spread = float((n * (rates - mean) ** 2).sum() / n.sum())
    binomial = mean * (1 - mean)
    chance = binomial * len(n) / n.sum()
    if spread <= chance:
        return MOST_ALIKE
    return float(np.clip(binomial / (spread - chance) - 1.0, LEAST_ALIKE, MOST_ALIKE))


def _ids(items: pl.DataFrame) -> tuple[int, ...]:
    return tuple(sorted(set(items["coding_ids"].explode().drop_nulls().to_list())))
