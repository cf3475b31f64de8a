"""Ratings as people hand them in, turned into whole numbers: units × coders, −1 where a value is missing.

Three forms lead here: ratings (units × coders), counts (units × categories, who gave which value is lost) and
contingency tables (category of coder 1 × category of coder 2). Rows of the result belong to **groups**, the things
that an interval leaves out or draws: sources, or single units where no sources are named. A row can stand for several
units of its group (``weight``) and a group for several alike (``replicas``), so that a table of 50,000 characters
costs as much as its four cells.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from crosscase.errors import Degenerate, InputError

from .handed_in import cells_of, column, expand, is_missing, labels_of, named_places, short, unmasked, whole

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Table = Sequence[Sequence[Any]] | npt.NDArray[Any]
"""Units × coders: a list of rows, an array or a data frame."""

_NUMBERS = "iufb"
MOST_CELLS = 100_000_000  # of a table of counts: 0.8 GB


@dataclass(frozen=True)
class Ratings:
    """Coded ratings with their grouping into sources.

    Attributes
    ----------
    codes
        Rows × coders, positions in ``categories``; −1 is missing.
    categories
        The values, sorted where they can be sorted, else in order of appearance.
    declared
        True when the caller named the categories, in their order.
    weight
        Units of its group that a row stands for.
    group, replicas, names
        Group of each row; how many alike groups there are; what each is called.
    named
        True when groups are sources that the caller named, False when each unit is its own group.
    from_table, anonymous
        True when a contingency table was handed in; True when counts were, which no longer know who gave which value.
    """

    codes: Ints
    categories: tuple[Hashable, ...]
    declared: bool
    weight: Floats
    group: Ints
    replicas: Floats
    names: tuple[str, ...]
    named: bool
    from_table: bool = False
    anonymous: bool = False

    @property
    def n_coders(self) -> int:
        return int(self.codes.shape[1])

    @property
    def n_categories(self) -> int:
        return len(self.categories)

    @property
    def n_groups(self) -> int:
        return len(self.replicas)

    @property
    def n_units(self) -> int:
        return round(float((self.weight * self.replicas[self.group]).sum()))

    @property
    def n_values(self) -> Ints:
        """m_u: how many coders gave row u a value."""
        values: Ints = (self.codes >= 0).sum(axis=1)
        return values

    def keep(self, rows: npt.NDArray[np.bool_]) -> Ratings:
        """Only these rows; groups that lose all their rows go too, for they say nothing about the value."""
        if rows.all():
            return self
        left, group = np.unique(self.group[rows], return_inverse=True)
        return replace(
            self,
            codes=self.codes[rows],
            weight=self.weight[rows],
            group=group.astype(np.int64),
            replicas=self.replicas[left],
            names=tuple(self.names[g] for g in left.tolist()),
        )

    def pairable(self) -> Ratings:
        """Only units with values from two coders or more."""
        kept = self.keep(self.n_values >= 2)
        if not len(kept.codes):
            raise Degenerate(
                "no unit has values from two coders",
                mend="let two coders code the same units, or check for missing values",
            )
        return kept

    def tally(self) -> Floats:
        """n_uc: rows × categories."""
        q = self.n_categories
        here = self.codes >= 0
        self._check_room(len(self.codes))
        cells = (np.arange(len(self.codes))[:, None] * q + self.codes)[here]
        counted: Floats = np.bincount(cells, minlength=len(self.codes) * q).reshape(-1, q).astype(float)
        return counted

    def group_sums(self, per_row: Floats) -> Floats:
        """Sum of a number per row over each group."""
        return sum_by(self.group, per_row * self.weight, self.n_groups)

    def margins(self, per_row: Floats | None = None, coder: int | None = None) -> Floats:
        """Groups × categories: how often each category was given, each time counted ``per_row`` (1 by default)."""
        each = self.weight if per_row is None else self.weight * per_row
        q, chosen = self.n_categories, self.codes if coder is None else self.codes[:, [coder]]
        here = chosen >= 0
        self._check_room(self.n_groups)
        cells = (self.group[:, None] * q + chosen)[here]
        amounts = np.broadcast_to(each[:, None], chosen.shape)[here]
        return sum_by(cells, amounts, self.n_groups * q).reshape(self.n_groups, q)

    def joint(self) -> Floats:
        """Category of the first coder × category of the second: numbers of units."""
        q = self.n_categories
        self._check_room(q)
        cells = self.codes[:, 0] * q + self.codes[:, 1]
        units = self.weight * self.replicas[self.group]
        return sum_by(cells, units, q * q).reshape(q, q)

    def _check_room(self, rows: int) -> None:
        """Raise ``InputError`` rather than fill the memory with a table of counts."""
        if rows * self.n_categories > MOST_CELLS:
            raise InputError(
                f"{self.n_categories:,} different values are too many to be counted in {rows:,} groups",
                where="ratings",
                mend="for measured numbers use the interval metric, otherwise put values together",
            )


@dataclass(frozen=True)
class Clusters:
    """Sources of units, encoded once for many calls: positions among ``names``, which are sorted and all used."""

    codes: Ints
    names: tuple[Hashable, ...]

    @classmethod
    def of(cls, clusters: Iterable[Hashable]) -> Clusters:
        return cls(*encode_values(clusters, None))

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[Hashable]:
        return (self.names[n] for n in self.codes.tolist())

    def choose(self, units: npt.NDArray[np.bool_]) -> Clusters:
        """Those of some units; sources without one of them are gone."""
        left, codes = np.unique(self.codes[units], return_inverse=True)
        return Clusters(codes.astype(np.int64), tuple(self.names[n] for n in left.tolist()))


def sum_by(cells: Ints, amounts: Floats, n: int) -> Floats:
    """Sum of the amounts in each of the cells 0 … n − 1."""
    # The stubs of NumPy promise whole numbers even with weights.
    summed: Any = np.bincount(cells, weights=amounts, minlength=n)
    return np.asarray(summed, dtype=float)


def read_ratings(
    ratings: Table | None = None,
    counts: npt.ArrayLike | None = None,
    contingency: npt.ArrayLike | None = None,
    categories: Sequence[Hashable] | None = None,
    clusters: Iterable[Hashable] | None = None,
) -> Ratings:
    """Read exactly one of the three forms."""
    if sum(form is not None for form in (ratings, counts, contingency)) != 1:
        raise InputError("hand in exactly one of ratings, counts= and contingency=")
    if contingency is not None:
        return _read_contingency(contingency, categories, clusters)
    if counts is not None:
        codes, names = expand(whole(counts, "counts", 2)), labels_of(counts, categories)
    else:
        codes, names = encode(rows_of(ratings), categories)
    if not len(codes):
        raise Degenerate("there is no unit at all")
    if codes.shape[1] < 2:
        raise Degenerate("agreement needs two coders or more", where=f"{codes.shape[1]} coder in these ratings")
    group, groups = _groups(clusters, len(codes))
    return Ratings(
        codes=codes,
        categories=names,
        declared=categories is not None,
        weight=np.ones(len(codes)),
        group=group,
        replicas=np.ones(len(groups)),
        names=groups,
        named=clusters is not None,
        anonymous=counts is not None,
    )


def pair(a: Iterable[Any] | None, b: Iterable[Any] | None) -> Table | None:
    """Two coders' columns side by side; None when neither is given, as with ``contingency=``."""
    if a is None and b is None:
        return None
    if a is None or b is None:
        raise InputError("hand in the values of both coders")
    first, second = (column(x) for x in (a, b))
    if len(first) != len(second):
        raise InputError(
            f"the coders have {len(first)} and {len(second)} units", mend="hand in one value per unit each"
        )
    if all(isinstance(x, np.ndarray) and x.dtype.kind in _NUMBERS for x in (first, second)):
        return np.column_stack([first, second])
    return list(zip(first, second, strict=True))


