"""Claims of a study: made from verdicts and by people, kept, bounded or dropped, with their history."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import Conflict, ManifestError, NotFound
from crosscase.model.access import Right
from crosscase.model.claim import CHANGES, Claim, ClaimPart, Scope, claim_from_plain, claim_to_plain
from crosscase.model.framework import Pattern
from crosscase.services.claim_sentences import name_of, parse_claim
from crosscase.services.study import Study
from crosscase.store import audit, schema
from crosscase.store import claims as rows
from crosscase.store.succession import line_of, succession


@dataclass(frozen=True)
class ClaimChange:
    """One step in a claim's history."""

    change: str
    before: str
    after: str
    reason: str
    actor: str
    at: str
    unread: str = ""  # how much of what was raised against it had come to nothing yet


@dataclass(frozen=True)
class StoredClaim:
    """A claim as the study holds it; ``searched`` is what the last search looked at, ``None`` before the first."""

    id: int
    guid: str
    claim: Claim
    status: str
    searched: Mapping[str, Any] | None
    changes: tuple[ClaimChange, ...] = ()

    @property
    def name(self) -> str:
        return self.claim.name


def claims(study: Study) -> list[StoredClaim]:
    """Every claim of the study with its history, in the order in which they were made."""
    with study.reading() as connection:
        return [_stored(connection, row) for row in rows.claim_rows(connection)]


def find_claim(study: Study, words: str) -> StoredClaim:
    """A claim by its name or its sentence; raises ``NotFound``."""
    known = claims(study)
    for stored in known:
        if words in (stored.name, stored.claim.sentence):
            return stored
    raise NotFound(
        f"no claim “{words}”",
        where=str(study.folder),
        mend=f"known: {', '.join(s.name for s in known) or 'none; `crosscase disconfirm` makes some'}",
    )


def claim_by_guid(study: Study, guid: str) -> StoredClaim:
    """A claim by its GUID; raises ``NotFound``."""
    for stored in claims(study):
        if stored.guid == guid:
            return stored
    raise NotFound("there is no such claim", where=guid[:40], mend="the Disconfirm room lists the claims")


def case_labels(study: Study) -> dict[str, str]:
    """Short name → label of every case that the study knows, those of ``study.yaml`` first."""
    labels = {case.name: case.label or case.name for case in study.settings.cases}
    with study.reading() as connection:
        found = connection.execute(sa.select(schema.case.c.name, schema.case.c.label).order_by(schema.case.c.id))
        return {**{row.name: row.label for row in found}, **labels}


def understand(study: Study, sentence: str) -> Claim:
    """The claim of the study that is called so, else the claim that the sentence makes."""
    try:
        return find_claim(study, sentence).claim
    except NotFound:
        return parse_claim(sentence, study.framework, case_labels(study))


def own_claim(
    study: Study,
    sentence: str,
    *,
    supports: Sequence[str] = (),
    opposes: Sequence[str] = (),
    scope: Scope | None = None,
) -> Claim:
    """A person's assertion with the indicators that speak for and against it (``infra.*`` takes all below)."""
    known = [i.id for i in study.framework.indicators]
    parts = []
    for side, codes in (("for", supports), ("against", opposes)):
        for code in codes:
            pattern = Pattern((code,))
            if not any(pattern.matches_code(id) for id in known):
                raise ManifestError(
                    f"no indicator {code!r}", where=f"claim “{sentence}”", mend="see `crosscase framework show`"
                )
            label = study.framework.indicator(code).name if code in known else code
            parts.append(ClaimPart(pattern, side, "own", label))
    wanted = scope or Scope()
    cases = case_labels(study)
    unknown = [case for case in wanted.cases if case not in cases]
    if unknown:
        raise ManifestError(
            f"no case {unknown[0]!r}", where=f"claim “{sentence}”", mend=f"known: {', '.join(cases) or 'none'}"
        )
    words = "-".join(word for word in "".join(c if c.isalnum() else " " for c in sentence.lower()).split()[:6])
    return Claim(sentence, wanted, tuple(parts), True, "own", "", "person", name_of(wanted, words, True))


def add_claim(study: Study, claim: Claim) -> StoredClaim:
    """Keep a claim; one of the same name is left as it is. Raises ``Conflict`` when that one says something else."""
    with study.changing(Right.CODE) as connection:
        row = store_claim(connection, study.actor, claim)
        return _stored(connection, row)


def store_claim(connection: Connection, actor: str, claim: Claim) -> sa.Row[Any]:
    """The same inside a transaction that is open already; returns the row."""
    t = schema.claim
    standing = connection.execute(sa.select(t).where(t.c.name == claim.name)).one_or_none()
    if standing is not None:
        held = claim_from_plain(json.loads(standing.content))
        if claim.origin == "person" and held.kind == "own" and (held.scope, held.parts) != (claim.scope, claim.parts):
            raise Conflict(
                f"there is another claim called {claim.name}",
                where=f"“{standing.sentence}”",
                mend="word the sentence differently, or drop the other claim",
            )
        return standing
    guid = str(uuid4())
    content = json.dumps(claim_to_plain(claim), ensure_ascii=False, sort_keys=True)
    connection.execute(
        t.insert().values(
            guid=guid, name=claim.name, sentence=claim.sentence, status="open", content=content, created_at=audit.now()
        )
    )
    detail = {"name": claim.name, "sentence": claim.sentence, "origin": claim.origin, "kind": claim.kind}
    audit.append_event(connection, actor, "claim.made", "claim", guid, detail)
    return connection.execute(sa.select(t).where(t.c.guid == guid)).one()


