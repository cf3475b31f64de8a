"""The measures of consistency and coverage that coincidence analysis can use, with case frequencies.

With x the membership in the condition, y in the outcome, and sums over cases (weighted by their frequency):
scon = Σmin(x, y)/Σx, scov = Σmin(x, y)/Σy; of the contrapositive ccon = Σmin(1−x, 1−y)/Σ(1−y),
ccov = Σmin(1−x, 1−y)/Σ(1−x). Four more do not depend on how common outcome or condition are (De Souter 2024; De Souter
& Baumgartner 2025): PAcon = scov/(scov + 1 − ccon), PACcov = ccon/(ccon + 1 − scov), AAcov = scon/(scon + 1 − ccov),
AACcon = ccov/(ccov + 1 − scon). We inferred these four forms from published values, which they reproduce.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from crosscase.analysis.qca.data import Frame, read_columns
from crosscase.analysis.qca.expressions import parse
from crosscase.errors import Degenerate, InputError

Floats = npt.NDArray[np.float64]
ConMeasure = Literal["scon", "ccon", "PAcon", "AACcon"]
CovMeasure = Literal["scov", "ccov", "AAcov", "PACcov"]
Measures = tuple[ConMeasure, CovMeasure]


def check_measures(measures: Measures) -> None:
    """Refuse a pair of measures that does not exist."""
    con, cov = measures
    if con not in get_args(ConMeasure) or cov not in get_args(CovMeasure):
        raise InputError(
            f"there are no measures {con}, {cov}",
            mend=f"use one of {', '.join(get_args(ConMeasure))} and one of {', '.join(get_args(CovMeasure))}",
        )


def measure(x: Floats, y: Floats, weights: Floats, measures: Measures) -> tuple[Floats, Floats]:
    """Consistency and coverage of each row of ``x`` (conditions × cases) for the outcome ``y``.

    NaN where a measure is not defined, so that no threshold is passed.
    """
    both = np.minimum(x, y) @ weights
    neither = np.minimum(1.0 - x, 1.0 - y) @ weights
    with np.errstate(divide="ignore", invalid="ignore"):
        scon, scov = both / (x @ weights), both / (y @ weights)
        ccon, ccov = neither / ((1.0 - y) @ weights), neither / ((1.0 - x) @ weights)
        values: dict[str, Floats] = {
            "scon": scon,
            "scov": scov,
            "ccon": ccon,
            "ccov": ccov,
            "PAcon": scov / (scov + 1.0 - ccon),
            "PACcov": ccon / (ccon + 1.0 - scov),
            "AAcov": scon / (scon + 1.0 - ccov),
            "AACcon": ccov / (ccov + 1.0 - scon),
        }
    return values[measures[0]], values[measures[1]]


def condition_fit(
    expression: str, frame: Frame, measures: Measures = ("scon", "scov"), *, cases: str | Sequence[object] | None = None
) -> tuple[float, float]:
    """Consistency and coverage of ``"A*~B + C -> Y"`` (or ``<->``) by the measures that are named.

    Raises
    ------
    InputError
        The text has no arrow or names what is not there.
    Degenerate
        A measure is not defined for these data.
    """
    check_measures(measures)
    parts = re.split(r"<?->", expression)
    if len(parts) != 2:
        raise InputError(f"{expression!r} has no arrow", mend="write such as A*~B + C <-> Y")
    condition, outcome = (parse(part) for part in parts)
    columns = read_columns(frame, [*condition.conditions, *outcome.conditions], cases=cases)
    x, y = condition.membership(columns), outcome.membership(columns)
    con, cov = measure(x[None, :], y, np.ones(len(y)), measures)
    if np.isnan(con[0]) or np.isnan(cov[0]):
        raise Degenerate(f"{measures[0]} or {measures[1]} is not defined for {expression}")
    return float(con[0]), float(cov[0])
