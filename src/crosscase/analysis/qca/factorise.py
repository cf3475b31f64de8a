"""Factorised output: what several terms share is written once, in front of a parenthesis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from crosscase.analysis.qca.expressions import (
    Expression,
    Literal,
    Term,
    as_expression,
    is_multi,
    print_literal,
    term_order,
)


def factorise(expression: str | Expression, order: Sequence[str] = (), levels: Mapping[str, int] | None = None) -> str:
    """An expression with common literals taken out; the same set, fewer literals.

    >>> factorise("A*B + A*~C + D")
    'A*(B + ~C) + D'

    Several factorisations can be possible; this one takes out, again and again, the literal that most terms share (the
    first in the order of the conditions among equals), with everything else that those terms share.
    """
    parsed = as_expression(expression, order, levels)
    multi = is_multi(parsed.levels) or any(x.level > 1 for term in parsed.terms for x in term)
    return factorise_terms(parsed.terms, parsed.order, lambda literal: print_literal(literal, multi))


def factorise_terms(terms: Iterable[Term], order: Sequence[str], show: Callable[[Literal], str]) -> str:
    """``factorise`` over terms; ``show`` prints a literal."""
    place = {name: i for i, name in enumerate(order)}

    def literals(term: Term) -> str:
        return "*".join(show(x) for x in sorted(term, key=lambda x: (place.get(x.condition, len(place)), x)))

    def write(terms: list[Term]) -> list[str]:
        counts = Counter(x for term in terms for x in term)
        if not counts or max(counts.values()) < 2:
            return [literals(term) or "1" for term in terms]
        best = min(counts, key=lambda x: (-counts[x], place.get(x.condition, len(place)), -x.level))
        sharing = [term for term in terms if best in term]
        common = frozenset.intersection(*sharing)
        inner = write([term - common for term in sharing])
        rest = [term for term in terms if best not in term]
        return [f"{literals(common)}*({' + '.join(inner)})", *(write(rest) if rest else [])]

    chosen = sorted(terms, key=lambda term: term_order(term, order))
    return " + ".join(write(chosen)) or "0"
