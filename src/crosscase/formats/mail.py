"""Mail saved as .eml: the message as it reads, quoted replies kept; sender, receivers, date and subject as metadata."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

from crosscase.errors import FormatError
from crosscase.formats import html
from crosscase.formats.dates import mail_date
from crosscase.formats.draft import Draft
from crosscase.formats.encoding import decode
from crosscase.formats.options import ReadOptions
from crosscase.formats.refusal import refusing

# The parser of the standard library takes minutes for a header of a million characters.
_MAX_HEADER = 32 * 1024
_CONTENT_HEADER = re.compile(rb"^content-[a-z\-]{1,40}:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_MEND = "save the message as .eml again, or its text as .txt"


def read(data: bytes, where: str, options: ReadOptions) -> list[Draft]:
    """One source: the text of a message (its plain part, else its HTML part)."""
    if any(len(found.group()) > _MAX_HEADER for found in _CONTENT_HEADER.finditer(data)):
        raise _too_long(where)
    with refusing("the mail is damaged", where, _MEND):
        message = message_from_bytes(data, policy=policy.default)
        if any(len(value) > _MAX_HEADER for part in message.walk() for _, value in part.raw_items()):
            raise _too_long(where)
        if not any(message.get(name) for name in ("From", "Date", "Subject", "MIME-Version")):
            raise FormatError("this is not a mail (no From, Date or Subject)", where=where, mend=_MEND)
        body = message.get_body(preferencelist=("plain", "html"))
        attachments = [part.get_filename() or part.get_content_type() for part in message.iter_attachments()]
        metadata = _metadata(message)
        if body is None:
            raise FormatError("the mail has no text", where=where, mend="save its attachments and add those")
        payload = body.get_payload(decode=True)
        charset = body.get_content_charset()
        is_html = body.get_content_subtype() == "html"
    draft = _body(cast(bytes, payload or b""), charset, is_html, where, options)
    warnings = draft.warnings
    if attachments:
        warnings += (
            f"{len(attachments)} attachment{'s' * (len(attachments) != 1)} not read: {', '.join(attachments)[:200]}",
        )
    return [Draft(draft.text, metadata, warnings)]


def _too_long(where: str) -> FormatError:
    return FormatError(f"the mail has a header of more than {_MAX_HEADER:,} characters", where=where, mend=_MEND)


def _body(payload: bytes, charset: str | None, is_html: bool, where: str, options: ReadOptions) -> Draft:
    if not payload.strip():
        raise FormatError("the mail has no text", where=where, mend="save its attachments and add those")
    named = None if charset in (None, "us-ascii", "utf-8", "unknown-8bit") else charset
    decoded = decode(payload, where, options.encoding or named)
    return (
        html.read_text(decoded.text, where, decoded.warnings)
        if is_html
        else Draft(decoded.text, warnings=decoded.warnings)
    )


def _metadata(message: EmailMessage) -> dict[str, str]:
    found = {name: str(message.get(name) or "") for name in ("Subject", "From", "To", "Cc", "Date")}
    return {
        "title": found["Subject"],
        "from": found["From"],
        "to": found["To"],
        "cc": found["Cc"],
        "sent": found["Date"],
        "date": mail_date(found["Date"]) or "",
    }
