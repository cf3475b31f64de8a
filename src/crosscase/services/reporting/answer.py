"""The answer: verdicts, how each case stands to types and conditions, and the evidence for and against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from crosscase.analysis.identify import Identification
from crosscase.report.content import (
    Answer,
    Claim,
    ConditionReading,
    EvidenceList,
    EvidencePart,
    Number,
    Reasons,
    Side,
    TypeAcross,
    TypeReading,
    Verdict,
)
from crosscase.services.reporting.names import NONE, Names, listed
from crosscase.services.reporting.sentences import about_condition, lacking, opening, verdict_sentence
from crosscase.services.reporting.strongest import strongest

KIND_LABELS = {
    "type": "identified",
    "leaning": "leaning",
    "between": "between two types",
    "none": "none of the types",
    "not_enough": "not enough evidence",
}
UNKNOWN = "unknown"
_SIDES = {"for": ("for", "both"), "against": ("against", "both")}


@dataclass(frozen=True)
class Answering:
    """Reads an identification cell by cell."""

    found: Identification
    names: Names
    weights: Mapping[int, float]  # coding → how much it counts
    whole: bool = True  # whether every case of the study is in reach

    def answer(self) -> Answer:
        """The study-wide statement and the verdicts, in the order of the study's cases."""
        table = self.found.statement().table
        across = tuple(self._across(row) for row in table.iter_rows(named=True))
        absent = {row["type"]: row["absent"] for row in table.iter_rows(named=True) if row["claim"]}
        verdicts = {case: self.found.verdict(case) for case in self.names.cases}
        return Answer(
            statement=opening(verdicts, absent, self.names, whole=self.whole),
            verdicts=tuple(self._verdict(case) for case in self.names.cases),
            across=across,
        )

    def reasons(self) -> tuple[Reasons, ...]:
        """Per case the conditions, and the strongest evidence for and against the types that the verdict is about."""
        return tuple(self._reasons(case) for case in self.names.cases)

    def lists(self) -> dict[str, tuple[EvidenceList, ...]]:
        """Per case the ids behind every membership in a condition or a type."""
        return {
            case: (
                *(self._list(case, "condition", c.id, c.label) for c in self.names.framework.conditions),
                *(self._list(case, "type", t.id, t.name) for t in self.names.framework.types),
            )
            for case in self.names.cases
        }

    def missing(self) -> dict[str, tuple[str, ...]]:
        """Per case what evidence is lacking, in sentences."""
        return {case: self._missing(case) for case in self.names.cases}

    def _across(self, row: Mapping[str, Any]) -> TypeAcross:
        """One type over all cases: whether any is of it, and which comes nearest."""
        case, everything = row["highest_case"], "evidence"
        known = self._types[case, row["type"]]["membership"] is not None if case else False
        return TypeAcross(
            name=self.names.type(row["type"]),
            absent=Number(row["absent"], anchor=everything),
            expected=Number(row["expected"], anchor=everything),
            highest=Number(row["highest"], anchor=self.names.places.of(case, "type", row["type"]))
            if known
            else Number(None, why="unknown"),
            highest_case=self.names.case(case) if known else "",
            claim=row["claim"],
        )

    @cached_property
    def _types(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        return {(row["case"], row["type"]): row for row in self.found.table.iter_rows(named=True)}

    @cached_property
    def _conditions(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        return {(row["case"], row["condition"]): row for row in self.found.conditions.iter_rows(named=True)}

    @cached_property
    def _behind(self) -> dict[tuple[str, str, str, str], pl.DataFrame]:
        """Case, "type" or "condition", its id, side → codings."""
        return {}

    def codings(self, case: str, what: str, id: str, side: str) -> pl.DataFrame:
        """The codings that speak for or against a type or a condition of a case."""
        key = (case, what, id, side)
        if key not in self._behind:
            quotes = self.found.quotes(case=case, **{what: id})
            for name, parts in _SIDES.items():
                self._behind[case, what, id, name] = quotes.filter(pl.col("part").is_in(parts))
        return self._behind[key]

    def _count(self, case: str, what: str, id: str, side: str) -> Number:
        n = self.codings(case, what, id, side).height
        return Number(n, anchor=self.names.places.of(case, what, id, side) if n else "")

    def _list(self, case: str, what: str, id: str, title: str) -> EvidenceList:
        parts = tuple(
            EvidencePart(
                self.names.places.of(case, what, id, side),
                label,
                tuple(self.codings(case, what, id, side)["coding_id"].to_list()),
            )
            for side, label in (("for", "For"), ("against", "Against"))
        )
        note = self.names.framework.type(id).formula.text if what == "type" else ""
        return EvidenceList(self.names.places.of(case, what, id), title, f"Rule: {note}" if note else "", parts)

    def _verdict(self, case: str) -> Verdict:
        verdict = self.found.verdict(case)
        about = self._about(case)
        first = about[0] if about else None
        return Verdict(
            case=case,
            label=self.names.case(case),
            kind=verdict.kind,
            kind_label=KIND_LABELS[verdict.kind],
            headline=self._headline(verdict.kind, verdict.types),
            sentence=verdict_sentence(case, verdict, self.names),
            types=tuple(verdict.types),
            probability=self._of_case(case, verdict.probability),
            readings=tuple(
                self._reading(case, id, id in verdict.types)
                for id in (*(ideal.id for ideal in self.names.framework.types), NONE)
            ),
            runner_up=self.names.type(verdict.runner_up),
            margin=self._of_case(case, verdict.margin),
            decisive=self.names.dimension(verdict.decisive),
            corner=self._corner(case),
            missing=self._missing(case),
            about=self.names.type(first) if first else "",
            supports=self._count(case, "type", first, "for") if first else Number(0),
            opposes=self._count(case, "type", first, "against") if first else Number(0),
        )

    def _corner(self, case: str) -> str:
        """Which conditions are present, absent and unknown, where that says more than the verdict does."""
        verdict = self.found.verdict(case)
        if verdict.kind in ("type", "leaning") or "*" not in verdict.corner:
            return ""
        formula, _, label = verdict.corner.partition(" (")
        marks = [part.strip() for part in formula.split("*")]
        if all(mark.startswith("?") for mark in marks):
            return ""
        return f"{' * '.join(marks)}{f' ({label}' if label else ''}"

    def _reading(self, case: str, type: str, verdict: bool) -> TypeReading:
        row = self._types[case, type]
        none = type == NONE
        behind = "" if none else self.names.places.of(case, "type", type)

        def number(name: str, low: str = "", high: str = "") -> Number:
            if none or row[name] is None:
                return Number(None, row.get(low), row.get(high), why=UNKNOWN)
            return Number(row[name], row.get(low), row.get(high), behind)

        return TypeReading(
            type=type,
            name=self.names.type(type),
            membership=number("membership", "low", "high"),
            probability=self._of_case(case, row["probability"]),
            alone=number("model_free", "model_free_low", "model_free_high"),
            fit=number("template_fit"),
            verdict=verdict or (none and self.found.verdict(case).kind == "none"),
        )

    def _reasons(self, case: str) -> Reasons:
        verdict = self.found.verdict(case)
        expected = self._expected(self._about(case)[:1])
        conditions = []
        for condition in self.names.framework.conditions:
            row = self._conditions[case, condition.id]
            conditions.append(
                ConditionReading(
                    id=condition.id,
                    label=condition.label,
                    definition=condition.definition,
                    membership=Number(
                        row["membership"],
                        row["low"],
                        row["high"],
                        self.names.places.of(case, "condition", condition.id),
                    ),
                    expected=expected.get(condition.id, ""),
                    needs_met=bool(row["met"]),
                    missing=about_condition(row["missing"] or "", condition.id),
                    supports=self._count(case, "condition", condition.id, "for"),
                    opposes=self._count(case, "condition", condition.id, "against"),
                )
            )
        note = "" if verdict.kind in ("type", "leaning", "between") else "the likeliest of the types"
        claims = tuple(
            Claim(self.names.type(type), note, self._side(case, type, "for"), self._side(case, type, "against"))
            for type in self._about(case)
        )
        sentence = verdict_sentence(case, verdict, self.names)
        return Reasons(case, self.names.case(case), sentence, tuple(conditions), claims)

    def _about(self, case: str) -> tuple[str, ...]:
        """The types whose evidence is shown: those of the verdict, else the likeliest one."""
        types = tuple(self.found.verdict(case).types)
        if types:
            return types
        ranked = [
            (row["probability"] or 0.0, type) for (c, type), row in self._types.items() if c == case and type != NONE
        ]
        return (max(ranked)[1],) if ranked else ()

    def _side(self, case: str, type: str, side: str) -> Side:
        decisive = self.found.verdict(case).decisive
        rows = [
            # What the verdict hangs on comes first.
            {**row, "weight": self.weights.get(int(row["coding_id"]), 0.0) + 0.5 * (row["domain"] == decisive)}
            for row in self.codings(case, "type", type, side).iter_rows(named=True)
        ]
        return Side(strongest(rows), self._count(case, "type", type, side), len({row["source"] for row in rows}))

    def _expected(self, types: Sequence[str]) -> dict[str, str]:
        return {
            name: "present" if wanted else "absent"
            for type in types
            for name, wanted in self.names.framework.type(type).formula.signs().items()
        }

    def _missing(self, case: str) -> tuple[str, ...]:
        return lacking(self.found.verdict(case).missing, self.names)

    def _headline(self, kind: str, types: Sequence[str]) -> str:
        named = [self.names.type(type) for type in types]
        return {
            "type": listed(named),
            "leaning": f"Leans to {listed(named)}",
            "between": f"Between {listed(named)}",
            "none": "None of the types",
        }.get(kind, "Not enough evidence")

    def _of_case(self, case: str, value: float | None) -> Number:
        """A number that rests on every coding of the case."""
        return (
            Number(value, anchor=self.names.places.of(case)) if case in self._coded else Number(None, why="no evidence")
        )

    @cached_property
    def _coded(self) -> frozenset[str]:
        return frozenset(self.found.codings["case"].unique().to_list())

    def diagnostics(self) -> tuple[tuple[str, str], ...]:
        """Whether the sampler has converged, in a few lines; empty where no model was needed."""
        table = self.found.diagnostics
        if table.is_empty():
            return ()
        n, good = table.height, int(table["converged"].sum())
        return (
            ("Quantities converged", f"{good} of {n}"),
            ("Largest R-hat", f"{float(max(table['r_hat'])):.3f}"),
            ("Smallest effective sample size", f"{float(min(table['ess'])):,.0f}"),
            ("Largest Monte Carlo error", f"{float(max(table['error'])):.4f}"),
        )
