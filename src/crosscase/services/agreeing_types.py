"""Agreement on the derived judgement: does each coder's own coding make the case the same type?"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import polars as pl

from crosscase.analysis.result import Result, framework_name, provenance
from crosscase.errors import AnalysisError, NotEnoughEvidence
from crosscase.services.agreeing import study_codings
from crosscase.services.analyses import identify_study
from crosscase.services.study import Study

_SCHEMA: dict[str, Any] = {
    "case": pl.String,
    "coder": pl.String,
    "verdict": pl.String,
    "probability": pl.Float64,
    "same": pl.Boolean,
    "not_defined": pl.String,
    "n_codings": pl.Int64,
    "n_sources": pl.Int64,
}


def types_by_coder(study: Study, *, rounds: Collection[str] | None = None, **options: Any) -> Result:
    """The verdict of every case from each coder's own codings, side by side.

    Each coder's codings are taken from the sources that a second person read too, and go through the whole
    identification alone, so that a verdict differs only where coding (or which of those sources was whose) does.
    ``rounds`` restricts it to some rounds; ``options`` are those of ``crosscase.identify``. It takes as long as one
    identification per coder.

    Raises ``NotEnoughEvidence`` when no source was read by two people.
    """
    read = study_codings(study, "span", rounds=rounds).reviewed
    twice = read.group_by("source").agg(pl.col("coder").n_unique().alias("n")).filter(pl.col("n") > 1)["source"]
    codings = study.evidence("independent").filter(
        (pl.col("coder_kind") == "person") & pl.col("source").is_in(twice.to_list())
    )
    if rounds is not None:
        codings = codings.filter(pl.col("round").is_in(list(rounds)))
    coders = sorted(codings["coder"].unique())
    if len(coders) < 2:
        raise NotEnoughEvidence(
            "no source was coded by two people", where="agreement on types", mend="let a second person code"
        )
    cases = [c.name for c in study.settings.cases] or sorted(codings["case"].drop_nulls().unique())
    rows = [row for coder in coders for row in _of_coder(study, codings.filter(coder=coder), coder, cases, options)]
    table = pl.DataFrame(rows, schema=_SCHEMA)
    one = pl.col("verdict").n_unique().over("case") == 1
    known = pl.col("verdict").is_not_null().all().over("case")
    table = table.with_columns(same=pl.when(known).then(one)).sort("case", "coder")
    lineage = codings.filter(pl.col("case").is_in(cases)).select("case", "coder", "coding_id", part=pl.lit("read"))
    said = provenance(codings, 0, framework_name(study.framework), layer="independent", by="type", **options)
    return Result(table, said, ("case", "coder"), lineage, codings)


def _of_coder(
    study: Study, mine: pl.DataFrame, coder: str, cases: list[str], options: dict[str, Any]
) -> list[dict[str, Any]]:
    counted = {
        case: (n, sources)
        for case, n, sources in mine.group_by("case").agg(pl.len(), pl.col("source").n_unique()).iter_rows()
    }
    base = [
        {"case": c, "coder": coder, "n_codings": counted.get(c, (0, 0))[0], "n_sources": counted.get(c, (0, 0))[1]}
        for c in cases
    ]
    try:
        found = identify_study(study, mine, **options)
    except AnalysisError as reason:
        return [{**row, "not_defined": f"not defined: {reason.what}"} for row in base]
    rows = []
    for row in base:
        verdict = found.verdict(str(row["case"]))
        names = " / ".join(verdict.types)
        said = f"{verdict.kind}: {names}" if names else verdict.kind
        rows.append({**row, "verdict": said, "probability": verdict.probability, "not_defined": ""})
    return rows
