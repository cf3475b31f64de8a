from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from crosscase.report import figures
from crosscase.report.content import Number
from crosscase.report.curves import round_ticks, saturation_curve

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> etree._Element:
    return etree.fromstring(svg)


def test_a_dot_and_its_range_stand_where_the_numbers_say() -> None:
    mark = parsed(figures.interval_mark(Number(0.625, 0.5, 0.75)))
    assert mark.find("circle").get("cx") == "62.5%"
    line = next(e for e in mark.iter("line") if "rg" in e.get("class"))
    assert (line.get("x1"), line.get("x2")) == ("50%", "75%")


def test_what_is_unknown_has_a_dashed_range_and_no_dot() -> None:
    mark = parsed(figures.interval_mark(Number(0.5, 0.0, 1.0), known=False))
    assert mark.find("circle") is None
    assert [e.get("class") for e in mark.iter("line") if "rg" in e.get("class")] == ["rg un"]


def test_a_number_outside_the_line_is_drawn_at_its_end() -> None:
    assert parsed(figures.interval_mark(Number(1.2))).find("circle").get("cx") == "100%"


def test_segments_follow_each_other_and_leave_the_rest_empty() -> None:
    bar = parsed(figures.stacked_bar([(0, 0.5), (2, 0.25)]))
    segments = [e for e in bar.iter("rect") if e.get("class") == "seg"]
    assert [(s.get("x"), s.get("width")) for s in segments] == [("0%", "50%"), ("50%", "25%")]


def test_every_locus_has_a_pattern_of_its_own() -> None:
    page = parsed(figures.pattern_definitions())
    drawn = {etree.tostring(p.find("g")) for p in page.iter("pattern")}
    assert len(drawn) == figures.N_PATTERNS


def test_a_figure_without_text_beside_it_says_what_it_shows() -> None:
    bar = parsed(figures.stacked_bar([(0, 1.0)], title='"all" <central>'))
    assert bar.get("role") == "img"
    assert bar.get("aria-label") == '"all" <central>'
    assert parsed(figures.stacked_bar([(0, 1.0)])).get("aria-hidden") == "true"


@settings(deadline=None)
@given(st.floats(min_value=0.5, max_value=1e6))
def test_the_ticks_of_an_axis_are_round_and_reach_its_end(most: float) -> None:
    ticks = round_ticks(most)
    step = ticks[1] - ticks[0]
    assert str(step).rstrip("0") in ("1", "2", "5")
    assert ticks == list(range(0, ticks[-1] + 1, step))
    assert ticks[-2] < most <= ticks[-1]
    assert len(ticks) <= 6


def test_a_curve_of_155_sources_and_46_codes_has_round_numbers_on_both_axes() -> None:
    drawn = saturation_curve([(min(46, 20 + n), min(46.0, 18.0 + n), 10.0, 46.0) for n in range(155)])
    assert re.findall(r">(\d+)</text>", drawn) == ["0", "10", "20", "30", "40", "50", "50", "100", "150"]
