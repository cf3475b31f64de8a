"""Sentences of speech, captions, minutes and plans."""

from __future__ import annotations

import pytest

from crosscase.suggest.sentences import split_sentences


def sentences(text: str) -> list[str]:
    return [text[a:b].strip() for a, b in split_sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Lee and Mr. Ito met.",
        "The U.S. Department pays.",
        "See No. 5 and pp. 3 to 7.",
        "It is 4.30 p.m. here.",
        "We use e.g. Reading A.",
        "J. R. Smith spoke.",
        "El Centro Jr./Sr. High School is here.",
        "3. Adopt the curriculum",
        "He asked “Why?” and left.",
        "Wait … what is that?",
        "A line that is long enough to have been broken by the width of the page\nThe rest of it follows here.",
        "a wrapped\nline",
    ],
)
def test_this_is_one_sentence(text: str) -> None:
    assert sentences(text) == [text.strip()]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("We meet. They teach!", ["We meet.", "They teach!"]),
        ("Is it so? Yes.", ["Is it so?", "Yes."]),
        ("He said “no.” She left.", ["He said “no.”", "She left."]),
        ("It begins at 5 p.m. The board sits.", ["It begins at 5 p.m.", "The board sits."]),
        ("Items, etc. We stopped.", ["Items, etc.", "We stopped."]),
        ("So did I. Then we left.", ["So did I.", "Then we left."]),
        ("Staff Reports\nThe superintendent spoke.", ["Staff Reports", "The superintendent spoke."]),
        ("We want:\n• more time\n• less noise", ["We want:", "• more time", "• less noise"]),
        ("# Goals\nall of them", ["# Goals", "all of them"]),
        ("one\n\ntwo", ["one", "two"]),
        ("end of page\x0c2 next page", ["end of page", "2 next page"]),
        (">> Yes. >> no", [">> Yes.", ">> no"]),
        ("我们开会。他们教书。", ["我们开会。", "他们教书。"]),
    ],
)
def test_here_a_new_sentence_begins(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


def test_only_the_part_that_is_asked_for_is_split() -> None:
    text = "One. Two. Three."
    assert split_sentences(text, 5, 9) == [(5, 9)]
    assert split_sentences("") == []
