"""Rules over conditions, against a second evaluator that was written from the textbook and not from our parser."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crosscase.errors import FrameworkError
from crosscase.model.formula import parse_formula

NAMES = ("A", "B", "C", "D")
memberships = st.fixed_dictionaries({name: st.floats(0, 1) for name in NAMES})


def rules(depth: int = 3) -> st.SearchStrategy[str]:
    """Rules as people write them, with brackets where they are needed."""
    leaf = st.sampled_from(NAMES)
    if depth == 0:
        return leaf
    part = rules(depth - 1)
    several = st.lists(part, min_size=1, max_size=4)
    return st.one_of(
        leaf,
        part.map(lambda p: f"~({p})"),
        several.map(lambda ps: " * ".join(f"({p})" for p in ps)),
        several.map(lambda ps: " + ".join(f"({p})" for p in ps)),
        several.map(lambda ps: f"all({', '.join(ps)})"),
        several.map(lambda ps: f"any({', '.join(ps)})"),
        several.map(lambda ps: f"mean({', '.join(ps)})"),
        several.flatmap(lambda ps: st.integers(1, len(ps)).map(lambda m: f"atleast({m}, {', '.join(ps)})")),
    )


def flat_rules() -> st.SearchStrategy[str]:
    """Rules without brackets, whose meaning hangs on what binds stronger."""
    literal = st.tuples(st.sampled_from(("", "~", "~~")), st.sampled_from(NAMES)).map("".join)
    return st.lists(st.lists(literal, min_size=1, max_size=4).map("*".join), min_size=1, max_size=4).map(" + ".join)


class Degree(float):
    """A number with the signs of the rules, so that Python's own parser can evaluate them."""

    def __mul__(self, other: float) -> Degree:
        return Degree(min(self, other))

    def __add__(self, other: float) -> Degree:
        return Degree(max(self, other))

    def __invert__(self) -> Degree:
        return Degree(1.0 - float(self))


def by_python(rule: str, values: dict[str, float]) -> float:
    """The rule evaluated by Python, in which ``~``, ``*`` and ``+`` bind in the same order."""
    functions = {
        "all": lambda *xs: Degree(min(xs)),
        "any": lambda *xs: Degree(max(xs)),
        "mean": lambda *xs: Degree(sum(map(float, xs)) / len(xs)),
        "atleast": lambda m, *xs: Degree(sorted(xs)[-m]),
    }
    names = {name: Degree(value) for name, value in values.items()}
    return float(eval(rule, {"__builtins__": {}}, functions | names))


@given(st.one_of(rules(), flat_rules()), memberships)
def test_a_rule_means_what_a_second_evaluator_says(rule: str, values: dict[str, float]) -> None:
    assert parse_formula(rule).membership(values) == pytest.approx(by_python(rule, values), abs=1e-12)


@given(rules(), memberships)
def test_a_membership_never_leaves_0_to_1(rule: str, values: dict[str, float]) -> None:
    assert -1e-12 <= parse_formula(rule).membership(values) <= 1 + 1e-12


@given(rules(2), rules(2), memberships)
def test_de_morgan(one: str, other: str, values: dict[str, float]) -> None:
    for left, right in (
        (f"~(({one}) * ({other}))", f"~({one}) + ~({other})"),
        (f"~(({one}) + ({other}))", f"~({one}) * ~({other})"),
        (f"~all({one}, {other})", f"any(~({one}), ~({other}))"),
        (f"~mean({one}, {other})", f"mean(~({one}), ~({other}))"),
        (f"~atleast(2, {one}, {other}, A)", f"atleast(2, ~({one}), ~({other}), ~A)"),
    ):
        assert parse_formula(left).membership(values) == pytest.approx(parse_formula(right).membership(values))


@given(rules(), memberships, st.sampled_from(NAMES), st.floats(0, 1))
def test_more_of_what_a_rule_wants_never_lowers_the_membership(
    rule: str, values: dict[str, float], name: str, more: float
) -> None:
    formula = parse_formula(rule)
    wanted = formula.signs().get(name)
    if wanted is None:
        return
    changed = values | {name: max(values[name], more)}
    before, after = formula.membership(values), formula.membership(changed)
    assert after >= before - 1e-12 if wanted else after <= before + 1e-12


@given(rules(), memberships)
def test_a_rule_depends_on_nothing_but_the_conditions_it_names(rule: str, values: dict[str, float]) -> None:
    formula = parse_formula(rule)
    assert set(formula.conditions) == set(re.findall(r"\b[A-D]\b", rule))
    only = {name: values[name] for name in formula.conditions}
    assert formula.membership(only) == formula.membership(values)


@given(rules())
def test_what_is_printed_can_be_read_again(rule: str) -> None:
    formula = parse_formula(rule)
    assert parse_formula(str(formula)) == formula


@given(st.one_of(st.text(max_size=60), st.text(alphabet="ABC~*+(), 019atleastmn", max_size=60)))
@example("atleast(99999999999999999999, A)")
@example("~" * 3000)
@example("(" * 3000)
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    try:
        formula = parse_formula(text)
    except FrameworkError:
        return
    assert 0.0 <= formula.membership(dict.fromkeys(formula.conditions, 0.5)) <= 1.0
