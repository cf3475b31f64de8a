"""Agreement on the derived judgement: does each coder's own coding make the case the same type?"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import combinations
from typing import Any

import polars as pl

from crosscase.analysis.result import Result, framework_name, provenance
from crosscase.errors import AnalysisError, NotEnoughEvidence
from crosscase.services.agreeing import read_by_people
from crosscase.services.analyses import Analyses, identify_study
from crosscase.services.study import Study

Progress = Callable[[str, int, int], None]
_STEP = "types by each coder's own codings"

_SCHEMA: dict[str, Any] = {
    "case": pl.String,
    "compared": pl.String,
    "coder": pl.String,
    "verdict": pl.String,
    "types": pl.String,
    "probability": pl.Float64,
    "same": pl.Boolean,
    "not_defined": pl.String,
    "n_codings": pl.Int64,
    "n_sources": pl.Int64,
}


def types_by_coder(
    study: Study, *, rounds: Collection[str] | None = None, progress: Progress | None = None, **options: Any
) -> Result:
    """The verdict of every case from each coder's own codings, side by side, for each two coders.

    Both coders' codings go through the whole identification alone, on the sources that both read in whole or in part,
    so that a verdict differs only where coding does. ``n_sources`` are the sources of the case that the two share.
    ``same`` asks for the types alone: a case that leans to a type and one that is identified as it are the same; where
    there is not enough evidence it is null. ``rounds`` restricts it to some rounds; ``options`` are those of
    ``crosscase.identify``. It takes as long as two identifications per pair of coders.

    Raises ``NotEnoughEvidence`` when no source was read by two people.
    """
    pairs = coders_to_compare(study, rounds)
    codings = study.evidence("independent").filter(pl.col("coder_kind") == "person")
    if rounds is not None:
        codings = codings.filter(pl.col("round").is_in(list(rounds)))
    where = dict(study.sources().select("name", "case").iter_rows())
    cases = [c.name for c in study.settings.cases] or sorted({c for c in where.values() if c})
    rows: list[dict[str, Any]] = []
    lineage: list[pl.DataFrame] = []
    used: list[pl.DataFrame] = []
    say = progress or (lambda step, done, total: None)
    total = 2 * len(pairs)
    for n, (coders, shared) in enumerate(pairs):
        compared = ", ".join(coders)
        mine = codings.filter(pl.col("source").is_in(shared) & pl.col("coder").is_in(coders))
        counts = {case: sum(where.get(source) == case for source in shared) for case in cases}
        for nth, coder in enumerate(coders):
            say(_STEP, 2 * n + nth, total)
            of_coder = mine.filter(coder=coder)
            rows += [{**r, "compared": compared} for r in _of_coder(study, of_coder, coder, counts, options)]
            addressed = of_coder.filter(pl.col("case").is_in(cases))
            lineage.append(
                addressed.select("case", pl.lit(compared).alias("compared"), "coder", "coding_id", part=pl.lit("read"))
            )
        used.append(mine)
    say(_STEP, total, total)
    table = pl.DataFrame(rows, schema=_SCHEMA)
    one = pl.col("types").n_unique().over("case", "compared") == 1
    known = pl.col("types").is_not_null().all().over("case", "compared")
    table = table.with_columns(same=pl.when(known).then(one)).sort("case", "compared", "coder")
    evidence = pl.concat(used).unique("coding_id", maintain_order=True)
    said = provenance(evidence, 0, framework_name(study.framework), layer="independent", by="type", **options)
    return Result(table, said, ("case", "compared", "coder"), pl.concat(lineage), evidence)


def with_types_by_coder(study: Study, analyses: Analyses, progress: Progress | None = None) -> Analyses:
    """The analyses with the types that each coder's own coding gives, or with the sentence why there are none."""
    if not study.rulebook.types:
        return replace(analyses, coder_types_note=f"{study.rulebook.title} has no ideal types")
    try:
        return replace(analyses, coder_types=types_by_coder(study, progress=progress))
    except NotEnoughEvidence as reason:
        return replace(analyses, coder_types_note=reason.what)


def coders_to_compare(study: Study, rounds: Collection[str] | None = None) -> list[tuple[list[str], list[str]]]:
    """Each two coders who read the same sources, in whole or in part, and these sources.

    Raises ``NotEnoughEvidence`` when no source was read by two people.
    """
    with study.reading() as connection:
        read = read_by_people(connection)
    if rounds is not None:
        read = read.filter(pl.col("round").is_in(list(rounds)))
    by_coder = {
        str(coder): set(sources)
        for coder, sources in read.group_by("coder").agg(pl.col("source").unique()).sort("coder").iter_rows()
    }
    paired = [pair for pair in combinations(sorted(by_coder), 2) if by_coder[pair[0]] & by_coder[pair[1]]]
    if not paired:
        raise NotEnoughEvidence(
            "no source was read by two people", where="agreement on types", mend="let a second person code"
        )
    return [([one, other], sorted(by_coder[one] & by_coder[other])) for one, other in paired]


def _of_coder(
    study: Study, mine: pl.DataFrame, coder: str, n_sources: dict[str, int], options: dict[str, Any]
) -> list[dict[str, Any]]:
    n_codings = dict(mine.group_by("case").agg(pl.len()).iter_rows())
    base = [{"case": c, "coder": coder, "n_codings": n_codings.get(c, 0), "n_sources": n} for c, n in n_sources.items()]
    try:
        found = identify_study(study, mine, **options)
    except AnalysisError as reason:
        return [{**row, "not_defined": f"not defined: {reason.what}"} for row in base]
    rows = []
    for row in base:
        verdict = found.verdict(str(row["case"]))
        names = " / ".join(verdict.types)
        said = f"{verdict.kind}: {names}" if names else verdict.kind
        # Leaning to a type and being identified as it name the same type.
        types = " / ".join(sorted(verdict.types)) or ("none" if verdict.kind == "none" else None)
        rows.append({**row, "verdict": said, "types": types, "probability": verdict.probability, "not_defined": ""})
    return rows
