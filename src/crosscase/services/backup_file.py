"""The backup file: one archive with the study file and what people wrote beside it, sealed by a manifest.

Members are ``manifest.json``, ``study.crosscase`` and files of the study folder under their relative names. The
manifest has the SHA-256 of every other member, the format (migration) of the study file, the hash of the newest event
and the numbers of events, sources and codings.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from crosscase.errors import FormatError, NotFound, TooNew
from crosscase.formats import SafeZip, ZipLimits
from crosscase.store import audit, schema
from crosscase.store.database import HEAD

SUFFIX = ".crosscase-backup"
MANIFEST = "manifest.json"
STUDY_FILE = "study.crosscase"
LAYOUT = 1  # of the archive; the format of the study file inside has a number of its own
# A study is larger than an interview. What is unpacked is bounded by these numbers and by what the disk has free.
LIMITS = ZipLimits(
    max_members=200_000, max_member_bytes=64 * 1024**3, max_total_bytes=256 * 1024**3, max_ratio=250, max_path_depth=32
)
_LARGEST_MANIFEST = 64 * 1024**2
_CHUNK = 1024 * 1024
_NOT_IN_A_BACKUP = frozenset({"backups", "report"})


@checked_dataclass(frozen=True)
class Member:
    """A file in the archive."""

    name: str
    n_bytes: int
    sha256: str


@checked_dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    ``made`` is why: ``by hand``, ``automatic``, ``before a restore`` or ``pack``. ``format`` is the migration that the
    study file stands at and ``head`` the hash of its newest event.
    """

    layout: int
    crosscase: str
    format: str
    made_at: str
    made: str
    title: str
    study: str
    head: str
    n_events: int
    n_sources: int
    n_codings: int
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Numbers:
    """What a study file says about itself."""

    format: str
    study: str
    head: str
    n_events: int
    n_sources: int
    n_codings: int


def numbers_of(path: Path, where: str) -> Numbers:
    """Read a study file that nobody writes to, without changing a byte beside it; raises ``FormatError``."""
    with _opened(path, where) as connection:
        version = connection.execute(sa.text("select version_num from alembic_version")).scalar_one()
        guid = connection.execute(sa.select(schema.study.c.value).where(schema.study.c.key == "guid")).scalar_one()
        counts = [
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in (schema.event, schema.stored_source, schema.coding)
        ]
        return Numbers(str(version), str(guid), audit.head(connection), *counts)


def check_study_file(path: Path, where: str) -> None:
    """Is a study file whole: its pages, its references, its chain of events; raises ``FormatError``."""
    with _opened(path, where) as connection:
        made = connection.execute(sa.text("select name, sql from sqlite_master where type in ('trigger', 'view')"))
        odd = next((name for name, sql in made if " ".join(sql.split()).lower() != schema.VIEW_TEXTS.get(name)), None)
        if odd is not None:
            raise FormatError(f"the study file has {odd!r}, which Crosscase does not make", where=where, mend=_MEND)
        state = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
        if state != "ok":
            raise FormatError(f"the study file is damaged ({state})", where=where, mend=_MEND)
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise FormatError("the study file points to rows that it does not have", where=where, mend=_MEND)
        broken = audit.first_broken(connection)
        if broken is not None:
            raise FormatError(f"event {broken} does not fit the chain of the history", where=where, mend=_MEND)


