"""The framework matrix as people fill it in: what is written about a row in a case, on which quotes, what is coded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crosscase.analysis.located import with_keys
from crosscase.analysis.support import why_weightless
from crosscase.errors import AnalysisError, NotFound
from crosscase.report.content import Coding
from crosscase.services.reporting.codings import readable
from crosscase.services.reporting.names import Names
from crosscase.services.slicing import EVERYTHING, Filters, filtered, part_of
from crosscase.services.study import Study
from crosscase.services.summaries import CellSummary, summaries, summary_history

ROWS = ("domain", "subdomain", "code")
NONE = (0, 0)


@dataclass(frozen=True)
class Cell:
    """One cell: what is written there, and how much is coded there. A theme has no codings of its own.

    ``n_codings`` and ``n_sources`` are what the filters leave of ``n_all`` codings.
    """

    row: str
    case: str
    summary: CellSummary | None
    n_codings: int
    n_sources: int
    n_all: int

    @property
    def state(self) -> str:
        """``written``, ``open`` (evidence, and nothing is written yet), ``bare`` (written without evidence or quote)
        or ``empty``."""
        evidence = self.n_all or (self.summary and self.summary.quotes)
        if self.summary is not None:
            return "written" if evidence else "bare"
        return "open" if evidence else "empty"


@dataclass(frozen=True)
class Row:
    """A row of the matrix; ``kind`` is domain, subdomain, code or theme."""

    id: str
    label: str
    kind: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Matrix:
    """``aside``: by answer, how many of the ``n_codings`` in its cells weigh nothing in the shares of work."""

    cases: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    n_codings: int = 0
    n_all: int = 0
    aside: tuple[tuple[str, int], ...] = ()

    @property
    def n_written(self) -> int:
        return sum(cell.summary is not None for row in self.rows for cell in row.cells)

    @property
    def n_bare(self) -> int:
        return sum(cell.n_all == 0 and cell.summary is None for row in self.rows for cell in row.cells)


@dataclass(frozen=True)
class OpenCell:
    """A cell with everything that is needed to write it."""

    cell: Cell
    label: str
    kind: str
    case_label: str
    codings: tuple[Coding, ...]
    history: tuple[CellSummary, ...]


def matrix_state(study: Study, rows: str = "domain", filters: Filters = EVERYTHING) -> Matrix:
    """Every row of the framework at this depth, then the themes that people added; a column per case.

    ``filters`` leave part of the codings; what people wrote stays as it is.
    """
    if rows not in ROWS:
        raise NotFound(f"the matrix has no rows {rows!r}", where="matrix", mend=f"use one of {', '.join(ROWS)}")
    written = {(s.row, s.case): s for s in summaries(study)}
    known = _rows(study)
    at_depth = [(id, label) for id, (label, kind) in known.items() if kind == rows]
    themes = sorted({row for row, _ in written} - set(known))
    cases = _cases(study)
    everything = _evidence(study, rows)
    evidence = filtered(everything, filters) if not everything.is_empty() else everything
    counts, in_all = _counts(evidence, rows), _counts(everything, rows)
    made = []
    for id, label, kind in [*((i, n, rows) for i, n in at_depth), *((t, t, "theme") for t in themes)]:
        cells = tuple(
            Cell(id, case, written.get((id, case)), *counts.get((id, case), NONE), in_all.get((id, case), NONE)[0])
            for case, _ in cases
        )
        made.append(Row(id, label, kind, cells))
    n_codings, n_all = (sum(getattr(c, n) for r in made for c in r.cells) for n in ("n_codings", "n_all"))
    shown = evidence if evidence.is_empty() else evidence.filter(_in_cells(rows, at_depth, cases))
    return Matrix(cases, tuple(made), n_codings, n_all, _weightless(study, shown))


def open_cell(study: Study, row: str, case: str, filters: Filters = EVERYTHING) -> OpenCell:
    """One cell with the codings there, as far as filters leave them, and everything that was ever written in it."""
    label, kind = _rows(study).get(row, (row, "theme"))
    labels = dict(_cases(study))
    if case not in labels:
        raise NotFound(f"no case {case[:60]!r}", where="matrix", mend="open the cell from the matrix")
    history = summary_history(study, row, case)
    standing = next((s for s in history if not s.retired_at), None)
    codings, n_all = _codings(study, row, kind, case, filters) if kind != "theme" else ([], 0)
    n_sources = len({c.source for c in codings})
    cell = Cell(row, case, standing, len(codings), n_sources, n_all)
    return OpenCell(cell, label, kind, labels[case], tuple(codings), tuple(history))


def _rows(study: Study) -> dict[str, tuple[str, str]]:
    """Id → label and kind, the framework's order; an id on two levels is of the higher one."""
    found: dict[str, tuple[str, str]] = {}
    for domain in study.rulebook.domains:
        found[domain.id] = (domain.name, "domain")
        for sub in domain.subdomains:
            found.setdefault(sub.id, (sub.name, "subdomain"))
            for indicator in sub.indicators:
                found.setdefault(indicator.id, (indicator.name, "code"))
    return found


def _cases(study: Study) -> tuple[tuple[str, str], ...]:
    return tuple((case.name, case.label or case.name) for case in study.settings.cases)


def _evidence(study: Study, rows: str) -> pl.DataFrame:
    try:
        evidence = part_of(study, EVERYTHING).evidence
    except AnalysisError:
        return pl.DataFrame()  # nothing is coded yet: the matrix can be written all the same
    return with_keys(evidence, study.rulebook, (rows,))


def _in_cells(rows: str, at_depth: Sequence[tuple[str, str]], cases: Sequence[tuple[str, str]]) -> pl.Expr:
    """Expression: which codings stand in some cell of the matrix."""
    return pl.col(rows).is_in([id for id, _ in at_depth]) & pl.col("case").is_in([case for case, _ in cases])


def _weightless(study: Study, shown: pl.DataFrame) -> tuple[tuple[str, int], ...]:
    """Answer → how many codings it makes weigh nothing, where the framework asks who does the work."""
    rules = study.rulebook.rules
    if rules.locus is None or shown.is_empty():
        return ()
    marked = shown.with_columns(why=why_weightless(rules, shown.columns))
    names = Names(study.rulebook, study.settings, ())
    found: Counter[str] = Counter()
    for facet in marked["why"].drop_nulls().unique():
        for answer, n in marked.filter(pl.col("why") == facet).group_by(facet).len().iter_rows():
            found[names.answer(facet, answer)] += n
    return tuple(sorted(found.items()))


def _counts(evidence: pl.DataFrame, rows: str) -> Mapping[tuple[str, str], tuple[int, int]]:
    if evidence.is_empty():
        return {}
    counted = evidence.group_by(rows, "case").agg(pl.len().alias("n"), pl.col("source").n_unique().alias("s"))
    return {(row, case): (n, s) for row, case, n, s in counted.iter_rows()}


def _codings(study: Study, row: str, kind: str, case: str, filters: Filters) -> tuple[list[Coding], int]:
    """The codings of a cell that the filters leave, and of how many."""
    evidence = _evidence(study, kind)
    if evidence.is_empty():
        return [], 0
    here = evidence.filter((pl.col(kind) == row) & (pl.col("case") == case)).sort("source", "start", "coding_id")
    names = Names(study.rulebook, study.settings, (case,))
    return list(readable(filtered(here, filters), study.sources(), names, {}).values()), here.height
