"""``crosscase compare``: the distribution of work, contrasts, gaps between accounts, and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crosscase.cli.app import JsonOption, StudyArgument, app, err, out, print_json, print_table
from crosscase.errors import InputError
from crosscase.services.study import Study, open_study

if TYPE_CHECKING:
    import polars as pl

    from crosscase.analysis.result import Result
    from crosscase.analysis.trajectories import WorkOverTime

LayerOption = Annotated[str | None, typer.Option(help="independent, consensus or suggestion")]
OpenOption = Annotated[
    list[str] | None,
    typer.Option("--open", metavar="KEY=VALUE", help="print the passages behind the cells that match; repeatable"),
]
_MOST_QUOTES = 200


@app.command()
def compare(
    study: StudyArgument = ".",
    rows: Annotated[str, typer.Option(help="domain, subdomain or code; with --counts any column")] = "domain",
    columns: Annotated[str, typer.Option(help="case; with --counts level, kind, coder …")] = "case",
    cell: Annotated[str, typer.Option(help="locus or mode; with --counts any facet, code or none")] = "locus",
    by: Annotated[
        str | None, typer.Option(help="split by kind, level, role, period, coder, subject or actuality")
    ] = None,
    contrast: Annotated[
        str | None, typer.Option(help="differences between cases (case), level, kind, period, actuality …")
    ] = None,
    gaps: Annotated[bool, typer.Option("--gaps", help="what the centre says against what schools say")] = False,
    weightings: Annotated[bool, typer.Option("--weightings", help="the three ways of weighting sources")] = False,
    counts: Annotated[bool, typer.Option("--counts", help="count codings and sources instead of shares")] = False,
    periods: Annotated[str, typer.Option(help="year, terciles, or dates where periods begin: 2017-01,2018")] = "year",
    order: Annotated[
        str | None, typer.Option("--order-by", help="order cases by membership:TYPE, share:DOMAIN/LOCUS, number:NAME …")
    ] = None,
    opened_cells: OpenOption = None,
    layer: LayerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who does the work, case by case: shares with intervals, differences, gaps between accounts, counts."""
    from crosscase.services import comparing
    from crosscase.services.trajectories import trajectories_of

    with open_study(study) as opened:
        say_waiting(opened, layer)
        if weightings:
            print_frame(comparing.weightings_of(opened, rows=rows, cell=cell, layer=layer), as_json)
            return
        if gaps:
            show(comparing.gaps_of(opened, cell=cell, layer=layer), as_json, opened_cells, table="leading")
            return
        if contrast:
            difference = comparing.contrast_study(opened, contrast, rows=rows, cell=cell, periods=periods, layer=layer)
            show(difference, as_json, opened_cells)
            return
        if by == "period" and not counts:
            over_time = trajectories_of(opened, rows=rows, cell=cell, periods=periods, layer=layer)
            _show_over_time(over_time, opened_cells, as_json)
            return
        if counts or columns != "case" or not opened.framework.loci:
            inside = None if cell == "none" or (cell == "locus" and not opened.framework.loci) else cell
            matrix = comparing.compare_study(opened, rows=rows, columns=columns, cell=inside, by=by, layer=layer)
            show(matrix, as_json, opened_cells)
            return
        work = comparing.work_of(opened, rows=rows, by=by, cell=cell, periods=periods, layer=layer)
        _show_work(opened, work, order, layer, opened_cells, as_json)


def say_waiting(study: Study, layer: str | None = None) -> None:
    """Beside the numbers: the codings of their layer that wait for their coders after a change of the codebook."""
    from crosscase.services.analyses import choose_layer
    from crosscase.services.waiting import waiting_by_change, waiting_sentences

    for sentence in waiting_sentences(waiting_by_change(study, layer or choose_layer(study)[0])):
        err.print(f"note: {sentence}", markup=False)


def _show_over_time(found: WorkOverTime, opened_cells: Sequence[str] | None, as_json: bool) -> None:
    if as_json or opened_cells:
        show(found, as_json, opened_cells)
        return
    coded = found.table.filter(found.table["n_codings"] > 0)
    print_frame(coded.select(*found.keys, "share", "low", "high", "n_codings", "n_sources"), False)
    out.print("\nChanges, later − earlier:", markup=False)
    print_frame(found.changes.select(*[k for k in found.keys if k != "period"], *_CHANGE), False)
    if found.undated:
        out.print(f"In no period, because their date does not say which: {', '.join(found.undated)}.", markup=False)


