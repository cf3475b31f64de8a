"""Directional expectations: which remainders are easy counterfactuals.

Ragin & Sonnett (2005) call a counterfactual easy where theory expects the changed condition to contribute to the
outcome. Here that is decided remainder by remainder. Let a conservative term lie inside a parsimonious one, and let a
remainder be inside the parsimonious term. It differs from the conservative term in some conditions. It is easy if each
of these has a level that is expected: by itself, or as a part of a conjunctural expectation all of which the remainder
shows. For two-valued conditions and single expectations this is the usual rule, to drop a literal of the conservative
term that is absent from the parsimonious one and contradicts an expectation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from crosscase.analysis.qca.expressions import Literal, Term, parse
from crosscase.analysis.qca.space import Flags, Ints, Space
from crosscase.errors import InputError

Expectation = Term  # one literal, or a conjunction of several
_NOTHING = ("-", "", None)


def read_expectations(given: Mapping[str, Any] | Sequence[Any] | str, space: Space) -> tuple[Expectation, ...]:
    """Expectations as terms.

    Parameters
    ----------
    given
        A mapping from conditions to the expected level (``"-"`` or None: no expectation; several levels as a list or
        ``"1;2"``); a list of expressions; a list of numbers, one per condition; or a text with commas.
    """
    if isinstance(given, Mapping):
        found = _by_condition(given, space)
    else:
        parts = [part.strip() for part in given.split(",")] if isinstance(given, str) else list(given)
        numbers = all(part in _NOTHING or str(part).isdecimal() for part in parts)
        if numbers and len(parts) == len(space.conditions):
            found = _by_condition(dict(zip(space.conditions, parts, strict=True)), space)
        elif numbers and parts:
            raise InputError(
                f"{len(parts)} expectations for {len(space.conditions)} conditions",
                mend='or name them: ["DEV", "~URB"]',
            )
        else:
            found = [term for part in parts for term in parse(str(part), space.conditions, space.level_map).terms]
    if not found:
        raise InputError("dir_exp holds no expectation", mend='give such as {"DEV": 1} or ["DEV", "~URB"]')
    return tuple(dict.fromkeys(found))


def _by_condition(given: Mapping[str, Any], space: Space) -> list[Expectation]:
    found = []
    for name, value in given.items():
        if name not in space.conditions:
            raise InputError(f"{name} is no condition here", where="dir_exp", mend=f"use {', '.join(space.conditions)}")
        count = space.level_map[name]
        for level in _levels(value):
            if level in _NOTHING:
                continue
            if not str(level).isdecimal() or int(level) >= count:
                raise InputError(f"{name} has no level {level}", where="dir_exp", mend=f"use 0 to {count - 1}, or '-'")
            found.append(frozenset({Literal(name, int(level))}))
    return found


def _levels(value: Any) -> Iterable[Any]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(";")]
    return value if isinstance(value, list | tuple | set) else [value]


def easy_counterfactuals(
    space: Space,
    conservative: Sequence[int],
    parsimonious: Sequence[int],
    assumed: Ints,
    expectations: tuple[Expectation, ...],
) -> Flags:
    """Which of the rows that a parsimonious model assumes are easy.

    Parameters
    ----------
    conservative, parsimonious
        The codes of the terms of the two models.
    assumed
        The simplifying assumptions of the parsimonious model, a row each.
    """
    easy = np.zeros(len(assumed), np.bool_)
    if not len(assumed):
        return easy
    unwarranted = (~_warranted(space, assumed, expectations)) @ space.fields
    wider = np.array(parsimonious, np.int64)
    fixed = space.fixed_fields(wider)
    inside = space.inside(assumed, wider)
    row_codes = space.codes(assumed)
    for code, own in zip(conservative, space.fixed_fields(np.array(conservative, np.int64)).tolist(), strict=True):
        containing = (code & fixed) == wider
        easy |= inside[:, containing].any(axis=1) & ((row_codes ^ code) & own & unwarranted == 0)
    return easy


def _warranted(space: Space, rows: Ints, expectations: tuple[Expectation, ...]) -> Flags:
    """Rows × conditions: whether the level that the row has there is expected."""
    place = {name: i for i, name in enumerate(space.conditions)}
    result = np.zeros(rows.shape, np.bool_)
    for expectation in expectations:
        columns = [place[x.condition] for x in expectation]
        shown = np.logical_and.reduce([rows[:, place[x.condition]] == x.level for x in expectation])
        result[np.ix_(shown, columns)] = True
    return result
