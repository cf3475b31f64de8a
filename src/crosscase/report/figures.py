"""Figures as SVG text that follows the page: colours come from its style sheet, widths are shares of the space given.

Colour is never the only carrier: every locus has a pattern of its own, and the numbers stand beside the marks as
text, which is why a figure without a ``title`` is hidden from screen readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from crosscase.report.content import DomainWork, Number

N_PATTERNS = 8

# Overlays on the colour of a locus; drawn with half transparent ink so that the colours stay apart.
_OVERLAYS = (
    "",
    '<path d="M-2 2L2-2M0 8L8 0M6 10L10 6"/>',
    '<circle cx="2" cy="2" r="1"/><circle cx="6" cy="6" r="1"/>',
    '<path d="M0 4H8"/>',
    '<path d="M-2 6L2 10M0 0L8 8M6-2L10 2"/>',
    '<path d="M4 0V8"/>',
    '<path d="M0 4H8M4 0V8"/>',
    '<path d="M0 0L8 8M8 0L0 8"/>',
)


def pattern_definitions() -> str:
    """The patterns of all loci, to stand once in a page before the first bar."""
    patterns = "".join(
        f'<pattern id="p{i}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect class="l{i}" width="8" height="8"/><g class="ov">{overlay}</g></pattern>'
        for i, overlay in enumerate(_OVERLAYS)
    )
    return f'<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>{patterns}</defs></svg>'


def swatch(index: int) -> str:
    """The colour and pattern of a locus, to stand before its name."""
    return (
        '<svg class="sw" width="14" height="14" aria-hidden="true" focusable="false">'
        f'<rect class="seg" width="14" height="14" rx="2" fill="url(#p{index % N_PATTERNS})"/></svg>'
    )


def interval_mark(number: Number, *, emphasis: bool = False, known: bool = True, index: int | None = None) -> str:
    """A dot and its range on the line from 0 to 1.

    Parameters
    ----------
    emphasis
        Draw it in the accent colour.
    known
        ``False`` draws the range dashed and without a dot, as does a number without a value: it is not known.
    index
        Draw it in the colour of this locus.
    """
    parts = [
        '<line class="ax" x1="0" x2="100%" y1="8" y2="8"/>',
        *(f'<line class="tk" x1="{x}%" x2="{x}%" y1="5" y2="11"/>' for x in (0, 50, 100)),
    ]
    tone = f" m{index % N_PATTERNS}" if index is not None else ""
    if number.low is not None and number.high is not None:
        dashed = "" if known and number.value is not None else " un"
        parts.append(
            f'<line class="rg{dashed}" x1="{_percent(number.low)}" x2="{_percent(number.high)}" y1="8" y2="8"/>'
        )
    if known and number.value is not None:
        parts.append(f'<circle class="dt" cx="{_percent(number.value)}" cy="8" r="4.5"/>')
    strong = " em" if emphasis else ""
    return (
        f'<svg class="mk{strong}{tone}" width="100%" height="16" aria-hidden="true" focusable="false">'
        f"{''.join(parts)}</svg>"
    )


def stacked_bar(parts: Sequence[tuple[int, float]], *, height: int = 16, title: str = "") -> str:
    """A bar of shares, left to right in the order given; what is missing to 1 stays empty.

    Parameters
    ----------
    parts
        Index of the locus and its share.
    title
        What the bar shows, for readers who cannot see it; needed where no numbers stand beside it.
    """
    seen = f' role="img" aria-label="{escape(title)}"' if title else ' aria-hidden="true"'
    left, segments = 0.0, []
    for index, share in parts:
        segments.append(
            f'<rect class="seg" x="{_percent(left)}" width="{_percent(share)}" height="{height}" '
            f'fill="url(#p{index % N_PATTERNS})"/>'
        )
        left += share
    return (
        f'<svg class="bar" width="100%" height="{height}" focusable="false"{seen}>'
        f'<rect class="rest" width="100%" height="{height}"/>{"".join(segments)}</svg>'
    )


def work_bar(work: DomainWork, *, height: int = 16, title: str = "") -> str:
    """The shares of all loci of one domain in one case, in the order of the framework."""
    shares = sorted(work.shares, key=lambda share: share.locus.index)
    return stacked_bar([(s.locus.index, s.share.value or 0.0) for s in shares], height=height, title=title)


def _percent(value: float) -> str:
    return f"{100 * min(max(value, 0.0), 1.0):.1f}".removesuffix(".0") + "%"
