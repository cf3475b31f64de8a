"""A published interview study with two coders: transcripts, codes and consensus come in whole, with its own framework."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

import crosscase as cc
from crosscase.analysis import agreement
from crosscase.analysis.agreement.study import AgreementResult
from crosscase.cli import main
from crosscase.services.codebook_edits import CodebookEdit, edit_codebook
from crosscase.services.decisions import undecided
from crosscase.services.study import Study, open_study
from crosscase.store import schema

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def study(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("interviews") / "study"
    table = shared / "data/sources/interviews_world_after_covid/outside_dialectic_codes.csv"
    framework = str(HERE / "reasoning.yaml")
    assert main(["new", str(folder), "--framework", framework, "--cases", "experts", "--coders", "CC,OM"]) == 0
    columns = ["--text-columns", "Preamble,Positive,Negative", "--source-column", "Name"]
    words = ["add", str(table), "--study", str(folder), "--case", "experts", "--kind", "interview", *columns]
    assert main(words) == 0
    mapping = str(HERE / "reasoning_codes.yaml")
    assert main(["import", str(table), "--study", str(folder), "--map", mapping]) == 0
    return open_study(folder)


def test_every_interview_and_every_code_is_there(study: Study) -> None:
    assert study.sources().height == 57
    people = study.evidence("independent")
    assert people.group_by("coder").len().sort("coder").rows() == [("CC", 64), ("OM", 56)]
    assert study.evidence("consensus").height == 57
    with study.reading() as connection:
        reviewed = connection.execute(sa.select(sa.func.count()).select_from(schema.reviewed_span)).scalar_one()
    assert reviewed == 340  # two coders read 57 positive answers, 56 negative ones and 57 whole interviews


def test_every_coding_lies_on_the_answer_that_it_is_about(study: Study) -> None:
    about_positive = pl.col("code") == "reasoning.outside.positive"
    for row in study.evidence("independent").filter(about_positive).iter_rows(named=True):
        text = study.text(row["source"])
        assert text[: row["start"]].rstrip().endswith("Positive")
        assert text[row["start"] : row["end"]] == row["text"]


def test_the_consensus_keeps_its_parents(study: Study) -> None:
    with study.reading() as connection:
        parents = connection.execute(sa.select(schema.coding_parent)).all()
    consensus = set(study.evidence("consensus")["coding_id"].to_list())
    independent = set(study.evidence("independent")["coding_id"].to_list())
    assert parents
    assert {p.coding_id for p in parents} <= consensus
    assert {p.parent_id for p in parents} <= independent


@pytest.mark.parametrize(
    ("code", "kappa", "n"),
    [
        ("reasoning.outside.positive", 0.6764, 57),
        ("reasoning.outside.negative", 0.5471, 56),
        ("reasoning.dialectic", 0.6508, 57),
    ],
)
def test_the_coders_agree_as_published(study: Study, code: str, kappa: float, n: int) -> None:
    evidence = study.evidence("independent")
    said = {(r["source"], r["coder"]) for r in evidence.to_dicts() if r["code"] == code}
    heading = {"reasoning.outside.positive": "Positive", "reasoning.outside.negative": "Negative"}.get(code)
    sources = [s for s in study.sources()["name"] if heading is None or f"{heading}\n" in study.text(s)]
    assert len(sources) == n
    ratings = [[int((s, coder) in said) for s in sources] for coder in ("CC", "OM")]
    assert agreement.cohen_kappa(*ratings, interval="analytic").value == pytest.approx(kappa, abs=1e-4)


@pytest.mark.parametrize(
    ("code", "kappa", "n"),
    [
        ("reasoning.outside.positive", 0.6764, 57),
        ("reasoning.outside.negative", 0.5471, 56),
        ("reasoning.dialectic", 0.65074, 57),
    ],
)
def test_agreement_on_the_study_is_as_published(study: Study, code: str, kappa: float, n: int) -> None:
    # Each answer that the coders were handed is one unit, and each round asked for one code.
    result = cc.agree(study, unit="passage", coefficient="kappa")
    row = result.table.filter(pl.col("code") == code).row(0, named=True)
    assert row["value"] == pytest.approx(kappa, abs=5e-5)
    assert (row["n_units"], row["n_sources"], row["n_coders"]) == (n, n, 2)
    assert row["low"] < row["value"] < row["high"]
    assert isinstance(result, AgreementResult)
    assert result.disagreements(code=code, pair=("CC", "OM")).height == row["n_differ"]


def test_a_renamed_code_keeps_its_published_agreement(study: Study, tmp_path: Path) -> None:
    old, new = "reasoning.outside.positive", "reasoning.outside.good"
    before = cc.agree(study, unit="passage", coefficient="kappa").table
    with open_study(shutil.copytree(study.folder, tmp_path / "study")) as again:
        text = (HERE / "reasoning.yaml").read_text(encoding="utf-8")
        text = text.replace(old, new).replace("version: 1.0.0", "version: 1.1.0", 1)
        edit_codebook(again, text, [CodebookEdit("rename", (old,), (new,))])
        after = cc.agree(again, unit="passage", coefficient="kappa").table
    assert after.with_columns(pl.col("code").replace(new, old)).equals(before)


def test_no_coder_is_compared_with_themself_on_a_code_that_one_round_asked_for(study: Study) -> None:
    # Each round asked for one code, so whole interviews that were read in two rounds say nothing of any code twice.
    table = cc.agree(study, by="coder", unit="turn").table
    assert table["value"].to_list() == [None] * table.height and table.height > 0
    assert all("asked for it" in why for why in table["not_defined"])


def test_the_final_codes_are_the_consensus_and_show_where_they_overrule_both_coders(study: Study) -> None:
    result = cc.agree(study, unit="passage", coefficient="kappa")
    assert isinstance(result, AgreementResult)
    disputed = {(r["source"], r["code"]) for r in result.disagreements().to_dicts()}
    final = {(r["source"], r["code"]) for r in study.evidence("consensus").to_dicts()}
    said = {(r["source"], r["code"]) for r in study.evidence("independent").to_dicts()}
    # Beside the disputed codings the published final column turns two codings around on which the coders were at one.
    assert final - said == {("Shariff", "reasoning.outside.negative")}
    assert said - disputed - final == {("Jeste", "reasoning.outside.negative")}
    waiting = undecided(study)
    assert waiting.height == len(disputed - final) + 2  # both coders' codings of Jeste wait


def test_importing_again_changes_nothing(study: Study, shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = shared / "data/sources/interviews_world_after_covid/outside_dialectic_codes.csv"
    before = study.evidence("independent").height
    mapping = str(HERE / "reasoning_codes.yaml")
    capsys.readouterr()  # what making the study printed
    main(["import", str(table), "--study", str(study.folder), "--map", mapping, "--json"])
    assert json.loads(capsys.readouterr().out)["codings"] == 0
    assert study.evidence("independent").height == before
