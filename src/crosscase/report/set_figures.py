"""Pictures of sets as SVG text: XY plots, calibration curves, truth tables, intersections and ranges.

They take their colours from the page and carry their content as text too: every point has its case in a ``title``, and
each picture a sentence for those who cannot see it. Present and absent differ by a filled and an open circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_LABELLED = 40  # with more cases than this the names stand in the titles only


@dataclass(frozen=True)
class Point:
    """A case at a place."""

    name: str
    x: float
    y: float
    mark: str = ""  # "against" draws it in the warning colour


@dataclass(frozen=True)
class TruthLine:
    """A row of a truth table: levels (−1 is don't care), output, number of cases, consistency and what it names."""

    number: int
    levels: tuple[int, ...]
    out: str
    n: int
    incl: float | None
    cases: tuple[str, ...] = ()


@dataclass(frozen=True)
class RangeLine:
    """A choice, its value and the ends of the range in which the solution stays the same (None: no limit found)."""

    label: str
    value: float
    low: float | None
    high: float | None


def xy_plot(points: Sequence[Point], *, x_label: str, y_label: str, size: int = 420) -> str:
    """Membership in a term or solution against membership in the outcome, with its quadrants.

    Cases above the diagonal agree with *sufficient*; those below it and right of .5 speak against it.
    """
    left, top, side = 44, 12, size - 64
    parts = [
        f'<rect class="pane" x="{left}" y="{top}" width="{side}" height="{side}"/>',
        *_quadrants(left, top, side),
        f'<line class="diag" x1="{left}" y1="{top + side}" x2="{left + side}" y2="{top}"/>',
        *_ticks(left, top, side),
    ]
    spots = []
    for name, x, y, mark in _spread(points):
        cx, cy = left + x * side, top + (1 - y) * side
        shown = f"{escape(name)}: {x:.2f}, {y:.2f}"
        parts.append(f'<circle class="pt {mark}" cx="{cx:.1f}" cy="{cy:.1f}" r="4"><title>{shown}</title></circle>')
        spots.append((name, cx, cy))
    parts += _names_beside(spots, (left, top, left + side, top + side))
    parts.append(_axis_labels(left, top, side, x_label, y_label))
    n_against = sum(p.x > 0.5 > p.y for p in points)
    said = f"{len(points)} cases by {x_label} and {y_label}; {n_against} are in the first and not in the second"
    return _svg("xy", size, size, said, parts)


def calibration_plot(
    curve: Sequence[tuple[float, float]],
    cases: Sequence[Point],
    anchors: Sequence[float],
    *,
    x_label: str,
    width: int = 520,
    height: int = 300,
) -> str:
    """The calibration curve with the cases on it and lines at the anchors; x of a point is its raw value."""
    left, top, wide, high = 44, 12, width - 64, height - 60
    low, top_x = min(x for x, _ in curve), max(x for x, _ in curve)
    span = (top_x - low) or 1.0

    def at(x: float, y: float) -> tuple[float, float]:
        return left + (x - low) / span * wide, top + (1 - y) * high

    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in curve))
    parts = [f'<rect class="pane" x="{left}" y="{top}" width="{wide}" height="{high}"/>']
    half = at(low, 0.5)[1]
    parts.append(f'<line class="quad" x1="{left}" x2="{left + wide}" y1="{half:.1f}" y2="{half:.1f}"/>')
    for anchor in anchors:
        x = at(anchor, 0)[0]
        parts.append(f'<line class="quad" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{top + high}"/>')
        parts.append(f'<text class="tx" x="{x:.1f}" y="{top + high + 16}" text-anchor="middle">{anchor:g}</text>')
    parts.append(f'<polyline class="curve" points="{line}"/>')
    spots = []
    for case in cases:
        x, y = at(case.x, case.y)
        shown = f"{escape(case.name)}: {case.x:g} gives {case.y:.2f}"
        parts.append(f'<circle class="pt {case.mark}" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{shown}</title></circle>')
        spots.append((case.name, x, y))
    parts += _names_beside(spots, (left, top, left + wide, top + high))
    for y in (0.0, 0.5, 1.0):
        parts.append(f'<text class="tx" x="{left - 6}" y="{at(low, y)[1] + 4:.1f}" text-anchor="end">{y:g}</text>')
    parts.append(
        f'<text class="tx" x="{left + wide / 2}" y="{height - 8}" text-anchor="middle">{escape(x_label)}</text>'
    )
    said = f"calibration of {x_label} with anchors {', '.join(f'{a:g}' for a in anchors)} and {len(cases)} cases"
    return _svg("cal", width, height, said, parts)


