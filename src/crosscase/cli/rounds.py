"""Rounds of coding: open, list, progress, reveal, close, reopen; double coding drawn and planned."""

from __future__ import annotations

from typing import Annotated

import typer

from crosscase.cli.app import (
    JsonOption,
    ReasonOption,
    StudyArgument,
    StudyOption,
    app,
    out,
    print_json,
    print_table,
    words_in,
)
from crosscase.services import rounds as round_services
from crosscase.services.study import open_study

round_app = typer.Typer(help="rounds of coding: open, list, progress, reveal, close, reopen, draw, needed")
app.add_typer(round_app, name="round")


@round_app.command("open")
def round_open(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    sources: Annotated[str, typer.Option(help="names, separated by commas; all by default")] = "",
    coders: Annotated[str, typer.Option(help="names, separated by commas; all by default")] = "",
    codes: Annotated[str, typer.Option(help="codes that the round asks for; all by default")] = "",
    open_eyed: Annotated[bool, typer.Option("--open", help="coders may see each other's codings")] = False,
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """Open a round at the newest codebook version, blind unless said otherwise."""
    with open_study(study) as opened:
        state = round_services.open_round(
            opened, name, sources=words_in(sources), coders=words_in(coders), codes=words_in(codes), blind=not open_eyed
        )
    print_json(state) if as_json else out.print(f"Round {state.name} is open.", markup=False)


@round_app.command("list")
def round_list(study: StudyArgument = ".", as_json: JsonOption = False) -> None:
    """All rounds: codebook version, blindness, what they are limited to, how much was coded."""
    with open_study(study) as opened:
        found = round_services.rounds(opened)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            r.name,
            r.codebook_version,
            "blind" if r.hidden else f"revealed {r.revealed_at}" if r.blind else "open",
            f"closed {r.closed_at[:10]}" if r.closed_at else "coding",
            len(r.sources) or "all",
            ", ".join(r.coders) or "all",
            len(r.codes) or "all",
            r.n_codings,
        )
        for r in found
    ]
    heads = ["round", "codebook", "seeing", "state", "sources", "coders", "codes", "codings"]
    print_table("", heads, rows, numbers=[7])


@round_app.command("reveal")
def round_reveal(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    reason: ReasonOption = "",
    study: StudyOption = ".",
) -> None:
    """Let the coders of a blind round see each other's codings; it is logged."""
    with open_study(study) as opened:
        state = round_services.reveal_round(opened, name, reason)
    out.print(f"Round {name} was revealed on {state.revealed_at}.", markup=False)


@round_app.command("progress")
def round_progress(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """What each coder has still to read in a round."""
    from crosscase.services.round_reading import round_reading

    with open_study(study) as opened:
        state, found = round_services.round_state(opened, name), round_reading(opened, name)
    if as_json:
        print_json({"round": state, "coders": found})
        return
    rows = [
        (
            p.coder,
            f"{p.n_read} of {p.n_sources}",
            sum(not w.begun for w in p.left),
            ", ".join(f"{w.source} ({w.n_left} of {w.n_units} turns left)" for w in p.left if w.begun),
        )
        for p in found
    ]
    print_table("", ["coder", "sources read", "not begun", "begun"], rows, numbers=[1, 2])
    waiting = [p.coder for p in found if not p.finished]
    if state.closed_at:
        out.print(f"Round {name} is closed since {state.closed_at}.", markup=False)
    elif waiting:
        out.print(f"Still reading: {', '.join(waiting)}.", markup=False)
        if all(w.nobody for p in found for w in p.left):
            out.print(
                "Nobody has read any of the turns that are left: where they were never handed out, close the round "
                f'and say so: crosscase round close {name} --reason "…"',
                markup=False,
            )
    else:
        out.print(f"All have read everything: crosscase round close {name}", markup=False)


@round_app.command("close")
def round_close(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    reason: Annotated[str, typer.Option(help="needed while somebody has still something to read; it is logged")] = "",
    study: StudyOption = ".",
) -> None:
    """Say that a round is finished: no codings are added to it any more; it is logged."""
    with open_study(study) as opened:
        state = round_services.close_round(opened, name, reason)
    out.print(f"Round {name} is closed since {state.closed_at}; decisions on its codings go on.", markup=False)


@round_app.command("reopen")
def round_reopen(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    reason: ReasonOption = "",
    study: StudyOption = ".",
) -> None:
    """Let codings be added to a closed round again; it is logged."""
    with open_study(study) as opened:
        round_services.reopen_round(opened, name, reason)
    out.print(f"Round {name} is open again.", markup=False)


@round_app.command("draw")
def round_draw(
    n: Annotated[int, typer.Argument(metavar="N", help="how many sources")],
    seed: Annotated[int | None, typer.Option(help="default: the study's seed")] = None,
    kinds: Annotated[str, typer.Option("--kind", help="kinds of sources, separated by commas")] = "interview",
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """Draw sources for double coding by case, kind and level, and record the draw."""
    from crosscase.services.double_coding import plan_double_coding

    with open_study(study) as opened:
        plan = plan_double_coding(opened, n, seed=seed, kinds=words_in(kinds))
    if as_json:
        print_json(plan)
        return
    rows = [(s.case, s.kind, s.level, f"{len(s.drawn)} of {s.n_sources}", ", ".join(s.drawn)) for s in plan.strata]
    print_table("", ["case", "kind", "level", "drawn", "sources"], rows)
    out.print(f"Seed {plan.seed}; recorded as {plan.guid}.", markup=False)


@round_app.command("needed")
def round_needed(
    width: Annotated[float, typer.Option(help="wanted width of the intervals")] = 0.2,
    unit: Annotated[str | None, typer.Option(help="turn, sentence, paragraph, passage or span")] = None,
    kinds: Annotated[str, typer.Option("--kind", help="kinds of sources, such as interview; all by default")] = "",
    level: Annotated[float | None, typer.Option(help="of the intervals; default: the study's")] = None,
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """How many sources to double-code, from how agreement varies between those that are double-coded now."""
    from crosscase.services.double_coding import sources_for_width

    with open_study(study) as opened:
        table = sources_for_width(opened, width, unit=unit, level=level, kinds=words_in(kinds))
        of = opened.settings.agreement.level if level is None else level
    if as_json:
        print_json(table.to_dicts())
        return
    rows = [
        (
            r["code"],
            r["n_pilot"],
            f"{r['width_now']:.2f}" if r["width_now"] else "–",
            r["n_sources"] or r["not_defined"],
        )
        for r in table.iter_rows(named=True)
    ]
    print_table("", ["code", "sources now", "width now", f"sources for {width:g}"], rows, numbers=[1, 2, 3])
    n = table["n_there"][0] if table.height else 0
    what = f"sources of the kind {kinds}" if kinds else "sources of all kinds"
    out.print(
        f"Intervals of {100 * of:g} %. The cases have {n:,} {what}: where more are needed, the width is out of reach.",
        markup=False,
    )
