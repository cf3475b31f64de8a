"""Krippendorff's α for spans that coders marked freely.

Krippendorff, Mathet, Bouvry & Widlöcher 2016, Quality & Quantity 50:2347; Krippendorff 2019, Content Analysis, §12.6.

Per source, with m coders who read it and S^c_ig unit g of coder i with value c (gaps between units have the value φ):
ℓ_ck = (m − 1)⁻¹ Σ_i Σ_{j≠i} Σ_g Σ_h |S^c_ig ∩ S^k_jh|, summed over sources; ℓ_c = Σ_k ℓ_ck; ℓ = Σ ℓ_c.
Expected: ε_ck = ℓ (ℓ_c ℓ_k − [c = k] q_c) / (ℓ² − Σ q) with q_c = Σ length² over units, and for gaps, whose parts are
independent, their total length. All of it are sums over sources, which is what the interval needs.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from crosscase.errors import Degenerate, InputError

from .estimate import Estimate, Interval, Wanted
from .intervals import Combine, Facts, Sums, estimate
from .ratings import Floats, Ints, sum_by
from .spans import (
    GAP,
    UNREAD,
    Length,
    Line,
    Marks,
    Spans,
    Units,
    chosen,
    cut,
    overlapping,
    read_spans,
    units_of,
    values_named,
)

Kind = Literal["u", "binary", "cu", "ku"]
Rule = Literal["union", "pairwise"]
Clusters = Mapping[Any, Sequence[Hashable]] | None

_NAMES = {"u": "uα", "binary": "|uα", "cu": "cuα", "ku": "(k)uα"}
_NOT_IN_CLOSED_FORM = "unitizing α has no analytic standard error in the literature"
_NO_SOURCES = "no interval: the spans do not name their sources"


def unitizing_alpha(
    spans: Spans,
    length: Length,
    kind: Kind = "u",
    value: Any = None,
    rule: Rule = "union",
    *,
    clusters: Clusters = None,
    interval: Interval | None = None,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Agreement beyond chance on spans that coders marked freely: Krippendorff's α for unitizing.

    ``"u"``: where units lie and which value they have, 1 − (ℓ − Σ ℓ_cc) / (ℓ − Σ ε_cc). ``"binary"`` (|uα): marked or
    not, whatever the value. ``"cu"``: the values, on what two coders both marked. ``"ku"`` ((k)uα): one value there.

    Parameters
    ----------
    spans
        ``{coder: [(start, end, value), …]}``, half-open, or ``{coder: {source: [(start, end, value), …]}}``; a coder
        without an entry for a source did not read it, one with ``[]`` marked nothing.
    length
        Of the line, or ``{source: length}``.
    value
        With ``"ku"`` the value k. Otherwise only spans with this value: one line per code, as overlapping codes need.
    rule
        How much of a unit others marked, for q in cuα and (k)uα with three coders or more, where two readings are in
        use: by anybody (``"union"``) or by each other coder in turn (``"pairwise"``). Two coders: no difference.
    clusters
        ``{coder: [source of each span]}`` where ``spans`` do not say it.
    interval, level, draws, seed
        As in ``Options``; the default is the jackknife over sources, and none where no sources are named.

    Returns
    -------
    Value at most 1.

    Raises
    ------
    Degenerate
        Fewer than two coders, no source read by two, no spans, or everything marked alike.
    OffsetError, InputError
        A span outside its source; overlapping spans of different values by one coder; ``interval="analytic"``.
    """
    if kind not in get_args(Kind) or rule not in get_args(Rule):
        raise InputError(f"kind is one of {', '.join(get_args(Kind))} and rule one of {', '.join(get_args(Rule))}")
    if kind == "ku" and value is None:
        raise InputError("(k)uα is the reliability of one value", where="value=", mend="name the value")
    wanted = _wanted(length, interval, level, draws, seed)
    marks = _read(spans, length, clusters)
    one = None if value is None else values_named([value], marks)[0]
    if one is not None and kind != "ku":
        marks = chosen(marks, one)
    return _of(marks, kind, one, rule, wanted)


