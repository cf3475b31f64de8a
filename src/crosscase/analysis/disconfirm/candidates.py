"""What the queues are made of: candidates, each with the words that say why it was raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

QUEUES: Mapping[int, str] = {
    1: "evidence coded against it",
    2: "silence",
    3: "subgroups",
    4: "within a speaker",
    5: "triangulation",
    6: "retrieval",
    7: "leave-one-out",
    8: "coder splits",
}

RULES: Mapping[int, str] = {
    1: "It is coded against what the claim says: against a condition of its rule, as disconfirming the type, or with "
    "another locus than the type expects.",
    2: "Nobody has asked or looked: a source with much about these domains and nothing about the claim, or an uncoded "
    "passage near to what is coded about it. Silence is no evidence against a claim.",
    3: "In one group of people (role, site, kind of source) more speaks against the claim than elsewhere. Groups are "
    "ranked, not tested.",
    4: "One person says both: something for the claim and something against it.",
    5: "Sources contradict each other: what central sources lay down and schools deny, or one kind of source that lies "
    "on the other side.",
    6: "Nobody has coded it, and its words are like those that are coded against the claim.",
    7: "The verdict hangs on few sources: without these it would be another one.",
    8: "Coders split over it: one coded it against the claim, and another for it or not at all.",
}


@dataclass(frozen=True)
class Candidate:
    """Something that may speak against a claim.

    ``score`` ranks within its queue and means something else in each (see ``docs/methods/disconfirming.md``).
    ``key`` is stable: the same candidate found again has the same key. A candidate points to codings, to a place in
    a source, or (silence, leave-one-out) to whole sources.
    """

    queue: int
    key: str
    score: float
    reason: str
    source: str = ""
    start: int | None = None
    end: int | None = None
    text: str = ""
    said_by: str = ""
    codings: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()


_SCHEMA: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "claim": pl.String,
    "place": pl.Int64,
    "queue": pl.Int64,
    "queue_name": pl.String,
    "rank": pl.Int64,
    "score": pl.Float64,
    "reason": pl.String,
    "source": pl.String,
    "start": pl.Int64,
    "end": pl.Int64,
    "text": pl.String,
    "said_by": pl.String,
    "coding_ids": pl.List(pl.Int64),
    "sources": pl.List(pl.String),
    "also": pl.List(pl.Int64),
    "first": pl.Boolean,
    "key": pl.String,
}


def ranked(found: Sequence[Candidate], most: int) -> list[Candidate]:
    """The highest scores first; ties by key, so that the order is the same on every machine."""
    return sorted(found, key=lambda c: (-c.score, c.key))[:most]


def merge(claim: str, queues: Mapping[int, Sequence[Candidate]]) -> pl.DataFrame:
    """One queue out of many: first the best of each, then the second of each, and so on.

    All candidates are kept. Those on the same passage share the ``place`` of the one that comes first, whose ``also``
    names the other queues; the others have ``first`` false. Scores of different queues cannot be compared, and are
    not.
    """
    rows: list[dict[str, object]] = []
    taken: dict[str, list[tuple[int, int, int]]] = {}
    n_places = 0
    order = [(rank, queue, c) for queue, found in queues.items() for rank, c in enumerate(found, start=1)]
    for rank, queue, c in sorted(order, key=lambda item: item[:2]):
        standing = _standing(taken, c)
        if standing is None:
            n_places += 1
            if c.start is not None and c.end is not None:
                taken.setdefault(c.source, []).append((c.start, c.end, len(rows)))
            rows.append(_row(claim, n_places, rank, c))
            continue
        head = rows[standing]
        also = head["also"]
        assert isinstance(also, list)
        if queue != head["queue"] and queue not in also:
            also.append(queue)
        rows.append({**_row(claim, 0, rank, c), "place": head["place"], "first": False})
    return pl.DataFrame(rows, schema=dict(_SCHEMA))


def _standing(taken: Mapping[str, list[tuple[int, int, int]]], c: Candidate) -> int | None:
    """Row number of a candidate on the same passage (at least half of the shorter span is shared)."""
    if c.start is None or c.end is None:
        return None
    for start, end, number in taken.get(c.source, ()):
        if 2 * (min(end, c.end) - max(start, c.start)) >= min(end - start, c.end - c.start):
            return number
    return None


def _row(claim: str, place: int, rank: int, c: Candidate) -> dict[str, object]:
    return {
        "claim": claim,
        "place": place,
        "queue": c.queue,
        "queue_name": QUEUES[c.queue],
        "rank": rank,
        "score": c.score,
        "reason": c.reason,
        "source": c.source or None,
        "start": c.start,
        "end": c.end,
        "text": c.text,
        "said_by": c.said_by,
        "coding_ids": list(c.codings),
        "sources": list(c.sources) or ([c.source] if c.source else []),
        "also": [],
        "first": True,
        "key": c.key,
    }
