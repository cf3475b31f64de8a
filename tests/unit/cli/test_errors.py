"""Broken input to every command: one sentence on standard error, exit code 2, nothing half-done."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.factories.studies import make_study

from crosscase.cli import main


@pytest.fixture
def study(tmp_path: Path) -> Path:
    made = make_study(tmp_path)
    made.close()
    return made.folder


BROKEN = [
    (["nonsense"], "No such command"),
    (["check", "--nonsense"], "No such option"),
    (["check", "nowhere"], "no such study"),
    (["run", "nowhere"], "no such study"),
    (["identify", "nowhere"], "no such study"),
    (["compare", "nowhere"], "no such study"),
    (["report", "nowhere"], "no such study"),
    (["history", "nowhere"], "no such study"),
    (["search", "word", "--study", "nowhere"], "no such study"),
    (["code", "nowhere", "--with", "dictionary"], "no such study"),
    (["code", "STUDY", "--with", "oracle"], "no machine coder 'oracle'"),
    (["code", "STUDY"], "Missing option"),
    (["new"], "Missing argument"),
    (["new", "STUDY"], "holds a study already"),
    (["new", "OTHER", "--framework", "astrology"], "there is no framework"),
    (["new", "OTHER", "--cases", "a b"], "cases"),
    (["add", "--study", "STUDY"], "nothing to add"),
    (["add", "missing.docx", "--study", "STUDY"], "no such file"),
    (["add", "PLAN", "--study", "STUDY", "--case", "moon"], "unknown case 'moon'"),
    (["add", "PLAN", "--study", "STUDY", "--kind", "poem"], "kind is 'poem'"),
    (["add", "PLAN", "--study", "STUDY", "--date", "yesterday"], "date is 'yesterday'"),
    (["add", "--manifest", "missing.csv", "--study", "STUDY"], "no such file"),
    (["import", "missing.csv", "--study", "STUDY"], "no such file"),
    (["import", "PLAN", "--study", "STUDY"], "cannot be read from .txt"),
    (["import", "a.csv", "b.csv", "--study", "STUDY"], "one file at a time"),
    (["report", "STUDY", "--format", "pdf"], "no format pdf"),
    (["report", "STUDY"], "nothing is coded yet"),
    (["run", "STUDY"], "nothing is coded yet"),
    (["identify", "STUDY"], "nothing is coded yet"),
    (["compare", "STUDY", "--layer", "gold"], "no layer 'gold'"),
    (["compare", "STUDY", "--layer", "independent", "--rows", "moon"], "no rows 'moon'"),
    (["framework", "show", "astrology"], "there is no framework"),
    (["framework", "check", "PLAN"], "error:"),
    (["framework", "adopt", "nowhere"], "no such study"),
]


@pytest.mark.parametrize(("words", "sentence"), BROKEN, ids=[" ".join(w) for w, _ in BROKEN])
def test_one_sentence_and_exit_code_2(
    words: list[str], sentence: str, study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"STUDY": str(study), "OTHER": str(tmp_path / "other"), "PLAN": str(tmp_path / "files" / "plan.txt")}
    before = sorted(p.name for p in tmp_path.rglob("*") if "-wal" not in p.name and "-shm" not in p.name)
    assert main([names.get(w, w) for w in words]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: ")
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert sorted(p.name for p in tmp_path.rglob("*") if "-wal" not in p.name and "-shm" not in p.name) == before


def test_debug_shows_the_traceback(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(study), "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_a_refused_file_is_a_problem_not_a_misuse(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    assert main(["add", str(tmp_path / "broken.pdf"), "--study", str(study), "--case", "north"]) == 1
    assert "refused" in capsys.readouterr().out


def test_a_damaged_study_is_named(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (study / "study.crosscase").write_bytes(b"nothing of the kind")
    assert main(["check", str(study)]) == 2
    assert "not a study" in capsys.readouterr().err
