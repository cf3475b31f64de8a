"""Cluster and panel diagnostics: pooled fit is the published fit; clusters by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.analysis.qca.published import analysis_of, read_data, read_published

from crosscase.analysis.qca.clusters import cluster_diagnostics
from crosscase.analysis.qca.fit import pof
from crosscase.errors import InputError


def test_pooled_fit_of_a_panel_is_the_published_fit_and_clusters_add_up(shared: Path) -> None:
    table, _ = read_published(shared, "T09")
    (model,) = analysis_of(table, "parsimonious_0.9")["solution"]["models"]
    panel = read_data(shared, "T10_SCHLF.csv")
    found = cluster_diagnostics(" + ".join(model["terms"]), "EXPORT", panel, cluster="YEAR", unit="COUNTRY")
    pooled = {row["term"]: row for row in found.table.iter_rows(named=True) if row["level"] == "pooled"}
    for fit in model["fit"]:
        assert pooled[fit["term"]]["consistency"] == pytest.approx(fit["inclS"], abs=1e-9)
        assert pooled[fit["term"]]["coverage"] == pytest.approx(fit["covS"], abs=1e-9)
    assert pooled["solution"]["consistency"] == pytest.approx(model["solution"]["inclS"], abs=1e-9)
    years = sorted(set(map(str, panel["YEAR"].to_list())))
    for year in years:
        (row,) = found.table.filter(
            (found.table["term"] == "solution") & (found.table["level"] == "cluster") & (found.table["name"] == year)
        ).to_dicts()
        alone = pof(" + ".join(model["terms"]), "EXPORT", panel.filter(panel["YEAR"].cast(str) == year))
        assert row["consistency"] == pytest.approx(alone.inclS, abs=1e-12)


def test_a_term_that_holds_in_one_cluster_only_is_seen_by_hand() -> None:
    frame = {
        "case": ["a1", "a2", "b1", "b2"],
        "region": ["n", "n", "s", "s"],
        "X": [1.0, 0.8, 1.0, 0.6],
        "Y": [1.0, 0.8, 0.2, 0.6],
    }
    found = cluster_diagnostics("X", "Y", frame, cluster="region")
    rows = {row["name"]: row for row in found.table.iter_rows(named=True)}
    assert rows["all"]["consistency"] == pytest.approx(2.6 / 3.4)
    assert rows["n"]["consistency"] == 1 and rows["s"]["consistency"] == pytest.approx(0.5)
    assert rows["s"]["against"] == ["b1"]
    # consistencies 1 and ½ are two thirds and one third of their sum: √(2 · (1/6)²)
    assert found.distances["distance"][0] == pytest.approx((2 / 36) ** 0.5)


def test_a_cluster_without_members_is_not_defined_and_is_counted_out() -> None:
    frame = {"g": ["n", "n", "s"], "X": [1, 1, 0], "Y": [1, 0, 1]}
    found = cluster_diagnostics("X", "Y", frame, cluster="g")
    rows = {row["name"]: row for row in found.table.iter_rows(named=True)}
    assert rows["s"]["consistency"] is None and rows["s"]["coverage"] == 0
    assert found.distances.row(0, named=True) == {
        "term": "X",
        "level": "cluster",
        "distance": 0.0,
        "n_defined": 1,
        "n": 2,
    }
    needed = cluster_diagnostics("X", "Y", {k: frame[k] for k in "XY"}, cluster=["n", "n", "s"], relation="necessity")
    assert {row["name"]: row["against"] for row in needed.table.iter_rows(named=True)}["s"] == ["3"]


def test_a_case_without_a_cluster_is_refused() -> None:
    frame = {"X": [1, 0], "Y": [1, 0]}
    with pytest.raises(InputError, match="no column"):
        cluster_diagnostics("X", "Y", frame, cluster="region")
    with pytest.raises(InputError, match="case 2 has no cluster"):
        cluster_diagnostics("X", "Y", frame, cluster=["n", None])
