"""Several codes on one unit."""

from __future__ import annotations

import pytest

from crosscase.analysis import agreement as ag
from crosscase.errors import Degenerate, InputError

A, B, AB, NONE = {"A"}, {"B"}, {"A", "B"}, set[str]()


def test_alpha_over_sets_by_hand() -> None:
    # MASI: δ(A, AB) = 1 − 1/2 × 2/3 = 2/3. D_o = (2/6) × 2/3. n = {A: 2, AB: 1, B: 2, ∅: 1}.
    sets = [[A, AB], [B, B], [A, NONE]]
    observed = 2 / 6 * (2 / 3 + 1)
    pairs = 2 * (2 * 1 * (2 / 3) + 2 * 2 * 1 + 2 * 1 * 1 + 1 * 2 * (2 / 3) + 1 * 1 * 1 + 2 * 1 * 1)
    expected = pairs / (6 * 5)
    estimate = ag.set_alpha(sets, interval="none")
    assert estimate.value == pytest.approx(1 - observed / expected)
    assert "MASI" in estimate.coefficient


def test_partial_overlap_counts_for_something_unless_the_distance_is_nominal() -> None:
    sets = [[A, AB], [B, AB], [A, A], [B, B], [NONE, NONE], [AB, A]]
    masi, jaccard, nominal = (ag.set_alpha(sets, d).value for d in ("masi", "jaccard", "nominal"))
    assert nominal < masi < jaccard


def test_one_code_per_unit_is_the_nominal_alpha() -> None:
    rows = [["a", "b"], ["a", "a"], ["b", "b"], ["c", "c"], ["c", "a"], [None, "b"]]
    sets = [[None if v is None else {v} for v in row] for row in rows]
    for distance in ("masi", "jaccard", "nominal"):
        assert ag.set_alpha(sets, distance).value == pytest.approx(ag.krippendorff_alpha(rows).value)


def test_more_codes_than_bits_in_a_word() -> None:
    many = set(range(200))
    assert ag.set_distance(many, many) == 0.0
    assert ag.set_distance(many, set(range(100)), "jaccard") == pytest.approx(0.5)
    assert ag.set_distance(many, set(range(100))) == pytest.approx(1 - 0.5 * 2 / 3)


def test_lists_and_tuples_of_codes_are_sets() -> None:
    assert ag.set_distance(["A", "B"], ("B", "A")) == 0.0
    assert ag.set_alpha([[["A"], ["A"]], [["B"], ["B"]], [["B"], ["B"]], [["A"], ["A"]]]).value == 1.0


def test_a_word_is_not_a_set_of_letters() -> None:
    with pytest.raises(InputError, match="'AB' is not a set of codes — sets, unit 2"):
        ag.set_alpha([[A, A], ["AB", B]])
    with pytest.raises(InputError, match="not a set"):
        ag.set_distance("A", A)
    with pytest.raises(InputError, match="no distance called"):
        ag.set_distance(A, A, "dice")


def test_units_that_nobody_coded_alone_say_nothing() -> None:
    with pytest.raises(Degenerate, match="only one value or set"):
        ag.set_alpha([[NONE, NONE], [NONE, NONE]])
    assert ag.set_alpha([[NONE, None], [A, B], [B, A], [A, A]], interval="none").n_units == 3
