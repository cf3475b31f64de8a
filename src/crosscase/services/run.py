"""``crosscase run``: everything that the settings ask for; what is up to date is not done again."""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from crosscase.report import numerals
from crosscase.services.agreeing_types import with_types_by_coder
from crosscase.services.analyses import Analyses, analyse, choose_layer, input_hash
from crosscase.services.claims import claims
from crosscase.services.disconfirming import raise_candidates
from crosscase.services.reporting import write_report
from crosscase.services.reporting.sentences import in_short
from crosscase.services.study import Study, sync_settings
from crosscase.services.suggestions import suggest
from crosscase.services.verdict_claims import remember_verdicts
from crosscase.store import audit, schema

Progress = Callable[[str, int, int], None]
FORMATS = ("html", "docx", "data")
_NAME = "report"


@contextmanager
def _without_pauses() -> Iterator[None]:
    """No search for unreachable cycles meanwhile: among all the rows of a report it takes a tenth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@dataclass(frozen=True)
class RunReport:
    """``up_to_date``: nothing had changed and the report stands; else ``analyses`` are those of this run."""

    up_to_date: bool
    files: tuple[Path, ...]
    verdicts: tuple[dict[str, str], ...]
    layer: str
    not_computed: Mapping[str, str]
    analyses: Analyses | None = None


@_without_pauses()
def run_study(
    study: Study,
    *,
    folder: Path | None = None,
    formats: tuple[str, ...] = FORMATS,
    search: bool = False,
    robust: bool = False,
    by_coder: bool = False,
    progress: Progress | None = None,
) -> RunReport:
    """Bring suggestions, analyses and the report up to date.

    With ``robust`` also how firmly the verdicts stand, with ``by_coder`` the types that each coder's own coding gives.
    A search for disconfirming evidence that people began is kept up to date; ``search`` begins one.
    """
    sync_settings(study)
    for machine in study.settings.machine_coders:
        suggest(study, machine, progress=progress)
    out = folder or study.folder / "report"
    layer, _ = choose_layer(study)
    key = input_hash(study, layer)
    stored = _stored(study, key, out, formats, {"robustness": robust, "types_by_coder": by_coder})
    if stored is not None:
        return stored
    analyses = analyse(study, progress, robust=robust)
    if by_coder:
        analyses = with_types_by_coder(study, analyses, progress)
    # Machine suggestions that nobody has checked make no claims worth searching against.
    if layer != "suggestion" and (search or claims(study)):
        if analyses.identification is not None:
            remember_verdicts(study, analyses.evidence, analyses.identification, flips=search)
        raise_candidates(study, layer=layer, progress=progress)
        key = input_hash(study, layer)  # what the search found is part of the history that the report rests on
    files = write_report(study, analyses, out, formats=formats, progress=progress)
    verdicts = verdict_rows(study, analyses)
    not_computed = dict(analyses.not_computed)
    if analyses.coder_types_note:
        not_computed["types by coder"] = analyses.coder_types_note
    content = {
        "files": {str(path.relative_to(out)): _digest(path) for path in files},
        "verdicts": verdicts,
        "layer": layer,
        "not_computed": not_computed,
        "folder": str(out.resolve()),
        "formats": sorted(formats),
        "robustness": robust,
        "types_by_coder": by_coder,
    }
    with study.changing() as connection:
        # Results are no part of the study's history: they follow from it, so no event is written.
        connection.execute(schema.result.delete().where(schema.result.c.name == _NAME))
        row = {"name": _NAME, "key": key, "content": json.dumps(content), "created_at": audit.now()}
        connection.execute(schema.result.insert().values(**row))
    return RunReport(False, tuple(files), tuple(verdicts), layer, not_computed, analyses)


def verdict_rows(study: Study, analyses: Analyses) -> list[dict[str, str]]:
    """One row per case: the verdict in a few words and in a sentence, its probability, and what is missing."""
    if analyses.identification is None:
        return []
    rows = []
    for case in study.settings.cases:
        verdict = analyses.identification.verdict(case.name)
        label = case.label or case.name
        names = [study.framework.type(t).name for t in verdict.types]
        rows.append(
            {
                "case": case.name,
                "label": label,
                "kind": verdict.kind,
                "types": ", ".join(names),
                "verdict": in_short(verdict.kind, names),
                "probability": numerals.probability(verdict.probability),
                # The analysis knows cases by their short names; people know them by their labels.
                "sentence": label + verdict.sentence.removeprefix(case.name)
                if verdict.sentence.startswith(case.name)
                else verdict.sentence,
                "missing": " ".join(verdict.missing),
            }
        )
    return rows


def _stored(study: Study, key: str, out: Path, formats: tuple[str, ...], asked: Mapping[str, bool]) -> RunReport | None:
    """The last run, when its inputs and its files are unchanged and it has what is asked for."""
    with study.reading() as connection:
        row = connection.execute(sa.select(schema.result).where(schema.result.c.name == _NAME)).one_or_none()
    if row is None or row.key != key:
        return None
    content = json.loads(row.content)
    if content["folder"] != str(out.resolve()) or content["formats"] != sorted(formats):
        return None
    if any(wanted and not content.get(name) for name, wanted in asked.items()):
        return None
    files = [out / name for name in content["files"]]
    if any(not p.is_file() or _digest(p) != content["files"][str(p.relative_to(out))] for p in files):
        return None
    return RunReport(True, tuple(files), tuple(content["verdicts"]), content["layer"], content["not_computed"])


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
