"""A table of possible cases as numbers: numeric columns as they are, categories as 0 and 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from crosscase.analysis.bootstrap import Floats
from crosscase.errors import AnalysisError


@dataclass(frozen=True)
class CaseTable:
    """The complete rows of a table of possible cases.

    Attributes
    ----------
    names
        What the cases are called.
    frame
        The columns that are used, as they stand in the table.
    left_out
        Cases with a missing value in a column that is used.
    numeric
        Which of the columns are numbers; the others are categories.
    """

    names: tuple[str, ...]
    frame: pl.DataFrame
    left_out: tuple[str, ...]
    numeric: tuple[str, ...]

    def design(self, columns: Sequence[str]) -> Floats:
        """Columns as numbers, cases × columns; a category with m values makes m − 1 columns, without its first."""
        parts = []
        for name in columns:
            column = self.frame[name]
            if name in self.numeric:
                parts.append(column.cast(pl.Float64).to_numpy()[:, None])
            else:
                values = sorted(column.cast(pl.String).unique().to_list())
                parts.append(np.array([[float(v == value) for value in values[1:]] for v in column.cast(pl.String)]))
        whole: Floats = (
            np.hstack([p.reshape(len(self.names), -1) for p in parts]) if parts else np.zeros((len(self.names), 0))
        )
        return whole

    def number(self, name: str) -> Floats:
        """A column that must be numeric, or a category of two values (the second in alphabetical order is 1)."""
        column = self.design([name])
        if column.shape[1] != 1:
            raise AnalysisError(f"{name} is neither a number nor one of two values", mend="name a numeric column")
        values: Floats = column[:, 0]
        return values

    def show(self, name: str, row: int) -> str:
        """One value as people read it."""
        value = self.frame[name][row]
        return f"{value:.4g}" if isinstance(value, float) else str(value)


def read_cases(frame: pl.DataFrame, columns: Sequence[str], name: str | None = None) -> CaseTable:
    """The rows of a table that have a value in every column.

    Parameters
    ----------
    frame
        One row per possible case.
    columns
        The columns that the selection uses.
    name
        The column that names the cases; by default the first one that is not used.

    Raises
    ------
    AnalysisError
        A column is missing or constant, a name is missing or repeated, or no row is complete.
    """
    wanted = list(dict.fromkeys(columns))
    unknown = [c for c in [*wanted, *([name] if name else [])] if c not in frame.columns]
    if unknown:
        raise AnalysisError(f"the table has no column {unknown[0]}", mend=f"use one of {', '.join(frame.columns)}")
    label = name or next((c for c in frame.columns if c not in wanted), None)
    if label is None:
        raise AnalysisError("no column names the cases", mend="add one, or name it with --name")
    names = frame[label].cast(pl.String)
    if names.null_count():
        raise AnalysisError(f"{names.null_count()} rows have no name", where=label, mend="give every case a name")
    repeated = names.filter(names.is_duplicated()).unique().sort()
    if len(repeated):
        raise AnalysisError(
            f"{repeated[0]} stands in the table more than once", where=label, mend="keep one row a case"
        )
    used = frame.select(wanted)
    numeric = tuple(c for c in wanted if used.schema[c].is_numeric() or used.schema[c] == pl.Boolean)
    used = used.with_columns(pl.col(c).cast(pl.Float64).fill_nan(None) for c in numeric if used.schema[c].is_float())
    complete = ~pl.any_horizontal(pl.col(wanted).is_null())
    kept = used.filter(complete)
    whole = used.select(complete.alias("k"))["k"]
    if kept.is_empty():
        raise AnalysisError("no row has a value in every column", where=", ".join(wanted), mend="use other columns")
    constant = [c for c in wanted if kept[c].n_unique() < 2]
    if constant:
        raise AnalysisError(f"{constant[0]} is the same in every case", mend="leave it out")
    return CaseTable(tuple(names.filter(whole)), kept, tuple(names.filter(~whole)), numeric)
