"""Which reader reads which file: by its name, checked against what the file begins with.

A file is read as what its name says. A name that says less than the content (a ``.txt`` that holds HTML) is told in a
warning; a name that says something else is refused with what the file really is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from crosscase.errors import FormatError
from crosscase.formats import docx, html, mail, markdown, odt, pdf, rtf, subtitles, tables, text
from crosscase.formats.draft import Draft
from crosscase.formats.lexicon import word_set
from crosscase.formats.options import ReadOptions
from crosscase.formats.safe_zip import SafeZip

Reader = Callable[[bytes, str, ReadOptions], list[Draft]]


@dataclass(frozen=True)
class Format:
    """A format that can be read: its name, its extensions and what it is called in a sentence."""

    name: str
    extensions: tuple[str, ...]
    called: str
    read: Reader
    is_binary: bool = False


FORMATS: tuple[Format, ...] = (
    Format("text", (".txt", ".text"), "plain text", text.read),
    Format("markdown", (".md", ".markdown"), "markdown", markdown.read),
    Format("docx", (".docx", ".docm"), "a Word document", docx.read, is_binary=True),
    Format("odt", (".odt",), "an OpenDocument text", odt.read, is_binary=True),
    Format("rtf", (".rtf",), "rich text", rtf.read, is_binary=True),
    Format("html", (".html", ".htm", ".xhtml"), "a web page", html.read),
    Format("pdf", (".pdf",), "a PDF", pdf.read, is_binary=True),
    Format("vtt", (".vtt",), "WebVTT captions", subtitles.read_vtt),
    Format("srt", (".srt",), "SubRip captions", subtitles.read_srt),
    Format("csv", (".csv", ".tsv"), "a table", tables.read_csv),
    Format("xlsx", (".xlsx", ".xlsm"), "an Excel workbook", tables.read_xlsx, is_binary=True),
    Format("eml", (".eml",), "a mail", mail.read),
)
BY_NAME = {one.name: one for one in FORMATS}
EXTENSIONS: dict[str, Format] = {extension: one for one in FORMATS for extension in one.extensions}

# What people hand in and what to do with it instead.
_ADVICE = {
    ".doc": ("an old Word document", "open it in a word processor and save it as .docx"),
    ".pages": ("an Apple Pages document", "export it as .docx"),
    ".gdoc": ("a link to a Google document", "download the document as .docx"),
    ".xls": ("an old Excel workbook", "save it as .xlsx or .csv"),
    ".ods": ("an OpenDocument spreadsheet", "save it as .xlsx or .csv"),
    ".pptx": ("a presentation", "export its notes or text as .docx or .txt"),
    ".msg": ("an Outlook message", "save it as .eml, or its text as .txt"),
    ".epub": ("an e-book", "save its chapters as .html or .txt"),
    ".qdpx": ("a REFI-QDA project", "bring it in with: crosscase import"),
    ".zip": ("an archive", "unpack it and add the files in it"),
}
_MEDIA = word_set(".mp3 .wav .m4a .mp4 .mov .avi .ogg .flac .webm .aac .wma .mkv .amr")
_PICTURES = word_set(".png .jpg .jpeg .tif .tiff .gif .heic .bmp .webp")
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG", "a picture", "add a text recognition (OCR) of it"),
    (b"\xff\xd8\xff", "a picture", "add a text recognition (OCR) of it"),
    (b"GIF8", "a picture", "add a text recognition (OCR) of it"),
    (b"II*\0", "a picture", "add a text recognition (OCR) of it"),
    (b"ID3", "an audio recording", "add its transcript"),
    (b"OggS", "an audio recording", "add its transcript"),
    (b"RIFF", "a recording or picture", "add its transcript"),
    (b"SQLite format 3\0", "a database", "bring in a study or project with: crosscase import"),
    (b"\x1f\x8b", "a compressed file", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "an archive", "unpack it and add the files in it"),
    (b"Rar!", "an archive", "unpack it and add the files in it"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = re.compile(rb"\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_TEXTUAL = frozenset(("text", "markdown", "html", "csv", "vtt", "srt", "eml"))


def find_format(data: bytes, name: str) -> Format:
    """The format of a file, from its name and its first bytes.

    Raises
    ------
    FormatError
        Nothing reads it, or the name contradicts the content.
    """
    extension = PurePath(name).suffix.lower()
    by_name = EXTENSIONS.get(extension)
    found = _recognise(data, name)
    if found is None:
        return _by_name_alone(by_name, extension, name)
    if by_name is None:
        return found
    agrees = found.name == by_name.name
    reads_it_anyway = found.name in _TEXTUAL and by_name.name in _TEXTUAL
    if agrees or reads_it_anyway:
        return by_name
    raise FormatError(
        f"the file is named {extension} but is {found.called}",
        where=name,
        mend=f"rename it to {found.extensions[0]} if that is what you meant to add",
    )


def _by_name_alone(by_name: Format | None, extension: str, name: str) -> Format:
    if by_name is not None and by_name.is_binary:
        raise FormatError(
            f"the file is named {extension} but is not {by_name.called}", where=name, mend="export or download it again"
        )
    if by_name is not None:
        return by_name
    if extension in _ADVICE:
        what, mend = _ADVICE[extension]
        raise FormatError(f"{what} cannot be read", where=name, mend=mend)
    if extension in _MEDIA:
        raise FormatError("a recording cannot be read", where=name, mend="add its transcript")
    if extension in _PICTURES:
        raise FormatError("a picture cannot be read", where=name, mend="add a text recognition (OCR) of it")
    if extension:
        known = " ".join(EXTENSIONS)
        raise FormatError(f"files named {extension} cannot be read", where=name, mend=f"save it as one of: {known}")
    return BY_NAME["text"]


def _recognise(data: bytes, name: str) -> Format | None:
    """What the first bytes say, when they say anything."""
    for signature, what, mend in _SIGNATURES:
        if data.startswith(signature):
            raise FormatError(f"the file is {what} and cannot be read", where=name, mend=mend)
    if data.startswith(_OLE):
        what, mend = _about_ole(data, name)
        raise FormatError(what, where=name, mend=mend)
    if data[4:8] == b"ftyp":
        raise FormatError("the file is a recording and cannot be read", where=name, mend="add its transcript")
    if data.startswith(b"PK"):
        return _recognise_archive(data, name)
    if b"%PDF-" in data[:1024] and not data[:1024].lstrip().startswith((b"<", b"#")):
        return BY_NAME["pdf"]
    head = data.removeprefix(b"\xef\xbb\xbf")
    if head.lstrip()[:6].startswith(b"{\\rtf"):
        return BY_NAME["rtf"]
    if head.startswith(b"WEBVTT"):
        return BY_NAME["vtt"]
    return BY_NAME["html"] if _HTML.match(head, 0, 1024) else None


def _about_ole(data: bytes, name: str) -> tuple[str, str]:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "the document is protected with a password", "save it without a password and add it again"
    extension = PurePath(name).suffix.lower()
    if extension in (".xls", ".msg"):
        what, mend = _ADVICE[extension]
        return f"{what} cannot be read", mend
    return "an old Office document cannot be read", "open it in a word processor and save it as .docx"


def _recognise_archive(data: bytes, name: str) -> Format:
    with SafeZip(data, name) as archive:
        if any(re.fullmatch(r"word/document\d*\.xml", member) for member in archive.names):
            return BY_NAME["docx"]
        if "xl/workbook.xml" in archive:
            return BY_NAME["xlsx"]
        if odt.is_text(archive):
            return BY_NAME["odt"]
        if any(member.endswith("project.qde") for member in archive.names):
            raise FormatError("the file is a REFI-QDA project", where=name, mend="bring it in with: crosscase import")
        by_name = EXTENSIONS.get(PurePath(name).suffix.lower())
        if by_name is not None and by_name.is_binary and by_name.name != "pdf":
            return by_name  # its own reader says best what is missing
    what, mend = _ADVICE.get(PurePath(name).suffix.lower(), _ADVICE[".zip"])
    raise FormatError(f"{what} cannot be read", where=name, mend=mend)
