"""Adjudication: from independent codings to a consensus that keeps its parents and its history.

Each decision is one transaction with one audit event. The codings of coders are never changed: a consensus coding is a
new coding in its own layer, derived from them; reopening a decision takes it out again and leaves the decision in the
record.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import Conflict, InputError, ManifestError, NotFound
from crosscase.model.access import Right
from crosscase.model.coding import Passage
from crosscase.services.codings import Book, add_coders, check_coding
from crosscase.services.decisions import Adjudication, adjudication, decided_ids, select_independent
from crosscase.services.deeds import deed_guids
from crosscase.services.identical import identical_groups
from crosscase.services.people import CONSENSUS
from crosscase.services.study import Study
from crosscase.store import audit, reading, schema, writing


@dataclass(frozen=True)
class _Draft:
    """A decision that is about to be recorded: ``made`` is its consensus coding, ``guid`` its name."""

    kind: str
    source: str
    span: tuple[int, int]
    made: int | None
    parents: Sequence[sa.Row[Any]]
    reason: str
    guid: str


def accept_coding(study: Study, coding_id: int, reason: str = "", *, guid: str | None = None) -> Adjudication:
    """Take one coder's coding into the consensus as it is; colleagues' codings there are to be decided on their own.

    A decision that is called ``guid`` already is returned instead of a second one. Raises ``NotFound`` when it is no
    living independent coding and ``Conflict`` when it was decided already.
    """
    name = guid or str(uuid4())
    with study.changing(Right.CODE) as connection:
        number = _known(connection, name)
        if number is None:
            (row,) = _parents(connection, [coding_id])
            number = _decide(connection, study, _as_it_is(connection, study, [row], reason, name))
    return adjudication(study, number)


def take_coder(
    study: Study, coding_ids: Sequence[int], coder: str, reason: str = "", *, guid: str | None = None
) -> tuple[Adjudication, ...]:
    """Decide on all these codings of one place as one coder has it.

    The coder's codings enter the consensus as they are, with colleagues' overlapping codings of the same code as
    further parents; what is left of colleagues' is rejected. A coder who gave none of these codes, but read the
    place, rejects them all. Raises as ``accept_coding`` does, and ``InputError`` for codings of several sources.
    """
    name = guid or str(uuid4())
    names = deed_guids(name)
    with study.changing(Right.CODE) as connection:
        if _known(connection, name) is None:
            rows = _of_one_source(connection, coding_ids)
            person = connection.execute(sa.select(schema.coder.c.id).where(schema.coder.c.name == coder)).scalar()
            if person is None:
                raise NotFound(f"no coder {coder!r}", where="adjudication", mend="take one who read the place")
            rest = [r for r in rows if r.coder_id != person]
            for own in (r for r in rows if r.coder_id == person):
                same = [r for r in rest if r.code == own.code and r.start < own.end and own.start < r.end]
                rest = [r for r in rest if r not in same]
                _decide(connection, study, _as_it_is(connection, study, [own, *same], reason, next(names)))
            if rest:
                why = reason.strip() or f"the reading of {coder} was taken"
                _decide(
                    connection, study, _Draft("rejected", rest[0].source, _span(rest), None, rest, why, next(names))
                )
        numbers = _of_deed(connection, name)
    return tuple(adjudication(study, number) for number in numbers)


def merge_codings(
    study: Study,
    coding_ids: Sequence[int],
    *,
    passage: tuple[int, int] | None = None,
    code: str | None = None,
    facets: Mapping[str, str] | None = None,
    reason: str = "",
    guid: str | None = None,
) -> Adjudication:
    """Make one consensus coding of several.

    What the codings have in common need not be said: their code, and the facet values on which they do not differ (an
    empty answer leaves a facet out). The passage is, unless said, from the first start to the last end. Raises
    ``InputError`` where they differ and nothing was said, when they lie in different sources, or when the passage
    overlaps none of them.
    """
    if len(set(coding_ids)) < 2:
        raise InputError("a merger needs two codings", where="adjudication", mend="accept a single one as it is")
    name = guid or str(uuid4())
    with study.changing(Right.CODE) as connection:
        number = _known(connection, name)
        if number is None:
            rows = _of_one_source(connection, coding_ids)
            span = passage or _span(rows)
            codes = sorted({r.code for r in rows})
            if code is None and len(codes) > 1:
                raise InputError(
                    f"the codes differ: {', '.join(codes)}", where="adjudication", mend="say which one it is"
                )
            said = _common_facets([json.loads(r.facets) for r in rows], facets)
            made = _derive(connection, study, rows[0].source, span, code or codes[0], said, rows)
            number = _decide(connection, study, _Draft("merged", rows[0].source, span, made, rows, reason, name))
    return adjudication(study, number)


def add_consensus(
    study: Study,
    source: str,
    passage: tuple[int, int],
    code: str,
    facets: Mapping[str, str] | None = None,
    *,
    instead_of: Sequence[int] = (),
    round: str | None = None,
    reason: str = "",
    guid: str | None = None,
) -> Adjudication:
    """Put a coding into the consensus that no coder made; ``instead_of`` are the codings that it replaces.

    ``round`` is needed when there are none. Raises as ``merge_codings`` does, and ``NotFound`` for an unknown source.
    """
    name = guid or str(uuid4())
    with study.changing(Right.CODE) as connection:
        number = _known(connection, name)
        if number is None:
            rows = _parents(connection, instead_of) if instead_of else []
            if any(r.source != source for r in rows):
                raise InputError("the codings lie in another source", where=source, mend="name codings of this source")
            made = _derive(connection, study, source, passage, code, dict(facets or {}), rows, round)
            number = _decide(connection, study, _Draft("new", source, passage, made, rows, reason, name))
    return adjudication(study, number)


def reject_codings(study: Study, coding_ids: Sequence[int], reason: str, *, guid: str | None = None) -> Adjudication:
    """Decide that codings do not enter the consensus; the coders' own codings stay. Needs a reason."""
    if not reason.strip():
        raise ManifestError("a rejection needs a reason", where="adjudication", mend="say why")
    name = guid or str(uuid4())
    with study.changing(Right.CODE) as connection:
        number = _known(connection, name)
        if number is None:
            rows = _of_one_source(connection, coding_ids)
            number = _decide(
                connection, study, _Draft("rejected", rows[0].source, _span(rows), None, rows, reason, name)
            )
    return adjudication(study, number)


