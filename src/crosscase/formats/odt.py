"""OpenDocument text (LibreOffice, Google Docs): paragraphs, lists and tables of content.xml."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

from crosscase.errors import FormatError
from crosscase.formats.dates import iso_date
from crosscase.formats.draft import Block, Draft, join_blocks
from crosscase.formats.lexicon import word_set
from crosscase.formats.options import ReadOptions
from crosscase.formats.safe_xml import Element, parse_xml
from crosscase.formats.safe_zip import SafeZip

_MIME = b"application/vnd.oasis.opendocument.text"
# What is in the file but not in the text.
_SKIPPED = word_set("""
    tracked-changes annotation annotation-end frame bookmark bookmark-start bookmark-end sequence-decls variable-decls
    user-field-decls forms change change-start change-end table-of-content-source illustration-index-source
""")
_FO_WEIGHT = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}font-weight"
_STYLE_NAME = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}name"
_TEXT_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}style-name"
_COUNT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}c"
_SPACE = re.compile(r"[ \t\r\n]+")
_MAX_SPACES = 1000  # one element may ask for any number of spaces


def read(data: bytes, where: str, options: ReadOptions) -> list[Draft]:
    """One source: the document as it reads with all changes accepted."""
    with SafeZip(data, where) as archive:
        if "content.xml" not in archive:
            raise FormatError(
                "this is not an OpenDocument text (no content.xml)", where=where, mend="save it as .odt again"
            )
        _refuse_encrypted(archive)
        root = parse_xml(archive.read("content.xml"), f"{where}, part content.xml")
        metadata = _metadata(archive)
    body = root.find(".//{*}body/{*}text")
    if body is None:
        raise FormatError("this OpenDocument file is not a text", where=where, mend="save the text as .odt or .docx")
    writer = _Writer(_bold_styles(root))
    text, bold = join_blocks(writer.blocks(body))
    return [Draft(text, metadata, _warnings(body), bold=bold)]


def is_text(archive: SafeZip) -> bool:
    """Whether an archive says that it is an OpenDocument text."""
    return "mimetype" in archive and archive.read("mimetype")[:200].startswith(_MIME)


def _refuse_encrypted(archive: SafeZip) -> None:
    name = "META-INF/manifest.xml"
    if name in archive and b"encryption-data" in archive.read(name):
        raise FormatError(
            "the document is protected with a password", where=archive.where, mend="save it without a password"
        )


def _warnings(body: Element) -> tuple[str, ...]:
    counts: Counter[str] = Counter(_local(element) for element in body.iter())
    changes = counts["changed-region"]
    said = (
        (changes, "tracked change", ": the text is read as if all were accepted"),
        (counts["annotation"], "comment", " not read"),
        (counts["image"], "image", " not read"),
    )
    return tuple(f"{n} {what}{'s' * (n != 1)}{then}" for n, what, then in said if n)


def _metadata(archive: SafeZip) -> dict[str, str]:
    if "meta.xml" not in archive:
        return {}
    root = parse_xml(archive.read("meta.xml"), f"{archive.where}, part meta.xml")
    found = {_local(element): (element.text or "") for element in root.iter() if isinstance(element.tag, str)}
    return {
        "title": found.get("title", ""),
        "author": found.get("initial-creator", "") or found.get("creator", ""),
        "created": iso_date(found.get("creation-date", "")) or "",
    }


def _bold_styles(root: Element) -> frozenset[str]:
    return frozenset(
        str(style.get(_STYLE_NAME))
        for style in root.iter("{*}style")
        if any(
            properties.get(_FO_WEIGHT) in ("bold", "700", "800", "900")
            for properties in style.iter("{*}text-properties")
        )
    )


class _Writer:
    """Makes blocks of the elements of a document; ``safe_xml`` has bounded how deep this can go."""

    def __init__(self, bold_styles: frozenset[str]) -> None:
        self._bold_styles = bold_styles

    def blocks(self, parent: Element, space: int = 2) -> Iterator[Block]:
        for child in parent:
            name = _local(child)
            if name in _SKIPPED:
                continue
            if name in ("p", "h"):
                yield self._paragraph(child, space)
            elif name == "list":
                yield from self.blocks(child, 1)
            elif name == "table":
                yield from self._table(child)
            else:
                yield from self.blocks(child, space)

    def _table(self, table: Element) -> Iterator[Block]:
        for row in table.iter("{*}table-row"):
            cells = [list(self.blocks(cell)) for cell in row if _local(cell) == "table-cell"]
            filled = [cell for cell in cells if any(block.text.strip() for block in cell)]
            if len(filled) == 1:
                yield from filled[0]
            elif filled:
                text = "\t".join("\n".join(block.text for block in cell) for cell in cells).rstrip("\t")
                yield Block(text, cells[0][0].bold if cells[0] else 0, 1)

    def _paragraph(self, paragraph: Element, space: int) -> Block:
        parts: list[tuple[str, bool]] = []
        self._collect(paragraph, parts, paragraph.get(_TEXT_STYLE) in self._bold_styles)
        bold = 0
        for text, is_bold in parts:
            if not is_bold and text.strip():
                break
            bold += len(text)
        raw = "".join(text for text, _ in parts)
        lead = len(raw) - len(raw.lstrip(" \n"))
        return Block(raw.strip(" \n"), max(0, bold - lead) if any(is_bold for _, is_bold in parts) else 0, space)

    def _collect(self, element: Element, parts: list[tuple[str, bool]], is_bold: bool) -> None:
        if element.text:
            parts.append((_collapse(element.text), is_bold))
        for child in element:
            name = _local(child)
            if name == "s":
                parts.append((" " * min(_number(child.get(_COUNT)), _MAX_SPACES), is_bold))
            elif name == "tab":
                parts.append(("\t", is_bold))
            elif name == "line-break":
                parts.append(("\n", is_bold))
            elif name == "note":
                self._collect_note(child, parts)
            elif name not in _SKIPPED:
                self._collect(child, parts, is_bold or child.get(_TEXT_STYLE) in self._bold_styles)
            if child.tail:
                parts.append((_collapse(child.tail), is_bold))

    def _collect_note(self, note: Element, parts: list[tuple[str, bool]]) -> None:
        body = note.find("{*}note-body")
        words = " ".join(block.text for block in self.blocks(body)) if body is not None else ""
        if words.strip():
            parts.append((f" [{words.strip()}]", False))


def _collapse(text: str) -> str:
    """White space in the XML is one space, as the standard says."""
    return _SPACE.sub(" ", text)


def _number(value: str | None) -> int:
    return int(value) if value and value.isdecimal() and len(value) < 10 else 1


def _local(element: Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
