"""Ranges of calibration anchors, checked against recalibrating and minimising again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.unit.analysis.qca.published import analysis_of, read_published

from crosscase.analysis.qca.anchor_sensitivity import anchor_sensitivity
from crosscase.analysis.qca.calibrate import calibrate
from crosscase.analysis.qca.fit import consistency
from crosscase.analysis.qca.minimise import minimize
from crosscase.errors import Degenerate, InputError, NotEnoughEvidence

CONDITIONS = ["DEV", "URB", "LIT", "IND", "STB"]


@pytest.mark.parametrize(("condition", "include"), [("DEV", ""), ("LIT", "?"), ("STB", "?")])
def test_inside_the_range_of_each_anchor_recalibrating_gives_the_same_models_and_outside_not(
    shared: Path, condition: str, include: str
) -> None:
    table, raw = read_published(shared, "T01")
    anchors = {name: v["anchors"] for name, v in analysis_of(table, "direct_calibration")["fuzzy"].items()}
    frame = {"case": raw["case"].to_list()} | {
        name: calibrate(raw[f"{name}_raw"].to_list(), points) for name, points in anchors.items()
    }
    values = raw[f"{condition}_raw"].to_list()
    found = anchor_sensitivity(
        frame,
        "SURV",
        CONDITIONS,
        condition=condition,
        raw=values,
        anchors=anchors[condition],
        incl_cut=0.8,
        include=include,
    )

    def models(place: int, value: float) -> object:
        points = list(anchors[condition])
        points[place] = value
        moved = {**frame, condition: calibrate(values, points)}
        try:
            solved = minimize(moved, "SURV", CONDITIONS, incl_cut=0.8, include=include)
        except (Degenerate, NotEnoughEvidence):
            return None
        return {frozenset(m.terms) for m in solved.models}

    here = models(1, anchors[condition][1])
    for place, name in enumerate(("out", "cross", "in")):
        low, high = found.range(name)
        value = anchors[condition][place]
        for end in (low, high):
            if end is None:
                continue
            step = 1e-7 * max(1.0, abs(value))
            inward = np.sign(value - end)
            for share in np.linspace(0, 1, 12):
                assert models(place, end + inward * step + share * (value - end - inward * step)) == here, (name, share)
            assert models(place, end - inward * step) != here, name


def test_an_anchor_without_a_limit_says_so_and_a_limit_is_where_consistency_meets_its_cut() -> None:
    frame = {"A": [0.9, 0.9, 0.1, 0.1], "Y": [0.95, 0.95, 0.01, 0.01]}
    raw, anchors = [10, 9, 1, 0], (0, 5, 10)
    loose = anchor_sensitivity(frame, "Y", ["A"], condition="A", raw=raw, anchors=anchors, incl_cut=0.6)
    assert loose.range("cross") == (None, None)  # A stays the model wherever the cross-over lies
    strict = anchor_sensitivity(frame, "Y", ["A"], condition="A", raw=raw, anchors=anchors, incl_cut=0.9)
    low, high = strict.range("cross")
    assert low is not None and high is None
    assert consistency(calibrate(raw, (0, low, 10)), np.array(frame["Y"])) == pytest.approx(0.9, abs=2e-9)


def test_what_has_no_anchors_to_move_is_refused() -> None:
    frame = {"A": [1, 0, 1], "Y": [1, 0, 0]}
    with pytest.raises(InputError, match="B is no condition"):
        anchor_sensitivity(frame, "Y", ["A"], condition="B", raw=[1, 2, 3], anchors=(0, 1, 2))
    with pytest.raises(InputError, match="2 raw values"):
        anchor_sensitivity(frame, "Y", ["A"], condition="A", raw=[1, 2], anchors=(0, 1, 2))
    with pytest.raises(InputError, match="out of order"):
        anchor_sensitivity(frame, "Y", ["A"], condition="A", raw=[1, 2, 3], anchors=(0, 3, 2))
