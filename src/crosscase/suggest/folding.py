"""Texts and terms on one byte per character, so that matching is fast and every offset is a code point.

Case folding may change the length of a text (``"İ".lower()`` is two characters long), and then an offset points to
the wrong place. Here every character is folded by itself to exactly one byte: each letter that occurs in some term has
a byte of its own, all other letters share one, all other signs another, and blanks and hyphens are one and the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from crosscase.errors import FrameworkError

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

_SIGN, _LETTER, _BLANK, _NOTHING = 0, 1, 2, 255
_FIRST, _MOST = 3, 252  # the bytes that are left for the characters of terms
_HYPHENS = frozenset("-\u2010\u2011\u2012\u2013\ufe63\uff0d")
_APOSTROPHES = frozenset("'\u2018\u2019\u02bc\u02b9\uff07")
_INVISIBLE = frozenset("\u00ad\u200c\u200d\u2060\ufeff")  # soft hyphen, joiners, byte-order mark
_N_CHARACTERS = 0x110000
_N_SCRIPTS = 0x20000  # above stand ideographs and private signs: nothing there has a case
_CHUNK = 1 << 20


def fold_character(character: str) -> str:
    """The one character that stands for this one in matching: lower case, a plain apostrophe, a blank for a hyphen.

    >>> [fold_character(c) for c in "Aß’-İ"]
    ['a', 'ß', "'", ' ', 'i']
    """
    if character in _APOSTROPHES:
        return "'"
    if character in _HYPHENS or character.isspace() or character == "\u200b":
        return " "
    folded = character.casefold()
    return folded if len(folded) == 1 else character.lower()[0]


def is_letter(character: str) -> bool:
    """Whether a character is part of a word: letters, digits and the marks that stand on them."""
    return character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")


@cache
def _folded() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.bool_]]:
    """For every code point what it folds to and whether it is part of a word (made once: about 0.1 s)."""
    folds = np.arange(_N_CHARACTERS, dtype=np.uint32)
    folds[:_N_SCRIPTS] = [ord(fold_character(chr(c))) for c in range(_N_SCRIPTS)]
    letters = np.ones(_N_CHARACTERS, dtype=np.bool_)
    letters[:_N_SCRIPTS] = [is_letter(chr(c)) for c in range(_N_SCRIPTS)]
    return folds, letters


@dataclass(frozen=True)
class Folded:
    """A text in bytes, runs of blanks made one; ``gaps`` says where something was left out."""

    data: Bytes
    gaps: Ints

    def places(self, positions: Ints) -> Ints:
        """Offsets in the original text of positions in ``data``."""
        return positions + np.searchsorted(self.gaps, positions, side="right")


class Alphabet:
    """One byte for each character of a set of terms.

    Raises ``FrameworkError`` when the terms use more than 252 different characters, which no alphabet does.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        characters = sorted({fold_character(c) for term in terms for c in term} - {" "} - _INVISIBLE)
        if len(characters) > _MOST:
            raise FrameworkError(
                f"the terms use {len(characters)} different characters, more than an alphabet has",
                where="terms",
                mend=f"a dictionary can tell {_MOST} apart: split the framework by language",
            )
        folds, letters = _folded()
        table = np.where(letters, np.uint8(_LETTER), np.uint8(_SIGN)).astype(np.uint8)
        own = np.zeros(_N_CHARACTERS, dtype=np.uint8)
        own[[ord(c) for c in characters]] = range(_FIRST, _FIRST + len(characters))
        table = np.where(own[folds] > 0, own[folds], table)
        table[folds == ord(" ")] = _BLANK
        table[[ord(c) for c in _INVISIBLE]] = _NOTHING
        self._table: Bytes = table
        self._ascii = bytes(table[:256].tolist())
        #: Byte → whether it is part of a word.
        self.letters = np.zeros(256, dtype=np.bool_)
        self.letters[_LETTER] = True
        self.letters[_FIRST : _FIRST + len(characters)] = [is_letter(c) for c in characters]

    def spell(self, term: str) -> bytes:
        """A term in bytes, without blanks around it."""
        return self.fold(term).data.tobytes().strip(bytes([_BLANK]))

    def fold(self, text: str) -> Folded:
        """A text in bytes; invisible characters and all blanks but the first of a run are left out."""
        data = self._bytes(text)
        blank = data == _BLANK
        out = np.zeros(len(data), dtype=np.bool_)
        if (data == _NOTHING).any():
            solid = np.flatnonzero(data != _NOTHING)
            out = data == _NOTHING
            out[solid[1:][blank[solid[1:]] & blank[solid[:-1]]]] = True
        else:
            np.logical_and(blank[1:], blank[:-1], out=out[1:])
        left_out = np.flatnonzero(out)
        if not len(left_out):
            return Folded(data, left_out)
        return Folded(data[~out], left_out - np.arange(len(left_out)))

    def _bytes(self, text: str) -> Bytes:
        if text.isascii():
            return np.frombuffer(text.encode("ascii").translate(self._ascii), dtype=np.uint8)
        # In pieces: four bytes a character of a whole archive would be four times the archive.
        pieces = [
            self._table[np.frombuffer(text[a : a + _CHUNK].encode("utf-32-le", "surrogatepass"), dtype="<u4")]
            for a in range(0, len(text), _CHUNK)
        ]
        return np.concatenate(pieces) if len(pieces) > 1 else pieces[0]
