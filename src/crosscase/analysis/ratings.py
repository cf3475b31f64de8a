"""Ratings and figures per case: what people rated on the framework's scale, and what numeric indicators say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from crosscase.analysis.conditions import calibrate
from crosscase.analysis.result import Result, framework_name
from crosscase.errors import AnalysisError
from crosscase.model.framework import Framework

AGREED = ("agreed", "consensus")
NOT_ASKED = ("", "missing", "m", "na", "n/a")


@dataclass(frozen=True)
class RatingMatrix(Result):
    """Ratings of every case on every construct; ``table`` has a row per construct and case, rated or not.

    Columns: ``code``, ``case``, ``rating`` (the agreed one, else the median of the coders'), ``agreed`` (whether it
    was agreed), ``lowest``, ``highest`` and ``spread`` between coders, ``n_coders``, ``special`` (a label such as
    *mixed*), and ``missing``: whether nobody rated it. ``said`` has every rating as it was given.
    """

    said: pl.DataFrame


@dataclass(frozen=True)
class FigureMatrix(Result):
    """Numeric indicators per case; ``table`` has a row per indicator and case.

    Columns: ``code``, ``unit``, ``case``, ``figure`` (null where missing), ``standardised`` over the cases (null with
    fewer than two figures, or when all are equal), ``membership`` by the anchors of a condition with this indicator
    (null where they are not set), and ``missing``.
    """


def rating_matrix(ratings: pl.DataFrame, framework: Framework, cases: Sequence[str]) -> RatingMatrix:
    """The framework's constructs by case, as people rated them, with the spread between coders.

    Parameters
    ----------
    ratings
        ``case``, ``code``, ``coder``, ``rating``: a number of the framework's scale, *missing*, or a number with a
        label, such as ``0 (mixed)``. A coder called *agreed* gives the rating that was agreed on.
    cases
        The study's cases; those without ratings are shown as missing.

    Raises
    ------
    AnalysisError
        The framework has no ratings, or a rating is not on its scale.

    Notes
    -----
    A missing rating is never 0: 0 is neutral. Without an agreed rating the median of the coders' is shown; of an even
    number of coders that may lie between two steps of the scale.

    References
    ----------
    Damschroder & Lowery (2013) Implementation Science 8:51 (ratings −2 … +2 of constructs by case).
    """
    scale = framework.ratings
    if scale is None:
        raise AnalysisError(
            f"{framework.title} has no ratings", where=framework.id, mend="use a framework with a scale"
        )
    said = pl.DataFrame(
        [_read(row, framework, set(scale.scale), n) for n, row in enumerate(ratings.iter_rows(named=True), start=2)],
        schema={"case": pl.String, "code": pl.String, "coder": pl.String, "rating": pl.Float64, "special": pl.String},
    )
    _refuse_repeats(said)
    table = pl.DataFrame(
        [_rated(said, code.id, case) for code in framework.indicators for case in cases], schema=_RATED
    )
    return RatingMatrix(
        table=table,
        parameters={"framework": framework_name(framework), "scale": list(scale.scale), "cases": list(cases)},
        keys=("code", "case"),
        lineage=pl.DataFrame(schema={"code": pl.String, "case": pl.String, "coding_id": pl.Int64, "part": pl.String}),
        codings=pl.DataFrame(schema={"coding_id": pl.Int64}),
        said=said,
    )


def figure_matrix(
    numbers: Mapping[str, Mapping[str, float]], framework: Framework, cases: Sequence[str]
) -> FigureMatrix:
    """The framework's numeric indicators by case, with what is missing.

    Parameters
    ----------
    numbers
        Case → indicator → figure.

    Raises
    ------
    AnalysisError
        The framework has no numeric indicator, or ``numbers`` names one that it has not.
    """
    indicators = [i for i in framework.indicators if i.kind == "number"]
    if not indicators:
        raise AnalysisError(
            f"{framework.title} has no numeric indicators", where=framework.id, mend="use ratings or shares"
        )
    known = {i.id for i in indicators}
    strange = sorted({name for values in numbers.values() for name in values} - known)
    if strange:
        raise AnalysisError(
            f"{strange[0]} is no numeric indicator", where=framework.id, mend=f"use {', '.join(sorted(known))}"
        )
    anchors = {
        name: c.anchors for c in framework.conditions if c.input == "number" and c.anchors for name in c.indicators
    }
    rows: list[dict[str, Any]] = []
    for indicator in indicators:
        figures = [numbers.get(case, {}).get(indicator.id) for case in cases]
        there = np.array([x for x in figures if x is not None], dtype=float)
        spread = float(there.std(ddof=1)) if len(there) > 1 else 0.0
        for case, figure in zip(cases, figures, strict=True):
            membership = None
            if figure is not None and indicator.id in anchors:
                membership = float(calibrate(np.array([figure]), anchors[indicator.id])[0])
                membership = 1.0 - membership if indicator.reverse else membership
            rows.append(
                {
                    "code": indicator.id,
                    "unit": indicator.unit,
                    "case": case,
                    "figure": figure,
                    "standardised": (figure - float(there.mean())) / spread if figure is not None and spread else None,
                    "membership": membership,
                    "missing": figure is None,
                }
            )
    return FigureMatrix(
        table=pl.DataFrame(rows, schema=_FIGURES),
        parameters={"framework": framework_name(framework), "cases": list(cases)},
        keys=("code", "case"),
        lineage=pl.DataFrame(schema={"code": pl.String, "case": pl.String, "coding_id": pl.Int64, "part": pl.String}),
        codings=pl.DataFrame(schema={"coding_id": pl.Int64}),
    )


def _read(row: Mapping[str, Any], framework: Framework, scale: set[int], line: int) -> dict[str, Any]:
    where = f"row {line}"
    for name in ("case", "code", "coder", "rating"):
        if name not in row:
            raise AnalysisError(f"the ratings have no column {name}", mend="name case, code, coder and rating")
    framework.indicator(str(row["code"]))
    text = "" if row["rating"] is None else str(row["rating"]).strip().replace("−", "-")
    special = ""
    if text.lower() in NOT_ASKED:
        return {"case": row["case"], "code": row["code"], "coder": row["coder"], "rating": None, "special": "missing"}
    if "(" in text:
        text, _, special = (part.strip(" )") for part in text.partition("("))
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if number not in scale:
        steps = ", ".join(f"{step:+d}" if step else "0" for step in sorted(scale))
        raise AnalysisError(f"{row['rating']!r} is no rating", where=where, mend=f"use one of {steps}, or missing")
    return {"case": row["case"], "code": row["code"], "coder": row["coder"], "rating": number, "special": special}


def _refuse_repeats(said: pl.DataFrame) -> None:
    repeated = said.group_by("case", "code", "coder").len().filter(pl.col("len") > 1).sort("case", "code", "coder")
    if repeated.height:
        case, code, coder, _ = repeated.row(0)
        raise AnalysisError(f"{coder} rated {code} in {case} more than once", where="ratings", mend="keep one rating")


def _rated(said: pl.DataFrame, code: str, case: str) -> dict[str, Any]:
    here = said.filter((pl.col("code") == code) & (pl.col("case") == case))
    agreed = here.filter(pl.col("coder").str.to_lowercase().is_in(list(AGREED)) & pl.col("rating").is_not_null())
    people = here.filter(~pl.col("coder").str.to_lowercase().is_in(list(AGREED)) & pl.col("rating").is_not_null())
    values = people["rating"].to_numpy()
    rating = agreed["rating"][0] if agreed.height else float(np.median(values)) if len(values) else None
    labels = [label for label in here["special"].unique().sort() if label and label != "missing"]
    return {
        "code": code,
        "case": case,
        "rating": rating,
        "agreed": bool(agreed.height),
        "lowest": float(values.min()) if len(values) else None,
        "highest": float(values.max()) if len(values) else None,
        "spread": float(values.max() - values.min()) if len(values) else None,
        "n_coders": len(values),
        "special": ", ".join(labels),
        "missing": rating is None,
    }


_RATED: dict[str, type[pl.DataType]] = {
    "code": pl.String,
    "case": pl.String,
    "rating": pl.Float64,
    "agreed": pl.Boolean,
    "lowest": pl.Float64,
    "highest": pl.Float64,
    "spread": pl.Float64,
    "n_coders": pl.Int64,
    "special": pl.String,
    "missing": pl.Boolean,
}
_FIGURES: dict[str, type[pl.DataType]] = {
    "code": pl.String,
    "unit": pl.String,
    "case": pl.String,
    "figure": pl.Float64,
    "standardised": pl.Float64,
    "membership": pl.Float64,
    "missing": pl.Boolean,
}
