"""Rich text (old Word, TextEdit, exports of other programs) through striprtf."""

from __future__ import annotations

import codecs
import re

from striprtf.striprtf import rtf_to_text

from crosscase.errors import FormatError
from crosscase.formats.draft import Block, Draft, join_blocks
from crosscase.formats.encoding import normalise_line_ends
from crosscase.formats.options import ReadOptions
from crosscase.formats.refusal import refusing

_SAVE_AGAIN = "open it in a word processor and save it as .docx"
_CODE_PAGE = re.compile(rb"\\ansicpg(\d{1,5})")
_TITLE = re.compile(r"\{\\title ([^{}\\]{1,300})\}")
# Embedded pictures and objects are long runs of hexadecimal digits; no transcript has a thousand of them in a row.
_HEX_RUN = re.compile(r"[0-9a-fA-F\r\n]{1024,}")
_CELL = re.compile(r"\\(?:nest)?cell(?![a-zA-Z]) ?")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_MAX_CHARACTERS = 32 * 1024 * 1024


def read(data: bytes, where: str, options: ReadOptions) -> list[Draft]:
    """One source: the text of the document, table cells apart by tabs."""
    if not data.lstrip().startswith(b"{\\rtf"):
        raise FormatError("this is not a rich-text file (it does not begin with {\\rtf)", where=where, mend=_SAVE_AGAIN)
    if not data.rstrip(b" \t\r\n\0").endswith(b"}"):
        raise FormatError("the rich-text file is cut short", where=where, mend="export or copy it again")
    raw = _decode(data, where)
    if len(raw) > _MAX_CHARACTERS:
        raise FormatError("the rich-text file is too large to be read", where=where, mend=_SAVE_AGAIN)
    # striprtf rewrites links with a pattern that a crafted file can keep busy for hours; with a space in front of the
    # brace, which RTF ignores, the pattern never applies and a link becomes its words, as in the other formats.
    safe = _CELL.sub(r"\\tab ", raw.replace("\\field{", "\\field {"))
    with refusing("the rich-text file is damaged", where, _SAVE_AGAIN):
        text: str = rtf_to_text(safe, encoding="cp1252", errors="strict")  # type: ignore[no-untyped-call]
    lines = normalise_line_ends(_join_surrogates(text)).replace("\x0b", "\n").split("\n")
    joined, _ = join_blocks(Block(line.rstrip("\t"), space=1 if "\t" in line else 2) for line in lines)
    title = _TITLE.search(raw[:20_000])
    return [Draft(joined, {"title": title.group(1)} if title else {}, _warnings(raw))]


def _decode(data: bytes, where: str) -> str:
    named = _CODE_PAGE.search(data[:2000])
    encoding = f"cp{int(named.group(1))}" if named else "cp1252"
    try:
        codecs.lookup(encoding)
    except LookupError:
        encoding = "cp1252"
    with refusing(f"the rich-text file is not in its code page {encoding}", where, _SAVE_AGAIN):
        raw = data.rstrip(b"\0").decode(encoding)
    if "\\pict" in raw or "\\objdata" in raw or "\\themedata" in raw:
        raw = _HEX_RUN.sub("", raw)
    return raw


def _join_surrogates(text: str) -> str:
    """RTF writes characters outside the first plane as two halves; what stays a half is refused later."""
    return _PAIR.sub(lambda pair: pair.group().encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text)


def _warnings(raw: str) -> tuple[str, ...]:
    signs = (
        ("\\pict", "images not read"),
        ("\\annotation", "comments not read"),
        ("\\footnote", "footnotes not read: save it as .docx to keep them"),
        ("\\revised", "tracked insertions kept"),
        ("\\deleted", "tracked deletions may still be in the text: accept all changes and save it again"),
    )
    return tuple(said for sign, said in signs if sign in raw)
