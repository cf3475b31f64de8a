"""What coders say about passages: passages, codings, suggestions, reviewed spans and memos.

Offsets are Unicode code points, half-open, into the stored text of a source (line ends ``\\n``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crosscase.errors import OffsetError


@dataclass(frozen=True, order=True)
class Passage:
    """A span of a source: ``start`` and ``end`` in code points, half-open."""

    source: str
    start: int
    end: int

    def quote(self, text: str) -> str:
        """The words of the passage; raises ``OffsetError`` when it does not fit the text."""
        if not 0 <= self.start < self.end <= len(text):
            raise OffsetError(
                f"a passage from {self.start} to {self.end} does not fit a text of {len(text)} characters",
                where=self.source,
                mend="offsets are code points, half-open, into the stored text",
            )
        return text[self.start : self.end]


@dataclass(frozen=True)
class Coding:
    """One code with facet values on one passage by one coder in one round."""

    passage: Passage
    code: str
    coder: str
    round: str
    facets: Mapping[str, str] = field(default_factory=dict)
    confidence: float | None = None
    quote: str | None = None  # when given it is checked against the text
    guid: str = ""
    parents: tuple[int, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """A machine's proposal; it becomes a coding only when a person accepts it."""

    passage: Passage
    code: str
    coder: str
    facets: Mapping[str, str] = field(default_factory=dict)
    confidence: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class ReviewedSpan:
    """What a coder has read in a round; outside it the coder's silence says nothing."""

    passage: Passage
    coder: str
    round: str


@dataclass(frozen=True)
class Memo:
    """A note on any object of the study."""

    object_kind: str
    object_guid: str
    text: str
    author: str
    guid: str = ""
