"""Curves as SVG text that follows the page; the numbers stand beside them in a table."""

from __future__ import annotations

from collections.abc import Sequence

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 640, 270, 44, 34, 22


def saturation_curve(rows: Sequence[tuple[int, float, float, float]]) -> str:
    """Codes seen after as many sources: as coded (steps), and over random orders with their range.

    Parameters
    ----------
    rows
        Per source in order: codes seen so far, expected, lowest and highest over random orders.
    """
    n, most = len(rows), max(max(r[0], r[3]) for r in rows) or 1
    wide, high = _WIDTH - _LEFT - 10, _HEIGHT - _BOTTOM - _TOP

    def x(place: float) -> float:
        return round(_LEFT + wide * (place / n), 1)

    def y(value: float) -> float:
        return round(_TOP + high * (1 - value / most), 1)

    upper = [f"{x(i + 1)},{y(r[3])}" for i, r in enumerate(rows)]
    lower = [f"{x(i + 1)},{y(r[2])}" for i, r in enumerate(rows)]
    expected = " ".join(f"{x(i + 1)},{y(r[1])}" for i, r in enumerate(rows))
    seen = " ".join(f"{x(i + 1)},{y(r[0])}" for i, r in enumerate(rows))
    ticks = sorted({round(most * part) for part in (0, 0.25, 0.5, 0.75, 1)})
    marks = "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{y(t)}" y2="{y(t)}"/>'
        f'<text x="{_LEFT - 8}" y="{y(t) + 4}" text-anchor="end">{t}</text>'
        for t in ticks
    )
    places = sorted({1, n, *(round(n * part) for part in (0.25, 0.5, 0.75))} - {0})
    marks += "".join(f'<text x="{x(p)}" y="{_HEIGHT - 14}" text-anchor="middle">{p}</text>' for p in places)
    last = rows[-1][0]
    return (
        f'<svg class="curve" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="Codes seen after each of {n} sources; {last} in the end">{marks}'
        f'<polygon class="band" points="{" ".join([*upper, *reversed(lower)])}"/>'
        f'<polyline class="expected" points="{expected}"/><polyline class="seen" points="{seen}"/>'
        f'<text x="{_WIDTH - 10}" y="{_HEIGHT - 1}" text-anchor="end">sources</text>'
        f'<text x="{_LEFT}" y="{_TOP - 4}">codes</text></svg>'
    )
