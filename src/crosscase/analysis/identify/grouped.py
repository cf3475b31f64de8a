"""Types within a case: by subject, school group, period or coder, each group a case within its case.

A district can be managed centrally in mathematics and federated elsewhere. The groups of all cases are read by one
model, so that what is known about coders and kinds of sources is shared. Where two groups of a case are of different
types (probability at least that of the threshold), the case lies between them, whatever the passages of all groups
together would say.

Passages about every group, such as those on all subjects, say nothing about where groups differ. But a condition about
which a group's own passages say too little for its needs (family choice, say, is seldom about one subject) is read from
them as well: what holds for all holds for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from crosscase.analysis.conditions import spoken_codings, supports
from crosscase.analysis.identify.identify import identify
from crosscase.analysis.identify.result import Identification
from crosscase.analysis.identify.sampling import NONE
from crosscase.analysis.identify.verdicts import Verdict, name_of, show_probability
from crosscase.analysis.result import Result
from crosscase.errors import AnalysisError, NotEnoughEvidence, NotFound
from crosscase.model.framework import Framework

_JOIN = " › "


@dataclass(frozen=True)
class Grouped(Result):
    """Ideal types by group; ``table`` has a row per case, group and type.

    Columns: ``case``, ``group``, and those of ``Identification.table``. ``whole`` is the identification of the cases
    as wholes, ``parts`` that of the groups, where a case is named "case › group".
    """

    by: str = ""
    whole: Identification | None = None
    parts: Identification | None = None
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)

    def verdict(self, case: str, group: str | None = None) -> Verdict:
        """The verdict on a case in the light of its groups, or on one group; raises ``NotFound``."""
        if group is not None:
            if self.parts is None:
                raise NotFound(f"no group {group!r}", mend="no case has groups here")
            return self.parts.verdict(f"{case}{_JOIN}{group}")
        if case not in self.verdicts:
            raise NotFound(f"no case {case!r}", mend=f"use one of {', '.join(self.verdicts) or 'none'}")
        return self.verdicts[case]

    def groups(self, case: str) -> tuple[str, ...]:
        """The groups of a case, in order of name."""
        return tuple(self.table.filter(pl.col("case") == case)["group"].unique().sort())


def identify_by(
    evidence: pl.DataFrame,
    framework: Framework,
    by: str,
    *,
    whole: Identification | None = None,
    leave_out: tuple[str, ...] = (),
    **options: Any,
) -> Grouped:
    """Which type is each part of a case?

    Parameters
    ----------
    evidence
        A row per coding, as ``study.evidence()`` returns it.
    by
        The evidence column that makes the groups: ``subject``, ``coder``, ``level``, ``kind`` or one that the caller
        has added, such as a period or a group of schools. Codings without a value are in no group.
    whole
        The identification of the cases as wholes, if it is there already.
    leave_out
        Values that name no group, such as ``all`` for passages about every subject.
    options
        As for ``identify``.

    Raises
    ------
    AnalysisError
        The evidence has no such column.
    NotEnoughEvidence
        No coding has a value in it.
    """
    if by not in evidence.columns or by in ("coding_id", "case", "text", "start", "end"):
        raise AnalysisError(
            f"the evidence cannot be grouped by {by!r}", mend="use subject, coder, level, kind or period"
        )
    general = pl.col(by).is_null() | pl.col(by).is_in(list(leave_out))
    named = evidence.filter(pl.col("case").is_not_null() & ~general)
    if named.is_empty():
        raise NotEnoughEvidence(f"no coding names a {by}", mend="code it, or group by something else")
    cases = options.pop("cases", None)
    if whole is None:
        whole = identify(evidence, framework, cases=cases, **options)
    # Figures belong to whole cases and say nothing about their parts.
    parts_options = {**options, "numbers": _numbers_of_parts(named, by, options.get("numbers"))}
    parts = identify(_grouped(named, evidence.filter(general), framework, by), framework, **parts_options)
    split = pl.col("case").str.split_exact(_JOIN, 1)
    table = parts.table.with_columns(
        split.struct.field("field_0").alias("case"), split.struct.field("field_1").alias("group")
    )
    return Grouped(
        table=table.select("case", "group", pl.exclude("case", "group")),
        parameters={**parts.parameters, "by": by, "leave_out": list(leave_out)},
        keys=("case", "group", "type"),
        lineage=parts.lineage.with_columns(
            split.struct.field("field_0").alias("case"), split.struct.field("field_1").alias("group")
        ),
        codings=named,
        by=by,
        whole=whole,
        parts=parts,
        verdicts={case: _combined(whole, case, parts, by, framework) for case in whole.verdicts},
    )


def _grouped(named: pl.DataFrame, general: pl.DataFrame, framework: Framework, by: str) -> pl.DataFrame:
    """Each group as a case, with the passages about all groups for conditions whose needs it does not meet alone."""
    suffix = [pl.lit(_JOIN), pl.col(by).cast(pl.String)]
    # A source speaks about several groups; each then has it as a source of its own.
    own = named.with_columns(case=pl.concat_str("case", *suffix), source=pl.concat_str("source", *suffix))
    cases = sorted(own["case"].unique())
    met = supports(spoken_codings(own, framework), framework, cases, {})
    shared = spoken_codings(general.filter(pl.col("case").is_not_null()), framework)
    parts = [own]
    for case in cases:
        lacking = [name for (who, name), support in met.items() if who == case and support.missing]
        whole, _, group = case.partition(_JOIN)
        wanted = shared.filter((pl.col("case") == whole) & pl.col("condition").is_in(lacking))["coding_id"].unique()
        rows = general.filter(pl.col("coding_id").is_in(wanted.to_list()))
        # Who does the work is read from the group's own passages only.
        no_locus = [pl.lit(None, dtype=pl.String).alias(framework.rules.locus)] if framework.rules.locus else []
        parts.append(
            rows.with_columns(
                *no_locus, case=pl.lit(case), source=pl.concat_str("source", pl.lit(f"{_JOIN}{group}"))
            ).select(own.columns)
        )
    return pl.concat(parts)


def _numbers_of_parts(named: pl.DataFrame, by: str, numbers: Mapping[str, Mapping[str, float]] | None) -> Any:
    if not numbers:
        return None
    pairs = named.select("case", pl.col(by).cast(pl.String)).unique().sort("case", by)
    return {f"{case}{_JOIN}{group}": dict(numbers[case]) for case, group in pairs.iter_rows() if case in numbers}


def _combined(whole: Identification, case: str, parts: Identification, by: str, framework: Framework) -> Verdict:
    """The whole's verdict, unless two groups are of different types."""
    verdict = whole.verdict(case)
    certain = float(whole.parameters["thresholds"]["type"])
    enough = {
        name.partition(_JOIN)[2]: _types_of(parts, name)
        for name in parts.verdicts
        if name.startswith(f"{case}{_JOIN}") and not _lacks(parts, name, framework)
    }
    best = (0.0, "", "")
    names = sorted(enough)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            differ = sum(p * q for a, p in enough[one].items() for b, q in enough[other].items() if a != b)
            best = max(best, (differ, one, other))
    if best[0] < certain:
        return verdict
    probability, one, other = best
    first, second = (max(enough[g], key=lambda name, g=g: enough[g][name]) for g in (one, other))  # type: ignore[misc]
    sentence = (
        f"{case} lies between types by {by}: {name_of(framework, first)} in {one} "
        f"({show_probability(enough[one][first])}), "
        f"{name_of(framework, second)} in {other} ({show_probability(enough[other][second])})."
    )
    if verdict.kind == "type":
        sentence += f" All passages together would say {name_of(framework, verdict.types[0])}."
    return replace(
        verdict, kind="between", types=(first, second), probability=probability, sentence=sentence, missing=()
    )


def _types_of(parts: Identification, name: str) -> dict[str, float]:
    """Type → probability by model and rule, without *none*."""
    rows = parts.table.filter((pl.col("case") == name) & (pl.col("type") != NONE))
    return dict(zip(rows["type"], rows["both"], strict=True))


def _lacks(parts: Identification, name: str, framework: Framework) -> bool:
    """Whether the needs of the group's most probable type are not met."""
    types = _types_of(parts, name)
    likely = max(types, key=lambda t: types[t])
    needed = list(framework.type(likely).formula.conditions)
    rows = parts.conditions.filter((pl.col("case") == name) & pl.col("condition").is_in(needed))
    return not rows["met"].all()
