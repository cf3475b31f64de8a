"""The types that each coder's own coding gives, as a report shows them: plain values, nothing computed."""

from __future__ import annotations

from dataclasses import dataclass

from crosscase.report import numerals
from crosscase.report.agreement import Place
from crosscase.report.word_parts import WordFile

TITLE = "Does each coder's own coding give the same type?"
HOW = (
    "Each coder's codings of the sources that both have read went through the whole identification alone. Types are "
    "compared, not words: leaning to a type and being identified as it are the same; where one of the two has no "
    "verdict it is not known."
)
SAME = {True: "yes", False: "no", None: "not known"}


@dataclass(frozen=True)
class CoderVerdict:
    """What one coder's codings say about a case; ``codings`` is empty where the page does not list them."""

    coder: str
    said: str
    n_codings: int
    anchor: str = ""
    codings: tuple[int, ...] = ()


@dataclass(frozen=True)
class TypesOfPair:
    """One case and two coders; ``differing`` are the passages that they coded differently, other codes first.

    It is ``None`` where passages could not be compared.
    """

    case: str
    coders: tuple[CoderVerdict, CoderVerdict]
    n_sources: int
    same: bool | None
    anchor: str = ""
    differing: tuple[Place, ...] | None = None

    @property
    def label(self) -> str:
        return f"{self.case}, {self.coders[0].coder} and {self.coders[1].coder}"

    @property
    def n_differ(self) -> str:
        return "–" if self.differing is None else numerals.count(len(self.differing))

    @property
    def answer(self) -> str:
        return SAME[self.same]


@dataclass(frozen=True)
class CoderTypes:
    """All cases and pairs; ``note`` says why there are none, or how to ask for them."""

    rows: tuple[TypesOfPair, ...] = ()
    reasons: tuple[str, ...] = ()  # "Not defined [1]: why"
    note: str = ""

    @property
    def lead(self) -> str:
        """How often the two give the same type."""
        n = {answer: sum(row.answer == answer for row in self.rows) for answer in SAME.values()}
        said = f"The same type in {n['yes']} of {numerals.plural(len(self.rows), 'comparison')}, another in {n['no']}"
        return f"{said}; not known in {n['not known']}." if n["not known"] else f"{said}."

    @property
    def cases(self) -> tuple[tuple[str, tuple[TypesOfPair, ...]], ...]:
        """The rows of each case together."""
        names = dict.fromkeys(row.case for row in self.rows)
        return tuple((name, tuple(row for row in self.rows if row.case == name)) for name in names)


def write_coder_types(word: WordFile, types: CoderTypes | None) -> None:
    """The table in the Word file; the page and the data have the passages and codings behind it."""
    if types is None:
        return
    if types.note:
        word.paragraph(types.note, "Small")
        return
    word.heading(TITLE, 2)
    word.paragraph(f"{types.lead} {HOW}")
    word.table(
        ("Case", "What each coder's codings say", "Codings", "Shared sources", "Same type?", "Differ"),
        [
            (
                row.case,
                "\n".join(f"{coder.coder}: {coder.said}" for coder in row.coders),
                "\n".join(numerals.count(coder.n_codings) for coder in row.coders),
                numerals.count(row.n_sources),
                row.answer,
                row.n_differ,
            )
            for row in types.rows
        ],
        widths=(2.9, 7.2, 1.7, 1.6, 2.1, 1.3),
        numeric=(2, 3, 5),
        caption="Differ: passages of the case with another code, or another answer that the analyses read.",
    )
    for reason in types.reasons:
        word.paragraph(reason, "Small")
    word.paragraph(
        "The HTML report has the passages that differ, data/types_by_coder_evidence.csv every coding behind a verdict.",
        "Small",
    )
