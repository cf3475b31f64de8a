"""The verb `disconfirm`: what speaks against claims, worked off as a queue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from crosscase.cli.app import (
    JsonOption,
    StudyArgument,
    StudyOption,
    app,
    out,
    print_json,
    print_table,
    progress,
    words_in,
)
from crosscase.errors import ManifestError
from crosscase.services.study import open_study

if TYPE_CHECKING:
    from crosscase.services.claims import StoredClaim
    from crosscase.services.disconfirming import Item


class _SearchByDefault(TyperGroup):
    """`crosscase disconfirm my-study` searches; a known word after `disconfirm` does something else."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = ["search", *args]
        return super().parse_args(ctx, args)


disconfirm = typer.Typer(
    cls=_SearchByDefault,
    help="What speaks against claims: search, list, resolve. Without a word below it searches.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
claim_verbs = typer.Typer(help="Claims: add, keep, bound, drop, list.")
brief_verbs = typer.Typer(help="A blind check by a second analyst.")
app.add_typer(disconfirm, name="disconfirm")
disconfirm.add_typer(claim_verbs, name="claim")
disconfirm.add_typer(brief_verbs, name="brief")

ClaimOption = Annotated[str | None, typer.Option("--claim", help="a claim's name, or “urban is managerial”")]
ReasonOption = Annotated[str, typer.Option("--reason", help="why; required")]


@disconfirm.command("search")
def search(
    study: StudyArgument = ".",
    claim: ClaimOption = None,
    most: Annotated[int, typer.Option(min=1, help="candidates per queue")] = 50,
    layer: Annotated[str | None, typer.Option(help="independent, consensus or suggestion")] = None,
    as_json: JsonOption = False,
) -> None:
    """Search for what speaks against every claim of the verdicts and of people, or against one."""
    from crosscase.services.disconfirming import raise_candidates

    with open_study(study) as opened, progress(as_json) as report:
        done = raise_candidates(opened, claim, most=most, layer=layer, progress=report)
    if as_json:
        print_json({"layer": done.layer, "claims": list(done.raised), "why_no_verdicts": done.why_no_verdicts})
        return
    out.print(f"Layer: {done.layer}.", markup=False)
    if done.why_no_verdicts:
        out.print(f"The verdicts make no claims: {done.why_no_verdicts}", markup=False)
    rows = [(r.claim, r.sentence, r.n_new, r.n_standing, r.n_gone, r.n_open) for r in done.raised]
    print_table("", ["claim", "sentence", "new", "standing", "gone", "open"], rows, numbers=[2, 3, 4, 5])
    for raised in done.raised:
        out.print(f"{raised.claim}: {raised.searched}", markup=False)
    out.print("\nWork them off with `crosscase disconfirm list` and `crosscase disconfirm resolve`.", markup=False)


@disconfirm.command("list")
def list_(
    study: StudyArgument = ".",
    claim: ClaimOption = None,
    queue: Annotated[int | None, typer.Option(help="1 to 8; by default the merged queue")] = None,
    open_only: Annotated[bool, typer.Option("--open", help="only those without a disposition")] = False,
    all_: Annotated[bool, typer.Option("--all", help="also those that the last search no longer raised")] = False,
    most: Annotated[int, typer.Option(min=1, help="how many to show")] = 20,
    as_json: JsonOption = False,
) -> None:
    """The candidates with the reason why each was raised, and what was decided."""
    from crosscase.services.disconfirming import candidates

    with open_study(study) as opened:
        items = candidates(opened, claim, queue=queue, open_only=open_only, raised_only=not all_)
    if as_json:
        print_json({"n": len(items), "candidates": items[:most]})
        return
    for item in items[:most]:
        _print_item(item)
    n_open = sum(item.is_open for item in items)
    shown = min(most, len(items))
    out.print(f"{shown} of {len(items)} shown, {n_open} open." if items else "Nothing here.", markup=False)


def _print_item(item: Item) -> None:
    where = f"{item.source}, {item.start}–{item.end}" if item.start is not None else ", ".join(item.sources[:3])
    out.print(f"#{item.id}  {item.claim}, queue {item.queue} ({item.queue_name}), place {item.place}", markup=False)
    out.print(f"    why: {item.reason}", markup=False)
    if item.text:
        out.print(f"    “{' '.join(item.text.split())}”", markup=False)
    out.print(f"    {item.said_by + ' · ' if item.said_by else ''}{where}", markup=False)
    if item.disposition:
        out.print(f"    {item.disposition} ({item.actor}): {item.decision}", markup=False)
    out.print("")


@disconfirm.command("resolve")
def resolve(
    candidate: Annotated[int, typer.Argument(metavar="ID", help="the candidate's number")],
    as_: Annotated[str, typer.Option("--as", help="refutes, qualifies, coding error, explained, not relevant")],
    reason: ReasonOption,
    wrong: Annotated[
        str, typer.Option(help="with “coding error”: ids of the codings to take out, separated by commas")
    ] = "",
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """Say what a candidate comes to, and why."""
    from crosscase.services import disconfirming

    disposition = as_.replace("-", " ").replace("_", " ").strip()
    with open_study(study) as opened:
        if wrong:
            if disposition != "coding error":
                raise ManifestError("--wrong goes with a coding error", where="disconfirm resolve", mend="leave it out")
            ids = disconfirming.recode(opened, candidate, _numbers(wrong), (), reason)
        else:
            ids = disconfirming.resolve(opened, candidate, disposition, reason)
    if as_json:
        print_json({"resolved": list(ids), "disposition": disposition})
        return
    more = f" (with {', '.join(f'#{i}' for i in ids[1:])} on the same passage)" if len(ids) > 1 else ""
    out.print(f"#{candidate}: {disposition}{more}.", markup=False)
    if disposition == "coding error" and not wrong:
        out.print("The codings still stand: recode the passage, or name the wrong ones with --wrong.", markup=False)


@disconfirm.command("reopen")
def reopen(
    candidate: Annotated[int, typer.Argument(metavar="ID", help="the candidate's number")],
    reason: ReasonOption,
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """Take back what a candidate was resolved as; the history keeps it."""
    from crosscase.services import disconfirming

    with open_study(study) as opened:
        disconfirming.reopen(opened, candidate, reason)
    print_json({"reopened": candidate}) if as_json else out.print(f"#{candidate} is open again.", markup=False)


@claim_verbs.command("list")
def claim_list(study: StudyArgument = ".", as_json: JsonOption = False) -> None:
    """Every claim with its status and its history."""
    from crosscase.services.claims import claims

    with open_study(study) as opened:
        known = claims(opened)
    if as_json:
        print_json([_claim(c) for c in known])
        return
    print_table("", ["claim", "sentence", "status"], [(c.name, c.claim.sentence, c.status) for c in known])
    for stored in known:
        for step in stored.changes:
            said = f"“{step.before}” → “{step.after}”" if step.change == "bounded" else step.change
            out.print(f"{stored.name}: {said}, because {step.reason} ({step.actor}, {step.at[:10]})", markup=False)


@claim_verbs.command("add")
def claim_add(
    sentence: Annotated[str, typer.Argument(metavar="SENTENCE", help="“urban is managerial”, or your own words")],
    supports: Annotated[str, typer.Option("--for", help="indicators that speak for it, separated by commas")] = "",
    opposes: Annotated[str, typer.Option("--against", help="indicators that speak against it")] = "",
    cases: Annotated[str, typer.Option(help="short names of the cases that it is about")] = "",
    levels: Annotated[str, typer.Option(help="levels whose accounts count, such as school")] = "",
    participants: Annotated[str, typer.Option("--only-participants", help="names of participants")] = "",
    since: Annotated[str, typer.Option(help="from this date on")] = "",
    until: Annotated[str, typer.Option(help="up to this date")] = "",
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """Add a claim: a sentence that is understood, or your own words with the indicators that speak about it."""
    from crosscase.model.claim import Scope
    from crosscase.services import claims

    scope = Scope(tuple(words_in(cases)), tuple(words_in(participants)), tuple(words_in(levels)), since, until)
    with open_study(study) as opened:
        if supports or opposes:
            claim = claims.own_claim(
                opened, sentence, supports=tuple(words_in(supports)), opposes=tuple(words_in(opposes)), scope=scope
            )
        else:
            if scope != Scope():
                raise ManifestError(
                    "a sentence that is understood brings its own scope",
                    where="disconfirm claim add",
                    mend="give --for and --against with a scope of your own",
                )
            claim = claims.understand(opened, sentence)
        stored = claims.add_claim(opened, claim)
    print_json(_claim(stored)) if as_json else out.print(f"{stored.name}: {stored.claim.sentence}", markup=False)


@claim_verbs.command("keep")
def claim_keep(
    name: Annotated[str, typer.Argument(metavar="CLAIM", help="name of the claim")],
    reason: ReasonOption,
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """The claim stands after the search."""
    _change(study, name, "kept", reason, "", as_json)


@claim_verbs.command("bound")
def claim_bound(
    name: Annotated[str, typer.Argument(metavar="CLAIM", help="name of the claim")],
    sentence: Annotated[str, typer.Option("--sentence", help="what it says from now on")],
    reason: ReasonOption,
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """The claim holds within limits; its new sentence names them."""
    _change(study, name, "bounded", reason, sentence, as_json)


@claim_verbs.command("drop")
def claim_drop(
    name: Annotated[str, typer.Argument(metavar="CLAIM", help="name of the claim")],
    reason: ReasonOption,
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """The claim is given up; it stays in the report with the reason."""
    _change(study, name, "dropped", reason, "", as_json)


def _change(study: str, name: str, change: str, reason: str, sentence: str, as_json: bool) -> None:
    from crosscase.services.claims import change_claim

    with open_study(study) as opened:
        stored = change_claim(opened, name, change, reason, sentence=sentence)
    print_json(_claim(stored)) if as_json else out.print(f"{stored.name}: {stored.status}.", markup=False)


@brief_verbs.command("make")
def brief_make(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="brief.html, brief.docx, brief.csv or brief.json")],
    claim: Annotated[str, typer.Option("--claim", help="name of the claim")],
    items: Annotated[int, typer.Option(min=2, help="how many passages, half of each kind")] = 20,
    seed: Annotated[int, typer.Option(help="of the choice and the order")] = 1,
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """A blind mix of confirming and candidate passages for a second analyst; the key is written beside it."""
    from crosscase.services.adversarial import write_brief

    with open_study(study) as opened:
        made = write_brief(opened, claim, file, n_items=items, seed=seed)
    if as_json:
        print_json(made)
        return
    out.print(f"{made.n_items} passages in {made.file}; key (keep it from the analyst): {made.key}", markup=False)


@brief_verbs.command("read")
def brief_read(
    answers: Annotated[Path, typer.Argument(metavar="ANSWERS", help="the filled CSV or JSON file")],
    key: Annotated[Path, typer.Option("--key", help="the key that was written with the brief")],
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """Read a second analyst's answers and compare them with the status of each passage."""
    from crosscase.services.adversarial import read_answers

    with open_study(study) as opened:
        done = read_answers(opened, answers, key)
    if as_json:
        print_json(done)
        return
    out.print(done.sentence, markup=False)
    print_table("", ["passage", "blind judgement", "status"], done.differing)


def _claim(stored: StoredClaim) -> dict[str, object]:
    return {
        "name": stored.name,
        "sentence": stored.claim.sentence,
        "kind": stored.claim.kind,
        "origin": stored.claim.origin,
        "status": stored.status,
        "searched": stored.searched,
        "changes": list(stored.changes),
    }


def _numbers(text: str) -> Sequence[int]:
    try:
        return [int(part.lstrip("#")) for part in words_in(text)]
    except ValueError:
        raise ManifestError(f"{text!r} is no list of ids", where="--wrong", mend="write 12,15") from None
