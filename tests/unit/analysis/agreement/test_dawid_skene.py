"""Triage by Dawid & Skene's model: by hand, by recovery, and in words where it is not defined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosscase.analysis import agreement as ag
from crosscase.errors import Degenerate, InputError


def test_two_coders_of_one_kind_give_the_posterior_of_bayes_rule() -> None:
    # Nine units: both yes on 3, both no on 3, one each way on 3 … the model at its own estimates must obey Bayes' rule.
    ratings = [[1, 1]] * 4 + [[0, 0]] * 4 + [[1, 0], [0, 1]]
    found = ag.dawid_skene(ratings)
    sens, spec, p = found.sensitivity, found.specificity, found.prevalence
    for (a, b), believed in zip(ratings, found.probability, strict=True):
        yes = p * (sens[0] if a else 1 - sens[0]) * (sens[1] if b else 1 - sens[1])
        no = (1 - p) * (1 - spec[0] if a else spec[0]) * (1 - spec[1] if b else spec[1])
        assert believed == pytest.approx(yes / (yes + no), abs=1e-5)
    assert found.probability[-1] == pytest.approx(0.5, abs=1e-3)  # by symmetry
    assert found.look_again.tolist() == [False] * 8 + [True, True]


def test_the_truth_is_recovered_when_the_model_holds() -> None:
    rng = np.random.default_rng(4)
    truth = rng.random(6000) < 0.3
    sens, spec = np.array([0.9, 0.75, 0.85]), np.array([0.97, 0.9, 0.93])
    given_code = np.where(truth[:, None], rng.random((6000, 3)) < sens, rng.random((6000, 3)) >= spec)
    found = ag.dawid_skene(given_code.astype(int))
    assert found.prevalence == pytest.approx(0.3, abs=0.03)
    assert found.sensitivity == pytest.approx(sens, abs=0.04)
    assert found.specificity == pytest.approx(spec, abs=0.03)
    sure = ~found.look_again
    assert ((found.probability > 0.5) == truth)[sure].mean() > 0.95


def test_units_that_one_coder_read_are_left_open() -> None:
    found = ag.dawid_skene([[1, 1], [0, None], [0, 0], [1, 0]])
    assert np.isnan(found.probability[1]) and not found.look_again[1]


def test_where_it_is_not_defined_it_says_so() -> None:
    with pytest.raises(Degenerate, match="only one value"):
        ag.dawid_skene([[1, 1], [1, 1]])
    with pytest.raises(Degenerate, match="two coders"):
        ag.dawid_skene([[1, None], [None, 0]])
    with pytest.raises(InputError, match="two values"):
        ag.dawid_skene([[1, 2], [3, 1]])
    with pytest.raises(InputError, match="certainty"):
        ag.dawid_skene([[1, 0], [0, 0]], certain=0.4)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(*[st.integers(0, 1)] * 3), min_size=2, max_size=40), st.permutations([0, 1, 2]))
def test_the_order_of_coders_does_not_matter(rows: list[tuple[int, ...]], order: list[int]) -> None:
    if len({v for row in rows for v in row}) < 2:
        return
    one, other = ag.dawid_skene(rows), ag.dawid_skene([[row[k] for k in order] for row in rows])
    assert one.probability == pytest.approx(other.probability, abs=1e-6)
    assert one.sensitivity[order] == pytest.approx(other.sensitivity, abs=1e-6)
