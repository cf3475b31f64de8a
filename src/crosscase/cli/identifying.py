"""``crosscase identify``: which type each case is, by group, how firmly, and whether to believe it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from crosscase.cli.analyse import print_frame
from crosscase.cli.app import OK, PROBLEMS, JsonOption, StudyArgument, app, out, print_json, print_table, progress
from crosscase.cli.compare import say_waiting
from crosscase.errors import ManifestError
from crosscase.services.study import Study, open_study

if TYPE_CHECKING:
    from crosscase.analysis.identify.verdicts import Verdict


@app.command()
def identify(
    study: StudyArgument = ".",
    by: Annotated[
        str | None, typer.Option(help="types within each case: subject, period, coder, level or kind")
    ] = None,
    periods: Annotated[str, typer.Option(help="--by period: year, terciles, or dates where periods begin")] = "year",
    robustness: Annotated[
        bool, typer.Option("--robustness", help="leave out each source, level, kind, coder, domain; what flips?")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="calibration and fit of the model on this study")] = False,
    studies: Annotated[int, typer.Option(help="how many studies --check imagines", min=10)] = 200,
    as_json: JsonOption = False,
) -> None:
    """Which ideal type is each case? Memberships with their uncertainty, and a verdict."""
    if sum([by is not None, robustness, check]) > 1:
        raise ManifestError(
            "--by, --robustness and --check are asked one at a time",
            where="crosscase identify",
            mend="name one of them",
        )
    with open_study(study) as opened:
        say_waiting(opened)
        if by == "period":
            _by_period(opened, periods, as_json)
        elif by is not None:
            _by_group(opened, by, as_json)
        elif robustness:
            _robustness(opened, as_json)
        elif check:
            raise typer.Exit(_check(opened, studies, as_json))
        else:
            _plain(opened, as_json)


def _plain(study: Study, as_json: bool) -> None:
    from crosscase.services.analyses import choose_layer, identify_study

    layer, reason = choose_layer(study)
    result = identify_study(study, study.evidence(layer))
    verdicts = [
        {"case": case.name, "label": case.label or case.name, **_plain_verdict(result.verdict(case.name))}
        for case in study.settings.cases
    ]
    if as_json:
        print_json({**result.to_dict(), "layer": layer, "verdicts": verdicts})
        return
    out.print(f"Layer: {layer} ({reason}).", markup=False)
    print_frame(result.table)
    print_table("", ["case", "verdict"], [(v["label"], v["sentence"]) for v in verdicts])


def _plain_verdict(verdict: Verdict) -> dict[str, object]:
    return {name: getattr(verdict, name) for name in verdict.__dataclass_fields__}


def _by_group(study: Study, by: str, as_json: bool) -> None:
    from crosscase.services.identifying import identify_groups

    result = identify_groups(study, by)
    verdicts = {case: _plain_verdict(verdict) for case, verdict in result.verdicts.items()}
    if as_json:
        print_json({**result.to_dict(), "verdicts": verdicts})
        return
    print_frame(result.table.select("case", "group", "type", "probability", "both", "membership", "low", "high"))
    print_table("", ["case", "verdict"], [(case, verdict["sentence"]) for case, verdict in verdicts.items()])


def _by_period(study: Study, periods: str, as_json: bool) -> None:
    from crosscase.services.trajectories import types_over_time

    result = types_over_time(study, periods=periods)
    if as_json:
        print_json(result.to_dict())
        return
    print_frame(result.table.select("case", "period", "type", "probability", "membership", "low", "high", "verdict"))
    for sentence in result.evolving.values():
        out.print(sentence, markup=False)
    if result.undated:
        out.print(f"Without a date, in no period: {', '.join(result.undated)}", markup=False)


def _robustness(study: Study, as_json: bool) -> None:
    from crosscase.services.identifying import study_robustness

    with progress(as_json) as report:
        result = study_robustness(study, progress=report)
    if as_json:
        print_json(result.to_dict())
        return
    flips = result.flips.select("case", "change", "item", "type", "before", "after", "verdict", "how", "confirmed")
    changes = result.table.group_by("case", maintain_order=True).len()
    for case, n in changes.iter_rows():
        held = n - flips.filter(flips["case"] == case).height
        out.print(f"{case}: the verdict holds in {held} of {n} changes.", markup=False)
    if flips.height:
        print_frame(flips)
    for row in result.flip_sets.iter_rows(named=True):
        out.print(
            f"{row['case']}: without {row['n_sources']} of {row['of_sources']} sources it is "
            f"{row['becomes'].replace('_', ' ')}: {', '.join(row['sources'])}",
            markup=False,
        )
    print_frame(result.anchors)
    print_frame(result.uncertainty)


def _check(study: Study, studies: int, as_json: bool) -> int:
    from crosscase.services.identifying import check_study

    with progress(as_json) as report:
        found = check_study(study, studies=studies, progress=report)
    if as_json:
        print_json(found.to_dict())
        return PROBLEMS if found.problems else OK
    out.print(f"{found.n_studies} studies imagined on the layout of this one.", markup=False)
    for table in (found.calibration, found.reliability, found.claims, found.predictive, found.designs):
        print_frame(table)
    for sentence in found.problems:
        out.print(f"problem: {sentence}", markup=False)
    if not found.problems:
        out.print("Nothing speaks against the model on this layout.", markup=False)
    return PROBLEMS if found.problems else OK
