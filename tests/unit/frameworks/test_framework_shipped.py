"""What holds for every framework that comes with Crosscase."""

from __future__ import annotations

import re

import pytest

from crosscase import frameworks
from crosscase.model.framework import Framework

SHIPPED = {name: frameworks.load(name) for name in frameworks.names}
EVERY = pytest.mark.parametrize("framework", SHIPPED.values(), ids=SHIPPED)


@EVERY
def test_every_indicator_can_be_used_by_a_tired_coder_and_by_a_machine(framework: Framework) -> None:
    assert frameworks.gaps(framework) == ()
    few = [i.id for i in framework.indicators if len(i.terms) < 4]
    assert few == []


@EVERY
def test_no_term_is_a_weak_term_of_the_same_indicator(framework: Framework) -> None:
    for indicator in framework.indicators:
        words = [w.casefold() for w in (*indicator.terms, *indicator.weak_terms, *indicator.not_terms)]
        assert len(words) == len(set(words)), indicator.id


@EVERY
def test_no_term_is_cancelled_by_a_not_term_inside_it(framework: Framework) -> None:
    for indicator in framework.indicators:
        for term in (*indicator.terms, *indicator.weak_terms):
            for cancel in indicator.not_terms:
                assert not re.search(rf"\b{re.escape(cancel)}\b", term, re.IGNORECASE), (indicator.id, term)


@EVERY
def test_every_indicator_that_a_line_points_to_exists(framework: Framework) -> None:
    known = {i.id for i in framework.indicators}
    families = {".".join(id.split(".")[:n]) for id in known for n in range(1, id.count(".") + 1)}
    for indicator in framework.indicators:
        for named in re.findall(r"\b[a-z]+\.[a-z]+(?:\.[a-z]+)*\b", f"{indicator.include} {indicator.exclude}"):
            assert named in known | families, f"{indicator.id} points to {named}"


@EVERY
def test_no_definition_is_longer_than_it_can_be_kept_in_mind(framework: Framework) -> None:
    assert [i.id for i in framework.indicators if len(i.definition.split()) > 25] == []


def test_cfir_has_48_constructs_and_19_parts_of_them_in_5_domains() -> None:
    cfir = SHIPPED["cfir-2022"]
    parts = [i for i in cfir.indicators if i.parent]
    assert (len(cfir.domains), len(cfir.indicators) - len(parts), len(parts)) == (5, 48, 19)
    assert {i.domain for i in parts} <= {"out", "inr", "pro"}
    assert all(i.id.startswith(f"{i.parent}.") for i in parts)


def test_cfir_rates_from_minus_two_to_plus_two_with_a_rule_for_each_and_has_no_types() -> None:
    cfir = SHIPPED["cfir-2022"]
    assert cfir.ratings is not None and cfir.ratings.scale == (-2, -1, 0, 1, 2)
    assert set(cfir.ratings.rules) == {"+2", "+1", "0", "-1", "-2"}
    assert "at least two interviewees" in cfir.ratings.rules["+2"]
    assert cfir.ratings.provenance.source == "BMC21"
    assert cfir.types == () and cfir.conditions == ()
    assert cfir.outcome is not None and cfir.outcome.values == ("low", "intermediate", "high")


def test_cfir_names_are_recalled_and_its_definitions_ours() -> None:
    cfir = SHIPPED["cfir-2022"]
    assert {i.provenance.of("name").kind for i in cfir.indicators} == {"recalled"}
    assert {i.provenance.of("definition").kind for i in cfir.indicators} == {"inferred"}
    assert [i.id for i in cfir.indicators if i.reverse] == ["inn.complex"]


def test_welfare_numbers_have_units_and_anchors_that_the_user_must_set() -> None:
    welfare = SHIPPED["welfare-regimes"]
    numbers = {i.id: i.unit for i in welfare.indicators if i.kind == "number"}
    assert len(numbers) == 7 and all(numbers.values())
    for condition in welfare.conditions:
        if condition.input == "number":
            assert condition.anchors is None
            assert set(condition.unset_anchors) == {"out", "cross", "in"}
            assert len(condition.indicators) == 1 and condition.indicators[0] in numbers
        else:
            assert condition.anchors is not None


def test_welfare_types_exclude_one_another_at_clear_cases() -> None:
    welfare = SHIPPED["welfare-regimes"]
    present = {
        "social_democratic": {"GENEROUS", "COVERED", "UNIVERSAL"},
        "conservative": {"GENEROUS", "LONGWAIT", "COVERED", "SEGMENT", "FAMILY"},
        "liberal": {"MEANSTEST", "PRIVATE"},
    }
    for wanted, those in present.items():
        values = {condition.id: float(condition.id in those) for condition in welfare.conditions}
        memberships = {kind.id: kind.membership(values) for kind in welfare.types}
        assert memberships == {id: float(id == wanted) for id in memberships}
