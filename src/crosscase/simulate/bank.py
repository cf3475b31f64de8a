"""The phrase bank: hand-written passages with their coding, and everything that is said around them.

A passage is a template. ``{slots}`` take the names of a case, ``[[one|another]]`` are wordings that mean the same for
its coding. Everything in the bank is invented.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from crosscase.errors import FormatError
from crosscase.simulate import hints

PASSAGE_FILES = ("env.yaml", "infra.yaml", "use.yaml", "perf.yaml", "lead.yaml")
SLOTS = frozenset(
    {
        *("district", "school", "school2", "person", "principal", "superintendent", "partner", "subject", "grade"),
        *("curriculum", "year", "month", "n", "percent", "town", "neighborhood"),
    }
)
VOICES = ("central", "principal", "teacher_leader", "teacher", "board", "external", "document", "observer")
_ALTERNATION = re.compile(r"\[\[([^\[\]]*)\]\]")
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class PassageTemplate:
    """One passage of the bank with the coding that it was written for.

    ``subject`` and ``band`` (elementary or secondary school) are what its words give away, and ``speaker`` what they
    say about who speaks.
    """

    key: str
    code: str
    locus: str
    mode: str
    stance: str
    actuality: str
    voices: tuple[str, ...]
    text: str
    subject: str
    band: str
    speaker: hints.Speaker = field(default_factory=hints.Speaker)

    @property
    def domain(self) -> str:
        return self.code.split(".", 1)[0]

    @property
    def subdomain(self) -> str:
        return self.code.rsplit(".", 1)[0]

    @property
    def n_words(self) -> int:
        """Words of the first wording."""
        return len(first_wording(self.text).split())


@dataclass(frozen=True)
class Question:
    """What the interviewer asks; ``after`` is a word that the speaker must have used before."""

    about: tuple[str, ...]
    text: str
    voices: tuple[str, ...] = VOICES[:6]
    after: str = ""


@dataclass(frozen=True)
class Digression:
    """Talk of other things; ``about`` are the domains near which it begins (``any``), if it does."""

    text: str
    voices: tuple[str, ...]
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    """A district-level event that an observer attends."""

    name: str
    setting: str
    opening: str
    closing: str


@dataclass(frozen=True)
class DocumentKind:
    name: str
    title: str
    opening: str
    sections: tuple[str, ...]
    closing: str


@dataclass(frozen=True)
class Bank:
    """Everything that sources are composed of."""

    passages: tuple[PassageTemplate, ...]
    questions: tuple[Question, ...]
    digressions: tuple[Digression, ...]
    events: tuple[Event, ...]
    document_kinds: tuple[DocumentKind, ...]
    background: Mapping[str, tuple[str, ...]]
    probes: Mapping[str, tuple[str, ...]]
    probe_replies: Mapping[str, tuple[str, ...]]
    remarks: Mapping[str, tuple[str, ...]]
    names: Mapping[str, tuple[str, ...]]
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> tuple[str, ...]:
        """A list of wordings by its name in the bank, such as ``lead_ins``."""
        return self.lists[name]


def first_wording(text: str) -> str:
    """A text with the first of each pair of wordings.

    >>> first_wording("It took [[nine|ten]] days.")
    'It took nine days.'
    """
    return _ALTERNATION.sub(lambda found: found.group(1).split("|", 1)[0], text)


def slots_of(text: str) -> frozenset[str]:
    """The slots that a text uses."""
    return frozenset(_SLOT.findall(text))


@lru_cache(maxsize=1)
def load_bank() -> Bank:
    """The bank that ships with Crosscase; read once."""
    passages: list[PassageTemplate] = []
    for file in PASSAGE_FILES:
        passages.extend(_passage(file, number, row) for number, row in enumerate(_read(file)))
    around, talk = _read("surroundings.yaml"), _read("questions.yaml")
    lists = {name: tuple(rows) for name, rows in {**around, **talk}.items() if _is_list_of_texts(rows)}
    return Bank(
        passages=tuple(passages),
        questions=tuple(_question(row) for row in talk["questions"]),
        digressions=tuple(
            Digression(row["text"], tuple(row["voices"]), tuple(row.get("about", ()))) for row in around["off_topic"]
        ),
        events=tuple(Event(**row) for row in around["events"]),
        document_kinds=tuple(
            DocumentKind(**{**row, "sections": tuple(row["sections"])}) for row in around["document_kinds"]
        ),
        background=_by_name(around["background"]),
        probes=_by_name(talk["probes"]),
        probe_replies=_by_name(talk["probe_replies"]),
        remarks=_by_name(talk["remarks"]),
        names=_by_name(around["names"]),
        lists=lists,
    )


def _read(file: str) -> Any:
    text = resources.files("crosscase.simulate").joinpath("phrases", file).read_text(encoding="utf-8")
    # The C parser reads the bank in a fifth of the time; not every installation has it.
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _passage(file: str, number: int, row: Mapping[str, Any]) -> PassageTemplate:
    text = row["text"]
    unknown = slots_of(text) - SLOTS
    if unknown:
        raise FormatError(f"unknown slots {', '.join(sorted(unknown))}", where=f"{file}, passage {number}")
    plain = first_wording(text)
    return PassageTemplate(
        key=f"{file.removesuffix('.yaml')}:{number}",
        code=row["code"],
        locus=row["locus"],
        mode=row["mode"],
        stance=row["stance"],
        actuality=row["actuality"],
        voices=tuple(row["voices"]),
        text=text,
        subject=hints.subject_of(plain),
        band=hints.band_of(plain),
        speaker=hints.speaker_of(plain),
    )


def _question(row: Mapping[str, Any]) -> Question:
    return Question(tuple(row["about"]), row["text"], tuple(row.get("voices", VOICES[:6])), row.get("after", ""))


def _by_name(rows: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(texts) for name, texts in rows.items()}


def _is_list_of_texts(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(row, str) for row in rows)
