"""``crosscase qca``: truth table, solutions, necessity and robustness, from a study or from any CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crosscase.cli.app import (
    JsonOption,
    StudyArgument,
    app,
    err,
    out,
    print_json,
    print_table,
    progress,
    words_in,
)
from crosscase.errors import InputError
from crosscase.report.numerals import probability

if TYPE_CHECKING:
    import polars as pl

    from crosscase.analysis.qca.solution import Model, Solution
    from crosscase.services.configurations import Configurations
    from crosscase.services.memberships import Plan, Sets

qca_app = typer.Typer(help="set-theoretic analysis (QCA): table, minimize, necessity, robustness")
app.add_typer(qca_app, name="qca")

# The analyses take seconds to load, so a verb loads them when it runs.

DataOption = Annotated[Path | None, typer.Option("--data", help="a CSV file with a row per case, instead of a study")]
OutcomeOption = Annotated[str | None, typer.Option("--outcome", help="such as SURV or ~SURV")]
ConditionsOption = Annotated[str | None, typer.Option("--conditions", help="separated by commas (default: all others)")]
InclOption = Annotated[
    str | None, typer.Option("--incl-cut", help="consistency cut; two, as .8,.5, for contradictions")
]
NOption = Annotated[int | None, typer.Option("--n-cut", help="fewer cases make a row a remainder")]
PriOption = Annotated[float | None, typer.Option("--pri-cut", help="least PRI of a row with the outcome")]
IncludeOption = Annotated[str, typer.Option("--include", help="'?' (or remainders) for the parsimonious solution")]
DirOption = Annotated[str | None, typer.Option("--dir-exp", help="directional expectations, such as DEV,~URB,LIT*STB")]


@qca_app.command()
def table(
    study: StudyArgument = ".",
    data: DataOption = None,
    outcome: OutcomeOption = None,
    conditions: ConditionsOption = None,
    incl_cut: InclOption = None,
    n_cut: NOption = None,
    pri_cut: PriOption = None,
    complete: Annotated[bool, typer.Option("--complete", help="with every remainder")] = False,
    row: Annotated[int | None, typer.Option("--row", help="open this row: its cases and their passages")] = None,
    as_json: JsonOption = False,
) -> None:
    """The truth table: rows, cases, consistency; with a study, how sure each row is."""
    found = _configured(study, data, _options(outcome, conditions, incl_cut, n_cut, pri_cut, None), as_json)
    shown = found.table.complete() if complete else found.table.table
    if row is not None:
        _open(found, as_json, row=row)
        return
    if as_json:
        content = {**found.table.to_dict(), "rows": shown.to_dicts(), "warnings": list(found.warnings)}
        content["origins"] = dict(found.sets.origins)
        content["evidence"] = found.evidence() if found.sets.found is not None else {}
        content["uncertainty"] = found.uncertainty.to_dict() if found.uncertainty else None
        print_json(content)
        return
    _say(found)
    _print(shown.drop("dcc", "half", "n_with_half", strict=False))
    if found.uncertainty is not None:
        out.print("\nShare of draws in which each row shows the outcome:")
        _print(found.uncertainty.table.select("row", "OUT", "p_out", "p_not", "p_remainder", "incl_low", "incl_high"))


@qca_app.command("minimize")
def minimize_(
    study: StudyArgument = ".",
    data: DataOption = None,
    outcome: OutcomeOption = None,
    conditions: ConditionsOption = None,
    incl_cut: InclOption = None,
    n_cut: NOption = None,
    pri_cut: PriOption = None,
    include: IncludeOption = "",
    dir_exp: DirOption = None,
    term: Annotated[str | None, typer.Option("--term", help="open this term: its cases and their passages")] = None,
    as_json: JsonOption = False,
) -> None:
    """All models of the solution with their fit; several models are an answer."""
    from crosscase.services.configurations import solve

    options = _options(outcome, conditions, incl_cut, n_cut, pri_cut, dir_exp)
    found = _configured(study, data, options, as_json)
    if term is not None:
        _open(found, as_json, term=term)
        return
    wanted = _include(include) or ("?" if found.plan.dir_exp else "")
    solution = solve(found.sets, found.plan, wanted)
    if as_json:
        sure = found.uncertainty.to_dict() if found.uncertainty else None
        print_json({**solution.to_dict(), "warnings": list(found.warnings), "uncertainty": sure})
        return
    _say(found)
    _print_solution(solution)
    if found.uncertainty is not None and found.lead is not None and found.lead[0] == solution.kind:
        out.print("\nShare of draws in which each model stands:")
        _print(found.uncertainty.models.select("model", "in_point", "p_model", "inclS_low", "inclS_high").head(10))


@qca_app.command()
def necessity(
    study: StudyArgument = ".",
    data: DataOption = None,
    outcome: OutcomeOption = None,
    conditions: ConditionsOption = None,
    incl_cut: Annotated[float | None, typer.Option("--incl-cut", help="list every expression from this inclN")] = None,
    cov_cut: Annotated[float, typer.Option("--cov-cut", help="least covN of an expression")] = 0.0,
    ron_cut: Annotated[float, typer.Option("--ron-cut", help="least relevance (RoN) of an expression")] = 0.0,
    depth: Annotated[int | None, typer.Option("--depth", help="most conditions in an expression")] = None,
    as_json: JsonOption = False,
) -> None:
    """How necessary each condition is; with --incl-cut also conjunctions and disjunctions."""
    from crosscase.analysis.qca.necessity import necessity as single
    from crosscase.analysis.qca.necessity import super_subset

    sets, plan = _sets(study, data, _options(outcome, conditions, None, None, None, None), as_json)
    names = list(plan.conditions) or None
    found: Any = single(sets.frame, plan.outcome, names)
    if incl_cut is not None:
        cuts = {"incl_cut": incl_cut, "cov_cut": cov_cut, "ron_cut": ron_cut, "depth": depth}
        found = super_subset(sets.frame, plan.outcome, names, **cuts)  # type: ignore[arg-type]
    if as_json:
        print_json(found.to_dict())
        return
    _print(found.table)


@qca_app.command()
def robustness(
    study: StudyArgument = ".",
    data: DataOption = None,
    outcome: OutcomeOption = None,
    conditions: ConditionsOption = None,
    incl_cut: InclOption = None,
    n_cut: NOption = None,
    pri_cut: PriOption = None,
    include: IncludeOption = "",
    dir_exp: DirOption = None,
    test: Annotated[
        list[str] | None, typer.Option("--test", help="a test solution, such as incl_cut=.75,n_cut=2; repeatable")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """How far each cut may move, and what stays of the solution under other cuts."""
    from crosscase.services.configurations import check_robustness

    sets, plan = _sets(study, data, _options(outcome, conditions, incl_cut, n_cut, pri_cut, dir_exp), as_json)
    wanted = _include(include) or ("?" if plan.dir_exp else "")
    tests = [_test(text) for text in test or ()]
    ranges, compared, said = check_robustness(sets, plan, include=wanted, tests=tests)
    if as_json:
        print_json({"ranges": ranges.to_dict(), "tests": said, "robustness": compared.to_dict() if compared else None})
        return
    out.print(f"Solution: {ranges.solution}", markup=False)
    _print(ranges.table.drop("below", "above"))
    for row in ranges.table.iter_rows(named=True):
        for side in ("below", "above"):
            if row[side] is not None:
                out.print(f"{side.capitalize()} the range of {row['choice']}: {row[side]}", markup=False)
    for sentence in said:
        out.print(f"Test: {sentence}", markup=False)
    if compared is None:
        out.print("No test has a solution to compare with.")
        return
    out.print(f"\nRobust core: {compared.core}", markup=False)
    _print(compared.fit)
    _print(compared.table.select("case", "cell").filter(compared.table["cell"] != "irrelevant"))


def _options(
    outcome: str | None,
    conditions: str | None,
    incl_cut: str | None,
    n_cut: int | None,
    pri_cut: float | None,
    dir_exp: str | None,
) -> dict[str, Any]:
    """What was given on the command line."""
    given = {
        "outcome": outcome,
        "conditions": None if conditions is None else tuple(words_in(conditions)),
        "incl_cut": None if incl_cut is None else tuple(_number(part) for part in words_in(incl_cut)),
        "n_cut": n_cut,
        "pri_cut": pri_cut,
        "dir_exp": None if dir_exp is None else tuple(words_in(dir_exp)),
    }
    return {name: value for name, value in given.items() if value is not None}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{text!r} is no number", where="crosscase qca", mend="write such as 0.8") from None


def _include(text: str) -> str:
    return "?" if text == "remainders" else text


def _test(text: str) -> dict[str, float]:
    test: dict[str, float] = {}
    for part in words_in(text):
        name, _, value = part.partition("=")
        if name not in ("incl_cut", "n_cut", "pri_cut") or not value:
            raise InputError(f"{part!r} is no test", where="--test", mend="write such as incl_cut=.75,n_cut=2")
        test[name] = int(_number(value)) if name == "n_cut" else _number(value)
    return test


def _sets(study: str, data: Path | None, options: dict[str, Any], quiet: bool) -> tuple[Sets, Plan]:
    """Memberships and plan, from the file or the study."""
    from crosscase.services.memberships import Plan, sets_from_file

    if data is not None:
        if "outcome" not in options:
            raise InputError("the outcome is missing", where="crosscase qca", mend="add --outcome NAME")
        return sets_from_file(data), Plan(**options)
    found = _configured(study, None, options, quiet)
    return found.sets, found.plan


def _configured(study: str, data: Path | None, options: dict[str, Any], quiet: bool) -> Configurations:
    from crosscase.services.configurations import configure
    from crosscase.services.public import configurations
    from crosscase.services.study import open_study

    if data is not None:
        return configure(*_sets(study, data, options, quiet))
    with open_study(study) as opened, progress(quiet) as say:
        say("reading memberships", 0, 1)
        return configurations(opened, **options)


def _say(found: Configurations) -> None:
    """Where the memberships come from, the cuts, and what a reader must know first."""
    from crosscase.services.set_views import disagreements

    plan = found.plan
    cuts = f"incl_cut {', '.join(f'{c:g}' for c in plan.incl_cut)}, n_cut {plan.n_cut}, pri_cut {plan.pri_cut:g}"
    out.print(f"Outcome {found.table.outcome}; {cuts}.", markup=False)
    for sentence in (*found.warnings, *disagreements(found.table)):
        err.print(f"note: {sentence}", markup=False)


def _open(found: Configurations, as_json: bool, **what: Any) -> None:
    """The cases of a row or term and, with a study, their passages."""
    cases, quotes = found.cases(**what), found.quotes(**what)
    if as_json:
        print_json({"cases": list(cases), "quotes": quotes.to_dicts()})
        return
    out.print(f"Cases: {', '.join(cases)}", markup=False)
    if quotes.width:
        for row in quotes.iter_rows(named=True):
            place = f"#{row['coding_id']} {row['case']} {row['condition']} {row['part']} — {row['source']}"
            out.print(f"{place}: “{row['text']}”", markup=False)


def _print_solution(solution: Solution) -> None:
    out.print(
        f"{solution.kind.capitalize()} solution, {len(solution.models)} model(s) → {solution.truth_table.outcome}"
    )
    for i, model in enumerate(solution.models[:20], 1):
        out.print(f"\nM{i}: {model.expression}", markup=False)
        _print_model(model)
    if len(solution.models) > 20:
        out.print(f"… and {len(solution.models) - 20} more; --json lists all")
    for sentence in (solution.message, *solution.notes):
        if sentence:
            out.print(sentence, markup=False)


def _print_model(model: Model) -> None:
    if model.truth_table.selection is None:
        return
    fit = model.fit
    rows = [
        [row["term"], *(_cell(row[k]) for k in ("inclS", "PRI", "covS", "covU")), ", ".join(model.cases[row["term"]])]
        for row in fit.iter_rows(named=True)
    ]
    whole = model.solution
    rows.append(["solution", _cell(whole.inclS), _cell(whole.PRI), _cell(whole.covS), "", ""])
    print_table("", ["term", "inclS", "PRI", "covS", "covU", "cases"], rows, numbers=[1, 2, 3, 4])


def _print(frame: pl.DataFrame) -> None:
    numbers = [i for i, t in enumerate(frame.dtypes) if t.is_numeric()]
    rows = [[_shown(n, v) for n, v in zip(frame.columns, row, strict=True)] for row in frame.iter_rows()]
    print_table("", frame.columns, rows, numbers=numbers)


def _shown(column: str, value: object) -> str:
    """A cell; shares of draws are probabilities, which draws never show to be exactly 0 or 1."""
    return probability(value) if column.startswith("p_") and isinstance(value, float) else _cell(value)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
