"""The section "What speaks against it": what a report shows of the search for counter-evidence."""

from __future__ import annotations

from dataclasses import dataclass

from crosscase.report import numerals
from crosscase.report.word_parts import WordFile, clean

N_IN_WORD = 5
MARK = "machine transcript: unverified quotation"
NOT_SEARCHED = (
    "No search for counter-evidence is on record. `crosscase disconfirm` makes one for every verdict; until then "
    "nothing can be said about what speaks against them beyond the passages shown above."
)
INTRODUCTION = (
    "For each claim: in how many ways it was searched against, what each way found, nothing included, what was decided "
    "about it and by how much the claim was changed."
)


@dataclass(frozen=True)
class QueueCount:
    """One way of searching: how many candidates it raised, how many are resolved, and how it was done."""

    label: str
    n_raised: int
    n_resolved: int
    note: str


@dataclass(frozen=True)
class CounterPassage:
    """A passage that refutes or qualifies a claim, with the reason that was given."""

    quote: str
    said_by: str
    source: str
    disposition: str
    reason: str
    codings: tuple[int, ...]
    unverified: bool = False  # from a machine transcript


@dataclass(frozen=True)
class SearchedClaim:
    """The record of one claim."""

    anchor: str
    sentence: str
    status: str
    searched: str
    queues: tuple[QueueCount, ...]
    dispositions: tuple[tuple[str, int], ...]
    n_open: int
    passages: tuple[CounterPassage, ...]
    changes: tuple[str, ...]
    saturation: str


def write_word_section(word: WordFile, searches: tuple[SearchedClaim, ...]) -> None:
    """The section in a Word file."""
    word.heading("What speaks against it", 1)
    word.paragraph(INTRODUCTION if searches else NOT_SEARCHED, "Small")
    for search in searches:
        word.heading(f"{search.sentence} ({search.status})", 2)
        word.paragraph(search.searched)
        word.table(
            ("Searched by", "Raised", "Resolved", "How"),
            [
                (q.label, numerals.count(q.n_raised) if q.n_raised else "none", numerals.count(q.n_resolved), q.note)
                for q in search.queues
            ],
            widths=(4.6, 1.8, 2.0, 8.4),
            numeric=(1, 2),
        )
        decided = "; ".join(f"{name}: {n}" for name, n in search.dispositions if n) or "nothing is decided yet"
        word.labelled("Decisions", f"{decided}; {numerals.plural(search.n_open, 'candidate')} open.")
        for passage in search.passages[:N_IN_WORD]:
            word.paragraph(passage.quote, "Quote")
            mark = f" [{MARK}]" if passage.unverified else ""
            word.paragraph(
                f"{passage.said_by}, {clean(passage.source, name=True)}{mark} · "
                f"{passage.disposition}: {passage.reason}",
                "Attribution",
            )
        for change in search.changes:
            word.paragraph(change, "List Bullet")
        word.labelled("Saturation", search.saturation)
