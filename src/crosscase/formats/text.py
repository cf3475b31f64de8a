"""Plain text: as it stands, with form feeds as page ends."""

from __future__ import annotations

import re

from crosscase.formats import html
from crosscase.formats.draft import Draft
from crosscase.formats.encoding import decode
from crosscase.formats.options import ReadOptions
from crosscase.model.text import Page

_HTML = re.compile(r"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_MACHINE = re.compile(
    r"machine[- ](?:generated|transcribed|transcri(?:pt|ption))|auto(?:matic(?:ally)?)?[- ]?(?:generated|transcribed)"
    r"[ \-\w]{0,20}(?:caption|transcript|subtitle)|automatic (?:caption|transcri|subtitle)",
    re.IGNORECASE,
)
_HEAD = 5000  # where a file says what it is


def read(data: bytes, where: str, options: ReadOptions) -> list[Draft]:
    """One source: the text itself."""
    decoded = decode(data, where, options.encoding)
    if _HTML.match(decoded.text, 0, 200):
        told = "named as plain text but holds HTML: read as HTML"
        return [html.read_text(decoded.text, where, (*decoded.warnings, told))]
    pages = pages_at_form_feeds(decoded.text)
    return [Draft(decoded.text, says_machine(decoded.text), decoded.warnings, pages)]


def says_machine(text: str) -> dict[str, str]:
    """``{"machine_transcript": "yes"}`` when the beginning of a text says that a machine transcribed it."""
    return {"machine_transcript": "yes"} if _MACHINE.search(text, 0, _HEAD) else {}


def pages_at_form_feeds(text: str) -> tuple[Page, ...]:
    """The pages of a text whose program ended each of them with a form feed."""
    if "\f" not in text:
        return ()
    pages: list[Page] = []
    start = 0
    for number, page in enumerate(text.split("\f"), start=1):
        if page.strip():
            pages.append(Page(number, start, start + len(page)))
        start += len(page) + 1
    return tuple(pages)
