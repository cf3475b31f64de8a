"""What a report shows, as plain values: whoever renders it needs no study, no database and no statistics.

Every number carries the anchor of the evidence that it rests on. The codings behind a number are those that stand, or
are linked to, inside the part of the report that its anchor names; a share is counted within the part around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crosscase.report.configurations import ConfigurationsShown
    from crosscase.report.more import ShownSection

from crosscase.report.agreement import Agreement
from crosscase.report.counter_evidence import MARK, SearchedClaim


@dataclass(frozen=True)
class Number:
    """A number with its interval and the place of its evidence.

    ``value`` is ``None`` where the number is not defined; ``why`` then says so in a sentence. ``anchor`` is empty when
    nothing stands behind the number (nothing was coded).
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    anchor: str = ""
    why: str = ""


@dataclass(frozen=True)
class Coding:
    """One coding as a reader meets it: the words, where they stand, and what a coder says about them."""

    id: int
    case: str
    quote: str
    code: str
    code_name: str
    domain: str
    source: str
    start: int
    end: int
    facets: tuple[str, ...]  # labels of the answers, the locus first
    said_by: str  # role and kind of source, such as "teacher, interview"
    date: str
    coder: str
    machine_coder: bool = False
    unverified: bool = False  # from a machine transcript: the words are not a checked quotation
    denies: bool = False
    effect: str = ""  # what it does in conditions, such as "for COMMON, against MARKET"
    aside: str = ""  # the answer that takes all its weight, such as "Happened formerly"


@dataclass(frozen=True)
class Side:
    """Evidence on one side of a question: the passages that are shown, and where all of them are listed."""

    shown: tuple[int, ...]
    total: Number
    n_sources: int


@dataclass(frozen=True)
class TypeReading:
    """How one case stands to one ideal type: by the rule over conditions, and by the model."""

    type: str
    name: str
    membership: Number
    probability: Number
    alone: Number  # the membership without the model, from shares and rule alone
    fit: Number  # the compensatory reading: 1 − mean distance from the type's template
    verdict: bool


@dataclass(frozen=True)
class Verdict:
    """The answer for one case, with what stands next to it and what would decide it."""

    case: str
    label: str
    kind: str  # type | leaning | between | none | not_enough
    kind_label: str
    headline: str  # the verdict in a few words
    sentence: str  # … and in full
    types: tuple[str, ...]
    probability: Number
    readings: tuple[TypeReading, ...]
    runner_up: str
    margin: Number
    decisive: str
    corner: str
    missing: tuple[str, ...]
    about: str  # the type that the counted evidence is for and against
    supports: Number
    opposes: Number


@dataclass(frozen=True)
class TypeAcross:
    """One type over all cases: whether any case is of it, and which comes nearest."""

    name: str
    absent: Number  # probability that no case is of the type
    expected: Number  # number of cases
    highest: Number  # the highest membership by the rule
    highest_case: str
    claim: bool  # whether "no case is of it" can be claimed


