"""The framework matrix: what people write about each row in each case, with quotes and history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import Conflict, ManifestError, NotFound
from crosscase.model.access import Right
from crosscase.model.coding import Passage
from crosscase.services.study import Study
from crosscase.store import audit, reading, schema

_LONGEST_ROW = 128


@dataclass(frozen=True)
class CellSummary:
    """What was written about a row in a case, by whom and when, with the passages attached to it.

    ``retired_at`` is empty for what stands now.
    """

    row: str
    case: str
    text: str
    author: str
    created_at: str
    retired_at: str
    quotes: tuple[Passage, ...]
    guid: str


def write_summary(
    study: Study,
    row: str,
    case: str,
    text: str,
    quotes: Sequence[Passage] = (),
    *,
    guid: str | None = None,
    basis: str | None = None,
) -> CellSummary:
    """Write the summary of a cell; what stood there before stays in its history.

    Parameters
    ----------
    row
        Id of a domain, sub-domain or code, or a theme in your own words.
    quotes
        Passages that the summary rests on.
    guid
        Its name, if the caller gives it one: what is written there already under that name is not written twice.
    basis
        GUID of the summary that the writer saw in the cell, empty for an empty one.

    Raises
    ------
    Conflict
        Something else than ``basis`` stands in the cell.
    NotFound
        There is no such case or source.
    OffsetError
        A quote does not fit its source.
    ManifestError
        The summary or the row is empty.
    """
    with study.changing(Right.CODE) as connection:
        if guid is not None and (there := _known(connection, guid)) is not None:
            return there
        if basis is not None:
            _check_basis(connection, row, case, basis)
        return write_in(connection, study.actor, row, case, text, quotes, guid=guid)


def write_in(
    connection: Connection,
    actor: str,
    row: str,
    case: str,
    text: str,
    quotes: Sequence[Passage] = (),
    *,
    guid: str | None = None,
) -> CellSummary:
    """The same, inside a transaction that is open already."""
    name = _row_name(row)
    if not text.strip():
        raise ManifestError("the summary is empty", where=f"{name} × {case}", mend="write something, or withdraw it")
    case_id = _case_id(connection, case)
    placed = [(reading.source_id(connection, q.source), q) for q in quotes]
    for _, quote in placed:
        quote.quote(reading.source_text(connection, quote.source))  # refuses what does not fit
    t, now = schema.cell_summary, audit.now()
    before = _retire(connection, case_id, name, now)
    guid = guid or str(uuid4())
    values = {"guid": guid, "row": name, "case_id": case_id, "text": text.strip(), "author": actor, "created_at": now}
    primary = connection.execute(t.insert().values(**values)).inserted_primary_key
    assert primary is not None
    if placed:
        rows = [{"cell_summary_id": primary[0], "source_id": s, "start": q.start, "end": q.end} for s, q in placed]
        connection.execute(schema.cell_quote.insert(), rows)
    detail = {"row": name, "case": case, "text": text.strip(), "quotes": [_plain(q) for q in quotes], "was": before}
    audit.append_event(connection, actor, "summary.written", "cell_summary", guid, detail)
    return CellSummary(name, case, text.strip(), actor, now, "", tuple(quotes), guid)


def withdraw_summary(study: Study, row: str, case: str, reason: str = "", *, basis: str | None = None) -> None:
    """Take the summary of a cell away; it stays in the cell's history. Raises ``Conflict`` if there is none."""
    with study.changing(Right.CODE) as connection:
        if basis is not None:
            _check_basis(connection, row, case, basis)
        guid = _retire(connection, _case_id(connection, case), _row_name(row), audit.now())
        if not guid:
            raise Conflict("there is no summary to withdraw", where=f"{row} × {case}", mend="see the matrix")
        detail = {"row": row.strip(), "case": case, "reason": reason}
        audit.append_event(connection, study.actor, "summary.withdrawn", "cell_summary", guid, detail)


def summaries(study: Study) -> list[CellSummary]:
    """What stands in the matrix now, by row and case in the order of the framework and of the study's cases."""
    found = [s for s in _read(study) if not s.retired_at]
    rows = {name: i for i, name in enumerate(_framework_rows(study))}
    cases = {case.name: i for i, case in enumerate(study.settings.cases)}
    return sorted(found, key=lambda s: (rows.get(s.row, len(rows)), s.row, cases.get(s.case, len(cases)), s.case))


def summary_history(study: Study, row: str, case: str) -> list[CellSummary]:
    """Everything that was ever written in a cell, the newest first."""
    name = row.strip()
    return [s for s in reversed(_read(study)) if s.row == name and s.case == case]


