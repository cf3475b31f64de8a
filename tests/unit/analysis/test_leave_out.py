"""What a source adds to a verdict, from the draws of the model: by hand, and against identifying again without it."""

from __future__ import annotations

from dataclasses import replace
from math import gamma, log10

import numpy as np
import polars as pl
import pytest
from tests.factories.analysis_cases import education, plant

from crosscase.analysis.identify import Identification, identify
from crosscase.analysis.identify.leave_out import answers_without, cells_by_source, weights_of_evidence
from crosscase.analysis.identify.sampling import Fit

FRAMEWORK = education()
TYPES = ["managerial", "networked", "federated"]


@pytest.fixture(scope="module")
def found() -> Identification:
    evidence = plant(21, TYPES, n_sources=9).evidence
    return identify(evidence, FRAMEWORK, draws=2000, allow_unconverged=True, tries=1)


def rise(parameters: list[float], counts: list[int]) -> float:
    """Dirichlet-multinomial probability of counts, as a textbook has it."""
    whole, total = sum(parameters), sum(counts)
    value = gamma(whole) / gamma(whole + total)
    for a, n in zip(parameters, counts, strict=True):
        value *= gamma(a + n) / gamma(a)
    return value


def by_hand(counts: list[int], chances: list[float]) -> float:
    """p(tables | type) in a condition: "for" dominates, "against" does, or neither."""
    return (
        chances[0] * rise([5.2, 1.4], counts)
        + chances[1] * rise([1.4, 5.2], counts)
        + chances[2] * rise([1.0, 1.0], counts)
    )


def only_common(fit: Fit) -> Fit:
    """The same study, in which only three sources of the first case speak, of COMMON: for, for and against."""
    layout = fit.readings.layout
    common = [d.id for d in fit.readings.dimensions].index("COMMON")
    cells = np.flatnonzero((layout.cells.case == 0) & (layout.cells.dimension == common))[:3]
    assert len(cells) == 3
    tables = np.zeros((1, *fit.posterior.tables.shape[1:]), dtype=np.uint8)
    tables[0, cells[0], 0] = tables[0, cells[1], 0] = tables[0, cells[2], 1] = 1
    shifts = np.zeros((1, *fit.posterior.table_shifts.shape[1:]))
    return replace(fit, posterior=replace(fit.posterior, tables=tables, table_shifts=shifts))


def test_three_sources_weighed_by_hand(found: Identification) -> None:
    assert found.fit is not None
    fit = only_common(found.fit)
    cells = fit.readings.layout.cells
    first = int(np.flatnonzero(fit.posterior.tables[0, :, 0])[0])
    source = fit.readings.sources[int(cells.source[first])]
    # COMMON is expected by managerial and networked, its absence by federated and market-driven; none expects nothing.
    wants = {"managerial": 0, "networked": 0, "federated": 1, "market_driven": 1}

    def probability(counts: list[int]) -> dict[str, float]:
        chance = {0: [0.9, 0.05, 0.05], 1: [0.05, 0.9, 0.05]}
        evidence = {t: by_hand(counts, chance[w]) for t, w in wants.items()} | {"none": by_hand(counts, [1 / 3] * 3)}
        total = sum(evidence.values())
        return {t: e / total for t, e in evidence.items()}

    with_it, without = probability([2, 1]), probability([1, 1])
    rows = weights_of_evidence(fit).filter((pl.col("case") == "case1") & (pl.col("source") == source))
    for name, weight, left in rows.select("type", "decibans", "without").iter_rows():
        odds = with_it[name] / (1 - with_it[name]), without[name] / (1 - without[name])
        assert weight == pytest.approx(10 * log10(odds[0] / odds[1]), abs=1e-9)
        assert left == pytest.approx(without[name], abs=1e-12)


def test_with_everything_the_draws_say_what_the_sampler_said(found: Identification) -> None:
    assert found.fit is not None
    answers = answers_without(found.fit, [(c, ()) for c in range(3)])
    for c, case in enumerate(found.verdicts):
        for t, name in enumerate((*found.fit.types, "none")):
            assert answers.probability[c, t] == pytest.approx(found.probability(case, name), abs=0.05)


def test_nothing_heard_is_the_prior(found: Identification) -> None:
    assert found.fit is not None
    answers = answers_without(found.fit, [(0, ())], only=True)
    assert answers.probability[0].tolist() == pytest.approx([0.2] * 5)


def test_leaving_a_level_out_in_the_draws_is_close_to_identifying_again(found: Identification) -> None:
    assert found.fit is not None
    schools = set(found.codings.filter(pl.col("level") == "school")["source"])
    number = {name: i for i, name in enumerate(found.fit.readings.sources)}
    by_source = cells_by_source(found.fit)
    again = identify(
        found.codings.filter(pl.col("level") != "school"), FRAMEWORK, draws=2000, allow_unconverged=True, tries=1
    )
    for c, case in enumerate(found.verdicts):
        gone = [cell for s in schools for cell in by_source.get((c, number[s]), ()) if s in number]
        quick = answers_without(found.fit, [(c, gone)]).probability[0]
        anew = [again.probability(case, name) for name in (*found.fit.types, "none")]
        assert np.abs(quick - np.array(anew)).max() < 0.25
        assert quick.argmax() == int(np.argmax(anew)) or max(anew) < 0.6


def test_the_order_of_sets_does_not_matter(found: Identification) -> None:
    assert found.fit is not None
    sets = [(case, cells) for (case, _), cells in cells_by_source(found.fit).items()]
    forwards = answers_without(found.fit, sets).probability
    backwards = answers_without(found.fit, sets[::-1]).probability
    assert np.allclose(forwards, backwards[::-1])
