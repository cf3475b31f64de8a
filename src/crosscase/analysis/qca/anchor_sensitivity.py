"""How far each calibration anchor of a condition can move before the solution changes.

Between points at which a membership meets another one (the smallest of the other conditions, the outcome, their
negations, or .5) every row's consistency is a smooth function of the anchor. These points have closed forms: with
L = logit(membership)/λ a case at raw value x meets it where in = cross + (x − cross)/L (L > 0),
out = cross − (x − cross)/L (L < 0), cross = (x − L·in)/(1 − L) or (x + L·out)/(1 + L). The search walks from piece to
piece, so that nothing between them is skipped, and bisects where the models differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis.qca.calibrate import FSQCA_IDM, Floats, calibrate
from crosscase.analysis.qca.data import Frame, Selection, select
from crosscase.analysis.qca.sensitivity import RANGE_SCHEMA, Cuts, Sensitivity, output, read_cuts
from crosscase.analysis.qca.solving import Found, PatternSolver, Recipe, Rows
from crosscase.errors import InputError

_BISECTIONS = 60
_FAR = (2.0, 10.0, 100.0, 1000.0)  # ranges of the raw values beyond the last breakpoint


@dataclass(frozen=True)
class _Moving:
    """A truth table in which one condition's memberships change and all else stays.

    ``base`` holds, for every corner of the other conditions that some case has, their minimum (corners × cases).
    """

    data: Selection
    place: int
    others: tuple[tuple[int, ...], ...]
    base: Floats
    member: Any  # cases × corners: the corner that a case belongs to by the other conditions

    @classmethod
    def of(cls, data: Selection, condition: str) -> _Moving:
        place = data.names.index(condition)
        rest = [j for j in range(len(data.names)) if j != place]
        levels = np.array(data.levels)
        corner = np.where(levels == 2, data.values > 0.5, data.values).astype(int)[:, rest]
        clear = ~((data.values == 0.5) & (levels == 2))[:, rest].any(axis=1)
        others = tuple(sorted(set(map(tuple, corner[clear].tolist()))))
        columns = data.conditions
        base = np.array(
            [
                np.minimum.reduce(
                    [columns.membership(data.names[j], level) for j, level in zip(rest, values, strict=True)]
                    or [np.ones(len(data.y))]
                )
                for values in others
            ]
        )
        member = np.array([clear & (corner == np.array(values)).all(axis=1) for values in others])
        return cls(data, place, others, base, member)

    def rows(self) -> Rows:
        return tuple((*o[: self.place], level, *o[self.place :]) for o in self.others for level in (0, 1))

    def outs(self, c: Floats, cuts: Cuts) -> tuple[str, ...]:
        """The output of every row when the moving condition has memberships ``c``."""
        y = self.data.y
        outs = []
        absent, present = np.minimum(self.base, 1.0 - c), np.minimum(self.base, c)
        counts = (self.member & (c < 0.5)).sum(axis=1), (self.member & (c > 0.5)).sum(axis=1)
        fits = [self._fit(x, y) for x in (absent, present)]
        for i in range(len(self.others)):
            for level in (0, 1):
                incl, pri = fits[level][0][i], fits[level][1][i]
                n = int(counts[level][i])
                outs.append("?" if n == 0 or np.isnan(incl) else output(incl, 0.0 if np.isnan(pri) else pri, n, cuts))
        return tuple(outs)

    @staticmethod
    def _fit(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        a = np.minimum(x, y)
        both = np.minimum(a, 1.0 - y).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return a.sum(axis=1) / x.sum(axis=1), (a.sum(axis=1) - both) / (x.sum(axis=1) - both)


def anchor_sensitivity(
    frame: Frame,
    outcome: str,
    conditions: Sequence[str] | str | None = None,
    *,
    condition: str,
    raw: Sequence[float],
    anchors: Sequence[float],
    idm: float = FSQCA_IDM,
    incl_cut: float | Sequence[float] = 1.0,
    n_cut: int = 1,
    pri_cut: float = 0.0,
    include: str = "",
    dir_exp: Mapping[str, Any] | Sequence[Any] | str | None = None,
    exclude: Sequence[int | str] = (),
    cases: str | Sequence[object] | None = None,
) -> Sensitivity:
    """Ranges of the three anchors of a condition over which the same models result; each anchor moves alone.

    Parameters
    ----------
    condition
        The condition to be recalibrated; its column in ``frame`` is replaced by the direct calibration of ``raw``.
    raw, anchors, idm
        Raw values in the order of the cases, (out, cross, in), and the membership at the outer anchors.
    frame, outcome, conditions, incl_cut, n_cut, pri_cut, include, dir_exp, exclude, cases
        As in ``sensitivity``.

    Returns
    -------
    Sensitivity
        ``choice`` is ``out``, ``cross`` or ``in``; a missing end means that no limit was found up to the neighbouring
        anchor, or up to a thousand times the range of the raw values.

    Notes
    -----
    A change of the models and back within one smooth piece, which no breakpoint marks, is not seen.
    """
    data = select(frame, outcome, conditions, cases=cases)
    if condition not in data.names:
        raise InputError(f"{condition} is no condition", mend=f"use {', '.join(data.names)}")
    if data.conditions.dont_care.any() or data.conditions.level_of(condition) > 2:
        raise InputError(f"{condition} has no calibration to move", mend="give memberships without don't-care values")
    if len(anchors) != 3:
        raise InputError(f"{len(anchors)} anchors were given", mend="give out, cross and in")
    if len(raw) != len(data.y):
        raise InputError(f"{len(raw)} raw values for {len(data.y)} cases", mend="give one per case, in their order")
    calibrate(raw, anchors, idm=idm, cases=data.cases)
    mover = _Mover(
        moving=_Moving.of(data, condition),
        raw=np.asarray(raw, dtype=float),
        anchors=(float(anchors[0]), float(anchors[1]), float(anchors[2])),
        idm=idm,
        cuts=read_cuts(incl_cut, n_cut, pri_cut),
        solver=PatternSolver(data.names, data.levels, Recipe(include, dir_exp, tuple(exclude))),
    )
    initial = mover.solve(mover.anchors)
    table = [mover.range(i, name, initial) for i, name in enumerate(("out", "cross", "in"))]
    parameters = {
        "outcome": data.outcome,
        "conditions": list(data.names),
        "condition": condition,
        "anchors": list(anchors),
        "idm": idm,
        "incl_cut": incl_cut,
        "n_cut": n_cut,
        "pri_cut": pri_cut,
        "include": include,
        "dir_exp": dir_exp,
        "n_cases": len(data.cases),
        "data_hash": data.data_hash,
    }
    return Sensitivity(pl.DataFrame(table, schema=RANGE_SCHEMA), parameters, initial)


@dataclass(frozen=True)
class _Mover:
    moving: _Moving
    raw: Floats
    anchors: tuple[float, float, float]
    idm: float
    cuts: Cuts
    solver: PatternSolver

    def solve(self, anchors: tuple[float, float, float]) -> Found:
        memberships = calibrate(self.raw.tolist(), anchors, idm=self.idm)
        return self.solver.solve_completely(self.moving.rows(), self.moving.outs(memberships, self.cuts))

    def range(self, place: int, name: str, initial: Found) -> dict[str, object]:
        value = self.anchors[place]

        def at(moved: float) -> Found:
            anchors = list(self.anchors)
            anchors[place] = moved
            return self.solve((anchors[0], anchors[1], anchors[2]))

        low, below = self._walk(place, -1, at, initial)
        high, above = self._walk(place, 1, at, initial)
        ends = (low, False, high, False)
        return dict(zip(RANGE_SCHEMA, (name, value, *ends, below, above), strict=True))

    def _walk(
        self, place: int, direction: int, at: Callable[[float], Found], initial: Found
    ) -> tuple[float | None, str | None]:
        same = self.anchors[place]
        for probe in self._probes(place, direction):
            found = at(probe)
            if found.identity != initial.identity:
                return self._bisect(same, probe, at, initial)
            same = probe
        return None, None

    @staticmethod
    def _bisect(same: float, other: float, at: Callable[[float], Found], initial: Found) -> tuple[float, str]:
        for _ in range(_BISECTIONS):
            middle = (same + other) / 2
            if middle in (same, other):
                break
            if at(middle).identity == initial.identity:
                same = middle
            else:
                other = middle
        return other, str(at(other))

    def _probes(self, place: int, direction: int) -> Iterator[float]:
        """Points inside each smooth piece, from the anchor outwards, as long as the anchors stay in order."""
        value = self.anchors[place]
        limit = self._limit(place, direction)
        points = self._breakpoints(place)
        ahead = points[(points - value) * direction > 0]
        spread = float(np.ptp(np.append(self.raw, self.anchors)))
        if limit is not None:
            ahead = ahead[(limit - ahead) * direction > 1e-9 * spread]
        ordered = sorted(set(ahead.tolist()), key=lambda p: p * direction)
        marks = [value, *ordered]
        tail = [limit] if limit is not None else [marks[-1] + direction * spread * far for far in _FAR]
        for a, b in zip(marks, [*ordered, tail[0]], strict=True):
            for share in (0.02, 0.5, 0.98):
                yield a + share * (b - a)
        if limit is None:
            yield from tail

    def _limit(self, place: int, direction: int) -> float | None:
        """The neighbouring anchor in this direction, if there is one."""
        rising = self.anchors[2] > self.anchors[0]
        neighbour = place + (direction if rising else -direction)
        return self.anchors[neighbour] if 0 <= neighbour <= 2 else None

    def _breakpoints(self, place: int) -> Floats:
        out, cross, into = self.anchors
        lam = log(self.idm / (1.0 - self.idm))
        y = np.broadcast_to(self.moving.data.y, self.moving.base.shape)
        met = np.concatenate([self.moving.base, 1.0 - self.moving.base, y[:1], 1.0 - y[:1]])
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.log(met / (1.0 - met)) / lam
            x = self.raw[None, :]
            if place == 2:
                points = cross + (x - cross) / share
            elif place == 0:
                points = cross - (x - cross) / share
            else:
                points = np.concatenate([(x - share * into) / (1 - share), (x + share * out) / (1 + share), x])
        flat: Floats = points.ravel()
        return np.unique(flat[np.isfinite(flat)])
