"""The table of agreement: codes × (overall, pair, round), sorted by what to fix first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from crosscase.analysis.agreement.estimate import Estimate
from crosscase.analysis.agreement.ratings import Clusters
from crosscase.analysis.agreement.study.answering import Flags
from crosscase.analysis.agreement.study.coefficients import Asking, estimate_ratings, estimate_sets
from crosscase.analysis.agreement.study.decisions import Decisions, Ints
from crosscase.analysis.agreement.study.result import ALL
from crosscase.analysis.agreement.two_coders import bias_index, kappa_max, prevalence_index
from crosscase.errors import Degenerate, NotFound

Found = Estimate | Degenerate
Targets = Mapping[str, Sequence[int]]
Values = Callable[["Group", Targets], Mapping[str, Found]]
Shares = Callable[["Group", Targets], Mapping[str, float]]

NUMBERS: dict[str, Any] = {
    "coefficient": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "se": pl.Float64,
    "not_defined": pl.String,
    "prevalence": pl.Float64,
    "positive_agreement": pl.Float64,
    "n_sources": pl.Int64,
    "n_units": pl.Int64,
    "n_coders": pl.Int64,
    "n_differ": pl.Int64,
    "method": pl.String,
}
NOTHING = {"n_sources": 0, "n_units": 0, "n_coders": 0, "n_differ": 0}
WAITS = "codings of it wait for re-coding"
INDICES = ("kappa_max", "prevalence_index", "bias_index")


@dataclass(frozen=True)
class Group:
    """Part of the decisions: the cells of the table that it fills, its rows and raters."""

    cell: Mapping[str, str]
    rounds: tuple[str, ...] | None = None
    raters: tuple[int, ...] | None = None

    def of(self, decisions: Decisions) -> Decisions:
        rows: Flags | None = None
        if self.rounds is not None:
            rows = decisions.rows["group"].is_in(list(self.rounds)).to_numpy()
        return decisions.choose(rows, self.raters)


def groups_by(by: str, decisions: Decisions, rounds: Sequence[str]) -> tuple[Group, ...]:
    """Overall, for each pair of coders, or for each round alone and with those before it."""
    if by == "pair":
        pairs = combinations(range(len(decisions.raters)), 2)
        names = decisions.raters
        return tuple(Group({"coder_a": names[i], "coder_b": names[j]}, raters=(i, j)) for i, j in pairs)
    if by == "round":
        held = [name for name in rounds if name in set(decisions.rows["group"])]
        alone = [Group({"round": name, "scope": "alone"}, (name,)) for name in held]
        so_far = [Group({"round": name, "scope": "so far"}, tuple(held[: n + 1])) for n, name in enumerate(held)]
        return tuple(group for pair in zip(alone, so_far, strict=True) for group in pair)
    if by == "coder":
        # Rounds are the raters here, and each group holds one coder with themself.
        held = sorted(set(decisions.rows["group"]))
        return tuple(Group({"coder": name}, (name,)) for name in held)
    return (Group({}),)


def tabulate(
    decisions: Decisions,
    targets: Targets,
    groups: Sequence[Group],
    asking: Asking,
    *,
    threshold: float,
    values: Values | None = None,
    shares: Shares | None = None,
    unanswered: str = "",
) -> pl.DataFrame:
    """One row per group and target; ``values`` and ``shares`` replace those of fixed units.

    ``unanswered`` says why a code has no value where no two raters answered it; without it such a row is left out, but
    for codes that wait for re-coding.
    """
    found: list[dict[str, Any]] = []
    for group in groups:
        some = group.of(decisions)
        if some.rows.is_empty():
            continue
        sources = Clusters.of(some.rows["source"]).codes
        estimates = values(group, targets) if values else fixed_values(some, targets, asking)
        marked = shares(group, targets) if shares else {}
        for name, codes in targets.items():
            ratings = some.ratings(codes)
            if (~np.isnan(ratings)).sum(axis=1).max(initial=0) < 2:
                why = WAITS if (some.waits[list(codes)]).any() else unanswered
                if why and some.gave[:, :, list(codes)].any():
                    found.append({"code": name, **group.cell, "not_defined": f"not defined: {why}", **NOTHING})
                continue
            row = {"code": name, **group.cell, **_numbers(estimates[name], some, ratings, sources)}
            if name == ALL:  # the sets of codes are compared
                row["n_differ"] = _n_differ(some, codes)
            row["prevalence"] = marked.get(name, row["prevalence"])
            if values and isinstance(found_here := estimates[name], Estimate):
                # Free spans: text without any span belongs to the value, though nothing of it is an item.
                row["n_sources"] = found_here.n_clusters
            if asking.coefficient == "kappa" and len(some.raters) == 2 and name != ALL:
                row |= _indices(ratings)
            found.append(row)
    if not found:
        raise NotFound("no two coders read the same units", where="agreement", mend="see `crosscase agree --by pair`")
    keys = {"code": pl.String, **dict.fromkeys(groups[0].cell, pl.String)}
    extra = {name: pl.Float64 for name in INDICES if any(name in row for row in found)}
    return _fix_first(pl.DataFrame(found, schema={**keys, **NUMBERS, **extra}), threshold, list(groups[0].cell))


def fixed_values(some: Decisions, targets: Targets, asking: Asking) -> dict[str, Found]:
    """The coefficient of every target on fixed units."""
    clusters = Clusters.of(some.rows["source"])
    found: dict[str, Found] = {}
    for name, codes in targets.items():
        try:
            if name == ALL:
                found[name] = estimate_sets(_sets(some, codes), clusters, asking)
            else:
                ratings = some.ratings(codes)
                twice = (~np.isnan(ratings)).sum(axis=1) >= 2
                kept = clusters if twice.all() else clusters.choose(twice)
                found[name] = estimate_ratings(_columns(ratings[twice], asking), kept, asking)
        except Degenerate as reason:
            found[name] = reason
    return found


def _columns(ratings: npt.NDArray[np.float64], asking: Asking) -> npt.NDArray[np.float64]:
    """Conger's κ compares coders by name, so those who rated nothing here are left out of it."""
    if asking.coefficient not in ("kappa", "scott"):
        return ratings
    used: npt.NDArray[np.float64] = ratings[:, ~np.isnan(ratings).all(axis=0)]
    return used