@dataclass(frozen=True)
class Answer:
    """The study-wide statement and the verdict of every case."""

    statement: str
    verdicts: tuple[Verdict, ...]
    across: tuple[TypeAcross, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Locus:
    """Somebody who does the work; ``index`` chooses colour and pattern, the same throughout the report."""

    id: str
    label: str
    index: int


@dataclass(frozen=True)
class LocusShare:
    """How much of a domain's work one locus holds in a case."""

    locus: Locus
    share: Number
    n_codings: int
    n_denied: int
    n_sources: int


@dataclass(frozen=True)
class DomainWork:
    """Who does the work of one domain in one case."""

    domain: str
    label: str
    shares: tuple[LocusShare, ...]
    silent: tuple[Locus, ...]  # loci for which nothing was coded
    silent_share: float  # what the prior leaves to each of them, at most
    silent_high: float  # the highest upper end of their intervals
    not_stated: Number
    n_not_stated: int
    n_codings: Number
    n_sources: int
    n_aside: int = 0  # codings of the cell that weigh nothing, and are in none of the numbers

    @property
    def plurality(self) -> LocusShare | None:
        """The locus with the largest share; ``None`` where nothing was coded."""
        return max(self.shares, key=lambda share: share.share.value or 0.0, default=None)


@dataclass(frozen=True)
class CaseWork:
    case: str
    label: str
    domains: tuple[DomainWork, ...]


@dataclass(frozen=True)
class WeightingRow:
    """A share that depends on how sources are weighted by more than its interval allows."""

    case: str
    domain: str
    locus: Locus
    shares: tuple[Number, ...]


@dataclass(frozen=True)
class AccountRow:
    """One domain of one case in which the centre and schools say different things about a locus."""

    case: str
    domain: str
    locus: Locus
    central: Number
    school: Number
    difference: Number
    n_central: int
    n_school: int
    anchor: str  # where the passages about this locus stand


@dataclass(frozen=True)
class Work:
    """The distribution of work: who does what in every case."""

    loci: tuple[Locus, ...]
    cases: tuple[CaseWork, ...]
    weighting: str
    weightings: tuple[str, ...] = ()
    differing: tuple[WeightingRow, ...] = ()
    note: str = ""
    accounts: tuple[AccountRow, ...] = ()
    accounts_note: str = ""  # how many accounts were compared, or why they were not


@dataclass(frozen=True)
class ConditionReading:
    """How one case stands to one condition, and how much was said on either side."""

    id: str
    label: str
    definition: str
    membership: Number
    expected: str  # what the verdict's type expects: "present", "absent" or "" (left open)
    needs_met: bool
    missing: str
    supports: Number
    opposes: Number


@dataclass(frozen=True)
class Claim:
    """Evidence for and against something about a case, such as the type that its verdict names."""

    subject: str
    note: str
    supports: Side
    opposes: Side


@dataclass(frozen=True)
class Reasons:
    """Why a case got its verdict."""

    case: str
    label: str
    sentence: str
    conditions: tuple[ConditionReading, ...]
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class MatrixCell:
    """The locus that holds most of a domain's work in a case."""

    locus: Locus | None
    share: Number
    second: Locus | None
    n_located: int  # codings that say who does the work …
    n_codings: int  # … of all codings
    n_sources: int
    clear: bool  # whether the largest share's interval lies above all others


@dataclass(frozen=True)
class Matrix:
    """Domains as rows, cases as columns."""

    cases: tuple[str, ...]
    rows: tuple[tuple[str, tuple[MatrixCell, ...]], ...]


@dataclass(frozen=True)
class Gaps:
    """What is missing, and what this evidence cannot show: for the study and for each case."""

    study: tuple[str, ...]
    cases: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Coverage:
    """Counts of sources: one row per kind and level of source, one column per case."""

    cases: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    words: tuple[int, ...]


@dataclass(frozen=True)
class ProvenanceRow:
    """Where one part of the framework comes from."""

    part: str
    name: str
    kind: str  # stated | recalled | inferred
    sentence: str


@dataclass(frozen=True)
class Methods:
    """Everything that a reader needs to judge and repeat the analysis."""

    paragraphs: tuple[str, ...]
    coverage: Coverage
    coders: tuple[tuple[str, str, int], ...]  # coder, kind, number of codings
    framework: str
    provenance: tuple[ProvenanceRow, ...]
    provenance_counts: tuple[tuple[str, int, int, int], ...]  # part, stated, recalled, inferred
    parameters: tuple[tuple[str, str], ...]
    diagnostics: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class EvidencePart:
    """Codings under one heading, in full; the anchor is what numbers point to."""

    anchor: str
    label: str
    codings: tuple[int, ...]


@dataclass(frozen=True)
class EvidenceBlock:
    """The evidence of one domain in one case, divided by locus."""

    anchor: str
    label: str
    parts: tuple[EvidencePart, ...]
    aside: EvidencePart | None = None  # codings that weigh nothing, such as what happened formerly

    @property
    def n_codings(self) -> int:
        return sum(len(part.codings) for part in self.parts)


@dataclass(frozen=True)
class EvidenceList:
    """The ids of the codings behind a number that takes them from several places."""

    anchor: str
    title: str
    note: str
    parts: tuple[EvidencePart, ...]


@dataclass(frozen=True)
class CaseEvidence:
    case: str
    label: str
    anchor: str
    blocks: tuple[EvidenceBlock, ...]
    lists: tuple[EvidenceList, ...]

    @property
    def n_codings(self) -> int:
        return sum(block.n_codings for block in self.blocks)


@dataclass(frozen=True)
class Report:
    """All of a report, in the order in which it is read."""

    title: str
    language: str
    case_noun: tuple[str, str]
    summary: str  # how much evidence, by whom, with which framework
    made: str  # date and version, as printed
    made_at: datetime
    simulated: bool
    suggestion: bool
    level: float
    answer: Answer
    work: Work
    reasons: tuple[Reasons, ...]
    matrix: Matrix
    gaps: Gaps
    methods: Methods
    evidence: tuple[CaseEvidence, ...]
    codings: Mapping[int, Coding] = field(default_factory=dict)
    configurations: ConfigurationsShown | None = None
    agreement: Agreement | None = None
    searches: tuple[SearchedClaim, ...] = ()
    more: tuple[ShownSection, ...] = ()
    waiting: tuple[str, ...] = ()  # codings that wait for their coders after a change of the codebook, and what to do

    @property
    def n_codings(self) -> int:
        return len(self.codings)

    @property
    def marks(self) -> tuple[str, ...]:
        """What must stand on every page: that the study is simulated, that nobody has checked the codings."""
        marks = []
        if self.simulated:
            marks.append(SIMULATED)
        if self.suggestion:
            marks.append(UNCHECKED)
        return tuple(marks)


SIMULATED = "SIMULATED: every person, place and word in this study is invented"
UNCHECKED = "Made from machine suggestions that nobody has checked"
UNVERIFIED = MARK
