"""The distribution of work: the closed form, what denials do, double coding, and lineage."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest
from tests.factories.analysis_cases import LOCI, education, evidence_of, plant, welfare

from crosscase.analysis.bootstrap import draw_shares, expected_shares, interval
from crosscase.analysis.distribution import distribution
from crosscase.analysis.support import why_weightless
from crosscase.errors import AnalysisError

FRAMEWORK = education()


def share(frame: pl.DataFrame, locus: str, **options: object) -> float:
    table = distribution(frame, FRAMEWORK, draws=200, **options).table  # type: ignore[arg-type]
    row = table.filter((pl.col("case") == "urban") & (pl.col("domain") == "infra") & (pl.col("locus") == locus))
    return float(row["share"][0])


def said(source: str, locus: str, start: int = 0, **more: object) -> dict[str, object]:
    place = {"source": source, "start": start, "end": start + 50}
    return {**place, "code": "infra.curr.common", "locus": locus, **more}


def test_the_share_is_the_formula_of_the_docs_worked_out_by_hand() -> None:
    # Two sources: three codings of the centre and one of the school; one of the school.
    frame = evidence_of(
        *(said("a", "central_office", i * 100) for i in range(3)), said("a", "school", 900), said("b", "school")
    )
    pooled, k = 3 / 5, len(LOCI)
    by_hand = ((3 + pooled) / (4 + 1) + (0 + pooled) / (1 + 1) + 1 / k) / (2 + 1)
    assert share(frame, "central_office") == pytest.approx(by_hand, abs=1e-9)


def test_the_closed_form_is_the_mean_of_the_draws() -> None:
    rng = np.random.default_rng(1)
    counts = rng.poisson(2.0, (12, 4)).astype(float) + 0.1
    weights = np.ones(12)
    draws = draw_shares(counts, weights, 1.0, 40_000, rng)
    assert draws.mean(axis=0) == pytest.approx(expected_shares(counts, weights, 1.0), abs=0.004)
    assert draws.sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_intervals_cover_the_truth_with_fifteen_sources() -> None:
    # The published trial of this estimate: 15 sources × 4 passages, κ 3, 90 % intervals covered .92.
    rng = np.random.default_rng(2)
    truth = np.array([0.55, 0.2, 0.15, 0.1])
    covered = []
    for _ in range(300):
        counts = np.array([rng.multinomial(4, rng.dirichlet(3 * truth)) for _ in range(15)], dtype=float)
        low, high = interval(draw_shares(counts, np.ones(15), 1.0, 400, rng), 0.90)
        covered.append(low[0] <= truth[0] <= high[0])
    assert 0.86 <= np.mean(covered) <= 0.97


def test_a_coding_has_a_reason_to_weigh_nothing_exactly_where_it_weighs_nothing() -> None:
    answers = {name: [*(v.id for v in FRAMEWORK.facet(name).values), None] for name in ("stance", "actuality")}
    every = [
        said("a", "school", 100 * n, stance=stance, actuality=actuality)
        for n, (stance, actuality) in enumerate(product(answers["stance"], answers["actuality"]))
    ]
    frame = evidence_of(*every)
    lineage = distribution(frame, FRAMEWORK, draws=20).lineage
    marked = frame.with_columns(why=why_weightless(FRAMEWORK.rules, frame.columns)).join(lineage, on="coding_id")
    assert marked.height == len(every)
    assert (marked["why"].is_not_null() == (marked["part"] == "set aside")).all()
    assert set(marked.filter(stance="uncertain")["why"]) == {"stance"}
    assert set(marked.filter(stance="present", actuality="past")["why"]) == {"actuality"}


def test_a_denial_counts_against_the_locus_that_it_names() -> None:
    plain = [said("a", "central_office"), said("b", "school"), said("c", "central_office")]
    with_denial = [*plain, said("d", "central_office", stance="absent")]
    assert share(evidence_of(*with_denial), "central_office") < share(evidence_of(*plain), "central_office")
    assert share(evidence_of(*with_denial), "school") > share(evidence_of(*plain), "school")


def test_two_coders_on_one_passage_count_once() -> None:
    once = evidence_of(said("a", "school"), said("a", "central_office", 200))
    twice = evidence_of(said("a", "school"), said("a", "school", coder="ben"), said("a", "central_office", 200))
    assert share(twice, "school") == pytest.approx(share(once, "school"), abs=1e-9)


def test_what_is_only_espoused_weighs_less_than_what_is_done() -> None:
    done = evidence_of(said("a", "school"), said("a", "central_office", 200))
    hoped = evidence_of(said("a", "school", actuality="espoused"), said("a", "central_office", 200))
    assert share(hoped, "school") < share(done, "school")


def test_the_order_of_rows_does_not_matter() -> None:
    frame = plant(3, ["managerial", "federated"]).evidence
    options = {"draws": 300, "seed": 4}
    one = distribution(frame, FRAMEWORK, **options).table  # type: ignore[arg-type]
    other = distribution(frame.sample(fraction=1.0, shuffle=True, seed=9), FRAMEWORK, **options).table  # type: ignore[arg-type]
    assert one.select("case", "domain", "locus").rows() == other.select("case", "domain", "locus").rows()
    assert one["share"].to_list() == pytest.approx(other["share"].to_list(), nan_ok=True)


def test_every_share_can_be_computed_again_from_the_codings_behind_its_cells() -> None:
    result = distribution(plant(5, ["networked"]).evidence, FRAMEWORK, draws=200)
    for domain in ("env", "infra"):
        ids = [i for key, found in result.evidence.items() if key[:2] == ("case1", domain) for i in found]
        again = distribution(result.codings.filter(pl.col("coding_id").is_in(ids)), FRAMEWORK, draws=200)
        pick = (pl.col("case") == "case1") & (pl.col("domain") == domain)
        assert again.table.filter(pick)["share"].to_list() == pytest.approx(
            result.table.filter(pick)["share"].to_list()
        )


def test_quotes_open_a_cell() -> None:
    result = distribution(evidence_of(said("a", "school"), said("b", "joint")), FRAMEWORK, draws=200)
    assert result.quotes(case="urban", domain="infra", locus="joint")["source"].to_list() == ["b"]


def test_context_and_sources_without_a_case_are_no_evidence() -> None:
    frame = evidence_of(said("a", "school"), said("b", "joint", kind="context"), said("c", "joint", case=None))
    assert distribution(frame, FRAMEWORK, draws=200).codings["source"].to_list() == ["a"]


def test_a_framework_without_a_locus_is_refused_in_a_sentence() -> None:
    with pytest.raises(AnalysisError, match="no facet that says who does the work"):
        distribution(evidence_of(), welfare())
