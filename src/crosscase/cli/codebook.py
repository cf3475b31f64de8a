"""Changes of the codebook while coding goes on."""

from __future__ import annotations

from pathlib import Path
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
from crosscase.errors import ManifestError
from crosscase.services.codebook_edits import CodebookEdit, edit_codebook, recode, recoding_status, waiting_codings
from crosscase.services.study import open_study

codebook_app = typer.Typer(help="changes of the codebook while coding goes on: edit, status, recode")
app.add_typer(codebook_app, name="codebook")


@codebook_app.command("edit")
def codebook_edit(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="the changed framework file")],
    rename: Annotated[list[str] | None, typer.Option(help="old=new; may be repeated")] = None,
    merge: Annotated[list[str] | None, typer.Option(help="a+b=new; may be repeated")] = None,
    split: Annotated[list[str] | None, typer.Option(help="old=a+b; may be repeated")] = None,
    redefine: Annotated[list[str] | None, typer.Option(help="code; may be repeated")] = None,
    drop: Annotated[list[str] | None, typer.Option(help="code; its codings are taken out; may be repeated")] = None,
    reason: ReasonOption = "",
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
        standing = recode(opened, edit, coding, words_in(codes))
    out.print(f"Coding {coding}: {', '.join(map(str, standing)) or 'taken away'}.", markup=False)


def _edit(kind: str, text: str, reason: str) -> CodebookEdit:
    before, mark, after = text.partition("=")
    if not mark:
        raise ManifestError(f"{text!r} says not what became of it", where=f"--{kind}", mend="write old=new")
    parts = [tuple(word.strip() for word in side.split("+") if word.strip()) for side in (before, after)]
    return CodebookEdit(kind, parts[0], parts[1], reason)
