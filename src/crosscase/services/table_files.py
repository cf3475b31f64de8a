"""Tables that people bring, as rows of text or as typed columns: ``.csv`` and ``.xlsx``."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

import polars as pl

from crosscase.errors import FormatError
from crosscase.formats.encoding import decode
from crosscase.formats.grid import Grid, csv_grid, xlsx_grid

_MISSING = ("", "na", "n/a", "nan", "null", "none", ".")


def read_grid(path: Path) -> Grid:
    """The cells of a table; raises ``FormatError`` when it cannot be read."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise FormatError("no such file", where=str(path), mend="check the path") from None
    except OSError as error:
        raise FormatError(f"cannot read it ({error.strerror})", where=str(path), mend="check the path") from None
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return xlsx_grid(data, str(path), None)
    if path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        raise FormatError(
            f"no table is read from {path.suffix or path.name}", where=str(path), mend="use .csv or .xlsx"
        )
    return csv_grid(decode(data, str(path)).text, str(path))


def read_rows(path: Path, needed: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows as column → text; raises ``FormatError`` where a column is missing."""
    grid = read_grid(path)
    columns = [name.strip() for name in grid.columns]
    missing = [name for name in needed if name not in columns]
    if missing:
        raise FormatError(f"no column {', '.join(missing)}", where=str(path), mend="the first line names the columns")
    return [dict(zip(columns, cells, strict=False)) for _, cells in grid.rows if any(cell.strip() for cell in cells)]


def read_frame(path: Path) -> pl.DataFrame:
    """Typed columns: a column is numeric when every cell that is not missing is a number."""
    rows = read_rows(path, ())
    if not rows:
        raise FormatError("the table has no rows", where=str(path), mend="write a line per case below the columns")
    data: dict[str, pl.Series] = {}
    for name in rows[0]:
        cells = [row.get(name, "").strip() for row in rows]
        values = [None if cell.lower() in _MISSING else cell for cell in cells]
        numbers = [None if value is None else _number(value) for value in values]
        if any(v is not None for v in values) and all(
            n is not None for n, v in zip(numbers, values, strict=True) if v is not None
        ):
            data[name] = pl.Series(name, numbers, dtype=pl.Float64)
        else:
            data[name] = pl.Series(name, values, dtype=pl.String)
    return pl.DataFrame(data)


def _number(text: str) -> float | None:
    try:
        value = float(text.replace("−", "-"))
    except ValueError:
        return None
    return value if isfinite(value) else None
