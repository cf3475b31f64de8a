"""The published analyses that the tests compare with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl


def read_published(shared: Path, name: str) -> tuple[dict[str, Any], pl.DataFrame]:
    """A file of published analyses and its data."""
    table = json.loads((shared / "data" / "qca" / f"{name}.json").read_text(encoding="utf-8"))
    return table, read_data(shared, table["data_csv"])


def read_data(shared: Path, name: str) -> pl.DataFrame:
    """A published data set; the case names are texts."""
    return pl.read_csv(shared / "data" / "qca" / name, schema_overrides={"case": pl.String}, infer_schema_length=None)


def analysis_of(table: dict[str, Any], name: str) -> dict[str, Any]:
    """The analysis of that name."""
    (found,) = (entry for entry in table["analyses"] if entry["name"] == name)
    return dict(found)


def as_sets(expression: str | list[str]) -> frozenset[frozenset[str]]:
    """A sum of products as a set of sets of literals, so that order does not count."""
    terms = expression.split("+") if isinstance(expression, str) else expression
    return frozenset(frozenset(part.strip() for part in term.split("*")) for term in terms)
