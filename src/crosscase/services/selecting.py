"""Case selection from a table of possible cases; needs no study."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from crosscase.analysis.selection import Selection, select_cases
from crosscase.services.table_files import read_frame


def select(
    table: str | Path | pl.DataFrame,
    method: str = "typical",
    *,
    outcome: str | None = None,
    conditions: Sequence[str] = (),
    n: int = 1,
    name: str | None = None,
    treatment: str | None = None,
    match: str = "mahalanobis",
) -> Selection:
    """Choose cases for close study out of a ``.csv`` or ``.xlsx`` table (or a Polars frame) of possible ones.

    ``method`` is typical, diverse, extreme, deviant, influential, most-similar or most-different; the options are
    those of ``crosscase.analysis.selection.select_cases``.
    """
    frame = table if isinstance(table, pl.DataFrame) else read_frame(Path(table))
    return select_cases(
        frame, method, outcome=outcome, conditions=conditions, n=n, name=name, treatment=treatment, match=match
    )
