"""The audit log: every change is there, and tampering with any row is seen."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from crosscase.store import audit, database, schema


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    made = database.create_database(tmp_path / "s.crosscase")
    with database.writing(made) as connection:
        for n in range(5):
            audit.append_event(connection, "ana", "coding.added", "coding", str(n), {"n": n, "word": "größe"})
    return made


def test_an_untouched_log_is_whole(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert audit.first_broken(connection) is None
        assert [e.detail["n"] for e in audit.events(connection)] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("column", ["at", "actor", "verb", "object_kind", "object_guid", "detail", "previous", "hash"])
def test_changing_any_field_of_an_event_is_detected(engine: sa.Engine, column: str) -> None:
    with database.writing(engine) as connection:
        connection.execute(schema.event.update().where(schema.event.c.id == 3).values({column: "x"}))
        assert audit.first_broken(connection) in (3, 4)


def test_removing_an_event_is_detected(engine: sa.Engine) -> None:
    with database.writing(engine) as connection:
        connection.execute(schema.event.delete().where(schema.event.c.id == 2))
        assert audit.first_broken(connection) == 3


def test_events_can_be_read_from_a_point_on(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert [e.id for e in audit.events(connection, since=3)] == [4, 5]
        assert [e.id for e in audit.events(connection, limit=2)] == [1, 2]
