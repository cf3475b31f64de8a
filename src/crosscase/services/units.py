"""The units of a text that are read, coded and compared: turns, sentences, paragraphs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crosscase.model.text import Turn
from crosscase.suggest.layout import Layout, trimmed
from crosscase.suggest.sentences import split_sentences


def unit_spans(text: str, turns: Sequence[Turn], unit: str) -> list[tuple[int, int]]:
    """The units of one text: turns without questions (paragraphs where a text has none), sentences, paragraphs.

    For free spans these are the stretches that can be coded: the answers, or the paragraphs.

    >>> unit_spans("One. Two.\\n\\nThree.", (), "sentence")
    [(0, 4), (5, 9), (11, 17)]
    """
    if unit == "paragraph" and turns:
        stretches = [part for t in turns if not t.is_question for part in _lines(text, t.start, t.end)]
    else:
        stretches = [(u.start, u.end) for u in Layout(text, turns).units if not u.is_question]
    if unit == "sentence":
        stretches = [part for a, b in stretches for part in split_sentences(text, a, b)]
    cut = [trimmed(text, a, b) for a, b in stretches if text[a:b].strip()]
    return [(a, b) for a, b in cut if b > a]


def joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans without overlap, in order; those that touch become one.

    >>> joined([(5, 9), (0, 2), (2, 6)])
    [(0, 9)]
    """
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Paragraphs inside a turn: the speaker's lines."""
    spans, position = [], start
    for line in text[start:end].splitlines(keepends=True):
        spans.append((position, position + len(line)))
        position += len(line)
    return spans
