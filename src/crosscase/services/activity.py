"""The history as one person may read it, and the live feed from the same table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.services.coding_by_hand import select_codings
from crosscase.services.sight import Sight
from crosscase.services.study import Study
from crosscase.store import audit, schema
from crosscase.store.restricted import HIDDEN

# What these say about a coding stands in the event itself: source, place, code, answers, coder, round.
OF_ONE_CODING = ("coding.made", "coding.changed", "coding.retired", "coding.restored")


_LAST = sa.select(sa.func.max(schema.event.c.id))


@dataclass(frozen=True)
class Happening:
    """An event that this person may see; ``detail`` names sources by GUID."""

    id: int
    at: str
    actor: str
    verb: str
    object_kind: str
    object_guid: str
    detail: Mapping[str, Any]


# What people look for in the history, and how the verbs of these events begin.
KINDS: Mapping[str, tuple[str, ...]] = {
    "codings": ("coding.", "codings."),
    "memos": ("memo.",),
    "reading": ("span.",),
    "suggestions": ("suggestion.", "suggestions."),
    "decisions": ("consensus.",),
    "codebook": ("codebook.",),
    "summaries": ("summary.",),
    "counter-evidence": ("claim.", "candidate.", "brief."),
    "study": ("study.", "source.", "case.", "coder.", "participant.", "round.", "blind.", "attributes.", "account."),
}


@dataclass(frozen=True)
class Wanted:
    """Which events are wanted: of one person, of one kind (``KINDS``), about one source (its GUID and name)."""

    actor: str = ""
    kind: str = ""
    source: tuple[str, str] = ("", "")

    def where(self) -> list[sa.ColumnElement[bool]]:
        """The conditions on the table of events."""
        e = schema.event.c
        found: list[sa.ColumnElement[bool]] = []
        if self.actor:
            found.append(e.actor == self.actor)
        if self.kind:
            found.append(
                sa.or_(*(e.verb.startswith(prefix, autoescape=True) for prefix in KINDS.get(self.kind, ("-",))))
            )
        if self.source[0]:
            texts = [json.dumps({"source": name}, ensure_ascii=False)[1:-1] for name in self.source]
            found.append(
                sa.or_(e.object_guid == self.source[0], *(e.detail.contains(t, autoescape=True) for t in texts))
            )
        return found


def happenings(
    study: Study,
    sight: Sight,
    *,
    since: int = 0,
    before: int | None = None,
    limit: int = 200,
    newest: bool = False,
    wanted: Wanted = Wanted(),
) -> list[Happening]:
    """Events after ``since`` (and before another one), in their order or the newest first."""
    e = schema.event.c
    statement = sa.select(schema.event).where(e.id > since, *wanted.where())
    if before is not None:
        statement = statement.where(e.id < before)
    statement = statement.order_by(e.id.desc() if newest else e.id)
    found: list[Happening] = []
    with study.reading() as connection:
        rows = connection.execute(statement.execution_options(stream_results=True))
        for row in rows:
            event = audit.as_event(row)
            if is_seen(connection, event, sight):
                found.append(as_happening(event))
            if len(found) >= limit:
                break
    return found


def as_happening(event: audit.Event) -> Happening:
    """An event as it is told to somebody who may see it."""
    return Happening(
        event.id, event.at, event.actor, event.verb, event.object_kind, event.object_guid, dict(event.detail)
    )


def events_after(study: Study, event: int, most: int) -> list[audit.Event]:
    """The events after one, the oldest first, whoever may see them: ``seen_among`` says who does."""
    e = schema.event.c
    with study.reading() as connection:
        rows = connection.execute(sa.select(schema.event).where(e.id > event).order_by(e.id).limit(most))
        return [audit.as_event(row) for row in rows]


def seen_among(study: Study, events: Sequence[audit.Event], sight: Sight) -> list[audit.Event]:
    """Those of some events that a person may know of."""
    if not sight.blind_rounds:
        return [event for event in events if HIDDEN not in event.detail]
    with study.reading() as connection:
        return [event for event in events if is_seen(connection, event, sight)]


def last_event(study: Study) -> int:
    """Number of the newest event."""
    with study.reading() as connection:
        return int(connection.execute(_LAST).scalar() or 0)


def is_seen(connection: Connection, event: audit.Event, sight: Sight) -> bool:
    """Whether a person may know of an event: nothing about colleagues' codings in a round that is blind for them."""
    detail = event.detail
    if HIDDEN in detail:
        return False
    if not sight.blind_rounds:
        return True
    if event.verb in ("codings.recorded", "codings.withdrawn", "codings.restored"):
        return not _hidden_among(connection, detail, sight)
    if event.verb == "coding.retired" and "coder" not in detail:
        return not _hidden_among(connection, {"ids": [detail.get("id", 0)] * 2}, sight)
    if event.object_kind == "memo" or "on" in detail:
        return detail.get("on") != "coding" or not _hidden_coding(connection, str(detail.get("object", "")), sight)
    if event.verb == "coder.added":
        return True
    if event.verb.startswith("consensus."):
        return not _hidden_decision(connection, detail, sight)
    if event.object_kind in ("claim", "candidate"):
        return event.actor == sight.coder  # what a search found, and what became of it, tells what was coded
    if "coder" in detail and "round" in detail:
        of_source = event.object_kind in ("coding", "source")
        place = detail.get("source", event.object_guid) if of_source else None
        return sight.sees(detail["coder"], detail["round"], place)
    if event.verb.startswith("suggestion."):
        return event.actor == sight.coder  # rejecting tells how somebody reads the passage
    return True


def coding_behind(connection: Connection, number: int) -> Any:
    """The coding that an event names by its number; ``None`` when there is none."""
    found = select_codings(connection, schema.coding.c.id == number)
    return found[0] if found else None


def _hidden_among(connection: Connection, detail: Mapping[str, Any], sight: Sight) -> bool:
    first, last = detail.get("ids", [0, 0])
    c = schema.coding.c
    mine = sa.and_(c.id >= first, c.id <= last)
    return connection.execute(sa.select(c.id).where(mine, sa.not_(sight.codings())).limit(1)).scalar() is not None


def _hidden_decision(connection: Connection, detail: Mapping[str, Any], sight: Sight) -> bool:
    """Whether a decision rests on a coding that this person may not see."""
    first, last = detail.get("ids") or [detail.get("id", 0)] * 2
    c, p = schema.coding.c, schema.adjudication_parent.c
    behind = sa.select(p.coding_id).where(p.adjudication_id >= first, p.adjudication_id <= last)
    of_these = sa.or_(c.id.in_(behind), c.id == int(detail.get("coding") or 0))
    return connection.execute(sa.select(c.id).where(of_these, sa.not_(sight.codings())).limit(1)).scalar() is not None


def _hidden_coding(connection: Connection, guid: str, sight: Sight) -> bool:
    c = schema.coding.c
    return connection.execute(sa.select(c.id).where(c.guid == guid, sa.not_(sight.codings()))).scalar() is not None
