"""Paragraphs, tables and page marks of a Word file, in styles that its reader can change in one place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime
from io import BytesIO
from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table

_INK, _MUTED, _ACCENT = RGBColor(0x1C, 0x1B, 0x19), RGBColor(0x5D, 0x5A, 0x53), RGBColor(0x93, 0x34, 0x0F)
_SERIF, _SANS = "Georgia", "Arial"
# What XML cannot hold; a source may.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# Characters that turn the direction of what follows them; in a name they would turn the rest of the line.
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean(text: str, *, name: bool = False) -> str:
    """Text that a Word file can hold; in a ``name``, also without marks that turn the direction of the line."""
    kept = _FORBIDDEN.sub("\ufffd", text)
    return _TURNING.sub("", kept) if name else kept


class WordFile:
    """A Word document that is being written, front to back."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self._ids: dict[str, str] = {}

    def set_up(self, title: str, made_at: datetime, mark: str) -> None:
        """Page, styles, properties, and what stands at the head and foot of every page."""
        properties = self.document.core_properties
        properties.title, properties.author, properties.comments = clean(title), "Crosscase", mark
        properties.created = properties.modified = made_at
        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.1)
        section.top_margin, section.bottom_margin = Cm(2.2), Cm(2.0)
        self._styles()
        if mark:
            self.dress(section.header.paragraphs[0], "Mark").add_run(mark)
        foot = self.dress(section.footer.paragraphs[0], "Small")
        foot.add_run(f"{clean(title, name=True)} · ")
        _page_number(foot)

    def paragraph(self, text: str = "", style: str = "Normal") -> Any:
        return self.dress(self.document.add_paragraph(clean(text)), style)

    def heading(self, text: str, level: int) -> None:
        self.paragraph(clean(text, name=True), f"Heading {level}" if level else "Title")

    def dress(self, paragraph: Any, style: str) -> Any:
        """Give a paragraph its style; a style's id is looked up once, since the library searches all of them twice."""
        if style not in self._ids:
            self._ids[style] = self.document.styles[style].style_id
        paragraph._p.style = self._ids[style]
        return paragraph

    def banner(self, text: str) -> None:
        """A sentence that nobody should miss."""
        paragraph = self.paragraph(text, "Mark")
        _shade(paragraph._p.get_or_add_pPr(), "FFF1C9")

    def labelled(self, label: str, text: str) -> None:
        """A paragraph that begins with its label in bold."""
        paragraph = self.paragraph(style="Small")
        paragraph.add_run(f"{clean(label, name=True)}. ").bold = True
        paragraph.add_run(clean(text))

    def table(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        widths: Sequence[float],
        numeric: Sequence[int] = (),
        caption: str = "",
    ) -> None:
        """A table with thin lines whose header row is repeated on every page; ``widths`` in centimetres."""
        if caption:
            shown = self.paragraph(caption, "Caption")
            shown.paragraph_format.keep_with_next = True
        table = self.document.add_table(rows=0, cols=len(header))
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
        # Every cell costs several searches in the styles, so a row is made once and copied.
        for texts, is_header in ((header, True), *(((rows[0], False),) if rows else ())):
            self._row(table, texts, widths, numeric, is_header=is_header)
        for texts in rows[1:]:
            copied = deepcopy(table.rows[1]._tr)
            for run, text in zip(copied.iter(qn("w:r")), texts, strict=True):
                run.text = clean(text, name=True)
            table._tbl.append(copied)
        self.paragraph(style="Small").paragraph_format.space_after = Pt(2)

    def picture(self, png: bytes, width: float, said: str, caption: str) -> None:
        """A picture with its caption; ``width`` in centimetres, ``said`` for those who cannot see it."""
        self.document.add_picture(BytesIO(png), width=Cm(width))
        paragraph = self.document.paragraphs[-1]
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.space_before = Pt(8)
        for properties in paragraph._p.iter(qn("wp:docPr")):
            properties.set("descr", clean(said, name=True))
        self.paragraph(caption, "Caption")

    def _row(
        self, table: Table, texts: Sequence[str], widths: Sequence[float], numeric: Sequence[int], *, is_header: bool
    ) -> None:
        row = table.add_row()  # type: ignore[no-untyped-call]
        _keep_together(row, repeat=is_header)
        for column, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            cell.width = Cm(widths[column])
            paragraph = self.dress(cell.paragraphs[0], "Table head" if is_header else "Table text")
            run = paragraph.add_run(clean(text, name=True))
            run.bold = column == 0 and not is_header
            if column in numeric:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _bottom_line(cell, 8 if is_header else 4)

    def _styles(self) -> None:
        styles = self.document.styles
        normal = styles["Normal"]
        _font(normal, _SERIF, 10.5)
        normal.paragraph_format.space_after, normal.paragraph_format.line_spacing = Pt(6), 1.2
        for name, size, before in (
            ("Title", 24, 0),
            ("Heading 1", 16, 20),
            ("Heading 2", 12.5, 14),
            ("Heading 3", 10.5, 9),
        ):
            style = styles[name]
            _font(style, _SERIF, size, bold=True)
            style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(5)
            style.paragraph_format.keep_with_next = True
        _no_border(styles["Title"])
        _font(styles["Quote"], _SERIF, 10.5)
        styles["Quote"].font.italic = False
        styles["Quote"].paragraph_format.left_indent = Cm(0.6)
        styles["Quote"].paragraph_format.space_after = Pt(1)
        styles["Quote"].paragraph_format.keep_with_next = True
        _font(styles["Caption"], _SANS, 8.5, color=_MUTED)
        for name, size, color in (
            ("Small", 8.5, _MUTED),
            ("Attribution", 8, _MUTED),
            ("Table text", 8.5, _INK),
            ("Table head", 8, _MUTED),
            ("Mark", 8.5, _ACCENT),
            ("Statement", 13, _INK),
        ):
            style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            style.base_style = normal
            _font(style, _SERIF if name == "Statement" else _SANS, size, bold=name == "Mark", color=color)
            style.paragraph_format.space_before = Pt(2 if name.startswith("Table") else 0)
            style.paragraph_format.space_after = Pt(2 if name.startswith("Table") else 5)
            style.paragraph_format.line_spacing = 1.15
        styles["Attribution"].paragraph_format.left_indent = Cm(0.6)
        styles["Attribution"].paragraph_format.space_after = Pt(8)


