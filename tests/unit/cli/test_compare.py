"""``compare`` and the verbs beside it: what people see, what programs get, and refusals in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.factories.studies import coding_of, make_study

from crosscase.cli import main
from crosscase.frameworks.rewriting import CodeText
from crosscase.services.codebook_changes import Change, draft_change, make_change
from crosscase.services.codings import record_codings
from crosscase.services.sight import sight_of
from crosscase.services.study import open_study


@pytest.fixture
def folder(tmp_path: Path) -> str:
    study = make_study(tmp_path)
    record_codings(
        study,
        [
            coding_of(
                study, "interview-p01", "The academic office decides.", "lead.central.design", locus="central_office"
            ),
            coding_of(study, "interview-p01", "teach what my children need", "infra.curr.local", locus="school"),
            coding_of(study, "plan", "use the adopted curriculum", "infra.curr.common", locus="central_office"),
            coding_of(study, "plan", "Schools choose their own training days.", "infra.curr.local", locus="school"),
        ],
    )
    return str(study.folder)


def as_json(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_default_is_the_distribution_of_work_and_opens_to_its_codings(
    folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = as_json(capsys, "compare", folder)
    row = next(r for r in found["rows"] if (r["case"], r["domain"], r["locus"]) == ("north", "infra", "school"))
    assert 0 < row["low"] < row["share"] < row["high"] < 1
    assert any(r["case"] == "south" and r["share"] is None for r in found["rows"])
    cell = next(e for e in found["evidence"] if (e["domain"], e["locus"]) == ("infra", "school"))
    assert len(cell["coding_ids"]) == 2
    passages = as_json(capsys, "compare", folder, "--open", "domain=infra", "--open", "locus=school")
    assert {p["text"] for p in passages} == {"teach what my children need", "Schools choose their own training days."}
    assert main(["compare", folder]) == 0
    assert "central_offic" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["compare", "identify"])
def test_what_waits_after_a_split_is_said_beside_the_numbers_and_not_among_them(
    folder: str, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    parts = tuple(CodeText(f"infra.curr.part{n}", f"Part {n}", "It is.") for n in (1, 2))
    with open_study(folder) as study:
        with study.reading() as connection:
            sight = sight_of(connection, "ana")
        draft = draft_change(study, sight, Change("split", ("infra.curr.local",), parts))
        make_change(study, draft, draft.basis)
    capsys.readouterr()
    assert main([verb, folder, "--json"]) == 0
    said = capsys.readouterr()
    json.loads(said.out)
    assert "note: 2 codings wait for re-coding after the split of" in said.err


def test_rows_splits_weightings_and_counts(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    by_kind = as_json(capsys, "compare", folder, "--by", "kind")["rows"]
    assert {r["kind"] for r in by_kind} == {"interview", "document"}
    assert {r["code"] for r in as_json(capsys, "compare", folder, "--rows", "code")["rows"]} >= {"infra.curr.local"}
    assert "differs" in as_json(capsys, "compare", folder, "--weightings")["rows"][0]
    counts = as_json(capsys, "compare", folder, "--counts", "--columns", "kind", "--cell", "none")["rows"]
    assert sum(r["n_codings"] for r in counts) == 4
    kinds = as_json(capsys, "compare", folder, "--contrast", "kind")["rows"]
    assert {(r["one"], r["other"]) for r in kinds} == {("document", "interview")}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--rows", "weather"], "work has no rows 'weather'"),
        (["--by", "weather"], "work is not split by 'weather'"),
        (["--contrast", "weather"], "no contrast between 'weather'"),
        (["--contrast", "case"], "nothing to compare between cases: north"),
        (["--gaps"], "no source is an account of the central level"),
        (["--by", "period"], "one period"),
        (["--by", "period", "--periods", "soon"], "soon is no date"),
        (["--order-by", "weather"], "cannot be ordered by 'weather'"),
        (["--open", "infra"], "names no cell"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(
    folder: str, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert main(["compare", folder, *words]) == 2
    assert told in capsys.readouterr().err


def test_the_verbs_beside_compare(folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    near = as_json(capsys, "cooccurrence", folder, "--how", "near", "--within", "200", "--rows", "domain")
    assert {(r["one"], r["other"]) for r in near["rows"]} == {("infra", "lead")}
    assert main(["saturation", folder]) == 2
    assert "fewer than a base" in capsys.readouterr().err
    assert as_json(capsys, "saturation", folder, "--base", "1", "--run", "1")["rows"][0]["new"] == 2
    assert main(["ratings", folder]) == 2
    assert "no numeric indicators" in capsys.readouterr().err
    assert main(["matrix", "write", "infra", "north", "Schools adapt.", "--quote", "plan:0-10", "--study", folder]) == 0
    shown = as_json(capsys, "matrix", "show", folder)
    assert shown["cells"][0]["quotes"][0]["text"] == "All school"
    assert as_json(capsys, "matrix", "history", "infra", "north", "--study", folder)[0]["text"] == "Schools adapt."
    table = tmp_path / "cases.csv"
    table.write_text("name,y,x\n" + "\n".join(f"c{i},{i * i},{i}" for i in range(1, 9)) + "\n")
    chosen = as_json(capsys, "select", str(table), "--method", "deviant", "--outcome", "y", "--conditions", "x")
    # A parabola: c1 and c8 lie equally far off the line, and the first in the table is taken.
    assert chosen["rows"][0]["case"] == "c1"
    assert main(["select", str(table), "--outcome", "z"]) == 2
    assert "no column z" in capsys.readouterr().err
