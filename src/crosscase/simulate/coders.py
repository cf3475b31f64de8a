"""Simulated coders: who codes which source, and what they see, miss and mistake."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crosscase.model.coding import Coding, Passage, ReviewedSpan
from crosscase.model.framework import Framework
from crosscase.simulate.bank import PassageTemplate
from crosscase.simulate.design import CoderDesign, StudyDesign
from crosscase.simulate.text import Script, Stretch

_SENTENCE = re.compile(r"(?<=[.?!]) +")
_MIN_FALSE_WORDS = 28
# What a locus is mistaken for, when not for the one that the coder is biased to.
_NEAR_LOCI = {
    "central_office": ("joint", "joint", "not_stated", "government"),
    "school": ("joint", "joint", "not_stated"),
    "joint": ("central_office", "central_office", "school", "school"),
    "network_hub": ("joint", "school", "central_office"),
    "external_partner": ("joint", "central_office", "school"),
    "government": ("central_office", "not_stated"),
    "families_market": ("school", "not_stated", "central_office"),
    "not_stated": ("central_office", "school", "joint"),
}
_NEAR_MODES = {
    "prescribe": ("monitor", "develop", "select"),
    "develop": ("co_design", "prescribe", "adapt"),
    "co_design": ("develop", "negotiate", "improve"),
    "adapt": ("use", "develop", "select"),
    "select": ("contract", "prescribe", "devolve"),
    "contract": ("select", "negotiate"),
    "use": ("adapt", "support", "prescribe"),
    "support": ("develop", "use", "monitor"),
    "monitor": ("evaluate", "prescribe", "support"),
    "evaluate": ("monitor", "prescribe"),
    "improve": ("co_design", "monitor", "adapt"),
    "devolve": ("select", "adapt"),
    "negotiate": ("buffer", "co_design", "support"),
    "buffer": ("negotiate", "support"),
    "resist": ("adapt", "use"),
}
_NEAR_STANCES = {
    "present": ("mixed", "uncertain", "contradicts"),
    "absent": ("contradicts", "mixed", "present"),
    "contradicts": ("absent", "mixed", "present"),
    "mixed": ("present", "uncertain"),
    "uncertain": ("present", "mixed", "absent"),
}
_NEAR_ACTUALITIES = {
    "enacted": ("formal", "past", "espoused"),
    "formal": ("enacted", "planned"),
    "espoused": ("planned", "enacted"),
    "planned": ("espoused", "formal"),
    "past": ("enacted",),
}


@dataclass(frozen=True)
class TruePassage:
    """A passage as it truly is, where it stands in its source.

    ``verdict`` is "against" or "for" where it speaks against or for the type of its case. ``purpose`` says how it came
    there (natural, planted, claim, denial, needed), ``strength`` how findable a planted one is, ``group`` which
    conflict it belongs to.
    """

    source: str
    case: str
    start: int
    end: int
    code: str
    facets: Mapping[str, str]
    verdict: str
    purpose: str
    strength: str
    group: int
    template: str


@dataclass(frozen=True)
class CodedSource:
    codings: tuple[Coding, ...]
    reviewed: tuple[ReviewedSpan, ...]


def true_passage(source: str, case: str, stretch: Stretch, template: PassageTemplate, verdict: str) -> TruePassage:
    """What is true of a passage that has been written."""
    chosen = stretch.piece.chosen
    return TruePassage(
        source=source,
        case=case,
        start=stretch.start,
        end=stretch.end,
        code=template.code,
        facets={
            "locus": template.locus,
            "mode": template.mode,
            "stance": template.stance,
            "actuality": template.actuality,
            "subject": stretch.piece.subject,
        },
        verdict=verdict,
        purpose=chosen.purpose if chosen else "",
        strength=chosen.strength if chosen else "",
        group=chosen.group if chosen else -1,
        template=template.key,
    )


def assign_coders(
    design: StudyDesign, strata: Sequence[tuple[str, str]], rng: np.random.Generator
) -> list[tuple[CoderDesign, ...]]:
    """Coders per source: one each, two for some and three for a few, spread evenly over cases and kinds."""
    coders = design.coders
    assigned: list[tuple[CoderDesign, ...]] = [()] * len(strata)
    load = np.zeros(len(coders))
    owed = {2: 0.0, 3: 0.0}
    for stratum in dict.fromkeys(strata):
        members = [i for i, s in enumerate(strata) if s == stratum]
        members = [members[i] for i in rng.permutation(len(members))]
        # What rounding leaves over in one stratum is owed to the next.
        owed[3] += design.triple_coded * len(members)
        owed[2] += design.double_coded * len(members)
        n_triple = min(len(members), round(owed[3]))
        n_double = min(len(members) - n_triple, round(owed[2]))
        owed[3] -= n_triple
        owed[2] -= n_double
        for place, member in enumerate(members):
            n = 3 if place < n_triple else 2 if place < n_triple + n_double else 1
            order = np.argsort(load + rng.random(len(coders)) * 0.5, kind="stable")[: min(n, len(coders))]
            load[order] += 1.0
            assigned[member] = tuple(coders[i] for i in sorted(order))
    return assigned


def code_source(
    design: StudyDesign,
    framework: Framework,
    text: str,
    script: Script,
    true: Sequence[TruePassage],
    coders: Sequence[CoderDesign],
    rng: np.random.Generator,
) -> CodedSource:
    """What each coder makes of a source."""
    codings: list[Coding] = []
    reviewed: list[ReviewedSpan] = []
    name = true[0].source if true else ""
    stretches = [s for s in script.stretches if s.piece.chosen is not None]
    shared = [_Luck.draw(rng) for _ in true]
    loose = _tempting(script.stretches)
    for coder in coders:
        for passage, stretch, common in zip(true, stretches, shared, strict=True):
            luck = _Luck.draw(rng).or_shared(common, design.shared_errors, rng)
            if luck.miss >= coder.miss_rate:
                codings.append(_coding(passage, stretch, text, coder, luck, framework, design.round))
        n_false = int(rng.poisson(coder.false_rate * len(true)))
        for place in sorted(int(p) for p in rng.permutation(len(loose))[:n_false]):
            codings.append(_false_coding(name, *loose[place], text, coder, framework, design.round, rng))
        if true:
            reviewed.append(ReviewedSpan(Passage(name, 0, len(text)), coder.name, design.round))
    codings.sort(key=lambda c: (c.coder, c.passage.start, c.passage.end))
    return CodedSource(tuple(codings), tuple(reviewed))


@dataclass(frozen=True)
class _Luck:
    """Uniform numbers that decide one coder's reading of one passage; pairs are (is it wrong?, which mistake?)."""

    miss: float
    code: tuple[float, float]
    locus: tuple[float, float]
    mode: tuple[float, float]
    stance: tuple[float, float]
    actuality: tuple[float, float]
    subject: tuple[float, float]
    start: tuple[float, float]
    end: tuple[float, float]

    @classmethod
    def draw(cls, rng: np.random.Generator) -> _Luck:
        u = rng.random(17)
        return cls(float(u[0]), *((float(u[i]), float(u[i + 1])) for i in range(1, 17, 2)))

    def or_shared(self, common: _Luck, chance: float, rng: np.random.Generator) -> _Luck:
        """With this chance the reading that everyone shares, else one's own."""
        return common if chance > 0.0 and rng.random() < chance else self


