"""Backups of a study: one file each, made while people code, checked before it gets its name."""

from __future__ import annotations

import contextlib
import csv
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from crosscase import __version__
from crosscase.errors import Conflict, CrosscaseError, FormatError, ManifestError, NotFound, StudyError
from crosscase.services.backup_file import (
    LAYOUT,
    STUDY_FILE,
    SUFFIX,
    Manifest,
    belongs,
    check_backup,
    numbers_of,
    read_manifest,
    write_archive,
)
from crosscase.services.settings import read_settings
from crosscase.services.study import Study
from crosscase.store import audit

FOLDER = "backups"
BY_HAND, AUTOMATIC, BEFORE_RESTORE, PACK = "by hand", "automatic", "before a restore", "pack"
Progress = Callable[[str, int, int], None]
PARTIAL = ".crosscase-partial-"
_STEPS = 4
_TEXTS = (".yaml", ".yml", ".csv")


@dataclass(frozen=True)
class Backup:
    """A backup file; ``problem`` is why it cannot be used, and then nothing else is known about it."""

    path: Path
    n_bytes: int
    manifest: Manifest | None
    problem: str = ""


def back_up(
    folder: Path,
    to: Path | None = None,
    *,
    originals: bool = True,
    made: str = BY_HAND,
    progress: Progress = lambda step, done, total: None,
) -> Backup:
    """Copy a study into one file while others write to it.

    The study file is copied in one step of SQLite's backup, which sees one moment of it; ``study.yaml``, tables,
    framework files and (``originals``) the files in ``originals/`` and those that ``sources.csv`` names go with it. The
    archive is checked by unpacking it, flushed to the disk and only then gets its name: whenever the computer stops,
    there is a whole backup or none. ``to`` is by default ``backups/TITLE-2026-11-25T2130.crosscase-backup`` (UTC).

    Raises ``NotFound`` when there is no study, ``Conflict`` when ``to`` exists and ``StudyError`` when the study is
    damaged: no damaged copy ever takes the place of a good one.
    """
    source = folder / STUDY_FILE
    if not source.is_file():
        raise NotFound("no study file", where=str(source), mend="point to a study folder")
    title, at = _title(folder), audit.now()
    automatic_name = to is None
    target = to if to is not None else folder / FOLDER / f"{plain(title)}-{at[:13]}{at[14:16]}{SUFFIX}"
    if not automatic_name and target.exists():
        raise Conflict("there is a file of that name", where=str(target), mend="choose another name")
    with _workroom(target.parent) as room:
        progress("copying the study file", 0, _STEPS)
        copy = room / STUDY_FILE
        copy_online(source, copy)
        try:
            numbers = numbers_of(copy, str(source))
            about = {
                **vars(numbers),
                "layout": LAYOUT,
                "crosscase": __version__,
                "made_at": at,
                "made": made,
                "title": title,
            }
            progress("writing the archive", 1, _STEPS)
            files = {STUDY_FILE: copy, **_beside(folder, originals)}
            packed = room / "backup"
            write_archive(packed, files, about)
            copy.unlink()
            progress("checking it", 2, _STEPS)
            (room / "check").mkdir()
            manifest = check_backup(packed, room / "check", only_study_file=True)
        except FormatError as error:
            raise StudyError(
                f"{error.what}: no backup was made, so that none takes the place of a good one",
                where=str(source),
                mend="restore the newest backup",
            ) from error
        progress("putting it on the disk", 3, _STEPS)
        path = _named(packed, target, automatic_name)
    return Backup(path, path.stat().st_size, manifest)


def copy_online(source: Path, target: Path) -> None:
    """Copy a database that others may be writing to, as it is at one moment."""
    try:
        # The driver's own backup in one step: a reader's snapshot, which in WAL mode holds up no writer.
        with closing(sqlite3.connect(source, timeout=30)) as a, closing(sqlite3.connect(target)) as b:
            b.execute("PRAGMA synchronous=OFF")  # the archive is flushed, not this copy
            a.backup(b, pages=-1)
            b.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        raise StudyError(
            f"the study file cannot be copied ({error})", where=str(source), mend="restore the newest backup"
        ) from error


def backups(folder: Path) -> list[Backup]:
    """The backups in the study folder, the newest first; those that cannot be read come last, with the reason."""
    found = []
    for path in (folder / FOLDER).glob(f"*{SUFFIX}"):
        state = path.stat()
        found.append(_look(path, state.st_size, state.st_mtime_ns))
    return sorted(found, key=lambda b: (b.manifest.made_at if b.manifest else "", b.path.name), reverse=True)


@lru_cache(maxsize=1024)
def _look(path: Path, n_bytes: int, _at: int) -> Backup:
    """What a backup says about itself, read once for each state of the file."""
    try:
        return Backup(path, n_bytes, read_manifest(path))
    except CrosscaseError as error:
        return Backup(path, n_bytes, None, error.what)


