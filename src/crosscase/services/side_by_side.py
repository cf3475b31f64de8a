"""Places that coders coded differently, side by side, with what was decided about them.

A place is a unit on which coders differ (or agree), out of a measured agreement, or a cluster of codings that overlap,
out of the codings that wait for a decision. Only codings of the rounds that are asked for are ever read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis.agreement.study import AgreementResult
from crosscase.analysis.agreement.study.decisions import SHARE_OF_SHORTER
from crosscase.analysis.agreement.study.result import ALL
from crosscase.errors import FrameworkError, NotFound
from crosscase.services.agreeing import coding_memos, read_by_people
from crosscase.services.decisions import Adjudication, adjudications, decided_ids
from crosscase.services.people import people
from crosscase.services.study import Study
from crosscase.services.surroundings import Line, Surroundings

STATES = ("open", "decided", "all")


@dataclass(frozen=True)
class Spot:
    """Where a place is, and which codings of whom stand there; ``asked`` are those that the place is about."""

    source: str
    start: int
    end: int
    round: str
    coders: tuple[str, ...]
    codings: Mapping[str, tuple[int, ...]]
    asked: frozenset[int]


@dataclass(frozen=True)
class Said:
    """One coding as its coder made it; ``asked`` tells whether the place is about it."""

    id: int
    code: str
    name: str
    start: int
    end: int
    words: str
    facets: Mapping[str, str]
    answers: tuple[tuple[str, bool], ...]  # in words, and whether colleagues with the same code answered otherwise
    memos: tuple[str, ...]
    asked: bool
    decided: bool


@dataclass(frozen=True)
class Side:
    """What one coder who read the place coded there; nothing is something that they said, too."""

    coder: str
    label: str
    codings: tuple[Said, ...]


@dataclass(frozen=True)
class Place:
    """A place side by side, in its context; ``open_ids`` are the codings that wait for a decision."""

    anchor: str
    source: str
    guid: str
    case: str
    kind: str
    date: str
    start: int
    end: int
    round: str
    codes: tuple[str, ...]
    sides: tuple[Side, ...]
    lines: tuple[Line, ...]
    open_ids: tuple[int, ...]
    decisions: tuple[Adjudication, ...]

    @property
    def kinds(self) -> str:
        """In words, how the sides differ."""
        asked = [
            {(s.code, s.start, s.end, tuple(s.facets.items())) for s in side.codings if s.asked} for side in self.sides
        ]
        codes = [{s[0] for s in some} for some in asked]
        if any(some != codes[0] for some in codes):
            return "codes differ" if all(codes) else "not all coded it"
        if any({s[3] for s in some} != {s[3] for s in asked[0]} for some in asked):
            return "answers differ"
        return "passages differ" if any(some != asked[0] for some in asked) else "the same"


@dataclass
class Bench:
    """Everything that places of some rounds are made of, read once."""

    study: Study
    rounds: Collection[str]
    codings: dict[int, dict[str, Any]] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    standing: dict[int, Adjudication] = field(default_factory=dict)

    def __post_init__(self) -> None:
        mine = (pl.col("coder_kind") == "person") & pl.col("round").is_in(list(self.rounds))
        frame = self.study.evidence("independent").filter(mine).sort("source", "start", "end", "coding_id")
        self.codings = {row["coding_id"]: row for row in frame.to_dicts()}
        with self.study.reading() as connection:
            self.done = decided_ids(connection)
            self._memos = coding_memos(connection)
            read = read_by_people(connection)
        self._read = read.filter(pl.col("round").is_in(list(self.rounds)))
        for decision in adjudications(self.study):
            if decision.reopened_at is None:
                self.standing |= dict.fromkeys(decision.parents, decision)
        self._labels = {p.name: p.label for p in people(self.study)}
        self._texts = Surroundings(self.study)

    def clusters(self, *, code: str = "", case: str = "", state: str = "open", readers: int = 1) -> list[Spot]:
        """Codings that overlap by half of the shorter one, together; in the order of the texts.

        ``readers`` is how many people must have read the place, or coded it.
        """
        read_in: dict[tuple[str, str], list[tuple[str, int, int]]] = {}
        for source, start, end, coder, round_name in self._read.iter_rows():
            read_in.setdefault((source, round_name), []).append((coder, start, end))
        found = []
        for (source, round_name), rows in self._by_source().items():
            for group in _overlapping(rows):
                ids = [r["coding_id"] for r in group]
                if not _fits(group, self.done, code, case, state):
                    continue
                low, high = min(r["start"] for r in group), max(r["end"] for r in group)
                read = {c for c, a, b in read_in.get((source, round_name), ()) if a <= low and high <= b}
                coders = tuple(sorted(read | {r["coder"] for r in group}))
                if len(coders) < readers:
                    continue
                by = {c: tuple(r["coding_id"] for r in group if r["coder"] == c) for c in coders}
                found.append(Spot(source, low, high, round_name, coders, by, frozenset(ids)))
        return found

    def _by_source(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in self.codings.values():
            found.setdefault((row["source"], row["round"]), []).append(row)
        return found

    def place(self, spot: Spot) -> Place:
        """A spot with everything that a person needs to decide."""
        apart = self._apart(spot)
        sides = tuple(
            Side(c, self._labels.get(c, c), tuple(self._said(n, spot, apart) for n in spot.codings.get(c, ())))
            for c in spot.coders
        )
        spans = [[(s.start, s.end) for s in side.codings if s.asked] for side in sides]
        source = self._texts.source(spot.source)
        asked = sorted(spot.asked)
        decisions = {self.standing[n].id: self.standing[n] for n in asked if n in self.standing}
        codes = dict.fromkeys(self.name_of(self.codings[n]["code"]) for n in asked)
        return Place(
            anchor=f"p-{source.guid[:8]}-{spot.start}-{spot.end}-{sorted(self.rounds).index(spot.round)}",
            source=spot.source,
            guid=source.guid,
            case=source.case_label or source.case or "",
            kind=source.kind,
            date=source.date or "",
            start=spot.start,
            end=spot.end,
            round=spot.round,
            codes=tuple(codes),
            sides=sides,
            lines=tuple(self._texts.lines(spot.source, spot.start, spot.end, spans)),
            open_ids=tuple(n for n in asked if n not in self.done),
            decisions=tuple(decisions.values()),
        )

    def _apart(self, spot: Spot) -> set[tuple[str, str]]:
        """Codes and facets to which coders gave different answers here."""
        given: dict[tuple[str, str], set[str | None]] = {}
        for number in spot.asked:
            row = self.codings[number]
            for facet in self.study.rulebook.facets:
                given.setdefault((row["code"], facet.id), set()).add(row.get(facet.id) or None)
        return {key for key, values in given.items() if len(values) > 1}

    def _said(self, number: int, spot: Spot, apart: set[tuple[str, str]]) -> Said:
        row = self.codings[number]
        facets = {f.id: row[f.id] for f in self.study.rulebook.facets if row.get(f.id)}
        return Said(
            id=number,
            code=row["code"],
            name=self.name_of(row["code"]),
            start=row["start"],
            end=row["end"],
            words=row["text"] or "",
            facets=facets,
            answers=tuple((self.answer(f, value), (row["code"], f) in apart) for f, value in facets.items()),
            memos=tuple(self._memos.get(number, ())),
            asked=number in spot.asked,
            decided=number in self.done,
        )

    def name_of(self, code: str) -> str:
        """What people call a code; one that is not in this codebook keeps its id."""
        try:
            return self.study.rulebook.indicator(code).name
        except FrameworkError:
            return code

    def answer(self, facet: str, value: str) -> str:
        """An answer in words."""
        try:
            return self.study.rulebook.facet(facet).value(value).label
        except FrameworkError:
            return value


def spots_of(
    result: AgreementResult,
    *,
    code: str = ALL,
    pair: tuple[str, str] | None = None,
    facet: str = "",
    same: bool = False,
) -> list[Spot]:
    """The units behind a value: those on which coders differ, or (``same``) on which all who read it agree.

    Their number is the table's ``n_differ``. Raises ``NotFound`` for a code, coder or facet that was not compared.
    """
    d = result.decisions
    raters = [_place(d.raters, name, "coder") for name in pair] if pair else list(range(len(d.raters)))
    codes = list(range(len(d.codes))) if code == ALL else [_place(d.codes, code, "code")]
    linked: dict[int, list[tuple[int, int, int]]] = {}
    for row, rater, number, coding in d.links.select("row", "rater", "code", "coding_id").iter_rows():
        linked.setdefault(row, []).append((rater, number, coding))
    if facet:
        _place(result.facets, facet, "facet")
        wanted = _by_answers(result, facet, same)
    else:
        wanted = _by_codes(d.known[:, raters][:, :, codes], d.gave[:, raters][:, :, codes], codes, same)
    rows = d.rows.to_dicts()
    found = []
    for row, about in wanted.items():
        here = [r for r in raters if d.read[row, r]]
        mine = [(rater, number, coding) for rater, number, coding in linked.get(row, ()) if rater in here]
        by = {d.raters[r]: tuple(n for rater, _, n in mine if rater == r) for r in here}
        asked = frozenset(n for _, number, n in mine if about is None or number in about)
        names = tuple(d.raters[r] for r in here)
        there = rows[row]
        found.append(Spot(there["source"], there["start"], there["end"], there["group"], names, by, asked))
    return sorted(found, key=lambda s: (s.source, s.start, s.end, s.round))


def _by_codes(known: Any, given: Any, codes: Sequence[int], same: bool) -> dict[int, set[int] | None]:
    """Rows → the codes on which those who answered differ, or agree."""
    readers = known.sum(axis=1)
    many = (given & known).sum(axis=1)
    hit = ((many == readers) if same else (many < readers)) & (many > 0) & (readers >= 2)
    return {int(row): {codes[int(n)] for n in np.flatnonzero(hit[row])} for row in np.flatnonzero(hit.any(axis=1))}


def _by_answers(result: AgreementResult, facet: str, same: bool) -> dict[int, set[int] | None]:
    part = "agreed" if same else "differs"
    ids = result.lineage.filter((pl.col("facet") == facet) & (pl.col("part") == part))["coding_id"]
    rows = result.decisions.links.filter(pl.col("coding_id").is_in(ids.to_list()))["row"].unique().to_list()
    return dict.fromkeys(sorted(rows))


def _place(names: Sequence[str], name: str, noun: str) -> int:
    if name not in names:
        raise NotFound(f"no {noun} {name!r} was compared", where="agreement", mend=f"use one of {', '.join(names)}")
    return list(names).index(name)


def _overlapping(rows: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    groups: list[list[dict[str, Any]]] = []
    for row in rows:
        home: list[dict[str, Any]] | None = None
        for group in reversed(groups[-8:]):
            if any(_share(row, other) >= SHARE_OF_SHORTER for other in group):
                home = group
                break
        if home is None:
            groups.append([row])
        else:
            home.append(row)
    return groups


def _share(one: dict[str, Any], other: dict[str, Any]) -> float:
    shared = min(one["end"], other["end"]) - max(one["start"], other["start"])
    return float(shared / min(one["end"] - one["start"], other["end"] - other["start"]))


def _fits(group: Sequence[dict[str, Any]], done: set[int], code: str, case: str, state: str) -> bool:
    waits = any(r["coding_id"] not in done for r in group)
    if (state == "open" and not waits) or (state == "decided" and waits):
        return False
    if code and all(r["code"] != code for r in group):
        return False
    return not case or group[0]["case"] == case
