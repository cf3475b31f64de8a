"""Properties of stored text: whatever is handed in, turns hold what was said and nothing changes twice."""

from __future__ import annotations

import io

import docx
from hypothesis import given, settings
from hypothesis import strategies as st

from crosscase.errors import FormatError
from crosscase.formats import ReadOptions, Roster, TableColumns, find_turns, read_source
from crosscase.formats.encoding import normalise_line_ends

# Every character that can be stored; astral ones and odd spaces included. \r and the mark are dealt with on reading.
CHARACTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
TEXTS = st.text(CHARACTERS, max_size=300)
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
# What somebody says: no line that could be a label of its own, no space at the ends.
WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters=":：>[<(#*_|\t\ufeff"),
    min_size=1,
    max_size=60,
).map(lambda words: "w" + " ".join(words.split()))
SPEAKERS = st.sampled_from(["Interviewer", "P07", "MARIA LOPEZ", "Dr. O’Brien", "李明"])
TALKS = st.lists(st.tuples(SPEAKERS, WORDS), min_size=1, max_size=12)
ROSTER = Roster(speakers=("P07", "MARIA LOPEZ", "Dr. O’Brien", "李明"), interviewers=("Interviewer",))


@given(TEXTS)
def test_stored_text_is_the_text_with_line_ends_normalised_once(text: str) -> None:
    try:
        (source,) = read_source(b"\xef\xbb\xbf" + text.encode(), "a.md.txt")
    except FormatError:
        assert not text.strip() or text.strip("\ufeff \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x85") == "" or text.isspace()
        return
    if "holds HTML" not in " ".join(source.text.warnings):
        assert source.text.text == normalise_line_ends(text).lstrip("\ufeff")


@given(TEXTS)
def test_line_ends_are_normalised_exactly_once(text: str) -> None:
    once = normalise_line_ends(text)
    assert "\r" not in once
    assert normalise_line_ends(once) == once
    assert once.count("\n") == text.count("\r\n") + text.replace("\r\n", "").count("\r") + text.replace(
        "\r\n", ""
    ).count("\n")


@given(TEXTS, st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]))
def test_every_encoding_with_a_mark_gives_the_same_text(text: str, encoding: str) -> None:
    body = "w" + text
    (source,) = read_source(body.encode(encoding), "a.txt")
    assert source.text.text == normalise_line_ends(body)


@given(TEXTS)
def test_reading_stored_text_again_changes_nothing(text: str) -> None:
    body = "Ann: one\nBob: two\nAnn: three\nBob: four\n" + text
    (first,) = read_source(body.encode(), "a.txt")
    (second,) = read_source(first.text.text.encode(), "a.txt")
    assert second.text == first.text


@given(
    TALKS, LINE_ENDS, st.sampled_from(["{}: {}", "**{}:** {}", "[00:01:02] {}: {}", "{} (00:01:02): {}", ">> {}: {}"])
)
def test_each_turn_is_exactly_what_was_said(talk: list[tuple[str, str]], end: str, form: str) -> None:
    body = (end + end).join(form.format(*turn) for turn in talk)
    (source,) = read_source(body.encode(), "a.txt", options=ReadOptions(roster=ROSTER))
    assert [(turn.speaker, source.text.spoken(turn)) for turn in source.text.turns] == talk
    assert all(turn.is_question == (turn.speaker == "Interviewer") for turn in source.text.turns)


@given(TEXTS)
def test_turns_are_in_order_apart_and_without_space_at_their_ends(text: str) -> None:
    (labelled,) = read_source(("INT: a\nP1: b\n" * 2 + text + "\nINT: c\n>> x\n[0:01] y\nP1: d").encode(), "a.txt")
    last_end = 0
    for turn in labelled.text.turns:
        said = labelled.text.spoken(turn)
        assert last_end <= turn.start < turn.end
        assert said == said.strip()
        last_end = turn.end


@given(st.text(CHARACTERS, max_size=400))
def test_finding_turns_never_fails_and_never_invents_a_label(text: str) -> None:
    found = find_turns(text)
    for turn in found.turns:
        assert turn.speaker is None or turn.speaker in text
        assert text[turn.start : turn.end].strip()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(SPEAKERS, WORDS), min_size=1, max_size=6))
def test_word_files_say_what_was_typed(talk: list[tuple[str, str]]) -> None:
    document = docx.Document()
    for speaker, words in talk:
        document.add_paragraph(f"{speaker}: {words}")
    stream = io.BytesIO()
    document.save(stream)
    (source,) = read_source(stream.getvalue(), "a.docx", options=ReadOptions(roster=ROSTER))
    assert [(turn.speaker, source.text.spoken(turn)) for turn in source.text.turns] == talk


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5), st.sampled_from(",;\t|"))
def test_answers_in_tables_are_whole(rows: list[tuple[str, str]], delimiter: str) -> None:
    def cell(words: str) -> str:
        return '"' + words.replace('"', '""') + '"'

    table = delimiter.join(["q1", "q2"]) + "\r\n" + "\r\n".join(delimiter.join(map(cell, row)) for row in rows)
    sources = read_source(table.encode(), "a.csv", options=ReadOptions(columns=TableColumns(text=("q1", "q2"))))
    for source, row in zip(sources, rows, strict=True):
        assert [source.text.spoken(turn) for turn in source.text.turns] == ["q1", row[0], "q2", row[1]]
