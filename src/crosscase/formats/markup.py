"""Readable text of HTML: blocks on lines of their own, table cells apart by tabs, no script, style or hidden part.

Web pages, Word files (through mammoth) and the HTML part of mail all come through here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lxml import etree

from crosscase.formats.draft import Block
from crosscase.formats.lexicon import word_set
from crosscase.formats.refusal import refusing

_SKIPPED = word_set("script style noscript template head iframe object select svg audio video canvas")
_VOID = word_set("area base br col embed hr img input link meta param source track wbr")
_PARAGRAPHS = word_set("p h1 h2 h3 h4 h5 h6 blockquote article section table ul ol dl figure hr pre address")
_LINES = word_set("""
    div li dt dd tr thead tbody tfoot caption header footer main aside nav form fieldset figcaption center body details
    summary
""")
_BOLD = frozenset(("b", "strong"))
_SPACE = re.compile(r"[ \t\n\r\f]+")
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_NOTE_BACKLINK = re.compile(r"#(?:foot|end)note-ref-")
_DATE_NAMES = ("date", "dc.date", "dcterms.date", "article:published_time", "citation_date")


@dataclass
class _Cell:
    """What is being written: a page, or a cell of a table inside it."""

    blocks: list[Block] = field(default_factory=list)


@dataclass
class _Row:
    space: int
    cells: list[list[Block]] = field(default_factory=list)


@dataclass(frozen=True)
class Markup:
    """The blocks of an HTML document, its title and date, and how many images it had."""

    blocks: tuple[Block, ...]
    metadata: Mapping[str, str]
    n_images: int


def read_markup(html: str, where: str, keeps_spaces: bool = False) -> Markup:
    """Read HTML, however broken: browsers show it, so it is read.

    ``keeps_spaces`` is for HTML that was made of another format, where every space and tab was typed.
    """
    collector = _Collector(keeps_spaces)
    parser = etree.HTMLParser(target=collector, huge_tree=True, no_network=True)
    with refusing("the HTML cannot be read", where, "save the page again"):
        parser.feed(html)
        parser.close()
    return Markup(tuple(collector.finish()), collector.metadata, collector.counts["img"])


class _Collector:
    """Receives the events of the HTML parser and writes blocks."""

    def __init__(self, keeps_spaces: bool) -> None:
        self._keeps_spaces = keeps_spaces
        self.metadata: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self._skip = 0  # open elements inside something that is not read
        self._title: list[str] | None = None
        self._pre = 0
        self._bold = 0
        self._stack: list[_Cell | _Row] = [_Cell()]
        self._parts: list[str] = []
        self._length = 0
        self._ends_in_space = True
        self._bold_length: int | None = None  # fixed once something not bold has been written
        self._gap = 2

    # Events of the parser.

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "meta":
            self._read_meta(attributes)
        if tag == "title" and "title" not in self.metadata:
            self._title = []
        if self._skip or tag in _SKIPPED or self._is_hidden(tag, attributes):
            self._skip += tag not in _VOID
            return
        self.counts[tag] += 1
        if tag == "br":
            self._write("\n", verbatim=True)
        elif tag in ("td", "th"):
            self._flush(1)
            self._stack.append(_Cell())
        elif tag == "tr":
            self._flush(1)
            self._stack.append(_Row(self._gap))
        elif tag in _PARAGRAPHS:
            self._flush(2)
        elif tag in _LINES:
            self._flush(1)
        self._pre += tag in ("pre", "textarea")
        self._bold += tag in _BOLD

    def end(self, tag: str) -> None:
        if tag == "title" and self._title is not None:
            self.metadata["title"] = "".join(self._title).strip(" -\t\n")
            self._title = None
        if self._skip:
            self._skip -= tag not in _VOID
            return
        if tag in ("pre", "textarea") and self._pre:
            self._flush(2)  # while its spaces still count
            self._pre -= 1
        self._bold -= tag in _BOLD and self._bold > 0
        if tag in ("td", "th"):
            self._end_cell()
        elif tag == "tr":
            self._end_row()
        elif tag in _PARAGRAPHS:
            self._flush(2)
        elif tag in _LINES:
            self._flush(1)

    def data(self, text: str) -> None:
        if self._title is not None:
            self._title.append(text)
        elif not self._skip:
            self._write(text, verbatim=self._keeps_spaces or self._pre > 0)

    def comment(self, text: str) -> None:
        """Comments are not read."""

    def close(self) -> None:
        """The parser asks for this."""

    def finish(self) -> list[Block]:
        """The blocks, with everything that was left open closed."""
        self._flush(2)
        while len(self._stack) > 1:
            self._end_row() if isinstance(self._stack[-1], _Row) else self._end_cell()
        page = self._stack[0]
        return page.blocks if isinstance(page, _Cell) else []

    # Writing.

    def _write(self, text: str, verbatim: bool) -> None:
        if not verbatim:
            text = _SPACE.sub(" ", text)
            if self._ends_in_space and text.startswith(" "):
                text = text[1:]
        else:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
            if text == "\n" and self._parts and self._parts[-1].endswith(" "):
                self._parts[-1] = self._parts[-1].rstrip(" ")
        if not text:
            return
        if not self._bold and self._bold_length is None and text.strip():
            self._bold_length = self._length
        self._parts.append(text)
        self._length += len(text)
        self._ends_in_space = text.endswith((" ", "\n"))

    def _flush(self, gap: int) -> None:
        raw = "".join(self._parts)
        if raw.strip():
            text = raw.strip("\n ") if not self._pre else raw.strip("\n")
            offset = len(raw) - len(raw.lstrip("\n " if not self._pre else "\n"))
            bold = self._length if self._bold_length is None else self._bold_length
            self._add(Block(text, max(0, bold - offset), self._gap))
            self._gap = gap
        else:
            self._gap = max(self._gap, gap)
        self._parts, self._length, self._ends_in_space, self._bold_length = [], 0, True, None

    def _add(self, block: Block) -> None:
        top = self._stack[-1]
        if isinstance(top, _Row):  # text between cells: browsers show it before the table
            top.cells.append([block])
        else:
            top.blocks.append(block)

    def _end_cell(self) -> None:
        self._flush(1)
        if len(self._stack) < 2 or isinstance(self._stack[-1], _Row):
            return
        cell = self._stack.pop()
        top = self._stack[-1]
        if isinstance(cell, _Cell):
            if isinstance(top, _Row):
                top.cells.append(cell.blocks)
            else:
                top.blocks.extend(cell.blocks)

    def _end_row(self) -> None:
        self._flush(1)
        if not isinstance(self._stack[-1], _Row):
            return
        row = self._stack.pop()
        if not isinstance(row, _Row):
            return
        filled = [cell for cell in row.cells if cell]
        if len(filled) == 1:
            # A table that only lays out the page keeps its paragraphs.
            for index, block in enumerate(filled[0]):
                self._add(replace(block, space=row.space) if index == 0 else block)
        elif filled:
            cells = ["\n".join(block.text for block in cell) for cell in row.cells]
            bold = row.cells[0][0].bold if row.cells[0] else 0
            self._add(Block("\t".join(cells).rstrip("\t"), bold, row.space))
        self._gap = 1

    # What is not text.

    def _is_hidden(self, tag: str, attributes: Mapping[str, str]) -> bool:
        if tag == "a" and _NOTE_BACKLINK.match(attributes.get("href") or ""):
            return True
        return "hidden" in attributes or bool(_HIDDEN_STYLE.search(attributes.get("style") or ""))

    def _read_meta(self, attributes: Mapping[str, str]) -> None:
        name = (attributes.get("name") or attributes.get("property") or "").casefold()
        if name in _DATE_NAMES and attributes.get("content"):
            self.metadata.setdefault("date", attributes["content"][:40])
