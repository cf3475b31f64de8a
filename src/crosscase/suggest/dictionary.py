"""The dictionary coder: the terms of a framework, found in a text and turned into suggestions by plain rules.

A term suggests its indicator. A weak term does so only beside a term of the same domain, or beside a cue for who and a
cue for what. A not-term near by cancels. Questions of an interviewer, names and times are no evidence. A dictionary
finds nouns; who decides it can only guess from cues, and it has no honest probability to give.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from crosscase.model.coding import Passage, Suggestion
from crosscase.model.framework import Framework, Indicator
from crosscase.model.text import Turn
from crosscase.suggest.cues import MODE, Cue, Cues, answer
from crosscase.suggest.grammar import actuality, denial, is_in_title
from crosscase.suggest.layout import FAR, LONGEST, Layout, trimmed
from crosscase.suggest.matching import Found, TermMatcher

#: Raised with every change of the rules, so that a study can be gone through again.
RULES = "1"
CANCELS_WITHIN = 110  # characters between a term and a not-term
_TERM, _WEAK, _NOT, _CUE = "term", "weak term", "not-term", "cue"


@dataclass(frozen=True)
class Entry:
    """One term of the dictionary and what it is for.

    ``role`` is ``term``, ``weak term``, ``not-term`` (then ``owner`` is an indicator) or ``cue`` (``facet=value``).
    """

    term: str
    role: str
    owner: str


@dataclass(frozen=True, order=True)
class Hit:
    """A term where it stands: ``text[start:end]`` is how it is written there."""

    start: int
    end: int
    term: str
    role: str
    owner: str


@dataclass
class _Group:
    """Hits of one indicator in one passage."""

    passage: tuple[int, int]
    hits: list[Hit]
    support: str = ""


@dataclass
class _Reading:
    """One text with everything that was found in it."""

    text: str
    layout: Layout
    kind: str
    hits: dict[str, list[Hit]] = field(default_factory=dict)
    cues: Cues = field(default_factory=lambda: Cues(()))
    # Places of the terms of each domain that count, for the weak ones beside them.
    domains: dict[str, list[Hit]] = field(default_factory=dict)


class DictionaryCoder:
    """Suggests codings from the terms of a framework.

    ``name`` is the coder's name in the study. Indicators that are numbers are not looked for.
    """

    def __init__(self, framework: Framework, name: str = "dictionary") -> None:
        self.framework, self.name = framework, name
        self.entries = tuple(_entries(framework))
        self._indicators = {i.id: i for i in framework.indicators}
        self._order = {i.id: n for n, i in enumerate(framework.indicators)}
        self._matcher = TermMatcher([entry.term for entry in self.entries])

    def find(self, text: str) -> Found:
        """Every entry wherever it stands, as arrays; ``term`` is its number in ``entries``."""
        return self._matcher.find(text)

    def hits(self, text: str) -> list[Hit]:
        """Every entry wherever it stands, in the order of the text."""
        found = self.find(text)
        return [
            Hit(start, end, entry.term, entry.role, entry.owner)
            for start, end, entry in zip(
                found.start.tolist(), found.end.tolist(), (self.entries[n] for n in found.term.tolist()), strict=True
            )
        ]

    def suggest(
        self, text: str, source: str, turns: Sequence[Turn] = (), *, kind: str = "interview"
    ) -> list[Suggestion]:
        """What the dictionary would code in one source, in the order of the text.

        Parameters
        ----------
        turns
            The turns of the source: terms are looked for inside them, and not in questions. Without turns the
            paragraphs are taken.
        kind
            What the source is (interview, meeting, document …); it decides whether practice, rule or plan is told.
        """
        reading = self._read(text, turns, kind)
        made = [
            self._suggestion(reading, group, self._indicators[name], source)
            for name in sorted(reading.hits, key=self._order.__getitem__)
            for group in self._groups(reading, self._indicators[name])
        ]
        return sorted(made, key=lambda s: (s.passage, self._order[s.code]))

    def _read(self, text: str, turns: Sequence[Turn], kind: str) -> _Reading:
        written = "minutes" if kind == "meeting" and not turns else kind
        reading = _Reading(text, Layout(text, turns), written)
        cancels: dict[str, list[Hit]] = {}
        cues: list[Cue] = []
        for hit in _outermost(self.hits(text)):
            if hit.role == _NOT:
                cancels.setdefault(hit.owner, []).append(hit)
            elif hit.role == _CUE:
                facet, _, value = hit.owner.partition("=")
                cues.append(Cue(hit.start, hit.end, facet, value, hit.term))
            else:
                reading.hits.setdefault(hit.owner, []).append(hit)
        reading.cues = Cues(cues)
        for indicator, hits in reading.hits.items():
            live = [
                hit
                for hit in hits
                if reading.layout.is_evidence(hit.start, hit.end)
                and not _is_cancelled(hit, cancels.get(indicator, ()))
                and not is_in_title(text, hit.start)
            ]
            reading.hits[indicator] = live
            strong = [hit for hit in live if hit.role == _TERM]
            reading.domains.setdefault(self._indicators[indicator].domain, []).extend(strong)
        for domain in reading.domains.values():
            domain.sort()
        return reading

    def _groups(self, reading: _Reading, indicator: Indicator) -> list[_Group]:
        """The hits of one indicator, those of one passage together."""
        groups: list[_Group] = []
        for hit in reading.hits[indicator.id]:
            # Most weak terms stand alone: seen from far enough, that needs no sentence.
            far = (hit.start - FAR, hit.end + FAR)
            if hit.role == _WEAK and self._support(reading, hit, far, indicator) is None:
                continue
            passage = reading.layout.clipped(reading.layout.sentence(hit.start, hit.end), hit.start, hit.end)
            near = reading.layout.surroundings(*passage)
            support = self._support(reading, hit, near, indicator) if hit.role == _WEAK else ""
            if support is None:
                continue
            last = groups[-1] if groups else None
            if last is not None and _belongs(last.passage, passage, hit):
                last.passage = (last.passage[0], max(last.passage[1], hit.end))
                last.hits.append(hit)
                last.support = last.support or support
                continue
            if last is not None and passage[0] < last.passage[1] <= hit.start:
                passage = trimmed(reading.text, last.passage[1], passage[1])
            groups.append(_Group(passage, [hit], support))
        return groups

    def _support(self, reading: _Reading, hit: Hit, around: tuple[int, int], indicator: Indicator) -> str | None:
        """What lets a weak term count; ``None`` when nothing around it does."""
        low, high = around
        mates = reading.domains.get(indicator.domain, [])
        for mate in mates[bisect_left(mates, low, key=lambda h: h.start) :]:
            if mate.start >= high:
                break
            if mate.end <= high and not _overlap(mate, hit):
                return f"beside the term {mate.term}"
        who = what = None
        for cue in reading.cues.within(low, high):
            if who is None and cue.facet == self.framework.rules.locus and self._names_somebody(cue):
                who = None if _says_the_same(cue, hit) else cue
            elif what is None and cue.facet == MODE:
                what = None if _says_the_same(cue, hit) else cue
        if who is None or what is None:
            return None
        return f"beside “{_flat(reading.text, who)}” (who) and “{_flat(reading.text, what)}” (what)"

    def _names_somebody(self, cue: Cue) -> bool:
        return cue.value != self.framework.rules.not_stated

    def _suggestion(self, reading: _Reading, group: _Group, indicator: Indicator, source: str) -> Suggestion:
        facets, because = self._facets(reading, group)
        terms = ", ".join(dict.fromkeys(hit.term for hit in group.hits))
        weak = all(hit.role == _WEAK for hit in group.hits)
        many = "s" if len({hit.term for hit in group.hits}) > 1 else ""
        reason = f"{'weak term' if weak else 'term'}{many}: {terms}"
        if weak:
            reason += f", {group.support}"
        return Suggestion(
            passage=Passage(source, *group.passage),
            code=indicator.id,
            coder=self.name,
            facets=facets,
            reason="; ".join([reason, *because]),
        )

    def _facets(self, reading: _Reading, group: _Group) -> tuple[dict[str, str], list[str]]:
        """Facet values with, for each that was read off words, the words."""
        rules, because = self.framework.rules, []
        facets: dict[str, str] = {}
        cues = reading.cues.within(*reading.layout.surroundings(*group.passage))
        spans = [(hit.start, hit.end) for hit in group.hits]
        for facet in self.framework.facets:
            cue = answer(cues, facet.id, group.passage, spans)
            if cue is not None:
                facets[facet.id] = cue.value
                because.append(f"{facet.id} {cue.value}: “{_flat(reading.text, cue)}”")
            elif facet.id == rules.locus and rules.not_stated:
                facets[facet.id] = rules.not_stated
        because += self._stance(reading, group, facets)
        self._actuality(reading, group, facets)
        return {name: facets[name] for name in sorted(facets)}, because

    def _stance(self, reading: _Reading, group: _Group, facets: dict[str, str]) -> list[str]:
        stance = self.framework.rules.stance
        if stance is None or not stance.affirms:
            return []
        denials = [denial(reading.text, group.passage, hit.start) for hit in group.hits]
        if stance.denies and all(denials):
            facets[stance.facet] = "absent" if "absent" in stance.denies else stance.denies[0]
            return [f"denied: “{denials[0]}”"]
        facets[stance.facet] = stance.affirms[0]
        return []

    def _actuality(self, reading: _Reading, group: _Group, facets: dict[str, str]) -> None:
        name = self.framework.rules.actuality
        if name is None:
            return
        low, high = group.passage
        hit = group.hits[0]
        told = actuality(reading.text[low:high], reading.kind, (hit.start - low, hit.end - low))
        if told is not None and any(value.id == told for value in self.framework.facet(name).values):
            facets[name] = told


def _entries(framework: Framework) -> list[Entry]:
    found = [
        Entry(term, role, indicator.id)
        for indicator in framework.indicators
        if indicator.kind == "passage"
        for role, terms in ((_TERM, indicator.terms), (_WEAK, indicator.weak_terms), (_NOT, indicator.not_terms))
        for term in terms
    ]
    found += [
        Entry(term, _CUE, f"{facet.id}={value.id}")
        for facet in framework.facets
        for value in facet.values
        for term in value.terms
    ]
    return [entry for entry in dict.fromkeys(found) if entry.term.strip()]


def _outermost(hits: Sequence[Hit]) -> list[Hit]:
    """Without the terms inside longer ones: a *professional learning community* is no *professional learning*."""
    kept: list[Hit] = []
    longest: tuple[int, int] = (-1, -1)
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        inside = hit.end <= longest[1] and (hit.start, hit.end) != longest
        if inside and hit.role in (_TERM, _WEAK):
            continue
        if hit.role in (_TERM, _NOT) and hit.end > longest[1]:
            longest = (hit.start, hit.end)
        kept.append(hit)
    return kept


def _is_cancelled(hit: Hit, cancels: Sequence[Hit]) -> bool:
    return any(other.start - hit.end <= CANCELS_WITHIN and hit.start - other.end <= CANCELS_WITHIN for other in cancels)


def _belongs(passage: tuple[int, int], own: tuple[int, int], hit: Hit) -> bool:
    """Whether a hit lies in the passage of the hit before it, without making that too long."""
    if passage == own:
        return True
    return hit.start < passage[1] and hit.end - passage[0] <= LONGEST


def _overlap(one: Hit | Cue, other: Hit) -> bool:
    return one.start < other.end and other.start < one.end


def _says_the_same(cue: Cue, hit: Hit) -> bool:
    """Whether a cue is the weak term itself, here or once more near by: then it adds nothing."""
    return _overlap(cue, hit) or cue.term.casefold() in hit.term.casefold()


def _flat(text: str, span: Hit | Cue) -> str:
    return " ".join(text[span.start : span.end].split())
