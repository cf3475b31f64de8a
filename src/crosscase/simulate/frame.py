"""The evidence of a simulated study without a detour over files: the same columns as ``study.evidence()``."""

from __future__ import annotations

import polars as pl

from crosscase.model.framework import Framework
from crosscase.simulate.study import SimulatedStudy

_TEXT = ("source", "case", "kind", "date", "participant", "role", "level")


def evidence_of(simulated: SimulatedStudy, framework: Framework) -> pl.DataFrame:
    """One row per coding, in the order of coding; coding ids count from 1."""
    facets = [facet.id for facet in framework.facets]
    domains = {i.id: i.domain for i in framework.indicators}
    sources = {s.name: (s.case, s.kind, s.date, s.participant, s.role, s.level) for s in simulated.sources}
    texts = {s.name: s.text for s in simulated.sources}
    rows = [
        (
            number,
            coding.passage.source,
            *sources[coding.passage.source],
            coding.passage.start,
            coding.passage.end,
            texts[coding.passage.source][coding.passage.start : coding.passage.end],
            coding.code,
            domains[coding.code],
            *(coding.facets.get(facet) for facet in facets),
            coding.coder,
            "person",
            coding.round,
            framework.version,
            None,
        )
        for number, coding in enumerate(simulated.codings, start=1)
    ]
    schema: dict[str, type[pl.DataType]] = {"coding_id": pl.Int64} | dict.fromkeys(_TEXT, pl.String)
    schema |= {"start": pl.Int64, "end": pl.Int64, "text": pl.String, "code": pl.String, "domain": pl.String}
    schema |= dict.fromkeys(facets, pl.String)
    schema |= dict.fromkeys(("coder", "coder_kind", "round", "codebook_version"), pl.String)
    return pl.DataFrame(rows, schema=schema | {"confidence": pl.Float64}, orient="row")
