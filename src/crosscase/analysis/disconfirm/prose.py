"""Cutting sources into passages, and reading each: its words, what is negated, whose words they are, what place it is
about.

The word lists here are closed classes of English grammar (negations, verbs of saying, words for other places). They
name nothing that a study is about: what a claim is about comes from its framework and its codings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

MOST_WORDS = 45  # of a passage; a longer sentence stays whole
_SENTENCE = re.compile(r"[^.!?…\n]*(?:[.!?…]+[\"'”’)\]]*(?=\s|$)|\n|$)")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|[.,;:!?—–]")
_BLANK_LINES = re.compile(r"\n\s*\n")

_NEGATIONS = """
no not never none nobody nothing neither nor without hardly rarely seldom barely cannot nowhere lack lacks lacked
lacking instead
"""
_CLOSERS_OF_REACH = ". , ; : ! ? — – but except although though because"
_STOP_WORDS = """
a an the and or but if of to in on at by for with from as is are was were be been being it its it's this that these
those there here i you he she me him her them my your his do does did have has had will would can could should may
might must so then than when what which how any just very really also about into out up down over again more most some
such only too s t don now
"""
_DAYS_AND_MONTHS = """
january february march april may june july august september october november december monday tuesday wednesday
thursday friday saturday sunday english spanish i
"""
NEGATIONS, STOP = frozenset(_NEGATIONS.split()), frozenset(_STOP_WORDS.split())
_CLOSERS, _CALENDAR = frozenset(_CLOSERS_OF_REACH.split()), frozenset(_DAYS_AND_MONTHS.split())
# After a negation every word up to the next stop is read as negated, at most so many. NegEx has five or six words for
# clinical notes; speech takes longer to come to its point.
REACH = 12
_SAYING = (
    r"(?:say|says|said|saying|claim|claims|claimed|think|thinks|thought|believe|believes|believed|tell|tells|told|"
    r"insist|insists|insisted|complain|complains|complained|argue|argues|argued|assume|assumes|assumed|"
    r"swear|swears|swore|imagine|imagines|write|writes|wrote|report|reports|reported|heard|hear)"
)
_OTHERS = (
    r"(?:they|he|she|people|folks|everyone|everybody|someone|somebody|some|many|others|critics|parents|reporters?|"
    r"the (?:paper|press|union|newspaper|article|board|public|media|news)|outsiders|visitors|neighbors|"
    r"[a-z]+ (?:people|folks|members|teachers|parents))"
)
REPORTED = re.compile(
    rf"\b{_OTHERS} (?:\w+ )?{_SAYING}\b"
    r"|\b(?:i|we)(?:'ve| have)? (?:also |sometimes |often )?(?:heard|read|been told)\b"
    r"|\baccording to\b|\b(?:supposedly|allegedly|apparently|reportedly)\b|\brumou?rs?\b|\bgossip\b"
    r"|\bthe (?:story|word|talk|joke) (?:is|goes|was)\b|\b(?:is|are|was|were) said to\b"
    r"|\b(?:in|from) the (?:paper|news)\b",
    re.IGNORECASE,
)
_PLACES = r"(?:district|districts|county|town|city|state|system|systems|place|job|network|networks)"
ELSEWHERE = re.compile(
    rf"\b(?:last|old|previous|former|first|other|another|neighbou?ring|nearby|next|different) {_PLACES}\b"
    r"|\bnext door\b|\bwhere i (?:used to|came from|come from|worked|taught|was before)\b|\bbefore i (?:came|moved)\b"
    r"|\b(?:used to|i) (?:teach|taught|work|worked) (?:in|at|over|for|out|up|down)\b|\bout of state\b|\belsewhere\b"
    rf"|\b(?:across|over) the (?:river|county line|state line|border|line|bridge)\b|\bwhere my \w+ (?:works|teaches)\b"
    rf"|\bmy (?:sister|brother|wife|husband|cousin|friend|neighbou?r|daughter|son)\b",
    re.IGNORECASE,
)
_NAMED_PLACE = re.compile(r"\b(?:[Ii]n|[Aa]t|[Oo]ver in|[Oo]ver at|[Ff]rom|[Tt]o) ((?:[A-Z][a-z]+)(?: [A-Z][a-z]+)*)")


@dataclass(frozen=True)
class Reading:
    """One passage as it is read: stems in order (``not_…`` where negated) and the cues that were found."""

    stems: tuple[str, ...]
    plain: tuple[str, ...]
    reported: str
    elsewhere: str


def cut(texts: Mapping[str, str], turns: pl.DataFrame) -> pl.DataFrame:
    """Passages of all sources: whole sentences, up to 45 words, never across turns; questions are left out.

    ``turns`` has ``source``, ``start``, ``end``, ``is_question``; a source without turns is cut at its blank lines.
    Returns ``source``, ``start``, ``end``, ``text`` (offsets in code points).
    """
    spoken: dict[str, list[tuple[int, int]]] = {}
    with_turns = set()
    for source, start, end, question in turns.select("source", "start", "end", "is_question").iter_rows():
        with_turns.add(source)
        if not question:
            spoken.setdefault(source, []).append((start, end))
    rows: list[tuple[str, int, int, str]] = []
    for source, text in texts.items():
        blocks = spoken.get(source, []) if source in with_turns else _blocks(text)
        for start, end in blocks:
            rows.extend((source, a, b, text[a:b]) for a, b in _pieces(text, start, end))
    schema = {"source": pl.String, "start": pl.Int64, "end": pl.Int64, "text": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    last = 0
    for gap in _BLANK_LINES.finditer(text):
        yield last, gap.start()
        last = gap.end()
    yield last, len(text)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Runs of whole sentences of at most 45 words between two places."""
    first, last, n = start, start, 0
    for match in _SENTENCE.finditer(text, start, end):
        words = len(match.group().split())
        if n and n + words > MOST_WORDS:
            yield from _trimmed(text, first, last)
            first, n = match.start(), 0
        n += words
        last = match.end()
        if last >= end:
            break
    if n:
        yield from _trimmed(text, first, last)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        yield start, end


