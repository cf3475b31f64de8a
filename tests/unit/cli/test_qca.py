"""``crosscase qca`` on any table: published results, JSON, sentences for what cannot be done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crosscase.cli import main

DATA = "data/qca/T04_LF.csv"


def _run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert main(["qca", *words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_the_truth_table_of_a_table_of_memberships(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = _run(capsys, "table", "--data", str(shared / DATA), "--outcome", "SURV", "--incl-cut", ".8")
    on = [row for row in content["rows"] if row["OUT"] == "1"]
    assert [(row["row"], row["cases"]) for row in on] == [(22, ["FI", "IE"]), (32, ["BE", "CZ", "NL", "UK"])]
    opened = _run(capsys, "table", "--data", str(shared / DATA), "--outcome", "SURV", "--row", "32")
    assert opened == {"cases": ["BE", "CZ", "NL", "UK"], "quotes": []}
    complete = _run(capsys, "table", "--data", str(shared / DATA), "--outcome", "SURV", "--complete")
    assert len(complete["rows"]) == 32


def test_the_published_solutions_come_out(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = ("minimize", "--data", str(shared / DATA), "--outcome", "SURV", "--incl-cut", "0.8")
    parsimonious = _run(capsys, *base, "--include", "remainders")
    assert [m["expression"] for m in parsimonious["models"]] == ["DEV*~IND + URB*STB"]
    intermediate = _run(capsys, *base, "--include", "?", "--dir-exp", "DEV,URB,LIT,IND,STB")
    assert set(intermediate["models"][0]["terms"]) == {"DEV*URB*LIT*STB", "DEV*LIT*~IND*STB"}
    assert main(["qca", *base]) == 0
    shown = capsys.readouterr().out
    assert "Conservative solution" in shown and "inclS" in shown and "BE, CZ, NL, UK" in shown


def test_necessity_and_robustness_are_printed_and_given_as_json(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("necessity", "--data", str(shared / DATA), "--outcome", "SURV", "--incl-cut", ".9", "--ron-cut", ".5")
    assert {r["term"] for r in _run(capsys, *words)["rows"]} == {"LIT", "STB", "LIT*STB", "DEV + URB + IND"}
    words = ("robustness", "--data", str(shared / DATA), "--outcome", "SURV", "--include", "?")
    content = _run(capsys, *words, "--test", "incl_cut=.75", "--test", "n_cut=2")
    assert len(content["tests"]) == 2 and content["robustness"]["core"]
    assert main(["qca", *words]) == 0
    assert "Robust core" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("table", "--data", "DATA"), "the outcome is missing"),
        (("table", "--data", "DATA", "--outcome", "SURVE"), "no column SURVE"),
        (("table", "--data", "none.csv", "--outcome", "SURV"), "no such file"),
        (("table", "--data", "DATA", "--outcome", "SURV", "--incl-cut", "high"), "'high' is no number"),
        (("minimize", "--data", "DATA", "--outcome", "SURV", "--incl-cut", "1"), "no row of the truth table"),
        (("minimize", "--data", "DATA", "--outcome", "SURV", "--term", "DEV"), "no solution has the term DEV"),
        (("robustness", "--data", "DATA", "--outcome", "SURV", "--test", "cut=1"), "is no test"),
        (("table", "--outcome", "SURV"), "no study.yaml"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    shared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["qca", *(str(shared / DATA) if word == "DATA" else word for word in words)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and said in error and error.count("error:") == 1


def test_people_s_numbers_in_a_study_need_no_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "s"
    assert main(["new", str(folder), "--cases", "n,s,e"]) == 0
    (folder / "study.yaml").write_text(
        "title: S\ncases:\n  n: {numbers: {A: .9, Y: 1}}\n  s: {numbers: {A: .2, Y: .1}}\n  e: {numbers: {A: .7, Y: .8}}\n"
        "configurations: {outcome: Y, conditions: [A]}\n",
        encoding="utf-8",
    )
    content = _run(capsys, "table", str(folder))
    assert content["origins"]["A"] == "numbers of the cases in study.yaml"
    assert _run(capsys, "minimize", str(folder))["models"][0]["expression"] == "A"


TABLES = {
    "constant": ("A,B,Y", "p,1,.2,.9", "q,1,.9,.7", "r,1,.8,.2"),
    "never": ("A,B,Y", "p,1,.2,0", "q,0,.9,0"),
    "repeated case": ("A,B,Y", "p,1,0,1", "p,0,1,0"),
    "repeated column": ("A,A,Y", "p,1,0,1", "q,0,1,0"),
    "missing": ("A,B,Y", "p,1,,1", "q,0,1,0"),
    "word": ("A,B,Y", "p,1,high,1", "q,0,1,0"),
    "raw": ("A,B,Y", "p,1,3.5,1", "q,0,7,0"),
    "negative": ("A,B,Y", "p,1,-1,1", "q,0,1,0"),
    "no cases": ("A,B,Y",),
}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("constant", "the condition A is 1 for every case"),
        ("never", "the outcome Y is 0 for every case"),
        ("repeated case", "the case p occurs twice"),
        ("repeated column", "the column A occurs twice"),
        ("missing", "a value is missing — B, case p"),
        ("word", "'high' is no number — B, case p"),
        ("raw", "3.5 lies outside [0, 1]"),
        ("negative", "-1 lies outside [0, 1]"),
        ("no cases", "the table holds no cases"),
    ],
)
@pytest.mark.parametrize("verb", ["table", "minimize", "necessity", "robustness"])
def test_tables_that_cannot_be_used_are_one_sentence_from_every_verb(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, said: str, verb: str
) -> None:
    header, *rows = TABLES[table]
    (tmp_path / "t.csv").write_text("\n".join([f"case,{header}", *rows]) + "\n", encoding="utf-8")
    assert main(["qca", verb, "--data", str(tmp_path / "t.csv"), "--outcome", "Y"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and said in error and error.count("\n") <= 3 and "Traceback" not in error


def test_more_than_twenty_conditions_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"X{i}" for i in range(21)]
    rows = [f"c{i}," + ",".join(str(i >> j & 1) for j in range(21)) + f",{i & 1}" for i in range(9)]
    (tmp_path / "t.csv").write_text("\n".join([f"case,{','.join(names)},Y", *rows]), encoding="utf-8")
    assert main(["qca", "table", "--data", str(tmp_path / "t.csv"), "--outcome", "Y"]) == 2
    assert "21 conditions are more than the 20" in capsys.readouterr().err


def test_cases_at_a_half_and_contradictory_rows_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text("case,A,B,Y\np,1,0,1\nq,1,0,0\nr,0,1,0\ns,.5,1,1\nt,1,1,1\n", encoding="utf-8")
    assert main(["qca", "table", "--data", str(tmp_path / "t.csv"), "--outcome", "Y"]) == 0
    said = capsys.readouterr().err
    assert "s is at exactly 0.5 in A and belongs to no row" in said
    assert "row 3 is contradictory for Y: p with it and q without it" in " ".join(said.split())
