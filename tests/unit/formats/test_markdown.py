"""Markdown: front matter, links, captions; everything else as it is typed."""

from __future__ import annotations

import pytest

from crosscase.formats import NamedSource, read_source

TABLE = """## [School Board WS 4178](https://archive.org/details/ws-4178)
### 2024-07-08
| Time| Transcript| Video|
|---------|-------------|------|
| 0:00:00| Good evening. Please stand as we| [source video](https://archive.org/x?start=0)|
| 0:00:11| observe a moment of silence.| [source video](https://archive.org/x?start=11)|
| 1:00:24| It costs a \\| b.| [source video](https://archive.org/x?start=3624)|
"""

PARAGRAPHS = """---
title: "Transcript \\u2014 Oversight Committee"
date: 2026-01-13
tags: [a, b]
---

# Oversight Committee

**Video:** [The meeting](https://www.youtube.com/watch?v=K_(x))

**[0:00](https://youtu.be/K?t=0)** — would get back. >> I will call our meeting to order.

**[0:13](https://youtu.be/K?t=13)** — >> Okay. Nomination. [laughter]
It goes on here.

**[1:00:02](https://youtu.be/K?t=3602)** — moving on

A closing remark of the archive.
"""


def read(markdown: str) -> NamedSource:
    (source,) = read_source(markdown.encode(), "meeting.md")
    return source


def test_a_table_of_captions_becomes_clean_turns_with_times() -> None:
    text = read(TABLE).text
    assert [(turn.time, text.spoken(turn)) for turn in text.turns] == [
        (0.0, "Good evening. Please stand as we"),
        (11.0, "observe a moment of silence."),
        (3624.0, "It costs a \\| b."),
    ]
    assert text.text.startswith("## School Board WS 4178\n### 2024-07-08\nGood evening. Please stand as we\nobserve")
    assert text.metadata == {"title": "School Board WS 4178", "date": "2024-07-08"}


def test_a_speaker_column_names_the_speakers() -> None:
    text = read(
        "| Time | Speaker | Text |\n|---|---|---|\n| 0:01 | Note | Hi |\n| 0:02 | Bob | Yes |\n| 0:03 | | More |\n"
    ).text
    assert [(turn.speaker, text.spoken(turn)) for turn in text.turns] == [
        ("Note", "Hi"),
        ("Bob", "Yes"),
        (None, "More"),
    ]
    assert text.text == "Note: Hi\nBob: Yes\nMore\n"


def test_captions_in_paragraphs_become_turns_and_marks_change_the_speaker() -> None:
    text = read(PARAGRAPHS).text
    assert [(turn.time, text.spoken(turn)) for turn in text.turns] == [
        (0.0, "would get back."),
        (0.0, "I will call our meeting to order."),
        (13.0, "Okay. Nomination. [laughter]\nIt goes on here."),
        (3602.0, "moving on"),
    ]
    assert "closing remark" not in "".join(text.spoken(turn) for turn in text.turns)
    assert "closing remark" in text.text


def test_front_matter_is_metadata_and_not_text() -> None:
    text = read(PARAGRAPHS).text
    assert text.metadata == {"title": "Transcript — Oversight Committee", "date": "2026-01-13"}
    assert "tags" not in text.text


def test_links_become_their_words() -> None:
    source = read('See [the *plan*](https://a.b/c_(d) "title") and <https://a.b> and [1] and [x] (y).\n')
    assert source.text.text == "See the *plan* and https://a.b and [1] and [x] (y).\n"


def test_images_leave_their_description_and_a_warning() -> None:
    text = read("![The logo](logo.png)\n\nBody.\n").text
    assert text.text == "The logo\n\nBody.\n"
    assert text.warnings == ("1 image not read; the description stays",)


def test_everything_else_stays_as_typed() -> None:
    body = "# Head\n\n*emphasis* and **bold** and `code`\n\n- a list\n- [ ] a task\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quote\n"
    assert read(body).text.text == body


def test_code_is_not_touched() -> None:
    body = "```\n[a](b) <!-- c -->\n<div>\n```\n"
    assert read(body).text.text.replace(" <!-- c -->", "").replace(" ", "") == body.replace(" <!-- c -->", "").replace(
        " ", ""
    )


def test_comments_go_and_page_comments_become_pages() -> None:
    text = read("<!-- Page 1 -->\nFirst.\n<!-- a\nlong comment -->\nStill.\n<!-- Page 2 -->\nSecond.\n").text
    assert text.text == "First.\nStill.\nSecond.\n"
    assert [(page.number, text.text[page.start : page.end]) for page in text.pages] == [
        (1, "First.\nStill.\n"),
        (2, "Second.\n"),
    ]


def test_front_matter_that_is_no_yaml_is_kept_and_told() -> None:
    text = read("---\na: [\n---\nBody.\n").text
    assert text.text == "---\na: [\n---\nBody.\n"
    assert "not valid YAML" in text.warnings[0]


@pytest.mark.parametrize(
    "front", ["a: &x [1]\nb: *x\nc: !!python/object:os.system x", "d: 2024-13-45", "- just\n- a list"]
)
def test_front_matter_makes_nothing_but_strings(front: str) -> None:
    assert all(isinstance(value, str) for value in read(f"---\n{front}\n---\nBody.\n").text.metadata.values())


def test_yaml_nested_deep_is_not_followed() -> None:
    text = read("---\na: " + "[" * 15_000 + "\n---\nBody.\n").text
    assert "Body." in text.text


def test_a_bare_time_in_an_agenda_is_no_caption() -> None:
    assert read("10:30 Lunch\n\n11:30 Session\n\n12:30 End\n\n13:00 Bus\n").text.turns == ()


@pytest.mark.parametrize(
    "hostile", ["[" * 200_000, "<!--" * 200_000, "![](" * 100_000, "|" * 200_000, "**[0:13](" * 50_000]
)
def test_crafted_marks_take_no_time(hostile: str) -> None:
    assert len(read(hostile + "\n\nBody.\n").text.text) > 0
