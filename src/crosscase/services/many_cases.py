"""Types of very many cases: the evidence in a Parquet file, identified part by part, each part kept when it is done.

The time grows linearly with the cases. A part is named by the hash of its evidence, the framework and the options: a
run that was stopped goes on where it was, and the same command gives the same table. Coders, κ and the shifts are what
the cases of a part have in common; with a few hundred cases in each they are known as well as they ever will be.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from crosscase.analysis.identify import identify
from crosscase.errors import AnalysisError, FormatError, NotFound
from crosscase.model.framework import Framework
from crosscase.model.seed import check_seed

Progress = Callable[[str, int, int], None]
CASES_IN_A_PART = 200


@dataclass(frozen=True)
class ManyCases:
    """``types`` and ``verdicts`` of all cases; ``failed`` parts with the reason, whose cases have no row."""

    types: pl.DataFrame
    verdicts: pl.DataFrame
    failed: dict[str, str]
    n_parts: int


def identify_many(
    evidence: Path,
    framework: Framework,
    folder: Path,
    *,
    cases_in_a_part: int = CASES_IN_A_PART,
    progress: Progress | None = None,
    **options: Any,
) -> ManyCases:
    """Identify every case of an evidence file.

    Parameters
    ----------
    evidence
        Parquet with the columns of ``study.evidence()``.
    folder
        Where finished parts are kept; the same folder goes on.
    options
        As for ``identify`` (``draws``, ``chains``, ``seed`` …).

    Raises
    ------
    NotFound, FormatError
        There is no such file, or it is no evidence.
    """
    check_seed(options.get("seed", 1))
    if not evidence.is_file():
        raise NotFound("no evidence", where=str(evidence), mend="name a Parquet file of codings")
    try:
        lazy = pl.scan_parquet(evidence)
        cases = lazy.select(pl.col("case").drop_nulls().unique().sort()).collect()["case"].to_list()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FormatError("this is no evidence", where=str(evidence), mend="columns as in study.evidence()") from error
    parts = list(_parts(cases, cases_in_a_part))
    (folder / "parts").mkdir(parents=True, exist_ok=True)
    failed: dict[str, str] = {}
    types, verdicts = [], []
    for done, names in enumerate(parts):
        if progress:
            progress("identifying", done, len(parts))
        rows = lazy.filter(pl.col("case").is_in(names)).collect()
        path = folder / "parts" / f"{_key(rows, framework, options)}.json"
        try:
            part = _part(rows, framework, names, path, options)
        except AnalysisError as error:
            failed[f"{names[0]} … {names[-1]}"] = str(error)
            continue
        types.append(pl.DataFrame(part["types"], infer_schema_length=None))
        verdicts.append(pl.DataFrame(part["verdicts"], infer_schema_length=None))
    if progress:
        progress("identifying", len(parts), len(parts))
    result = ManyCases(
        pl.concat(types, how="vertical_relaxed") if types else pl.DataFrame(),
        pl.concat(verdicts, how="vertical_relaxed") if verdicts else pl.DataFrame(),
        failed,
        len(parts),
    )
    result.types.write_parquet(folder / "types.parquet")
    result.verdicts.write_parquet(folder / "verdicts.parquet")
    return result


def _parts(cases: Sequence[str], size: int) -> Iterator[list[str]]:
    for first in range(0, len(cases), size):
        yield list(cases[first : first + size])


def _key(rows: pl.DataFrame, framework: Framework, options: dict[str, Any]) -> str:
    plain = rows.select(sorted(rows.columns)).sort("coding_id")
    digest = hashlib.sha256(plain.write_csv().encode())
    digest.update(f"{framework.digest} {json.dumps(options, sort_keys=True, default=str)}".encode())
    return digest.hexdigest()[:32]


def _part(
    rows: pl.DataFrame, framework: Framework, names: list[str], path: Path, options: dict[str, Any]
) -> dict[str, Any]:
    """One part: read if it is there, else identified and kept whole or not at all."""
    if path.is_file():
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return kept
    found = identify(rows, framework, cases=names, **options)
    verdicts = [
        {
            "case": case,
            "kind": verdict.kind,
            "types": ", ".join(verdict.types),
            "probability": verdict.probability,
            "missing": " ".join(verdict.missing),
        }
        for case, verdict in found.verdicts.items()
    ]
    part = {"types": found.table.to_dicts(), "verdicts": verdicts}
    fresh = path.with_suffix(".tmp")
    fresh.write_text(json.dumps(part), encoding="utf-8")
    fresh.replace(path)
    return part
