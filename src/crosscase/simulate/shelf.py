"""The passages of the bank as arrays: what each says about loci and conditions, for quick weighted choice."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crosscase.analysis.support import condition_support, matches, weigh
from crosscase.model.framework import Framework
from crosscase.simulate.bank import Bank, first_wording
from crosscase.simulate.truth import Face

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

STRENGTHS = ("explicit", "paraphrased", "hard")


class Shelf:
    """Arrays over the passages of the bank, in its order."""

    def __init__(self, bank: Bank, framework: Framework) -> None:
        self.bank, self.framework = bank, framework
        passages = bank.passages
        self.n = len(passages)
        self.loci = (*framework.loci, framework.rules.not_stated or "not_stated")
        self.codes = tuple(i.id for i in framework.indicators)
        self.domains = tuple(d.id for d in framework.domains)
        self.conditions = tuple(c for c in framework.conditions if c.input == "passages")
        self.locus: Indices = np.array([self.loci.index(p.locus) for p in passages])
        self.code: Indices = np.array([self.codes.index(p.code) for p in passages])
        self.domain: Indices = np.array([self.domains.index(p.domain) for p in passages])
        self.n_words: Indices = np.array([p.n_words for p in passages])
        stance = framework.rules.stance
        denying, halved = (stance.denies, (*stance.splits, *stance.drops)) if stance else ((), ())
        self.denies: Flags = np.array([p.stance in denying for p in passages])
        self.is_mild: Flags = np.array([p.stance in halved for p in passages])
        self.espoused: Flags = np.array([p.actuality == "espoused" for p in passages])
        self.subject = np.array([p.subject for p in passages])
        self.band = np.array([p.band for p in passages])
        self.evidence = self._evidence()
        self._against: dict[str, Flags] = {}

    def _evidence(self) -> pl.DataFrame:
        rows = {
            "code": [p.code for p in self.bank.passages],
            "locus": [p.locus for p in self.bank.passages],
            "mode": [p.mode for p in self.bank.passages],
            "stance": [p.stance for p in self.bank.passages],
            "actuality": [p.actuality for p in self.bank.passages],
            "subject": ["all"] * self.n,
            "place": range(self.n),
        }
        return weigh(pl.DataFrame(rows), self.framework.rules)

    def said_by(self, voice: str) -> Flags:
        """Passages that this voice could say."""
        return np.array([voice in p.voices for p in self.bank.passages])

    @cached_property
    def support(self) -> tuple[Floats, Floats]:
        """Weight for and against each condition (conditions × passages), as the analysis counts it."""
        pro, contra = np.zeros((len(self.conditions), self.n)), np.zeros((len(self.conditions), self.n))
        for row, condition in enumerate(self.conditions):
            speaking = condition_support(self.evidence, condition, self.framework.rules)
            places = speaking["place"].to_numpy()
            pro[row, places] = speaking["pro"].to_numpy()
            contra[row, places] = speaking["contra"].to_numpy()
        return pro, contra

    @cached_property
    def speaks(self) -> Flags:
        """Which passages speak about each condition at all (conditions × passages)."""
        pro, contra = self.support
        return (pro + contra) > 0

    def agreement(self, face: Face, tilt: Floats) -> Floats:
        """How well each passage agrees with a true face; 1 where it speaks about no condition.

        ``tilt`` are the memberships that this source shows, near those of the face.
        """
        pro, contra = self.support
        total = np.where(self.speaks, pro + contra, 1.0)
        share = (tilt[:, None] * pro + (1.0 - tilt[:, None]) * contra) / total
        factors: Floats = np.where(self.speaks, 0.003 + 1.4 * share * share, 1.0)
        agreement = np.asarray(factors.prod(axis=0))
        if face.type is not None:
            # What the type rules out without a condition for it, such as principals who decide in a managerial system.
            agreement = np.where(self.against(face.type) & (agreement >= 1.0), 0.15 * agreement, agreement)
        return np.asarray(agreement)

    def against(self, type_name: str) -> Flags:
        """Passages that speak against a type: against a condition of its rule, or on its own disconfirming list."""
        if type_name not in self._against:
            self._against[type_name] = self._find_against(type_name)
        return self._against[type_name]

    def _find_against(self, type_name: str) -> Flags:
        kind = self.framework.type(type_name)
        pro, contra = self.support
        signs = kind.formula.signs()
        found = np.zeros(self.n, dtype=bool)
        for row, condition in enumerate(self.conditions):
            if condition.id in signs:
                found |= (contra[row] if signs[condition.id] else pro[row]) >= 0.5
        rules = self.framework.rules
        for pattern in kind.disconfirming:
            hit = self.evidence.select(matches(pattern, self.evidence.columns).alias("hit"))["hit"].to_numpy()
            stated = rules.stance is not None and rules.stance.facet in pattern.facets
            found |= hit & (stated | (self.evidence["affirmed"].to_numpy() >= 0.5))
        # What also speaks for the type is no clear case.
        return np.asarray(found & ~self.favours(type_name) & ~self.is_mild)

    def favours(self, type_name: str) -> Flags:
        """Passages that speak for a condition of a type's rule."""
        signs = self.framework.type(type_name).formula.signs()
        pro, contra = self.support
        found = np.zeros(self.n, dtype=bool)
        for row, condition in enumerate(self.conditions):
            if condition.id in signs:
                found |= (pro[row] if signs[condition.id] else contra[row]) > 0
        return found

    @cached_property
    def strength(self) -> Indices:
        """How findable a passage is: 0 uses a term of its indicator, 1 affirms and 2 denies in other words."""
        terms = {i.id: tuple(t.casefold() for t in i.terms) for i in self.framework.indicators}
        strengths: list[int] = []
        for passage in self.bank.passages:
            words = first_wording(passage.text).casefold()
            explicit = any(term in words for term in terms[passage.code])
            denies = self.denies[len(strengths)]
            strengths.append(0 if explicit else 2 if denies else 1)
        return np.array(strengths)


def pick(weights: Floats, rng: np.random.Generator) -> int:
    """Draw a place with these weights; the same on every machine, unlike library routines that sum in parallel."""
    heights = np.cumsum(weights)
    return int(min(np.searchsorted(heights, rng.random() * heights[-1], side="right"), len(weights) - 1))
