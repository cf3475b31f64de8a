"""The cells of a delimited file or a sheet as text, before anybody says what they mean."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crosscase.errors import FormatError
from crosscase.formats.encoding import normalise_line_ends
from crosscase.formats.workbook import read_sheet

_MAX_ROWS = 200_000
_MAX_COLUMNS = 2_000
_DELIMITERS = ",;\t|"
# The field limit of the csv module is one for the whole process; files are bounded before they come here.
csv.field_size_limit(256 * 1024 * 1024)


@dataclass(frozen=True)
class Grid:
    """A table as text: the names of the columns, and the rows with their numbers in the file."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    warnings: tuple[str, ...] = ()

    def column(self, name: str) -> list[str]:
        """The cells of a column."""
        index = self.columns.index(name)
        return [cells[index] for _, cells in self.rows]


def csv_grid(text: str, where: str, warnings: tuple[str, ...] = ()) -> Grid:
    """The cells of delimited text; comma, semicolon, tab and bar are told apart by the first line."""
    delimiter = _delimiter(text)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        rows = list(_numbered(reader))
    except csv.Error as error:
        raise FormatError(
            f"the table is damaged ({error})", where=where, mend="check the quotation marks, or save it as .xlsx"
        ) from error
    return _grid(rows, where, warnings)


def xlsx_grid(data: bytes, where: str, sheet: str | None) -> Grid:
    """The cells of a sheet of a workbook, dates as YYYY-MM-DD."""
    rows, warnings = read_sheet(data, where, sheet, _MAX_ROWS, _MAX_COLUMNS)
    return _grid(rows, where, warnings)


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(reader, start=1):
        if number > _MAX_ROWS:
            raise csv.Error(f"more than {_MAX_ROWS:,} rows")
        yield number, cells


def _delimiter(text: str) -> str:
    counts = Counter(dict.fromkeys(_DELIMITERS, 0))
    is_quoted = False
    for character in text[:20_000]:
        is_quoted ^= character == '"'
        if character == "\n" and not is_quoted:
            break
        if character in _DELIMITERS and not is_quoted:
            counts[character] += 1
    return counts.most_common(1)[0][0]


def _grid(rows: Sequence[tuple[int, Sequence[str]]], where: str, warnings: tuple[str, ...]) -> Grid:
    filled = [(number, list(cells)) for number, cells in rows if any(cell.strip() for cell in cells)]
    if len(filled) < 2:
        raise FormatError(
            "the table has no rows below its heading", where=where, mend="the first row must name the columns"
        )
    heading = [" ".join(cell.split()) for cell in filled[0][1]]
    while heading and not heading[-1]:
        heading.pop()
    if len(heading) > _MAX_COLUMNS:
        raise FormatError(
            f"the table has more than {_MAX_COLUMNS:,} columns", where=where, mend="keep only those needed"
        )
    columns = tuple(name or f"column {index}" for index, name in enumerate(heading, start=1))
    twice = [name for name, n in Counter(columns).items() if n > 1]
    if twice:
        raise FormatError(f"two columns are named {twice[0]!r}", where=where, mend="give every column its own name")
    body: list[tuple[int, tuple[str, ...]]] = []
    short = 0
    for number, cells in filled[1:]:
        while len(cells) > len(columns) and not cells[-1].strip():
            cells.pop()
        if len(cells) > len(columns):
            raise FormatError(
                f"a row has {len(cells)} cells and the heading {len(columns)}",
                where=f"{where}, row {number}",
                mend="check the quotation marks and delimiters of that row",
            )
        short += len(cells) < len(columns)
        cells += [""] * (len(columns) - len(cells))
        body.append((number, tuple(normalise_line_ends(cell) for cell in cells)))
    if short:
        warnings += (f"{short} row{'s' * (short != 1)} shorter than the heading: the missing cells are empty",)
    return Grid(columns, tuple(body), warnings)
