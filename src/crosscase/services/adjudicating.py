"""Adjudication: from independent codings to a consensus that keeps its parents and its history.

Each decision is one transaction with one audit event. The codings of coders are never changed: a consensus coding is a
new coding in its own layer, derived from them; reopening a decision takes it out again and leaves the decision in the
record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import Conflict, InputError, ManifestError, NotFound
from crosscase.model.coding import Passage
from crosscase.services.codings import Book, add_coders, check_coding
from crosscase.services.study import Study
from crosscase.store import audit, schema, writing

CONSENSUS = "consensus"


@dataclass(frozen=True)
class Adjudication:
    """A decision about one place: ``coding`` is the consensus coding that it made, ``None`` for a rejection."""

    id: int
    source: str
    start: int
    end: int
    decision: str  # accepted | merged | new | rejected | identical
    coding: int | None
    parents: tuple[int, ...]
    actor: str
    reason: str
    decided_at: str
    reopened_at: str | None


def accept_coding(study: Study, coding_id: int, reason: str = "") -> Adjudication:
    """Take one coder's coding into the consensus as it is; colleagues' codings there are to be decided on their own.

    Raises ``NotFound`` when it is no living independent coding and ``Conflict`` when it was decided already.
    """
    with study.changing() as connection:
        (row,) = _parents(connection, [coding_id])
        made = _derive(connection, study, row.source, (row.start, row.end), row.code, json.loads(row.facets), [row])
        number = _decide(connection, study, "accepted", row.source, (row.start, row.end), made, [row], reason)
    return adjudication(study, number)


def merge_codings(
    study: Study,
    coding_ids: Sequence[int],
    *,
    passage: tuple[int, int] | None = None,
    code: str | None = None,
    facets: Mapping[str, str] | None = None,
    reason: str = "",
) -> Adjudication:
    """Make one consensus coding of several.

    What the codings have in common need not be said: their code, and the facet values on which they do not differ. The
    passage is, unless said, from the first start to the last end. Raises ``InputError`` where they differ and nothing
    was said, or when they lie in different sources.
    """
    if len(set(coding_ids)) < 2:
        raise InputError("a merger needs two codings", where="adjudication", mend="accept a single one as it is")
    with study.changing() as connection:
        rows = _parents(connection, coding_ids)
        if len({r.source for r in rows}) > 1:
            raise InputError("the codings lie in different sources", where="adjudication", mend="merge per source")
        span = passage or (min(r.start for r in rows), max(r.end for r in rows))
        codes = sorted({r.code for r in rows})
        if code is None and len(codes) > 1:
            raise InputError(f"the codes differ: {', '.join(codes)}", where="adjudication", mend="say which one it is")
        said = _common_facets([json.loads(r.facets) for r in rows], facets)
        made = _derive(connection, study, rows[0].source, span, code or codes[0], said, rows)
        number = _decide(connection, study, "merged", rows[0].source, span, made, rows, reason)
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
) -> Adjudication:
    """Put a coding into the consensus that no coder made; ``instead_of`` are the codings that it replaces.

    ``round`` is needed when there are none. Raises as ``merge_codings`` does, and ``NotFound`` for an unknown source.
    """
    with study.changing() as connection:
        rows = _parents(connection, instead_of) if instead_of else []
        if any(r.source != source for r in rows):
            raise InputError("the codings lie in another source", where=source, mend="name codings of this source")
        made = _derive(connection, study, source, passage, code, dict(facets or {}), rows, round)
        number = _decide(connection, study, "new", source, passage, made, rows, reason)
    return adjudication(study, number)


def reject_codings(study: Study, coding_ids: Sequence[int], reason: str) -> Adjudication:
    """Decide that codings do not enter the consensus; the coders' own codings stay. Needs a reason."""
    if not reason.strip():
        raise ManifestError("a rejection needs a reason", where="adjudication", mend="say why")
    with study.changing() as connection:
        rows = _parents(connection, coding_ids)
        if len({r.source for r in rows}) > 1:
            raise InputError("the codings lie in different sources", where="adjudication", mend="reject per source")
        span = (min(r.start for r in rows), max(r.end for r in rows))
        number = _decide(connection, study, "rejected", rows[0].source, span, None, rows, reason)
    return adjudication(study, number)


