"""``crosscase corpus``: evidence about very many cases, from Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crosscase.cli.analyse import print_frame
from crosscase.cli.app import OK, PROBLEMS, JsonOption, app, out, print_json, progress

corpus = typer.Typer(help="Very many cases: evidence in Parquet files.", no_args_is_help=True)
app.add_typer(corpus, name="corpus")


@corpus.command("identify")
def identify_corpus(
    evidence: Annotated[Path, typer.Argument(help="Parquet file of codings, columns as in study.evidence()")],
    folder: Annotated[Path, typer.Option("--out", "-o", help="folder for finished parts and the tables")],
    framework: Annotated[str, typer.Option(help="a framework's name or file")] = "education-systems",
    part: Annotated[int, typer.Option(help="cases that are identified together", min=2)] = 200,
    draws: Annotated[int, typer.Option(help="posterior draws of each part", min=500)] = 4000,
    seed: Annotated[int, typer.Option(help="of every random number")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Which type is each of very many cases? A run that was stopped goes on where it was."""
    from crosscase import frameworks
    from crosscase.services.many_cases import identify_many

    loaded = frameworks.load(framework)
    with progress(as_json) as report:
        found = identify_many(
            evidence, loaded, folder, cases_in_a_part=part, progress=report, draws=draws, seed=seed, tries=3
        )
    kinds = (
        found.verdicts.group_by("kind", "types").len().sort("len", descending=True) if found.verdicts.height else None
    )
    if as_json:
        print_json({"parts": found.n_parts, "failed": found.failed, "verdicts": found.verdicts.to_dicts()})
    else:
        if kinds is not None:
            print_frame(kinds)
        for names, reason in found.failed.items():
            out.print(f"not identified: {names}: {reason}", markup=False)
        out.print(str(folder / "verdicts.parquet"), markup=False)
    raise typer.Exit(PROBLEMS if found.failed else OK)
