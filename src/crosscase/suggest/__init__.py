"""Machine coders: they make suggestions, never codings; a person accepts, edits or rejects each one.

>>> from crosscase import frameworks
>>> coder = DictionaryCoder(frameworks.load("education-systems"))
>>> [s.code for s in coder.suggest("All schools follow the same pacing guide.", "Lee")]
['infra.curr.common']
"""

from __future__ import annotations

from crosscase.suggest.dictionary import RULES, DictionaryCoder, Entry, Hit
from crosscase.suggest.sentences import split_sentences
from crosscase.suggest.terms import CONFIRM_ABOVE, term_report

__all__ = ["CONFIRM_ABOVE", "RULES", "DictionaryCoder", "Entry", "Hit", "split_sentences", "term_report"]
