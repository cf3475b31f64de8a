"""Expressions are read, printed, evaluated, negated and factorised as the field writes them."""

from __future__ import annotations

import numpy as np
import pytest

from crosscase.analysis import qca
from crosscase.errors import InputError

DATA = {"case": ["a", "b", "c"], "A": [0.8, 0.3, 0.6], "B": [0.1, 0.9, 0.7], "M": [2, 0, 1]}


def membership(text: str) -> list[float]:
    columns = qca.read_columns(DATA, ["A", "B", "M"])
    parsed = qca.parse(text, columns.names, dict(zip(columns.names, columns.levels, strict=True)))
    return [float(x) for x in np.round(parsed.membership(columns), 9)]


def test_and_is_the_minimum_or_the_maximum_and_not_one_minus() -> None:
    assert membership("A*~B + B") == [0.8, 0.9, 0.7]
    assert membership("~(A + B)") == [0.2, 0.1, 0.3]


def test_a_level_of_a_multi_value_condition_is_a_crisp_set() -> None:
    assert membership("M[2]") == membership("M{2}") == [1.0, 0.0, 0.0]
    assert membership("M[0,1]*A") == [0.0, 0.3, 0.6]
    assert membership("~M[2]*A") == [0.0, 0.3, 0.6]


def test_lower_case_is_another_name_and_no_negation() -> None:
    with pytest.raises(InputError, match="a is no condition here"):
        qca.parse("a*B", ("A", "B"))


def test_what_contradicts_itself_keeps_its_fuzzy_membership_and_has_no_term() -> None:
    assert membership("A*~A") == [0.2, 0.3, 0.4]
    assert str(qca.parse("A*~A")) == "0"


def test_terms_are_printed_in_the_order_of_the_conditions() -> None:
    assert str(qca.parse("IND*~DEV + STB*DEV", ("DEV", "IND", "STB"))) == "DEV*STB + ~DEV*IND"
    assert str(qca.parse("X{2}*Y{0}")) == "X[2]*Y[0]"


def test_negation_follows_de_morgan_and_knows_the_other_levels() -> None:
    assert str(qca.negate("A*B + ~C")) == "~A*C + ~B*C"
    assert str(qca.negate("M[2]*A", {"M": 3})) == "M[1] + M[0] + A[0]"
    with pytest.raises(InputError, match="how many levels M has"):
        qca.negate("M[2]")


def test_a_product_that_another_one_contains_is_absorbed() -> None:
    assert str(qca.parse("A + A*B + B*A*~C")) == "A"


def test_expressions_combine_by_and_or_not() -> None:
    a, b = qca.parse("A + C"), qca.parse("B")
    assert str(a & ~b) == "A*~B + C*~B"
    assert str(a | b) == "A + C + B"


def test_factorised_output_takes_out_what_terms_share() -> None:
    assert qca.factorise("A*B + A*~C + D") == "A*(B + ~C) + D"
    assert qca.factorise("A*B*C + A*B*D + ~A*E") == "A*B*(C + D) + ~A*E"
    assert qca.factorise("A + B") == "A + B"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("A*", "a condition is missing"),
        ("A**B", "a condition is missing"),
        ("(A", r"\) is missing"),
        ("A B", "does not end here"),
        ("A[x]", "x is no level of A"),
        ("", "a condition is missing"),
        ("A]", "does not end here"),
        ("M", "M has levels 0 to 2"),
        ("M[3]", "M has no level 3"),
        ("Z", "Z is no condition here"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        qca.parse(text, ("A", "B", "M"), {"A": 2, "B": 2, "M": 3})
