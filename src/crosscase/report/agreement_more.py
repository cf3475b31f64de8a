"""Agreement over time and the names of coefficients, as a report shows them: plain values, nothing computed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ALL_CODES = "All codes"


@dataclass(frozen=True)
class DriftRow:
    """A coder's use of a code in one round, beside colleagues on the same units; log-odds."""

    coder: str
    code: str
    when: str
    n_units: int
    n_given: int
    difference: float
    low: float | None
    high: float | None
    moved: float | None
    moved_low: float | None = None
    moved_high: float | None = None
    anchor: str = ""


def named_coefficients(labels_and_names: Iterable[tuple[str, str]]) -> str:
    """Which coefficient stands in which rows of a table, from (label, coefficient) of each row.

    >>> named_coefficients([("All codes", "set-valued α, MASI distance"), ("Staff", "Cohen's κ"), ("Books", "")])
    "all codes: set-valued α, MASI distance; each code: Cohen's κ"
    >>> named_coefficients([("ana and ben", "Cohen's κ")])
    "Cohen's κ"
    """
    pairs = [(label, name) for label, name in labels_and_names if name]
    whole = list(dict.fromkeys(name for label, name in pairs if label == ALL_CODES))
    others = list(dict.fromkeys(name for label, name in pairs if label != ALL_CODES))
    if whole and others and whole != others:
        return f"all codes: {'; '.join(whole)}; each code: {'; '.join(others)}"
    return "; ".join(dict.fromkeys([*whole, *others]))


def method_of(methods: Sequence[str]) -> str:
    """How the intervals were made, where rows rest on different numbers of sources.

    >>> method_of(["jackknife over 4 sources, t(3)", "jackknife over 9 sources, t(8)"])
    'jackknife over the sources of each row (4 to 9), t with one less'
    >>> method_of([])
    'no interval'
    """
    numbers = sorted({int(n) for method in methods for n in re.findall(r" over (\d+) ", method)})
    if len(methods) < 2 or len(numbers) < 2:
        return methods[0] if methods else "no interval"
    kind = methods[0].partition(" over ")[0]
    tail = ", t with one less" if kind == "jackknife" else f",{methods[0].partition(',')[2]}"
    return f"{kind} over the sources of each row ({numbers[0]} to {numbers[-1]}){tail}"
