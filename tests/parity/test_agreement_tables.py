"""Every published agreement table is reproduced, value by value."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crosscase.analysis import agreement as ag

TABLES = (
    "artstein_poesio_ex1",
    "cohen_1960_p45",
    "fleiss_1971_diagnoses",
    "gwet_4_raters",
    "gwet_abstractors_3x3",
    "krippendorff_1995_A",
    "krippendorff_1995_C",
    "krippendorff_2004_p254",
    "krippendorff_2011_B_nominal",
    "krippendorff_4_observers",
    "masi_pairs",
    "sas_weighted_kappa",
    "three_coders_complete",
    "ualpha_toy_3_coders",
    "warrens_2010",
)
# Gwet's software writes the metric as weights.
METRICS = {"identity": "nominal", "quadratic": "interval"}
KINDS = {"u": "u", "|u": "binary", "cu": "cu", "(k)u": "ku"}
Entry = dict[str, Any]


def _handed_in(table: Entry) -> dict[str, Any]:
    """The table as the argument that its format is meant for."""
    return {"contingency" if table["format"] == "contingency" else "ratings": table["data"]}


def _columns(table: Entry) -> dict[str, Any]:
    if table["format"] == "contingency":
        return {"contingency": table["data"]}
    return {"a": [row[0] for row in table["data"]], "b": [row[1] for row in table["data"]]}


def _panel(coefficient: Callable[..., ag.Estimate]) -> Callable[[Entry, Entry], ag.Estimate]:
    return lambda table, entry: coefficient(
        **_handed_in(table), **({"weights": entry["weights"]} if "weights" in entry else {}), interval="analytic"
    )


def _cohen(table: Entry, entry: Entry) -> ag.Estimate:
    weights = entry.get("weights", entry.get("distance"))
    return ag.cohen_kappa(**_columns(table), weights=weights, interval="analytic")


def _scott(table: Entry, entry: Entry) -> ag.Estimate:
    return ag.scott_pi(**_columns(table), weights=entry.get("weights"), interval="analytic")


def _alpha(table: Entry, entry: Entry) -> ag.Estimate:
    metric = entry.get("metric") or METRICS[entry["weights"]]
    interval = "analytic" if "se" in entry else "none"
    return ag.krippendorff_alpha(**_handed_in(table), metric=metric, interval=interval)


def _units(table: Entry, entry: Entry) -> dict[str, Any]:
    times = entry.get("stretch", 1)
    units = table["data"]["units"]
    return {
        "spans": {coder: [(start * times, end * times, v) for start, end, v in s] for coder, s in units.items()},
        "length": table["data"]["length"] * times,
        "value": entry.get("category", entry.get("value_k")),
    }


def _unitizing(table: Entry, entry: Entry) -> ag.Estimate:
    return ag.unitizing_alpha(**_units(table, entry), kind=KINDS[entry["coef"]], rule=entry.get("rule", "union"))


def _first_alpha(table: Entry, entry: Entry) -> ag.Estimate:
    return ag.unitizing_alpha_1995(**_units(table, entry))


ESTIMATES: dict[str, Callable[[Entry, Entry], ag.Estimate]] = {
    "cohen": _cohen,
    "cohen_weighted": _cohen,
    "scott": _scott,
    "alpha": _alpha,
    "gwet": _panel(ag.gwet_ac2),
    "fleiss": _panel(ag.fleiss_kappa),
    "conger": _panel(ag.conger_kappa),
    "bp": _panel(ag.brennan_prediger),
    "S": _panel(ag.brennan_prediger),
    "randolph": _panel(ag.brennan_prediger),
    "pa": _panel(ag.percent_agreement),
    "percent": _panel(ag.percent_agreement),
    "light": lambda table, _: ag.light_kappa(table["data"]),
    "cohen_max": lambda table, _: ag.kappa_max(**_columns(table)),
    **dict.fromkeys(KINDS, _unitizing),
    "alphaU1995": _first_alpha,
    "alphaU1995_limit": _first_alpha,
    "alphaU1995_overall": _first_alpha,
}
OTHERS: dict[str, Callable[[Entry, Entry], Any]] = {
    "pe_scott": lambda table, entry: _scott(table, entry).chance_agreement,
    "pe_cohen": lambda table, entry: _cohen(table, entry).chance_agreement,
    "pe_fleiss": lambda table, entry: ESTIMATES["fleiss"](table, entry).chance_agreement,
    "fleiss_z_1979": lambda table, entry: ESTIMATES["fleiss"](table, entry).z,
    "fleiss_category": lambda table, entry: ag.fleiss_by_category(table["data"])[entry["category"]].value,  # type: ignore[union-attr]
    "percent_pairs": lambda table, _: ag.krippendorff_alpha(table["data"], interval="none").observed_agreement,
    "cohen_ase": lambda table, entry: _cohen(table, entry).se,
    "cohen_weighted_ase": lambda table, entry: _cohen(table, entry).se,
    "masi": lambda table, _: [ag.set_distance(set(a), set(b), "masi") for a, b in table["data"]],
    "jaccard": lambda table, _: [ag.set_distance(set(a), set(b), "jaccard") for a, b in table["data"]],
    "alphaU1995_Do": lambda table, entry: _first_alpha(table, entry).disagreement,
    "alphaU1995_De": lambda table, entry: _first_alpha(table, entry).expected_disagreement,
    "alphaU1995_De_limit": lambda table, entry: _first_alpha(table, entry).expected_disagreement,
}


def _observed(estimate: ag.Estimate, table: Entry, entry: Entry) -> float:
    if entry["coef"] != "alpha":
        return estimate.observed_agreement
    # Gwet puts the correction for small samples into p_a, Krippendorff into D_e.
    if table["format"] == "contingency":
        n = 2 * sum(map(sum, table["data"]))
    else:
        given = [[v for v in row if v is not None] for row in table["data"]]
        n = sum(len(row) for row in given if len(row) > 1)
    return 1.0 - estimate.disagreement * (n - 1) / n


def _check(table: Entry, entry: Entry) -> None:
    where = f"{table['id']}: {entry}"
    if entry["coef"] in OTHERS:
        assert OTHERS[entry["coef"]](table, entry) == pytest.approx(entry["value"], abs=entry["tol"]), where
        return
    estimate = ESTIMATES[entry["coef"]](table, entry)
    assert estimate.value == pytest.approx(entry["value"], abs=entry["tol"]), where
    if "se" in entry:
        assert estimate.se == pytest.approx(entry["se"], abs=entry["tol"]), where
        assert [estimate.low, estimate.high] == pytest.approx(entry["ci95"], abs=entry["tol"]), where
    if "pa" in entry:
        assert _observed(estimate, table, entry) == pytest.approx(entry["pa"], abs=entry["tol"]), where


@pytest.mark.parametrize("name", TABLES)
def test_every_value_of_a_published_table_is_reproduced(shared: Path, name: str) -> None:
    table = json.loads((shared / "data" / "agreement" / f"{name}.json").read_text(encoding="utf-8"))
    assert table["expected"]
    for entry in table["expected"]:
        _check(table, entry)


def test_no_published_table_is_left_out(shared: Path) -> None:
    assert {path.stem for path in (shared / "data" / "agreement").glob("*.json")} == set(TABLES)
