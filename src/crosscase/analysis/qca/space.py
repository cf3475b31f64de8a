"""The space of configurations: every combination of the conditions' levels, its row numbers, its subsets as bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
import numpy.typing as npt

from crosscase.analysis.qca.expressions import Literal, Term
from crosscase.errors import InputError

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
MAX_BITS = 62


@dataclass(frozen=True)
class Space:
    """Conditions with their levels.

    A row is a list of levels, one per condition; rows are numbered from 1 with the last condition fastest. A subset of
    rows that fixes some conditions (a term) has a *code*: a bit field per condition that holds its level plus one, or
    nought where the condition is free.
    """

    conditions: tuple[str, ...]
    levels: tuple[int, ...]

    def __post_init__(self) -> None:
        if sum(self._bits) > MAX_BITS:
            raise InputError(
                f"{len(self.levels)} conditions with {prod(self.levels):.0e} configurations are too many",
                mend="use fewer conditions or fewer levels",
            )

    @cached_property
    def n_rows(self) -> int:
        """How many configurations are possible."""
        return prod(self.levels)

    @property
    def _bits(self) -> list[int]:
        return [count.bit_length() for count in self.levels]

    @cached_property
    def shifts(self) -> Ints:
        """Where each condition's bit field begins."""
        return np.concatenate([[0], np.cumsum(self._bits)[:-1]]).astype(np.int64)

    @cached_property
    def fields(self) -> Ints:
        """The bit field of each condition, all bits set."""
        return np.array([((1 << b) - 1) << int(s) for b, s in zip(self._bits, self.shifts, strict=True)], np.int64)

    @cached_property
    def _places(self) -> Ints:
        places = [prod(self.levels[i + 1 :]) for i in range(len(self.levels))]
        return np.array(places, np.int64)

    def codes(self, rows: Ints) -> Ints:
        """The code of each fully specified row."""
        result: Ints = ((rows + 1) << self.shifts).sum(axis=1, dtype=np.int64)
        return result

    def numbers(self, rows: Ints) -> Ints:
        """The row number, from 1, of each fully specified row."""
        result: Ints = rows @ self._places + 1
        return result

    def rows(self, numbers: Ints) -> Ints:
        """The levels of the rows with these numbers."""
        result: Ints = (np.asarray(numbers, np.int64)[:, None] - 1) // self._places % np.array(self.levels, np.int64)
        return result

    def every_row(self) -> Ints:
        """All rows, in order of their numbers."""
        return self.rows(np.arange(1, self.n_rows + 1))

    @cached_property
    def every_code(self) -> Ints:
        """The codes of all rows, in order of their numbers."""
        return self.codes(self.every_row())

    def fixed_fields(self, codes: Ints) -> Ints:
        """Per code the bit fields that it fixes, all bits set."""
        fixed = np.zeros(len(codes), np.int64)
        for bits in self.fields:
            fixed |= np.where(codes & bits, bits, 0)
        return fixed

    def inside(self, rows: Ints, codes: Ints) -> Flags:
        """Rows × codes: whether the row belongs to the term."""
        result: Flags = (self.codes(rows)[:, None] & self.fixed_fields(codes)) == codes
        return result

    def covered(self, codes: Sequence[int]) -> Flags:
        """For every row of the space, in order of their numbers: whether one of the terms contains it."""
        result = np.zeros(self.n_rows, np.bool_)
        for code, fixed in zip(codes, self.fixed_fields(np.array(codes, np.int64)).tolist(), strict=True):
            result |= (self.every_code & fixed) == code
        return result

    def term(self, code: int) -> Term:
        """The term that a code stands for."""
        found = []
        for name, bits, shift in zip(self.conditions, self.fields.tolist(), self.shifts.tolist(), strict=True):
            level = ((code & bits) >> shift) - 1
            if level >= 0:
                found.append(Literal(name, level))
        return frozenset(found)

    def code(self, term: Term) -> int:
        """The code of a term."""
        place = {name: i for i, name in enumerate(self.conditions)}
        return sum((x.level + 1) << int(self.shifts[place[x.condition]]) for x in term)

    @property
    def level_map(self) -> dict[str, int]:
        """Condition → number of levels."""
        return dict(zip(self.conditions, self.levels, strict=True))


def expand(rows: Sequence[Sequence[int]], levels: Sequence[int]) -> Ints:
    """Rows in which −1 stands for *don't care*, as the fully specified rows that they contain (each once)."""
    found = []
    for row in rows:
        corners = [list(row)]
        for i, value in enumerate(row):
            if value < 0:
                corners = [[*c[:i], level, *c[i + 1 :]] for c in corners for level in range(levels[i])]
        found.extend(corners)
    if not found:
        return np.zeros((0, len(levels)), np.int64)
    return np.array(list(dict.fromkeys(map(tuple, found))), np.int64)
