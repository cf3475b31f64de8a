"""The sources of a study as passages that can be searched: words, terms of the framework, cues; read once per run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from crosscase.analysis.disconfirm.bm25 import Bm25, Counted, inverse_frequency
from crosscase.analysis.disconfirm.prose import Reading, cut, read, stems_of, unfamiliar_places
from crosscase.model.framework import Framework, Indicator

Floats = npt.NDArray[np.float64]
STRONG, WEAK = 1.0, 0.4
FEWEST_WORDS = 5  # headings and "Mm-hm" are no passages


@dataclass(frozen=True)
class Corpus:
    """Passages of the sources, with what was read in each.

    ``passages`` has source, start, end, text, case, level, participant, role, kind, date and ``covered`` (whether a
    coding covers at least half of it). ``affirmed`` and ``denied`` are passages × indicators: terms of the indicator
    that stand there, outside and inside the reach of a negation. ``others`` names another place, where one is meant.
    ``features`` are TF-IDF rows of the passages, ``quotes`` those of the coded passages' words (``quote_row``: words →
    row), ``theory`` those of the framework's indicators.
    """

    passages: pl.DataFrame
    readings: tuple[Reading, ...]
    others: tuple[str, ...]
    marked: Counted
    index: Bm25  # over words marked where they are negated
    plain: Bm25  # over words as they stand
    affirmed: sparse.csr_matrix
    denied: sparse.csr_matrix
    features: sparse.csr_matrix
    inverse: Floats
    vocabulary: Mapping[str, int]
    quotes: sparse.csr_matrix
    quote_row: Mapping[str, int]
    theory: sparse.csr_matrix
    scores: dict[object, Floats] = field(default_factory=dict)  # learned per pattern; claims may share one


def read_corpus(
    texts: Mapping[str, str],
    turns: pl.DataFrame,
    sources: pl.DataFrame,
    evidence: pl.DataFrame,
    framework: Framework,
) -> Corpus:
    """Cut and read the sources that are about a case; one pass over the text, whatever the number of claims."""
    about = sources.filter(pl.col("case").is_not_null() & (pl.col("kind") != "context"))
    wanted = set(about["name"].to_list())
    passages = cut({name: text for name, text in texts.items() if name in wanted}, turns)
    facts = about.select(pl.col("name").alias("source"), "case", "kind", "date", "participant", "role", "level")
    passages = passages.filter(pl.col("text").str.split(" ").list.len() >= FEWEST_WORDS)
    passages = passages.join(facts, on="source", how="left", maintain_order="left")
    passages = passages.with_columns(covered=pl.Series(_covered(passages, evidence), dtype=pl.Boolean))
    spoken = passages["text"].to_list()
    readings = tuple(read(text) for text in spoken)
    others = unfamiliar_places(spoken, passages["source"].to_list(), passages["case"].to_list())
    marked = Counted([r.stems for r in readings])
    affirmed, denied = _term_hits(readings, framework)
    quotes = evidence["text"].unique(maintain_order=True).to_list()
    seen = dict(zip(spoken, readings, strict=True))
    documents = [words_of(seen[text].stems if text in seen else stems_of(text)) for text in quotes]
    theory = [words_of(stems_of(theory_texts(i))) for i in framework.indicators]
    grams = _common(Counted([*(words_of(r.stems) for r in readings), *documents, *theory]))
    inverse = inverse_frequency(grams.counts) if grams.counts.shape[1] else np.zeros(0)
    rows = normalised(grams.counts, inverse)
    n, m = len(readings), len(quotes)
    return Corpus(
        passages,
        readings,
        tuple(others),
        marked,
        Bm25(marked),
        Bm25(_unmarked(marked)),
        affirmed,
        denied,
        rows[:n],
        inverse,
        grams.vocabulary,
        rows[n : n + m],
        {text: place for place, text in enumerate(quotes)},
        rows[n + m :],
    )


def _unmarked(marked: Counted) -> Counted:
    """The same counts without the marks of negation."""
    vocabulary: dict[str, int] = {}
    columns = [vocabulary.setdefault(word.removeprefix("not_"), len(vocabulary)) for word in marked.vocabulary]
    shape = (len(columns), len(vocabulary))
    together = sparse.csr_matrix((np.ones(len(columns)), (np.arange(len(columns)), columns)), shape=shape)
    plain = Counted([], vocabulary)
    plain.counts = (marked.counts @ together).tocsr()
    return plain


def _common(grams: Counted) -> Counted:
    """Without words and pairs that stand in one document only: they teach nothing about another."""
    keep = np.flatnonzero(np.asarray((grams.counts > 0).sum(axis=0)).ravel() > 1)
    place = {int(column): n for n, column in enumerate(keep)}
    vocabulary = {word: place[column] for word, column in grams.vocabulary.items() if column in place}
    kept = Counted([], vocabulary)
    kept.counts = grams.counts[:, keep].tocsr()
    return kept


def words_of(stems: Sequence[str]) -> list[str]:
    """What a classifier sees of a passage: its words, with their negation, and pairs of neighbours."""
    return [*stems, *(f"{a} {b}" for a, b in pairwise(stems))]


def normalised(counts: sparse.csr_matrix, inverse: Floats) -> sparse.csr_matrix:
    """TF-IDF rows of length 1 (term frequency as 1 + log)."""
    data = (1.0 + np.log(counts.data)) * inverse[counts.indices]
    weighted = sparse.csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    length[length == 0] = 1.0
    return (sparse.diags(1.0 / length) @ weighted).tocsr()


def _covered(passages: pl.DataFrame, evidence: pl.DataFrame) -> list[bool]:
    """Whether codings cover at least half of each passage; one sweep per source."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for source, start, end in evidence.select("source", "start", "end").sort("source", "start").iter_rows():
        mine = spans.setdefault(source, [])
        if mine and start <= mine[-1][1]:
            mine[-1] = (mine[-1][0], max(mine[-1][1], end))
        else:
            mine.append((start, end))
    covered = []
    place: dict[str, int] = {}
    for source, start, end in passages.select("source", "start", "end").iter_rows():
        mine = spans.get(source, [])
        at = place.get(source, 0)
        while at < len(mine) and mine[at][1] <= start:
            at += 1
        place[source] = at
        shared = 0
        for low, high in mine[at:]:
            if low >= end:
                break
            shared += min(end, high) - max(start, low)
        covered.append(2 * shared >= end - start)
    return covered


