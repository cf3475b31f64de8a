"""``crosscase users``: accounts from the command line, and serving that needs them."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.factories.studies import make_study

from crosscase.cli import main
from crosscase.services import accounts as services
from crosscase.services.study import open_study

PASSWORD = "four lamps over a quiet harbour"


@pytest.fixture
def folder(tmp_path: Path) -> str:
    with make_study(tmp_path) as study:
        return str(study.folder)


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out) if code == 0 else None


def begin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    assert run(capsys, "users", "begin", "olga", "--study", folder) == {"name": "olga", "role": "owner"}


def test_from_the_first_account_to_a_closed_one(
    folder: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(capsys, "users", "list", folder) == []
    begin(monkeypatch, capsys, folder)
    made = run(capsys, "users", "invite", "nora", "--role", "coder", "--cases", "north", "--study", folder)
    code = re.fullmatch(r"/join\?code=([\w-]+)", made["page"])
    assert code is not None
    again = run(capsys, "users", "invite", "nora", "--again", "--study", folder)
    with open_study(folder) as study:
        with pytest.raises(Exception, match="used already"):
            services.accept(study, code[1], PASSWORD)
        services.accept(study, again["page"].rpartition("=")[2], PASSWORD)
    changed = run(capsys, "users", "change", "nora", "--role", "reader", "--study", folder)
    assert changed == {"name": "nora", "role": "reader", "cases": "all"}
    run(capsys, "users", "close", "nora", "--study", folder)
    states = {row["name"]: (row["role"], row["state"]) for row in run(capsys, "users", "list", folder)}
    assert states == {"olga": ("owner", "active"), "nora": ("reader", "closed")}


def test_what_cannot_be_is_one_sentence(
    folder: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    run(capsys, "users", "begin", "olga", "--study", folder, code=2)
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    run(capsys, "users", "begin", "olga", "--study", folder, code=2)
    begin(monkeypatch, capsys, folder)
    for words in (
        ("invite", "nora", "--role", "boss"),
        ("invite", "nora", "--cases", "east"),
        ("invite", "no body"),
        ("close", "olga"),
        ("change", "olga", "--role", "coder"),
        ("close", "nobody"),
    ):
        capsys.readouterr()
        assert main(["users", *words, "--study", folder]) == 2
        said = capsys.readouterr().err
        assert said.startswith("error: ") and said.count("\n") <= 3, said


def test_a_public_address_is_refused_without_accounts(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", folder, "--no-browser", "--host", "0.0.0.0"]) == 2
    assert "no accounts" in capsys.readouterr().err
    assert main(["serve", folder, "--no-browser", "--address", "https://study.example.org"]) == 2
    assert "no accounts" in capsys.readouterr().err


def test_a_public_address_is_refused_without_encryption(
    folder: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(monkeypatch, capsys, folder)
    assert main(["serve", folder, "--no-browser", "--host", "0.0.0.0"]) == 2
    assert "unencrypted" in capsys.readouterr().err
