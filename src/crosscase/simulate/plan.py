"""Which sources a simulated study has: who speaks, where, when and how long."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

import numpy as np

from crosscase.model.study import LEVEL_OF_ROLE, Participant
from crosscase.simulate.design import SCHOOL_ROLES, CaseDesign, StudyDesign
from crosscase.simulate.world import World

# Labels end in a word that readers of transcripts take for a role, so that turns are found without a roster.
LABELS = {
    "central": "Administrator",
    "principal": "Principal",
    "teacher_leader": "Lead Teacher",
    "teacher": "Teacher",
    "board": "Board Member",
    "external": "Partner Staff",
}
# Board members and partners are asked less about instruction: their interviews are shorter and hold less of it.
_LENGTH = {"central": 0.97, "principal": 1.05, "teacher_leader": 1.0, "teacher": 0.96, "board": 0.66, "external": 0.62}
_CODED = {"board": 0.78, "external": 0.78}
_SHORTEST, _LONGEST = 0.58, 1.54
_SUBJECTS = ("math", "literacy", "science")


@dataclass(frozen=True)
class SourcePlan:
    """One source before it is written.

    ``index`` is its place in the study, ``early`` runs from 1 (the first day of the study) to 0 (the last), ``school``
    is the place of the speaker's school in the case's world, ``subject`` what a secondary teacher teaches,
    ``n_coded`` the words that are to be coded.
    """

    index: int
    name: str
    case: str
    kind: str
    date: str
    early: float
    voice: str
    level: str
    n_words: int
    n_coded: int
    participant: Participant | None = None
    school: int | None = None
    subject: str = ""

    @property
    def role(self) -> str:
        return self.voice

    @property
    def is_school_level(self) -> bool:
        return self.level == "school"


def plan_sources(
    design: StudyDesign, worlds: tuple[World, ...], rng: np.random.Generator
) -> tuple[tuple[SourcePlan, ...], tuple[Participant, ...]]:
    """The sources of every case in order, and the people who are interviewed."""
    plans: list[SourcePlan] = []
    people: list[Participant] = []
    n_people = sum(sum(case.interviews.values()) for case in design.cases)
    width = max(2, len(str(n_people)))
    for case, world in zip(design.cases, worlds, strict=True):
        plans.extend(_interviews(case, world, design, rng, people, width))
        plans.extend(_others(case, "observation", case.n_notes, design, rng))
        plans.extend(_others(case, "document", case.n_documents, design, rng))
    return tuple(replace(plan, index=number) for number, plan in enumerate(plans)), tuple(people)


def _interviews(
    case: CaseDesign,
    world: World,
    design: StudyDesign,
    rng: np.random.Generator,
    people: list[Participant],
    width: int,
) -> list[SourcePlan]:
    roles = [role for role, n in case.interviews.items() for _ in range(n)]
    roles = [roles[i] for i in rng.permutation(len(roles))]
    dates = _dates(len(roles), design, rng)
    at_school = 0
    plans = []
    for number, (role, (date, early)) in enumerate(zip(roles, dates, strict=True), start=1):
        name = f"P{len(people) + 1:0{width}d}"
        level = LEVEL_OF_ROLE[role]
        people.append(Participant(name, f"{name} {LABELS[role]}", role, level, case.name))
        # Schools come by turns, so that several people speak about the same one.
        school = at_school % max(3, len(world.schools) // 2) if role in SCHOOL_ROLES else None
        at_school += role in SCHOOL_ROLES
        secondary = school is not None and world.schools[school].band == "secondary"
        length = float(np.clip(np.exp(rng.normal(0.0, 0.24)), _SHORTEST / _LENGTH[role], _LONGEST / _LENGTH[role]))
        n_words = round(design.words_per_interview * _LENGTH[role] * length * (case.talkative if number == 1 else 1))
        share = design.coded_share * _CODED.get(role, 1.0) + float(rng.uniform(-0.04, 0.03))
        plans.append(
            SourcePlan(
                index=0,
                name=f"{case.name}-interview-{number:02d}-{role.replace('_', '-')}",
                case=case.name,
                kind="interview",
                date=date,
                early=early,
                voice=role,
                level=level,
                n_words=n_words,
                n_coded=round(n_words * share),
                participant=people[-1],
                school=school,
                subject=_SUBJECTS[int(rng.integers(3))] if secondary and role != "principal" else "",
            )
        )
    return plans


def _others(case: CaseDesign, kind: str, n: int, design: StudyDesign, rng: np.random.Generator) -> list[SourcePlan]:
    voice, noun = ("observer", "field-notes") if kind == "observation" else ("document", "document")
    mean = design.words_per_note if kind == "observation" else design.words_per_document
    spread, share = (0.17, 0.48) if kind == "observation" else (0.28, 0.41)
    plans = []
    for number, (date, early) in enumerate(_dates(n, design, rng), start=1):
        n_words = round(mean * float(np.clip(np.exp(rng.normal(0.0, spread)), 0.62, 1.6)))
        plans.append(
            SourcePlan(
                index=0,
                name=f"{case.name}-{noun}-{number:02d}",
                case=case.name,
                kind=kind,
                date=date,
                early=early,
                voice=voice,
                level=LEVEL_OF_ROLE[voice],
                n_words=n_words,
                n_coded=round(n_words * share),
            )
        )
    return plans


def _dates(n: int, design: StudyDesign, rng: np.random.Generator) -> list[tuple[str, float]]:
    """School days spread over the years of the study, in order, each with how early it is (1 to 0)."""
    first = datetime.date(design.first_year, 9, 6)
    length = (datetime.date(design.last_year, 6, 7) - first).days
    found = []
    for number in range(n):
        share = (number + float(rng.uniform(0.1, 0.9))) / n
        day = first + datetime.timedelta(days=round(share * length))
        if day.month in (7, 8):
            day = day.replace(month=10)
        elif (day.month, day.day) > (12, 19):
            day = day.replace(day=day.day - 14)
        while day.weekday() > 4:
            day += datetime.timedelta(days=1)
        found.append((day.isoformat(), 1.0 - (day - first).days / max(1, length)))
    return sorted(found)
