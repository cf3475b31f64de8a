"""Terms are found as whole words, in every usual spelling, at their exact place."""

from __future__ import annotations

import pytest

from crosscase.suggest.matching import TermMatcher


def found(terms: list[str], text: str) -> list[tuple[str, str]]:
    hits = TermMatcher(terms).find(text)
    return [
        (terms[n], text[a:b])
        for n, a, b in zip(hits.term.tolist(), hits.start.tolist(), hits.end.tolist(), strict=True)
    ]


@pytest.mark.parametrize(
    ("term", "written"),
    [
        ("pacing guide", "PACING GUIDE"),
        ("pacing guide", "pacing guides"),
        ("pacing guide", "pacing-guide"),
        ("pacing guide", "pacing\nguide"),
        ("pacing guide", "pacing\n    guide"),
        ("pacing guide", "pacing  guide"),
        ("pacing guide", "pacing\u00a0guide"),
        ("pacing guide", "pac\u00ading guide"),
        ("grade-level team", "grade level teams"),
        ("grade-level team", "grade\u2011level team"),
        ("in-service", "inservice"),
        ("school policy", "school policies"),
        ("coach", "coaches"),
        ("teachers' lounge", "teachers\u2019 lounge"),
        ("école", "ÉCOLE"),
        ("école", "e\u0301cole"),
        ("İzmir plan", "izmir plan"),
        ("maß", "MAẞ"),
        ("PLC", "plcs"),
        ("K-12", "k-12"),
    ],
)
def test_a_term_is_found_however_it_is_written(term: str, written: str) -> None:
    assert found([term], f"Ünser 😀 ({written}), so.") == [(term, written)]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("team", "steam"),
        ("team", "teamwork"),
        ("PLC", "PLC2"),
        ("coach", "coach\u0301"),
        ("pacing guide", "pacing. Guide"),
        ("pacing guide", "pacing\n\nguide"),
        ("pacing guide", "pacing     guide"),
        ("pacing guide", "pacing - guide"),
        ("pacing guide", "pacing | guide"),
    ],
)
def test_a_term_is_not_found_in_other_words_or_over_a_gap(term: str, text: str) -> None:
    assert found([term], text) == []


def test_a_possessive_is_no_part_of_the_term() -> None:
    assert found(["coach"], "the coach's room, the coach’s desk") == [("coach", "coach"), ("coach", "coach")]


def test_terms_inside_one_another_are_all_found() -> None:
    assert found(["professional learning", "learning community"], "a professional learning community") == [
        ("professional learning", "professional learning"),
        ("learning community", "learning community"),
    ]


def test_the_same_words_can_be_two_terms() -> None:
    assert [term for term, _ in found(["lead teacher", "lead teachers"], "Lead teachers meet.")] == [
        "lead teacher",
        "lead teachers",
    ]


def test_offsets_are_code_points_beyond_the_basic_plane() -> None:
    text = "😀😀 𝒳 PLC"
    assert found(["PLC"], text) == [("PLC", "PLC")]
    assert TermMatcher(["PLC"]).find(text).start.tolist() == [5]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "nothing here"])
def test_nothing_is_found_where_nothing_is(text: str) -> None:
    assert len(TermMatcher(["PLC"]).find(text)) == 0


def test_a_dictionary_without_terms_finds_nothing() -> None:
    assert len(TermMatcher([]).find("PLC")) == 0
    assert len(TermMatcher(["", "  ", "-"]).find("PLC - ")) == 0
