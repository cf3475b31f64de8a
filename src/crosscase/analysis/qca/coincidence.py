"""Coincidence analysis: which factors make a difference to which, without saying first what the outcome is.

Bottom-up search (Baumgartner & Ambühl 2020, *Political Science Research and Methods* 8:526-542): minimally sufficient
conjunctions of each outcome, their minimally necessary disjunctions (atomic solution formulas, asf), and conjunctions
of atomic formulas over several outcomes (complex solution formulas, csf) that are free of structural redundancy
(Baumgartner & Falk 2023). Two asf of equal fit are both answers; the data cannot choose between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import comb
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis.qca.answer import NAMES, Answer, Schema
from crosscase.analysis.qca.coincidence_fit import Floats, Measures, check_measures, measure
from crosscase.analysis.qca.coincidence_input import (
    check_thresholds,
    read_factor_value,
    read_factors,
    read_ordering,
    read_outcomes,
)
from crosscase.analysis.qca.coincidence_structure import Atom, complex_formulas, is_redundancy_free
from crosscase.analysis.qca.data import Columns, Frame
from crosscase.analysis.qca.expressions import Literal, Term, is_multi, print_literal, print_term, print_terms
from crosscase.errors import AnalysisError

MAX_DISJUNCTIONS = 5_000_000
_TOLERANCE = 1e-9  # a threshold of .9 is met by .9, however it was summed
_CHUNK = 20_000


@dataclass(frozen=True)
class Condition:
    """A minimally sufficient conjunction (msc) of an outcome, or an atomic solution formula (asf).

    ``cases`` are the cases that are more in than out of both condition and outcome, ``against`` those that are in the
    condition and not in the outcome.
    """

    outcome: str
    terms: frozenset[Term]
    expression: str
    con: float
    cov: float
    complexity: int
    cases: tuple[str, ...]
    against: tuple[str, ...]


@dataclass(frozen=True)
class ComplexFormula:
    """A complex solution formula (csf): several asf that hold together; con and cov are the smallest of theirs."""

    parts: tuple[Condition, ...]
    expression: str
    con: float
    cov: float
    complexity: int

    @property
    def outcomes(self) -> tuple[str, ...]:
        return tuple(part.outcome for part in self.parts)


@dataclass(frozen=True)
class Coincidences(Answer):
    """What coincidence analysis found; ``table`` has a row per msc, asf and csf.

    ``complete`` is false, and ``message`` says what is missing, when there were more combinations of asf than were
    tried for csf, or too many configurations to judge their redundancy.
    """

    msc: tuple[Condition, ...]
    asf: tuple[Condition, ...]
    csf: tuple[ComplexFormula, ...]
    complete: bool
    message: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Rows, parameters and what is missing, as plain values."""
        return super().to_dict() | {"complete": self.complete, "message": self.message}


def cna(
    frame: Frame,
    factors: Sequence[str] | None = None,
    *,
    outcome: str | Sequence[str] | None = None,
    con: float = 1.0,
    cov: float = 1.0,
    con_msc: float | None = None,
    maxstep: tuple[int, int, int] = (3, 4, 10),
    measures: Measures = ("scon", "scov"),
    ordering: str | Sequence[Sequence[str]] | None = None,
    strict: bool = False,
    notcols: str | Sequence[str] = (),
    frequency: str | None = None,
    cases: str | Sequence[object] | None = None,
) -> Coincidences:
    """Coincidence analysis of crisp, fuzzy or multi-value data.

    Parameters
    ----------
    frame
        A data frame with a row per case or configuration.
    factors
        Columns; all but case names and ``frequency`` by default.
    outcome
        Which factor values may be effects: ``"Y"``, ``"~Y"``, ``"Y[2]"`` or several. By default every factor (every
        level, with multi-value data) that the ordering allows to have causes.
    con, cov
        Least consistency and coverage of a formula.
    con_msc
        Least consistency of a single conjunction; ``con`` by default.
    maxstep
        Largest number of literals in a conjunction, of conjunctions in a disjunction, and of literals in an asf.
    measures
        A measure of consistency and one of coverage, see ``coincidence_fit``.
    ordering
        ``"A, B < C"`` or ``[["A", "B"], ["C"]]``: a factor is caused by factors of its own or an earlier level only;
        with ``strict`` by earlier ones only. Factors that are not named may be caused by all and cause all.
    notcols
        Factors whose absence is the outcome, or ``"all"``.
    frequency
        The column with the number of cases that have the configuration.

    Returns
    -------
    Coincidences
        Formulas by outcome, then complexity.

    Raises
    ------
    InputError
        Unknown names, thresholds outside (0, 1], an ordering that names a factor twice.
    AnalysisError
        More than five million disjunctions would have to be tried.
    """
    check_thresholds(con, cov, con_msc, maxstep)
    check_measures(measures)
    columns, weights = read_factors(frame, factors, frequency, cases)
    search = _Search(
        columns=columns,
        weights=weights,
        con=con,
        cov=cov,
        con_msc=con if con_msc is None else con_msc,
        maxstep=maxstep,
        measures=measures,
        rank=read_ordering(ordering, columns.names),
        strict=strict,
    )
    sufficient: list[Condition] = []
    atomic: list[Condition] = []
    for literal in read_outcomes(columns, outcome, notcols):
        found, memberships = search.sufficient_conjunctions(literal)
        sufficient += found
        atomic += search.atomic_formulas(literal, found, memberships)
    levels = dict(zip(columns.names, columns.levels, strict=True))
    combined = complex_formulas([_atom(a, columns) for a in atomic], levels)
    joined = (_join([atomic[i] for i in parts]) for parts in combined.combinations)
    formulas = tuple(sorted(joined, key=_csf_order))
    return Coincidences(
        table=_table(sufficient, atomic, formulas),
        parameters=search.parameters | {"ordering": ordering},
        msc=tuple(sufficient),
        asf=tuple(atomic),
        csf=formulas,
        complete=combined.complete,
        message=combined.message,
    )


