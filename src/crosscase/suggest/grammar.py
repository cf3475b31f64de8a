"""What the words around a term say about it: denied, planned, a rule. English; everything unclear stays open.

A denial must govern the term: a negative within a few words before it, with nothing in between that the negative
could belong to instead. "No common curriculum", "we don't have a pacing guide" and "without coaching cycles" deny;
"not only", "no money for", "not all schools use", "I don't know if" do not, and neither does a question.
"""

from __future__ import annotations

import re

_NEGATIVE = re.compile(
    r"(?:(?P<be>\b(?:is|are|was|were|be|been|it's|that's|it’s|that’s)\s+not|\b(?:is|are|was|were)n['’]t)"
    r"|\b(?P<lack>(?:lack(?:s|ed|ing)?|absence|loss)(?:\s+of)?|without)"
    r"|\b(?:no|not|never|cannot|neither|nor)|n['’]t)"
    r"(?P<between>(?:\s+[\w'’\-]+){0,4})\s+\Z",
    re.IGNORECASE,
)
# A negative before one of these belongs to it and not to the term.
_TAKERS = """
on of for about in with from to at by as regarding because until unless but and or than that which who if whether when
where only just merely simply necessarily doubt matter question problem know sure think believe wonder forget worry all
every everyone everybody each always yet one surprise like
"""
_BARRIERS = frozenset(_TAKERS.split())
_UNREAL = re.compile(r"\b(?:if|unless|whether|why|suppose|imagine)\b[^.;]{0,60}\Z", re.IGNORECASE)
_THERE = re.compile(r"\bthere\s*\Z", re.IGNORECASE)
_LOOK_BACK = 70

_PLANNED = re.compile(
    r"\b(?:will|shall|plans?\s+to|planning\s+to|intends?\s+to|is\s+going\s+to|are\s+going\s+to|we'll|they'll)\b",
    re.IGNORECASE,
)
_FORMAL = re.compile(r"\b(?:must|polic(?:y|ies)|regulations?|required\s+to)\b", re.IGNORECASE)
_NOT_NOW = re.compile(
    r"\b(?:will|shall|going\s+to|plan(?:s|ning)?\s+to|used\s+to|next\s+year|in\s+the\s+past|years\s+ago|hope[sd]?\s+to)\b"
    r"|['’]ll\b",
    re.IGNORECASE,
)
_WRITTEN = frozenset({"document", "minutes"})
_SPOKEN = frozenset({"interview", "focus_group", "observation", "meeting", "survey"})

# "Director of Continuous Improvement", "Coordinator, Family and …": whose title it is says nothing about the work.
_TITLE = re.compile(
    r"\b(?:Director|Coordinator|Superintendent|Manager|Specialist|Administrator|Secretary|Officer|Department|Office)"
    r"(?:,|\s+of|\s+for)?\s+(?:[A-Z][\w&-]*,?\s+(?:(?:and|of|for)\s+)?){0,4}\Z"
)


def is_in_title(text: str, start: int) -> bool:
    """Whether the term at ``start`` is a part of somebody's title or of the name of an office."""
    return text[start].isupper() and _TITLE.search(text, max(start - _LOOK_BACK, 0), start) is not None


def denial(text: str, passage: tuple[int, int], start: int) -> str | None:
    """The words that deny the term at ``start``; ``None`` when nothing plainly does."""
    low, high = passage
    if text[low:high].rstrip("\"'”’)").endswith("?"):
        return None
    found = _NEGATIVE.search(text, max(low, start - _LOOK_BACK), start)
    if found is None:
        return None
    between = found["between"].lower().split()
    if len(between) > 4 or any(word in _BARRIERS for word in between):
        return None
    before = text[max(low, found.start() - 80) : found.start()]
    if _UNREAL.search(before) or (found["be"] and not _THERE.search(before)):
        return None
    return " ".join(found.group().split())


def actuality(words: str, kind: str, term: tuple[int, int]) -> str | None:
    """``planned``, ``formal`` or ``enacted`` for a passage; ``None`` where its words leave it open.

    What is written says what is planned (*will*, *shall*, *plans to*) or a rule (*must*, *policy*); with both, or with
    neither, it stays open. What is spoken is enacted unless it tells of another time. What somebody believes in
    (*espoused*) is never guessed. ``kind`` is the source's, or ``minutes`` for a meeting without turns; ``term`` is
    where the term stands in ``words``: its own words are no sign.
    """
    around = words[: term[0]] + " " * (term[1] - term[0]) + words[term[1] :]
    if kind in _WRITTEN:
        planned, formal = _PLANNED.search(around), _FORMAL.search(around)
        if bool(planned) == bool(formal):
            return None
        return "planned" if planned else "formal"
    return "enacted" if kind in _SPOKEN and not _NOT_NOW.search(around) else None
