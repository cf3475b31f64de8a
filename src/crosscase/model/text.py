"""The text of a source as it is stored: characters, turns and pages, and what was noticed while reading it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from crosscase.errors import FormatError, OffsetError

# Surrogates are half a character: they cannot be stored, searched or sent to a browser.
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Turn:
    """What one person says without being interrupted: ``text[start:end]``, without the label that names them.

    ``time`` is seconds from the start of the recording. ``is_question`` is true when the speaker asks the
    questions (interviewer, moderator), so that their words can be left out of the evidence.
    """

    start: int
    end: int
    speaker: str | None = None
    time: float | None = None
    is_question: bool = False


@dataclass(frozen=True)
class Page:
    """A page of the original, as the span of stored text that stood on it."""

    number: int
    start: int
    end: int


@dataclass(frozen=True)
class SourceText:
    r"""The text of one source with its turns and pages; offsets are code points, half-open.

    Line ends are ``\n``; otherwise the text is what the file holds. ``metadata`` has what the file says about
    itself (title, date, …), ``warnings`` has sentences about what a reader of the text should know.

    >>> interview = SourceText("Ann: I teach.", turns=(Turn(5, 13, "Ann"),))
    >>> interview.spoken(interview.turns[0]), interview.n_words, dict(interview.speakers)
    ('I teach.', 3, {'Ann': 1})

    Raises
    ------
    FormatError
        The text holds what cannot be stored: NUL, half a character, a byte-order mark, a carriage return.
    OffsetError
        A turn or a page lies outside the text, or they are not in order.
    """

    text: str
    turns: tuple[Turn, ...] = ()
    pages: tuple[Page, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_characters(self.text)
        _check_spans("turn", [(turn.start, turn.end) for turn in self.turns], len(self.text))
        _check_spans("page", [(page.start, page.end) for page in self.pages], len(self.text))

    @property
    def n_words(self) -> int:
        """How many words the text has, counted between spaces as a word processor does."""
        return len(self.text.split())

    @property
    def n_turns(self) -> int:
        """How many turns were found."""
        return len(self.turns)

    @property
    def speakers(self) -> Mapping[str, int]:
        """Each speaker's label with the number of their turns, the most frequent first."""
        return dict(Counter(turn.speaker for turn in self.turns if turn.speaker is not None).most_common())

    def spoken(self, turn: Turn) -> str:
        """The words of a turn."""
        return self.text[turn.start : turn.end]


def check_characters(text: str, where: str = "") -> None:
    """Refuse text that cannot be stored unchanged, with a sentence that says why and in which line.

    >>> check_characters("as it should be")
    """
    faults = (
        (text.find("\0"), "the text holds a NUL character", "remove it, or save the file as plain text again"),
        (
            found.start() if (found := _SURROGATE.search(text)) else -1,
            "the text holds half a character (a lone surrogate)",
            "save the file as UTF-8 again from the program that made it",
        ),
        (text.find("\r"), "the text holds a carriage return", "line ends must be line feeds"),
        (0 if text.startswith("\ufeff") else -1, "the text begins with a byte-order mark", "remove it"),
    )
    for position, what, mend in faults:
        if position >= 0:
            line = text.count("\n", 0, position) + 1
            raise FormatError(what, where=", ".join(part for part in (where, f"line {line}") if part), mend=mend)


def _check_spans(kind: str, spans: list[tuple[int, int]], length: int) -> None:
    last_end = 0
    for start, end in spans:
        if not last_end <= start <= end <= length:
            raise OffsetError(
                f"a {kind} runs from {start} to {end}",
                where=f"a text of {length} characters, the {kind} before it ending at {last_end}",
                mend=f"{kind}s must lie inside the text, in order and apart",
            )
        last_end = end