def change_claim(
    study: Study, name: str, change: str, reason: str, *, sentence: str = "", scope: Scope | None = None
) -> StoredClaim:
    """Keep, bound or drop a claim, with the reason; ``bounded`` needs the new sentence and may narrow the scope.

    Raises ``NotFound`` for an unknown claim, ``ManifestError`` when the change or its reason is missing, and
    ``Conflict`` when the claim was dropped.
    """
    if change not in CHANGES:
        raise ManifestError(f"no change {change!r}", where=f"claim {name}", mend=f"use {', '.join(CHANGES)}")
    if not reason.strip():
        raise ManifestError("the change has no reason", where=f"claim {name}", mend="say why (--reason)")
    if change == "bounded" and not sentence.strip():
        raise ManifestError(
            "a claim that is bounded says something else than before",
            where=f"claim {name}",
            mend="give its new sentence",
        )
    stored = find_claim(study, name)
    if stored.status == "dropped":
        raise Conflict(f"the claim {stored.name} was dropped", where=str(study.folder), mend="make a new claim")
    after = replace(stored.claim, sentence=sentence.strip() or stored.claim.sentence, scope=scope or stored.claim.scope)
    with study.changing(Right.CODE) as connection:
        t = schema.claim
        content = json.dumps(claim_to_plain(after), ensure_ascii=False, sort_keys=True)
        connection.execute(
            t.update().where(t.c.id == stored.id).values(status=change, sentence=after.sentence, content=content)
        )
        step = {
            "change": change,
            "sentence_before": stored.claim.sentence,
            "sentence_after": after.sentence if change == "bounded" else "" if change == "dropped" else after.sentence,
            "reason": reason.strip(),
        }
        stamp = {"guid": str(uuid4()), "claim_id": stored.id, "actor": study.actor, "at": audit.now()}
        connection.execute(schema.claim_change.insert().values(**step, **stamp))
        raised = [r for r in rows.candidate_rows(connection, stored.id) if r.raised]
        n_open = sum(r.disposition is None for r in raised)
        before = {
            "status": stored.status,
            "sentence": stored.claim.sentence,
            "content": claim_to_plain(stored.claim),
        }
        detail = {"name": stored.name, **step, "change_guid": stamp["guid"], "before": before}
        detail |= {"n_candidates": len(raised), "n_open": n_open}
        audit.append_event(connection, study.actor, f"claim.{change}", "claim", stored.guid, detail)
        row = connection.execute(sa.select(t).where(t.c.id == stored.id)).one()
        return _stored(connection, row)


def revert_change(study: Study, stored: StoredClaim, made: Mapping[str, Any]) -> None:
    """Take the newest change of a claim back; its record lists the change and that it was taken back.

    Raises ``Conflict`` when the claim was changed after that.
    """
    before = made["before"]
    with study.changing(Right.CODE) as connection:
        t, step = schema.claim, schema.claim_change
        changes = rows.change_rows(connection, stored.id)
        if not changes or changes[-1].guid != made.get("change_guid"):
            raise Conflict("the claim was changed after that", where=stored.name, mend="undo the newest change first")
        content = json.dumps(before["content"], ensure_ascii=False, sort_keys=True)
        values = {"status": before["status"], "sentence": before["sentence"], "content": content}
        connection.execute(t.update().where(t.c.id == stored.id).values(**values))
        back = {
            "change": "reverted",
            "sentence_before": changes[-1].sentence_after,
            "sentence_after": before["sentence"],
            "reason": f"“{changes[-1].change}” was undone in the history",
        }
        stamp = {"guid": str(uuid4()), "claim_id": stored.id, "actor": study.actor, "at": audit.now()}
        connection.execute(step.insert().values(**back, **stamp))
        audit.append_event(
            connection, study.actor, "claim.reverted", "claim", stored.guid, {"name": stored.name, **back}
        )


def _stored(connection: Connection, row: sa.Row[Any]) -> StoredClaim:
    steps = rows.change_rows(connection, row.id)
    unread = _unread(connection, row.guid) if steps else {}
    changes = tuple(
        ClaimChange(c.change, c.sentence_before, c.sentence_after, c.reason, c.actor, c.at, unread.get(c.guid, ""))
        for c in steps
    )
    searched = json.loads(row.searched) if row.searched else None
    claim = following(claim_from_plain(json.loads(row.content)), succession(connection, since=row.created_at))
    return StoredClaim(row.id, row.guid, claim, row.status, searched, changes)


def _unread(connection: Connection, claim: str) -> dict[str, str]:
    """Change of a claim → how many candidates against it nobody had decided on when it was made."""
    e = schema.event.c
    made = sa.select(schema.event).where(e.object_guid == claim, e.verb.in_([f"claim.{c}" for c in CHANGES]))
    details = [audit.as_event(row).detail for row in connection.execute(made)]
    return {
        str(d.get("change_guid")): f"{d['n_open']} of {d['n_candidates']} candidates were not decided on"
        for d in details
        if d.get("n_open")
    }


def following(claim: Claim, edits: Sequence[tuple[tuple[str, ...], tuple[str, ...]]]) -> Claim:
    """The claim after edits of the codebook: a code in its patterns speaks by what it has become, and by itself.

    Codings stand under the former code until their coders have decided.
    """
    if not any(code in before for before, _ in edits for part in claim.parts for code in part.pattern.codes):
        return claim
    parts = []
    for part in claim.parts:
        codes = dict.fromkeys(new for code in part.pattern.codes for new in line_of(code, edits))
        parts.append(replace(part, pattern=replace(part.pattern, codes=tuple(codes))))
    return replace(claim, parts=tuple(parts))
