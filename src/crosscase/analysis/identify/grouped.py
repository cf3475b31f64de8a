"""Types within a case: by subject, school group, period or coder, each group a case within its case.

A district can be managed centrally in mathematics and federated elsewhere. The groups of all cases are read by one
model, so that what is known about coders and kinds of sources is shared. Where two groups of a case are identified as
different types, the case lies between them, whatever the passages of all groups together would say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from crosscase.analysis.identify.identify import identify
from crosscase.analysis.identify.result import Identification
from crosscase.analysis.identify.verdicts import Verdict, name_of
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
    named = evidence.filter(
        pl.col(by).is_not_null() & pl.col("case").is_not_null() & ~pl.col(by).is_in(list(leave_out))
    )
    if named.is_empty():
        raise NotEnoughEvidence(f"no coding names a {by}", mend="code it, or group by something else")
    cases = options.pop("cases", None)
    if whole is None:
        whole = identify(evidence, framework, cases=cases, **options)
    # Figures belong to whole cases and say nothing about their parts.
    parts_options = {**options, "numbers": _numbers_of_parts(named, by, options.get("numbers"))}
    grouped = named.with_columns(case=pl.concat_str("case", pl.lit(_JOIN), pl.col(by).cast(pl.String)))
    parts = identify(grouped, framework, **parts_options)
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
        verdicts={case: _combined(whole.verdict(case), case, parts, by, framework) for case in whole.verdicts},
    )


def _numbers_of_parts(named: pl.DataFrame, by: str, numbers: Mapping[str, Mapping[str, float]] | None) -> Any:
    if not numbers:
        return None
    pairs = named.select("case", pl.col(by).cast(pl.String)).unique().sort("case", by)
    return {f"{case}{_JOIN}{group}": dict(numbers[case]) for case, group in pairs.iter_rows() if case in numbers}


def _combined(whole: Verdict, case: str, parts: Identification, by: str, framework: Framework) -> Verdict:
    """The whole's verdict, unless groups are identified as different types."""
    found: dict[str, list[str]] = {}
    lowest = 1.0
    for name, verdict in parts.verdicts.items():
        if name.startswith(f"{case}{_JOIN}") and verdict.kind == "type":
            found.setdefault(verdict.types[0], []).append(name.removeprefix(f"{case}{_JOIN}"))
            lowest = min(lowest, verdict.probability)
    if len(found) < 2:
        return whole
    ways = "; ".join(f"{name_of(framework, t)} in {', '.join(groups)}" for t, groups in found.items())
    sentence = f"{case} lies between types by {by}: {ways}."
    if whole.kind == "type":
        sentence += f" All passages together would say {name_of(framework, whole.types[0])}."
    return replace(whole, kind="between", types=tuple(found), probability=lowest, sentence=sentence, missing=())
