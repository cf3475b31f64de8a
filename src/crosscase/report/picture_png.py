"""Pictures for files that cannot hold SVG: the same drawing as PNG, for paper.

PDFium, which reads PDF sources already, draws them. It brings one typeface with it, which has the letters of Western
Europe: a name in other letters is drawn as a number, and ``Picture.key`` says which name each number stands for.
"""

from __future__ import annotations

import ctypes
import math
import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdf
from defusedxml import ElementTree

_INK, _MUTED, _PAPER, _SOFT = (0x1C, 0x1B, 0x19), (0x5D, 0x5A, 0x53), (255, 255, 255), (0xF3, 0xF0, 0xE9)
_FOR, _AGAINST, _WARM = (0x2B, 0x5F, 0x75), (0x93, 0x34, 0x0F), (0xFB, 0xEE, 0xE6)
Colour = tuple[int, int, int]
_KAPPA = 0.5522847498  # control points of a quarter circle


@dataclass(frozen=True)
class _Style:
    fill: Colour | None = None
    stroke: Colour | None = None
    width: float = 1.0
    dashed: bool = False
    round_ends: bool = False
    opacity: float = 1.0


# The classes of ``set_figures`` on paper; the later ones come before the earlier ones.
_STYLES: Mapping[str, _Style] = {
    "pane": _Style(fill=_SOFT),
    "rest": _Style(fill=_SOFT),
    "bad": _Style(fill=_WARM),
    "quad": _Style(stroke=_MUTED, opacity=0.6),
    "ax": _Style(stroke=_MUTED, opacity=0.6),
    "diag": _Style(stroke=_MUTED, dashed=True),
    "cut": _Style(stroke=_AGAINST, width=1.5),
    "curve": _Style(stroke=_FOR, width=2.0),
    "rg": _Style(stroke=_FOR, width=5.0, round_ends=True),
    "yes": _Style(fill=_INK, stroke=_INK, width=1.5),
    "no": _Style(stroke=_MUTED, width=1.5),
    "pt": _Style(fill=_INK, stroke=_PAPER),
    "against": _Style(fill=_AGAINST, stroke=_PAPER),
    "on": _Style(fill=_FOR),
    "off": _Style(fill=_MUTED, opacity=0.7),
}
_FONT_SIZES = {"tx": 12.0, "nm": 11.0}


@dataclass(frozen=True)
class Picture:
    """A drawn picture.

    Attributes
    ----------
    png
        The file.
    width, height
        In CSS pixels, of which there are 96 in an inch.
    said
        The sentence for those who cannot see it.
    key
        Number → name that the typeface cannot write.
    """

    png: bytes
    width: float
    height: float
    said: str
    key: Mapping[int, str] = field(default_factory=dict)


def draw_png(svg: str, *, scale: float = 3.0) -> Picture:
    """Draw a picture of ``set_figures``."""
    root = ElementTree.fromstring(svg)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    document = pdfium.PdfDocument.new()
    try:
        page = document.new_page(width, height)
        sheet = _Sheet(document, page, height)
        for element in root:
            sheet.draw(element)
        pdf.FPDFPage_GenerateContent(page)
        # Drawn anew from the finished page, as a reader would.
        bitmap = page.render(scale=scale, rev_byteorder=True)
        pixels = np.ascontiguousarray(bitmap.to_numpy()[:, :, :3])
    finally:
        document.close()
    return Picture(_png(pixels), width, height, root.attrib.get("aria-label", ""), sheet.key)


