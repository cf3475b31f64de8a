"""Any bytes, in any reader: a source or one sentence of refusal, never another error."""

from __future__ import annotations

import io
import zipfile

import docx
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentText
from odf.text import P

from crosscase.errors import FormatError
from crosscase.formats import ReadOptions, TableColumns, check_xml, preview_table, read_source
from crosscase.formats.registry import FORMATS

OPTIONS = ReadOptions(columns=TableColumns(text=("a",)))


def _saved(document: object) -> bytes:
    stream = io.BytesIO()
    document.save(stream)  # type: ignore[attr-defined]
    return stream.getvalue()


def _word() -> bytes:
    document = docx.Document()
    document.add_paragraph("Ann: yes")
    return _saved(document)


def _odt() -> bytes:
    document = OpenDocumentText()
    document.text.addElement(P(text="Ann: yes"))
    return _saved(document)


def _xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["a"])
    book.worksheets[0].append(["yes"])
    return _saved(book)


_PDF = b"""%PDF-1.4
1 0 obj
<< /Type /Catalog /Pages 2 0 R >>
endobj
2 0 obj
<< /Type /Pages /Kids [3 0 R] /Count 1 >>
endobj
3 0 obj
<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R
/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>
endobj
4 0 obj
<< /Length 34 >>
stream
BT /F1 9 Tf 9 9 Td (Words) Tj ET
endstream
endobj
trailer
<< /Size 5 /Root 1 0 R >>
%%EOF
"""

WHOLE = {
    "text": b"Ann: yes\nBob: no\nAnn: yes\n",
    "markdown": b"---\ntitle: x\n---\n| Time | Text |\n|---|---|\n| 0:01 | a |\n| 0:02 | b |\n| 0:03 | c |\n**[0:13](u)** x\n<!-- Page 1 -->",
    "docx": _word(),
    "odt": _odt(),
    "rtf": b'{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0\\fcharset0 Arial;}}\\f0 Ann: y\\\'e9s \\u8220? \\par{\\field{\\*\\fldinst{HYPERLINK "x"}}}}',
    "html": b"<html><head><title>t</title></head><table><tr><td>a<td>b</table><p><b>Ann:</b> yes<pre> x </pre>",
    "pdf": _PDF,
    "vtt": b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>yes\n\n00:03.000 --> 00:04.000\n>> no\n",
    "srt": b"1\n00:00:01,000 --> 00:00:02,000\nyes\n\n2\n00:00:03,000 --> 00:00:04,000\nno\n",
    "csv": b'a,b\n"yes, ""no""",2\nx,3\n',
    "xlsx": _xlsx(),
    "eml": b"From: a@b\nDate: Tue, 25 Jun 2024 10:00:00 -0700\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nyes\n--b--\n",
}
READERS = {one.name: one for one in FORMATS}


def read(data: bytes, kind: str) -> None:
    """What the reader of a format makes of bytes, whatever they begin with."""
    try:
        for draft in READERS[kind].read(data, "file", OPTIONS):
            assert isinstance(draft.text, str)
    except FormatError as refusal:
        assert refusal.what
        assert refusal.where.startswith("file")
        assert refusal.mend
        assert "\n" not in str(refusal)
    name = "file" + READERS[kind].extensions[0]
    try:
        for source in read_source(data, name, options=OPTIONS):
            assert source.text.text.strip()
    except FormatError as refusal:
        assert refusal.where.startswith(name)


def test_there_is_a_whole_file_of_every_format() -> None:
    assert set(WHOLE) == set(READERS)
    for kind, data in WHOLE.items():
        (source, *_) = read_source(data, "file" + READERS[kind].extensions[0], options=OPTIONS)
        assert source.text.n_words


@pytest.mark.parametrize("kind", sorted(READERS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.binary(max_size=400))
def test_arbitrary_bytes(kind: str, data: bytes) -> None:
    read(data, kind)


@pytest.mark.parametrize("kind", sorted(READERS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(max_size=300), lead=st.booleans())
def test_arbitrary_text_behind_the_right_beginning(kind: str, text: str, lead: bool) -> None:
    data = text.encode("utf-8", "surrogatepass")
    beginning = {"rtf": b"{\\rtf1 ", "vtt": b"WEBVTT\n\n", "pdf": b"%PDF-1.4\n", "eml": b"From: a\n", "csv": b"a,b\n"}
    read(beginning.get(kind, b"") + data + (b"}" if kind == "rtf" else b"") if lead else data, kind)


@pytest.mark.parametrize("kind", sorted(READERS))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    changes=st.lists(st.tuples(st.integers(0, 1_000_000), st.integers(0, 255)), max_size=8),
    cut=st.integers(0, 1_000_000),
)
def test_whole_files_with_bytes_changed_or_cut_off(kind: str, changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(WHOLE[kind])
    for position, value in changes:
        data[position % len(data)] = value
    read(bytes(data[: cut % len(data)] if cut % 2 else data), kind)


@pytest.mark.parametrize("kind", ["docx", "odt", "xlsx"])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_archives_whose_parts_are_damaged_behind_a_valid_checksum(kind: str, data: st.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(WHOLE[kind])) as archive:
        parts = {name: bytearray(archive.read(name)) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    part = parts[name]
    for position, value in data.draw(st.lists(st.tuples(st.integers(0, 1_000_000), st.integers(32, 126)), max_size=4)):
        if part:
            part[position % len(part)] = value
    if data.draw(st.booleans()):
        del parts[name]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for member, content in parts.items():
            archive.writestr(member, bytes(content))
    read(stream.getvalue(), kind)


TAGS = st.recursive(
    st.text(max_size=5),
    lambda inner: st.tuples(
        st.sampled_from(["p", "r", "t", "tbl", "tr", "tc", "ins", "sdt", "hyperlink", "br", "pict"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)


def _xml(tree: object) -> str:
    if isinstance(tree, tuple):
        return f"<w:{tree[0]}>{''.join(map(_xml, tree[1]))}</w:{tree[0]}>"
    return "".join(character for character in str(tree) if character.isalnum())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tree=TAGS)
def test_word_files_whose_elements_stand_where_they_should_not(tree: object) -> None:
    with zipfile.ZipFile(io.BytesIO(WHOLE["docx"])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    document = parts["word/document.xml"].decode()
    parts["word/document.xml"] = document.replace("<w:body>", f"<w:body>{_xml(tree)}").encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    read(stream.getvalue(), "docx")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_previews_of_arbitrary_bytes(data: bytes) -> None:
    for name in ("a.csv", "a.xlsx"):
        try:
            assert preview_table(data, name).n_rows >= 1
        except FormatError as refusal:
            assert refusal.where.startswith(name)


@given(st.binary(max_size=200))
def test_arbitrary_xml_is_checked_without_another_error(data: bytes) -> None:
    try:
        check_xml(data, "part")
    except FormatError as refusal:
        assert refusal.where.startswith("part")
