"""Solutions: models with their terms, fit, cases and assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis.qca.data import Floats
from crosscase.analysis.qca.expressions import Term, is_multi, print_literal, print_term, term_order
from crosscase.analysis.qca.factorise import factorise_terms
from crosscase.analysis.qca.fit import SufficiencyFit, sufficiency_fit, unique_coverages
from crosscase.analysis.qca.space import Ints
from crosscase.analysis.qca.truth_table import TruthTable
from crosscase.errors import InputError, NotEnoughEvidence

_MANY = 1 << 22
RowValues = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Model:
    """One sum of prime implicants that covers every row with the outcome.

    Attributes
    ----------
    truth_table
        What was minimised.
    codes
        The terms, as ``Space`` writes them.
    """

    truth_table: TruthTable = field(repr=False)
    codes: tuple[int, ...]

    @cached_property
    def _sorted(self) -> list[tuple[int, Term]]:
        space = self.truth_table.space
        pairs = [(code, space.term(code)) for code in self.codes]
        return sorted(pairs, key=lambda pair: term_order(pair[1], space.conditions))

    @property
    def parsed(self) -> tuple[Term, ...]:
        """The terms as sets of literals, in order."""
        return tuple(term for _, term in self._sorted)

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """The terms, such as ``DEV*URB*~IND``, literals and terms in the order of the conditions."""
        return tuple(_print(self.truth_table, term) for term in self.parsed)

    @property
    def expression(self) -> str:
        """The whole model, such as ``DEV*STB + ~URB``."""
        return " + ".join(self.terms)

    @property
    def factorised(self) -> str:
        """The model with what its terms share in front, such as ``STB*(DEV + ~URB)``."""
        space = self.truth_table.space
        multi = is_multi(space.levels)
        return factorise_terms(self.parsed, space.conditions, lambda literal: print_literal(literal, multi))

    @cached_property
    def memberships(self) -> tuple[Floats, ...]:
        """Membership of each case in each term; raises ``NotEnoughEvidence`` for a table that was given as rows."""
        selection = self.truth_table.selection
        if selection is None:
            raise NotEnoughEvidence(
                "this truth table was given as rows, so there are no cases to measure fit with",
                mend="make it with truth_table from the cases",
            )
        columns = selection.conditions
        return tuple(
            np.minimum.reduce([columns.membership(*literal) for literal in sorted(term)]) for term in self.parsed
        )

    @property
    def membership(self) -> Floats:
        """Membership of each case in the model: the largest of its terms'."""
        result: Floats = np.maximum.reduce(self.memberships)
        return result

    @cached_property
    def fit(self) -> pl.DataFrame:
        """Fit of each term: ``term, inclS, PRI, covS, covU``; null where a value is not defined."""
        y = self._outcome
        unique = unique_coverages(self.memberships, y)
        rows = [
            {"term": term, **sufficiency_fit(x, y), "covU": own}
            for term, x, own in zip(self.terms, self.memberships, unique, strict=True)
        ]
        names = ("inclS", "PRI", "covS", "covU")
        return pl.DataFrame(rows, schema={"term": pl.String, **dict.fromkeys(names, pl.Float64)})

    @cached_property
    def solution(self) -> SufficiencyFit:
        """Fit of the whole model: ``inclS, PRI, covS``."""
        return sufficiency_fit(self.membership, self._outcome)

    @property
    def _outcome(self) -> Floats:
        if self.truth_table.selection is None:
            return self.memberships[0]  # raises, and says why
        return self.truth_table.selection.y

    @cached_property
    def cases(self) -> dict[str, tuple[str, ...]]:
        """Term → the cases whose membership in it exceeds 0.5."""
        if self.truth_table.selection is None:
            return dict.fromkeys(self.terms, ())
        names = self.truth_table.selection.cases
        found = {}
        for term, x in zip(self.terms, self.memberships, strict=True):
            found[term] = tuple(names[i] for i in np.flatnonzero(x > 0.5))
        return found

    @cached_property
    def assumed_rows(self) -> Ints:
        """The rows that the model covers although no case shows them, as levels."""
        space = self.truth_table.space
        if space.n_rows > _MANY:
            raise InputError(f"{space.n_rows:,} rows are too many to list assumptions", mend="use fewer conditions")
        covered = space.covered(self.codes)
        covered[space.numbers(self.truth_table.named_corners) - 1] = False
        return space.rows(np.flatnonzero(covered) + 1)

    @property
    def simplifying_assumptions(self) -> RowValues:
        """``assumed_rows`` as plain values."""
        return tuple(map(tuple, self.assumed_rows.tolist()))

    def to_dict(self) -> dict[str, Any]:
        """Terms, expression and, where there are cases, fit."""
        found: dict[str, Any] = {
            "terms": list(self.terms),
            "expression": self.expression,
            "factorised": self.factorised,
        }
        if self.truth_table.selection is not None:
            cases = {term: list(names) for term, names in self.cases.items()}
            found |= {"fit": self.fit.to_dicts(), "solution": dict(self.solution), "cases": cases}
        return found

    def __str__(self) -> str:
        return self.expression


