"""From coders' codings to a consensus: what waits, and every kind of decision."""

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
    print_blind,
    print_json,
    print_table,
    words_in,
)
from crosscase.errors import ManifestError
from crosscase.services import adjudicating, decisions
from crosscase.services import rounds as round_services
from crosscase.services.study import open_study

adjudicate_app = typer.Typer(help="from coders' codings to a consensus: pending, identical, accept, merge, reject …")
app.add_typer(adjudicate_app, name="adjudicate")

Numbers = Annotated[str, typer.Argument(metavar="ID,ID…", help="ids of codings, separated by commas")]


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
    if not n:
        out.print("Nothing waits that all who read it coded identically.", markup=False)
        return
    one = n == 1
    out.print(
        f"{n:,} passage{' was' if one else 's were'} coded identically by all who read {'it' if one else 'them'}; "
        f"{'it is' if one else 'they are'} consensus now.",
        markup=False,
    )


@adjudicate_app.command("accept")
def adjudicate_accept(
    coding: Annotated[int, typer.Argument(metavar="ID", help="id of a coding")],
    reason: ReasonOption = "",
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
    reason: ReasonOption = "",
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
    reason: ReasonOption = "",
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
def adjudicate_reject(codings: Numbers, reason: ReasonOption = "", study: StudyOption = ".") -> None:
    """Decide that codings do not enter the consensus."""
    with open_study(study) as opened:
        decision = adjudicating.reject_codings(opened, _ids(codings), reason)
    out.print(f"Decision {decision.id}: rejected.", markup=False)


@adjudicate_app.command("reopen")
def adjudicate_reopen(
    decision: Annotated[int, typer.Argument(metavar="DECISION")], reason: ReasonOption = "", study: StudyOption = "."
) -> None:
    """Take a decision back; it stays in the record."""
    with open_study(study) as opened:
        adjudicating.reopen(opened, decision, reason)
    out.print(f"Decision {decision} is open again.", markup=False)


def _ids(text: str) -> list[int]:
    try:
        return [int(word) for word in words_in(text)]
    except ValueError:
        raise ManifestError(f"{text!r} are no ids", where="codings", mend="write numbers, such as 12,15") from None


def _span(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    words = words_in(text)
    if len(words) != 2 or not all(word.isdecimal() for word in words):
        raise ManifestError(f"{text!r} is no passage", where="--passage", mend="write start,end, such as 310,402")
    return int(words[0]), int(words[1])


def _facets(texts: list[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark:
            raise ManifestError(f"{text!r} is no facet", where="--facet", mend="write name=value")
        found[name.strip()] = value.strip()
    return found
