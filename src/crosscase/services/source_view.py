"""One source as a coder reads it: its text in blocks, and what is coded in it that this person may see."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.services.coding_by_hand import HandCoding, select_codings
from crosscase.services.sight import Sight, hides_suggestions
from crosscase.services.study import Study
from crosscase.store import schema
from crosscase.store.reading import no_source
from crosscase.store.succession import present_codes

_NAME = sa.select(schema.source.c.name).where(schema.source.c.guid == sa.bindparam("guid"))
_HEADING = re.compile(r"#{1,6}\s+\S")
_LABEL = re.compile(r"[\s:.\-–—\[\]()\d,;>]*")


@dataclass(frozen=True)
class Block:
    """A piece of text as it stands on the page: a turn, a paragraph, or what stands between turns (``aside``).

    ``start`` and ``end`` are code points; ``opens`` is the page number when a page of the original begins here.
    """

    number: int
    kind: str
    start: int
    end: int
    text: str
    speaker: str | None = None
    time: float | None = None
    question: bool = False
    opens: int | None = None

    @property
    def heading(self) -> bool:
        """Whether it is a heading of a text with Markdown marks, or of a plain outline like it."""
        return self.kind == "paragraph" and _HEADING.match(self.text) is not None


@dataclass(frozen=True)
class SourcePage:
    """A source with everything that does not depend on who reads it."""

    guid: str
    name: str
    case: str | None
    case_label: str
    kind: str
    date: str | None
    participant: str | None
    role: str | None
    level: str | None
    n_words: int
    n_characters: int
    machine_transcript: bool
    simulated: bool
    warnings: tuple[str, ...]
    blocks: tuple[Block, ...]
    before: tuple[str, str] | None  # GUID and name of the source before this one …
    after: tuple[str, str] | None  # … and of the next
    roles: Mapping[str, str]  # speaker → role, where it is known and the name does not say it already


@dataclass(frozen=True)
class Marks:
    """What is coded in a source, as one person may see it.

    ``codings`` stand in the order in which they were made; ``suggestions`` are open ones of machine coders, or ``None``
    while they are hidden from this person (``hides_suggestions``); ``reviewed`` are this person's own spans in this
    round; ``memos`` has the notes per coding.
    """

    codings: tuple[HandCoding, ...]
    suggestions: tuple[Mapping[str, Any], ...] | None
    reviewed: tuple[tuple[int, int], ...]
    memos: Mapping[str, tuple[Mapping[str, str], ...]]
    last_event: int


def read_source(study: Study, guid: str) -> SourcePage:
    """The text of a source in blocks; raises ``NotFound``."""
    s = schema.source.c
    with study.reading() as connection:
        row = connection.execute(
            sa.select(schema.source, schema.case.c.name.label("case"), schema.case.c.label.label("case_label"))
            .add_columns(schema.participant.c.label.label("participant"))
            .outerjoin(schema.case, s.case_id == schema.case.c.id)
            .outerjoin(schema.participant, s.participant_id == schema.participant.c.id)
            .where(s.guid == guid)
        ).one_or_none()
        if row is None:
            raise no_source(connection, guid)
        text = connection.execute(
            sa.select(schema.source_text.c.text).where(schema.source_text.c.source_id == row.id)
        ).scalar_one()
        turns = connection.execute(
            sa.select(schema.turn).where(schema.turn.c.source_id == row.id).order_by(schema.turn.c.number)
        ).all()
        pages = connection.execute(
            sa.select(schema.page).where(schema.page.c.source_id == row.id).order_by(schema.page.c.number)
        ).all()
        before, after = _neighbours(connection, row.id)
        roles = _roles(connection, row.role, {turn.speaker for turn in turns if turn.speaker and not turn.is_question})
    return SourcePage(
        row.guid,
        row.name,
        row.case,
        row.case_label or "",
        row.kind,
        row.date,
        row.participant,
        row.role,
        row.level,
        row.n_words,
        row.n_characters,
        bool(row.machine_transcript),
        bool(row.simulated),
        tuple(row.warnings),
        tuple(blocks(text, turns, pages)),
        before,
        after,
        roles,
    )


def source_name(study: Study, guid: str) -> str:
    """The name of a source; raises ``NotFound``."""
    with study.reading() as connection:
        found: str | None = connection.execute(_NAME, {"guid": guid}).scalar()
        if found is None:
            raise no_source(connection, guid)
    return found


def blocks(text: str, turns: Sequence[Any], pages: Sequence[Any] = ()) -> list[Block]:
    """Cut a text into the blocks that a page shows; together they hold everything but labels and empty lines.

    Turns are blocks of their own. What stands between them is an ``aside`` unless it only repeats the speaker's label.
    A text without turns is cut into its lines.
    """
    spans: list[tuple[str, int, int, Any]] = []
    place = 0
    for turn in turns:
        spans += [("aside", a, b, None) for a, b in _lines(text, place, turn.start) if not _is_label(text[a:b], turn)]
        if text[turn.start : turn.end].strip():
            spans.append(("turn", turn.start, turn.end, turn))
        place = turn.end
    kind = "aside" if turns else "paragraph"
    spans += [(kind, a, b, None) for a, b in _lines(text, place, len(text))]
    openings = {page.start: page.number for page in pages}
    starts = sorted(openings)
    made: list[Block] = []
    next_page = 0
    for number, (what, start, end, turn) in enumerate(spans):
        opens = None
        while next_page < len(starts) and starts[next_page] < end:
            opens = openings[starts[next_page]]
            next_page += 1
        made.append(
            Block(
                number,
                what,
                start,
                end,
                text[start:end],
                turn.speaker if turn else None,
                turn.time if turn else None,
                bool(turn.is_question) if turn else False,
                opens,
            )
        )
    return made


def read_marks(study: Study, guid: str, sight: Sight, round: str | None) -> Marks:
    """Codings, suggestions, read spans and memos of a source, at one moment (``last_event``)."""
    with study.reading() as connection:
        number = connection.execute(sa.select(schema.source.c.id).where(schema.source.c.guid == guid)).scalar()
        if number is None:
            raise no_source(connection, guid)
        c = schema.coding.c
        visible = sa.and_(c.source_id == number, c.retired_at.is_(None), sight.codings())
        found = select_codings(connection, visible, as_made=True)
        memos = _memos(connection, {coding.guid for coding in found})
        last = connection.execute(sa.select(sa.func.max(schema.event.c.id))).scalar() or 0
        here = schema.suggestion.c.source_id == number
        suggestions = None if hides_suggestions(connection, sight) else open_suggestions(connection, here)
        reviewed = _reviewed(connection, int(number), sight, round)
    return Marks(tuple(found), suggestions, reviewed, memos, int(last))


def open_suggestions(connection: Connection, where: sa.ColumnElement[bool]) -> tuple[Mapping[str, Any], ...]:
    """Suggestions that nobody has answered yet, under the codes that stand for theirs now."""
    t = schema.suggestion.c
    now = present_codes(connection)
    names = {row.id: row.name for row in connection.execute(sa.select(schema.code.c.id, schema.code.c.name))}
    rows = connection.execute(
        sa.select(t.guid, t.start, t.end, t.confidence, t.reason, t.code_id, t.codebook_version_id)
        .add_columns(
            schema.facet_set.c.facets,
            schema.coder.c.name.label("coder"),
            schema.source.c.guid.label("source"),
        )
        .join(schema.facet_set, t.facet_set_id == schema.facet_set.c.id)
        .join(schema.coder, t.coder_id == schema.coder.c.id)
        .join(schema.source, t.source_id == schema.source.c.id)
        .where(where, t.status == "open")
        .order_by(t.start, t.end, t.id)
    )
    return tuple(
        {
            "guid": r.guid,
            "source": r.source,
            "start": r.start,
            "end": r.end,
            "code": names[now.get((r.codebook_version_id, r.code_id), r.code_id)],
            "facets": json.loads(r.facets),
            "coder": r.coder,
            "confidence": r.confidence,
            "reason": r.reason,
        }
        for r in rows
    )


def _memos(connection: Connection, wanted: set[str]) -> dict[str, tuple[Mapping[str, str], ...]]:
    m = schema.memo.c
    found: dict[str, tuple[Mapping[str, str], ...]] = {}
    for row in connection.execute(sa.select(schema.memo).where(m.object_kind == "coding").order_by(m.id)):
        if row.object_guid in wanted:
            note = {"guid": row.guid, "text": row.text, "author": row.author, "at": row.created_at}
            found[row.object_guid] = (*found.get(row.object_guid, ()), note)
    return found


def _reviewed(connection: Connection, source: int, sight: Sight, round: str | None) -> tuple[tuple[int, int], ...]:
    t, r = schema.reviewed_span.c, schema.coding_round.c
    rows = connection.execute(
        sa.select(t.start, t.end)
        .join(schema.coding_round, r.id == t.round_id)
        .where(t.source_id == source, t.coder_id == (sight.coder_id or 0), r.name == round)
        .order_by(t.start)
    )
    return tuple((row.start, row.end) for row in rows)


def _roles(connection: Connection, role: str | None, speakers: set[str]) -> dict[str, str]:
    """The roles of those who answer: of the participant of that name, or the source's where one answers alone."""
    p = schema.participant.c
    rows = connection.execute(sa.select(p.name, p.label, p.role)).all() if speakers else []
    known = {name.casefold(): r.role for r in rows for name in (r.label, r.name)}
    alone = role if len(speakers) == 1 else None
    found = {speaker: known.get(speaker.casefold()) or alone for speaker in speakers}
    return {s: r for s, r in found.items() if r and r.replace("_", " ") not in s.casefold().replace("-", " ")}


def _neighbours(connection: Connection, number: int) -> tuple[tuple[str, str] | None, tuple[str, str] | None]:
    s = schema.source.c
    columns = sa.select(s.guid, s.name)
    before = connection.execute(columns.where(s.id < number).order_by(s.id.desc()).limit(1)).one_or_none()
    after = connection.execute(columns.where(s.id > number).order_by(s.id).limit(1)).one_or_none()
    return (tuple(before) if before else None), (tuple(after) if after else None)


def _lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Lines with words in them, without the spaces around."""
    found = []
    place = start
    for line in text[start:end].split("\n"):
        if line.strip():
            first = place + len(line) - len(line.lstrip())
            found.append((first, place + len(line.rstrip())))
        place += len(line) + 1
    return found


def _is_label(line: str, turn: Any) -> bool:
    """Whether a line only says who speaks and when."""
    rest = line.replace(turn.speaker, "", 1) if turn.speaker else line
    return _LABEL.fullmatch(rest) is not None
