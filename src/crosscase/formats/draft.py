"""What a format's reader hands over, and how it becomes a stored text with turns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crosscase.errors import FormatError
from crosscase.formats.openings import Span
from crosscase.formats.options import ReadOptions
from crosscase.formats.speakers import Conversation, find_turns
from crosscase.model.text import Page, SourceText, Turn, check_characters


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, list item or table row of a formatted document.

    ``bold`` is how many characters at its beginning are bold; ``space`` how many line ends stand before it.
    """

    text: str
    bold: int = 0
    space: int = 2


@dataclass(frozen=True)
class Draft:
    """Text as a reader found it; ``turns`` only where the format itself says who speaks when."""

    text: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    pages: tuple[Page, ...] = ()
    bold: Mapping[int, int] = field(default_factory=dict)
    captions: Sequence[Span] | None = None
    turns: tuple[Turn, ...] | None = None
    name: str = ""


def join_blocks(blocks: Iterable[Block]) -> tuple[str, dict[int, int]]:
    """The text of the blocks, and where bold runs begin and end in it."""
    parts: list[str] = []
    bold: dict[int, int] = {}
    position = 0
    for block in blocks:
        text = block.text.rstrip()
        if not text.strip():
            continue
        if parts:
            parts.append("\n" * block.space)
            position += block.space
        if block.bold:
            bold[position] = position + min(block.bold, len(text))
        parts.append(text)
        position += len(text)
    return "".join(parts), bold


def finish(draft: Draft, where: str, options: ReadOptions) -> tuple[SourceText, Conversation]:
    """Find the turns of a draft and make the text that is stored.

    Raises
    ------
    FormatError
        There is no text, or it holds characters that cannot be stored.
    """
    if not draft.text.strip():
        raise FormatError("the file holds no text", where=where, mend="check that it is the right file")
    check_characters(draft.text, where)
    if draft.turns is not None:
        conversation = Conversation(draft.turns, ())
    elif options.find_speakers:
        conversation = find_turns(draft.text, roster=options.roster, captions=draft.captions, bold=draft.bold)
    else:
        spans = draft.captions or ()
        conversation = Conversation(tuple(Turn(one.start, one.end, None, one.time) for one in spans), ())
    text = SourceText(
        draft.text,
        turns=conversation.turns,
        pages=draft.pages,
        metadata=_tidy(draft.metadata),
        warnings=draft.warnings + _about_captions(draft, conversation),
    )
    return text, conversation


def _tidy(metadata: Mapping[str, str]) -> dict[str, str]:
    """One line per entry; entries without a value say nothing."""
    tidy = {name: " ".join(value.replace("\0", " ").split()) for name, value in metadata.items()}
    return {name: value for name, value in tidy.items() if value}


def _about_captions(draft: Draft, conversation: Conversation) -> tuple[str, ...]:
    if draft.metadata.get("machine_transcript") == "yes":
        return ("the file says it is a machine transcript: check words against the recording before you quote them",)
    timed = [turn for turn in conversation.turns if turn.time is not None]
    if len(timed) >= 20 and not any(turn.speaker for turn in conversation.turns):
        return ("times but no speakers: probably a machine transcript; check words against the recording",)
    return ()
