"""The experiment with planted counter-evidence: planted where it says, from texts of its own, and found as stored."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from crosscase import frameworks
from crosscase.simulate import SimulatedStudy, seed_study, simulate_study
from crosscase.simulate.bank import first_wording, load_bank
from crosscase.simulate.counter_evidence import (
    NEGATIVES,
    STRENGTHS,
    load_passages,
    measure,
    plant,
    summarise,
)
from crosscase.simulate.exact_queues import check_queues

FRAMEWORK = frameworks.load("education-systems")
STORED = Path(__file__).parents[3] / "benchmarks" / "disconfirm" / "result.json"


@pytest.fixture(scope="module")
def study() -> SimulatedStudy:
    return simulate_study(seed_study(seed=7, scale=0.25, volume=0.5))


def runs(text: str, n: int = 9) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z']+", text.lower())
    return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}


def test_every_type_has_as_many_hard_negatives_as_passages_against_it() -> None:
    for kinds in load_passages().values():
        assert set(kinds) == {*STRENGTHS, *NEGATIVES}
        assert len({len(rows) for rows in kinds.values()}) == 1


def test_planted_passages_share_no_run_of_nine_words_with_the_phrase_bank() -> None:
    bank = set().union(*(runs(first_wording(p.text)) for p in load_bank().passages))
    shared = {
        run for kinds in load_passages().values() for rows in kinds.values() for row in rows for run in runs(row) & bank
    }
    assert shared == set()


def test_planting_moves_codings_with_their_words(study: SimulatedStudy) -> None:
    planted = plant(study, 7)
    texts = {s.name: s.text for s in planted.sources}
    assert len(planted.planted) == 4 * 36
    assert all(texts[c.passage.source][c.passage.start : c.passage.end] == c.quote for c in planted.codings)
    words = {first_wording(row)[:20] for kinds in load_passages().values() for rows in kinds.values() for row in rows}
    for p in planted.planted:
        assert any(texts[p.source][p.start : p.end].startswith(w.split("{")[0]) for w in words)


def test_the_small_version_finds_what_the_stored_one_finds(study: SimulatedStudy) -> None:
    found = summarise(measure(study, FRAMEWORK, 7), draws=200)
    ours, plain = found["rankings"]["ours"], found["rankings"]["bm25 vocabulary"]
    assert ours["recall_50"]["explicit"]["mean"] > 0.5
    assert ours["recall_50"]["explicit"]["mean"] > found["rankings"]["bm25 sentence"]["recall_50"]["explicit"]["mean"]
    # What negation, reported speech and other places are for: fewer hard negatives than plain BM25 brings up.
    hard = [sum(ranking["hard_negatives_in_50"][k]["mean"] for k in NEGATIVES) for ranking in (ours, plain)]
    assert hard[0] < hard[1]
    assert ours["precision_10_on_hard_negatives"]["mean"] > plain["precision_10_on_hard_negatives"]["mean"]


def test_queues_1_4_5_and_7_hold_exactly_what_the_passages_say() -> None:
    assert check_queues(seed_study(seed=9, scale=0.2, volume=0.4), FRAMEWORK) == dict.fromkeys((1, 4, 5, 7), True)


def test_the_docs_say_which_bars_are_missed() -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    page = (STORED.parents[2] / "docs" / "methods" / "disconfirming.md").read_text(encoding="utf-8")
    for bar, reached in stored["bars"].items():
        assert f"| {bar} | {'reached' if reached else '**missed**'} |" in page
    for name in ("ours", "bm25 vocabulary", "bm25 sentence"):
        explicit = stored["coded study"]["rankings"][name]["recall_50"]["explicit"]["mean"]
        assert re.search(rf"^\| {name} \| {explicit:.2f}".replace("0.", r"\."), page, re.MULTILINE), name