_CHANGE = ("one", "other", "difference", "low", "high", "probability")


def _show_work(
    study: Study, work: Result, order: str | None, layer: str | None, opened_cells: Sequence[str] | None, as_json: bool
) -> None:
    if order is None:
        if as_json or opened_cells:
            show(work, as_json, opened_cells)
        else:
            _print_shares(work, [])
        return
    from crosscase.services.ordering import ordered

    found = ordered(study, work, order, layer=layer)
    if as_json:
        print_json({**content_of(found), "order": found.order.to_dicts(), "trend": found.trend.to_dicts()})
    elif opened_cells:
        show(found, as_json, opened_cells)
    else:
        _print_shares(found, found.order.to_dicts())


def _print_shares(work: Result, order: Sequence[Mapping[str, Any]]) -> None:
    """Lines of shares with their intervals, a column per case; lines that nothing was coded for are left out."""
    cases = work.table["case"].unique(maintain_order=True).to_list()
    keys = [key for key in work.keys if key != "case"]
    lines: dict[tuple[Any, ...], dict[str, str]] = {}
    coded = set()
    for row in work.table.iter_rows(named=True):
        key = tuple(row[name] for name in keys)
        if row["n_codings"]:
            coded.add(key)
        known = row["share"] is not None
        text = f"{_two(row['share'])} ({_two(row['low'])}–{_two(row['high'])})" if known else "unknown"
        lines.setdefault(key, {})[row["case"]] = text
    value = {row["case"]: row["value"] for row in order}
    heads = [case if value.get(case) is None else f"{case} [{value[case]:.2f}]" for case in cases]
    shown = [
        [*("–" if part is None else str(part) for part in key), *(cells.get(case, "–") for case in cases)]
        for key, cells in lines.items()
        if key in coded
    ]
    print_table("", [*keys, *heads], shown, numbers=list(range(len(keys), len(keys) + len(cases))))
    out.print(
        "Share of the work and its interval; --counts counts, --open case=… domain=… shows passages.", markup=False
    )


def _two(value: float) -> str:
    return f"{value:.2f}".replace("0.", ".", 1) if value < 1 else f"{value:.2f}"


def show(result: Result, as_json: bool, opened_cells: Sequence[str] | None = None, table: str = "table") -> None:
    """Print a result as JSON with its evidence, as a table, or as the passages behind some of its cells."""
    if opened_cells:
        _print_quotes(result, opened_cells, as_json)
        return
    if as_json:
        content = content_of(result)
        print_json(content if table == "table" else {**content, table: getattr(result, table).to_dicts()})
        return
    print_frame(getattr(result, table), False)


def content_of(result: Result) -> dict[str, Any]:
    """A result as ``--json`` prints it: parameters, rows, and the coding ids behind every cell."""
    cells = [
        {**dict(zip(result.keys, key, strict=True)), "coding_ids": list(ids)} for key, ids in result.evidence.items()
    ]
    return {**result.to_dict(), "evidence": cells}


def _print_quotes(result: Result, opened_cells: Sequence[str], as_json: bool) -> None:
    wanted = {}
    for pair in opened_cells:
        name, sign, value = pair.partition("=")
        if not sign:
            raise InputError(f"{pair!r} names no cell", where="--open", mend="write KEY=VALUE, such as case=urban")
        wanted[name.strip()] = value.strip()
    found = result.quotes(**wanted)
    if as_json:
        print_json(found.to_dicts())
        return
    for row in found.head(_MOST_QUOTES).iter_rows(named=True):
        told = ", ".join(str(row[k]) for k in ("code", "locus", "mode", "stance", "actuality") if row.get(k))
        out.print(f"#{row['coding_id']} {row['source']} [{row['part']}] {told} ({row['coder']})", markup=False)
        out.print(f"   “{row['text']}”", markup=False)
    if found.height > _MOST_QUOTES:
        out.print(f"{found.height - _MOST_QUOTES:,} more; --json prints all.", markup=False)


def print_frame(table: pl.DataFrame, as_json: bool) -> None:
    """Print a table for people, or its rows as JSON."""
    if as_json:
        print_json({"rows": table.to_dicts()})
        return
    numbers = [i for i, kind in enumerate(table.dtypes) if kind.is_numeric()]
    rows = [[_cell(value) for value in row] for row in table.iter_rows()]
    print_table("", table.columns, rows, numbers=numbers)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)
