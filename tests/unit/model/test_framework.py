"""What a framework answers once it is loaded."""

from __future__ import annotations

import pickle

import pytest
from tests.factories.framework_text import TEXT

from crosscase import frameworks
from crosscase.errors import FrameworkError
from crosscase.model.formula import parse_formula
from crosscase.model.framework import FacetValue, IdealType, Pattern, Provenance

SMALL = frameworks.loads(TEXT, "small.yaml")


def a_type(**rows: dict[str, float]) -> IdealType:
    return IdealType("t", "T", "A type.", parse_formula("A"), Provenance("inferred"), rows)


def test_a_type_expects_the_single_best_locus_if_it_is_at_least_more_in() -> None:
    assert a_type(d={"centre": 1.0, "school": 0.75}).expects("d") == "centre"
    assert a_type(d={"centre": 0.75}).expects("d") == "centre"


def test_a_type_expects_nothing_on_a_tie_a_weak_best_or_without_a_template() -> None:
    assert a_type(d={"centre": 1.0, "school": 1.0}).expects("d") is None
    assert a_type(d={"centre": 0.5, "school": 0.25}).expects("d") is None
    assert a_type().expects("d") is None


def test_a_pattern_matches_exactly_or_all_below_a_star() -> None:
    assert Pattern(("infra.curr.common",)).matches_code("infra.curr.common")
    assert not Pattern(("infra.curr",)).matches_code("infra.curr.common")
    assert Pattern(("infra.*",)).matches_code("infra.curr.common")
    assert not Pattern(("infra.*",)).matches_code("infrared.curr")
    assert Pattern(("*",)).matches_code("anything")


def test_provenance_is_said_in_words_with_its_citation() -> None:
    stated = Provenance("stated", "A, B", "table 2")
    assert stated.sentence({"A": "Author 2000"}) == "stated in the literature: Author 2000; B (table 2)"
    assert Provenance("inferred").sentence() == "our inference"


def test_a_field_without_an_origin_of_its_own_has_that_of_its_part() -> None:
    part = Provenance("inferred", fields={"name": Provenance("stated", "A")})
    assert part.of("name").kind == "stated"
    assert part.of("definition") is part


def test_loci_leave_out_the_value_that_names_nobody() -> None:
    assert SMALL.loci == ("centre", "school")


def test_everything_is_found_by_its_id() -> None:
    assert SMALL.indicator("infra.curr.local").name == "Local"
    assert SMALL.domain("out").name == "Results"
    assert SMALL.condition("COMMON").anchors is not None
    assert SMALL.type("apart").name == "Apart"
    assert SMALL.facet("mode").value("make") == FacetValue("make", "Make")


@pytest.mark.parametrize("what", ["indicator", "domain", "condition", "type", "facet"])
def test_what_is_not_there_is_named_in_the_refusal(what: str) -> None:
    with pytest.raises(FrameworkError, match="'nothing'"):
        getattr(SMALL, what)("nothing")


def test_an_unknown_value_of_a_facet_is_refused_with_the_known_ones() -> None:
    with pytest.raises(FrameworkError, match="make, use"):
        SMALL.facet("mode").value("made")


def test_a_framework_survives_the_way_to_a_worker_process() -> None:
    assert pickle.loads(pickle.dumps(SMALL)) == SMALL
