"""Coincidence analysis: published solution formulas are found, and planted structures."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.analysis.qca.published import analysis_of, as_sets, read_published

from crosscase.analysis.qca.coincidence import Coincidences, cna
from crosscase.analysis.qca.coincidence_fit import condition_fit
from crosscase.analysis.qca.coincidence_structure import Atom, complex_formulas, is_redundancy_free
from crosscase.analysis.qca.expressions import Literal, parse
from crosscase.analysis.qca.minimise import minimize
from crosscase.analysis.qca.truth_table import TruthTable
from crosscase.errors import AnalysisError, Degenerate, InputError

Formula = tuple[str, frozenset[frozenset[str]]]


def _tilde(text: str) -> str:
    """The published formulas write absence in lower case."""
    return re.sub(r"[A-Za-z]+", lambda m: m[0] if m[0].isupper() else f"~{m[0].upper()}", text)


def _published(entries: list[dict[str, Any]]) -> dict[Formula, tuple[float, float, int]]:
    found = {}
    for entry in entries:
        condition = re.split(r"<?->", entry["condition"])[0]
        key = (_tilde(entry["outcome"]), as_sets(_tilde(condition)))
        found[key] = (entry["con"], entry["cov"], entry["complexity"])
    return found


def _ours(conditions: Any) -> dict[Formula, tuple[float, float, int]]:
    return {(c.outcome, as_sets(c.expression)): (c.con, c.cov, c.complexity) for c in conditions}


def _atoms(text: str) -> frozenset[Formula]:
    parts = re.findall(r"\(([^()]*)\)", text) or [text]
    pairs = [re.split(r"<->", part) for part in parts]
    return frozenset((outcome.strip(), as_sets(condition)) for condition, outcome in pairs)


def _check(found: Coincidences, analysis: dict[str, Any]) -> None:
    for ours, theirs in (
        (_ours(found.msc), _published(analysis["msc"])),
        (_ours(found.asf), _published(analysis["asf"])),
    ):
        assert set(ours) == set(theirs)
        for key, wanted in theirs.items():
            assert ours[key] == pytest.approx(wanted, abs=1e-9), key
    wanted_csf = {_atoms(_tilde(e["condition"])): (e["con"], e["cov"], e["complexity"]) for e in analysis["csf"]}
    our_csf = {_atoms(f.expression): (f.con, f.cov, f.complexity) for f in found.csf}
    assert set(our_csf) == set(wanted_csf)
    for key, wanted in wanted_csf.items():
        assert our_csf[key] == pytest.approx(wanted, abs=1e-9)


def test_a_common_cause_and_a_chain_are_both_answers_for_ideal_crisp_data(shared: Path) -> None:
    table, data = read_published(shared, "T40")
    _check(cna(data), analysis_of(table, "default"))
    _check(cna(data, notcols="all"), analysis_of(table, "negated_all"))


def test_fuzzy_data_of_a_published_study_give_the_published_formulas(shared: Path) -> None:
    table, data = read_published(shared, "T43")
    analysis = analysis_of(table, "AU_outcome")
    call = analysis["call"]
    first, last = map(int, call["rows"].split(":"))
    rows = data[first - 1 : last]
    _check(cna(rows, call["columns"], outcome="AU", con=call["con"], cov=call["cov"]), analysis)


def test_case_frequencies_count_as_cases(shared: Path) -> None:
    table, data = read_published(shared, "T47")
    analysis = analysis_of(table, "SP_.65_.6")
    call = analysis["call"]
    found = cna(data, outcome="SP", con=call["con"], cov=call["cov"], maxstep=(3, 4, 10), frequency="frequency")
    _check(found, analysis)


def test_all_measures_of_consistency_and_coverage_have_their_published_values(shared: Path) -> None:
    table, data = read_published(shared, "T48")
    for entry in analysis_of(table, "measures")["table"]:
        for row in entry["rows"]:
            found = condition_fit(_tilde(row["condition"]), data, tuple(entry["measures"]))
            assert found == pytest.approx((row["con"], row["cov"]), abs=1e-9), (row, entry["measures"])


def _planted_multi_value() -> pl.DataFrame:
    rows = [
        {"A": a, "B": b, "C": c, "Y": 2 if a == 2 or (b == 1 and c == 0) else 1 if b == 0 else 0}
        for a, b, c in product((0, 1, 2), (0, 1), (0, 1))
    ]
    return pl.DataFrame(rows)


def test_a_planted_multi_value_structure_is_found_exactly() -> None:
    found = cna(_planted_multi_value(), outcome="Y[2]")
    assert as_sets("A[2] + B[1]*C[0]") in [as_sets(f.expression) for f in found.asf]
    assert all(f.con == f.cov == 1 for f in found.asf)


def test_an_ordering_leaves_later_factors_out_of_the_causes() -> None:
    rows = [{"A": a, "B": b, "C": max(a, b), "D": max(a, b)} for a, b in product((0, 1), repeat=2)]
    free = cna(pl.DataFrame(rows), outcome="C")
    assert {f.expression for f in free.asf} == {"D", "A + B"}
    ordered = cna(pl.DataFrame(rows), outcome="C", ordering="A, B < C < D")
    assert {f.expression for f in ordered.asf} == {"A + B"}
    strict = cna(pl.DataFrame(rows), outcome="C", ordering=[["A", "B"], ["C", "D"]], strict=True)
    assert {f.expression for f in strict.asf} == {"A + B"}


def test_formulas_name_the_cases_for_and_against_them() -> None:
    frame = {"case": ["p", "q", "r", "s"], "X": [1, 1, 1, 0], "Y": [1, 1, 0, 0]}
    (formula,) = cna(frame, outcome="Y", con=0.6, cov=0.9).asf
    assert (formula.expression, formula.cases, formula.against) == ("X", ("p", "q"), ("r",))
    assert formula.con == pytest.approx(2 / 3) and formula.cov == 1


def test_a_formula_that_the_others_already_say_is_left_out_as_structurally_redundant() -> None:
    # C <-> D and D <-> C say the same: one of them is redundant, and the data cannot say which.
    c, d = Literal("C", 1), Literal("D", 1)
    atoms = [Atom(c, frozenset({frozenset({d})})), Atom(d, frozenset({frozenset({c})}))]
    found = complex_formulas(atoms, {})
    assert found.combinations == ((0,), (1,)) and found.complete and not found.message


def _conjunctions(outcome: str, n: int) -> list[Atom]:
    """``n`` atoms of an outcome: single factors first, then pairs of them."""
    names = [f"{outcome}{i}" for i in range(8)]
    terms = [frozenset({Literal(a, 1)}) for a in names]
    terms += [frozenset({Literal(a, 1), Literal(b, 1)}) for i, a in enumerate(names) for b in names[:i]]
    return [Atom(Literal(outcome, 1), frozenset({term})) for term in terms[:n]]


def test_combinations_are_tried_from_the_simplest_on_and_what_a_limit_leaves_out_is_said() -> None:
    atoms = [*_conjunctions("X", 12), *_conjunctions("Y", 12)]
    complexity = [atom.complexity for atom in atoms]
    whole, part = complex_formulas(atoms, {}), complex_formulas(atoms, {}, most=70)
    assert whole.complete and len(whole.combinations) == 144  # causes of X and Y have nothing in common
    assert not part.complete and set(part.combinations) <= set(whole.combinations)
    totals = sorted(sum(complexity[i] for i in c) for c in whole.combinations)
    assert sorted(sum(complexity[i] for i in c) for c in part.combinations) == totals[:70]
    assert part.message == "74 of 144 combinations of atomic formulas were not tried, from a complexity of 3 on"


def test_tens_of_thousands_of_combinations_are_all_tried() -> None:
    # Each outcome has 30 atoms over the same eight factors, most of them dispensable in the light of nothing else.
    names = [f"F{i}" for i in range(8)]
    pairs = [frozenset({Literal(a, 1), Literal(b, 0)}) for i, a in enumerate(names) for b in names[:i]]
    atoms = [Atom(Literal(y, 1), frozenset({term})) for y in ("X", "Y", "Z") for term in pairs]
    found = complex_formulas(atoms, {})
    assert found.complete and len(pairs) ** 3 == 21_952 == len(found.combinations)


def test_too_many_configurations_to_judge_are_said() -> None:
    terms = frozenset({frozenset(Literal(f"F{i}", 1) for i in range(21))})
    found = complex_formulas([Atom(Literal("Y", 1), terms)], {})
    assert not found.complete and "redundancy was not judged, since the factors have 4,194,304" in found.message


def test_a_sum_with_a_literal_too_many_is_not_free_of_redundancy() -> None:
    assert not is_redundancy_free(parse("A + ~A*B").terms, {})
    assert is_redundancy_free(parse("A + B").terms, {})
    assert is_redundancy_free(parse("A*B + ~A*C").terms, {})
    assert not is_redundancy_free(parse("F + ~F").terms, {})  # always true: it makes no difference to anything


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"con": 0.0}, "con is 0"),
        ({"outcome": "Z"}, "Z is no factor"),
        ({"ordering": "A < Q"}, "Q is no factor"),
        ({"ordering": [["A"], ["A"]]}, "two levels"),
        ({"measures": ("scon", "con")}, "no measures"),
        ({"notcols": ["Q"]}, "Q is no factor"),
        ({"maxstep": (0, 1, 1)}, "maxstep"),
    ],
)
def test_what_cannot_be_asked_is_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        cna({"A": [0, 1, 1], "B": [1, 0, 1]}, **arguments)


def test_a_measure_that_is_not_defined_says_so_and_effort_without_end_is_refused() -> None:
    with pytest.raises(Degenerate, match="not defined"):
        condition_fit("X -> Y", {"X": [0, 0], "Y": [0, 1]})
    rng = np.random.default_rng(3)
    frame = {f"F{i}": rng.integers(0, 2, 12) for i in range(14)}
    with pytest.raises(AnalysisError, match="disjunctions"):
        cna(frame, outcome="F0", con=0.8, cov=0.8, maxstep=(4, 6, 20))


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_every_atomic_formula_of_ideal_data_is_equivalent_to_its_outcome_and_minimal(data: Any) -> None:
    on = data.draw(st.sets(st.tuples(*[st.integers(0, 1)] * 3), min_size=1, max_size=7))
    rows = [{"A": a, "B": b, "C": c, "Y": int((a, b, c) in on)} for a, b, c in product((0, 1), repeat=3)]
    frame = pl.DataFrame(rows)
    found = cna(frame, outcome="Y", maxstep=(3, 4, 12))
    assert found.asf or len(on) == 8
    for formula in found.asf:
        assert formula.con == formula.cov == 1
        assert is_redundancy_free(formula.terms, {})
    shuffled = cna(frame.sample(fraction=1.0, shuffle=True, seed=1), outcome="Y", maxstep=(3, 4, 12))
    assert _ours(shuffled.asf) == _ours(found.asf)


@settings(deadline=None, max_examples=60)
@given(st.sets(st.tuples(*[st.integers(0, 1)] * 3), min_size=1, max_size=7))
def test_with_every_configuration_observed_the_formulas_are_all_irredundant_models_of_the_truth_table(
    on: set[tuple[int, ...]],
) -> None:
    rows = [{"A": a, "B": b, "C": c, "Y": int((a, b, c) in on)} for a, b, c in product((0, 1), repeat=3)]
    found = cna(pl.DataFrame(rows), outcome="Y", maxstep=(3, 8, 24))
    table = TruthTable.from_rows(["A", "B", "C"], sorted(on), [r for r in product((0, 1), repeat=3) if r not in on])
    models = minimize(table, all_sol=True).models
    assert {as_sets(f.expression) for f in found.asf} == {as_sets(list(m.terms)) for m in models}
