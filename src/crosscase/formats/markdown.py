"""Markdown: stays readable text; links become their words, captions become turns with times.

Two ways of publishing captions are understood: a table with a column of times (``| 0:00:31| text| link|``) and
paragraphs that begin with a time (``**[0:13](link)** — text``). Emphasis, headings and lists stay as they are typed, so
that a quotation from one paragraph or caption is found in the original file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import yaml

from crosscase.formats import text as plain
from crosscase.formats import times
from crosscase.formats.draft import Draft
from crosscase.formats.encoding import decode
from crosscase.formats.openings import Span
from crosscase.formats.options import ReadOptions
from crosscase.model.text import Page

_LINK = re.compile(
    r"(?P<image>!?)\[(?P<text>[^\[\]\n]{0,1000})\]"
    r"\((?:<[^<>\n]{0,2000}>|[^()\s]{0,2000}(?:\([^()\s]{0,500}\)[^()\s]{0,1000})?)"
    r"(?:[ \t]+(?:\"[^\"\n]{0,500}\"|'[^'\n]{0,500}'))?\)"
)
_BARE_LINK = re.compile(r"<(https?://[^<>\s]{1,2000}|[\w.+\-]{1,64}@[\w.\-]{1,255})>")
_PAGE_COMMENT = re.compile(r"\s*page\s+(\d{1,5})\s*", re.IGNORECASE)
_TAG_LINE = re.compile(r"\s*(?:</?[a-zA-Z][\w\-]{0,30}(?:\s[^<>]{0,500})?/?>\s*)+")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIMED = re.compile(
    rf"(?P<bold>\*\*|__)?\[?(?P<time>{times.CLOCK})\]?(?:\([^()\s]{{0,2000}}\))?"
    r"(?P=bold)?[ \t]*(?:[—–\-:|][ \t]*)?(?=\S)"
)
_CELLS = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"[\s:\-]*")
_TIME_COLUMN = re.compile(r"time|start|timestamp|timecode", re.IGNORECASE)
_SPEAKER_COLUMN = re.compile(r"speaker|name|who|person", re.IGNORECASE)
_TEXT_COLUMN = re.compile(r"transcript(?:ion)?|text|caption|utterance|speech|content", re.IGNORECASE)
_MAX_FRONT_MATTER = 16 * 1024
_MIN_CAPTIONS = 3


@dataclass
class _Page:
    """The text that is being written, with what was found on the way."""

    lines: list[str] = field(default_factory=list)
    position: int = 0
    captions: list[Span] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)
    n_images: int = 0

    def write(self, line: str) -> int:
        """Add a line; returns where it begins."""
        start = self.position
        self.lines.append(line)
        self.position += len(line) + 1
        return start

    def write_caption(self, line: str, time: float | None, speaker: str = "") -> None:
        label = f"{speaker}: " if speaker else ""
        start = self.write(label + line)
        speech = start + len(label)
        self.captions.append(Span(start, speech + len(line), time, True, speaker or None, speech))


def read(data: bytes, where: str, options: ReadOptions) -> list[Draft]:
    """One source: the readable text of a markdown file."""
    decoded = decode(data, where, options.encoding)
    metadata, body, warnings = _split_front_matter(decoded.text)
    page = _Page()
    _write_body(body, page)
    text = "\n".join(page.lines)
    if page.n_images:
        warnings += (f"{page.n_images} image{'s' * (page.n_images != 1)} not read; the description stays",)
    metadata = _headings(text) | metadata | plain.says_machine(decoded.text)
    captions = page.captions if len(page.captions) >= _MIN_CAPTIONS else None
    pages = _pages(page.marks, len(text)) or plain.pages_at_form_feeds(text)
    return [Draft(text, metadata, (*decoded.warnings, *warnings), pages, captions=captions)]


def _split_front_matter(text: str) -> tuple[dict[str, str], str, tuple[str, ...]]:
    if not text.startswith("---\n"):
        return {}, text, ()
    end = text.find("\n---\n", 3, _MAX_FRONT_MATTER)
    if end < 0:
        return {}, text, ()
    try:
        # The base loader makes strings of everything: no dates that cannot be, no objects, no surprises.
        values = yaml.load(text[4:end], Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        return {}, text, ("the lines between --- at the beginning are not valid YAML: kept as text",)
    if not isinstance(values, dict):
        return {}, text, ()
    metadata = {str(name).casefold(): value for name, value in values.items() if isinstance(value, str)}
    return metadata, text[end + 5 :].lstrip("\n"), ()


def _write_body(body: str, page: _Page) -> None:
    columns: dict[str, int] | None = None
    is_code = False
    in_caption = False
    previous: list[str] = []
    for line, numbers in _without_comments(body):
        page.marks.extend((number, page.position) for number in numbers)
        if _FENCE.match(line):
            is_code = not is_code
        if is_code:
            page.write(line)
            continue
        cells = _cells(line)
        if cells and columns is None and all(_RULE.fullmatch(cell) for cell in cells):
            columns = _caption_columns(previous)
            if columns is not None:
                page.position -= len(page.lines.pop()) + 1  # the heading of the table
                continue
        if cells and columns is not None:
            _write_row(cells, columns, page)
        elif not cells and (timed := _TIMED.match(line)) and _is_caption(timed):
            page.write_caption(_clean(line[timed.end() :], page), times.seconds(timed["time"]))
            in_caption = True
            continue
        elif in_caption and line.strip():
            _continue_caption(_clean(line, page), page)
            continue
        elif not (_TAG_LINE.fullmatch(line) and line.strip()):
            page.write(_clean(line, page))
        columns = columns if cells else None
        in_caption = False
        previous = cells


def _without_comments(body: str) -> Iterator[tuple[str, list[int]]]:
    """The lines of the body without HTML comments, each with the page numbers that comments before it named."""
    numbers: list[int] = []
    is_inside = False
    has_end = "-->" in body
    for raw in body.split("\n"):
        line, kept, cut = raw, "", False
        while has_end:
            if is_inside:
                _, mark, line = line.partition("-->")
                cut = True
                if mark:
                    is_inside = False
                else:
                    break
            before, mark, after = line.partition("<!--")
            kept += before
            line = ""
            if not mark:
                break
            cut = True
            comment, closed, rest = after.partition("-->")
            number = _PAGE_COMMENT.fullmatch(comment)
            if number:
                numbers.append(int(number.group(1)))
            if closed:
                line = rest
            else:
                is_inside = True
                break
        kept = raw if not has_end else kept
        if cut and not kept.strip():
            continue
        yield kept, numbers
        numbers = []


def _cells(line: str) -> list[str]:
    stripped = line.strip()
    if not stripped.startswith("|") or len(stripped) < 2:
        return []
    cells = _CELLS.split(stripped)[1:]
    return cells[:-1] if cells and not cells[-1].strip() else cells


def _caption_columns(heading: list[str]) -> dict[str, int] | None:
    """Where time, speaker and text stand in a table of captions, or None for any other table."""
    columns: dict[str, int] = {}
    for index, cell in enumerate(heading):
        for use, pattern in (("time", _TIME_COLUMN), ("speaker", _SPEAKER_COLUMN), ("text", _TEXT_COLUMN)):
            if pattern.fullmatch(cell.strip(" *")):
                columns.setdefault(use, index)
    return columns if {"time", "text"} <= set(columns) else None


def _write_row(cells: list[str], columns: dict[str, int], page: _Page) -> None:
    time, text = columns["time"], columns["text"]
    if len(cells) <= max(time, text) or times.seconds(cells[time]) is None:
        page.write(_clean("|" + "|".join(cells) + "|", page))
        return
    column = columns.get("speaker", len(cells))
    speaker = cells[column].strip(" *") if column < len(cells) else ""
    page.write_caption(_clean(cells[text].strip(), page), times.seconds(cells[time]), speaker)


def _is_caption(timed: re.Match[str]) -> bool:
    """A time in bold, in brackets or with a link; a bare “10:30 Lunch” of an agenda is none."""
    return (timed["bold"] is not None or timed.group().startswith("[")) and times.seconds(timed["time"]) is not None


def _continue_caption(line: str, page: _Page) -> None:
    page.write(line)
    last = page.captions[-1]
    page.captions[-1] = replace(last, end=page.position - 1)


def _clean(line: str, page: _Page) -> str:
    def words(found: re.Match[str]) -> str:
        page.n_images += bool(found["image"])
        return found["text"]

    return _BARE_LINK.sub(r"\1", _LINK.sub(words, line)) if "](" in line or "<" in line else line


def _headings(text: str) -> dict[str, str]:
    """A heading among the first lines is the title; one that is a date is the date."""
    found: dict[str, str] = {}
    for line in [line for line in text[:5000].split("\n") if line.strip()][:6]:
        heading = _HEADING.fullmatch(line)
        if heading:
            is_date = _DATE.fullmatch(heading.group(1)) is not None
            found.setdefault("date" if is_date else "title", heading.group(1))
    return found


def _pages(marks: list[tuple[int, int]], length: int) -> tuple[Page, ...]:
    edges = [*(min(start, length) for _, start in marks), length]
    return tuple(
        Page(number, start, end)
        for (number, _), start, end in zip(marks, edges, edges[1:], strict=False)
        if start < end
    )
