"""The study file: made whole, refused when it is something else or too new, in step with its migrations."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from crosscase.errors import Conflict, FormatError, NotFound, StudyError, TooNew
from crosscase.store import database, schema


def test_a_new_file_has_exactly_the_tables_of_the_schema(tmp_path: Path) -> None:
    engine = database.create_database(tmp_path / "s.crosscase")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        search = "passage_search"
        differences = [
            d for d in compare_metadata(context, schema.metadata) if search not in str(d) and "alembic" not in str(d)
        ]
    assert differences == []


def test_the_newest_migration_is_the_one_the_program_knows() -> None:
    assert ScriptDirectory(str(database._MIGRATIONS)).get_current_head() == database.HEAD


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "s.crosscase"
    path.write_text("something of somebody")
    with pytest.raises(StudyError, match="already"):
        database.create_database(path)
    assert path.read_text() == "something of somebody"


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        database.open_database(tmp_path / "none.crosscase")


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 2000])
def test_a_file_that_is_no_study_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.crosscase"
    path.write_bytes(content)
    with pytest.raises(FormatError, match="not a study"):
        database.open_database(path)


def test_a_study_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.crosscase"
    database.create_database(path).dispose()
    with sqlite3.connect(path) as raw:
        raw.execute("update alembic_version set version_num = '9999'")
    with pytest.raises(TooNew, match="9999"):
        database.open_database(path)


def test_a_failed_change_leaves_nothing_behind(tmp_path: Path) -> None:
    engine = database.create_database(tmp_path / "s.crosscase")

    def fail_after_a_row() -> None:
        with database.writing(engine) as connection:
            connection.execute(schema.case.insert().values(guid="g", name="n", label="l"))
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        fail_after_a_row()
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(schema.case)).scalar_one() == 0


def test_a_guid_that_is_taken_is_refused_with_a_sentence_and_other_faults_stay_faults(tmp_path: Path) -> None:
    engine = database.create_database(tmp_path / "s.crosscase")

    def add(guid: str, name: str) -> None:
        with database.writing(engine) as connection:
            connection.execute(schema.case.insert().values(guid=guid, name=name, label="l"))

    add("g", "n")
    with pytest.raises(Conflict, match="belongs to something else — case"):
        add("g", "other")
    with pytest.raises(sa.exc.IntegrityError):
        add("h", "n")


def test_acknowledged_changes_are_flushed_to_the_disk(tmp_path: Path) -> None:
    engine = database.create_database(tmp_path / "s.crosscase")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("pragma synchronous").scalar_one() == 2  # FULL
        assert connection.exec_driver_sql("pragma journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("pragma foreign_keys").scalar_one() == 1


def test_ids_are_never_used_twice(tmp_path: Path) -> None:
    engine = database.create_database(tmp_path / "s.crosscase")
    with database.writing(engine) as connection:
        connection.execute(schema.case.insert().values(guid="a", name="a", label="a"))
        connection.execute(schema.case.delete())
        again = connection.execute(schema.case.insert().values(guid="b", name="b", label="b"))
        assert again.inserted_primary_key is not None
        assert again.inserted_primary_key[0] == 2


def test_the_views_of_a_fresh_file_are_those_that_a_backup_may_have(tmp_path: Path) -> None:
    engine = database.create_database(tmp_path / "s.crosscase")
    with engine.connect() as connection:
        found = connection.exec_driver_sql("select name, sql from sqlite_master where type = 'view'").all()
    assert {name: " ".join(sql.split()).lower() for name, sql in found} == schema.VIEW_TEXTS


def test_a_study_of_the_format_before_keeps_its_sources_and_can_take_them_out(tmp_path: Path) -> None:
    path = tmp_path / "s.crosscase"
    engine = database._engine(path)
    config = Config()
    config.set_main_option("script_location", str(database._MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
    engine.dispose()
    with sqlite3.connect(path) as raw:
        raw.execute(
            "insert into source (guid, name, kind, file, format, sha256, file_sha256, n_characters, n_words,"
            " machine_transcript, simulated, warnings, added_at)"
            " values ('g', 'old', 'document', 'old.txt', 'txt', 'a', 'b', 3, 1, 0, 0, '[]', '2026')"
        )
        raw.execute("insert into source_text (source_id, text) values (1, 'old')")
    opened = database.open_database(path)
    with database.writing(opened) as connection:
        assert connection.execute(sa.select(schema.source.c.name)).scalars().all() == ["old"]
        assert connection.execute(sa.select(schema.source_text.c.text)).scalars().all() == ["old"]
        connection.execute(schema.stored_source.update().values(withdrawn_at="now"))
        assert connection.execute(sa.select(schema.source)).all() == []
        assert connection.execute(sa.select(schema.source_text)).all() == []
    with opened.connect() as connection:
        assert sa.inspect(connection).get_foreign_keys("coding")


def test_the_views_have_all_columns_of_the_tables_behind(tmp_path: Path) -> None:
    engine = database.create_database(tmp_path / "s.crosscase")
    with engine.connect() as connection:
        for view in schema.views.tables.values():
            assert [c["name"] for c in sa.inspect(connection).get_columns(view.name)] == list(view.c.keys())
