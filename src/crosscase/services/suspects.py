"""Candidates against a claim as a person reads them: one per passage, in context, with why each was raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from crosscase.analysis.disconfirm import RULES
from crosscase.errors import FrameworkError
from crosscase.services.claims import StoredClaim
from crosscase.services.disconfirming import Item, candidates
from crosscase.services.search_record import COUNTS
from crosscase.services.study import Study
from crosscase.services.surroundings import Line, Surroundings


@dataclass(frozen=True)
class Raised:
    """Why one queue raised it: the queue, its rule in words, what it found here, and on which passage."""

    queue: int
    name: str
    rule: str
    reason: str
    start: int | None
    end: int | None


@dataclass(frozen=True)
class Behind:
    """A coding that a candidate rests on, with its place."""

    name: str
    coder: str
    answers: tuple[str, ...]
    source: str
    guid: str
    start: int
    end: int
    words: str


@dataclass(frozen=True)
class Suspect:
    """A passage (or source, or person) that may speak against a claim; ``id`` is the candidate to resolve."""

    id: int
    ids: tuple[int, ...]
    anchor: str
    raised: tuple[Raised, ...]
    source: str
    guid: str
    case: str
    kind: str
    role: str
    level: str
    date: str
    said_by: str
    start: int | None
    end: int | None
    text: str
    lines: tuple[Line, ...]
    codings: tuple[Behind, ...]
    sources: tuple[tuple[str, str], ...]
    disposition: str
    decision: str
    actor: str
    at: str
    gone: bool


def group_items(items: Sequence[Item]) -> list[tuple[Item, ...]]:
    """Candidates on one passage together, in the order of the merged queue.

    Those that are decided and those that are open stay apart: a later search may raise a decided passage once more.
    """
    found: dict[object, list[Item]] = {}
    for item in items:
        key = (item.place, item.source, item.disposition, item.at) if item.start is not None else item.id
        found.setdefault(key, []).append(item)
    return [tuple(group) for group in found.values()]


class Suspects:
    """The candidates of one claim; reads sources and codings once."""

    def __init__(self, study: Study, claim: StoredClaim, evidence: pl.DataFrame) -> None:
        self.study = study
        self.groups = group_items(candidates(study, claim.name))
        self._texts = Surroundings(study)
        self._sources = {row["name"]: row for row in study.sources().to_dicts()}
        wanted = {id for group in self.groups for item in group for id in item.coding_ids}
        some = evidence.filter(pl.col("coding_id").is_in(sorted(wanted)))
        self._codings = {row["coding_id"]: row for row in some.to_dicts()}

    def choose(self, *, queue: int | None = None, case: str = "", disposition: str = "") -> list[tuple[Item, ...]]:
        """Groups that some queue raised, that are about a case, and as they stand: ``open``, resolved in one way, or
        ``against`` (what refutes or qualifies).
        """
        return [group for group in self.groups if self._fits(group, queue, case, disposition)]

    def _fits(self, group: tuple[Item, ...], queue: int | None, case: str, disposition: str) -> bool:
        first = group[0]
        if queue is not None and all(item.queue != queue for item in group):
            return False
        stands = first.disposition or "open"
        if disposition and disposition != stands and not (disposition == "against" and stands in COUNTS):
            return False
        cases = {self._sources[name]["case"] for name in (first.source, *first.sources) if name in self._sources}
        return not case or case in cases

    def show(self, group: tuple[Item, ...]) -> Suspect:
        """A group with everything that a person needs to judge it."""
        first = group[0]
        row: Mapping[str, Any] = self._sources.get(first.source, {})
        lines: list[Line] = []
        if first.start is not None and first.end is not None:
            lines = self._texts.lines(first.source, first.start, first.end, [[(first.start, first.end)]])
        ids = tuple(dict.fromkeys(id for item in group for id in item.coding_ids))
        guids = self._texts.guids
        return Suspect(
            id=first.id,
            ids=tuple(item.id for item in group),
            anchor=f"c-{first.guid[:13]}",
            raised=tuple(Raised(i.queue, i.queue_name, RULES[i.queue], i.reason, i.start, i.end) for i in group),
            source=first.source,
            guid=guids.get(first.source, ""),
            case=row.get("case") or "",
            kind=row.get("kind") or "",
            role=row.get("role") or "",
            level=row.get("level") or "",
            date=row.get("date") or "",
            said_by=first.said_by,
            start=first.start,
            end=first.end,
            text=first.text,
            lines=tuple(lines),
            codings=tuple(self._behind(id) for id in ids if id in self._codings),
            sources=tuple((name, guids[name]) for name in first.sources if name in guids and name != first.source),
            disposition=first.disposition,
            decision=first.decision,
            actor=first.actor,
            at=first.at,
            gone=not any(item.raised for item in group),
        )

    def _behind(self, id: int) -> Behind:
        row = self._codings[id]
        framework = self.study.rulebook
        answers = []
        for facet in framework.facets:
            if value := row.get(facet.id):
                try:
                    answers.append(facet.value(value).label)
                except FrameworkError:
                    answers.append(str(value))
        try:
            name = framework.indicator(row["code"]).name
        except FrameworkError:
            name = row["code"]
        guid = self._texts.guids[row["source"]]
        words = row["text"] or ""
        return Behind(name, row["coder"], tuple(answers), row["source"], guid, row["start"], row["end"], words)
