"""Sections of a report that are tables with codings behind their rows: robustness, periods, codes together."""

from __future__ import annotations

from dataclasses import dataclass

from crosscase.report import numerals
from crosscase.report.word_parts import WordFile


@dataclass(frozen=True)
class ShownRow:
    """One row: its cells as text, and the ids of the codings behind it."""

    cells: tuple[str, ...]
    codings: tuple[int, ...] = ()


@dataclass(frozen=True)
class ShownTable:
    """A table under its own heading; ``numeric`` are the places of columns with numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[ShownRow, ...]
    numeric: tuple[int, ...] = ()
    note: str = ""

    @property
    def opens(self) -> bool:
        """Whether rows lead to codings."""
        return any(row.codings for row in self.rows)


@dataclass(frozen=True)
class ShownSection:
    """A section of its own; it stands after the section named ``after``."""

    id: str
    title: str
    lead: str
    tables: tuple[ShownTable, ...]
    after: str


def write_more(word: WordFile, sections: tuple[ShownSection, ...]) -> None:
    """The sections in a Word file; a row says how many codings it rests on."""
    for section in sections:
        word.heading(section.title, 1)
        word.paragraph(section.lead)
        for table in section.tables:
            word.heading(table.title, 2)
            if table.note:
                word.paragraph(table.note, "Small")
            if not table.rows:
                continue
            columns = (*table.columns, "Codings") if table.opens else table.columns
            rows = [
                (*row.cells, numerals.count(len(row.codings)) if row.codings else "–") if table.opens else row.cells
                for row in table.rows
            ]
            numeric = (*table.numeric, len(table.columns)) if table.opens else table.numeric
            word.table(columns, rows, widths=tuple([16.8 / len(columns)] * len(columns)), numeric=numeric)
