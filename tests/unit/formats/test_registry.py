"""Which reader reads which file, and what a wrong name is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.formats.files import odt_file, packed, pdf_file, word_file, workbook

from crosscase.errors import FormatError
from crosscase.formats import EXTENSIONS, ReadOptions, read_source
from crosscase.formats.registry import FORMATS, find_format

PDF = pdf_file([[(72, 700, "Words")]])


@pytest.mark.parametrize(
    ("data", "name", "found"),
    [
        (b"words", "a.TXT", "text"),
        (b"words", "README", "text"),
        (word_file(), "a.docx", "docx"),
        (word_file(), "no extension", "docx"),
        (odt_file(), "a.odt", "odt"),
        (workbook({"a": [["x"]]}), "a.xlsx", "xlsx"),
        (PDF, "a.pdf", "pdf"),
        (b"{\\rtf1 x}", "a.rtf", "rtf"),
        (b"\xef\xbb\xbfWEBVTT\n", "a.vtt", "vtt"),
        (b"WEBVTT\n", "a.srt", "srt"),
        (b"a,b\n", "a.tsv", "csv"),
        (b"<!DOCTYPE html><p>x", "a.txt", "text"),
        (b"<p>x", "a.htm", "html"),
    ],
)
def test_a_file_is_read_as_what_its_name_says(data: bytes, name: str, found: str) -> None:
    assert find_format(data, name).name == found


@pytest.mark.parametrize(
    ("data", "name", "what", "mend"),
    [
        (PDF, "a.docx", "named .docx but is a PDF", "rename it to .pdf"),
        (word_file(), "a.pdf", "named .pdf but is a Word document", "rename it to .docx"),
        (odt_file(), "a.docx", "named .docx but is an OpenDocument text", "rename it to .odt"),
        (PDF, "a.txt", "named .txt but is a PDF", "rename it to .pdf"),
        (b"<html>not found</html>", "a.pdf", "named .pdf but is a web page", "rename it to .html"),
        (b"plain words", "a.docx", "is not a Word document", "again"),
        (b"plain words", "a.xlsx", "is not an Excel workbook", "again"),
        (b"words", "a.doc", "an old Word document cannot be read", "save it as .docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.docx", "an old Office document", ".docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.docx", "password", "without"),
        (b"\x89PNG\r\n", "a.txt", "is a picture", "OCR"),
        (b"words", "a.jpg", "a picture cannot be read", "OCR"),
        (b"ID3\x03", "a.mp3", "audio recording", "transcript"),
        (b"words", "talk.m4a", "a recording cannot be read", "transcript"),
        (b"words", "a.xyz", "files named .xyz cannot be read", ".docx"),
        (packed({"a.txt": "x"}), "a.zip", "an archive cannot be read", "unpack it"),
        (packed({"project.qde": "x"}), "a.qdpx", "REFI-QDA", "crosscase import"),
        (packed({"x": "x"}), "a.docx", "no word/document.xml", "again"),
        (b"SQLite format 3\0", "a.db", "is a database", "crosscase import"),
        (b"", "a.txt", "is empty", "again"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_it_is_and_what_to_do(
    data: bytes, name: str, what: str, mend: str
) -> None:
    with pytest.raises(FormatError, match=what) as refusal:
        read_source(data, name)
    assert refusal.value.where == name
    assert mend in refusal.value.mend
    assert str(refusal.value).count(" — ") >= 2


def test_every_extension_belongs_to_one_format() -> None:
    assert len(EXTENSIONS) == sum(len(one.extensions) for one in FORMATS)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.txt", tmp_path, "nul\0.txt"):
        with pytest.raises(FormatError, match="no such file|cannot be opened"):
            read_source(path)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 101)
    with pytest.raises(FormatError, match="101 bytes, more than the 100"):
        read_source(path, options=ReadOptions(max_bytes=100))
    with pytest.raises(FormatError, match="101 bytes"):
        read_source(b"x" * 101, "a.txt", options=ReadOptions(max_bytes=100))


def test_without_looking_for_speakers_there_are_no_turns() -> None:
    (source,) = read_source(b"INT: How?\nP1: So.\nINT: Why?", "a.txt", options=ReadOptions(find_speakers=False))
    assert source.text.turns == ()
    (captions,) = read_source(
        b"WEBVTT\n\n00:01.000 --> 00:02.000\nAnn: Hi\n", "a.vtt", options=ReadOptions(find_speakers=False)
    )
    assert [(turn.time, turn.speaker) for turn in captions.text.turns] == [(1.0, None)]


def test_the_report_says_what_was_read() -> None:
    (source,) = read_source(word_file(), "P07.docx")
    report = source.report
    assert str(report) == "P07.docx: 34 words, 4 turns, speakers Interviewer (2), P07 (2)"
    assert (report.format, report.n_pages, report.warnings) == ("docx", 0, ())
    assert [(count.label, count.n, count.accepted) for count in report.labels] == [
        ("Interviewer", 2, True),
        ("P07", 2, True),
    ]
    assert len(report.file_sha256) == 64
