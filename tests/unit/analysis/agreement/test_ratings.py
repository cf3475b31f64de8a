"""What can be handed in, and what is refused with a reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from crosscase.analysis import agreement as ag
from crosscase.errors import Degenerate, InputError

ROWS = [["yes", "yes"], ["no", "yes"], ["no", "no"], ["yes", "yes"], ["no", "no"]]


def test_lists_arrays_and_frames_are_read_alike() -> None:
    expected = ag.krippendorff_alpha(ROWS)
    frame = pl.DataFrame(ROWS, schema=["x", "y"], orient="row")
    for form in (tuple(map(tuple, ROWS)), np.array(ROWS), np.array(ROWS, dtype=object), frame):
        assert ag.krippendorff_alpha(form) == expected


def test_two_columns_may_be_lists_arrays_or_series() -> None:
    a, b = [1, 0, 1, 1, 0, None], [1, 0, 0, 1, 0, 1]
    expected = ag.cohen_kappa(a, b)
    assert ag.cohen_kappa(np.array(a, dtype=float), np.array(b)) == expected
    assert ag.cohen_kappa(pl.Series(a), pl.Series(b)) == expected
    assert ag.cohen_kappa(iter(a), iter(b)) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "exactly one of ratings"),
        ({"ratings": ROWS, "counts": [[1, 1]]}, "exactly one of ratings"),
        ({"ratings": [["a", "b"], ["a"]]}, "row has 1 values and the first has 2 — ratings, row 2"),
        ({"ratings": ["ab", "ba"]}, "a unit is a row of values"),
        ({"ratings": [1, 2]}, "a unit is a row of values"),
        ({"ratings": np.zeros(4)}, "not an array of 1 dimensions"),
        ({"ratings": [[["a"], ["b"]]]}, "hashable"),
        ({"ratings": ROWS, "categories": ["yes"]}, "'no' is not among the categories"),
        ({"ratings": ROWS, "categories": ["yes", "no", "yes"]}, "named twice"),
        ({"counts": [[1, -1]]}, "whole numbers"),
        ({"counts": [[0.5, 0.5]]}, "counts, not shares"),
        ({"counts": [["a", "b"]]}, "must be numbers"),
        ({"counts": [1, 2]}, "1 dimensions"),
        ({"counts": [[1, 2]], "categories": ["a"]}, "1 different categories for a table of 2"),
        ({"contingency": [[1, 2, 3], [4, 5, 6]]}, "as many rows as columns"),
        ({"contingency": [[1, 2], [3, 4]], "clusters": ["a", "b"]}, "no longer knows its sources"),
        ({"ratings": ROWS, "level": 1.0}, "between 0 and 1"),
        ({"ratings": ROWS, "draws": 10}, "too few"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ag.krippendorff_alpha(options.pop("ratings", None), **options)


def test_an_empty_table_has_no_unit() -> None:
    with pytest.raises(Degenerate, match="no unit"):
        ag.fleiss_kappa(contingency=[[0, 0], [0, 0]])
    with pytest.raises(Degenerate, match="two coders"):
        ag.fleiss_kappa(counts=[[1, 0], [0, 1]])


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(InputError, match="2 and 1 units"):
        ag.cohen_kappa([1, 2], [1])
    with pytest.raises(InputError, match="both coders"):
        ag.cohen_kappa([1, 2])


def test_naming_a_category_that_nobody_used_counts_for_what_could_have_been_chosen() -> None:
    rows = [["a", "a"], ["a", "b"], ["b", "b"]]
    assert ag.brennan_prediger(rows).value == pytest.approx(1 - (1 / 3) / (1 / 2))
    assert ag.brennan_prediger(rows, categories=["a", "b", "c"]).value == pytest.approx(1 - (1 / 3) / (2 / 3))
    assert ag.cohen_kappa(*zip(*rows, strict=True), categories=["a", "b", "c"]).value == pytest.approx(
        ag.cohen_kappa(*zip(*rows, strict=True)).value
    )
    # One category in the data, two on the sheet: AC1 can be computed.
    assert ag.gwet_ac1([["a", "a"], ["a", "a"]], categories=["a", "b"]).value == 1.0


def test_ordered_words_need_their_order() -> None:
    rows = [["low", "mid"], ["mid", "mid"], ["high", "high"], ["low", "low"], ["high", "mid"]]
    order = ["low", "mid", "high"]
    numbers = [[order.index(value) + 1 for value in row] for row in rows]
    for function in (ag.gwet_ac2, lambda r, **o: ag.krippendorff_alpha(r, "ordinal", **o)):
        with pytest.raises(InputError, match="order of the values"):
            function(rows)
        assert function(rows, categories=order).value == pytest.approx(function(numbers).value)
    with pytest.raises(InputError, match="needs numbers"):
        ag.krippendorff_alpha(rows, "interval", categories=order)
    with pytest.raises(InputError, match="ordered by size"):
        ag.krippendorff_alpha(numbers, "ordinal", categories=[3, 2, 1])
    with pytest.raises(InputError, match="no metric called"):
        ag.krippendorff_alpha(numbers, "linear")  # type: ignore[arg-type]


def test_ratios_need_values_from_zero_and_zeros_are_alike() -> None:
    with pytest.raises(InputError, match="from 0"):
        ag.krippendorff_alpha([[1, -1], [2, 2]], "ratio")
    assert ag.krippendorff_alpha([[0, 0], [2, 2], [1, 1]], "ratio").value == 1.0


def test_numbers_are_apart_by_their_size_not_by_their_rank() -> None:
    rows = [[1, 1], [1, 2], [2, 2], [10, 10], [10, 10], [2, 1]]
    words = [[{1: "a", 2: "b", 10: "c"}[value] for value in row] for row in rows]
    by_size = ag.gwet_ac2(rows, "linear").value
    assert by_size > ag.gwet_ac2(words, "linear", categories=["a", "b", "c"]).value
    # Mistaking 1 for 2 costs 1/9 of mistaking 1 for 10.
    assert ag.gwet_ac2(rows, "linear").disagreement == pytest.approx(2 / 6 / 9)


def test_weights_may_be_a_matrix_if_they_are_weights() -> None:
    rows = [[1, 2], [2, 2], [3, 3], [1, 1], [3, 2]]
    linear = [[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]]
    assert ag.fleiss_kappa(rows, linear).value == pytest.approx(ag.fleiss_kappa(rows, "linear").value)
    for wrong in ([[1, 0], [0, 1]], [[1, 0.5, 0], [0, 1, 0], [0, 0, 1]], np.full((3, 3), 2.0), -np.eye(3)):
        with pytest.raises(InputError, match="weights"):
            ag.fleiss_kappa(rows, wrong)
    with pytest.raises(InputError, match="no weights called"):
        ag.fleiss_kappa(rows, "squared")


def test_fifty_thousand_units_in_a_table_cost_as_much_as_its_cells() -> None:
    table = np.array([[20_000, 2_000], [3_000, 25_000]])
    estimate = ag.cohen_kappa(contingency=table)
    assert estimate.n_units == estimate.n_clusters == 50_000
    assert estimate.se == pytest.approx(ag.cohen_kappa(contingency=table, interval="analytic").se, rel=1e-3)
    assert estimate.se == pytest.approx(ag.cohen_kappa(contingency=table, interval="bootstrap").se, rel=0.1)


def test_more_values_than_can_be_compared_are_refused_not_attempted() -> None:
    many = np.arange(1.0, 1201.0).reshape(-1, 2)
    with pytest.raises(InputError, match="more than the 500"):
        ag.krippendorff_alpha(many, "ordinal")
    # The interval metric needs sums only.
    assert ag.krippendorff_alpha(np.column_stack([np.arange(20_000.0)] * 2), "interval", interval="none").value == 1.0
