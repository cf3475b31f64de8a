"""The stored text: what it promises and what it refuses."""

from __future__ import annotations

import dataclasses
import doctest
import importlib
import pkgutil

import pytest

from crosscase import formats
from crosscase.errors import FormatError, OffsetError
from crosscase.model.text import Page, SourceText, Turn


def test_turns_count_words_and_speakers() -> None:
    text = SourceText(
        "Ann: One two.\nBob: Three.\nAnn: Four.", turns=(Turn(5, 13, "Ann"), Turn(19, 25, "Bob"), Turn(31, 36, "Ann"))
    )
    assert text.n_turns == 3
    assert text.n_words == 7
    assert list(text.speakers.items()) == [("Ann", 2), ("Bob", 1)]
    assert [text.spoken(turn) for turn in text.turns] == ["One two.", "Three.", "Four."]


def test_a_source_text_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SourceText("said").text = "not said"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("one\ntwo\0", "NUL"),
        ("one\ud800", "surrogate"),
        ("one\r\ntwo", "carriage return"),
        ("\ufeffone", "byte-order mark"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_line(text: str, what: str) -> None:
    with pytest.raises(FormatError, match=what) as refusal:
        SourceText(text)
    assert "line" in refusal.value.where


@pytest.mark.parametrize("turns", [(Turn(0, 9),), (Turn(3, 2),), (Turn(2, 4), Turn(3, 5)), (Turn(-1, 2),)])
def test_turns_outside_the_text_or_out_of_order_are_refused(turns: tuple[Turn, ...]) -> None:
    with pytest.raises(OffsetError, match="a turn runs from"):
        SourceText("12345", turns=turns)


def test_pages_outside_the_text_are_refused() -> None:
    with pytest.raises(OffsetError, match="a page runs from"):
        SourceText("12345", pages=(Page(1, 0, 6),))


def test_every_public_name_exists_and_is_sorted() -> None:
    assert all(hasattr(formats, name) for name in formats.__all__)
    assert sorted(formats.__all__) == sorted(set(formats.__all__))


def test_every_example_in_the_docstrings_holds() -> None:
    names = [f"crosscase.formats.{found.name}" for found in pkgutil.iter_modules(formats.__path__)]
    n_examples = 0
    for name in [*names, "crosscase.model.text"]:
        result = doctest.testmod(importlib.import_module(name))
        assert result.failed == 0, name
        n_examples += result.attempted
    assert n_examples >= 8
