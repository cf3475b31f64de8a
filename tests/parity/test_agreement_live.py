"""Cross-checks that run scikit-learn, statsmodels and NLTK themselves, where they are installed.

They are no dependency, not even of the tests: ``pip install -r requirements-oracles.txt`` puts them beside the others.
Without them the stored answers of ``test_agreement_oracles.py`` stand for them.
"""

from __future__ import annotations

import math
from importlib.util import find_spec
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from tests.conftest import require

from crosscase.analysis import agreement as ag
from crosscase.errors import Degenerate

PACKAGES = ("sklearn", "statsmodels", "nltk")


@pytest.fixture(autouse=True)
def _present() -> None:
    require("oracles", all(find_spec(name) is not None for name in PACKAGES))


def ratings(seed: int, coders: int = 3, units: int = 60, values: int = 4) -> Any:
    """Coders who mostly agree, as whole numbers from 0."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, values, units)
    same = rng.random((units, coders)) < 0.6
    return np.where(same, truth[:, None], rng.integers(0, values, (units, coders)))


def task(rows: Any, distance: Any = None) -> Any:
    """The rows as NLTK takes them; a missing value is a row that is not there."""
    from nltk.metrics.agreement import AnnotationTask

    data = [
        (f"c{coder}", f"u{unit}", value)
        for unit, row in enumerate(rows)
        for coder, value in enumerate(row)
        if value is not None
    ]
    return AnnotationTask(data=data) if distance is None else AnnotationTask(data=data, distance=distance)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_cohen_is_that_of_scikit_learn(seed: int, weights: Any) -> None:
    from sklearn.metrics import cohen_kappa_score

    a, b = ratings(seed, 2).T.tolist()
    expected = cohen_kappa_score(a, b, weights=weights)
    assert ag.cohen_kappa(a, b, weights).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_cohen_and_fleiss_are_those_of_statsmodels(seed: int) -> None:
    from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa

    rows = ratings(seed)
    counts, _ = aggregate_raters(rows)
    assert ag.fleiss_kappa(rows.tolist()).value == pytest.approx(fleiss_kappa(counts), abs=1e-12)
    a, b = rows[:, 0].tolist(), rows[:, 1].tolist()
    table = np.zeros((4, 4))
    np.add.at(table, (a, b), 1)
    expected = cohens_kappa(table)
    ours = ag.cohen_kappa(a, b, interval="analytic")
    assert (ours.value, ours.se) == pytest.approx((expected.kappa, expected.std_kappa), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_kappa_and_pi_are_those_of_nltk(seed: int) -> None:
    rows = ratings(seed, 2).tolist()
    a, b = ([row[n] for row in rows] for n in (0, 1))
    theirs = task(rows)
    assert ag.cohen_kappa(a, b).value == pytest.approx(theirs.kappa(), abs=1e-12)
    assert ag.scott_pi(a, b).value == pytest.approx(theirs.pi(), abs=1e-12)
    assert ag.brennan_prediger(rows).value == pytest.approx(theirs.S(), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_alpha_is_that_of_nltk_on_complete_data(seed: int) -> None:
    rows = ratings(seed).tolist()
    assert ag.krippendorff_alpha(rows, interval="none").value == pytest.approx(task(rows).alpha(), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_alpha_is_that_of_nltk_with_missing_values(seed: int) -> None:
    gone = np.random.default_rng(seed).random((60, 3)) < 0.3
    rows = [
        [None if away else value for value, away in zip(row, lost, strict=True)]
        for row, lost in zip(ratings(seed).tolist(), gone.tolist(), strict=True)
    ]
    assert ag.krippendorff_alpha(rows, interval="none").value == pytest.approx(task(rows).alpha(), abs=1e-12)


def test_set_distances_of_nltk_crash_on_two_uncoded_passages_and_ours_are_zero() -> None:
    from nltk.metrics.distance import jaccard_distance, masi_distance

    nothing: frozenset[str] = frozenset()
    for theirs, name in ((masi_distance, "masi"), (jaccard_distance, "jaccard")):
        with pytest.raises(ZeroDivisionError):
            theirs(nothing, nothing)
        assert ag.set_distance(nothing, nothing, name) == 0.0


def test_set_distances_are_those_of_nltk_elsewhere() -> None:
    from nltk.metrics.distance import jaccard_distance, masi_distance

    sets = [frozenset(c) for n in range(4) for c in combinations("ABC", n)]
    for a, b in combinations(sets, 2):
        assert ag.set_distance(a, b, "jaccard") == pytest.approx(jaccard_distance(a, b), abs=1e-12)
        # NLTK rounds two thirds and one third to .67 and .33.
        assert ag.set_distance(a, b, "masi") == pytest.approx(masi_distance(a, b), abs=0.004)


def test_one_value_only_is_undefined_here_and_one_or_nothing_elsewhere() -> None:
    from sklearn.metrics import cohen_kappa_score

    same = [1] * 10
    with pytest.warns(Warning):
        assert math.isnan(cohen_kappa_score(same, same))
    for undefined in (lambda: ag.cohen_kappa(same, same), lambda: ag.krippendorff_alpha([[1, 1]] * 10)):
        with pytest.raises(Degenerate):
            undefined()
    assert task([[1, 1]] * 10).alpha() == 1.0  # NLTK says that coders who never had a choice agree perfectly
