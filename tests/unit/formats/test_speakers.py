"""Who speaks: the forms of labels, and what is no speaker."""

from __future__ import annotations

import pytest

from crosscase.formats import Roster, find_turns
from crosscase.formats.openings import Span
from crosscase.formats.speakers import Conversation


def said(text: str, found: Conversation) -> list[tuple[str | None, str]]:
    """The speakers and their words."""
    return [(turn.speaker, text[turn.start : turn.end]) for turn in found.turns]


def test_a_name_and_a_colon() -> None:
    text = "Ann Lee: We plan.\nTogether.\n\nBob Roe: We do.\nAnn Lee: Yes.\nBob Roe: Right."
    assert said(text, find_turns(text)) == [
        ("Ann Lee", "We plan.\nTogether."),
        ("Bob Roe", "We do."),
        ("Ann Lee", "Yes."),
        ("Bob Roe", "Right."),
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("[00:01:02] ANN: Yes.", "[00:02:00] BOB: No."),
        ("ANN (00:01:02): Yes.", "BOB (00:02:00): No."),
        ("ANN [1:02]: Yes.", "BOB [2:00]: No."),
        ("00:01:02 ANN: Yes.", "00:02:00 BOB: No."),
        ("(1:02) ANN: Yes.", "(2:00) BOB: No."),
        ("#00:01:02-5# ANN: Yes.", "#00:02:00-1# BOB: No."),
        ("**ANN (00:01:02):** Yes.", "**BOB (00:02:00):** No."),
        ("ANN  1:02\nYes.\n", "BOB  2:00\nNo.\n"),
        ("**ANN** 1:02\nYes.\n", "**BOB** 2:00\nNo.\n"),
        ("[00:01:02]\nANN: Yes.", "[00:02:00]\nBOB: No."),
    ],
)
def test_times_beside_names_in_every_usual_form(first: str, second: str) -> None:
    text = f"{first}\n{second}\n" * 2
    found = find_turns(text)
    assert said(text, found) == [("ANN", "Yes."), ("BOB", "No.")] * 2
    assert [turn.time for turn in found.turns] == [62.0, 120.0] * 2


@pytest.mark.parametrize("form", ["**{}:** {}", "**{}**: {}", "__{}:__ {}", "**{}** {}", "{}:{}", "{}： {}", "{}:\t{}"])
def test_bold_names_and_other_colons(form: str) -> None:
    turns = [("Ann", "Yes."), ("Bob", "No.")] * 2
    text = "\n\n".join(form.format(*turn) for turn in turns)
    assert said(text, find_turns(text)) == turns


def test_a_table_of_names_and_words() -> None:
    turns = [("Ann", "We have planned it for years."), ("Bob", "I have not seen any plan.")] * 3
    text = "\n".join("\t".join(turn) for turn in turns)
    assert said(text, find_turns(text)) == turns


def test_a_table_of_names_and_numbers_is_no_conversation() -> None:
    text = "Adams\t12\nBaker\t14\n" * 4
    assert find_turns(text).turns == ()


def test_names_alone_above_what_is_said() -> None:
    turns = [("Jonas Rosland", "Hi everyone."), ("Vicky Wei", "Hello there.")] * 3
    text = "\n\n".join("  \n".join(turn) for turn in turns)
    assert said(text, find_turns(text)) == turns


def test_questions_are_told_from_answers() -> None:
    for asker, answerer in (("Interviewer", "P07"), ("INT", "R"), ("I", "R1"), ("Q", "A"), ("Moderator", "Teacher 2")):
        text = f"{asker}: How?\n{answerer}: So.\n{asker}: Why?\n{answerer}: Because."
        assert [turn.is_question for turn in find_turns(text).turns] == [True, False, True, False], asker


def test_depositions_with_q_and_a_and_a_dot() -> None:
    text = "Q.  Where do you work?\nA.  At the school.\nQ.  Since when?\nA.  2010."
    assert said(text, find_turns(text))[:2] == [("Q", "Where do you work?"), ("A", "At the school.")]


def test_an_interviewer_on_the_roster_asks_the_questions() -> None:
    text = "Jonas: Who are you?\nVicky: A designer."
    found = find_turns(text, roster=Roster(speakers=("Vicky",), interviewers=("JONAS",)))
    assert [(turn.speaker, turn.is_question) for turn in found.turns] == [("Jonas", True), ("Vicky", False)]


def test_a_label_seen_once_is_no_speaker_unless_it_is_on_the_roster() -> None:
    text = "Maria: We teach what we want.\n\nThe rest is the note of the observer."
    found = find_turns(text)
    assert found.turns == ()
    assert [(count.label, count.accepted, count.why) for count in found.labels] == [("Maria", False, "seen once")]
    assert said(text, find_turns(text, roster=Roster(speakers=("maria",))))[0][0] == "Maria"


def test_a_roster_label_may_be_an_ordinary_word() -> None:
    text = "Note: We teach.\nnote that this is lower case"
    assert find_turns(text).turns == ()
    assert len(find_turns(text, roster=Roster(speakers=("Note",))).turns) == 1


