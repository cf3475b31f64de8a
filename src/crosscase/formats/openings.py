"""Where somebody may begin to speak: every line that opens like a turn, before it is judged who is a person.

The forms: ``NAME: text``, ``NAME (00:01:02): text``, ``[00:01:02] NAME: text``, a bold name, ``>> text``,
``<v Name>``, ``Q.``/``A.``, ``Senator Specter. text`` (indented, as hearings print it), a name and a tab, a name with
a time on a line of its own, a name alone on a line, and a time alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from crosscase.formats import labels, times

# A label stands at the beginning: the rest of a line of ten million characters is not searched for one.
_HEAD = 200
_BRACKETS = "[(<#"
_LABEL = rf"[^\W_](?:[^:：\n\t]{{0,{labels.MAX_LABEL - 2}}}?[^\s:：])?"
_LEAD = re.compile(rf"[ \t\f]{{0,40}}(?:(?P<stamp>{times.STAMP})[ \t]*(?:[-–—|]+[ \t]+)?)?")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+(?P<label>[^>\n]{1,80})>[ \t]*")
_MARK = re.compile(r">>+[ \t]*")
_BOLD = re.compile(
    r"(?P<mark>\*\*|__)(?P<label>[^*\n]{1,80}?)(?P=mark)[ \t]*"
    rf"(?P<stamp>{times.STAMP})?[ \t]*(?P<colon>[:：]?)[ \t]*"
)
_AFTER_BOLD = re.compile(rf"[ \t:：]*(?:(?P<stamp>{times.STAMP})[ \t:：]*)?")
_COLON = re.compile(rf"(?P<label>{_LABEL})[ \t]*(?P<stamp>{times.STAMP})?[ \t]*(?:：|:(?![/\d:]))[ \t]*")
_STAMPED = re.compile(rf"(?P<label>{_LABEL})[ \t]+(?P<stamp>{times.STAMP})[ \t]*(?=\n|\Z)")
_OFFICE = r"[Tt]he (?:Chairman|Chairwoman|Chair|President|Speaker|Clerk|Witness|Court|Secretary|Presiding Officer)"
_NAME = r"[A-Z][\w’'\-]*(?:[ \t]+(?:[A-Z]\.|[A-Z][\w’'\-]+|of|de|la|van|von))*?"
_TITLED = re.compile(rf"(?P<label>{_OFFICE}|(?:(?:{labels.TITLES})\.?[ \t]+)+{_NAME})\.[ \t]+(?=\S)")
_LETTER = re.compile(r"(?P<label>[QA])\.[ \t]+")
_TAB = re.compile(rf"(?P<label>{_LABEL})[ ]*:?\t+[ \t]*(?=\S)")
_ALONE = re.compile(r"(?P<label>[^\W\d_][^\n\t:.?!]{1,40}?)[ \t]*(?=\n|\Z)")
_INNER_MARK = re.compile(r"(?<!\S)>>+(?=[ \t]|[^\W_])")


@dataclass(frozen=True)
class Span:
    """A line, or a caption with its time; captions open a turn even when nobody is named.

    Where the format itself names the voice, ``speaker`` is that name and ``speech`` where the words begin.
    """

    start: int
    end: int
    time: float | None = None
    is_caption: bool = False
    speaker: str | None = None
    speech: int = 0


@dataclass(frozen=True)
class Opening:
    """A place where a turn may begin: the label from ``start``, the speech from ``speech``.

    If the label turns out to be none, the opening is still a ``bare_form`` ("mark", "time" or "caption") whose
    speech begins at ``bare``.
    """

    start: int
    speech: int
    label: str | None
    form: str
    time: float | None
    n_words: int
    bare: int
    bare_form: str


def lines_of(text: str) -> list[Span]:
    """The lines of a text as spans, without their line ends."""
    spans, start = [], 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        spans.append(Span(start, end))
        start = end + 1
    return spans


def openings_in(text: str, spans: Sequence[Span], bold: Mapping[int, int]) -> Iterator[Opening]:
    """Every opening in the spans; ``bold`` maps where a bold run begins a line to where it ends."""
    for index, span in enumerate(spans):
        if span.speaker is not None:
            n_words = _count(text, span.speech, span.end)
            yield Opening(span.start, span.speech, span.speaker, "voice", span.time, n_words, span.speech, "caption")
            continue
        if span.start == span.end:
            continue
        is_apart = not span.is_caption and _is_blank(text, spans, index - 1)
        may_stand_alone = is_apart and not _is_blank(text, spans, index + 1)
        for piece in _split_at_marks(text, span):
            is_first = piece.start == span.start
            opening = _read(text, piece, bold.get(piece.start, 0), may_stand_alone and is_first)
            if opening is not None:
                yield opening


def _is_blank(text: str, spans: Sequence[Span], index: int) -> bool:
    if not 0 <= index < len(spans):
        return True
    return not text[spans[index].start : spans[index].end].strip()


def _split_at_marks(text: str, span: Span) -> list[Span]:
    """Captions change speaker in mid-line: “Second. >> All right.” is two pieces."""
    if text.find(">>", span.start, span.end) < 0:
        return [span]
    cuts = [found.start() for found in _INNER_MARK.finditer(text, span.start, span.end)]
    if cuts and not text[span.start : cuts[0]].strip():
        cuts = cuts[1:]  # the line begins with a mark
    edges = [span.start, *cuts, span.end]
    return [Span(start, end, span.time, span.is_caption) for start, end in pairwise(edges)]


def _read(text: str, span: Span, bold_end: int, may_stand_alone: bool) -> Opening | None:
    limit = min(span.end, span.start + _HEAD)
    lead = _LEAD.match(text, span.start, limit)
    start = lead.end() if lead else span.start
    stamp = lead["stamp"] if lead else None
    if stamp is not None and span.is_caption and stamp[0] not in _BRACKETS:
        start, stamp = span.start, None  # a caption has its time: “4:30. So …” is what was said
    time = times.seconds(stamp) if stamp else span.time
    if stamp is not None and start >= span.end and not span.is_caption:
        # Nothing but a time: the next opening takes it.
        return Opening(span.start, span.end, None, "stamp", time, 0, span.end, "stamp")
    bare, bare_form = _without_label(text, span, start, stamp)
    found = _named(text, start, limit, span) or _bold_run(text, start, limit, bold_end, span)
    if found is None and may_stand_alone and span.end - start <= labels.MAX_LABEL:
        found = _match(_ALONE, "alone", text, start, span.end)
    if found is None:
        return Opening(span.start, bare, None, bare_form, time, 0, bare, bare_form) if bare_form else None
    label, speech, form, own_stamp = found
    if own_stamp is not None:
        time = times.seconds(own_stamp)
    return Opening(span.start, speech, label, form, time, _count(text, speech, span.end), bare, bare_form)


def _without_label(text: str, span: Span, start: int, stamp: str | None) -> tuple[int, str]:
    """Where the speech begins and what opens it when nobody is named."""
    mark = _MARK.match(text, start, span.end)
    if mark is not None:
        return mark.end(), "mark"
    if span.is_caption:
        return start, "caption"
    return (start, "time") if stamp is not None and stamp[0] in _BRACKETS else (start, "")


_Found = tuple[str, int, str, str | None]  # label, where the speech begins, form, time stamp


def _named(text: str, start: int, limit: int, span: Span) -> _Found | None:
    head = text[start:limit]
    if head.startswith("<v"):
        return _match(_VOICE, "voice", text, start, limit)
    if head.startswith(">>"):
        return _after_mark(text, start, limit)
    if head.startswith(("**", "__")) and (found := _marked_bold(text, start, limit)):
        return found
    if (":" in head or "：" in head) and (found := _match(_COLON, "colon", text, start, limit)):
        return found
    if head[-1:].isdigit() or head.rstrip()[-1:] in ")]>#0123456789":
        whole_line = _STAMPED.match(text, start, limit) if limit == span.end else None
        if whole_line and whole_line.end() == span.end:
            return whole_line["label"], span.end, "stamped", whole_line["stamp"]
    if start - span.start >= 2 and (found := _match(_TITLED, "titled", text, start, limit)):
        return found
    if head[:2] in ("Q.", "A."):
        return _match(_LETTER, "letter", text, start, limit)
    return _match(_TAB, "tab", text, start, limit) if "\t" in head else None


def _match(pattern: re.Pattern[str], form: str, text: str, start: int, limit: int) -> _Found | None:
    found = pattern.match(text, start, limit)
    if found is None:
        return None
    return found["label"].strip(), found.end(), form, found.groupdict().get("stamp")


def _after_mark(text: str, start: int, limit: int) -> _Found | None:
    mark = _MARK.match(text, start, limit)
    return _match(_COLON, "colon", text, mark.end(), limit) if mark else None


def _marked_bold(text: str, start: int, limit: int) -> _Found | None:
    found = _BOLD.match(text, start, limit)
    if found is None:
        return None
    inner = found["label"].strip()
    has_colon = bool(found["colon"]) or inner.endswith((":", "："))
    label, stamp = _without_stamp(inner.rstrip(":： \t"))
    if not label or ":" in label:
        return None
    return label, found.end(), "colon" if has_colon else "bold", found["stamp"] or stamp


def _bold_run(text: str, start: int, limit: int, bold_end: int, span: Span) -> _Found | None:
    """A run that the word processor shows bold, at the beginning of a paragraph."""
    if not start < bold_end <= limit or bold_end - start > labels.MAX_LABEL:
        return None
    label, stamp = _without_stamp(text[start:bold_end].strip())
    if not label or "\n" in label:
        return None
    rest = _AFTER_BOLD.match(text, bold_end, limit)
    stamp = stamp or (rest["stamp"] if rest else None)
    return label, rest.end() if rest else bold_end, "alone" if bold_end >= span.end else "bold", stamp


def _without_stamp(label: str) -> tuple[str, str | None]:
    found = re.search(rf"\s*({times.STAMP})\s*$", label)
    return (label[: found.start()].strip(), found.group(1)) if found else (label, None)


def _count(text: str, start: int, end: int) -> int:
    return len(text[start : min(end, start + _HEAD)].split())
