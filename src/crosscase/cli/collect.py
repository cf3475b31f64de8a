"""Verbs that set a study up and bring things in: new, add, import, check, framework."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from crosscase import frameworks
from crosscase.cli.app import (
    OK,
    PROBLEMS,
    JsonOption,
    StudyArgument,
    StudyOption,
    app,
    out,
    print_json,
    print_table,
    progress,
    split_study,
    words_in,
)
from crosscase.errors import ManifestError
from crosscase.formats import ReadOptions, TableColumns
from crosscase.services import sources as adding
from crosscase.services.checks import check_study
from crosscase.services.import_codings import import_codings
from crosscase.services.import_columns import import_columns, read_mapping
from crosscase.services.manifest import Description, read_manifest, read_participants
from crosscase.services.study import Study, adopt_framework, create_study, open_study, sync_settings

framework_app = typer.Typer(help="the framework: list, show, check, adopt")
app.add_typer(framework_app, name="framework")


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="folder to make")],
    framework: Annotated[str, typer.Option(help="a framework's name, or a file")] = "education-systems",
    cases: Annotated[str, typer.Option(help="short names of the cases: urban,suburban")] = "",
    coders: Annotated[str, typer.Option(help="short names of the people who code: ana,ben")] = "",
    title: Annotated[str, typer.Option(help="title of the study")] = "",
    stance: Annotated[
        str, typer.Option(help="agreement between coders: coefficient, consensus or reflexive")
    ] = "coefficient",
    as_json: JsonOption = False,
) -> None:
    """Make a study: a folder with study.yaml (edit it) and an empty study file."""
    labels = {name: _label(name) for name in words_in(cases)}
    names = tuple(words_in(coders))
    study = create_study(
        folder,
        title=title or _label(folder.resolve().name),
        framework=framework,
        cases=labels,
        coders=names,
        stance=stance,
    )
    with study:
        if as_json:
            print_json({"folder": folder, "framework": study.framework.id, "cases": list(labels)})
            return
        out.print(f"Made {folder} with the framework {study.framework.title}.", markup=False)
        out.print(f"Next: edit {folder}/study.yaml, then `crosscase add --study {folder} PATH…`.", markup=False)


@app.command()
def add(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="PATH…", help="files or folders")] = None,
    study: StudyOption = ".",
    manifest: Annotated[Path | None, typer.Option(help="sources.csv: a row per file")] = None,
    participants: Annotated[Path | None, typer.Option(help="participants.csv: name, label, role, level, case")] = None,
    case: Annotated[str | None, typer.Option(help="the case that the sources belong to")] = None,
    kind: Annotated[str | None, typer.Option(help="interview, observation, meeting, document, context …")] = None,
    date: Annotated[str | None, typer.Option(help="2019-04-30")] = None,
    participant: Annotated[str | None, typer.Option(help="who speaks")] = None,
    role: Annotated[str | None, typer.Option(help="central, principal, teacher …")] = None,
    level: Annotated[str | None, typer.Option(help="central, school, external …")] = None,
    machine_transcript: Annotated[bool, typer.Option(help="the words were written down by a machine")] = False,
    text_columns: Annotated[str, typer.Option(help="tables: columns with the answers, separated by commas")] = "",
    source_column: Annotated[str | None, typer.Option(help="tables: column that names the source")] = None,
    case_column: Annotated[str | None, typer.Option(help="tables: column with the case")] = None,
    participant_column: Annotated[str | None, typer.Option(help="tables: column with the participant")] = None,
    date_column: Annotated[str | None, typer.Option(help="tables: column with the date")] = None,
    as_json: JsonOption = False,
) -> None:
    """Add sources; says of each file what was read. Files that stand in the study already are no-ops."""
    study, files = split_study(paths or [], study)
    if not files and manifest is None and participants is None:
        raise ManifestError("nothing to add", where="crosscase add", mend="name files, folders or a --manifest")
    said = Description(None, case, kind, date, participant, role, level, machine_transcript)
    columns = None
    if text_columns:
        columns = TableColumns(
            text=tuple(words_in(text_columns)),
            source=source_column,
            case=case_column,
            participant=participant_column,
            date=date_column,
        )
    with open_study(study) as opened:
        report = _add(opened, files, manifest, participants, said, ReadOptions(columns=columns), as_json)
    if as_json:
        print_json(report)
    else:
        _print_added(report)
    raise typer.Exit(PROBLEMS if report.count("refused") else OK)


def _add(
    study: Study,
    files: list[Path],
    manifest: Path | None,
    participants: Path | None,
    said: Description,
    options: ReadOptions,
    quiet: bool,
) -> adding.AddReport:
    cases = frozenset(c.name for c in study.settings.cases)
    # Everything that can be refused as a whole is looked at before the first change.
    said.checked(cases, "crosscase add")
    listed = read_manifest(manifest, cases) if manifest else []
    people = read_participants(participants, cases) if participants else []
    found, left_out = adding.collect_files(files)
    sync_settings(study)
    if people:
        adding.add_participants(study, people)
    items = listed + [(path, replace(said, case=said.case or _case_of(path, cases))) for path in found]
    with progress(quiet) as report:
        return adding.add_sources(study, items, options=options, left_out=left_out, progress=report)


def _case_of(path: Path, cases: frozenset[str]) -> str | None:
    """The case whose folder a file lies in, when a folder is named like one."""
    for part in reversed(path.parts[:-1]):
        if part in cases:
            return part
    return None


def _print_added(report: adding.AddReport) -> None:
    rows = []
    for f in report.files:
        said = f.description
        what = (
            f"{f.n_words:,} words"
            + (f", {f.n_turns} turns" if f.n_turns else "")
            + (f", {f.n_pages} pages" if f.n_pages else "")
        )
        notes = [*(f"guessed: {g}" for g in f.guessed), *f.warnings, *([f.sentence] if f.sentence else [])]
        known = ", ".join(v for v in (said.case, said.kind, said.date, said.role or said.level) if v)
        rows.append(
            (Path(f.file).name, f.outcome, what if f.outcome in ("added", "repeated") else "", known, "; ".join(notes))
        )
    print_table("", ["file", "", "read", "known", "notes"], rows)
    words = sum(f.n_words for f in report.files if f.outcome == "added")
    parts = [f"{report.count('added')} sources added ({words:,} words)", f"{report.count('repeated')} there already"]
    parts += [f"{report.count(o)} {o}" for o in ("refused", "left out") if report.count(o)]
    out.print(", ".join(parts) + ".", markup=False)


@app.command(name="import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="a CSV table of codings")],
    study: StudyOption = ".",
    map_file: Annotated[Path | None, typer.Option("--map", help="mapping of a wide table (a column per code)")] = None,
    reviewed: Annotated[Path | None, typer.Option(help="CSV of what each coder has read")] = None,
    skip_refused: Annotated[bool, typer.Option(help="import the rows that fit, list the others")] = False,
    as_json: JsonOption = False,
) -> None:
    """Import codings; every one is verified against the text of its source."""
    study, paths = split_study(files, study)
    if len(paths) != 1:
        raise ManifestError("one file at a time", where="crosscase import", mend="name one table")
    if paths[0].suffix.lower() not in (".csv", ".tsv", ".xlsx"):
        raise ManifestError(
            f"codings cannot be read from {paths[0].suffix or 'this file'}", where=str(paths[0]), mend="use a CSV table"
        )
    with open_study(study) as opened:
        if map_file is not None:
            wide = import_columns(opened, paths[0], read_mapping(map_file))
            refused = [f"the study has no source {name}" for name in wide.unknown_sources]
            done = {"codings": wide.independent.n_codings, "reviewed": wide.independent.n_reviewed}
            done |= {"consensus": wide.consensus.n_codings if wide.consensus else 0}
        else:
            report = import_codings(opened, paths[0], reviewed=reviewed, skip_refused=skip_refused)
            refused = list(report.refused)
            done = {"codings": report.recorded.n_codings, "verified": report.recorded.n_verified}
            done |= {"reviewed": report.recorded.n_reviewed, "there_already": report.recorded.n_repeated}
    if as_json:
        print_json({**done, "refused": refused})
    else:
        out.print(", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in done.items()) + ".", markup=False)
        for sentence in refused:
            out.print(f"not imported: {sentence}", markup=False)
    raise typer.Exit(PROBLEMS if refused else OK)


@app.command()
def check(study: StudyArgument = ".", as_json: JsonOption = False) -> None:
    """Is the study whole, and what does it lack? In sentences."""
    with open_study(study) as opened:
        sync_settings(opened)
        findings = check_study(opened)
    if as_json:
        print_json([{"weight": f.weight, "sentence": f.sentence, "mend": f.mend.command} for f in findings])
    else:
        for finding in findings:
            out.print(f"{finding.weight}: {finding.sentence} {finding.mend.command}".rstrip(), markup=False)
        if not findings:
            out.print("Everything fits.", markup=False)
    raise typer.Exit(PROBLEMS if any(f.weight == "error" for f in findings) else OK)


@framework_app.command("list")
def framework_list(as_json: JsonOption = False) -> None:
    """The frameworks that come with Crosscase."""
    found = [frameworks.load(name) for name in frameworks.available()]
    if as_json:
        print_json([{"id": f.id, "version": f.version, "title": f.title} for f in found])
        return
    print_table("", ["name", "version", "title"], [(f.id, f.version, f.title) for f in found])


@framework_app.command("show")
def framework_show(
    name: Annotated[
        str, typer.Argument(metavar="NAME|FILE", help="a framework's name, or a file")
    ] = "education-systems",
) -> None:
    """A framework with its definitions, and where each part comes from."""
    out.print(frameworks.describe(frameworks.load(name)), markup=False)


@framework_app.command("check")
def framework_check(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="a framework's name, or a file")],
) -> None:
    """Is a framework file valid? Names line and field of what is not."""
    loaded = frameworks.load(name)
    out.print(
        f"{loaded.id} {loaded.version} is valid: {len(loaded.domains)} domains, {len(loaded.indicators)} indicators, "
        f"{len(loaded.conditions)} conditions, {len(loaded.types)} types.",
        markup=False,
    )


@framework_app.command("adopt")
def framework_adopt(study: StudyArgument = ".") -> None:
    """Take over the framework file that study.yaml names as the study's newest codebook version."""
    with open_study(study) as opened:
        path = opened.folder / opened.settings.framework
        content = frameworks.text_of(path if path.is_file() else opened.settings.framework)
        loaded = frameworks.loads(content, str(path))
        with opened.changing() as connection:
            changed = adopt_framework(connection, opened.actor, loaded, content)
    out.print(f"{loaded.id} {loaded.version} {'adopted' if changed else 'is the codebook already'}.", markup=False)


def _label(name: str) -> str:
    words = re.sub(r"[-_.]+", " ", name).strip()
    return words[:1].upper() + words[1:]
