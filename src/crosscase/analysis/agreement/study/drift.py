"""Drift: does a coder come to use a code more or less often than colleagues do on the same units?

For each coder, code and round, on units that a colleague read too: the log-odds of giving the code,
log((k + ½) / (n − k + ½)) (Haldane's correction), the colleagues' log-odds on the same units, and their difference.
The difference takes the material out: when a round's interviews simply say more about a code, both move. Its interval
leaves out one source at a time (delete-one jackknife, t with G − 1 degrees of freedom).

Instead of rounds, the periods may be stretches of each coder's own work: months, weeks, or thirds of the sources in the
order in which the coder coded them. A source belongs to the period in which the coder began to code it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import stdtrit

from crosscase.analysis.agreement.study.agree import StudyCodings
from crosscase.analysis.agreement.study.answering import Flags
from crosscase.analysis.agreement.study.decisions import Decisions, decide

Floats = npt.NDArray[np.float64]
Over = Literal["month", "week", "third"]
PERIOD_COLUMNS = ("coder", "round", "source", "period")

_SCHEMA: dict[str, Any] = {
    "coder": pl.String,
    "code": pl.String,
    "period": pl.String,
    "n_sources": pl.Int64,
    "n_units": pl.Int64,
    "n_given": pl.Int64,
    "log_odds": pl.Float64,
    "colleagues": pl.Float64,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "moved": pl.Float64,
    "moved_low": pl.Float64,
    "moved_high": pl.Float64,
}


def drift_table(study: StudyCodings, *, level: float = 0.95, periods: pl.DataFrame | None = None) -> pl.DataFrame:
    """The table of ``measure_drift``."""
    return measure_drift(study, level=level, periods=periods)[0]


def measure_drift(
    study: StudyCodings, *, level: float = 0.95, periods: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One row per coder, code and round, and the codings behind it.

    ``moved`` is the change of the difference since the coder's time before; its interval takes the two times as
    independent, for they mostly rest on different sources. ``periods`` (``coder``, ``round``,
    ``source``, ``period``, whose names sort in their order) replaces rounds by periods; the column is then called
    ``period``. Sources of a coder that are not in it are left out. ``low`` and ``high`` are null where one source
    stands behind the row, or sources that are all alike. Behind a row stand the coder's and colleagues' codings on its
    units: ``agreed`` where all who answered gave the code, else ``differs``. Raises ``NotEnoughEvidence`` when no unit
    was read by two coders.
    """
    people = study.codings.filter(pl.col("coder_kind") == "person")
    d = decide(people, study.units, study.reviewed, tuple(study.codes), answering=study.answering)
    used = np.flatnonzero(d.gave.any(axis=(0, 1))).tolist()
    source = d.rows["source"].to_numpy()
    links = {c: part for (c,), part in d.links.partition_by("code", as_dict=True).items()}
    found: list[dict[str, Any]] = []
    behind: list[pl.DataFrame] = []
    for rater, name in enumerate(d.raters):
        others = [n for n in range(len(d.raters)) if n != rater]
        when = _when(d, name, periods)
        order = study.rounds if periods is None else sorted(set(when.tolist()) - {""})
        for code in used:
            before: _Apart | None = None
            known = d.known[:, :, code]
            for period in order:
                rows = (when == period) & known[:, rater] & known[:, others].any(axis=1)
                if not rows.any():
                    continue
                mine = d.gave[rows, rater, code].astype(float)
                theirs = (d.gave[rows][:, others, code] & known[rows][:, others]).sum(axis=1).astype(float)
                n_theirs = known[rows][:, others].sum(axis=1).astype(float)
                row, now = _row(source[rows], mine, theirs, n_theirs, level)
                row |= {"coder": name, "code": d.codes[code], "period": period}
                row |= now.since(before, level) if before is not None else {}
                before = now
                found.append(row)
                behind.append(_behind(d, links.get(code, d.links.clear()), code, rows, (name, period)))
    table = pl.DataFrame(found, schema=_SCHEMA)
    cells = dict.fromkeys(("coder", "code", "period"), pl.String)
    lineage = pl.concat(behind) if behind else pl.DataFrame(schema={**cells, "coding_id": pl.Int64, "part": pl.String})
    if periods is None:
        table, lineage = table.rename({"period": "round"}), lineage.rename({"period": "round"})
    return table, lineage


