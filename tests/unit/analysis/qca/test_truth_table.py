"""Truth tables: rows, cuts, remainders, don't cares, what is named and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from crosscase.analysis import qca
from crosscase.errors import InputError

FRAME: dict[str, Any] = {
    "case": ["a", "b", "c", "d", "e"],
    "A": [0.9, 0.8, 0.2, 0.5, 0.7],
    "B": [0.7, 0.6, 0.9, 0.9, 0.1],
    "Y": [0.8, 0.3, 0.1, 0.9, 0.9],
}


def test_a_row_by_hand() -> None:
    # A*B: memberships .7 .6 .2 .5 .1, sum 2.1; with Y .7 .3 .1 .5 .1, sum 1.7; both Y and ~Y: .2 .3 .1 .1 .1, sum .8
    row = qca.truth_table(FRAME, "Y", ["A", "B"], incl_cut=0.8).rows[-1]
    assert (row.number, row.values, row.out, row.n, row.cases) == (4, (1, 1), "1", 2, ("a", "b"))
    assert row.incl == pytest.approx(1.7 / 2.1)
    assert row.pri == pytest.approx((1.7 - 0.8) / (2.1 - 0.8))
    assert row.deviant == ("b",)
    assert row.half == ("d",)


def test_the_table_shows_both_counts_and_names_the_case_at_half() -> None:
    table = qca.truth_table(FRAME, "Y", ["A", "B"], incl_cut=0.8)
    assert table.table.columns == ["row", "A", "B", "OUT", "n", "incl", "PRI", "cases", "dcc", "n_with_half", "half"]
    assert table.table.filter(row=4)["n_with_half"].to_list() == [3]
    assert table.ambiguous.rows() == [("d", ["A"], [2, 4])]
    assert "d is at exactly 0.5 in A and belongs to no row" in table.notes
    assert "dcc" not in qca.truth_table(FRAME, "Y", ["A", "B"], dcc=False).table.columns


def test_each_row_opens_to_its_cases() -> None:
    table = qca.truth_table(FRAME, "Y", ["A", "B"])
    assert table.cases_of(4) == ("a", "b")
    assert ("d", "half") in table.lineage.filter(row=4).select("case", "part").rows()


def test_a_consistency_that_reaches_its_cut_exactly_is_enough() -> None:
    frame = {"A": [1.0] * 10 + [0.0], "Y": [1.0] * 7 + [0.0] * 3 + [0.0]}
    assert qca.truth_table(frame, "Y", incl_cut=0.7).rows[-1].out == "1"
    assert qca.truth_table(frame, "Y", incl_cut=(0.9, 0.7)).rows[-1].out == "C"


def test_rows_with_fewer_cases_than_the_cut_are_remainders() -> None:
    assert [row.out for row in qca.truth_table(FRAME, "Y", ["A", "B"], n_cut=2).rows] == ["?", "?", "0"]


def test_the_complete_table_has_every_configuration_once() -> None:
    complete = qca.truth_table(FRAME, "Y", ["A", "B"]).complete()
    assert complete["row"].to_list() == [1, 2, 3, 4]
    assert complete["OUT"].to_list()[0] == "?"


def test_too_few_cases_for_the_configurations_are_said() -> None:
    frame = {**{f"X{j}": [i >> j & 1 for i in (1, 6, 11, 28)] for j in range(5)}, "Y": [1, 0, 1, 0]}
    assert "4 cases against 32 possible configurations" in qca.truth_table(frame, "Y").notes[0]


def test_the_parameters_say_how_to_compute_it_again() -> None:
    table = qca.truth_table(FRAME, "~Y", ["A", "B"], incl_cut=(0.9, 0.6), n_cut=1, pri_cut=0.2)
    assert table.parameters["incl_cut"] == [0.9, 0.6] and table.parameters["outcome"] == "~Y"
    assert len(table.parameters["data_hash"]) == 64
    assert table.to_dict()["rows"][0]["row"] == 2
    assert "Parameters" in table._repr_html_()


def test_rows_can_be_given_with_levels_contradictions_and_dont_cares() -> None:
    table = qca.TruthTable.from_rows(["M", "B"], on=[[2, 1]], off=[["0", "-"]], contradictions=[[1, 1]])
    assert table.levels == (3, 2) and table.n_rows == 6
    assert {row.out: row.values for row in table.rows} == {"1": (2, 1), "0": (0, -1), "C": (1, 1)}
    assert table.table["B"].to_list() == ["-", "1", "1"]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"on": [[1, 1]], "off": [[1, 1]]}, r"row \[1, 1\] is given with OUT 1 and 0"),
        ({"on": [[1, "-"]], "off": [[1, 1]]}, r"row \[1, 1\] is given"),
        ({"on": [[1]], "off": []}, "1 values for 2 conditions"),
        ({"on": [], "off": []}, "the truth table has no row"),
        ({"on": [[1, "x"]], "off": []}, "'x' is no level"),
        ({"on": [[3, 1]], "off": [], "levels": [3, 2]}, "A cannot have 3 levels"),
        ({"on": [[1, 1]], "off": [], "levels": [2]}, "1 numbers of levels for 2 conditions"),
    ],
)
def test_rows_that_cannot_be_used_are_refused(arguments: dict[str, Any], what: str) -> None:
    with pytest.raises(InputError, match=what):
        qca.TruthTable.from_rows(["A", "B"], **arguments)


@pytest.mark.parametrize(
    ("cuts", "what"),
    [
        ({"incl_cut": 1.2}, "incl_cut is one or two consistencies"),
        ({"incl_cut": (0.9, 0.8, 0.7)}, "incl_cut is one or two consistencies"),
        ({"n_cut": 0}, "n_cut is a number of cases from 1"),
        ({"pri_cut": -1}, "pri_cut lies in"),
    ],
)
def test_cuts_that_cannot_be_used_are_refused(cuts: dict[str, Any], what: str) -> None:
    with pytest.raises(InputError, match=what):
        qca.truth_table(FRAME, "Y", ["A", "B"], **cuts)
