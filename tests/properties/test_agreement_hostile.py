"""Every public coefficient on hostile small inputs: a number within its documented range or an error of ours."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crosscase.analysis import agreement as ag
from crosscase.errors import CrosscaseError

INF = math.inf
RANGES: dict[str, tuple[float, float]] = {
    "bias_index": (-1, 1),
    "brennan_prediger": (-INF, 1),
    "cohen_kappa": (-INF, 1),  # from −1 without weights and with linear and quadratic ones
    "conger_kappa": (-INF, 1),
    "fleiss_by_category": (-INF, 1),
    "fleiss_kappa": (-INF, 1),
    "gwet_ac1": (-INF, 1),
    "gwet_ac2": (-INF, 1),
    "holsti": (0, 1),
    "kappa_max": (0, 1),
    "krippendorff_alpha": (-INF, 1),
    "light_kappa": (-INF, 1),
    "percent_agreement": (0, 1),
    "positive_agreement": (0, 1),
    "prevalence_index": (-1, 1),
    "scott_pi": (-INF, 1),
    "set_alpha": (-INF, 1),
    "unitizing_alpha": (-INF, 1),
    "unitizing_alpha_1995": (-INF, 1),
    "unitizing_by_code": (-INF, 1),
}
OTHERS = {"dawid_skene", "set_distance"}  # a table of probabilities and a distance
FUNCTIONS = {name for name in ag.__all__ if inspect.isfunction(getattr(ag, name))}
SPANS = ("holsti", "unitizing_alpha", "unitizing_alpha_1995", "unitizing_by_code")
PAIRS = ("bias_index", "cohen_kappa", "kappa_max", "prevalence_index", "scott_pi")
WEIGHTED = ("brennan_prediger", "cohen_kappa", "conger_kappa", "fleiss_kappa", "gwet_ac2", "light_kappa", "scott_pi")

odd = st.sampled_from(
    [None, math.nan, INF, -INF, 1e308, -1e308, 1e-320, 10**400, -1, 0, 1, 2, True, "a", "", (1,), [1], {}, {1}, 1j, 0.5,
     np.nan, np.float64(1), np.int64(2), np.ma.masked, object, b"x"]
)  # fmt: skip
usual = st.one_of(st.none(), st.integers(0, 2))
pool = st.sampled_from([usual, usual, st.integers(0, 1), odd, st.floats(), st.sampled_from("abc"), st.just(1)])


@st.composite
def tables(draw: st.DrawFn, coders: int | None = None) -> Any:
    values, width = draw(pool), draw(st.integers(0, 4)) if coders is None else coders
    rows = draw(st.lists(st.lists(values, min_size=width, max_size=width), max_size=8))
    if draw(st.integers(0, 9)) == 0:
        return draw(odd)
    if draw(st.integers(0, 9)) == 0 and rows:
        rows[-1] = rows[-1][:-1]
    return rows


@st.composite
def options(draw: st.DrawFn, spans: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {}
    rare = st.integers(0, 7)
    found["interval"] = draw(st.sampled_from(["jackknife", "jackknife", "none", "analytic", "bootstrap", "x", None]))
    if found["interval"] is None and not spans:
        del found["interval"]
    if found.get("interval") == "bootstrap":
        found["draws"] = 100
    for name, values in (
        ("level", st.one_of(odd, st.floats(0, 1))),
        ("seed", st.one_of(odd, st.integers(-3, 3))),
        ("draws", st.one_of(odd, st.integers(-3, 200))),
    ):
        if draw(rare) == 0:
            found[name] = draw(values)
    if spans:
        return found
    if draw(st.booleans()):
        found["clusters"] = draw(
            st.one_of(st.lists(st.sampled_from("xyz"), max_size=8), st.lists(odd, max_size=8), odd)
        )
    if draw(rare) == 0:
        found["categories"] = draw(st.one_of(st.lists(odd, max_size=4), st.just([0, 1, 2]), odd))
    return found


whole = st.integers(0, 4)
counted = st.one_of(
    st.lists(st.lists(whole, min_size=2, max_size=2), max_size=5),
    st.lists(st.lists(st.one_of(whole, st.sampled_from([10**9, 10**18, -1, 0.5, "x"])), max_size=3), max_size=3),
    odd,
)
weights = st.sampled_from(
    [None, "identity", "linear", "quadratic", "ordinal", "radical", "ratio", "x", 3, object(), [[1, 0], [0, 1]],
     [[1, 0.5], [0.5, 1]], [[1, -1], [-1, 1]], [[1, math.nan], [0, 1]], [[1, 0.2], [0.7, 1]], np.eye(3)]
)  # fmt: skip


@st.composite
def calls(draw: st.DrawFn, name: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if name in SPANS:
        return draw(over_spans(name))
    known = draw(options())
    if name in WEIGHTED:
        known["weights"] = draw(weights)
    if name in ("positive_agreement", "prevalence_index", "bias_index") and draw(st.booleans()):
        known["value"] = draw(odd)
    if name == "krippendorff_alpha":
        known["metric"] = draw(st.sampled_from(["nominal", "ordinal", "interval", "ratio", "x", 3]))
    if name == "set_alpha":
        known["distance"] = draw(st.sampled_from(["masi", "jaccard", "nominal", "x"]))
        some = st.one_of(st.none(), st.frozensets(st.sampled_from("abc")), odd)
        return (draw(st.lists(st.lists(some, min_size=2, max_size=3), max_size=6)),), known
    form = draw(st.sampled_from(["ratings", "ratings", "ratings", "counts", "contingency"]))
    if form != "ratings":
        return (), {**known, form: draw(counted)}
    if name in PAIRS:
        rows = draw(tables(coders=2))
        if not isinstance(rows, list) or any(not isinstance(r, list) or len(r) < 2 for r in rows):
            return (rows, rows), known
        return ([r[0] for r in rows], [r[1] for r in rows]), known
    return (draw(tables()),), known


number = st.one_of(st.integers(0, 12), st.sampled_from([-1, 0.5, math.nan, INF, 1e9, "x", None, 10**400]))


@st.composite
def over_spans(draw: st.DrawFn, name: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    value = st.one_of(st.sampled_from("ab"), odd) if draw(st.integers(0, 3)) == 0 else st.sampled_from("ab")
    plain = st.builds(lambda start, size, v: (start, start + size, v), st.integers(0, 9), st.integers(1, 4), value)
    span = st.one_of(plain, plain, plain, st.tuples(number, number, value), odd)
    marked: Any = st.lists(span if draw(st.booleans()) else plain, max_size=4)
    length: Any = draw(st.one_of(st.just(14), st.just(14), number))
    if draw(st.booleans()):
        marked = st.dictionaries(st.sampled_from("st"), marked, max_size=2)
        length = {"s": 14, "t": draw(st.one_of(st.just(14), number))}
    if draw(st.integers(0, 9)) == 0:
        marked = odd
    known = draw(options(spans=True))
    if name == "holsti":
        return (draw(marked), draw(marked)), known | {
            "min_overlap": draw(st.sampled_from([0.5, 1, 0, 2, "x", math.nan]))
        }
    spans = draw(st.dictionaries(st.sampled_from("xyz"), marked, max_size=3))
    if name == "unitizing_alpha":
        known["kind"] = draw(st.sampled_from(["u", "binary", "cu", "ku", "x"]))
        known["rule"] = draw(st.sampled_from(["union", "pairwise"]))
        known["value"] = draw(st.sampled_from([None, "a", "zz", [1]]))
    if name == "unitizing_alpha_1995":
        known = {"value": draw(st.sampled_from([None, "a", "zz", [1]]))}
    return (spans, length), known


def in_range(name: str, estimate: ag.Estimate, given_weights: Any) -> None:
    low, high = RANGES[name]
    if name in ("cohen_kappa", "scott_pi") and isinstance(given_weights, str | None):
        low = -1.0 if given_weights in (None, "identity", "linear", "quadratic") else low
    for value in (estimate.value, estimate.low, estimate.high):
        if value is not None:
            assert math.isfinite(value) and low - 1e-9 <= value <= high + 1e-9, estimate
    assert estimate.se is None or (math.isfinite(estimate.se) and estimate.se >= 0), estimate
    assert (estimate.low is None) == (estimate.high is None)
    if estimate.low is not None and estimate.high is not None:
        assert estimate.low <= estimate.high
        if "bootstrap" not in estimate.method:
            assert estimate.low - 1e-9 <= estimate.value <= estimate.high + 1e-9, estimate
    assert estimate.n_units >= 0 and estimate.n_clusters >= 1 and estimate.n_coders >= 2
    assert estimate.disagreement >= -1e-9 and estimate.expected_disagreement > 0


def test_every_public_coefficient_has_its_range_here() -> None:
    assert set(RANGES) | OTHERS == FUNCTIONS


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", sorted(RANGES))
@settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_number_in_its_range_or_a_sentence(name: str, data: st.DataObject) -> None:
    arguments, known = data.draw(calls(name))
    try:
        found = getattr(ag, name)(*arguments, **known)
    except CrosscaseError as error:
        assert str(error) and "\n" not in str(error)
        return
    for estimate in found.values() if isinstance(found, dict) else [found]:
        if isinstance(estimate, CrosscaseError):
            assert str(estimate)
        else:
            in_range(name, estimate, known.get("weights"))


@pytest.mark.filterwarnings("error")
@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(rows=tables(), certain=st.one_of(odd, st.just(0.8)), steps=st.one_of(odd, st.just(50)))
def test_triage_gives_probabilities_or_a_sentence(rows: Any, certain: Any, steps: Any) -> None:
    try:
        found = ag.dawid_skene(rows, certain, steps)
    except CrosscaseError as error:
        assert str(error)
        return
    for share in (found.prevalence, *found.sensitivity, *found.specificity, *found.probability):
        assert math.isnan(share) or 0 <= share <= 1


@settings(deadline=None, max_examples=150)
@given(a=st.one_of(odd, st.frozensets(st.integers())), b=st.one_of(odd, st.frozensets(st.integers())))
def test_a_distance_lies_between_nothing_and_one(a: Any, b: Any) -> None:
    for distance in ("masi", "jaccard", "nominal"):
        try:
            assert 0 <= ag.set_distance(a, b, distance) <= 1
        except CrosscaseError as error:
            assert str(error)