def write_archive(
    target: Path, files: Mapping[str, Path], about: Mapping[str, Any], stored: frozenset[str] = frozenset()
) -> Manifest:
    """Write the archive; ``about`` are the manifest's fields but its members."""
    members = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as archive:
        for name, path in files.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as part:
                members.append(Member(name, *_copied(source, part)))
        manifest = Manifest(**about, members=tuple(members))
        archive.writestr(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
        extreme = {
            i.filename
            for i in archive.infolist()
            if i.file_size > LIMITS.ratio_floor_bytes and i.file_size > LIMITS.max_ratio * i.compress_size
        }
    if extreme - stored:
        # Nearly empty pages shrink like a bomb, and a reader would refuse them: these parts are stored as they are.
        return write_archive(target, files, about, stored | extreme)
    return manifest


def read_manifest(path: Path) -> Manifest:
    """What a backup says about itself; the rest of it is not read.

    Raises ``NotFound``, ``FormatError`` for a file that is no backup and ``TooNew`` for one of a newer Crosscase.
    """
    with _archive(path) as archive:
        return _manifest(archive, str(path))


def check_backup(path: Path, room: Path, *, only_study_file: bool = False) -> Manifest:
    """Unpack a backup into the empty folder ``room`` and check every part of it.

    With ``only_study_file`` the other parts are read and compared with their hashes, and not kept.
    """
    where = str(path)
    with _archive(path) as archive:
        manifest = _manifest(archive, where)
        for member in manifest.members:
            place = f"{where}, part {member.name}"
            kept = member.name == STUDY_FILE or not only_study_file
            target = room / (member.name if kept else ".passing")
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                archive.copy(member.name, file)
            with target.open("rb") as file:
                if (member.n_bytes, member.sha256) != _copied(file, None):
                    raise FormatError("a part is not what the manifest says", where=place, mend=_MEND)
            if not kept:
                target.unlink()
    place = f"{where}, part {STUDY_FILE}"
    found = numbers_of(room / STUDY_FILE, place)
    if asdict(found) != {name: getattr(manifest, name) for name in asdict(found)}:
        raise FormatError("the study file is not the one that the manifest describes", where=place, mend=_MEND)
    check_study_file(room / STUDY_FILE, place)
    return manifest


def unpacked_bytes(manifest: Manifest) -> int:
    return sum(member.n_bytes for member in manifest.members)


_MEND = "use another backup"


def _archive(path: Path) -> SafeZip:
    if not path.is_file():
        raise NotFound("no such backup", where=str(path), mend="`crosscase backup` makes one")
    return SafeZip(path, str(path), LIMITS)


def _manifest(archive: SafeZip, where: str) -> Manifest:
    if MANIFEST not in archive or STUDY_FILE not in archive:
        raise FormatError("this is no backup of a study", where=where, mend="`crosscase backup` makes one")
    if archive.size(MANIFEST) > _LARGEST_MANIFEST:
        raise FormatError("the manifest is too large", where=where, mend=_MEND)
    try:
        content = json.loads(archive.read(MANIFEST))
        layout = content["layout"]
        found: str = content["format"]
        if layout > LAYOUT or found > HEAD:
            raise TooNew(
                f"the backup was written by a newer Crosscase ({content['crosscase']}, format {found}; this one knows "
                f"{HEAD})",
                where=where,
                mend="install the newer version",
            )
        manifest = TypeAdapter(Manifest).validate_python(content)
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError) as error:
        raise FormatError("the manifest of the backup cannot be read", where=where, mend=_MEND) from error
    names = [member.name for member in manifest.members]
    if sorted([*names, MANIFEST]) != sorted(archive.names):
        raise FormatError("the backup has other parts than its manifest names", where=where, mend=_MEND)
    for name in names:
        if not belongs(name):
            raise FormatError(f"the backup has a part {name[:80]!r} that no study has", where=where, mend=_MEND)
    for member in manifest.members:
        if member.n_bytes != archive.size(member.name):
            raise FormatError("a part is not what the manifest says", where=f"{where}, part {member.name}", mend=_MEND)
    return manifest


def belongs(name: str) -> bool:
    """Whether a file of this relative name can be part of a backup."""
    parts = name.split("/")
    if name == STUDY_FILE:
        return True
    hidden = any(part.startswith(".") for part in parts)
    return not (hidden or parts[0].casefold().startswith(STUDY_FILE) or parts[0].casefold() in _NOT_IN_A_BACKUP)


def _copied(source: BinaryIO, target: Any) -> tuple[int, str]:
    """Size and SHA-256 of what was copied (to nowhere when there is no target)."""
    n_bytes, digest = 0, hashlib.sha256()
    while chunk := source.read(_CHUNK):
        n_bytes += len(chunk)
        digest.update(chunk)
        if target is not None:
            target.write(chunk)
    return n_bytes, digest.hexdigest()


@contextmanager
def _opened(path: Path, where: str) -> Iterator[sa.Connection]:
    # Immutable: nothing is written beside the file, not even when its header asks for a write-ahead log.
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    engine = sa.create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=sa.pool.NullPool
    )
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA trusted_schema=OFF")
            yield connection
    except (sqlite3.Error, sa.exc.SQLAlchemyError, ValueError, TypeError) as error:
        detail = " ".join(str(getattr(error, "orig", error)).split())[:120]
        raise FormatError(f"the study file cannot be read ({detail})", where=where, mend=_MEND) from error
    finally:
        engine.dispose()
