"""Classes that no cover within a budget can have, by what the rows are worth.

A price for every row, such that no class covers rows worth more than 1 together, makes their sum a lower bound of the
size of any cover (the dual of the fractional cover problem). A class that covers rows worth less than 1 by more than
the budget exceeds the bound is in no cover within the budget (*reduced-cost fixing*; Balas & Ho 1980, *Mathematical
Programming Study* 12:37-60). Both are exact: no cover within the budget is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_array

Bits = int
_MARGIN = 1e-7


@dataclass(frozen=True)
class Prices:
    """What the rows are worth: no cover has fewer classes than ``at_least``; ``allowed`` may be in one that fits."""

    at_least: int
    allowed: Bits


def price_rows(rows: Sequence[Bits], budget: int) -> Prices:
    """A lower bound of the size of any cover of the rows, and the classes that may be in a cover within the budget."""
    width = max(rows).bit_length()
    size = (width + 7) // 8
    raw = np.frombuffer(b"".join(row.to_bytes(size, "little") for row in rows), np.uint8).reshape(len(rows), size)
    chart = np.unpackbits(raw, axis=1, count=width, bitorder="little")
    used = np.flatnonzero(chart.any(axis=0))
    columns = np.unique(chart[:, used], axis=1)
    found = linprog(
        -np.ones(len(rows)),
        A_ub=csc_array(columns.T.astype(float)),
        b_ub=np.ones(columns.shape[1]),
        bounds=(0.0, 1.0),
        method="highs-ds",
    )
    if found.x is None:
        return Prices(1, sum(1 << int(i) for i in used))
    # Whatever the solver's tolerance: prices that are scaled down until no class exceeds 1 are a valid bound.
    prices = np.maximum(found.x, 0.0)
    worth = prices @ chart
    prices, worth = prices / max(1.0, float(worth.max())), worth / max(1.0, float(worth.max()))
    bound = float(prices.sum())
    fits = (chart.any(axis=0)) & (1.0 - worth <= budget - bound + _MARGIN)
    packed = np.packbits(fits, bitorder="little").tobytes()
    return Prices(int(np.ceil(bound - _MARGIN)), int.from_bytes(packed, "little"))
