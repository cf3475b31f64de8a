"""The evidence of a study as one Polars frame: a row per coding, facets as columns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.store import schema
from crosscase.store.packed import PackedColumn, read_packed
from crosscase.store.succession import present_codes

Ints = npt.NDArray[np.int64]


def read_evidence(
    connection: Connection, layer: str, facets: Sequence[str], domains: Mapping[str, str]
) -> pl.DataFrame:
    """All codings of one layer (``independent``, ``consensus`` or ``suggestion``).

    Parameters
    ----------
    facets
        Names of the facets, which become columns (null where a coding does not answer one).
    domains
        Indicator → domain.

    Returns
    -------
    One row per coding in the order of entry. ``start`` and ``end`` are code points, half-open; ``text`` is the quote.
    """
    table = "suggestion" if layer == "suggestion" else "coding"
    where = "status <> 'rejected'" if layer == "suggestion" else "retired_at is null and layer = :layer"
    out = sa.select(schema.stored_source.c.id).where(schema.stored_source.c.withdrawn_at.is_not(None)).limit(1)
    if connection.execute(out).scalar() is not None:
        where += " and source_id in (select id from standing_source)"
    rows = read_packed(connection, table, _columns(connection, table), where, {"layer": layer})
    if layer == "suggestion":
        rows = {**rows, "code": _present(connection, rows)}
    frame = _frame_of(connection, rows, table, facets, domains)
    confidences = connection.execute(
        sa.text(f"select id, confidence from {table} where confidence is not null and {where}"), {"layer": layer}
    ).all()
    known = pl.DataFrame(
        {"coding_id": [r[0] for r in confidences], "confidence": [r[1] for r in confidences]},
        schema={"coding_id": pl.Int64, "confidence": pl.Float64},
    )
    if known.is_empty():
        return frame.with_columns(confidence=pl.lit(None, dtype=pl.Float64))
    return frame.join(known, on="coding_id", how="left", maintain_order="left")


def _columns(connection: Connection, table: str) -> list[PackedColumn]:
    def largest(column: sa.Column[int]) -> int:
        return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(column), 1))).scalar_one())

    last = int(connection.execute(sa.text(f"select coalesce(max(id), 1) from {table}")).scalar_one())
    longest = largest(schema.stored_source.c.n_characters)
    columns = [
        PackedColumn("id", "id", last),
        PackedColumn("source", "source_id", largest(schema.stored_source.c.id)),
        PackedColumn("start", "start", longest),
        PackedColumn("length", '"end" - start', longest),
        PackedColumn("code", "code_id", largest(schema.code.c.id)),
        PackedColumn("facet_set", "facet_set_id", largest(schema.facet_set.c.id)),
        PackedColumn("coder", "coder_id", largest(schema.coder.c.id)),
        PackedColumn("version", "codebook_version_id", largest(schema.codebook_version.c.id)),
    ]
    if table == "coding":
        columns.append(PackedColumn("round", "round_id", largest(schema.coding_round.c.id)))
    return columns


def _frame_of(
    connection: Connection, rows: Mapping[str, Ints], table: str, facets: Sequence[str], domains: Mapping[str, str]
) -> pl.DataFrame:
    sources = _dimension(connection, _SOURCES, "id")
    codes = _dimension(connection, sa.select(schema.code.c.id, schema.code.c.name), "id")
    codes = codes.with_columns(
        domain=pl.col("name").replace_strict(dict(domains), default=None, return_dtype=pl.String)
    )
    coders = _dimension(connection, sa.select(schema.coder.c.id, schema.coder.c.name, schema.coder.c.kind), "id")
    versions = _dimension(connection, sa.select(schema.codebook_version.c.id, schema.codebook_version.c.version), "id")
    answers = _facet_dimension(connection, facets)
    data: dict[str, pl.Series] = {"coding_id": pl.Series(rows["id"])}

    def gather(dimension: pl.DataFrame, key: str, names: Mapping[str, str]) -> None:
        index = pl.Series(rows[key])
        for column, name in names.items():
            data[name] = dimension[column].gather(index).alias(name)

    gather(sources, "source", {"name": "source", "case": "case", "kind": "kind", "date": "date"})
    gather(sources, "source", {"participant": "participant", "role": "role", "level": "level"})
    data["start"] = pl.Series(rows["start"])
    data["end"] = pl.Series(rows["start"] + rows["length"])
    data["text"] = _quotes(connection, rows)
    gather(codes, "code", {"name": "code", "domain": "domain"})
    gather(answers, "facet_set", {facet: facet for facet in facets})
    gather(coders, "coder", {"name": "coder", "kind": "coder_kind"})
    if table == "coding":
        rounds = _dimension(connection, sa.select(schema.coding_round.c.id, schema.coding_round.c.name), "id")
        gather(rounds, "round", {"name": "round"})
    else:
        data["round"] = pl.Series([None], dtype=pl.String).gather(pl.Series(np.zeros(len(rows["id"]), dtype=np.int64)))
    gather(versions, "version", {"version": "codebook_version"})
    return pl.DataFrame(data)


def _present(connection: Connection, rows: Mapping[str, Ints]) -> Ints:
    """The codes that stand now for those that machines suggested: people's codings are carried over, these are not."""
    codes = rows["code"].copy()
    for (version, code), now in present_codes(connection).items():
        codes[(rows["version"] == version) & (rows["code"] == code)] = now
    return codes


