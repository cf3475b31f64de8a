"""Data frames of every kind are read alike, and what cannot be used is refused in one sentence."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import polars as pl
import pytest
from tests.conftest import require

from crosscase.analysis import qca
from crosscase.errors import InputError

GOOD: dict[str, Any] = {"case": ["x", "y", "z"], "A": [0.2, 0.9, 1.0], "B": [0.0, 1.0, 0.4], "Y": [0.1, 0.8, 0.7]}


def with_column(**columns: Any) -> dict[str, Any]:
    return {**GOOD, **columns}


def test_polars_pandas_and_mappings_give_the_same_selection() -> None:
    require("pandas", find_spec("pandas") is not None)
    pandas = import_module("pandas")
    indexed = pandas.DataFrame(GOOD).set_index("case")
    expected = qca.select(pl.DataFrame(GOOD), "Y")
    for frame in (GOOD, pandas.DataFrame(GOOD), indexed):
        found = qca.select(frame, "Y")
        assert (found.cases, found.names, found.data_hash) == (expected.cases, expected.names, expected.data_hash)


def test_case_names_come_from_the_column_that_is_named_or_from_a_list_or_are_numbers() -> None:
    frame = pl.DataFrame({"town": ["p", "q", "r"], **{k: GOOD[k] for k in ("A", "B", "Y")}})
    assert qca.select(frame, "Y", ["A"], cases="town").cases == ("p", "q", "r")
    assert qca.select(frame, "Y", ["A", "B"]).cases == ("p", "q", "r")
    assert qca.select(frame, "Y", ["A"], cases=["1a", "1b", "1c"]).cases == ("1a", "1b", "1c")
    assert qca.select(frame.drop("town"), "Y").cases == ("1", "2", "3")


def test_the_outcome_can_be_negated_or_one_level_of_several() -> None:
    frame = with_column(M=[0, 2, 1])
    assert qca.select(frame, "~Y", ["A"]).y.tolist() == pytest.approx([0.9, 0.2, 0.3])
    assert qca.select(frame, "M[2]", ["A"]).y.tolist() == [0, 1, 0]
    assert qca.select(frame, "~M{2}", ["A"]).outcome == "~M[2]"


def test_a_text_column_with_dont_cares_is_a_condition() -> None:
    frame = with_column(T=["1", "-", "0"])
    selection = qca.select(frame, "Y", ["A", "T"])
    assert selection.conditions.dont_care.tolist() == [[False, False], [False, True], [False, False]]
    assert selection.conditions.membership("T", 1).tolist() == [1, 0, 0]
    assert selection.conditions.membership("T", 0).tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("frame", "outcome", "conditions", "what"),
    [
        (GOOD, "SURV", None, "there is no column SURV"),
        (GOOD, "y", None, "did you mean Y"),
        (with_column(A=[0.2, None, 1.0]), "Y", None, "a value is missing — A, case y"),
        (with_column(A=[0.2, float("nan"), 1.0]), "Y", None, "a value is missing — A, case y"),
        (with_column(A=[0.2, -0.1, 1.0]), "Y", None, r"-0.1 lies outside \[0, 1\]"),
        (with_column(A=[0.2, 1.3, 1.0]), "Y", None, r"1.3 lies outside \[0, 1\] and A is no multi-value condition"),
        (with_column(A=[0, 2, 1.5]), "Y", None, "A is no multi-value condition"),
        (with_column(A=[0, 1, 200]), "Y", None, "A has a level 200"),
        (with_column(A=["low", "0.1", "1"]), "Y", ["A"], "'low' is no number — A, case x"),
        (GOOD, "Y", ["A", "A"], "the condition A occurs twice"),
        (GOOD, "Y", ["A", "Y"], "Y is both the outcome and a condition"),
        (GOOD, "Y", [], "there is no condition"),
        (with_column(case=["x", "x", "z"]), "Y", None, "the case x occurs twice"),
        (with_column(A=[0.2, 0.2, 0.2]), "Y", None, "the condition A is 0.2 for every case"),
        (with_column(Y=[0, 0, 0]), "Y", None, "the outcome Y is 0 for every case"),
        (with_column(Y=["1", "-", "0"]), "Y", ["A"], "an outcome cannot be don't care"),
        (with_column(M=[0, 1, 2]), "M", ["A"], "the outcome M has 3 levels"),
        (with_column(M=[0, 1, 2]), "M[3]", ["A"], "M has no level 3"),
        (GOOD, "Y*A", None, "is no outcome|there is no column"),
        ({**{f"C{i}": [0, 1] for i in range(21)}, "Y": [0, 1]}, "Y", None, "21 conditions are more than the 20"),
        ({"A": [], "Y": []}, "Y", None, "the table holds no cases"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(frame: Any, outcome: str, conditions: Any, what: str) -> None:
    with pytest.raises(InputError, match=what):
        qca.select(frame, outcome, conditions)


def test_something_that_is_no_table_is_refused() -> None:
    with pytest.raises(InputError, match="a list is no table of cases"):
        qca.select([1, 2], "Y")
    with pytest.raises(InputError, match="2 case names for 3 cases"):
        qca.select(GOOD, "Y", cases=["a", "b"])
