"""Solutions: all models, what may be assumed, expectations, limits that are said, and what is refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from crosscase.analysis import qca
from crosscase.errors import Degenerate, InputError, NotEnoughEvidence


def rows(*texts: str) -> list[list[str]]:
    return [list(text) for text in texts]


def expressions(solution: qca.Solution) -> list[str]:
    return [model.expression for model in solution.models]


def cyclic(n: int) -> qca.TruthTable:
    """``n`` independent copies of Quine's cyclic core, each with two minimum covers of three terms."""
    names = ["S1", "S2", "S3", "P", "Q", "R"][3 - max(n - 1, 0).bit_length() :]
    on, off = [], []
    for copy, corner in product(range(2 ** (len(names) - 3)), product((0, 1), repeat=3)):
        code = [copy >> i & 1 for i in range(len(names) - 3)]
        (on if copy < n and 0 < sum(corner) < 3 else off).append([*code, *corner])
    return qca.TruthTable.from_rows(names, on, off)


def test_ambiguity_is_an_answer_and_every_model_is_listed() -> None:
    solution = qca.minimize(cyclic(1))
    assert sorted(map(sorted, (model.terms for model in solution.models))) == [
        ["P*~Q", "Q*~R", "~P*R"],
        ["P*~R", "~P*Q", "~Q*R"],
    ]
    assert (solution.n_models, solution.complete, solution.essential) == (2, True, ())


def test_more_models_than_the_limit_are_counted_and_said() -> None:
    # The copies sit on corners that differ in two or more of S1, S2, S3, or merge; a cover of each is needed.
    table = cyclic(8)
    whole = qca.minimize(table)
    few = qca.minimize(table, limits=qca.Limits(models=1))
    assert whole.complete and whole.n_models == len(whole.models)
    assert few.n_models == whole.n_models > 1
    assert not few.complete and len(few.models) == 1
    assert few.message == f"there are {whole.n_models:,} minimum covers; the first 1 are listed"


def large_table() -> qca.TruthTable:
    rng = random.Random(5)
    everything = list(product((0, 1), repeat=8))
    rng.shuffle(everything)
    return qca.TruthTable.from_rows([f"X{i}" for i in range(8)], on=everything[:150], off=everything[150:])


def test_a_search_that_is_stopped_says_what_it_has() -> None:
    """The primes take one question per row; after a few dozen more the covers are not complete."""
    solution = qca.minimize(large_table(), limits=qca.Limits(cancelled=asked_more_than(185)))
    assert not solution.complete and solution.n_models is None
    assert "was cancelled" in solution.message and "listed, not all" in solution.message
    assert solution.models
    for model in solution.models[:20]:
        assert_covers_exactly(model)
    assert len({len(model.codes) for model in solution.models}) == 1


def test_a_search_can_be_cancelled_from_outside() -> None:
    solution = qca.minimize(large_table(), limits=qca.Limits(cancelled=asked_more_than(3)))
    assert not solution.complete and solution.models == ()
    assert solution.message == "the search was cancelled, before any model was found"


def test_time_that_is_over_is_said() -> None:
    solution = qca.minimize(large_table(), limits=qca.Limits(seconds=1e-9))
    assert "was stopped after 1e-09 s" in solution.message and not solution.complete
    with pytest.raises(InputError, match="limits are a number of models from 1"):
        qca.Limits(seconds=0)


def asked_more_than(times: int) -> Callable[[], bool]:
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > times

    return cancelled


def assert_covers_exactly(model: qca.Model) -> None:
    """Every ON row, and no OFF row, lies in the model."""
    space = model.truth_table.space
    for out, expected in (("1", True), ("0", False)):
        corners = model.truth_table.corners(out)
        inside = space.inside(corners, np.array(model.codes)).any(axis=1)
        assert (inside == expected).all()


TABLE = qca.TruthTable.from_rows(
    ["A", "B", "C"], on=rows("111", "110"), off=rows("000", "011"), contradictions=rows("101")
)


