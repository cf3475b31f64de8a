"""Verbs of work in a team: rounds, double coding, adjudication, changes of the codebook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crosscase.cli.app import JsonOption, StudyArgument, StudyOption, app, out, print_blind, print_json, print_table
from crosscase.errors import ManifestError
from crosscase.services import adjudicating, decisions
from crosscase.services import rounds as round_services
from crosscase.services.codebook_edits import CodebookEdit, edit_codebook, recode, recoding_status, waiting_codings
from crosscase.services.study import open_study

round_app = typer.Typer(help="rounds of coding: open, list, progress, reveal, close, reopen, draw, needed")
adjudicate_app = typer.Typer(help="from coders' codings to a consensus: pending, identical, accept, merge, reject …")
codebook_app = typer.Typer(help="changes of the codebook while coding goes on: edit, status, recode")
app.add_typer(round_app, name="round")
app.add_typer(adjudicate_app, name="adjudicate")
app.add_typer(codebook_app, name="codebook")

Reason = Annotated[str, typer.Option(help="why; it is logged")]
Numbers = Annotated[str, typer.Argument(metavar="ID,ID…", help="ids of codings, separated by commas")]


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
            opened, name, sources=_words(sources), coders=_words(coders), codes=_words(codes), blind=not open_eyed
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
    reason: Reason = "",
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
    reason: Reason = "",
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
        plan = plan_double_coding(opened, n, seed=seed, kinds=_words(kinds))
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
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """How many sources to double-code, from how agreement varies between those that are double-coded now."""
    from crosscase.services.double_coding import sources_for_width

    with open_study(study) as opened:
        table = sources_for_width(opened, width, unit=unit)
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


@adjudicate_app.command("pending")
def adjudicate_pending(study: StudyArgument = ".", as_json: JsonOption = False) -> None:
    """Coders' codings that nobody has decided on."""
    with open_study(study) as opened:
        found = decisions.undecided(opened)
        hidden = [r.name for r in round_services.rounds(opened) if r.hidden]
    if as_json:
        print_json(found.to_dicts())
        return
    rows = [
        (r["coding_id"], r["source"], f"{r['start']}–{r['end']}", r["code"], r["coder"], r["round"])
        for r in found.iter_rows(named=True)
    ]
    print_table("", ["id", "source", "passage", "code", "coder", "round"], rows, numbers=[0])
    shown = set(found["round"].to_list())
    print_blind([name for name in hidden if name in shown], "codings")


@adjudicate_app.command("list")
def adjudicate_list(study: StudyArgument = ".", as_json: JsonOption = False) -> None:
    """All decisions, reopened ones too."""
    with open_study(study) as opened:
        found = decisions.adjudications(opened)
    if as_json:
        print_json(found)
        return
    rows = [
        (d.id, d.decision + (" (reopened)" if d.reopened_at else ""), d.source, f"{d.start}–{d.end}", d.actor, d.reason)
        for d in found
    ]
    print_table("", ["decision", "what", "source", "passage", "who", "why"], rows, numbers=[0])


@adjudicate_app.command("identical")
def adjudicate_identical(
    round: Annotated[str | None, typer.Option("--round", help="this round only")] = None, study: StudyOption = "."
) -> None:
    """Take what all readers coded identically into the consensus."""
    with open_study(study) as opened:
        n = adjudicating.agree_identical(opened, rounds=[round] if round else None)
    out.print(f"{n} passages were coded identically by all who read them; they are consensus now.", markup=False)


@adjudicate_app.command("accept")
def adjudicate_accept(
    coding: Annotated[int, typer.Argument(metavar="ID", help="id of a coding")],
    reason: Reason = "",
    study: StudyOption = ".",
) -> None:
    """Take one coder's coding as it is."""
    with open_study(study) as opened:
        decision = adjudicating.accept_coding(opened, coding, reason)
    out.print(f"Decision {decision.id}: consensus coding {decision.coding}.", markup=False)


@adjudicate_app.command("merge")
def adjudicate_merge(
    codings: Numbers,
    code: Annotated[str | None, typer.Option(help="where the codes differ")] = None,
    passage: Annotated[str | None, typer.Option(help="start,end; default: all that they cover")] = None,
    facet: Annotated[list[str] | None, typer.Option(help="name=value, where they differ; repeatable")] = None,
    reason: Reason = "",
    study: StudyOption = ".",
) -> None:
    """Make one consensus coding of several."""
    with open_study(study) as opened:
        decision = adjudicating.merge_codings(
            opened, _ids(codings), passage=_span(passage), code=code, facets=_facets(facet or []), reason=reason
        )
    out.print(f"Decision {decision.id}: consensus coding {decision.coding}.", markup=False)


