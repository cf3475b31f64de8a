"""Undoing one event of the history: what that would do, said before it is done, or why it cannot be undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from crosscase.errors import AccessError, Conflict, NotFound
from crosscase.services import undo_codings as codings
from crosscase.services import undo_study as things
from crosscase.services.activity import Happening, happenings
from crosscase.services.codebook_undo import undo_newest_version, way_back
from crosscase.services.consequences import Undoing
from crosscase.services.sight import Sight
from crosscase.services.study import Study
from crosscase.store import schema

__all__ = ["FINAL", "UNDOABLE", "Undoing", "can_undo", "is_led", "undoing", "why_final"]

Maker = Callable[[Study, Happening, str], Undoing]

# Every verb of the history is decided on here: it can be undone, or there is a reason why not. A test holds both lists
# against all verbs that the program writes.
_OWN: Mapping[str, Maker] = {
    # What stands in the study of one coder alone may be undone by that coder alone.
    "coding.made": codings.of_coding,
    "coding.changed": codings.of_coding,
    "coding.retired": codings.of_coding,
    "coding.restored": codings.of_coding,
    "span.read": codings.of_span,
    "span.unread": codings.of_span,
}
_ACTOR: Mapping[str, Maker] = {
    "memo.written": codings.of_memo,
    "memo.erased": codings.of_memo,
    "suggestion.accepted": codings.of_suggestion,
    "suggestion.edited": codings.of_suggestion,
    "suggestion.rejected": codings.of_suggestion,
}
_TEAM: Mapping[str, Maker] = {
    "consensus.accepted": codings.of_consensus,
    "consensus.merged": codings.of_consensus,
    "consensus.new": codings.of_consensus,
    "consensus.rejected": codings.of_consensus,
    "consensus.identical": codings.of_identical,
    "summary.written": codings.of_summary,
    "summary.withdrawn": codings.of_summary,
}
_CODEBOOK = (
    "codebook.adopted",
    "codebook.drop",
    "codebook.merge",
    "codebook.redefine",
    "codebook.rename",
    "codebook.reworded",
    "codebook.split",
)
UNDOABLE = frozenset({*_OWN, *_ACTOR, *_TEAM, *things.MAKERS, *_CODEBOOK})

_SEEN = "what was seen was seen: nobody can code as if they did not know it"
FINAL: Mapping[str, tuple[str, str]] = {
    # verb: why it cannot be undone, and what to do instead
    "round.revealed": (_SEEN, "open a new blind round for sources that nobody has coded yet"),
    "blind.broken": (_SEEN, "say in the report that this coder looked; open a new blind round for other sources"),
    "brief.answered": (
        "a blind judgement is given once: who has seen where the passages come from is not blind any more",
        "mix another blind check",
    ),
    "brief.written": ("a blind check that was mixed counts nothing until it is answered", "leave it unanswered"),
    "study.created": ("without it there is no study", "make another study in another folder"),
    "consensus.reopened": ("a decision is taken anew, not put back", "decide again in the Agreement room"),
    "candidate.reopened": ("a decision is taken anew, not put back", "decide again in the Disconfirm room"),
    "suggestion.reopened": ("an answer is given anew, not put back", "answer it again in its source"),
    "coding.recoded": ("the answer to a changed code is a new coding", "change that coding in its source"),
    "codebook.undone": ("an undoing is not undone", "make the change again in the Codebook room"),
    "claim.searched": ("a search changes no claim: the next one takes its place", "search again"),
    "claim.reverted": ("a change of a claim is made anew", "change the claim again in the Disconfirm room"),
    "double_coding.planned": ("a draw is part of the record of the sample", "draw again; both draws stay listed"),
    **dict.fromkeys(
        ("account.added", "account.changed", "account.closed", "account.invited", "account.password_set"),
        ("who may come in is decided openly each time, not put back", "change or close the account in Settings"),
    ),
    "case.renamed": ("the label stands in study.yaml", "write the former label there"),
    "coder.renamed": ("the label stands in study.yaml", "write the former label there"),
}


def can_undo(happening: Happening, coder: str) -> bool:
    """Whether this person may try to undo an event; whether it can be, ``undoing`` says."""
    verb = happening.verb
    if not coder:
        return False
    if verb in _OWN:
        return happening.detail.get("coder") == coder
    if verb in _ACTOR:
        return happening.actor == coder
    return verb in _TEAM or verb in things.MAKERS or verb in _CODEBOOK


def is_led(verb: str) -> bool:
    """Whether undoing events of this kind is for owners."""
    return verb in _CODEBOOK or (verb in things.MAKERS and not verb.startswith(things.BY_CODERS))


def why_final(verb: str) -> Conflict | None:
    """Why an event of this kind cannot be undone, as one sentence; ``None`` when it can be."""
    if verb in UNDOABLE:
        return None
    what, mend = FINAL.get(verb, ("nothing is known about undoing this", "do the opposite by hand"))
    return Conflict(f"this cannot be undone: {what}", where="history", mend=mend)


def undoing(study: Study, sight: Sight, event: int, coder: str, *, whole: bool = False) -> Undoing:
    """What undoing this event would do; ``whole``: the whole import that it was a part of.

    Raises ``NotFound``, ``AccessError`` or ``Conflict``, each with its sentence, when it cannot be undone.
    """
    found = happenings(study, sight, since=event - 1, limit=1)
    if not found or found[0].id != event:
        raise NotFound("there is no such event", where="history", mend="reload the History room")
    happening = found[0]
    verb = happening.verb
    reason = why_final(verb)
    if reason is not None:
        raise reason
    if not can_undo(happening, coder):
        raise AccessError("this cannot be undone by you", where=verb, mend="ask the person who did it")
    if verb in _CODEBOOK:
        # While a round is blind for this person, how much colleagues have coded is not said.
        return _codebook(study, happening, counts=not sight.blind_rounds)
    if verb in things.MAKERS:
        make_thing = things.of_import if verb == "source.added" and whole else things.MAKERS[verb]
        return make_thing(study, happening, coder, not sight.blind_rounds)
    make = _OWN.get(verb) or _ACTOR.get(verb) or _TEAM[verb]
    return make(study, happening, coder)


def _codebook(study: Study, h: Happening, *, counts: bool) -> Undoing:
    back = way_back(study)
    with study.reading() as connection:
        v = schema.codebook_version.c
        newest = connection.execute(sa.select(v.digest).order_by(v.id.desc()).limit(1)).scalar_one()
        e = schema.event.c
        adopted = sa.select(sa.func.max(e.id)).where(e.verb == "codebook.adopted", e.object_guid == newest[:36])
        since = connection.execute(adopted).scalar_one()
    if h.id < since:
        raise Conflict(
            "the codebook was changed after that", where="codebook", mend="undo the newest change of it first"
        )
    if back.in_the_way:
        n = (
            "codings were"
            if not counts
            else "1 coding was"
            if back.in_the_way == 1
            else f"{back.in_the_way} codings were"
        )
        raise Conflict(
            f"{n} made since with codes that version {back.former} does not have",
            where="codebook",
            mend="give them another code in the Source room, or merge the new codes into an old one",
        )
    says = [f"Version {back.version} is made; it says what version {back.former} said."]
    if not counts:
        says.append("Codings that the change moved get their old code again; what their coders changed since stays.")
    elif back.back:
        says.append(f"{back.back} codings get their old code again; what their coders changed since stays.")
    if counts and back.waiting:
        says.append(f"{back.waiting} codings need not be looked at again.")
    says.append("Decisions that were reopened stay open.")
    does = f"Go back to what version {back.former} of the codebook said"
    return Undoing(h, does, tuple(says), lambda: undo_newest_version(study))
