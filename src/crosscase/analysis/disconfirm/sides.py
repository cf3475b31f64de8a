"""Code logic: on which side of a claim each coding stands, and why, in words."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from crosscase.analysis.items import align_codings
from crosscase.analysis.support import about_cases, matches, weigh
from crosscase.errors import NotFound
from crosscase.model.claim import Claim, ClaimPart, Scope
from crosscase.model.framework import Framework


def in_scope(frame: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """The rows of evidence (or of a table of sources) that a claim is about."""
    kept = frame
    for column, wanted in (("case", scope.cases), ("participant", scope.participants), ("level", scope.levels)):
        if wanted:
            kept = kept.filter(pl.col(column).is_in(list(wanted)))
    # A date may be a year or a month; "2019" is before "2019-04-30" and inside a period that begins in 2019.
    if scope.since:
        dates = pl.col("date").fill_null("")
        kept = kept.filter((dates >= scope.since) | pl.lit(scope.since).str.starts_with(dates) & (dates != ""))
    if scope.until:
        kept = kept.filter(pl.col("date").is_not_null() & (pl.col("date") <= scope.until + "~"))
    return kept


def take_sides(evidence: pl.DataFrame, claim: Claim, framework: Framework) -> pl.DataFrame:
    """The codings in scope that speak about the claim, with the weight on each side and the reason in words.

    Added columns: ``pro`` and ``contra`` (weight of the strongest part on each side × weight of the coding's actuality
    and stance), ``why_pro`` and ``why_contra``. A coding may stand on both sides: a curriculum that is common (for a
    managerial system) and made jointly (against it).
    """
    kept, _ = about_cases(evidence)
    weighed = weigh(in_scope(kept, claim.scope), framework.rules)
    stance = framework.rules.stance.facet if framework.rules.stance else None
    pro: list[pl.Expr] = []
    contra: list[pl.Expr] = []
    why: dict[str, list[tuple[pl.Expr, str, bool]]] = {"for": [], "against": []}
    for part in claim.effective_parts:
        affirmed, denied = _weights(part, weighed.columns, stance)
        other = "against" if part.side == "for" else "for"
        (pro if part.side == "for" else contra).append(affirmed)
        why[part.side].append((affirmed, part.label, False))
        if denied is not None:
            (contra if part.side == "for" else pro).append(denied)
            why[other].append((denied, part.label, True))
    zero = pl.lit(0.0)
    rows = weighed.with_columns(pro=pl.max_horizontal(zero, *pro), contra=pl.max_horizontal(zero, *contra))
    rows = rows.with_columns(
        why_pro=_first_label(why["for"], pl.col("pro")), why_contra=_first_label(why["against"], pl.col("contra"))
    )
    return rows.filter((pl.col("pro") > 0) | (pl.col("contra") > 0))


def _weights(part: ClaimPart, columns: Sequence[str], stance: str | None) -> tuple[pl.Expr, pl.Expr | None]:
    hit = matches(part.pattern, list(columns))
    if stance is not None and stance in part.pattern.facets:
        return pl.when(hit).then((pl.col("affirmed") + pl.col("denied")) * part.weight).otherwise(0.0), None
    with_it = pl.when(hit).then(pl.col("affirmed") * part.weight).otherwise(0.0)
    # That one of several loci does not do the work says little about who does: half of the weight.
    share = 0.5 if part.role == "locus" else 1.0
    return with_it, pl.when(hit).then(pl.col("denied") * part.weight * share).otherwise(0.0)


def _first_label(parts: Sequence[tuple[pl.Expr, str, bool]], most: pl.Expr) -> pl.Expr:
    """The label of the part that gave the weight, with "said to be absent: " where a denial did."""
    options = [
        pl.when((most > 0) & (weight == most)).then(pl.lit(f"denied: {label}" if denied else label))
        for weight, label, denied in parts
    ]
    empty = pl.lit(None, dtype=pl.String)
    return pl.coalesce([*(o.otherwise(empty) for o in options), empty])


def items_of(sided: pl.DataFrame) -> pl.DataFrame:
    """One row per item: what coders of one passage say with one indicator, put together.

    Columns: source, start, end, text, code, case, kind, date, participant, role, level, ``pro``, ``contra`` (means
    over the item's codings), reasons, ``coding_ids``, ``n_coders``, ``actuality`` where the evidence has it.
    """
    if sided.is_empty():
        return sided.with_columns(item=pl.lit(None, dtype=pl.Int64)).head(0).group_by("item").agg(*_item_columns(sided))
    aligned = align_codings(sided, "code").sort("coding_id")
    return aligned.group_by("item", maintain_order=True).agg(*_item_columns(sided)).sort("source", "start", "item")


def _item_columns(sided: pl.DataFrame) -> list[pl.Expr]:
    same = [c for c in ("source", "case", "kind", "date", "participant", "role", "level", "code") if c in sided.columns]
    facets = [c for c in ("actuality", "stance") if c in sided.columns]
    return [
        *(pl.col(c).first() for c in (*same, *facets, "start", "end", "text")),
        pl.col("pro").mean(),
        pl.col("contra").mean(),
        pl.col("why_pro").drop_nulls().first(),
        pl.col("why_contra").drop_nulls().first(),
        pl.col("coding_id").alias("coding_ids"),
        pl.col("coder").n_unique().alias("n_coders"),
    ]


def check_scope(claim: Claim, sources: pl.DataFrame) -> None:
    """Raise ``NotFound`` when the claim is about a case or a participant that no source knows."""
    for noun, column, wanted in (
        ("case", "case", claim.scope.cases),
        ("participant", "participant", claim.scope.participants),
    ):
        known = set(sources[column].drop_nulls().to_list())
        missing = [name for name in wanted if name not in known]
        if missing:
            raise NotFound(
                f"no source of the {noun} {missing[0]!r}",
                where=f"claim “{claim.sentence}”",
                mend=f"known: {', '.join(sorted(known)) or 'none'}",
            )


def said_by(row: dict[str, object]) -> str:
    """Whose words they are and in what, such as "P07, principal, interview"."""
    parts = (row.get("participant"), row.get("role"), row.get("kind"))
    return ", ".join(str(p).replace("_", " ") for p in dict.fromkeys(parts) if p)
