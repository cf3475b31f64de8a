"""Bytes to text, without guessing in silence.

A byte-order mark decides; else UTF-8; else Windows-1252, with a warning, and only when the bytes can be nothing
better: UTF-8 with a few damaged bytes, UTF-16 without a mark and binary files are refused with the line at fault.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from crosscase.errors import FormatError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]+")
_SURROGATE_IN_UTF8 = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# UTF-8 read as Windows-1252 and saved again leaves these behind: â€™ for ’, Ã© for é.
_TWICE_DECODED = re.compile("â€[™œ\x9d“”˜¦]|Ã[©¨¤¶¼±¡³\xad]|Â[\xa0£§°·]")
_SAVE_AS_UTF8 = "save it as UTF-8 text again from the program that made it"


@dataclass(frozen=True)
class Decoded:
    r"""Text with ``\n`` line ends and no byte-order mark, the encoding it was in, and what to warn of."""

    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


def normalise_line_ends(text: str) -> str:
    r"""Make every line end ``\n``, once: CRLF and lone CR become LF, nothing else changes."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode(data: bytes, where: str, encoding: str | None = None) -> Decoded:
    """Read the bytes of a plain-text file; refuse what cannot be read without guessing.

    Raises
    ------
    FormatError
        The file is empty, binary, damaged, or in an encoding that it does not tell.
    """
    if not data.strip():
        raise FormatError("the file is empty", where=where, mend="export or copy it again")
    if encoding is not None:
        text = _decode_as(data, encoding, where)
        warnings: tuple[str, ...] = ()
    else:
        text, encoding, warnings = _recognise(data, where)
    text = normalise_line_ends(text).lstrip("\ufeff")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise FormatError("the file holds NUL characters", where=f"{where}, line {line}", mend=_SAVE_AS_UTF8)
    if found := _TWICE_DECODED.search(text):
        line = text.count("\n", 0, found.start()) + 1
        warnings += (
            f"line {line} has “{found.group()}”: the file was probably saved in a wrong encoding before; "
            "it is kept as it is",
        )
    return Decoded(text, encoding, warnings)


def _decode_as(data: bytes, encoding: str, where: str) -> str:
    try:
        # "utf-8" would keep the mark of the same encoding as a character.
        return data.decode({"utf-8": "utf-8-sig", "utf8": "utf-8-sig"}.get(encoding.lower(), encoding))
    except UnicodeError as error:
        line = data.count(b"\n", 0, getattr(error, "start", 0)) + 1
        raise FormatError(
            f"the file is not in the encoding {encoding}", where=f"{where}, line {line}", mend="name the right encoding"
        ) from error
    except (LookupError, ValueError) as error:
        raise FormatError(
            f"the encoding {encoding!r} is not known", where=where, mend="use a name such as utf-8 or cp1252"
        ) from error


def _recognise(data: bytes, where: str) -> tuple[str, str, tuple[str, ...]]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode_as(data[len(mark) :], encoding, where), encoding, ()
    if b"\0" in data[:4096]:
        raise FormatError(_what_holds_nuls(data), where=where, mend=_SAVE_AS_UTF8)
    try:
        return data.decode("utf-8"), "utf-8", ()
    except UnicodeDecodeError as error:
        _refuse_damaged_utf8(data, error.start, where)
    return (
        _decode_windows(data, where),
        "cp1252",
        ("not UTF-8: read as Windows-1252; check accents and quotation marks",),
    )


def _what_holds_nuls(data: bytes) -> str:
    head = data[:4096]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    one_sided = max(even, odd) > 0.6 * len(head) / 2 and min(even, odd) < 0.1 * len(head) / 2
    return "the file looks like UTF-16 without a byte-order mark" if one_sided else "the file is binary, not text"


def _refuse_damaged_utf8(data: bytes, position: int, where: str) -> None:
    line = data.count(b"\n", 0, position) + 1
    place = f"{where}, line {line}, byte {position}"
    if _SURROGATE_IN_UTF8.search(data):
        raise FormatError("the file holds half a character (a lone surrogate)", where=place, mend=_SAVE_AS_UTF8)
    good = sum(len(found) for found in _MULTIBYTE.findall(data))
    high = sum(len(found) for found in _HIGH.findall(data))
    if good > high / 2:
        raise FormatError("the file is UTF-8 with damaged bytes", where=place, mend=_SAVE_AS_UTF8)


def _decode_windows(data: bytes, where: str) -> str:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(
            "the file is neither UTF-8 nor Windows-1252 text", where=f"{where}, line {line}", mend=_SAVE_AS_UTF8
        ) from error
    if _CONTROL.search(text):
        raise FormatError("the file is binary, not text", where=where, mend=_SAVE_AS_UTF8)
    return text
