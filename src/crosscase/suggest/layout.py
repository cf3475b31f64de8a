"""Where a coder may look: the turns or paragraphs of a text, the sentence around a term, and its surroundings."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from crosscase.model.text import Turn
from crosscase.suggest.sentences import split_sentences

LONGEST = 600  # characters of a passage
SURROUNDINGS = 240  # characters on each side of a passage in which cues count
_REACH = 200  # in a sentence that is too long: characters on each side of the term
_PARAGRAPH_END = re.compile(r"\n[ \t]*(?:\n[ \t]*)+|[\f\v]\s*")  # an empty line, a new page
_EDGE = re.compile(r"(?<=[,;:.!?])\s+|\s+(?=>>)|\s+")


@dataclass(frozen=True)
class Unit:
    """A turn, or a paragraph of a text without turns."""

    start: int
    end: int
    speaker: str | None = None
    is_question: bool = False


class Layout:
    """Units of one text, with the sentences of those that were asked for."""

    def __init__(self, text: str, turns: Sequence[Turn]) -> None:
        self.text = text
        self._has_turns = bool(turns)
        self.units = (
            [Unit(t.start, t.end, t.speaker, t.is_question) for t in turns if t.end > t.start]
            if turns
            else [Unit(a, b) for a, b in _paragraphs(text)]
        )
        self._starts = [unit.start for unit in self.units]
        self._sentences: dict[int, list[tuple[int, int]]] = {}

    def unit_at(self, position: int) -> int | None:
        """Number of the unit at a place; ``None`` between units (names, times, headings)."""
        number = bisect_right(self._starts, position) - 1
        return number if number >= 0 and position < self.units[number].end else None

    def sentence(self, start: int, end: int) -> tuple[int, int] | None:
        """The sentence that holds ``text[start:end]``, inside one turn; ``None`` where nobody answers.

        A term that runs over the end of a caption belongs to the sentences of both captions. What an interviewer
        asks, and what stands between turns, is no evidence.
        """
        first, last = self.unit_at(start), self.unit_at(end - 1)
        if first is None or last is None or any(self.units[n].is_question for n in range(first, last + 1)):
            return None
        if any(self.units[n].speaker != self.units[first].speaker for n in range(first, last + 1)):
            return None
        return self._sentence_at(first, start)[0], self._sentence_at(last, end - 1)[1]

    def surroundings(self, start: int, end: int) -> tuple[int, int]:
        """The passage and up to 240 characters on each side.

        They reach over captions as far as the same person goes on speaking, and in a text without turns to the ends
        of the paragraph.
        """
        low, high = max(start - SURROUNDINGS, 0), min(end + SURROUNDINGS, len(self.text))
        first, last = self.unit_at(start), self.unit_at(end - 1)
        if first is None or last is None:
            return start, end
        speaker = self.units[first].speaker
        while first > 0 and self.units[first].start > low and self._goes_on(first - 1, speaker):
            first -= 1
        while last + 1 < len(self.units) and self.units[last].end < high and self._goes_on(last + 1, speaker):
            last += 1
        return max(low, self.units[first].start), min(high, self.units[last].end)

    def _goes_on(self, number: int, speaker: str | None) -> bool:
        unit = self.units[number]
        return self._has_turns and unit.speaker == speaker and not unit.is_question

    def _sentence_at(self, number: int, position: int) -> tuple[int, int]:
        unit = self.units[number]
        if number not in self._sentences:
            self._sentences[number] = split_sentences(self.text, unit.start, unit.end)
        spans = self._sentences[number]
        return trimmed(self.text, *spans[bisect_right(spans, (position, len(self.text) + 1)) - 1])

    def clipped(self, sentence: tuple[int, int], start: int, end: int) -> tuple[int, int]:
        """The sentence, or the part of a very long one that stands around ``text[start:end]``, cut between words."""
        low, high = sentence
        if high - low <= LONGEST:
            return sentence
        if start - low > _REACH:
            cut = _EDGE.search(self.text, start - _REACH, start)
            low = cut.end() if cut else start
        if high - end > _REACH:
            edges = list(_EDGE.finditer(self.text, end, end + _REACH))
            high = edges[-1].start() if edges else end
        return trimmed(self.text, low, high)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without the blanks at its ends."""
    words = text[start:end]
    return start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())


def _paragraphs(text: str) -> list[tuple[int, int]]:
    spans, position = [], 0
    for gap in _PARAGRAPH_END.finditer(text):
        spans.append((position, gap.start()))
        position = gap.end()
    spans.append((position, len(text)))
    return [(a, b) for a, b in spans if text[a:b].strip()]
