"""Codes together and saturation: counted by hand, by sources, and against published formulas."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.factories.analysis_cases import education, evidence_of

from crosscase.analysis.cooccurrence import cooccurrence
from crosscase.analysis.saturation import saturation, unseen_codes
from crosscase.errors import AnalysisError, NotEnoughEvidence

FRAMEWORK = education()
A, B, C = "infra.curr.common", "infra.curr.local", "use.adapt.bounded"


def passage(source: str, code: str, start: int, end: int, **more: object) -> dict[str, object]:
    return {"source": source, "code": code, "start": start, "end": end, **more}


EVIDENCE = evidence_of(
    passage("s1", A, 0, 100),
    passage("s1", A, 20, 110, coder="ben"),  # the same passage as another coder saw it
    passage("s1", B, 90, 150),
    passage("s1", B, 92, 95),  # inside the one before: one passage of B
    passage("s1", C, 150, 200),
    passage("s2", A, 0, 50),
    passage("s2", B, 60, 90),
    passage("s2", C, 400, 450),
)


def pair(table: pl.DataFrame, one: str, other: str) -> dict[str, object]:
    found = table.filter((pl.col("one") == one) & (pl.col("other") == other))
    return found.row(0, named=True) if found.height else {}


def test_overlapping_passages_are_counted_once_however_many_people_saw_them() -> None:
    found = cooccurrence(EVIDENCE, FRAMEWORK)
    row = pair(found.table, A, B)
    assert (row["n_one"], row["n_other"], row["n_together"], row["n_sources"]) == (2, 2, 1, 1)
    # By hand: 1 / (2 + 2 − 1); 1 · 6 / (2 · 2), six passages in all.
    assert row["jaccard"] == pytest.approx(1 / 3)
    assert row["lift"] == pytest.approx(6 / 4)
    assert row["jaccard_low"] <= row["jaccard"] <= row["jaccard_high"]  # type: ignore[operator]
    assert found.evidence[A, B] == (1, 2, 3, 4)
    assert pair(found.table, B, C) == {}  # they touch, and share no character


def test_nearness_is_the_gap_between_passages() -> None:
    assert pair(cooccurrence(EVIDENCE, FRAMEWORK, how="near", within=0).table, B, C)["n_together"] == 1
    assert pair(cooccurrence(EVIDENCE, FRAMEWORK, how="near", within=9).table, A, B)["n_together"] == 1
    assert pair(cooccurrence(EVIDENCE, FRAMEWORK, how="near", within=10).table, A, B)["n_together"] == 2


def test_turns_bring_together_what_does_not_overlap() -> None:
    turns = pl.DataFrame({"source": ["s1", "s2", "s2"], "start": [0, 0, 300], "end": [300, 300, 600]})
    table = cooccurrence(EVIDENCE, FRAMEWORK, how="turn", turns=turns).table
    assert pair(table, A, B)["n_sources"] == 2
    assert pair(table, A, C)["n_sources"] == 1
    with pytest.raises(AnalysisError, match="no turns"):
        cooccurrence(EVIDENCE, FRAMEWORK, how="turn")


def test_one_long_passage_over_five_short_ones_counts_once() -> None:
    frame = evidence_of(passage("s", A, 0, 500), *(passage("s", B, i * 100, i * 100 + 20) for i in range(5)))
    assert pair(cooccurrence(frame, FRAMEWORK).table, A, B)["n_together"] == 1


def test_one_code_alone_has_nothing_to_occur_with() -> None:
    with pytest.raises(AnalysisError, match="fewer than two codes"):
        cooccurrence(evidence_of(passage("s", A, 0, 5)), FRAMEWORK)
    with pytest.raises(AnalysisError, match="by 'smell'"):
        cooccurrence(EVIDENCE, FRAMEWORK, how="smell")


def sources_with(*codes: str) -> pl.DataFrame:
    rows = [
        passage(f"s{i}", FRAMEWORK.indicators[ord(letter) - ord("a")].id, 100 * j, 100 * j + 50)
        for i, letters in enumerate(codes)
        for j, letter in enumerate(letters)
    ]
    return evidence_of(*rows)


def test_new_codes_are_counted_in_the_order_of_coding() -> None:
    found = saturation(sources_with("abc", "ab", "cd", "a", "ae", "b", "c"), FRAMEWORK, base=3, run=2, threshold=0.2)
    assert found.table["new"].to_list() == [3, 0, 1, 0, 1, 0, 0]
    assert found.table["seen"].to_list() == [3, 3, 4, 4, 5, 5, 5]
    # Four codes in the base; runs of two after 3, 4 and 5 sources bring 1, 1 and 0: ¼, ¼ and 0.
    assert found.runs.runs["ratio"].to_list() == [0.25, 0.25, 0.0]
    assert found.runs.reached_at == 5
    other = saturation(sources_with("abc", "ab", "cd"), FRAMEWORK, base=1, run=1, order=["s2", "s1", "s0", "unread"])
    assert other.table["source"].to_list() == ["s2", "s1", "s0", "unread"]
    assert other.table["new"].to_list() == [2, 2, 0, 0]


def test_random_orders_have_the_expectation_of_the_rarefaction_formula() -> None:
    found = saturation(sources_with("abc", "ab", "cd", "a", "ae", "b", "c"), FRAMEWORK, orders=4000)
    incidence, t = np.array([4, 3, 3, 1, 1]), 7
    # Codes expected in m of t sources: Σ 1 − C(t − q, m) / C(t, m), here for m = 2.
    miss = [((t - q) * (t - q - 1)) / (t * (t - 1)) for q in incidence]
    assert found.table["expected"][1] == pytest.approx(sum(1 - x for x in miss), abs=0.05)
    assert found.table["expected"][-1] == 5.0


def test_unseen_codes_follow_chao_and_good_and_turing() -> None:
    # Colwell et al. (2012) give the seedlings of Lindero El Peje, young growth: 117 incidences would not help here, so
    # the numbers are by hand: t 10, Q1 6, Q2 3, U 40.
    incidence = np.array([1] * 6 + [2] * 3 + [7, 7, 8, 6])
    found = unseen_codes(incidence, 10, 0.90, in_codebook=4)
    assert found.codes == pytest.approx(0.9 * 36 / 6)
    assert found.next_is_new == pytest.approx(6 / 40 * (54 / (54 + 6)))
    assert 0 < found.low < found.codes < found.high
    assert (found.once, found.twice, found.in_codebook) == (6, 3, 4)
    none = unseen_codes(np.array([3, 4]), 5, 0.90)
    assert (none.codes, none.next_is_new) == (0.0, 0.0)
    only_once = unseen_codes(np.array([1, 1, 1]), 4, 0.90)
    assert only_once.codes == pytest.approx(0.75 * 3 * 2 / 2)


def test_the_interval_for_unseen_codes_covers_what_is_unseen() -> None:
    rng = np.random.default_rng(4)
    p = np.linspace(0.02, 0.5, 60)
    inside = []
    for _ in range(200):
        seen = rng.random((25, 60)) < p
        found = unseen_codes(seen.sum(axis=0), 25, 0.95)
        truth = int((seen.sum(axis=0) == 0).sum())
        inside.append(found.low <= truth <= found.high)
    # Chao's estimator is a lower bound, so its interval may cover a little less than it says.
    assert np.mean(inside) > 0.85


def test_too_few_sources_are_refused() -> None:
    with pytest.raises(NotEnoughEvidence, match="2 sources are fewer than a base of 4"):
        saturation(sources_with("a", "b"), FRAMEWORK)
    with pytest.raises(AnalysisError, match="threshold"):
        saturation(sources_with("a", "b"), FRAMEWORK, threshold=2.0)
