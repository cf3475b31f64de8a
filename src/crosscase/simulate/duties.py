"""What a simulated case must hold whatever chance draws.

Passages against its own type, claims of the centre that schools deny, evidence on every condition from several kinds
of sources, and every indicator of the framework somewhere in the study.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crosscase.simulate.design import SCHOOL_ROLES
from crosscase.simulate.selection import Chosen, Selector, SourceMind
from crosscase.simulate.shelf import STRENGTHS, Flags, Floats, pick

_PLANTED_IN = {"school": 0.58, "observation": 0.18, "document": 0.10, "central": 0.14}
_DENIALS_PER_CLAIM = 2
_SOURCES, _KINDS, _SCHOOL_SOURCES = 6, 2, 2


def plant_conflicts(selector: Selector, minds: Sequence[SourceMind], rng: np.random.Generator) -> None:
    """Claims that central leaders espouse and people in schools deny, on the same indicator."""
    shelf = selector.shelf
    centre = [m for m in minds if m.plan.level == "central"]
    schools = [m for m in minds if m.plan.is_school_level]
    if not centre or not schools:
        return
    open_codes = np.ones(len(shelf.codes), dtype=bool)
    for group in range(selector.case.conflicts):
        speaker = centre[int(rng.integers(len(centre)))]
        claims = _weights(selector, speaker, agreeing=False) * shelf.espoused * ~shelf.denies * ~shelf.is_mild
        # Only what some school denies, and rather what it denies rightly.
        denials = _denials(selector, schools[int(rng.integers(len(schools)))])
        deniable = np.bincount(shelf.code, weights=denials, minlength=len(shelf.codes))
        claims = claims * (open_codes * deniable)[shelf.code]
        if claims.sum() <= 0.0:
            continue
        place = pick(claims, rng)
        code = shelf.code[place]
        denying: list[tuple[SourceMind, int]] = []
        for number in rng.permutation(len(schools)):
            weights = _denials(selector, schools[number]) * (shelf.code == code)
            if weights.sum() > 0.0 and len(denying) < _DENIALS_PER_CLAIM:
                denying.append((schools[number], pick(weights, rng)))
                selector.take(denying[-1][0], Chosen(denying[-1][1], denying[-1][0].plan.voice, "denial", group=group))
        if denying:
            open_codes[code] = False
            selector.take(speaker, Chosen(place, speaker.plan.voice, "claim", group=group))


def _denials(selector: Selector, mind: SourceMind) -> Floats:
    return _weights(selector, mind, agreeing=True) * selector.shelf.denies


def plant_disconfirming(selector: Selector, minds: Sequence[SourceMind], rng: np.random.Generator) -> None:
    """Passages against the type of the case, of three strengths in turn."""
    kind, shelf = selector.truth.type, selector.shelf
    if kind is None:
        return
    against = shelf.against(kind)
    low, high = selector.case.planted
    for number in range(int(rng.integers(low, high + 1))):
        strength = number % len(STRENGTHS)
        fitting: Flags = against & (shelf.strength == strength)
        for _ in range(12):
            mind = _one_of(minds, rng)
            voice = mind.plan.voice
            weights = _weights(selector, mind, agreeing=False) * fitting
            if weights.sum() > 0.0:
                selector.take(mind, Chosen(pick(weights, rng), voice, "planted", strength=STRENGTHS[strength]))
                break


def _one_of(minds: Sequence[SourceMind], rng: np.random.Generator) -> SourceMind:
    """A source to plant in: mostly school-level ones, each level by its share."""
    shares = np.array([_PLANTED_IN.get(m.plan.level, 0.05) for m in minds])
    levels = [m.plan.level for m in minds]
    sizes = np.array([levels.count(level) for level in levels])
    return minds[pick(shares / sizes, rng)]


def cover_conditions(selector: Selector, minds: Sequence[SourceMind], rng: np.random.Generator) -> None:
    """Give every condition evidence from several sources, of two kinds, with school-level ones among them."""
    shelf = selector.shelf
    for row in range(len(shelf.conditions)):
        speaks = shelf.speaks[row]
        for _ in range(2 * _SOURCES):
            having = [m for m in minds if any(speaks[item.place] for item in m.chosen)]
            lacking = [m for m in minds if m not in having]
            wanted = _still_wanted(having, lacking)
            if not wanted:
                break
            mind = wanted[int(rng.integers(len(wanted)))]
            weights = _weights(selector, mind, agreeing=True) * speaks * ~shelf.is_mild
            if weights.sum() <= 0.0:
                break
            selector.take(mind, Chosen(pick(weights, rng), mind.plan.voice, "needed"))


def _still_wanted(having: list[SourceMind], lacking: list[SourceMind]) -> list[SourceMind]:
    """Sources of which one more should speak about a condition; empty when there is enough."""
    in_schools = [m for m in lacking if m.plan.voice in SCHOOL_ROLES]
    if sum(m.plan.voice in SCHOOL_ROLES for m in having) < _SCHOOL_SOURCES and in_schools:
        return in_schools
    kinds = {m.plan.kind for m in having}
    other_kinds = [m for m in lacking if m.plan.kind not in kinds]
    if len(kinds) < _KINDS and other_kinds:
        return other_kinds
    return lacking if len(having) < _SOURCES else []


def cover_indicators(selector: Selector, minds: Sequence[SourceMind], seen: Flags, rng: np.random.Generator) -> None:
    """Say something about every indicator that no case has mentioned (called with the last case)."""
    shelf = selector.shelf
    for code in np.flatnonzero(~seen):
        for number in rng.permutation(len(minds)):
            weights = _weights(selector, minds[number], agreeing=True) * (shelf.code == code)
            if weights.sum() > 0.0:
                selector.take(minds[number], Chosen(pick(weights, rng), minds[number].plan.voice, "needed"))
                break


def _weights(selector: Selector, mind: SourceMind, *, agreeing: bool) -> Floats:
    return selector.weights(mind, mind.plan.voice, 0, agreeing=agreeing)
