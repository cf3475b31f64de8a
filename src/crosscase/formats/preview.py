"""What the columns of a table look like, before one of its rows becomes a source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crosscase.formats.dates import iso_date
from crosscase.formats.grid import Grid
from crosscase.formats.options import TableColumns

_NUMBER = re.compile(r"[+\-]?\d+(?:[.,]\d+)?%?")
_CASE_NAMES = re.compile(r"case|district|school|site|country|organi[sz]ation|network", re.IGNORECASE)
_PERSON_NAMES = re.compile(r"participant|respondent|person|speaker|interviewee|name|pseudonym", re.IGNORECASE)
_SOURCE_NAMES = re.compile(r"source|file|document|id|identifier|interview", re.IGNORECASE)
_EXAMPLE_LENGTH = 80
_TEXT_WORDS = 6.0


@dataclass(frozen=True)
class ColumnPreview:
    """What a column looks like: ``looks_like`` is text, id, date, number, category or empty."""

    name: str
    looks_like: str
    n_filled: int
    n_distinct: int
    mean_words: float
    examples: tuple[str, ...]


@dataclass(frozen=True)
class TablePreview:
    """A table before it is read: its columns, and a mapping to start from."""

    n_rows: int
    columns: tuple[ColumnPreview, ...]
    suggestion: TableColumns
    sheets: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def preview_grid(grid: Grid, sheets: tuple[str, ...] = ()) -> TablePreview:
    """The preview of a table that has been read."""
    columns = tuple(_column(name, grid.column(name)) for name in grid.columns)
    return TablePreview(len(grid.rows), columns, suggest_columns(grid), sheets, grid.warnings)


def suggest_columns(grid: Grid) -> TableColumns:
    """A mapping to start from: columns with sentences are text; the rest by its name and what it holds."""
    columns = [_column(name, grid.column(name)) for name in grid.columns]
    others = [column for column in columns if column.looks_like != "text"]

    def first(pattern: re.Pattern[str], *kinds: str) -> str | None:
        return next((one.name for one in others if pattern.search(one.name) and one.looks_like in kinds), None)

    participant = first(_PERSON_NAMES, "id", "category")
    case = first(_CASE_NAMES, "category", "id")
    return TableColumns(
        text=tuple(column.name for column in columns if column.looks_like == "text"),
        source=first(_SOURCE_NAMES, "id") or participant,
        case=case if case != participant else None,
        participant=participant,
        date=next((column.name for column in others if column.looks_like == "date"), None),
    )


def _column(name: str, cells: Sequence[str]) -> ColumnPreview:
    filled = [cell.strip() for cell in cells if cell.strip()]
    distinct = list(dict.fromkeys(filled))
    mean_words = sum(len(cell.split()) for cell in filled) / len(filled) if filled else 0.0
    examples = tuple(cell[:_EXAMPLE_LENGTH] for cell in distinct[:3])
    return ColumnPreview(name, _kind(filled, distinct, mean_words), len(filled), len(distinct), mean_words, examples)


def _kind(filled: Sequence[str], distinct: Sequence[str], mean_words: float) -> str:
    if not filled:
        return "empty"
    if mean_words >= _TEXT_WORDS and len(distinct) > 0.5 * len(filled):
        return "text"
    if sum(1 for cell in filled if iso_date(cell)) > 0.6 * len(filled):
        return "date"
    if all(_NUMBER.fullmatch(cell) for cell in filled):
        return "id" if len(distinct) == len(filled) > 1 and all(cell.isdecimal() for cell in filled) else "number"
    return "id" if len(distinct) > 0.9 * len(filled) and mean_words < _TEXT_WORDS else "category"
