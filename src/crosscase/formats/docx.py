"""Word: paragraphs, tables and notes through mammoth, which keeps tracked insertions and content controls.

Mammoth never sees the file itself: it gets an archive that is written here, from parts that have passed ``safe_zip``
and ``safe_xml``, without pictures and without the thousands of style properties that cost most of its time.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter

import mammoth
from lxml import etree

from crosscase.errors import FormatError
from crosscase.formats.dates import iso_date
from crosscase.formats.draft import Draft, join_blocks
from crosscase.formats.markup import read_markup
from crosscase.formats.options import ReadOptions
from crosscase.formats.refusal import refusing
from crosscase.formats.safe_xml import Element, parse_xml
from crosscase.formats.safe_zip import SafeZip

_SAVE_AGAIN = "open it in a word processor and save it as .docx again"
_NEEDED = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|word/_rels/[^/]+\.rels|"
    r"word/(?:document|footnotes|endnotes|comments|numbering|styles)\d*\.xml"
)
_MAIN = re.compile(r"word/document\d*\.xml")
# Properties of runs and paragraphs that change what is read; fonts, colours and languages do not.
_KEPT_PROPERTIES = frozenset(("b", "rStyle", "pStyle", "numPr", "ins", "del", "rPr", "sdtContent"))
_NOISE = frozenset(("proofErr", "lastRenderedPageBreak", "bookmarkStart", "bookmarkEnd", "sectPr"))
_IGNORED = re.compile(r"An unrecognised element was ignored: (?:\{[^}]*\})?([\w:]+)")
_PLURALS = (
    ("ins", "tracked insertion", "kept"),
    ("del", "tracked deletion", "left out"),
    ("moveFrom", "tracked move", "read at the new place"),
)


def read(data: bytes, where: str, options: ReadOptions) -> list[Draft]:
    """One source: the document as it reads with all changes accepted."""
    with SafeZip(data, where) as archive:
        main = [name for name in archive.names if _MAIN.fullmatch(name)]
        if not main:
            raise FormatError("this is not a Word document (no word/document.xml)", where=where, mend=_SAVE_AGAIN)
        root = parse_xml(archive.read(main[0]), f"{where}, part {main[0]}")
        warnings = _warnings(root, archive)
        package = _repack(archive, main[0], root)
        metadata = _core_properties(archive)
    with refusing("the Word document is damaged", where, _SAVE_AGAIN):
        result = mammoth.convert_to_html(package, convert_image=mammoth.images.img_element(lambda _image: {"src": ""}))
    markup = read_markup(result.value, where, keeps_spaces=True)
    text, bold = join_blocks(markup.blocks)
    unread = sorted({found.group(1) for message in result.messages if (found := _IGNORED.search(message.message))})
    if unread:
        warnings += (f"parts of the document that cannot be read as text were left out: {', '.join(unread)}",)
    return [Draft(text, metadata, warnings, bold=bold)]


def _warnings(root: Element, archive: SafeZip) -> tuple[str, ...]:
    counts: Counter[str] = Counter(_local(element) for element in root.iter())
    found = [
        f"{counts[tag]} {what}{'s' * (counts[tag] != 1)} {done}: the text is read as if all changes were accepted"
        for tag, what, done in _PLURALS
        if counts[tag]
    ]
    if counts["commentReference"]:
        n = counts["commentReference"]
        found.append(f"{n} comment{'s' * (n != 1)} not read")
    n_images = sum(1 for name in archive.names if name.startswith("word/media/"))
    if n_images:
        found.append(f"{n_images} image{'s' * (n_images != 1)} not read")
    return tuple(found)


def _repack(archive: SafeZip, main: str, root: Element) -> io.BytesIO:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as target:
        for name in archive.names:
            if name == main:
                _slim(root)
                target.writestr(name, etree.tostring(root, encoding="UTF-8"))
            elif _NEEDED.fullmatch(name):
                part = parse_xml(archive.read(name), f"{archive.where}, part {name}")
                if "styles" in name:
                    _slim_styles(part)
                elif "notes" in name:
                    _slim(part)
                target.writestr(name, etree.tostring(part, encoding="UTF-8"))
    package.seek(0)
    return package


def _slim(root: Element) -> None:
    """Leave out what does not change the words: most of the XML that Word writes."""
    for element in list(root.iter("{*}rPr", "{*}pPr")):
        for child in list(element):
            if _local(child) not in _KEPT_PROPERTIES:
                element.remove(child)
    for element in list(root.iter(*(f"{{*}}{name}" for name in _NOISE))):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    for element in root.iter("{*}p", "{*}r", "{*}tr"):
        element.attrib.clear()
    for paragraph in root.iter("{*}p"):
        _merge_runs(paragraph)


def _merge_runs(paragraph: Element) -> None:
    """Word cuts a sentence into a run per editing session; runs that look the same become one."""
    before, before_looks = None, None
    for run in list(paragraph):
        looks = _looks(run)
        if before is not None and looks is not None and looks == before_looks:
            before.extend([child for child in run if _local(child) != "rPr"])
            paragraph.remove(run)
        else:
            before, before_looks = run, looks


def _looks(element: Element) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
    """What a run of words looks like, or None for anything else."""
    names = [_local(child) for child in element]
    if _local(element) != "r" or any(name not in ("rPr", "t", "tab", "br") for name in names):
        return None
    return tuple(
        (_local(mark), tuple(mark.attrib.values()))
        for properties in element.iterchildren("{*}rPr")
        for mark in properties
    )


def _slim_styles(root: Element) -> None:
    """Keep the styles that say that words are bold or paragraphs are a list."""
    for style in list(root):
        kind = next((value for name, value in style.attrib.items() if name.endswith("}type")), "")
        if kind != "character" and style.find("{*}pPr/{*}numPr") is None:
            root.remove(style)
            continue
        for child in list(style):
            name = _local(child)
            has_number = name == "pPr" and child.find("{*}numPr") is not None
            if name not in ("name", "basedOn") and not has_number:
                style.remove(child)


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _core_properties(archive: SafeZip) -> dict[str, str]:
    if "docProps/core.xml" not in archive:
        return {}
    root = parse_xml(archive.read("docProps/core.xml"), f"{archive.where}, part docProps/core.xml")
    found = {_local(child): (child.text or "") for child in root}
    return {
        "title": found.get("title", ""),
        "author": found.get("creator", ""),
        # When the file was made, which is seldom when people spoke: not the date of the source.
        "created": iso_date(found.get("created", "")) or "",
    }
