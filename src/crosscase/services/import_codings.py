"""Codings from a table with one row per coding: source, start, end or quote, code, facets, coder, round."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crosscase.errors import CrosscaseError, FormatError
from crosscase.model.coding import Coding, Passage, ReviewedSpan
from crosscase.services.codings import Book, Recorded, check_coding, record_codings
from crosscase.services.study import Study

_NEEDED = frozenset({"source", "code", "coder"})
_REVIEWED = frozenset({"source", "coder", "round", "start", "end"})
_KNOWN = _NEEDED | {"start", "end", "quote", "round", "confidence"}
_MOST_LISTED = 20


@dataclass(frozen=True)
class ImportReport:
    """What came in, and every row that did not: ``refused`` has a sentence per row."""

    recorded: Recorded
    refused: tuple[str, ...]
    n_located: int


def import_codings(
    study: Study, path: Path, *, reviewed: Path | None = None, skip_refused: bool = False, round_name: str = "import"
) -> ImportReport:
    """Import a CSV file of codings, each verified against the text of its source.

    A row needs ``source``, ``code`` and ``coder``, and ``start`` with ``end`` or a ``quote`` that occurs once in its
    source. Columns named like a facet hold its values. When rows are refused nothing is imported, unless
    ``skip_refused`` is true; either way all of them are listed.
    """
    rows = read_rows(path, _NEEDED)
    facets = {facet.id for facet in study.framework.facets}
    unknown = set(rows[0]) - _KNOWN - facets if rows else set()
    if unknown:
        raise FormatError(
            f"unknown columns: {', '.join(sorted(unknown))}",
            where=str(path),
            mend=f"use {', '.join(sorted(_KNOWN))} and the facets {', '.join(sorted(facets))}",
        )
    codings: list[Coding] = []
    refused: list[str] = []
    located = 0
    with study.reading() as connection:
        book = Book.open(connection, study.framework)
        for number, row in enumerate(rows, start=2):
            try:
                coding, found = _coding_of(row, facets, book, round_name)
            except CrosscaseError as error:
                refused.append(f"line {number}: {error}")
                continue
            codings.append(coding)
            located += found
    if refused and not skip_refused:
        listed = "\n  ".join(refused[:_MOST_LISTED])
        more = f"\n  … and {len(refused) - _MOST_LISTED} more" if len(refused) > _MOST_LISTED else ""
        raise FormatError(
            f"{len(refused)} of {len(rows)} rows do not fit, so nothing was imported",
            where=str(path),
            mend=f"correct them, or import the others with --skip-refused:\n  {listed}{more}",
        )
    spans = _reviewed_of(reviewed) if reviewed is not None else []
    recorded = record_codings(study, codings, spans, origin=path.name)
    return ImportReport(recorded, tuple(refused), located)


def read_rows(path: Path, needed: frozenset[str]) -> list[dict[str, str]]:
    """Rows of a CSV file as mappings of column to text; raises ``FormatError``."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FormatError("no such file", where=str(path), mend="check the path") from None
    except UnicodeDecodeError:
        raise FormatError("the table is not UTF-8 text", where=str(path), mend="save it as CSV (UTF-8)") from None
    except OSError as error:
        raise FormatError(f"cannot read it ({error.strerror})", where=str(path), mend="check the path") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise FormatError(
            f"this is not a valid CSV table ({error})", where=f"{path}, line {reader.line_num}", mend="check its quotes"
        ) from None
    missing = needed - set(reader.fieldnames or ())
    if missing:
        raise FormatError(
            f"no column {', '.join(sorted(missing))}", where=str(path), mend="the first line names the columns"
        )
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise FormatError(
                "a row has more or fewer cells than there are columns",
                where=f"{path}, row {number}",
                mend="check commas and quotes",
            )
    return rows


def _coding_of(row: Mapping[str, str], facets: set[str], book: Book, round_name: str) -> tuple[Coding, int]:
    source = row["source"]
    text = book.text(source)
    quote = row.get("quote") or None
    located = 0
    if row.get("start") and row.get("end"):
        start, end = _whole(row["start"], "start"), _whole(row["end"], "end")
    else:
        start = _locate(quote, text, source)
        end = start + len(quote or "")
        located = 1
    coding = Coding(
        Passage(source, start, end),
        row["code"],
        row["coder"],
        row.get("round") or round_name,
        {name: row[name] for name in facets if row.get(name)},
        float(row["confidence"]) if row.get("confidence") else None,
        quote,
    )
    check_coding(coding.passage, coding.code, coding.facets, book, quote)
    return coding, located


def _locate(quote: str | None, text: str, source: str) -> int:
    if not quote:
        raise FormatError("the row has neither start and end nor a quote", where=source, mend="give one of them")
    place = text.find(quote)
    if place < 0:
        raise FormatError(f"the quote {quote[:60]!r} does not occur", where=source, mend="check its wording")
    if text.find(quote, place + 1) >= 0:
        raise FormatError(f"the quote {quote[:60]!r} occurs more than once", where=source, mend="give start and end")
    return place


def _whole(value: str, column: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise FormatError(f"{column} is {value!r}", mend="it must be a whole number") from None


def _reviewed_of(path: Path) -> list[ReviewedSpan]:
    return [
        ReviewedSpan(
            Passage(row["source"], _whole(row["start"], "start"), _whole(row["end"], "end")), row["coder"], row["round"]
        )
        for row in read_rows(path, _REVIEWED)
    ]
