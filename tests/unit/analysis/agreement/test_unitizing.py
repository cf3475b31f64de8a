"""Spans marked freely: α for unitizing and Holsti's coefficient."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from crosscase.analysis import agreement as ag
from crosscase.errors import Degenerate, InputError, OffsetError

TWO = {
    "Ann": {"i1": [(0, 10, "a"), (20, 30, "b")], "i2": [(5, 15, "a")], "i3": [(0, 4, "b"), (8, 16, "a")]},
    "Ben": {"i1": [(2, 10, "a"), (20, 28, "b")], "i2": [(5, 12, "b")], "i3": [(1, 4, "b"), (8, 20, "a")]},
}
LENGTH = {"i1": 40, "i2": 30, "i3": 25}


def test_binary_alpha_by_hand() -> None:
    # A line of 10; [0, 4) and [2, 4). ℓ = 20, ℓ_φ = 14, of which both leave out 6 twice: ℓ_φφ = 12. Σq = 16 + 4 + 14.
    estimate = ag.unitizing_alpha({"x": [(0, 4, "v")], "y": [(2, 4, "v")]}, 10, "binary")
    expected = 20 * 14 * 6 / (400 - 34)
    assert estimate.value == pytest.approx(1 - (14 - 12) / expected)
    assert estimate.coefficient == "|uα"
    assert estimate.n_units == 2


def test_coders_who_mark_the_same_get_one_in_every_kind() -> None:
    same = {"x": TWO["Ann"], "y": TWO["Ann"], "z": TWO["Ann"]}
    for kind in ("u", "binary", "cu"):
        assert ag.unitizing_alpha(same, LENGTH, kind).value == pytest.approx(1.0)
    assert ag.unitizing_alpha(same, LENGTH, "ku", value="a").value == pytest.approx(1.0)


def test_coders_who_mark_different_things_get_less_than_chance() -> None:
    apart = {"x": {"1": [(0, 5, "v")], "2": [(0, 5, "v")]}, "y": {"1": [(5, 10, "v")], "2": [(5, 10, "v")]}}
    estimate = ag.unitizing_alpha(apart, {"1": 10, "2": 10})
    assert estimate.value < 0


def test_the_interval_leaves_out_each_interview_by_hand() -> None:
    estimate = ag.unitizing_alpha(TWO, LENGTH)
    left = []
    for gone in LENGTH:
        spans = {coder: {s: x for s, x in found.items() if s != gone} for coder, found in TWO.items()}
        left.append(ag.unitizing_alpha(spans, {s: n for s, n in LENGTH.items() if s != gone}, interval="none").value)
    assert estimate.se == pytest.approx((2 / 3 * sum((v - np.mean(left)) ** 2 for v in left)) ** 0.5)
    assert estimate.method == "jackknife over 3 sources, t(2)"
    assert "bootstrap over 3 sources" in ag.unitizing_alpha(TWO, LENGTH, interval="bootstrap").method


def test_one_line_without_sources_has_no_interval_and_says_so() -> None:
    spans = {"x": [(0, 4, "v")], "y": [(2, 4, "v")]}
    estimate = ag.unitizing_alpha(spans, 10)
    assert (estimate.low, estimate.high) == (None, None)
    assert "do not name their sources" in str(estimate)
    with pytest.raises(Degenerate, match="two sources or more"):
        ag.unitizing_alpha(spans, 10, interval="jackknife")
    with pytest.raises(InputError, match="no analytic standard error"):
        ag.unitizing_alpha(spans, 10, interval="analytic")


def test_sources_may_be_named_beside_the_spans() -> None:
    flat = {coder: [span for spans in found.values() for span in spans] for coder, found in TWO.items()}
    clusters = {coder: [s for s, spans in found.items() for _ in spans] for coder, found in TWO.items()}
    assert ag.unitizing_alpha(flat, LENGTH, clusters=clusters) == ag.unitizing_alpha(TWO, LENGTH)


def test_what_a_coder_did_not_read_is_missing_not_unmarked() -> None:
    third = {**TWO, "Cem": {"i1": [(0, 10, "a")]}}
    unread, unmarked = third, {**TWO, "Cem": {**third["Cem"], "i2": [], "i3": []}}
    assert ag.unitizing_alpha(unread, LENGTH).value > ag.unitizing_alpha(unmarked, LENGTH).value
    # A source that one coder alone read says nothing about agreement.
    alone = {**TWO, "Ann": {**TWO["Ann"], "i4": [(0, 3, "c")]}}
    assert ag.unitizing_alpha(alone, {**LENGTH, "i4": 9}) == ag.unitizing_alpha(TWO, LENGTH)
    with pytest.raises(Degenerate, match="no source was read by two coders"):
        ag.unitizing_alpha({"x": {"1": []}, "y": {"2": []}}, {"1": 5, "2": 5})


def test_overlapping_spans_of_one_code_are_one_unit_and_touching_ones_two() -> None:
    whole = {"x": [(0, 8, "v")], "y": [(2, 4, "v")]}
    overlapping = {"x": [(0, 5, "v"), (3, 8, "v"), (4, 6, "v")], "y": [(2, 4, "v")]}
    touching = {"x": [(0, 5, "v"), (5, 8, "v")], "y": [(2, 4, "v")]}
    assert ag.unitizing_alpha(overlapping, 10) == ag.unitizing_alpha(whole, 10)
    assert ag.unitizing_alpha(touching, 10).n_units == 3
    assert ag.unitizing_alpha(touching, 10).value != ag.unitizing_alpha(whole, 10).value


def test_overlapping_codes_are_looked_at_one_by_one() -> None:
    spans = {"x": {"1": [(0, 10, "a"), (5, 12, "b")], "2": []}, "y": {"1": [(0, 9, "a"), (6, 12, "b")], "2": []}}
    length = {"1": 20, "2": 15}
    with pytest.raises(InputError, match=r"coder x, unit from 0, source 1 — name one code with value="):
        ag.unitizing_alpha(spans, length)
    found = ag.unitizing_by_code(spans, length)
    assert list(found) == ["a", "b"]
    for code in "ab":
        assert found[code] == ag.unitizing_alpha(spans, length, value=code)
    assert ag.unitizing_alpha(spans, length, "binary").n_units == 2


def test_a_code_that_only_one_reader_met_is_said_to_be_undefined() -> None:
    spans = {**TWO, "Ann": {**TWO["Ann"], "alone": [(0, 3, "rare")]}}
    found = ag.unitizing_by_code(spans, {**LENGTH, "alone": 9})
    assert isinstance(found["rare"], Degenerate)
    assert isinstance(found["a"], ag.Estimate)
    with pytest.raises(Degenerate, match="nobody marked a span with 'c'"):
        ag.unitizing_by_code(TWO, LENGTH, ["c"])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ag.unitizing_alpha({"x": [(0, 4, "v")]}, 10), Degenerate, "two coders or more"),
        (lambda: ag.unitizing_alpha({"x": [], "y": []}, 10), Degenerate, "nothing was marked"),
        (lambda: ag.unitizing_alpha({"x": [(0, 9, 1)], "y": [(0, 9, 1)]}, 9), Degenerate, "everything was marked alike"),
        (lambda: ag.unitizing_alpha({"x": [(0, 11, "v")], "y": []}, 10), OffsetError, "coder x, span 0 to 11"),
        (lambda: ag.unitizing_alpha({"x": [(4, 4, "v")], "y": []}, 10), OffsetError, "empty"),
        (lambda: ag.unitizing_alpha({"x": [(-1, 4, "v")], "y": []}, 10), OffsetError, "leaves its source"),
        (lambda: ag.unitizing_alpha({"x": [(1, 4)], "y": []}, 10), InputError, "a span is"),
        (lambda: ag.unitizing_alpha(TWO, 10), InputError, "lengths by source"),
        (lambda: ag.unitizing_alpha(TWO, {"i1": 40}), InputError, "'i2' has no length"),
        (lambda: ag.unitizing_alpha(TWO, LENGTH, clusters={}), InputError, "name their sources already"),
        (lambda: ag.unitizing_alpha({"x": [], "y": [(0, 1, "v")]}, LENGTH), InputError, "source of each span"),
        (lambda: ag.unitizing_alpha({"x": [], "y": []}, 9, clusters={"x": []}), InputError, "lengths by source"),
        (lambda: ag.unitizing_alpha(TWO, LENGTH, "ku"), InputError, "name the value"),
        (lambda: ag.unitizing_alpha(TWO, LENGTH, "ub"), InputError, "kind is one of"),
        (lambda: ag.unitizing_alpha(TWO, LENGTH, value="c"), Degenerate, "nobody marked"),
        (lambda: ag.unitizing_alpha(TWO, LENGTH, "cu", value="a"), Degenerate, "marked alike"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_the_reason(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_the_rule_is_named_where_it_matters() -> None:
    three = {**TWO, "Cem": {"i1": [(5, 12, "b")], "i2": [(3, 9, "a")], "i3": [(8, 12, "a")]}}
    union, pairwise = (ag.unitizing_alpha(three, LENGTH, "cu", rule=rule) for rule in ("union", "pairwise"))
    assert union.value != pairwise.value
    assert "union rule" in union.coefficient and "pairwise rule" in pairwise.coefficient
    both = [ag.unitizing_alpha(TWO, LENGTH, "cu", rule=rule) for rule in ("union", "pairwise")]
    assert both[0] == both[1] and "rule" not in both[0].coefficient


def test_positions_may_be_seconds() -> None:
    times = {coder: {s: [(a / 7, b / 7, v) for a, b, v in x] for s, x in f.items()} for coder, f in TWO.items()}
    assert ag.unitizing_alpha(times, {s: n / 7 for s, n in LENGTH.items()}, "cu").value == pytest.approx(
        ag.unitizing_alpha(TWO, LENGTH, "cu").value
    )


def test_the_first_alpha_is_for_old_numbers_only() -> None:
    estimate = ag.unitizing_alpha_1995({"x": [(0, 4, "v")], "y": [(0, 4, "v")]}, 10)
    assert estimate.value == 1.0 and "no interval" in estimate.note
    with pytest.raises(Degenerate, match="nothing was marked"):
        ag.unitizing_alpha_1995({"x": [], "y": []}, 10)
    with pytest.raises(Degenerate, match="nobody marked"):
        ag.unitizing_alpha_1995({"x": [(0, 4, "v")], "y": []}, 10, value="w")


def test_holsti_by_hand() -> None:
    a = [(0, 10, "x"), (20, 30, "y"), (40, 50, "x")]
    b = [(2, 12, "x"), (20, 30, "z"), (48, 60, "x")]
    # One match of 3 + 3: the second differs in value, the third overlaps by 2 of 10.
    assert ag.holsti(a, b).value == pytest.approx(2 / 6)
    assert ag.holsti(a, b, 0.2).value == pytest.approx(4 / 6)
    assert ag.holsti(a, b).n_units == 6


def test_holsti_finds_the_most_matches_and_uses_each_span_once() -> None:
    # The long span could take either; the short one fits only the first.
    a, b = [(0, 20, "x"), (0, 6, "x")], [(0, 6, "x"), (10, 20, "x")]
    assert ag.holsti(a, b).value == 1.0
    assert ag.holsti([(0, 20, "x")], b).value == pytest.approx(2 / 3)


def test_holsti_with_sources_has_an_interval() -> None:
    estimate = ag.holsti(TWO["Ann"], TWO["Ben"])
    assert estimate.value == pytest.approx(8 / 10)
    assert "3 sources" in estimate.method
    flat = [[span for spans in TWO[c].values() for span in spans] for c in ("Ann", "Ben")]
    sources = tuple([s for s, spans in TWO[c].items() for _ in spans] for c in ("Ann", "Ben"))
    assert ag.holsti(*flat, clusters=sources) == estimate
    assert ag.holsti(*flat).low is None


def test_holsti_refuses_what_it_cannot_use() -> None:
    with pytest.raises(Degenerate, match="neither coder marked anything"):
        ag.holsti([], [])
    with pytest.raises(InputError, match="min_overlap="):
        ag.holsti([(0, 1, "x")], [(0, 1, "x")], 0)
    with pytest.raises(OffsetError):
        ag.holsti([(1, 1, "x")], [])
    with pytest.raises(InputError, match="no analytic"):
        ag.holsti(TWO["Ann"], TWO["Ben"], interval="analytic")


def _study(seed: int, exclusive: bool) -> dict[str, dict[int, list[tuple[int, int, int]]]]:
    """59 interviews of 9,000 words, 40 codes, three coders."""
    rng = np.random.default_rng(seed)
    coders: dict[str, dict[int, list[tuple[int, int, int]]]] = {c: {s: [] for s in range(59)} for c in "xyz"}
    for source in range(59):
        starts = np.sort(rng.choice(8900 // 90, 70, replace=False)) * 90
        for start in starts.tolist():
            code = int(rng.integers(40))
            for found in coders.values():
                if rng.random() < 0.8:
                    left = start + int(rng.integers(0, 10))
                    reach = 80 if exclusive else 200
                    found[source].append((left, min(left + int(rng.integers(40, reach)), 9000), code))
    return coders


def test_a_whole_study_takes_no_time() -> None:
    length = dict.fromkeys(range(59), 9000)
    exclusive, free = _study(1, True), _study(2, False)
    started = time.process_time()
    ag.unitizing_alpha(exclusive, length)
    assert time.process_time() - started < 0.5
    started = time.process_time()
    assert len(ag.unitizing_by_code(free, length)) == 40
    assert time.process_time() - started < 0.5