def truth_chart(conditions: Sequence[str], rows: Sequence[TruthLine], cuts: Sequence[float]) -> str:
    """Rows with filled (present) and open (absent) circles, their consistency as a bar with the cuts, and cases."""
    step, column, name_height = 24, 30, 18 + 7 * max((len(c) for c in conditions), default=1)
    bar_at = 40 + column * len(conditions) + 60
    width, height = bar_at + 190, name_height + step * len(rows) + 12
    parts = []
    for j, name in enumerate(conditions):
        x = 40 + column * j + column / 2
        parts.append(
            f'<text class="tx" transform="translate({x + 4:.0f} {name_height - 6}) rotate(-60)">{escape(name)}</text>'
        )
    for x, text in ((bar_at, "consistency"), (bar_at - 56, "OUT"), (bar_at - 27, "n")):
        parts.append(f'<text class="tx" x="{x}" y="{name_height - 6}">{text}</text>')
    for i, row in enumerate(rows):
        y = name_height + step * i + step / 2
        parts.append(f'<text class="tx" x="30" y="{y + 4:.0f}" text-anchor="end">{row.number}</text>')
        for j, level in enumerate(row.levels):
            parts.append(_level(40 + column * j + column / 2, y, level))
        place = bar_at - 50
        parts.append(f'<text class="tx b" x="{place}" y="{y + 4:.0f}">{escape(row.out)}</text>')
        parts.append(f'<text class="tx" x="{place + 30}" y="{y + 4:.0f}" text-anchor="end">{row.n}</text>')
        parts.append(f'<rect class="rest" x="{bar_at}" y="{y - 6:.0f}" width="150" height="12"/>')
        if row.incl is not None:
            shown = f"{escape(', '.join(row.cases)) or 'no case'}: {row.incl:.3f}"
            strong = "on" if row.out == "1" else "off"
            parts.append(
                f'<rect class="bar {strong}" x="{bar_at}" y="{y - 6:.0f}" width="{150 * row.incl:.1f}" height="12">'
                f"<title>{shown}</title></rect>"
            )
            parts.append(f'<text class="tx" x="{bar_at + 156}" y="{y + 4:.0f}">{row.incl:.2f}</text>')
    for cut in cuts:
        x = bar_at + 150 * cut
        parts.append(f'<line class="cut" x1="{x:.1f}" x2="{x:.1f}" y1="{name_height}" y2="{height - 12}"/>')
    on = sum(row.out == "1" for row in rows)
    return _svg("tt", width, height, f"truth table with {len(rows)} rows, {on} of them with the outcome", parts)


def upset_plot(conditions: Sequence[str], rows: Sequence[TruthLine]) -> str:
    """How many cases each combination of conditions has, largest first; up to five conditions stay readable."""
    ordered = sorted((row for row in rows if row.n), key=lambda row: -row.n)
    column, step, bars = 30, 22, 110
    label = 12 + 8 * max((len(c) for c in conditions), default=1)
    width, height = label + column * max(1, len(ordered)) + 12, bars + step * len(conditions) + 20
    most = max((row.n for row in ordered), default=1)
    parts = []
    for j, name in enumerate(conditions):
        y = bars + 10 + step * j + step / 2
        parts.append(f'<text class="tx" x="{label - 8}" y="{y + 4:.0f}" text-anchor="end">{escape(name)}</text>')
    for i, row in enumerate(ordered):
        x = label + column * i + column / 2
        tall = (bars - 24) * row.n / most
        strong = "on" if row.out == "1" else "off"
        parts.append(
            f'<rect class="bar {strong}" x="{x - 9:.0f}" y="{bars - tall:.1f}" width="18" height="{tall:.1f}">'
            f"<title>{escape(', '.join(row.cases))}</title></rect>"
        )
        parts.append(f'<text class="tx" x="{x:.0f}" y="{bars - tall - 5:.1f}" text-anchor="middle">{row.n}</text>')
        for j, level in enumerate(row.levels):
            parts.append(_level(x, bars + 10 + step * j + step / 2, level))
    said = f"{len(ordered)} combinations of {', '.join(conditions)} have cases; the largest has {most}"
    return _svg("up", width, height, said, parts)


