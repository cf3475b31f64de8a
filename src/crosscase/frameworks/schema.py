"""What may stand in a framework file (``crosscase-framework/1``); `docs/reference/framework.md` explains it to people.

The codebook part (facets, domains, indicators) is in ``entries``; here are conditions, types and the file as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from crosscase.frameworks.entries import (
    CitationEntry,
    CitationKey,
    DilemmaEntry,
    DomainEntry,
    DottedId,
    Entry,
    FacetEntry,
    FrameworkId,
    IndicatorEntry,
    Line,
    Name,
    PlainProv,
    Prov,
    Rule,
    SubdomainEntry,
    Text,
    Word,
    no_repeats,
)

SCHEMA = "crosscase-framework/1"
DEGREES = {"in": 1.0, "more_in": 0.75, "cross": 0.5, "more_out": 0.25, "out": 0.0}
Degree = Literal["in", "more_in", "cross", "more_out", "out"]


def _one_or_many(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _open_pattern(given: object) -> object:
    """``{code: …, locus: …}`` → code and facets apart: which facets there are, the file itself says."""
    if not isinstance(given, dict):
        return given
    facets = {key: value for key, value in given.items() if key != "code"}
    return {"facets": facets} | ({"code": given["code"]} if "code" in given else {})


OneOrMany = Annotated[list[Line], BeforeValidator(_one_or_many, json_schema_input_type=str | list[str])]


class PatternEntry(Entry):
    """Which codings count: codes (``infra.*`` takes all below) and, beside them, values of facets."""

    code: Annotated[OneOrMany, Field(min_length=1)]
    facets: dict[Line, Annotated[OneOrMany, Field(min_length=1)]] = Field(default_factory=dict)

    # What people write has the facets beside the code.
    WRITTEN: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"code": {"type": ["string", "array"], "items": {"type": "string"}}},
        "required": ["code"],
        "additionalProperties": {
            "type": ["string", "array"],
            "items": {"type": "string"},
            "description": "a facet and the values that count",
        },
    }

    @model_validator(mode="before")
    @classmethod
    def _written(cls, given: object) -> object:
        return _open_pattern(given)

    model_config = ConfigDict(json_schema_extra=lambda schema: (schema.clear(), schema.update(PatternEntry.WRITTEN))[0])


class AnchorEntry(Entry):
    """One anchor and why it lies there; ``at: null`` leaves it to the user."""

    at: Annotated[float, Field(allow_inf_nan=False)] | None
    reason: Text


class AnchorsEntry(Entry):
    """Fully out, cross-over and fully in."""

    out: AnchorEntry
    cross: AnchorEntry
    into: AnchorEntry = Field(alias="in")

    @property
    def all(self) -> dict[str, AnchorEntry]:
        """The three in rising order, under the names that stand in the file."""
        return {"out": self.out, "cross": self.cross, "in": self.into}


class NeedsEntry(Entry):
    """The least evidence below which a membership stays unknown."""

    sources: Annotated[int, Field(ge=1, le=1000)] = 1
    kinds: Annotated[int, Field(ge=1, le=20)] = 1
    levels: Annotated[list[Word], AfterValidator(no_repeats)] = Field(default_factory=list)


class ConditionEntry(Entry):
    """A set in which a case has a membership."""

    label: Line
    definition: Text
    input: Literal["passages", "number", "rating"] = "passages"
    supports: list[PatternEntry] = Field(default=[], alias="for")
    opposes: list[PatternEntry] = Field(default=[], alias="against")
    indicators: Annotated[list[DottedId], AfterValidator(no_repeats)] = Field(default_factory=list)
    anchors: AnchorsEntry | None = None
    needs: NeedsEntry = NeedsEntry()
    in_model: bool = True
    degrees: dict[Degree, Text] = Field(default_factory=dict)
    prov: Prov | None = None


class DisconfirmingEntry(Entry):
    """What would speak against a case being of this type."""

    patterns: list[PatternEntry] = Field(default_factory=list)
    notes: list[Text] = Field(default_factory=list)


class ExemplarEntry(Entry):
    """A case that is said to be of this type."""

    case: Line
    prov: Prov | None = None


class TypeEntry(Entry):
    """A pure type: a rule over conditions and a domain × locus template."""

    id: Word
    name: Line
    definition: Text
    rule: Rule
    instruction: Text | None = None
    accountability: Text | None = None
    templates: dict[Word, dict[Word, Degree]] = Field(default_factory=dict)
    modes: dict[Word, list[Word]] = Field(default_factory=dict)
    discriminates_from: dict[Word, Text] = Field(default_factory=dict)
    disconfirming: DisconfirmingEntry = DisconfirmingEntry()
    exemplars: list[ExemplarEntry] = Field(default_factory=list)
    prov: Prov | None = None


class CornerEntry(Entry):
    """A corner of the property space that belongs to no type."""

    rule: Rule
    label: Line


class LocusRuleEntry(Entry):
    """Which facet says who does the work, and which of its values names nobody."""

    facet: Word
    not_stated: Word | None = None


class StanceRuleEntry(Entry):
    """How the values of the stance facet turn a coding into support or denial."""

    facet: Word
    affirms: list[Word]
    denies: list[Word]
    splits: list[Word] = Field(default_factory=list)
    drops: list[Word] = Field(default_factory=list)


class ActualityRuleEntry(Entry):
    """How much each value of the actuality facet counts."""

    facet: Word
    weights: dict[Word, Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]]


class AnalysisEntry(Entry):
    """Which facets the analyses read."""

    locus: LocusRuleEntry | None = None
    mode: Word | None = None
    stance: StanceRuleEntry | None = None
    actuality: ActualityRuleEntry | None = None
    school_levels: list[Word] = Field(default_factory=list)


class RoleEntry(Entry):
    """A kind of participant and the level that the account comes from."""

    label: Line
    level: Word


class ParticipantsEntry(Entry):
    """Levels of the system and kinds of participants."""

    levels: dict[Word, Line]
    roles: dict[Word, RoleEntry] = Field(default_factory=dict)
    prov: Prov | None = None


class RatingsEntry(Entry):
    """A scale on which people rate each case per indicator."""

    scale: Annotated[list[int], Field(min_length=2, max_length=21)]
    rules: dict[Line, Text]
    special: dict[Line, Text] = Field(default_factory=dict)
    procedure: Text | None = None
    distinguishing: Text | None = None
    prov: Prov | None = None


class OutcomeEntry(Entry):
    """What cases are compared on."""

    id: Word
    label: Line
    values: Annotated[list[Word], Field(min_length=2), AfterValidator(no_repeats)]


class CaseNounEntry(Entry):
    """What a case is called."""

    one: Line
    many: Line


class NoteEntry(Entry):
    """Something a reader should know; a plain text is a note with the provenance of the file."""

    text: Text
    prov: PlainProv | None = None


def _noted(given: object) -> object:
    return {"text": given} if isinstance(given, str) else given


class EvidenceRulesEntry(Entry):
    """What evidence each degree of membership asks for, and where to look for what speaks against it."""

    degrees: dict[Line, Text] = Field(default_factory=dict)
    disconfirming_search: list[Text] = Field(default_factory=list)


@dataclass(frozen=True)
class Placed:
    """An indicator with its place in the file and everything that it inherits from."""

    path: tuple[str | int, ...]
    entry: IndicatorEntry
    domain: DomainEntry
    subdomain: SubdomainEntry | None
    ancestors: tuple[IndicatorEntry, ...]

    @property
    def parent(self) -> str | None:
        """The construct that it is part of."""
        return self.ancestors[-1].id if self.ancestors else self.entry.parent


class FrameworkFile(Entry):
    """A whole framework file."""

    schema_: Literal["crosscase-framework/1"] = Field(alias="schema")
    id: FrameworkId
    version: Annotated[str, StringConstraints(pattern=r"^\d{1,4}\.\d{1,4}\.\d{1,4}$")]
    title: Line
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
    case_noun: CaseNounEntry
    coding_unit: Text
    prov: Prov
    sources: dict[CitationKey, CitationEntry] = Field(default_factory=dict)
    facets: dict[Word, FacetEntry] = Field(default_factory=dict)
    participants: ParticipantsEntry | None = None
    domains: Annotated[list[DomainEntry], Field(min_length=1)]
    dilemmas: list[DilemmaEntry] = Field(default_factory=list)
    conditions: dict[Name, ConditionEntry] = Field(default_factory=dict)
    types: list[TypeEntry] = Field(default_factory=list)
    residual_corners: dict[Word, CornerEntry] = Field(default_factory=dict)
    analysis: AnalysisEntry = AnalysisEntry()
    ratings: RatingsEntry | None = None
    outcome: OutcomeEntry | None = None
    evidence_rules: EvidenceRulesEntry = EvidenceRulesEntry()
    notes: list[Annotated[NoteEntry, BeforeValidator(_noted, json_schema_input_type=str | NoteEntry)]] = Field(
        default_factory=list
    )

    def indicators(self) -> Iterator[Placed]:
        """Every indicator, parents before their children, in the order of the file."""
        for d, domain in enumerate(self.domains):
            for i, entry in enumerate(domain.indicators):
                yield from _below(Placed(("domains", d, "indicators", i), entry, domain, None, ()))
            for s, subdomain in enumerate(domain.subdomains):
                for i, entry in enumerate(subdomain.indicators):
                    path = ("domains", d, "subdomains", s, "indicators", i)
                    yield from _below(Placed(path, entry, domain, subdomain, ()))


def _below(placed: Placed) -> Iterator[Placed]:
    yield placed
    for c, child in enumerate(placed.entry.children):
        ancestors = (*placed.ancestors, placed.entry)
        yield from _below(Placed((*placed.path, "children", c), child, placed.domain, placed.subdomain, ancestors))
