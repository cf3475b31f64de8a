"""People's ratings of the cases: read from ``ratings.csv``, and where they put each case, with its uncertainty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from crosscase.analysis.rated import place_cases
from crosscase.analysis.ratings import AGREED, RatingMatrix, rating_matrix
from crosscase.errors import NotFound
from crosscase.services.study import Study
from crosscase.services.table_files import read_rows

RATINGS_FILE = "ratings.csv"
_COLUMNS = ("case", "code", "coder", "rating")


def read_ratings(study: Study, path: Path | None = None) -> RatingMatrix:
    """Ratings of the cases from a table, by default ``ratings.csv`` in the study's folder."""
    cases = [case.name for case in study.settings.cases]
    place = path or study.folder / RATINGS_FILE
    if not place.is_file():
        raise NotFound("no ratings", where=str(place), mend="write a table with the columns case, code, coder, rating")
    reach = study.access.cases
    rows = [row for row in read_rows(place, _COLUMNS) if reach is None or row["case"].strip() in reach]
    schema_of = dict.fromkeys(_COLUMNS, pl.String)
    given = pl.DataFrame([{n: row[n].strip() for n in schema_of} for row in rows], schema=schema_of)
    strange = [case for case in given["case"].unique().sort() if case not in set(cases)]
    if strange:
        raise NotFound(f"{strange[0]} is no case of the study", where=str(place), mend=f"use {', '.join(cases)}")
    return rating_matrix(given, study.framework, cases)


def ratings_of_cases(study: Study) -> dict[str, dict[str, Any]]:
    """Case → construct → draws of where people's ratings put it; empty where nobody rates.

    A rating that was agreed on stands as it is; otherwise the coders' ratings are put together (``analysis.rated``).
    """
    scale = study.framework.ratings
    asked = any(condition.input == "rating" for condition in study.framework.conditions)
    if scale is None or not asked or not (study.folder / RATINGS_FILE).is_file():
        return {}
    said = read_ratings(study).said.filter(pl.col("rating").is_not_null())
    is_agreed = pl.col("coder").str.to_lowercase().is_in(list(AGREED))
    settings = study.settings.analysis
    placed = place_cases(said.filter(~is_agreed), scale.scale, draws=settings.draws, seed=settings.seed)
    result: dict[str, dict[str, Any]] = {case: dict(codes) for case, codes in placed.places.items()}
    for case, code, rating in said.filter(is_agreed).select("case", "code", "rating").iter_rows():
        result.setdefault(case, {})[code] = float(rating)
    return result
