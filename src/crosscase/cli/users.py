"""``crosscase users``: who may come in to a workbench that is served to a team."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from crosscase.cli.app import (
    JsonOption,
    StudyArgument,
    StudyOption,
    app,
    out,
    print_json,
    print_table,
    words_in,
)
from crosscase.errors import InputError
from crosscase.services import accounts as services
from crosscase.services.study import open_study

users_app = typer.Typer(help="accounts of a team: list, begin, invite, change, close")
app.add_typer(users_app, name="users")

Name = Annotated[str, typer.Argument(metavar="NAME", help="short name; a coder's where the person codes")]
Label = Annotated[str, typer.Option(help="name as people read it")]
Cases = Annotated[str, typer.Option(help="names of cases, separated by commas; every case by default")]
Role = Annotated[str, typer.Option(help="owner, coder or reader")]


@users_app.command("list")
def users_list(study: StudyArgument = ".", as_json: JsonOption = False) -> None:
    """Everybody who may come in, with role and cases."""
    with open_study(study) as opened:
        found = services.accounts(opened)
    plain = [
        {"name": a.name, "label": a.label, "role": a.role, "cases": a.cases or "all", "state": a.state} for a in found
    ]
    if as_json:
        print_json(plain)
        return
    rows = [(a.name, a.label, a.role, ", ".join(a.cases) if a.cases else "every case", a.state) for a in found]
    print_table("", ["name", "who", "role", "sees", "state"], rows)
    if not found:
        out.print("No accounts: the workbench is served to this machine only.", markup=False)


@users_app.command("begin")
def users_begin(name: Name, label: Label = "", study: StudyOption = ".", as_json: JsonOption = False) -> None:
    """Make the first account, an owner's; the password is asked for, or read from standard input."""
    with open_study(study) as opened:
        account = services.begin_accounts(opened.acting_as(name), name, _password(), label)
    said = f"{account.name} is an owner. From now on nobody comes in without an account."
    print_json({"name": account.name, "role": account.role}) if as_json else out.print(said, markup=False)


@users_app.command("invite")
def users_invite(
    name: Name,
    role: Role = "coder",
    cases: Cases = "",
    label: Label = "",
    again: Annotated[bool, typer.Option(help="a fresh code for an account that there is")] = False,
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """Make an account and print the page on which its holder sets the password, once, within a week."""
    with open_study(study) as opened:
        if again:
            code = services.invite_again(opened, name)
        else:
            code = services.invite(opened, name, role, words_in(cases) or None, label)[1]
    page = f"/join?code={code}"
    said = f"Send {name} the address of the workbench with this behind it: {page}"
    print_json({"name": name, "page": page}) if as_json else out.print(said, markup=False, soft_wrap=True)


@users_app.command("change")
def users_change(
    name: Name,
    role: Role,
    cases: Cases = "",
    study: StudyOption = ".",
    as_json: JsonOption = False,
) -> None:
    """Give somebody another role or other cases; it counts from their next click on."""
    with open_study(study) as opened:
        account = services.change_account(opened, name, role, words_in(cases) or None)
    sees = ", ".join(account.cases) if account.cases else "every case"
    said = f"{account.name} is a {account.role} and sees {sees}."
    print_json({"name": name, "role": account.role, "cases": account.cases or "all"}) if as_json else out.print(
        said, markup=False
    )


@users_app.command("close")
def users_close(name: Name, study: StudyOption = ".", as_json: JsonOption = False) -> None:
    """Let somebody in no more; what they did stays theirs."""
    with open_study(study) as opened:
        services.close_account(opened, name)
    print_json({"name": name, "state": "closed"}) if as_json else out.print(f"{name} is closed.", markup=False)


def _password() -> str:
    """Asked for twice on a terminal; the first line of standard input otherwise, for scripts."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt="The same again"))
    line = sys.stdin.readline().rstrip("\n")
    if not line:
        raise InputError("there is no password", where="standard input", mend="write it into the command: printf … |")
    return line
