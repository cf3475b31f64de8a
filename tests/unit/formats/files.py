"""Small files of every format, made by the libraries that people's programs are made with, or by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

import docx
import openpyxl
from odf.opendocument import OpenDocumentText
from odf.style import Style, TextProperties
from odf.table import Table, TableCell, TableRow
from odf.text import H, P, Span

CONVERSATION = (
    ("Interviewer", "How do you decide what to teach?"),
    ("P07", "The district sends us a pacing guide."),
    ("Interviewer", "Who wrote it?"),
    ("P07", "Four people at the central office — “the team”, we call them 🎓."),
)


def spoken_by(speaker: str) -> list[str]:
    """What a speaker says in the conversation that most files here hold."""
    return [words for who, words in CONVERSATION if who == speaker]


def word_file(paragraphs: Sequence[tuple[str, str]] = CONVERSATION, *, title: str = "", colon: str = ": ") -> bytes:
    """A Word file with bold labels."""
    document = docx.Document()
    document.core_properties.title = title
    for label, words in paragraphs:
        paragraph = document.add_paragraph()
        paragraph.add_run(label + colon.rstrip()).bold = True
        paragraph.add_run(" " + words)
    return saved(document)


def saved(document: object) -> bytes:
    """The bytes that a document of python-docx, openpyxl or odfpy is saved as."""
    stream = io.BytesIO()
    document.save(stream)  # type: ignore[attr-defined]
    return stream.getvalue()


def word_parts(data: bytes) -> dict[str, bytes]:
    """The parts of a Word file, to be changed and packed again."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive with these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def word_with_body(xml: str) -> bytes:
    """A Word file whose body is this XML."""
    parts = word_parts(word_file(()))
    document = parts["word/document.xml"].decode("utf-8")
    start = document.index("<w:body>") + len("<w:body>")
    parts["word/document.xml"] = (document[:start] + xml + document[document.index("</w:body>") :]).encode("utf-8")
    return packed(parts)


def odt_file(paragraphs: Sequence[tuple[str, str]] = CONVERSATION, heading: str = "") -> bytes:
    """An OpenDocument text with bold labels."""
    document = OpenDocumentText()
    bold = Style(name="Strong", family="text")
    bold.addElement(TextProperties(fontweight="bold"))
    document.automaticstyles.addElement(bold)
    if heading:
        document.text.addElement(H(outlinelevel=1, text=heading))
    for label, words in paragraphs:
        paragraph = P()
        paragraph.addElement(Span(stylename=bold, text=label + ":"))
        paragraph.addText(" " + words)
        document.text.addElement(paragraph)
    return saved(document)


def odt_table(rows: Sequence[Sequence[str]]) -> bytes:
    """An OpenDocument text that is one table."""
    document = OpenDocumentText()
    table = Table()
    for cells in rows:
        row = TableRow()
        for words in cells:
            cell = TableCell()
            cell.addElement(P(text=words))
            row.addElement(cell)
        table.addElement(row)
    document.text.addElement(table)
    return saved(document)


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """An Excel workbook with these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return saved(book)


def pdf_file(pages: Sequence[Sequence[tuple[int, int, str]]], title: str = "") -> bytes:
    """A PDF written by hand: each page is a list of (x, y, words), y from the bottom of a page 792 high."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    objects.append(b"<< /Title (%s) >>" % title.encode("latin-1"))
    kids = []
    for lines in pages:
        shown = "".join(f"1 0 0 1 {x} {y} Tm ({_escaped(words)}) Tj\n" for x, y, words in lines)
        content = f"BT /F1 11 Tf\n{shown}ET".encode("cp1252")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    return _assembled(objects)


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _assembled(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    out = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, len(out))
    )


def encrypted_pdf() -> bytes:
    """A PDF that needs a password: its encryption entry matches no empty password."""
    lock = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> /ID [<00> <00>]" % (
        b"11" * 32,
        b"22" * 32,
    )
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page,
        b"<< >>",
    ]
    return _assembled(objects, lock)
