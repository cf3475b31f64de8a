"""The search for what speaks against claims: raised, listed, resolved with a reason, reopened."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.analysis.disconfirm import QUEUES, Disconfirmation, Material
from crosscase.analysis.disconfirm import disconfirm as search
from crosscase.errors import Conflict, ManifestError, NotFound
from crosscase.model.access import Right
from crosscase.model.claim import DISPOSITIONS, Claim
from crosscase.model.coding import Coding
from crosscase.services.analyses import choose_layer
from crosscase.services.claims import case_labels, claims, find_claim, store_claim, understand
from crosscase.services.codings import record_codings, retire_coding
from crosscase.services.deeds import deed_guids
from crosscase.services.study import Study
from crosscase.services.verdict_claims import VerdictClaims, verdict_claims
from crosscase.store import audit, schema
from crosscase.store import claims as rows

Progress = Callable[[str, int, int], None]
_TURNS = {"source": pl.String, "start": pl.Int64, "end": pl.Int64, "is_question": pl.Boolean}


@dataclass(frozen=True)
class Raised:
    """What came of a search for one claim: candidates that are new, that stand from before, that are gone."""

    claim: str
    sentence: str
    searched: str
    n_new: int
    n_standing: int
    n_gone: int
    n_open: int
    found: Mapping[int, int]


@dataclass(frozen=True)
class Search:
    """A whole search: what came of it per claim, the result with every queue, and why verdicts made no claim."""

    raised: tuple[Raised, ...]
    result: Disconfirmation
    layer: str
    why_no_verdicts: str = ""


@dataclass(frozen=True)
class Item:
    """A candidate as the study holds it; ``disposition`` is empty while it is open."""

    id: int
    guid: str
    claim: str
    queue: int
    queue_name: str
    rank: int
    place: int
    score: float
    reason: str
    source: str
    start: int | None
    end: int | None
    text: str
    said_by: str
    coding_ids: tuple[int, ...]
    sources: tuple[str, ...]
    raised: bool
    disposition: str = ""
    decision: str = ""
    actor: str = ""
    at: str = ""

    @property
    def is_open(self) -> bool:
        return not self.disposition


def raise_candidates(
    study: Study,
    wanted: str | None = None,
    *,
    most: int = 50,
    layer: str | None = None,
    progress: Progress | None = None,
) -> Search:
    """Search for what speaks against one claim (its name, or a sentence), or against all; a repeat changes nothing.

    Without ``wanted`` the claims of the verdicts are made first, and dropped claims are left alone. What was searched
    is kept with each claim, empty queues too. Raises ``ManifestError`` for a sentence that is no claim.
    """
    study.demand_whole("the search for counter-evidence")
    say = progress or (lambda step, done, total: None)
    say("reading claims", 0, 3)
    chosen = layer or choose_layer(study)[0]
    evidence = study.evidence(chosen)
    known = verdict_claims(study, evidence) if wanted is None else None
    if wanted is not None:
        looked_at: list[Claim] = [understand(study, wanted)]
    else:
        stored = {s.name: s for s in claims(study)}
        fresh = [c for c in (known.claims if known else ()) if c.name not in stored]
        looked_at = [s.claim for s in stored.values() if s.status != "dropped"] + fresh
    say("searching", 1, 3)
    material = _material(study, evidence, known)
    found = search(looked_at, material, study.rulebook, most=most)
    say("storing candidates", 2, 3)
    raised = tuple(_store(study, claim, found) for claim in looked_at)
    say("storing candidates", 3, 3)
    return Search(raised, found, chosen, known.why_not if known else "")


def _material(study: Study, evidence: pl.DataFrame, known: VerdictClaims | None) -> Material:
    with study.reading() as connection:
        texts, turns = rows.texts_and_turns(connection)
        reviewed = rows.reviewed_sources(connection)
    table = pl.DataFrame(turns, schema=_TURNS, orient="row")
    weights, flips = (known.source_weights, known.flips) if known else (None, None)
    return Material(evidence, study.sources(), texts, table, reviewed, case_labels(study), weights, flips)


def _store(study: Study, claim: Claim, found: Disconfirmation) -> Raised:
    searched = next(s for s in found.searched if s.claim == claim.name)
    mine = found.table.filter(pl.col("claim") == claim.name)
    record = {**asdict(searched), "sentence": searched.sentence, "data_hash": found.parameters["data_hash"]}
    with study.changing(Right.CODE) as connection:
        row = store_claim(connection, study.actor, claim)
        ids = {r.name: r.id for r in connection.execute(sa.select(schema.source.c.name, schema.source.c.id))}
        new, standing, gone = rows.store_candidates(connection, row.id, [_row(r, ids) for r in mine.to_dicts()])
        text = json.dumps(record, ensure_ascii=False, sort_keys=True)
        if new or gone or row.searched != text:
            connection.execute(schema.claim.update().where(schema.claim.c.id == row.id).values(searched=text))
            detail = {"name": claim.name, "n_new": new, "n_standing": standing, "n_gone": gone, "searched": record}
            audit.append_event(connection, study.actor, "claim.searched", "claim", row.guid, detail)
        candidates = rows.candidate_rows(connection, row.id)
    n_open = sum(c.raised and c.disposition is None for c in candidates)
    return Raised(claim.name, row.sentence, searched.sentence, new, standing, gone, n_open, searched.found)


def _row(candidate: Mapping[str, Any], ids: Mapping[str, int]) -> dict[str, Any]:
    same = ("key", "queue", "rank", "place", "score", "reason", "start", "end", "said_by", "coding_ids", "sources")
    source = ids[candidate["source"]] if candidate["source"] else None
    return {**{name: candidate[name] for name in same}, "source_id": source, "quote": candidate["text"]}


def candidates(
    study: Study,
    claim: str | None = None,
    *,
    queue: int | None = None,
    open_only: bool = False,
    raised_only: bool = True,
) -> list[Item]:
    """Candidates by claim and place in the merged queue; those no longer raised are left out unless they are asked for.

    Resolved ones stay in, whether they are raised still or not.
    """
    number = find_claim(study, claim).id if claim is not None else None
    if queue is not None and queue not in QUEUES:
        known = ", ".join(f"{n} ({name})" for n, name in QUEUES.items())
        raise NotFound(f"no queue {queue}", where="disconfirm", mend=f"use one of {known}")
    with study.reading() as connection:
        items = [_item(r) for r in rows.candidate_rows(connection, number)]
    return [
        item
        for item in items
        if (queue is None or item.queue == queue)
        and (item.is_open or not open_only)
        and (item.raised or not raised_only or not item.is_open)
    ]


def resolve(
    study: Study, candidate_id: int, disposition: str, reason: str, *, guid: str | None = None
) -> tuple[int, ...]:
    """Say what a candidate comes to, with the reason; returns the ids that were resolved.

    Candidates of the same claim that other queues raised on the same passage are resolved with it, in one transaction.
    A deed that is called ``guid`` already is not done again. Raises ``ManifestError`` without a reason or for an
    unknown disposition, ``NotFound`` and ``Conflict`` (it is resolved already).
    """
    if disposition not in DISPOSITIONS:
        known = ", ".join(DISPOSITIONS)
        raise ManifestError(f"no disposition {disposition!r}", where=f"candidate {candidate_id}", mend=f"use {known}")
    if not reason.strip():
        raise ManifestError(
            "a disposition needs a reason", where=f"candidate {candidate_id}", mend="say why (--reason)"
        )
    name = guid or str(uuid4())
    with study.changing(Right.CODE) as connection:
        done = _of_deed(connection, name)
        if done:
            return tuple(r.candidate_id for r in done)
        items = [_item(r) for r in rows.candidate_rows(connection)]
        mine = _pick(items, candidate_id)
        if not mine.is_open:
            raise Conflict(
                f"candidate {candidate_id} is resolved as “{mine.disposition}” already",
                where=f"claim {mine.claim}",
                mend="reopen it first",
            )
        together = [mine, *(i for i in items if i.id != mine.id and i.is_open and _same_passage(i, mine))]
        if disposition == "coding error" and not any(item.coding_ids for item in together):
            raise ManifestError(
                "nobody has coded this passage, so no coding of it can be wrong",
                where=f"candidate {candidate_id}",
                mend="say what it comes to as it stands, or code the passage in its source",
            )
        at = audit.now()
        for item, own in zip(together, deed_guids(name), strict=False):
            values = {"disposition": disposition, "reason": reason.strip(), "actor": study.actor, "at": at}
            connection.execute(schema.disposition.insert().values(guid=own, candidate_id=item.id, **values))
        detail = {
            "ids": [i.id for i in together],
            "claim": mine.claim,
            "disposition": disposition,
            "reason": reason.strip(),
            "codings": list(mine.coding_ids),
        }
        audit.append_event(connection, study.actor, "candidate.resolved", "candidate", mine.guid, detail)
    return tuple(i.id for i in together)


def reopen(study: Study, candidate_id: int, reason: str) -> None:
    """Take back what a candidate was resolved as; the disposition stays in the history."""
    if not reason.strip():
        raise ManifestError("reopening needs a reason", where=f"candidate {candidate_id}", mend="say why (--reason)")
    with study.changing(Right.CODE) as connection:
        mine = _pick([_item(r) for r in rows.candidate_rows(connection)], candidate_id)
        if mine.is_open:
            raise Conflict(
                f"candidate {candidate_id} is open", where=f"claim {mine.claim}", mend="nothing needs to be done"
            )
        d = schema.disposition
        standing = sa.and_(d.c.candidate_id == candidate_id, d.c.reopened_at.is_(None))
        connection.execute(d.update().where(standing).values(reopened_at=audit.now()))
        detail = {"id": candidate_id, "claim": mine.claim, "was": mine.disposition, "reason": reason.strip()}
        audit.append_event(connection, study.actor, "candidate.reopened", "candidate", mine.guid, detail)


def reopen_together(study: Study, ids: Sequence[int], reason: str) -> None:
    """Take back what candidates on one passage were resolved as together; those that are open already stay so.

    Raises ``Conflict`` when all are.
    """
    with study.changing(Right.CODE) as connection:
        d = schema.disposition
        standing = sa.and_(d.c.candidate_id.in_(ids), d.c.reopened_at.is_(None))
        found = list(connection.execute(sa.select(d).where(standing).order_by(d.c.id)))
        if not found:
            raise Conflict("this was taken back already", where="Disconfirm", mend="nothing needs to be done")
        connection.execute(d.update().where(standing).values(reopened_at=audit.now()))
        mine = _pick([_item(r) for r in rows.candidate_rows(connection)], found[0].candidate_id)
        open_again = [r.candidate_id for r in found]
        detail = {"ids": open_again, "claim": mine.claim, "was": found[0].disposition, "reason": reason}
        audit.append_event(connection, study.actor, "candidate.reopened", "candidate", mine.guid, detail)


def undo_resolution(study: Study, guid: str, reason: str = "undone") -> tuple[int, ...]:
    """Take back all that one deed resolved and that stands; returns the ids of the candidates."""
    with study.changing(Right.CODE) as connection:
        d = schema.disposition
        standing = [r for r in _of_deed(connection, guid) if r.reopened_at is None]
        ids = tuple(r.candidate_id for r in standing)
        if standing:
            some = d.c.id.in_([r.id for r in standing])
            connection.execute(d.update().where(some).values(reopened_at=audit.now()))
            mine = _pick([_item(r) for r in rows.candidate_rows(connection)], ids[0])
            detail = {"ids": list(ids), "claim": mine.claim, "was": standing[0].disposition, "reason": reason}
            audit.append_event(connection, study.actor, "candidate.reopened", "candidate", mine.guid, detail)
    return ids


def _of_deed(connection: Connection, guid: str) -> list[sa.Row[Any]]:
    """The dispositions that one deed made."""
    d = schema.disposition
    found: list[sa.Row[Any]] = []
    for name in deed_guids(guid):
        row = connection.execute(sa.select(d).where(d.c.guid == name)).one_or_none()
        if row is None:
            return found
        found.append(row)
    return found


def recode(
    study: Study, candidate_id: int, wrong: Sequence[int], corrected: Sequence[Coding], reason: str
) -> tuple[int, ...]:
    """Resolve a candidate as a coding error and mend it the way every coding is changed.

    The corrected codings are recorded, the wrong ones taken out of the evidence, then the candidate is resolved; each
    step is a change of its own with its own event. Raises ``ManifestError`` when a coding is not among the candidate's.
    """
    mine = _pick(candidates(study, raised_only=False), candidate_id)
    strange = sorted(set(wrong) - set(mine.coding_ids))
    if strange or not wrong:
        raise ManifestError(
            f"coding {strange[0]} is not the candidate's" if strange else "no wrong coding is named",
            where=f"candidate {candidate_id}",
            mend=f"its codings are {', '.join(map(str, mine.coding_ids)) or 'none: it is uncoded'}",
        )
    if not mine.is_open:
        raise Conflict(
            f"candidate {candidate_id} is resolved already", where=f"claim {mine.claim}", mend="reopen it first"
        )
    if corrected:
        record_codings(study, corrected, origin=f"candidate {candidate_id}")
    for coding in wrong:
        retire_coding(study, coding, f"coding error found while searching against “{mine.claim}”: {reason}")
    return resolve(study, candidate_id, "coding error", reason)


def _pick(items: Sequence[Item], id: int) -> Item:
    for item in items:
        if item.id == id:
            return item
    raise NotFound(f"no candidate {id}", mend="`crosscase disconfirm list` shows the ids")


def _same_passage(one: Item, other: Item) -> bool:
    if one.claim != other.claim or one.source != other.source or one.start is None or other.start is None:
        return False
    assert one.end is not None and other.end is not None
    shared = min(one.end, other.end) - max(one.start, other.start)
    return 2 * shared >= min(one.end - one.start, other.end - other.start)


def _item(row: sa.Row[Any]) -> Item:
    return Item(
        id=row.id,
        guid=row.guid,
        claim=row.claim,
        queue=row.queue,
        queue_name=QUEUES[row.queue],
        rank=row.rank,
        place=row.place,
        score=row.score,
        reason=row.reason,
        source=row.source or "",
        start=row.start,
        end=row.end,
        text=row.quote,
        said_by=row.said_by,
        coding_ids=tuple(row.coding_ids),
        sources=tuple(row.sources),
        raised=row.raised,
        disposition=row.disposition or "",
        decision=row.decision or "",
        actor=row.actor or "",
        at=row.at or "",
    )
