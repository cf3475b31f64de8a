"""Verbs that compute and show: run, code, report, demo."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crosscase.cli.app import (
    JsonOption,
    StudyArgument,
    app,
    out,
    print_json,
    print_table,
    progress,
    words_in,
)
from crosscase.errors import ManifestError, StudyError
from crosscase.services.study import open_study

if TYPE_CHECKING:
    import polars as pl

    from crosscase.services.run import RunReport

# The analyses take seconds to load (compiler, statistics), so a verb loads them when it runs: `--help` is quick.

RobustnessOption = Annotated[
    bool, typer.Option("--robustness", help="also how firmly each verdict stands; takes several times as long")
]
CoderTypesOption = Annotated[
    bool,
    typer.Option("--types-by-coder", help="also the types by each coder's own codings; two identifications per pair"),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", help="folder for the report (default: report/ in the study)")
]


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="folder to make")] = Path("demo-study"),
    seed: Annotated[int, typer.Option(help="another seed makes another study")] = 1,
    serve: Annotated[bool, typer.Option("--serve", help="then open the workbench on it")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the simulated four-district study and do the whole job on it."""
    from crosscase.services.compiling import compiling_meanwhile
    from crosscase.services.run import run_study
    from crosscase.simulate.demo import make_demo

    if folder.exists():
        # Only what an earlier demo made may be replaced.
        settings = folder / "study.yaml"
        if not settings.is_file() or "simulated: true" not in settings.read_text(encoding="utf-8"):
            raise StudyError("the folder holds something else", where=str(folder), mend="name another folder")
        shutil.rmtree(folder)
    with progress(as_json) as report:
        with compiling_meanwhile():
            make_demo(folder, seed=seed, progress=report)
            report("preparing the analyses (the first time only)", 0, 1)
        with open_study(folder) as study:
            done = run_study(study, search=True, progress=report)
    if as_json:
        print_json(_run_content(done))
        return
    out.print("A SIMULATED study: invented people, places and words; the verdicts rest on the coders' codings.\n")
    _print_run(done)
    if serve:
        from crosscase.cli.workbench import serve_study
        from crosscase.web.server import Place

        serve_study(str(folder), Place(), False, done.analyses)


@app.command()
def run(
    study: StudyArgument = ".",
    out_folder: OutOption = None,
    robustness: RobustnessOption = False,
    types_by_coder: CoderTypesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Do everything that the study's settings ask for; what is up to date is not done again."""
    from crosscase.services.compiling import compiling_meanwhile
    from crosscase.services.run import run_study

    with compiling_meanwhile():
        pass  # on a fresh installation, side by side
    with open_study(study) as opened, progress(as_json) as report:
        done = run_study(opened, folder=out_folder, progress=report, robust=robustness, by_coder=types_by_coder)
    if as_json:
        print_json(_run_content(done))
    else:
        _print_run(done)


def _run_content(done: RunReport) -> dict[str, object]:
    return {
        "up_to_date": done.up_to_date,
        "layer": done.layer,
        "verdicts": list(done.verdicts),
        "not_computed": dict(done.not_computed),
        "files": [str(path) for path in done.files],
    }


def _print_run(done: RunReport) -> None:
    if done.verdicts:
        rows = [(v["label"], v["verdict"], v["probability"]) for v in done.verdicts]
        print_table("", ["case", "verdict", "probability"], rows, numbers=[2])
    for verdict in done.verdicts:
        if verdict["missing"]:
            out.print(f"{verdict['label']}: {verdict['missing']}", markup=False)
    for name, sentence in done.not_computed.items():
        out.print(f"Not computed: {name}: {sentence}", markup=False)
    if done.layer == "suggestion":
        out.print("\nFrom machine suggestions that nobody has checked.", markup=False)
    page = next((path for path in done.files if path.suffix == ".html"), None)
    state = "Nothing has changed; the report stands" if done.up_to_date else "Report"
    out.print(f"\n{state}: {page}", markup=False)


@app.command()
def code(
    with_: Annotated[str, typer.Option("--with", help="dictionary")],
    study: Annotated[str, typer.Argument(metavar="[STUDY]", help="study folder or .crosscase file")] = ".",
    name: Annotated[str | None, typer.Option(help="name of the machine coder")] = None,
    as_json: JsonOption = False,
) -> None:
    """Let a machine coder suggest codings; suggestions are never mixed with people's codings."""
    from crosscase.services.suggestions import suggest

    if with_ != "dictionary":
        raise ManifestError(f"no machine coder {with_!r}", where="crosscase code", mend="use --with dictionary")
    with open_study(study) as opened, progress(as_json) as report:
        done = suggest(opened, with_, name=name, progress=report)
    if as_json:
        print_json(done)
    else:
        out.print(str(done), markup=False)


@app.command()
def report(
    study: StudyArgument = ".",
    formats: Annotated[str, typer.Option("--format", help="html, docx, data; separated by commas")] = "html",
    out_folder: OutOption = None,
    sections: Annotated[
        str, typer.Option(help="sections of page and Word file, separated by commas; default: all")
    ] = "",
    robustness: RobustnessOption = False,
    types_by_coder: CoderTypesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the report: a self-contained HTML page, a Word file, data tables."""
    from crosscase.services.agreeing_types import with_types_by_coder
    from crosscase.services.analyses import analyse
    from crosscase.services.reporting import write_report
    from crosscase.services.run import FORMATS, verdict_rows

    wanted = tuple(words_in(formats))
    unknown = sorted(set(wanted) - set(FORMATS))
    if unknown or not wanted:
        raise ManifestError(
            f"no format {', '.join(unknown) or 'named'}", where="crosscase report", mend=f"use {', '.join(FORMATS)}"
        )
    with open_study(study) as opened, progress(as_json) as show:
        analyses = analyse(opened, show, robust=robustness)
        if types_by_coder:
            analyses = with_types_by_coder(opened, analyses, show)
        chosen = tuple(words_in(sections)) or None
        place = out_folder or opened.folder / "report"
        files = write_report(opened, analyses, place, formats=wanted, progress=show, sections=chosen)
        verdicts = verdict_rows(opened, analyses)
    if as_json:
        print_json({"files": [str(f) for f in files], "verdicts": verdicts})
        return
    for path in files:
        out.print(str(path), markup=False)


def print_frame(table: pl.DataFrame) -> None:
    numbers = [i for i, t in enumerate(table.dtypes) if t.is_numeric()]
    rows = [[shown(value) for value in row] for row in table.iter_rows()]
    print_table("", table.columns, rows, numbers=numbers)


def shown(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)
