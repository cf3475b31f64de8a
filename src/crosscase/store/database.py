"""Opening a study file: connection settings, migrations, and the refusal of files from a newer version."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from crosscase.errors import Conflict, FormatError, NotFound, StudyError, TooNew
from crosscase.store.restricted import out_of_reach, past_the_view, restrict

HEAD = "0007"  # the newest migration; a test compares it with the folder
_TURNS: dict[str, AbstractContextManager[Any]] = {}  # by the file that is written to
_MIGRATIONS = Path(__file__).parent / "migrations"


def create_database(path: Path) -> Engine:
    """Make a new, empty study file; raises ``StudyError`` when one is there already."""
    if path.exists():
        raise StudyError("there is a study file already", where=str(path), mend="choose another folder or open it")
    engine = _engine(path)
    migrate(engine)
    return engine


def open_database(path: Path) -> Engine:
    """Open a study file, bringing an older one up to date.

    Raises ``NotFound`` when there is none, ``FormatError`` when it is no study and ``TooNew`` when a newer version of
    Crosscase wrote it.
    """
    if not path.is_file():
        raise NotFound("no study file", where=str(path), mend="make a study with `crosscase new`")
    engine = _engine(path)
    try:
        found = current_version(engine)
    except sa.exc.DatabaseError as error:
        raise FormatError("this is not a study file", where=str(path), mend="restore it from a backup") from error
    if found is None:
        raise FormatError("this is not a study file", where=str(path), mend="point to a file made by Crosscase")
    if found > HEAD:
        raise TooNew(
            f"the study was written by a newer Crosscase (format {found}, this one knows {HEAD})",
            where=str(path),
            mend="install the newer version",
        )
    if found < HEAD:
        migrate(engine)
    return engine


def current_version(engine: Engine) -> str | None:
    """The migration that the file stands at; ``None`` when it holds no study."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        version: str | None = connection.execute(sa.text("select version_num from alembic_version")).scalar()
        return version


def migrate(engine: Engine) -> None:
    """Bring a study file to the newest format, in one transaction."""
    # Imported here: Alembic costs a third of a second, and most starts need no migration.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)


def restricted(engine: Engine, cases: Iterable[int]) -> tuple[Engine, Engine]:
    """The same study with these cases (ids) alone in reach: one engine for reading, one for writing."""
    database = engine.url.database
    assert database is not None
    wanted = tuple(cases)
    engines = []
    for writes in (False, True):
        made = _engine(Path(database))
        sa.event.listen(made, "connect", lambda raw, _record, writes=writes: restrict(raw, wanted, writes=writes))
        if writes:
            sa.event.listen(made, "before_cursor_execute", _past_the_views, retval=True)
        engines.append(made)
    return engines[0], engines[1]


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that takes the write lock at once, so that two writers queue instead of failing half-way.

    Raises ``NotFound`` when a change is out of the reach of a restricted engine, and ``Conflict`` when a GUID that the
    caller chose belongs to something else: whoever repeats a change that they are not sure of is answered by the
    services before it comes to this.
    """
    # Within this program writers wait for each other here, and are woken at once. SQLite would let them sleep and ask
    # again, longer each time; that is left for other programs.
    turn = _TURNS.setdefault(str(engine.url.database), threading.RLock())
    try:
        with turn, engine.connect().execution_options(crosscase_writes=True) as connection, connection.begin():
            yield connection
    except sa.exc.IntegrityError as error:
        refused = out_of_reach(error)
        if refused is not None:
            raise refused from error
        if taken := re.fullmatch(r"UNIQUE constraint failed: (\w+)\.guid", str(error.orig)):
            raise Conflict(
                "this GUID belongs to something else", where=taken[1].removeprefix("stored_"), mend="choose a new one"
            ) from error
        raise


def _engine(path: Path) -> Engine:
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), poolclass=sa.pool.QueuePool)
    sa.event.listen(engine, "connect", _configure)
    # pysqlite would begin transactions by itself and too late; we say BEGIN ourselves.
    sa.event.listen(engine, "begin", _begin)
    return engine


def _past_the_views(
    _connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    return past_the_view(statement), parameters


def _configure(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: an acknowledged coding is on the disk, also after a power cut (measured cost: about 1 ms a change).
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "cache_size=-65536",
        "mmap_size=1073741824",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("crosscase_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
