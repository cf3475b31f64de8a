"""Rules over conditions, as the set-theoretic literature writes them.

``*`` is the fuzzy *and* (minimum), ``+`` the fuzzy *or* (maximum), ``~`` the negation (1 − x): Zadeh (1965), Ragin
(2008), and for ideal types Kvist (2007, J. Business Research 60:474-481). Concept structures after Goertz (2006,
*Social Science Concepts*) are functions: ``all(A, B)``, ``any(A, B)``, ``mean(A, B)`` and ``atleast(2, A, B, C)``
(the membership in "at least two of them": the second largest of the memberships).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from crosscase.errors import FrameworkError

T = TypeVar("T")
_TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<number>[0-9]{1,6})|(?P<sign>[~*+(),]))")
FUNCTIONS = frozenset({"all", "any", "mean", "atleast"})


@dataclass(frozen=True)
class Term:
    """One condition by its name."""

    name: str


@dataclass(frozen=True)
class Negation:
    """``~x``: the degree to which something is *not* so."""

    part: Node


@dataclass(frozen=True)
class Combination:
    """Several parts put together: ``all``, ``any``, ``mean`` or ``atleast`` (then ``m`` of them)."""

    kind: str
    parts: tuple[Node, ...]
    m: int = 0


Node = Term | Negation | Combination


@dataclass(frozen=True)
class Algebra(Generic[T]):
    """How to compute with memberships of some kind (numbers here, arrays in ``analysis``)."""

    negate: Callable[[T], T]
    smallest: Callable[[Sequence[T]], T]
    largest: Callable[[Sequence[T]], T]
    mean: Callable[[Sequence[T]], T]
    nth_largest: Callable[[Sequence[T], int], T]


NUMBERS: Algebra[float] = Algebra(
    negate=lambda x: 1.0 - x,
    smallest=min,
    largest=max,
    mean=lambda xs: sum(xs) / len(xs),
    nth_largest=lambda xs, m: sorted(xs, reverse=True)[m - 1],
)


@dataclass(frozen=True)
class Formula:
    """A parsed rule; ``text`` is what its author wrote."""

    text: str
    root: Node

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions that the rule mentions, in order of first mention."""
        names: dict[str, None] = {}
        _collect(self.root, names)
        return tuple(names)

    def signs(self) -> dict[str, bool]:
        """Condition → whether the rule wants it present (``True``) or absent; mixed uses are left out."""
        wanted: dict[str, set[bool]] = {}
        _collect_signs(self.root, True, wanted)
        return {name: signs == {True} for name, signs in wanted.items() if len(signs) == 1}

    def membership(self, values: Mapping[str, float]) -> float:
        """Degree of membership in [0, 1] for memberships in the conditions.

        Raises ``FrameworkError`` when a condition is missing or lies outside [0, 1].
        """
        for name in self.conditions:
            if name not in values:
                raise FrameworkError(
                    f"the rule needs a membership in {name}",
                    where=self.text,
                    mend="give one value per condition",
                )
            if not 0.0 <= values[name] <= 1.0:
                raise FrameworkError(
                    f"membership {values[name]!r} in {name} lies outside 0 to 1",
                    where=self.text,
                    mend="calibrate it first",
                )
        return self.fold(values, NUMBERS)

    def fold(self, values: Mapping[str, T], algebra: Algebra[T]) -> T:
        """Evaluate with any algebra (for example over arrays of draws); values are not checked."""
        return _fold(self.root, values, algebra)

    def __str__(self) -> str:
        return self.text


def parse_formula(text: str) -> Formula:
    """Read a rule such as ``COMMON * ~SCHOOLVOICE * ~MARKET``; raises ``FrameworkError`` with the place."""
    parser = _Parser(text)
    root = parser.alternatives()
    if parser.token is not None:
        raise parser.error(f"unexpected {parser.token!r}")
    return Formula(text, root)


class _Parser:
    """Recursive descent over the tokens of one rule."""

    def __init__(self, text: str) -> None:
        self.text, self.position = text, 0
        self.depth = 0
        self.token: str | None = None
        self.advance()

    def error(self, what: str) -> FrameworkError:
        return FrameworkError(
            what,
            where=f"rule {self.text!r}, character {self.position}",
            mend="use names with ~, *, + and brackets",
        )

    def advance(self) -> None:
        rest = self.text[self.position :]
        if not rest.strip():
            self.token = None
            return
        match = _TOKEN.match(self.text, self.position)
        if match is None:
            raise self.error(f"cannot read {rest.strip()[0]!r}")
        self.token = match.group().strip()
        self.position = match.end()

    def expect(self, sign: str) -> None:
        if self.token != sign:
            raise self.error(f"expected {sign!r}, found {self.token or 'the end'!r}")
        self.advance()

    def alternatives(self) -> Node:
        parts = [self.conjunction()]
        while self.token == "+":
            self.advance()
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else Combination("any", tuple(parts))

    def conjunction(self) -> Node:
        parts = [self.factor()]
        while self.token == "*":
            self.advance()
            parts.append(self.factor())
        return parts[0] if len(parts) == 1 else Combination("all", tuple(parts))

    def factor(self) -> Node:
        token = self.token
        self.depth += 1
        if self.depth > 100:
            raise self.error("the rule is nested too deeply")
        try:
            if token == "~":
                self.advance()
                return Negation(self.factor())
            if token == "(":
                self.advance()
                inner = self.alternatives()
                self.expect(")")
                return inner
            if token is None or not (token[0].isalpha() or token[0] == "_"):
                raise self.error(f"expected a condition, found {token or 'the end'!r}")
            self.advance()
            return self.function(token) if self.token == "(" and token in FUNCTIONS else Term(token)
        finally:
            self.depth -= 1

    def function(self, kind: str) -> Node:
        self.expect("(")
        m = 0
        if kind == "atleast":
            if self.token is None or not self.token.isdigit():
                raise self.error("atleast needs a whole number first")
            m = int(self.token)
            self.advance()
            self.expect(",")
        parts = [self.alternatives()]
        while self.token == ",":
            self.advance()
            parts.append(self.alternatives())
        self.expect(")")
        if kind == "atleast" and not 1 <= m <= len(parts):
            raise self.error(f"atleast({m}, …) over {len(parts)} conditions cannot be")
        return Combination(kind, tuple(parts), m)


def _collect(node: Node, names: dict[str, None]) -> None:
    if isinstance(node, Term):
        names[node.name] = None
    elif isinstance(node, Negation):
        _collect(node.part, names)
    else:
        for part in node.parts:
            _collect(part, names)


def _collect_signs(node: Node, positive: bool, wanted: dict[str, set[bool]]) -> None:
    if isinstance(node, Term):
        wanted.setdefault(node.name, set()).add(positive)
    elif isinstance(node, Negation):
        _collect_signs(node.part, not positive, wanted)
    else:
        for part in node.parts:
            _collect_signs(part, positive, wanted)


def _fold(node: Node, values: Mapping[str, T], algebra: Algebra[T]) -> T:
    if isinstance(node, Term):
        return values[node.name]
    if isinstance(node, Negation):
        return algebra.negate(_fold(node.part, values, algebra))
    parts = [_fold(part, values, algebra) for part in node.parts]
    if node.kind == "all":
        return algebra.smallest(parts)
    if node.kind == "any":
        return algebra.largest(parts)
    if node.kind == "mean":
        return algebra.mean(parts)
    return algebra.nth_largest(parts, node.m)
