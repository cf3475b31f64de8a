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
    TypeReading,
    Verdict,
)
from crosscase.services.reporting.names import Names, listed
from crosscase.services.reporting.strongest import strongest

KIND_LABELS = {
    "type": "identified",
    "leaning": "leaning",
    "between": "between two types",
    "none": "none of the types",
    "not_enough": "not enough evidence",
}
NONE = "none"
UNKNOWN = "unknown"
_SIDES = {"for": ("for", "both"), "against": ("against", "both")}
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Answering:
    """Reads an identification cell by cell."""

    found: Identification
    names: Names
    weights: Mapping[int, float]  # coding → how much it counts

    def answer(self) -> Answer:
        """The study-wide statement and the verdicts, in the order of the study's cases."""
        return Answer(self.found.statement().sentence, tuple(self._verdict(case) for case in self.names.cases))

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

    @cached_property
    def _types(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        return {(row["case"], row["type"]): row for row in self.found.table.iter_rows(named=True)}

    @cached_property
    def _conditions(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        return {(row["case"], row["condition"]): row for row in self.found.conditions.iter_rows(named=True)}

    @cached_property
    def _behind(self) -> dict[tuple[str, str, str, str], Rows]:
        """Case, "type" or "condition", its id, side → codings."""
        return {}

    def rows(self, case: str, what: str, id: str, side: str) -> Rows:
        key = (case, what, id, side)
        if key not in self._behind:
            quotes = self.found.quotes(case=case, **{what: id})
            for name, parts in _SIDES.items():
                self._behind[case, what, id, name] = quotes.filter(pl.col("part").is_in(parts)).to_dicts()
        return self._behind[key]

    def _count(self, case: str, what: str, id: str, side: str) -> Number:
        n = len(self.rows(case, what, id, side))
        return Number(n, anchor=self.names.places.of(case, what, id, side) if n else "")

    def _list(self, case: str, what: str, id: str, title: str) -> EvidenceList:
        parts = tuple(
            EvidencePart(
                self.names.places.of(case, what, id, side),
                label,
                tuple(int(row["coding_id"]) for row in self.rows(case, what, id, side)),
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
            sentence=self._sentence(case),
            types=tuple(verdict.types),
            probability=self._of_case(case, verdict.probability),
            readings=tuple(self._reading(case, id, id in verdict.types) for id in (*self._type_ids, NONE)),
            runner_up=self._type_name(verdict.runner_up),
            margin=self._of_case(case, verdict.margin),
            decisive=self._dimension(verdict.decisive),
            corner=verdict.corner if verdict.kind not in ("type", "leaning") else "",
            missing=self._missing(case),
            supports=self._count(case, "type", first, "for") if first else Number(0),
            opposes=self._count(case, "type", first, "against") if first else Number(0),
        )

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
            name=self._type_name(type),
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
                    missing=self._labelled(row["missing"] or ""),
                    supports=self._count(case, "condition", condition.id, "for"),
                    opposes=self._count(case, "condition", condition.id, "against"),
                )
            )
        note = "" if verdict.kind in ("type", "leaning", "between") else "the likeliest of the types"
        claims = tuple(
            Claim(self._type_name(type), note, self._side(case, type, "for"), self._side(case, type, "against"))
            for type in self._about(case)
        )
        return Reasons(case, self.names.case(case), self._sentence(case), tuple(conditions), claims)

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
            for row in self.rows(case, "type", type, side)
        ]
        return Side(strongest(rows), self._count(case, "type", type, side), len({row["source"] for row in rows}))

    def _expected(self, types: Sequence[str]) -> dict[str, str]:
        return {
            name: "present" if wanted else "absent"
            for type in types
            for name, wanted in self.names.framework.type(type).formula.signs().items()
        }

    def _missing(self, case: str) -> tuple[str, ...]:
        return tuple(self._labelled(sentence) for sentence in self.found.verdict(case).missing)

    def _labelled(self, sentence: str) -> str:
        """A sentence that begins with a condition's id, with its label instead."""
        for condition in self.names.framework.conditions:
            if sentence.startswith(f"{condition.id}:"):
                return f"{condition.label}{sentence.removeprefix(condition.id)}"
        return sentence

    @property
    def _type_ids(self) -> tuple[str, ...]:
        return tuple(ideal.id for ideal in self.names.framework.types)

    def _type_name(self, id: str) -> str:
        return "None of the types" if id == NONE else self.names.framework.type(id).name

    def _headline(self, kind: str, types: Sequence[str]) -> str:
        named = [self._type_name(type) for type in types]
        return {
            "type": listed(named),
            "leaning": f"Leans to {listed(named)}",
            "between": f"Between {listed(named)}",
            "none": "None of the types",
        }.get(kind, "Not enough evidence")

    def _sentence(self, case: str) -> str:
        """The verdict's sentence, which begins with the case's short name, with its label instead."""
        sentence = self.found.verdict(case).sentence
        return self.names.case(case) + sentence.removeprefix(case) if sentence.startswith(case) else sentence

    def _dimension(self, id: str | None) -> str:
        labels = {d.id: d.name for d in self.names.framework.domains}
        labels |= {c.id: c.label for c in self.names.framework.conditions}
        return labels.get(id or "", id or "")

    def _of_case(self, case: str, value: float | None) -> Number:
        """A number that rests on every coding of the case."""
        return Number(value, anchor=self.names.places.of(case)) if case in self._coded else Number(None, why="no evidence")

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
            ("Largest R-hat", f"{table['r_hat'].max():.3f}"),
            ("Smallest effective sample size", f"{table['ess'].min():,.0f}"),
            ("Largest Monte Carlo error", f"{table['error'].max():.4f}"),
        )