def agree_identical(study: Study, *, round: str | None = None) -> int:
    """The batch rule: what all who read the place coded identically goes into the consensus; returns how many did.

    Identical: the same passage, code, facet values and round, from two coders or more, and nobody read the whole
    passage in that round without making the coding. All of it is one transaction with one event.
    """
    with study.changing() as connection:
        groups = _identical(connection, round)
        numbers = []
        for rows in groups:
            first = rows[0]
            span = (first.start, first.end)
            made = _derive(connection, study, first.source, span, first.code, json.loads(first.facets), rows)
            numbers.append(_record(connection, study, "identical", first.source, span, made, rows, ""))
        if numbers:
            detail = {"round": round, "n": len(numbers), "ids": [numbers[0], numbers[-1]]}
            guid = connection.execute(
                sa.select(schema.adjudication.c.guid).where(schema.adjudication.c.id == numbers[0])
            ).scalar_one()
            audit.append_event(connection, study.actor, "consensus.identical", "adjudication", guid, detail)
    return len(groups)


def reopen(study: Study, adjudication_id: int, reason: str) -> None:
    """Take a decision back: its consensus coding leaves the evidence, its parents wait for a decision again."""
    if not reason.strip():
        raise ManifestError("a decision is reopened without a reason", where="adjudication", mend="say why")
    with study.changing() as connection:
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
        at = audit.now()
        connection.execute(t.update().where(t.c.id == adjudication_id).values(reopened_at=at))
        if row.coding_id is not None:
            coding = schema.coding
            connection.execute(coding.update().where(coding.c.id == row.coding_id).values(retired_at=at))
        detail = {"id": adjudication_id, "coding": row.coding_id, "reason": reason}
        audit.append_event(connection, study.actor, "consensus.reopened", "adjudication", row.guid, detail)


def adjudications(study: Study) -> list[Adjudication]:
    """All decisions in their order, reopened ones too."""
    a, p = schema.adjudication, schema.adjudication_parent
    with study.reading() as connection:
        parents: dict[int, list[int]] = {}
        for number, coding in connection.execute(sa.select(p).order_by(p.c.coding_id)):
            parents.setdefault(number, []).append(coding)
        rows = connection.execute(sa.select(a, schema.source.c.name).join(schema.source).order_by(a.c.id))
        return [
            Adjudication(
                r.id,
                r.name,
                r.start,
                r.end,
                r.decision,
                r.coding_id,
                tuple(parents.get(r.id, ())),
                r.actor,
                r.reason,
                r.decided_at,
                r.reopened_at,
            )
            for r in rows
        ]


def adjudication(study: Study, number: int) -> Adjudication:
    """One decision; raises ``NotFound``."""
    for decision in adjudications(study):
        if decision.id == number:
            return decision
    raise NotFound(f"no decision {number}", where="adjudication", mend="see `crosscase adjudicate list`")


def undecided(study: Study) -> pl.DataFrame:
    """People's independent codings that no standing decision covers, in the order of the texts."""
    with study.reading() as connection:
        done = _decided(connection)
    codings = study.evidence("independent").filter(pl.col("coder_kind") == "person")
    return codings.filter(~pl.col("coding_id").is_in(sorted(done))).sort("source", "start", "code", "coder")


def _decided(connection: Connection) -> set[int]:
    a, p = schema.adjudication, schema.adjudication_parent
    standing = sa.select(p.c.coding_id).join(a, a.c.id == p.c.adjudication_id).where(a.c.reopened_at.is_(None))
    # Consensus codings that came with an import have parents, and no decision of ours.
    c = schema.coding
    derived = (
        sa.select(schema.coding_parent.c.parent_id)
        .join(c, c.c.id == schema.coding_parent.c.coding_id)
        .where(c.c.retired_at.is_(None), c.c.layer == "consensus")
    )
    done = {*connection.execute(standing).scalars(), *connection.execute(derived).scalars()}
    # A coding that was carried over when its code was renamed or merged is as decided as the one before it.
    r, e = schema.recoding, schema.codebook_edit
    carried = connection.execute(
        sa.select(r.c.coding_id, r.c.replaced_by).join(e).where(e.c.kind.in_(("rename", "merge"))).order_by(r.c.id)
    )
    for before, after in carried:
        if before in done:
            done.add(after)
    return done


