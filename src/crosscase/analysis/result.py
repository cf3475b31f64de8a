"""What every analysis returns: a table, how it was computed, and the codings behind each of its cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from html import escape
from importlib import metadata
from typing import Any

import polars as pl

from crosscase.errors import NotFound
from crosscase.model.framework import Framework

_QUOTE_COLUMNS = (
    "coding_id",
    "source",
    "case",
    "kind",
    "date",
    "role",
    "level",
    "text",
    "code",
    "coder",
    "start",
    "end",
)


@dataclass(frozen=True)
class Result:
    """A table whose every cell opens down to its codings.

    Attributes
    ----------
    table
        One row per cell.
    parameters
        Everything needed to compute it again: options, seed, codebook version, data hash, package version.
    keys
        The columns of ``table`` that address a cell.
    lineage
        One row per cell and coding: the ``keys``, ``coding_id`` and ``part`` (what the coding does in the cell, such
        as ``for`` or ``against``).
    codings
        The evidence rows that were read (columns as in ``study.evidence()``).
    """

    table: pl.DataFrame
    parameters: Mapping[str, Any]
    keys: tuple[str, ...]
    lineage: pl.DataFrame
    codings: pl.DataFrame

    @property
    def addresses(self) -> tuple[str, ...]:
        """What ``quotes`` can be asked for; the keys, unless an analysis opens more than its table shows."""
        return self.keys

    @cached_property
    def evidence(self) -> dict[tuple[Any, ...], tuple[int, ...]]:
        """Cell key → the ids of the codings behind it, in order."""
        addressed = self.lineage.drop_nulls(list(self.keys))
        grouped = addressed.group_by(self.keys, maintain_order=True).agg(pl.col("coding_id").unique().sort())
        return {tuple(row[:-1]): tuple(row[-1]) for row in grouped.iter_rows()}

    def quotes(self, **cell: object) -> pl.DataFrame:
        """The passages behind the cells that match, for example ``quotes(case="urban", domain="infra")``.

        Columns: the coding's id, source, offsets, text, code, facets, coder, and ``part``, with what else the lineage
        says about a coding in its cell, such as its ``weight``. Raises ``NotFound`` for a column that addresses no
        cell.
        """
        unknown = set(cell) - set(self.addresses)
        if unknown:
            raise NotFound(
                f"cells are not addressed by {', '.join(sorted(unknown))}", mend=f"use {', '.join(self.addresses)}"
            )
        rows = self.lineage
        for name, value in cell.items():
            rows = rows.filter(pl.col(name) == value)
        said = [c for c in rows.columns if c not in self.addresses and c not in self.codings.columns]
        parts = rows.select("coding_id", *said).unique(maintain_order=True)
        facets = [c for c in self.codings.columns if c not in _QUOTE_COLUMNS]
        wanted = [c for c in _QUOTE_COLUMNS if c in self.codings.columns]
        return parts.join(self.codings.select(wanted + facets), on="coding_id", how="inner").sort(
            "source", "start", "coding_id"
        )

    def to_pandas(self) -> Any:
        """The table as a pandas data frame (needs pandas and pyarrow, the ``notebook`` extra)."""
        return self.table.to_pandas()

    def to_dict(self) -> dict[str, Any]:
        """Table and parameters as plain values, as ``--json`` prints them."""
        return {"parameters": dict(self.parameters), "rows": self.table.to_dicts()}

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escape(str(k))}: {escape(str(v))}</li>" for k, v in self.parameters.items())
        shown: str = self.table._repr_html_()
        return f"{shown}<details><summary>Parameters</summary><ul>{lines}</ul></details>"


def framework_name(framework: Framework) -> str:
    """The framework, its version and its digest, as results name them."""
    return " ".join(part for part in (framework.id, framework.version, framework.digest) if part)


def provenance(evidence: pl.DataFrame, left_out: int, framework: str, **options: object) -> dict[str, Any]:
    """Everything needed to compute a result again: options, what was read, and with which version.

    Parameters
    ----------
    evidence
        The rows that were read; their order does not change ``data_hash``.
    left_out
        How many rows were no evidence about a case.
    framework
        The framework, its version and digest, as one text.
    """
    plain = [name for name, dtype in evidence.schema.items() if not dtype.is_nested()]
    read = evidence.select(sorted(plain)).sort("coding_id")
    versions = evidence["codebook_version"].drop_nulls().unique() if "codebook_version" in evidence.columns else None
    return {
        **options,
        "framework": framework,
        "codebook_version": ", ".join(sorted(map(str, versions))) if versions is not None else "",
        "n_codings": evidence.height,
        "n_sources": evidence["source"].n_unique(),
        "n_left_out": left_out,
        "data_hash": sha256(read.write_csv().encode()).hexdigest(),
        "crosscase": _version(),
    }


def _version() -> str:
    try:
        return metadata.version("crosscase")
    except metadata.PackageNotFoundError:
        return "source tree"
