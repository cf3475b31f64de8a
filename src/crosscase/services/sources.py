"""Adding sources: files become immutable texts with turns, pages, speakers and what is known about them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase.errors import FormatError, ManifestError
from crosscase.formats import NamedSource, Outcome, ReadOptions, Roster, read_many
from crosscase.model.study import LEVEL_OF_ROLE, Participant
from crosscase.model.text import SourceText
from crosscase.services.guessing import NOT_SOURCES, guess_date, guess_kind
from crosscase.services.manifest import Description
from crosscase.services.notes import store_attributes
from crosscase.services.study import Study, sync_settings
from crosscase.store import audit, reading, schema, writing

Progress = Callable[[str, int, int], None]
_PARAGRAPH_LIMIT = 4000  # longer paragraphs are indexed in pieces, so that a search result stays readable
_PLAIN = frozenset({".txt", ".md", ".vtt", ".srt", ".csv", ".tsv"})
_MACHINE_WORDS = ("machine", "auto-generated", "automatic caption")


@dataclass(frozen=True)
class AddedSource:
    """What became of one file (or one row of a table)."""

    file: str
    outcome: str  # added | repeated | refused | left out
    name: str = ""
    description: Description = field(default_factory=Description)
    guessed: tuple[str, ...] = ()
    n_words: int = 0
    n_turns: int = 0
    n_pages: int = 0
    speakers: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    sentence: str = ""


@dataclass(frozen=True)
class AddReport:
    """What became of every file, in order."""

    files: tuple[AddedSource, ...]

    def count(self, outcome: str) -> int:
        return sum(f.outcome == outcome for f in self.files)


@dataclass(frozen=True)
class _Incoming:
    """A read text on its way into the study."""

    path: Path
    read: NamedSource
    description: Description
    guessed: tuple[str, ...]


def add_participants(study: Study, people: Sequence[Participant]) -> int:
    """Add or correct participants; returns how many were new."""
    fresh = 0
    with study.changing() as connection:
        cases = reading.names(connection, schema.case)
        table = schema.participant
        known = {r.name: r for r in connection.execute(sa.select(table))}
        for person in people:
            values = {
                "label": person.label,
                "role": person.role,
                "level": person.level,
                "case_id": cases[person.case] if person.case else None,
            }
            if person.name not in known:
                _, guid = writing.add_named(connection, table, name=person.name, **values)
                audit.append_event(
                    connection, study.actor, "participant.added", "participant", guid, {"name": person.name, **values}
                )
                fresh += 1
            elif any(getattr(known[person.name], key) != value for key, value in values.items()):
                guid = known[person.name].guid
                connection.execute(table.update().where(table.c.guid == guid).values(**values))
                was = {key: getattr(known[person.name], key) for key in values}
                detail = {"name": person.name, **values, "before": was}
                audit.append_event(connection, study.actor, "participant.changed", "participant", guid, detail)
    return fresh


def add_sources(
    study: Study,
    items: Sequence[tuple[Path, Description]],
    *,
    options: ReadOptions | None = None,
    left_out: Iterable[Path] = (),
    progress: Progress | None = None,
) -> AddReport:
    """Read files and store their texts; what stands in the study already is not stored twice.

    A file that cannot be read is refused with its sentence and does not keep the others out; each source comes in
    whole or not at all. Everything is stored in one transaction, with an audit event per source.
    """
    sync_settings(study)
    options = _with_roster(study, options or ReadOptions())
    paths = [path for path, _ in items]
    outcomes: list[AddedSource] = [
        AddedSource(str(p), "left out", sentence="it looks like a licence or a readme, not a source") for p in left_out
    ]
    incoming: list[_Incoming | AddedSource] = []
    done = (lambda n, total, _: progress("reading files", n, total)) if progress else None
    read = read_many(paths, options=options, workers=0 if _is_light(paths) else None, progress=done)
    for (path, said), outcome in zip(items, read, strict=True):
        incoming += _prepared(path, said, outcome)
    with study.changing() as connection:
        shelf = _Shelf(connection, study)
        for number, item in enumerate(incoming):
            outcomes.append(item if isinstance(item, AddedSource) else shelf.put(item))
            if progress:
                progress("storing sources", number + 1, len(incoming))
    return AddReport(tuple(outcomes))


def _is_light(paths: Sequence[Path]) -> bool:
    """Whether reading in this process is safe and quicker: a few plain texts, which no library in C parses."""
    return (
        all(p.suffix.lower() in _PLAIN and p.is_file() and p.stat().st_size < 1_000_000 for p in paths)
        and len(paths) < 20
    )


def collect_files(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Files that are named or lie in folders that are named, in order; and those that are no sources.

    Raises ``ManifestError`` when a path does not exist. Hidden files are passed over; licences and readmes inside a
    folder are left out, named ones are taken.
    """
    files: list[Path] = []
    others: list[Path] = []
    for path in paths:
        if path.is_dir():
            for inner in sorted(p for p in path.rglob("*") if p.is_file()):
                if any(part.startswith(".") for part in inner.relative_to(path).parts):
                    continue
                (others if NOT_SOURCES.search(inner.name) else files).append(inner)
        elif path.is_file():
            files.append(path)
        else:
            raise ManifestError("no such file or folder", where=str(path), mend="check the path")
    return list(dict.fromkeys(files)), others


