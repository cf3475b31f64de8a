"""Agreement after changes of the codebook: what waits for re-coding is missing, and what has another name is asked for."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from crosscase.analysis.agreement.study import AgreementResult
from crosscase.model.coding import Coding, Passage, ReviewedSpan
from crosscase.services.agreeing import agree_study, drift_study
from crosscase.services.agreeing_at_once import agreement_rests_on
from crosscase.services.codebook_edits import CodebookEdit, edit_codebook, recode, waiting_codings
from crosscase.services.codebook_undo import undo_newest_version
from crosscase.services.codings import record_codings
from crosscase.services.manifest import Description
from crosscase.services.rounds import open_round, round_state
from crosscase.services.sources import add_sources
from crosscase.services.study import Study, create_study, open_study

FRAMEWORK = Path(__file__).parents[2] / "journey" / "reasoning.yaml"
POSITIVE, NEGATIVE, DIALECTIC = "reasoning.outside.positive", "reasoning.outside.negative", "reasoning.dialectic"
GOOD, SURE = "reasoning.outside.good", "reasoning.outside.sure"
TEXT = "The trains will run.\n\nShops will close.\n\nPeople will meet.\n\nNobody can know.\n"
SPLIT = CodebookEdit("split", (POSITIVE,), (GOOD, SURE))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ana and ben coded three interviews alike, four units each: the code stands on the first and the third."""
    folder = tmp_path_factory.mktemp("edits")
    made = create_study(
        folder / "study", title="T", cases={"north": "North"}, coders=("ana", "ben"), framework=str(FRAMEWORK)
    )
    items = []
    for n in range(3):
        path = folder / f"s{n}.txt"
        path.write_text(f"{TEXT[:-1]} Not {n}.\n")
        items.append((path, Description(case="north", kind="interview", level="school", date="2019-04-30")))
    add_sources(made, items)
    open_round(made, "one", codes=[POSITIVE, NEGATIVE])
    codings, read = [], []
    for n in range(3):
        for coder in ("ana", "ben"):
            words = [("The trains", POSITIVE), ("People will", POSITIVE), ("Shops will", NEGATIVE)]
            for word, code in words:
                at = made.text(f"s{n}").index(word)
                codings.append(Coding(Passage(f"s{n}", at, at + len(word)), code, coder, "one"))
            read.append(ReviewedSpan(Passage(f"s{n}", 0, len(made.text(f"s{n}"))), coder, "one"))
    record_codings(made, codings, read)
    made.close()
    return made.folder


@pytest.fixture
def study(template: Path, tmp_path: Path) -> Study:
    return open_study(shutil.copytree(template, tmp_path / "study"))


def codebook(study: Study, old: str, new: Sequence[str], version: str = "1.1.0") -> str:
    """The framework with one code in the place of another, or with several."""
    text = FRAMEWORK.read_text(encoding="utf-8")
    start = text.index(f"    - id: {old}\n")
    follows = [n for n in (text.find("    - id: ", start + 5), text.find("  - id: ", start + 5)) if n > 0]
    entry = text[start : min(follows)] if follows else text[start : text.index("types: []")]
    entries = "".join(entry.replace(old, code, 1) for code in new)
    return text.replace(entry, entries, 1).replace("version: 1.0.0", f"version: {version}", 1)


def split(study: Study) -> None:
    edit_codebook(study, codebook(study, POSITIVE, (GOOD, SURE)), [SPLIT])


def look_again(study: Study, coder: str, answers: Sequence[str], most: int = 99) -> None:
    for n, row in enumerate(waiting_codings(study, coder).head(most).iter_rows(named=True)):
        recode(study, row["edit"], row["coding_id"], [answers[n % len(answers)]])


def values(result: AgreementResult) -> dict[str, tuple[float | None, int]]:
    return {row["code"]: (row["value"], row["n_units"]) for row in result.table.to_dicts()}


def test_a_split_code_agrees_as_before_until_somebody_begins(study: Study) -> None:
    before = values(agree_study(study))
    split(study)
    result = agree_study(study)
    assert values(result) == before == {"(all)": (1.0, 12), POSITIVE: (1.0, 12), NEGATIVE: (1.0, 12)}
    (sentence,) = (w for w in result.warnings if "re-coding" in w)
    assert "12 codings wait for re-coding (6 of ana, 6 of ben)" in sentence
    assert "crosscase codebook status --coder NAME" in sentence and "Nobody has begun" in sentence
    assert not any("recorded as read" in w for w in result.warnings)


def test_coders_who_agree_do_not_differ_because_one_of_them_has_not_looked_again(study: Study) -> None:
    split(study)
    look_again(study, "ana", [GOOD, SURE])
    for unit in ("turn", "span"):
        result = agree_study(study, unit=unit)
        rows = {row["code"]: row for row in result.table.to_dicts()}
        assert rows[GOOD]["value"] is None and "wait for re-coding" in rows[GOOD]["not_defined"], unit
        assert rows[NEGATIVE]["value"] == rows["(all)"]["value"] == 1.0
        assert POSITIVE not in rows
        assert result.disagreements().is_empty()
        assert set(result.lineage["part"]) == {"agreed"}
        assert any("6 codings wait for re-coding (6 of ben)" in w and "missing" in w for w in result.warnings)
    assert agree_study(study, by="pair").table["n_differ"].sum() == 0
    assert agree_study(study).confusion().filter(pl.col("coder_a") == GOOD).is_empty()
    assert drift_study(study).filter(pl.col("code") == GOOD).is_empty()