def matrix_of(study: Study) -> pl.DataFrame:
    """The framework matrix: a line per row, a column per case, summaries in the cells (null where there is none)."""
    cases = [case.name for case in study.settings.cases]
    written = summaries(study)
    cases += sorted({s.case for s in written} - set(cases))
    rows = list(dict.fromkeys([d.id for d in study.rulebook.domains] + [s.row for s in written]))
    order = {name: i for i, name in enumerate(_framework_rows(study))}
    rows.sort(key=lambda name: order.get(name, len(order)))
    text = {(s.row, s.case): s.text for s in written}
    data: dict[str, list[Any]] = {"row": rows, "label": [_label(study, name) for name in rows]}
    data |= {case: [text.get((name, case)) for name in rows] for case in cases}
    return pl.DataFrame(data, schema=dict.fromkeys(data, pl.String))


def _check_basis(connection: Connection, row: str, case: str, basis: str) -> None:
    t = schema.cell_summary
    standing = sa.and_(t.c.case_id == _case_id(connection, case), t.c.row == row.strip(), t.c.retired_at.is_(None))
    there = connection.execute(sa.select(t.c.guid, t.c.author).where(standing)).one_or_none()
    if (there.guid if there else "") != basis:
        who = there.author if there else "somebody"
        raise Conflict(
            f"{who} has changed this cell in the meantime", where=f"{row} × {case}", mend="reload and join both"
        )


def _known(connection: Connection, guid: str) -> CellSummary | None:
    return next(iter(_select(connection, schema.cell_summary.c.guid == guid)), None)


def _read(study: Study) -> list[CellSummary]:
    with study.reading() as connection:
        return _select(connection, sa.true())


def _select(connection: Connection, which: sa.ColumnElement[bool]) -> list[CellSummary]:
    t, q = schema.cell_summary, schema.cell_quote
    rows = connection.execute(
        sa.select(t, schema.case.c.name.label("case_name"))
        .join(schema.case, t.c.case_id == schema.case.c.id)
        .where(which)
        .order_by(t.c.id)
    ).all()
    quoted: dict[int, list[Passage]] = {}
    for number, source, start, end in connection.execute(
        sa.select(q.c.cell_summary_id, schema.source.c.name, q.c.start, q.c.end)
        .join(schema.source, q.c.source_id == schema.source.c.id)
        .order_by(q.c.id)
    ):
        quoted.setdefault(number, []).append(Passage(source, start, end))
    return [
        CellSummary(
            r.row, r.case_name, r.text, r.author, r.created_at, r.retired_at or "", tuple(quoted.get(r.id, ())), r.guid
        )
        for r in rows
    ]


def _retire(connection: Connection, case_id: int, row: str, at: str) -> str:
    """Retire what stands in a cell; returns its GUID, or nothing."""
    t = schema.cell_summary
    standing = sa.and_(t.c.case_id == case_id, t.c.row == row, t.c.retired_at.is_(None))
    guid: str | None = connection.execute(sa.select(t.c.guid).where(standing)).scalar()
    connection.execute(t.update().where(standing).values(retired_at=at))
    return guid or ""


def _case_id(connection: Connection, case: str) -> int:
    found = connection.execute(sa.select(schema.case.c.id).where(schema.case.c.name == case)).scalar()
    if found is None:
        known = ", ".join(connection.execute(sa.select(schema.case.c.name)).scalars()) or "none"
        raise NotFound(f"no case {case!r}", mend=f"use one of {known}")
    return int(found)


def _row_name(row: str) -> str:
    name = row.strip()
    if not name or len(name) > _LONGEST_ROW:
        raise ManifestError(
            "the row has no name" if not name else f"the name of the row has {len(name)} characters",
            where="framework matrix",
            mend=f"use an id of the framework or a theme of up to {_LONGEST_ROW} characters",
        )
    return name


def _framework_rows(study: Study) -> list[str]:
    rows = []
    for domain in study.rulebook.domains:
        rows.append(domain.id)
        for sub in domain.subdomains:
            rows += [sub.id, *(indicator.id for indicator in sub.indicators)]
    return list(dict.fromkeys(rows))


def _label(study: Study, row: str) -> str:
    labels: dict[str, str] = {}
    for domain in study.rulebook.domains:
        for sub in domain.subdomains:
            labels |= {i.id: i.name for i in sub.indicators} | {sub.id: sub.name}
        labels[domain.id] = domain.name
    return labels.get(row, row)


def _plain(quote: Passage) -> Mapping[str, Any]:
    return {"source": quote.source, "start": quote.start, "end": quote.end}
