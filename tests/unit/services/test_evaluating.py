"""A machine coder against people, in sources that it could not influence."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.factories.studies import coding_of, make_study

from crosscase.errors import NotEnoughEvidence, NotFound
from crosscase.model.coding import Passage, ReviewedSpan
from crosscase.services.codings import record_codings
from crosscase.services.evaluating import Evaluation, IndicatorEvaluation, evaluate
from crosscase.services.study import Study
from crosscase.services.suggestions import accept, suggest

CODE = "infra.curr.common"
# Each paragraph is longer than half a stretch, so that it is a stretch of its own.
FILL = " So it went on, and nothing else of interest was said about it that day by anybody in the room." * 4
WITH, WITHOUT = "We follow the pacing guide." + FILL, "We write our own." + FILL


def make(folder: Path, **texts: list[str]) -> Study:
    return make_study(folder, {name: "\n\n".join(parts) + f" {name}.\n" for name, parts in texts.items()})


def read(study: Study, *names: str) -> None:
    spans = [ReviewedSpan(Passage(n, 0, len(study.text(n))), "ana", "first") for n in names]
    record_codings(study, [], spans)


def row(found: Evaluation, code: str = CODE) -> IndicatorEvaluation:
    return next(r for r in found.indicators if r.indicator == code)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = make(tmp_path, one=[WITH, WITHOUT, WITHOUT], two=[WITH, WITH, WITHOUT])
    read(study, "one", "two")
    record_codings(study, [coding_of(study, name, "the pacing guide", CODE) for name in ("one", "two")])
    record_codings(study, [coding_of(study, "one", "We write our own", CODE)])
    return study


def test_stretches_are_counted_by_who_coded_them(study: Study) -> None:
    suggest(study)
    found = evaluate(study)
    assert (found.n_sources, found.n_stretches, found.left_out) == (2, 6, ())
    mine = row(found)
    # one: both, people only, neither; two: both, machine only, neither.
    assert (mine.n_both, mine.n_machine_only, mine.n_people_only, mine.n_neither) == (2, 1, 1, 2)
    assert mine.precision == pytest.approx(2 / 3) and mine.recall == pytest.approx(2 / 3)
    # Cohen 1960: observed 4/6, expected 1/2.
    assert mine.kappa == pytest.approx((4 / 6 - 1 / 2) / (1 / 2))
    assert mine.kappa_low is not None and mine.undefined == ()


def test_what_is_undefined_says_so_and_is_no_number(study: Study) -> None:
    record_codings(study, [coding_of(study, "two", "We write our own", "infra.curr.local")])
    suggest(study)
    local = row(evaluate(study), "infra.curr.local")
    assert local.precision is None and local.recall == 0.0
    assert any(sentence.startswith("precision not defined: ") for sentence in local.undefined)


def test_nobody_coding_it_leaves_recall_undefined(tmp_path: Path) -> None:
    study = make(tmp_path, one=[WITH], two=[WITH])
    read(study, "one", "two")
    suggest(study)
    mine = row(evaluate(study))
    assert mine.recall is None and mine.precision == 0.0
    assert "recall not defined: people coded it nowhere" in mine.undefined


def test_all_coded_by_both_leaves_kappa_undefined(tmp_path: Path) -> None:
    study = make(tmp_path, one=[WITH], two=[WITH])
    read(study, "one", "two")
    record_codings(study, [coding_of(study, name, "the pacing guide", CODE) for name in ("one", "two")])
    suggest(study)
    mine = row(evaluate(study))
    assert mine.kappa is None and mine.undefined[0].startswith("κ not defined: ")


def test_one_source_gives_a_value_without_an_interval(tmp_path: Path) -> None:
    study = make(tmp_path, one=[WITH, WITHOUT])
    read(study, "one")
    record_codings(study, [coding_of(study, "one", "the pacing guide", CODE)])
    suggest(study)
    mine = row(evaluate(study))
    assert (mine.kappa, mine.kappa_low, mine.kappa_high) == (1.0, None, None)


def test_a_source_with_answered_suggestions_is_left_out(study: Study) -> None:
    suggest(study)
    number = study.evidence("suggestion").filter(source="one")["coding_id"][0]
    accept(study, int(number), "ana", "first")
    found = evaluate(study)
    assert (found.n_sources, found.left_out) == (1, ("one",))


def test_what_nobody_has_read_does_not_count(tmp_path: Path) -> None:
    study = make(tmp_path, one=[WITH, WITHOUT, WITH], two=[WITH])
    span = ReviewedSpan(Passage("one", 0, len(WITH) + 2 + len(WITHOUT)), "ana", "first")
    record_codings(study, [], [span])
    suggest(study)
    found = evaluate(study)
    assert (found.n_sources, found.n_stretches) == (1, 2)


def test_without_anything_read_or_gone_through_there_is_nothing_to_compare(tmp_path: Path) -> None:
    study = make(tmp_path, one=[WITH])
    suggest(study)
    with pytest.raises(NotEnoughEvidence, match="no source was read"):
        evaluate(study)


def test_only_a_machine_is_evaluated(study: Study) -> None:
    for name in ("ana", "nobody"):
        with pytest.raises(NotFound, match=name):
            evaluate(study, name)
