"""Rich text."""

from __future__ import annotations

import time

import pytest

from crosscase.errors import FormatError
from crosscase.formats import read_source
from crosscase.model.text import SourceText


def read(rtf: str | bytes) -> SourceText:
    (source,) = read_source(rtf if isinstance(rtf, bytes) else rtf.encode("latin-1"), "interview.rtf")
    return source.text


def test_labels_make_turns_and_characters_are_decoded() -> None:
    text = read(
        r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\title Planning}}\f0 {\b Interviewer:} How?\par "
        r"{\b P07:} Na\'efve \ldblquote plans\rdblquote  \u-10180?\u-8301?\par Interviewer: Who?\par P07: All.}"
    )
    assert [(turn.speaker, text.spoken(turn)) for turn in text.turns] == [
        ("Interviewer", "How?"),
        ("P07", "Naïve “plans” 🎓".replace("🎓", "\U0001f393")),
        ("Interviewer", "Who?"),
        ("P07", "All."),
    ]
    assert text.metadata["title"] == "Planning"


def test_the_code_page_of_the_file_is_used() -> None:
    assert read(b"{\\rtf1\\ansi\\ansicpg1251 \\'d8\\'ea\\'ee\\'eb\\'e0}").text == "Школа"


def test_links_become_their_words() -> None:
    link = r'{\rtf1 See {\field{\*\fldinst{HYPERLINK "https://a.b"}}{\fldrslt the plan}} here.}'
    assert read(link).text == "See the plan here."


def test_tables_are_apart_by_tabs() -> None:
    assert read(r"{\rtf1 Ann\cell Yes\cell\row Bob\cell No\cell\row}").text == "Ann\tYes\nBob\tNo"


def test_what_is_not_read_is_told() -> None:
    text = read(r"{\rtf1 Body{\pict\pngblip " + "0123456789abcdef" * 200 + r"}{\footnote note}\revised more}")
    assert text.text.startswith("Body")
    assert {warning.split(":")[0] for warning in text.warnings} == {
        "images not read",
        "footnotes not read",
        "tracked insertions kept",
    }


@pytest.mark.parametrize(
    ("rtf", "what"),
    [
        (r"{\rtf1 cut short", "cut short"),
        (r"{\rtf1 half a character \u-10180?}", "lone surrogate"),
        (r"{\rtf1 \u0? }", "no text|NUL"),
        (r"{\rtf1 \u9999999999?}", "damaged"),
        (r"{\rtf1}", "no text"),
    ],
)
def test_broken_files_are_refused(rtf: str, what: str) -> None:
    with pytest.raises(FormatError, match=what):
        read(rtf)


def test_a_crafted_link_takes_no_time() -> None:
    start = time.perf_counter()
    hostile = r"{\rtf1 body {\field{\*\fldinst{" + 'HYPERLINK "' * 20_000 + "}}}"
    assert read(hostile + "}").text == "body"
    assert time.perf_counter() - start < 5
