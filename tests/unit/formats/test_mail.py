"""Mail."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from crosscase.errors import FormatError
from crosscase.formats import read_source
from crosscase.model.text import SourceText


def message(**headers: str) -> EmailMessage:
    mail = EmailMessage()
    for name, value in {
        "From": "Ann <ann@a.b>",
        "To": "bob@a.b",
        "Subject": "Pacing – guide",
        "Date": "Tue, 25 Jun 2024 10:00:00 -0700",
    }.items():
        mail[name] = headers.get(name, value)
    return mail


def read(mail: EmailMessage | bytes) -> SourceText:
    (source,) = read_source(mail if isinstance(mail, bytes) else mail.as_bytes(), "mail.eml")
    return source.text


def test_the_text_is_read_with_quoted_replies_and_headers_are_metadata() -> None:
    mail = message()
    mail.set_content("I agree – naïve.\n\n> Is it ours?\n>> Who asks?\n")
    text = read(mail)
    assert text.text == "I agree – naïve.\n\n> Is it ours?\n>> Who asks?\n"
    assert text.turns == ()
    assert text.metadata == {
        "title": "Pacing – guide",
        "from": "Ann <ann@a.b>",
        "to": "bob@a.b",
        "sent": "Tue, 25 Jun 2024 10:00:00 -0700",
        "date": "2024-06-25",
    }


def test_the_plain_part_is_preferred_and_the_html_part_is_readable() -> None:
    mail = message()
    mail.set_content("plain words")
    mail.add_alternative("<p>html words</p>", subtype="html")
    assert read(mail).text == "plain words\n"
    only_html = message()
    only_html.set_content("<p>One</p><p>Two</p>", subtype="html")
    assert read(only_html).text == "One\n\nTwo"


def test_attachments_are_told() -> None:
    mail = message()
    mail.set_content("See the plan.")
    mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="plan.pdf")
    assert read(mail).warnings == ("1 attachment not read: plan.pdf",)


def test_other_encodings_are_read() -> None:
    raw = b"From: a@b\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n" + "Школа".encode("koi8-r")
    assert read(raw).text == "Школа"


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"just some words\n", "is not a mail"),
        (b"From: a@b\n\n", "no text"),
        (b"From: a@b\nContent-Type: text/plain; charset=klingon\n\nqapla'\n", "'klingon' is not known"),
        (b"From: a@b\nSubject: " + b" a" * 500_000 + b"\n\nbody\n", "header of more than"),
        (b"From: a@b\nContent-Type: text/plain; a" + b"=b; a" * 100_000 + b"\n\nbody\n", "header of more than"),
        (b"From: a@b\nContent-Type: application/pdf\n\n%PDF\n", "no text"),
    ],
)
def test_what_is_no_mail_is_refused(raw: bytes, what: str) -> None:
    with pytest.raises(FormatError, match=what):
        read(raw)


def test_mail_nested_thousands_of_levels_deep_does_not_break_the_reader() -> None:
    head = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3000))
    try:
        read(b"From: a@b\n" + head + b"Content-Type: text/plain\n\ndeep\n")
    except FormatError as error:
        assert error.where == "mail.eml"
