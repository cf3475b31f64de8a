"""The only door for archives from outside: nothing is unpacked to disk, everything is bounded before it is read."""

from __future__ import annotations

import io
import stat
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from crosscase.errors import FormatError
from crosscase.formats.refusal import refusing

_DAMAGED = "the archive is damaged or cut short"
_GET_AGAIN = "export or copy it again"
_LOCAL_HEADER = 30  # bytes before the name in front of every member


@dataclass(frozen=True)
class ZipLimits:
    """How much of an archive is read; a member of less than a megabyte may shrink as well as it can."""

    max_members: int = 4096
    max_member_bytes: int = 256 * 1024 * 1024
    max_total_bytes: int = 512 * 1024 * 1024
    max_ratio: int = 250
    ratio_floor_bytes: int = 1024 * 1024
    max_path_depth: int = 16


DEFAULT_LIMITS = ZipLimits()


class SafeZip:
    """An archive whose list of members has been checked; ``read`` gives the bytes of one.

    Refused: too many or too large members, extreme compression, encrypted or overlapping members, links, names
    that are absolute, climb with ``..``, are nested too deep or appear twice (also in another case).

    Parameters
    ----------
    source
        The bytes or the path of the archive.
    where
        How the file is called in messages.
    """

    def __init__(self, source: bytes | Path, where: str, limits: ZipLimits = DEFAULT_LIMITS) -> None:
        self.where, self.limits = where, limits
        with refusing(_DAMAGED, where, _GET_AGAIN):
            self._file = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
        try:
            self._members = self._check()
        except FormatError:
            self._file.close()
            raise

    def __enter__(self) -> SafeZip:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the members, folders left out."""
        return tuple(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def size(self, name: str) -> int:
        """How many bytes a member has when unpacked."""
        return self._members[name].file_size

    def read(self, name: str) -> bytes:
        """The bytes of a member; never more than its declared size."""
        if name not in self._members:
            raise FormatError(f"the archive has no part {name}", where=self.where, mend=_GET_AGAIN)
        info = self._members[name]
        with refusing(_DAMAGED, f"{self.where}, part {name}", _GET_AGAIN), self._file.open(info) as stream:
            data = stream.read(info.file_size + 1)
        if len(data) != info.file_size:
            raise FormatError(
                "a part has another size than declared", where=f"{self.where}, part {name}", mend=_GET_AGAIN
            )
        return data

    def copy(self, name: str, target: BinaryIO, chunk_bytes: int = 1024 * 1024) -> int:
        """Write a large member to an open file piece by piece; returns the number of bytes."""
        if name not in self._members:
            raise FormatError(f"the archive has no part {name}", where=self.where, mend=_GET_AGAIN)
        n_bytes = 0
        place = f"{self.where}, part {name}"
        with refusing(_DAMAGED, place, _GET_AGAIN), self._file.open(self._members[name]) as stream:
            while chunk := stream.read(chunk_bytes):
                n_bytes += len(chunk)
                if n_bytes > self._members[name].file_size:
                    raise FormatError("a part is larger than declared", where=place, mend=_GET_AGAIN)
                target.write(chunk)
        return n_bytes

    def _check(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._file.infolist()
        if len(infos) > self.limits.max_members:
            self._refuse(
                f"the archive has {len(infos):,} parts, more than the {self.limits.max_members:,} that are read"
            )
        total = sum(info.file_size for info in infos)
        if total > self.limits.max_total_bytes:
            self._refuse(f"the archive unpacks to {total:,} bytes, more than {self.limits.max_total_bytes:,}")
        seen: set[str] = set()
        for info in infos:
            self._check_name(info.orig_filename, info.filename)
            self._check_member(info)
            key = unicodedata.normalize("NFC", info.filename).casefold().rstrip("/")
            if key in seen:
                self._refuse(f"the archive has two parts named {info.filename}")
            seen.add(key)
        self._check_overlap(infos)
        return {info.filename: info for info in infos if not info.is_dir()}

    def _check_name(self, original: str, name: str) -> None:
        parts = name.rstrip("/").split("/")
        climbs = any(part in ("", ".", "..") for part in parts)
        # zipfile cuts a name at NUL: what it shows and what is written there must be the same.
        if climbs or "\\" in original or "\0" in original or ":" in parts[0]:
            self._refuse(f"the archive has a part with the unsafe name {original[:80]!r}")
        if len(parts) > self.limits.max_path_depth:
            self._refuse(f"the archive has folders nested more than {self.limits.max_path_depth} deep")

    def _check_member(self, info: zipfile.ZipInfo) -> None:
        name = info.filename[:80]
        mode = info.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            self._refuse(f"the part {name} is a link or a device")
        if info.flag_bits & 0x1:
            self._refuse(f"the part {name} is encrypted", "remove the password and save it again")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            self._refuse(f"the part {name} is packed with an unusual method", "pack it as an ordinary zip")
        if info.file_size > self.limits.max_member_bytes:
            self._refuse(
                f"the part {name} unpacks to {info.file_size:,} bytes, more than {self.limits.max_member_bytes:,}"
            )
        if (
            info.file_size > self.limits.ratio_floor_bytes
            and info.file_size > self.limits.max_ratio * info.compress_size
        ):
            self._refuse(f"the part {name} unpacks to more than {self.limits.max_ratio} times its size")

    def _check_overlap(self, infos: list[zipfile.ZipInfo]) -> None:
        # Members that share bytes are how a small file becomes petabytes without any of them looking large.
        last_end = 0
        for info in sorted(infos, key=lambda one: one.header_offset):
            if info.header_offset < last_end:
                self._refuse(f"the part {info.filename[:80]} overlaps another")
            last_end = info.header_offset + _LOCAL_HEADER + len(info.orig_filename) + info.compress_size

    def _refuse(self, what: str, mend: str = "get the file from its author again") -> None:
        raise FormatError(what, where=self.where, mend=mend)
