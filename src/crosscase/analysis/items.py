"""Items: what one passage says about one question, put together from the codings of different coders.

Coders who read the same interview mark the same thing with slightly different spans. Counted one by one, a passage
that two people coded would weigh twice as much as one that only one of them saw. Codings of different coders
therefore form an **item** when they lie in the same source, answer the same question (the same domain, or the same
condition) and overlap by at least half of the shorter span. Codings with the same indicator are put together first,
and what is left is joined across indicators. Two codings by one coder in one round never share an item.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl

SHARE_OF_SHORTER = 0.5


@dataclass
class _Bundle:
    """Codings that belong together so far: their spans, raters and row numbers."""

    rank: int
    spans: list[tuple[int, int]]
    raters: set[int]
    rows: list[int]
    end: int = field(init=False)

    def __post_init__(self) -> None:
        self.end = max(end for _, end in self.spans)

    def join(self, other: _Bundle) -> None:
        self.spans += other.spans
        self.raters |= other.raters
        self.rows += other.rows
        self.end = max(self.end, other.end)


def align_codings(codings: pl.DataFrame, question: str = "domain") -> pl.DataFrame:
    """Add ``item`` (a number) and ``n_in_item`` (its number of codings) to every coding.

    Parameters
    ----------
    codings
        Evidence rows; columns ``coding_id``, ``source``, ``start``, ``end``, ``code``, ``coder``, ``round`` and the
        question's.
    question
        The column whose value codings of one item share.

    Notes
    -----
    The order of rows and the names of coders do not matter. Codings are sorted and then visited once, against the
    items that still reach the current span, so the time grows linearly with the number of codings.
    """
    ordered = codings.sort("source", question, "start", "end", "code", "coding_id", nulls_last=True)
    rater = pl.struct("coder", "round") if "round" in codings.columns else pl.struct("coder")
    keyed = ordered.with_columns(
        _question=pl.struct("source", question).rle_id(),
        _rater=rater.rank("dense"),
        _row=pl.int_range(pl.len(), dtype=pl.Int64),
    )
    keyed = keyed.with_columns(_several=pl.col("_rater").n_unique().over("_question") > 1)
    item = list(range(keyed.height))
    # Where one coder worked alone every coding is its own item, and nothing has to be compared.
    shared = keyed.filter("_several").select("_question", "code", "start", "end", "_rater", "_row")
    for _, group in groupby(shared.iter_rows(), key=itemgetter(0)):
        for bundle in _bundles(group):
            for row in bundle.rows:
                item[row] = bundle.rows[0]
    numbered = ordered.with_columns(item=pl.Series(item, dtype=pl.Int64).rank("dense").cast(pl.Int64) - 1)
    return numbered.with_columns(n_in_item=pl.len().over("item").cast(pl.Int64))


def _bundles(group: Iterable[tuple[Any, ...]]) -> list[_Bundle]:
    """The items of one source and question: first within indicators, then across them."""
    by_code: dict[str, list[_Bundle]] = {}
    for rank, (_, code, start, end, rater, row) in enumerate(group):
        by_code.setdefault(code, []).append(_Bundle(rank, [(start, end)], {rater}, [row]))
    within = [bundle for parts in by_code.values() for bundle in _merge(parts)]
    return _merge(sorted(within, key=lambda bundle: bundle.rank))


def _merge(parts: list[_Bundle]) -> list[_Bundle]:
    """Visit bundles by their start; each joins the open bundle that it overlaps most, or opens its own."""
    done: list[_Bundle] = []
    reaching: list[_Bundle] = []
    for part in parts:
        first = part.spans[0][0]
        reaching = [bundle for bundle in reaching if bundle.end >= first]
        best, most = None, -1
        for bundle in reaching:
            overlap = _common(bundle, part)
            if overlap > most:
                best, most = bundle, overlap
        if best is None:
            done.append(part)
            reaching.append(part)
        else:
            best.join(part)
    return done


def _common(one: _Bundle, other: _Bundle) -> int:
    """Characters that all pairs share, added up; −1 if some pair does not belong together."""
    if not one.raters.isdisjoint(other.raters):
        return -1
    total = 0
    for start, end in one.spans:
        for low, high in other.spans:
            overlap = min(end, high) - max(start, low)
            shorter = min(end - start, high - low)
            same = start == low and end == high
            if not same and (overlap <= 0 or overlap < SHARE_OF_SHORTER * shorter):
                return -1
            total += max(overlap, 0)
    return total
