"""The docs name every command, option, setting and public name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

import crosscase
from crosscase import errors
from crosscase.cli.app import app
from crosscase.services.settings import AnalysisSettings, BackupSettings, ConfigurationSettings, StudySettings

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
STUDY_FILE = (ROOT / "docs/reference/study-file.md").read_text(encoding="utf-8")
EVERYWHERE = {"--help", "--json", "--study", "--debug", "--version"}


def commands(group: TyperGroup, name: str = "") -> Iterator[tuple[str, TyperCommand]]:
    for word, command in group.commands.items():
        full = f"{name} {word}".strip()
        if isinstance(command, TyperGroup):
            yield from commands(command, full)
        else:
            assert isinstance(command, TyperCommand)
            yield full, command


ROOT_GROUP = typer.main.get_command(app)
assert isinstance(ROOT_GROUP, TyperGroup)
ALL = list(commands(ROOT_GROUP))


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_every_command_and_option_is_documented(name: str, command: TyperCommand) -> None:
    assert re.search(rf"^\| `{name}\b", COMMANDS, re.MULTILINE), name
    options = {max(p.opts, key=len) for p in command.params if isinstance(p, TyperOption)}
    missing = {o for o in options - EVERYWHERE if o not in COMMANDS}
    assert not missing
    assert command.help


def test_every_setting_is_documented() -> None:
    names = [n for n in StudySettings.model_fields if n != "analysis"]
    names += [f"analysis.{n}" for n in AnalysisSettings.model_fields]
    names += [f"configurations.{n}" for n in ConfigurationSettings.model_fields]
    names += [f"backups.{n}" for n in BackupSettings.model_fields]
    assert [n for n in names if f"`{n}`" not in STUDY_FILE] == []


def test_every_exception_is_in_the_drawn_tree() -> None:
    assert errors.__doc__ is not None
    assert [name for name in errors.__all__ if name not in errors.__doc__] == []


def test_every_public_name_is_documented_and_exported() -> None:
    page = (ROOT / "docs/reference/python.md").read_text(encoding="utf-8")
    assert sorted(crosscase.__all__) == sorted(set(crosscase.__all__))
    for name in crosscase.__all__:
        assert hasattr(crosscase, name), name
        assert f"`{name}" in page or f"cc.{name}" in page, name


def test_the_simple_commands_of_the_readme_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    known = {name.split()[0] for name, _ in ALL} | {"test", "serve"}
    used = set(re.findall(r"^(?:\./)?crosscase ([a-z]+)", readme, re.MULTILINE))
    assert used
    assert used <= known


def test_every_link_between_the_documents_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []
