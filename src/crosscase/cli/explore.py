"""Verbs beside ``compare``: codes together, saturation, ratings, the framework matrix, case selection."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crosscase.cli.app import (
    JsonOption,
    StudyArgument,
    StudyOption,
    app,
    out,
    print_json,
    print_table,
    words_in,
)
from crosscase.cli.compare import LayerOption, OpenOption, content_of, print_frame, show
from crosscase.errors import InputError
from crosscase.model.coding import Passage
from crosscase.services.study import open_study

CaseOption = Annotated[str | None, typer.Option(help="one case alone")]
RowsOption = Annotated[str, typer.Option(help="code, subdomain or domain")]
matrix = typer.Typer(no_args_is_help=True, help="The framework matrix: written summaries of rows and cases.")
app.add_typer(matrix, name="matrix")


@app.command()
def cooccurrence(
    study: StudyArgument = ".",
    how: Annotated[str, typer.Option(help="overlap, turn or near")] = "overlap",
    within: Annotated[int, typer.Option(help="with --how near: characters between the passages")] = 200,
    rows: RowsOption = "code",
    case: CaseOption = None,
    opened_cells: OpenOption = None,
    layer: LayerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which codes occur together, in how many passages and sources, and more often than chance would have it."""
    from crosscase.services.exploring import cooccurrence_of

    with open_study(study) as opened:
        apart = within if how == "near" else 0
        found = cooccurrence_of(opened, how=how, within=apart, rows=rows, case=case, layer=layer)
        show(found, as_json, opened_cells)


@app.command()
def saturation(
    study: StudyArgument = ".",
    rows: RowsOption = "code",
    case: CaseOption = None,
    base: Annotated[int, typer.Option(help="sources in the base")] = 4,
    run: Annotated[int, typer.Option(help="sources in a run")] = 2,
    threshold: Annotated[float, typer.Option(help="new codes of a run as a part of those of the base")] = 0.05,
    layer: LayerOption = None,
    as_json: JsonOption = False,
) -> None:
    """How many new codes each further source brought, and how many are probably still unseen."""
    from crosscase.services.exploring import saturation_of

    with open_study(study) as opened:
        found = saturation_of(opened, rows=rows, case=case, base=base, run=run, threshold=threshold, layer=layer)
    if as_json:
        print_json(content_of(found))
        return
    print_frame(found.table, False)
    reached = found.runs.reached_at
    told = "not reached" if reached is None else f"reached after {reached} sources and a run of {run}"
    unseen = found.unseen
    least = (
        f"at least {unseen.codes:.1f} codes ({unseen.low:.1f}–{unseen.high:.1f})" if unseen.codes >= 0.05 else "none"
    )
    out.print(
        f"\nBase {base}, run {run}, new information ≤ {threshold:.0%}: {told}.\n"
        f"Probably unseen: {least}; "
        f"{unseen.in_codebook} codes of the codebook were never used.",
        markup=False,
    )


@app.command()
def ratings(
    study: StudyArgument = ".",
    table: Annotated[Path | None, typer.Option(help="case, code, coder, rating (default: ratings.csv)")] = None,
    as_json: JsonOption = False,
) -> None:
    """Ratings of every case on every construct with their spread, or the figures of numeric indicators."""
    from crosscase.services.exploring import ratings_of

    with open_study(study) as opened:
        found = ratings_of(opened, table)
    if as_json:
        print_json(content_of(found))
        return
    value = "rating" if "rating" in found.table.columns else "figure"
    wide = found.table.pivot("case", index="code", values=value, maintain_order=True)
    rows = [["missing" if v is None else _number(v) for v in row] for row in wide.iter_rows()]
    print_table("", wide.columns, rows, numbers=list(range(1, wide.width)))


