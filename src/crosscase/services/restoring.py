"""Restoring a study from a backup: checked as a whole first, then put in its place at once."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from crosscase.errors import Conflict, FormatError, StudyError
from crosscase.services.backup_file import (
    STUDY_FILE,
    Manifest,
    check_backup,
    check_study_file,
    numbers_of,
    read_manifest,
    unpacked_bytes,
)
from crosscase.services.backups import BEFORE_RESTORE, PARTIAL, back_up, clear_leftovers, copy_online, flush, plain
from crosscase.services.settings import FILE_NAME
from crosscase.store import audit

_MARGIN = 64 * 1024 * 1024  # bytes that stay free on the disk


@dataclass(frozen=True)
class Restored:
    """A restored study; ``before`` is where what was there before is kept, if something was."""

    folder: Path
    manifest: Manifest
    before: Path | None


def restore(backup: Path, folder: Path | None = None, *, replace: bool = False) -> Restored:
    """Bring back the study of a backup, in a new or empty folder (by default one with the title's name).

    The backup is unpacked beside the target and checked as a whole before anything else is touched. With ``replace`` it
    may go over the study that stands in the folder, when that is the same study and nobody has it open: a backup of
    what is there is made first, files that the backup does not have stay, and the study file is changed in one
    transaction of SQLite, so that no program can go on writing into a file that is gone. A damaged study file is set
    aside under another name.

    Raises ``FormatError`` or ``TooNew`` for a backup that cannot be used, ``Conflict`` when the folder is not empty,
    holds another study or is in use.
    """
    manifest = read_manifest(backup)
    target = folder if folder is not None else Path(plain(manifest.title))
    standing = _standing(target, manifest, replace)
    with _room_beside(target if standing else target.absolute().parent, manifest) as room:
        check_backup(backup, room)
        if not standing:
            _move_in(room, target)
            return Restored(target, manifest, None)
        before = _replace(room, target, manifest)
    return Restored(target, manifest, before)


def _standing(target: Path, manifest: Manifest, replace: bool) -> bool:
    """Whether a study stands in the target that may be replaced; ``False`` for a new or empty folder."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise Conflict("this is no folder", where=str(target), mend="name a new folder")
    if not target.exists() or not any(target.iterdir()):
        return False
    if not (target / STUDY_FILE).exists() and not (target / FILE_NAME).exists():
        raise Conflict("the folder is not empty and holds no study", where=str(target), mend="name a new folder")
    if not replace:
        raise Conflict(
            "a study stands in the folder",
            where=str(target),
            mend="name a new folder, or add --replace: what is there is backed up first",
        )
    return True


@contextmanager
def _room_beside(parent: Path, manifest: Manifest) -> Iterator[Path]:
    """A hidden folder on the disk of the target; raises ``StudyError`` when the study does not fit there."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        clear_leftovers(parent)
        free = shutil.disk_usage(parent).free
        room = Path(tempfile.mkdtemp(prefix=f"{PARTIAL}{os.getpid()}-", dir=parent))
    except OSError as error:
        raise StudyError(
            f"the folder cannot be written ({error.strerror})", where=str(parent), mend="choose another place"
        ) from error
    try:
        # Replacing needs the space twice: for a moment the old study file and the new one are both there.
        if 2 * unpacked_bytes(manifest) + _MARGIN > free:
            raise StudyError(
                f"the study needs {unpacked_bytes(manifest):,} bytes, and twice that for a moment; {free:,} are free",
                where=str(parent),
                mend="make room or choose another disk",
            )
        yield room
    except OSError as error:
        raise StudyError(
            f"the study could not be written ({error.strerror})", where=str(parent), mend="choose another place"
        ) from error
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _move_in(room: Path, target: Path) -> None:
    for path in sorted(room.rglob("*")):
        flush(path)
    room.chmod(0o755)
    if target.exists():
        target.rmdir()
    room.rename(target)
    flush(target.absolute().parent)


def _replace(room: Path, target: Path, manifest: Manifest) -> Path | None:
    """Put what was unpacked over the study that stands in the folder; returns where that is kept."""
    study_file = target / STUDY_FILE
    if not study_file.exists():
        _swap_files(room, target)
        (room / STUDY_FILE).replace(study_file)
        return None
    if _damaged(study_file, room):
        with suppress(sqlite3.DatabaseError):  # too broken to be locked; then nobody else can use it either
            _alone(study_file).close()
        _swap_files(room, target)
        before = _set_aside(study_file)
        (room / STUDY_FILE).replace(study_file)
        flush(target)
        return before
    with closing(_alone(study_file)) as held:
        # The lock is let go for the backup, which opens the file itself, and taken again.
        found = held.execute("select value from study where key = 'guid'").fetchone()
    if found is None or found[0] != manifest.study:
        raise Conflict(
            f"another study stands in the folder; the backup is of {manifest.title!r}",
            where=str(target),
            mend="restore into a new folder",
        )
    before = back_up(target, made=BEFORE_RESTORE).path
    kept = read_manifest(before)
    with closing(_alone(study_file)) as held:
        head = held.execute("select hash from event order by id desc limit 1").fetchone()
        if head is None or head[0] != kept.head:
            raise Conflict("the study was changed meanwhile", where=str(target), mend="restore again")
        with _undone_on_failure(room, target), closing(sqlite3.connect(room / STUDY_FILE)) as fresh:
            # Into the same file, as one transaction: whoever waits for it finds the restored study.
            fresh.backup(held, pages=-1)
    return before


def _damaged(study_file: Path, room: Path) -> bool:
    """Whether no backup can be made of a study file, since it is unreadable, broken or has a broken chain."""
    copy = room / ".copy"
    try:
        copy_online(study_file, copy)
        numbers_of(copy, str(study_file))
        check_study_file(copy, str(study_file))
    except FormatError:
        return True
    except StudyError as error:
        if _locked(error.__cause__):
            raise _in_use(study_file) from error
        return True
    finally:
        copy.unlink(missing_ok=True)
    return False


def _locked(error: BaseException | None) -> bool:
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def _set_aside(study_file: Path) -> Path:
    """Rename a damaged study file, with its log, to a name that says what it is."""
    at = audit.now()
    before = study_file.with_name(f"{STUDY_FILE}.damaged-{at[:13]}{at[14:16]}")
    n = 1
    while before.exists():
        n += 1
        before = before.with_name(f"{STUDY_FILE}.damaged-{at[:13]}{at[14:16]}-{n}")
    for ending in ("-wal", "-shm"):
        log = study_file.with_name(study_file.name + ending)
        if log.exists():
            log.rename(before.with_name(before.name + ending))
    study_file.rename(before)
    return before


def _alone(study_file: Path) -> sqlite3.Connection:
    """A connection that holds the study file for itself; raises ``Conflict`` when any program has it open.

    In WAL mode every open connection keeps a shared lock on the file, also while it does nothing; leaving WAL mode
    needs all of it.
    """
    connection = sqlite3.connect(study_file, timeout=2, isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")  # the lock stays until the connection is closed
    except sqlite3.DatabaseError as error:
        connection.close()
        if _locked(error):
            raise _in_use(study_file) from error
        raise
    return connection


def _in_use(study_file: Path) -> Conflict:
    return Conflict(
        "the study is open in another program",
        where=str(study_file.parent),
        mend="stop `crosscase serve` and whatever else has it open, or restore into a new folder",
    )


@contextmanager
def _undone_on_failure(room: Path, target: Path) -> Iterator[None]:
    """Swap the files beside the study file in; put the former ones back when what follows fails."""
    aside = room / ".before"
    swapped = _swap_files(room, target, aside)
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        for name in swapped:
            (target / name).unlink(missing_ok=True)
            if (aside / name).exists():
                (aside / name).replace(target / name)
        raise StudyError(
            f"the study could not be written ({error}); it is as it was before", where=str(target), mend="make room"
        ) from error
    flush(target)


def _swap_files(room: Path, target: Path, aside: Path | None = None) -> list[str]:
    """Move everything but the study file from ``room`` to ``target``; what it takes the place of goes to ``aside``."""
    swapped = []
    names = [p.relative_to(room) for p in sorted(room.rglob("*")) if p.is_file() and p != room / STUDY_FILE]
    for name in names:
        _refuse_link(target, name)
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if aside is not None and (target / name).exists():
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            _keep(target / name, aside / name)
        flush(room / name)
        (room / name).replace(target / name)
        swapped.append(str(name))
    return swapped


def _keep(path: Path, copy: Path) -> None:
    """Give a file a second name; the first is never missing, so that a kill leaves the old file or the new one."""
    try:
        os.link(path, copy)
    except OSError:  # memory sticks know no links
        shutil.copy2(path, copy)


def _refuse_link(target: Path, name: Path) -> None:
    """Nothing is written through a link that stands in the study folder."""
    for part in name.parents:
        place = target / part
        if part.parts and (place.is_symlink() or (place.exists() and not place.is_dir())):
            raise FormatError(f"{part} is a link or a file", where=str(target), mend="restore into a new folder")
    if (target / name).is_dir():
        raise FormatError(f"{name} is a folder here", where=str(target), mend="restore into a new folder")
