"""Queue 2: sources that touch the topic and are silent on the claim, and uncoded passages near its coded ones."""

from __future__ import annotations

import numpy as np
import polars as pl

from crosscase.analysis.disconfirm.candidates import Candidate
from crosscase.analysis.disconfirm.corpus import Corpus
from crosscase.analysis.disconfirm.sides import in_scope, said_by
from crosscase.model.claim import Claim
from crosscase.model.framework import Framework


def silent_sources(evidence: pl.DataFrame, items: pl.DataFrame, claim: Claim, framework: Framework) -> list[Candidate]:
    """Sources in scope with codings in the claim's domains and none that speaks about the claim.

    Score: how surprising the silence is, −log₁₀ (1 − r)ⁿ, with n codings on the topic in the source and r the share of
    codings on the topic that speak about the claim in all sources in scope (kept below .99).
    """
    domains = {framework.indicator(id).domain for id in claim.indicators(framework)}
    topic = in_scope(evidence, claim.scope).filter(pl.col("domain").is_in(sorted(domains)))
    if topic.is_empty():
        return []
    speaking = set(items["coding_ids"].explode().drop_nulls().to_list())
    share = min(int(topic["coding_id"].is_in(sorted(speaking)).sum()) / topic.height, 0.99)
    counted = topic.group_by("source", maintain_order=True).agg(
        pl.len().alias("n"), *(pl.col(c).first() for c in ("participant", "role", "kind")), pl.col("coding_id")
    )
    heard = set(items["source"].to_list())
    found = []
    for row in counted.filter(~pl.col("source").is_in(sorted(heard))).iter_rows(named=True):
        surprise = -row["n"] * float(np.log10(1.0 - share)) if share > 0 else 0.0
        found.append(
            Candidate(
                queue=2,
                key=f"2:source:{row['source']}",
                score=surprise,
                reason=(
                    f"{row['source']} ({said_by(row)}) has {row['n']} coding{'s' if row['n'] > 1 else ''} on the topic "
                    f"and none that speaks about the claim; elsewhere {share:.0%} of such codings do"
                ),
                source=row["source"],
                codings=tuple(sorted(row["coding_id"])),
            )
        )
    return found


def nearest_uncoded(corpus: Corpus, claim: Claim, items: pl.DataFrame, most: int = 10) -> list[Candidate]:
    """Uncoded passages in scope nearest to the passages that speak about the claim.

    Score: cosine between TF-IDF vectors of the passage and of the mean of the coded ones (Rocchio 1971), between 0
    and 1, so that it stands below a source whose silence is surprising.
    """
    spoken = items["text"].unique(maintain_order=True).to_list()
    if not spoken or corpus.passages.is_empty():
        return []
    vectors = corpus.quotes[[corpus.quote_row[text] for text in spoken]]
    centre = np.asarray(vectors.mean(axis=0)).ravel()
    length = float(np.sqrt(centre @ centre))
    if length == 0.0:
        return []
    near = np.asarray(corpus.features @ centre).ravel() / length
    rows = in_scope(corpus.passages.with_row_index("row"), claim.scope).filter(~pl.col("covered"))["row"].to_numpy()
    order = rows[np.argsort(-near[rows], kind="stable")][:most]
    found = []
    for row in order.tolist():
        if near[row] <= 0:
            break
        place = corpus.passages.row(row, named=True)
        found.append(
            Candidate(
                queue=2,
                key=f"2:{place['source']}:{place['start']}-{place['end']}",
                score=float(near[row]),
                reason=f"nobody has coded it; its words are near to what is coded about the claim ({near[row]:.2f})",
                source=place["source"],
                start=place["start"],
                end=place["end"],
                text=place["text"],
                said_by=said_by(place),
            )
        )
    return found
