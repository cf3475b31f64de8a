"""What the set-theoretic functions return: a table and how it was computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import polars as pl

Schema = dict[str, type[pl.DataType] | pl.DataType]
NAMES = pl.List(pl.String)


@dataclass(frozen=True)
class Answer:
    """A table and the options that it was computed with.

    Attributes
    ----------
    table
        A Polars data frame; a null is a value that is not defined for these data.
    parameters
        Everything needed to compute it again.
    """

    table: pl.DataFrame
    parameters: Mapping[str, Any]

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
