"""Bytes to text: what is read, what is told, what is refused."""

from __future__ import annotations

import codecs

import pytest

from crosscase.errors import FormatError
from crosscase.formats.encoding import decode


def test_utf8_is_read_without_a_warning() -> None:
    decoded = decode("naïve “quotes” 🎓".encode(), "a.txt")
    assert (decoded.text, decoded.encoding, decoded.warnings) == ("naïve “quotes” 🎓", "utf-8", ())


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides_and_is_not_part_of_the_text(mark: bytes, encoding: str) -> None:
    decoded = decode(mark + "Ann: naïve 🎓\r\nBob: yes".encode(encoding), "a.txt")
    assert decoded.text == "Ann: naïve 🎓\nBob: yes"
    assert decoded.encoding == encoding


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_becomes_one_line_feed(ends: str) -> None:
    assert decode(ends.join(["a", "b", "", "c"]).encode(), "a.txt").text == "a\nb\n\nc"


def test_unusual_separators_are_not_line_ends() -> None:
    text = "a\u2028b\x85c\x0bd\x0ce"
    assert decode(text.encode(), "a.txt").text == text


def test_windows_text_is_read_with_a_warning() -> None:
    decoded = decode("“I’m here” – naïve".encode("cp1252"), "a.txt")
    assert decoded.text == "“I’m here” – naïve"
    assert decoded.encoding == "cp1252"
    assert "Windows-1252" in decoded.warnings[0]


def test_a_named_encoding_is_used() -> None:
    assert decode("教育".encode("shift_jis"), "a.txt", "shift_jis").text == "教育"


@pytest.mark.parametrize(
    ("data", "what", "where"),
    [
        (b"", "empty", ""),
        (b" \n\t ", "empty", ""),
        (b"one\ntwo \x81 \x8d", "neither UTF-8 nor Windows-1252", "line 2"),
        (b"caf\xc3\xa9 na\xc3\xafve\nbroken \xff here", "UTF-8 with damaged bytes", "line 2"),
        (b"half \xed\xa0\x80 a character", "lone surrogate", "line 1"),
        ("no mark: naïve".encode("utf-16-le"), "UTF-16 without a byte-order mark", ""),
        (b"text\nand\0NUL" + b"x" * 5000, "binary", ""),
        (b"x" * 5000 + b"\n\0", "NUL", "line 2"),
        (bytes(range(1, 32)) + b"\xe9\xe8", "binary", ""),
        (codecs.BOM_UTF16_LE + b"\x00\xd8a\x00", "not in the encoding utf-16-le", "line 1"),
    ],
)
def test_what_cannot_be_read_without_guessing_is_refused(data: bytes, what: str, where: str) -> None:
    with pytest.raises(FormatError, match=what) as refusal:
        decode(data, "notes.txt")
    assert refusal.value.where.startswith("notes.txt")
    assert where in refusal.value.where
    assert refusal.value.mend


def test_an_unknown_encoding_is_refused_by_name() -> None:
    with pytest.raises(FormatError, match="'klingon' is not known"):
        decode(b"qapla'", "a.txt", "klingon")


def test_text_that_was_decoded_wrongly_before_is_kept_and_told() -> None:
    decoded = decode("line one\nI canâ€™t hear".encode(), "a.txt")
    assert decoded.text == "line one\nI canâ€™t hear"
    assert "line 2" in decoded.warnings[0]
    assert "wrong encoding" in decoded.warnings[0]
