"""Which passages each source holds: drawn from the bank so that together they show what is true of the case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crosscase.simulate import hints
from crosscase.simulate.bank import first_wording
from crosscase.simulate.design import CaseDesign
from crosscase.simulate.plan import SourcePlan
from crosscase.simulate.shelf import Flags, Floats, Indices, Shelf, pick
from crosscase.simulate.truth import CaseTruth, Face
from crosscase.simulate.world import World

# How much of a voice's talk goes to each domain.
_DOMAINS: Mapping[str, Mapping[str, float]] = {
    "central": {"env": 0.22, "infra": 0.22, "use": 0.16, "perf": 0.21, "lead": 0.19},
    "principal": {"env": 0.17, "infra": 0.21, "use": 0.19, "perf": 0.22, "lead": 0.21},
    "teacher_leader": {"env": 0.12, "infra": 0.22, "use": 0.26, "perf": 0.21, "lead": 0.19},
    "teacher": {"env": 0.14, "infra": 0.23, "use": 0.26, "perf": 0.21, "lead": 0.16},
    "board": {"env": 0.34, "infra": 0.22, "use": 0.11, "perf": 0.20, "lead": 0.13},
    "external": {"env": 0.22, "infra": 0.20, "use": 0.22, "perf": 0.17, "lead": 0.19},
    "document": {"env": 0.17, "infra": 0.26, "use": 0.17, "perf": 0.22, "lead": 0.18},
    "observer": {"env": 0.20, "infra": 0.25, "use": 0.18, "perf": 0.19, "lead": 0.18},
}
# Who is overheard at a district-level event.
_OVERHEARD = {
    "principal": 0.36,
    "teacher": 0.22,
    "teacher_leader": 0.20,
    "central": 0.16,
    "board": 0.03,
    "external": 0.03,
}
_LONGEST_REMARK = 75
_DENIALS = 0.20
# A locus is drawn by its share until what is left to say about it weighs less than this part of the best supplied one:
# a higher part spares repetitions, but moves work away from the dominant locus (.05 moved a tenth of it).
_SCARCE = 0.01
_HONEST = 0.25
_ASSIGNED = re.compile(
    r"attendance area|zoned|your address|lives inside the line|assign by address|the water\.|eleven streets"
)


@dataclass(frozen=True)
class Chosen:
    """A passage of the bank in a source; ``purpose`` is natural, planted, claim, denial or needed."""

    place: int
    voice: str
    purpose: str = "natural"
    face: int = 0
    strength: str = ""
    group: int = -1


@dataclass
class SourceMind:
    """What one source is inclined to say: loci per face and domain, agreement per face, and what it has said.

    ``readiness`` of a passage falls with what has been said already, ``known`` is what that tells about the speaker.
    """

    plan: SourcePlan
    rho: tuple[tuple[Floats, ...], ...]
    agreement: tuple[Floats, ...]
    face_shares: Floats
    readiness: Floats
    chosen: list[Chosen]
    known: hints.Speaker


class Selector:
    """Chooses passages, each as seldom as the bank allows: never twice in a source, seldom twice in a case."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.in_study = np.zeros(shelf.n)
        self.in_case = np.zeros(shelf.n)
        self._freshness = np.ones(shelf.n)
        self._voices = {voice: shelf.said_by(voice) for voice in (*_OVERHEARD, "document", "observer")}
        texts = [first_wording(p.text) for p in shelf.bank.passages]
        self._assigned: Flags = np.array([_ASSIGNED.search(text) is not None for text in texts])
        self._names_superintendent: Flags = np.array(["{superintendent}" in text for text in texts])
        self._short: Flags = np.array([p.n_words <= _LONGEST_REMARK for p in shelf.bank.passages])
        subdomains = sorted({p.subdomain for p in shelf.bank.passages})
        self._topic: Indices = np.array([subdomains.index(p.subdomain) for p in shelf.bank.passages])
        self._personal = {i: p.speaker for i, p in enumerate(shelf.bank.passages) if p.speaker != hints.Speaker()}
        self._fits: dict[tuple[str, str, str, str], Floats] = {}

    def open_case(self, case: CaseDesign, truth: CaseTruth, world: World) -> None:
        """Begin with another case."""
        self.case, self.truth, self.world = case, truth, world
        self.in_case[:] = 0.0
        self._freshness = np.exp(-0.6 * np.minimum(self.in_study, 20))

    # ---------------------------------------------------------------- one source

    def mind(self, plan: SourcePlan, rng: np.random.Generator) -> SourceMind:
        """Draw how this source departs from its case (Dirichlet around the true shares)."""
        rho, agreement = [], []
        for face in self.truth.faces:
            rho.append(tuple(self._source_shares(face, domain, rng) for domain in self.shelf.domains))
            agreement.append(self.shelf.agreement(face, self._tilt(face, rng)))
        return SourceMind(
            plan=plan,
            rho=tuple(rho),
            agreement=tuple(agreement),
            face_shares=self._face_shares(plan),
            readiness=np.ones(self.shelf.n),
            chosen=[],
            known=hints.Speaker(),
        )

    def _source_shares(self, face: Face, domain: str, rng: np.random.Generator) -> Floats:
        shares = np.array([face.shares[domain][locus] for locus in self.shelf.loci])
        drawn = rng.standard_gamma(self.case.concentration * shares + 1e-3)
        return np.asarray(drawn / drawn.sum())

    def _tilt(self, face: Face, rng: np.random.Generator) -> Floats:
        means = np.array([face.memberships[c.id] for c in self.shelf.conditions])
        spread = 4.0 * self.case.concentration
        return np.asarray(rng.beta(means * spread + 0.05, (1.0 - means) * spread + 0.05))

    def _face_shares(self, plan: SourcePlan) -> Floats:
        if len(self.truth.faces) == 1:
            return np.array([1.0])
        second = self.truth.mixture_share
        if self.truth.mixture == "time":
            second *= plan.early
        return np.array([1.0 - second, second])

    def _fit(self, plan: SourcePlan, voice: str) -> Floats:
        """How well each passage suits who speaks: voice, kind of school, subject, kind of district."""
        band = "" if plan.school is None else self.world.schools[plan.school].band
        key = (voice, band, plan.subject, self.case.setting)
        if key not in self._fits:
            shelf = self.shelf
            fit = self._voices[voice].astype(np.float64)
            if band:
                fit[(shelf.band != "any") & (shelf.band != band)] *= 0.04
            if plan.subject:
                other = (shelf.subject != plan.subject) & (shelf.subject != "all") & (shelf.subject != "slot")
                fit[other] *= 0.1
            if self.case.setting == "charter":
                fit[self._assigned] *= 0.03
            if voice != plan.voice:  # overheard
                fit *= self._short
            self._fits[key] = fit
        return self._fits[key]

    def weights(self, mind: SourceMind, voice: str, face: int, *, agreeing: bool = True) -> Floats:
        """How likely each passage is to be said next."""
        weights = self._fit(mind.plan, voice) * self._freshness * mind.readiness
        if agreeing:
            weights = weights * mind.agreement[face]
        if voice == mind.plan.voice:
            for place, speaker in self._personal.items():
                if not speaker.could_be(mind.known):
                    weights[place] *= 0.01
        if self.truth.mixture == "subject":
            weights = weights * self._subject_weight(face)
        return np.asarray(weights)

    def _subject_weight(self, face: int) -> Floats:
        """In a case that differs by subject the second face is mathematics; general talk is halved."""
        subject = self.shelf.subject
        wanted = (subject == "math") if face else (subject != "math") & (subject != "all")
        return np.where(wanted | (subject == "slot"), 1.0, np.where(subject == "all", 0.12, 0.0))

    def draw_face(self, mind: SourceMind, rng: np.random.Generator) -> int:
        return int(rng.random() >= mind.face_shares[0])

    def take(self, mind: SourceMind, chosen: Chosen) -> None:
        """Put a passage into a source, and make less likely what goes badly with it there."""
        shelf, place = self.shelf, chosen.place
        mind.chosen.append(chosen)
        self.in_case[place] += 1
        self.in_study[place] += 1
        self._freshness[place] = np.exp(-4.0 * self.in_case[place] - 0.6 * min(self.in_study[place], 20))
        same_code = shelf.code == shelf.code[place]
        mind.readiness[same_code] *= 0.55
        if not shelf.is_mild[place]:
            # Who has said that something is done does not say later that nobody does it.
            mind.readiness[same_code & (shelf.denies != shelf.denies[place]) & ~shelf.is_mild] *= 0.06
        if not shelf.denies[place]:
            # Nor does one who has said who does it name somebody else as often as before.
            same_topic = (self._topic == self._topic[place]) & ~shelf.denies
            mind.readiness[same_topic & (shelf.locus != shelf.locus[place])] *= 0.6
        mind.readiness[place] = 0.0
        if chosen.voice == mind.plan.voice:
            mind.known = mind.known.and_so(shelf.bank.passages[place].speaker)

    # ---------------------------------------------------------------- filling

    def fill(self, mind: SourceMind, rng: np.random.Generator) -> None:
        """Draw passages until the source holds as many coded words as planned."""
        weights = _DOMAINS[mind.plan.voice]
        appetite = rng.dirichlet([24.0 * weights[d] for d in self.shelf.domains])
        done = np.zeros(len(self.shelf.domains))
        for item in mind.chosen:
            done[self.shelf.domain[item.place]] += self.shelf.n_words[item.place]
        exhausted = np.zeros(len(self.shelf.domains), dtype=bool)
        while done.sum() < mind.plan.n_coded and not exhausted.all():
            wanting = appetite * (done.sum() + 60.0) - done
            domain = int(np.argmax(np.where(exhausted, -np.inf, wanting)))
            voice = self._speaker(mind, rng)
            face = self.draw_face(mind, rng)
            for side in (face, *(f for f in range(len(self.truth.faces)) if f != face)):
                chosen = self._draw(mind, voice, domain, side, rng)
                if chosen is not None:
                    self.take(mind, chosen)
                    done[domain] += self.shelf.n_words[chosen.place]
                    break
            else:
                exhausted[domain] = True

    def _speaker(self, mind: SourceMind, rng: np.random.Generator) -> str:
        """Field notes hold what the observer saw and, as often, remarks that were overheard."""
        if mind.plan.voice != "observer" or rng.random() < 0.5:
            return mind.plan.voice
        names = list(_OVERHEARD)
        return names[pick(np.array([_OVERHEARD[name] for name in names]), rng)]

    def _draw(self, mind: SourceMind, voice: str, domain: int, face: int, rng: np.random.Generator) -> Chosen | None:
        """One passage of a domain: first whether it denies and the locus, then the passage."""
        shelf = self.shelf
        free = self.weights(mind, voice, face, agreeing=False) * (shelf.domain == domain)
        weights = free * mind.agreement[face]
        if weights.sum() <= 0.0:
            return None
        rho = mind.rho[face][domain]
        denials = weights * shelf.denies
        if rng.random() < _DENIALS and denials.sum() > 0.02 * weights.sum():
            denied = denials * (1.0 - rho[shelf.locus])
            return Chosen(pick(denied, rng), voice, face=face)
        affirmed = weights * ~shelf.denies * np.where(shelf.is_mild, 0.6, 1.0)
        if affirmed.sum() <= 0.0:
            return Chosen(pick(weights, rng), voice, face=face)
        supply = np.bincount(shelf.locus, weights=affirmed, minlength=len(shelf.loci))
        # Where little is left to say about a locus it is drawn less often, rather than the same words again; so it is
        # where nearly all that could be said about it disagrees with what is true of the case.
        sayable = np.bincount(shelf.locus, weights=free * ~shelf.denies, minlength=len(shelf.loci))
        agreeing = np.minimum(1.0, supply / np.maximum(_HONEST * sayable, 1e-300))
        scarce = np.minimum(1.0, supply / (_SCARCE * supply.max()))
        wanted = np.where(supply > 0, rho * scarce**0.5 * agreeing, 0.0)
        if wanted.sum() <= 0.0:
            return Chosen(pick(affirmed, rng), voice, face=face)
        locus = pick(wanted, rng)
        return Chosen(pick(affirmed * (shelf.locus == locus), rng), voice, face=face)
