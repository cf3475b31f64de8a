"""Agreement between coders and the reporting checklists, as a report shows them: plain values, nothing computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crosscase.report import numerals
from crosscase.report.agreement_more import DriftRow, named_coefficients

if TYPE_CHECKING:
    from crosscase.report.coder_types import CoderTypes


@dataclass(frozen=True)
class Side:
    """What one coder said about a passage."""

    coder: str
    gave: bool
    said: str  # passage, facets, other codes given there, memos; in words
    codings: tuple[int, ...]


@dataclass(frozen=True)
class Differing:
    """A passage that two coders coded differently."""

    source: str
    start: int
    end: int
    round: str
    text: str
    sides: tuple[Side, Side]


@dataclass(frozen=True)
class AgreementRow:
    """One value; ``why`` says in words that it is not defined, and ``anchor`` leads to the passages that differ."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    why: str
    prevalence: float | None
    raw: float | None
    n_sources: int
    n_units: int
    n_differ: int
    anchor: str = ""
    below: bool = False
    coefficient: str = ""


@dataclass(frozen=True)
class Disputed:
    """The passages behind one value."""

    anchor: str
    label: str
    passages: tuple[Differing, ...]

    @property
    def n_places(self) -> str:
        """How many there are, in words."""
        n_units = len({(p.source, p.start, p.end, p.round) for p in self.passages})
        n = numerals.plural(len(self.passages), "difference")
        return f"{n} between two coders, in {numerals.plural(n_units, 'unit')}"


@dataclass(frozen=True)
class Place:
    """A passage that is shown elsewhere, or the codings of which are: in words, with where to find them."""

    words: str
    anchor: str = ""
    codings: tuple[int, ...] = ()


@dataclass(frozen=True)
class Opened:
    """The places behind the value of a pair of coders, a round or a facet."""

    anchor: str
    label: str
    places: tuple[Place, ...]
    n_units: int = 0  # in how many units of text they lie, where several of them can lie in one

    @property
    def n_places(self) -> str:
        """How many there are, in words."""
        if not self.n_units:
            one = len(self.places) == 1
            return f"{numerals.plural(len(self.places), 'place')} that {'differs' if one else 'differ'}"
        n = numerals.plural(len(self.places), "difference")
        return f"{n} between two coders, in {numerals.plural(self.n_units, 'unit')}"


@dataclass(frozen=True)
class ChecklistItem:
    """One item of a reporting checklist.

    ``origin`` says where the answer comes from: ``study`` (filled from the study), ``form`` (from ``reporting:`` in
    study.yaml), ``draft`` (drafted, to be rewritten) or ``people`` (left to the authors).
    """

    number: int
    topic: str
    question: str
    origin: str
    answer: str  # empty where somebody still has to write it …
    form: str = ""  # … under this key of ``reporting:`` in study.yaml, or elsewhere

    @property
    def came_from(self) -> str:
        """Where the answer comes from, in words; an item without an answer comes from nowhere yet."""
        return ORIGINS[self.origin] if self.answer or self.origin == "people" else "open"

    @property
    def shown(self) -> str:
        """The answer, or where it has to be written."""
        if self.answer:
            return self.answer
        return f"to be written in study.yaml, reporting: {self.form}" if self.form else "to be written"


@dataclass(frozen=True)
class Checklist:
    name: str
    citation: str
    items: tuple[ChecklistItem, ...]


@dataclass(frozen=True)
class Agreement:
    """The section on agreement; ``rows`` is empty where agreement is not measured, and ``paragraphs`` then say why."""

    paragraphs: tuple[str, ...]
    method: str = ""
    level: float = 0.95
    rows: tuple[AgreementRow, ...] = ()
    pairs: tuple[AgreementRow, ...] = ()
    rounds: tuple[AgreementRow, ...] = ()
    facets: tuple[AgreementRow, ...] = ()
    confusions: tuple[tuple[str, str, int], ...] = ()  # code, in the place of, how often
    disputed: tuple[Disputed, ...] = ()
    own: tuple[AgreementRow, ...] = ()  # each coder with themself over rounds
    drift: tuple[DriftRow, ...] = ()  # the largest of n_drift changes
    n_drift: int = 0
    opened: tuple[Opened, ...] = ()  # what stands behind pairs, rounds, facets, coders with themselves and drift
    warnings: tuple[str, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    types: CoderTypes | None = None  # None where nobody shares a source, or the framework has no types

    def tables(self) -> tuple[tuple[str, tuple[AgreementRow, ...], str, str], ...]:
        """Name, rows, caption with the coefficient of its rows, and what the raw number is called."""
        first = f"Agreement per code, sorted by what to fix first. {self.method}"
        said = (
            (
                "t-agree-rounds",
                self.rounds,
                "All codes, round by round: each alone, and all so far",
                "Positive agreement",
            ),
            ("t-agree-pairs", self.pairs, "All codes, for each pair of coders", "Positive agreement"),
            ("t-agree-facets", self.facets, "Facets of passages that coders gave the same code", "Same answer"),
            (
                "t-agree-own",
                self.own,
                "Each coder with themself, on what they read in two rounds",
                "Positive agreement",
            ),
        )
        more = tuple((name, rows, _caption(text, rows), raw) for name, rows, text, raw in said)
        return tuple(table for table in (("t-agree", self.rows, first, "Positive agreement"), *more) if table[1])


def _caption(text: str, rows: tuple[AgreementRow, ...]) -> str:
    names = named_coefficients((row.label, row.coefficient) for row in rows)
    return f"{text}. {names[:1].upper()}{names[1:]}." if names else f"{text}."


ORIGINS = {
    "study": "filled from the study",
    "form": "from study.yaml",
    "draft": "drafted: rewrite it",
    "people": "left to the authors",
}


def coefficient(value: float | None) -> str:
    """A coefficient with two digits and no leading zero; it can be negative.

    >>> coefficient(0.6214), coefficient(-0.05), coefficient(1.0), coefficient(None)
    ('.62', '−.05', '1.00', '–')
    """
    if value is None:
        return "–"
    text = f"{abs(value):.2f}"
    sign = "−" if value < 0 and text != "0.00" else ""
    return sign + (text.removeprefix("0") if text != "0.00" else ".00")


def prevalence(value: float | None) -> str:
    """How often a code was given, with a third digit where two would not tell rare codes apart.

    >>> prevalence(0.0076), prevalence(0.31), prevalence(0.0002), prevalence(None)
    ('.008', '.31', '<.001', '–')
    """
    if value is None or value >= 0.095:
        return coefficient(value)
    return f"{value:.3f}".removeprefix("0") if value >= 0.0005 or value == 0.0 else "<.001"


def between(row: AgreementRow) -> str:
    """The interval of a row, ``.50 to .73``; empty where there is none."""
    if row.low is None or row.high is None:
        return ""
    return f"{coefficient(row.low)} to {coefficient(row.high)}"
