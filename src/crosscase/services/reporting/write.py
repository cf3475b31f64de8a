"""Writes the files of a report; each file is replaced as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from crosscase.errors import InputError, StudyError
from crosscase.report.data import render_data
from crosscase.report.html import render_html
from crosscase.report.sections import choose_sections
from crosscase.report.word import render_word
from crosscase.services.analyses import Analyses
from crosscase.services.reporting.fill import Filled, fill_report
from crosscase.services.study import Study

Progress = Callable[[str, int, int], None]
FORMATS = ("html", "docx", "data")


def write_report(
    study: Study,
    analyses: Analyses,
    folder: Path,
    formats: tuple[str, ...] = FORMATS,
    progress: Progress | None = None,
    *,
    sections: Sequence[str] | None = None,
) -> list[Path]:
    """Write ``index.html``, ``report.docx`` and ``data/`` into a folder; returns the files, the page first.

    ``sections`` are those of page and Word file that are taken in (all by default); the data are always whole.
    Raises ``InputError`` for an unknown format or section and ``StudyError`` when the folder cannot be written.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise InputError(f"no report format {unknown[0]!r}", mend=f"use {', '.join(FORMATS)}")
    say = progress or (lambda step, done, total: None)
    total = len(formats) + 1
    say("writing the report", 0, total)
    filled = fill_report(study, analyses)
    choose_sections(filled.report, sections)  # refused before anything is written, and where only data are asked for
    written: list[Path] = []
    for done, name in enumerate((name for name in FORMATS if name in formats), start=1):
        say("writing the report", done, total)
        for place, content in render_format(name, filled, sections):
            _replace(folder / place, content)
            written.append(folder / place)
    say("writing the report", total, total)
    return written


def render_format(name: str, filled: Filled, sections: Sequence[str] | None = None) -> Iterator[tuple[str, bytes]]:
    """The files of one format, as their place in the report's folder and their content."""
    if name == "html":
        yield "index.html", render_html(filled.report, sections).encode("utf-8")
    elif name == "docx":
        yield "report.docx", render_word(filled.report, sections)
    else:
        for file, content in render_data(filled.tables, filled.parameters, filled.report.marks).items():
            yield f"data/{file}", content


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise StudyError(
            f"the report cannot be written ({error.strerror or error})",
            where=os.fspath(path),
            mend="close the file if another program has it open, or choose another folder",
        ) from error