@dataclass(frozen=True)
class _Search:
    columns: Columns
    weights: Floats
    con: float
    cov: float
    con_msc: float
    maxstep: tuple[int, int, int]
    measures: Measures
    rank: dict[str, int]
    strict: bool

    @property
    def parameters(self) -> dict[str, Any]:
        """What is needed to search again."""
        return {
            "factors": list(self.columns.names),
            "con": self.con,
            "cov": self.cov,
            "con_msc": self.con_msc,
            "maxstep": list(self.maxstep),
            "measures": list(self.measures),
            "strict": self.strict,
            "n_cases": float(self.weights.sum()),
        }

    def sufficient_conjunctions(self, outcome: Literal) -> tuple[list[Condition], Floats]:
        """All msc of an outcome, and their memberships (msc × cases)."""
        y = self.columns.membership(*outcome)
        if not (y @ self.weights > 0):
            return [], np.empty((0, len(y)))
        literals = self._causes(outcome)
        single = np.array([self.columns.membership(*x) for x in literals]).reshape(len(literals), len(y))
        found: list[tuple[tuple[int, ...], Floats]] = []
        open_: list[tuple[tuple[int, ...], Floats]] = [((), np.ones(len(y)))]
        for _ in range(self.maxstep[0]):
            grown = list(self._extensions(open_, literals, single, [set(i) for i, _ in found]))
            if not grown:
                break
            consistent, _ = measure(np.array([x for _, x in grown]), y, self.weights, self.measures)
            passed = consistent >= self.con_msc - _TOLERANCE
            found += [item for item, ok in zip(grown, passed, strict=True) if ok]
            open_ = [item for item, ok in zip(grown, passed, strict=True) if not ok]
        memberships = np.array([x for _, x in found]).reshape(len(found), len(y))
        terms = [frozenset({frozenset(literals[i] for i in chosen)}) for chosen, _ in found]
        conditions = [self._condition(outcome, term, x) for term, x in zip(terms, memberships, strict=True)]
        order = sorted(range(len(found)), key=lambda i: (conditions[i].complexity, -conditions[i].cov))
        return [conditions[i] for i in order], memberships[order]

    def _causes(self, outcome: Literal) -> list[Literal]:
        own = self.rank.get(outcome.condition)
        literals = []
        for name, count in zip(self.columns.names, self.columns.levels, strict=True):
            other = self.rank.get(name)
            too_late = own is not None and other is not None and (other > own or (self.strict and other == own))
            if name != outcome.condition and not too_late:
                literals += [Literal(name, level) for level in range(count)]
        return literals

    def _extensions(
        self,
        shorter: list[tuple[tuple[int, ...], Floats]],
        literals: list[Literal],
        single: Floats,
        found: list[set[int]],
    ) -> Iterator[tuple[tuple[int, ...], Floats]]:
        """Conjunctions with one literal more, that some case has and no smaller sufficient one makes redundant."""
        for chosen, x in shorter:
            names = {literals[i].condition for i in chosen}
            for i in range(chosen[-1] + 1 if chosen else 0, len(literals)):
                if literals[i].condition in names:
                    continue
                joined = (*chosen, i)
                if any(smaller <= set(joined) for smaller in found):
                    continue
                membership = np.minimum(x, single[i])
                if membership @ self.weights > 0:
                    yield joined, membership

    def atomic_formulas(self, outcome: Literal, found: list[Condition], memberships: Floats) -> list[Condition]:
        """All minimal disjunctions of msc with enough consistency and coverage."""
        self._check_effort(len(found), outcome)
        y = self.columns.membership(*outcome)
        sizes = np.array([c.complexity for c in found], dtype=int)
        kept: list[tuple[int, ...]] = []
        shorter: list[tuple[int, ...]] = [()]
        for _ in range(self.maxstep[1]):
            grown = []
            for combos in _chunks(_disjunctions(shorter, len(found), sizes, self.maxstep[2], kept)):
                x = memberships[np.array(combos)].max(axis=1)
                con, cov = measure(x, y, self.weights, self.measures)
                enough = (con >= self.con - _TOLERANCE) & (cov >= self.cov - _TOLERANCE)
                kept += [combo for combo, ok in zip(combos, enough, strict=True) if ok]
                grown += [combo for combo, ok in zip(combos, enough, strict=True) if not ok]
            shorter = grown
        levels = dict(zip(self.columns.names, self.columns.levels, strict=True))
        formulas = []
        for combo in kept:
            terms = frozenset(chain.from_iterable(found[i].terms for i in combo))
            if is_redundancy_free(terms, levels):
                formulas.append(self._condition(outcome, terms, memberships[list(combo)].max(axis=0)))
        return sorted(formulas, key=lambda c: (c.complexity, -c.con * c.cov, c.expression))

    def _check_effort(self, n: int, outcome: Literal) -> None:
        effort = sum(comb(n, size) for size in range(1, self.maxstep[1] + 1))
        if effort > MAX_DISJUNCTIONS:
            raise AnalysisError(
                f"{n} minimally sufficient conditions make {effort:,} disjunctions",
                where=self._printed(outcome),
                mend="raise con or con_msc, lower maxstep, or give an ordering",
            )

    def _printed(self, literal: Literal) -> str:
        return print_literal(literal, is_multi(self.columns.levels))

    def _condition(self, outcome: Literal, terms: frozenset[Term], x: Floats) -> Condition:
        y = self.columns.membership(*outcome)
        con, cov = measure(x[None, :], y, self.weights, self.measures)
        levels = dict(zip(self.columns.names, self.columns.levels, strict=True))
        names = self.columns.names
        text = print_term(next(iter(terms)), names, levels) if len(terms) == 1 else print_terms(terms, names, levels)
        return Condition(
            outcome=self._printed(outcome),
            terms=terms,
            expression=text,
            con=float(con[0]),
            cov=float(cov[0]),
            complexity=sum(len(term) for term in terms),
            cases=tuple(c for c, a, b in zip(self.columns.cases, x, y, strict=True) if a > 0.5 and b > 0.5),
            against=tuple(c for c, a, b in zip(self.columns.cases, x, y, strict=True) if a > 0.5 and b <= 0.5),
        )