def _coding(
    passage: TruePassage,
    stretch: Stretch,
    text: str,
    coder: CoderDesign,
    luck: _Luck,
    framework: Framework,
    round_name: str,
) -> Coding:
    facets = passage.facets
    start, end = _boundaries(stretch, text, coder.boundary_jitter, luck)
    seen = {
        "locus": _locus(facets["locus"], coder, luck),
        "mode": _mistake(facets["mode"], coder.mode_accuracy, luck.mode, _NEAR_MODES),
        "stance": _mistake(facets["stance"], coder.stance_accuracy, luck.stance, _NEAR_STANCES),
        "actuality": _mistake(facets["actuality"], coder.actuality_accuracy, luck.actuality, _NEAR_ACTUALITIES),
        "subject": facets["subject"] if luck.subject[0] < 0.93 else "all",
    }
    code = passage.code if luck.code[0] < coder.code_accuracy else _other_code(passage.code, luck.code[1], framework)
    return Coding(Passage(passage.source, start, end), code, coder.name, round_name, seen, quote=text[start:end])


def _locus(true: str, coder: CoderDesign, luck: _Luck) -> str:
    if luck.locus[0] < coder.locus_accuracy:
        return true
    # Half of the mistakes go the way the coder leans.
    if luck.locus[1] < 0.5 and coder.bias != true:
        return coder.bias
    near = _NEAR_LOCI[true]
    return near[int(luck.locus[1] * 997) % len(near)]


