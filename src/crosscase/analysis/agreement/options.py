"""The arguments that all agreement functions share."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypedDict

import numpy.typing as npt

from .estimate import Interval, Wanted
from .ratings import Ratings, Table, read_ratings


class Options(TypedDict, total=False):
    """What can be handed in instead of ratings, and which interval is wanted.

    Attributes
    ----------
    counts
        Units × categories: how many coders gave unit u category k.
    contingency
        Two coders: category of the first × category of the second; with sources a stack, sources × q × q.
    categories
        The values that coders could choose, in order; without it those that occur. Rows and columns of ``counts`` and
        ``contingency`` are 1, 2, … unless named here.
    clusters
        The source of each unit; sources are what the interval leaves out or draws. Without it every unit counts as a
        source of its own, which makes intervals too narrow when units come from the same interviews.
    interval
        ``"jackknife"`` (delete one source, t with G − 1 degrees of freedom), ``"bootstrap"`` (percentiles over draws of
        whole sources), ``"analytic"`` (closed form; units taken as independent) or ``"none"``.
    level
        What the interval aims to cover, in (0, 1).
    draws, seed
        Of the bootstrap.
    """

    counts: npt.ArrayLike | None
    contingency: npt.ArrayLike | None
    categories: Sequence[Hashable] | None
    clusters: Iterable[Hashable] | None
    interval: Interval
    level: float
    draws: int
    seed: int


def read(
    ratings: Table | None,
    counts: npt.ArrayLike | None = None,
    contingency: npt.ArrayLike | None = None,
    categories: Sequence[Hashable] | None = None,
    clusters: Iterable[Hashable] | None = None,
    interval: Interval = "jackknife",
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[Ratings, Wanted]:
    """Read what was handed in; an argument that does not exist is a ``TypeError``, as everywhere."""
    data = read_ratings(ratings, counts, contingency, categories, clusters)
    return data, Wanted(interval, level, draws, seed)