def range_plot(lines: Sequence[RangeLine], *, low: float = 0.0, high: float = 1.0, width: int = 520) -> str:
    """The range of each choice as a bar with the chosen value; an end without a limit runs to the border."""
    left, step = 12 + 8 * max((len(line.label) for line in lines), default=1), 34
    wide, span = width - left - 20, (high - low) or 1.0

    def at(value: float) -> float:
        return left + (min(max(value, low), high) - low) / span * wide

    parts = []
    for i, line in enumerate(lines):
        y = 20 + step * i
        a, b = at(low if line.low is None else line.low), at(high if line.high is None else line.high)
        parts.append(f'<text class="tx" x="{left - 8}" y="{y + 4}" text-anchor="end">{escape(line.label)}</text>')
        parts.append(f'<line class="ax" x1="{left}" x2="{left + wide}" y1="{y}" y2="{y}"/>')
        ends = f"{'no limit' if line.low is None else f'{line.low:.3f}'} to " + (
            "no limit" if line.high is None else f"{line.high:.3f}"
        )
        parts.append(f'<line class="rg" x1="{a:.1f}" x2="{b:.1f}" y1="{y}" y2="{y}"><title>{ends}</title></line>')
        parts.append(f'<circle class="pt" cx="{at(line.value):.1f}" cy="{y}" r="4"/>')
        parts.append(f'<text class="tx" x="{a:.1f}" y="{y + 17}" text-anchor="start">{ends}</text>')
    said = "; ".join(f"{line.label} {line.value:g}" for line in lines)
    return _svg("rng", width, 20 + step * len(lines), f"ranges in which the solution stays the same: {said}", parts)


def _level(x: float, y: float, level: int) -> str:
    if level < 0:
        return f'<text class="tx" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">–</text>'
    if level > 1:
        return f'<text class="tx b" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{level}</text>'
    return f'<circle class="{"yes" if level else "no"}" cx="{x:.1f}" cy="{y:.1f}" r="6"/>'


def _quadrants(left: float, top: float, side: float) -> list[str]:
    middle = side / 2
    return [
        f'<rect class="bad" x="{left + middle}" y="{top + middle}" width="{middle}" height="{middle}"/>',
        f'<line class="quad" x1="{left + middle}" x2="{left + middle}" y1="{top}" y2="{top + side}"/>',
        f'<line class="quad" x1="{left}" x2="{left + side}" y1="{top + middle}" y2="{top + middle}"/>',
    ]


def _ticks(left: float, top: float, side: float) -> list[str]:
    parts = []
    for value in (0.0, 0.5, 1.0):
        x, y = left + value * side, top + (1 - value) * side
        parts.append(f'<text class="tx" x="{x}" y="{top + side + 16}" text-anchor="middle">{value:g}</text>')
        parts.append(f'<text class="tx" x="{left - 6}" y="{y + 4}" text-anchor="end">{value:g}</text>')
    return parts


def _axis_labels(left: float, top: float, side: float, x_label: str, y_label: str) -> str:
    return (
        f'<text class="tx" x="{left + side / 2}" y="{top + side + 38}" text-anchor="middle">{escape(x_label)}</text>'
        f'<text class="tx" transform="translate(12 {top + side / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_label)}</text>"
    )


def _names_beside(spots: Sequence[tuple[str, float, float]], box: tuple[float, float, float, float]) -> list[str]:
    """Names beside their points where there is room; a name without room stands in the title of its point only."""
    if len(spots) > _LABELLED:
        return []
    taken = [(x - 5, y - 5, x + 5, y + 5) for _, x, y in spots]
    parts = []
    for name, x, y in spots:
        width = 6.4 * len(name)
        places = [(x + 6, y - 5), (x - 6 - width, y - 5), (x + 6, y + 13), (x - 6 - width, y + 13), (x + 9, y + 4)]
        places += [(x - width / 2, y - 10), (x - width / 2, y + 18)]
        for at, base in places:
            room = (at, base - 9, at + width, base + 2)
            inside = box[0] <= room[0] and box[1] <= room[1] and room[2] <= box[2] and room[3] <= box[3]
            if inside and not any(_overlap(room, other) for other in taken):
                taken.append(room)
                parts.append(f'<text class="nm" x="{at:.1f}" y="{base:.1f}">{escape(name)}</text>')
                break
    return parts


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _spread(points: Sequence[Point]) -> list[tuple[str, float, float, str]]:
    """Points at the same place share one mark with all their names."""
    places: dict[tuple[float, float, str], list[str]] = {}
    for point in points:
        places.setdefault((round(point.x, 4), round(point.y, 4), point.mark), []).append(point.name)
    return [(", ".join(names), x, y, mark) for (x, y, mark), names in places.items()]


def _svg(kind: str, width: float, height: float, said: str, parts: Sequence[str]) -> str:
    return (
        f'<svg class="setfig {kind}" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'role="img" aria-label="{escape(said)}" focusable="false">{"".join(parts)}</svg>'
    )
