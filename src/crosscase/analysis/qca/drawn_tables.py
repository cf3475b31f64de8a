"""Truth tables of many draws of memberships at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from crosscase.analysis.qca.data import Floats
from crosscase.analysis.qca.row_fit import TOLERANCE
from crosscase.analysis.qca.sensitivity import Cuts
from crosscase.analysis.qca.space import Space
from crosscase.errors import InputError

Draws = npt.NDArray[np.float64]
_CELLS_AT_ONCE = 4_000_000


def check_draws(draws: Draws, outcome: Draws, n_cases: int, space: Space) -> tuple[Draws, Draws]:
    x, y = np.asarray(draws, dtype=float), np.asarray(outcome, dtype=float)
    k = len(space.levels)
    if x.ndim != 3 or x.shape[1:] != (n_cases, k) or not len(x):
        raise InputError(f"the draws have the shape {x.shape}", mend=f"give draws × {n_cases} cases × {k} conditions")
    if y.ndim == 1:
        y = np.broadcast_to(y, (len(x), len(y)))
    if y.shape != x.shape[:2]:
        raise InputError(f"the outcome's draws have the shape {y.shape}", mend=f"give {x.shape[:2]}")
    for j, count in enumerate(space.levels):
        fits = (x[:, :, j] >= 0) & (x[:, :, j] <= count - 1)
        if count > 2:
            fits &= x[:, :, j] == np.floor(x[:, :, j])
        if not fits.all():
            wanted = "draw memberships" if count == 2 else f"draw levels from 0 to {count - 1}"
            raise InputError(f"a draw of {space.conditions[j]} is missing or outside its range", mend=wanted)
    if not ((y >= 0) & (y <= 1)).all():
        raise InputError("a draw of the outcome is missing or outside [0, 1]", mend="draw memberships")
    return x, y


def middle(x: Draws, space: Space) -> Floats:
    """The median membership, and the most frequent level (the lowest of equally frequent ones)."""
    result: Floats = np.median(x, axis=0)
    for j, count in enumerate(space.levels):
        if count > 2:
            shares = np.stack([(x[:, :, j] == level).mean(axis=0) for level in range(count)])
            result[:, j] = shares.argmax(axis=0)
    return result


def corners(x: Draws, space: Space) -> Any:
    """The number, from 0, of the row of each case (draws × cases); −1 for a case with a membership of .5."""
    two = np.array(space.levels) == 2
    clear = ~((x == 0.5) & two).any(axis=2)
    values = np.where(two, x > 0.5, x).astype(np.int64)
    numbers = space.numbers(values.reshape(-1, x.shape[2])).reshape(x.shape[:2]) - 1
    return np.where(clear, numbers, -1)


def in_level(x: Draws, level: int, count: int) -> Draws:
    """Membership in a literal."""
    result: Draws = (x == level).astype(float) if count > 2 else x if level else 1.0 - x
    return result


@dataclass(frozen=True)
class DrawnTables:
    """Truth tables of all draws over the rows ``numbers`` (from 0): ``outs``, ``incl`` and ``n`` are draws × rows."""

    numbers: Any
    values: Any
    outs: Any
    incl: Floats
    n: Any

    @classmethod
    def of(cls, x: Draws, y: Draws, space: Space, numbers: Any, cuts: Cuts) -> DrawnTables:
        values = space.rows(numbers + 1)
        size = max(1, _CELLS_AT_ONCE // max(1, x.shape[1] * len(values)))
        parts = [
            cls._chunk(x[i : i + size], y[i : i + size], space, values, numbers, cuts) for i in range(0, len(x), size)
        ]
        return cls(numbers, values, *(np.concatenate(part) for part in zip(*parts, strict=True)))

    @staticmethod
    def _chunk(x: Draws, y: Draws, space: Space, values: Any, numbers: Any, cuts: Cuts) -> tuple[Any, Any, Any]:
        m = np.ones((len(x), len(values), x.shape[1]))
        for j, count in enumerate(space.levels):
            for level in range(count):
                asked = values[:, j] == level
                m[:, asked] = np.minimum(m[:, asked], in_level(x[:, :, j], level, count)[:, None, :])
        a = np.minimum(m, y[:, None, :])
        both = np.minimum(a, 1.0 - y[:, None, :]).sum(axis=2)
        total, shared = m.sum(axis=2), a.sum(axis=2)
        with np.errstate(divide="ignore", invalid="ignore"):
            incl = np.where(total > 1e-12, shared / total, np.nan)
            pri = np.where(total - both > 1e-12, (shared - both) / (total - both), 0.0)
        n = (corners(x, space)[:, None, :] == numbers[None, :, None]).sum(axis=2)
        shown = (incl >= cuts.incl_cut - TOLERANCE) & (pri >= cuts.pri_cut - TOLERANCE)
        unclear = (incl >= cuts.low_cut - TOLERANCE) & (incl < cuts.incl_cut - TOLERANCE)
        outs = np.where(shown, 1, np.where(unclear, 2, 0))
        return np.where((n < max(1, cuts.n_cut)) | np.isnan(incl), 3, outs).astype(np.int8), incl, n