def _select_codings() -> sa.Select[Any]:
    c = schema.coding
    return (
        sa.select(
            c,
            schema.source.c.name.label("source"),
            schema.code.c.name.label("code"),
            schema.facet_set.c.facets,
            schema.coding_round.c.name.label("round"),
        )
        .select_from(c)
        .join(schema.source, schema.source.c.id == c.c.source_id)
        .join(schema.code, schema.code.c.id == c.c.code_id)
        .join(schema.facet_set, schema.facet_set.c.id == c.c.facet_set_id)
        .join(schema.coding_round, schema.coding_round.c.id == c.c.round_id)
        .where(c.c.layer == "independent", c.c.retired_at.is_(None))
        .order_by(c.c.id)
    )


def _parents(connection: Connection, ids: Sequence[int]) -> list[sa.Row[Any]]:
    """The codings to be decided on; living, independent, not decided yet."""
    wanted = sorted(set(ids))
    if not wanted:
        raise InputError(
            "no coding is named", where="adjudication", mend="`crosscase adjudicate pending` shows the ids"
        )
    rows = list(connection.execute(_select_codings().where(schema.coding.c.id.in_(wanted))))
    missing = sorted(set(wanted) - {r.id for r in rows})
    if missing:
        raise NotFound(
            f"{missing[0]} is no living coding of a coder",
            where="adjudication",
            mend="`crosscase adjudicate pending` shows the ids",
        )
    done = sorted(_decided(connection) & set(wanted))
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


def _decide(
    connection: Connection,
    study: Study,
    decision: str,
    source: str,
    span: tuple[int, int],
    made: int | None,
    parents: Sequence[sa.Row[Any]],
    reason: str,
) -> int:
    number = _record(connection, study, decision, source, span, made, parents, reason)
    t = schema.adjudication.c
    guid = connection.execute(sa.select(t.guid).where(t.id == number)).scalar_one()
    detail = {"id": number, "source": source, "passage": list(span), "coding": made, "reason": reason}
    detail |= {"parents": [p.id for p in parents]}
    audit.append_event(connection, study.actor, f"consensus.{decision}", "adjudication", guid, detail)
    return number


def _record(
    connection: Connection,
    study: Study,
    decision: str,
    source: str,
    span: tuple[int, int],
    made: int | None,
    parents: Sequence[sa.Row[Any]],
    reason: str,
) -> int:
    source_id = connection.execute(sa.select(schema.source.c.id).where(schema.source.c.name == source)).scalar_one()
    values = {"guid": str(uuid4()), "source_id": source_id, "start": span[0], "end": span[1], "decision": decision}
    values |= {"coding_id": made, "actor": study.actor, "reason": reason, "decided_at": audit.now()}
    primary = connection.execute(schema.adjudication.insert().values(**values)).inserted_primary_key
    assert primary is not None
    number = int(primary[0])
    links = [{"adjudication_id": number, "coding_id": p.id} for p in parents]
    if links:
        connection.execute(schema.adjudication_parent.insert(), links)
    return number


def _identical(connection: Connection, round_name: str | None) -> list[list[sa.Row[Any]]]:
    """Groups of identical codings of all people who read the place."""
    done = _decided(connection)
    people = set(connection.execute(sa.select(schema.coder.c.id).where(schema.coder.c.kind == "person")).scalars())
    statement = _select_codings()
    if round_name is not None:
        statement = statement.where(schema.coding_round.c.name == round_name)
    groups: dict[tuple[Any, ...], list[sa.Row[Any]]] = {}
    for row in connection.execute(statement):
        if row.id not in done and row.coder_id in people:
            key = (row.source_id, row.start, row.end, row.code_id, row.facet_set_id, row.round_id)
            groups.setdefault(key, []).append(row)
    readers = _readers(connection, people)
    found = []
    for (source, start, end, *_, round_id), rows in groups.items():
        coders = {r.coder_id for r in rows}
        read = {c for c, a, b in readers.get((source, round_id), ()) if a <= start and end <= b}
        if len(coders) >= 2 and read <= coders:
            found.append(rows)
    return found


def _readers(connection: Connection, people: set[int]) -> dict[tuple[int, int], list[tuple[int, int, int]]]:
    found: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for r in connection.execute(sa.select(schema.reviewed_span)):
        if r.coder_id in people:
            found.setdefault((r.source_id, r.round_id), []).append((r.coder_id, r.start, r.end))
    return found
