"""Where a coder may look: turns, paragraphs, sentences and their surroundings."""

from __future__ import annotations

from crosscase.model.text import Turn
from crosscase.suggest.layout import LONGEST, Layout


def turns_of(*said: tuple[str, str | None, bool]) -> tuple[str, list[Turn]]:
    text, turns = "", []
    for words, speaker, asks in said:
        turns.append(Turn(len(text), len(text) + len(words), speaker, is_question=asks))
        text += words + "\n"
    return text, turns


def test_a_question_and_what_stands_between_turns_are_no_evidence() -> None:
    text = "Lee: Who coaches? Ann: We do."
    layout = Layout(text, [Turn(5, 17, "Lee", is_question=True), Turn(23, 29, "Ann")])
    assert not layout.is_evidence(9, 16)
    assert not layout.is_evidence(18, 21)
    assert layout.is_evidence(23, 25)


def test_what_runs_over_the_end_of_a_turn_is_no_evidence() -> None:
    text, turns = turns_of(("we have pacing", None, False), ("guides here", None, False))
    assert not Layout(text, turns).is_evidence(8, 21)


def test_a_sentence_ends_with_its_turn() -> None:
    text, turns = turns_of(("we have time", None, False), ("for teams. Yes.", None, False))
    layout = Layout(text, turns)
    assert text[slice(*layout.sentence(3, 7))] == "we have time"
    assert text[slice(*layout.sentence(17, 22))] == "for teams."


def test_paragraphs_and_pages_take_the_place_of_turns() -> None:
    text = "one line\n \n\nsecond one\x0cthird page"
    layout = Layout(text, [])
    assert [text[u.start : u.end] for u in layout.units] == ["one line", "second one", "third page"]


def test_surroundings_reach_over_captions_of_the_same_voice() -> None:
    text, turns = turns_of(*((f"caption number {n}", None, False) for n in range(60)))
    start, end = turns[30].start, turns[30].end
    assert Layout(text, turns).surroundings(start, end) == (start - 240, end + 240)


def test_surroundings_stop_at_a_question_and_at_another_voice() -> None:
    text, turns = turns_of(("A asks?", "A", True), ("B says.", "B", False), ("more", "B", False), ("C too", "C", False))
    low, high = Layout(text, turns).surroundings(turns[1].start, turns[1].end)
    assert text[low:high] == "B says.\nmore"


def test_surroundings_end_with_the_paragraph() -> None:
    text = "Before.\n\nOne. Two.\n\nAfter."
    low, high = Layout(text, []).surroundings(9, 13)
    assert text[low:high] == "One. Two."


def test_a_very_long_sentence_is_cut_between_words_around_the_term() -> None:
    text = "word " * 200 + "pacing guide " + "word " * 200
    layout = Layout(text, [])
    start = text.index("pacing")
    low, high = layout.clipped(layout.sentence(start, start + 12), start, start + 12)
    assert high - low <= LONGEST
    assert low < start and start + 12 < high
    assert text[low - 1] == " " and text[high] == " " and text[low:high].strip() == text[low:high]


def test_a_very_long_word_is_cut_away_and_the_term_stays() -> None:
    text = "x" * 700 + " PLC " + "y" * 700
    layout = Layout(text, [])
    low, high = layout.clipped(layout.sentence(701, 704), 701, 704)
    assert text[low:high] == "PLC"
