"""How much to double-code: which sources, how many, and how often to look.

All answers are in sources, because sources are what an interval of agreement rests on: another passage of the same
interview says little that is new.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from scipy.special import ndtr, ndtri, stdtrit

from crosscase.analysis.agreement.estimate import check_level
from crosscase.errors import Degenerate, InputError
from crosscase.model.seed import check_seed

MOST_SOURCES = 100_000


def width_at(se: float, n_pilot: int, n: int, level: float = 0.95) -> float:
    """Width of the interval that ``n`` sources would give, from a pilot's jackknife standard error.

    The standard error falls with the square root of the number of sources: 2 t(n − 1) se √(n_pilot / n). The pilot's
    sources must be a fair sample of those to come; the rule is ours. Raises ``InputError`` for a level outside (0, 1).
    """
    check_level(level)
    return 2.0 * float(stdtrit(n - 1, (1.0 + level) / 2.0)) * se * math.sqrt(n_pilot / n)


def sources_needed(se: float, n_pilot: int, width: float, level: float = 0.95) -> int:
    """The smallest number of sources, two at least, whose interval is no wider than ``width``.

    Raises ``InputError`` for a width that is not above 0 or a level outside (0, 1), and ``Degenerate`` where no pilot
    says how values vary.

    >>> sources_needed(se=0.06, n_pilot=12, width=0.20)  # twelve interviews gave 0.26
    20
    """
    if not 0.0 < width < 2.0:
        raise InputError(f"a width lies between 0 and 2, not {width!r}", where="planning", mend="0.2 is usual")
    if n_pilot < 2 or not 0.0 <= se < math.inf:
        raise Degenerate("a pilot of two sources or more is needed to know how values vary")
    if se == 0.0:
        raise Degenerate("all sources of the pilot agree alike, so it does not say how values vary")
    low, high = 2, 4
    while width_at(se, n_pilot, high, level) > width:
        high *= 2
        if high > MOST_SOURCES:
            raise Degenerate(f"more than {MOST_SOURCES} sources would be needed")
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if width_at(se, n_pilot, middle, level) <= width else (middle + 1, high)
    return low


@dataclass(frozen=True)
class Stratum:
    """Sources of one case, kind and level: how many there are and which were drawn."""

    case: str
    kind: str
    level: str
    n_sources: int
    drawn: tuple[str, ...]


def draw_sources(sources: pl.DataFrame, n: int, seed: int, kinds: Sequence[str] = ()) -> tuple[Stratum, ...]:
    """Draw ``n`` sources for double coding, stratified by case, kind and level.

    Every stratum gets its share, rounded by largest remainders (ties by the draw); where ``n`` allows it, each gets one
    at least. The same seed and sources give the same sample.

    Parameters
    ----------
    sources
        ``name``, ``case``, ``kind``, ``level``; sources of no case and context sources are left out.
    kinds
        Only these kinds, or all.

    Raises
    ------
    InputError
        Fewer sources than asked for, or ``n`` below 1.
    """
    check_seed(seed, "draw")
    pool = sources.filter(pl.col("case").is_not_null() & (pl.col("kind") != "context"))
    if kinds:
        pool = pool.filter(pl.col("kind").is_in(list(kinds)))
    pool = pool.with_columns(pl.col("level").fill_null("")).sort("case", "kind", "level", "name")
    if n < 1:
        raise InputError(f"{n} sources cannot be drawn", where="sampling plan", mend="ask for one at least")
    if not pool.height:
        raise no_such_kind(sources, kinds)
    if n > pool.height:
        raise InputError(f"{n} of {pool.height} sources cannot be drawn", where="sampling plan", mend="ask for fewer")
    rng = np.random.default_rng(seed)
    cells = pool.partition_by("case", "kind", "level", maintain_order=True, as_dict=True)
    shares = _shares([cell.height for cell in cells.values()], n, rng)
    found = []
    for ((case, kind, level), cell), many in zip(cells.items(), shares, strict=True):
        picked = np.sort(rng.permutation(cell.height)[:many])
        names = cell["name"].gather(pl.Series(picked, dtype=pl.Int64)).to_list()
        found.append(Stratum(str(case), str(kind), str(level), cell.height, tuple(names)))
    return tuple(found)


def no_such_kind(sources: pl.DataFrame, kinds: Sequence[str]) -> InputError:
    """The sentence that no case has a source of these kinds, and which kinds there are."""
    known = ", ".join(sources["kind"].unique().sort().to_list()) or "none"
    what = f"there is no source of the kind {', '.join(kinds)} in a case" if kinds else "no source belongs to a case"
    return InputError(what, where="sampling plan", mend=f"kinds in this study: {known}")


def _shares(sizes: Sequence[int], n: int, rng: np.random.Generator) -> list[int]:
    """How many of each stratum: proportional, none above its size, one at least where n allows it."""
    size = np.array(sizes)
    floor = np.ones(len(size), dtype=np.int64) if n >= len(size) else np.zeros(len(size), dtype=np.int64)
    exact = n * size / size.sum()
    given = np.maximum(np.floor(exact).astype(np.int64), floor)
    ties = rng.permutation(len(size))
    while given.sum() != n:
        rest = exact - given
        if given.sum() < n:
            open_ = [i for i in ties if given[i] < size[i]]
            given[max(open_, key=lambda i: rest[i])] += 1
        else:
            open_ = [i for i in ties if given[i] > floor[i]]
            given[min(open_, key=lambda i: rest[i])] -= 1
    return [int(x) for x in given]


def look_levels(shares: Sequence[float], level: float = 0.95) -> tuple[float, ...]:
    """The level of the interval at each planned look, so that all looks together keep ``level``.

    Parameters
    ----------
    shares
        Share of the planned sources that is double-coded at each look, rising to 1, fixed before the first look.

    Notes
    -----
    Alpha spending with the O'Brien–Fleming-like function of Lan & DeMets 1983, Biometrika 70:659:
    α(t) = 2 − 2 Φ(z_{1 − α/2} / √t). What is newly spent at a look is that look's α; treating the looks as if they were
    disjoint is conservative (Bonferroni), so the promise holds however they depend on each other.

    >>> [round(x, 4) for x in look_levels([0.5, 1.0])]
    [0.9944, 0.9556]
    """
    check_level(level)
    rising = all(a < b for a, b in pairwise(shares))
    if not shares or shares[0] <= 0.0 or shares[-1] != 1.0 or not rising:
        raise InputError("looks rise from above 0 to 1", where="looks", mend="such as 0.33, 0.67, 1")
    z = float(ndtri(1.0 - (1.0 - level) / 2.0))
    spent = [2.0 - 2.0 * float(ndtr(z / math.sqrt(share))) for share in shares]
    return tuple(1.0 - (now - before) for now, before in zip(spent, [0.0, *spent], strict=False))


def plan_table(found: Mapping[str, tuple[float, int]], width: float, level: float) -> pl.DataFrame:
    """Code → (jackknife standard error, sources of the pilot) as a table of how many sources each code needs."""
    rows: list[dict[str, Any]] = []
    for code, (se, n_pilot) in found.items():
        row: dict[str, Any] = {"code": code, "n_pilot": n_pilot}
        try:
            row |= {"width_now": width_at(se, n_pilot, n_pilot, level)}
            row |= {"n_sources": sources_needed(se, n_pilot, width, level), "not_defined": ""}
        except Degenerate as reason:
            row |= {"n_sources": None, "not_defined": f"not defined: {reason.what}"}
        rows.append(row)
    schema: dict[str, Any] = {"code": pl.String, "n_pilot": pl.Int64, "width_now": pl.Float64}
    schema |= {"n_sources": pl.Int64, "not_defined": pl.String}
    return pl.DataFrame(rows, schema=schema).sort("n_sources", descending=True, nulls_last=True)