@adjudicate_app.command("new")
def adjudicate_new(
    source: Annotated[str, typer.Argument(metavar="SOURCE")],
    passage: Annotated[str, typer.Option(help="start,end")],
    code: Annotated[str, typer.Option(help="its code")],
    facet: Annotated[list[str] | None, typer.Option(help="name=value; may be repeated")] = None,
    instead_of: Annotated[str, typer.Option(help="ids of codings that it replaces")] = "",
    round: Annotated[str | None, typer.Option("--round", help="needed where it replaces none")] = None,
    reason: Reason = "",
    study: StudyOption = ".",
) -> None:
    """Put a coding into the consensus that no coder made."""
    span = _span(passage)
    assert span is not None
    with open_study(study) as opened:
        decision = adjudicating.add_consensus(
            opened,
            source,
            span,
            code,
            _facets(facet or []),
            instead_of=_ids(instead_of) if instead_of else [],
            round=round,
            reason=reason,
        )
    out.print(f"Decision {decision.id}: consensus coding {decision.coding}.", markup=False)


@adjudicate_app.command("reject")
def adjudicate_reject(codings: Numbers, reason: Reason = "", study: StudyOption = ".") -> None:
    """Decide that codings do not enter the consensus."""
    with open_study(study) as opened:
        decision = adjudicating.reject_codings(opened, _ids(codings), reason)
    out.print(f"Decision {decision.id}: rejected.", markup=False)


@adjudicate_app.command("reopen")
def adjudicate_reopen(
    decision: Annotated[int, typer.Argument(metavar="DECISION")], reason: Reason = "", study: StudyOption = "."
) -> None:
    """Take a decision back; it stays in the record."""
    with open_study(study) as opened:
        adjudicating.reopen(opened, decision, reason)
    out.print(f"Decision {decision} is open again.", markup=False)


@codebook_app.command("edit")
def codebook_edit(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="the changed framework file")],
    rename: Annotated[list[str] | None, typer.Option(help="old=new; may be repeated")] = None,
    merge: Annotated[list[str] | None, typer.Option(help="a+b=new; may be repeated")] = None,
    split: Annotated[list[str] | None, typer.Option(help="old=a+b; may be repeated")] = None,
    redefine: Annotated[list[str] | None, typer.Option(help="code; may be repeated")] = None,
    drop: Annotated[list[str] | None, typer.Option(help="code; its codings are taken out; may be repeated")] = None,
    reason: Reason = "",
    study: StudyOption = ".",
) -> None:
    """Take over a changed framework file, and say what became of which code."""
    edits = [
        *(_edit("rename", text, reason) for text in rename or []),
        *(_edit("merge", text, reason) for text in merge or []),
        *(_edit("split", text, reason) for text in split or []),
        *(_edit("redefine", f"{text}={text}", reason) for text in redefine or []),
        *(CodebookEdit("drop", (text.strip(),), (), reason) for text in drop or []),
    ]
    try:
        content = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ManifestError("the framework is not UTF-8 text", where=str(file), mend="save it as UTF-8") from None
    with open_study(study) as opened:
        done = edit_codebook(opened, content, edits, str(file))
    out.print(
        f"Codebook {done.version}: {done.n_carried} codings carried over, {done.n_waiting} wait for their coders, "
        f"{done.n_out} taken out.",
        markup=False,
    )


@codebook_app.command("status")
def codebook_status(
    study: StudyArgument = ".",
    coder: Annotated[str | None, typer.Option(help="list the codings that wait for this coder")] = None,
    as_json: JsonOption = False,
) -> None:
    """How much each coder has looked at again after each change."""
    with open_study(study) as opened:
        table = recoding_status(opened) if coder is None else waiting_codings(opened, coder)
    if as_json:
        print_json(table.to_dicts())
    else:
        print_table("", table.columns, list(table.iter_rows()))


@codebook_app.command("recode")
def codebook_recode(
    edit: Annotated[int, typer.Argument(metavar="EDIT")],
    coding: Annotated[int, typer.Argument(metavar="CODING")],
    codes: Annotated[str, typer.Option(help="codes that fit now, separated by commas; none takes it away")] = "",
    study: StudyOption = ".",
) -> None:
    """A coder's answer to a coding that waits after a split or a new definition."""
    with open_study(study) as opened:
        standing = recode(opened, edit, coding, _words(codes))
    out.print(f"Coding {coding}: {', '.join(map(str, standing)) or 'taken away'}.", markup=False)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _ids(text: str) -> list[int]:
    try:
        return [int(word) for word in _words(text)]
    except ValueError:
        raise ManifestError(f"{text!r} are no ids", where="codings", mend="write numbers, such as 12,15") from None


def _span(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = _ids(text)
    if len(found) != 2:
        raise ManifestError(f"{text!r} is no passage", where="--passage", mend="write start,end")
    return found[0], found[1]


def _facets(texts: list[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark:
            raise ManifestError(f"{text!r} is no facet", where="--facet", mend="write name=value")
        found[name.strip()] = value.strip()
    return found


def _edit(kind: str, text: str, reason: str) -> CodebookEdit:
    before, mark, after = text.partition("=")
    if not mark:
        raise ManifestError(f"{text!r} says not what became of it", where=f"--{kind}", mend="write old=new")
    parts = [tuple(word.strip() for word in side.split("+") if word.strip()) for side in (before, after)]
    return CodebookEdit(kind, parts[0], parts[1], reason)
