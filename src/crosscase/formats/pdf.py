"""PDF: the text layer, page by page; scans without one are refused, because an empty source misleads.

Lines stay lines; a blank line stands where the gap between lines is wide. Lines that come back at the same height on
most pages (running heads, page numbers) are named in a warning and left out on request.
"""

from __future__ import annotations

import ctypes
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from crosscase.errors import FormatError
from crosscase.formats.dates import iso_date
from crosscase.formats.draft import Draft
from crosscase.formats.options import ReadOptions
from crosscase.formats.refusal import refusing
from crosscase.model.text import Page

_GET_AGAIN = "download or export it again"
_MAX_PAGES = 5000
_MAX_CHARACTERS = 50_000_000
_MIN_PAGES_TO_REPEAT = 3
_SHARE_TO_REPEAT = 0.6
_MARGIN = 0.15  # of the height of a page: what comes back in between is a form, not a running head
_HEIGHT_STEPS = 100  # a line stands at the same height when it does so within one of these steps of the page
_WIDE_GAP = 1.5  # times the usual distance between lines
# PDFium marks a hyphen at a line end, where it joins the two halves, with this character.
_SPLIT_WORD = re.compile("([^\\W\\d_]+)\ufffe([^\\W\\d_]+)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_DIGITS = re.compile(r"\d+")
# PDFium is not made for several threads at once.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Line:
    """A line of a page; ``height`` is where it stands, from 0 at the bottom to 1 at the top."""

    text: str
    height: float


def read(data: bytes, where: str, options: ReadOptions) -> list[Draft]:
    """One source: the text of the document with its pages."""
    if b"%PDF-" not in data[:1024]:
        raise FormatError("this is not a PDF (it does not begin with %PDF)", where=where, mend=_GET_AGAIN)
    if b"%%EOF" not in data[-4096:]:
        raise FormatError("the PDF is cut short (its end is missing)", where=where, mend=_GET_AGAIN)
    with _ONE_AT_A_TIME, refusing("the PDF is damaged", where, _GET_AGAIN):
        pages, metadata = _extract(data, where)
    empty = [number for number, lines in enumerate(pages, start=1) if not lines]
    if len(empty) == len(pages):
        raise FormatError(
            "the PDF has no text layer: it is a scan and needs OCR",
            where=where,
            mend="run a text recognition such as OCRmyPDF on it and add the result",
        )
    warnings: list[str] = []
    if empty:
        warnings.append(f"no text on {_page_list(empty)}: empty or scanned; scanned pages need OCR")
    pages, said = _repeated_lines(pages, options.drop_repeated_lines)
    warnings += said
    text, spans, n_joined = _compose(pages)
    if n_joined:
        warnings.append(f"{n_joined} word{'s' * (n_joined != 1)} split at line ends joined again")
    return [Draft(text, metadata, tuple(warnings), spans)]


def _extract(data: bytes, where: str) -> tuple[list[list[Line]], dict[str, str]]:
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise FormatError(
                "the PDF is protected with a password", where=where, mend="save it without a password and add it again"
            ) from error
        raise
    try:
        if len(document) > _MAX_PAGES:
            raise FormatError(
                f"the PDF has {len(document):,} pages, more than {_MAX_PAGES:,}", where=where, mend="split it"
            )
        pages: list[list[Line]] = []
        n_characters = 0
        for page in document:
            lines = _lines(page)
            page.close()
            n_characters += sum(len(line.text) for line in lines)
            if n_characters > _MAX_CHARACTERS:
                raise FormatError("the PDF holds too much text to be a document", where=where, mend="split it")
            pages.append(lines)
        info = document.get_metadata_dict()
    finally:
        document.close()
    metadata = {
        "title": info.get("Title", ""),
        "author": info.get("Author", ""),
        "created": iso_date(info.get("CreationDate", "")) or "",
    }
    return pages, metadata


def _lines(page: Any) -> list[Line]:
    """The lines of a page from top to bottom as PDFium orders them, with their heights."""
    textpage = page.get_textpage()
    text: str = textpage.get_text_range()
    height = max(float(page.get_height()), 1.0)
    lines: list[Line] = []
    units = 0  # PDFium counts in UTF-16
    for raw in text.split("\r\n"):
        indent = len(raw) - len(raw.lstrip())
        if raw.strip():
            lines.append(Line(raw.rstrip(), _baseline(textpage, units + indent) / height))
        units += len(raw.encode("utf-16-le", "surrogatepass")) // 2 + 2
    textpage.close()
    return lines


def _baseline(textpage: Any, text_index: int) -> float:
    index = pdfium_c.FPDFText_GetCharIndexFromTextIndex(textpage.raw, text_index)
    x, y = ctypes.c_double(), ctypes.c_double()
    if index < 0 or not pdfium_c.FPDFText_GetCharOrigin(textpage.raw, index, ctypes.byref(x), ctypes.byref(y)):
        return 0.0
    return y.value


def _repeated_lines(pages: Sequence[Sequence[Line]], drop: bool) -> tuple[list[list[Line]], list[str]]:
    """Find running heads and feet; with ``drop``, the pages without them."""
    places: dict[str, Counter[int]] = defaultdict(Counter)
    for lines in pages:
        for pattern, step in {(_pattern(line), _step(line)) for line in lines if _is_margin(line)}:
            places[pattern][step] += 1
    n_filled = sum(1 for lines in pages if lines)
    needed = max(_MIN_PAGES_TO_REPEAT, _SHARE_TO_REPEAT * n_filled)
    repeated: dict[str, tuple[int, int]] = {}
    for pattern, steps in places.items():
        step, _ = steps.most_common(1)[0]
        n_pages = sum(steps[near] for near in (step - 1, step, step + 1))
        if n_pages >= needed:
            repeated[pattern] = step, min(n_pages, n_filled)
    warnings = [_about(pattern, n_pages, n_filled, drop) for pattern, (_, n_pages) in repeated.items()]
    if not drop:
        return [list(lines) for lines in pages], warnings
    kept = [
        [line for line in lines if _pattern(line) not in repeated or abs(_step(line) - repeated[_pattern(line)][0]) > 1]
        for lines in pages
    ]
    return kept, warnings


def _about(pattern: str, n_pages: int, n_filled: int, drop: bool) -> str:
    what = f"“{pattern[:60]}” stands at one height on {n_pages} of {n_filled} pages"
    return (
        f"{what}: left out" if drop else f"{what}: probably not text; read again without repeated lines to leave it out"
    )


def _is_margin(line: Line) -> bool:
    return not _MARGIN < line.height < 1 - _MARGIN


def _pattern(line: Line) -> str:
    return _DIGITS.sub("#", " ".join(line.text.replace("\ufffe", "-").split()))


def _step(line: Line) -> int:
    return round(line.height * _HEIGHT_STEPS)


def _compose(pages: Sequence[Sequence[Line]]) -> tuple[str, tuple[Page, ...], int]:
    """Lines to text, with the spans of the pages and the number of words joined at line ends."""
    words = Counter(_hyphenated(line.text for lines in pages for line in lines))
    parts: list[str] = []
    spans: list[Page] = []
    position = n_joined = 0
    for number, lines in enumerate(pages, start=1):
        if not lines:
            continue
        raw = "\n".join(_with_gaps(lines))
        n_joined += len(_SPLIT_WORD.findall(raw))
        joined = _SPLIT_WORD.sub(lambda found: _join(found[1], found[2], words), raw)
        text = _CONTROL.sub("", joined.replace("\ufffe", "-")).strip("\n")
        if parts:
            parts.append("\n")
            position += 1
        spans.append(Page(number, position, position + len(text)))
        parts.append(text)
        position += len(text)
    return "".join(parts), tuple(spans), n_joined


def _with_gaps(lines: Sequence[Line]) -> list[str]:
    """The lines of a page, with an empty one where the distance to the line before is wide."""
    distances = [before.height - line.height for before, line in pairwise(lines)]
    downward = [distance for distance in distances if distance > 0.002]
    # Not the median: on a short page paragraphs are as frequent as lines, and a joined word hides a line.
    usual = sorted(downward)[len(downward) // 4] if downward else 0.0
    shown = [lines[0].text]
    for distance, line in zip(distances, lines[1:], strict=True):
        if usual and distance > _WIDE_GAP * usual:
            shown.append("")
        shown.append(line.text)
    return shown


def _hyphenated(texts: Iterable[str]) -> list[str]:
    return [word.casefold() for text in texts for word in re.findall(r"[^\W\d_]+-[^\W\d_]+", text)]


def _join(first: str, second: str, words: Counter[str]) -> str:
    """“super-intendent” is one word unless the document writes it with a hyphen elsewhere."""
    keeps_hyphen = words[f"{first}-{second}".casefold()] > 0 or second[:1].isupper()
    return f"{first}-{second}" if keeps_hyphen else first + second


def _page_list(numbers: Sequence[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:8])
    more = f" and {len(numbers) - 8} more" if len(numbers) > 8 else ""
    return f"page{'s' * (len(numbers) != 1)} {shown}{more}"
