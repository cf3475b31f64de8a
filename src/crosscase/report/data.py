"""The numbers and codings of a report as tables for spreadsheets and statistics packages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

# A spreadsheet takes a cell that begins like this for a formula and runs it.
_FORMULA = r"^[=+\-@\t\r\n]"
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class Table:
    """One file: its rows, and what each column holds."""

    rows: pl.DataFrame
    about: str
    columns: Mapping[str, str]


def render_data(tables: Mapping[str, Table], parameters: Mapping[str, Any], notes: tuple[str, ...]) -> dict[str, bytes]:
    """File name → content: a CSV file per table, ``parameters.json`` and a ``README.md`` that explains the columns.

    The CSV files begin with a byte-order mark, without which spreadsheets garble accents and quotation marks. Text
    that a spreadsheet would take for a formula gets an apostrophe before it; numbers are never touched.
    """
    files = {f"{name}.csv": _csv(table.rows) for name, table in tables.items()}
    files["parameters.json"] = (json.dumps(parameters, ensure_ascii=False, indent=2, default=str) + "\n").encode()
    files["README.md"] = _readme(tables, notes).encode()
    return files


def neutralise(frame: pl.DataFrame) -> pl.DataFrame:
    """Text cells that begin like a formula get an apostrophe before them."""
    text = [name for name, kind in frame.schema.items() if kind == pl.String]
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in text
    )


def _csv(frame: pl.DataFrame) -> bytes:
    text: str = neutralise(frame).write_csv(line_terminator="\r\n")
    return (_BYTE_ORDER_MARK + text).encode("utf-8")


def _readme(tables: Mapping[str, Table], notes: tuple[str, ...]) -> str:
    parts = ["# Data of the report\n", *(f"**{note}.**\n" for note in notes)]
    parts.append(
        "CSV files in UTF-8 with a byte-order mark. Text that a spreadsheet would run as a formula has an apostrophe "
        "before it; take it off to have the words as they stand in the source. Shares, memberships and probabilities "
        "run from 0 to 1; empty cells are unknown, never 0. `parameters.json` holds what is needed to compute "
        "everything again.\n"
    )
    for name, table in tables.items():
        parts.append(f"## {name}.csv\n{table.about}\n")
        parts.append("| column | holds |\n|---|---|")
        parts += [f"| {column} | {table.columns.get(column, '')} |" for column in table.rows.columns]
        parts.append("")
    return "\n".join(parts)
