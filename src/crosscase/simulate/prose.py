"""From a template to the words of one speaker: wordings chosen, slots filled, a habit of speech, typography."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from crosscase.simulate.plan import SourcePlan
from crosscase.simulate.shelf import pick
from crosscase.simulate.world import School, World

_T = TypeVar("_T")
_ALTERNATION = re.compile(r"\[\[([^\[\]]*)\]\]")
_SLOT = re.compile(r"\{(\w+)\}")
_NUMBERS = ("three", "four", "five", "six", "seven", "nine")
_PERCENTS = ("15", "20", "25", "30", "35", "40", "60", "70")
# Not strftime, which follows the language of the machine.
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_SCHOOL_MONTHS = (*MONTHS[8:], *MONTHS[:5])
_SUBJECT_WORDS = {
    "literacy": ("reading", "reading", "writing"),
    "math": ("math",),
    "science": ("science",),
    "other": ("social studies",),
}
_SUBJECTS = ("math", "literacy", "science", "other")
_SUBJECT_SHARES = np.array([0.42, 0.38, 0.15, 0.05])
_GRADES = {
    "elementary": ("first-grade", "second-grade", "third-grade", "fourth-grade", "fifth-grade"),
    "secondary": ("sixth-grade", "seventh-grade", "ninth-grade", "tenth-grade"),
}
_STRAIGHT = re.compile(r"[\"']")
# What people leave off when they talk: "at Harlow Street", "in Marrow Bay".
_OFFICIAL = re.compile(
    r" (?:Elementary|Middle School|Junior High|High School|K-8|Community School|Primary Center|Unified School District|"
    r"Consolidated School District|Community Schools|City Schools|Township Schools|County Schools|Public Schools|"
    r"School District|Unified|Charter Network|Charter Schools|Schools)$"
)
# "When {principal} was here": somebody who is not the principal any more.
_FORMER = re.compile(
    r"(?:[Ww]hen|[Uu]nder|[Bb]efore|[Aa]fter) \{principal\}(?! (?:and|told|says))|\{principal\}'s (?:time|day)\b"
)
_FUTURE = re.compile(r"\bwill\b|take effect|Beginning in|\bComing\b")
_HER = re.compile(r"\b(?:she|her|hers)\b", re.IGNORECASE)
_HIM = re.compile(r"\b(?:he|him|his)\b", re.IGNORECASE)
_SENTENCE_START = re.compile(r"(?<=[.?!] )(I|We|They|It|There|That|You|He|She|The|This|Some|One) (?=[a-z'’])")
# A network of charter schools has no district and no downtown.
_CHARTER = (
    (re.compile(r"\bcentral office\b"), "home office"),
    (re.compile(r"\bdistrict office\b"), "home office"),
    (re.compile(r"\b(the|our|this|whole|The|Our|This|a) district('s)?\b(?! attorney)"), r"\1 network\2"),
    (re.compile(r"\b(from|by|with|of|to|than|told|asked|if) downtown\b"), r"\1 the home office"),
    (re.compile(r"(?<![\w,] )\bDowntown (?=[a-z])"), "The home office "),
    (
        re.compile(r"\bdowntown (?=says|said|has|had|wants|wanted|thinks|knows|calls|sends|sent|will)"),
        "the home office ",
    ),
    (re.compile(r"\bschool districts?\b"), "network"),
)


@dataclass(frozen=True)
class Filled:
    """Words ready to stand in a source, with the subject that they speak about."""

    text: str
    subject: str


@dataclass(frozen=True)
class Habit:
    """How a speaker talks: how often a sentence begins with a filler, which ones, and how breaks are typed."""

    rate: float
    fillers: tuple[str, ...]
    is_typographic: bool


class Teller:
    """Fills templates for one source; the same names throughout it."""

    def __init__(self, plan: SourcePlan, world: World, is_charter: bool, rng: np.random.Generator) -> None:
        self.plan, self.world, self.is_charter, self.rng = plan, world, is_charter, rng
        self.spoken = plan.kind == "interview"
        self.own = None if plan.school is None else world.schools[plan.school]
        self.habit = _draw_habit(rng)
        # People know a few colleagues and mention them again.
        places = rng.permutation(len(world.people))[:8]
        self.colleagues = tuple(world.people[int(i)] for i in places)
        self.partner = world.partners[int(rng.integers(len(world.partners)))]
        # Where an event takes place and which school a handbook is of does not change within a source.
        places = rng.permutation(len(world.schools))
        self.home = self.own or world.schools[places[0]]
        self._away = next(s for s in (world.schools[i] for i in places) if s.name != self.home.name)
        self.stays_home = self.own is not None

    def fill(self, template: str, subject: str = "all", wanted: str = "") -> Filled:
        """One wording of a template with its slots filled.

        ``subject`` is what the template speaks about; ``wanted`` is the subject to put into an open slot.
        """
        at = self.home if self.stays_home else self._one_of(self.world.schools)
        return self._fill(template, subject, wanted, at, {})

    def frame(self, template: str) -> str:
        """A title, setting or opening: its school is that of the source, its month that of the source's date."""
        month = datetime.date.fromisoformat(self.plan.date).month
        given = {"month": MONTHS[month - 1], "school2": self._called(self._away.name)}
        return self._fill(template, "all", "", self.home, given).text

    def _fill(self, template: str, subject: str, wanted: str, at: School, values: dict[str, str]) -> Filled:
        text = _ALTERNATION.sub(lambda found: self._one_of(found.group(1).split("|")), template)
        topic = subject
        if subject == "slot":
            topic = wanted or self.plan.subject or _SUBJECTS[pick(_SUBJECT_SHARES, self.rng)]
        text = _SLOT.sub(lambda found: self._value(found, values, text, topic, at), text)
        if self.is_charter:
            for words, other in _CHARTER:
                text = words.sub(other, text)
        if self.spoken:
            text = self._with_habit(text)
        return Filled(typeset(text) if self.habit.is_typographic else text, topic)

    def _one_of(self, options: Sequence[_T]) -> _T:
        return options[int(self.rng.integers(len(options)))]

    def _value(self, found: re.Match[str], values: dict[str, str], text: str, topic: str, speaks_of: School) -> str:
        name = found.group(1)
        if name not in values:
            values[name] = self._draw_value(name, text, topic, speaks_of)
        value = values[name]
        before = text[: found.start()]
        if value.startswith("the ") and before.endswith(("the ", "The ")):
            value = value.removeprefix("the ")
        if not before or before.endswith((". ", "? ", "! ", '"')):
            value = value[0].upper() + value[1:]
        return value

    def _draw_value(self, name: str, text: str, topic: str, speaks_of: School) -> str:
        world, rng = self.world, self.rng
        if name in ("school", "school2"):
            school = speaks_of if name == "school" else self._another(speaks_of)
            return self._called(school.name)
        if name in ("person", "principal"):
            return self._person(name, text, speaks_of)
        if name == "subject":
            return self._one_of(_SUBJECT_WORDS.get(topic, ("math",)))
        if name == "grade":
            return self._one_of(_GRADES[speaks_of.band])
        if name == "curriculum":
            return world.curricula.get(topic) or self._one_of(tuple(world.curricula.values())[:2])
        if name == "year":
            last = int(self.plan.date[:4])
            return str(last + 1 if _FUTURE.search(text) else max(last - 1 - int(rng.geometric(0.22)), last - 12))
        simple = {
            "district": self._called(world.district),
            "superintendent": world.superintendent,
            "partner": self.partner,
            "town": world.town,
        }
        drawn = {"month": _SCHOOL_MONTHS, "n": _NUMBERS, "neighborhood": world.neighborhoods}
        if name == "percent":
            return f"{self._one_of(_PERCENTS)} percent"
        return simple[name] if name in simple else self._one_of(tuple(drawn[name]))

    def _called(self, name: str) -> str:
        return _OFFICIAL.sub("", name) if self.spoken or self.rng.random() < 0.3 else name

    def _another(self, school: School) -> School:
        others = [s for s in self.world.schools if s.name != school.name]
        return others[int(self.rng.integers(len(others)))]

    def _person(self, name: str, text: str, speaks_of: School) -> str:
        """A colleague whose title suits "she" and "he" in the text, or a principal (never the speaker's own self)."""
        if name == "principal" and not _FORMER.search(text):
            at = self._another(speaks_of) if self.plan.voice == "principal" else speaks_of
            return at.principal
        wanted: tuple[str, ...] = ("Ms.", "Mrs.") if _HER.search(text) else ("Mr.",) if _HIM.search(text) else ("M",)
        fitting = [p for p in self.colleagues if p.startswith(wanted)] or list(self.colleagues)
        return self._one_of(fitting)

    def _with_habit(self, text: str) -> str:
        """Now and then a sentence begins with a filler or a false start, as speech does."""

        def begin(found: re.Match[str]) -> str:
            if self.rng.random() >= self.habit.rate:
                return found.group()
            word = found.group(1)
            low = word if word == "I" else word[0].lower() + word[1:]
            filler = self._one_of(self.habit.fillers)
            return f"{word}— {low} " if filler == "—" else f"{filler} {low} "

        return _SENTENCE_START.sub(begin, text)


def _draw_habit(rng: np.random.Generator) -> Habit:
    typographic = bool(rng.random() < 0.35)
    fillers = ["I mean,", "You know,", "Um,", "So,", "And,", "Well,"]
    chosen = [fillers[i] for i in rng.permutation(len(fillers))[:2]]
    if typographic:
        chosen.append("—")
    return Habit(float(rng.beta(1.2, 26.0)), tuple(chosen), typographic)


def typeset(text: str) -> str:
    """The same text with typographic quotation marks and apostrophes; no letter moves.

    >>> typeset('He said "it\\'s fine."')
    'He said “it’s fine.”'
    """
    return _STRAIGHT.sub(_curl, text)


def _curl(found: re.Match[str]) -> str:
    text, place = found.string, found.start()
    opens = place == 0 or text[place - 1] in " ([—\n\"'"
    if found.group() == '"':
        return "“" if opens else "”"
    return "‘" if opens and text[place + 1 : place + 2].isalnum() else "’"