@pytest.mark.parametrize(
    "label",
    [
        "Note",
        "Source",
        "Goal 1",
        "Metric Source",
        "Public Hearing",
        "Definition",
        "2019-20 Data",
        "Q1",
        "What we found is this",
        "http",
        "MOTION CARRIED",
        "Fiscal impact, current year",
        "SUBJECT",
    ],
)
def test_headings_and_sentences_are_not_speakers_however_often_they_come(label: str) -> None:
    text = "\n".join(f"{label}: something that was written down" for _ in range(9))
    assert find_turns(text).turns == ()


def test_capitalised_words_that_the_text_also_uses_in_lower_case_are_headings() -> None:
    text = ("Capacity: low capacity.\nBudgeting: hard budgeting.\n\n" + "A long text follows.\n\n" * 4) * 5
    found = find_turns(text)
    assert found.turns == ()
    assert {count.why for count in found.labels} == {"an ordinary word of this text"}


def test_a_person_named_like_a_word_is_a_speaker_when_others_answer() -> None:
    text = "\n".join(["Will: I will.", "Ann Lee: You will."] * 4)
    assert {turn.speaker for turn in find_turns(text).turns} == {"Will", "Ann Lee"}


def test_one_name_alone_is_no_conversation() -> None:
    text = "Hattie: 0.4 is the hinge.\n\nSomething else.\n\nHattie: see above.\n\nMore.\n"
    assert find_turns(text).turns == ()


def test_a_time_of_day_is_no_label() -> None:
    text = "10:30 Lunch\n11:30 Session\n12:30 End\n13:45 Bus\n"
    assert find_turns(text).turns == ()


def test_a_time_that_is_said_in_a_caption_is_part_of_what_is_said() -> None:
    text = "4:30. So, I call to order"
    found = find_turns(text, captions=[Span(0, len(text), 7.0, is_caption=True)])
    assert [(text[turn.start : turn.end], turn.time) for turn in found.turns] == [(text, 7.0)]


def test_lines_with_times_and_no_names_are_turns() -> None:
    text = "[00:43.810 --> 00:47.850]  Hello everyone\n[00:48.350 --> 00:54.570]  I am here\n[01:00.000 --> 01:02.000]  Yes"
    found = find_turns(text)
    assert said(text, found) == [(None, "Hello everyone"), (None, "I am here"), (None, "Yes")]
    assert [turn.time for turn in found.turns] == [43.81, 48.35, 60.0]


def test_caption_marks_change_the_speaker_without_a_name() -> None:
    text = ">> I will call the meeting to order.\n>> Second. >> All right.\n>> MITCH LINGO: Thanks.\n>> MITCH LINGO: Go on."
    assert said(text, find_turns(text, roster=Roster(speakers=("Mitch Lingo",)))) == [
        (None, "I will call the meeting to order."),
        (None, "Second."),
        (None, "All right."),
        ("MITCH LINGO", "Thanks."),
        ("MITCH LINGO", "Go on."),
    ]


def test_quoted_mail_is_not_captions() -> None:
    text = "> I agree\n>> You asked\n>> me about\n>> planning"
    assert find_turns(text).turns == ()


HEARING = """    Senator Specter. We can. You are not as loud as this
microphone, Mr. Secretary.
    Secretary Riley. Should I go ahead?
    Mr. Chairman. I thank you for the time.
    Senator Specter. Yes; please do.
    Dr. Vicki L. Philips is the director of education.

                   PREPARED STATEMENT OF SECRETARY RILEY

    Good morning. I am pleased to be here.
    Secretary Riley. Thank you.
    Mr. Holt of Utah. A question.
"""


def test_hearings_name_their_speakers_with_titles() -> None:
    assert said(HEARING, find_turns(HEARING)) == [
        ("Senator Specter", "We can. You are not as loud as this\nmicrophone, Mr. Secretary."),
        ("Secretary Riley", "Should I go ahead?\n    Mr. Chairman. I thank you for the time."),
        ("Senator Specter", "Yes; please do.\n    Dr. Vicki L. Philips is the director of education."),
        ("Secretary Riley", "Thank you."),
        ("Mr. Holt of Utah", "A question."),
    ]


def test_spellings_of_one_label_are_one_speaker() -> None:
    text = "INTERVIEWER: How?\nP07: So.\nInterviewer: Who?\nInterviewer: Why?\nInterviewer (laughs): Really?\nP07: Yes."
    assert {turn.speaker for turn in find_turns(text).turns} == {"Interviewer", "P07"}


def test_names_in_other_scripts() -> None:
    text = "李明：我们一起计划。\n王芳：是的。\n李明：谢谢。\n王芳：不客气。"
    assert said(text, find_turns(text))[0] == ("李明", "我们一起计划。")


def test_a_label_with_nothing_said_is_no_turn() -> None:
    text = "ANN:\nBOB: Yes.\nANN: No.\nBOB:"
    assert said(text, find_turns(text)) == [("BOB", "Yes."), ("ANN", "No.")]


def test_a_line_of_ten_million_characters_is_read_in_a_moment() -> None:
    text = "ANN: " + "word and " * 1_100_000 + "\nBOB: yes\nANN: no\nBOB: yes"
    found = find_turns(text)
    assert len(found.turns) == 4
    assert found.turns[0].end > 9_000_000
