"""Drift: does a coder come to use a code more or less often than colleagues do on the same units?

For each coder, code and round, on units that a colleague read too: the log-odds of giving the code,
log((k + ½) / (n − k + ½)) (Haldane's correction), the colleagues' log-odds on the same units, and their difference.
The difference takes the material out: when a round's interviews simply say more about a code, both move. Its interval
leaves out one source at a time (delete-one jackknife, t with G − 1 degrees of freedom).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import stdtrit

from crosscase.analysis.agreement.study.agree import StudyCodings
from crosscase.analysis.agreement.study.decisions import decide

Floats = npt.NDArray[np.float64]

_SCHEMA: dict[str, Any] = {
    "coder": pl.String,
    "code": pl.String,
    "round": pl.String,
    "n_sources": pl.Int64,
    "n_units": pl.Int64,
    "n_given": pl.Int64,
    "log_odds": pl.Float64,
    "colleagues": pl.Float64,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "moved": pl.Float64,
}


def drift_table(study: StudyCodings, *, level: float = 0.95) -> pl.DataFrame:
    """One row per coder, code and round; ``moved`` is the change of the difference since the coder's round before.

    ``low`` and ``high`` are null where one source stands behind the round. Raises ``NotEnoughEvidence`` when no unit
    was read by two coders.
    """
    people = study.codings.filter(pl.col("coder_kind") == "person")
    d = decide(people, study.units, study.reviewed, tuple(study.codes), asked=study.asked)
    used = np.flatnonzero(d.gave.any(axis=(0, 1))).tolist()
    group, source = d.rows["group"].to_numpy(), d.rows["source"].to_numpy()
    found: list[dict[str, Any]] = []
    for rater, name in enumerate(d.raters):
        others = [n for n in range(len(d.raters)) if n != rater]
        for code in used:
            before: float | None = None
            for round_name in study.rounds:
                rows = (group == round_name) & d.read[:, rater] & d.asked[:, code]
                if not rows.any():
                    continue
                mine = d.gave[rows, rater, code].astype(float)
                theirs = (d.gave[rows][:, others, code] & d.read[rows][:, others]).sum(axis=1).astype(float)
                n_theirs = d.read[rows][:, others].sum(axis=1).astype(float)
                row = _row(source[rows], mine, theirs, n_theirs, level)
                row |= {"coder": name, "code": d.codes[code], "round": round_name}
                row["moved"] = None if before is None else row["difference"] - before
                before = row["difference"]
                found.append(row)
    return pl.DataFrame(found, schema=_SCHEMA)


def _row(source: npt.NDArray[Any], mine: Floats, theirs: Floats, n_theirs: Floats, level: float) -> dict[str, Any]:
    names, place = np.unique(source, return_inverse=True)
    sums = np.zeros((len(names), 4))
    np.add.at(sums, place, np.column_stack([mine, np.ones(len(mine)), theirs, n_theirs]))
    whole = sums.sum(axis=0)
    k, n, _, _ = whole
    difference = float(_apart(whole[None, :])[0])
    row: dict[str, Any] = {"n_sources": len(names), "n_units": int(n), "n_given": int(k), "low": None, "high": None}
    row |= {"log_odds": float(_log_odds(k, n)), "colleagues": float(_log_odds(whole[2], whole[3]))}
    row["difference"] = difference
    if len(names) > 1:
        left_out = _apart(whole - sums)
        g = len(names)
        se = float(np.sqrt((g - 1) / g * ((left_out - left_out.mean()) ** 2).sum()))
        reach = float(stdtrit(g - 1, (1 + level) / 2)) * se
        row |= {"low": difference - reach, "high": difference + reach}
    return row


def _log_odds(k: Any, n: Any) -> Any:
    return np.log((k + 0.5) / (n - k + 0.5))


def _apart(sums: Floats) -> Floats:
    apart: Floats = _log_odds(sums[:, 0], sums[:, 1]) - _log_odds(sums[:, 2], sums[:, 3])
    return apart