def _with_roster(study: Study, options: ReadOptions) -> ReadOptions:
    with study.reading() as connection:
        people = connection.execute(sa.select(schema.participant)).all()
    labels = tuple(dict.fromkeys(name for r in people if r.role != "interviewer" for name in (r.label, r.name)))
    askers = tuple(dict.fromkeys(name for r in people if r.role == "interviewer" for name in (r.label, r.name)))
    roster = Roster(options.roster.speakers + labels, options.roster.interviewers + askers)
    return replace(options, roster=roster)


def _prepared(path: Path, said: Description, outcome: Outcome) -> list[_Incoming | AddedSource]:
    if outcome.error is not None:
        return [AddedSource(str(path), "refused", description=said, sentence=str(outcome.error))]
    prepared: list[_Incoming | AddedSource] = []
    for read in outcome.sources:
        description, guessed = _described(path, said, read)
        prepared.append(_Incoming(path, read, description, guessed))
    return prepared


def _described(path: Path, said: Description, read: NamedSource) -> tuple[Description, tuple[str, ...]]:
    """What is known of a source: what people said first, then a table's cells, then guesses (which are named)."""
    # Only a table's cells are statements of the team; what a file says of itself is at best a guess.
    cells = {k: v for k, v in read.text.metadata.items() if v} if "row" in read.text.metadata else {}
    known = replace(
        said,
        name=said.name or read.name,
        case=said.case or cells.get("case"),
        kind=said.kind or cells.get("kind"),
        date=said.date or cells.get("date"),
        participant=said.participant or cells.get("participant"),
        role=said.role or cells.get("role"),
        level=said.level or cells.get("level"),
    )
    guessed: list[str] = []
    if known.kind is None:
        kind = guess_kind(path)
        guessed.append(f"kind {kind}" if kind else "kind document (nothing says otherwise)")
        known = replace(known, kind=kind or "document")
    if known.date is None and (date := guess_date(path, read.text.metadata)):
        guessed.append(f"date {date}")
        known = replace(known, date=date)
    machine = any(word in warning.lower() for warning in read.text.warnings for word in _MACHINE_WORDS)
    if machine and not known.machine_transcript:
        guessed.append("machine transcript")
        known = replace(known, machine_transcript=True)
    return known, tuple(guessed)


