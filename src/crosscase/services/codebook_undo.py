"""Going back to the codebook before the newest one, as a version of its own, with the codings that its change moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase import frameworks
from crosscase.errors import Conflict
from crosscase.frameworks.rewriting import next_version, with_version
from crosscase.services.study import Study, adopt_framework
from crosscase.store import audit, schema


@dataclass(frozen=True)
class WayBack:
    """What going back would do: ``back`` codings get their old code again, ``in_the_way`` stand on codes that go."""

    version: str
    undone: str
    former: str
    back: int
    waiting: int
    in_the_way: int


def way_back(study: Study) -> WayBack:
    """What going back would do; raises ``Conflict`` when there is no version before."""
    with study.reading() as connection:
        newest, former, version = _versions(connection)
        moved = _moved(connection, newest.id)
        waiting = sum(row.done_at is None for row in moved)
        back = sum(row.replaced_by not in (None, row.coding_id) for row in moved) + len(_dropped(connection, newest))
        blocked = len(_in_the_way(connection, newest, former, moved))
        return WayBack(version, newest.version, former.version, back, waiting, blocked)


def undo_newest_version(study: Study) -> WayBack:
    """Adopt the former text as a new version, and give the codings that the newest change moved their old code again.

    Codings that their coders took out or changed since stay as they are. Raises ``Conflict`` when codings stand on
    codes that the former codebook has not, or a consensus rests on what was moved.
    """
    planned = way_back(study)
    if planned.in_the_way:
        raise Conflict(
            f"codings were made with codes that version {planned.former} does not have",
            where="codebook",
            mend="give them another code, or merge the new codes into an old one",
        )
    with study.changing() as connection:
        newest, former, version = _versions(connection)
        text = with_version(former.content, version, f"codebook {former.version}")
        adopt_framework(connection, study.actor, frameworks.loads(text, f"codebook {version}"), text)
        for row in _moved(connection, newest.id):
            _move_back(connection, row)
        dropped = _dropped(connection, newest)
        if dropped:
            change = schema.coding.update().where(schema.coding.c.id.in_(dropped)).values(retired_at=None)
            connection.execute(change)
        digest = connection.execute(
            sa.select(schema.codebook_version.c.digest).where(schema.codebook_version.c.version == version)
        ).scalar_one()
        detail = {"undone": newest.version, "like": former.version, "version": version, "n_codings": planned.back}
        audit.append_event(connection, study.actor, "codebook.undone", "codebook_version", digest[:36], detail)
    study.__dict__.pop("framework", None)
    return planned


def _versions(connection: Connection) -> tuple[sa.Row[Any], sa.Row[Any], str]:
    rows = connection.execute(sa.select(schema.codebook_version).order_by(schema.codebook_version.c.id)).all()
    if len(rows) < 2:
        raise Conflict("the codebook has one version only", where="codebook", mend="nothing can be undone")
    e = schema.event.c
    undone = sa.select(e.id).where(e.verb == "codebook.undone", e.object_guid == rows[-1].digest[:36])
    if connection.execute(undone).scalar() is not None:
        raise Conflict(
            "the newest version is itself the undoing of a change",
            where="codebook",
            mend="make the change again in the Codebook room",
        )
    return rows[-1], rows[-2], next_version(rows[-1].version, [row.version for row in rows])


def _moved(connection: Connection, version: int) -> list[sa.Row[Any]]:
    r, e = schema.recoding, schema.codebook_edit
    statement = sa.select(r).join(e, e.c.id == r.c.edit_id).where(e.c.to_version_id == version).order_by(r.c.id)
    return list(connection.execute(statement))


def _dropped(connection: Connection, version: sa.Row[Any]) -> list[int]:
    """Codings that the newest change took out, and that are out still."""
    e = schema.event.c
    rows = connection.execute(
        sa.select(schema.event).where(e.verb == "codebook.drop", e.object_guid == version.digest[:36])
    )
    ids = [int(id) for row in rows for id in audit.as_event(row).detail.get("codings", [])]
    c = schema.coding.c
    out = sa.select(c.id).where(c.id.in_(ids), c.retired_at.is_not(None))
    return list(connection.execute(out).scalars())


def _in_the_way(
    connection: Connection, newest: sa.Row[Any], former: sa.Row[Any], moved: list[sa.Row[Any]]
) -> list[int]:
    """Codings on codes that came with the newest version; those of codes that went away before it stand as they did."""
    now, then = (
        {i.id for i in frameworks.loads(v.content, f"codebook {v.version}").indicators} for v in (newest, former)
    )
    c, p = schema.coding, schema.coding_parent
    fresh = sa.select(schema.code.c.id).where(schema.code.c.name.in_(now - then))
    living = connection.execute(sa.select(c.c.id).where(c.c.code_id.in_(fresh), c.c.retired_at.is_(None))).scalars()
    parents = [row.coding_id for row in moved]
    derived = connection.execute(sa.select(p.c.coding_id).where(p.c.parent_id.in_(parents))).scalars()
    return sorted(set(living) - set(derived))


def _move_back(connection: Connection, row: sa.Row[Any]) -> None:
    """Bring one coding back, and take out what stands in its place; what its coder changed since stays."""
    c, p, a, r, at = schema.coding, schema.coding_parent, schema.adjudication, schema.recoding, audit.now()
    if row.done_at is None:
        done = {"done_at": at, "replaced_by": row.coding_id}
        connection.execute(r.update().where(r.c.id == row.id).values(**done))
        return
    layer = connection.execute(sa.select(c.c.layer).where(c.c.id == row.coding_id)).scalar_one()
    derived = sa.select(c).join(p, p.c.coding_id == c.c.id).where(p.c.parent_id == row.coding_id, c.c.layer == layer)
    made = connection.execute(derived).all()
    if row.replaced_by == row.coding_id and not made:
        return  # it kept its code
    if row.replaced_by is not None and all(new.retired_at is not None for new in made) and made:
        return  # its coder took it out since
    for new in made:
        _refuse_settled(connection, new.id)
        connection.execute(c.update().where(c.c.id == new.id).values(retired_at=at))
        connection.execute(a.update().where(a.c.coding_id == new.id).values(coding_id=row.coding_id))
    connection.execute(c.update().where(c.c.id == row.coding_id).values(retired_at=None))


def _refuse_settled(connection: Connection, number: int) -> None:
    c, p = schema.coding, schema.coding_parent
    child = (
        sa.select(c.c.id)
        .join(p, p.c.coding_id == c.c.id)
        .where(p.c.parent_id == number, c.c.layer == "consensus", c.c.retired_at.is_(None))
    )
    if connection.execute(child.limit(1)).scalar() is not None:
        raise Conflict("a consensus rests on these codings by now", where="codebook", mend="reopen that decision first")
