"""Full-text search: finds words where they stand, takes any input literally."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories.studies import make_study

from crosscase.services.study import Study
from crosscase.store.search import search_text, terms


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return make_study(tmp_path_factory.mktemp("search"))


def find(study: Study, words: str, **options: str) -> list[tuple[str, str]]:
    with study.reading() as connection:
        return [(hit.source, hit.text) for hit in search_text(connection, words, **options)]  # type: ignore[arg-type]


def test_a_hit_stands_at_its_place_in_the_source(study: Study) -> None:
    with study.reading() as connection:
        hits = search_text(connection, "binders")
    assert len(hits) == 1
    assert study.text(hits[0].source)[hits[0].start :].startswith(hits[0].text)


def test_phrases_beginnings_and_several_words(study: Study) -> None:
    assert len(find(study, '"adopted curriculum"')) == 1
    assert find(study, '"curriculum adopted"') == []
    assert {source for source, _ in find(study, "teach*")} == {"interview-p01"}
    assert find(study, "binders pacing") == []


def test_either_of_two_words_and_leaving_out_what_has_a_word(study: Study) -> None:
    assert {source for source, _ in find(study, "binders OR pacing")} == {"interview-p01", "notes"}
    assert {source for source, _ in find(study, "schools")} == {"plan"}
    assert len(find(study, "schools")) == 2
    assert [text for _, text in find(study, "schools -curriculum")] == ["Schools choose their own training days."]
    assert [text for _, text in find(study, 'schools -"training days"')] == [
        "All schools shall use the adopted curriculum."
    ]
    assert find(study, "-binders") == []  # nothing is looked for


def test_what_looks_like_an_operator_and_is_none_is_a_word(study: Study) -> None:
    assert terms("well-known") == ([["well"], ["known"]], [])
    assert terms('"unclosed phrase') == ([["unclosed phrase"]], [])
    assert (
        terms("OR") == ([["OR"]], [])
        and terms("a OR") == ([["a"]], [])
        and terms("a or b")
        == (
            [["a"], ["or"], ["b"]],
            [],
        )
    )
    assert terms('- — * ""') == ([], [])


def test_a_case_can_be_asked_for(study: Study) -> None:
    assert find(study, "binders", case="north")
    assert find(study, "binders", case="south") == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30))
def test_no_input_is_an_error(study: Study, words: str) -> None:
    find(study, words)