class _Sheet:
    """A page that SVG elements are drawn on; y grows downwards in them and upwards here."""

    def __init__(self, document: Any, page: Any, height: float) -> None:
        self.document, self.page, self.height = document, page, height
        self.key: dict[int, str] = {}

    def draw(self, element: Any) -> None:
        drawers = {"rect": self._rect, "line": self._line, "circle": self._circle, "polyline": self._polyline}
        if element.tag == "text":
            self._text(element)
        elif element.tag in drawers:
            drawers[element.tag](element, _style_of(element))

    def _rect(self, element: Any, style: _Style) -> None:
        x, y, wide, high = (float(element.attrib[name]) for name in ("x", "y", "width", "height"))
        self._add(pdf.FPDFPageObj_CreateNewRect(x, self.height - y - high, wide, high), style)

    def _line(self, element: Any, style: _Style) -> None:
        x1, y1, x2, y2 = (float(element.attrib[name]) for name in ("x1", "y1", "x2", "y2"))
        self._path([(x1, y1), (x2, y2)], style)

    def _polyline(self, element: Any, style: _Style) -> None:
        pairs = [pair.split(",") for pair in element.attrib["points"].split()]
        self._path([(float(x), float(y)) for x, y in pairs], style)

    def _path(self, points: Sequence[tuple[float, float]], style: _Style) -> None:
        path = pdf.FPDFPageObj_CreateNewPath(points[0][0], self.height - points[0][1])
        for x, y in points[1:]:
            pdf.FPDFPath_LineTo(path, x, self.height - y)
        self._add(path, style)

    def _circle(self, element: Any, style: _Style) -> None:
        x, y, r = (float(element.attrib[name]) for name in ("cx", "cy", "r"))
        y, k = self.height - y, r * _KAPPA
        path = pdf.FPDFPageObj_CreateNewPath(x + r, y)
        for c1x, c1y, c2x, c2y, to_x, to_y in (
            (r, k, k, r, 0, r),
            (-k, r, -r, k, -r, 0),
            (-r, -k, -k, -r, 0, -r),
            (k, -r, r, -k, r, 0),
        ):
            pdf.FPDFPath_BezierTo(path, x + c1x, y + c1y, x + c2x, y + c2y, x + to_x, y + to_y)
        pdf.FPDFPath_Close(path)
        self._add(path, style)

    def _add(self, path: Any, style: _Style) -> None:
        alpha = round(255 * style.opacity)
        if style.fill is not None:
            pdf.FPDFPageObj_SetFillColor(path, *style.fill, alpha)
        if style.stroke is not None:
            pdf.FPDFPageObj_SetStrokeColor(path, *style.stroke, alpha)
            pdf.FPDFPageObj_SetStrokeWidth(path, style.width)
        if style.dashed:
            pdf.FPDFPageObj_SetDashArray(path, (ctypes.c_float * 2)(4, 4), 2, 0)
        if style.round_ends:
            pdf.FPDFPageObj_SetLineCap(path, pdf.FPDF_LINECAP_ROUND)
        filled = pdf.FPDF_FILLMODE_WINDING if style.fill is not None else pdf.FPDF_FILLMODE_NONE
        pdf.FPDFPath_SetDrawMode(path, filled, style.stroke is not None)
        pdf.FPDFPage_InsertObject(self.page, path)

    def _text(self, element: Any) -> None:
        text = self._writable("".join(element.itertext()).strip())
        if not text:
            return
        classes = element.attrib.get("class", "").split()
        size = next((_FONT_SIZES[c] for c in classes if c in _FONT_SIZES), 12.0)
        font = b"Helvetica-Bold" if "b" in classes else b"Helvetica"
        made = pdf.FPDFPageObj_NewTextObj(self.document, font, size)
        wide = ctypes.create_string_buffer((text + "\0").encode("utf-16-le"))
        pdf.FPDFText_SetText(made, ctypes.cast(wide, ctypes.POINTER(ctypes.c_ushort)))
        pdf.FPDFPageObj_SetFillColor(made, *_INK, 255)
        before = {"middle": 0.5, "end": 1.0}.get(element.attrib.get("text-anchor", "start"), 0.0)
        x, y, turn = _place(element)
        angle = math.radians(-turn)
        cos, sin = math.cos(angle), math.sin(angle)
        back = -before * _width(made)
        pdf.FPDFPageObj_Transform(made, cos, sin, -sin, cos, x + back * cos, self.height - y + back * sin)
        pdf.FPDFPage_InsertObject(self.page, made)

    def _writable(self, text: str) -> str:
        """The text, or a number for one that the typeface has no letters for."""
        if not text or all(0x20 <= ord(c) < 0x7F or c in "–−" or 0xA0 <= ord(c) <= 0xFF for c in text):
            return text.replace("−", "–")
        known = next((number for number, name in self.key.items() if name == text), None)
        number = known or len(self.key) + 1
        self.key[number] = text
        return f"({number})"


def _style_of(element: Any) -> _Style:
    classes = element.attrib.get("class", "").split()
    found = [style for name, style in _STYLES.items() if name in classes]
    return found[-1] if found else _Style(stroke=_MUTED)


def _width(made: Any) -> float:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    pdf.FPDFPageObj_GetBounds(made, left, bottom, right, top)
    return float(right.value - left.value)


def _place(element: Any) -> tuple[float, float, float]:
    """Where a text stands, and by how many degrees it is turned clockwise."""
    if "transform" not in element.attrib:
        return float(element.attrib["x"]), float(element.attrib["y"]), 0.0
    numbers = [float(n) for n in re.findall(r"-?[\d.]+", element.attrib["transform"])]
    x, y, turn = numbers[0], numbers[1], numbers[2] if len(numbers) > 2 else 0.0
    return x, y, turn


def _png(pixels: Any) -> bytes:
    """An image of height × width × 3 bytes as PNG."""
    height, width, _ = pixels.shape
    lines = np.zeros((height, 1 + 3 * width), np.uint8)  # each line begins with its filter: none
    lines[:, 1:] = pixels.reshape(height, -1)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(lines.tobytes(), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
