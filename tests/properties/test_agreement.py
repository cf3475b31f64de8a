"""Agreement coefficients against their definitions, written out naively, on whatever Hypothesis thinks of."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crosscase.analysis import agreement as ag
from crosscase.errors import Degenerate

Rows = list[list[Any]]
# Machines that are busy with other things are not slow code.
patient = settings(deadline=None)


def tables(values: st.SearchStrategy[Any], coders: int | None = None) -> st.SearchStrategy[Rows]:
    widths = st.integers(2, 4) if coders is None else st.just(coders)
    return widths.flatmap(
        lambda width: st.lists(st.lists(values, min_size=width, max_size=width), min_size=1, max_size=12)
    )


with_gaps = tables(st.one_of(st.none(), st.integers(0, 3)))
complete_pairs = tables(st.integers(1, 3), coders=2)


def _difference(metric: str, c: Any, k: Any, counts: Counter[Any]) -> float:
    if metric == "nominal":
        return float(c != k)
    if metric == "interval":
        return float((c - k) ** 2)
    if metric == "ratio":
        return ((c - k) / (c + k)) ** 2 if c + k else 0.0
    low, high = min(c, k), max(c, k)
    between = sum(n for value, n in counts.items() if low <= value <= high)
    return float((between - (counts[c] + counts[k]) / 2) ** 2) if c != k else 0.0


def naive_alpha(rows: Rows, metric: str) -> float | None:
    """α from its definition, value by value; None where it is undefined."""
    units = [values for row in rows if len(values := [v for v in row if v is not None]) > 1]
    counts = Counter(v for unit in units for v in unit)
    n = sum(counts.values())
    observed = sum(
        _difference(metric, c, k, counts) / (len(unit) - 1) for unit in units for c, k in permutations(unit, 2)
    )
    everything = [v for unit in units for v in unit]
    expected = sum(_difference(metric, c, k, counts) for c, k in permutations(everything, 2))
    return None if expected == 0 else 1 - (n - 1) * observed / expected


@patient
@given(rows=with_gaps, metric=st.sampled_from(["nominal", "ordinal", "interval", "ratio"]))
def test_alpha_is_its_definition(rows: Rows, metric: Any) -> None:
    expected = naive_alpha(rows, metric)
    if expected is None:
        with pytest.raises(Degenerate):
            ag.krippendorff_alpha(rows, metric, interval="none")
    else:
        assert ag.krippendorff_alpha(rows, metric, interval="none").value == pytest.approx(expected, abs=1e-9)


@patient
@given(rows=with_gaps)
def test_whatever_is_handed_in_gives_a_number_or_a_reason(rows: Rows) -> None:
    for function in (ag.krippendorff_alpha, ag.fleiss_kappa, ag.conger_kappa, ag.light_kappa, ag.gwet_ac1, ag.gwet_ac2,
                     ag.brennan_prediger, ag.percent_agreement):  # fmt: skip
        try:
            estimate = function(rows)
        except Degenerate as reason:
            assert str(reason)
            continue
        assert estimate.value <= 1.0 + 1e-12
        if estimate.low is None or estimate.high is None:
            assert estimate.note.startswith("no interval")
        else:
            assert estimate.low <= estimate.value + 1e-12 and estimate.value <= estimate.high + 1e-12
            assert estimate.se is not None and estimate.se >= 0


@patient
@given(rows=complete_pairs)
def test_two_coders_tie_the_coefficients_together(rows: Rows) -> None:
    a, b = [row[0] for row in rows], [row[1] for row in rows]
    assume(len({*a, *b}) > 1 and not (len(set(a)) == 1 and set(a) == set(b)))
    n = len(rows)
    pi = ag.scott_pi(a, b, interval="none").value
    assert ag.fleiss_kappa(rows, interval="none").value == pytest.approx(pi)
    assert 1 - ag.krippendorff_alpha(rows, interval="none").value == pytest.approx((1 - pi) * (2 * n - 1) / (2 * n))
    kappa = ag.cohen_kappa(a, b, interval="none").value
    assert ag.conger_kappa(rows, interval="none").value == pytest.approx(kappa)
    assert ag.light_kappa(rows, interval="none").value == pytest.approx(kappa)
    assert pi <= kappa + 1e-12 <= ag.kappa_max(a, b, interval="none").value + 2e-12


@patient
@given(rows=tables(st.frozensets(st.sampled_from("ABC")), coders=3), distance=st.sampled_from(["masi", "jaccard"]))
def test_alpha_over_sets_is_its_definition(rows: Rows, distance: str) -> None:
    everything = [one for row in rows for one in row]
    n = len(everything)
    observed = sum(ag.set_distance(c, k, distance) / 2 for row in rows for c, k in permutations(row, 2))
    expected = sum(ag.set_distance(c, k, distance) for c, k in permutations(everything, 2))
    assume(expected > 0)
    estimate = ag.set_alpha(rows, distance, interval="none")
    assert estimate.value == pytest.approx(1 - (n - 1) * observed / expected, abs=1e-9)


@patient
@given(a=st.frozensets(st.integers(0, 90)), b=st.frozensets(st.integers(0, 90)))
def test_set_distances_are_distances(a: frozenset[int], b: frozenset[int]) -> None:
    for name in ("masi", "jaccard", "nominal"):
        distance = ag.set_distance(a, b, name)
        assert distance == ag.set_distance(b, a, name)
        assert 0 <= distance <= 1
        assert (distance == 0) == (a == b)
    assert ag.set_distance(a, b, "masi") >= ag.set_distance(a, b, "jaccard")


LENGTH = 14


@st.composite
def marked(draw: st.DrawFn, coders: int) -> dict[str, list[tuple[int, int, str]]]:
    """Each coder cuts the line at a few places and marks some of the pieces, so that no two of them overlap."""
    found = {}
    for coder in "xyz"[:coders]:
        cuts = sorted(draw(st.sets(st.integers(0, LENGTH), max_size=6)))
        pieces = zip(cuts, cuts[1:], strict=False)
        names = [(start, end, draw(st.sampled_from(["", "a", "b"]))) for start, end in pieces]
        found[coder] = [span for span in names if span[2]]
    return found


def naive_unitizing(spans: dict[str, list[tuple[int, int, str]]], kind: str, rule: str) -> float | None:
    """uα, |uα and cuα position by position; None where undefined."""
    if kind == "binary":
        spans = {coder: [(s, e, "v") for s, e, _ in found] for coder, found in spans.items()}
    at = {c: [next((v for s, e, v in f if s <= p < e), "") for p in range(LENGTH)] for c, f in spans.items()}
    m = len(spans)
    length: Counter[tuple[str, str]] = Counter()
    for i, j in permutations(spans, 2):
        length.update(zip(at[i], at[j], strict=True))
    squares: Counter[str] = Counter()
    for i, found in spans.items():
        for start, end, value in found:
            covered = [sum(at[j][p] != "" for p in range(start, end)) for j in spans if j != i]
            anybody = sum(any(at[j][p] for j in spans if j != i) for p in range(start, end))
            if kind != "cu":
                squares[value] += (end - start) ** 2
            else:
                squares[value] += anybody**2 if rule == "union" else sum(x * x for x in covered) / (m - 1)
    if kind == "cu":
        length = Counter({pair: n for pair, n in length.items() if "" not in pair})
    else:
        squares[""] = sum(row.count("") for row in at.values())
    of = {c: sum(n for pair, n in length.items() if pair[0] == c) / (m - 1) for c in ("", "a", "b", "v")}
    whole = sum(of.values())
    if whole * whole <= sum(squares.values()):
        return None
    expected = sum(whole * (of[c] ** 2 - squares[c]) / (whole**2 - sum(squares.values())) for c in of)
    agreeing = sum(n for pair, n in length.items() if pair[0] == pair[1]) / (m - 1)
    return None if abs(whole - expected) < 1e-9 else 1 - (whole - agreeing) / (whole - expected)


@settings(deadline=None, max_examples=200)
@given(
    spans=st.integers(2, 3).flatmap(marked),
    kind=st.sampled_from(["u", "binary", "cu"]),
    rule=st.sampled_from(["union", "pairwise"]),
)
def test_unitizing_alpha_is_its_definition(spans: Any, kind: Any, rule: Any) -> None:
    expected = naive_unitizing(spans, kind, rule)
    if expected is None:
        with pytest.raises(Degenerate):
            ag.unitizing_alpha(spans, LENGTH, kind, rule=rule)
    else:
        assert ag.unitizing_alpha(spans, LENGTH, kind, rule=rule).value == pytest.approx(expected, abs=1e-9)


@patient
@given(first=marked(2), second=marked(2))
def test_two_lines_are_the_sums_of_each(first: Any, second: Any) -> None:
    """ℓ and q add up over sources: a study copied as new sources keeps its observed disagreement."""
    one = {coder: {"1": first[coder], "2": second[coder]} for coder in first}
    two = {coder: {**found, "3": first[coder], "4": second[coder]} for coder, found in one.items()}
    try:
        once = ag.unitizing_alpha(one, dict.fromkeys("12", LENGTH), interval="none")
    except Degenerate:
        return
    twice = ag.unitizing_alpha(two, dict.fromkeys("1234", LENGTH), interval="none")
    assert twice.disagreement == pytest.approx(once.disagreement)
    assert twice.n_units == 2 * once.n_units


@patient
@given(spans=marked(2), shift=st.integers(0, 5))
def test_holsti_is_symmetric_and_knows_nothing_of_the_rest_of_the_text(spans: Any, shift: int) -> None:
    assume(spans["x"] or spans["y"])
    value = ag.holsti(spans["x"], spans["y"]).value
    assert 0 <= value <= 1
    assert ag.holsti(spans["y"], spans["x"]).value == value
    moved = [[(s + shift, e + shift, v) for s, e, v in spans[coder]] for coder in "xy"]
    assert ag.holsti(*moved).value == value
