"""``crosscase simulate``: experiments with studies whose truth is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from crosscase.cli.app import JsonOption, app, out, print_json, print_table, progress

simulate = typer.Typer(help="Studies with a known truth, for experiments.", no_args_is_help=True)
app.add_typer(simulate, name="simulate")


@simulate.command()
def experiment(
    name: Annotated[str, typer.Argument(help="which experiment; `list` names them")],
    studies: Annotated[int | None, typer.Option(help="how many studies to simulate", min=1)] = None,
    seed: Annotated[int, typer.Option(help="another seed makes other studies")] = 1,
    workers: Annotated[int, typer.Option(help="processes at work at the same time", min=1)] = 1,
    keep: Annotated[Path | None, typer.Option(help="folder for finished pieces; a stopped run goes on there")] = None,
    out_file: Annotated[Path | None, typer.Option("--out", "-o", help="file for the result, as JSON")] = None,
    as_json: JsonOption = False,
) -> None:
    """Simulate studies, let the analyses read them, and say how often they were right."""
    from crosscase.simulate.experiments import EXPERIMENTS, run_experiment

    if name == "list":
        if as_json:
            print_json({e.name: {"says": e.says, "studies": e.studies} for e in EXPERIMENTS.values()})
        else:
            print_table("", ["experiment", "what it does"], [(e.name, e.says) for e in EXPERIMENTS.values()])
        return
    with progress(as_json) as report:
        result = run_experiment(name, studies=studies, seed=seed, folder=keep, workers=workers, progress=report)
    text = json.dumps(result, indent=2, ensure_ascii=False)
    if out_file is not None:
        out_file.write_text(text + "\n", encoding="utf-8")
    if as_json or out_file is None:
        out.print(text, markup=False)
    else:
        out.print(str(out_file), markup=False)
