"""The queues of the disconfirming search find what was put there, and nothing in its place."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import polars as pl
import pytest
from tests.factories.analysis_cases import education, evidence_of

from crosscase.analysis.disconfirm import Disconfirmation, Material, disconfirm, flip_sets, weigh_sources
from crosscase.analysis.disconfirm.accounts import subgroup_rates
from crosscase.analysis.disconfirm.sides import items_of, take_sides
from crosscase.errors import Degenerate, InputError, NotFound
from crosscase.model.claim import (
    Claim,
    ClaimPart,
    Scope,
    claim_from_plain,
    claim_of_condition,
    claim_of_type,
    claim_to_plain,
)
from crosscase.model.framework import Pattern

FRAMEWORK = education()
FOR, AGAINST = "infra.curr.common", "infra.curr.local"
COMMON = claim_of_condition(FRAMEWORK.condition("COMMON"), Scope(("urban",)), "Urban has one approach", name="common")


def sources_of(evidence: pl.DataFrame) -> pl.DataFrame:
    facts = ("case", "kind", "date", "participant", "role", "level")
    return (
        evidence.group_by("source", maintain_order=True)
        .agg(pl.col(f).first() for f in facts)
        .rename({"source": "name"})
    )


def search(*rows: dict[str, object], claim: Claim = COMMON, **material: object) -> Disconfirmation:
    evidence = evidence_of(*rows)
    return disconfirm([claim], Material(evidence, sources_of(evidence), **material), FRAMEWORK)  # type: ignore[arg-type]


def said(source: str, code: str = FOR, at: int = 0, **more: object) -> dict[str, object]:
    return {"source": source, "code": code, "start": at, "end": at + 50, "locus": "school", **more}


def ids(found: pl.DataFrame) -> list[list[int]]:
    return found["coding_ids"].to_list()


def test_a_denial_of_what_the_claim_needs_and_an_opposite_indicator_are_raised_and_nothing_else() -> None:
    found = search(
        said("a"),
        said("b", stance="absent"),
        said("c", AGAINST),
        said("d", AGAINST, stance="absent"),
        said("e", "use.other"),
    ).queue("common", 1)
    assert ids(found) == [[2], [3]]
    assert "denied" in found["reason"][0]
    assert "speaks against it" in found["reason"][1]


def test_a_denied_claim_is_disconfirmed_by_what_would_confirm_it() -> None:
    found = search(said("a"), said("b", AGAINST), claim=replace(COMMON, polarity=False)).queue("common", 1)
    assert ids(found) == [[1]]


def test_what_happened_formerly_or_is_uncertain_disconfirms_nothing() -> None:
    found = search(said("a"), said("b", AGAINST, actuality="past"), said("c", AGAINST, stance="uncertain"))
    assert found.queue("common", 1).is_empty()


def test_codings_out_of_scope_are_not_searched() -> None:
    found = search(said("a"), said("b", AGAINST, case="rural"))
    assert found.queue("common", 1).is_empty()
    assert found.searched[0].n_sources == 1


def test_the_period_of_a_claim_bounds_its_evidence() -> None:
    rows = [said("a", AGAINST, date="2018-05-01"), said("b", AGAINST, date="2020"), said("c", AGAINST, date=None)]
    bounded = replace(COMMON, scope=Scope(("urban",), since="2019", until="2020-12-31"))
    assert ids(search(*rows, claim=bounded).queue("common", 1)) == [[2]]


def test_one_talkative_source_does_not_fill_the_top_of_the_queue() -> None:
    rows = [said("a", AGAINST, at=100 * n) for n in range(5)] + [said("b", AGAINST)]
    assert "b" in search(*rows).queue("common", 1)["source"].to_list()[:3]


def test_the_weight_of_a_source_is_the_ratio_worked_out_by_hand() -> None:
    items = pl.DataFrame({"source": ["a", "b", "b", "c"], "pro": [1.0, 0, 0, 1], "contra": [0.0, 1, 1, 1]})
    found = dict(weigh_sources(items).select("source", "decibans").iter_rows())
    assert found["a"] == pytest.approx(10 * math.log10(6 / 2))
    assert found["b"] == pytest.approx(-10 * math.log10(12 / 2))
    assert found["c"] == 0.0


def test_weights_of_the_model_take_the_place_of_those_from_code_logic() -> None:
    claim = claim_of_type(FRAMEWORK.type("managerial"), FRAMEWORK, Scope(("urban",)), "urban is managerial", name="m")
    weights = pl.DataFrame(
        {"case": ["urban"] * 2, "source": ["a", "b"], "type": ["managerial"] * 2, "decibans": [-1.0, -20.0]}
    )
    rows = [said("a", AGAINST), said("b", AGAINST)]
    assert search(*rows, claim=claim, source_weights=weights).queue("m", 1)["source"].to_list() == ["b", "a"]
    assert "from the model" in search(*rows, claim=claim, source_weights=weights).searched[0].notes[1]


def test_people_who_say_both_are_found_and_people_who_say_one_are_not() -> None:
    both = [said("a", participant="P1"), said("a2", AGAINST, participant="P1")]
    one = [said("b", participant="P2"), said("c", AGAINST, participant="P3"), said("d", AGAINST), said("e")]
    found = search(*both, *one).queue("common", 4)
    assert ids(found) == [[1, 2]]
    assert found["reason"][0].startswith("P1 speaks for it in 1 passage and against it in 1")


def test_what_the_centre_espouses_and_schools_deny_is_found_by_indicator() -> None:
    rows = [
        said("office", level="central", actuality="espoused"),
        said("school", stance="absent", level="school"),
        said("other", "infra.other", stance="absent", level="school"),
        said("office2", level="central", actuality="enacted"),
    ]
    found = search(*rows).queue("common", 5)
    assert ids(found) == [[1, 2]]
    assert "espoused by the centre" in found["reason"][0]


def test_a_kind_of_source_on_the_other_side_is_found() -> None:
    rows = [said(f"i{n}", kind="interview") for n in range(3)]
    rows += [said(f"o{n}", AGAINST, kind="observation") for n in range(3)]
    found = search(*rows).queue("common", 5)
    assert ids(found) == [[4, 5, 6]]
    assert search(*rows[:3]).queue("common", 5).is_empty()


def test_the_sources_that_a_verdict_hangs_on_are_the_smallest_sets() -> None:
    assert flip_sets({"a": 5.0, "b": 3.0, "c": -6.0}) == [("a",), ("b",)]
    assert flip_sets({"a": 5.0, "b": 5.0, "c": -6.0, "d": 5.0}) == [("a", "b"), ("a", "d"), ("b", "d")]
    assert flip_sets({"a": 1.0}, start=3.0) == []
    with pytest.raises(Degenerate, match="does not stand"):
        flip_sets({"a": -1.0})


def test_leave_one_out_opens_to_the_codings_that_the_claim_rests_on() -> None:
    # 10 decibans in a, 4.8 in b, −7.8 in c: without a they add up to −3, without b to 2.2.
    rows = [said("a", at=100 * n) for n in range(3)] + [said("b"), said("c", AGAINST), said("c", AGAINST, at=100)]
    found = search(*rows).queue("common", 7)
    assert found["sources"].to_list() == [["a"]]
    assert ids(found) == [[1, 2, 3]]
    worded = re.search(
        r"1 to ([\d.]+) for it, with all sources ([\d.]+) to 1 \((-[\d.]+) and ([\d.]+) dec", found["reason"][0]
    )
    assert worded
    against, before, low, high = map(float, worded.groups())
    assert 10 ** (-low / 10) == pytest.approx(against, abs=0.06)
    assert 10 ** (high / 10) == pytest.approx(before, abs=0.1)


def test_flips_of_the_model_are_taken_where_they_are_given() -> None:
    claim = claim_of_type(FRAMEWORK.type("managerial"), FRAMEWORK, Scope(("urban",)), "urban is managerial", name="m")
    flips = pl.DataFrame({"case": ["urban", "rural"], "sources": [["a"], ["z"]], "verdict": ["leaning", "none"]})
    found = search(said("a"), said("b"), claim=claim, flips=flips).queue("m", 7)
    assert found["sources"].to_list() == [["a"]]
    assert "leaning" in found["reason"][0]


def test_coders_on_different_sides_of_one_passage_are_a_split() -> None:
    rows = [said("a", coder="ana"), said("a", AGAINST, coder="ben"), said("b", coder="ana"), said("b", coder="ben")]
    found = search(*rows).queue("common", 8)
    assert ids(found) == [[1, 2]]
    assert "ben coded it against the claim" in found["reason"][0]


def test_a_source_that_touches_the_topic_and_is_silent_on_the_claim_is_found() -> None:
    rows = [said(f"s{n}") for n in range(4)] + [said("silent", "infra.other", at=100 * n) for n in range(4)]
    found = search(*rows, said("elsewhere", "perf.other")).queue("common", 2)
    assert found["source"].to_list() == ["silent"]
    # Four of eight codings on the topic speak about the claim: −log10 (1/2)⁴.
    assert found["score"][0] == pytest.approx(4 * math.log10(2))


def test_subgroups_are_ranked_by_the_probability_of_lying_on_the_other_side() -> None:
    rows = [said(f"t{n}", AGAINST, role="teacher") for n in range(6)] + [
        said(f"c{n}", role="central") for n in range(6)
    ]
    sided = items_of(take_sides(evidence_of(*rows), COMMON, FRAMEWORK))
    rates, pooling = subgroup_rates(sided)
    by_role = dict(rates.select("role", "p_other_side").iter_rows())
    assert by_role["teacher"] > 0.95
    assert by_role["central"] < 0.05
    assert pooling.mean == pytest.approx(6.5 / 13)


def test_a_small_cell_is_drawn_to_the_rest() -> None:
    rows = [said("one", AGAINST, role="teacher")] + [said(f"c{n}", role="central") for n in range(12)]
    rates, _ = subgroup_rates(items_of(take_sides(evidence_of(*rows), COMMON, FRAMEWORK)))
    assert dict(rates.select("role", "rate").iter_rows())["teacher"] < 1.0


def test_many_items_of_one_source_move_a_cell_less_than_as_many_sources() -> None:
    rest = [said(f"c{n}", role="central") for n in range(6)]
    one = [said("one", AGAINST, at=100 * n, role="teacher") for n in range(6)]
    many = [said(f"t{n}", AGAINST, role="teacher") for n in range(6)]
    rates = [
        dict(
            subgroup_rates(items_of(take_sides(evidence_of(*r, *rest), COMMON, FRAMEWORK)))[0]
            .select("role", "rate")
            .iter_rows()
        )
        for r in (one, many)
    ]
    assert rates[0]["teacher"] < rates[1]["teacher"]


def test_the_merged_queue_interleaves_and_shows_a_passage_once() -> None:
    rows = [said("a", participant="P1"), said("b", AGAINST, participant="P1"), said("c", AGAINST, at=200)]
    table = search(*rows).table
    merged = table.filter("first")
    assert merged["place"].to_list() == list(range(1, merged.height + 1))
    passages = merged.filter(pl.col("start").is_not_null()).select("source", "start").rows()
    assert len(passages) == len(set(passages))
    assert 4 in merged.filter(pl.col("source") == "b")["also"][0].to_list()
    assert merged["rank"].to_list() == sorted(merged["rank"].to_list())


def test_empty_queues_are_part_of_what_was_searched() -> None:
    searched = search(said("a")).searched[0]
    assert set(searched.found) == set(range(1, 9))
    assert sum(searched.found.values()) == searched.found[7] == 1
    assert "nothing was found by evidence coded against it" in searched.sentence


def test_every_candidate_opens_to_its_codings() -> None:
    found = search(said("a"), said("b", AGAINST))
    assert found.quotes(claim="common", queue=1)["coding_id"].to_list() == [2]
    assert found.parameters["n_codings"] == 2


def test_unknown_cases_and_claims_without_a_pattern_are_refused() -> None:
    with pytest.raises(NotFound, match="'mars'"):
        search(said("a"), claim=replace(COMMON, scope=Scope(("mars",))))
    with pytest.raises(InputError, match="nothing can speak"):
        Claim("All is well", Scope(), ())
    with pytest.raises(InputError, match="before it begins"):
        Scope(since="2020", until="2019")


def test_a_claim_survives_storage() -> None:
    own = Claim(
        "x",
        Scope(("urban",), levels=("school",)),
        (ClaimPart(Pattern((FOR,), {"locus": ("school",)}), "for", "own", "x"),),
    )
    for claim in (own, COMMON, claim_of_type(FRAMEWORK.type("federated"), FRAMEWORK, Scope(), "y", polarity=False)):
        assert claim_from_plain(claim_to_plain(claim)) == claim
