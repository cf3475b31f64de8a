"""Queue 6: passages that nobody has coded and that read as if they spoke against the claim.

First, is it about the topic, then, on which side: BM25 to the words of what speaks against the claim; what the study's
own codings teach (how people speak when they are coded against the claim, and when not); BM25 and the framework's terms
with what is negated turned round; and deductions for reported speech and for other places. The parts are added in
standard deviations over all passages. What comes of it is ranked together with plain BM25 to the words of what speaks
against the claim (reciprocal ranks, Cormack, Clarke & Büttcher 2009): the deductions are right more often than not, but
a passage that plainly says the opposite of the claim should not be lost to one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse
from scipy.stats import rankdata

from crosscase.analysis.disconfirm.bm25 import weights_of
from crosscase.analysis.disconfirm.candidates import Candidate
from crosscase.analysis.disconfirm.corpus import Corpus, theory_texts
from crosscase.analysis.disconfirm.prose import stems_of
from crosscase.analysis.disconfirm.sides import in_scope, said_by, take_sides
from crosscase.model.claim import Claim, Scope
from crosscase.model.framework import Framework

Floats = npt.NDArray[np.float64]
# Standard deviations per unit of evidence. Ours; see docs/methods/disconfirming.md on what they were tried on.
TOPIC, LEARNED, SIMILAR, TERM = 1.0, 1.0, 0.5, 0.5
REPORTED, ELSEWHERE, OTHER_CASE = 3.0, 4.0, 4.0
OF_THE_CLAIM = 0.5  # how much words of the claim itself count, relative to words against it
PENALTY = 4e-4  # of squared weights, the weights of the training texts adding up to 1
STEPS = 60
RANKS = 60.0  # Cormack, Clarke & Büttcher's constant: how little the very first places count more than those after them
THEORY_COUNTS = 3.0  # a text of the framework counts as so many codings
UNCODED_COUNTS = 0.3  # a passage that nobody coded is weak evidence of irrelevance


@dataclass(frozen=True)
class Scores:
    """How much each passage reads as if it spoke against the claim, and the parts (arrays over the corpus)."""

    total: Floats
    plain: Floats
    learned: Floats
    terms: Floats
    similar: Floats
    reported: npt.NDArray[np.bool_]
    elsewhere: npt.NDArray[np.bool_]
    leaning: Floats  # per indicator: positive where it speaks against the claim


def retrieve(
    corpus: Corpus, claim: Claim, evidence: pl.DataFrame, framework: Framework, names: dict[str, str], most: int
) -> list[Candidate]:
    """The uncoded passages in scope that score highest; ``names`` are the cases' labels."""
    scores = score_passages(corpus, claim, evidence, framework, names)
    scope = in_scope(corpus.passages.with_row_index("row"), claim.scope).filter(~pl.col("covered"))
    rows = scope["row"].to_numpy()
    fused = fuse(scores.total[rows], scores.plain[rows])
    order = np.argsort(-fused, kind="stable")[:most]
    return [_candidate(corpus, scores, int(rows[n]), float(fused[n]), framework) for n in order]


def fuse(*rankings: Floats) -> Floats:
    """One score from several of the same passages: Σ 1 / (60 + rank), the best having rank 1, ties their mean rank.

    >>> fuse(np.array([3.0, 2.0, 1.0]), np.array([0.0, 9.0, 1.0])).round(4).tolist()
    [0.0323, 0.0325, 0.032]
    """
    total = np.zeros(len(rankings[0]))
    for scores in rankings:
        total += 1.0 / (RANKS + rankdata(-scores))
    return total


def score_passages(
    corpus: Corpus, claim: Claim, evidence: pl.DataFrame, framework: Framework, names: dict[str, str]
) -> Scores:
    """Score every passage of the corpus against one claim."""
    learned = _learn(corpus, claim, evidence, framework)
    with_it, against_it = _indicator_weights(claim, framework)
    # Denying what the claim needs speaks against it; denying what speaks against it supports it.
    terms = corpus.affirmed @ (against_it - with_it) + corpus.denied @ (with_it - against_it)
    terms = np.clip(np.asarray(terms).ravel(), -2.0, 2.0)
    similar = _similarity(corpus, claim, framework)
    other_case = _mentions_other_case(corpus, claim, names)
    reported = np.array([bool(r.reported) for r in corpus.readings], dtype=bool)
    cue = np.array([bool(r.elsewhere) for r in corpus.readings], dtype=bool)
    place = np.array([bool(o) for o in corpus.others], dtype=bool)
    topic = _topic(corpus, claim, framework)
    total = TOPIC * topic + LEARNED * learned + SIMILAR * similar + TERM * terms
    total = total - REPORTED * reported - ELSEWHERE * (cue | place) - OTHER_CASE * other_case
    plain = _vocabulary(corpus, claim, framework)
    away = cue | place | other_case
    return Scores(total, plain, learned, terms, similar, reported, away, against_it - with_it)


