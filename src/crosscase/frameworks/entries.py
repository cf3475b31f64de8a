"""What may stand in the codebook part of a framework file: provenance, works cited, facets, domains, indicators.

These classes only say which keys there are and what a single value may look like. Whether the parts fit together
(a pattern names an indicator that exists …) is checked in ``references``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

# Columns of the evidence frame and of its weighted form, which a facet of the same name would overwrite.
TAKEN_COLUMNS = frozenset({
    "affirmed", "case", "code", "codebook_version", "coder", "coder_kind", "coding_id", "confidence", "contra", "date",
    "denied", "domain", "end", "facet", "facets", "kind", "layer", "level", "participant", "pro", "role", "round",
    "source", "start", "text", "weight",
})  # fmt: skip

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Rule = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
DottedId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", max_length=128)]
FrameworkId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", max_length=64)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
CitationKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")]


def no_repeats(texts: list[str]) -> list[str]:
    seen: set[str] = set()
    for text in texts:
        if text.casefold() in seen:
            raise PydanticCustomError("repeated", "{text} stands here twice", {"text": repr(text)})
        seen.add(text.casefold())
    return texts


Terms = Annotated[list[Line], AfterValidator(no_repeats)]


class Entry(BaseModel):
    """Base of everything in a framework file: exact types, no unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _long_provenance(given: object) -> object:
    """``stated EP19, CB12`` → the long form; anything else is left for the class to judge."""
    if not isinstance(given, str):
        return given
    kind, _, source = given.strip().partition(" ")
    return {"kind": kind, "source": source.strip()} if source.strip() else {"kind": kind}


class PlainProvenanceEntry(Entry):
    """Where a part comes from."""

    kind: Literal["stated", "recalled", "inferred"]
    source: Line | None = None
    note: Text | None = None

    @property
    def keys(self) -> list[str]:
        """The citation keys that are named."""
        return [key.strip() for key in (self.source or "").split(",") if key.strip()]


PlainProv = Annotated[
    PlainProvenanceEntry, BeforeValidator(_long_provenance, json_schema_input_type=str | PlainProvenanceEntry)
]


class ProvenanceEntry(PlainProvenanceEntry):
    """Where a part comes from, and single fields of it where they come from somewhere else."""

    fields_: dict[Line, PlainProv] = Field(default_factory=dict, alias="fields")


Prov = Annotated[ProvenanceEntry, BeforeValidator(_long_provenance, json_schema_input_type=str | ProvenanceEntry)]


class CitationEntry(Entry):
    """A work that the framework rests on; ``seen`` says what of it the authors of the file could open."""

    cite: Text
    seen: Text | None = None


def _labelled(given: object) -> object:
    return {"label": given} if isinstance(given, str) else given


class ValueEntry(Entry):
    """One answer to a facet's question; a plain text is its label."""

    label: Line
    include: Text | None = None
    exclude: Text | None = None
    terms: Terms = []


class FacetEntry(Entry):
    """A question answered about each coding."""

    question: Line
    values: dict[Word, Annotated[ValueEntry, BeforeValidator(_labelled, json_schema_input_type=str | ValueEntry)]]
    required: bool = False
    default: Word | None = None
    note: Text | None = None
    prov: Prov | None = None


class IndicatorEntry(Entry):
    """Something a coder can see in a passage, or a number known for each case."""

    id: DottedId
    name: Line
    definition: Text
    include: Text | None = None
    exclude: Text | None = None
    example: Text | None = None
    terms: Terms = []
    weak_terms: Terms = []
    not_terms: Terms = []
    kind: Literal["passage", "number"] = "passage"
    unit: Line | None = None
    reverse: bool = False
    parent: DottedId | None = None
    children: list[IndicatorEntry] = []
    prov: Prov | None = None


class SubdomainEntry(Entry):
    """Indicators that belong together."""

    id: DottedId
    name: Line
    definition: Text | None = None
    indicators: Annotated[list[IndicatorEntry], Field(min_length=1)]
    prov: Prov | None = None


class DomainEntry(Entry):
    """A domain of work with its sub-domains, or with its indicators directly."""

    id: Word
    name: Line
    definition: Text
    typical: dict[Word, Text] = {}
    subdomains: list[SubdomainEntry] = []
    indicators: list[IndicatorEntry] = []
    prov: Prov | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> DomainEntry:
        if bool(self.subdomains) == bool(self.indicators):
            raise PydanticCustomError("domain", "give either subdomains or indicators", {})
        return self


class DilemmaEntry(Entry):
    """A tension that people in the case must live with."""

    id: DottedId
    name: Line
    definition: Text | None = None
    anchor: Text | None = None
    terms: Terms = []
    prov: Prov | None = None
