"""Truth tables, solutions and fit of published analyses come out as published."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.conftest import shared_folder
from tests.unit.analysis.qca.published import analysis_of, read_published

from crosscase.analysis import qca

FILES = ("T02", "T04", "T06", "T07", "T09", "T11", "T14", "T17", "T22")
Sets = frozenset[frozenset[str]]


def published(part: str) -> list[Any]:
    """Every analysis that has this part and a call, as test parameters; none where the data are missing."""
    found = []
    for name in FILES:
        path = shared_folder() / "data" / "qca" / f"{name}.json"
        if path.exists():
            analyses = json.loads(path.read_text(encoding="utf-8"))["analyses"]
            found += [(name, a["name"]) for a in analyses if part in a and "truth_table" in a and "disputed" not in a]
    return [pytest.param(*pair, id="-".join(pair)) for pair in found] or [pytest.param("T04", "conservative_0.8")]


def terms(found: Iterable[str]) -> Sets:
    return frozenset(frozenset(term.split("*")) for term in found)


def models(found: Iterable[Any]) -> set[Sets]:
    return {terms(model["terms"] if isinstance(model, dict) else model.terms) for model in found}


def table_of(call: dict[str, Any], frame: pl.DataFrame) -> qca.TruthTable:
    cuts = {name: call[name] for name in ("incl_cut", "n_cut", "pri_cut")}
    return qca.truth_table(frame, call["outcome"], call["conditions"], cases="case", **cuts)


def solve(call: dict[str, Any], frame: pl.DataFrame) -> qca.Solution:
    options = {name: call[name] for name in ("include", "dir_exp", "row_dominance", "all_sol")}
    return qca.minimize(table_of(call, frame), exclude=call["exclude_rows"] or (), **options)


def assert_fits(found: Sequence[qca.Model], expected: list[dict[str, Any]]) -> None:
    by_terms = {terms(model.terms): model for model in found}
    for wanted in expected:
        model = by_terms[terms(wanted["terms"])]
        fit = {frozenset(row["term"].split("*")): row for row in model.fit.to_dicts()}
        for row in wanted["fit"]:
            got = fit[frozenset(row["term"].split("*"))]
            for name in ("inclS", "PRI", "covS", "covU"):
                # R prints no covU for the only term of a model; by the formula it is the term's covS.
                reference = row[name] if row[name] is not None else row["covS"]
                assert got[name] == pytest.approx(reference, abs=1e-9), (row["term"], name)
        assert dict(model.solution) == pytest.approx(wanted["solution"], abs=1e-9)


@pytest.mark.parametrize(("file", "name"), published("truth_table"))
def test_the_truth_table_has_the_published_rows_cases_and_consistencies(shared: Path, file: str, name: str) -> None:
    published_table, frame = read_published(shared, file)
    analysis = analysis_of(published_table, name)
    table = table_of(analysis["call"], frame)
    expected = analysis["truth_table"]
    assert table.n_rows == expected["n_rows_total"]
    assert table.table["row"].to_list() == [row["row"] for row in expected["rows"]]
    for got, row in zip(table.table.to_dicts(), expected["rows"], strict=True):
        assert {c: str(got[c]) for c in row["config"]} == row["config"]
        assert (got["OUT"], got["n"], got["cases"]) == (row["OUT"], row["n"], row["cases"])
        assert (got["incl"], got["PRI"]) == pytest.approx((row["incl"], row["PRI"]), abs=1e-9)


@pytest.mark.parametrize(("file", "name"), published("solution"))
def test_the_solution_has_the_published_models_fit_and_assumptions(shared: Path, file: str, name: str) -> None:
    published_table, frame = read_published(shared, file)
    analysis = analysis_of(published_table, name)
    solution, expected = solve(analysis["call"], frame), analysis["solution"]
    assert terms(solution.primes) == terms(expected["primes"])
    assert solution.complete and solution.message == ""
    if "intermediate" in expected:
        assert_blocks(solution, expected["intermediate"])
        return
    assert solution.n_models == len(solution.models) == expected["n_models"]
    assert models(solution.models) == models(expected["models"])
    assert_fits(solution.models, expected["models"])
    assumed = [sorted(map(tuple, rows)) for rows in expected["simplifying_assumptions"].values()]
    assert sorted(sorted(rows) for rows in solution.simplifying_assumptions.values()) == sorted(assumed)


def assert_blocks(solution: qca.Solution, expected: dict[str, Any]) -> None:
    blocks = {(terms(b.conservative.terms), terms(b.parsimonious.terms)): b for b in solution.intermediate.values()}
    assert set(solution.intermediate) == set(expected)
    for wanted in expected.values():
        block = blocks[terms(wanted["c.sol"]), terms(wanted["p.sol"])]
        assert models(block.models) == models(wanted["models"])
        assert set(block.easy) == set(map(tuple, wanted["EC"]))
        assert set(block.difficult) == set(map(tuple, wanted["DC"]))
        assert_fits(block.models, wanted["models"])
    assert models(solution.models) == {m for wanted in expected.values() for m in models(wanted["models"])}


def test_a_conjunctural_expectation_leaves_the_others_standing(shared: Path) -> None:
    """R QCA 3.25.1 drops ``DEV`` and ``STB`` from the expectations as soon as ``~LIT*IND`` is one of them.

    By hand: DEV*URB*LIT*IND*STB lies in URB*STB, and only ~LIT (with the IND that it has) is warranted there; in
    DEV*~URB*LIT*~IND*STB, inside DEV*~IND, nothing is, because ~LIT is expected together with IND alone.
    """
    published_table, frame = read_published(shared, "T04")
    analysis = analysis_of(published_table, "intermediate_0.8_conjunctural")
    assert "ignores individual expectations" in analysis["disputed"]
    (block,) = solve(analysis["call"], frame).intermediate.values()
    assert [model.terms for model in block.models] == [("DEV*URB*IND*STB", "DEV*~URB*LIT*~IND*STB")]
    assert block.easy == ((1, 1, 0, 1, 1),)
    # The reference's easy counterfactuals contain ~URB → URB, which no expectation warrants.
    wrong = analysis["solution"]["intermediate"]["C1P1"]["EC"]
    assert [1, 1, 1, 0, 1] in wrong and (1, 1, 1, 0, 1) in block.difficult


def test_enhanced_standard_analysis_sets_impossible_and_untenable_rows_aside(shared: Path) -> None:
    published_table, frame = read_published(shared, "T09")
    analysis = analysis_of(published_table, "ESA_parsimonious")
    call, table = analysis["call"], table_of(analysis_of(published_table, "parsimonious_0.9")["call"], frame)
    enhanced = qca.esa(
        table, necessary=call["nec_cond"], untenable=call["untenable"], contradictory=call["contradictory_rows"]
    )
    before = {row.number: row.out for row in table.rows}
    zero = [n for n in enhanced.parameters["excluded"] if before.get(n) != "0"]
    assert zero == analysis["rows_set_to_zero"]
    assert any("although their cases show the outcome" in note for note in enhanced.notes)
    for solution in (
        qca.minimize(enhanced, include="?"),
        qca.minimize(table, include="?", exclude=analysis["rows_set_to_zero"]),
    ):
        assert terms(solution.primes) == terms(analysis["solution"]["primes"])
        assert models(solution.models) == models(analysis["solution"]["models"])
        assert_fits(solution.models, analysis["solution"]["models"])
        (assumed,) = solution.simplifying_assumptions.values()
        assert list(map(list, assumed)) == analysis["solution"]["simplifying_assumptions"]["M1"]


def test_cases_at_exactly_half_are_named_and_both_counts_are_shown(shared: Path) -> None:
    published_table, frame = read_published(shared, "T17")
    expected = analysis_of(published_table, "ambiguous_cells")
    table = table_of(analysis_of(published_table, "conservative_0.8")["call"], frame)
    conditions = set(table.conditions)
    in_conditions = frame.filter(pl.any_horizontal(pl.col(sorted(conditions)) == 0.5))["case"].to_list()
    assert table.ambiguous["case"].to_list() == in_conditions
    assert set(in_conditions) <= set(expected["cases"])
    assert not set(in_conditions) & {case for row in table.rows for case in row.cases}
    row = next(row for row in table.table.to_dicts() if row["row"] == 11)
    by_hand = frame.filter(pl.min_horizontal("C", 1 - pl.col("P"), "N", 1 - pl.col("R")) == 0.5)["case"].to_list()
    assert row["half"] == by_hand and row["n_with_half"] == row["n"] + len(by_hand) > row["n"]


def test_contradictions_fall_on_the_rows_between_the_cuts_whatever_n_cut_is(shared: Path) -> None:
    """R QCA 3.25.1 puts ``C`` on wrong rows when ``n.cut`` is above 1 (11 of the 22 rows of these data)."""
    frame = pl.read_csv(shared / "data" / "qca" / "T11_PAYF.csv")
    conditions = ["HE", "GG", "AH", "HI", "HW"]
    table = qca.truth_table(frame, "HL", conditions, incl_cut=(0.9, 0.7), n_cut=2, cases="case")
    assert len(table.rows) == 22
    by_cut = {
        row.number: "?" if row.n < 2 else "1" if row.incl >= 0.9 else "C" if row.incl >= 0.7 else "0"
        for row in table.rows
    }  # type: ignore[operator]
    assert {row.number: row.out for row in table.rows} == by_cut
    assert set(by_cut.values()) == {"?", "1", "C", "0"}


def test_every_minimum_model_of_the_golden_tables_is_found(shared: Path) -> None:
    published_table, _ = read_published(shared, "T30")
    hidden = 0
    for instance in published_table["analyses"][0]["instances"]:
        table = qca.TruthTable.from_rows(
            instance["conditions"], on=instance["on"], off=instance["off"], levels=instance["levels"]
        )
        for kind, include in (("conservative", ""), ("parsimonious", "?")):
            solution, expected = qca.minimize(table, include=include), instance[kind]
            assert models(solution.models) == {terms(model) for model in expected["models"]}, instance["id"]
            assert len(solution.primes) == expected["n_primes"]
            hidden += expected["literals_min"] < expected["literals_max"]
    assert hidden > 0, "the set holds tables where a tool that also minimises literals hides equally small models"
