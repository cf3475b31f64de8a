"""Verbs that take care of a study: history, search."""

from __future__ import annotations

from typing import Annotated

import typer

from crosscase.cli.app import JsonOption, StudyArgument, StudyOption, app, out, print_json, print_table
from crosscase.services.history import history as read_history
from crosscase.services.history import verify_history
from crosscase.services.study import open_study
from crosscase.store.search import search_text


@app.command()
def history(
    study: StudyArgument = ".",
    verify: Annotated[bool, typer.Option(help="check that no event was changed or removed")] = False,
    last: Annotated[int, typer.Option(help="how many events to show")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Who did what, and when."""
    with open_study(study) as opened:
        if verify:
            n = verify_history(opened)
            print_json({"events": n, "whole": True}) if as_json else out.print(f"{n:,} events, the chain is whole.")
            return
        events = read_history(opened)[-last:]
    if as_json:
        print_json(events)
        return
    rows = [(e.id, e.at, e.actor, e.verb, e.detail.get("name", e.object_guid)) for e in events]
    print_table("", ["event", "at", "who", "what", "which"], rows, numbers=[0])


@app.command()
def search(
    words: Annotated[str, typer.Argument(metavar="WORDS", help='words, "a phrase", a beginn*, one OR other, -without')],
    study: StudyOption = ".",
    case: Annotated[str | None, typer.Option(help="in this case only")] = None,
    most: Annotated[int, typer.Option(help="how many results")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Find words in all sources."""
    with open_study(study) as opened, opened.reading() as connection:
        hits = search_text(connection, words, case=case, limit=most)
    if as_json:
        print_json(hits)
        return
    for hit in hits:
        out.print(f"{hit.source}, character {hit.start}: {hit.text}", markup=False)
    out.print(f"{len(hits)} found." if hits else "Nothing found.", markup=False)
