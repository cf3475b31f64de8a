"""The blind check inside the workbench: its key stays in the study's history, and nobody sees it before they judged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from crosscase.errors import InputError, NotEnoughEvidence, NotFound
from crosscase.model.access import Right
from crosscase.services.adversarial import (
    JUDGEMENTS,
    BlindAgreement,
    compare_judgements,
    mix_passages,
    record_judgements,
)
from crosscase.services.claims import StoredClaim, claim_by_guid, find_claim
from crosscase.services.disconfirming import candidates
from crosscase.services.study import Study
from crosscase.store import audit, schema


@dataclass(frozen=True)
class Reading:
    """A blind check. ``passages`` are number and words; where they come from is in ``origins``, and ``judged`` is what
    was answered, by whom: both are to be shown only once there is an answer.
    """

    guid: str
    claim: StoredClaim
    passages: tuple[tuple[str, str], ...]
    origins: Mapping[str, Mapping[str, Any]]
    judged: Mapping[str, str]
    by: str = ""


def begin_reading(study: Study, claim: str, *, n_items: int = 20, seed: int = 1) -> str:
    """Mix a blind check on a claim and keep its key in the history; returns its GUID.

    Raises ``NotEnoughEvidence`` when there are too few candidates or confirming passages.
    """
    stored = find_claim(study, claim)
    picked = mix_passages(study, stored, n_items, seed)
    guid = str(uuid4())
    hidden = {f"{n:02d}": p for n, p in enumerate(picked, start=1)}
    with study.changing(Right.CODE) as connection:
        detail = {"claim": stored.name, "n_items": len(picked), "seed": seed, "brief": guid, "passages": hidden}
        audit.append_event(connection, study.actor, "brief.written", "claim", stored.guid, detail)
    return guid


def reading(study: Study, guid: str) -> Reading:
    """A blind check with what was judged the last time; raises ``NotFound``."""
    e = schema.event
    with study.reading() as connection:
        rows = connection.execute(
            sa.select(e).where(e.c.verb.in_(("brief.written", "brief.answered"))).order_by(e.c.id)
        ).all()
    written: sa.Row[Any] | None = None
    answered: sa.Row[Any] | None = None
    for row in rows:
        detail = audit.as_event(row).detail
        if detail.get("brief") == guid and (row.verb == "brief.answered" or "passages" in detail):
            written, answered = (row, answered) if row.verb == "brief.written" else (written, row)
    if written is None:
        raise NotFound("there is no such blind check", where=guid[:40], mend="begin one from its claim")
    passages: Mapping[str, Mapping[str, Any]] = audit.as_event(written).detail["passages"]
    judged = audit.as_event(answered).detail["answers"] if answered is not None else {}
    shown = tuple((number, str(p["text"])) for number, p in sorted(passages.items()))
    claim = claim_by_guid(study, written.object_guid)
    return Reading(guid, claim, shown, passages, judged, answered.actor if answered is not None else "")


def judge(study: Study, guid: str, given: Mapping[str, str]) -> Reading:
    """Record the judgements of a blind check; raises ``InputError`` unless every passage has one."""
    there = reading(study, guid)
    for number, _ in there.passages:
        if given.get(number) not in JUDGEMENTS:
            said = json.dumps(given.get(number, ""))[:40]
            raise InputError(f"passage {number} has no judgement but {said}", mend=f"use {', '.join(JUDGEMENTS)}")
    answers = {number: given[number] for number, _ in there.passages}
    try:
        result: BlindAgreement | None = compare_judgements(study, there.claim, there.origins, answers)
    except NotEnoughEvidence:
        result = None  # no candidate is decided yet: what was judged is kept and compared later
    record_judgements(study, there.claim, guid, answers, result)
    return reading(study, guid)


def has_worked_on(study: Study, claim: StoredClaim, reader: str) -> int:
    """How many candidates of a claim somebody decided themself: they are no independent second reader of it."""
    return sum(item.actor == reader and not item.is_open for item in candidates(study, claim.name, raised_only=False))


def readings_of(study: Study, claim: StoredClaim) -> list[tuple[str, str, str, bool]]:
    """Blind checks of a claim: GUID, when and by whom it was begun, and whether it was answered."""
    e = schema.event
    with study.reading() as connection:
        mine = sa.select(e).where(e.c.object_guid == claim.guid, e.c.verb.startswith("brief.")).order_by(e.c.id)
        events = [audit.as_event(row) for row in connection.execute(mine)]
    answered = {event.detail.get("brief") for event in events if event.verb == "brief.answered"}
    return [
        (event.detail["brief"], event.at, event.actor, event.detail["brief"] in answered)
        for event in events
        if event.verb == "brief.written" and "passages" in event.detail
    ]
