"""Excel workbooks: the cells of one sheet as text, behind the doors for archives and XML."""

from __future__ import annotations

import io
import warnings as python_warnings
from typing import Any

from crosscase.errors import FormatError
from crosscase.formats.dates import text_of
from crosscase.formats.refusal import refusing
from crosscase.formats.safe_xml import check_xml
from crosscase.formats.safe_zip import SafeZip

_SAVE_AGAIN = "open it in a spreadsheet program and save it as .xlsx again, or as CSV"
_MAX_CHARACTERS = 100_000_000


def sheet_names(data: bytes, where: str) -> tuple[str, ...]:
    """The names of the sheets of a workbook."""
    book = _open(data, where)
    try:
        return tuple(book.sheetnames)
    finally:
        book.close()


def read_sheet(
    data: bytes, where: str, sheet: str | None, max_rows: int, max_columns: int
) -> tuple[list[tuple[int, list[str]]], tuple[str, ...]]:
    """The filled rows of a sheet (the first by default) with their numbers, and what to warn of."""
    book = _open(data, where)
    try:
        names = list(book.sheetnames)
        if sheet is not None and sheet not in names:
            raise FormatError(
                f"the workbook has no sheet {sheet!r}", where=where, mend=f"its sheets are {', '.join(names)}"
            )
        if not names:
            raise FormatError("the workbook has no sheet", where=where, mend=_SAVE_AGAIN)
        chosen = sheet or names[0]
        with refusing("the workbook is damaged", f"{where}, sheet {chosen}", _SAVE_AGAIN):
            rows = _rows(book[chosen], f"{where}, sheet {chosen}", max_rows, max_columns)
    finally:
        book.close()
    warnings: tuple[str, ...] = ()
    if sheet is None and len(names) > 1:
        warnings = (f"only the first of {len(names)} sheets, {chosen!r}, is read: name another to read it",)
    return rows, warnings


def _open(data: bytes, where: str) -> Any:
    with SafeZip(data, where) as archive:
        if "xl/workbook.xml" not in archive:
            raise FormatError("this is not an Excel workbook (no xl/workbook.xml)", where=where, mend=_SAVE_AGAIN)
        for name in archive.names:
            if name.endswith((".xml", ".rels")):
                check_xml(archive.read(name), f"{where}, part {name}")
    import openpyxl  # takes half of the time that this package needs to start, and few studies have workbooks

    with refusing("the workbook is damaged", where, _SAVE_AGAIN), python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that hold no text
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)


def _rows(sheet: Any, where: str, max_rows: int, max_columns: int) -> list[tuple[int, list[str]]]:
    if not hasattr(sheet, "iter_rows"):
        raise FormatError("the sheet is a chart", where=where, mend="name the sheet with the table")
    sheet.reset_dimensions()  # what the file says about its size may be wrong on purpose
    rows: list[tuple[int, list[str]]] = []
    n_characters = 0
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > max_rows:
            raise FormatError(f"the sheet has more than {max_rows:,} rows", where=where, mend="split it")
        texts = [text_of(cell) for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        # A workbook stores a repeated text once: a small file can hold any amount of it.
        n_characters += sum(len(text) for text in texts)
        if n_characters > _MAX_CHARACTERS or len(texts) > max_columns:
            raise FormatError("the sheet is too large to be read", where=where, mend="split it, or keep fewer columns")
        if texts:
            rows.append((number, texts))
    return rows
