"""Has the search found most of what speaks against a claim? Good and Turing's estimate of the unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from crosscase.errors import Degenerate


@dataclass(frozen=True)
class Saturation:
    """``unseen`` is the probability that the next refuting passage shows something that none has shown before.

    ``curve`` has, after each source in the order of reading, how many distinct refuting points were known.
    """

    n_passages: int
    n_distinct: int
    n_once: int
    unseen: float
    low: float
    high: float
    level: float
    curve: tuple[int, ...]

    @property
    def sentence(self) -> str:
        """The estimate in a sentence."""
        return (
            f"{self.n_passages} refuting or qualifying passages make {self.n_distinct} distinct points, {self.n_once} "
            f"of them seen once; the next such passage shows a new point with probability {self.unseen:.2f} "
            f"({self.low:.2f} to {self.high:.2f})."
        )


def saturation(
    points: Mapping[str, Sequence[str]], order: Sequence[str] | None = None, *, level: float = 0.90
) -> Saturation:
    """How much counter-evidence is likely to be unseen.

    Parameters
    ----------
    points
        Source → the distinct point that each of its refuting passages makes (the indicator, say), once per passage.
    order
        Sources in the order of reading, those without refuting passages too; by default as in ``points``.
    level
        Probability inside the interval.

    Returns
    -------
    ``unseen`` = n₁ / n: passages whose point was seen once, over all passages (Good 1953).

    Raises
    ------
    Degenerate
        No passage refutes: a share of nothing is not defined. That nothing was found is reported as such.

    Notes
    -----
    The interval is the normal one with the variance of Esty (1983), (n₁ + 2 n₂ − n₁²/n) / n², kept inside [0, 1]. Where
    every point or no point was seen once that variance says little, and the open end is the exact one of n trials
    that all went one way. Passages are taken as exchangeable; several of one source are less
    than that, so the interval is too narrow where few sources hold all counter-evidence.
    """
    counts: dict[str, int] = {}
    for source in points:
        for point in points[source]:
            counts[point] = counts.get(point, 0) + 1
    n = sum(counts.values())
    if n == 0:
        raise Degenerate("no passage refutes or qualifies the claim", where="saturation", mend="nothing to estimate")
    once = sum(c == 1 for c in counts.values())
    twice = sum(c == 2 for c in counts.values())
    unseen = once / n
    variance = max((once + 2 * twice - once**2 / n) / n**2, 0.0)
    half = float(norm.ppf(0.5 + level / 2)) * float(np.sqrt(variance))
    known: set[str] = set()
    curve = []
    for source in order if order is not None else list(points):
        known.update(points.get(source, ()))
        curve.append(len(known))
    low, high = max(0.0, unseen - half), min(1.0, unseen + half)
    if once == n:
        # Everything was seen once: the variance is 0, which would be sure of knowing nothing.
        low = (1.0 - level) ** (1.0 / n)
    if once == 0:
        high = 1.0 - (1.0 - level) ** (1.0 / n)
    return Saturation(n, len(counts), once, unseen, low, high, level, tuple(curve))