def _indicator_weights(claim: Claim, framework: Framework) -> tuple[Floats, Floats]:
    """Weight of each indicator for and against the claim; parts that only tell who does the work are left out here,
    because every indicator of a domain may stand on either side of them."""
    sides = {"for": np.zeros(len(framework.indicators)), "against": np.zeros(len(framework.indicators))}
    stance = framework.rules.stance
    for part in claim.effective_parts:
        if part.role == "locus" or (
            claim.kind != "own" and set(part.pattern.facets) - {stance.facet if stance else ""}
        ):
            continue
        side = part.side
        if stance and set(part.pattern.facets.get(stance.facet, ())) & set(stance.denies):
            side = "for" if side == "against" else "against"
        for n, indicator in enumerate(framework.indicators):
            if part.pattern.matches_code(indicator.id):
                sides[side][n] = max(sides[side][n], part.weight)
    return sides["for"], sides["against"]


def _similarity(corpus: Corpus, claim: Claim, framework: Framework) -> Floats:
    """BM25 to the negation of the claim less BM25 to the claim, in standard deviations.

    Words that the framework uses of the indicators against the claim count for it as they stand and against it behind a
    negation; words of the indicators for it the other way round, with half the weight, because a passage that denies
    them must first speak of them.
    """
    with_it, against_it = _indicator_weights(claim, framework)
    words: dict[str, list[str]] = {"for": [], "against": []}
    for n, indicator in enumerate(framework.indicators):
        side = "against" if against_it[n] > with_it[n] else "for" if with_it[n] > 0 else ""
        if side:
            words[side].extend(stems_of(theory_texts(indicator)))
    query: dict[str, float] = {}
    for side, sign in (("against", 1.0), ("for", -OF_THE_CLAIM)):
        for word, weight in weights_of(words[side]).items():
            query[word] = query.get(word, 0.0) + sign * weight
            query[_turned(word)] = query.get(_turned(word), 0.0) - sign * weight
    return _standard(corpus.index.scores(query))


def _topic(corpus: Corpus, claim: Claim, framework: Framework) -> Floats:
    """BM25 to all that the framework says of the indicators against the claim, whatever is negated."""
    with_it, against_it = _indicator_weights(claim, framework)
    words = [
        stem.removeprefix("not_")
        for n, indicator in enumerate(framework.indicators)
        if against_it[n] > with_it[n]
        for stem in stems_of(theory_texts(indicator))
    ]
    return _standard(corpus.plain.scores(weights_of(words)))


def _vocabulary(corpus: Corpus, claim: Claim, framework: Framework) -> Floats:
    """Plain BM25 to what the framework says of the indicators that a person would list against the claim."""
    words = [
        stem.removeprefix("not_")
        for indicator in indicators_against(claim, framework)
        for stem in stems_of(theory_texts(framework.indicator(indicator)))
    ]
    return corpus.plain.scores(weights_of(words))


def indicators_against(claim: Claim, framework: Framework) -> tuple[str, ...]:
    """Indicators against the claim as a person would list them: conditions and what disconfirms, not the loci."""
    kept = tuple(p for p in claim.parts if p.role != "locus" and "locus" not in p.pattern.facets)
    if not kept:
        return ()  # a claim about who does the work alone: every indicator of its domain may stand on either side
    narrow = replace(claim, parts=kept)
    with_it = set(narrow.indicators(framework, "for"))
    return tuple(i for i in narrow.indicators(framework, "against") if i not in with_it)


def _turned(word: str) -> str:
    return word.removeprefix("not_") if word.startswith("not_") else f"not_{word}"


def _standard(values: Floats) -> Floats:
    spread = float(values.std()) if len(values) else 0.0
    return (values - values.mean()) / spread if spread > 0 else np.zeros(len(values))


def _mentions_other_case(corpus: Corpus, claim: Claim, names: dict[str, str]) -> npt.NDArray[np.bool_]:
    outside = [label for case, label in names.items() if claim.scope.cases and case not in claim.scope.cases]
    if not outside:
        return np.zeros(corpus.passages.height, dtype=bool)
    found = pl.any_horizontal(pl.col("text").str.contains(label, literal=True) for label in outside)
    return corpus.passages.select(found.alias("x"))["x"].to_numpy().astype(bool)


