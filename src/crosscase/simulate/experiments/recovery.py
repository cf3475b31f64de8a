"""Recovery: simulated studies of the seed's size with planted types; how often is the verdict right, and how wrong?

Every study has four districts, 59 interviews, 48 days of field notes and 48 documents, coded by three coders with
errors; each district is one of the four types or none of them, at random. The text of every source is written and coded
as in the demonstration; only files and the study file are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from crosscase import frameworks
from crosscase.analysis.identify import identify, identify_by
from crosscase.analysis.identify.verdicts import Verdict
from crosscase.model.framework import Framework
from crosscase.model.seed import check_seed
from crosscase.simulate.design import StudyDesign, seed_study
from crosscase.simulate.frame import evidence_of
from crosscase.simulate.study import simulate_study

CASES = ("urban", "suburban", "charter", "hybrid")
Row = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """A way in which studies are made and read.

    ``make`` draws a design; ``read`` returns a verdict per case; ``truth`` names what would be the right answer.
    """

    name: str
    says: str
    make: Callable[[int, Framework], StudyDesign]
    filtered: Callable[[pl.DataFrame], pl.DataFrame] = lambda evidence: evidence
    by_subject: bool = False
    wants: str = "type"  # type | not_enough | between


def _plain(seed: int, framework: Framework, **changes: object) -> StudyDesign:
    """Each district one of the types or none, at random."""
    rng = np.random.default_rng([check_seed(seed), 77])
    kinds = [t.id for t in framework.types] + [None]
    truth = {case: kinds[int(rng.integers(len(kinds)))] for case in CASES}
    design = seed_study(seed=seed, truth=truth, **changes)  # type: ignore[arg-type]
    # No story over time here: a district is what it is in all years.
    return replace(design, cases=tuple(replace(c, second_type=None, mixture="") for c in design.cases))


def _shared_errors(seed: int, framework: Framework) -> StudyDesign:
    return _plain(seed, framework, shared_errors=0.5)


def _talkative(seed: int, framework: Framework) -> StudyDesign:
    design = _plain(seed, framework)
    return replace(design, cases=tuple(replace(c, talkative=6.0) for c in design.cases))


def _mixed(seed: int, framework: Framework) -> StudyDesign:
    """Two districts are one type in most subjects and another in mathematics."""
    rng = np.random.default_rng([check_seed(seed), 78])
    kinds = [t.id for t in framework.types]
    truth: dict[str, str | None] = {}
    for number, case in enumerate(CASES):
        first, second = (kinds[int(i)] for i in rng.permutation(len(kinds))[:2])
        truth[case] = f"{first}+{second}" if number < 2 else first
    design = seed_study(seed=seed, truth=truth)
    return replace(
        design,
        cases=tuple(c if c.mixture == "subject" else replace(c, second_type=None, mixture="") for c in design.cases),
    )


def _no_schools(evidence: pl.DataFrame) -> pl.DataFrame:
    return evidence.filter(pl.col("level") != "school")


SCENARIOS: Mapping[str, Scenario] = {
    s.name: s
    for s in (
        Scenario("baseline", "types at random; three coders with errors of their own", _plain),
        Scenario("correlated-errors", "coders fall into the same misreading half of the time", _shared_errors),
        Scenario("no-school-sources", "nothing from schools was collected", _plain, _no_schools, wants="not_enough"),
        Scenario("talkative-source", "one interview in each district is six times as long", _talkative),
        Scenario("mixed-by-subject", "two districts are another type in mathematics", _mixed, by_subject=True),
    )
}


def read_study(scenario: Scenario, seed: int, framework: Framework | None = None) -> list[Row]:
    """One simulated study: a row per case with its truth and its verdict."""
    framework = framework or frameworks.load("education-systems")
    design = scenario.make(seed, framework)
    evidence = scenario.filtered(evidence_of(simulate_study(design, framework), framework))
    # One try of 2,000 draws: up to three of rising length, as for a real study, take six times as long and changed no
    # verdict where both were run.
    options: dict[str, Any] = {
        "draws": 2000,
        "tries": 1,
        "chains": 2,
        "seed": seed,
        "cases": list(CASES),
        "allow_unconverged": True,
    }
    found = identify(evidence, framework, **options)
    verdicts: Mapping[str, Verdict] = found.verdicts
    if scenario.by_subject:
        verdicts = identify_by(
            evidence, framework, "subject", whole=found, leave_out=("all", "other"), **options
        ).verdicts
    rows = []
    for case in design.cases:
        verdict = verdicts[case.name]
        mixed = bool(case.second_type) and case.mixture == "subject"
        rows.append(
            {
                "study": seed,
                "case": case.name,
                "truth": case.type or "none",
                "second": case.second_type if mixed else None,
                "kind": verdict.kind,
                "types": list(verdict.types),
                "probability": verdict.probability,
                "p_truth": found.probability(case.name, case.type or "none"),
                "p_best": max(found.table.filter(pl.col("case") == case.name)["probability"]),
                "best": _best(found.table, case.name),
                "whole": found.verdict(case.name).kind,
                "whole_types": list(found.verdict(case.name).types),
            }
        )
    return rows


def _best(table: pl.DataFrame, case: str) -> str:
    rows = table.filter(pl.col("case") == case).sort("probability", descending=True)
    return str(rows["type"][0])


def summarise(scenario: Scenario, rows: list[Row]) -> dict[str, Any]:
    """Rates with 95 % intervals (Wilson 1927), against the bars."""
    typed = [r for r in rows if r["truth"] != "none" and not r["second"]]
    none = [r for r in rows if r["truth"] == "none"]
    mixed = [r for r in rows if r["second"]]
    result: dict[str, Any] = {
        "what": scenario.says,
        "studies": len({r["study"] for r in rows}),
        "verdicts": _counts(rows),
    }
    if scenario.wants == "not_enough":
        result["not enough evidence"] = _bar(rate(rows, lambda r: r["kind"] == "not_enough"), at_least=0.95)
        return result
    result["true type: right type named"] = _bar(rate(typed, lambda r: _named(r, r["truth"])), at_least=0.95)
    result["true type: leaning to the right one"] = rate(
        typed, lambda r: r["kind"] == "leaning" and r["types"] == [r["truth"]]
    )
    result["true type: a wrong type named"] = _bar(
        rate(typed, lambda r: r["kind"] == "type" and r["types"] != [r["truth"]]), at_most=0.01
    )
    if none:
        result["true none: called a type"] = _bar(rate(none, lambda r: r["kind"] == "type"), at_most=0.02)
        result["true none: said to be none"] = rate(none, lambda r: r["kind"] == "none")
    if mixed:
        pair = [{**r, "pair": {r["truth"], r["second"]}} for r in mixed]
        result["mixed: said to lie between the two"] = rate(
            pair, lambda r: r["kind"] == "between" and set(r["types"]) == r["pair"]
        )
        result["mixed: one of the two named alone"] = rate(
            pair, lambda r: r["kind"] == "type" and set(r["types"]) <= r["pair"]
        )
        result["mixed: a third type named"] = _bar(
            rate(pair, lambda r: r["kind"] == "type" and not set(r["types"]) <= r["pair"]), at_most=0.01
        )
    result["calibration of the most probable answer"] = _reliability([r for r in rows if not r["second"]])
    return result


def _named(row: Row, truth: str) -> bool:
    return bool(row["kind"] == "type" and row["types"] == [truth])


def _counts(rows: list[Row]) -> dict[str, int]:
    kinds = sorted({r["kind"] for r in rows})
    return {kind: sum(r["kind"] == kind for r in rows) for kind in kinds}


def rate(rows: list[Row], test: Callable[[Row], bool]) -> dict[str, float | int | None]:
    """A share with its 95 % interval; ``None`` where there is nothing to count."""
    n, k = len(rows), sum(bool(test(r)) for r in rows)
    if n == 0:
        return {"n": 0, "share": None, "low": None, "high": None}
    z, p = 1.959964, k / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
    return {"n": n, "share": round(p, 4), "low": round(centre - half, 4), "high": round(centre + half, 4)}


def _bar(found: dict[str, Any], *, at_least: float | None = None, at_most: float | None = None) -> dict[str, Any]:
    share = found["share"]
    met = None if share is None else (share >= at_least if at_least is not None else share <= (at_most or 0.0))
    return {**found, "bar": f"≥ {at_least}" if at_least is not None else f"≤ {at_most}", "met": met}


def _reliability(rows: list[Row]) -> list[dict[str, float | int]]:
    """How often the most probable answer was right, by how probable it was said to be."""
    result = []
    for low, high in ((0.0, 0.5), (0.5, 0.66), (0.66, 0.9), (0.9, 0.99), (0.99, 1.01)):
        here = [r for r in rows if low <= r["p_best"] < high]
        if here:
            stated = float(np.mean([r["p_best"] for r in here]))
            right = float(np.mean([r["best"] == r["truth"] for r in here]))
            result.append({"n": len(here), "stated": round(stated, 4), "right": round(right, 4)})
    return result
