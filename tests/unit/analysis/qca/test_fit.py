"""Fit values by hand."""

from __future__ import annotations

import numpy as np
import pytest

from crosscase.analysis import qca
from crosscase.errors import Degenerate, InputError

X, Y = np.array([0.8, 0.6, 0.2]), np.array([0.9, 0.4, 0.1])
FRAME = {"case": ["a", "b", "c"], "X": X, "Z": [0.1, 0.9, 0.0], "Y": Y}


def test_sufficiency_by_hand() -> None:
    # a = min(x, y) = .8 .4 .1, sum 1.3; sum x 1.6; sum y 1.4; min(a, 1 − y) = .1 .4 .1, sum .6
    fit = qca.sufficiency_fit(X, Y)
    assert fit.inclS == pytest.approx(1.3 / 1.6)
    assert pytest.approx((1.3 - 0.6) / (1.6 - 0.6)) == fit.PRI
    assert fit.covS == pytest.approx(1.3 / 1.4)


def test_necessity_by_hand() -> None:
    # 1 − x = .2 .4 .8, sum 1.4; 1 − a = .2 .6 .9, sum 1.7
    fit = qca.necessity_fit(X, Y)
    assert (fit["inclN"], fit["RoN"], fit["covN"]) == pytest.approx((1.3 / 1.4, 1.4 / 1.7, 1.3 / 1.6))


def test_unique_coverage_by_hand() -> None:
    # X covers .8 .4 .1, Z covers .1 .4 0; they share .1 .4 0
    assert qca.unique_coverages([X, np.array(FRAME["Z"])], Y) == pytest.approx([0.8 / 1.4, 0.0])
    assert qca.unique_coverages([X], Y) == pytest.approx([1.3 / 1.4]), "the only term covers all that it covers alone"


def test_pof_measures_any_expression_and_its_terms() -> None:
    result = qca.pof("X + Z", "Y", FRAME)
    assert result.table["term"].to_list() == ["X", "Z", "expression"]
    assert result.inclS == pytest.approx(1.3 / (0.8 + 0.9 + 0.2))
    assert result.table["covU"].to_list()[:2] == pytest.approx([0.8 / 1.4, 0.0])
    assert qca.pof("~X", "~Y", FRAME, "necessity").inclN == pytest.approx((0.1 + 0.4 + 0.8) / (0.1 + 0.6 + 0.9))


def test_pof_opens_in_a_notebook_and_as_plain_values() -> None:
    result = qca.pof("X*~Z", "Y", FRAME)
    assert result.to_dict()["rows"][0]["term"] == "X*~Z"
    assert "X*~Z" in result._repr_html_()


def test_what_is_not_defined_is_refused_and_never_nought() -> None:
    empty = np.zeros(3)
    with pytest.raises(Degenerate, match="consistency is not defined: no case"):
        qca.consistency(empty, Y)
    with pytest.raises(Degenerate, match="coverage is not defined"):
        qca.coverage(X, empty)
    with pytest.raises(Degenerate, match="PRI is not defined"):
        qca.pri(np.full(3, 0.5), np.full(3, 0.5))
    with pytest.raises(Degenerate, match="RoN is not defined"):
        qca.relevance_of_necessity(np.ones(3), np.ones(3))
    assert qca.sufficiency_fit(empty, Y).inclS is None


def test_an_unknown_relation_is_refused() -> None:
    with pytest.raises(InputError, match="there is no relation 'sufficient'"):
        qca.pof("X", "Y", FRAME, "sufficient")  # type: ignore[arg-type]
