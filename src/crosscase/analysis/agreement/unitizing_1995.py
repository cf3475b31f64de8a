"""Krippendorff's first α for unitizing, to reproduce what was published with it."""

from __future__ import annotations

from itertools import permutations
from numbers import Integral
from typing import Any

import numpy as np

from crosscase.errors import Degenerate, InputError

from .estimate import Estimate
from .ratings import Floats
from .spans import Marks, Spans, chosen, read_spans, units_of, values_named


def unitizing_alpha_1995(spans: Spans, length: int, value: Any = None) -> Estimate:
    """Krippendorff's α_U of 1995; use ``unitizing_alpha`` for new work.

    α_U = 1 − Σ_c D_oc / Σ_c D_ec. With sections g (units, v = 1, and gaps, v = 0) of beginning b and length l, L the
    length of the line and m coders, D_oc = Σ_{i≠j} Σ_gh δ² / [m (m − 1) L²] where δ² of two overlapping units is
    (b_g − b_h)² + (b_g + l_g − b_h − l_h)², of a unit inside a gap l_g², else 0; and

    D_ec = (2/L) Σ_g v_g [(N − 1)/3 (2 l_g³ − 3 l_g² + l_g) + l_g² Σ_h (1 − v_h) (l_h − l_g + 1)_{l_h ≥ l_g}]
    / [m L (m L − 1) − Σ_g v_g l_g (l_g − 1)], N units of value c.

    Parameters
    ----------
    spans
        ``{coder: [(start, end, value), …]}``, half-open whole numbers on one line.
    length
        Of the line.
    value
        One value; without it all together, a line for each.

    Returns
    -------
    Value at most 1, without an interval: none was published, and the 2016 family replaced this coefficient because it
    misbehaves with more than two coders.

    Raises
    ------
    Degenerate
        Fewer than two coders, no spans, or a line so short that nothing could differ.
    OffsetError, InputError
        A span outside the line or not of whole numbers. A unit that overlaps another of its value is joined with it.

    Notes
    -----
    Krippendorff 1995, Sociological Methodology 25:47; 2004, Content Analysis, §11.6 (with D_e corrected).
    """
    if not isinstance(length, Integral) or length < 1:
        raise InputError(f"the line is a whole number of places, not {length!r} long", where="length=")
    marks = read_spans(spans, length).shared()
    if (marks.start % 1 != 0).any() or (marks.end % 1 != 0).any():
        raise InputError("spans are whole numbers here", where="spans", mend="use unitizing_alpha")
    if not marks.values:
        raise Degenerate("α_U is not defined: nothing was marked")
    names = marks.values if value is None else values_named([value], marks)
    observed, expected, n_units = 0.0, 0.0, 0
    for name in names:
        sections, count = _sections(chosen(marks, name))
        observed += _observed(sections, float(length))
        expected += _expected(sections, float(length))
        n_units += count
    if not expected > 0.0:
        raise Degenerate("α_U is not defined: on so short a line nothing could differ")
    return Estimate(
        value=1.0 - observed / expected,
        low=None,
        high=None,
        se=None,
        method="none",
        level=0.95,
        n_units=n_units,
        n_clusters=1,
        n_coders=len(spans),
        coefficient="α_U (1995)",
        disagreement=observed,
        expected_disagreement=expected,
        note="no interval: none was published for this coefficient",
    )


Sections = list[tuple[Floats, Floats]]
"""Per coder: units (beginning and length, 2 × n) and gaps (2 × n)."""


def _sections(marks: Marks) -> tuple[Sections, int]:
    zeros = np.zeros_like(marks.value)
    units, begin = units_of(marks, zeros, zeros + 1, 1)
    found = []
    for coder in range(len(marks.coders)):
        mine = units.coder == coder
        start, end = units.start[mine], units.end[mine]
        left, right = np.append(begin[0], end), np.append(start, begin[-1])
        gap = right > left
        found.append((np.array([start, end - start]), np.array([left[gap], (right - left)[gap]])))
    return found, len(units.coder)


def _observed(sections: Sections, line: float) -> float:
    total, m = 0.0, len(sections)
    for (units, gaps), (other_units, other_gaps) in permutations(sections, 2):
        total += _between_units(units, other_units) + _inside(units, other_gaps) + _inside(other_units, gaps)
    return total / (m * (m - 1) * line**2)


def _between_units(units: Floats, others: Floats) -> float:
    (start, long), (other, other_long) = units[:, :, None], others[:, None, :]
    end, other_end = start + long, other + other_long
    overlap = (start < other_end) & (other < end)
    return float((((start - other) ** 2 + (end - other_end) ** 2) * overlap).sum())


def _inside(units: Floats, gaps: Floats) -> float:
    (start, long), (gap, gap_long) = units[:, :, None], gaps[:, None, :]
    return float((long**2 * ((gap <= start) & (start + long <= gap + gap_long))).sum())


def _expected(sections: Sections, line: float) -> float:
    m = len(sections)
    units = np.concatenate([units[1] for units, _ in sections])
    gaps = np.concatenate([gaps[1] for _, gaps in sections])
    room = gaps[None, :] - units[:, None]
    placed = (np.where(room >= 0, room + 1.0, 0.0)).sum(axis=1)
    together = (len(units) - 1) / 3.0 * (2.0 * units**3 - 3.0 * units**2 + units)
    pairs = m * line * (m * line - 1.0) - (units * (units - 1.0)).sum()
    return float(2.0 / line * (together + units**2 * placed).sum() / pairs)