def _font(style: Any, family: str, size: float, *, bold: bool = False, color: RGBColor = _INK) -> None:
    style.font.name, style.font.size, style.font.bold = family, Pt(size), bold
    style.font.color.rgb = color
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    # Heading styles name theme fonts, which would win over the family.
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:hAnsi"), family)
    fonts.set(qn("w:cs"), family)


def _element(name: str, **attributes: str) -> Any:
    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    return element


def _shade(properties: Any, fill: str) -> None:
    properties.append(_element("w:shd", val="clear", color="auto", fill=fill))


def _no_border(style: Any) -> None:
    properties = style.element.get_or_add_pPr()
    for border in properties.findall(qn("w:pBdr")):
        properties.remove(border)


def _keep_together(row: Any, *, repeat: bool) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(_element("w:cantSplit"))
    if repeat:
        properties.append(_element("w:tblHeader"))


def _bottom_line(cell: Any, width: int) -> None:
    borders = _element("w:tcBorders")
    borders.append(_element("w:bottom", val="single", sz=str(width), space="0", color="BEB9AD"))
    cell._tc.get_or_add_tcPr().append(borders)


def _page_number(paragraph: Any) -> None:
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        if kind:
            run._r.append(_element("w:fldChar", fldCharType=kind))
        else:
            instruction = _element("w:instrText")
            instruction.text = text
            run._r.append(instruction)
