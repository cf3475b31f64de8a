"""Tables (CSV, TSV, Excel): one source per row, its answers as parts with the question above each.

Nothing is guessed on import: the columns are named by the researcher, and ``preview_table`` shows what each looks like.
"""

from __future__ import annotations

from collections.abc import Sequence

from crosscase.errors import FormatError
from crosscase.formats import subtitles
from crosscase.formats.dates import column_dates
from crosscase.formats.draft import Draft
from crosscase.formats.encoding import decode
from crosscase.formats.grid import Grid, csv_grid, xlsx_grid
from crosscase.formats.options import ReadOptions, TableColumns
from crosscase.formats.preview import suggest_columns
from crosscase.formats.speakers import find_turns
from crosscase.model.text import Turn


def read_csv(data: bytes, where: str, options: ReadOptions) -> list[Draft]:
    """A source per row of a CSV or TSV file; captions of Whisper, which look like one, are read as captions."""
    decoded = decode(data, where, options.encoding)
    if subtitles.is_whisper_table(decoded.text):
        return subtitles.read_whisper_table(decoded.text, where, decoded.warnings)
    return _sources(csv_grid(decoded.text, where, decoded.warnings), where, options)


def read_xlsx(data: bytes, where: str, options: ReadOptions) -> list[Draft]:
    """A source per row of a sheet."""
    return _sources(xlsx_grid(data, where, options.sheet), where, options)


def _sources(grid: Grid, where: str, options: ReadOptions) -> list[Draft]:
    columns = options.columns
    if columns is None:
        looks = ", ".join(suggest_columns(grid).text) or "none of them"
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
