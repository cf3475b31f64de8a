"""Matrices of a study on one layer of its evidence."""

from __future__ import annotations

from crosscase.analysis.matrices import Matrix
from crosscase.analysis.matrices import compare as compare_cells
from crosscase.errors import NotFound
from crosscase.services.analyses import choose_layer
from crosscase.services.study import Study


def compare_study(
    study: Study,
    *,
    rows: str = "domain",
    columns: str = "case",
    cell: str = "locus",
    by: str | None = None,
    layer: str | None = None,
) -> Matrix:
    """A matrix of counts; raises ``NotFound`` for a row, column or cell that the evidence does not have."""
    chosen = layer or choose_layer(study)[0]
    evidence = study.evidence(chosen)
    for name in (rows, columns, cell, by):
        if name is not None and name != "period" and name not in evidence.columns:
            raise NotFound(
                f"the evidence has no {name!r}", where="compare", mend=f"use one of {', '.join(evidence.columns)}"
            )
    return compare_cells(evidence, study.framework, rows=rows, columns=columns, cell=cell, by=by)
