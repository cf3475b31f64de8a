"""Codes from a wide table: a row per source and a column per code and coder, read by a mapping file.

Many teams keep their coding in a spreadsheet with one column for each code and coder. A mapping (YAML) says what each
column means::

    source: Name                 # column that names the source
    round: first
    columns:
      Q1_Outside_CC: {code: outside, coder: CC, passage: Positive}
    consensus:
      Q1_Outside_Final: {code: outside, passage: Positive}

``passage`` names a part of the source (the heading under which it was added) or ``whole``. 1 is a coding, 0 says that
the coder read the passage and did not give the code, an empty cell that the coder did not read it. A column may name a
``round`` of its own. A round that comes in this way asked for the codes of its columns only: its silence about other
codes says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.engine import Connection

from crosscase.errors import FormatError, ManifestError, NotFound
from crosscase.formats.encoding import decode
from crosscase.formats.grid import csv_grid
from crosscase.model.coding import Coding, Passage, ReviewedSpan
from crosscase.services.codings import Recorded, record_codings
from crosscase.services.study import Study
from crosscase.store import reading

_CODED = frozenset({"1", "1.0", "yes", "true", "x"})
_READ = frozenset({"0", "0.0", "no", "false"})


class _Column(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    code: str
    passage: str = "whole"
    coder: str = ""
    round: str = ""
    facets: dict[str, str] = Field(default_factory=dict)


class ColumnMapping(BaseModel):
    """The content of a mapping file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    source: str
    round: str = "import"
    columns: dict[str, _Column]
    consensus: dict[str, _Column] = Field(default_factory=dict)
    consensus_coder: str = "consensus"

    def round_of(self, column: _Column) -> str:
        """The round of a column: its own, else that of the table."""
        return column.round or self.round


@dataclass(frozen=True)
class WideImport:
    """What came in: people's codings, the consensus, and the rows whose source the study does not have."""

    independent: Recorded
    consensus: Recorded | None
    unknown_sources: tuple[str, ...]
    n_left_out: int


def read_mapping(path: Path) -> ColumnMapping:
    """Read a mapping file; raises ``ManifestError`` naming the field."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return ColumnMapping.model_validate(content)
    except FileNotFoundError:
        raise ManifestError("no such mapping file", where=str(path), mend="check the path") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ManifestError("the mapping is not valid YAML", where=str(path), mend=str(error).splitlines()[0]) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = " › ".join(str(part) for part in first["loc"]) or "the file"
        raise ManifestError(
            f"{place}: {first['msg']}", where=str(path), mend="see docs/how-to/import-codings.md"
        ) from None


def import_columns(study: Study, table: Path, mapping: ColumnMapping) -> WideImport:
    """Import the codes of a wide table; all or nothing.

    Raises ``FormatError`` for a missing column or a cell that is neither 0, 1 nor empty, ``NotFound`` for a passage
    that the source does not have. Rows of sources that the study does not hold are named in the result.
    """
    rows = _read_table(table)
    wanted = {mapping.source, *mapping.columns, *mapping.consensus}
    missing = sorted(wanted - set(rows[0] if rows else ()))
    if missing:
        raise FormatError(f"no column {', '.join(missing)}", where=str(table), mend="correct the mapping")
    for name, column in mapping.columns.items():
        if not column.coder:
            raise ManifestError(f"column {name} names no coder", where="mapping", mend="add `coder:`")
    codings: list[Coding] = []
    agreed: list[Coding] = []
    spans: list[ReviewedSpan] = []
    unknown: list[str] = []
    with study.reading() as connection:
        known = set(study.sources()["name"])
        for number, row in enumerate(rows, start=2):
            source = row[mapping.source].strip()
            if source not in known:
                unknown.append(source)
                continue
            parts = _parts(connection, source)
            where = f"{table}, line {number}"
            for name, column in mapping.columns.items():
                _take(row[name], column, parts.get(column.passage), mapping.round_of(column), codings, spans, where)
            for name, column in mapping.consensus.items():
                named = column.model_copy(update={"coder": mapping.consensus_coder})
                _take(row[name], named, parts.get(column.passage), mapping.round_of(column), agreed, [], where)
    asked: dict[str, set[str]] = {}
    for column in (*mapping.columns.values(), *mapping.consensus.values()):
        study.framework.indicator(column.code)
        asked.setdefault(mapping.round_of(column), set()).add(column.code)
    independent = record_codings(study, codings, spans, origin=table.name, asked=asked)
    consensus = _record_consensus(study, agreed, table) if agreed else None
    return WideImport(independent, consensus, tuple(sorted(set(unknown))), len(unknown))


def _read_table(path: Path) -> list[dict[str, str]]:
    try:
        decoded = decode(path.read_bytes(), str(path), None)
    except FileNotFoundError:
        raise FormatError("no such file", where=str(path), mend="check the path") from None
    grid = csv_grid(decoded.text, str(path), decoded.warnings)
    return [dict(zip(grid.columns, cells, strict=True)) for _, cells in grid.rows]


def _record_consensus(study: Study, agreed: list[Coding], table: Path) -> Recorded:
    """The consensus layer, each coding with the independent codings on the same passage and code as its parents."""
    evidence = study.evidence("independent")
    parents: dict[tuple[str, int, int, str], list[int]] = {}
    for row in evidence.select("source", "start", "end", "code", "coding_id").iter_rows():
        parents.setdefault(row[:4], []).append(row[4])
    derived = [
        Coding(
            c.passage,
            c.code,
            c.coder,
            c.round,
            c.facets,
            parents=tuple(parents.get((c.passage.source, c.passage.start, c.passage.end, c.code), ())),
        )
        for c in agreed
    ]
    return record_codings(study, derived, layer="consensus", origin=table.name)


def _take(
    cell: str,
    column: _Column,
    passage: Passage | None,
    round_name: str,
    codings: list[Coding],
    spans: list[ReviewedSpan],
    where: str,
) -> None:
    word = cell.strip().lower()
    if not word:
        return
    if word not in _CODED | _READ:
        raise FormatError(f"the cell holds {cell!r}", where=where, mend="write 1, 0 or leave it empty")
    if passage is None:
        if word in _CODED:
            raise NotFound(f"part {column.passage!r} is empty, yet it is coded", where=where, mend="correct the table")
        return
    spans.append(ReviewedSpan(passage, column.coder, round_name))
    if word in _CODED:
        codings.append(Coding(passage, column.code, column.coder, round_name, column.facets))


def _parts(connection: Connection, source: str) -> Mapping[str, Passage]:
    """Heading → the answer under it, and ``whole``."""
    text = reading.source_text(connection, source)
    parts = {"whole": Passage(source, 0, len(text))}
    heading: str | None = None
    for turn in reading.turn_table(connection, reading.source_id(connection, source)):
        if turn.is_question:
            heading = text[turn.start : turn.end].strip().rstrip(":")
        elif heading is not None and turn.end > turn.start:
            first = parts.get(heading)
            parts[heading] = Passage(source, first.start if first else turn.start, turn.end)
    return parts