def _behind(d: Decisions, links: pl.DataFrame, code: int, rows: Flags, cell: tuple[str, str]) -> pl.DataFrame:
    known = d.known[:, :, code]
    together = (d.gave[:, :, code] & known).sum(axis=1) == known.sum(axis=1)
    place, who = links["row"].to_numpy(), links["rater"].to_numpy()
    here = rows[place] & known[place, who]
    part = np.where(together[place], "agreed", "differs")
    return (
        links.with_columns(part=pl.Series(part, dtype=pl.String))
        .filter(pl.Series(here, dtype=pl.Boolean))
        .select(
            pl.lit(cell[0]).alias("coder"),
            pl.lit(d.codes[code]).alias("code"),
            pl.lit(cell[1]).alias("period"),
            "coding_id",
            "part",
        )
        .unique(maintain_order=True)
    )


def _when(d: Decisions, coder: str, periods: pl.DataFrame | None) -> npt.NDArray[Any]:
    """The period of each row for one coder; empty where it is not known."""
    if periods is None:
        return d.rows["group"].to_numpy()
    mine = {(r, s): period for c, r, s, period in periods.select(*PERIOD_COLUMNS).iter_rows() if c == coder}
    places = zip(d.rows["group"].to_list(), d.rows["source"].to_list(), strict=True)
    return np.array([mine.get(place, "") for place in places])


def periods_of(begun: pl.DataFrame, over: Over) -> pl.DataFrame:
    """The period of every source of every coder.

    Parameters
    ----------
    begun
        ``coder``, ``round``, ``source``, ``at`` (time in ISO 8601 of the coder's first coding there) and ``place``,
        which orders what has the same time.
    over
        ``"month"``, ``"week"`` (ISO 8601: ``2026-W09``) or ``"third"``: first, second and last third of the coder's
        sources in the order of coding.
    """
    if over == "third":
        turn = pl.int_range(pl.len()).over("coder")
        third = (turn * 3) // pl.len().over("coder") + 1
        named = begun.sort("coder", "at", "place").with_columns(period=third.cast(pl.String) + pl.lit(" of 3"))
    else:
        day = pl.col("at").str.slice(0, 10).str.to_date()
        named = begun.with_columns(period=day.dt.strftime("%Y-%m" if over == "month" else "%G-W%V"))
    return named.select(*PERIOD_COLUMNS)


@dataclass(frozen=True)
class _Apart:
    """How far a coder is from colleagues at one time, its standard error (0 where none is known), its sources."""

    difference: float
    se: float
    n_sources: int

    def since(self, before: _Apart, level: float) -> dict[str, float]:
        """The change, with a t interval on the fewer sources of the two times: cautious, and ours."""
        moved = self.difference - before.difference
        if not (self.se and before.se):
            return {"moved": moved}
        freedom = min(self.n_sources, before.n_sources) - 1
        reach = float(stdtrit(freedom, (1 + level) / 2)) * float(np.hypot(self.se, before.se))
        return {"moved": moved, "moved_low": moved - reach, "moved_high": moved + reach}


def _row(
    source: npt.NDArray[Any], mine: Floats, theirs: Floats, n_theirs: Floats, level: float
) -> tuple[dict[str, Any], _Apart]:
    names, place = np.unique(source, return_inverse=True)
    sums = np.zeros((len(names), 4))
    np.add.at(sums, place, np.column_stack([mine, np.ones(len(mine)), theirs, n_theirs]))
    whole = sums.sum(axis=0)
    k, n, _, _ = whole
    difference = float(_apart(whole[None, :])[0])
    row: dict[str, Any] = {"n_sources": len(names), "n_units": int(n), "n_given": int(k), "low": None, "high": None}
    row |= {"log_odds": float(_log_odds(k, n)), "colleagues": float(_log_odds(whole[2], whole[3]))}
    row["difference"] = difference
    se = 0.0
    if len(names) > 1:
        left_out = _apart(whole - sums)
        g = len(names)
        se = float(np.sqrt((g - 1) / g * ((left_out - left_out.mean()) ** 2).sum()))
        reach = float(stdtrit(g - 1, (1 + level) / 2)) * se
        if se > 0.0:  # sources that are all alike do not say how much they vary
            row |= {"low": difference - reach, "high": difference + reach}
    return row, _Apart(difference, se, len(names))


def _log_odds(k: Any, n: Any) -> Any:
    return np.log((k + 0.5) / (n - k + 0.5))


def _apart(sums: Floats) -> Floats:
    apart: Floats = _log_odds(sums[:, 0], sums[:, 1]) - _log_odds(sums[:, 2], sums[:, 3])
    return apart
