"""The door for texts: a file or bytes in, sources with turns, pages, metadata and warnings out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from crosscase.errors import FormatError
from crosscase.formats import workbook
from crosscase.formats.draft import Draft, finish
from crosscase.formats.encoding import decode
from crosscase.formats.grid import csv_grid, xlsx_grid
from crosscase.formats.options import ReadOptions
from crosscase.formats.preview import TablePreview, preview_grid
from crosscase.formats.registry import find_format
from crosscase.formats.speakers import LabelCount
from crosscase.model.text import SourceText


@dataclass(frozen=True)
class ReadReport:
    """What was read of one source: counts, speakers with their turns, every label considered, and warnings."""

    file: str
    format: str
    file_sha256: str
    n_words: int
    n_turns: int
    speakers: Mapping[str, int]
    n_pages: int
    labels: tuple[LabelCount, ...]
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"{self.n_words:,} words"]
        if self.n_turns:
            parts.append(f"{self.n_turns:,} turn{'s' * (self.n_turns != 1)}")
        if self.speakers:
            named = [f"{label} ({n})" for label, n in list(self.speakers.items())[:6]]
            more = f" and {len(self.speakers) - 6} more" if len(self.speakers) > 6 else ""
            parts.append(f"speakers {', '.join(named)}{more}")
        if self.n_pages:
            parts.append(f"{self.n_pages} page{'s' * (self.n_pages != 1)}")
        return f"{self.file}: {', '.join(parts)}"


@dataclass(frozen=True)
class NamedSource:
    """A source that can be added to a study: a name to start from, its text, and the report of its reading."""

    name: str
    text: SourceText
    report: ReadReport


def read_source(
    source: Path | str | bytes, name: str | None = None, *, options: ReadOptions | None = None
) -> list[NamedSource]:
    """Read a file: one source, or one per row for a table.

    Parameters
    ----------
    source
        The path of a file, or its bytes; bytes need a ``name`` with the file's extension.
    name
        How the file is called in names and messages; by default its path as given.
    options
        How to read it; see ``ReadOptions``.

    Raises
    ------
    FormatError
        The file cannot be read as what it claims to be: what is wrong, in which file, what to do.

    Examples
    --------
    >>> talk = b"INT: How do you plan?\\nP07: We meet weekly.\\nINT: Who?\\nP07: All of us."
    >>> interview, = read_source(talk, "p07.txt")
    >>> interview.name, str(interview.report)
    ('p07', 'p07.txt: 15 words, 4 turns, speakers INT (2), P07 (2)')
    """
    options = options or ReadOptions()
    data, where = load_bytes(source, name, options)
    found = find_format(data, where)
    digest = hashlib.sha256(data).hexdigest()
    drafts = found.read(data, where, options)
    is_only = len(drafts) == 1
    taken: set[str] = set()
    sources: list[NamedSource] = []
    for draft in drafts:
        place = where if is_only else f"{where}, row {draft.metadata.get('row', '')}"
        text, conversation = finish(draft, place, options)
        report = ReadReport(
            where,
            found.name,
            digest,
            text.n_words,
            text.n_turns,
            text.speakers,
            len(text.pages),
            conversation.labels,
            text.warnings,
        )
        sources.append(NamedSource(_free_name(_suggested(draft, where, is_only), taken), text, report))
    return sources


def preview_table(
    source: Path | str | bytes, name: str | None = None, *, options: ReadOptions | None = None
) -> TablePreview:
    """Look at a CSV, TSV or Excel file: which columns look like text, names, dates, and a mapping to confirm.

    Raises
    ------
    FormatError
        The file is no table or cannot be read.
    """
    options = options or ReadOptions()
    data, where = load_bytes(source, name, options)
    found = find_format(data, where)
    if found.name == "xlsx":
        return preview_grid(xlsx_grid(data, where, options.sheet), workbook.sheet_names(data, where))
    if found.name != "csv":
        raise FormatError(
            f"the file is {found.called}, not a table", where=where, mend="give a .csv, .tsv or .xlsx file"
        )
    decoded = decode(data, where, options.encoding)
    return preview_grid(csv_grid(decoded.text, where, decoded.warnings))


def load_bytes(source: Path | str | bytes, name: str | None, options: ReadOptions) -> tuple[bytes, str]:
    """The bytes of a file with its name for messages; refuses what is missing, empty or too large."""
    if isinstance(source, bytes):
        data, where = source, name or "the file"
    else:
        path = Path(source)
        where = name or str(source)
        try:
            if not path.is_file():
                raise FormatError("there is no such file", where=where, mend="check its name and folder")
            if path.stat().st_size > options.max_bytes:
                raise FormatError(_too_large(path.stat().st_size, options), where=where, mend="split it")
            data = path.read_bytes()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise FormatError(
                f"the file cannot be opened ({reason})", where=where, mend="check its permissions"
            ) from error
    if len(data) > options.max_bytes:
        raise FormatError(_too_large(len(data), options), where=where, mend="split it")
    if not data:
        raise FormatError("the file is empty", where=where, mend="export or copy it again")
    return data, where


def _too_large(n_bytes: int, options: ReadOptions) -> str:
    return f"the file has {n_bytes:,} bytes, more than the {options.max_bytes:,} that are read"


def _suggested(draft: Draft, where: str, is_only: bool) -> str:
    stem = PurePath(where).stem or where
    if draft.name:
        return draft.name
    return stem if is_only else f"{stem} row {draft.metadata.get('row', '')}"


def _free_name(name: str, taken: set[str]) -> str:
    """The name, with a number when another source of the same table has it."""
    free, number = name, 2
    while free.casefold() in taken:
        free, number = f"{name} ({number})", number + 1
    taken.add(free.casefold())
    return free
