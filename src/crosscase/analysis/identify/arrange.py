"""The evidence of a study, arranged for an identification; refuses what cannot be identified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from crosscase.analysis.conditions import Cell, Numbers, Support, check_anchors, spoken_codings, supports, with_numbers
from crosscase.analysis.distribution import located_codings
from crosscase.analysis.identify.dimensions import Dimension, dimensions_of
from crosscase.analysis.support import about_cases, all_cases
from crosscase.errors import AnalysisError
from crosscase.model.framework import Condition, Framework


@dataclass(frozen=True)
class Study:
    """What an identification starts from."""

    framework: Framework
    cases: tuple[str, ...]
    codings: pl.DataFrame
    left_out: int
    located: pl.DataFrame | None  # codings of domains, where the framework has loci
    spoken: pl.DataFrame  # codings of conditions
    found: dict[Cell, Support]
    numbers: Numbers
    dimensions: tuple[Dimension, ...]

    @property
    def types(self) -> tuple[str, ...]:
        return tuple(t.id for t in self.framework.types)

    @property
    def by_rule(self) -> bool:
        """Whether only the rules can tell the types apart.

        So it is where no passages inform the model, and where types are rules alone and figures are part of them: then
        the figures are the evidence, and a model of passages would see only a part of it.
        """
        informing = [d for d in self.dimensions if d.informs]
        settled = any(d.kind == "domain" for d in informing)
        return not informing or (not settled and any(c.input != "passages" for c in self._ruling()))

    def _ruling(self) -> list[Condition]:
        named = {name for t in self.framework.types for name in t.formula.conditions}
        return [c for c in self.framework.conditions if c.id in named]


def arrange(evidence: pl.DataFrame, framework: Framework, numbers: Numbers, cases: Sequence[str] | None) -> Study:
    """Arrange the evidence; raises ``AnalysisError`` for a framework without types, loci that they need, or anchors."""
    if not framework.types:
        raise AnalysisError(
            f"{framework.title} has no ideal types, so no case can be identified as one",
            where=framework.id,
            mend="use distribution, conditions and compare with it, or a framework with types",
        )
    if not framework.loci and any(t.templates for t in framework.types):
        raise AnalysisError(
            f"the types of {framework.title} say who does the work, but no facet of it does",
            where=framework.id,
            mend="name the locus facet in the framework's rules",
        )
    check_anchors(framework)
    codings, left_out = about_cases(evidence)
    names = with_numbers(all_cases(evidence, cases), numbers, cases)
    spoken = spoken_codings(codings, framework)
    return Study(
        framework=framework,
        cases=names,
        codings=codings,
        left_out=left_out,
        located=located_codings(codings, framework, "each") if framework.loci else None,
        spoken=spoken,
        found=supports(spoken, framework, names, numbers),
        numbers=numbers,
        dimensions=dimensions_of(framework),
    )
