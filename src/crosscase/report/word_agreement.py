"""The section on agreement, and the reporting checklists, in the Word file."""

from __future__ import annotations

from crosscase.report import numerals
from crosscase.report.agreement import Agreement, AgreementRow, between, coefficient, prevalence
from crosscase.report.coder_types import write_coder_types
from crosscase.report.passages import shorten
from crosscase.report.word_parts import WordFile, clean

# The page and data/disagreements.csv have all of them.
N_CODES, N_PASSAGES = 8, 2
_LONGEST = 300


def write_agreement(word: WordFile, agreement: Agreement | None) -> None:
    """Nothing where the report has no such section."""
    if agreement is None:
        return
    word.heading("Agreement between coders", 1)
    for text in agreement.paragraphs:
        word.paragraph(text)
    for warning in agreement.warnings:
        word.paragraph(warning, "Small")
    for _, rows, caption, raw in agreement.tables():
        _table(word, rows, caption, raw.partition(" ")[0])
    write_coder_types(word, agreement.types)
    _passages(word, agreement)
    for checklist in agreement.checklists:
        word.heading(checklist.name, 2)
        word.table(
            ("No.", "Item", "Answer", "Where from"),
            [(str(i.number), f"{i.topic}: {i.question}", i.shown, i.came_from) for i in checklist.items],
            widths=(1.0, 5.4, 7.6, 2.8),
            numeric=(0,),
            caption=checklist.citation,
        )


def _table(word: WordFile, rows: tuple[AgreementRow, ...], caption: str, raw: str) -> None:
    word.table(
        ("What", "Value", "Interval", "Given", raw, "Sources", "Units", "Differ"),
        [
            (
                row.label,
                row.why or coefficient(row.value),
                between(row),
                prevalence(row.prevalence),
                coefficient(row.raw),
                numerals.count(row.n_sources),
                numerals.count(row.n_units),
                numerals.count(row.n_differ),
            )
            for row in rows
        ],
        widths=(5.0, 2.2, 2.6, 1.4, 1.6, 1.3, 1.3, 1.3),
        numeric=(1, 2, 3, 4, 5, 6, 7),
        caption=caption,
    )


def _passages(word: WordFile, agreement: Agreement) -> None:
    if not agreement.disputed:
        return
    word.heading("Passages that differ", 2)
    word.paragraph(
        "Examples for the codes that stand first; the HTML report and data/disagreements.csv have all.", "Small"
    )
    for disputed in agreement.disputed[:N_CODES]:
        word.heading(f"{disputed.label} ({numerals.plural(len(disputed.passages), 'passage')})", 3)
        for passage in disputed.passages[:N_PASSAGES]:
            sides = "; ".join(
                f"{clean(s.coder, name=True)} {'gave it' if s.gave else 'did not give it'}"
                f"{f' ({clean(s.said, name=True)})' if s.said else ''}"
                for s in passage.sides
            )
            word.paragraph(shorten(passage.text, _LONGEST), "Quote")
            word.paragraph(
                f"{clean(passage.source, name=True)}, {passage.start}–{passage.end} · {sides}", "Attribution"
            )