def read(text: str) -> Reading:
    """Read one passage: its words, and the cues for reported speech and for other places."""
    stems = stems_of(text)
    reported, elsewhere = REPORTED.search(text), ELSEWHERE.search(text)
    plain = tuple(s.removeprefix("not_") for s in stems)
    return Reading(stems, plain, reported.group() if reported else "", elsewhere.group() if elsewhere else "")


def stems_of(text: str) -> tuple[str, ...]:
    """The words of a text without their endings, without the commonest; marked where a negation reaches them.

    >>> stems_of("We don't pick our own books.")
    ('we', 'not_pick', 'not_our', 'not_own', 'not_book')
    """
    stems: list[str] = []
    left = 0
    for token in _WORD.findall(text):
        kind, root = _token(token)
        if kind == "word":
            if root:
                stems.append(f"not_{root}" if left > 0 else root)
            left -= 1
        elif kind == "stop":
            left = 0
        elif kind == "negation":
            left = REACH
    return tuple(stems)


@lru_cache(maxsize=200_000)
def _token(token: str) -> tuple[str, str]:
    """What a token does (word, number, stop, negation), and the stem of a word that counts."""
    word = token.lower().replace("’", "'")
    if word in _CLOSERS:
        return "stop", ""
    if word in NEGATIONS or word.endswith("n't"):
        return "negation", ""
    if not word[0].isalpha():
        return "number", ""
    return "word", "" if word in STOP else stem(word)


def stem(word: str) -> str:
    """A word without its commonest endings: plural and past, -ing, -ly (a light stemmer, for English).

    >>> [stem(w) for w in ("schools", "decides", "deciding", "decided", "policies", "their")]
    ['school', 'decid', 'decid', 'decid', 'policy', 'their']
    """
    w = word.removesuffix("'s").split("'")[0]
    if len(w) > 4 and w.endswith("ies"):
        return w[:-3] + "y"
    for ending in ("ing", "edly", "ed", "ly", "es", "s"):
        if w.endswith(ending) and len(w) - len(ending) >= 3 and not w.endswith("ss"):
            w = w[: -len(ending)]
            break
    if len(w) > 4 and w.endswith("e"):
        w = w[:-1]
    if len(w) > 4 and w[-1] == w[-2] and w[-1] not in "aeiousl":
        w = w[:-1]
    return w


def unfamiliar_places(texts: Sequence[str], sources: Sequence[str], cases: Sequence[str | None]) -> list[str]:
    """For each passage a place that it names after *in*, *at*, *from* … and that no other source of its case knows."""
    named = [_names(text) for text in texts]
    known: dict[tuple[str | None, str], set[str]] = {}
    for names, source, case in zip(named, sources, cases, strict=True):
        for name in names:
            known.setdefault((case, name), set()).add(source)
    return [
        next((name for name in names if len(known[case, name]) == 1), "")
        for names, case in zip(named, cases, strict=True)
    ]


def _names(text: str) -> list[str]:
    found: Iterable[str] = _NAMED_PLACE.findall(text)
    return [name for name in dict.fromkeys(found) if name.split()[0].lower() not in _CALENDAR]
