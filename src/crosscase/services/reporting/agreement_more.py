"""Fills what a report says on coders over time: each with themself, and drift, with the codings behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from crosscase.analysis.agreement.study import AgreementResult, StudyCodings
from crosscase.analysis.agreement.study.result import ALL
from crosscase.analysis.result import Result
from crosscase.errors import AnalysisError, InputError
from crosscase.report.agreement import Opened, Place
from crosscase.report.agreement_more import DriftRow
from crosscase.services.agreeing import agree_study, drift_result
from crosscase.services.study import Study

MOST_ROWS = 20
MOST_PLACES = 30
_DRIFT = ("n_units", "n_given", "difference", "low", "high", "moved", "moved_low", "moved_high")


def with_themselves(study: Study, codings: StudyCodings) -> AgreementResult | None:
    """Each coder with themself over rounds; None where nobody read the same units in two rounds, or on spans."""
    unit = study.settings.agreement.unit
    try:
        return agree_study(study, by="coder", unit="turn" if unit == "span" else unit, codings=_on_units(codings, unit))
    except (AnalysisError, InputError):
        return None  # nobody read anything twice, or rounds handed out passages that overlap


def _on_units(codings: StudyCodings, unit: str) -> StudyCodings | None:
    return None if unit == "span" else codings


def themselves_opened(result: AgreementResult, labels: Mapping[str, str]) -> dict[tuple[str, str], Opened]:
    """(Coder, code) → the passages that a coder coded differently in two rounds."""
    found: dict[tuple[str, str], list[Place]] = {}
    for row in result.disagreements().iter_rows(named=True):
        sides = ", ".join(f"{row[f'coder_{s}']}: {'gave it' if row[f'gave_{s}'] else 'did not give it'}" for s in "ab")
        words = f"{row['source']}, {row['start']}–{row['end']}, {labels.get(row['code'], row['code'])}: {sides}"
        place = Place(words, codings=(*row["codings_a"], *row["codings_b"]))
        for code in (row["code"], ALL):
            found.setdefault((row["round"], code), []).append(place)
    return {
        key: Opened(f"ag-own-{n}", f"{key[0]} with themself, {labels.get(key[1], key[1])}", tuple(places[:MOST_PLACES]))
        for n, (key, places) in enumerate(found.items())
    }


def drift_rows(study: Study, labels: Mapping[str, str]) -> tuple[tuple[DriftRow, ...], tuple[Opened, ...], int]:
    """What moved most between rounds, the passages behind each row, and how many rows there are in all.

    Empty where there is one round, or nothing was read by two.
    """
    try:
        result = drift_result(study)
    except AnalysisError:
        return (), (), 0
    moved = result.table.filter(pl.col("moved").is_not_null())
    if moved.is_empty():
        return (), (), 0
    chosen = moved.sort(pl.col("moved").abs(), "coder", "code", "round", descending=[True, False, False, False])
    rows, opened = [], []
    for n, row in enumerate(chosen.head(MOST_ROWS).iter_rows(named=True)):
        places = _places(result, row)
        anchor = f"ag-drift-{n}" if places else ""
        label = labels.get(row["code"], row["code"])
        if places:
            opened.append(Opened(anchor, f"{row['coder']}, {label}, {row['round']}", places))
        numbers: dict[str, Any] = {k: row[k] for k in _DRIFT}
        rows.append(DriftRow(row["coder"], label, row["round"], **numbers, anchor=anchor))
    return tuple(rows), tuple(opened), moved.height


def _places(result: Result, row: Mapping[str, Any]) -> tuple[Place, ...]:
    differ = result.quotes(coder=row["coder"], code=row["code"], round=row["round"]).filter(part="differs")
    return tuple(
        Place(f"{q['source']}, {q['start']}–{q['end']}, given by {q['coder']}", codings=(q["coding_id"],))
        for q in differ.head(MOST_PLACES).iter_rows(named=True)
    )