def test_contradictions_are_negative_unless_they_are_included() -> None:
    assert expressions(qca.minimize(TABLE)) == ["A*B"]
    assert expressions(qca.minimize(TABLE, include="C")) == ["A*B"]
    assert expressions(qca.minimize(TABLE, include="?")) == ["A*B"]
    assert (
        expressions(qca.minimize(TABLE, include="?C")) == expressions(qca.minimize(TABLE, include=["?", "C"])) == ["A"]
    )


def test_simplifying_assumptions_are_the_remainders_inside_a_model() -> None:
    table = qca.TruthTable.from_rows(["A", "B"], on=rows("11"), off=rows("00"))
    solution = qca.minimize(table, include="?")
    assert dict(solution.simplifying_assumptions) == {"M1": ((1, 0),), "M2": ((0, 1),)}
    assert dict(qca.minimize(table).simplifying_assumptions) == {"M1": ()}


def test_excluded_rows_are_in_no_model_by_number_or_by_rule() -> None:
    table = qca.TruthTable.from_rows(["A", "B"], on=rows("11"), off=rows("00"))
    for exclude in ([3], ["A*~B"], "A*~B", ["3"]):
        solution = qca.minimize(table, include="?", exclude=exclude)
        assert expressions(solution) == ["B"]
        assert solution.parameters["exclude"] == [3]
    with pytest.raises(InputError, match="there is no row 5"):
        qca.minimize(table, include="?", exclude=[5])


def test_excluding_a_row_whose_cases_show_the_outcome_is_said() -> None:
    table = qca.TruthTable.from_rows(["A", "B"], on=rows("11", "10"), off=rows("00"))
    solution = qca.minimize(table, include="?", exclude=[3])
    assert solution.truth_table.notes == ("set to 0 although their cases show the outcome: rows 3",)
    assert expressions(solution) == ["B"]


def test_contradictory_assumptions_and_simultaneous_rows_are_found() -> None:
    yes = qca.TruthTable.from_rows(["A", "B"], on=rows("11"), off=rows("00"))
    no = qca.TruthTable.from_rows(["A", "B"], on=rows("00"), off=rows("11"))
    found = qca.contradictory_assumptions(qca.minimize(yes, include="?"), qca.minimize(no, include="?"))
    assert found == [2, 3]
    assert qca.find_rows(yes, "A*~B") == [3] and qca.find_rows(yes, "A", remainders=False) == [3, 4]
    frame = {"A": [0.6, 0.2, 0.9], "Y": [0.5, 0.9, 0.6]}
    both = (qca.truth_table(frame, "Y", incl_cut=0.7), qca.truth_table(frame, "~Y", incl_cut=0.7))
    by_hand = {2: (0.5 + 0.2 + 0.6) / 1.7, -2: (0.5 + 0.1 + 0.4) / 1.7}
    assert by_hand[2] > 0.7 > by_hand[-2]
    assert 2 not in qca.simultaneous_rows(*both)
    assert qca.simultaneous_rows(*both, incl_cut=0.55) == [2]


EXPECTED = qca.TruthTable.from_rows(["A", "B", "C"], on=rows("110"), off=rows("010", "001", "011"))


@pytest.mark.parametrize(
    "dir_exp",
    [{"C": 1}, {"A": "-", "B": None, "C": "1"}, ["C"], "C", ["-", "-", 1], "-,-,1", {"A": 1, "C": 1}],
)
def test_an_expectation_makes_the_remainders_that_it_warrants_easy(dir_exp: Any) -> None:
    """A*B*~C lies in A; only C is expected to contribute, so A*B*C is easy and A*~B is difficult."""
    solution = qca.minimize(EXPECTED, include="?", dir_exp=dir_exp)
    assert expressions(solution) == ["A*B"] and solution.kind == "intermediate"
    (block,) = solution.intermediate.values()
    assert block.easy == ((1, 1, 1),) and block.difficult == ((1, 0, 0), (1, 0, 1))


