"""What is true of a simulated case: who holds the work in each domain, and its membership in each condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from crosscase.errors import InputError
from crosscase.model.framework import Condition, Framework, IdealType
from crosscase.simulate.design import CaseDesign

# Shares of the work: Dirichlet with more than half of its weight on the dominant locus (as in the model of the
# analysis, but steadier); the other loci share the rest by the type's template.
DOMINANT, OTHERS = 20.0, 15.0
_MAJOR = ("central_office", "school", "joint")
_MINOR_WEIGHT = {"external_partner": 0.5, "network_hub": 0.3, "government": 0.15, "families_market": 0.25}
_NOT_STATED = 0.8
TRUE, FALSE = 0.94, 0.06


@dataclass(frozen=True)
class Face:
    """One side of a case: in a pure case the only one, in a mixed case one of two.

    ``shares`` are the shares of the loci per domain, ``memberships`` the true membership per condition.
    """

    type: str | None
    dominant: Mapping[str, str | None]
    shares: Mapping[str, Mapping[str, float]]
    memberships: Mapping[str, float]


@dataclass(frozen=True)
class CaseTruth:
    """The truth about a case; the second face, if there is one, rules a subject or the first years."""

    case: str
    type: str | None
    faces: tuple[Face, ...]
    mixture: str = ""
    mixture_share: float = 0.0

    @property
    def main(self) -> Face:
        return self.faces[0]


def draw_truth(case: CaseDesign, framework: Framework, rng: np.random.Generator) -> CaseTruth:
    """Draw what is true of a case of this design."""
    types: list[str | None] = [case.type]
    if case.mixture and case.second_type:
        types.append(case.second_type)
    faces = tuple(_face(name, case, framework, rng) for name in types)
    return CaseTruth(case.name, case.type, faces, case.mixture, case.mixture_share if len(faces) > 1 else 0.0)


def _face(name: str | None, case: CaseDesign, framework: Framework, rng: np.random.Generator) -> Face:
    kind = None if name is None else framework.type(name)
    dominant: dict[str, str | None] = {}
    shares: dict[str, dict[str, float]] = {}
    for domain in framework.domains:
        drawn = _dominant(kind, domain.id, case, rng)
        given = case.dominant.get(domain.id)
        if given is not None and given not in framework.loci:
            raise InputError(
                f"no locus {given!r}", where=f"case {case.name}", mend=f"use one of {', '.join(framework.loci)}"
            )
        dominant[domain.id] = given or drawn
        shares[domain.id] = _shares(dominant[domain.id], kind, domain.id, framework, rng)
    return Face(name, dominant, shares, _memberships(kind, case.fidelity, framework, rng))


def _dominant(kind: IdealType | None, domain: str, case: CaseDesign, rng: np.random.Generator) -> str | None:
    """The locus that holds a domain; ``None`` when the work is spread without a pattern."""
    stray = rng.random() >= case.fidelity
    if kind is None:
        return (*_MAJOR[:2], None)[int(rng.integers(3))]
    expected = kind.expects(domain)
    if expected is None:
        # The type leaves the domain open: one of the loci that it has at least "more in".
        row = kind.templates.get(domain, {})
        fitting = [locus for locus, membership in row.items() if membership >= 0.75] or list(_MAJOR)
        expected = fitting[int(rng.integers(len(fitting)))]
    if stray:
        others = [locus for locus in _MAJOR if locus != expected]
        return others[int(rng.integers(len(others)))]
    return expected


def _shares(
    dominant: str | None, kind: IdealType | None, domain: str, framework: Framework, rng: np.random.Generator
) -> dict[str, float]:
    """Draw the shares of the loci in a domain."""
    loci = list(framework.loci)
    row = kind.templates.get(domain, {}) if kind else {}
    base = np.array([_MINOR_WEIGHT.get(locus, 1.0) * (0.4 + row.get(locus, 0.1)) for locus in loci])
    if dominant is None:
        weights = base / base.sum() * (DOMINANT + OTHERS)
    else:
        base[loci.index(dominant)] = 0.0
        weights = base / base.sum() * OTHERS
        weights[loci.index(dominant)] = DOMINANT
    drawn = rng.standard_gamma(np.append(weights, _NOT_STATED))
    drawn /= drawn.sum()
    names = [*loci, framework.rules.not_stated or "not_stated"]
    return {name: round(float(share), 4) for name, share in zip(names, drawn, strict=True)}


def _memberships(
    kind: IdealType | None, fidelity: float, framework: Framework, rng: np.random.Generator
) -> dict[str, float]:
    """The true membership in each condition that the evidence speaks about."""
    conditions = [c for c in framework.conditions if c.input == "passages"]
    signs = kind.formula.signs() if kind else _corner_of_none(conditions, framework, rng)
    memberships = {}
    for condition in conditions:
        middle = float(rng.uniform(0.3, 0.7))
        wanted = {True: TRUE, False: FALSE}.get(signs[condition.id], middle) if condition.id in signs else middle
        # Fidelity 1 leaves the membership where the type wants it, .5 makes it a coin.
        memberships[condition.id] = round(0.5 + (wanted - 0.5) * (2 * fidelity - 1), 4)
    return memberships


def _corner_of_none(conditions: list[Condition], framework: Framework, rng: np.random.Generator) -> dict[str, bool]:
    """A corner of the property space that belongs to none of the types, loosely coupled schooling if it is named."""
    named = framework.residual_corners.get("legacy_loose")
    wanted = named[0].signs() if named else {}
    names = [c.id for c in conditions]
    corners = []
    for values in product((False, True), repeat=len(names)):
        corner = dict(zip(names, values, strict=True))
        crisp = {name: float(value) for name, value in corner.items()}
        free = all(not set(t.formula.conditions) <= crisp.keys() or t.membership(crisp) == 0.0 for t in framework.types)
        if free and all(corner.get(name) == sign for name, sign in wanted.items()):
            corners.append(corner)
    if not corners:
        raise InputError("every corner of the property space is a type", mend="give the case a type")
    return corners[int(rng.integers(len(corners)))]