class _Shelf:
    """Puts sources into the study, inside one transaction."""

    def __init__(self, connection: Connection, study: Study) -> None:
        self.connection, self.study = connection, study
        self.cases = reading.names(connection, schema.case)
        self.people = {r.name: r for r in connection.execute(sa.select(schema.participant))}
        s = schema.source.c
        rows = connection.execute(sa.select(s.name, s.sha256, s.file_sha256, s.case_id)).all()
        self.texts = {(r.sha256, r.case_id): r.name for r in rows}
        self.names = {r.name: r.sha256 for r in rows}
        out = schema.stored_source.c
        gone = sa.select(out.name, out.sha256, out.case_id).where(out.withdrawn_at.is_not(None))
        self.taken_out = {r.name: (r.sha256, r.case_id) for r in self.connection.execute(gone)}
        self.batch = str(uuid4())

    def put(self, item: _Incoming) -> AddedSource:
        text = item.read.text
        said = item.description
        summary = AddedSource(
            str(item.path),
            "added",
            said.name or item.read.name,
            said,
            item.guessed,
            text.n_words,
            text.n_turns,
            len(text.pages),
            tuple(text.speakers),
            text.warnings,
        )
        try:
            said.checked(frozenset(self.cases), str(item.path))
            if said.participant is not None and said.participant not in self.people:
                raise ManifestError(
                    f"unknown participant {said.participant!r}",
                    where=str(item.path),
                    mend="name them in participants.csv",
                )
        except ManifestError as error:
            return replace(summary, outcome="refused", sentence=str(error))
        digest = hashlib.sha256(text.text.encode()).hexdigest()
        case_id = self.cases[said.case] if said.case else None
        there = self.texts.get((digest, case_id))
        if there is not None:
            return replace(summary, outcome="repeated", sentence=f"the study holds this text already, as {there}")
        if summary.name in self.taken_out:
            same = self.taken_out[summary.name] == (digest, case_id)
            sentence = FormatError(
                f"the source {summary.name} was taken out{'' if same else ', and had another text'}",
                where=str(item.path),
                mend="bring it back in the History room" if same else "give the new one another name",
            )
            return replace(summary, outcome="refused", sentence=str(sentence))
        if summary.name in self.names:
            sentence = FormatError(
                f"a source named {summary.name} has another text",
                where=str(item.path),
                mend="texts are never changed: give the new one another name",
            )
            return replace(summary, outcome="refused", sentence=str(sentence))
        self._insert(summary, item, digest, case_id)
        self.texts[digest, case_id] = summary.name
        self.names[summary.name] = digest
        return summary

    def _insert(self, summary: AddedSource, item: _Incoming, digest: str, case_id: int | None) -> None:
        said, text = item.description, item.read.text
        person = self.people.get(said.participant or "")
        role = said.role or (person.role if person else None)
        level = (
            said.level or (person.level if person else None) or LEVEL_OF_ROLE.get(role or "") or _level_of(said.kind)
        )
        guid = str(uuid4())
        row: dict[str, Any] = {
            "guid": guid,
            "name": summary.name,
            "case_id": case_id,
            "kind": said.kind,
            "date": said.date,
            "participant_id": person.id if person else None,
            "role": role,
            "level": level,
            "file": item.path.name,
            "format": item.read.report.format,
            "sha256": digest,
            "file_sha256": item.read.report.file_sha256,
            "n_characters": len(text.text),
            "n_words": text.n_words,
            "machine_transcript": said.machine_transcript,
            "simulated": said.simulated or self.study.settings.simulated,
            "warnings": list(text.warnings),
        }
        turns = [
            {"start": t.start, "end": t.end, "speaker": t.speaker, "time": t.time, "is_question": t.is_question}
            for t in text.turns
        ]
        pages = [{"number": p.number, "start": p.start, "end": p.end} for p in text.pages]
        writing.insert_source(self.connection, row, text.text, turns, pages, search_spans(text))
        detail = {k: v for k, v in row.items() if k not in ("guid", "warnings") and v is not None}
        detail["batch"] = self.batch
        audit.append_event(self.connection, self.study.actor, "source.added", "source", guid, detail)
        store_attributes(self.connection, self.study.actor, "source", guid, dict(said.attributes))


def _level_of(kind: str | None) -> str | None:
    return {"observation": "observation", "document": "document"}.get(kind or "")


def search_spans(text: SourceText) -> list[tuple[int, int]]:
    """The pieces in which a text is indexed: its turns, else its paragraphs."""
    spans = [(t.start, t.end) for t in text.turns if t.end > t.start]
    if not spans:
        spans = []
        position = 0
        for line in text.text.split("\n"):
            if line.strip():
                spans.append((position, position + len(line)))
            position += len(line) + 1
    pieces: list[tuple[int, int]] = []
    for start, end in spans:
        pieces += [(a, min(a + _PARAGRAPH_LIMIT, end)) for a in range(start, end, _PARAGRAPH_LIMIT)]
    return pieces
