"""The framework matrix as a file: out for people who write in tables, and back in with what they wrote."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crosscase.errors import ManifestError, StudyError
from crosscase.model.coding import Passage
from crosscase.services.study import Study
from crosscase.services.summaries import matrix_of, summaries, write_in
from crosscase.services.table_files import read_rows

ONE_CELL_A_LINE = ("row", "case", "summary")


@dataclass(frozen=True)
class MatrixImport:
    """How many cells were written, how many stood there already word for word, and how many were empty."""

    written: int
    unchanged: int
    empty: int


def export_matrix(study: Study, path: Path) -> Path:
    """Write the matrix as ``.csv`` or ``.xlsx``: a line per row, a column per case; raises ``StudyError``."""
    table = matrix_of(study)
    rows = [table.columns, *(["" if v is None else v for v in row] for row in table.iter_rows())]
    if path.suffix.lower() == ".csv":
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerows([[_safe(v) for v in row] for row in rows])
        content = buffer.getvalue().encode("utf-8-sig")
    elif path.suffix.lower() == ".xlsx":
        content = _workbook(rows)
    else:
        raise ManifestError(f"no matrix can be written as {path.suffix or path.name}", mend="use .csv or .xlsx")
    try:
        path.write_bytes(content)
    except OSError as error:
        raise StudyError(
            f"the file cannot be written ({error.strerror})", where=str(path), mend="choose another place"
        ) from error
    return path


def import_matrix(study: Study, path: Path) -> MatrixImport:
    """Take a matrix in: all of its cells, or none when something is wrong with one.

    The file is a ``.csv`` or ``.xlsx`` as ``export_matrix`` writes it (``row``, then a column per case; ``label`` is
    not read), or has a line per cell: ``row``, ``case``, ``summary`` and, if you like, ``source`` and ``quote``, whose
    place is found in the source. Lines of one cell give their quotes together. An empty cell changes nothing.

    Raises ``ManifestError`` for a column that is no case, and for a quote that the source does not have.
    """
    rows = read_rows(path, ("row",))
    columns = set(rows[0]) if rows else set()
    if not rows:
        raise ManifestError("the matrix has no rows", where=str(path), mend="write a line per row")
    cells = _long(study, rows, path) if set(ONE_CELL_A_LINE) <= columns else _wide(study, rows, path)
    standing = {(s.row, s.case): (s.text, s.quotes) for s in summaries(study)}
    empty = sum(not text for text, _ in cells.values())
    fresh = {
        key: (text, quotes)
        for key, (text, quotes) in cells.items()
        if text and (standing.get(key, ("", ()))[0] != text or (quotes and standing[key][1] != quotes))
    }
    if fresh:
        with study.changing() as connection:
            for (row, case), (text, quotes) in fresh.items():
                kept = quotes or standing.get((row, case), ("", ()))[1]
                write_in(connection, study.actor, row, case, text, kept)
    return MatrixImport(len(fresh), len(cells) - empty - len(fresh), empty)


_Cells = dict[tuple[str, str], tuple[str, tuple[Passage, ...]]]


def _wide(study: Study, rows: list[dict[str, str]], path: Path) -> _Cells:
    cases = [name for name in rows[0] if name not in ("row", "label")]
    known = {case.name for case in study.settings.cases}
    unknown = [name for name in cases if name not in known]
    if unknown or not cases:
        raise ManifestError(
            f"{unknown[0]} is no case of the study" if unknown else "no column is a case",
            where=str(path),
            mend=f"name the columns row, {', '.join(sorted(known))}",
        )
    found: _Cells = {}
    for row in rows:
        for case in cases:
            found[row["row"].strip(), case] = (_plain(row.get(case, "")).strip(), ())
    return found


def _long(study: Study, rows: list[dict[str, str]], path: Path) -> _Cells:
    found: _Cells = {}
    texts: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        key = (row["row"].strip(), row["case"].strip())
        text, quotes = found.get(key, ("", ()))
        said = _plain(row.get("summary", "")).strip()
        if said and text and said != text:
            raise ManifestError(
                f"{key[0]} × {key[1]} has two summaries", where=f"{path}, row {number}", mend="write it once"
            )
        quote = _plain(row.get("quote", "")).strip()
        if quote:
            quotes = (*quotes, _find(study, row.get("source", "").strip(), quote, texts, f"{path}, row {number}"))
        found[key] = (said or text, quotes)
    return found


def _find(study: Study, source: str, quote: str, texts: dict[str, str], where: str) -> Passage:
    if source not in texts:
        texts[source] = study.text(source)
    places = texts[source].count(quote)
    if places != 1:
        what = "does not have these words" if not places else f"has these words {places} times"
        raise ManifestError(f"{source} {what}: “{quote[:60]}”", where=where, mend="quote more, and word for word")
    start = texts[source].index(quote)
    return Passage(source, start, start + len(quote))


def _safe(value: str) -> str:
    # A cell that begins like a formula would be run by a spreadsheet.
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _plain(value: str | None) -> str:
    text = value or ""
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "\t", "\r") else text


def _workbook(rows: list[list[str]]) -> bytes:
    import openpyxl  # takes half of the time that this package needs to start
    from openpyxl.styles import Alignment, Font

    book: Any = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "matrix"
    for row in rows:
        sheet.append([_safe(value) for value in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for column in sheet.columns:
        sheet.column_dimensions[column[0].column_letter].width = 40 if column[0].column > 2 else 24
    sheet.freeze_panes = "C2"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def content_of_matrix(study: Study) -> Mapping[str, object]:
    """The matrix as ``--json`` prints it: rows, and every cell with its author and quotes."""
    cells = [
        {
            "row": s.row,
            "case": s.case,
            "text": s.text,
            "author": s.author,
            "at": s.created_at,
            "quotes": [
                {"source": q.source, "start": q.start, "end": q.end, "text": q.quote(study.text(q.source))}
                for q in s.quotes
            ],
        }
        for s in summaries(study)
    ]
    return {"rows": matrix_of(study).to_dicts(), "cells": cells}
