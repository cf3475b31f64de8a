"""Captions in every usual format."""

from __future__ import annotations

import pytest

from crosscase.errors import FormatError
from crosscase.formats import ReadOptions, Roster, read_source
from crosscase.model.text import SourceText


def read(captions: str, name: str = "talk.vtt", **options: Roster) -> SourceText:
    (source,) = read_source(captions.encode(), name, options=ReadOptions(**options))
    return source.text


def test_voices_name_the_speakers_and_stand_as_labels_in_the_text() -> None:
    text = read(
        "WEBVTT\n\nNOTE made by hand --> not a caption\n\n1\n00:01.000 --> 00:02.500 align:start\n<v Ann Lee>How do you\nplan?</v>\n\n"
        "00:03.000 --> 00:04.000\n<v.loud Bob>Together &amp; <i>often</i> <v Ann Lee>Who?\n\n01:00:00.000 --> 01:00:01.000\n[noise]\n"
    )
    assert text.text == "Ann Lee: How do you\nplan?\nBob: Together & often\nAnn Lee: Who?\n[noise]"
    assert [(turn.speaker, text.spoken(turn), turn.time) for turn in text.turns] == [
        ("Ann Lee", "How do you\nplan?", 1.0),
        ("Bob", "Together & often", 3.0),
        ("Ann Lee", "Who?", 3.0),
        (None, "[noise]", 3600.0),
    ]


def test_a_name_in_a_caption_speaks_until_the_next_one() -> None:
    text = read(
        "1\n00:00:01,000 --> 00:00:02,000\nINTERVIEWER: How do\n\n2\n00:00:02,000 --> 00:00:03,000\nyou plan?\n\n"
        "3\n00:00:03,000 --> 00:00:04,000\nP07: We meet.\n\n4\n00:00:04,500 --> 00:00:05,000\nINTERVIEWER: Note: this\n",
        "talk.srt",
    )
    assert [(turn.speaker, text.spoken(turn), turn.is_question) for turn in text.turns] == [
        ("INTERVIEWER", "How do", True),
        ("INTERVIEWER", "you plan?", True),
        ("P07", "We meet.", False),
        ("INTERVIEWER", "Note: this", True),
    ]


def test_marks_in_captions_change_the_speaker() -> None:
    text = read("WEBVTT\n\n00:01.000 --> 00:02.000\nall in favor. >> I.\n\n00:02.000 --> 00:03.000\n>> Okay.\n")
    assert [text.spoken(turn) for turn in text.turns] == ["all in favor.", "I.", "Okay."]
    assert text.text == "all in favor. >> I.\n>> Okay."


def test_captions_of_whisper_are_read_and_marked() -> None:
    text = read('start\tend\ttext\n43810\t47850\tHello everyone.\n48350\t54570\tI\'m "here".\n', "talk.tsv")
    assert [(turn.time, text.spoken(turn)) for turn in text.turns] == [
        (43.81, "Hello everyone."),
        (48.35, 'I\'m "here".'),
    ]
    assert text.metadata["machine_transcript"] == "yes"


def test_overlapping_and_backward_times_are_told_and_the_order_kept() -> None:
    text = read(
        "WEBVTT\n\n00:10.000 --> 00:15.000\none\n\n00:12.000 --> 00:20.000\ntwo\n\n00:05.000 --> 00:06.000\nthree\n\n"
        "00:30.000 --> 00:29.000\nfour\n"
    )
    assert text.text == "one\ntwo\nthree\nfour"
    assert [warning.split(",")[0] for warning in text.warnings] == [
        "1 of 4 captions go back in time",
        "1 of 4 captions begin before the one before has ended",
        "1 of 4 captions end before they begin",
    ]


def test_webvtt_named_srt_is_read_and_told() -> None:
    text = read("WEBVTT\n\n00:10.000 --> 00:15.000\none\n", "talk.srt")
    assert text.text == "one"
    assert "holds WebVTT" in text.warnings[0]


@pytest.mark.parametrize(
    ("captions", "name", "what"),
    [
        ("00:01.000 --> 00:02.000\nno head", "a.vtt", "does not begin with WEBVTT"),
        (
            "WEBVTT\n\n00:01.000 --> 00:02.000\none\n\n00:0x.000 -> 00:04:00.000 --> 1:2\ntwo\n",
            "a.vtt",
            "1 of 2 captions",
        ),
        (
            "1\n00:00:01,000 --> 00:00:02,000\none\n\ntwo\n00:00:02 --> 00:00:03\nlost\n",
            "a.srt",
            "captions cannot be read",
        ),
        ("just words", "a.srt", "damaged"),
        ("WEBVTT\n\n", "a.vtt", "no text"),
        ("start\tend\ttext\nsoon\t2\tHello\n", "a.tsv", "no times"),
    ],
)
def test_damaged_captions_are_refused(captions: str, name: str, what: str) -> None:
    with pytest.raises(FormatError, match=what):
        read(captions, name)