def _learn(corpus: Corpus, claim: Claim, evidence: pl.DataFrame, framework: Framework) -> Floats:
    """Log-odds of a penalised logistic regression on the codings of all cases and the texts of the framework, in
    standard deviations.

    Training texts: codings against the claim's pattern (1), codings for it or about something else (0), the framework's
    texts of indicators against (1) and for it (0), and uncoded passages (0, with little weight). Cases out of scope
    teach as well: how a denial is put does not depend on the district.
    """
    known_pattern = (claim.parts, claim.polarity)
    if repr(known_pattern) in corpus.scores:
        return corpus.scores[repr(known_pattern)]
    parts = tuple(part for part in claim.parts if part.role != "locus") or claim.parts
    everywhere = replace(claim, scope=Scope(), parts=parts)
    sided = take_sides(evidence, everywhere, framework).select("coding_id", "pro", "contra")
    known = evidence.select("coding_id", "text").join(sided, on="coding_id", how="left")
    known = known.with_columns(contra=pl.col("contra").fill_null(0.0), pro=pl.col("pro").fill_null(0.0))
    per_text = known.group_by("text", maintain_order=True).agg(pl.col("contra").mean(), pl.col("pro").mean())
    with_it, against_it = _indicator_weights(claim, framework)
    theory = [(n, i) for n, i in enumerate(framework.indicators) if with_it[n] > 0 or against_it[n] > 0]
    uncoded = np.flatnonzero(~corpus.passages["covered"].to_numpy())
    coded = corpus.quotes[[corpus.quote_row[text] for text in per_text["text"].to_list()]]
    of_theory = corpus.theory[[n for n, _ in theory]]
    features = sparse.vstack([coded, of_theory, corpus.features[uncoded]]).tocsr()
    contra, pro = per_text["contra"].to_numpy(), per_text["pro"].to_numpy()
    target = np.concatenate(
        [
            (contra > pro).astype(float),
            [float(against_it[n] > with_it[n]) for n, _ in theory],
            np.zeros(len(uncoded)),
        ]
    )
    counts = np.concatenate(
        [
            np.where(contra > pro, contra, 1.0),
            np.full(len(theory), THEORY_COUNTS),
            np.full(len(uncoded), UNCODED_COUNTS),
        ]
    )
    if target.max(initial=0.0) == 0.0 or target.min(initial=1.0) == 1.0:
        return np.zeros(corpus.passages.height)
    # Both sides weigh the same in all, so that few codings against a claim are not drowned by the many.
    ones = target == 1.0
    counts = np.where(ones, counts / counts[ones].sum(), counts / counts[~ones].sum())
    weights, bias = _logistic(features, target, counts)
    learned = _standard(np.asarray(corpus.features @ weights).ravel() + bias)
    corpus.scores[repr(known_pattern)] = learned
    return learned


def _logistic(features: sparse.csr_matrix, target: Floats, counts: Floats) -> tuple[Floats, float]:
    """Penalised logistic regression by accelerated gradient steps (Nesterov 1983) of the largest safe size.

    Rows have length 1 and their weights add up to 1, so the slope of the loss changes by at most ½ per unit: the step
    needs no search, and the result is the same on every machine and number of threads.
    """
    sign = 2.0 * target - 1.0
    scale = counts / counts.sum()
    turned = features.T.tocsr()
    step = 1.0 / (0.5 + PENALTY)
    weights = ahead = np.zeros(features.shape[1] + 1)
    for n in range(STEPS):
        margin = sign * (np.asarray(features @ ahead[:-1]).ravel() + ahead[-1])
        slope = -scale * sign / (1.0 + np.exp(np.clip(margin, -30.0, 30.0)))
        gradient = np.append(np.asarray(turned @ slope).ravel() + PENALTY * ahead[:-1], slope.sum())
        fresh = ahead - step * gradient
        ahead = fresh + n / (n + 3.0) * (fresh - weights)
        weights = fresh
    return weights[:-1], float(weights[-1])


def _candidate(corpus: Corpus, scores: Scores, row: int, score: float, framework: Framework) -> Candidate:
    place = corpus.passages.row(row, named=True)
    return Candidate(
        queue=6,
        key=f"6:{place['source']}:{place['start']}-{place['end']}",
        score=score,
        reason=_reason(corpus, scores, row, framework),
        source=place["source"],
        start=place["start"],
        end=place["end"],
        text=place["text"],
        said_by=said_by(place),
    )


def _reason(corpus: Corpus, scores: Scores, row: int, framework: Framework) -> str:
    parts = []
    if scores.learned[row] > 0:
        parts.append("reads like passages that are coded against the claim")
    leaning = scores.leaning
    for matrix, word, sign in ((corpus.affirmed, "names", 1.0), (corpus.denied, "denies", -1.0)):
        hits = matrix[row]
        telling = [(value * sign * leaning[n], n) for n, value in zip(hits.indices, hits.data, strict=True)]
        if telling and max(telling)[0] > 0:
            parts.append(f"{word} “{framework.indicators[int(max(telling)[1])].name}”")
    if scores.similar[row] > 1:
        parts.append("is nearer to the negation of the claim than to the claim")
    if not parts and scores.plain[row] > 0:
        parts.append("uses the words of what speaks against the claim")
    said = " and ".join(parts) or "is the nearest of what is left"
    cautions = []
    if scores.reported[row]:
        cautions.append(f"may be reported speech (“{corpus.readings[row].reported}”)")
    if scores.elsewhere[row]:
        cue = corpus.readings[row].elsewhere or corpus.others[row] or "another case"
        cautions.append(f"may be about another place (“{cue}”)")
    return f"nobody has coded it; it {said}" + (f"; caution: it {' and '.join(cautions)}" if cautions else "")
