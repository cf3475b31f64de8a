"""Where a coder may look: the turns or paragraphs of a text, the sentence around a term, and its surroundings."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from crosscase.model.text import Turn
from crosscase.suggest.sentences import split_sentences

LONGEST = 600  # characters of a passage
SURROUNDINGS = 240  # characters on each side of a passage in which cues count
FAR = LONGEST + SURROUNDINGS  # nothing that is further from a term than this matters to it
_REACH = 200  # in a sentence that is too long: characters on each side of the term
_PARAGRAPH_END = re.compile(r"\n[ \t]*(?:\n[ \t]*)+|[\f\v]\s*")  # an empty line, a new page
_EDGE = re.compile(r"\s+")


class Layout:
    """The units of one text (its turns, else its paragraphs), with the sentences of those that were asked for."""

    def __init__(self, text: str, turns: Sequence[Turn]) -> None:
        self.text = text
        self._has_turns = bool(turns)
        self.units = [t for t in turns if t.end > t.start] if turns else [Turn(a, b) for a, b in _paragraphs(text)]
        self._starts = [unit.start for unit in self.units]
        self._sentences: dict[int, list[tuple[int, int]]] = {}

    def unit_at(self, position: int) -> int | None:
        """Number of the unit at a place; ``None`` between units (names, times, headings)."""
        number = bisect_right(self._starts, position) - 1
        return number if number >= 0 and position < self.units[number].end else None

    def is_evidence(self, start: int, end: int) -> bool:
        """Whether ``text[start:end]`` lies in one unit that is no question of the interviewer."""
        number = self.unit_at(start)
        return number is not None and end <= self.units[number].end and not self.units[number].is_question

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """The sentence around ``text[start:end]``, which is evidence, inside its unit."""
        number = self.unit_at(start)
        assert number is not None
        unit = self.units[number]
        if number not in self._sentences:
            self._sentences[number] = split_sentences(self.text, unit.start, unit.end)
        spans = self._sentences[number]
        first, last = (bisect_right(spans, (place, len(self.text) + 1)) - 1 for place in (start, end - 1))
        return trimmed(self.text, spans[first][0], spans[last][1])

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
