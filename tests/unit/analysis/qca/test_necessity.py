"""Necessity: published values, every expression that passes the cuts, relevance."""

from __future__ import annotations

from importlib import import_module
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.analysis.qca.published import read_published

from crosscase.analysis.qca.fit import necessity_fit
from crosscase.analysis.qca.necessity import necessity, super_subset
from crosscase.errors import AnalysisError, InputError

FIT = ("inclN", "RoN", "covN")


def _first_call(table: dict[str, Any]) -> dict[str, Any]:
    return dict(
        next(a["call"] for a in table["analyses"] if "conditions" in a.get("call", {}) and a["call"]["conditions"])
    )


@pytest.mark.parametrize("name", ["T02", "T04", "T07", "T09", "T14", "T17"])
def test_published_necessity_of_single_conditions_is_reproduced(shared: Path, name: str) -> None:
    table, data = read_published(shared, name)
    call = _first_call(table)
    found = {
        row["term"]: row for row in necessity(data, call["outcome"], call["conditions"]).table.iter_rows(named=True)
    }
    (wanted,) = (a["necessity"] for a in table["analyses"] if a["name"].startswith("necessity_single"))
    assert set(found) == {entry["term"] for entry in wanted}
    for entry in wanted:
        assert [found[entry["term"]][k] for k in FIT] == pytest.approx([entry[k] for k in FIT], abs=1e-9)


@pytest.mark.parametrize(
    ("name", "analysis"),
    [("T02", "necessity_Y"), ("T04", "necessity_Y_0.9_ron0.5"), ("T04", "necessity_Y_0.9"), ("T07", "necessity_0.9")],
)
def test_published_supersets_of_the_outcome_are_found_exactly(shared: Path, name: str, analysis: str) -> None:
    table, data = read_published(shared, name)
    (entry,) = (a for a in table["analyses"] if a["name"] == analysis)
    call = entry["call"]
    found = super_subset(
        data,
        call["outcome"],
        _first_call(table)["conditions"],
        incl_cut=call["incl_cut"],
        cov_cut=call["cov_cut"],
        ron_cut=call["ron_cut"],
    )
    ours = {row["term"]: [row[k] for k in FIT] for row in found.table.iter_rows(named=True)}
    assert set(ours) == {row["term"] for row in entry["necessity"]}
    for row in entry["necessity"]:
        assert ours[row["term"]] == pytest.approx([row[k] for k in FIT], abs=1e-9)


def test_conditions_that_stand_in_for_each_other_are_suin() -> None:
    frame = {"case": list("abcd"), "A": [1, 0, 0, 0], "B": [0, 1, 0, 1], "Y": [1, 1, 0, 0]}
    found = super_subset(frame, "Y", ["A", "B"], incl_cut=1)
    assert found.table["term"].to_list() == ["A + B", "~A + ~B"]
    assert found.suin == ("A", "B", "~A", "~B")


def test_a_condition_that_every_case_nearly_has_is_necessary_but_not_relevant_and_exceptions_are_named() -> None:
    frame = {"case": list("abcd"), "COMMON": [1, 1, 1, 0.9], "RARE": [1, 0.4, 0, 0], "Y": [1, 0.7, 0, 0]}
    rows = {row["term"]: row for row in necessity(frame, "Y", ["COMMON", "RARE"]).table.iter_rows(named=True)}
    assert rows["COMMON"]["inclN"] == 1 and rows["COMMON"]["RoN"] == pytest.approx(0.1 / 2.3)
    assert rows["RARE"]["deviant"] == ["b"]


def test_sufficiency_lists_the_smallest_conjunctions_that_pass() -> None:
    frame = {"A": [1, 1, 0, 0], "B": [1, 0, 1, 0], "Y": [1, 0, 1, 0]}
    found = super_subset(frame, "Y", ["A", "B"], relation="sufficiency")
    assert found.table["term"].to_list() == ["B"]
    assert found.table.columns[2:5] == ["inclS", "PRI", "covS"]


def test_a_multi_value_condition_has_a_row_per_level() -> None:
    table = necessity({"A": [0, 1, 2, 2], "Y": [0, 0, 1, 1]}, "Y", ["A"]).table
    assert table["term"].to_list() == ["A[0]", "A[1]", "A[2]"]
    assert table["inclN"].to_list() == [0, 0, 1]


def test_what_cannot_be_asked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = {"A": [0, 1], "Y": [0, 1]}
    with pytest.raises(InputError, match="incl_cut is 2"):
        super_subset(frame, "Y", incl_cut=2)
    with pytest.raises(InputError, match="no relation"):
        super_subset(frame, "Y", relation="both")  # type: ignore[arg-type]
    monkeypatch.setattr(import_module("crosscase.analysis.qca.necessity"), "MAX_EXPRESSIONS", 1)
    with pytest.raises(AnalysisError, match="smaller depth"):
        super_subset(frame, "Y")


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.sampled_from([0.7, 0.8, 0.9, 1.0]), st.sampled_from([0.0, 0.5]))
def test_every_disjunction_that_passes_with_no_part_that_passes_is_found(seed: int, incl: float, ron: float) -> None:
    rng = np.random.default_rng(seed)
    frame = {name: rng.integers(0, 11, 8) / 10 for name in ("A", "B", "C", "Y")}
    if np.ptp(frame["Y"]) == 0 or any(np.ptp(frame[c]) == 0 for c in "ABC"):
        return
    literals = {sign + name: frame[name] if not sign else 1 - frame[name] for name in "ABC" for sign in ("", "~")}

    def passes(terms: tuple[str, ...]) -> bool:
        fit = necessity_fit(np.max([literals[t] for t in terms], axis=0), frame["Y"])
        return (fit.inclN or 0) >= incl - 1e-9 and (fit.RoN or 0) >= ron - 1e-9

    wanted = set()
    for size in (1, 2, 3):
        for names in combinations("ABC", size):
            for signs in product(("", "~"), repeat=size):
                terms = tuple(s + n for s, n in zip(signs, names, strict=True))
                smaller = [part for k in range(1, size) for part in combinations(terms, k)]
                if passes(terms) and not any(passes(part) for part in smaller):
                    wanted.add(frozenset(terms))
    found = super_subset(frame, "Y", ["A", "B", "C"], incl_cut=incl, ron_cut=ron).table
    simple = found.filter(found["kind"] != "conjunction")["term"].to_list()
    assert {frozenset(term.split(" + ")) for term in simple} == wanted
