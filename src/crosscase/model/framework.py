"""A framework: theory as data, the same for coding, analysis, machine coders and interview guides.

A framework names domains of work, the indicators that a coder looks for, the facets that are answered about each
coding (who does it, what is done, is it affirmed or denied …), conditions built from patterns of codings, and ideal
types as rules over conditions and as domain × locus templates. Every part carries its provenance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, TypeVar

from crosscase.errors import FrameworkError
from crosscase.model.formula import Formula

_Named = TypeVar("_Named", "Domain", "Facet", "Condition", "IdealType")


@dataclass(frozen=True)
class Provenance:
    """Where a part of the framework comes from.

    ``kind`` is ``stated`` (in a source that the authors of the file could see), ``recalled`` (from literature that
    they could not open: check it) or ``inferred`` (an operationalisation of their own).
    """

    kind: str
    source: str = ""
    note: str = ""
    fields: Mapping[str, Provenance] = field(default_factory=dict)  # where a field's origin differs from the part's

    LABELS: ClassVar[Mapping[str, str]] = {
        "stated": "stated in the literature",
        "recalled": "recalled from the literature, unchecked",
        "inferred": "our inference",
    }

    def of(self, field: str) -> Provenance:
        """Where one field, such as ``definition``, comes from: its own origin, else that of the whole part."""
        return self.fields.get(field, self)

    def sentence(self, citations: Mapping[str, str] | None = None) -> str:
        """What a reader is told, such as "our inference" or "stated in the literature: Peurach …"."""
        label = self.LABELS[self.kind]
        cited = "; ".join(
            (citations or {}).get(key.strip(), key.strip()) for key in self.source.split(",") if key.strip()
        )
        return " ".join(
            part for part in (f"{label}: {cited}" if cited else label, f"({self.note})" if self.note else "") if part
        )


@dataclass(frozen=True)
class FacetValue:
    """One answer to a facet's question."""

    id: str
    label: str
    include: str = ""
    exclude: str = ""
    terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facet:
    """A question answered about each coding, such as *who does the work?*"""

    id: str
    question: str
    values: tuple[FacetValue, ...]
    required: bool
    provenance: Provenance
    default: str | None = None
    note: str = ""

    def value(self, id: str) -> FacetValue:
        for value in self.values:
            if value.id == id:
                return value
        raise FrameworkError(
            f"{id!r} is no value of the facet {self.id}",
            mend="use one of " + ", ".join(v.id for v in self.values),
        )


@dataclass(frozen=True)
class Indicator:
    """Something a coder can see in a passage; the codes of a study are its framework's indicators."""

    id: str
    name: str
    domain: str
    subdomain: str
    definition: str
    include: str
    exclude: str
    example: str
    provenance: Provenance
    terms: tuple[str, ...] = ()
    weak_terms: tuple[str, ...] = ()
    not_terms: tuple[str, ...] = ()
    kind: str = "passage"  # passage | number
    unit: str = ""
    reverse: bool = False
    parent: str | None = None
    former: bool = False  # it left the codebook, and codings stand under it still


@dataclass(frozen=True)
class Subdomain:
    id: str
    name: str
    indicators: tuple[Indicator, ...]
    provenance: Provenance
    definition: str = ""


@dataclass(frozen=True)
class Domain:
    """A domain of work, such as *building educational infrastructure*."""

    id: str
    name: str
    definition: str
    subdomains: tuple[Subdomain, ...]
    provenance: Provenance
    typical: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pattern:
    """Which codings count: a code (``infra.*`` matches all below ``infra``) and, where given, facet values."""

    codes: tuple[str, ...]
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def matches_code(self, code: str) -> bool:
        """Whether the pattern speaks about this indicator."""
        return any(code == c or (c.endswith("*") and code.startswith(c[:-1])) for c in self.codes)


@dataclass(frozen=True)
class Anchors:
    """Shares of support that mean fully out (.05), the cross-over (.5) and fully in (.95); each with its reason."""

    out: float
    cross: float
    into: float
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Needs:
    """The least evidence below which a membership stays unknown, the whole interval from 0 to 1."""

    sources: int = 1
    kinds: int = 1
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Condition:
    """A set in which a case has a membership, such as *one instructional approach shared by all schools*.

    ``input`` says where the membership comes from: ``passages`` (patterns for and against), ``number`` (a numeric
    indicator per case) or ``rating`` (people's ratings of the case).
    """

    id: str
    label: str
    definition: str
    provenance: Provenance
    input: str = "passages"
    supports: tuple[Pattern, ...] = ()
    opposes: tuple[Pattern, ...] = ()
    indicators: tuple[str, ...] = ()
    anchors: Anchors | None = None
    needs: Needs = Needs()
    in_model: bool = True
    degrees: Mapping[str, str] = field(default_factory=dict)  # in, more_in, more_out, out in words, for people who rate
    unset_anchors: Mapping[str, str] = field(default_factory=dict)  # what the user has to decide where anchors are null


