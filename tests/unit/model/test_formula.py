"""Rules over conditions: what they mean, and what is refused."""

from __future__ import annotations

import pytest

from crosscase.errors import FrameworkError
from crosscase.model.formula import Combination, Negation, Term, parse_formula


def test_and_is_the_minimum_or_the_maximum_and_not_the_complement() -> None:
    values = {"A": 0.3, "B": 0.8}
    assert parse_formula("A * B").membership(values) == 0.3
    assert parse_formula("A + B").membership(values) == 0.8
    assert parse_formula("~A").membership(values) == pytest.approx(0.7)


def test_and_binds_stronger_than_or_and_not_stronger_than_both() -> None:
    assert parse_formula("A + B * C").root == parse_formula("A + (B * C)").root
    assert parse_formula("~A * B").root == Combination("all", (Negation(Term("A")), Term("B")))


def test_brackets_change_what_belongs_together() -> None:
    values = {"A": 1.0, "B": 0.0, "C": 0.0}
    assert parse_formula("A + B * C").membership(values) == 1.0
    assert parse_formula("(A + B) * C").membership(values) == 0.0


@pytest.mark.parametrize(
    ("rule", "membership"),
    [
        ("all(A, B, C)", 0.2),
        ("any(A, B, C)", 0.9),
        ("mean(A, B, C)", 0.5),
        ("atleast(1, A, B, C)", 0.9),
        ("atleast(2, A, B, C)", 0.4),
        ("atleast(3, A, B, C)", 0.2),
    ],
)
def test_concept_structures_after_goertz(rule: str, membership: float) -> None:
    assert parse_formula(rule).membership({"A": 0.2, "B": 0.9, "C": 0.4}) == pytest.approx(membership)


def test_a_word_of_the_language_without_brackets_is_a_condition() -> None:
    assert parse_formula("all * mean").conditions == ("all", "mean")


def test_a_rule_knows_its_conditions_in_order_and_what_it_wants_of_them() -> None:
    rule = parse_formula("~B * (A + ~(C * ~D)) * B")
    assert rule.conditions == ("B", "A", "C", "D")
    assert rule.signs() == {"A": True, "C": False, "D": True}


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "  ",
        "A *",
        "* A",
        "A B",
        "(A",
        "A)",
        "A ** B",
        "A & B",
        "A²",
        "1",
        "all()",
        "mean(A,)",
        "atleast(A, B)",
        "atleast(0, A)",
        "atleast(3, A, B)",
        "atleast(" + "9" * 5000 + ", A)",
        "~" * 5000 + "A",
        "(" * 5000 + "A",
        "max(A, B)",
        "A\x00",
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(rule: str) -> None:
    with pytest.raises(FrameworkError) as refused:
        parse_formula(rule)
    assert "character" in refused.value.where


def test_a_membership_that_is_missing_or_out_of_range_is_refused_by_name() -> None:
    rule = parse_formula("A * B")
    with pytest.raises(FrameworkError, match="membership in B"):
        rule.membership({"A": 0.5})
    with pytest.raises(FrameworkError, match="outside 0 to 1"):
        rule.membership({"A": 0.5, "B": 1.01})
    with pytest.raises(FrameworkError, match="outside 0 to 1"):
        rule.membership({"A": 0.5, "B": float("nan")})


def test_a_rule_prints_as_its_author_wrote_it() -> None:
    assert str(parse_formula(" A*~ B ")) == " A*~ B "