def _disjunctions(
    shorter: list[tuple[int, ...]], n: int, sizes: Any, most: int, kept: list[tuple[int, ...]]
) -> Iterator[tuple[int, ...]]:
    redundant = [frozenset(k) for k in kept]
    for chosen in shorter:
        used = int(sizes[list(chosen)].sum()) if chosen else 0
        for i in range(chosen[-1] + 1 if chosen else 0, n):
            if used + sizes[i] > most:
                continue
            joined = (*chosen, i)
            if not any(smaller <= set(joined) for smaller in redundant):
                yield joined


def _chunks(combos: Iterator[tuple[int, ...]]) -> Iterator[list[tuple[int, ...]]]:
    chunk: list[tuple[int, ...]] = []
    for combo in combos:
        chunk.append(combo)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _atom(condition: Condition, columns: Columns) -> Atom:
    return Atom(read_factor_value(condition.outcome, columns), condition.terms)


def _join(parts: Sequence[Condition]) -> ComplexFormula:
    ordered = sorted(parts, key=lambda p: p.outcome)
    single = len(ordered) == 1
    texts = [f"{p.expression} <-> {p.outcome}" for p in ordered]
    return ComplexFormula(
        parts=tuple(ordered),
        expression=texts[0] if single else "*".join(f"({text})" for text in texts),
        con=min(p.con for p in ordered),
        cov=min(p.cov for p in ordered),
        complexity=sum(p.complexity for p in ordered),
    )


def _csf_order(formula: ComplexFormula) -> tuple[object, ...]:
    return (-len(formula.parts), formula.complexity, -formula.con * formula.cov, formula.expression)


def _table(msc: list[Condition], asf: list[Condition], csf: Sequence[ComplexFormula]) -> pl.DataFrame:
    rows: list[dict[str, object]] = []
    for kind, arrow, conditions in (("msc", "->", msc), ("asf", "<->", asf)):
        for c in conditions:
            text = f"{c.expression} {arrow} {c.outcome}"
            rows.append(
                {
                    "kind": kind,
                    "outcome": c.outcome,
                    "formula": text,
                    "con": c.con,
                    "cov": c.cov,
                    "complexity": c.complexity,
                    "cases": list(c.cases),
                    "against": list(c.against),
                }
            )
    for f in csf:
        rows.append(
            {
                "kind": "csf",
                "outcome": ", ".join(f.outcomes),
                "formula": f.expression,
                "con": f.con,
                "cov": f.cov,
                "complexity": f.complexity,
                "cases": None,
                "against": None,
            }
        )
    schema: Schema = {
        "kind": pl.String,
        "outcome": pl.String,
        "formula": pl.String,
        "con": pl.Float64,
        "cov": pl.Float64,
        "complexity": pl.Int64,
        "cases": NAMES,
        "against": NAMES,
    }
    return pl.DataFrame(rows, schema=schema)
