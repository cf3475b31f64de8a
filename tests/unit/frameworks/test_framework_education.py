"""The flagship framework: its types, its indicators, and what may be said about where they come from."""

from __future__ import annotations

from itertools import product

import pytest

from crosscase import frameworks
from crosscase.model.framework import Pattern

EDUCATION = frameworks.load("education-systems")
CONDITIONS = ("COMMON", "SCHOOLVOICE", "BOUNDS", "MARKET")
HELD_BY_TYPE = {
    # COMMON, SCHOOLVOICE, BOUNDS, MARKET → type; every other corner belongs to none (methods-identify.md § 6).
    (1, 0, 0, 0): "managerial",
    (1, 0, 1, 0): "managerial",
    (1, 1, 0, 0): "networked",
    (1, 1, 1, 0): "networked",
    (0, 1, 1, 0): "federated",
    (0, 1, 0, 1): "market_driven",
}


@pytest.mark.parametrize("corner", list(product((0, 1), repeat=4)))
def test_each_corner_gives_one_type_or_lies_in_one_residual_corner(corner: tuple[int, ...]) -> None:
    values = {name: float(value) for name, value in zip(CONDITIONS, corner, strict=True)}
    types = [t.id for t in EDUCATION.types if t.membership(values) == 1.0]
    assert types == ([HELD_BY_TYPE[corner]] if corner in HELD_BY_TYPE else [])
    assert [t.id for t in EDUCATION.types if t.membership(values) not in (0.0, 1.0)] == []
    residual = [name for name, (rule, _) in EDUCATION.residual_corners.items() if rule.membership(values) == 1.0]
    assert len(residual) == (0 if types else 1)


def test_the_contract_example() -> None:
    values = {"COMMON": 0.9, "SCHOOLVOICE": 0.2, "BOUNDS": 0.7, "MARKET": 0.0}
    assert EDUCATION.type("managerial").membership(values) == pytest.approx(0.8)
    assert isinstance(EDUCATION.types, tuple)


def test_rules_are_those_of_the_design() -> None:
    assert {t.id: str(t.formula) for t in EDUCATION.types} == {
        "managerial": "COMMON * ~SCHOOLVOICE * ~MARKET",
        "market_driven": "~COMMON * SCHOOLVOICE * ~BOUNDS * MARKET",
        "federated": "~COMMON * SCHOOLVOICE * BOUNDS * ~MARKET",
        "networked": "COMMON * SCHOOLVOICE * ~MARKET",
    }


def test_five_domains_and_46_indicators() -> None:
    counts = {d.id: sum(len(s.indicators) for s in d.subdomains) for d in EDUCATION.domains}
    assert counts == {"env": 9, "infra": 12, "use": 9, "perf": 10, "lead": 6}


def test_types_expect_a_locus_in_infra_use_and_lead_and_no_two_the_same_in_all_three() -> None:
    expected = {t.id: tuple(t.expects(d) for d in ("infra", "use", "lead")) for t in EDUCATION.types}
    assert all(locus is not None for row in expected.values() for locus in row)
    assert len(set(expected.values())) == 4
    assert EDUCATION.type("managerial").expects("infra") == "central_office"
    assert EDUCATION.type("federated").expects("infra") == "school"
    assert EDUCATION.type("networked").expects("infra") == "joint"


def test_conditions_have_evidence_on_both_sides_anchors_with_reasons_and_least_requirements() -> None:
    for condition in EDUCATION.conditions:
        assert condition.supports and condition.opposes
        assert condition.anchors is not None
        assert (condition.anchors.out, condition.anchors.cross, condition.anchors.into) == (0.25, 0.5, 0.75)
        assert set(condition.anchors.reasons) == {"out", "cross", "in"}
        assert condition.needs.kinds == 2
        assert condition.needs.sources == (2 if condition.id == "MARKET" else 3)
        assert condition.needs.levels == ("school",)
        assert set(condition.degrees) == {"in", "more_in", "more_out", "out"}


def test_school_voice_restates_the_locus_and_is_no_dimension_of_the_model() -> None:
    assert [c.id for c in EDUCATION.conditions if not c.in_model] == ["SCHOOLVOICE"]
    voice = EDUCATION.condition("SCHOOLVOICE")
    below = ("infra.*", "use.*", "lead.*")
    modes = ("develop", "co_design", "adapt", "select", "improve")
    assert voice.supports == (Pattern(below, {"locus": ("school", "joint"), "mode": modes}),)
    assert voice.opposes == (
        Pattern(below, {"locus": ("central_office",), "mode": ("prescribe", "develop")}),
        Pattern(below, {"locus": ("school",), "mode": ("use",)}),
    )


def test_the_definitions_of_the_types_are_stated_and_the_rest_of_them_is_ours() -> None:
    for kind in EDUCATION.types:
        assert kind.provenance.kind == "inferred"
        assert kind.provenance.of("definition").kind == "stated"
        assert kind.provenance.of("definition").source == "NEPC18"


def test_nothing_that_was_recalled_has_become_stated() -> None:
    # As the draft that the framework was made from has it: these definitions and sub-domains were not looked up.
    for domain in EDUCATION.domains:
        assert domain.provenance.of("name").kind == "stated"
        assert domain.provenance.of("definition").kind == "recalled"
    recalled = {s.id for d in EDUCATION.domains for s in d.subdomains if s.provenance.kind == "recalled"}
    assert recalled == {
        *("infra.vision", "infra.org", "infra.social", "use.train", "use.coach", "use.team", "perf.improve")
    }
    assert all(i.provenance.kind in ("recalled", "inferred") for i in EDUCATION.indicators)
    stated = {s.id for d in EDUCATION.domains for s in d.subdomains if s.provenance.of("name").kind == "stated"}
    assert stated == {"env.partner", "env.legit", "infra.curr", "infra.assess", "infra.staff", "perf.observe"}


def test_the_names_of_the_dilemmas_are_said_to_be_ours() -> None:
    assert len(EDUCATION.dilemmas) == 4
    for dilemma in EDUCATION.dilemmas:
        assert dilemma.provenance.kind == "inferred" and "ours" in dilemma.provenance.note
        assert dilemma.provenance.of("anchor").kind == "stated"
    assert "names of the four dilemmas are ours" in EDUCATION.notes[0]


def test_every_source_says_what_of_it_was_seen() -> None:
    assert set(EDUCATION.citations) == set(EDUCATION.seen)
    assert EDUCATION.seen["NEPC18"].endswith("not the PDF")
    assert EDUCATION.seen["EP19b"] == "title page"


def test_what_the_seed_study_found_is_a_note_with_its_source() -> None:
    seed = [note for note in EDUCATION.notes if "hybrid = federated" in note]
    assert len(seed) == 1 and "stated in the literature" in seed[0]


def test_locus_says_what_it_names_when_the_stance_denies() -> None:
    assert "denied to do the work" in EDUCATION.facet("locus").note
    assert "denied to do the work" in EDUCATION.facet("stance").note


def test_analysis_rules_read_every_stance_and_actuality() -> None:
    rules = EDUCATION.rules
    assert rules.stance is not None
    assert (rules.stance.affirms, rules.stance.denies) == (("present",), ("absent", "contradicts"))
    assert rules.weights == {"enacted": 1.0, "formal": 0.75, "espoused": 0.25, "planned": 0.25, "past": 0.0}
    assert (rules.locus, rules.not_stated, rules.mode) == ("locus", "not_stated", "mode")
