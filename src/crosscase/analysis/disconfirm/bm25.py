"""BM25 over a sparse matrix: how well each passage answers a query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
K1, B = 1.2, 0.75


class Counted:
    """Documents as counts of their words; columns are the words in order of first appearance."""

    def __init__(self, documents: Sequence[Sequence[str]], vocabulary: Mapping[str, int] | None = None) -> None:
        fixed = vocabulary is not None
        self.vocabulary: dict[str, int] = dict(vocabulary or {})
        rows: list[int] = []
        columns: list[int] = []
        for number, words in enumerate(documents):
            for word in words:
                column = self.vocabulary.get(word)
                if column is None:
                    if fixed:
                        continue
                    column = self.vocabulary[word] = len(self.vocabulary)
                rows.append(number)
                columns.append(column)
        shape = (len(documents), len(self.vocabulary))
        ones = np.ones(len(rows))
        self.counts = sparse.csr_matrix((ones, (rows, columns)), shape=shape)
        self.counts.sum_duplicates()


def inverse_frequency(counts: sparse.csr_matrix) -> Floats:
    """log(1 + (N − n + ½) / (n + ½)) for every word that stands in n of N documents."""
    n = np.asarray((counts > 0).sum(axis=0)).ravel()
    weights: Floats = np.log1p((counts.shape[0] - n + 0.5) / (n + 0.5))
    return weights


class Bm25:
    """Okapi BM25 (Robertson & Zaragoza 2009), k₁ = 1.2, b = .75; the weights of all words are worked out once.

    >>> index = Bm25(Counted([["each", "school", "pick"], ["one", "book"]]))
    >>> [round(float(s), 2) for s in index.scores({"pick": 1.0})]
    [0.64, 0.0]
    """

    def __init__(self, documents: Counted) -> None:
        counts = documents.counts.tocsr()
        length = np.asarray(counts.sum(axis=1)).ravel()
        average = length.mean() if len(length) and length.mean() > 0 else 1.0
        place = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        norm = K1 * (1 - B + B * length[place] / average)
        data = counts.data * (K1 + 1) / (counts.data + norm)
        data *= inverse_frequency(counts)[counts.indices]
        self.weights = sparse.csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)
        self.vocabulary = documents.vocabulary

    def scores(self, query: Mapping[str, float]) -> Floats:
        """One score per document; ``query`` gives each word its weight."""
        vector = np.zeros(self.weights.shape[1])
        for word, weight in query.items():
            if word in self.vocabulary:
                vector[self.vocabulary[word]] = weight
        found: Floats = np.asarray(self.weights @ vector).ravel()
        return found


def weights_of(words: Iterable[str]) -> dict[str, float]:
    """A query in which a word that is repeated counts more, with falling effect (1 + log of its count)."""
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return {word: 1.0 + float(np.log(n)) for word, n in counts.items()}
