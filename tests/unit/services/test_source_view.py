"""A text in blocks: everything but labels and empty lines, each with its place."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crosscase.formats import find_turns
from crosscase.services.searching import matcher
from crosscase.services.source_view import blocks


def turn(start: int, end: int, speaker: str | None = "Ann") -> Any:
    return SimpleNamespace(start=start, end=end, speaker=speaker, time=None, is_question=False)


def test_labels_go_and_what_stands_between_turns_stays() -> None:
    text = "Title\n\nAnn [00:12]: I teach.\n(laughs)\nAnn: More."
    a, b = text.index("I teach."), text.index("More.")
    found = blocks(text, [turn(a, a + 8), turn(b, b + 5)])
    assert [(f.kind, f.text) for f in found] == [
        ("aside", "Title"), ("turn", "I teach."), ("aside", "(laughs)"), ("turn", "More."),
    ]  # fmt: skip


def test_a_text_without_turns_is_cut_into_its_lines() -> None:
    found = blocks("One\n\n  Two 😀 \n", [])
    assert [(f.kind, f.text, f.start, f.end) for f in found] == [
        ("paragraph", "One", 0, 3),
        ("paragraph", "Two 😀", 7, 12),
    ]


def test_pages_open_at_the_block_that_holds_their_beginning() -> None:
    pages = [SimpleNamespace(number=1, start=0, end=4), SimpleNamespace(number=2, start=4, end=9)]
    assert [b.opens for b in blocks("One\nTwo\nSix", [], pages)] == [1, 2, None]


@settings(deadline=None)
@given(st.text(alphabet="aB:. \n😀é[]1", max_size=200))
def test_no_word_is_lost_and_blocks_are_apart(text: str) -> None:
    text = text.replace("\r", "")
    turns = find_turns(text).turns
    found = blocks(text, turns)
    place = 0
    for block in found:
        assert place <= block.start < block.end <= len(text)
        assert block.text == text[block.start : block.end]
        place = block.end
    for one in turns:
        inside = text[one.start : one.end]
        if inside.strip():
            assert any(b.start == one.start and b.text == inside for b in found)


def test_matches_are_words_phrases_and_beginnings() -> None:
    pattern = matcher('teach* "two words" (x')
    assert pattern
    text = "Teachers TEACH two  words; twowords xx x."
    assert [m.group() for m in pattern.finditer(text)] == ["Teachers", "TEACH", "two  words", "x"]
    assert matcher("… ** ") is None
