"""The verbs do what they say, for people and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crosscase.cli import main
from crosscase.services.study import open_study


def as_json(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_the_first_minutes_of_a_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "s")
    made = as_json(capsys, "new", folder, "--cases", "north,south", "--coders", "ana")
    assert made["cases"] == ["north", "south"]
    (tmp_path / "north").mkdir()
    (tmp_path / "north" / "2019-04-30 interview.txt").write_text(
        "Q: Who decides?\nA: The academic office decides what third grade reads.\nQ: Always?\nA: Yes, all of it.\n"
    )
    added = as_json(capsys, "add", str(tmp_path / "north"), "--study", folder, "--level", "school")
    assert added["files"][0]["outcome"] == "added"
    assert added["files"][0]["description"]["case"] == "north"  # from the folder's name
    again = as_json(capsys, "add", folder, str(tmp_path / "north"), "--level", "school")  # the study may come first
    assert again["files"][0]["outcome"] == "repeated"
    table = tmp_path / "codings.csv"
    table.write_text(
        "source,quote,code,locus,mode,stance,actuality,coder\n2019-04-30 interview,The academic office decides what "
        "third grade reads.,lead.central.design,central_office,prescribe,present,enacted,ana\n"
    )
    assert as_json(capsys, "import", str(table), "--study", folder)["verified"] == 1
    assert {f["weight"] for f in as_json(capsys, "check", folder)} <= {"warning", "note"}
    done = as_json(capsys, "run", folder)
    assert {v["kind"] for v in done["verdicts"]} == {"not_enough"}
    assert as_json(capsys, "run", folder)["up_to_date"]
    rows = as_json(capsys, "compare", folder)["rows"]
    assert any(row.get("domain") == "lead" for row in rows)
    assert as_json(capsys, "history", folder, "--verify")["whole"]
    assert as_json(capsys, "search", "academic office", "--study", folder)[0]["source"] == "2019-04-30 interview"


def test_the_frameworks_are_listed_shown_and_checked(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f["id"] for f in as_json(capsys, "framework", "list")]
    assert names == ["education-systems", "cfir-2022", "welfare-regimes"]
    assert main(["framework", "show", "education-systems"]) == 0
    shown = capsys.readouterr().out
    assert "our inference" in shown
    assert "stated in the literature" in shown
    assert main(["framework", "check", "cfir-2022"]) == 0


def test_a_changed_framework_file_is_adopted_as_a_new_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = Path(__file__).parents[2] / "journey" / "reasoning.yaml"
    mine = tmp_path / "mine.yaml"
    mine.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    folder = tmp_path / "s"
    assert main(["new", str(folder), "--framework", str(mine)]) == 0
    local = folder / "mine.yaml"
    local.write_text(local.read_text().replace("version: 1.0.0", "version: 1.1.0"), encoding="utf-8")
    capsys.readouterr()
    main(["check", str(folder)])
    assert "framework adopt" in capsys.readouterr().out
    assert main(["framework", "adopt", str(folder)]) == 0
    with open_study(folder) as study:
        assert study.framework.version == "1.1.0"


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("crosscase 0.")
    assert main(["--help"]) == 0
    assert "identify" in capsys.readouterr().out
