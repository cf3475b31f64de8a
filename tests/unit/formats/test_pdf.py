"""PDF: the text layer with its pages; no text layer, no source."""

from __future__ import annotations

import pytest
from tests.unit.formats.files import encrypted_pdf, pdf_file

from crosscase.errors import FormatError
from crosscase.formats import ReadOptions, read_source
from crosscase.model.text import SourceText


def minutes(number: int) -> list[tuple[int, int, str]]:
    """A page with a running head, a paragraph of its own, and a page number."""
    body = [(72, 700 - 14 * line, f"Line {chr(97 + line)} of the text on page {chr(96 + number)}") for line in range(6)]
    return [(72, 760, "School Board Minutes"), *body, (300, 30, f"Page {number} of 4")]


def read(data: bytes, *, drop: bool = False) -> SourceText:
    (source,) = read_source(data, "minutes.pdf", options=ReadOptions(drop_repeated_lines=drop))
    return source.text


def test_pages_are_spans_of_the_text() -> None:
    text = read(pdf_file([minutes(number) for number in (1, 2)], title="Minutes of May"))
    assert [page.number for page in text.pages] == [1, 2]
    second = text.pages[1]
    assert text.text[second.start : second.end].startswith("School Board Minutes\n\nLine a of the text on page b")
    assert text.metadata["title"] == "Minutes of May"


def test_a_wide_gap_is_an_empty_line() -> None:
    page = [(72, 700, "First line"), (72, 686, "of a paragraph."), (72, 672, "Its end."), (72, 630, "Another one.")]
    assert read(pdf_file([page])).text == "First line\nof a paragraph.\nIts end.\n\nAnother one."


def test_words_split_at_line_ends_are_joined_unless_written_with_a_hyphen() -> None:
    page = [(72, 700, "The super-"), (72, 686, "intendent is a well-"), (72, 672, "known and well-known man.")]
    text = read(pdf_file([page]))
    assert text.text.replace("\n", " ") == "The superintendent is a well-known and well-known man."
    assert text.warnings == ("2 words split at line ends joined again",)


def test_running_heads_are_proposed_and_left_out_on_request() -> None:
    data = pdf_file([minutes(number) for number in (1, 2, 3, 4)])
    kept, dropped = read(data), read(data, drop=True)
    assert sum("stands at one height on 4 of 4 pages: probably not text" in warning for warning in kept.warnings) == 2
    assert "Page 3 of 4" in kept.text
    assert "Page 3 of 4" not in dropped.text
    assert "School Board Minutes" not in dropped.text
    assert "Line a of the text on page d" in dropped.text
    assert all("left out" in warning for warning in dropped.warnings)


def test_what_is_repeated_in_the_middle_of_pages_is_kept() -> None:
    form = [(72, 400, "Name of the school:"), (72, 386, "Answer")]
    assert read(pdf_file([form] * 5), drop=True).text.count("Name of the school:") == 5


def test_speakers_are_found_across_lines() -> None:
    lines = ["Interviewer: How do you plan", "your lessons?", "P07: Together.", "Interviewer: Who?", "P07: All."]
    text = read(pdf_file([[(72, 700 - 14 * number, line) for number, line in enumerate(lines)]]))
    assert [text.spoken(turn) for turn in text.turns] == ["How do you plan\nyour lessons?", "Together.", "Who?", "All."]


def test_pages_without_text_are_told() -> None:
    text = read(pdf_file([minutes(1), [], minutes(3)]))
    assert text.warnings[0].startswith("no text on page 2")
    assert [page.number for page in text.pages] == [1, 3]


@pytest.mark.parametrize(
    ("data", "what", "mend"),
    [
        (pdf_file([[], []]), "no text layer: it is a scan and needs OCR", "OCR"),
        (pdf_file([minutes(1)])[:-200], "cut short", "again"),
        (encrypted_pdf(), "protected with a password", "without a password"),
        (b"%PDF-1.7\n" + b"garbage " * 100 + b"%%EOF", "damaged", "again"),
        (b"hello", "is not a PDF", "again"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(data: bytes, what: str, mend: str) -> None:
    with pytest.raises(FormatError, match=what) as refusal:
        read(data)
    assert mend in refusal.value.mend
    assert refusal.value.where == "minutes.pdf"
