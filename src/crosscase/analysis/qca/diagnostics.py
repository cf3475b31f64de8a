"""Is a calibrated set fit for use? Skewness, cases at exactly .5, anchors that no case reaches, the curve itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis.qca.answer import NAMES, Answer, Schema
from crosscase.analysis.qca.calibrate import Floats, calibrate
from crosscase.analysis.qca.data import Columns, Frame, read_columns
from crosscase.errors import InputError

# Fewer than a fifth of the cases on one side of .5 makes a set skewed (Oana, Schneider & Thomann 2021, chapter 2).
SKEWED = 0.2


@dataclass(frozen=True)
class SetDiagnostics(Answer):
    """How the cases lie in each set.

    ``table``: ``set``, ``n_cases``, ``n_above`` and ``n_below`` .5, ``n_at_half``, ``share_above``, ``skewed``,
    ``at_half`` (names of the cases at exactly .5, which are neither in nor out).
    """

    @property
    def at_half(self) -> dict[str, tuple[str, ...]]:
        """Set → the cases at exactly .5, for sets that have some."""
        return {row["set"]: tuple(row["at_half"]) for row in self.table.iter_rows(named=True) if row["n_at_half"]}

    @property
    def ambiguous_cases(self) -> tuple[str, ...]:
        """Cases that are at exactly .5 in some set, in the order of the data."""
        named = {case for cases in self.at_half.values() for case in cases}
        return tuple(case for case in self.parameters["cases"] if case in named)


@dataclass(frozen=True)
class CalibrationCurve:
    """Raw values against memberships, to be drawn.

    Attributes
    ----------
    grid, curve
        Points of the curve.
    cases, raw, membership
        One entry per case.
    anchors
        As they were given.
    zones
        How many cases lie in each zone between anchors, lowest raw value first.
    empty
        Sentences about anchors beyond which there is no case: the far end of the set is then not observed.
    """

    grid: Floats
    curve: Floats
    cases: tuple[str, ...]
    raw: Floats
    membership: Floats
    anchors: tuple[float, ...]
    zones: tuple[int, ...]
    empty: tuple[str, ...]

    @property
    def at_half(self) -> tuple[str, ...]:
        """Cases at exactly .5."""
        return tuple(case for case, m in zip(self.cases, self.membership, strict=True) if m == 0.5)


def diagnose_sets(
    frame: Frame, sets: Sequence[str], *, skewed: float = SKEWED, cases: str | Sequence[object] | None = None
) -> SetDiagnostics:
    """Which sets are skewed, and which cases are neither in nor out.

    Parameters
    ----------
    frame
        A data frame with a row per case.
    sets
        Columns with memberships.
    skewed
        A set is skewed when fewer than this share of its cases lie above .5, or fewer below.
    """
    columns = read_columns(frame, sets, cases=cases)
    rows = [_row(columns, name, skewed) for name in columns.names]
    schema: Schema = {
        "set": pl.String,
        "n_cases": pl.Int64,
        "n_above": pl.Int64,
        "n_below": pl.Int64,
        "n_at_half": pl.Int64,
        "share_above": pl.Float64,
        "skewed": pl.Boolean,
        "at_half": NAMES,
    }
    return SetDiagnostics(pl.DataFrame(rows, schema=schema), {"skewed": skewed, "cases": columns.cases})


def _row(columns: Columns, name: str, skewed: float) -> dict[str, object]:
    if columns.level_of(name) > 2:
        raise InputError(f"{name} has more than two levels", mend="diagnose memberships only")
    x = columns.column(name)
    above, below = int((x > 0.5).sum()), int((x < 0.5).sum())
    n = int((~np.isnan(x)).sum())
    half = [case for case, value in zip(columns.cases, x, strict=True) if value == 0.5]
    return {
        "set": name,
        "n_cases": n,
        "n_above": above,
        "n_below": below,
        "n_at_half": len(half),
        "share_above": above / n,
        "skewed": min(above, below) < skewed * n,
        "at_half": half,
    }


def calibration_curve(
    x: Sequence[float],
    anchors: Sequence[float] | Mapping[str, float],
    *,
    cases: Sequence[object] | None = None,
    n_points: int = 201,
    **options: Any,
) -> CalibrationCurve:
    """The curve of a direct calibration with the cases on it, and what the anchors leave empty.

    ``options`` are those of ``calibrate``.
    """
    membership = calibrate(x, anchors, cases=cases, **options)
    raw = np.asarray(list(x), dtype=float)
    points = tuple(float(a) for a in (anchors.values() if isinstance(anchors, Mapping) else anchors))
    low, high = min(float(raw.min()), *points), max(float(raw.max()), *points)
    margin = 0.05 * (high - low)
    grid = np.unique(np.concatenate([np.linspace(low - margin, high + margin, n_points), points]))
    ordered = sorted(set(points))
    zones = np.bincount(np.searchsorted(ordered, raw, side="right"), minlength=len(ordered) + 1)
    return CalibrationCurve(
        grid=grid,
        curve=calibrate(grid.tolist(), anchors, **options),
        cases=tuple(str(i + 1) for i in range(len(raw))) if cases is None else tuple(map(str, cases)),
        raw=raw,
        membership=membership,
        anchors=points,
        zones=tuple(int(z) for z in zones),
        empty=_empty(raw, ordered),
    )


def _empty(raw: Floats, ordered: Sequence[float]) -> tuple[str, ...]:
    said = []
    if raw.min() > ordered[0]:
        said.append(f"no case reaches the anchor {ordered[0]:g}; the lowest raw value is {raw.min():g}")
    if raw.max() < ordered[-1]:
        said.append(f"no case reaches the anchor {ordered[-1]:g}; the highest raw value is {raw.max():g}")
    return tuple(said)
