"""What every coefficient must do that the other two suites cannot ask of: those on one value, the older α_U, triage."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crosscase.analysis import agreement as ag
from crosscase.errors import Degenerate, InputError

Rows = list[list[Any]]

IN_THE_SUITE = {
    "krippendorff_alpha", "set_alpha", "cohen_kappa", "scott_pi", "fleiss_kappa", "conger_kappa", "light_kappa",
    "gwet_ac1", "gwet_ac2", "brennan_prediger", "percent_agreement",
}  # fmt: skip
OVER_SPANS = {"unitizing_alpha", "unitizing_by_code", "holsti"}
HERE = {"positive_agreement", "kappa_max", "prevalence_index", "bias_index", "fleiss_by_category",
        "unitizing_alpha_1995", "dawid_skene"}  # fmt: skip
NO_COEFFICIENT = {"set_distance"}
"""A distance between two sets: tests/properties has its laws."""


def test_every_public_function_is_in_one_of_the_suites() -> None:
    functions = {name for name in ag.__all__ if inspect.isfunction(getattr(ag, name))}
    assert functions == IN_THE_SUITE | OVER_SPANS | HERE | NO_COEFFICIENT
    called = set()
    for module, names in (("test_behaviour", IN_THE_SUITE), ("test_behaviour_of_spans", OVER_SPANS)):
        text = Path(__file__).with_name(f"{module}.py").read_text(encoding="utf-8")
        called |= {name for name in names if f"ag.{name}" in text}
    assert called == IN_THE_SUITE | OVER_SPANS


@dataclass(frozen=True)
class OnOneValue:
    """A coefficient called with units × coders of 0 and 1."""

    name: str
    call: Callable[..., ag.Estimate]
    two_coders: bool = True
    turned: float = 1.0
    """What the value is multiplied by when the coders change places."""
    analytic: bool = False


def _two(function: Callable[..., ag.Estimate]) -> Callable[..., ag.Estimate]:
    return lambda rows, **options: function([r[0] for r in rows], [r[1] for r in rows], **options)


def _category(rows: Rows, **options: Any) -> ag.Estimate:
    found = ag.fleiss_by_category(rows, **options)[1]
    if isinstance(found, Degenerate):
        raise found
    return found


ALL = [
    OnOneValue("positive", ag.positive_agreement, two_coders=False),
    OnOneValue("positive of two", ag.positive_agreement, analytic=True),
    OnOneValue("kappa_max", _two(ag.kappa_max)),
    OnOneValue("prevalence", _two(ag.prevalence_index)),
    OnOneValue("bias", _two(ag.bias_index), turned=-1.0),
    OnOneValue("by category", _category, two_coders=False),
]
each = pytest.mark.parametrize("coefficient", ALL, ids=lambda c: c.name)
SOURCES = [f"interview {n % 8}" for n in range(40)]


def ratings(coefficient: OnOneValue, missing: float = 0.0, seed: int = 3) -> Rows:
    rng = np.random.default_rng(seed)
    coders = 2 if coefficient.two_coders else 3
    truth = rng.random(40) < 0.45
    given = np.where(
        rng.random((40, coders)) < 0.8, truth[:, None], rng.random((40, coders)) < [0.6, 0.3, 0.5][:coders]
    )
    gone = rng.random((40, coders)) < missing
    return [[None if gone[u, c] else int(given[u, c]) for c in range(coders)] for u in range(40)]


def same(first: ag.Estimate, second: ag.Estimate, turned: float = 1.0) -> None:
    assert second.value == pytest.approx(turned * first.value, abs=1e-12)
    assert second.se == pytest.approx(first.se, abs=1e-12)
    ends = (first.low, first.high) if turned > 0 else (-(first.high or 0), -(first.low or 0))
    assert (second.low, second.high) == pytest.approx(ends, abs=1e-12)


@each
@pytest.mark.parametrize("gone", [0.0, 0.15])
def test_the_order_of_units_and_coders_does_not_matter(coefficient: OnOneValue, gone: float) -> None:
    rows = ratings(coefficient, gone)
    whole = coefficient.call(rows, clusters=SOURCES)
    order = np.random.default_rng(2).permutation(40).tolist()
    same(whole, coefficient.call([rows[n] for n in order], clusters=[SOURCES[n] for n in order]))
    same(whole, coefficient.call([row[::-1] for row in rows], clusters=SOURCES), coefficient.turned)


@each
def test_missing_values_are_none_nan_or_masked_and_units_without_values_change_nothing(coefficient: OnOneValue) -> None:
    rows = ratings(coefficient, 0.15)
    whole = coefficient.call(rows, clusters=SOURCES)
    numbers = np.array([[math.nan if v is None else v for v in row] for row in rows], dtype=float)
    same(whole, coefficient.call(numbers.tolist(), clusters=SOURCES))
    same(whole, coefficient.call(np.ma.masked_invalid(numbers), clusters=SOURCES))
    same(whole, coefficient.call([*rows, [None] * len(rows[0])], clusters=[*SOURCES, "nobody"]))


@each
def test_sources_are_left_out_one_by_one_and_drawn_whole(coefficient: OnOneValue) -> None:
    rows = ratings(coefficient)
    whole = coefficient.call(rows, clusters=SOURCES)
    left = [
        coefficient.call([r for r, s in zip(rows, SOURCES, strict=True) if s != source], interval="none").value
        for source in sorted(set(SOURCES))
    ]
    assert whole.se == pytest.approx(math.sqrt(7 / 8 * sum((v - sum(left) / 8) ** 2 for v in left)))
    assert whole.method == "jackknife over 8 sources, t(7)" and whole.n_clusters == 8
    first, again = (coefficient.call(rows, clusters=SOURCES, interval="bootstrap", seed=5, draws=200) for _ in "12")
    assert first == again and "8 sources" in first.method
    twice = coefficient.call(rows + rows, clusters=SOURCES + SOURCES)
    same(whole, twice)


@each
def test_one_source_wrong_words_and_a_missing_formula_are_said(coefficient: OnOneValue) -> None:
    rows = ratings(coefficient)
    with pytest.raises(Degenerate, match="needs two sources or more"):
        coefficient.call(rows, clusters=["one"] * 40)
    with pytest.raises(TypeError):
        coefficient.call(rows, cluster=SOURCES)
    with pytest.raises(InputError, match="no interval called"):
        coefficient.call(rows, interval="x")
    if coefficient.analytic:
        assert coefficient.call(rows, interval="analytic").se is not None
    else:
        with pytest.raises(InputError, match="no analytic standard error"):
            coefficient.call(rows, interval="analytic")


def test_values_at_the_ends() -> None:
    a, b = [1, 1, 0, 0], [1, 1, 0, 0]
    assert ag.positive_agreement(list(zip(a, b, strict=True)), interval="none").value == 1
    assert ag.kappa_max(a, b, interval="none").value == 1
    assert ag.fleiss_by_category(list(zip(a, b, strict=True)), interval="none")[1].value == 1  # type: ignore[union-attr]
    assert ag.prevalence_index([1, 1], [1, 1], interval="none").value == 1
    assert ag.prevalence_index([0, 0], [0, 0], interval="none").value == -1
    assert ag.bias_index([1, 1], [0, 0], interval="none").value == 1
    assert ag.bias_index([0, 0], [1, 1], interval="none").value == -1


SPANS = {
    "x": [(0, 6, "a"), (10, 15, "b"), (20, 30, "a")],
    "y": [(1, 6, "a"), (11, 15, "b"), (22, 30, "a")],
    "z": [(0, 5, "a"), (10, 16, "b"), (20, 28, "a")],
}


def test_the_older_alpha_knows_no_order_and_no_names() -> None:
    value = ag.unitizing_alpha_1995(SPANS, 40).value
    turned = {coder: found[::-1] for coder, found in reversed(SPANS.items())}
    assert ag.unitizing_alpha_1995(turned, 40).value == pytest.approx(value)
    renamed = {c: [(s, e, {"a": "zebra", "b": 7}[v]) for s, e, v in found] for c, found in SPANS.items()}
    assert ag.unitizing_alpha_1995(renamed, 40).value == pytest.approx(value)
    mirrored = {c: [(40 - e, 40 - s, v) for s, e, v in found] for c, found in SPANS.items()}
    assert ag.unitizing_alpha_1995(mirrored, 40).value == pytest.approx(value)
    assert ag.unitizing_alpha_1995(dict.fromkeys("xyz", SPANS["x"]), 40).value == 1
    assert ag.unitizing_alpha_1995(SPANS, 40).note.startswith("no interval")
    with pytest.raises(Degenerate, match="two coders"):
        ag.unitizing_alpha_1995({"x": SPANS["x"]}, 40)


def test_triage_knows_no_order_and_no_scale() -> None:
    rows = ratings(ALL[0], 0.1)
    whole = ag.dawid_skene(rows)
    order = np.random.default_rng(4).permutation(40)
    moved = ag.dawid_skene([rows[n] for n in order])
    assert moved.probability == pytest.approx(whole.probability[order], abs=1e-6, nan_ok=True)
    turned = ag.dawid_skene([row[::-1] for row in rows])
    assert turned.sensitivity == pytest.approx(whole.sensitivity[::-1], abs=1e-6)
    numbers = np.array([[math.nan if v is None else v for v in row] for row in rows], dtype=float)
    assert ag.dawid_skene(numbers).probability == pytest.approx(whole.probability, abs=1e-12, nan_ok=True)
    swapped = ag.dawid_skene([[None if v is None else 1 - v for v in row] for row in rows])
    assert swapped.probability == pytest.approx(1 - whole.probability, abs=1e-6, nan_ok=True)
    assert swapped.sensitivity == pytest.approx(whole.specificity, abs=1e-6)
    with pytest.raises(Degenerate, match="only one value"):
        ag.dawid_skene([[1, 1], [1, 1]])
