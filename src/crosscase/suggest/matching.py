"""Finding many terms in one walk over a text (Aho and Corasick 1975), as whole words and with exact offsets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import ahocorasick_rs
import numpy as np
import numpy.typing as npt

from crosscase.suggest.folding import Alphabet, fold_character

Ints = npt.NDArray[np.int64]

# Above this the fastest automaton would take more memory than it is worth; the library then chooses.
_MOST_FOR_TABLES = 20_000
# A term may run over a line end or two blanks, but not over a paragraph, a column or a dash.
_TORN = re.compile(r"\n[ \t]*\n|(?<![\n \t])[ \t]{4,}|\s[-\u2010-\u2013]")


@dataclass(frozen=True)
class Found:
    """Where terms stand, in the order of the text: ``text[start:end]`` is the term as it is written there.

    ``term`` is the term's number in the list that was given.
    """

    term: Ints
    start: Ints
    end: Ints

    def __len__(self) -> int:
        return len(self.term)

    def take(self, rows: Ints | npt.NDArray[np.bool_]) -> Found:
        """Only these rows."""
        return Found(self.term[rows], self.start[rows], self.end[rows])


def spellings(term: str) -> Iterator[str]:
    """How a term is written: with and without its hyphens, in the singular and the plural.

    >>> sorted(spellings("in-service"))
    ['in-service', 'in-services', 'inservice', 'inservices']
    """
    plain = " ".join(term.split())
    for form in dict.fromkeys((plain, plain.replace("-", ""))):
        composed, taken_apart = unicodedata.normalize("NFC", form), unicodedata.normalize("NFD", form)
        for written in dict.fromkeys((form, composed, taken_apart)):
            yield written
            yield from _plurals(written)


def _plurals(term: str) -> Iterator[str]:
    last = fold_character(term[-1]) if term else ""
    if not last.isascii() or not last.isalpha():
        return
    if last == "y" and len(term) > 1 and term[-2].lower() not in "aeiou":
        yield term[:-1] + "ies"
    elif term.lower().endswith(("s", "x", "z", "ch", "sh")):
        yield term + "es"
    else:
        yield term + "s"


class TermMatcher:
    """Finds every occurrence of every term, whole words only, whatever their case, also where terms overlap."""

    def __init__(self, terms: Sequence[str]) -> None:
        self.terms = tuple(terms)
        written = [(number, form) for number, term in enumerate(self.terms) for form in spellings(term)]
        self._alphabet = Alphabet(form for _, form in written)
        owners: dict[bytes, set[int]] = {}
        for number, form in written:
            spelled = self._alphabet.spell(form)
            if spelled:
                owners.setdefault(spelled, set()).add(number)
        patterns = sorted(owners)
        # One spelling can belong to several terms: a row per pair.
        self._owners = [sorted(owners[pattern]) for pattern in patterns]
        letters = self._alphabet.letters
        self._opens = np.array([letters[p[0]] for p in patterns], dtype=np.bool_)
        self._closes = np.array([letters[p[-1]] for p in patterns], dtype=np.bool_)
        self._automaton = _automaton(patterns) if patterns else None

    def find(self, text: str) -> Found:
        """Every occurrence in a text."""
        none = np.zeros(0, dtype=np.int64)
        if self._automaton is None or not text:
            return Found(none, none, none)
        folded = self._alphabet.fold(text)
        raw = self._automaton.find_matches_as_indexes(folded.data.tobytes(), overlapping=True)
        if not raw:
            return Found(none, none, none)
        pattern, start, end = np.array(raw, dtype=np.int64).T
        whole = self._whole_words(folded.data, pattern, start, end)
        pattern, start, end = pattern[whole], start[whole], end[whole]
        first, last = folded.places(start), folded.places(end - 1) + 1
        return self._rows(text, pattern, first, last, torn=last - first > end - start)

    def _whole_words(self, data: npt.NDArray[np.uint8], pattern: Ints, start: Ints, end: Ints) -> npt.NDArray[np.bool_]:
        letters = self._alphabet.letters
        before = (start > 0) & letters[data[np.maximum(start - 1, 0)]] & self._opens[pattern]
        after = (end < len(data)) & letters[data[np.minimum(end, len(data) - 1)]] & self._closes[pattern]
        return ~before & ~after

    def _rows(self, text: str, pattern: Ints, start: Ints, end: Ints, torn: npt.NDArray[np.bool_]) -> Found:
        rows = [
            (a, b, owner)
            for p, a, b, t in zip(pattern.tolist(), start.tolist(), end.tolist(), torn.tolist(), strict=True)
            if not (t and _TORN.search(text, a, b))
            for owner in self._owners[p]
        ]
        # Two spellings of one term can end at one place (with and without an invisible character): once is enough.
        rows = sorted(set(rows))
        table = np.array(rows, dtype=np.int64).reshape(len(rows), 3)
        return Found(table[:, 2], table[:, 0], table[:, 1])


def _automaton(patterns: Sequence[bytes]) -> ahocorasick_rs.BytesAhoCorasick:
    small = sum(map(len, patterns)) <= _MOST_FOR_TABLES * 10 and len(patterns) <= _MOST_FOR_TABLES
    chosen = ahocorasick_rs.Implementation.DFA if small else None
    return ahocorasick_rs.BytesAhoCorasick(patterns, implementation=chosen)