def unitizing_by_code(
    spans: Spans,
    length: Length,
    values: Sequence[Hashable] | None = None,
    *,
    clusters: Clusters = None,
    within: Mapping[Any, Hashable] | None = None,
    interval: Interval | None = None,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> dict[Hashable, Estimate | Degenerate]:
    """uα of every code on a line of its own, all in one sweep.

    The same as ``unitizing_alpha(…, value=code)`` for each code; codes may overlap each other freely.

    Parameters
    ----------
    values
        The codes; all that occur by default.
    within
        ``{source: interview}`` where the sources handed in are parts of interviews, such as the parts that the same
        coders read; the interval then leaves out whole interviews.
    spans, length, clusters, interval, level, draws, seed
        As in ``unitizing_alpha``.

    Returns
    -------
    One entry per code; where uα is undefined, the error that says why.

    Raises
    ------
    Degenerate, OffsetError, InputError
        As in ``unitizing_alpha``.
    """
    wanted = _wanted(length, interval, level, draws, seed)
    marks = _read(spans, length, clusters)
    names = values_named(marks.values if values is None else values, marks)
    place = np.full(len(marks.values), UNREAD)
    place[[marks.values.index(name) for name in names]] = np.arange(len(names))
    marks = marks.choose(place[marks.value] >= 0)
    sweep = _sweep(marks, place[marks.value], np.ones_like(marks.value), len(names))
    parts = _u_parts(sweep, 1).reshape(len(names), len(marks.sources), -1)
    n_units = np.bincount(sweep.units.lane // len(marks.sources), minlength=len(names))
    if within is not None:
        marks, parts = _grouped(marks, parts, within)
    found: dict[Hashable, Estimate | Degenerate] = {}
    for n, name in enumerate(names):
        try:
            found[name] = _estimate(marks, parts[n], _u, "u", name, int(n_units[n]), wanted)
        except Degenerate as reason:
            found[name] = reason
    return found


def _grouped(marks: Marks, parts: Floats, within: Mapping[Any, Hashable]) -> tuple[Marks, Floats]:
    """Parts of interviews added up: every sum of uα is a sum over parts."""
    places: dict[Hashable, int] = {}
    for source in marks.sources:
        if source not in within:
            raise InputError(f"the interview of {source!r} is missing", where="within=")
        places.setdefault(within[source], len(places))
    summed = np.zeros((len(parts), len(places), parts.shape[2]))
    for n, source in enumerate(marks.sources):
        summed[:, places[within[source]]] += parts[:, n]
    return replace(marks, sources=tuple(places)), summed


@dataclass(frozen=True)
class _Sweep:
    """Units and segments, and how many coders read each lane."""

    units: Units
    line: Line
    n_coders: Ints

    def by_lane(self, segments: npt.NDArray[np.bool_]) -> Floats:
        """Total length of these segments per lane."""
        return sum_by(self.line.lane[segments], self.line.length[segments], len(self.n_coders))

    def by_value(self, segments: npt.NDArray[np.bool_], state: Ints, n_states: int) -> Floats:
        """Total length of these segments per lane and state."""
        cells = self.line.lane[segments] * n_states + state[segments]
        return sum_by(cells, self.line.length[segments], len(self.n_coders) * n_states).reshape(-1, n_states)


def _read(spans: Spans, length: Length, clusters: Clusters) -> Marks:
    marks = read_spans(spans, length, clusters).shared()
    if not marks.values:
        raise Degenerate("unitizing α is not defined: nothing was marked")
    return marks


def _wanted(length: Length, interval: Interval | None, level: float, draws: int, seed: int) -> Wanted:
    named = isinstance(length, Mapping)
    return Wanted(interval or ("jackknife" if named else "none"), level, draws, seed)


def _sweep(marks: Marks, copy: Ints, state: Ints, n_copies: int) -> _Sweep:
    units, begin = units_of(marks, copy, state, n_copies)
    n = overlapping(units)
    if n is not None:
        start = units.start[n] - begin[units.lane[n]]
        raise InputError(
            "spans with different values overlap, so this is not one line",
            where=f"coder {marks.coders[units.coder[n]]}, unit from {start:g}, source {marks.sources[units.lane[n]]}",
            mend="name one code with value=, or use unitizing_by_code",
        )
    return _Sweep(units, cut(units, begin, marks.read), np.tile(marks.read.sum(axis=0), n_copies))


def _of(marks: Marks, kind: Kind, value: Hashable, rule: Rule, wanted: Wanted) -> Estimate:
    one_line = np.zeros_like(marks.value)
    state = np.ones_like(marks.value) if kind == "binary" else marks.value + 1
    sweep = _sweep(marks, one_line, state, 1)
    n_values = 1 if kind == "binary" else len(marks.values)
    if kind in ("u", "binary"):
        parts, combine = _u_parts(sweep, n_values), _u
    elif kind == "cu":
        parts, combine = _cu_parts(sweep, n_values, rule), _cu
    else:
        parts, combine = _ku_parts(sweep, n_values, rule, marks.values.index(value)), _ku
    return _estimate(marks, parts, combine, kind, value, len(sweep.units.lane), wanted, rule)


def _estimate(
    marks: Marks,
    parts: Floats,
    combine: Combine,
    kind: Kind,
    value: Hashable,
    n_units: int,
    wanted: Wanted,
    rule: Rule = "union",
) -> Estimate:
    n_coders = int(marks.read.any(axis=1).sum())
    of = "" if value is None else f" of {value!r}"
    read = f", {rule} rule" if kind in ("cu", "ku") and n_coders > 2 else ""
    names = tuple(str(source) for source in marks.sources)
    why = "nothing was marked by two coders" if kind in ("cu", "ku") else "nothing was marked"
    sums = Sums(parts, np.ones(len(names)), names, True, combine, f"{why}, or everything was marked alike")
    result = estimate(sums, wanted, Facts(f"{_NAMES[kind]}{of}{read}", n_units, n_coders), _NOT_IN_CLOSED_FORM)
    return result if marks.named else replace(result, note=_NO_SOURCES)


def _pairs(sweep: _Sweep) -> Iterator[tuple[int, int, npt.NDArray[np.bool_]]]:
    """Pairs of coders, and the segments where both marked something."""
    for i, j in combinations(range(len(sweep.line.state)), 2):
        yield i, j, (sweep.line.state[i] > GAP) & (sweep.line.state[j] > GAP)


def _u_parts(sweep: _Sweep, n_values: int) -> Floats:
    """Per lane: Σ_c ℓ_cc, Σ q, ℓ_φ, ℓ_1, …"""
    state, units, lanes = sweep.line.state, sweep.units, len(sweep.n_coders)
    agreeing = np.zeros(lanes)
    for i, j in combinations(range(len(state)), 2):
        agreeing += 2.0 * sweep.by_lane((state[i] == state[j]) & (state[i] >= GAP))
    margins = sum((sweep.by_value(s >= GAP, s, n_values + 1) for s in state), start=np.zeros((lanes, n_values + 1)))
    squares = sum_by(units.lane, units.length**2, lanes) + margins[:, GAP]
    return np.column_stack([agreeing / (sweep.n_coders - 1), squares, margins])


def _u(t: Floats) -> tuple[Floats, Floats]:
    """D_o = 1 − Σ ℓ_cc / ℓ and D_e = 1 − Σ ε_cc / ℓ."""
    agreeing, squares, margins = t[:, 0], t[:, 1], t[:, 2:]
    whole = margins.sum(axis=1)
    return 1.0 - agreeing / whole, (whole**2 - (margins**2).sum(axis=1)) / _pairs_left(whole, squares)


def _pairs_left(whole: Floats, squares: Floats) -> Floats:
    """ℓ² − Σ q; NaN on lines so short that units leave nothing to pair them with."""
    left = whole**2 - squares
    return np.where(left > 0, left, np.nan)


def _squares(sweep: _Sweep, rule: Rule) -> Floats:
    """q* of each unit: the squared length that others marked too, by anybody or the mean over each other coder."""
    line, units, n = sweep.line, sweep.units, len(sweep.units.lane)
    marked = line.state > GAP
    total = np.zeros(n)
    for i in range(len(marked)):
        others = [np.delete(marked, i, axis=0).any(axis=0)] if rule == "union" else np.delete(marked, i, axis=0)
        for other in others:
            here = marked[i] & other
            total += sum_by(line.unit[i, here], line.length[here], n) ** 2
    return total if rule == "union" else total / (sweep.n_coders[units.lane] - 1)


def _cu_parts(sweep: _Sweep, n_values: int, rule: Rule) -> Floats:
    """Per lane, on what two coders both marked: Σ_c ℓ*_cc, Σ q*, ℓ*_1, …"""
    state, lanes = sweep.line.state, len(sweep.n_coders)
    agreeing, margins = np.zeros(lanes), np.zeros((lanes, n_values))
    for i, j, both in _pairs(sweep):
        agreeing += 2.0 * sweep.by_lane(both & (state[i] == state[j]))
        margins += sum(sweep.by_value(both, state[one] - 1, n_values) for one in (i, j))
    squares = sum_by(sweep.units.lane, _squares(sweep, rule), lanes)
    others = (sweep.n_coders - 1)[:, None]
    return np.hstack([agreeing[:, None] / others, squares[:, None], margins / others])


def _cu(t: Floats) -> tuple[Floats, Floats]:
    """The same as uα on c, k ≠ φ: D_o = 1 − Σ ℓ*_cc / ℓ*, D_e = 1 − Σ ε*_cc / ℓ*."""
    return _u(t)


def _ku_parts(sweep: _Sweep, n_values: int, rule: Rule, k: int) -> Floats:
    """Per lane: ℓ*_kk, q*_k, Σ q*, ℓ*_k, ℓ*."""
    state, units, lanes = sweep.line.state, sweep.units, len(sweep.n_coders)
    agreeing = np.zeros(lanes)
    for i, j, _ in _pairs(sweep):
        agreeing += 2.0 * sweep.by_lane((state[i] == k + 1) & (state[j] == k + 1))
    squares, mine = _squares(sweep, rule), units.state == k + 1
    margins = _cu_parts(sweep, n_values, rule)[:, 2:]
    return np.column_stack(
        [
            agreeing / (sweep.n_coders - 1),
            sum_by(units.lane[mine], squares[mine], lanes),
            sum_by(units.lane, squares, lanes),
            margins[:, k],
            margins.sum(axis=1),
        ]
    )


def _ku(t: Floats) -> tuple[Floats, Floats]:
    """D_o = (ℓ*_k − ℓ*_kk) / ℓ*_k and D_e = (ε*_k − ε*_kk) / ε*_k with ε*_k = Σ_c ε*_kc."""
    agreeing, square, squares, margin, whole = t.T
    scale = whole / _pairs_left(whole, squares)
    of_k = scale * (margin * whole - square)
    return (margin - agreeing) / margin, (of_k - scale * (margin**2 - square)) / of_k
