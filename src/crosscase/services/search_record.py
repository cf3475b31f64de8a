"""What the search against each claim came to: what was searched, what was decided, how much is likely unseen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from crosscase.analysis.disconfirm import QUEUES, Saturation, saturation
from crosscase.analysis.disconfirm.sides import in_scope
from crosscase.errors import Degenerate
from crosscase.model.claim import DISPOSITIONS
from crosscase.services.claims import StoredClaim, claims
from crosscase.services.disconfirming import Item, candidates
from crosscase.services.study import Study

COUNTS = ("refutes", "qualifies")  # what counts as evidence against a claim that stands


@dataclass(frozen=True)
class SearchRecord:
    """The record of one claim.

    ``queues`` has, per queue, how many candidates were raised and how many of them are resolved; ``dispositions`` the
    number of passages per disposition (candidates on one passage count once). ``saturation`` is ``None`` where it is
    not defined, and ``why_not`` says why.
    """

    claim: StoredClaim
    searched: str
    queues: tuple[tuple[int, str, int, int, str], ...]
    dispositions: Mapping[str, int]
    n_open: int
    against: tuple[Item, ...]
    saturation: Saturation | None
    why_not: str

    @property
    def coverage(self) -> float | None:
        """Share of the raised candidates that are resolved; ``None`` when nothing was raised."""
        raised, resolved = sum(q[2] for q in self.queues), sum(q[3] for q in self.queues)
        return resolved / raised if raised else None


def search_records(study: Study, evidence: pl.DataFrame) -> tuple[SearchRecord, ...]:
    """The record of every claim that was searched against or changed."""
    items: dict[str, list[Item]] = {}
    for item in candidates(study):
        items.setdefault(item.claim, []).append(item)
    codes = dict(evidence.select("coding_id", "code").iter_rows())
    sources = study.sources()
    return tuple(
        _record(stored, items.get(stored.name, []), codes, sources)
        for stored in claims(study)
        if stored.searched is not None or stored.changes
    )


def _record(stored: StoredClaim, items: list[Item], codes: Mapping[int, str], sources: pl.DataFrame) -> SearchRecord:
    searched = stored.searched or {}
    notes = {int(k): v for k, v in searched.get("notes", {}).items()}
    queues = tuple(
        (
            number,
            name,
            sum(i.queue == number for i in items),
            sum(i.queue == number and not i.is_open for i in items),
            notes.get(number, ""),
        )
        for number, name in QUEUES.items()
    )
    decided = _once([i for i in items if not i.is_open])
    counts = {name: sum(i.disposition == name for i in decided) for name in DISPOSITIONS}
    against = tuple(i for i in decided if i.disposition in COUNTS)
    order = in_scope(sources.filter(pl.col("case").is_not_null()), stored.claim.scope).sort("date", "name")
    unseen, why = _saturation(against, codes, order["name"].to_list())
    return SearchRecord(
        stored,
        str(searched.get("sentence", "Nothing was searched yet.")),
        queues,
        counts,
        sum(i.is_open for i in items),
        against,
        unseen,
        why,
    )


def _once(items: list[Item]) -> list[Item]:
    """One item per passage: several queues may raise the same."""
    found: dict[object, Item] = {}
    for item in items:
        # Candidates on one passage are resolved together and share the place in the merged queue.
        found.setdefault((item.place, item.source) if item.start is not None else item.id, item)
    return list(found.values())


def _saturation(against: tuple[Item, ...], codes: Mapping[int, str], order: list[str]) -> tuple[Saturation | None, str]:
    points: dict[str, list[str]] = {}
    for item in against:
        if item.source:
            said = sorted({codes[id] for id in item.coding_ids if id in codes})
            # A passage that nobody has coded makes a point of its own until somebody says which.
            points.setdefault(item.source, []).append("+".join(said) or f"passage {item.id}")
    try:
        return saturation(points, order), ""
    except Degenerate as error:
        return None, error.what