@dataclass(frozen=True)
class IdealType:
    """A pure type: a rule over conditions and a domain × locus template."""

    id: str
    name: str
    definition: str
    formula: Formula
    provenance: Provenance
    templates: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    instruction: str = ""
    accountability: str = ""
    exemplars: tuple[str, ...] = ()
    modes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    discriminates_from: Mapping[str, str] = field(default_factory=dict)
    disconfirming: tuple[Pattern, ...] = ()
    disconfirming_notes: tuple[str, ...] = ()
    exemplar_provenance: Mapping[str, Provenance] = field(default_factory=dict)

    def membership(self, values: Mapping[str, float]) -> float:
        """Degree to which a case with these memberships in the conditions belongs to the type, in [0, 1]."""
        return self.formula.membership(values)

    def expects(self, domain: str) -> str | None:
        """The locus that the type expects to hold the work of a domain; ``None`` where it leaves that open.

        It is the single best locus of the template, if that is at least *more in* (.75) and no other is as good.
        """
        row = self.templates.get(domain, {})
        best = sorted(row.items(), key=lambda item: -item[1])[:2]
        if not best or best[0][1] < 0.75 or (len(best) > 1 and best[1][1] == best[0][1]):
            return None
        return best[0][0]


@dataclass(frozen=True)
class StanceRules:
    """How the stance facet turns a coding into support or denial (a share of each, in [0, 1])."""

    facet: str
    affirms: tuple[str, ...]
    denies: tuple[str, ...]
    splits: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()


@dataclass(frozen=True)
class AnalysisRules:
    """Which facets the analyses read, and how much each actuality counts."""

    locus: str | None = None
    not_stated: str | None = None
    stance: StanceRules | None = None
    actuality: str | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    school_levels: tuple[str, ...] = ("school",)
    mode: str | None = None


@dataclass(frozen=True)
class Dilemma:
    """A tension that people in the case must live with."""

    id: str
    name: str
    provenance: Provenance
    terms: tuple[str, ...] = ()
    definition: str = ""
    anchor: str = ""  # the statement in the literature that the dilemma rests on


@dataclass(frozen=True)
class Role:
    """A kind of participant, such as *principal*, and the level of the system that the account comes from."""

    id: str
    label: str
    level: str


@dataclass(frozen=True)
class Outcome:
    """What cases are compared on where a framework explains an outcome (CFIR: level of implementation)."""

    id: str
    label: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Ratings:
    """A scale on which people rate each case per indicator (CFIR: −2 … +2)."""

    scale: tuple[int, ...]
    rules: Mapping[str, str]
    special: Mapping[str, str] = field(default_factory=dict)
    procedure: str = ""
    distinguishing: str = ""  # when a construct is said to tell groups of cases apart
    provenance: Provenance = Provenance("inferred")


@dataclass(frozen=True)
class Framework:
    """Domains, indicators, facets, conditions and ideal types of one theory, at one version."""

    id: str
    version: str
    title: str
    language: str
    case_noun: tuple[str, str]
    coding_unit: str
    citations: Mapping[str, str]
    facets: tuple[Facet, ...]
    domains: tuple[Domain, ...]
    conditions: tuple[Condition, ...]
    types: tuple[IdealType, ...]
    rules: AnalysisRules
    dilemmas: tuple[Dilemma, ...] = ()
    residual_corners: Mapping[str, tuple[Formula, str]] = field(default_factory=dict)
    ratings: Ratings | None = None
    notes: tuple[str, ...] = ()
    digest: str = ""
    provenance: Provenance = Provenance("inferred")
    seen: Mapping[str, str] = field(default_factory=dict)  # citation key → what of it the authors could open
    levels: Mapping[str, str] = field(default_factory=dict)  # levels of the system that accounts come from, with label
    roles: tuple[Role, ...] = ()
    evidence_rules: Mapping[str, str] = field(default_factory=dict)  # what evidence each degree of membership asks for
    disconfirming_search: tuple[str, ...] = ()
    outcome: Outcome | None = None

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        """Every indicator in the order of the file."""
        return tuple(i for d in self.domains for s in d.subdomains for i in s.indicators)

    @cached_property
    def _by_id(self) -> dict[str, Indicator]:
        return {i.id: i for i in self.indicators}

    def indicator(self, id: str) -> Indicator:
        if id not in self._by_id:
            raise FrameworkError(f"no indicator {id!r} in {self.id}", mend="see `crosscase framework show`")
        return self._by_id[id]

    def domain(self, id: str) -> Domain:
        return _pick(self.domains, id, "domain", self.id)

    def facet(self, id: str) -> Facet:
        return _pick(self.facets, id, "facet", self.id)

    def condition(self, id: str) -> Condition:
        return _pick(self.conditions, id, "condition", self.id)

    def type(self, id: str) -> IdealType:
        return _pick(self.types, id, "ideal type", self.id)

    @property
    def loci(self) -> tuple[str, ...]:
        """The values of the locus facet that name somebody (without *not stated*); empty without such a facet."""
        if self.rules.locus is None:
            return ()
        return tuple(v.id for v in self.facet(self.rules.locus).values if v.id != self.rules.not_stated)


def _pick(items: tuple[_Named, ...], id: str, noun: str, framework: str) -> _Named:
    for item in items:
        if item.id == id:
            return item
    known = ", ".join(item.id for item in items) or "none"
    raise FrameworkError(f"no {noun} {id!r} in {framework}", mend=f"known: {known}")
