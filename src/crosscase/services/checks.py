"""``crosscase check``: is the study whole, and what does it lack? Answers in sentences."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from crosscase import frameworks
from crosscase.errors import FrameworkError
from crosscase.model.study import KINDS
from crosscase.services.study import Study
from crosscase.services.waiting import WHERE, waiting_by_change
from crosscase.store import audit, reading, schema


@dataclass(frozen=True)
class Mend:
    """What to do about a finding: at the command line, in the workbench, and which of its places helps there."""

    command: str = ""
    workbench: str = ""
    place: str = ""


@dataclass(frozen=True)
class Finding:
    """``error``: something is broken; ``warning``: an analysis will suffer; ``note``: good to know.

    ``sentence`` says what is the matter, ``mend`` what to do about it. ``of_codings``: it tells what has been coded,
    and so is not for those who code blind. ``source``: the GUID of a source to look at.
    """

    weight: str
    sentence: str
    mend: Mend = Mend()
    of_codings: bool = False
    source: str = ""


def _alike(sentence: str, place: str = "") -> Mend:
    """The same is to be done at the command line and in the workbench."""
    return Mend(sentence, sentence, place)


_RESTORE = Mend(
    "Restore it from a backup with `crosscase restore`.",
    "Restore it from a backup: Settings lists those that are there.",
    "backups",
)
_EARLIER = _alike("Restore a backup from before, if there is one.", "backups")
_SAVE_FIRST = _alike("Before you edit the file, save the newest version over it from the Codebook room.", "versions")
_ADOPT = Mend(
    "Take it over with `crosscase framework adopt`.",
    "Take it over at the command line: `crosscase framework adopt`.",
)
_ANCHORS = _alike("Write its anchors into the framework file.")
_WAITING = Mend(f"{WHERE}; `crosscase codebook status` tells who has how many.", f"{WHERE}.", "again")
_RECODE = _alike("Give them another code in the Source room, or bring the code back.", "codebook")
_NAME_CASES = Mend("Name them in study.yaml.", "Name them on the Study page.", "cases")
_ADD = Mend("Add them with `crosscase add`.", "Drop files on the Study page.", "add")
_ADD_TO_CASE = Mend("Add them with `crosscase add --case`.", "Drop files on the Study page and choose the case.", "add")
_CODE = Mend(
    "Import codings with `crosscase import`, or let the dictionary suggest some: `crosscase code --with dictionary`.",
    "Open a source and code what it says; or let a machine coder suggest codings.",
    "machines",
)
_ANSWER = Mend(
    "Answer them in the workbench: `crosscase serve`.",
    "Answer them in the sources: `s` goes to the next one, `a` accepts and `x` rejects it.",
)
_READ = Mend(
    "Import what each coder has read with `crosscase import --reviewed`.",
    "Press `r` in a source to mark what you have read.",
)


def check_study(study: Study) -> list[Finding]:
    """Look at everything: file, framework, texts, passages, coverage; worst first."""
    found = [*_file(study), *_framework(study), *_texts(study), *_passages(study), *_waiting(study), *_coverage(study)]
    order = {"error": 0, "warning": 1, "note": 2}
    return sorted(found, key=lambda f: order[f.weight])


def _file(study: Study) -> Iterator[Finding]:
    if not study.access.whole:
        return  # who sees a part cannot check the chain of the whole
    with study.reading() as connection:
        state = connection.exec_driver_sql("pragma integrity_check").scalar_one()
        if state != "ok":
            yield Finding("error", f"The study file is damaged ({state}).", _RESTORE)
        broken = audit.first_broken(connection)
        if broken is not None:
            past = f"The audit log does not fit from event {broken} on: somebody changed the file past Crosscase."
            yield Finding("error", past, _EARLIER)


def _framework(study: Study) -> Iterator[Finding]:
    try:
        name = study.settings.framework
        path = study.folder / name
        current = frameworks.load(path if path.is_file() else name)
    except FrameworkError as error:
        yield Finding("error", f"The framework named in study.yaml cannot be used: {error}")
        return
    with study.reading() as connection:
        v = schema.codebook_version.c
        earlier = connection.execute(sa.select(v.version).where(v.digest == current.digest)).scalar()
    if current.digest != study.framework.digest and earlier is not None:
        if (study.folder / study.settings.framework).is_file():
            yield Finding(
                "warning",
                f"The codebook was changed in the study: it stands at {study.framework.version}, the framework file at "
                f"{earlier}.",
                _SAVE_FIRST,
            )
    elif current.digest != study.framework.digest:
        yield Finding(
            "warning",
            f"The framework file ({current.id} {current.version}) differs from the codebook that the study stands at "
            f"({study.framework.version}).",
            _ADOPT,
        )
    for condition in study.framework.conditions:
        if condition.input == "passages" and condition.anchors is None:
            lacking = f"{condition.id} has no anchors, so no membership can be computed from passages."
            yield Finding("warning", lacking, _ANCHORS)


def _texts(study: Study) -> Iterator[Finding]:
    s, t = schema.source.c, schema.source_text.c
    with study.reading() as connection:
        rows = connection.execute(
            sa.select(s.name, s.sha256, t.text).outerjoin(schema.source_text, t.source_id == s.id)
        )
        for name, digest, text in rows:
            if text is None:
                yield Finding("error", f"The text of {name} is missing.", _RESTORE)
            elif hashlib.sha256(text.encode()).hexdigest() != digest:
                yield Finding("error", f"The text of {name} was changed: it does not fit its SHA-256.", _RESTORE)


def _passages(study: Study) -> Iterator[Finding]:
    s = schema.source.c
    with study.reading() as connection:
        for table, noun in ((schema.coding, "coding"), (schema.suggestion, "suggestion")):
            outside = connection.execute(
                sa.select(s.name, sa.func.count())
                .join(schema.source, s.id == table.c.source_id)
                .where(sa.or_(table.c.end > s.n_characters, table.c.start >= table.c.end))
                .group_by(s.name)
            ).all()
            for name, n in outside:
                yield Finding("error", f"{_number(n, noun)} of {name} lie outside its text.")


def _waiting(study: Study) -> Iterator[Finding]:
    """Codings whose code was split or redefined, and codings under a code that left the codebook otherwise."""
    found = waiting_by_change(study)
    for waiting in found:
        yield Finding("warning", waiting.sentence, _WAITING, True)
    split = {w.code for w in found if w.kind == "split"}
    left = [i for i in study.rulebook.indicators if i.former and i.id not in split]
    for code in left:
        yield Finding(
            "warning",
            f"Codings stand under {code.id}, which the codebook has no longer; they count where they counted.",
            _RECODE,
            True,
        )


def _coverage(study: Study) -> Iterator[Finding]:
    sources = study.sources()
    with study.reading() as connection:
        counts = reading.counts(connection)
        labels = {r.name: r.label for r in connection.execute(sa.select(schema.case))}
    if not labels:
        yield Finding("warning", "The study has no cases.", _NAME_CASES)
    if sources.is_empty():
        yield Finding("note", "The study has no sources yet.", _ADD)
        return
    homeless = sources.filter(pl.col("case").is_null() & (pl.col("kind") != "context"))
    if n := homeless.height:
        belong = f"{_number(n, 'source')} {'belongs' if n == 1 else 'belong'} to no case"
        such = f"{': ' if n == 1 else ', such as '}{homeless['name'][0]}."
        yield Finding("warning", belong + such, source=homeless["guid"][0])
    for case, label in labels.items():
        yield from _coverage_of(sources.filter(pl.col("case") == case), label, study)
    undated = sources["date"].null_count()
    if undated:
        lack, them = ("has", "it") if undated == 1 else ("have", "them")
        yield Finding("note", f"{_number(undated, 'source')} {lack} no date, so no change over time is seen in {them}.")
    if not counts["independent"] + counts["consensus"] + counts["suggestion"]:
        yield Finding("note", "Nothing is coded yet.", _CODE, True)
    elif not counts["independent"] + counts["consensus"]:
        alone = "There are machine suggestions but no person's codings: results are labelled so."
        yield Finding("warning", alone, _ANSWER, True)
    elif counts["independent"] and not counts["reviewed"]:
        yield Finding(
            "warning",
            "Nobody has recorded what they have read, so silence says nothing and agreement cannot be computed.",
            _READ,
            True,
            sources["guid"][0],
        )


def _coverage_of(mine: pl.DataFrame, label: str, study: Study) -> Iterator[Finding]:
    if mine.is_empty():
        yield Finding("warning", f"{label} has no sources.", _ADD_TO_CASE)
        return
    if mine["kind"].n_unique() == 1:
        yield Finding("warning", f"{label} has sources of one kind only ({KINDS[mine['kind'][0]]}).")
    schools = study.framework.rules.school_levels
    if study.framework.rules.locus and not mine["level"].is_in(list(schools)).any():
        yield Finding("warning", f"{label} has no school-level source: what schools say cannot be known.")


def _number(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
