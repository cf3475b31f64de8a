"""Expressions over sets: ``DEV*~URB + STB[2]*(LIT + IND)``.

``*`` is *and* (minimum), ``+`` is *or* (maximum), ``~`` is *not* (1 − x); ``X[2]``, also ``X{2}``, is level 2 of a
multi-value condition and ``X[1,2]`` is one of both levels (Zadeh 1965; Ragin 2008; the notation is that of R QCA,
Duşa 2019). Upper and lower case differ only as names do: ``dev`` is not the negation of ``DEV``.

An expression is evaluated as it was written. Its *terms* are its normal form, a sum of products: a set of terms, each a
set of literals. The normal form drops a product that asks for two levels of one condition at once (``A*~A``), as
two-valued logic does; for fuzzy sets such a product can have a membership up to 0.5, and evaluation keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

import numpy as np

from crosscase.analysis.qca.data import Columns, Floats
from crosscase.errors import InputError

_TOKEN = re.compile(r"\s*(?:(?P<name>[^\s~*+()\[\]{},]+)|(?P<sign>[~*+()\[\]{},]))")
MAX_TERMS = 20_000


class Literal(NamedTuple):
    """One condition at one level; a crisp or fuzzy condition is present at level 1 and absent at level 0."""

    condition: str
    level: int


Term = frozenset[Literal]


@dataclass(frozen=True)
class Node:
    """A part of an expression: ``kind`` is ``literal``, ``not``, ``and`` or ``or``."""

    kind: str
    parts: tuple[Node, ...] = ()
    literal: Literal | None = None


@dataclass(frozen=True)
class Expression:
    """A parsed expression.

    Attributes
    ----------
    root
        The tree, as written.
    order
        The conditions in the order in which literals are printed.
    levels
        How many levels each condition has; a condition that is not named here has two.
    """

    root: Node
    order: tuple[str, ...]
    levels: Mapping[str, int] = field(default_factory=dict)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions that the expression mentions, in order."""
        mentioned = {literal.condition for literal in _literals(self.root)}
        return tuple(name for name in self.order if name in mentioned)

    @property
    def terms(self) -> frozenset[Term]:
        """The normal form: a sum of products without products that another one contains."""
        return absorb(_products(self.root, False, self.levels))

    def membership(self, columns: Columns) -> Floats:
        """Membership of each case in the expression as it was written."""
        return _evaluate(self.root, lambda literal: columns.membership(*literal), len(columns.cases))

    def __invert__(self) -> Expression:
        return Expression(Node("not", (self.root,)), self.order, self.levels)

    def __and__(self, other: Expression) -> Expression:
        return self._joined("and", other)

    def __or__(self, other: Expression) -> Expression:
        return self._joined("or", other)

    def _joined(self, kind: str, other: Expression) -> Expression:
        order = (*self.order, *(name for name in other.order if name not in self.order))
        return Expression(Node(kind, (self.root, other.root)), order, {**self.levels, **other.levels})

    def __str__(self) -> str:
        return print_terms(self.terms, self.order, self.levels)


def parse(text: str, order: Sequence[str] = (), levels: Mapping[str, int] | None = None) -> Expression:
    """Read an expression.

    Parameters
    ----------
    text
        Such as ``DEV*~URB + STB[2]``.
    order
        Conditions in printing order. If given, a name that is not among them is an error.
    levels
        How many levels each multi-value condition has.

    Raises
    ------
    InputError
        With the place, for anything that cannot be read, an unknown condition or an unknown level.
    """
    parser = _Parser(text, order, levels or {})
    root = parser.alternatives()
    parser.expect_end()
    names = tuple(dict.fromkeys(literal.condition for literal in _literals(root)))
    return Expression(root, tuple(order) or names, dict(levels or {}))


def as_expression(
    expression: str | Expression, order: Sequence[str] = (), levels: Mapping[str, int] | None = None
) -> Expression:
    """The expression, parsed if it is a text."""
    return expression if isinstance(expression, Expression) else parse(expression, order, levels)


