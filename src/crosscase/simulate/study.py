"""Simulated studies: the design drawn, its sources written, its coders' codings made; all from one seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from crosscase.errors import FrameworkError
from crosscase.model.coding import Coding, ReviewedSpan
from crosscase.model.framework import Framework
from crosscase.model.seed import check_seed
from crosscase.model.study import Participant
from crosscase.simulate import duties
from crosscase.simulate.bank import Bank, load_bank
from crosscase.simulate.coders import TruePassage, assign_coders, code_source, true_passage
from crosscase.simulate.dealer import Dealer, Decks, Planned
from crosscase.simulate.design import CaseDesign, StudyDesign
from crosscase.simulate.fieldwork import write_document, write_field_notes
from crosscase.simulate.interview import InterviewWriter
from crosscase.simulate.plan import SourcePlan, plan_sources
from crosscase.simulate.prose import Teller
from crosscase.simulate.selection import Selector, SourceMind
from crosscase.simulate.shelf import Flags, Shelf
from crosscase.simulate.text import Script
from crosscase.simulate.truth import CaseTruth, draw_truth
from crosscase.simulate.world import World, invent_worlds

# Every stage draws from a stream of its own, so that longer texts do not change who codes them.
_NAMES, _PLANS, _TRUTH, _CONTENT, _WORDS, _ASSIGNMENT, _CODING = range(7)


@dataclass(frozen=True)
class SimulatedSource:
    """A source of a simulated study; ``text`` is exactly what is written to disk (UTF-8, line feeds)."""

    name: str
    file: str
    case: str
    kind: str
    date: str
    participant: str | None
    role: str
    level: str
    text: str

    @property
    def n_words(self) -> int:
        return len(self.text.split())


@dataclass(frozen=True)
class Conflict:
    """A claim that the centre espouses and schools deny: places in ``StudyTruth.passages``."""

    case: str
    code: str
    claim: int
    denials: tuple[int, ...]


@dataclass(frozen=True)
class StudyTruth:
    """What is known to be true of a simulated study; no analysis ever reads it.

    ``passages`` are all true passages; ``planted`` those put there against the case's type, ``hard_negatives`` denials
    that speak for it (places in ``passages``).
    """

    cases: Mapping[str, CaseTruth]
    passages: tuple[TruePassage, ...]
    planted: tuple[int, ...]
    hard_negatives: tuple[int, ...]
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True)
class SimulatedStudy:
    """A whole simulated study in memory."""

    design: StudyDesign
    participants: tuple[Participant, ...]
    sources: tuple[SimulatedSource, ...]
    codings: tuple[Coding, ...]
    reviewed: tuple[ReviewedSpan, ...]
    truth: StudyTruth = field(repr=False)

    @property
    def n_words(self) -> int:
        return sum(source.n_words for source in self.sources)


def simulate_study(design: StudyDesign, framework: Framework | None = None) -> SimulatedStudy:
    """Simulate a study of this design; the same design gives the same study on every machine.

    Parameters
    ----------
    design
        See `seed_study` for that of the four-district study.
    framework
        The education-systems framework in the version to use; by default the one that ships.
    """
    if framework is None:
        from crosscase import frameworks

        framework = frameworks.load("education-systems")
    bank = load_bank()
    unknown = {p.code for p in bank.passages} - {i.id for i in framework.indicators}
    if unknown:
        raise FrameworkError(
            f"the phrase bank has passages on {', '.join(sorted(unknown))}",
            where=framework.id,
            mend="simulate with the education-systems framework that ships with this version",
        )
    worlds = invent_worlds(design.cases, bank, stream(design, _NAMES))
    plans, people = plan_sources(design, worlds, stream(design, _PLANS))
    truths = {
        case.name: draw_truth(case, framework, stream(design, _TRUTH, number))
        for number, case in enumerate(design.cases)
    }
    shelf = Shelf(bank, framework)
    minds = _choose_content(design, shelf, plans, truths, worlds)
    written = _write(design, bank, shelf, minds, truths, worlds)
    return _code(design, framework, people, written, shelf, truths)


def stream(design: StudyDesign, *place: int) -> np.random.Generator:
    """Random numbers for one part of a study."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([check_seed(design.seed), *place])))


def _choose_content(
    design: StudyDesign,
    shelf: Shelf,
    plans: tuple[SourcePlan, ...],
    truths: Mapping[str, CaseTruth],
    worlds: tuple[World, ...],
) -> list[SourceMind]:
    """Which passages each source holds."""
    selector = Selector(shelf)
    everything: list[SourceMind] = []
    seen = np.zeros(len(shelf.codes), dtype=bool)
    for number, (case, world) in enumerate(zip(design.cases, worlds, strict=True)):
        rng = stream(design, _CONTENT, number)
        selector.open_case(case, truths[case.name], world)
        minds = [selector.mind(plan, rng) for plan in plans if plan.case == case.name]
        duties.plant_conflicts(selector, minds, rng)
        duties.plant_disconfirming(selector, minds, rng)
        for mind in minds:
            selector.fill(mind, rng)
        duties.cover_conditions(selector, minds, rng)
        seen[[shelf.code[item.place] for mind in minds for item in mind.chosen]] = True
        if number == len(design.cases) - 1:
            duties.cover_indicators(selector, minds, seen, rng)
        everything.extend(minds)
    return everything