def rows_of(ratings: Any) -> Table:
    """Data frames as arrays; everything else as it is."""
    table: Any = unmasked(ratings.to_numpy() if hasattr(ratings, "to_numpy") else ratings)
    if isinstance(table, np.ndarray) and table.ndim != 2:
        raise InputError(f"ratings are units × coders, not an array of {table.ndim} dimensions")
    if isinstance(table, np.ndarray):
        return table
    if isinstance(table, str | bytes | Mapping) or not isinstance(table, Iterable):
        raise InputError(f"ratings are rows of units, not {short(table)}", where="ratings")
    return [cells_of(row, n) for n, row in enumerate(table)]


def encode(table: Table, categories: Sequence[Hashable] | None) -> tuple[Ints, tuple[Hashable, ...]]:
    """Positions of the values among their categories, and the categories."""
    if isinstance(table, np.ndarray) and table.dtype.kind in _NUMBERS and categories is None:
        found, place = np.unique(table, return_inverse=True)
        codes = place.reshape(table.shape).astype(np.int64)
        if table.dtype.kind == "f":
            # Missing values sort to the end.
            found = found[~np.isnan(found)]
            codes[np.isnan(table)] = -1
        return codes, tuple(found.tolist())
    rows = table.tolist() if isinstance(table, np.ndarray) else table
    width = len(rows[0]) if rows else 0
    for n, row in enumerate(rows):
        if len(row) != width:
            raise InputError(f"this row has {len(row)} values and the first has {width}", where=f"ratings, row {n + 1}")
    flat, names = encode_values((value for row in rows for value in row), categories)
    return flat.reshape(len(rows), width), names


