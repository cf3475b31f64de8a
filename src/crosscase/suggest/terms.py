"""Which terms occur how often, with samples: to be read before a dictionary is used on a new kind of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from crosscase.suggest.dictionary import DictionaryCoder, Entry

#: A term with more hits than this per 100,000 words must be confirmed by a person.
CONFIRM_ABOVE = 50.0
MOST_SAMPLES = 8
# In a short text a single hit is a high rate: with fewer hits than there are samples nothing is called frequent.
_FEWEST = MOST_SAMPLES
_CONTEXT = 80
_ROLES = ("term", "weak term")


@dataclass
class _Tally:
    """Hits of one term, with every ``step``-th of them kept, so that samples come from everywhere."""

    n_hits: int = 0
    n_sources: int = 0
    step: int = 1
    kept: list[str] = field(default_factory=list)

    def add(self, text: str, start: int, end: int) -> None:
        if self.n_hits % self.step == 0:
            self.kept.append(in_context(text, start, end))
            if len(self.kept) == 2 * MOST_SAMPLES:
                self.kept, self.step = self.kept[::2], 2 * self.step
        self.n_hits += 1

    @property
    def samples(self) -> list[str]:
        n = len(self.kept)
        return self.kept if n <= MOST_SAMPLES else [self.kept[i * n // MOST_SAMPLES] for i in range(MOST_SAMPLES)]


def term_report(coder: DictionaryCoder, texts: Mapping[str, str] | Iterable[tuple[str, str]]) -> pl.DataFrame:
    """One row per term and indicator, the most frequent first, also for terms that do not occur.

    Columns: term, indicator, weak, n_hits, n_sources, per_100k_words, to_confirm (more than 50 per 100,000 words, and
    eight or more) and samples (up to eight, with the term in ⟦ ⟧, taken evenly from all texts). Every occurrence
    counts, also in questions and where a not-term would cancel it. ``texts`` are pairs of a source's name and its text.
    """
    wanted = {n: _Tally() for n, entry in enumerate(coder.entries) if entry.role in _ROLES}
    n_words = 0
    for _, text in texts.items() if isinstance(texts, Mapping) else texts:
        n_words += len(text.split())
        found = coder.find(text)
        for term, start, end in zip(found.term.tolist(), found.start.tolist(), found.end.tolist(), strict=True):
            if term in wanted:
                wanted[term].add(text, start, end)
        for term in set(found.term.tolist()) & wanted.keys():
            wanted[term].n_sources += 1
    rows = [_row(coder.entries[n], tally, n_words) for n, tally in wanted.items()]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row").sort("n_hits", descending=True, maintain_order=True)


def in_context(text: str, start: int, end: int) -> str:
    """``text[start:end]`` in ⟦ ⟧ with some 80 characters on each side, on one line."""
    low, high = max(start - _CONTEXT, 0), min(end + _CONTEXT, len(text))
    before, after = text[low:start], text[end:high]
    if low > 0:
        before = "…" + before[before.find(" ") + 1 :]
    if high < len(text):
        after = after[: after.rfind(" ")] + "…" if " " in after else after + "…"
    return " ".join(f"{before}⟦{text[start:end]}⟧{after}".split())


_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "term": pl.String,
    "indicator": pl.String,
    "weak": pl.Boolean,
    "n_hits": pl.Int64,
    "n_sources": pl.Int64,
    "per_100k_words": pl.Float64,
    "to_confirm": pl.Boolean,
    "samples": pl.List(pl.String),
}


def _row(entry: Entry, tally: _Tally, n_words: int) -> tuple[object, ...]:
    rate = 100_000 * tally.n_hits / n_words if n_words else 0.0
    weak = entry.role == "weak term"
    frequent = rate > CONFIRM_ABOVE and tally.n_hits >= _FEWEST
    return (entry.term, entry.owner, weak, tally.n_hits, tally.n_sources, rate, frequent, tally.samples)
