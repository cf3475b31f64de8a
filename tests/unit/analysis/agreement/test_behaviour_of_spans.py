"""What every coefficient over freely placed spans must do, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from crosscase.analysis import agreement as ag
from crosscase.errors import Degenerate

Spans = dict[str, dict[str, list[tuple[int, int, str]]]]
LINE = 400
VALUES = ("a", "b", "c")


@dataclass(frozen=True)
class OverSpans:
    """One coefficient called with the spans of coders, and what holds for it."""

    name: str
    call: Callable[..., ag.Estimate]
    coders: int = 3
    corrected: bool = True
    names_one: bool = False
    """It is about the value "a" alone."""


def _unitizing(**fixed: Any) -> Callable[..., ag.Estimate]:
    def call(spans: Spans, **options: Any) -> ag.Estimate:
        sources = {source for found in spans.values() for source in found}
        return ag.unitizing_alpha(spans, dict.fromkeys(sources, LINE), **fixed, **options)

    return call


def _by_code(spans: Spans, **options: Any) -> ag.Estimate:
    sources = {source for found in spans.values() for source in found}
    found = ag.unitizing_by_code(spans, dict.fromkeys(sources, LINE), ["a"], **options)["a"]
    if isinstance(found, Degenerate):
        raise found
    return found


def _holsti(spans: Spans, **options: Any) -> ag.Estimate:
    one, two = spans.values()
    return ag.holsti(one, two, **options)


ALL = [
    OverSpans("u", _unitizing(kind="u")),
    OverSpans("u-one", _unitizing(kind="u", value="a"), names_one=True),
    OverSpans("u-by-code", _by_code, names_one=True),
    OverSpans("binary", _unitizing(kind="binary")),
    *(OverSpans(f"cu-{rule}", _unitizing(kind="cu", rule=rule)) for rule in ("union", "pairwise")),
    *(OverSpans(f"ku-{rule}", _unitizing(kind="ku", value="a", rule=rule), names_one=True) for rule in ("union", "pairwise")),
    OverSpans("holsti", _holsti, coders=2, corrected=False),
]  # fmt: skip


def each_of(some: list[OverSpans]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("coefficient", some, ids=lambda c: c.name)


each = each_of(ALL)


def marked(coefficient: OverSpans, sources: int = 10, seed: int = 1, slip: float = 0.3) -> Spans:
    """Coders who place spans of three values about alike."""
    rng = np.random.default_rng(seed)
    found: Spans = {f"coder {n}": {} for n in range(coefficient.coders)}
    for source in range(sources):
        starts = np.sort(rng.choice(np.arange(0, LINE - 40, 45), 5, replace=False))
        lengths, values = rng.integers(10, 30, 5), rng.choice(VALUES, 5)
        for mine in found.values():
            spans = []
            for start, length, value in zip(starts, lengths, values, strict=True):
                if rng.random() < slip / 2:
                    continue
                shown = rng.choice(VALUES) if rng.random() < slip else value
                low = int(start + rng.integers(0, 8))
                spans.append((low, int(low + length), str(shown)))
            mine[f"i{source}"] = spans
    return found


def same(first: ag.Estimate, second: ag.Estimate) -> None:
    for name in ("value", "low", "high", "se"):
        assert getattr(first, name) == pytest.approx(getattr(second, name), abs=1e-9), name


@each
def test_the_order_of_coders_does_not_matter(coefficient: OverSpans) -> None:
    spans = marked(coefficient)
    same(coefficient.call(spans), coefficient.call(dict(reversed(spans.items()))))


@each
def test_the_order_of_sources_and_of_spans_does_not_matter(coefficient: OverSpans) -> None:
    spans = marked(coefficient)
    turned = {c: {s: found[::-1] for s, found in reversed(mine.items())} for c, mine in spans.items()}
    same(coefficient.call(spans), coefficient.call(turned))


@each
def test_the_names_of_values_do_not_matter(coefficient: OverSpans) -> None:
    names = {"a": "a", "b": "x", "c": "b"}
    spans = marked(coefficient)
    renamed = {
        c: {s: [(low, high, names[v]) for low, high, v in found] for s, found in mine.items()}
        for c, mine in spans.items()
    }
    same(coefficient.call(spans), coefficient.call(renamed))


@each
def test_where_the_line_begins_does_not_matter_for_what_is_marked_alike(coefficient: OverSpans) -> None:
    spans = marked(coefficient)
    shifted = {
        c: {s: [(low + 1, high + 1, v) for low, high, v in found] for s, found in mine.items()}
        for c, mine in spans.items()
    }
    # Gaps at both ends change a little; what coders have in common does not.
    assert coefficient.call(spans).value == pytest.approx(coefficient.call(shifted).value, abs=0.01)


@each
def test_coders_who_always_agree_get_one(coefficient: OverSpans) -> None:
    one = next(iter(marked(coefficient, slip=0.0).values()))
    copies = {f"coder {n}": one for n in range(coefficient.coders)}
    assert coefficient.call(copies).value == pytest.approx(1.0, abs=1e-12)


@each_of([c for c in ALL if c.corrected])
def test_coders_who_mark_other_texts_than_they_read_get_about_zero(coefficient: OverSpans) -> None:
    # Each coder's spans stem from a study of their own, turned round by a chance amount: nothing but habit is common.
    values = []
    for seed in range(8):
        spans = {
            f"coder {n}": _turned(next(iter(marked(coefficient, 30, 100 * seed + n).values())), 100 * seed + n)
            for n in range(coefficient.coders)
        }
        values.append(coefficient.call(spans).value)
    assert abs(float(np.mean(values))) < 0.06


def _turned(mine: dict[str, list[tuple[int, int, str]]], seed: int) -> dict[str, list[tuple[int, int, str]]]:
    """Every source turned round, as a ring, by an amount of its own; what would cross the end is left out."""
    rng = np.random.default_rng(seed + 7)
    found = {}
    for source, spans in mine.items():
        by = int(rng.integers(0, LINE))
        moved = [((low + by) % LINE, (low + by) % LINE + high - low, v) for low, high, v in spans]
        found[source] = [span for span in moved if span[1] <= LINE]
    return found


@each
def test_doubling_the_texts_within_sources_does_not_make_the_interval_narrower(coefficient: OverSpans) -> None:
    spans = marked(coefficient)
    double = {
        c: {s: [*found, *((low + LINE, high + LINE, v) for low, high, v in found)] for s, found in mine.items()}
        for c, mine in spans.items()
    }
    before = coefficient.call(spans)
    after = coefficient.call(double) if coefficient.name == "holsti" else _doubled(coefficient, double)
    assert after.se == pytest.approx(before.se, rel=0.05)
    assert after.value == pytest.approx(before.value, abs=0.01)


def _doubled(coefficient: OverSpans, spans: Spans) -> ag.Estimate:
    """The same call on lines of twice the length."""
    length = dict.fromkeys(next(iter(spans.values())), 2 * LINE)
    if coefficient.name == "u-by-code":
        found = ag.unitizing_by_code(spans, length, ["a"])["a"]
        assert isinstance(found, ag.Estimate)
        return found
    kind, _, rule = coefficient.name.partition("-")
    value = "a" if coefficient.names_one else None
    return ag.unitizing_alpha(spans, length, kind, value, rule if rule in ("union", "pairwise") else "union")  # type: ignore[arg-type]


@each
def test_a_source_that_one_coder_read_changes_nothing(coefficient: OverSpans) -> None:
    spans = marked(coefficient)
    first = next(iter(spans))
    more = {**spans, first: {**spans[first], "alone": [(0, 30, "a")]}}
    same(coefficient.call(spans), coefficient.call(more))


@each
def test_the_jackknife_is_leaving_each_source_out_by_hand(coefficient: OverSpans) -> None:
    spans = marked(coefficient, sources=6)
    names = list(next(iter(spans.values())))
    left = [
        coefficient.call({c: {s: f for s, f in m.items() if s != out} for c, m in spans.items()}, interval="none").value
        for out in names
    ]
    n, mean = len(names), float(np.mean(left))
    se = float(np.sqrt((n - 1) / n * sum((value - mean) ** 2 for value in left)))
    assert coefficient.call(spans).se == pytest.approx(se, abs=1e-9)


@each
def test_the_bootstrap_draws_sources_and_can_be_repeated(coefficient: OverSpans) -> None:
    spans = marked(coefficient)
    one, again = (coefficient.call(spans, interval="bootstrap", draws=200, seed=3) for _ in range(2))
    assert one == again
    assert one.low is not None and one.high is not None
    assert one.low < one.value < one.high


@each
def test_nothing_marked_is_no_agreement(coefficient: OverSpans) -> None:
    empty: Spans = {f"coder {n}": {f"i{s}": [] for s in range(4)} for n in range(coefficient.coders)}
    with pytest.raises(Degenerate):
        coefficient.call(empty)


@each_of([c for c in ALL if c.name != "holsti"])  # it takes two coders by its signature
def test_one_coder_is_no_agreement(coefficient: OverSpans) -> None:
    with pytest.raises(Degenerate):
        coefficient.call({"coder 0": next(iter(marked(coefficient).values()))})
