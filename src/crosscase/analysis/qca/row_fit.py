"""Configurations and cases: which one each case belongs to, its membership in each, and what each row shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crosscase.analysis.qca.data import Floats, Selection
from crosscase.analysis.qca.fit import share
from crosscase.analysis.qca.space import Flags, Ints

TOLERANCE = 1e-9  # a consistency of 0.8 that was summed in another order still reaches a cut of 0.8


def row_memberships(selection: Selection, rows: Sequence[Sequence[int]]) -> Floats:
    """Rows × cases: membership of each case in each configuration.

    −1 asks for the cases for which a condition is *don't care*.
    """
    result = np.ones((len(rows), len(selection.cases)))
    for j, name in enumerate(selection.names):
        asked = np.array([row[j] for row in rows], np.int64)
        for level in set(asked.tolist()):
            dont_care = selection.conditions.dont_care[:, j].astype(float)
            part = dont_care if level < 0 else selection.conditions.membership(name, level)
            result[asked == level] = np.minimum(result[asked == level], part)
    return result


def row_membership(selection: Selection, values: Sequence[int]) -> Floats:
    """``row_memberships`` of one configuration."""
    result: Floats = row_memberships(selection, [values])[0]
    return result


def row_fits(x: Floats, y: Floats) -> list[tuple[float | None, float | None]]:
    """Consistency and PRI of each row of memberships; None where they are not defined."""
    a = np.minimum(x, y)
    sums = np.stack([a.sum(axis=1), x.sum(axis=1), np.minimum(a, 1.0 - y).sum(axis=1)], axis=1)
    return [(share(both, all_), share(both - doubled, all_ - doubled)) for both, all_, doubled in sums.tolist()]


def corners_of(selection: Selection) -> Ints:
    values = selection.values
    two = np.array(selection.levels) == 2
    levels = np.where(two, values > 0.5, np.nan_to_num(values, nan=-1.0))
    result: Ints = np.where(np.isnan(values), -1, levels).astype(np.int64)
    return result


def at_half(selection: Selection) -> Flags:
    result: Flags = (selection.values == 0.5) & (np.array(selection.levels) == 2)
    return result


def output(incl: float | None, pri: float | None, n: int, cuts: tuple[float, float, int, float]) -> str:
    high, low, n_cut, pri_cut = cuts
    if n < n_cut or incl is None:
        return "?"
    if incl >= high - TOLERANCE:
        return "1" if pri is not None and pri >= pri_cut - TOLERANCE else "0"
    return "C" if incl >= low - TOLERANCE else "0"
