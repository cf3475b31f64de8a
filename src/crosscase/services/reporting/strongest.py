"""Choosing the few passages that a reader sees first: strong, readable, and not all from the same mouth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

N_SHOWN = 6
_READABLE = range(40, 451)


def strongest(rows: Sequence[Mapping[str, Any]], n: int = N_SHOWN) -> tuple[int, ...]:
    """Ids of up to ``n`` codings, the most telling first.

    Parameters
    ----------
    rows
        One mapping per coding: ``coding_id``, ``source``, ``role``, ``kind``, ``code``, ``start``, ``end`` and
        ``weight`` (how much it speaks for its side).

    Notes
    -----
    One after the other, the coding is taken that adds most: its weight, less what repeats a source, a role, a kind of
    source or an indicator that is shown already. A passage is shown once, however many people coded it.
    """
    left = sorted((row for row in rows if row["weight"] > 0), key=lambda row: (_alone(row), row["coding_id"]))
    seen: Counter[tuple[str, object]] = Counter()
    chosen: list[Mapping[str, Any]] = []
    while left and len(chosen) < n:
        best = _cheapest(left, seen)
        chosen.append(best)
        seen.update((name, best[name]) for name in ("source", "role", "kind", "code"))
        left = [row for row in left if not _same_passage(row, best)]
    return tuple(int(row["coding_id"]) for row in chosen)


def _cheapest(rows: Sequence[Mapping[str, Any]], seen: Counter[tuple[str, object]]) -> Mapping[str, Any]:
    """The row that adds most; ``rows`` are sorted by what they cost alone, and repeats only add to that."""
    best, least = rows[0], (float("inf"), 0)
    for row in rows:
        alone = _alone(row)
        if alone > least[0]:
            break
        cost = (alone + _repeats(row, seen), row["coding_id"])
        if cost < least:
            best, least = row, cost
    return best


def _alone(row: Mapping[str, Any]) -> float:
    awkward = 0.0 if row["end"] - row["start"] in _READABLE else 0.4
    return float(awkward - 2.0 * row["weight"])


def _repeats(row: Mapping[str, Any], seen: Counter[tuple[str, object]]) -> float:
    return (
        1.5 * seen["source", row["source"]]
        + 0.5 * seen["role", row["role"]]
        + 0.25 * seen["kind", row["kind"]]
        + 0.5 * seen["code", row["code"]]
    )


def _same_passage(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["source"] == other["source"] and one["start"] < other["end"] and other["start"] < one["end"])