def agree_identical(study: Study, *, rounds: Collection[str] | None = None, guid: str | None = None) -> int:
    """The batch rule: what all who read the place coded identically goes into the consensus; returns how many did.

    Identical: the same passage, code, facet values and round, from two coders or more, and nobody read the whole
    passage in that round without making the coding. All of it is one transaction with one event. Raises ``NotFound``
    for an unknown round.
    """
    name = guid or str(uuid4())
    names = deed_guids(name)
    with study.changing(Right.CODE) as connection:
        if _known(connection, name) is not None:
            return len(_of_deed(connection, name))
        unknown = sorted(set(rounds or ()) - reading.names(connection, schema.coding_round).keys())
        if unknown:
            raise NotFound(f"no round {unknown[0]!r}", where="adjudication", mend="see `crosscase round list`")
        groups = identical_groups(connection, rounds)
        drafts = [_as_it_is(connection, study, rows, "", next(names), "identical") for rows in groups]
        numbers = [_record(connection, study, draft) for draft in drafts]
        if numbers:
            detail = {"rounds": sorted(rounds or ()), "n": len(numbers), "ids": [numbers[0], numbers[-1]]}
            audit.append_event(connection, study.actor, "consensus.identical", "adjudication", name, detail)
    return len(groups)


def reopen(study: Study, adjudication_id: int, reason: str) -> None:
    """Take a decision back: its consensus coding leaves the evidence, its parents wait for a decision again."""
    if not reason.strip():
        raise ManifestError("a decision is reopened without a reason", where="adjudication", mend="say why")
    with study.changing(Right.CODE) as connection:
        t = schema.adjudication
        row = connection.execute(sa.select(t).where(t.c.id == adjudication_id)).one_or_none()
        if row is None:
            raise NotFound(
                f"no decision {adjudication_id}", where="adjudication", mend="see `crosscase adjudicate list`"
            )
        if row.reopened_at is not None:
            raise Conflict(
                f"decision {adjudication_id} was reopened on {row.reopened_at}", mend="nothing is to be done"
            )
        _take_back(connection, [row])
        detail = {"id": adjudication_id, "coding": row.coding_id, "reason": reason}
        audit.append_event(connection, study.actor, "consensus.reopened", "adjudication", row.guid, detail)


