"""Texts and terms on one byte per character."""

from __future__ import annotations

import numpy as np
import pytest

from crosscase.errors import FrameworkError
from crosscase.suggest.folding import Alphabet, fold_character


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("A", "a"),
        ("É", "é"),
        ("İ", "i"),
        ("ẞ", "ß"),
        ("ß", "ß"),
        ("ς", "σ"),
        ("\u2019", "'"),
        ("\u2011", " "),
        ("\u00a0", " "),
    ],
)
def test_a_character_folds_to_exactly_one(written: str, folded: str) -> None:
    assert fold_character(written) == folded


def test_every_character_of_unicode_folds_to_one_character() -> None:
    assert all(len(fold_character(chr(c))) == 1 for c in range(0x110000) if not 0xD800 <= c < 0xE000)


def test_runs_of_blanks_become_one_and_places_are_found_again() -> None:
    text = "a  b \n c"
    folded = Alphabet(["abc"]).fold(text)
    assert len(folded.data) == 5
    places = folded.places(np.arange(5))
    assert [text[p] for p in places] == ["a", " ", "b", " ", "c"]


def test_soft_hyphens_and_joiners_are_passed_over() -> None:
    alphabet = Alphabet(["curriculum"])
    assert alphabet.fold("cur\u00adri\u200dculum").data.tobytes() == alphabet.spell("curriculum")


def test_ascii_and_other_text_are_folded_alike() -> None:
    alphabet = Alphabet(["pacing guide"])
    plain = alphabet.fold("The Pacing-Guide, 2nd part").data.tobytes()
    assert alphabet.fold("The Pacing-Guide, 2nd part😀").data.tobytes()[:-1] == plain


def test_a_long_text_is_folded_in_pieces_without_a_seam() -> None:
    alphabet = Alphabet(["é"])
    text = "é" * (1 << 20) + "é"
    assert set(alphabet.fold(text).data.tolist()) == set(alphabet.spell("é"))


def test_terms_in_more_letters_than_an_alphabet_has_are_refused() -> None:
    with pytest.raises(FrameworkError, match="300 different characters"):
        Alphabet(chr(0x4E00 + n) for n in range(300))
