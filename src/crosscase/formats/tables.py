"""Tables (CSV, TSV, Excel): one source per row, its answers as parts with the question above each.

Nothing is guessed on import: the columns are named by the researcher, and ``preview_table`` shows what each looks like.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crosscase.errors import FormatError
from crosscase.formats import subtitles
from crosscase.formats.dates import column_dates
from crosscase.formats.draft import Draft
from crosscase.formats.encoding import decode, normalise_line_ends
from crosscase.formats.options import ReadOptions, TableColumns
from crosscase.formats.speakers import find_turns
from crosscase.formats.workbook import read_sheet
from crosscase.model.text import Turn

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


def read_csv(data: bytes, where: str, options: ReadOptions) -> list[Draft]:
    """A source per row of a CSV or TSV file; captions of Whisper, which look like one, are read as captions."""
    decoded = decode(data, where, options.encoding)
    if subtitles.is_whisper_table(decoded.text):
        return subtitles.read_whisper_table(decoded.text, where, decoded.warnings)
    return _sources(csv_grid(decoded.text, where, decoded.warnings), where, options)


def read_xlsx(data: bytes, where: str, options: ReadOptions) -> list[Draft]:
    """A source per row of a sheet."""
    return _sources(xlsx_grid(data, where, options.sheet), where, options)


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
    counts = Counter({mark: 0 for mark in _DELIMITERS})
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


def _sources(grid: Grid, where: str, options: ReadOptions) -> list[Draft]:
    columns = options.columns
    if columns is None:
        from crosscase.formats.preview import describe_columns  # the preview reads tables with this module

        looks = ", ".join(describe_columns(grid).text) or "none of them"
        raise FormatError(
            "a table must be told which columns hold the text",
            where=where,
            mend=f"name them; {looks} look{'s' * (',' not in looks)} like text",
        )
    _check_columns(columns, grid, where)
    described = {use: grid.column(name) for use, name in columns.described().items()}
    warnings: list[str] = []
    if columns.date is not None:
        described["date"], unclear = column_dates(described["date"])
        warnings += [unclear] if unclear else []
    drafts: list[Draft] = []
    without_text: list[int] = []
    for index, (number, cells) in enumerate(grid.rows):
        metadata = {use: values[index].strip() for use, values in described.items()} | {"row": str(number)}
        answers = [(name, cells[grid.columns.index(name)]) for name in columns.text]
        text, turns = _compose(answers, columns, metadata.get("participant") or None, options)
        if turns is None:
            without_text.append(number)
            continue
        drafts.append(Draft(text, metadata, grid.warnings, turns=turns, name=metadata.get("source", "")))
    if not drafts:
        raise FormatError("no row has text", where=where, mend=f"check the columns {', '.join(columns.text)}")
    if without_text:
        warnings.append(f"{len(without_text)} rows without text left out, first row {without_text[0]}")
    first = drafts[0]
    drafts[0] = Draft(first.text, first.metadata, (*first.warnings, *warnings), turns=first.turns, name=first.name)
    return drafts


def _check_columns(columns: TableColumns, grid: Grid, where: str) -> None:
    if not columns.text:
        raise FormatError("no column with text is named", where=where, mend="name at least one")
    for name in (*columns.text, *columns.described().values()):
        if name not in grid.columns:
            raise FormatError(
                f"the table has no column {name!r}", where=where, mend=f"its columns are {', '.join(grid.columns)}"
            )


def _compose(
    answers: Sequence[tuple[str, str]], columns: TableColumns, participant: str | None, options: ReadOptions
) -> tuple[str, tuple[Turn, ...] | None]:
    """The text of a row; with several answers each stands below its question. No turns: the row has no text."""
    filled = [(name, answer.strip("\n \t")) for name, answer in answers if answer.strip()]
    if not filled:
        return "", None
    if len(columns.text) == 1:
        text = filled[0][1]
        found = find_turns(text, roster=options.roster).turns if options.find_speakers else ()
        return text, found or (Turn(0, len(text), participant),)
    parts: list[str] = []
    turns: list[Turn] = []
    position = 0
    for name, answer in filled:
        heading = " ".join(columns.headings.get(name, name).split()) or name
        if parts:
            parts.append("\n\n")
            position += 2
        start = position + len(heading) + 1
        turns.append(Turn(position, position + len(heading), None, is_question=True))
        turns.append(Turn(start, start + len(answer), participant))
        parts += [heading, "\n", answer]
        position = start + len(answer)
    return "".join(parts), tuple(turns)