@dataclass(frozen=True)
class Block:
    """What a pair of a conservative and a parsimonious model leads to.

    Attributes
    ----------
    conservative, parsimonious
        The pair.
    models
        The intermediate models.
    message
        What is missing from them; empty when nothing is.
    easy_rows, difficult_rows
        The simplifying assumptions of the parsimonious model: those that the expectations allow, and the others; as
        plain values ``easy`` and ``difficult``.
    """

    conservative: Model
    parsimonious: Model
    models: tuple[Model, ...]
    message: str
    easy_rows: Ints = field(repr=False, compare=False)
    difficult_rows: Ints = field(repr=False, compare=False)

    @cached_property
    def easy(self) -> RowValues:
        return tuple(map(tuple, self.easy_rows.tolist()))

    @cached_property
    def difficult(self) -> RowValues:
        return tuple(map(tuple, self.difficult_rows.tolist()))


class Assumptions(Mapping[str, RowValues]):
    """``M1``, ``M2`` … → the simplifying assumptions of that model, worked out when they are asked for."""

    def __init__(self, models: tuple[Model, ...]) -> None:
        self._models = {f"M{i}": model for i, model in enumerate(models, 1)}

    def __getitem__(self, key: str) -> RowValues:
        return self._models[key].simplifying_assumptions

    def __iter__(self) -> Iterator[str]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)


@dataclass(frozen=True)
class Solution:
    """All models of a minimisation.

    Attributes
    ----------
    truth_table
        What was minimised.
    kind
        ``conservative``, ``parsimonious`` or ``intermediate``.
    prime_codes
        All prime implicants, as ``Space`` writes them.
    models
        All models with the fewest terms (or all irredundant ones, where that was asked for).
    n_models
        How many there are, listed or not; None where the search ended early.
    complete, message
        Whether every model is listed, and a sentence on what is missing.
    intermediate
        ``C1P1`` → its block; empty without directional expectations.
    """

    truth_table: TruthTable
    kind: str
    prime_codes: tuple[int, ...] = field(repr=False)
    models: tuple[Model, ...]
    n_models: int | None
    complete: bool
    message: str
    intermediate: Mapping[str, Block] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @cached_property
    def primes(self) -> tuple[str, ...]:
        """All prime implicants, in the order of the conditions."""
        space = self.truth_table.space
        terms = sorted(map(space.term, self.prime_codes), key=lambda term: term_order(term, space.conditions))
        return tuple(_print(self.truth_table, term) for term in terms)

    @property
    def simplifying_assumptions(self) -> Mapping[str, RowValues]:
        """``M1`` → the rows that this model covers although no case shows them."""
        return Assumptions(self.models)

    @cached_property
    def essential(self) -> tuple[str, ...]:
        """The terms that every listed model has."""
        shared = set.intersection(*(set(model.terms) for model in self.models)) if self.models else set()
        return tuple(term for term in self.models[0].terms if term in shared) if self.models else ()

    @cached_property
    def table(self) -> pl.DataFrame:
        """One row per model and term: ``model, term`` and, where there are cases, its fit and its ``cases``."""
        frames = []
        for i, model in enumerate(self.models, 1):
            if self.truth_table.selection is None:
                frame = pl.DataFrame({"term": list(model.terms)})
            else:
                cases = pl.Series("cases", [list(names) for names in model.cases.values()], dtype=pl.List(pl.String))
                frame = model.fit.with_columns(cases)
            frames.append(frame.select(pl.lit(f"M{i}").alias("model"), pl.all()))
        return pl.concat(frames) if frames else pl.DataFrame(schema={"model": pl.String, "term": pl.String})

    @cached_property
    def lineage(self) -> pl.DataFrame:
        """Term → its cases: ``model``, ``term``, ``case``, one row each."""
        found = [
            (f"M{i}", term, case)
            for i, model in enumerate(self.models, 1)
            for term, cases in model.cases.items()
            for case in cases
        ]
        return pl.DataFrame(found, schema={"model": pl.String, "term": pl.String, "case": pl.String}, orient="row")

    def to_pandas(self) -> Any:
        """The table as a pandas data frame (needs pandas and pyarrow, the ``notebook`` extra)."""
        return self.table.to_pandas()

    def to_dict(self) -> dict[str, Any]:
        """Models, primes, parameters and what is missing, as plain values."""
        return {
            "parameters": dict(self.parameters),
            "kind": self.kind,
            "primes": list(self.primes),
            "models": [model.to_dict() for model in self.models],
            "n_models": self.n_models,
            "complete": self.complete,
            "message": self.message,
            "notes": [*self.truth_table.notes, *self.notes],
            "intermediate": {
                name: {
                    "models": [model.to_dict() for model in block.models],
                    "easy": [list(row) for row in block.easy],
                    "difficult": [list(row) for row in block.difficult],
                }
                for name, block in self.intermediate.items()
            },
        }

    def __str__(self) -> str:
        sign = "→"
        lines = [
            f"M{i}: {model.expression} {sign} {self.truth_table.outcome}" for i, model in enumerate(self.models, 1)
        ]
        return "\n".join([*lines, self.message] if self.message else lines)

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escape(line)}</li>" for line in str(self).splitlines()[:50])
        notes = "".join(f"<li>{escape(note)}</li>" for note in (*self.truth_table.notes, *self.notes))
        shown: str = self.table._repr_html_() if len(self.models) <= 50 else ""
        return f"<p>{escape(self.kind)}</p><ul>{lines}</ul>{shown}<ul>{notes}</ul>"


def _print(table: TruthTable, term: Term) -> str:
    return print_term(term, table.conditions, table.space.level_map)
