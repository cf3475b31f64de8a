"""Curves as SVG text that follows the page; the numbers stand beside them in a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from math import ceil

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 640, 270, 44, 34, 22
_MOST_STEPS = 5


def saturation_curve(rows: Sequence[tuple[int, float, float, float]]) -> str:
    """Codes seen after as many sources: as coded (steps), and over random orders with their range.

    Parameters
    ----------
    rows
        Per source in order: codes seen so far, expected, lowest and highest over random orders.
    """
    n, ticks = len(rows), round_ticks(max(max(r[0], r[3]) for r in rows) or 1)
    most = ticks[-1]
    wide, high = _WIDTH - _LEFT - 10, _HEIGHT - _BOTTOM - _TOP

    def x(place: float) -> float:
        return round(_LEFT + wide * (place / n), 1)

    def y(value: float) -> float:
        return round(_TOP + high * (1 - value / most), 1)

    upper = [f"{x(i + 1)},{y(r[3])}" for i, r in enumerate(rows)]
    lower = [f"{x(i + 1)},{y(r[2])}" for i, r in enumerate(rows)]
    expected = " ".join(f"{x(i + 1)},{y(r[1])}" for i, r in enumerate(rows))
    seen = " ".join(f"{x(i + 1)},{y(r[0])}" for i, r in enumerate(rows))
    marks = "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{y(t)}" y2="{y(t)}"/>'
        f'<text x="{_LEFT - 8}" y="{y(t) + 4}" text-anchor="end">{t}</text>'
        for t in ticks
    )
    places = [place for place in round_ticks(n) if 0 < place <= n]
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


def round_ticks(most: float) -> list[int]:
    """Whole numbers for an axis from 0 up to or just beyond ``most``, in steps of 1, 2 or 5 times a power of ten.

    >>> round_ticks(46), round_ticks(155), round_ticks(3), round_ticks(1000)
    ([0, 10, 20, 30, 40, 50], [0, 50, 100, 150, 200], [0, 1, 2, 3], [0, 200, 400, 600, 800, 1000])
    """
    steps = (factor * 10**power for power in count() for factor in (1, 2, 5))
    step = next(step for step in steps if step * _MOST_STEPS >= most)
    return list(range(0, step * ceil(most / step) + 1, step))
