"""Claims out of sentences such as "urban is managerial", and out of the verdicts on the cases."""

from __future__ import annotations

import re
from collections.abc import Mapping

from crosscase.analysis.identify import Identification, Verdict
from crosscase.errors import FrameworkError, ManifestError
from crosscase.model.claim import Claim, Scope, claim_of_condition, claim_of_type, claim_of_work
from crosscase.model.framework import Condition, Framework, IdealType

_IS = re.compile(
    r"^(?P<who>.+?)\s+(?:is|are)\s+(?P<not>not\s+)?(?:identified\s+as\s+)?(?:an?\s+|the\s+)?(?P<what>[^.]+?)\.?$",
    re.IGNORECASE,
)
_HOLDS = re.compile(
    r"^(?P<what>.+?)\s+(?P<not>does\s+not\s+|do\s+not\s+|doesn't\s+)?holds?\s+in\s+(?P<who>.+?)\.?$", re.IGNORECASE
)
_WORK = re.compile(
    r"^(?:the\s+work\s+of\s+)?(?P<what>.+?)\s+sits\s+with\s+(?P<locus>.+?)\s+in\s+(?P<who>.+?)\.?$", re.IGNORECASE
)
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")


def parse_claim(sentence: str, framework: Framework, cases: Mapping[str, str]) -> Claim:
    """The claim that a sentence makes, understood with the study's cases and the framework's types and conditions.

    ``cases`` are short names with labels. Understood are *urban is managerial*, *urban is not market-driven*, *no
    district is market-driven*, *every district is networked*, *COMMON holds in urban*, *COMMON does not hold in urban*
    and *infra sits with central_office in urban*; names and labels both do. Raises ``ManifestError`` otherwise.
    """
    said = " ".join(sentence.split())
    reader = _Reader(said, framework, cases)
    if match := _WORK.match(said):
        return reader.work(match["what"], match["locus"], match["who"])
    if match := _HOLDS.match(said):
        return reader.condition(match["what"], match["who"], polarity=not match["not"])
    if match := _IS.match(said):
        return reader.type(match["who"], match["what"], polarity=not match["not"])
    raise ManifestError(
        f"“{said}” is no claim that can be searched for",
        where="claim",
        mend="write it like “urban is managerial”, “no case is market-driven” or “COMMON holds in urban”, or add it "
        "with the indicators that speak for and against it (crosscase disconfirm claim add --for … --against …)",
    )


class _Reader:
    def __init__(self, sentence: str, framework: Framework, cases: Mapping[str, str]) -> None:
        self.sentence, self.framework, self.cases = sentence, framework, cases

    def type(self, who: str, what: str, *, polarity: bool) -> Claim:
        ideal = self._type(what)
        scope, denied = self._scope(who)
        holds = polarity != denied
        return claim_of_type(
            ideal, self.framework, scope, self.sentence, polarity=holds, name=name_of(scope, ideal.id, holds)
        )

    def condition(self, what: str, who: str, *, polarity: bool) -> Claim:
        condition = self._condition(what)
        scope, denied = self._scope(who)
        holds = polarity != denied
        return claim_of_condition(
            condition, scope, self.sentence, polarity=holds, name=name_of(scope, condition.id, holds)
        )

    def work(self, what: str, locus: str, who: str) -> Claim:
        found = [d for d in self.framework.domains if _key(what) in (_key(d.id), _key(d.name))]
        if not found:
            raise self._unknown("domain", what, [d.id for d in self.framework.domains])
        facet = self.framework.rules.locus
        labels = {_key(v.label): v.id for v in self.framework.facet(facet).values} if facet else {}
        chosen = labels.get(_key(locus), _key(locus).replace("-", "_"))
        scope, denied = self._scope(who)
        if denied:
            raise self._unknown("case", who, self.cases)
        name = name_of(scope, f"{found[0].id}-{chosen}", True)
        return claim_of_work(found[0], chosen, self.framework, scope, self.sentence, name=name)

    def _scope(self, who: str) -> tuple[Scope, bool]:
        """Which cases are meant, and whether the sentence begins with "no"."""
        one, many = self.framework.case_noun
        word, _, rest = who.partition(" ")
        nouns = {"case", "cases", one.lower(), many.lower()}
        if rest.lower() in nouns and word.lower() in ("no", "none", "every", "each", "all"):
            return Scope(), word.lower() in ("no", "none")
        for name, label in self.cases.items():
            if _key(who) in (_key(name), _key(label), _key(f"the {label}"), _key(f"{name} {one}")):
                return Scope((name,)), False
        raise self._unknown("case", who, self.cases)

    def _type(self, what: str) -> IdealType:
        for ideal in self.framework.types:
            names = {_key(ideal.id), _key(ideal.name), _key(ideal.name.removesuffix(" system"))}
            if _key(what) in names or _key(what.removesuffix(" system")) in names:
                return ideal
        raise self._unknown("type", what, [t.id for t in self.framework.types])

    def _condition(self, what: str) -> Condition:
        for condition in self.framework.conditions:
            if _key(what) in (_key(condition.id), _key(condition.label)):
                return condition
        raise self._unknown("condition", what, [c.id for c in self.framework.conditions])

    def _unknown(self, noun: str, word: str, known: object) -> ManifestError:
        names = ", ".join(str(k) for k in known) or "none" if hasattr(known, "__iter__") else ""
        return ManifestError(f"no {noun} “{word}”", where=f"claim “{self.sentence}”", mend=f"known: {names}")


