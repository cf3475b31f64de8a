"""What things are called in a report, and where the evidence for them stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from crosscase.analysis.distribution import unstated_locus
from crosscase.errors import FrameworkError
from crosscase.model.framework import Framework
from crosscase.model.study import KINDS as KINDS
from crosscase.report.content import Locus
from crosscase.services.settings import StudySettings

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_.]+")

NONE = "none"  # the answer that a case is none of the types
LEVELS = {
    "central": "central level",
    "school": "school level",
    "external": "external partners",
    "families": "families",
    "government": "government",
    "document": "documents",
    "observation": "observation",
}
ROLES = {
    "central": "central leader",
    "principal": "principal",
    "teacher_leader": "teacher leader",
    "teacher": "teacher",
    "board": "board member",
    "external": "external partner",
    "family": "family",
    "student": "student",
    "document": "",
    "observer": "",
    "interviewer": "interviewer",
    "other": "",
}


@dataclass
class Places:
    """Anchors in the report, one for each tuple of names; never the same for two."""

    _given: dict[tuple[str, ...], str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def of(self, *names: str) -> str:
        if names not in self._given:
            plain = base = "-".join(["e", *(_NOT_PLAIN.sub("_", name) or "_" for name in names)])
            n = 1
            while plain in self._taken:
                n += 1
                plain = f"{base}-{n}"
            self._taken.add(plain)
            self._given[names] = plain
        return self._given[names]


@dataclass(frozen=True)
class Names:
    """Labels from the framework and the settings; what they do not name keeps its id."""

    framework: Framework
    settings: StudySettings
    cases: tuple[str, ...]
    places: Places = field(default_factory=Places)

    @cached_property
    def _case_labels(self) -> Mapping[str, str]:
        return {case.name: case.label or case.name for case in self.settings.cases}

    @cached_property
    def loci(self) -> tuple[Locus, ...]:
        """The loci in the order of the framework, *not stated* last."""
        facet = self.framework.rules.locus
        if facet is None:
            return ()
        labels = {value.id: value.label for value in self.framework.facet(facet).values}
        ids = (*self.framework.loci, self.unstated)
        return tuple(Locus(id, labels.get(id, "Not stated"), index) for index, id in enumerate(ids))

    @property
    def unstated(self) -> str:
        return unstated_locus(self.framework)

    def case(self, name: str) -> str:
        return self._case_labels.get(name, name)

    def type(self, id: str) -> str:
        return "None of the types" if id == NONE else self.framework.type(id).name

    def dimension(self, id: str | None) -> str:
        """Label of a domain or a condition."""
        labels = {d.id: d.name for d in self.framework.domains} | {c.id: c.label for c in self.framework.conditions}
        return labels.get(id or "", id or "")

    def code(self, id: str) -> str:
        try:
            return self.framework.indicator(id).name
        except FrameworkError:
            return id  # a code of an earlier codebook version

    def said_by(self, role: str | None, kind: str | None) -> str:
        """Whose words they are and in what, such as "teacher, interview"."""
        parts = (ROLES.get(role or "", role or ""), KINDS.get(kind or "", kind or ""))
        return ", ".join(part for part in parts if part) or "source"

    @cached_property
    def _answers(self) -> Mapping[tuple[str, str], str]:
        locus = self.framework.rules.locus
        return {
            (facet.id, value.id): value.label if facet.id == locus else _lower_first(value.label)
            for facet in self.framework.facets
            for value in facet.values
        }

    def answer(self, facet: str, value: str) -> str:
        """The label of an answer, as the codebook writes it."""
        known = next((f for f in self.framework.facets if f.id == facet), None)
        return next((v.label for v in known.values if v.id == value), value) if known else value

    def facets(self, row: Mapping[str, object]) -> tuple[str, ...]:
        """Labels of a coding's answers, the locus first; answers that say nothing ("all", the default) are left out."""
        locus = self.framework.rules.locus
        ordered = sorted(self.framework.facets, key=lambda facet: facet.id != locus)
        found = []
        for facet in ordered:
            answer = row.get(facet.id)
            if isinstance(answer, str) and not (answer == facet.default and not facet.required):
                found.append(self._answers.get((facet.id, answer), answer))
        return tuple(found)


def listed(items: Iterable[str], last: str = "and") -> str:
    """Words in a row: "a", "a and b", "a, b and c"."""
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _lower_first(label: str) -> str:
    # Leave abbreviations alone ("RFP", "PDSA").
    return label[:1].lower() + label[1:] if label[1:2].islower() else label
