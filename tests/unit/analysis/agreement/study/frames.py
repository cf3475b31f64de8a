"""Small studies as frames: who read what, who coded what, on units of ten characters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from crosscase.analysis.agreement.study import StudyCodings

WIDTH = 10
CODES = {"env.a": "env", "env.b": "env", "use.c": "use"}


def coding(
    number: int, source: str, start: int, end: int, code: str, coder: str, round: str = "one", **facets: str | None
) -> dict[str, Any]:
    row = {"coding_id": number, "source": source, "case": "north", "kind": "interview", "date": None, "level": "school"}
    row |= {"role": None, "start": start, "end": end, "text": f"{source}:{start}-{end}", "code": code}
    row |= {"domain": CODES[code], "locus": None, "stance": None, **facets}
    row |= {"coder": coder, "coder_kind": "person", "round": round, "codebook_version": "1", "confidence": None}
    return row


def frame(codings: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    texts = ["source", "case", "kind", "date", "level", "role", "text", "code", "domain", "locus", "stance"]
    texts += ["coder", "coder_kind", "round", "codebook_version"]
    schema: dict[str, Any] = dict.fromkeys(texts, pl.String)
    schema |= {"coding_id": pl.Int64, "start": pl.Int64, "end": pl.Int64, "confidence": pl.Float64}
    return pl.DataFrame(list(codings), schema=schema)


def units(sources: Mapping[str, int]) -> pl.DataFrame:
    """So many units of ten characters per source."""
    rows = [(s, n * WIDTH, (n + 1) * WIDTH, f"{s} {n}") for s, many in sources.items() for n in range(many)]
    schema = {"source": pl.String, "start": pl.Int64, "end": pl.Int64, "text": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def reviewed(rows: Iterable[tuple[str, int, int, str, str]]) -> pl.DataFrame:
    schema = {"source": pl.String, "start": pl.Int64, "end": pl.Int64, "coder": pl.String, "round": pl.String}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def study(
    given: Mapping[str, Mapping[str, Sequence[int]]],
    *,
    read: Sequence[tuple[str, int, int, str, str]] | None = None,
    n_units: int = 10,
    code: str = "env.a",
    rounds: tuple[str, ...] = ("one",),
    **more: Any,
) -> StudyCodings:
    """``given[coder][source]`` lists the units that the coder gave the code; everybody read everything by default."""
    rows, number = [], 0
    for coder, by_source in given.items():
        for source, places in by_source.items():
            for place in places:
                number += 1
                rows.append(coding(number, source, place * WIDTH, (place + 1) * WIDTH, code, coder, rounds[0]))
    sources = sorted({s for by_source in given.values() for s in by_source})
    everything = [(s, 0, n_units * WIDTH, coder, rounds[0]) for coder in given for s in sources]
    return StudyCodings(
        frame(rows),
        reviewed(everything if read is None else read),
        units(dict.fromkeys(sources, n_units)),
        rounds,
        ("locus", "stance"),
        CODES,
        framework="small 1",
        **more,
    )