def expression_of(
    terms: Iterable[Term], order: Sequence[str] = (), levels: Mapping[str, int] | None = None
) -> Expression:
    """The expression that is the sum of these terms."""
    products = [Node("and", tuple(Node("literal", literal=x) for x in sorted(term))) for term in terms]
    mentioned = dict.fromkeys(x.condition for node in products for x in _literals(node))
    return Expression(Node("or", tuple(products)), tuple(order) or tuple(mentioned), dict(levels or {}))


def negate(expression: str | Expression, levels: Mapping[str, int] | None = None) -> Expression:
    """The negation, by De Morgan's laws, as a sum of products.

    >>> str(negate("A*B + ~C"))
    '~A*C + ~B*C'
    """
    parsed = as_expression(expression, (), levels)
    return expression_of((~parsed).terms, parsed.order, parsed.levels)


def absorb(terms: Iterable[Term]) -> frozenset[Term]:
    """The terms without those that contain another one (``A + A*B`` is ``A``)."""
    kept: list[Term] = []
    for term in sorted(set(terms), key=len):
        if not any(shorter <= term for shorter in kept):
            kept.append(term)
    return frozenset(kept)


def print_literal(literal: Literal, multi: bool) -> str:
    """``X``, ``~X`` or ``X[2]``."""
    if multi:
        return f"{literal.condition}[{literal.level}]"
    return literal.condition if literal.level else f"~{literal.condition}"


def is_multi(levels: Mapping[str, int] | Iterable[int]) -> bool:
    """Whether literals are printed with brackets: as soon as one condition has more than two levels."""
    counts = levels.values() if isinstance(levels, Mapping) else levels
    return any(count > 2 for count in counts)


def print_term(term: Term, order: Sequence[str], levels: Mapping[str, int] | None = None) -> str:
    """A product with its literals in the order of the conditions; the empty product is ``1``."""
    place = {name: i for i, name in enumerate(order)}
    multi = is_multi(levels or {}) or any(x.level > 1 for x in term)
    literals = sorted(term, key=lambda x: (place.get(x.condition, len(place)), x.condition, x.level))
    return "*".join(print_literal(x, multi) for x in literals) or "1"


def term_order(term: Term, order: Sequence[str]) -> tuple[object, ...]:
    """Sort key of terms: by the first condition, presence before absence, then the next condition."""
    place = {name: i for i, name in enumerate(order)}
    return tuple(sorted((place.get(x.condition, len(place)), -x.level) for x in term))


def print_terms(terms: Iterable[Term], order: Sequence[str], levels: Mapping[str, int] | None = None) -> str:
    """A sum of products, terms in the order of the conditions; the empty sum is ``0``."""
    multi = dict(levels or {})
    chosen = sorted(terms, key=lambda term: term_order(term, order))
    if any(x.level > 1 for term in chosen for x in term):
        multi |= {x.condition: 3 for term in chosen for x in term}
    return " + ".join(print_term(term, order, multi) for term in chosen) or "0"


def _literals(node: Node) -> list[Literal]:
    if node.literal is not None:
        return [node.literal]
    return [literal for part in node.parts for literal in _literals(part)]


def _evaluate(node: Node, membership: Callable[[Literal], Floats], n: int) -> Floats:
    if node.literal is not None:
        return membership(node.literal)
    parts = [_evaluate(part, membership, n) for part in node.parts]
    if node.kind == "not":
        return 1.0 - parts[0]
    if not parts:
        return np.full(n, 1.0 if node.kind == "and" else 0.0)
    result: Floats = np.minimum.reduce(parts) if node.kind == "and" else np.maximum.reduce(parts)
    return result


