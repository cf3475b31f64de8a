"""Sentences of a text: simple rules that hold for speech, captions, minutes and plans.

A sentence ends at ``.``, ``!``, ``?`` or ``…`` before a blank when what follows does not begin with a small letter and
what stands before is no abbreviation; at the end of a line that is not merely wrapped; and where captions mark another
voice (``>>``).
"""

from __future__ import annotations

import re

_END = re.compile(
    r"(?P<stop>[.!?…]+[\"'”’»)\]*_]*)(?=\s)"
    r"|(?P<wide>[。！？]+[”’」』）)]*)"
    r"|(?P<page>[\f\v])"
    r"|(?P<line>\n)"
    r"|(?P<voice>(?<=\s)>>)"
)
_BLANKS = re.compile(r"\s*")
_WORD_BEFORE = re.compile(r"[^\s(\[\"“/]+\Z")
_LETTERS_WITH_STOPS = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,2}")  # U.S, a.m, e.g, Ph.D
_POINT = re.compile(r"[ \t]*(?:[-*•●▪◦‣–|#]|\(?\d{1,3}[.)]\s|\(?[a-zA-Z][.)]\s|☐|☒|>>)")
_TITLES = """
dr mr mrs ms mx prof rev hon gov sen rep supt asst st mt ft jr sr vs cf al approx dept est gen inc ltd co corp ave blvd
jan feb mar apr jun jul aug sep sept oct nov dec
"""
_COUNTS = "no nos p pp fig figs vol vols sec secs art arts ch par para ext ca"
_STARTS = "the this that these those it its we our you they he she i in at on but and so if there"
_ABBREVIATIONS = frozenset(_TITLES.split())
_BEFORE_NUMBERS = frozenset(_COUNTS.split())
_OPENINGS = frozenset(_STARTS.split())
_WRAPPED_FROM, _WRAPPED_TO = 60, 170


def split_sentences(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Spans of the sentences of ``text[start:end]``: without gaps, in order, blanks at the end of each.

    >>> [("Dr. Lee left. We stayed."[a:b]) for a, b in split_sentences("Dr. Lee left. We stayed.")]
    ['Dr. Lee left. ', 'We stayed.']
    """
    end = len(text) if end is None else end
    spans: list[tuple[int, int]] = []
    last = start
    for match in _END.finditer(text, start, end):
        cut = _cut(text, match, last, end)
        if cut is not None and last < cut < end:
            spans.append((last, cut))
            last = cut
    if last < end:
        spans.append((last, end))
    return spans


def _cut(text: str, match: re.Match[str], begun: int, end: int) -> int | None:
    """Where the next sentence begins; ``None`` when this is no end of a sentence."""
    if match["voice"]:
        return match.start()
    after = _skip_blanks(text, match.end(), end)
    if match["wide"] or match["page"]:
        return after
    if match["line"]:
        return None if _is_wrapped(text, match.start(), begun, end) else after
    if after >= end or text[after].islower():
        return None
    return after if not _is_abbreviation(text, match, begun, after) else None


def _is_abbreviation(text: str, match: re.Match[str], begun: int, after: int) -> bool:
    if match["stop"] != ".":
        return False
    found = _WORD_BEFORE.search(text, max(begun, match.start() - 20), match.start())
    word = found.group() if found else ""
    if word.isdigit():
        # "3. Adopt …" is a number before a point of a list, "by 2024. Then …" is not.
        return found is not None and not text[begun : found.start()].strip()
    if word.lower() in _BEFORE_NUMBERS:
        return text[after].isdigit()
    if len(word) == 1 and word.isupper() and word != "I":
        return True
    if _LETTERS_WITH_STOPS.fullmatch(word):
        following = re.match(r"\w*", text[after : after + 12])
        return not (following and following.group().lower() in _OPENINGS and text[after].isupper())
    return word.lower() in _ABBREVIATIONS


def _is_wrapped(text: str, position: int, begun: int, end: int) -> bool:
    """Whether a line end stands inside a sentence because the page was too narrow."""
    following = text.find("\n", position + 1, end)
    below = text[position + 1 : end if following < 0 else following]
    if not below.strip() or _POINT.match(below):
        return False
    above = text[max(text.rfind("\n", begun, position) + 1, begun) : position].rstrip()
    if not above or above.endswith(":") or above.lstrip().startswith("#"):
        return False
    return below.lstrip()[0].islower() or _WRAPPED_FROM <= len(above) <= _WRAPPED_TO


def _skip_blanks(text: str, position: int, end: int) -> int:
    match = _BLANKS.match(text, position, end)
    return match.end() if match else position
