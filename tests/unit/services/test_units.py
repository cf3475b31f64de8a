"""Stretches of a text: units that are read, and spans joined without overlap."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crosscase.services.units import joined, unit_spans

SPANS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda pair: (min(pair), max(pair))))


@given(SPANS)
def test_joined_spans_lie_apart_and_cover_what_the_parts_cover(spans: list[tuple[int, int]]) -> None:
    found = joined(spans)
    assert {n for a, b in found for n in range(a, b)} == {n for a, b in spans for n in range(a, b)}
    assert all(one[1] < two[0] for one, two in zip(found, found[1:], strict=False))


@given(SPANS)
def test_what_is_covered_is_counted_once(spans: list[tuple[int, int]]) -> None:
    assert sum(b - a for a, b in joined(spans)) == len({n for a, b in spans for n in range(a, b)})


def test_units_without_turns_are_paragraphs_and_sentences() -> None:
    text = "One here. Two here.\n\nThree here."
    assert [text[a:b] for a, b in unit_spans(text, (), "paragraph")] == ["One here. Two here.", "Three here."]
    assert [text[a:b] for a, b in unit_spans(text, (), "sentence")] == ["One here.", "Two here.", "Three here."]
