"""Configurations of a study: where memberships come from, what is left out, how a row opens to its passages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import crosscase as cc
from crosscase.analysis.qca.calibrate import calibrate
from crosscase.errors import InputError, ManifestError, NotEnoughEvidence, NotFound
from crosscase.services.analyses import estimate_conditions, input_hash
from crosscase.services.configurations import (
    Configurations,
    check_robustness,
    configurations_of_study,
    configure,
)
from crosscase.services.memberships import Plan, Sets, needs_evidence, sets_from_file
from crosscase.services.settings import parse_settings
from crosscase.services.study import Study, create_study, open_study
from crosscase.simulate.demo import make_demo
from crosscase.simulate.design import seed_study

CASES = ("north", "south", "east", "west")


def _study(folder: Path, configurations: str) -> Study:
    """A study in which people give the numbers."""
    create_study(folder, title="Numbers", cases=dict.fromkeys(CASES, "")).close()
    settings = folder / "study.yaml"
    numbers = {"north": (900, 0.9), "south": (800, 0.7), "east": (300, 0.2), "west": (500, 0.4)}
    lines = "\n".join(f"  {c}: {{numbers: {{DEV: {d}, SURV: {s}}}}}" for c, (d, s) in numbers.items())
    settings.write_text(f"title: Numbers\ncases:\n{lines}\nconfigurations:\n{configurations}", encoding="utf-8")
    return open_study(folder)


@pytest.fixture(scope="module")
def districts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Study, Configurations]]:
    """Conditions from codings, the outcome from a table."""
    folder = tmp_path_factory.mktemp("small") / "study"
    make_demo(folder, design=seed_study(seed=5, scale=0.25, volume=0.6))
    with open_study(folder) as study:
        names = [case.name for case in study.settings.cases]
    rows = "".join(f"{name},{0.9 - 0.25 * i:.2f}\n" for i, name in enumerate(names))
    (folder / "gains.csv").write_text(f"case,GAINS\n{rows}", encoding="utf-8")
    with (folder / "study.yaml").open("a", encoding="utf-8") as settings:
        settings.write("configurations:\n  outcome: GAINS\n  conditions: [COMMON, MARKET]\n  data: gains.csv\n")
    with open_study(folder) as study:
        # Without the model: the same draws of memberships in conditions, in a second instead of a minute.
        estimates = estimate_conditions(study, study.evidence("independent"))
        yield study, configurations_of_study(study, estimates)


def test_raw_numbers_of_the_cases_are_calibrated_by_the_anchors_of_the_settings(tmp_path: Path) -> None:
    with _study(tmp_path, "  outcome: SURV\n  conditions: [DEV]\n  anchors: {DEV: [400, 550, 900]}\n") as study:
        found = configurations_of_study(study)
    wanted = calibrate([900, 800, 300, 500], (400, 550, 900)).tolist()
    assert found.sets.frame["DEV"].to_list() == wanted
    assert found.sets.origins["DEV"] == "numbers of the cases in study.yaml, calibrated at 400, 550, 900"
    assert [m.expression for m in found.solutions["conservative"].models] == ["DEV"]
    assert found.cases(term="DEV") == ("north", "south")
    assert found.ranges is not None
    assert {"incl_cut", "DEV: out", "DEV: cross", "DEV: in"} <= set(found.ranges["choice"])
    assert found.uncertainty is None  # people's numbers have no draws


def test_the_public_name_takes_options_before_the_settings(tmp_path: Path) -> None:
    with _study(tmp_path, "  outcome: SURV\n  conditions: [DEV]\n  anchors: {DEV: [400, 550, 900]}\n") as study:
        assert cc.configurations(study).plan.outcome == "SURV"
        found = cc.configurations(study, outcome="~SURV", incl_cut=(0.7,))
    assert [m.expression for m in found.solutions["conservative"].models] == ["~DEV"]
    with create_study(tmp_path / "none", title="None") as study, pytest.raises(InputError, match="names no outcome"):
        cc.configurations(study)


def test_a_set_that_nobody_gave_is_refused_and_unknown_cases_are_left_out_by_name(tmp_path: Path) -> None:
    with (
        _study(tmp_path / "a", "  outcome: SURV\n  conditions: [WEALTH]\n") as study,
        pytest.raises(InputError, match="WEALTH is neither a condition"),
    ):
        configurations_of_study(study)
    with _study(tmp_path / "b", "  outcome: SURV\n  conditions: [URB]\n  data: t.csv\n") as study:
        (tmp_path / "b" / "t.csv").write_text("case,URB\nnorth,.9\nsouth,.8\neast,.1\nwest,\n", encoding="utf-8")
        found = configurations_of_study(study)
        assert found.sets.left_out == {"west": "west: membership in URB is not known"}
        assert "west: membership in URB is not known" in found.warnings
        (tmp_path / "b" / "t.csv").write_text("case,URB\nnorth,.9\n", encoding="utf-8")
        with pytest.raises(NotEnoughEvidence, match="1 of 4 cases"):
            configurations_of_study(study)


def test_a_changed_table_is_computed_again(tmp_path: Path) -> None:
    with _study(tmp_path, "  outcome: SURV\n  conditions: [URB]\n  data: t.csv\n") as study:
        before = input_hash(study, "independent")
        (tmp_path / "t.csv").write_text("case,URB\nnorth,.9\n", encoding="utf-8")
        assert input_hash(study, "independent") != before


def test_memberships_from_codings_carry_their_uncertainty_and_open_to_passages(
    districts: tuple[Study, Configurations],
) -> None:
    study, found = districts
    assert needs_evidence(study, found.plan)
    assert found.sets.origins["COMMON"] == "coded evidence, without a model: median of the draws"
    assert found.sets.origins["GAINS"] == "the table gains.csv"
    assert found.uncertainty is not None
    n_draws = len(found.sets.draws["COMMON"])
    assert 500 <= n_draws <= 1000
    for i, case in enumerate(found.sets.frame["case"]):
        drawn = found.sets.found.draws[case, "COMMON"]  # type: ignore[union-attr]
        assert found.sets.frame["COMMON"][i] == pytest.approx(float(np.median(drawn)))
    shares = found.uncertainty.table.select("p_out", "p_not", "p_contradiction", "p_remainder").sum_horizontal()
    assert shares.to_list() == pytest.approx([1.0] * len(shares))
    row = next(r for r in found.table.rows if r.cases)
    quotes = found.quotes(row=row.number)
    assert quotes.height and set(quotes["case"]) <= set(row.cases)
    assert set(quotes["condition"]) <= {"COMMON", "MARKET"}
    behind = found.evidence()[row.number][row.cases[0]]["COMMON"]
    layer = found.sets.found.codings  # type: ignore[union-attr]
    assert behind and set(behind) <= set(layer["coding_id"])
    with pytest.raises(NotFound, match="no case is in row 99"):
        found.quotes(row=99)


def test_estimates_beside_a_multi_value_condition_and_a_multi_value_outcome_keep_their_uncertainty() -> None:
    cases = [f"c{i}" for i in range(8)]
    rng = np.random.default_rng(3)
    estimated = np.clip(rng.normal([0.9, 0.8, 0.2, 0.1, 0.9, 0.7, 0.3, 0.2], 0.1, (50, 8)), 0.01, 0.99)
    level, party = [2, 2, 0, 0, 1, 2, 1, 0], [2, 2, 0, 0, 1, 2, 1, 0]
    frame = pl.DataFrame({"case": cases, "A": np.median(estimated, axis=0), "L": level, "P": party})
    found = configure(Sets(frame, draws={"A": estimated}), Plan("P[2]", ("A", "L"), (0.8,)))
    assert found.uncertainty is not None and found.uncertainty.parameters["levels"] == [2, 3]
    (model,) = found.solutions["parsimonious"].models
    assert model.expression == "L[2]"
    point = found.uncertainty.table.filter(pl.col("n") > 0)
    assert point["OUT"].to_list() == [row.out for row in found.table.rows]


def test_few_cases_against_many_corners_are_said_to_have_no_inferential_content() -> None:
    frame = {"case": ["a", "b", "c"], "A": [1, 0, 1], "B": [0, 1, 1], "C": [1, 1, 0], "Y": [1, 0, 1]}
    found = configure(Sets(pl.DataFrame(frame)), Plan("Y", ("A", "B", "C")))
    assert "3 cases and 8 corners" in found.warnings[0] and "no inferential content" in found.warnings[0]


def test_without_named_tests_the_solutions_just_outside_the_ranges_are_the_tests(shared: Path) -> None:
    sets = sets_from_file(shared / "data" / "qca" / "T11_PAYF.csv")
    plan = Plan("HL", ("HE", "GG", "AH", "HI", "HW"), (0.87,), 2)
    ranges, compared, said = check_robustness(sets, plan, include="?")
    assert ranges.range("n_cut") == (2.0, 2.0) and len(said) >= 3
    named = check_robustness(sets, plan, include="?", tests=[{"incl_cut": 0.7}, {"n_cut": 1}])[1]
    assert named is not None and round(named.RF_cov or 0, 3) == 0.987  # the published value
    assert compared is not None


@pytest.mark.parametrize(
    "text",
    [
        "case,A\nnorth,0.8\nsouth,0.2\n",
        "\ufeffcase;A\r\nnorth;0,8\r\nsouth;0,2\r\n",
        "case\tA\nnorth\t0.8\nsouth\t0.2\n",
    ],
)
def test_tables_of_other_countries_are_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8", newline="")
    assert sets_from_file(tmp_path / "t.csv").frame.rows() == [("north", 0.8), ("south", 0.2)]


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        sets_from_file(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("case,Ä\nnorth,1\n".encode("latin-1"))
    with pytest.raises(InputError, match="no UTF-8"):
        sets_from_file(tmp_path / "latin.csv")
    with pytest.raises(ManifestError, match="line 2"):
        parse_settings("title: X\nconfigurations:\n  outcom: Y\n", "study.yaml")
    with pytest.raises(ManifestError, match="between 0 and 1"):
        parse_settings("title: X\nconfigurations:\n  outcome: Y\n  incl_cut: 2\n", "study.yaml")
    assert parse_settings("title: X\nconfigurations: {outcome: Y, incl_cut: .75}\n", "s").configurations is not None
