"""What undoing does to one coder's work: codings, memos, read marks, answers to suggestions, summaries, decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from crosscase.errors import Conflict, NotFound
from crosscase.services import adjudicating, answering
from crosscase.services.activity import Happening
from crosscase.services.coding_by_hand import bring_back, change_coding, mark_read, select_codings, take_out
from crosscase.services.consequences import ALL_NUMBERS, Undoing
from crosscase.services.notes import erase_memo, write_memo
from crosscase.services.study import Study
from crosscase.services.summaries import CellSummary, summary_history, withdraw_summary, write_summary
from crosscase.store import schema


def of_coding(study: Study, h: Happening, coder: str) -> Undoing:
    guid, d = h.object_guid, h.detail
    out = _retired(study, guid)
    if h.verb == "coding.retired":
        if not out:
            raise Conflict("the coding stands again already", where="history", mend="nothing needs to be done")
        return Undoing(h, "Bring the coding back", (ALL_NUMBERS,), lambda: bring_back(study, guid, coder))
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
    return Undoing(h, "Take the coding out", (ALL_NUMBERS,), lambda: take_out(study, guid, coder))


def of_memo(study: Study, h: Happening, coder: str) -> Undoing:
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


def of_span(study: Study, h: Happening, coder: str) -> Undoing:
    spans = [(int(a), int(b)) for a, b in h.detail.get("spans", [])]
    read = h.verb == "span.unread"
    does = "Mark these passages as read again" if read else "Take these read marks away"
    says = "Agreement counts passages that both coders have read: it may change."
    source, round = str(h.detail["source"]), str(h.detail["round"])
    return Undoing(h, does, (says,), lambda: mark_read(study, source, spans, coder, round, read=read))


def of_suggestion(study: Study, h: Happening, coder: str) -> Undoing:
    says = "The suggestion is open again."
    if h.verb != "suggestion.rejected":
        says += " The coding that you made of it is taken out."
    return Undoing(h, "Take the answer back", (says,), lambda: answering.reopen(study, h.object_guid))


def of_summary(study: Study, h: Happening, coder: str) -> Undoing:
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


def of_consensus(study: Study, h: Happening, coder: str) -> Undoing:
    says = ("The consensus coding is taken out.", "The coders' codings wait for a decision again.")
    number = int(h.detail["id"])
    return Undoing(h, "Reopen the decision", says, lambda: adjudicating.reopen(study, number, "undone in the history"))


def of_identical(study: Study, h: Happening, coder: str) -> Undoing:
    """The batch of identical codings that went into the consensus."""
    wanted = adjudicating.deed_decisions(study, h.object_guid)
    with study.reading() as connection:
        t = schema.adjudication.c
        some = sa.select(sa.func.count()).where(t.id.in_(wanted), t.reopened_at.is_(None))
        n = int(connection.execute(some).scalar_one())
    if not n:
        raise Conflict("none of these decisions stands any more", where="history", mend="nothing needs to be done")
    rest = f" {len(wanted) - n} were reopened before." if len(wanted) > n else ""
    says = (f"{n:,} consensus codings are taken out.{rest}", "The coders' codings wait for a decision again.")
    return Undoing(
        h,
        "Reopen all of these decisions",
        says,
        lambda: adjudicating.undo_deed(study, h.object_guid, "undone in the history"),
    )


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
