"""What the outcome needs: single conditions, conjunctions, and disjunctions of conditions that stand in for each other.

With x the membership in the condition and y in the outcome: inclN = Σmin(x, y)/Σy, covN = Σmin(x, y)/Σx,
RoN = Σ(1−x)/Σ(1−min(x, y)) (Ragin 2006; Schneider & Wagemann 2012, chapter 9). A condition that nearly every case has
is necessary for anything: its RoN is low. A condition inside a necessary disjunction is SUIN: a sufficient but
unnecessary part of a condition that is insufficient but necessary (Mahoney, Kimball & Koivu 2009).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from crosscase.analysis.qca.answer import NAMES, Answer, Schema
from crosscase.analysis.qca.data import Floats, Frame, Selection, select
from crosscase.analysis.qca.expressions import Literal as SetLiteral
from crosscase.analysis.qca.expressions import is_multi, print_literal
from crosscase.analysis.qca.fit import necessity_fit, sufficiency_fit
from crosscase.errors import AnalysisError, InputError

Relation = Literal["necessity", "sufficiency"]
MAX_EXPRESSIONS = 1_000_000
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Necessity(Answer):
    """Conditions and how necessary they are.

    ``table``: ``term``, ``inclN``, ``RoN``, ``covN`` (null where not defined) and ``deviant``: the cases that show the
    outcome without the condition (more than .5 in the outcome, less than .5 in the condition).
    """


@dataclass(frozen=True)
class SuperSubset(Answer):
    """Expressions that pass the cuts.

    ``table``: ``term``, ``kind`` (``condition``, ``conjunction``, ``disjunction``), the parameters of fit and
    ``deviant``, the cases against.
    """

    @property
    def suin(self) -> tuple[str, ...]:
        """The conditions that are part of a necessary disjunction, each once."""
        parts = self.table.filter(pl.col("kind") == "disjunction")["term"].to_list()
        return tuple(dict.fromkeys(p for term in parts for p in term.split(" + ")))


def necessity(
    frame: Frame,
    outcome: str,
    conditions: Sequence[str] | str | None = None,
    *,
    cases: str | Sequence[object] | None = None,
) -> Necessity:
    """How necessary each condition and its absence (each level, if multi-value) is for the outcome.

    Parameters are those of ``truth_table``. A condition passes the usual test from an inclN of .9, and then only says
    something if its RoN is not low.
    """
    data = select(frame, outcome, conditions, cases=cases)
    literals, x = _literals(data)
    rows = [
        {
            "term": _printed([literal], data, "*"),
            **necessity_fit(membership, data.y),
            "deviant": _deviant(membership, data, "necessity"),
        }
        for literal, membership in zip(literals, x, strict=True)
    ]
    schema: Schema = {"term": pl.String, "inclN": pl.Float64, "RoN": pl.Float64, "covN": pl.Float64, "deviant": NAMES}
    return Necessity(pl.DataFrame(rows, schema=schema), _parameters(data))


def super_subset(
    frame: Frame,
    outcome: str,
    conditions: Sequence[str] | str | None = None,
    *,
    relation: Relation = "necessity",
    incl_cut: float = 1.0,
    cov_cut: float = 0.0,
    ron_cut: float = 0.0,
    pri_cut: float = 0.0,
    depth: int | None = None,
    cases: str | Sequence[object] | None = None,
) -> SuperSubset:
    """Every expression that is necessary (or sufficient) by the cuts.

    Parameters
    ----------
    relation
        ``necessity``: all conjunctions that pass, and the disjunctions that pass of which no smaller part passes.
        ``sufficiency``: the conjunctions that pass of which no smaller part passes.
    incl_cut, cov_cut
        Least consistency and coverage.
    ron_cut, pri_cut
        Least relevance of necessity (necessity), least PRI (sufficiency).
    depth
        Largest number of conditions in an expression; all by default.

    Raises
    ------
    AnalysisError
        More than a million expressions would have to be looked at; a smaller ``depth`` mends it.
    """
    if relation not in ("necessity", "sufficiency"):
        raise InputError(f"there is no relation {relation!r}", mend="use necessity or sufficiency")
    for name, cut in (("incl_cut", incl_cut), ("cov_cut", cov_cut), ("ron_cut", ron_cut), ("pri_cut", pri_cut)):
        if not 0.0 <= cut <= 1.0:
            raise InputError(f"{name} is {cut:g}", mend="cuts lie between 0 and 1")
    data = select(frame, outcome, conditions, cases=cases)
    if depth is not None and depth < 1:
        raise InputError(f"depth is {depth}", mend="give the largest number of conditions, from 1")
    search = _Search(data, relation, incl_cut, cov_cut, ron_cut if relation == "necessity" else pri_cut, depth)
    rows = search.rows()
    fit: Schema = dict.fromkeys(search.names, pl.Float64)
    table = pl.DataFrame(rows, schema={"term": pl.String, "kind": pl.String, **fit, "deviant": NAMES})
    parameters = _parameters(data) | {
        "relation": relation,
        "incl_cut": incl_cut,
        "cov_cut": cov_cut,
        "ron_cut" if relation == "necessity" else "pri_cut": search.third_cut,
        "depth": depth,
    }
    return SuperSubset(table, parameters)


@dataclass
class _Search:
    data: Selection
    relation: Relation
    incl_cut: float
    cov_cut: float
    third_cut: float
    depth: int | None

    def __post_init__(self) -> None:
        self.literals, self.single = _literals(self.data)
        self.most = min(self.depth or len(self.data.names), len(self.data.names))
        self.looked_at = 0

    @property
    def names(self) -> tuple[str, str, str]:
        return ("inclN", "RoN", "covN") if self.relation == "necessity" else ("inclS", "PRI", "covS")

    def rows(self) -> list[dict[str, Any]]:
        if self.relation == "sufficiency":
            return self._grow("*", stop_when_included=True)
        conjunctions = self._grow("*", stop_when_included=False)
        alone = {row["term"] for row in conjunctions if row["kind"] == "condition"}
        disjunctions = self._grow("+", stop_when_included=True)
        return conjunctions + [row for row in disjunctions if row["term"] not in alone]

    def _grow(self, sign: str, *, stop_when_included: bool) -> list[dict[str, Any]]:
        """Expressions from small to large.

        With ``stop_when_included`` what passes is not made larger and nothing that contains it is looked at. Without
        it what fails inclusion is not made larger: a conjunction cannot be more necessary than its parts.
        """
        rows: list[dict[str, Any]] = []
        passed: list[frozenset[int]] = []
        start = np.ones(len(self.data.y)) if sign == "*" else np.zeros(len(self.data.y))
        open_: list[tuple[tuple[int, ...], Floats]] = [((), start)]
        for _ in range(self.most):
            grown = []
            for chosen, x in self._extended(open_, sign, passed if stop_when_included else []):
                included, row = self._judge(chosen, x, sign)
                if row is not None:
                    rows.append(row)
                    if stop_when_included:
                        passed.append(frozenset(chosen))
                        continue
                if stop_when_included or included:
                    grown.append((chosen, x))
            open_ = grown
        return rows

    def _extended(
        self, shorter: list[tuple[tuple[int, ...], Floats]], sign: str, passed: list[frozenset[int]]
    ) -> Iterator[tuple[tuple[int, ...], Floats]]:
        join = np.minimum if sign == "*" else np.maximum
        for chosen, x in shorter:
            used = {self.literals[i].condition for i in chosen}
            for i in range(chosen[-1] + 1 if chosen else 0, len(self.literals)):
                joined = (*chosen, i)
                if self.literals[i].condition in used or any(smaller <= set(joined) for smaller in passed):
                    continue
                self.looked_at += 1
                if self.looked_at > MAX_EXPRESSIONS:
                    raise AnalysisError(
                        f"more than {MAX_EXPRESSIONS:,} expressions would have to be looked at",
                        mend="give a smaller depth, or fewer conditions",
                    )
                yield joined, join(x, self.single[i])

    def _judge(self, chosen: tuple[int, ...], x: Floats, sign: str) -> tuple[bool, dict[str, Any] | None]:
        """Whether inclusion reaches its cut, and the row if all cuts are reached."""
        fit: dict[str, float | None] = dict(
            necessity_fit(x, self.data.y) if self.relation == "necessity" else sufficiency_fit(x, self.data.y)
        )
        incl, third, cov = (fit[name] for name in self.names)
        included = incl is not None and incl >= self.incl_cut - _TOLERANCE
        enough = (cov or 0.0) >= self.cov_cut - _TOLERANCE and (third or 0.0) >= self.third_cut - _TOLERANCE
        if not (included and enough):
            return included, None
        kind = "condition" if len(chosen) == 1 else "conjunction" if sign == "*" else "disjunction"
        term = _printed([self.literals[i] for i in chosen], self.data, sign)
        return True, {"term": term, "kind": kind, **fit, "deviant": _deviant(x, self.data, self.relation)}


def _literals(data: Selection) -> tuple[list[SetLiteral], Floats]:
    """Every literal, presence before absence, and its memberships (literals × cases)."""
    literals = []
    for name, count in zip(data.names, data.levels, strict=True):
        literals += [SetLiteral(name, level) for level in ((1, 0) if count == 2 else range(count))]
    return literals, np.array([data.conditions.membership(*literal) for literal in literals])


def _printed(literals: Sequence[SetLiteral], data: Selection, sign: str) -> str:
    multi = is_multi(data.levels)
    return ("*" if sign == "*" else " + ").join(print_literal(literal, multi) for literal in literals)


def _deviant(x: Floats, data: Selection, relation: Relation) -> list[str]:
    against = (data.y > 0.5) & (x < 0.5) if relation == "necessity" else (x > 0.5) & (data.y < 0.5)
    return [case for case, flag in zip(data.cases, against, strict=True) if flag]


def _parameters(data: Selection) -> dict[str, Any]:
    return {
        "outcome": data.outcome,
        "conditions": list(data.names),
        "n_cases": len(data.cases),
        "data_hash": data.data_hash,
    }