def _sets(some: Decisions, codes: Sequence[int]) -> list[list[frozenset[str] | None]]:
    twice, known = some.compared(codes)
    names = [some.codes[c] for c in codes]
    per_rater = some.gave[:, :, list(codes)] & twice[:, None, :]
    # The same set comes many times over: each is made once.
    made: dict[bytes, frozenset[str]] = {}
    rows: list[list[frozenset[str] | None]] = []
    for flags, read in zip(per_rater, known, strict=True):
        row: list[frozenset[str] | None] = []
        for mine, here in zip(flags, read, strict=True):
            key = mine.tobytes()
            if here and key not in made:
                made[key] = frozenset(names[c] for c in np.flatnonzero(mine))
            row.append(made[key] if here else None)
        rows.append(row)
    return rows


def _numbers(found: Found, some: Decisions, ratings: npt.NDArray[np.float64], sources: Ints) -> dict[str, Any]:
    known = ~np.isnan(ratings)
    twice = known.sum(axis=1) >= 2
    given, read = np.nansum(ratings[twice], axis=1), known[twice].sum(axis=1)
    pairs = float((given * (read - 1)).sum())
    whole: dict[str, Any] = {
        "prevalence": float(given.sum() / read.sum()),
        "positive_agreement": float((given * (given - 1)).sum()) / pairs if pairs else None,
        "n_sources": int((np.bincount(sources[twice]) > 0).sum()),
        "n_units": int(twice.sum()),
        "n_coders": int(known[twice].any(axis=0).sum()),
        "n_differ": int(((given > 0) & (given < read)).sum()),
    }
    if isinstance(found, Degenerate):
        return {**whole, "not_defined": f"not defined: {found.what}"}
    return {
        **whole,
        "coefficient": found.coefficient,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "se": found.se,
        "method": found.method,
        "not_defined": found.note if found.low is None else "",
    }


def _n_differ(some: Decisions, codes: Sequence[int]) -> int:
    """Units on which not all who answered gave the same of these codes."""
    known = some.known[:, :, list(codes)]
    given = some.gave[:, :, list(codes)] & known
    many, readers = given.sum(axis=1), known.sum(axis=1)
    return int(((many > 0) & (many < readers)).any(axis=1).sum())


def _indices(ratings: npt.NDArray[np.float64]) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    both = ratings[~np.isnan(ratings).any(axis=1)]
    for name, function in zip(INDICES, (kappa_max, prevalence_index, bias_index), strict=True):
        try:
            found[name] = function(both[:, 0], both[:, 1], interval="none").value
        except Degenerate:
            found[name] = None  # κ itself is undefined then, and its row says why
    return found


def _fix_first(table: pl.DataFrame, threshold: float, cells: Sequence[str]) -> pl.DataFrame:
    """Where most is to be won first: units that differ × how far the value lies below the threshold.

    All codes together stand first, undefined values last; rounds keep their order within a code.
    """
    lost = pl.col("n_differ") * (threshold - pl.col("value")).clip(0)
    ranked = table.with_row_index("_row").with_columns(
        _all=pl.col("code") != ALL, _lost=lost.fill_null(-1.0), _order=pl.col("_row")
    )
    if "round" in cells:
        # A code's rounds are read together, in their order.
        ranked = ranked.with_columns(_lost=pl.col("_lost").max().over("code"), value_=pl.lit(0.0))
    else:
        ranked = ranked.with_columns(value_=pl.col("value"))
    order = ranked.sort(
        "_all", "_lost", "value_", "code", "_order", descending=[False, True, False, False, False], nulls_last=True
    )
    return order.drop("_row", "_all", "_lost", "_order", "value_")
