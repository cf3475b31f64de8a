"""Changes of the codebook while coding goes on: rename, merge, split, redefine.

People change the framework file; these services take it over as a new codebook version together with the statement of
what became of which code. The statement must account for every code that went away. Codings of renamed and merged codes
are carried over at once, each to a new coding with the old one as its parent; codings of split and redefined codes wait
for their coders to look again, and the study knows who has done how much of it. Codings of a dropped code are taken out
of the evidence; the history lists them. Consensus decisions on split, redefined and dropped codes are reopened, for
they were taken under another definition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase import frameworks
from crosscase.errors import Conflict, ManifestError, NotFound
from crosscase.model.access import Right
from crosscase.model.framework import Framework
from crosscase.services.study import Study, adopt_framework
from crosscase.store import audit, reading, schema, writing
from crosscase.store.succession import heirs, succession

KINDS = ("rename", "merge", "split", "redefine", "drop")


@dataclass(frozen=True)
class CodebookEdit:
    """What became of some codes: ``before`` in the old version, ``after`` in the new one."""

    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    reason: str = ""

    def __post_init__(self) -> None:
        shapes = {"rename": (1, 1), "merge": (2, 1), "split": (1, 2), "redefine": (1, 1), "drop": (1, 0)}
        if self.kind not in shapes:
            raise ManifestError(f"no edit {self.kind!r}", where="codebook", mend=f"use {', '.join(KINDS)}")
        least_before, least_after = shapes[self.kind]
        several = (self.kind == "merge", self.kind == "split")
        fits = all(
            n >= least if many else n == least
            for n, least, many in zip(
                (len(self.before), len(self.after)), (least_before, least_after), several, strict=True
            )
        )
        if not fits or (self.kind == "redefine" and self.before != self.after):
            raise ManifestError(
                f"a {self.kind} of {', '.join(self.before) or 'nothing'} into {', '.join(self.after) or 'nothing'}",
                where="codebook",
                mend="rename, redefine and drop take one code, merge takes several into one, split one into several",
            )


@dataclass(frozen=True)
class Edited:
    """What the edits did: ``n_carried`` codings were carried over, ``n_waiting`` wait for their coders.

    ``n_out`` were taken out of the evidence because their code was dropped.
    """

    version: str
    n_carried: int
    n_waiting: int
    n_out: int = 0


def edit_codebook(study: Study, content: str, edits: Sequence[CodebookEdit], where: str = "framework") -> Edited:
    """Take over a framework text as the newest codebook version, with the edits that led to it; one transaction.

    Raises ``ManifestError`` when codes came or went that no edit accounts for, or an edit does not fit the two
    versions, ``FrameworkError`` when the text is no framework, and ``Conflict`` when nothing changed.
    """
    new = frameworks.loads(content, where)
    old = study.framework
    _check(old, new, edits, where)
    with study.changing() as connection:
        version = schema.codebook_version
        before = connection.execute(sa.select(sa.func.max(version.c.id))).scalar_one()
        if not adopt_framework(connection, study.actor, new, content):
            raise Conflict("the study stands at this codebook already", where=where, mend="change the file first")
        after = connection.execute(sa.select(sa.func.max(version.c.id))).scalar_one()
        carried = waiting = out = 0
        for edit in edits:
            if edit.kind == "drop":
                out += _drop(connection, study.actor, edit, after)
                continue
            number = _store(connection, edit, before, after)
            if edit.kind in ("rename", "merge"):
                carried += _carry_over(connection, number, edit, after)
            else:
                waiting += _wait(connection, study.actor, number, edit)
            detail = {"kind": edit.kind, "before": edit.before, "after": edit.after, "reason": edit.reason}
            guid = connection.execute(
                sa.select(schema.codebook_edit.c.guid).where(schema.codebook_edit.c.id == number)
            ).scalar_one()
            audit.append_event(connection, study.actor, f"codebook.{edit.kind}", "codebook_edit", guid, detail)
    study.__dict__.pop("framework", None)  # the study in hand stands at the new version now
    return Edited(new.version, carried, waiting, out)


def recoding_status(study: Study) -> pl.DataFrame:
    """Per edit and coder: how many codings the edit touches and how many have been looked at again."""
    r, e = schema.recoding, schema.codebook_edit
    with study.reading() as connection:
        rows = connection.execute(
            sa.select(
                e.c.id,
                e.c.kind,
                e.c.codes_before,
                e.c.codes_after,
                schema.coder.c.name,
                sa.func.count(),
                sa.func.count(r.c.done_at),
            )
            .select_from(e)
            .join(r, r.c.edit_id == e.c.id)
            .join(schema.coder, schema.coder.c.id == r.c.coder_id)
            .join(schema.coding, schema.coding.c.id == r.c.coding_id)
            # A coding that was taken out since, or stands under a later code, is not looked at here any more.
            .where(sa.or_(r.c.done_at.is_not(None), schema.coding.c.retired_at.is_(None)))
            .group_by(e.c.id, schema.coder.c.id)
            .order_by(e.c.id, schema.coder.c.name)
        ).all()
    columns: dict[str, Any] = {"edit": pl.Int64, "kind": pl.String, "before": pl.String, "after": pl.String}
    columns |= {"coder": pl.String, "n_codings": pl.Int64, "n_done": pl.Int64}
    return pl.DataFrame(
        [(n, kind, ", ".join(b), ", ".join(a), coder, many, done) for n, kind, b, a, coder, many, done in rows],
        schema=columns,
        orient="row",
    )


def waiting_codings(study: Study, coder: str | None = None) -> pl.DataFrame:
    """Codings that an edit touched and whose coder has not looked again: ``edit``, ``coding_id``, ``coder``."""
    r = schema.recoding
    statement = (
        sa.select(r.c.edit_id, r.c.coding_id, schema.coder.c.name)
        .join(schema.coder, schema.coder.c.id == r.c.coder_id)
        .join(schema.coding, schema.coding.c.id == r.c.coding_id)
        .where(r.c.done_at.is_(None), schema.coding.c.retired_at.is_(None))
        .order_by(r.c.id)
    )
    if coder is not None:
        statement = statement.where(schema.coder.c.name == coder)
    with study.reading() as connection:
        rows = [tuple(row) for row in connection.execute(statement)]
    columns: dict[str, Any] = {"edit": pl.Int64, "coding_id": pl.Int64, "coder": pl.String}
    return pl.DataFrame(rows, schema=columns, orient="row")


def recode(study: Study, edit_id: int, coding_id: int, codes: Iterable[str]) -> tuple[int, ...]:
    """A coder's answer: the codes that a waiting coding has under the new definitions; none takes it away.

    The old coding is retired and each answer is a new coding by the same coder in the same round, with the old one as
    its parent; a redefined code that still fits keeps its coding. Returns the ids that stand now. Raises ``NotFound``
    when the coding does not wait, and ``ManifestError`` for a code that the edit does not lead to.
    """
    answers = tuple(dict.fromkeys(codes))
    with study.changing(Right.CODE) as connection:
        r, c = schema.recoding, schema.coding
        waits = connection.execute(
            sa.select(r).where(r.c.edit_id == edit_id, r.c.coding_id == coding_id, r.c.done_at.is_(None))
        ).one_or_none()
        if waits is None:
            raise NotFound(
                f"coding {coding_id} does not wait for edit {edit_id}", mend="see `crosscase codebook status`"
            )
        edit = connection.execute(sa.select(schema.codebook_edit).where(schema.codebook_edit.c.id == edit_id)).one()
        choices = _choices(connection, edit, study.framework)
        foreign = [code for code in answers if code not in choices]
        if foreign:
            raise ManifestError(
                f"the edit does not lead to {foreign[0]}",
                where="codebook",
                mend=f"use {', '.join(choices)}" if choices else "answer that no code fits",
            )
        at = audit.now()
        old = connection.execute(sa.select(c).where(c.c.id == coding_id)).one()
        names = reading.names(connection, schema.code)
        kept = tuple(code for code in answers if names[code] == old.code_id)
        newest = connection.execute(sa.select(sa.func.max(schema.codebook_version.c.id))).scalar_one()
        made = _replace(connection, old, [names[code] for code in answers if code not in kept], newest)
        if not kept:
            connection.execute(c.update().where(c.c.id == coding_id).values(retired_at=at))
        done = {"done_at": at, "replaced_by": made[0] if made else None}
        connection.execute(r.update().where(r.c.id == waits.id).values(**done))
        who = {row.id: row.name for row in connection.execute(sa.select(schema.coder))}
        rounds = {row.id: row.name for row in connection.execute(sa.select(schema.coding_round))}
        detail = {"edit": edit_id, "coding": coding_id, "codes": list(answers), "made": made}
        detail |= {"coder": who[old.coder_id], "round": rounds[old.round_id]}
        audit.append_event(connection, study.actor, "coding.recoded", "coding", old.guid, detail)
    return (*((coding_id,) if kept else ()), *made)


def choices_of(study: Study, edit_id: int) -> tuple[str, ...]:
    """The codes that a waiting coding may get: those that the edit leads to, as later edits have left them."""
    e = schema.codebook_edit
    with study.reading() as connection:
        edit = connection.execute(sa.select(e).where(e.c.id == edit_id)).one()
        return _choices(connection, edit, study.framework)


def _choices(connection: Connection, edit: sa.Row[Any], framework: Framework) -> tuple[str, ...]:
    known = {i.id for i in framework.indicators}
    later = succession(connection, since=edit.made_at)
    return tuple(code for code in heirs(edit.codes_after, later) if code in known)


def _check(old: Framework, new: Framework, edits: Sequence[CodebookEdit], where: str) -> None:
    was, is_ = {i.id for i in old.indicators}, {i.id for i in new.indicators}
    for edit in edits:
        for code in edit.before:
            if code not in was:
                raise ManifestError(f"the old codebook has no {code}", where=where, mend="correct the edit")
        for code in edit.after:
            if code not in is_:
                raise ManifestError(f"the new codebook has no {code}", where=where, mend="correct the edit or the file")
    said_before = [code for edit in edits for code in edit.before]
    twice = sorted({code for code in said_before if said_before.count(code) > 1})
    if twice:
        raise ManifestError(f"{twice[0]} is edited twice", where=where, mend="take one edit per version")
    gone = sorted(was - is_ - set(said_before))
    if gone:
        raise ManifestError(
            f"{', '.join(gone)} went away and no edit says what became of it",
            where=where,
            mend="add a rename, merge or drop, or keep the code",
        )
    for edit in edits:
        left = sorted(set(edit.before) & is_ - set(edit.after))
        if left:
            raise ManifestError(f"{left[0]} still stands in the new codebook", where=where, mend="correct the edit")


def _store(connection: Connection, edit: CodebookEdit, before: int, after: int) -> int:
    values: dict[str, Any] = {
        "guid": str(uuid4()),
        "kind": edit.kind,
        "codes_before": list(edit.before),
        "reason": edit.reason,
    }
    values |= {"codes_after": list(edit.after), "from_version_id": before, "to_version_id": after}
    done = connection.execute(schema.codebook_edit.insert().values(**values, made_at=audit.now())).inserted_primary_key
    assert done is not None
    return int(done[0])


def _living(connection: Connection, codes: Sequence[str]) -> list[sa.Row[Any]]:
    c = schema.coding
    names = reading.names(connection, schema.code)
    wanted = [names[code] for code in codes]
    statement = sa.select(c).where(c.c.code_id.in_(wanted), c.c.retired_at.is_(None)).order_by(c.c.id)
    return list(connection.execute(statement))


def _carry_over(connection: Connection, edit_id: int, edit: CodebookEdit, version: int) -> int:
    rows = _living(connection, edit.before)
    to = reading.names(connection, schema.code)[edit.after[0]]
    at = audit.now()
    links: list[dict[str, Any]] = []
    # A coder may have given two of the merged codes to one passage: that is one coding now.
    standing = {_place(old): old.id for old in rows if old.code_id == to}
    coding, decision = schema.coding, schema.adjudication
    for old in rows:
        made = standing.get(_place(old))
        if made is None:
            (made,) = _replace(connection, old, [to], version)
            standing[_place(old)] = made
        if made != old.id:
            connection.execute(coding.update().where(coding.c.id == old.id).values(retired_at=at))
            connection.execute(decision.update().where(decision.c.coding_id == old.id).values(coding_id=made))
        links.append(
            {"edit_id": edit_id, "coding_id": old.id, "coder_id": old.coder_id, "replaced_by": made, "done_at": at}
        )
    if links:
        connection.execute(schema.recoding.insert(), links)
        _go_on_waiting(connection, {link["coding_id"]: link["replaced_by"] for link in links})
    return len(rows)


def _go_on_waiting(connection: Connection, carried: Mapping[int, int]) -> None:
    """A coding that waited for a second look and is carried over goes on waiting under its new code."""
    r = schema.recoding
    moved = {old: new for old, new in carried.items() if old != new}
    open_ = connection.execute(sa.select(r).where(r.c.coding_id.in_(list(moved)), r.c.done_at.is_(None))).all()
    asked = sa.select(r.c.edit_id, r.c.coding_id).where(r.c.coding_id.in_(list(moved.values())))
    known = {(row.edit_id, row.coding_id) for row in connection.execute(asked)}
    values = {(row.edit_id, moved[row.coding_id]): row.coder_id for row in open_}
    fresh = [{"edit_id": e, "coding_id": c, "coder_id": w} for (e, c), w in values.items() if (e, c) not in known]
    if fresh:
        connection.execute(r.insert(), fresh)


def _place(coding: sa.Row[Any]) -> tuple[Any, ...]:
    names = ("source_id", "start", "end", "facet_set_id", "coder_id", "round_id", "layer")
    return tuple(getattr(coding, name) for name in names)


def _wait(connection: Connection, actor: str, edit_id: int, edit: CodebookEdit) -> int:
    reopened = _reopen_decisions(connection, actor, edit)
    rows = [row for row in _living(connection, edit.before) if row.id not in reopened]
    if rows:
        values = [{"edit_id": edit_id, "coding_id": r.id, "coder_id": r.coder_id} for r in rows]
        connection.execute(schema.recoding.insert(), values)
    return len(rows)


def _drop(connection: Connection, actor: str, edit: CodebookEdit, version: int) -> int:
    """Take the codings of a code that went away out of the evidence; one event lists them."""
    reopened = _reopen_decisions(connection, actor, edit)
    rows = [row for row in _living(connection, edit.before) if row.id not in reopened]
    for row in rows:
        change = schema.coding.update().where(schema.coding.c.id == row.id).values(retired_at=audit.now())
        connection.execute(change)
    number = schema.codebook_version.c
    digest = connection.execute(sa.select(number.digest).where(number.id == version)).scalar_one()
    detail = {"kind": "drop", "before": edit.before, "after": [], "reason": edit.reason, "to_version": version}
    detail |= {"n_codings": len(rows), "codings": [row.id for row in rows]}
    audit.append_event(connection, actor, "codebook.drop", "codebook_version", digest[:36], detail)
    return len(rows)


def _reopen_decisions(connection: Connection, actor: str, edit: CodebookEdit) -> set[int]:
    """Reopen the decisions behind consensus codings of these codes; returns those codings."""
    a, c, at = schema.adjudication, schema.coding, audit.now()
    ids = {row.id for row in _living(connection, edit.before) if row.layer == "consensus"}
    standing = sa.select(a).where(a.c.coding_id.in_(sorted(ids)), a.c.reopened_at.is_(None))
    found = set()
    for row in connection.execute(standing).all():
        connection.execute(a.update().where(a.c.id == row.id).values(reopened_at=at))
        connection.execute(c.update().where(c.c.id == row.coding_id).values(retired_at=at))
        detail = {"id": row.id, "coding": row.coding_id, "reason": f"{edit.kind} of {', '.join(edit.before)}"}
        audit.append_event(connection, actor, "consensus.reopened", "adjudication", row.guid, detail)
        found.add(int(row.coding_id))
    return found


def _replace(connection: Connection, old: sa.Row[Any], codes: Sequence[int], version: int) -> list[int]:
    """New codings in the place of an old one, with it as their parent."""
    columns = ("source_id", "start", "end", "facet_set_id", "coder_id", "round_id", "layer", "confidence")
    values = {name: getattr(old, name) for name in columns}
    rows = [{**values, "code_id": code, "codebook_version_id": version} for code in codes]
    if not rows:
        return []
    first, last = writing.insert_codings(connection, rows)
    made = list(range(first, last + 1))
    connection.execute(schema.coding_parent.insert(), [{"coding_id": n, "parent_id": old.id} for n in made])
    return made
