"""Composing field notes of a day and institutional documents."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from crosscase.simulate.bank import Bank, PassageTemplate
from crosscase.simulate.dealer import Dealer, Planned
from crosscase.simulate.plan import SourcePlan
from crosscase.simulate.prose import MONTHS
from crosscase.simulate.text import MARK, Piece, Script

# Which sections of a document speak about which domain; the others take what is left.
_SECTIONS = {
    "lead": re.compile(r"leader|governance|responsibilit|superintendent|principal|reports to|policy|meetings", re.I),
    "perf": re.compile(r"measure|result|evaluat|monitor|goal|observ|rubric|evidence|standards|reporting|assess", re.I),
    "infra": re.compile(r"instruction|teaching|program|priorit|plan|staff|position|scope|school|learning", re.I),
    "use": re.compile(r"professional|support|action|activit|sessions|classroom|functions|planning", re.I),
    "env": re.compile(r"famil|communit|partner|enroll|placement|fund|comment|needs|terms", re.I),
}
_PLAIN_SECTIONS = re.compile(
    r"lunch|health|emergency|forms|glossary|insurance|holiday|weather|transport|keys|call to order|adjourn|parking|"
    r"signature|register|credit|cancel|bring|safety|finance|tables|legal|deadline|dates|attachment|people to call|"
    r"term and|confiden|premises|who to contact|revenue|hearings|working conditions|absences|append",
    re.I,
)
_MOST_FILLER = 40
# Kinds of documents that reprint what is put formally instead of saying it so themselves.
_INFORMAL = ("Newsletter", "Calendar memo", "Enrollment guide", "Professional learning catalogue", "Grant report")
_FORMAL = re.compile(
    r"\bshall\b|^[A-Z]{4,}|^(?:Regulation|Position|Policy|Section|Goal|Article|Definitions?)\b|^[\w ,()]{4,60}:"
)
_REPRINTED = "Notices reprinted at the request of the office"


def write_field_notes(plan: SourcePlan, bank: Bank, dealer: Dealer, planned: Sequence[Planned]) -> Script:
    """A day in the field: one event with what was overheard, then other entries of the same day."""
    script = Script()
    event = bank.events[dealer.place("events") or 0]
    # What was seen has a place of its own; what was heard fits the event.
    scenes = [dealer.passage(item) for item in planned if item.chosen.voice == "observer"]
    noted = [dealer.passage(item) for item in planned if item.chosen.voice != "observer"]
    frame = dealer.teller.frame
    script.line(MARK)
    script.line(f"Field notes, {_spoken_date(plan.date)}: {frame(event.name)}")
    script.line(frame(event.setting))
    script.turn("", [Piece(frame(event.opening))])
    n_fixed = len(event.closing.split()) + 12
    left = sum(len(piece.text.split()) + 8 for piece in (*noted, *scenes))
    room = plan.n_words - script.n_words - n_fixed - left
    n_gaps = len(noted) + 1 + len(scenes) // 2
    for piece in noted:
        room -= _fill_up(script, dealer, room / max(1, n_gaps), "observer_filler")
        n_gaps -= 1
        script.turn("", _overheard(piece, dealer))
    room -= _fill_up(script, dealer, room / max(1, n_gaps), "observer_filler")
    script.turn("", [Piece(frame(event.closing))])
    for number, piece in enumerate(scenes):
        if number % 3 == 0:
            heading = dealer.text("other_entries")
            if heading:
                script.line(heading)
        elif room > 30:
            room -= _fill_up(script, dealer, min(room, 60.0), "observer_filler")
        script.turn("", [piece])
    return script


def _overheard(piece: Piece, dealer: Dealer) -> list[Piece]:
    """A remark as an observer notes it: who said it, then the words in quotation marks."""
    voice = piece.chosen.voice if piece.chosen else "teacher"
    before = dealer.text(f"remarks/{voice}") or "Somebody says:"
    curly = dealer.teller.habit.is_typographic
    opening, closing = ("“", "”") if curly else ('"', '"')
    # Quotations inside the remark take single marks.
    words = piece.text.replace("“", "‘").replace("”", "’") if curly else piece.text.replace('"', "'")
    return [
        Piece(before),
        Piece(opening),
        replace(piece, text=words, before=""),
        Piece(closing, before=""),
    ]


def _fill_up(script: Script, dealer: Dealer, n_words: float, name: str) -> int:
    """Write fillers until about so many words are reached; returns how many words that were."""
    written = 0
    for _ in range(_MOST_FILLER):
        if written + 22 > n_words:
            break
        text = dealer.text(name)
        if not text:
            break
        script.turn("", [Piece(text)])
        written += len(text.split())
    return written


def write_document(
    plan: SourcePlan, bank: Bank, dealer: Dealer, rng: np.random.Generator, planned: Sequence[Planned]
) -> Script:
    """An institutional document: title, boilerplate, sections with passages and filler, a closing."""
    script = Script()
    kind = bank.document_kinds[dealer.place("document_kinds") or 0]
    frame = dealer.teller.frame
    dealer.teller.stays_home = "{school}" in kind.title
    pieces = [(item.template, dealer.passage(item)) for item in planned]
    sections = (*kind.sections, _REPRINTED) if kind.name in _INFORMAL else kind.sections
    by_section = _distribute(sections, pieces, rng)
    script.line(MARK)
    script.line(f"# {frame(kind.title)}")
    script.line(f"{dealer.teller.world.district}, {_spoken_date(plan.date)}")
    script.turn("", [Piece(frame(kind.opening))])
    left = sum(len(piece.text.split()) for _, piece in pieces) + len(kind.closing.split())
    room = plan.n_words - script.n_words - left
    for number, section in enumerate(sections):
        own = by_section[number]
        share = 0.0 if section == _REPRINTED else room / (len(kind.sections) - number)
        if not own and share < 22:
            continue
        # A newsletter's headings carry a sign, as they do in life; it takes two units in UTF-16 and one here.
        script.line(f"## {chr(0x1F4CC) + ' ' if kind.name == 'Newsletter' else ''}{section}")
        if share >= 22 and (not own or rng.random() < 0.5):
            room -= _fill_up(script, dealer, share, "document_filler")
            share = 0.0
        for piece in own:
            script.turn("", [piece])
        if share >= 22:
            room -= _fill_up(script, dealer, share, "document_filler")
    script.turn("", [Piece(frame(kind.closing))])
    return script


def _distribute(
    sections: Sequence[str], pieces: list[tuple[PassageTemplate, Piece]], rng: np.random.Generator
) -> list[list[Piece]]:
    """Each passage in a section that speaks about its domain, else in any that is not merely practical."""
    placed: list[list[Piece]] = [[] for _ in sections]
    usable = [i for i, s in enumerate(sections) if s != _REPRINTED and not _PLAIN_SECTIONS.search(s)] or [0]
    for template, piece in sorted(pieces, key=lambda item: item[0].code):
        if sections[-1] == _REPRINTED and _FORMAL.search(piece.text):
            placed[-1].append(piece)
            continue
        fitting = [i for i in usable if _SECTIONS[template.domain].search(sections[i])] or usable
        fewest = min(len(placed[i]) for i in fitting)
        fitting = [i for i in fitting if len(placed[i]) <= fewest + 1]
        placed[fitting[int(rng.integers(len(fitting)))]].append(piece)
    return placed


def _spoken_date(date: str) -> str:
    """A date as people write it: 14 March 2017."""
    day = datetime.date.fromisoformat(date)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