def test_an_expectation_of_one_level_warrants_that_level_only() -> None:
    table = qca.TruthTable.from_rows(["M", "B"], on=[[0, 1]], off=[[0, 0], [1, 0], [2, 0]])
    solution = qca.minimize(table, include="?", dir_exp={"M": "2"})
    assert solution.intermediate["C1P1"].easy == ((2, 1),)
    assert expressions(qca.minimize(table, include="?", dir_exp={"M": [1, 2]})) == ["B[1]"]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"include": "x"}, "'x' cannot be included"),
        ({"dir_exp": ["A"]}, "directional expectations choose among remainders"),
        ({"include": "?", "dir_exp": {"Z": 1}}, "Z is no condition here"),
        ({"include": "?", "dir_exp": {"A": 2}}, "A has no level 2"),
        ({"include": "?", "dir_exp": [1, 0]}, "2 expectations for 3 conditions"),
        ({"include": "?", "dir_exp": []}, "dir_exp holds no expectation"),
        ({"outcome": "Y"}, "the truth table already has its outcome"),
        ({"incl_cut": 0.8}, "the truth table already has its incl_cut"),
    ],
)
def test_arguments_that_cannot_be_used_are_refused(options: dict[str, Any], what: str) -> None:
    with pytest.raises(InputError, match=what):
        qca.minimize(TABLE, **options)


def test_a_misspelt_cut_is_refused_and_never_swallowed() -> None:
    frame = {"A": [1, 0], "Y": [1, 0]}
    with pytest.raises(InputError, match="minimize has no argument incl_cutt"):
        qca.minimize(frame, "Y", incl_cutt=0.8)
    with pytest.raises(InputError, match="the outcome is missing"):
        qca.minimize(frame)
    assert expressions(qca.minimize(frame, "Y", incl_cut=0.8)) == ["A"]


def test_nothing_to_minimise_and_nothing_left_are_both_said() -> None:
    with pytest.raises(NotEnoughEvidence, match="no row of the truth table shows the outcome"):
        qca.minimize(qca.TruthTable.from_rows(["A"], on=[], off=[[1]]))
    with pytest.raises(Degenerate, match="no row speaks against the outcome"):
        qca.minimize(qca.TruthTable.from_rows(["A", "B"], on=[[1, 1]], off=[]), include="?")


def test_fit_of_a_table_without_cases_is_refused() -> None:
    model = qca.minimize(TABLE).models[0]
    with pytest.raises(NotEnoughEvidence, match="there are no cases to measure fit with"):
        _ = model.fit
    assert "fit" not in model.to_dict()


def test_row_dominance_hides_models_and_is_off() -> None:
    table = qca.TruthTable.from_rows(
        ["A", "B", "C"], on=rows("000", "001", "011"), off=rows("100", "101", "111", "110")
    )
    plain, dominated = (qca.minimize(table, row_dominance=flag) for flag in (False, True))
    assert set(expressions(dominated)) <= set(expressions(plain))
    assert plain.primes == dominated.primes


def test_terms_open_to_their_cases_and_the_solution_to_plain_values() -> None:
    frame = {
        "case": ["p", "q", "r", "s"],
        "A": [0.9, 0.8, 0.1, 0.2],
        "B": [0.1, 0.9, 0.8, 0.3],
        "Y": [0.9, 0.9, 0.1, 0.2],
    }
    solution = qca.minimize(qca.truth_table(frame, "Y", incl_cut=0.8))
    assert solution.models[0].cases == {"A": ("p", "q")}
    assert solution.lineage.rows() == [("M1", "A", "p"), ("M1", "A", "q")]
    assert solution.table.columns == ["model", "term", "inclS", "PRI", "covS", "covU", "cases"]
    assert solution.to_dict()["models"][0]["terms"] == ["A"]
    assert str(solution) == "M1: A → Y" and "M1: A" in solution._repr_html_()


def test_twenty_conditions_are_minimised() -> None:
    rng = random.Random(20)
    drawn = [[rng.randint(0, 1) for _ in range(20)] for _ in range(12)]
    on, off = [row for row in drawn if row[0] and row[1]], [row for row in drawn if not (row[0] and row[1])]
    table = qca.TruthTable.from_rows([f"X{i}" for i in range(20)], on=[*on, [1] * 20], off=off)
    for include in ("", "?"):
        solution = qca.minimize(table, include=include)
        assert solution.complete
        assert_covers_exactly(solution.models[0])
