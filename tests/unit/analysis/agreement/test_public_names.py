"""What a methodologist imports, and whether it is described."""

from __future__ import annotations

import doctest
import inspect
import pickle
from pathlib import Path

import pytest

from crosscase.analysis import agreement as ag
from crosscase.analysis.agreement import alpha, distances, two_coders

PAGE = Path(__file__).resolve().parents[4] / "docs/methods/agreement.md"
FUNCTIONS = [name for name in ag.__all__ if inspect.isfunction(getattr(ag, name))]


@pytest.mark.parametrize("name", ag.__all__)
def test_every_public_name_exists_and_is_on_the_methods_page(name: str) -> None:
    assert hasattr(ag, name)
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_says_what_it_takes_returns_and_refuses_and_where_it_is_from(name: str) -> None:
    text = inspect.getdoc(getattr(ag, name))
    assert text is not None
    if name == "set_distance":
        assert "Passonneau 2006" in text and "Raises" in text
        return
    for section in ("Parameters\n", "Returns\n", "Raises\n"):
        assert section in text, section
    # Two functions rest on the sources of another one, which they name.
    assert "Notes\n" in text or name in ("krippendorff_alpha", "unitizing_alpha", "unitizing_by_code")


@pytest.mark.parametrize("module", [ag, alpha, distances, two_coders], ids=lambda module: module.__name__)
def test_the_examples_in_the_docstrings_run(module: object) -> None:
    outcome = doctest.testmod(module)  # type: ignore[arg-type]
    assert outcome.attempted > 0 and outcome.failed == 0


def test_every_shared_argument_is_described() -> None:
    assert ag.Options.__doc__ is not None
    for argument in ag.Options.__annotations__:
        assert argument in ag.Options.__doc__


def test_an_estimate_is_a_value_that_can_be_stored() -> None:
    estimate = ag.cohen_kappa(contingency=[[20, 20], [10, 50]])
    assert pickle.loads(pickle.dumps(estimate)) == estimate
    assert hash(estimate) == hash(ag.cohen_kappa(contingency=[[20, 20], [10, 50]]))
    with pytest.raises(AttributeError):
        estimate.value = 1.0  # type: ignore[misc]


def test_the_worked_example_of_the_methods_page_is_right() -> None:
    # Six units, two interviews, one value missing: D_o = .2, D_e = 48/90.
    ratings = [["a", "a"], ["a", "b"], ["b", "b"], ["b", None], ["a", "a"], ["b", "b"]]
    estimate = ag.krippendorff_alpha(ratings, clusters=["i1", "i1", "i1", "i2", "i2", "i2"])
    assert estimate.disagreement == pytest.approx(0.2)
    assert estimate.expected_disagreement == pytest.approx(50 / 90)
    assert estimate.value == pytest.approx(0.64)
