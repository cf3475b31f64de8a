"""Verbs that keep a study safe: backup, restore, pack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crosscase.cli.app import JsonOption, StudyArgument, StudyOption, app, out, print_json, print_table, progress
from crosscase.services.backup_file import SUFFIX
from crosscase.services.backups import PACK, Backup, back_up, backups, plain
from crosscase.services.restoring import restore as restore_study
from crosscase.services.settings import read_settings
from crosscase.services.study import locate

OriginalsOption = Annotated[
    bool, typer.Option("--originals/--no-originals", help="with the files that the sources were read from")
]


@app.command()
def backup(
    study: StudyArgument = ".",
    to: Annotated[Path | None, typer.Option(help="the file to write (default: a dated one in STUDY/backups)")] = None,
    originals: OriginalsOption = True,
    show: Annotated[bool, typer.Option("--list", help="list the backups that are there and make none")] = False,
    as_json: JsonOption = False,
) -> None:
    """Copy the whole study into one file, also while people code; the copy is checked before it gets its name."""
    folder = locate(study)
    if show:
        _list(backups(folder), as_json)
        return
    with progress(as_json) as report:
        done = back_up(folder, to, originals=originals, progress=report)
    _say(done, as_json)


@app.command()
def pack(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help=f"the file to write (default: TITLE{SUFFIX})")
    ] = None,
    study: StudyOption = ".",
    originals: OriginalsOption = True,
    as_json: JsonOption = False,
) -> None:
    """Make one file of the study, to move or hand over; it is a backup without a date in its name."""
    folder = locate(study)
    target = file if file is not None else Path(plain(read_settings(folder).title) + SUFFIX)
    with progress(as_json) as report:
        done = back_up(folder, target, originals=originals, made=PACK, progress=report)
    _say(done, as_json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a backup or a packed study")],
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="a new or empty folder (default: named by the title)")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="over the same study in FOLDER, which is backed up first")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring a study back from a backup, after checking all of it."""
    done = restore_study(file, folder, replace=replace)
    if as_json:
        print_json(done)
        return
    m = done.manifest
    out.print(
        f"{m.title}: {m.n_sources:,} sources, {m.n_codings:,} codings and {m.n_events:,} events as of {m.made_at}, "
        f"checked, in {done.folder}",
        markup=False,
    )
    if done.before is not None:
        out.print(f"What was there before is in {done.before}", markup=False)


def _say(done: Backup, as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    m = done.manifest
    assert m is not None
    out.print(
        f"{m.n_sources:,} sources, {m.n_codings:,} codings and {m.n_events:,} events, checked, in one file of "
        f"{done.n_bytes:,} bytes:",
        markup=False,
    )
    out.print(str(done.path), markup=False)
    out.print(f"`crosscase restore {done.path}` brings them back.", markup=False)


def _list(found: list[Backup], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    rows = [
        (b.manifest.made_at, b.manifest.made, f"{b.n_bytes:,}", f"{b.manifest.n_events:,}", b.path)
        if b.manifest
        else ("", f"cannot be used: {b.problem}", f"{b.n_bytes:,}", "", b.path)
        for b in found
    ]
    if rows:
        print_table("", ["made (UTC)", "how", "bytes", "events", "file"], rows, numbers=[2, 3])
    else:
        out.print("No backup yet: `crosscase backup` makes one.", markup=False)
