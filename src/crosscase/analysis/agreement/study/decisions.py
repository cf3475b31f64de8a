"""What each coder decided on each unit: read it or not, and which codes were given.

Units are turns, sentences, paragraphs or passages that coders were handed. A unit that does not lie wholly inside what
a coder has read is missing for that coder; so is a code that a round did not ask for, or that waits for re-coding
(``answering``). None of these is "not coded".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from crosscase.analysis.agreement.study.answering import Answering, Flags
from crosscase.errors import InputError, NotEnoughEvidence

Ints = npt.NDArray[np.int64]

SHARE_OF_SHORTER = 0.5
"""A coding counts in a unit when both share at least half of the shorter of the two."""

UNIT_COLUMNS = ("source", "start", "end")
READ_COLUMNS = ("source", "start", "end", "coder", "round")


@dataclass(frozen=True)
class Decisions:
    """Units in rows, raters in columns.

    Attributes
    ----------
    rows
        One row per unit and group (round, or coder where rounds are compared) that two raters read: ``group``,
        ``source``, ``start``, ``end``, and ``text`` where the units have it.
    raters, codes
        Names of columns and codes.
    read
        Rows × raters.
    gave
        Rows × raters × codes.
    known
        Rows × raters × codes: whether the rater's answer on the code is known: the unit was read, the round asked for
        the code, and nothing of it waits for re-coding.
    waits
        Codes: whether codings of it wait for re-coding.
    links
        ``row``, ``rater``, ``code`` (positions) and ``coding_id`` of every coding that counts.
    n_outside
        Codings outside what their coders have read, which count nowhere.
    """

    rows: pl.DataFrame
    raters: tuple[str, ...]
    codes: tuple[str, ...]
    read: Flags
    gave: Flags
    known: Flags
    waits: Flags
    links: pl.DataFrame
    n_outside: int

    def choose(self, rows: Flags | None = None, raters: Sequence[int] | None = None) -> Decisions:
        """Only these rows and raters, and of them the rows that two raters read."""
        columns = list(range(len(self.raters))) if raters is None else list(raters)
        kept = np.asarray(self.read[:, columns].sum(axis=1) >= 2)
        if rows is not None:
            kept &= rows
        number = np.cumsum(kept) - 1
        place = {old: new for new, old in enumerate(columns)}
        links = self.links.filter(pl.Series(kept[self.links["row"].to_numpy()]) & pl.col("rater").is_in(columns))
        return replace(
            self,
            rows=self.rows.filter(pl.Series(kept)),
            raters=tuple(self.raters[c] for c in columns),
            read=self.read[kept][:, columns],
            gave=self.gave[kept][:, columns],
            known=self.known[kept][:, columns],
            links=links.with_columns(
                row=pl.Series(number[links["row"].to_numpy()]),
                rater=pl.col("rater").replace_strict(place, return_dtype=pl.Int64),
            ),
        )

    def compared(self, codes: Sequence[int]) -> tuple[Flags, Flags]:
        """Rows × codes: those that two raters answered; rows × raters: those who answered all that are compared."""
        answered = self.known[:, :, list(codes)]
        twice: Flags = answered.sum(axis=1) >= 2
        all_of_them: Flags = np.asarray((answered | ~twice[:, None, :]).all(axis=2))
        return twice, all_of_them & np.asarray(twice.any(axis=1))[:, None]

    def ratings(self, codes: Sequence[int]) -> npt.NDArray[np.float64]:
        """Rows × raters: 1 where any of these codes was given, 0 where not, NaN where the answer is not known."""
        twice, known = self.compared(codes)
        given = (self.gave[:, :, list(codes)] & twice[:, None, :]).any(axis=2).astype(float)
        return np.where(known, given, np.nan)


def decide(
    codings: pl.DataFrame,
    units: pl.DataFrame,
    reviewed: pl.DataFrame,
    codes: Sequence[str],
    *,
    rater: str = "coder",
    group: str = "round",
    answering: Answering | None = None,
    share: float = SHARE_OF_SHORTER,
) -> Decisions:
    """Put codings into units.

    Parameters
    ----------
    codings
        Independent evidence rows of people.
    units
        ``source``, ``start``, ``end`` (half-open), in any order, apart from each other; with a column ``round`` where
        units belong to one round.
    reviewed
        What was read: ``source``, ``start``, ``end``, ``coder``, ``round``.
    codes
        In the order of the codebook.
    rater, group
        ``"coder"`` within ``"round"`` compares coders; ``"round"`` within ``"coder"`` compares a coder with themself.
    answering
        Which codes each round asked for, and what waits for re-coding.
    share
        Of the shorter of coding and unit, from which a coding counts; 0 for every touch.

    Raises
    ------
    NotEnoughEvidence
        Nobody has recorded what they read, or no unit was read by two.
    InputError
        Units overlap.

    Notes
    -----
    A coding counts in every unit with which it shares at least half of the shorter of the two, and always in the one
    with which it shares most; this rule is ours.
    """
    if reviewed.is_empty():
        raise NotEnoughEvidence(
            "nobody has recorded what they read",
            where="reviewed spans",
            mend="mark what is read in the Source room, or import it with `crosscase import --reviewed`: "
            "silence in unread text is not agreement",
        )
    raters = tuple(sorted(reviewed[rater].unique()))
    axis = _Axis.of(units, codings, reviewed)
    way = _Way(axis, raters, tuple(codes), rater, group, share)
    parts = [
        _in_group(str(name), spans, codings.filter(pl.col(group) == name), units, way)
        for (name,), spans in reviewed.group_by([group], maintain_order=True)
    ]
    whole = _stacked(parts, raters, tuple(codes), rater, answering or Answering())
    if whole.rows.is_empty():
        what, mend = "by two coders in the same round", "let two coders read the same sources"
        if group != "round":
            what, mend = "by the same coder in two rounds", "let a coder read some sources again, in a round of its own"
        raise NotEnoughEvidence(f"no unit was read {what}", where="reviewed spans", mend=mend)
    return whole


def readers(rows: pl.DataFrame, reviewed: pl.DataFrame, raters: Sequence[str]) -> Flags:
    """Rows (``group`` is their round) × coders: who read the whole place."""
    read = np.zeros((rows.height, len(raters)), dtype=bool)
    axis = _Axis.of(rows, reviewed)
    start, end = axis.place(rows)
    for (round_name, who), seen in reviewed.group_by(["round", "coder"], maintain_order=True):
        mine = (rows["group"] == round_name).to_numpy()
        read[mine, list(raters).index(str(who))] = _covered(start[mine], end[mine], *axis.place(seen))
    return read


@dataclass(frozen=True)
class _Axis:
    """All sources on one line, so that a search is one search."""

    base: Mapping[str, int]

    @classmethod
    def of(cls, *frames: pl.DataFrame) -> _Axis:
        ends = pl.concat([f.select("source", "end") for f in frames]).group_by("source").agg(pl.col("end").max())
        base, total = {}, 0
        for source, end in ends.sort("source").iter_rows():
            base[source] = total
            total += end + 1
        return cls(base)

    def place(self, frame: pl.DataFrame) -> tuple[Ints, Ints]:
        base = frame["source"].replace_strict(self.base, return_dtype=pl.Int64).to_numpy()
        return base + frame["start"].to_numpy(), base + frame["end"].to_numpy()


@dataclass(frozen=True)
class _Way:
    """How codings are put into units."""

    axis: _Axis
    raters: tuple[str, ...]
    codes: tuple[str, ...]
    rater: str
    group: str
    share: float


@dataclass(frozen=True)
class _Part:
    rows: pl.DataFrame
    read: Flags
    links: pl.DataFrame
    n_outside: int


def _in_group(name: str, spans: pl.DataFrame, codings: pl.DataFrame, units: pl.DataFrame, way: _Way) -> _Part:
    mine = units
    if "round" in units.columns:
        mine = units.filter(pl.col("round") == name) if way.group == "round" else units
        mine = mine.drop("round").unique(list(UNIT_COLUMNS), maintain_order=True)
    mine = mine.sort("source", "start")
    start, end = way.axis.place(mine)
    if (start[1:] < end[:-1]).any():
        at = mine.row(int(np.argmax(start[1:] < end[:-1])), named=True)
        what, mend = "units overlap", "choose turn, sentence or paragraph"
        if way.group == "coder":
            what = "passages that were handed out in different rounds overlap, so they are no units to compare them on"
            mend = "use --unit turn, sentence or paragraph"
        raise InputError(what, where=f"{at['source']}, from {at['start']}", mend=mend)
    read = np.zeros((len(start), len(way.raters)), dtype=bool)
    for (who,), seen in spans.group_by([way.rater], maintain_order=True):
        read[:, way.raters.index(str(who))] = _covered(start, end, *way.axis.place(seen))
    links = _links(codings, start, end, way)
    known = read[links["row"].to_numpy(), links["rater"].to_numpy()]
    links = links.filter(pl.Series(known))
    # Sources that are not cut into units were not read twice: their codings have nobody to be compared with.
    compared = codings.filter(pl.col("code").is_in(list(way.codes)))
    n_outside = compared.filter(pl.col("source").is_in(mine["source"].unique().to_list())).height
    n_outside -= links["coding_id"].n_unique()
    twice = read.sum(axis=1) >= 2
    number = np.cumsum(twice) - 1
    links = links.filter(pl.Series(twice[links["row"].to_numpy()]))
    links = links.with_columns(row=pl.Series(number[links["row"].to_numpy()], dtype=pl.Int64))
    rows = mine.filter(pl.Series(twice)).with_columns(group=pl.lit(name))
    return _Part(rows, read[twice], links, n_outside)


def _covered(start: Ints, end: Ints, low: Ints, high: Ints) -> Flags:
    """Which units lie wholly inside what was read, where spans that touch count as one."""
    order = np.argsort(low, kind="stable")
    low, reach = low[order], np.maximum.accumulate(high[order])
    fresh = np.ones(len(low), dtype=bool)
    fresh[1:] = low[1:] > reach[:-1]
    first = np.flatnonzero(fresh)
    last = np.append(first[1:], len(low)) - 1
    place = np.searchsorted(low[first], start, side="right") - 1
    covered: Flags = (place >= 0) & (end <= reach[last][np.maximum(place, 0)])
    return covered


def _links(codings: pl.DataFrame, start: Ints, end: Ints, way: _Way) -> pl.DataFrame:
    """Every coding in every unit in which it counts."""
    known = codings.filter(pl.col(way.rater).is_in(list(way.raters)) & pl.col("code").is_in(list(way.codes)))
    low, high = way.axis.place(known)
    first, last = np.searchsorted(end, low, side="right"), np.searchsorted(start, high, side="left")
    many = np.maximum(last - first, 0)
    coding = np.repeat(np.arange(len(low)), many)
    unit = np.repeat(first, many) + np.arange(len(coding)) - np.repeat(np.cumsum(many) - many, many)
    shared = np.minimum(high[coding], end[unit]) - np.maximum(low[coding], start[unit])
    shorter = np.minimum(high[coding] - low[coding], end[unit] - start[unit])
    most = np.zeros(len(low), dtype=np.int64)
    np.maximum.at(most, coding, shared)
    counts = (shared >= way.share * shorter) | (shared == most[coding])
    chosen = coding[counts]
    who = known[way.rater].replace_strict({r: n for n, r in enumerate(way.raters)}, return_dtype=pl.Int64)
    what = known["code"].replace_strict({c: n for n, c in enumerate(way.codes)}, return_dtype=pl.Int64)
    return pl.DataFrame(
        {
            "row": pl.Series(unit[counts], dtype=pl.Int64),
            "rater": who.gather(pl.Series(chosen)),
            "code": what.gather(pl.Series(chosen)),
            "coding_id": known["coding_id"].gather(pl.Series(chosen)),
        }
    )


def _stacked(
    parts: Sequence[_Part], raters: tuple[str, ...], codes: tuple[str, ...], rater: str, answering: Answering
) -> Decisions:
    offset, links = 0, []
    for part in parts:
        links.append(part.links.with_columns(row=pl.col("row") + offset))
        offset += part.rows.height
    rows, whole = pl.concat([p.rows for p in parts]), pl.concat(links)
    gave = np.zeros((offset, len(raters), len(codes)), dtype=bool)
    gave[whole["row"].to_numpy(), whole["rater"].to_numpy(), whole["code"].to_numpy()] = True
    read = np.vstack([p.read for p in parts])
    known = answering.known(rows, read, raters, codes, rater)
    open_codes = {part for w in answering.waiting if w.kind == "split" for part in w.parts}
    waits = np.array([code in open_codes for code in codes], dtype=bool)
    return Decisions(rows, raters, codes, read, gave, known, waits, whole, sum(p.n_outside for p in parts))