def encode_values(values: Iterable[Any], categories: Sequence[Hashable] | None) -> tuple[Ints, tuple[Hashable, ...]]:
    """As ``encode``, for one run of values."""
    places: dict[Hashable, int] = {} if categories is None else named_places(categories)
    known = len(places)
    try:
        codes = np.array([-1 if is_missing(v) else places.setdefault(v, len(places)) for v in values], dtype=np.int64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"values must be hashable and comparable ({error})", where="ratings", mend="use set_alpha for sets of codes"
        ) from error
    if categories is not None:
        if len(places) > known:
            strange = list(places)[known]
            raise InputError(f"the value {strange!r} is not among the categories", where="categories=")
        return codes, tuple(places)
    names: list[Any] = list(places)
    if any(isinstance(name, frozenset) for name in names):
        # Sets compare by inclusion, which sorts nothing.
        return codes, tuple(names)
    try:
        order = sorted(range(len(names)), key=names.__getitem__)
    except (TypeError, ValueError, OverflowError):
        return codes, tuple(names)
    rank = np.full(len(names) + 1, -1, dtype=np.int64)
    rank[order] = np.arange(len(names))
    return rank[codes], tuple(names[n] for n in order)


def numbers_of(categories: Sequence[Any], what: str) -> Floats:
    """The categories as numbers, for metrics that need them; extreme ones scaled by a power of two, which is exact."""
    found = []
    for name in categories:
        try:
            number = float(name) if isinstance(name, Real) else math.nan
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            mend = "for values that are no numbers use nominal or identity"
            raise InputError(f"{what} needs numbers, not {short(name)}", mend=mend)
        found.append(number)
    numbers = np.array(found)
    power = int(np.frexp(np.abs(numbers).max(initial=0.0))[1])
    return np.ldexp(numbers, -power) if abs(power) > 400 else numbers


def order_of(data: Ratings, what: str) -> Floats:
    """Places of the categories on a line: numbers as they are, other values in the order that the caller named."""
    if all(isinstance(name, Real) for name in data.categories):
        return numbers_of(data.categories, what)
    # Two values have the same distance whichever comes first.
    if data.declared or data.n_categories <= 2:
        return np.arange(1.0, data.n_categories + 1.0)
    raise InputError(
        f"{what} needs to know the order of the values", where="ratings", mend="name them in order with categories="
    )


def _read_contingency(
    contingency: npt.ArrayLike, categories: Sequence[Hashable] | None, clusters: Iterable[Hashable] | None
) -> Ratings:
    table = whole(contingency, "contingency", 2, 3)
    if table.shape[-1] != table.shape[-2]:
        raise InputError("a contingency table has as many rows as columns", where="contingency=")
    names = labels_of(table, categories)
    stack = table if table.ndim == 3 else table[None]
    if table.ndim == 2 and clusters is not None:
        raise InputError(
            "this table no longer knows its sources",
            where="clusters=",
            mend="hand in one table per source: sources × q × q",
        )
    source, first, second = np.nonzero(stack)
    if not len(source):
        raise Degenerate("there is no unit at all")
    units = stack[source, first, second].astype(float)
    named = table.ndim == 3
    labels, label_names = _groups(clusters if clusters is not None else range(1, len(stack) + 1), len(stack))
    left, group = np.unique(labels[source], return_inverse=True)
    groups = tuple(label_names[n] for n in left.tolist())
    return Ratings(
        codes=np.column_stack([first, second]).astype(np.int64),
        categories=names,
        declared=categories is not None,
        # Units of one cell are alike: without sources, a cell is one unit that occurs several times.
        weight=units if named else np.ones(len(units)),
        group=group.astype(np.int64) if named else np.arange(len(units)),
        replicas=np.ones(len(groups)) if named else units,
        names=groups
        if named
        else tuple(f"one unit ({names[i]!r}, {names[j]!r})" for i, j in zip(first, second, strict=True)),
        named=named,
        from_table=True,
    )


def _groups(clusters: Iterable[Hashable] | None, n_rows: int) -> tuple[Ints, tuple[str, ...]]:
    if clusters is None:
        return np.arange(n_rows), tuple(f"unit {n + 1}" for n in range(n_rows))
    if isinstance(clusters, Clusters):
        group, names = clusters.codes, clusters.names
    else:
        group, names = encode_values(clusters, None)
    if len(group) != n_rows:
        raise InputError(f"{len(group)} sources are named for {n_rows} units", where="clusters=")
    if (group < 0).any():
        raise InputError("the source is missing", where=f"clusters=, unit {int(np.argmin(group)) + 1}")
    return group, tuple(str(name) for name in names)
