"""A claim: a sentence with a scope that evidence can support or break, and what can become of it.

The pattern of a claim names codings and facet values that speak for it and against it; its polarity says whether it
affirms or denies what the pattern describes. Candidates are passages (or sources, or people) that may speak against
it; each gets a disposition, with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from crosscase.errors import InputError
from crosscase.model.framework import Condition, Domain, Framework, IdealType, Pattern

DISPOSITIONS: Mapping[str, str] = {
    "refutes": "speaks against the claim and stands",
    "qualifies": "limits the claim: it holds with an exception that has to be named",
    "coding error": "the passage was coded wrongly",
    "explained": "speaks against it only at first sight; the reason says why",
    "not relevant": "says nothing about the claim",
}
CHANGES = ("kept", "bounded", "dropped")
STATUSES = ("open", *CHANGES)
KINDS = ("type", "condition", "work", "own")

# Which patterns of a claim a part comes from, and how much a passage that matches it counts. Ours.
ROLES: Mapping[str, float] = {
    "own": 1.0,  # patterns that a person gave
    "rival": 1.0,  # a condition on which the type and its runner-up want the opposite
    "condition": 0.9,  # the other conditions of the type's rule
    "disconfirming": 0.8,  # indicators that the framework lists as disconfirming the type
    "locus": 0.5,  # who does the work, by the type's template
}


@dataclass(frozen=True)
class ClaimPart:
    """Codings that speak about a claim.

    ``side`` is ``for`` or ``against``; a coding that denies what the pattern names counts on the other side, unless
    the pattern itself fixes the stance. ``label`` says in words what the pattern is about.
    """

    pattern: Pattern
    side: str
    role: str
    label: str

    SIDES: ClassVar[tuple[str, str]] = ("for", "against")

    def __post_init__(self) -> None:
        if self.side not in self.SIDES:
            raise InputError(f"no side {self.side!r}", where=self.label, mend="use for or against")
        if self.role not in ROLES:
            raise InputError(f"no role {self.role!r}", where=self.label, mend=f"use {', '.join(ROLES)}")

    @property
    def weight(self) -> float:
        return ROLES[self.role]

    def turned(self) -> ClaimPart:
        """The same part for the opposite claim."""
        return replace(self, side="against" if self.side == "for" else "for")


@dataclass(frozen=True)
class Scope:
    """What a claim is about. Empty means all: every case, every participant, the whole period.

    ``levels`` and ``participants`` limit whose accounts count; ``since`` and ``until`` are dates (inclusive).
    """

    cases: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    since: str = ""
    until: str = ""

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise InputError(
                f"the period ends ({self.until}) before it begins ({self.since})",
                where="scope of a claim",
                mend="give the earlier date first",
            )


@dataclass(frozen=True)
class Claim:
    """A sentence, a scope, a pattern over codes and facets, and a polarity (``True``: it is so; ``False``: it is not).

    ``kind`` is ``type`` (a case is of a type), ``condition`` (a condition holds), ``work`` (who does the work of a
    domain) or ``own`` (a person's assertion); ``subject`` is the id of the type, condition or domain.
    """

    sentence: str
    scope: Scope
    parts: tuple[ClaimPart, ...]
    polarity: bool = True
    kind: str = "own"
    subject: str = ""
    origin: str = "person"  # verdict | person
    name: str = ""  # short and stable, such as urban-managerial

    def __post_init__(self) -> None:
        if not self.sentence.strip():
            raise InputError("the claim has no sentence", where="claim", mend="write what it claims")
        if not self.parts:
            raise InputError(
                "nothing can speak for or against the claim",
                where=self.sentence,
                mend="name indicators that speak for or against it (--for, --against)",
            )

    @property
    def effective_parts(self) -> tuple[ClaimPart, ...]:
        """The parts relative to what the claim says: turned round where it denies."""
        return self.parts if self.polarity else tuple(part.turned() for part in self.parts)

    def indicators(self, framework: Framework, side: str | None = None) -> tuple[str, ...]:
        """Ids of the indicators that speak about the claim (on one side, when it is given), in framework order."""
        parts = [p for p in self.effective_parts if side is None or p.side == side]
        return tuple(i.id for i in framework.indicators if any(p.pattern.matches_code(i.id) for p in parts))


def claim_of_type(
    ideal: IdealType,
    framework: Framework,
    scope: Scope,
    sentence: str,
    *,
    polarity: bool = True,
    rival: IdealType | None = None,
    origin: str = "person",
    name: str = "",
) -> Claim:
    """The claim that the cases in scope are (or are not) of a type.

    Its pattern: the conditions of the type's rule with their signs, the indicators that the framework lists as
    disconfirming the type, and who does the work where the type settles it. With ``rival`` the conditions on which
    the two types differ discriminate between them: they carry the rival's name and count most.
    """
    parts: list[ClaimPart] = []
    signs = ideal.formula.signs()
    theirs = rival.formula.signs() if rival is not None else {}
    for id, wanted in signs.items():
        condition = framework.condition(id)
        differs = rival is not None and theirs.get(id) == (not wanted)
        label = f"“{condition.label}” should {'' if wanted else 'not '}hold"
        label += f"; {rival.name} wants the opposite" if differs and rival else ""
        parts.extend(_condition_parts(condition, wanted, label, "rival" if differs else "condition"))
    told = ideal.name
    for pattern in ideal.disconfirming:
        parts.append(ClaimPart(pattern, "against", "disconfirming", f"listed as disconfirming {told}"))
    parts.extend(_locus_parts(ideal, framework))
    return Claim(sentence, scope, tuple(parts), polarity, "type", ideal.id, origin, name)


def claim_of_condition(
    condition: Condition,
    scope: Scope,
    sentence: str,
    *,
    polarity: bool = True,
    origin: str = "person",
    name: str = "",
) -> Claim:
    """The claim that a condition holds, or does not hold, in the cases in scope."""
    parts = _condition_parts(condition, True, f"“{condition.label}” should {'' if polarity else 'not '}hold")
    return Claim(sentence, scope, tuple(parts), polarity, "condition", condition.id, origin, name)


def claim_of_work(
    domain: Domain,
    locus: str,
    framework: Framework,
    scope: Scope,
    sentence: str,
    *,
    origin: str = "person",
    name: str = "",
) -> Claim:
    """The claim that the work of a domain sits with a locus in the cases in scope."""
    facet = framework.rules.locus
    if facet is None or locus not in framework.loci:
        raise InputError(
            f"no locus {locus!r}", where=sentence, mend=f"use {', '.join(framework.loci) or 'no such claim'}"
        )
    label = f"who does the work of {domain.name[:1].lower()}{domain.name[1:]}"
    others = tuple(other for other in framework.loci if other != locus)
    codes = (f"{domain.id}.*",)
    parts = (
        ClaimPart(Pattern(codes, {facet: (locus,)}), "for", "own", label),
        ClaimPart(Pattern(codes, {facet: others}), "against", "own", label),
    )
    return Claim(sentence, scope, parts, True, "work", domain.id, origin, name)


def _condition_parts(condition: Condition, wanted: bool, label: str, role: str = "condition") -> list[ClaimPart]:
    with_it, against_it = ("for", "against") if wanted else ("against", "for")
    return [ClaimPart(p, with_it, role, label) for p in condition.supports] + [
        ClaimPart(p, against_it, role, label) for p in condition.opposes
    ]


def _locus_parts(ideal: IdealType, framework: Framework) -> list[ClaimPart]:
    facet = framework.rules.locus
    if facet is None:
        return []
    labels = {value.id: value.label for value in framework.facet(facet).values}
    parts = []
    for domain in framework.domains:
        expected = ideal.expects(domain.id)
        if expected is None:
            continue
        row = ideal.templates.get(domain.id, {})
        others = tuple(locus for locus, degree in row.items() if degree <= 0.25)
        codes = (f"{domain.id}.*",)
        said = f"{domain.name}: the type expects {labels.get(expected, expected).lower()}"
        parts.append(ClaimPart(Pattern(codes, {facet: (expected,)}), "for", "locus", said))
        if others:
            parts.append(ClaimPart(Pattern(codes, {facet: others}), "against", "locus", said))
    return parts


def pattern_to_plain(pattern: Pattern) -> dict[str, Any]:
    """A pattern as plain values, for storage."""
    return {"codes": list(pattern.codes), "facets": {k: list(v) for k, v in pattern.facets.items()}}


def claim_to_plain(claim: Claim) -> dict[str, Any]:
    """A claim as plain values; ``claim_from_plain`` reads it back."""
    scope = {k: list(v) if isinstance(v, tuple) else v for k, v in vars(claim.scope).items()}
    parts = [
        {"pattern": pattern_to_plain(p.pattern), "side": p.side, "role": p.role, "label": p.label} for p in claim.parts
    ]
    rest = {k: v for k, v in vars(claim).items() if k not in ("scope", "parts")}
    return {**rest, "scope": scope, "parts": parts}


def claim_from_plain(plain: Mapping[str, Any]) -> Claim:
    """Read a claim from plain values."""
    limits: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain["scope"].items()}
    scope = Scope(**limits)
    parts = tuple(
        ClaimPart(
            Pattern(tuple(p["pattern"]["codes"]), {k: tuple(v) for k, v in p["pattern"]["facets"].items()}),
            p["side"],
            p["role"],
            p["label"],
        )
        for p in plain["parts"]
    )
    rest = {k: v for k, v in plain.items() if k not in ("scope", "parts")}
    return Claim(scope=scope, parts=parts, **rest)
