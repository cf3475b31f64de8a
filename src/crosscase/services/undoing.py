"""Undoing one event of the history: what that would do, said before it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crosscase.errors import AccessError, Conflict, NotFound
from crosscase.services import adjudicating, answering
from crosscase.services.activity import Happening, happenings
from crosscase.services.codebook_undo import undo_newest_version, way_back
from crosscase.services.coding_by_hand import bring_back, change_coding, mark_read, select_codings, take_out
from crosscase.services.notes import erase_memo, write_memo
from crosscase.services.sight import Sight
from crosscase.services.study import Study
from crosscase.services.summaries import CellSummary, summary_history, withdraw_summary, write_summary
from crosscase.store import schema


@dataclass(frozen=True)
class Undoing:
    """What undoing an event does: a sentence, its consequences, and what does it."""

    happening: Happening
    does: str
    consequences: tuple[str, ...]
    perform: Callable[[], object]


# What stands in the study of one coder alone, and may be undone by that coder alone.
_OWN = ("coding.made", "coding.changed", "coding.retired", "coding.restored", "span.read", "span.unread")
_ALL = "Every number that counts it changes; the history keeps both."


def can_undo(happening: Happening, coder: str) -> bool:
    """Whether this person may try to undo an event; whether it can be, ``undoing`` says."""
    verb = happening.verb
    if verb in _OWN:
        return bool(coder) and happening.detail.get("coder") == coder
    if verb in ("memo.written", "suggestion.accepted", "suggestion.edited", "suggestion.rejected"):
        return bool(coder) and happening.actor == coder
    consensus = verb.startswith("consensus.") and verb not in ("consensus.reopened", "consensus.identical")
    return bool(coder) and (consensus or verb in ("summary.written", "summary.withdrawn") or _of_codebook(verb))


def undoing(study: Study, sight: Sight, event: int, coder: str) -> Undoing:
    """What undoing this event would do; raises ``NotFound``, ``AccessError`` or ``Conflict`` when it cannot be."""
    found = happenings(study, sight, since=event - 1, limit=1)
    if not found or found[0].id != event:
        raise NotFound("there is no such event", where="history", mend="reload the History room")
    happening = found[0]
    if not can_undo(happening, coder):
        raise AccessError("this cannot be undone by you", where=happening.verb, mend="ask the person who did it")
    if _of_codebook(happening.verb):
        # While a round is blind for this person, how much colleagues have coded is not said.
        return _codebook(study, happening, counts=not sight.blind_rounds)
    for prefix, make in _MAKERS.items():
        if happening.verb.startswith(prefix):
            return make(study, happening, coder)
    raise Conflict("this cannot be undone", where=happening.verb, mend="do the opposite by hand")


def _of_codebook(verb: str) -> bool:
    return verb.startswith("codebook.")


def _coding(study: Study, h: Happening, coder: str) -> Undoing:
    guid, d = h.object_guid, h.detail
    out = _retired(study, guid)
    if h.verb == "coding.retired":
        if not out:
            raise Conflict("the coding stands again already", where="history", mend="nothing needs to be done")
        return Undoing(h, "Bring the coding back", (_ALL,), lambda: bring_back(study, guid, coder))
    if out:
        raise Conflict("the coding was taken out since", where="history", mend="bring it back first")
    if h.verb == "coding.changed":
        before: Mapping[str, Any] = d.get("before", {})
        now = {name: d[name] for name in before if name in d}
        later = _current(study, guid)
        lost = [name for name, value in now.items() if later.get(name) != value]
        consequences = [f"It says again what it said before: {', '.join(before)}."]
        if lost:
            consequences.append(f"What was changed after that is lost as well: {', '.join(lost)}.")
        passage = (int(before.get("start", d["start"])), int(before.get("end", d["end"])))
        code, facets = before.get("code"), before.get("facets")
        return Undoing(
            h,
            "Change the coding back",
            tuple(consequences),
            lambda: change_coding(study, guid, coder, code=code, facets=facets, passage=passage),
        )
    return Undoing(h, "Take the coding out", (_ALL,), lambda: take_out(study, guid, coder))


def _memo(study: Study, h: Happening, coder: str) -> Undoing:
    d = h.detail
    if h.verb == "memo.written":
        return Undoing(
            h, "Erase the memo", ("Its words stay in the history.",), lambda: erase_memo(study, h.object_guid)
        )
    return Undoing(
        h,
        "Write the memo again",
        ("It is written by you, now.",),
        lambda: write_memo(study, str(d["on"]), str(d["object"]), str(d["text"])),
    )


def _span(study: Study, h: Happening, coder: str) -> Undoing:
    spans = [(int(a), int(b)) for a, b in h.detail.get("spans", [])]
    read = h.verb == "span.unread"
    does = "Mark these passages as read again" if read else "Take these read marks away"
    says = "Agreement counts passages that both coders have read: it may change."
    source, round = str(h.detail["source"]), str(h.detail["round"])
    return Undoing(h, does, (says,), lambda: mark_read(study, source, spans, coder, round, read=read))


def _suggestion(study: Study, h: Happening, coder: str) -> Undoing:
    says = "The suggestion is open again."
    if h.verb != "suggestion.rejected":
        says += " The coding that you made of it is taken out."
    return Undoing(h, "Take the answer back", (says,), lambda: answering.reopen(study, h.object_guid))


def _summary(study: Study, h: Happening, coder: str) -> Undoing:
    row, case = str(h.detail["row"]), str(h.detail["case"])
    written = summary_history(study, row, case)
    standing = next((s for s in written if not s.retired_at), None)
    if h.verb == "summary.withdrawn":
        gone = _by_guid(written, h.object_guid)
        if standing is not None:
            raise Conflict("something else was written in this cell since", where=f"{row} × {case}", mend="open it")
        return Undoing(
            h, "Write the summary again", (f"“{gone.text[:200]}” stands there again.",), _again(study, gone, "")
        )
    if standing is None or standing.guid != h.object_guid:
        raise Conflict("this is not what stands in the cell any more", where=f"{row} × {case}", mend="open the cell")
    was = str(h.detail.get("was") or "")
    if not was:
        says = "The cell is empty then; its history keeps the words."
        return Undoing(
            h, "Withdraw the summary", (says,), lambda: withdraw_summary(study, row, case, basis=standing.guid)
        )
    former = _by_guid(written, was)
    return Undoing(
        h, "Put back what stood there", (f"“{former.text[:200]}” by {former.author} stands there again.",),
        _again(study, former, standing.guid),
    )  # fmt: skip


def _again(study: Study, said: CellSummary, basis: str) -> Callable[[], object]:
    return lambda: write_summary(study, said.row, said.case, said.text, said.quotes, basis=basis)


def _by_guid(written: list[CellSummary], guid: str) -> CellSummary:
    for said in written:
        if said.guid == guid:
            return said
    raise NotFound("there is no such summary", where="history", mend="open the cell")


def _consensus(study: Study, h: Happening, coder: str) -> Undoing:
    says = ("The consensus coding is taken out.", "The coders' codings wait for a decision again.")
    number = int(h.detail["id"])
    return Undoing(h, "Reopen the decision", says, lambda: adjudicating.reopen(study, number, "undone in the history"))


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
    says = [f"Version {back.version} is made; it says what version {back.former} said."]
    if not counts:
        says.append("Codings that the change moved get their old code again; what their coders changed since stays.")
    elif back.back:
        says.append(f"{back.back} codings get their old code again; what their coders changed since stays.")
    if counts and back.waiting:
        says.append(f"{back.waiting} codings need not be looked at again.")
    says.append("Decisions that were reopened stay open.")
    if counts and back.in_the_way:
        says.append(f"Not possible yet: {back.in_the_way} codings were made with codes that go.")
    does = f"Go back to what version {back.former} of the codebook said"
    return Undoing(h, does, tuple(says), lambda: undo_newest_version(study))


_MAKERS: Mapping[str, Callable[[Study, Happening, str], Undoing]] = {
    "coding.": _coding,
    "memo.": _memo,
    "span.": _span,
    "suggestion.": _suggestion,
    "summary.": _summary,
    "consensus.": _consensus,
}


def _retired(study: Study, guid: str) -> bool:
    with study.reading() as connection:
        row = connection.execute(
            sa.select(schema.coding.c.retired_at).where(schema.coding.c.guid == guid)
        ).one_or_none()
    if row is None:
        raise NotFound("there is no such coding", where="history", mend="reload the History room")
    return row.retired_at is not None


def _current(study: Study, guid: str) -> dict[str, object]:
    with study.reading() as connection:
        found = select_codings(connection, schema.coding.c.guid == guid)
    return found[0].as_detail() if found else {}
