"""Whether queues 1, 4, 5 and 7 find exactly what was put there: the same rules, written again without a data frame.

Coders without errors code a simulated study, and what the queues must hold is worked out from its passages one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import polars as pl

from crosscase.analysis.disconfirm import Material, disconfirm, flip_sets, weigh_sources
from crosscase.analysis.disconfirm.sides import items_of, take_sides
from crosscase.model.claim import Claim, Scope, claim_of_type
from crosscase.model.framework import Framework
from crosscase.simulate.counter_evidence import evidence_frame, source_frame
from crosscase.simulate.design import CoderDesign, StudyDesign
from crosscase.simulate.study import SimulatedStudy, simulate_study

_CLEAR = 0.05
_ALL = 100_000


def perfect(design: StudyDesign) -> StudyDesign:
    """The design with one coder who never errs."""
    coder = CoderDesign("never-errs", 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0)
    return replace(design, coders=(coder,), double_coded=0.0, triple_coded=0.0)


def check_queues(design: StudyDesign, framework: Framework) -> dict[int, bool]:
    """Queue → whether it held exactly what it must, for the type claim of every case."""
    study = simulate_study(perfect(design), framework)
    evidence = evidence_frame(study.sources, study.codings, framework)
    exact = {1: True, 4: True, 5: True, 7: True}
    for case, truth in study.truth.cases.items():
        if truth.type is None:
            continue
        claim = claim_of_type(framework.type(truth.type), framework, Scope((case,)), f"{case}", name=case)
        found = disconfirm([claim], Material(evidence, source_frame(study.sources)), framework, most=_ALL)
        weights = {row["coding_id"]: _sides(row, claim, framework) for row in evidence.iter_rows(named=True)}
        mine = [r for r in evidence.iter_rows(named=True) if r["case"] == case]
        exact[1] &= _ids(found.queue(case, 1)) == {r["coding_id"] for r in mine if weights[r["coding_id"]][1] > _CLEAR}
        said = set(found.queue(case, 4)["key"].to_list())
        exact[4] &= said == {f"4:participant:{case}|{who}" for who in _speakers(mine, weights)}
        denied = {k for k in found.queue(case, 5)["key"].to_list() if k.startswith("5:denied:")}
        expected = {f"5:denied:{case}|{code}" for code in _denied(study, case, claim, framework)}
        exact[5] &= denied >= expected and denied == {f"5:denied:{case}|{c}" for c in _all_denied(mine, weights)}
        exact[7] &= _flips_are_smallest(evidence, claim, framework)
    return exact


def _sides(row: Mapping[str, object], claim: Claim, framework: Framework) -> tuple[float, float]:
    """Weights for and against, straight from the definition."""
    rules = framework.rules
    assert rules.stance is not None and rules.actuality is not None
    weight, stance = rules.weights.get(str(row[rules.actuality]), 1.0), row[rules.stance.facet]
    affirmed = (
        0.5 if stance in rules.stance.splits else 0.0 if stance in (*rules.stance.denies, *rules.stance.drops) else 1.0
    )
    denied = 0.5 if stance in rules.stance.splits else 1.0 if stance in rules.stance.denies else 0.0
    best = {"for": 0.0, "against": 0.0}
    for part in claim.effective_parts:
        fits = part.pattern.matches_code(str(row["code"])) and all(
            row[facet] in values for facet, values in part.pattern.facets.items()
        )
        if not fits:
            continue
        other = "against" if part.side == "for" else "for"
        if rules.stance.facet in part.pattern.facets:
            best[part.side] = max(best[part.side], (affirmed + denied) * weight * part.weight)
            continue
        best[part.side] = max(best[part.side], affirmed * weight * part.weight)
        best[other] = max(best[other], denied * weight * part.weight * (0.5 if part.role == "locus" else 1.0))
    return best["for"], best["against"]


def _speakers(rows: Sequence[Mapping[str, object]], weights: Mapping[int, tuple[float, float]]) -> Iterator[object]:
    for who in {r["participant"] for r in rows if r["participant"]}:
        apart = [weights[int(str(r["coding_id"]))] for r in rows if r["participant"] == who]
        if any(p - c > _CLEAR for p, c in apart) and any(c - p > _CLEAR for p, c in apart):
            yield who


def _all_denied(rows: Sequence[Mapping[str, object]], weights: Mapping[int, tuple[float, float]]) -> set[object]:
    centre = {
        r["code"]
        for r in rows
        if r["level"] == "central"
        and r["actuality"] in ("espoused", "formal", "planned")
        and r["stance"] not in ("absent", "contradicts")
        and weights[int(str(r["coding_id"]))][0] > 0
    }
    schools = {
        r["code"]
        for r in rows
        if r["level"] == "school"
        and r["stance"] in ("absent", "contradicts")
        and weights[int(str(r["coding_id"]))][1] > 0
    }
    return centre & schools


def _denied(study: SimulatedStudy, case: str, claim: Claim, framework: Framework) -> set[str]:
    """Codes of the conflicts that the simulation planted, where claim and denial speak about the claim."""
    passages = study.truth.passages

    def weight(place: int) -> tuple[float, float]:
        return _sides({"code": passages[place].code, **passages[place].facets}, claim, framework)

    return {
        c.code
        for c in study.truth.conflicts
        if c.case == case
        and passages[c.claim].facets["actuality"] in ("espoused", "formal", "planned")
        and weight(c.claim)[0] > 0
        and any(weight(d)[1] > 0 for d in c.denials)
    }


def _flips_are_smallest(evidence: pl.DataFrame, claim: Claim, framework: Framework) -> bool:
    """On the nine heaviest sources, the listed sets are all the smallest that flip, by trying every subset."""
    items = items_of(take_sides(evidence, claim, framework))
    table = weigh_sources(items).sort("decibans", descending=True).head(9)
    weights = {s: w - 0.5 for s, w in table.select("source", "decibans").iter_rows()}
    total = sum(weights.values())
    if total <= 0:
        return True
    # A threshold near the total, so that small sets decide.
    threshold = total - 1.2 * max(weights.values())
    for size in range(1, len(weights) + 1):
        flipping = {s for s in combinations(sorted(weights), size) if total - sum(weights[x] for x in s) <= threshold}
        if flipping:
            return set(flip_sets(weights, threshold=threshold, most=_ALL)) == flipping
    return not flip_sets(weights, threshold=threshold)


def _ids(queue: pl.DataFrame) -> set[int]:
    return set(queue["coding_ids"].explode().drop_nulls().to_list())
