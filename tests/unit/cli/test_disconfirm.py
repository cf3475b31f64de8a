"""The verb disconfirm: search, list, resolve, claims and briefs, for people and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.factories.studies import coding_of, make_study

from crosscase.cli import main
from crosscase.services.codings import record_codings

FACETS = {"locus": "school", "mode": "select", "stance": "present", "actuality": "enacted"}


@pytest.fixture
def folder(tmp_path: Path) -> str:
    with make_study(tmp_path) as study:
        first = coding_of(study, "plan", "Schools choose their own training days.", "infra.vision.plural", **FACETS)
        second = coding_of(
            study, "plan", "All schools shall use the adopted curriculum.", "infra.curr.common", **FACETS
        )
        record_codings(study, [first, second])
    return str(study.folder)


def as_json(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_queue_is_searched_listed_resolved_and_the_claim_changed(
    folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = as_json(capsys, "disconfirm", folder, "--claim", "COMMON holds in north")
    assert found["claims"][0]["claim"] == "north-COMMON"
    listed = as_json(capsys, "disconfirm", "list", folder, "--claim", "north-COMMON", "--queue", "1", "--open")
    assert listed["n"] == 1
    number = str(listed["candidates"][0]["id"])
    done = as_json(
        capsys,
        "disconfirm",
        "resolve",
        number,
        "--as",
        "coding-error",
        "--reason",
        "x",
        "--wrong",
        "1",
        "--study",
        folder,
    )
    assert int(number) in done["resolved"]
    assert as_json(capsys, "disconfirm", "reopen", number, "--reason", "y", "--study", folder)["reopened"] == int(
        number
    )
    for verb, more in (("keep", []), ("bound", ["--sentence", "COMMON holds in north, mostly"]), ("drop", [])):
        changed = as_json(
            capsys, "disconfirm", "claim", verb, "north-COMMON", "--reason", "r", *more, "--study", folder
        )
    assert [c["change"] for c in changed["changes"]] == ["kept", "bounded", "dropped"]
    assert as_json(capsys, "disconfirm", "claim", "list", folder)[0]["status"] == "dropped"


def test_a_claim_of_ones_own_and_a_brief(folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "disconfirm",
        "claim",
        "add",
        "One plan for all",
        "--for",
        "infra.curr.common",
        "--against",
        "infra.vision.*",
    ]
    added = as_json(capsys, *words, "--cases", "north", "--study", folder)
    as_json(capsys, "disconfirm", folder)
    file = tmp_path / "brief.csv"
    made = as_json(
        capsys, "disconfirm", "brief", "make", str(file), "--claim", added["name"], "--items", "2", "--study", folder
    )
    assert made["n_items"] == 2
    assert main(["disconfirm", "brief", "read", str(file), "--key", made["key"], "--study", folder]) == 2
    assert "resolve the candidates" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["disconfirm", "{}", "--claim", "north is feudal"], "no type “feudal”"),
        (["disconfirm", "list", "{}", "--queue", "9"], "no queue 9"),
        (["disconfirm", "resolve", "7", "--as", "refutes", "--reason", "x", "--study", "{}"], "no candidate 7"),
        (["disconfirm", "resolve", "7", "--as", "refutes", "--study", "{}"], "reason"),
        (["disconfirm", "claim", "drop", "nothing", "--reason", "x", "--study", "{}"], "no claim “nothing”"),
        (["disconfirm", "nowhere"], "no such study"),
    ],
)
def test_misuse_is_one_sentence_and_exit_code_2(
    folder: str, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main([w.format(folder) for w in words]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert "Traceback" not in err


def test_people_read_why_each_candidate_was_raised(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["disconfirm", folder, "--claim", "COMMON holds in north"]) == 0
    assert "sources in scope have been read" in capsys.readouterr().out
    assert main(["disconfirm", "list", folder]) == 0
    out = capsys.readouterr().out
    assert "why: “School-specific models” speaks against it" in out
