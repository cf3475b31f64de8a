"""Agreement, rounds and adjudication on the command line."""

from __future__ import annotations

import inspect
import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from tests.factories.studies import coding_of, make_study

import crosscase as cc
from crosscase.cli import main
from crosscase.cli.agreement import GOES_WITH, agree
from crosscase.cli.app import out
from crosscase.errors import InputError, NotEnoughEvidence
from crosscase.model.coding import Passage, ReviewedSpan
from crosscase.report.agreement_more import method_of
from crosscase.services.agreeing import agree_study, drift_study, unit_spans
from crosscase.services.codings import record_codings
from crosscase.services.double_coding import sources_for_width
from crosscase.services.study import open_study

CODE, OTHER = "infra.curr.common", "infra.curr.local"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_study(tmp_path_factory.mktemp("cli"))
    words = {"interview-p01": "The academic office decides.", "notes": "Nobody asks", "plan": "All schools shall"}
    codings = [coding_of(made, name, words[name], CODE, "ana") for name in words]
    codings += [coding_of(made, name, words[name], CODE, "ben") for name in ("interview-p01", "notes")]
    codings += [coding_of(made, "plan", words["plan"], OTHER, "ben")]
    read = [ReviewedSpan(Passage(n, 0, len(made.text(n))), c, "first") for n in words for c in ("ana", "ben")]
    record_codings(made, codings, read)
    made.close()
    return made.folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> str:
    return str(shutil.copytree(template, tmp_path / "study"))


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_the_command_line_and_python_show_the_same(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = json.loads(said(capsys, "agree", folder, "--json"))
    with open_study(folder) as study:
        assert shown["rows"] == agree_study(study).table.to_dicts()
    text = said(capsys, "agree", folder)
    assert "Independent codings of ana, ben; unit: turn" in text and "Intervals rest on 3 sources" in text


def test_passages_and_confusions_are_opened(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "agree", folder, "--show", CODE, "--pair", "ana,ben")
    assert (
        "plan 0–85" in text
        and "ben: did not give it; also infra.curr.local" in text
        and "1 difference between two coders, in 1 place." in text
    )
    assert "blind and not revealed" in text
    rows = json.loads(said(capsys, "agree", folder, "--confusion", "--json"))["rows"]
    assert {r["coder_a"]: r[OTHER] for r in rows}[CODE] == 1
    lines = said(capsys, "agree", folder, "--confusion", "--pair", "ana,ben").splitlines()
    assert lines[0].split() == ["ana", "gave", "ben", "gave", "times"]
    assert [line.split() for line in lines[1:-1]] == [[CODE, OTHER, "1"]]


def test_rounds_and_the_kind_of_interval_are_chosen(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["round", "open", "empty", "--study", folder])
    drawn = json.loads(said(capsys, "agree", folder, "--interval", "bootstrap", "--round", "first", "--json"))
    with open_study(folder) as study:
        assert drawn["rows"] == agree_study(study, interval="bootstrap", rounds=["first"]).table.to_dicts()
    assert any("bootstrap over 3 sources" in (row["method"] or "") for row in drawn["rows"])
    assert main(["agree", folder, "--round", "empty"]) == 2
    assert "codings of two people" in capsys.readouterr().err


@pytest.mark.parametrize("over", ["month", "week", "third"])
def test_drift_is_shown_over_time(folder: str, over: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(said(capsys, "agree", folder, "--by", "drift", "--over", over, "--json"))["rows"]
    names = {row["period"] for row in rows}
    assert names == {"1 of 3", "2 of 3", "3 of 3"} if over == "third" else len(names) == 1
    assert "period" in said(capsys, "agree", folder, "--by", "drift", "--over", over)


def test_no_number_is_broken_over_two_lines(
    folder: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out, "width", 80)
    for words in (["--by", "pair"], ["--by", "round"], ["--by", "drift"]):
        text = said(capsys, "agree", folder, *words)
        rows = json.loads(said(capsys, "agree", folder, *words, "--json"))["rows"]
        for row in rows:
            value = row.get("difference", row.get("value"))
            if value is not None:
                assert (f"{value:+.2f}" if "difference" in row else f"{value:.3f}") in text, words


def test_free_spans_units_pairs_and_drift_are_there(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--unit", "span"], ["--unit", "sentence", "--by", "pair"], ["--by", "drift"], ["--by", "round"]):
        assert json.loads(said(capsys, "agree", folder, "--json", *words))["rows"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--by", "drift", "--over", "moons"], "no drift over 'moons'"),
        (["--interval", "none"], "no interval by 'none' on a study"),
        (["--round", "nowhere"], "no round 'nowhere'"),
        (["--by", "moon"], "agreement by 'moon' is not known"),
        (["--unit", "page"], "no unit 'page'"),
        (["--coefficient", "omega"], "no coefficient 'omega'"),
        (["--show", "all", "--pair", "ana"], "'ana' is no pair"),
        (["--show", "no.code"], "no code 'no.code' was compared"),
        (["--by", "coder"], "by the same coder in two rounds"),
    ],
)
def test_misuse_is_one_sentence_and_exit_code_two(
    folder: str, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["agree", folder, *words]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1


def test_a_team_goes_from_a_round_to_a_consensus(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Seed 4" in said(capsys, "round", "draw", "1", "--seed", "4", "--study", folder)
    assert "is open" in said(capsys, "round", "open", "second", "--sources", "plan", "--study", folder)
    assert "revealed" in said(capsys, "round", "reveal", "second", "--reason", "done", "--study", folder)
    assert "2 passages were coded identically" in said(capsys, "adjudicate", "identical", "--study", folder)
    pending = [r["coding_id"] for r in json.loads(said(capsys, "adjudicate", "pending", folder, "--json"))]
    ids = ",".join(map(str, pending))
    merged = said(capsys, "adjudicate", "merge", ids, "--code", CODE, "--reason", "ana", "--study", folder)
    assert "Decision 3" in merged
    assert "open again" in said(capsys, "adjudicate", "reopen", "3", "--reason", "ben", "--study", folder)
    said(capsys, "adjudicate", "accept", str(pending[0]), "--study", folder)
    said(capsys, "adjudicate", "reject", str(pending[1]), "--reason", "no", "--study", folder)
    new = ["adjudicate", "new", "plan", "--passage", "0,20", "--code", OTHER, "--facet", "locus=joint"]
    said(capsys, *new, "--round", "second", "--study", folder)
    assert "merged (reopened)" in said(capsys, "adjudicate", "list", folder)
    assert "whole" in said(capsys, "history", folder, "--verify")


def test_a_codebook_is_edited_and_recoded(folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from crosscase import frameworks

    text = frameworks.text_of("education-systems").replace("version: 1.0.0", "version: 1.0.1", 1)
    (tmp_path / "new.yaml").write_text(text, encoding="utf-8")
    words = ["codebook", "edit", str(tmp_path / "new.yaml"), "--redefine", CODE, "--study", folder]
    assert "5 wait for their coders" in said(capsys, *words)
    waiting = json.loads(said(capsys, "codebook", "status", folder, "--coder", "ana", "--json"))
    first = str(waiting[0]["coding_id"])
    assert first in said(capsys, "codebook", "recode", "1", first, "--codes", CODE, "--study", folder)
    status = {r["coder"]: r["n_done"] for r in json.loads(said(capsys, "codebook", "status", folder, "--json"))}
    assert status == {"ana": 1, "ben": 0}


def test_sources_for_a_width_come_from_the_pilot(folder: str) -> None:
    with open_study(folder) as study:
        table = sources_for_width(study, 0.5)
    assert table.filter(code=CODE)["n_sources"][0] > 3


def test_the_plan_rests_on_the_standard_error_also_where_an_interval_was_cut_off(folder: str) -> None:
    with open_study(folder) as study:
        for coefficient in ("alpha", "kappa", "percent"):
            needed = [
                sources_for_width(study, 0.5, coefficient=coefficient, level=level).filter(code=CODE)["n_sources"][0]
                for level in (0.8, 0.95, 0.99)
            ]
            assert needed == sorted(needed)


def test_the_plan_can_be_in_sources_of_one_kind(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    with open_study(folder) as study, pytest.raises(NotEnoughEvidence):
        sources_for_width(study, 0.5, kinds=["observation"])
    text = said(capsys, "round", "needed", "--level", "0.9", "--kind", "interview,document", "--study", folder)
    assert "Intervals of 90 %. The cases have 2 sources of the kind interview,document" in " ".join(text.split())


def test_a_domain_opens_to_where_it_differs(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    with open_study(folder) as study:
        result = cc.agree(study, by="domain")
        for row in result.table.filter(pl.col("code") != "(all)").to_dicts():
            passages = result.disagreements(code=row["code"])
            assert passages.select("source", "start", "end", "round").unique().height == row["n_differ"]
        one = result.table["code"][-1]
    text = said(capsys, "agree", folder, "--by", "domain", "--show", one)
    assert ("between two coders" in text) != ("Nothing differs" in text)
    assert main(["agree", folder, "--by", "domain", "--show", "no.domain"]) == 2
    assert "no domain 'no.domain' was compared" in capsys.readouterr().err


def test_a_table_by_facet_opens_to_answers_that_differ(folder: str) -> None:
    with open_study(folder) as study:
        result = cc.agree(study, by="facet")
        found = result.disagreements()
        for row in result.table.to_dicts():
            mine = found.filter(facet=row["facet"])
            assert mine.drop("facet").equals(result.disagreements(facet=row["facet"]))
            assert mine.select("source", "start", "end", "round").unique().height <= row["n_differ"]


def test_units_leave_questions_out_and_blanks_off() -> None:
    from crosscase.model.text import Turn

    text = "I: Why?\nP: So it is.  And so.\nAlways.\n"
    turns = (Turn(3, 8, "I", is_question=True), Turn(11, len(text), "P"))
    words = {unit: [text[a:b] for a, b in unit_spans(text, turns, unit)] for unit in ("turn", "sentence", "paragraph")}
    assert words["turn"] == ["So it is.  And so.\nAlways."]
    assert words["sentence"] == ["So it is.", "And so.", "Always."]
    assert words["paragraph"] == ["So it is.  And so.", "Always."]
    assert unit_spans("First part.\n\nSecond part.", (), "turn") == [(0, 11), (13, 25)]


GIVEN = {
    "unit": ["--unit", "paragraph"],
    "coefficient": ["--coefficient", "percent"],
    "level": ["--level", "0.9"],
    "interval": ["--interval", "bootstrap"],
    "round": ["--round", "first"],
    "show": ["--show", "all"],
    "facet": ["--facet", "locus", "--show", "all"],
    "pair": ["--pair", "ana,ben", "--show", "all"],
    "confusion": ["--confusion"],
    "over": ["--over", "month"],
}
VIEWS = ("code", "domain", "pair", "round", "facet", "coder", "type", "drift")


def test_every_option_is_in_the_table_of_what_goes_with_what() -> None:
    options = set(inspect.signature(agree).parameters) - {"study", "by", "as_json"}
    assert {name.rstrip("_").removesuffix("s") if name == "rounds_" else name for name in options} == set(GOES_WITH)
    assert set(GIVEN) == set(GOES_WITH) and {view for some in GOES_WITH.values() for view in some} == set(VIEWS)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("option", GIVEN)
def test_an_option_does_something_or_is_refused(
    view: str, option: str, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if view == "type" and option in ("round", "show"):
        return  # a whole identification; tests/web asks for it
    code = main(["agree", folder, "--by", view, *GIVEN[option]])
    error = capsys.readouterr().err
    if view in GOES_WITH[option] and view != "coder":
        assert code == 0, error
    elif view not in GOES_WITH[option]:
        assert code == 2 and f"does not go with --by {view}" in error and error.count("\n") == 1
    else:
        assert "does not go" not in error  # nobody read twice here, which is another sentence


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["agree", "STUDY", "--pair", "ana,ben"], "--pair alone changes nothing — crosscase agree — add --show"),
        (["agree", "STUDY", "--facet", "locus"], "--facet alone changes nothing"),
        (["agree", "STUDY", "--confusion", "--show", "all"], "--confusion and --show are two answers"),
        (["agree", "STUDY", "--by", "type", "--unit", "word"], "--unit does not go with --by type"),
        (["agree", "STUDY", "--by", "drift", "--unit", "word"], "no unit 'word'"),
        (["agree", "STUDY", "--by", "drift", "--show", "no.code"], "no code 'no.code' was compared"),
        (["agree", "STUDY", "--level", "7"], "a level lies between 0 and 1"),
        (["round", "draw", "1", "--seed", "-5", "--study", "STUDY"], "a seed is a whole number from 0, not -5"),
        (
            ["round", "draw", "0", "--study", "STUDY"],
            "0 sources cannot be drawn — sampling plan — ask for one at least",
        ),
        (["round", "draw", "1", "--kind", "poem", "--study", "STUDY"], "no source of the kind poem"),
        (["round", "needed", "--kind", "poem", "--study", "STUDY"], "no source of the kind poem in a case"),
        (["round", "draw", "99", "--study", "STUDY"], "ask for fewer"),
        (["adjudicate", "identical", "--round", "nope", "--study", "STUDY"], "no round 'nope'"),
        (["demo", "OTHER", "--seed", "-1"], "a seed is a whole number from 0, not -1"),
    ],
)
def test_what_would_be_ignored_or_break_is_one_sentence(
    folder: str, tmp_path: Path, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    places = {"STUDY": folder, "OTHER": str(other)}
    assert main([places.get(word, word) for word in words]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("error:") == 1 and "Traceback" not in error
    assert not other.exists()


def test_seeds_are_checked_in_python_too(folder: str) -> None:
    with open_study(folder) as study:
        for interval in ("bootstrap", "jackknife"):
            with pytest.raises(InputError, match="a seed is a whole number from 0"):
                cc.agree(study, seed=-1, interval=interval)


def test_a_row_of_drift_opens_to_the_codings_behind_it(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    with open_study(folder) as study:
        result = cc.agree(study, by="drift")
        assert result.table.equals(drift_study(study))
        behind = result.quotes(coder="ana", code=CODE)
        assert set(behind.filter(part="differs")["source"]) == {"plan"}
        assert behind.filter(part="agreed").height == 4
        assert set(result.evidence) == set(result.table.select("coder", "code", "round").rows())
    text = said(capsys, "agree", folder, "--by", "drift", "--show", CODE)
    assert "plan" in text and "“All schools shall”" in text and "1 coding stands behind" in text
    assert "blind and not revealed" in text


def test_pending_codings_of_blind_rounds_come_with_the_note(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "first is blind and not revealed, and these codings" in said(capsys, "adjudicate", "pending", folder)
    said(capsys, "round", "reveal", "first", "--reason", "done", "--study", folder)
    assert "blind" not in said(capsys, "adjudicate", "pending", folder)


def test_consensus_is_not_counted_among_the_codings_of_a_round(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = json.loads(said(capsys, "round", "list", folder, "--json"))[0]["n_codings"]
    said(capsys, "adjudicate", "identical", "--study", folder)
    assert json.loads(said(capsys, "round", "list", folder, "--json"))[0]["n_codings"] == before == 6


def test_the_heading_says_on_how_many_sources_the_rows_rest() -> None:
    methods = [f"jackknife over {n} sources, t({n - 1})" for n in (27, 26, 29)]
    assert method_of(methods) == "jackknife over the sources of each row (26 to 29), t with one less"
    assert method_of(methods[:1]) == methods[0]
    assert method_of([]) == "no interval"


def test_names_of_coders_are_not_broken_over_lines(
    folder: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_study(folder) as study:
        text = study.text("plan")
        long = "a-coder-with-a-long-name"
        record_codings(study, [], [ReviewedSpan(Passage("plan", 0, len(text)), long, "first")])
    monkeypatch.setattr(out, "width", 80)
    lines = said(capsys, "agree", folder, "--by", "pair").splitlines()
    assert f"A: {long}; B: ana; C: ben" in lines
    assert any(line.split()[1:2] == ["B–C"] for line in lines)
    monkeypatch.setattr(out, "width", 160)
    assert not any(line.startswith("A:") for line in said(capsys, "agree", folder, "--by", "pair").splitlines())


def test_the_heading_names_the_coefficient_of_all_codes_and_of_each(
    folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, "agree", folder)
    assert "all codes: set-valued α, MASI distance; each code: Krippendorff's α, nominal" in text