@dataclass(frozen=True)
class _Written:
    mind: SourceMind
    source: SimulatedSource
    script: Script


def _write(
    design: StudyDesign,
    bank: Bank,
    shelf: Shelf,
    minds: list[SourceMind],
    truths: Mapping[str, CaseTruth],
    worlds: tuple[World, ...],
) -> list[_Written]:
    """The text of every source."""
    decks = Decks(bank)
    by_case: dict[str, tuple[CaseDesign, World]] = {
        case.name: (case, world) for case, world in zip(design.cases, worlds, strict=True)
    }
    written: list[_Written] = []
    for mind in minds:
        plan = mind.plan
        case, world = by_case[plan.case]
        if not written or written[-1].mind.plan.case != plan.case:
            decks.open_case()
        rng = stream(design, _WORDS, plan.index)
        dealer = Dealer(decks, Teller(plan, world, case.setting == "charter", rng), mind.known, rng)
        planned = []
        for chosen in mind.chosen:
            template = bank.passages[chosen.place]
            wanted = ""
            if truths[plan.case].mixture == "subject" and template.subject == "slot":
                wanted = "math" if chosen.face else ("literacy", "science")[int(rng.integers(2))]
            planned.append(Planned(template, chosen, wanted))
        if plan.kind == "interview":
            script = InterviewWriter(plan, bank, dealer, rng).write(planned)
        elif plan.kind == "observation":
            script = write_field_notes(plan, bank, dealer, planned)
        else:
            script = write_document(plan, bank, dealer, rng, planned)
        written.append(_Written(mind, _source(plan, script), script))
    return written


def _source(plan: SourcePlan, script: Script) -> SimulatedSource:
    ending = "md" if plan.kind == "document" else "txt"
    return SimulatedSource(
        name=plan.name,
        file=f"sources/{plan.case}/{plan.name}.{ending}",
        case=plan.case,
        kind=plan.kind,
        date=plan.date,
        participant=plan.participant.name if plan.participant else None,
        role=plan.role,
        level=plan.level,
        text=script.text(),
    )


def _code(
    design: StudyDesign,
    framework: Framework,
    people: tuple[Participant, ...],
    written: list[_Written],
    shelf: Shelf,
    truths: Mapping[str, CaseTruth],
) -> SimulatedStudy:
    """The codings of every coder, and the truth that they are measured against."""
    assigned = assign_coders(design, [(w.source.case, w.source.kind) for w in written], stream(design, _ASSIGNMENT))
    passages: list[TruePassage] = []
    codings: list[Coding] = []
    reviewed: list[ReviewedSpan] = []
    leanings = {name: _leanings(truth.type, shelf) for name, truth in truths.items()}
    for number, item in enumerate(written):
        against, favours = leanings[item.source.case]
        true = []
        for stretch in item.script.stretches:
            if stretch.piece.chosen is not None:
                place = stretch.piece.chosen.place
                verdict = "against" if against[place] else "for" if favours[place] else ""
                true.append(
                    true_passage(item.source.name, item.source.case, stretch, shelf.bank.passages[place], verdict)
                )
        passages.extend(true)
        coded = code_source(
            design, framework, item.source.text, item.script, true, assigned[number], stream(design, _CODING, number)
        )
        codings.extend(coded.codings)
        reviewed.extend(coded.reviewed)
    return SimulatedStudy(
        design,
        people,
        tuple(w.source for w in written),
        tuple(codings),
        tuple(reviewed),
        _truth(truths, passages, shelf),
    )


def _leanings(kind: str | None, shelf: Shelf) -> tuple[Flags, Flags]:
    """Which passages speak against and for a type; none of either where there is no type."""
    if kind is None:
        return np.zeros(shelf.n, dtype=bool), np.zeros(shelf.n, dtype=bool)
    return shelf.against(kind), shelf.favours(kind)


def _truth(truths: Mapping[str, CaseTruth], passages: list[TruePassage], shelf: Shelf) -> StudyTruth:
    groups: dict[tuple[str, int], list[int]] = {}
    for place, passage in enumerate(passages):
        if passage.group >= 0:
            groups.setdefault((passage.case, passage.group), []).append(place)
    conflicts: list[Conflict] = []
    for (case, _), places in sorted(groups.items()):
        claims = [p for p in places if passages[p].purpose == "claim"]
        denials = tuple(p for p in places if passages[p].purpose == "denial")
        conflicts.extend(Conflict(case, passages[claim].code, claim, denials) for claim in claims)
    rules = shelf.framework.rules.stance
    denying = rules.denies if rules else ()
    return StudyTruth(
        cases=dict(truths),
        passages=tuple(passages),
        planted=tuple(i for i, p in enumerate(passages) if p.purpose == "planted"),
        hard_negatives=tuple(i for i, p in enumerate(passages) if p.facets["stance"] in denying and p.verdict == "for"),
        conflicts=tuple(conflicts),
    )