def _mistake(true: str, accuracy: float, luck: tuple[float, float], near: Mapping[str, tuple[str, ...]]) -> str:
    if luck[0] < accuracy:
        return true
    return near[true][int(luck[1] * len(near[true]))]


def _other_code(code: str, luck: float, framework: Framework) -> str:
    """An indicator that is mistaken for this one: usually its neighbour in the subdomain."""
    own = framework.indicator(code)
    siblings = [i.id for i in framework.indicators if i.subdomain == own.subdomain and i.id != code]
    cousins = [i.id for i in framework.indicators if i.domain == own.domain and i.subdomain != own.subdomain]
    pool = siblings if siblings and luck < 0.7 else cousins
    return pool[int(luck * 997) % len(pool)] if pool else code


def _boundaries(stretch: Stretch, text: str, jitter: float, luck: _Luck) -> tuple[int, int]:
    """Where a coder begins and ends: mostly at the passage, else a sentence more or less at one of its ends."""
    start, end = stretch.start, stretch.end
    cuts = [stretch.start + m.end() for m in _SENTENCE.finditer(text[stretch.start : stretch.end])]
    if luck.start[0] < jitter / 2:
        before = [stretch.outer_start + m.end() for m in _SENTENCE.finditer(text[stretch.outer_start : start])]
        if luck.start[1] < 0.5 and len(cuts) > 1:
            start = cuts[0]
        elif len(before) > 1:
            start = before[-2]
    if luck.end[0] < jitter / 2:
        after = _SENTENCE.search(text, end + 1, stretch.outer_end)
        if luck.end[1] < 0.5 and len(cuts) > 2:
            end = cuts[-1]
        elif after is not None:
            end = after.start()
    while text[end - 1].isspace():
        end -= 1
    return start, end


def _tempting(stretches: Sequence[Stretch]) -> list[tuple[Stretch, str]]:
    """Longer stretches that claim nothing, each with the domain that was spoken of before it."""
    found: list[tuple[Stretch, str]] = []
    domain = ""
    for stretch in stretches:
        domain = stretch.piece.domain or domain
        if stretch.piece.chosen is None and domain and len(stretch.piece.text.split()) >= _MIN_FALSE_WORDS:
            found.append((stretch, domain))
    return found


def _false_coding(
    source: str,
    stretch: Stretch,
    domain: str,
    text: str,
    coder: CoderDesign,
    framework: Framework,
    round_name: str,
    rng: np.random.Generator,
) -> Coding:
    """A coding where nothing is claimed: an indicator of the domain at hand, done by whom the coder leans to."""
    codes = [i.id for i in framework.indicators if i.domain == domain]
    facets = {"locus": coder.bias, "mode": "support", "stance": "present", "actuality": "enacted", "subject": "all"}
    start, end = stretch.start, stretch.end
    code = codes[int(rng.integers(len(codes)))]
    return Coding(Passage(source, start, end), code, coder.name, round_name, facets, quote=text[start:end])
