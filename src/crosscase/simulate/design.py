"""How a simulated study is laid out: its cases and their true types, its sources, its coders and their errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from crosscase.errors import InputError

# The four districts of the study that Crosscase was made for (Peurach, Yurkofsky & Sutherland 2019).
SEED_TRUTH: Mapping[str, str | None] = {
    "urban": "managerial",
    "suburban": "networked",
    "charter": "networked",
    "hybrid": "federated",
}
_SEED_LABELS = {
    "urban": "Urban district",
    "suburban": "Suburban district",
    "charter": "Charter-school network",
    "hybrid": "Hybrid district with a support organization",
}
_SEED_INTERVIEWS: Mapping[str, Mapping[str, int]] = {
    "urban": {"central": 4, "principal": 4, "teacher_leader": 3, "teacher": 3, "board": 1, "external": 1},
    "suburban": {"central": 3, "principal": 3, "teacher_leader": 3, "teacher": 4, "board": 1},
    "charter": {"central": 3, "principal": 4, "teacher_leader": 3, "teacher": 3, "board": 1},
    "hybrid": {"central": 3, "principal": 3, "teacher_leader": 3, "teacher": 3, "board": 1, "external": 2},
}
ROLES = ("central", "principal", "teacher_leader", "teacher", "board", "external")
SCHOOL_ROLES = ("principal", "teacher_leader", "teacher")
SETTINGS = ("district", "charter", "hybrid")
MIXTURES = ("", "subject", "time")


@dataclass(frozen=True)
class CoderDesign:
    """A coder with realistic errors; every accuracy is the chance of the right value on a passage.

    ``bias`` is the locus that this coder reaches for when wrong.
    """

    name: str
    locus_accuracy: float = 0.88
    code_accuracy: float = 0.88
    mode_accuracy: float = 0.80
    stance_accuracy: float = 0.94
    actuality_accuracy: float = 0.92
    miss_rate: float = 0.10
    false_rate: float = 0.04
    boundary_jitter: float = 0.30
    bias: str = "central_office"


@dataclass(frozen=True)
class CaseDesign:
    """A case and what is true of it.

    Attributes
    ----------
    type
        The ideal type that the case is, or ``None`` for none of the types.
    dominant
        Domain → locus that holds the work; where it names no domain the type's templates decide.
    fidelity
        How faithfully the case follows its type: 1 wholly; below it domains and conditions stray.
    second_type, mixture, mixture_share
        A second type by ``subject`` (mathematics) or by ``time`` (the first years), and how much of it there is.
    concentration
        How alike the sources of the case are (larger: more alike).
    interviews
        Interviews per role; a role left out has none (no school-level roles: no school-level interviews).
    talkative
        How many times longer than planned the first interview is.
    planted
        The least and the most passages against its own type, ``conflicts`` claims of the centre that schools deny.
    """

    name: str
    label: str = ""
    type: str | None = None
    setting: str = "district"
    dominant: Mapping[str, str] = field(default_factory=dict)
    fidelity: float = 1.0
    second_type: str | None = None
    mixture: str = ""
    mixture_share: float = 0.5
    concentration: float = 8.0
    interviews: Mapping[str, int] = field(default_factory=lambda: _SEED_INTERVIEWS["suburban"])
    n_notes: int = 12
    n_documents: int = 12
    talkative: float = 1.0
    planted: tuple[int, int] = (8, 15)
    conflicts: int = 4

    def __post_init__(self) -> None:
        for what, value, known in (("setting", self.setting, SETTINGS), ("mixture", self.mixture, MIXTURES)):
            if value not in known:
                raise InputError(
                    f"no {what} {value!r}", where=f"case {self.name}", mend=f"use one of {', '.join(known)}"
                )
        strange = set(self.interviews) - set(ROLES)
        if strange:
            raise InputError(
                f"no role {', '.join(sorted(strange))}", where=f"case {self.name}", mend=f"use {', '.join(ROLES)}"
            )
        if not 0.5 <= self.fidelity <= 1.0:
            raise InputError(f"fidelity {self.fidelity} of case {self.name}", mend="give a number from 0.5 to 1")


@dataclass(frozen=True)
class StudyDesign:
    """A whole study. Lengths are words; shares are of the sources (double, triple) or of a text (coded).

    ``shared_errors`` is the chance that coders fall into the same misreading of a passage instead of each into their
    own.
    """

    cases: tuple[CaseDesign, ...]
    coders: tuple[CoderDesign, ...]
    seed: int = 1
    title: str = "Simulated study of four school districts"
    words_per_interview: int = 4500
    words_per_note: int = 1150
    words_per_document: int = 850
    coded_share: float = 0.55
    double_coded: float = 0.30
    triple_coded: float = 0.08
    shared_errors: float = 0.0
    first_year: int = 2016
    last_year: int = 2019
    round: str = "round-1"

    def __post_init__(self) -> None:
        for what, names in (("case", [c.name for c in self.cases]), ("coder", [c.name for c in self.coders])):
            if not names:
                raise InputError(f"a study needs at least one {what}", mend="add one to the design")
            if len(set(names)) != len(names):
                raise InputError(f"two {what}s have the same name", where=", ".join(names), mend="rename one")


def seed_coders() -> tuple[CoderDesign, ...]:
    """Three coders: a careful one, one who sees the central office everywhere, one who overlooks passages."""
    return (
        CoderDesign(
            "simulated-a", locus_accuracy=0.92, code_accuracy=0.92, miss_rate=0.07, false_rate=0.03, bias="joint"
        ),
        CoderDesign("simulated-b", locus_accuracy=0.87, code_accuracy=0.89, stance_accuracy=0.92),
        CoderDesign(
            "simulated-c", locus_accuracy=0.88, miss_rate=0.15, false_rate=0.02, boundary_jitter=0.4, bias="school"
        ),
    )


def seed_study(
    seed: int = 1,
    scale: float = 1.0,
    truth: Mapping[str, str | None] = SEED_TRUTH,
    *,
    volume: float = 1.0,
    **changes: object,
) -> StudyDesign:
    """The design of the four-district study, of any size and with any truth.

    Parameters
    ----------
    seed
        The same seed makes the same study on every machine.
    scale
        How many sources, relative to 59 interviews, 48 field notes and 48 documents.
    truth
        Case → type (``None``: none of the types; ``"managerial+networked"``: the first in most subjects, the second in
        mathematics). Names other than the four of the seed study make ordinary districts.
    volume
        How long sources are, relative to the seed study.
    changes
        Any field of `StudyDesign`, such as ``shared_errors=0.5``.
    """
    cases = tuple(_seed_case(name, kind, scale) for name, kind in truth.items())
    design = StudyDesign(cases=cases, coders=seed_coders(), seed=seed)
    lengths = {
        name: max(300, round(getattr(design, name) * volume))
        for name in ("words_per_interview", "words_per_note", "words_per_document")
    }
    return replace(design, **{**lengths, **changes})


def _seed_case(name: str, kind: str | None, scale: float) -> CaseDesign:
    first, _, second = (kind or "").partition("+")
    setting = {"charter": "charter", "hybrid": "hybrid"}.get(name, "district")
    case = CaseDesign(
        name=name,
        label=_SEED_LABELS.get(name, f"{name.replace('-', ' ').replace('_', ' ').capitalize()} district"),
        type=first or None,
        setting=setting,
        second_type=second or None,
        mixture="subject" if second else "",
        interviews=_scaled(_SEED_INTERVIEWS.get(name, _SEED_INTERVIEWS["suburban"]), scale),
        n_notes=max(1, round(12 * scale)),
        n_documents=max(1, round(12 * scale)),
    )
    if name == "charter" and first == "networked" and not second:
        # A slight drift, so that a study has a story over time: the network began with more direction from its office.
        return replace(case, second_type="managerial", mixture="time", mixture_share=0.3)
    return case


def _scaled(interviews: Mapping[str, int], scale: float) -> dict[str, int]:
    """Interviews per role at another size; at least one each with a central leader, a principal and a teacher."""
    scaled = {role: round(n * scale) for role, n in interviews.items()}
    for role in ("central", "principal", "teacher"):
        scaled[role] = max(1, scaled.get(role, 0))
    # Rounding must not change the size of a study that is scaled up or left as it is.
    missing = round(sum(interviews.values()) * scale) - sum(scaled.values())
    if missing > 0:
        scaled["teacher"] += missing
    return {role: n for role, n in scaled.items() if n}