def _products(node: Node, negated: bool, levels: Mapping[str, int]) -> frozenset[Term]:
    """The products of a node, or of its negation (De Morgan)."""
    if node.literal is not None:
        return frozenset(frozenset({x}) for x in (_others(node.literal, levels) if negated else [node.literal]))
    if node.kind == "not":
        return _products(node.parts[0], not negated, levels)
    parts = [_products(part, negated, levels) for part in node.parts]
    if (node.kind == "or") != negated:
        return absorb(term for part in parts for term in part)
    result: frozenset[Term] = frozenset({frozenset()})
    for part in parts:
        if len(result) * len(part) > MAX_TERMS * 50:
            raise InputError("the expression has too many products", mend=f"keep below {MAX_TERMS:,} terms")
        result = absorb(joined for a, b in product(result, part) if _possible(joined := a | b))
    return result


def _possible(term: Term) -> bool:
    return len({x.condition for x in term}) == len(term)


def _others(literal: Literal, levels: Mapping[str, int]) -> list[Literal]:
    """The other levels of a literal's condition."""
    count = levels.get(literal.condition, 2)
    if literal.level >= count:
        raise InputError(
            f"how many levels {literal.condition} has is not known, so the negation of level {literal.level} is not",
            mend=f'give levels={{"{literal.condition}": …}}',
        )
    return [Literal(literal.condition, level) for level in range(count) if level != literal.level]


class _Parser:
    """Recursive descent: alternatives → products → negations → literals and parentheses."""

    def __init__(self, text: str, order: Sequence[str], levels: Mapping[str, int]) -> None:
        self.text, self.order, self.levels, self.position = text, order, levels, 0

    def alternatives(self) -> Node:
        parts = [self.products()]
        while self.take("+"):
            parts.append(self.products())
        return parts[0] if len(parts) == 1 else Node("or", tuple(parts))

    def products(self) -> Node:
        parts = [self.negation()]
        while self.take("*"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else Node("and", tuple(parts))

    def negation(self) -> Node:
        if self.take("~"):
            return Node("not", (self.negation(),))
        if self.take("("):
            inner = self.alternatives()
            self.need(")")
            return inner
        return self.literal()

    def literal(self) -> Node:
        name = self.name()
        if self.order and name not in self.order:
            raise self.error(f"{name} is no condition here", f"use {', '.join(self.order)}")
        count = self.levels.get(name)
        for opening, closing in (("[", "]"), ("{", "}")):
            if self.take(opening):
                chosen = [self.level(name, count)]
                while self.take(","):
                    chosen.append(self.level(name, count))
                self.need(closing)
                nodes = tuple(Node("literal", literal=Literal(name, level)) for level in dict.fromkeys(chosen))
                return nodes[0] if len(nodes) == 1 else Node("or", nodes)
        if count is not None and count > 2:
            raise self.error(f"{name} has levels 0 to {count - 1}", f"write {name}[0] or another level")
        return Node("literal", literal=Literal(name, 1))

    def level(self, name: str, count: int | None) -> int:
        text = self.name()
        if not text.isdecimal():
            raise self.error(f"{text} is no level of {name}", f"write a whole number, such as {name}[1]")
        if count is not None and int(text) >= count:
            raise self.error(f"{name} has no level {text}", f"its levels are 0 to {count - 1}")
        return int(text)

    def name(self) -> str:
        match = _TOKEN.match(self.text, self.position)
        if match is None or match["name"] is None:
            raise self.error("a condition is missing", "write such as A*~B + C[2]")
        self.position = match.end()
        return match["name"]

    def take(self, sign: str) -> bool:
        match = _TOKEN.match(self.text, self.position)
        if match is None or match["sign"] != sign:
            return False
        self.position = match.end()
        return True

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise self.error(f"{sign} is missing", "close what was opened")

    def expect_end(self) -> None:
        if self.text[self.position :].strip():
            raise self.error("the expression does not end here", "join conditions by * or +")

    def error(self, what: str, mend: str) -> InputError:
        place = self.position + 1 if self.text[self.position :].strip() else "the end"
        return InputError(what, where=f"{self.text!r}, at {place}", mend=mend)