@app.command()
def select(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help=".csv or .xlsx, a row per possible case")],
    method: Annotated[
        str, typer.Option(help="typical, diverse, extreme, deviant, influential, most-similar or most-different")
    ] = "typical",
    outcome: Annotated[str | None, typer.Option(help="column of the outcome")] = None,
    conditions: Annotated[str, typer.Option(help="columns of conditions, separated by commas")] = "",
    number: Annotated[int, typer.Option("--n", help="how many cases or pairs")] = 1,
    name: Annotated[str | None, typer.Option(help="column with the cases' names")] = None,
    treatment: Annotated[str | None, typer.Option(help="for pairs: the condition of interest")] = None,
    match: Annotated[str, typer.Option(help="for pairs: mahalanobis, propensity or exact")] = "mahalanobis",
    as_json: JsonOption = False,
) -> None:
    """Choose cases for close study out of a table of possible ones, each with its reason."""
    from crosscase.services.selecting import select as choose

    wanted = words_in(conditions)
    found = choose(
        table, method, outcome=outcome, conditions=wanted, n=number, name=name, treatment=treatment, match=match
    )
    if as_json:
        print_json(found.to_dict())
        return
    for row in found.table.iter_rows(named=True):
        both = row["case"] if row["with"] is None else f"{row['case']} with {row['with']}"
        out.print(f"{row['rank']}. {both}: {row['reason']}.", markup=False)
    out.print(f"({found.note}.)", markup=False)
    if found.left_out:
        out.print(f"Left out for missing values: {', '.join(found.left_out)}.", markup=False)


@matrix.command("show")
def matrix_show(study: StudyArgument = ".", as_json: JsonOption = False) -> None:
    """The matrix: a line per row, a column per case, what was written in the cells."""
    from crosscase.services.matrix_files import content_of_matrix
    from crosscase.services.summaries import matrix_of

    with open_study(study) as opened:
        if as_json:
            print_json(content_of_matrix(opened))
        else:
            print_frame(matrix_of(opened).drop("label"), False)


@matrix.command("write")
def matrix_write(
    row: Annotated[str, typer.Argument(metavar="ROW", help="domain, sub-domain, code, or a theme of your own")],
    case: Annotated[str, typer.Argument(metavar="CASE")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="the summary; empty withdraws what stands there")],
    quote: Annotated[
        list[str] | None, typer.Option(help="a passage that it rests on, as SOURCE:START-END; repeatable")
    ] = None,
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """Write what a case shows in a row of the matrix; what stood there stays in its history."""
    from crosscase.services.summaries import withdraw_summary, write_summary

    with open_study(study) as opened:
        if not text.strip():
            withdraw_summary(opened, row, case)
            print_json({"withdrawn": True}) if as_json else out.print("Withdrawn.")
            return
        written = write_summary(opened, row, case, text, [_passage(part) for part in quote or ()])
    print_json(written) if as_json else out.print(f"Written: {row} × {case}.", markup=False)


@matrix.command("history")
def matrix_history(
    row: Annotated[str, typer.Argument(metavar="ROW")],
    case: Annotated[str, typer.Argument(metavar="CASE")],
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """Everything that was ever written in a cell, the newest first."""
    from crosscase.services.summaries import summary_history

    with open_study(study) as opened:
        found = summary_history(opened, row, case)
    if as_json:
        print_json(found)
        return
    print_table("", ["at", "who", "text"], [(s.created_at, s.author, s.text) for s in found])


@matrix.command("export")
def matrix_export(
    path: Annotated[Path, typer.Argument(metavar="FILE", help=".csv or .xlsx")],
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """Write the matrix as a table, to be filled in with other programs."""
    from crosscase.services.matrix_files import export_matrix

    with open_study(study) as opened:
        written = export_matrix(opened, path)
    print_json({"file": str(written)}) if as_json else out.print(str(written), markup=False)


@matrix.command("import")
def matrix_import(
    path: Annotated[Path, typer.Argument(metavar="FILE", help=".csv or .xlsx")],
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """Take a filled-in matrix in: all of its cells, or none when something is wrong."""
    from crosscase.services.matrix_files import import_matrix

    with open_study(study) as opened:
        found = import_matrix(opened, path)
    if as_json:
        print_json(found)
        return
    out.print(f"{found.written} cells written, {found.unchanged} as they were, {found.empty} empty.")


def _passage(text: str) -> Passage:
    source, _, span = text.rpartition(":")
    start, dash, end = span.partition("-")
    if not (source and dash and start.isdigit() and end.isdigit()):
        raise InputError(f"{text!r} is no passage", where="--quote", mend="write SOURCE:START-END")
    return Passage(source, int(start), int(end))


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
