"""Captions (WebVTT, SubRip, Whisper's tables): each is a line of the text and a turn with its time."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from crosscase.errors import FormatError
from crosscase.formats import text as plain
from crosscase.formats.draft import Draft
from crosscase.formats.encoding import decode
from crosscase.formats.openings import Span
from crosscase.formats.options import ReadOptions
from crosscase.formats.refusal import refusing

_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>]{1,200})>")
_TAG = re.compile(r"<(?:/?[a-zA-Z][^<>]{0,500}|\d[\d:.]{3,20})/?>")
_ARROW = re.compile(r"^.*-->.*$", re.MULTILINE)
_NOT_CUES = re.compile(r"^(?:NOTE|STYLE|REGION)\b[^\n]*(?:\n[^\n]+)*", re.MULTILINE)
_TIMING = re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{1,2}[.,]\d{1,3}\s*-->\s*(?:\d+:)?\d{1,2}:\d{1,2}[.,]\d{1,3}")
_MEND = "export the captions again"


@dataclass(frozen=True)
class Caption:
    """A caption: when it begins and ends, in seconds, and its lines with marks."""

    start: float
    end: float
    text: str


def read_vtt(data: bytes, where: str, options: ReadOptions) -> list[Draft]:
    """One source: the captions of a WebVTT file; ``<v Name>`` names the speaker."""
    decoded = decode(data, where, options.encoding)
    if not decoded.text.startswith("WEBVTT"):
        raise FormatError("this is not a WebVTT file (it does not begin with WEBVTT)", where=where, mend=_MEND)
    captions = _parse(decoded.text, "vtt", where)
    return [_draft(captions, decoded.warnings, plain.says_machine(decoded.text))]


def read_srt(data: bytes, where: str, options: ReadOptions) -> list[Draft]:
    """One source: the captions of a SubRip file."""
    decoded = decode(data, where, options.encoding)
    if decoded.text.lstrip().startswith("WEBVTT"):
        told = "named .srt but holds WebVTT: read as WebVTT"
        captions = _parse(decoded.text.lstrip(), "vtt", where)
        return [_draft(captions, (*decoded.warnings, told), plain.says_machine(decoded.text))]
    return [_draft(_parse(decoded.text.lstrip("\n"), "srt", where), decoded.warnings, {})]


def is_whisper_table(text: str) -> bool:
    """Whether a tab-separated text is captions as Whisper writes them: start, end (milliseconds), text."""
    return text.partition("\n")[0].strip().casefold().split("\t") == ["start", "end", "text"]


def read_whisper_table(text: str, where: str, warnings: tuple[str, ...]) -> list[Draft]:
    """One source: captions with start and end in milliseconds, apart by tabs."""
    captions: list[Caption] = []
    for number, line in enumerate(text.split("\n")[1:], start=2):
        if not line.strip():
            continue
        start, _, rest = line.partition("\t")
        end, _, words = rest.partition("\t")
        if not (re.fullmatch(r"\d{1,10}", start) and re.fullmatch(r"\d{1,10}", end)):
            raise FormatError("a caption has no times", where=f"{where}, line {number}", mend=_MEND)
        captions.append(Caption(int(start) / 1000, int(end) / 1000, words))
    return [_draft(captions, warnings, {"machine_transcript": "yes"})]


def _parse(text: str, kind: str, where: str) -> list[Caption]:
    try:
        with refusing("the captions are damaged", where, _MEND):
            parsed = webvtt.WebVTT.from_buffer(io.StringIO(text), format=kind)
            captions = [
                Caption(
                    cue.start_in_seconds + _fraction(cue.start), cue.end_in_seconds + _fraction(cue.end), cue.raw_text
                )
                for cue in parsed.captions
            ]
    except (MalformedFileError, MalformedCaptionError) as error:
        raise FormatError(f"the captions are damaged ({error})", where=where, mend=_MEND) from error
    _refuse_lost_captions(text, kind, len(captions), where)
    return captions


def _fraction(stamp: str) -> float:
    return float("0." + stamp.rpartition(".")[2]) if "." in stamp else 0.0


def _refuse_lost_captions(text: str, kind: str, n_read: int, where: str) -> None:
    """The parser passes over captions that it does not understand: nothing may be lost in silence."""
    body = _NOT_CUES.sub("", text) if kind == "vtt" else text
    timed = [found for found in _ARROW.finditer(body) if re.search(r"\d:\d", found.group())]
    empty = sum(1 for found in timed if not _next_line(body, found.end()))
    if n_read < len(timed) - empty:
        broken = next((one for one in timed if not _TIMING.match(one.group())), None)
        place = f"{where}, the line “{broken.group().strip()[:60]}”" if broken else where
        raise FormatError(
            f"{len(timed) - empty - n_read} of {len(timed)} captions cannot be read", where=place, mend=_MEND
        )


def _next_line(text: str, position: int) -> str:
    end = text.find("\n", position + 1)
    return text[position + 1 : end if end >= 0 else len(text)].strip()


def _draft(captions: Sequence[Caption], warnings: tuple[str, ...], metadata: dict[str, str]) -> Draft:
    lines: list[str] = []
    spans: list[Span] = []
    position = 0
    for caption in captions:
        for speaker, words in _voices(caption.text):
            if not words:
                continue
            label = f"{speaker}: " if speaker else ""
            line = label + words
            speech = position + len(label)
            spans.append(Span(position, position + len(line), caption.start, True, speaker, speech))
            lines.append(line)
            position += len(line) + 1
    text = "\n".join(lines)
    return Draft(text, metadata, warnings + _about_times(captions), captions=spans)


def _voices(raw: str) -> list[tuple[str | None, str]]:
    """The pieces of a caption, each with the voice that the file names."""
    parts = _VOICE.split(raw)
    pieces: list[tuple[str | None, str]] = [(None, _words(parts[0]))]
    pieces += [
        (" ".join(name.split()) or None, _words(words)) for name, words in zip(parts[1::2], parts[2::2], strict=True)
    ]
    return pieces


def _words(raw: str) -> str:
    bare = html.unescape(_TAG.sub("", raw)).replace("\r", "")
    return "\n".join(line.strip() for line in bare.split("\n") if line.strip())


def _about_times(captions: Sequence[Caption]) -> tuple[str, ...]:
    pairs = list(pairwise(captions))
    backward = [later for before, later in pairs if later.start < before.start]
    overlapping = [later for before, later in pairs if before.start <= later.start < before.end - 0.001]
    ending_early = [one for one in captions if one.end < one.start]
    said = (
        (backward, "go back in time"),
        (overlapping, "begin before the one before has ended"),
        (ending_early, "end before they begin"),
    )
    return tuple(
        f"{len(found)} of {len(captions)} captions {what}, first at {_clock(found[0].start)}: kept in the file's order"
        for found, what in said
        if found
    )


def _clock(time: float) -> str:
    return f"{int(time) // 3600}:{int(time) // 60 % 60:02d}:{int(time) % 60:02d}"
