"""HTML: what a browser shows, as paragraphs on lines; the page's title and date as metadata."""

from __future__ import annotations

import codecs
import re

from crosscase.errors import FormatError
from crosscase.formats.draft import Draft, join_blocks
from crosscase.formats.encoding import Decoded, decode
from crosscase.formats.markup import read_markup
from crosscase.formats.options import ReadOptions

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w\-]{2,40})", re.IGNORECASE)


def read(data: bytes, where: str, options: ReadOptions) -> list[Draft]:
    """One source: the readable text of a web page."""
    decoded = _decode(data, where, options)
    return [read_text(decoded.text, where, decoded.warnings)]


def read_text(html: str, where: str, warnings: tuple[str, ...] = ()) -> Draft:
    """The readable text of HTML that is already decoded."""
    markup = read_markup(html, where)
    text, bold = join_blocks(markup.blocks)
    if markup.n_images:
        warnings += (f"{markup.n_images} image{'s' * (markup.n_images != 1)} not read",)
    return Draft(text, metadata=markup.metadata, warnings=warnings, bold=bold)


def _decode(data: bytes, where: str, options: ReadOptions) -> Decoded:
    if options.encoding is not None:
        return decode(data, where, options.encoding)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        declared = _CHARSET.search(data[:4096])
        name = declared.group(1).decode("ascii").lower() if declared else ""
        if name and name not in ("utf-8", "utf8", "iso-8859-1", "latin1", "windows-1252"):
            try:
                codecs.lookup(name)
            except LookupError as error:
                raise FormatError(
                    f"the page names the unknown encoding {name!r}", where=where, mend="save it as UTF-8"
                ) from error
            return decode(data, where, name)
    return decode(data, where)
