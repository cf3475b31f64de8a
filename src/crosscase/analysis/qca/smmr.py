"""Which cases to study next: set-theoretic multi-method research after a solution of sufficiency.

Types of cases after Schneider & Rohlfing (2013, *Sociological Methods & Research* 42:559-597); ranking of single cases
after Oana, Schneider & Thomann (2021), with x the membership in a term (in the truth table row, for deviant coverage)
and y in the outcome; the smallest value is the best case:

* typical (x > .5, y > .5, x ≤ y): (1 − x) + 2 (y − x);
* deviant consistency (x > .5, y < .5): (1 − x) + (1 − (x − y));
* deviant coverage (solution < .5, y > .5): 1 − membership in its truth table row;
* individually irrelevant (solution < .5, y < .5): not ranked.

The ranking of pairs is ours: the distance of a pair from the ideal one, see ``best_pairs``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis.qca.answer import Answer, Schema
from crosscase.analysis.qca.data import Floats, Frame, Selection, select
from crosscase.analysis.qca.expressions import Expression, as_expression, is_multi, print_literal
from crosscase.analysis.qca.expressions import Literal as SetLiteral
from crosscase.analysis.qca.row_fit import row_membership
from crosscase.errors import InputError

KINDS = (
    "typical",
    "deviant consistency in degree",
    "deviant consistency in kind",
    "deviant coverage",
    "individually irrelevant",
    "at .5",
)
PAIRS = ("typical–irrelevant", "typical–deviant consistency", "typical–typical", "deviant coverage–irrelevant")


@dataclass(frozen=True)
class CaseSelection(Answer):
    """Every case's type, and rankings of cases and pairs.

    Attributes
    ----------
    table
        A row per case: ``case``, ``kind``, ``solution``, ``outcome``, ``terms`` (those it is in by more than .5).
    typical, deviant_consistency
        A row per term and case: ``term``, ``case``, ``membership``, ``outcome``, ``unique`` (so of no other term),
        ``distance``, ``best`` (the smallest of its term).
    deviant_coverage
        A row per case: ``row`` (the configuration it belongs to), ``case``, ``solution``, ``membership`` in the row,
        ``outcome``, ``row_within_outcome``, ``distance``, ``best`` (the smallest of its row).
    irrelevant
        Names of the individually irrelevant cases.
    pairs
        ``pair``, ``term`` (or row), ``first``, ``second``, ``distance``, best pair first.
    """

    typical: pl.DataFrame
    deviant_consistency: pl.DataFrame
    deviant_coverage: pl.DataFrame
    irrelevant: tuple[str, ...]
    pairs: pl.DataFrame

    def cases(self, kind: str) -> tuple[str, ...]:
        """The cases of a type; raises ``InputError`` for a type that there is not."""
        if kind not in KINDS:
            raise InputError(f"there is no type of case {kind!r}", mend=f"use {', '.join(KINDS)}")
        return tuple(self.table.filter(pl.col("kind") == kind)["case"].to_list())


def smmr(
    solution: str | Expression,
    outcome: str,
    frame: Frame,
    *,
    conditions: Sequence[str] | str | None = None,
    max_pairs: int = 10,
    cases: str | Sequence[object] | None = None,
) -> CaseSelection:
    """Types of cases after a solution, and the best of them to study within the case or in pairs.

    Parameters
    ----------
    solution
        A sum of products such as a model's ``.expression``.
    conditions
        Those of the truth table (rows of deviant coverage cases have all of them); those that the solution mentions by
        default.
    max_pairs
        How many pairs of each kind and term are listed.
    """
    parsed = as_expression(solution)
    names = parsed.conditions if conditions is None else conditions
    data = select(frame, outcome, names, cases=cases, may_be_constant=True)
    levels = dict(zip(data.names, data.levels, strict=True))
    parts = parsed.root.parts if parsed.root.kind == "or" else (parsed.root,)
    terms = [Expression(node, data.names, levels) for node in parts]
    x = np.array([term.membership(data.conditions) for term in terms])
    ranking = _Ranking(data, [str(term) for term in terms], x)
    kinds = ranking.kinds()
    coverage = ranking.deviant_coverage(kinds)
    table = pl.DataFrame(
        {
            "case": list(data.cases),
            "kind": kinds,
            "solution": ranking.whole,
            "outcome": data.y,
            "terms": [[t for t, v in zip(ranking.terms, column, strict=True) if v > 0.5] for column in x.T],
        },
        schema_overrides={"terms": pl.List(pl.String)},
    )
    parameters: dict[str, Any] = {
        "solution": " + ".join(ranking.terms),
        "outcome": data.outcome,
        "n_cases": len(data.cases),
        "data_hash": data.data_hash,
    }
    return CaseSelection(
        table=table,
        parameters=parameters,
        typical=ranking.by_term("typical"),
        deviant_consistency=ranking.by_term("deviant"),
        deviant_coverage=coverage,
        irrelevant=tuple(c for c, k in zip(data.cases, kinds, strict=True) if k == "individually irrelevant"),
        pairs=ranking.best_pairs(kinds, max_pairs),
    )


@dataclass(frozen=True)
class _Ranking:
    data: Selection
    terms: list[str]
    x: Floats

    @property
    def whole(self) -> Floats:
        result: Floats = self.x.max(axis=0)
        return result

    def kinds(self) -> list[str]:
        return [_kind(s, y) for s, y in zip(self.whole, self.data.y, strict=True)]

    def by_term(self, what: str) -> pl.DataFrame:
        rows = []
        y_all = self.data.y
        member = (self.x > 0.5) & ((self.x <= y_all) & (y_all > 0.5) if what == "typical" else y_all < 0.5)
        n_terms = member.sum(axis=0)
        for k, (term, x) in enumerate(zip(self.terms, self.x, strict=True)):
            found = []
            for i, (m, y) in enumerate(zip(x.tolist(), self.data.y.tolist(), strict=True)):
                if not member[k, i]:
                    continue
                distance = (1 - m) + 2 * (y - m) if what == "typical" else (1 - m) + (1 - (m - y))
                found.append((distance, i, m, y))
            least = min((f[0] for f in found), default=0.0)
            for distance, i, m, y in sorted(found):
                rows.append(
                    {
                        "term": term,
                        "case": self.data.cases[i],
                        "membership": m,
                        "outcome": y,
                        "unique": bool(n_terms[i] == 1),
                        "distance": distance,
                        "best": distance <= least + 1e-9,
                    }
                )
        schema: Schema = {"term": pl.String, "case": pl.String, "membership": pl.Float64, "outcome": pl.Float64}
        schema |= {"unique": pl.Boolean, "distance": pl.Float64, "best": pl.Boolean}
        return pl.DataFrame(rows, schema=schema)

    def deviant_coverage(self, kinds: Sequence[str]) -> pl.DataFrame:
        rows: list[dict[str, Any]] = []
        for i, kind in enumerate(kinds):
            if kind != "deviant coverage":
                continue
            name, m = self._row_of(i)
            y = float(self.data.y[i])
            rows.append(
                {
                    "row": name,
                    "case": self.data.cases[i],
                    "solution": float(self.whole[i]),
                    "membership": m,
                    "outcome": y,
                    "row_within_outcome": m <= y,
                    "distance": 1 - m,
                }
            )
        for row in rows:
            least = min(other["distance"] for other in rows if other["row"] == row["row"])
            row["best"] = row["distance"] <= least + 1e-9
        schema: Schema = {"row": pl.String, "case": pl.String, "solution": pl.Float64, "membership": pl.Float64}
        schema |= {"outcome": pl.Float64, "row_within_outcome": pl.Boolean, "distance": pl.Float64, "best": pl.Boolean}
        return pl.DataFrame(rows, schema=schema).sort(
            "row_within_outcome", "row", "distance", descending=[True, False, False]
        )

    def _row_of(self, i: int) -> tuple[str, float]:
        """The configuration in which case *i* has most membership, and that membership."""
        values = self.data.values[i]
        literals, levels = [], []
        for name, count, value in zip(self.data.names, self.data.levels, values, strict=True):
            level = -1 if np.isnan(value) else int(value > 0.5) if count == 2 else int(value)
            levels.append(level)
            if level >= 0:
                literals.append(SetLiteral(name, level))
        multi = is_multi(self.data.levels)
        return "*".join(print_literal(x, multi) for x in literals), float(row_membership(self.data, levels)[i])

    def best_pairs(self, kinds: Sequence[str], most: int) -> pl.DataFrame:
        """The best pairs of cases, the distance from the ideal pair being smallest.

        With x in the term (or row) and y in the outcome: *typical–irrelevant* differ as much as can be in both,
        (1 − (x₁ − x₂)) + (1 − (y₁ − y₂)), plus the distance of the typical case from y = x; *typical–deviant
        consistency* are alike in the term and differ in the outcome, |x₁ − x₂| + (1 − (y₁ − y₂)) + (1 − min(x₁, x₂));
        *typical–typical* lie on y = x far apart, (1 − |x₁ − x₂|) + |y₁ − x₁| + |y₂ − x₂|; *deviant
        coverage–irrelevant* are alike in the truth table row and differ in the outcome, as for deviant consistency.
        """
        rows: list[dict[str, Any]] = []
        irrelevant = [i for i, kind in enumerate(kinds) if kind == "individually irrelevant"]
        for term, x in zip(self.terms, self.x, strict=True):
            typical = [i for i in range(len(x)) if 0.5 < x[i] <= self.data.y[i]]
            deviant = [i for i in range(len(x)) if x[i] > 0.5 and self.data.y[i] < 0.5]
            firsts = {
                PAIRS[0]: [(self._apart(x, i, j), i, j) for i in typical for j in irrelevant],
                PAIRS[1]: [(self._alike(x, i, j), i, j) for i in typical for j in deviant],
                PAIRS[2]: [(self._diagonal(x, i, j), i, j) for i in typical for j in typical if x[i] > x[j]],
            }
            for pair, found in firsts.items():
                rows += self._listed(pair, term, found, most)
        by_row: dict[str, list[int]] = {}
        for i, kind in enumerate(kinds):
            if kind in ("deviant coverage", "individually irrelevant"):
                by_row.setdefault(self._row_of(i)[0], []).append(i)
        for name, members in by_row.items():
            x = np.zeros(len(self.data.y))
            x[members] = [self._row_of(i)[1] for i in members]
            found = [
                (self._alike(x, i, j), i, j)
                for i in members
                for j in members
                if kinds[i] == "deviant coverage" and kinds[j] == "individually irrelevant"
            ]
            rows += self._listed(PAIRS[3], name, found, most)
        schema: Schema = {"pair": pl.String, "term": pl.String, "first": pl.String, "second": pl.String}
        return pl.DataFrame(rows, schema=schema | {"distance": pl.Float64})

    def _apart(self, x: Floats, i: int, j: int) -> float:
        y = self.data.y
        return float((1 - (x[i] - x[j])) + (1 - (y[i] - y[j])) + (y[i] - x[i]))

    def _alike(self, x: Floats, i: int, j: int) -> float:
        y = self.data.y
        return float(abs(x[i] - x[j]) + (1 - (y[i] - y[j])) + (1 - min(x[i], x[j])))

    def _diagonal(self, x: Floats, i: int, j: int) -> float:
        y = self.data.y
        return float((1 - abs(x[i] - x[j])) + abs(y[i] - x[i]) + abs(y[j] - x[j]))

    def _listed(self, pair: str, term: str, found: Iterable[tuple[float, int, int]], most: int) -> list[dict[str, Any]]:
        names = self.data.cases
        return [
            {"pair": pair, "term": term, "first": names[i], "second": names[j], "distance": distance}
            for distance, i, j in sorted(found)[:most]
        ]


def _kind(solution: float, outcome: float) -> str:
    if solution == 0.5 or outcome == 0.5:
        return "at .5"
    if solution > 0.5:
        if outcome < 0.5:
            return "deviant consistency in kind"
        return "typical" if solution <= outcome else "deviant consistency in degree"
    return "deviant coverage" if outcome > 0.5 else "individually irrelevant"