def undo_deed(study: Study, guid: str, reason: str = "undone") -> int:
    """Take back all that one deed decided and that stands; returns how many decisions that were."""
    with study.changing(Right.CODE) as connection:
        t = schema.adjudication
        wanted = _of_deed(connection, guid)
        some = sa.select(t).where(t.c.id.in_(wanted), t.c.reopened_at.is_(None)).order_by(t.c.id)
        rows = list(connection.execute(some))
        if rows:
            _take_back(connection, rows)
            detail = {"ids": [rows[0].id, rows[-1].id], "n": len(rows), "reason": reason}
            audit.append_event(connection, study.actor, "consensus.reopened", "adjudication", rows[0].guid, detail)
    return len(rows)


def deed_decisions(study: Study, guid: str) -> list[int]:
    """The decisions that one deed made."""
    with study.reading() as connection:
        return _of_deed(connection, guid)


def _take_back(connection: Connection, rows: Sequence[sa.Row[Any]]) -> None:
    at, t, coding = audit.now(), schema.adjudication, schema.coding
    connection.execute(t.update().where(t.c.id.in_([r.id for r in rows])).values(reopened_at=at))
    made = [r.coding_id for r in rows if r.coding_id is not None]
    connection.execute(coding.update().where(coding.c.id.in_(made)).values(retired_at=at))


def _known(connection: Connection, guid: str) -> int | None:
    """The decision of this name, if there is one."""
    t = schema.adjudication.c
    found: int | None = connection.execute(sa.select(t.id).where(t.guid == guid)).scalar()
    return found


def _of_deed(connection: Connection, guid: str) -> list[int]:
    numbers: list[int] = []
    for name in deed_guids(guid):
        number = _known(connection, name)
        if number is None:
            return numbers
        numbers.append(number)
    return numbers


def _of_one_source(connection: Connection, ids: Sequence[int]) -> list[sa.Row[Any]]:
    rows = _parents(connection, ids)
    if len({r.source for r in rows}) > 1:
        raise InputError("the codings lie in different sources", where="adjudication", mend="decide per source")
    return rows


def _span(rows: Sequence[sa.Row[Any]]) -> tuple[int, int]:
    return min(r.start for r in rows), max(r.end for r in rows)


def _as_it_is(
    connection: Connection, study: Study, rows: Sequence[sa.Row[Any]], reason: str, guid: str, kind: str = ""
) -> _Draft:
    """The first coding enters the consensus as it stands; the others say so too."""
    first = rows[0]
    span = (first.start, first.end)
    made = _derive(connection, study, first.source, span, first.code, json.loads(first.facets), rows)
    return _Draft(kind or ("accepted" if len(rows) == 1 else "merged"), first.source, span, made, rows, reason, guid)


def _parents(connection: Connection, ids: Sequence[int]) -> list[sa.Row[Any]]:
    """The codings to be decided on; living, independent, not decided yet."""
    wanted = sorted(set(ids))
    if not wanted:
        raise InputError(
            "no coding is named", where="adjudication", mend="`crosscase adjudicate pending` shows the ids"
        )
    rows = list(connection.execute(select_independent().where(schema.coding.c.id.in_(wanted))))
    missing = sorted(set(wanted) - {r.id for r in rows})
    if missing:
        raise NotFound(
            f"{missing[0]} is no living coding of a coder",
            where="adjudication",
            mend="`crosscase adjudicate pending` shows the ids",
        )
    done = sorted(decided_ids(connection) & set(wanted))
    if done:
        raise Conflict(f"coding {done[0]} was decided already", where="adjudication", mend="reopen that decision first")
    return rows


