"""The demonstration: the published pattern of verdicts, from the coders' codings, in a minute."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crosscase.cli import main
from crosscase.services.run import run_study
from crosscase.services.study import Study, open_study

EXPECTED = {"urban": "Managerial", "suburban": "Networked", "charter": "Networked", "hybrid": "Federated"}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("demo") / "demo-study"
    assert main(["demo", str(folder), "--json"]) == 0
    return open_study(folder)


def test_the_verdicts_are_those_of_the_published_study(study: Study) -> None:
    verdicts = run_study(study).verdicts
    assert {v["case"]: v["types"].split()[0] for v in verdicts} == EXPECTED
    assert {v["kind"] for v in verdicts} == {"type"}


def test_no_case_is_market_driven(study: Study) -> None:
    page = (study.folder / "report" / "index.html").read_text(encoding="utf-8")
    assert "no district is a market-driven system" in page.lower()


def test_the_study_has_the_size_of_the_published_one(study: Study) -> None:
    kinds = dict(study.sources().group_by("kind").len().iter_rows())
    assert kinds == {"interview": 59, "observation": 48, "document": 48}
    assert study.evidence().select("coder").n_unique() == 3


def test_it_says_everywhere_that_it_is_simulated(study: Study) -> None:
    assert study.sources()["simulated"].all()
    assert all("SIMULATED" in study.text(name)[:200] for name in study.sources()["name"])
    assert "SIMULATED" in (study.folder / "report" / "index.html").read_text(encoding="utf-8")


def test_the_known_truth_is_not_read_by_any_analysis(study: Study) -> None:
    (study.folder / "truth.yaml").unlink()
    done = run_study(study, folder=study.folder / "again", formats=("html",))
    assert {v["case"]: v["types"].split()[0] for v in done.verdicts} == EXPECTED


def test_running_again_does_nothing_new(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    main(["run", str(study.folder), "--json"])
    main(["run", str(study.folder), "--json"])
    out = capsys.readouterr().out
    assert json.loads(out[out.rindex('{\n  "up_to_date"') :])["up_to_date"] is True


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.docx").write_text("years of work")
    assert main(["demo", str(tmp_path / "mine")]) == 2
    assert "holds something else" in capsys.readouterr().err
    assert (tmp_path / "mine" / "thesis.docx").read_text() == "years of work"