def _term_hits(readings: Sequence[Reading], framework: Framework) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Passages × indicators: the weight of the strongest term that stands there affirmed, and denied."""
    first: dict[str, list[tuple[tuple[str, ...], int, float]]] = {}
    for number, indicator in enumerate(framework.indicators):
        for term, weight in _terms(indicator):
            stems = tuple(s.removeprefix("not_") for s in stems_of(term))
            if stems:
                first.setdefault(stems[0], []).append((stems, number, weight))
    hits: tuple[dict[tuple[int, int], float], dict[tuple[int, int], float]] = ({}, {})
    for row, reading in enumerate(readings):
        plain = reading.plain
        for at, word in enumerate(plain):
            for stems, number, weight in first.get(word, ()):
                if plain[at : at + len(stems)] == stems:
                    negated = any(s.startswith("not_") for s in reading.stems[at : at + len(stems)])
                    mine = hits[negated]
                    mine[row, number] = max(mine.get((row, number), 0.0), weight)
    shape = (len(readings), len(framework.indicators))
    return _matrix(hits[0], shape), _matrix(hits[1], shape)


def _terms(indicator: Indicator) -> list[tuple[str, float]]:
    return [(t, STRONG) for t in indicator.terms] + [(t, WEAK) for t in indicator.weak_terms]


def _matrix(hits: Mapping[tuple[int, int], float], shape: tuple[int, int]) -> sparse.csr_matrix:
    if not hits:
        return sparse.csr_matrix(shape)
    rows, columns = zip(*hits, strict=True)
    return sparse.csr_matrix((list(hits.values()), (rows, columns)), shape=shape)


def theory_texts(indicator: Indicator) -> str:
    """What the framework says about an indicator, as one text."""
    return " ".join(
        (f"{indicator.name}. {indicator.definition} {indicator.include}. {indicator.example}", *indicator.terms)
    )