def _common_facets(all_of_them: Sequence[Mapping[str, str]], said: Mapping[str, str] | None) -> dict[str, str]:
    found = dict(said or {})
    for name in sorted({name for facets in all_of_them for name in facets} - found.keys()):
        answers = sorted({facets[name] for facets in all_of_them if facets.get(name)})
        if len(answers) > 1:
            raise InputError(f"{name} differs: {', '.join(answers)}", where="adjudication", mend="say which one it is")
        if answers:
            found[name] = answers[0]
    return {name: value for name, value in found.items() if value}


def _derive(
    connection: Connection,
    study: Study,
    source: str,
    span: tuple[int, int],
    code: str,
    facets: Mapping[str, str],
    parents: Sequence[sa.Row[Any]],
    round_name: str | None = None,
) -> int:
    """Store the consensus coding with its parents; returns its id."""
    book = Book.open(connection, study.framework)
    check_coding(Passage(source, *span), code, facets, book, None)
    if parents and not any(p.start < span[1] and span[0] < p.end for p in parents):
        where = ", ".join(f"{p.start} to {p.end}" for p in parents[:3])
        raise InputError(
            f"the passage {span[0]} to {span[1]} touches none of the codings that it is to replace",
            where=f"{source}, codings at {where}",
            mend="choose a passage that overlaps one of them",
        )
    add_coders(connection, study.actor, book, [CONSENSUS])
    if not parents and round_name is None:
        raise InputError("the round is missing", where="adjudication", mend="name the round that it belongs to")
    if round_name is not None and round_name not in book.rounds:
        raise NotFound(f"no round {round_name!r}", where="adjudication", mend="see `crosscase round list`")
    row = {
        "source_id": book.source(source),
        "start": span[0],
        "end": span[1],
        "code_id": book.codes[code],
        "facet_set_id": next(iter(writing.facet_set_ids(connection, [facets]).values())),
        "coder_id": book.coders[CONSENSUS],
        # A consensus over rounds belongs to the last of them.
        "round_id": book.rounds[round_name] if round_name else max(p.round_id for p in parents),
        "codebook_version_id": book.version,
        "layer": "consensus",
        "confidence": None,
    }
    _refuse_repetition(connection, row, source)
    _, number = writing.insert_codings(connection, [row])
    links = [{"coding_id": number, "parent_id": p.id} for p in parents]
    if links:
        connection.execute(schema.coding_parent.insert(), links)
    return number


def _refuse_repetition(connection: Connection, row: Mapping[str, Any], source: str) -> None:
    c = schema.coding.c
    same = [c[name] == row[name] for name in ("source_id", "start", "end", "code_id", "facet_set_id", "layer")]
    standing = connection.execute(sa.select(c.id).where(c.retired_at.is_(None), *same)).scalar()
    if standing is not None:
        raise Conflict(
            f"the consensus has this coding already, as {standing}",
            where=f"{source}, characters {row['start']} to {row['end']}",
            mend="merge all codings that say the same in one decision",
        )


def _decide(connection: Connection, study: Study, draft: _Draft) -> int:
    number = _record(connection, study, draft)
    detail = {"id": number, "source": draft.source, "passage": list(draft.span), "coding": draft.made}
    detail |= {"reason": draft.reason, "parents": [p.id for p in draft.parents]}
    audit.append_event(connection, study.actor, f"consensus.{draft.kind}", "adjudication", draft.guid, detail)
    return number


def _record(connection: Connection, study: Study, draft: _Draft) -> int:
    s = schema.source.c
    source = connection.execute(sa.select(s.id).where(s.name == draft.source)).scalar_one()
    values = {"guid": draft.guid, "source_id": source, "start": draft.span[0], "end": draft.span[1]}
    values |= {"decision": draft.kind, "coding_id": draft.made, "actor": study.actor, "reason": draft.reason}
    primary = connection.execute(schema.adjudication.insert().values(**values, decided_at=audit.now()))
    assert primary.inserted_primary_key is not None
    number = int(primary.inserted_primary_key[0])
    links = [{"adjudication_id": number, "coding_id": p.id} for p in draft.parents]
    if links:
        connection.execute(schema.adjudication_parent.insert(), links)
    return number
