"""What undoing does to the study itself: sources, cases, people, rounds, claims, notes on them, and whole batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from crosscase.errors import AccessError, Conflict, NotFound
from crosscase.model.study import Participant
from crosscase.services import batches, withdrawing
from crosscase.services.activity import Happening
from crosscase.services.claims import claim_by_guid, revert_change
from crosscase.services.consequences import ALL_NUMBERS, Undoing
from crosscase.services.disconfirming import reopen_together
from crosscase.services.notes import set_attributes
from crosscase.services.rounds import close_round, reopen_round
from crosscase.services.sources import add_participants
from crosscase.services.study import Study
from crosscase.store import schema

# Verbs of a coder's own work; the others are led.
BY_CODERS = ("claim.", "candidate.")
# ``counts``: whether numbers may be said; while a round is blind for this person, they would tell of colleagues' work.
ThingMaker = Callable[[Study, Happening, str, bool], Undoing]


# Sources


def of_source(study: Study, h: Happening, coder: str, counts: bool) -> Undoing:
    """One source that was added, or that came back."""
    guids = [str(guid) for guid in h.detail.get("guids", [h.object_guid])]
    return _sources_out(study, h, guids, counts)


def of_import(study: Study, h: Happening, coder: str, counts: bool) -> Undoing:
    """All sources of one import that still stand."""
    batch = str(h.detail.get("batch", ""))
    guids = withdrawing.sources_of_batch(study, batch) if batch else [h.object_guid]
    if not guids:
        raise Conflict("these sources were taken out already", where="sources", mend="nothing needs to be done")
    return _sources_out(study, h, guids, counts)


def of_source_out(study: Study, h: Happening, coder: str, counts: bool) -> Undoing:
    """Sources that were taken out."""
    guids = [str(guid) for guid in h.detail["guids"]]
    with study.reading() as connection:
        s = schema.stored_source.c
        out = sa.select(s.name).where(s.guid.in_(guids), s.withdrawn_at.is_not(None)).order_by(s.id)
        names = list(connection.execute(out).scalars())
    if not names:
        raise Conflict("the source stands again already", where="sources", mend="nothing needs to be done")
    says = [f"{withdrawing.listed(names)} can be read and coded again, with the same text and the same places."]
    if h.detail.get("n_suggestions"):
        says.append(f"{h.detail['n_suggestions']} open suggestions on it come back.")
    shelf = str(h.detail.get("shelf") or "")
    does = "Bring the source back" if len(names) == 1 else f"Bring {len(names)} sources back"
    return Undoing(h, does, tuple(says), lambda: withdrawing.restore_sources(study, guids, shelf))


def _sources_out(study: Study, h: Happening, guids: Sequence[str], counts: bool) -> Undoing:
    there = withdrawing.standing_on_sources(study, guids)
    one = len(guids) == 1
    if there is not None:
        raise there.on_sources(len(guids), counts=counts)
    with study.reading() as connection:
        s, t = schema.source.c, schema.suggestion.c
        rows = connection.execute(sa.select(s.id, s.name).where(s.guid.in_(guids)).order_by(s.id)).all()
        waiting = sa.select(sa.func.count()).where(t.source_id.in_([r.id for r in rows]), t.status == "open")
        n = int(connection.execute(waiting).scalar_one())
    says = [f"No room, table, search or report shows {withdrawing.listed([r.name for r in rows])} any more."]
    says.append("The text is kept, and the line that this makes brings it back as it is.")
    says.append("Read marks on it do not count while it is out.")
    if n:
        says.append(f"{n} open suggestions on it go with it.")
    does = "Take the source out" if one else f"Take {len(guids)} sources out"
    return Undoing(h, does, tuple(says), lambda: withdrawing.withdraw_sources(study, guids))


# Cases, people, rounds, claims

_WHAT = {
    "case": "No room and no table has it any more.",
    "coder": "They are not listed as a coder any more.",
    "participant": "Sources cannot name them any more.",
    "round": "Nobody can choose it any more.",
    "claim": "Its candidates, and what became of it, go with it.",
}


def of_thing(study: Study, h: Happening, coder: str, counts: bool) -> Undoing:
    """A case, coder, participant, round or claim that was added, or that came back."""
    kind, guid = h.object_kind, h.object_guid
    there = withdrawing.standing_on(study, kind, guid)
    name = str(h.detail.get("name", ""))
    if there is not None:
        raise there.conflict(f"the {kind} {name}", f"{kind}s", counts=counts)
    says = (_WHAT[kind], "The line that this makes brings it back as it is.")
    return Undoing(h, f"Take the {kind} {name} out", says, lambda: withdrawing.withdraw(study, kind, guid))


def of_thing_out(study: Study, h: Happening, coder: str, counts: bool) -> Undoing:
    """A case, coder, participant, round or claim that was taken out."""
    kind, guid, name, shelf = h.object_kind, h.object_guid, str(h.detail["name"]), str(h.detail["shelf"])
    with study.reading() as connection:
        w = schema.withdrawn.c
        if connection.execute(sa.select(w.id).where(w.guid == shelf)).scalar() is None:
            raise Conflict("it is back already", where=f"{kind}s", mend="nothing needs to be done")
    return Undoing(
        h, f"Bring the {kind} {name} back", ("It stands there again as it was.",),
        lambda: withdrawing.restore(study, kind, guid, shelf),
    )  # fmt: skip


# Batches


def of_codings(study: Study, h: Happening, coder: str, counts: bool) -> Undoing:
    """Codings that came in one go, or came back in one go."""
    _refuse_others(study, h, coder)
    ids = _ids(h)
    batch = batches.batch_of(study, ids)
    if batch.in_consensus:
        raise batches.entered(batch)
    if not batch.n:
        raise Conflict("none of these codings stands any more", where="codings", mend="nothing needs to be done")
    who = ", ".join(f"{name} {n}" for name, n in sorted(batch.per_coder.items()))
    says = [f"{batch.n:,} codings are taken out: {who}.", ALL_NUMBERS]
    if h.detail.get("n_reviewed"):
        says.append(f"{h.detail['n_reviewed']} read marks that came with them stay.")
    origin = str(h.detail.get("origin", ""))
    return Undoing(
        h, f"Take {batch.n:,} codings out", tuple(says),
        lambda: batches.withdraw_codings(study, h.object_guid, ids, origin),
    )  # fmt: skip


def of_codings_out(study: Study, h: Happening, coder: str, counts: bool) -> Undoing:
    """Codings that were taken out in one go."""
    _refuse_others(study, h, coder)
    ids, at, origin = _ids(h), str(h.detail["at"]), str(h.detail.get("origin", ""))
    says = ("Those that were taken out with this line stand again; what their coders did since stays.", ALL_NUMBERS)
    return Undoing(
        h, "Bring the codings back", says, lambda: batches.restore_codings(study, h.object_guid, ids, at, origin)
    )


def _refuse_others(study: Study, h: Happening, coder: str) -> None:
    """A batch is taken back by who brought it in; one that came in past the workbench, by any coder of the study."""
    with study.reading() as connection:
        c = schema.coder.c
        known = connection.execute(sa.select(c.id).where(c.name == h.actor)).scalar() is not None
    if known and h.actor != coder:
        raise AccessError(f"{h.actor} brought these codings in", where="codings", mend="ask them to undo it")


def of_suggestions(study: Study, h: Happening, coder: str, counts: bool) -> Undoing:
    """What a machine coder suggested in one go."""
    machine, ids = str(h.detail["coder"]), _ids(h)
    waiting, answered = batches.open_of_batch(study, machine, ids)
    if not waiting:
        raise Conflict("none of these suggestions is open", where="suggestions", mend="nothing needs to be done")
    # How many are open tells a person who codes blind how many colleagues have answered.
    which, n = (f"{waiting} open", str(waiting)) if counts else ("The open", "the open")
    says = [f"{which} suggestions of {machine} are taken away."]
    if answered and counts:
        says.append(f"{answered} that people have answered stay, with what came of them.")
    says.append("The machine is not asked again about these sources; the line that this makes brings them back.")
    return Undoing(
        h, f"Take {n} suggestions away", tuple(says),
        lambda: batches.withdraw_suggestions(study, h.object_guid, machine, ids),
    )  # fmt: skip


def of_suggestions_out(study: Study, h: Happening, coder: str, counts: bool) -> Undoing:
    """Suggestions that were taken away in one go."""
    machine, ids, shelf = str(h.detail["coder"]), _ids(h), str(h.detail["shelf"])
    says = (f"{h.detail['n_suggestions']} suggestions of {machine} are open again.",)
    return Undoing(
        h, "Bring the suggestions back", says,
        lambda: batches.restore_suggestions(study, h.object_guid, machine, ids, shelf),
    )  # fmt: skip


def _ids(h: Happening) -> tuple[int, int]:
    first, last = h.detail.get("ids", (0, 0))
    if not last:
        raise Conflict("nothing came in with this", where="history", mend="nothing needs to be done")
    return int(first), int(last)


# Notes and changes


def of_attributes(study: Study, h: Happening, coder: str, counts: bool) -> Undoing:
    """Attributes of a case, source or participant."""
    before = _before(h)
    says = tuple(f"{name}: {'not set' if value is None else value}." for name, value in before.items())
    return Undoing(
        h, "Put the former values back", says, lambda: set_attributes(study, h.object_kind, h.object_guid, dict(before))
    )


def of_participant(study: Study, h: Happening, coder: str, counts: bool) -> Undoing:
    """What is known of a participant."""
    before = _before(h)
    with study.reading() as connection:
        p, c = schema.participant.c, schema.case.c
        name = connection.execute(sa.select(p.name).where(p.guid == h.object_guid)).scalar()
        case = connection.execute(sa.select(c.name).where(c.id == before.get("case_id"))).scalar()
    if name is None:
        raise NotFound("there is no such participant any more", where="history", mend="bring them back first")
    person = Participant(name, before["label"], before["role"], before["level"], case)
    changed = [k for k in before if before[k] != h.detail.get(k)]
    says = tuple(f"{k.removesuffix('_id')}: {case if k == 'case_id' else before[k]}." for k in changed)
    return Undoing(h, "Put the former values back", says, lambda: add_participants(study, [person]))


def _before(h: Happening) -> Mapping[str, Any]:
    before = h.detail.get("before")
    if not isinstance(before, dict):
        raise Conflict(
            "this line does not hold what stood there before", where="history", mend="set the values by hand"
        )
    return before


def of_claim_change(study: Study, h: Happening, coder: str, counts: bool) -> Undoing:
    """A claim that was kept, bounded or dropped."""
    before = _before(h)
    stored = claim_by_guid(study, h.object_guid)
    says = [f"It says “{before['sentence']}” and is {before['status']} again."]
    says.append("Its record lists the change and that it was taken back.")
    return Undoing(h, "Take the change of the claim back", tuple(says), lambda: revert_change(study, stored, h.detail))


def of_resolved(study: Study, h: Happening, coder: str, counts: bool) -> Undoing:
    """What a candidate was decided to be, with the candidates on the same passage."""
    ids = [int(n) for n in h.detail.get("ids", [])]
    says = [f"{'The candidate waits' if len(ids) == 1 else f'{len(ids)} candidates wait'} for a decision again."]
    if h.detail.get("disposition") == "coding error":
        says.append("Codings that were taken out because of it stay out: they have lines of their own.")
    return Undoing(
        h, "Take the decision back", tuple(says), lambda: reopen_together(study, ids, "undone in the history")
    )


def of_closed(study: Study, h: Happening, coder: str, counts: bool) -> Undoing:
    """A round that was said to be finished."""
    name = str(h.detail["round"])
    says = (f"Coders can code in {name} again.",)
    return Undoing(h, f"Open {name} again", says, lambda: reopen_round(study, name, "undone in the history"))


def of_reopened(study: Study, h: Happening, coder: str, counts: bool) -> Undoing:
    """A finished round that was opened again."""
    name = str(h.detail["round"])
    says = (f"Nothing is coded in {name} any more; what was coded since stays.",)
    return Undoing(h, f"Close {name} again", says, lambda: close_round(study, name, "undone in the history"))


MAKERS: Mapping[str, ThingMaker] = {
    "source.added": of_source,
    "source.restored": of_source,
    "source.withdrawn": of_source_out,
    **{f"{kind}.{what}": of_thing for kind in ("case", "coder", "participant") for what in ("added", "restored")},
    "round.opened": of_thing,
    "round.restored": of_thing,
    "round.closed": of_closed,
    "round.reopened": of_reopened,
    "claim.made": of_thing,
    "claim.restored": of_thing,
    **{f"{kind}.withdrawn": of_thing_out for kind in ("case", "coder", "participant", "round", "claim")},
    "codings.recorded": of_codings,
    "codings.restored": of_codings,
    "codings.withdrawn": of_codings_out,
    "suggestions.made": of_suggestions,
    "suggestions.restored": of_suggestions,
    "suggestions.withdrawn": of_suggestions_out,
    "attributes.set": of_attributes,
    "participant.changed": of_participant,
    "claim.kept": of_claim_change,
    "claim.bounded": of_claim_change,
    "claim.dropped": of_claim_change,
    "candidate.resolved": of_resolved,
}
