"""Whatever the text: offsets are exact, sentences lose nothing, questions are left alone."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.suggest.small_framework import framework

from crosscase.model.text import Turn
from crosscase.suggest import DictionaryCoder, split_sentences
from crosscase.suggest.folding import fold_character
from crosscase.suggest.matching import TermMatcher, spellings

CODER = DictionaryCoder(framework())
TERMS = [e.term for e in CODER.entries]
# Any character that a text can hold, and often those that are hard: case that changes the length, blanks, astral.
CHARACTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from("İıßẞſςΣǅﬁ\u00ad\u0301\u2019\u2011 \n.?😀𝒳𐐀")
JUNK = st.text(CHARACTERS, max_size=30)
WORDS = st.sampled_from([*TERMS, "we have", "no", "without a", "The district", "is required to", "Dr.", ">>", "\n\n"])
TEXTS = st.lists(WORDS | JUNK, max_size=12).map(" ".join)


def as_matched(text: str) -> str:
    """The words as the matcher sees them."""
    seen = "".join(fold_character(c) for c in text if c not in "\u00ad\u200c\u200d\u2060\ufeff")
    return " ".join(seen.split(" ")).strip() if "  " not in seen else " ".join(seen.split())


@given(TEXTS)
def test_what_stands_at_the_offsets_is_the_term(text: str) -> None:
    for hit in CODER.hits(text):
        written = as_matched(text[hit.start : hit.end])
        assert written in {as_matched(form) for form in spellings(hit.term)}


@settings(deadline=None)  # each example builds a dictionary of its own
@given(st.text(CHARACTERS, min_size=1, max_size=12), JUNK, JUNK)
def test_any_term_is_found_between_blanks_in_any_text(term: str, before: str, after: str) -> None:
    matcher = TermMatcher([term])
    text = f"{before} {term} {after}"
    wanted = as_matched(term)
    if not wanted or term.strip() != term or " " in wanted:
        return
    places = matcher.find(text)
    spans = list(zip(places.start.tolist(), places.end.tolist(), strict=True))
    start = len(before) + 1
    assert any(a <= start + len(term) and b >= start for a, b in spans)
    assert all(0 <= a < b <= len(text) for a, b in spans)


@given(st.text(CHARACTERS, max_size=200), st.integers(0, 50), st.integers(0, 250))
def test_sentences_partition_the_text_in_order(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    end = min(start + length, len(text))
    spans = split_sentences(text, start, end)
    assert "".join(text[a:b] for a, b in spans) == text[start:end]
    assert all(a < b for a, b in spans)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[str, list[Turn]]:
    text, turns = "", []
    for said, speaker, asks, gap in draw(
        st.lists(st.tuples(TEXTS, st.sampled_from(["A", "B", None]), st.booleans(), st.sampled_from(["", "\n", "A: "])))
    ):
        text += gap
        turns.append(Turn(len(text), len(text) + len(said), speaker, is_question=asks))
        text += said
    return text, turns


@given(conversations(), st.sampled_from(["interview", "meeting", "document"]))
def test_suggestions_lie_in_one_turn_and_never_in_a_question(conversation: tuple[str, list[Turn]], kind: str) -> None:
    text, turns = conversation
    for suggestion in CODER.suggest(text, "s", turns, kind=kind):
        start, end = suggestion.passage.start, suggestion.passage.end
        assert suggestion.passage.quote(text).strip() == text[start:end]
        assert end - start <= 600
        if turns:
            (turn,) = [t for t in turns if t.start <= start and end <= t.end and t.end > t.start]
            assert not turn.is_question


@given(TEXTS)
def test_one_indicator_has_no_two_suggestions_on_one_place(text: str) -> None:
    last: dict[str, int] = {}
    for suggestion in CODER.suggest(text, "s"):
        assert suggestion.passage.start >= last.get(suggestion.code, 0)
        last[suggestion.code] = suggestion.passage.end


@given(TEXTS)
def test_the_same_text_gives_the_same_suggestions(text: str) -> None:
    assert CODER.suggest(text, "s") == CODER.suggest(text, "s")
