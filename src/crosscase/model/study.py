"""The things that a study is made of, as values: cases, participants, sources, coders and rounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crosscase.errors import ManifestError

AttributeValue = str | int | float | bool | None

# What a source is. "interview" and "observation" are what people said and did; a "document" is what was written down.
# In words, as people read it everywhere.
KINDS = {
    "interview": "interview",
    "focus_group": "focus group",
    "observation": "field note",
    "meeting": "meeting",
    "document": "document",
    "survey": "survey answer",
    "context": "context",
}
SOURCE_KINDS = tuple(KINDS)
# Whose account it is, or where it was seen. "context" sources are kept and searched but are no evidence about a case.
LEVELS = ("central", "school", "external", "families", "government", "document", "observation")
ROLES = (
    "central",
    "principal",
    "teacher_leader",
    "teacher",
    "board",
    "external",
    "family",
    "student",
    "document",
    "observer",
    "interviewer",
    "other",
)
LEVEL_OF_ROLE: Mapping[str, str] = {
    "central": "central",
    "board": "central",
    "principal": "school",
    "teacher_leader": "school",
    "teacher": "school",
    "external": "external",
    "family": "families",
    "document": "document",
    "observer": "observation",
}
CODER_KINDS = ("person", "dictionary", "classifier", "llm")


def check_choice(value: str, choices: tuple[str, ...], field_name: str, where: str) -> str:
    """Return the value if it is one of the choices, else raise ``ManifestError`` naming them."""
    if value not in choices:
        raise ManifestError(f"{field_name} is {value!r}", where=where, mend=f"use one of: {', '.join(choices)}")
    return value


@dataclass(frozen=True)
class Case:
    """A unit that is compared: a district, a network, a country."""

    name: str
    label: str
    guid: str = ""
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Participant:
    """A person who speaks or is observed, with role and level."""

    name: str
    label: str
    role: str
    level: str
    case: str | None = None
    guid: str = ""


@dataclass(frozen=True)
class Coder:
    """Who codes: a person or a machine."""

    name: str
    label: str
    kind: str = "person"
    guid: str = ""


@dataclass(frozen=True)
class Round:
    """One pass of coding with one codebook version; blind rounds hide colleagues' codings."""

    name: str
    codebook_version: str
    blind: bool = True
    guid: str = ""


@dataclass(frozen=True)
class Source:
    """One transcript, field note or document; its text is immutable."""

    name: str
    case: str | None
    kind: str
    date: str | None
    participant: str | None
    role: str | None
    level: str | None
    guid: str
    sha256: str
    n_characters: int
    n_words: int
    file: str = ""
    format: str = ""
    machine_transcript: bool = False
    simulated: bool = False
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