def due(study: Study, now: datetime | None = None) -> bool:
    """Whether an automatic backup is to be made: something has changed since the last, and that is old enough."""
    hours = study.settings.backups.every_hours
    if not hours:
        return False
    newest = next((b.manifest for b in backups(study.folder) if b.manifest), None)
    if newest is None:
        return True
    age = (now or datetime.now(UTC)) - datetime.fromisoformat(newest.made_at)
    return newest.head != study.head() and age >= timedelta(hours=hours)


def back_up_automatically(study: Study, progress: Progress = lambda step, done, total: None) -> Backup:
    """Make an automatic backup and let the oldest automatic ones go, as ``backups.keep`` says."""
    done = back_up(study.folder, made=AUTOMATIC, progress=progress)
    automatic = [b for b in backups(study.folder) if b.manifest and b.manifest.made == AUTOMATIC]
    for old in automatic[study.settings.backups.keep :]:
        old.path.unlink(missing_ok=True)
    return done


def plain(title: str) -> str:
    """A title as a file name: letters, digits and dashes."""
    name = re.sub(r"[^\w]+", "-", title).strip("-_")
    while len(name.encode()) > 80:
        name = name[:-1]
    return name or "study"


def _title(folder: Path) -> str:
    """The title, also of a study whose settings cannot be read just now."""
    try:
        return read_settings(folder).title
    except ManifestError:
        return folder.resolve().name


def _beside(folder: Path, originals: bool) -> dict[str, Path]:
    """What goes into a backup beside the study file, by relative name; links are not followed."""
    found = {p.name: p for p in folder.iterdir() if p.suffix.lower() in _TEXTS and p.name != STUDY_FILE}
    if originals:
        found |= {p.relative_to(folder).as_posix(): p for p in (folder / "originals").rglob("*")}
        found |= {p.relative_to(folder).as_posix(): p for p in _listed(folder)}
    ours = {name: found[name] for name in sorted(found) if belongs(name)}
    return {name: path for name, path in ours.items() if path.is_file() and not _linked(path, folder)}


def _linked(path: Path, folder: Path) -> bool:
    inside = path.relative_to(folder)
    return any((folder / part).is_symlink() for part in (inside, *inside.parents) if part.parts)


def _listed(folder: Path) -> Iterator[Path]:
    """Files of ``sources.csv`` that lie in the study folder."""
    try:
        with (folder / "sources.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                path = Path(os.path.normpath(folder / (row.get("file") or "")))
                if folder in path.parents and path.is_file():
                    yield path
    except (OSError, UnicodeDecodeError, csv.Error):
        return  # `crosscase check` says what is wrong with it; the table itself is in the backup


@contextmanager
def _workroom(parent: Path) -> Iterator[Path]:
    """A hidden folder beside the target, for this process alone; those of killed processes are cleared away."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        clear_leftovers(parent)
        room = Path(tempfile.mkdtemp(prefix=f"{PARTIAL}{os.getpid()}-", dir=parent))
    except OSError as error:
        raise StudyError(
            f"nothing can be written there ({error.strerror})", where=str(parent), mend="name another file with --to"
        ) from error
    try:
        yield room
    except OSError as error:
        raise StudyError(
            f"the backup could not be written ({error.strerror})", where=str(parent), mend="make room on the disk"
        ) from error
    finally:
        shutil.rmtree(room, ignore_errors=True)


def clear_leftovers(parent: Path) -> None:
    """Remove what backups left behind whose process was killed."""
    for left in parent.glob(f"{PARTIAL}*"):
        number = left.name.removeprefix(PARTIAL).split("-")[0]
        if number.isdigit() and not _alive(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _named(packed: Path, target: Path, automatic_name: bool) -> Path:
    """Flush a finished archive and give it its name, never that of another file."""
    packed.chmod(0o600)  # people's words, for the owner of the account alone
    flush(packed)
    stem, n = target.name.removesuffix(SUFFIX), 1
    while True:
        try:
            _take_name(packed, target)
            break
        except FileExistsError:
            if not automatic_name:
                raise Conflict("there is a file of that name", where=str(target), mend="choose another name") from None
            n += 1
            target = target.with_name(f"{stem}-{n}{SUFFIX}")
    flush(target.parent)
    return target


def _take_name(packed: Path, target: Path) -> None:
    """Give a file its name; raises ``FileExistsError`` rather than take the place of another."""
    try:
        os.link(packed, target)
    except FileExistsError:
        raise
    except OSError:  # memory sticks know no links
        if target.exists():
            raise FileExistsError(target) from None
        packed.rename(target)


def flush(path: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    with contextlib.suppress(PermissionError):  # folders cannot be opened on every system
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
