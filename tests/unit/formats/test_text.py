"""Plain text is stored as it stands."""

from __future__ import annotations

from tests.unit.formats.files import CONVERSATION

from crosscase.formats import read_source

TRANSCRIPT = "\n".join(f"{speaker}: {words}" for speaker, words in CONVERSATION)


def test_a_transcript_keeps_its_text_and_gains_turns() -> None:
    (source,) = read_source(TRANSCRIPT.encode(), "P07 interview.txt")
    assert source.name == "P07 interview"
    assert source.text.text == TRANSCRIPT
    assert [(turn.speaker, source.text.spoken(turn)) for turn in source.text.turns] == list(CONVERSATION)


def test_form_feeds_are_page_ends() -> None:
    (source,) = read_source(b"first page\n\fsecond page\n\f\f\nfourth", "minutes.txt")
    assert [(page.number, source.text.text[page.start : page.end]) for page in source.text.pages] == [
        (1, "first page\n"),
        (2, "second page\n"),
        (4, "\nfourth"),
    ]


def test_html_named_as_text_is_read_as_html_and_told() -> None:
    (source,) = read_source(
        b"<html><title> - A HEARING</title><body><pre>\n  Kept  spaces\n</pre></body></html>", "h.txt"
    )
    assert source.text.text == "  Kept  spaces"
    assert source.text.metadata["title"] == "A HEARING"
    assert "holds HTML" in source.text.warnings[0]


def test_a_machine_transcript_that_says_so_is_marked() -> None:
    (source,) = read_source(b"Source: YouTube auto-generated captions\n\nwell i think so", "a.txt")
    assert source.text.metadata["machine_transcript"] == "yes"
    assert any("check words against the recording" in warning for warning in source.text.warnings)


def test_many_times_without_speakers_look_like_a_machine_transcript() -> None:
    lines = "\n".join(f"[00:{minute:02d}:00] some words" for minute in range(30))
    (source,) = read_source(lines.encode(), "a.txt")
    assert "probably a machine transcript" in source.text.warnings[0]
