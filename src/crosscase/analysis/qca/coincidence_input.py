"""What coincidence analysis is asked: factors, their frequencies, their order, and which may be effects."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from crosscase.analysis.qca.coincidence_fit import Floats
from crosscase.analysis.qca.data import Columns, Frame, read_columns
from crosscase.analysis.qca.expressions import Literal, is_multi
from crosscase.errors import InputError


def check_thresholds(con: float, cov: float, con_msc: float | None, maxstep: tuple[int, int, int]) -> None:
    for name, value in (("con", con), ("cov", cov), ("con_msc", con if con_msc is None else con_msc)):
        if not 0.0 < value <= 1.0:
            raise InputError(f"{name} is {value:g}", mend="give a threshold above 0, up to 1")
    if len(maxstep) != 3 or min(maxstep) < 1:
        raise InputError(f"maxstep is {maxstep}", mend="give three whole numbers from 1")


def read_factors(
    frame: Frame, factors: Sequence[str] | None, frequency: str | None, cases: str | Sequence[object] | None
) -> tuple[Columns, Floats]:
    if factors is None:
        known = [str(c) for c in (frame.columns if hasattr(frame, "columns") else frame)]
        named = cases if isinstance(cases, str) else None
        factors = [c for c in known if c.lower() not in ("case", "cases", "") and c not in (frequency, named)]
    columns = read_columns(frame, factors, cases=cases)
    if columns.dont_care.any():
        raise InputError("coincidence analysis has no don't-care values", mend="give every factor a value")
    if len(factors) < 2:
        raise InputError("there is one factor only", mend="give two factors or more")
    weights = np.ones(len(columns.cases))
    if frequency is not None:
        weights = np.array([float(v) for v in frame[frequency]])
        if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0):
            raise InputError("a frequency is negative or missing", where=frequency, mend="give counts of cases")
    return columns, weights


def read_ordering(ordering: str | Sequence[Sequence[str]] | None, names: Sequence[str]) -> dict[str, int]:
    if ordering is None:
        return {}
    levels = (
        [re.split(r"[,\s]+", part.strip()) for part in ordering.split("<")] if isinstance(ordering, str) else ordering
    )
    rank: dict[str, int] = {}
    for place, level in enumerate(levels):
        for name in level:
            if name not in names:
                raise InputError(f"{name} is no factor", where="ordering", mend=f"use {', '.join(names)}")
            if name in rank:
                raise InputError(f"{name} is on two levels", where="ordering", mend="name each factor once")
            rank[name] = place
    return rank


def read_outcomes(columns: Columns, outcome: str | Sequence[str] | None, notcols: str | Sequence[str]) -> list[Literal]:
    multi = is_multi(columns.levels)
    if outcome is not None:
        return [read_factor_value(text, columns) for text in ([outcome] if isinstance(outcome, str) else outcome)]
    negated = set(columns.names) if notcols == "all" else {notcols} if isinstance(notcols, str) else set(notcols)
    unknown = negated - set(columns.names)
    if unknown:
        raise InputError(f"{', '.join(sorted(unknown))} is no factor", where="notcols", mend="name factors")
    if multi:
        return [Literal(n, v) for n, count in zip(columns.names, columns.levels, strict=True) for v in range(count)]
    return [Literal(name, int(name not in negated)) for name in columns.names]


def read_factor_value(text: str, columns: Columns) -> Literal:
    match = re.fullmatch(r"(~?)\s*([^\[\]{}=~]+?)(?:(?:[\[{]|=)(\d+)[\]}]?)?", text.strip())
    if match is None or match[2] not in columns.names:
        raise InputError(f"{text} is no factor", where="outcome", mend=f"use {', '.join(columns.names)}")
    count = columns.level_of(match[2])
    level = int(match[3]) if match[3] else 0 if match[1] else 1
    if level >= count or (match[1] and count > 2):
        raise InputError(f"{text} is no level of {match[2]}", mend=f"its levels are 0 to {count - 1}")
    return Literal(match[2], level)
