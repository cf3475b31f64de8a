"""``crosscase check``: is the study whole, and what does it lack? Answers in sentences."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from crosscase import frameworks
from crosscase.errors import FrameworkError
from crosscase.services.study import Study
from crosscase.services.waiting import MEND, waiting_by_change
from crosscase.store import audit, reading, schema


@dataclass(frozen=True)
class Finding:
    """``error``: something is broken; ``warning``: an analysis will suffer; ``note``: good to know.

    ``of_codings``: it tells what has been coded, and so is not for those who code blind.
    """

    weight: str
    sentence: str
    of_codings: bool = False


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
            yield Finding("error", f"The study file is damaged ({state}): restore it from a backup.")
        broken = audit.first_broken(connection)
        if broken is not None:
            yield Finding(
                "error", f"The audit log does not fit from event {broken} on: somebody changed the file past Crosscase."
            )


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
                f"{earlier}. Before you edit the file, save the newest version over it from the Codebook room.",
            )
    elif current.digest != study.framework.digest:
        yield Finding(
            "warning",
            f"The framework file ({current.id} {current.version}) differs from the codebook that the study stands at "
            f"({study.framework.version}): take it over with `crosscase framework adopt`.",
        )
    for condition in study.framework.conditions:
        if condition.input == "passages" and condition.anchors is None:
            yield Finding("warning", f"{condition.id} has no anchors, so no membership can be computed from passages.")


def _texts(study: Study) -> Iterator[Finding]:
    s, t = schema.source.c, schema.source_text.c
    with study.reading() as connection:
        rows = connection.execute(
            sa.select(s.name, s.sha256, t.text).outerjoin(schema.source_text, t.source_id == s.id)
        )
        for name, digest, text in rows:
            if text is None:
                yield Finding("error", f"The text of {name} is missing.")
            elif hashlib.sha256(text.encode()).hexdigest() != digest:
                yield Finding("error", f"The text of {name} was changed: it does not fit its SHA-256.")


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
        yield Finding("warning", f"{waiting.sentence} {MEND}.", True)
    split = {w.code for w in found if w.kind == "split"}
    left = [i for i in study.rulebook.indicators if i.former and i.id not in split]
    for code in left:
        yield Finding(
            "warning",
            f"Codings stand under {code.id}, which the codebook has no longer; they count where they counted. Give "
            "them another code in the Source room, or bring the code back.",
            True,
        )


def _coverage(study: Study) -> Iterator[Finding]:
    sources = study.sources()
    with study.reading() as connection:
        counts = reading.counts(connection)
        labels = {r.name: r.label for r in connection.execute(sa.select(schema.case))}
    if not labels:
        yield Finding("warning", "The study has no cases: name them in study.yaml.")
    if sources.is_empty():
        yield Finding("note", "The study has no sources yet: add them with `crosscase add`.")
        return
    homeless = sources.filter(pl.col("case").is_null() & (pl.col("kind") != "context"))["name"].to_list()
    if homeless:
        yield Finding("warning", f"{_number(len(homeless), 'source')} belong to no case, such as {homeless[0]}.")
    for case, label in labels.items():
        yield from _coverage_of(sources.filter(pl.col("case") == case), label, study)
    undated = sources["date"].null_count()
    if undated:
        yield Finding("note", f"{_number(undated, 'source')} have no date, so no change over time is seen in them.")
    if not counts["independent"] + counts["consensus"] + counts["suggestion"]:
        yield Finding("note", "Nothing is coded yet: import codings, or let the dictionary suggest some.", True)
    elif not counts["independent"] + counts["consensus"]:
        alone = "There are machine suggestions but no person's codings: results are labelled so."
        yield Finding("warning", alone, True)
    elif counts["independent"] and not counts["reviewed"]:
        yield Finding(
            "warning",
            "Nobody has recorded what they have read, so silence says nothing and agreement cannot be computed: import "
            "reviewed spans.",
            True,
        )


def _coverage_of(mine: pl.DataFrame, label: str, study: Study) -> Iterator[Finding]:
    if mine.is_empty():
        yield Finding("warning", f"{label} has no sources.")
        return
    if mine["kind"].n_unique() == 1:
        yield Finding("warning", f"{label} has sources of one kind only ({mine['kind'][0]}).")
    schools = study.framework.rules.school_levels
    if study.framework.rules.locus and not mine["level"].is_in(list(schools)).any():
        yield Finding("warning", f"{label} has no school-level source: what schools say cannot be known.")


def _number(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
