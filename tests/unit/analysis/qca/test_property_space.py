"""Property spaces: published memberships in all corners, the rule of .5, ties."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.analysis.qca.published import read_data, read_published

from crosscase.analysis.qca.property_space import corner_memberships, corner_names, property_space
from crosscase.errors import InputError, NotFound

_FUZZY = st.lists(st.floats(0, 1).map(lambda v: round(v, 2)), min_size=1, max_size=6)


@pytest.mark.parametrize("name", ["T25", "T26"])
def test_every_published_corner_membership_and_classification_is_reproduced(shared: Path, name: str) -> None:
    table, data = read_published(shared, name)
    (analysis,) = table["analyses"]
    wanted = read_data(shared, analysis["membership_csv"])
    space = property_space(data, analysis["conditions"])
    for column in wanted.columns[1:]:
        assert space.wide[column].to_list() == pytest.approx(wanted[column].to_list(), abs=1e-9)
    for row, published in zip(space.table.iter_rows(named=True), analysis["classification"], strict=True):
        assert row["case"] == published["case"]
        assert published["best"] in row["tied"]
        assert row["member"] == published["member"]
        assert row["membership"] == pytest.approx(published["membership"], abs=1e-9)
        assert row["margin"] == pytest.approx(published["margin"], abs=1e-9)
        assert len(row["tied"]) == published["n_corners_at_max"]


def test_memberships_computed_by_hand_and_the_rule_of_one_half(shared: Path) -> None:
    table, _ = read_published(shared, "T29")
    (analysis,) = table["analyses"]
    for entry in analysis["tests"]:
        names = [f"C{j}" for j in range(len(entry["memberships"]))]
        space = property_space(dict(zip(names, ([m] for m in entry["memberships"]), strict=True)), names)
        for corner, wanted in entry["corners"].items():
            assert space.membership("1", corner) == pytest.approx(wanted, abs=1e-12), entry["name"]
        assert space.member("1") == entry["classification"], entry["name"]


def test_a_case_at_the_cross_over_shows_all_corners_that_it_lies_between() -> None:
    row = property_space({"A": [0.5], "B": [0.8]}, ["A", "B"]).table.row(0, named=True)
    assert (row["member"], row["tied"], row["margin"]) == (None, ["01", "11"], 0.0)


def test_a_membership_just_above_one_half_is_called_fragile() -> None:
    rows = property_space({"A": [0.51, 0.9]}, ["A"]).table
    assert rows["member"].to_list() == ["1", "1"]
    assert rows["fragile"].to_list() == [True, False]


def test_named_types_may_leave_conditions_open_and_then_overlap() -> None:
    frame = pl.DataFrame({"case": ["x", "y"], "A": [0.9, 0.2], "B": [0.7, 0.4]})
    space = property_space(frame, ["A", "B"], {"first": "A", "second": {"B": 1}, "neither": "~A*~B"})
    assert space.memberships.tolist() == [[0.9, 0.7, pytest.approx(0.1)], [0.2, 0.4, 0.6]]
    assert space.table["above"].to_list() == [["first", "second"], ["neither"]]
    assert [space.member(case) for case in ("x", "y")] == [None, "neither"]
    assert space.table["none"].to_list() == pytest.approx([0.1, 0.4])


def test_what_is_no_property_space_is_refused() -> None:
    with pytest.raises(InputError, match="calibrate multi-value"):
        property_space({"A": [0, 1, 2]}, ["A"])
    with pytest.raises(InputError, match="8,192 corners"):
        property_space({f"C{i}": [0.1, 0.2] for i in range(13)}, [f"C{i}" for i in range(13)])
    with pytest.raises(InputError, match="Z is no condition"):
        property_space({"A": [0.1, 0.2]}, ["A"], {"odd": "Z"})
    with pytest.raises(NotFound):
        property_space({"A": [0.1, 0.2]}, ["A"]).membership("1", "00")


@settings(deadline=None, max_examples=200)
@given(_FUZZY)
def test_membership_in_a_corner_is_one_minus_the_chebyshev_distance(x: list[float]) -> None:
    memberships = corner_memberships(np.array([x]))[0]
    for name, membership in zip(corner_names(len(x)), memberships, strict=True):
        distance = max(abs(value - int(digit)) for value, digit in zip(x, name, strict=True))
        assert membership == pytest.approx(1 - distance, abs=1e-12)
    assert (memberships > 0.5).sum() == (0 if 0.5 in x else 1)