_SOURCES = (
    sa.select(
        schema.source.c.id,
        schema.source.c.name,
        schema.case.c.name.label("case"),
        schema.source.c.kind,
        schema.source.c.date,
        schema.participant.c.name.label("participant"),
        schema.source.c.role,
        schema.source.c.level,
    )
    .outerjoin(schema.case, schema.source.c.case_id == schema.case.c.id)
    .outerjoin(schema.participant, schema.source.c.participant_id == schema.participant.c.id)
)


def _dimension(connection: Connection, statement: sa.Select[Any], key: str) -> pl.DataFrame:
    """A small table laid out so that row number = id (gaps are null rows)."""
    result = connection.execute(statement)
    names = list(result.keys())
    found: dict[int, Any] = {row[0]: row for row in result}
    size = max(found, default=0) + 1
    columns = {
        name: pl.Series(name, [found[i][n] if i in found else None for i in range(size)], dtype=pl.String)
        for n, name in enumerate(names)
        if name != key
    }
    return pl.DataFrame(columns)


def _facet_dimension(connection: Connection, facets: Sequence[str]) -> pl.DataFrame:
    found = {r.id: json.loads(r.facets) for r in connection.execute(sa.select(schema.facet_set))}
    size = max(found, default=0) + 1
    return pl.DataFrame(
        {f: pl.Series(f, [found.get(i, {}).get(f) for i in range(size)], dtype=pl.String) for f in facets}
    )


def _quotes(connection: Connection, rows: Mapping[str, Ints]) -> pl.Series:
    """The words of every passage, cut out of the bytes of its source without a Python object per passage."""
    used, places = np.unique(rows["source"], return_inverse=True)
    order = np.argsort(places, kind="stable")
    bounds = np.searchsorted(places[order], np.arange(len(used) + 1))
    first, length = np.empty(len(places), dtype=np.int64), np.empty(len(places), dtype=np.int64)
    texts: list[bytes] = []
    for number, source_id in enumerate(used.tolist()):
        text: str = connection.execute(
            sa.select(schema.source_text.c.text).where(schema.source_text.c.source_id == source_id)
        ).scalar_one()
        mine = order[bounds[number] : bounds[number + 1]]
        position = byte_positions(text)
        start = rows["start"][mine]
        first[mine] = position[start]
        length[mine] = position[start + rows["length"][mine]] - first[mine]
        texts.append(text.encode())
    whole = pl.Series("text", texts, dtype=pl.Binary).gather(pl.Series(places))
    frame = pl.DataFrame({"text": whole, "first": first, "length": length})
    return frame.select(pl.col("text").bin.slice(pl.col("first"), pl.col("length")).cast(pl.String))["text"]


def byte_positions(text: str) -> Ints:
    """UTF-8 byte offset of every code point of a text and of its end: ``len(text) + 1`` numbers."""
    if text.isascii():
        return np.arange(len(text) + 1, dtype=np.int64)
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    widths = 1 + (points >= 0x80).astype(np.int64) + (points >= 0x800) + (points >= 0x10000)
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(widths)])
