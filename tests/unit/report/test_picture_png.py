"""Pictures on paper: what stands in the SVG stands in the PNG, at its place and in its colour."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from docx import Document
from tests.factories.report_content import make_report
from tests.factories.studies import make_study

from crosscase.report import set_figures
from crosscase.report.picture_png import Picture, draw_png
from crosscase.report.word import render_word
from crosscase.services.configurations import configure
from crosscase.services.memberships import Plan, Sets
from crosscase.services.reporting.configurations import configurations
from crosscase.services.reporting.names import Names

INK, PANE, AGAINST, FOR = (0x1C, 0x1B, 0x19), (0xF3, 0xF0, 0xE9), (0x93, 0x34, 0x0F), (0x2B, 0x5F, 0x75)


def _pixels(png: bytes) -> npt.NDArray[np.uint8]:
    """Read the PNG without help of what wrote it."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, content, size = 8, b"", (0, 0)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
            assert tuple(body[8:]) == (8, 2, 0, 0, 0)
        content += body if kind == b"IDAT" else b""
        at += 12 + length
    width, height = size
    lines = np.frombuffer(zlib.decompress(content), np.uint8).reshape(height, 1 + 3 * width)
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape(height, width, 3)


def _near(pixels: npt.NDArray[np.uint8], x: float, y: float, colour: tuple[int, int, int], scale: int = 3) -> bool:
    found = pixels[round(y * scale), round(x * scale)].astype(int)
    return bool(np.abs(found - np.array(colour)).max() < 12)


def test_points_bars_and_panes_have_their_place_and_colour() -> None:
    points = [set_figures.Point("a", 0.0, 1.0), set_figures.Point("b", 0.9, 0.2, "against")]
    drawn = draw_png(set_figures.xy_plot(points, x_label="X", y_label="Y", size=464))
    pixels = _pixels(drawn.png)
    assert pixels.shape == (464 * 3, 464 * 3, 3) and (drawn.width, drawn.height) == (464, 464)
    assert _near(pixels, 44, 12, INK) and _near(pixels, 44 + 0.9 * 400, 12 + 0.8 * 400, AGAINST)
    assert _near(pixels, 150, 100, PANE) and _near(pixels, 20, 440, (255, 255, 255))
    line = set_figures.TruthLine(1, (1, 0), "1", 2, 1.0, ("a", "b"))
    chart = _pixels(draw_png(set_figures.truth_chart(["A", "B"], [line], [0.8])).png)
    y = 18 + 7 + 12
    assert _near(chart, 55, y, INK) and _near(chart, 85, y, (255, 255, 255))  # present is filled, absent is open
    assert _near(chart, 170, y, FOR)  # the bar of a consistency of 1


def test_text_stands_at_its_anchor() -> None:
    def inked(anchor: str) -> tuple[int, int]:
        svg = f'<svg viewBox="0 0 200 40"><text class="tx" x="100" y="25" text-anchor="{anchor}">nnnnnnnn</text></svg>'
        dark = np.flatnonzero((_pixels(draw_png(svg).png).min(axis=2) < 128).any(axis=0))
        return int(dark[0]) // 3, int(dark[-1]) // 3

    start, middle, end = inked("start"), inked("middle"), inked("end")
    assert start[0] in range(99, 104) and end[1] in range(96, 102)
    assert abs(sum(middle) / 2 - 100) < 2


def test_a_name_that_the_typeface_cannot_write_is_a_number_with_a_key() -> None:
    points = [set_figures.Point("Österreich", 0.2, 0.9), set_figures.Point("Ελλάδα", 0.4, 0.4), set_figures.Point("مدرسة", 0.6, 0.7)]  # fmt: skip
    drawn = draw_png(set_figures.xy_plot(points, x_label="Ελλάδα", y_label="Y"))
    assert drawn.key == {1: "Ελλάδα", 2: "مدرسة"}


def test_names_in_a_plot_do_not_lie_on_each_other() -> None:
    crowd = [set_figures.Point(f"case {i}", 0.02 + 0.004 * i, 0.05 + 0.01 * (i % 3)) for i in range(12)]
    svg = set_figures.xy_plot(crowd, x_label="X", y_label="Y")
    from bs4 import BeautifulSoup

    boxes = [
        (float(t["x"]), float(t["y"]) - 9, float(t["x"]) + 6.4 * len(t.get_text()), float(t["y"]) + 2)
        for t in BeautifulSoup(svg, "lxml-xml").select("text.nm")
    ]
    assert 2 <= len(boxes) < 12  # what has no room stays in its point's title
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])
    assert svg.count("<title>case") == 12


@pytest.fixture(scope="module")
def document(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Document, list[Picture]]:  # type: ignore[valid-type]
    frame = pl.read_csv(shared / "data" / "qca" / "T04_LF.csv").with_columns(pl.col("case").replace({"GR": "Ελλάδα"}))
    found = configure(Sets(frame), Plan("SURV", ("DEV", "URB", "LIT", "IND", "STB"), (0.8,)))
    with make_study(tmp_path_factory.mktemp("names")) as study:
        names = Names(study.framework, study.settings, tuple(frame["case"]))
    shown = configurations(found, names, 0.9, linked=False)
    word = render_word(replace(make_report(per_case=20), configurations=shown))
    return Document(io.BytesIO(word)), [draw_png(figure.svg) for figure in shown.figures]


def test_the_word_file_holds_every_picture_with_its_description(document: tuple[Document, list[Picture]]) -> None:  # type: ignore[valid-type]
    word, drawn = document
    descriptions = [p.get("descr") for p in word.element.body.iter("{*}docPr")]  # type: ignore[attr-defined]
    assert descriptions == [picture.said for picture in drawn]
    assert "18 cases by" in " ".join(descriptions)
    stored = {part.blob for part in word.part.package.iter_parts() if part.partname.endswith(".png")}  # type: ignore[attr-defined]
    assert {picture.png for picture in drawn} <= stored
    captions = [p.text for p in word.paragraphs if p.style.name == "Caption"]  # type: ignore[attr-defined]
    assert any(c.endswith("(1) Ελλάδα") for c in captions)
    assert all(shape.width.cm <= 16.61 for shape in word.inline_shapes)  # type: ignore[attr-defined]


def test_the_same_picture_is_the_same_file() -> None:
    svg = set_figures.xy_plot([set_figures.Point("a", 0.3, 0.4)], x_label="X", y_label="Y")
    assert draw_png(svg).png == draw_png(svg).png