def test_a_source_counts_again_once_its_coder_has_looked_at_all_of_it(study: Study) -> None:
    split(study)
    look_again(study, "ana", [GOOD, SURE])
    before = agreement_rests_on(study, ["one"])
    look_again(study, "ben", [GOOD, SURE], most=3)  # all of s0, half of s1
    assert agreement_rests_on(study, ["one"]) != before
    row = agree_study(study, interval="none").table.filter(code=GOOD).row(0, named=True)
    assert (row["value"], row["n_units"], row["n_sources"]) == (1.0, 4, 1)
    look_again(study, "ben", [GOOD, SURE])  # the rest the other way round
    whole = agree_study(study)
    assert values(whole)[GOOD][1] == 12
    assert whole.disagreements(code=GOOD).height > 0
    assert not any("re-coding" in w for w in whole.warnings)


def test_a_split_that_keeps_its_name_counts_as_before_until_somebody_begins(study: Study) -> None:
    edit = CodebookEdit("split", (POSITIVE,), (POSITIVE, GOOD))
    edit_codebook(study, codebook(study, POSITIVE, (POSITIVE, GOOD)), [edit])
    assert values(agree_study(study))[POSITIVE] == (1.0, 12)
    look_again(study, "ana", [POSITIVE, GOOD])
    result = agree_study(study)
    assert values(result)[POSITIVE] == (None, 0)
    assert result.disagreements().is_empty()


def test_codings_under_two_definitions_are_named_with_their_coders_and_versions(study: Study) -> None:
    edit = CodebookEdit("redefine", (POSITIVE,), (POSITIVE,))
    edit_codebook(study, codebook(study, POSITIVE, (POSITIVE,)), [edit])
    look_again(study, "ana", [POSITIVE], most=4)
    (sentence,) = (w for w in agree_study(study).warnings if "redefined" in w)
    assert "redefined in codebook version 1.1.0" in sentence
    assert "definition of 1.0.0 that wait for re-coding: 2 of ana, 6 of ben" in sentence
    assert "under the new one: 4 of ana" in sentence
    look_again(study, "ana", [POSITIVE])
    look_again(study, "ben", [POSITIVE])
    assert not any("redefined" in w for w in agree_study(study).warnings)


@pytest.mark.parametrize("by", ["code", "pair", "round", "domain"])
def test_a_renamed_code_keeps_its_agreement(study: Study, by: str) -> None:
    def shown() -> list[tuple[object, ...]]:
        table = agree_study(study, by=by).table.with_columns(pl.col("code").replace(GOOD, POSITIVE))
        return table.sort(table.columns[:3]).rows()

    before, drift = shown(), drift_study(study).height
    edit_codebook(study, codebook(study, POSITIVE, (GOOD,)), [CodebookEdit("rename", (POSITIVE,), (GOOD,))])
    assert shown() == before
    assert drift_study(study).height == drift
    assert round_state(study, "one").codes == (GOOD, NEGATIVE)


def test_a_renamed_code_keeps_its_spans_and_a_round_that_asked_for_one_code_still_measures(study: Study) -> None:
    before = agree_study(study, unit="span").table.filter(code=POSITIVE).drop("code").rows()
    edit_codebook(study, codebook(study, POSITIVE, (GOOD,)), [CodebookEdit("rename", (POSITIVE,), (GOOD,))])
    assert agree_study(study, unit="span").table.filter(code=GOOD).drop("code").rows() == before


def test_a_merged_code_is_asked_for_where_either_was_and_the_parts_where_the_whole_was(study: Study) -> None:
    open_round(study, "both", codes=[DIALECTIC])
    text = codebook(study, POSITIVE, (GOOD,))
    start = text.index(f"    - id: {NEGATIVE}\n")
    text = text[:start] + text[text.index("  - id: reasoning.dialectical") :]
    edit_codebook(study, text, [CodebookEdit("merge", (POSITIVE, NEGATIVE), (GOOD,))])
    assert round_state(study, "one").codes == (GOOD,)
    assert round_state(study, "both").codes == (DIALECTIC,)
    assert values(agree_study(study))[GOOD] == (1.0, 12)


def test_the_parts_are_asked_for_where_the_whole_was_and_undoing_takes_that_back(study: Study) -> None:
    split(study)
    assert set(round_state(study, "one").codes) == {GOOD, SURE, NEGATIVE}
    open_round(study, "late", codes=[SURE])
    undo_newest_version(study)
    assert set(round_state(study, "one").codes) == {POSITIVE, NEGATIVE}
    assert round_state(study, "late").codes == (POSITIVE,)
    assert values(agree_study(study))[POSITIVE] == (1.0, 12)


def test_a_coder_is_compared_with_themself_only_on_codes_that_two_rounds_asked_for(study: Study) -> None:
    text = study.text("s0")
    open_round(study, "two", codes=[DIALECTIC, NEGATIVE])
    at = text.index("Nobody")
    again = [
        Coding(Passage("s0", at, at + 10), DIALECTIC, "ana", "two"),
        Coding(Passage("s0", text.index("Shops"), text.index("Shops") + 10), NEGATIVE, "ana", "two"),
    ]
    record_codings(study, again, [ReviewedSpan(Passage("s0", 0, len(text)), "ana", "two")])
    result = agree_study(study, by="coder", interval="none")
    rows = {row["code"]: row for row in result.table.to_dicts()}
    assert rows[NEGATIVE]["value"] == 1.0 and rows[NEGATIVE]["n_units"] == 4
    for code in (POSITIVE, DIALECTIC):
        assert rows[code]["value"] is None and "asked for it" in rows[code]["not_defined"], code
    assert rows["(all)"]["value"] == 1.0
    assert result.disagreements().is_empty()
    assert result.parameters["raters"] == "ana" and result.parameters["compared_rounds"] == "one, two"
