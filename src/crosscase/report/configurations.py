"""What the section “Configurations” of a report shows, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from crosscase.report.content import Number


@dataclass(frozen=True)
class Figure:
    """A picture and the sentence that stands under it."""

    title: str
    svg: str


@dataclass(frozen=True)
class CaseSets:
    """A case with its membership in every set, in the order of the columns; empty where it is not known."""

    case: str
    label: str
    memberships: tuple[Number, ...]


@dataclass(frozen=True)
class ShownRow:
    """A row of the truth table."""

    number: int
    levels: tuple[str, ...]
    out: str
    n: int
    incl: float | None
    pri: float | None
    sure: float | None  # share of draws in which it shows the outcome
    cases: tuple[str, ...]
    half: tuple[str, ...]


@dataclass(frozen=True)
class ShownTerm:
    term: str
    incl: float | None
    pri: float | None
    cov: float | None
    unique: float | None
    cases: tuple[str, ...]


@dataclass(frozen=True)
class ShownModel:
    name: str
    expression: str
    terms: tuple[ShownTerm, ...]
    incl: float | None
    cov: float | None
    sure: float | None  # share of draws in which it is one of the models


@dataclass(frozen=True)
class ShownSolution:
    """A solution of one kind; ``message`` says why there is none, or what is missing from it."""

    kind: str
    models: tuple[ShownModel, ...]
    n_models: int
    message: str = ""


@dataclass(frozen=True)
class ShownNecessity:
    term: str
    incl: float | None
    ron: float | None
    cov: float | None


@dataclass(frozen=True)
class ShownRange:
    """How far a choice may move before the models change, and the solution just outside."""

    choice: str
    value: str
    low: str
    high: str
    below: str
    above: str


@dataclass(frozen=True)
class ConfigurationsShown:
    """The whole section."""

    outcome: str
    conditions: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]  # set, what it is and where its memberships come from
    cuts: str
    warnings: tuple[str, ...]
    cases: tuple[CaseSets, ...]
    rows: tuple[ShownRow, ...]
    solutions: tuple[ShownSolution, ...]
    necessity: tuple[ShownNecessity, ...]
    ranges: tuple[ShownRange, ...]
    figures: tuple[Figure, ...]
    n_draws: int = 0
