"""Set-theoretic multi-method research: published case types and rankings."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.analysis.qca.published import analysis_of, as_sets, read_published

from crosscase.analysis.qca.smmr import CaseSelection, smmr
from crosscase.errors import InputError


@pytest.fixture(scope="module")
def exports(shared: Path) -> tuple[dict, CaseSelection]:
    table, data = read_published(shared, "T09")
    analysis = analysis_of(table, "parsimonious_0.9")
    (model,) = analysis["solution"]["models"]
    return table, smmr(" + ".join(model["terms"]), "EXPORT", data, conditions=analysis["call"]["conditions"])


def test_published_types_of_cases_are_reproduced(exports: tuple[dict, CaseSelection]) -> None:
    table, found = exports
    wanted = analysis_of(table, "case_types_parsimonious")["types"]
    assert list(found.cases("typical")) == wanted["typical_solution"]
    in_degree = set(found.cases("deviant consistency in degree"))
    assert set(found.cases("typical")) | in_degree == set(wanted["typical_loose"])
    assert list(found.cases("deviant consistency in kind")) == wanted["deviant_consistency_kind"]
    assert list(found.cases("deviant coverage")) == wanted["deviant_coverage"]
    assert list(found.irrelevant) == wanted["irrelevant"]


@pytest.mark.parametrize(
    ("table_name", "attribute", "case_column", "most"),
    [
        ("cases_1", "typical", "Case", "MostTyp"),
        ("cases_3", "deviant_consistency", "Cases", "MostDCONS"),
    ],
)
def test_published_rankings_within_terms_are_reproduced(
    exports: tuple[dict, CaseSelection], table_name: str, attribute: str, case_column: str, most: str
) -> None:
    table, found = exports
    (published,) = analysis_of(table, "smmr_single_case_parsimonious")["tables"][table_name]
    ours = {(as_sets(row["term"]), row["case"]): row for row in getattr(found, attribute).iter_rows(named=True)}
    wanted = {(as_sets(row["Term"]), row[case_column]): row for row in published["table"]}
    assert set(wanted) == {key for key, row in ours.items() if attribute != "typical" or row["unique"]}
    for key, row in wanted.items():
        assert ours[key]["membership"] == pytest.approx(row["TermMemb"], abs=1e-9)
        assert ours[key]["distance"] == pytest.approx(row["Best"], abs=1e-9)
        assert ours[key]["best"] == row[most]


def test_published_ranking_of_deviant_coverage_cases_is_reproduced(exports: tuple[dict, CaseSelection]) -> None:
    table, found = exports
    (published,) = analysis_of(table, "smmr_single_case_parsimonious")["tables"]["cases_4"]
    ours = {row["case"]: row for row in found.deviant_coverage.iter_rows(named=True)}
    assert set(ours) == {row["Case"] for row in published["table"]}
    for row in published["table"]:
        mine = ours[row["Case"]]
        literals = {k[3:]: v for k, v in row.items() if k.startswith("TT_") and k != "TT_row"}
        assert set(mine["row"].split("*")) == {n if v else f"~{n}" for n, v in literals.items()}
        assert mine["membership"] == pytest.approx(row["TT_row"], abs=1e-9)
        assert mine["distance"] == pytest.approx(row["Best"], abs=1e-9)
        assert (mine["row_within_outcome"], mine["best"]) == (row["TT..Y"], row["MostDCOV"])


def test_pairs_are_ranked_by_their_distance_from_the_ideal_pair_by_hand() -> None:
    frame = {"case": ["t", "d", "i", "c"], "A": [0.9, 0.8, 0.1, 0.3], "Y": [0.9, 0.2, 0.1, 0.8]}
    pairs = {row["pair"]: row for row in smmr("A", "Y", frame).pairs.iter_rows(named=True)}
    # typical–irrelevant: (1 − .8) + (1 − .8) + 0; typical–deviant: .1 + (1 − .7) + (1 − .8);
    # deviant coverage–irrelevant in row ~A: |.7 − .9| + (1 − .7) + (1 − .7)
    assert pairs["typical–irrelevant"]["distance"] == pytest.approx(0.4)
    assert pairs["typical–deviant consistency"]["distance"] == pytest.approx(0.6)
    assert pairs["deviant coverage–irrelevant"]["distance"] == pytest.approx(0.8)
    assert (pairs["deviant coverage–irrelevant"]["first"], pairs["deviant coverage–irrelevant"]["second"]) == ("c", "i")
    assert "typical–typical" not in pairs


def test_a_type_that_there_is_not_is_refused(exports: tuple[dict, CaseSelection]) -> None:
    with pytest.raises(InputError, match="no type of case"):
        exports[1].cases("odd")


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(*[st.integers(0, 10)] * 3), min_size=1, max_size=12))
def test_every_case_has_exactly_one_type(rows: list[tuple[int, ...]]) -> None:
    frame = {name: [row[j] / 10 for row in rows] for j, name in enumerate(("A", "B", "Y"))}
    found = smmr("A*~B + B", "Y", frame)
    assert found.table.height == len(rows)
    assert sum(len(found.cases(kind)) for kind in set(found.table["kind"])) == len(rows)
