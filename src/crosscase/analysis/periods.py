"""Periods: when a source speaks, by year, by cut dates or by thirds of the dated sources.

Dates are 2019, 2019-04 or 2019-04-30. A date that does not say on which side of a cut it lies (2019 beside a cut in
April 2019) gives no period; such sources are named, as are those without a date.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from crosscase.errors import AnalysisError

_DATE = re.compile(r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")
YEAR, TERCILES = "year", "terciles"


@dataclass(frozen=True)
class Periods:
    """Evidence with a ``period`` column, the periods in their order, and the sources that have none."""

    evidence: pl.DataFrame
    names: tuple[str, ...]
    undated: tuple[str, ...]


def with_periods(evidence: pl.DataFrame, how: str | Sequence[str] = YEAR) -> Periods:
    """Give every coding the period of its source.

    Parameters
    ----------
    how
        ``"year"``, ``"terciles"`` (of the dated sources) or the dates at which a new period begins.

    Raises
    ------
    AnalysisError
        A cut is no date, or no source has a date.

    Notes
    -----
    Terciles: with n dated sources in order, new periods begin at the dates of numbers n/3 and 2n/3 (rounded up, from
    0). Sources of one date stay together, so that the thirds may be uneven, and fewer than three where dates repeat.
    """
    if "date" not in evidence.columns:
        raise AnalysisError("the evidence has no dates", where="periods", mend="give the sources a date")
    dates = evidence.select("source", "date").unique().sort("source")
    known = {s: d for s, d in dates.iter_rows() if d is not None and _DATE.match(d)}
    if not known:
        raise AnalysisError("no source has a date", where="periods", mend="give the sources a date in sources.csv")
    if how == YEAR:
        placed: dict[str, str | None] = {source: date[:4] for source, date in known.items()}
        names = tuple(sorted({name for name in placed.values() if name}))
    else:
        cuts = _terciles(list(known.values())) if how == TERCILES else _cuts(how)
        names = (f"before {cuts[0]}", *(f"from {cut}" for cut in cuts)) if cuts else ("all",)
        placed = {source: _place(date, cuts, names) for source, date in known.items()}
    period = pl.col("source").replace_strict(placed, default=None, return_dtype=pl.String)
    every = dates["source"].unique().sort().to_list()
    undated = tuple(source for source in every if placed.get(source) is None)
    used = {name for name in placed.values() if name is not None}
    return Periods(evidence.with_columns(period=period), tuple(n for n in names if n in used), undated)


def parse_periods(text: str) -> str | tuple[str, ...]:
    """What people type: ``year``, ``terciles`` or dates with commas between them."""
    word = text.strip().lower()
    if word in (YEAR, TERCILES):
        return word
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _cuts(how: str | Sequence[str]) -> list[str]:
    parts = [how] if isinstance(how, str) else list(how)
    wrong = [part for part in parts if not _DATE.match(part)]
    if wrong or not parts:
        raise AnalysisError(
            f"{wrong[0] if wrong else 'nothing'} is no date",
            where="periods",
            mend="use year, terciles, or dates such as 2019, 2019-04 or 2019-04-30",
        )
    return sorted(set(parts))


def _terciles(dates: Sequence[str]) -> list[str]:
    ordered = sorted(_span(date)[0] for date in dates)
    n = len(ordered)
    found = sorted({ordered[-(-n // 3)] if n > 1 else ordered[0], ordered[min(-(-2 * n // 3), n - 1)]})
    return [date for date in found if date > ordered[0]]


def _place(date: str, cuts: Sequence[str], names: Sequence[str]) -> str | None:
    starts = [_span(cut)[0] for cut in cuts]
    first, last = (sum(start <= end for start in starts) for end in _span(date))
    return names[first] if first == last else None


def _span(date: str) -> tuple[str, str]:
    """First and last day that a date may mean."""
    if len(date) == 10:
        return date, date
    if len(date) == 7:
        year, month = int(date[:4]), int(date[5:7])
        return f"{date}-01", f"{date}-{monthrange(year, month)[1]:02d}"
    return f"{date}-01-01", f"{date}-12-31"
