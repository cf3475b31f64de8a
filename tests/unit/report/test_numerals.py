from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosscase.analysis.identify.verdicts import show, show_probability
from crosscase.report import numerals


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (0.625, ".62"),
        (0.5, ".50"),
        (0.9951, "> .99"),
        (1.0, "1.00"),
        (0.004, "< .01"),
        (0.0, ".00"),
        (None, "not defined"),
    ],
)
def test_a_share_is_never_printed_as_a_certainty_that_it_is_not(value: float | None, printed: str) -> None:
    assert numerals.share(value) == printed


@settings(deadline=None)
@given(st.floats(0.0, 1.0))
def test_sentences_and_tables_print_the_same_number_in_the_same_form(value: float) -> None:
    assert show(value) == numerals.share(value)
    assert show_probability(value) == numerals.probability(value)


def test_an_interval_has_plain_ends() -> None:
    assert numerals.interval(0.0, 1.0) == "0–1"
    assert numerals.interval(0.504, 0.731) == ".50–.73"
    assert numerals.interval(None, 0.5) == ""


def test_counted_nouns() -> None:
    assert numerals.plural(1, "source") == "1 source"
    assert numerals.plural(6012, "coding") == "6,012 codings"