def _key(words: str) -> str:
    return _NOT_PLAIN.sub("-", words.lower()).strip("-")


def name_of(scope: Scope, subject: str, holds: bool) -> str:
    """A short, stable name such as ``urban-managerial`` or ``all-not-market_driven``."""
    who = "-".join(scope.cases) or "all"
    more = "".join(f"-{part}" for part in (*scope.participants, *scope.levels, scope.since, scope.until) if part)
    return f"{who}-{'' if holds else 'not-'}{subject}{more}"[:128]


def claims_of_verdicts(found: Identification, framework: Framework, labels: Mapping[str, str]) -> list[Claim]:
    """What the verdicts claim: each case's type, what decided it, and the types that no case is of.

    A case without a type (none of them, not enough evidence) makes no claim.
    """
    claims: list[Claim] = []
    for case, verdict in found.verdicts.items():
        for number, id in enumerate(t for t in verdict.types if _can_speak(framework.type(t), framework)):
            claims.append(_of_type(case, id, verdict, framework, labels, between=len(verdict.types) > 1))
            if number == 0 and (decisive := _decisive(case, id, verdict, framework, labels)) is not None:
                claims.append(decisive)
    table = found.statement().table
    for row in table.iter_rows(named=True) if "claim" in table.columns else ():
        ideal = framework.type(row["type"])
        if row["claim"] and _can_speak(ideal, framework):
            sentence = f"no {framework.case_noun[0]} is {_article(ideal.name)}"
            name = name_of(Scope(), ideal.id, False)
            claims.append(
                claim_of_type(ideal, framework, Scope(), sentence, polarity=False, origin="verdict", name=name)
            )
    return claims


def _can_speak(ideal: IdealType, framework: Framework) -> bool:
    """Whether passages can speak about the type; types over figures alone have nothing to search."""
    conditions = [framework.condition(id) for id in ideal.formula.conditions]
    return bool(ideal.disconfirming or ideal.templates or any(c.supports or c.opposes for c in conditions))


def _of_type(
    case: str, id: str, verdict: Verdict, framework: Framework, labels: Mapping[str, str], *, between: bool
) -> Claim:
    ideal = framework.type(id)
    try:
        rival = framework.type(verdict.runner_up)
    except FrameworkError:
        rival = None  # the runner-up is "none of the types"
    scope = Scope((case,))
    verb = "is" if verdict.kind == "type" else "lies between types, one of them" if between else "leans to being"
    sentence = f"{labels.get(case, case)} {verb} {_article(ideal.name)}"
    return claim_of_type(
        ideal, framework, scope, sentence, rival=rival, origin="verdict", name=name_of(scope, ideal.id, True)
    )


def _decisive(case: str, id: str, verdict: Verdict, framework: Framework, labels: Mapping[str, str]) -> Claim | None:
    """The claim on which the verdict turned: a condition, or who does the work of a domain."""
    ideal, scope, who = framework.type(id), Scope((case,)), labels.get(case, case)
    for condition in framework.conditions:
        if condition.id == verdict.decisive and condition.input == "passages":
            holds = ideal.formula.signs().get(condition.id, True)
            sentence = f"“{condition.label}” {'holds' if holds else 'does not hold'} in {who}"
            name = name_of(scope, condition.id, holds)
            return claim_of_condition(condition, scope, sentence, polarity=holds, origin="verdict", name=name)
    for domain in framework.domains:
        locus = ideal.expects(domain.id)
        if domain.id == verdict.decisive and locus is not None and framework.rules.locus is not None:
            label = framework.facet(framework.rules.locus).value(locus).label.lower()
            sentence = f"the work of {domain.name[:1].lower()}{domain.name[1:]} sits with {label} in {who}"
            name = name_of(scope, f"{domain.id}-{locus}", True)
            return claim_of_work(domain, locus, framework, scope, sentence, origin="verdict", name=name)
    return None


def _article(name: str) -> str:
    inside = name[:1].lower() + name[1:]
    return f"{'an' if inside[:1] in 'aeiou' else 'a'} {inside}"
