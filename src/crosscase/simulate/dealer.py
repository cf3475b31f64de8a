"""Everything around coded passages: dealt so that nobody says the same thing twice, and few in a case do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from crosscase.simulate import hints
from crosscase.simulate.bank import Bank, PassageTemplate, first_wording
from crosscase.simulate.prose import Teller
from crosscase.simulate.selection import Chosen
from crosscase.simulate.text import Deck, Piece


@dataclass(frozen=True)
class Planned:
    """A passage that a source is to hold; ``wanted`` is the subject to put into an open slot."""

    template: PassageTemplate
    chosen: Chosen
    wanted: str = ""


class Decks:
    """The decks of a whole study, by the name of their list in the bank."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.texts: dict[str, tuple[str, ...]] = dict(bank.lists)
        for group, lists in (
            ("background", bank.background),
            ("probes", bank.probes),
            ("probe_replies", bank.probe_replies),
            ("remarks", bank.remarks),
        ):
            self.texts.update({f"{group}/{name}": texts for name, texts in lists.items()})
        self.texts["questions"] = tuple(q.text for q in bank.questions)
        self.texts["digressions"] = tuple(d.text for d in bank.digressions)
        self.texts["events"] = tuple(e.name for e in bank.events)
        self.texts["document_kinds"] = tuple(k.name for k in bank.document_kinds)
        self._decks = {name: Deck(len(texts)) for name, texts in self.texts.items()}
        self._questions: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
        self.speakers = {name: _speakers(texts) for name, texts in self.texts.items()}
        self.bands = {name: _bands(texts) for name, texts in self.texts.items()}

    def open_case(self) -> None:
        """Begin with another case."""
        for deck in self._decks.values():
            deck.open_case()

    def deck(self, name: str) -> Deck:
        return self._decks[name]

    def questions_on(self, code: str, voice: str) -> tuple[list[int], list[int]]:
        """Questions to this voice about an indicator itself, and about what it belongs to."""
        if (code, voice) not in self._questions:
            put = [(i, q) for i, q in enumerate(self.bank.questions) if voice in q.voices]
            exact = [i for i, q in put if code in q.about]
            near = [i for i, q in put if i not in exact and any(code.startswith(f"{about}.") for about in q.about)]
            self._questions[code, voice] = exact, near
        return self._questions[code, voice]


def _speakers(texts: tuple[str, ...]) -> dict[int, hints.Speaker]:
    """What those texts of a list that give it away say about their speaker."""
    known = {place: hints.speaker_of(first_wording(text)) for place, text in enumerate(texts)}
    return {place: speaker for place, speaker in known.items() if speaker != hints.Speaker()}


def _bands(texts: tuple[str, ...]) -> dict[int, str]:
    bands = {place: hints.band_of(text) for place, text in enumerate(texts)}
    return {place: band for place, band in bands.items() if band != "any"}


class Dealer:
    """Deals to one source and fills what it deals with the names of its case.

    ``known`` is what has been said about the speaker: who has a wife does not mention a husband later.
    """

    def __init__(self, decks: Decks, teller: Teller, known: hints.Speaker, rng: np.random.Generator) -> None:
        self.decks, self.teller, self.known, self.rng = decks, teller, known, rng
        self._dealt: dict[str, set[int]] = {}

    def place(self, name: str, allowed: Collection[int] | None = None) -> int | None:
        """The place of the next item of a list; ``None`` when all have been dealt here."""
        speakers = self.decks.speakers[name]
        barred = [place for place, speaker in speakers.items() if not speaker.could_be(self.known)]
        if self.teller.own is not None:
            barred += [place for place, band in self.decks.bands[name].items() if band != self.teller.own.band]
        place = self.decks.deck(name).deal(self.rng, self._dealt.setdefault(name, set()), allowed, barred)
        if place in speakers:
            self.known = self.known.and_so(speakers[place])
        return place

    def text(self, name: str) -> str:
        """The next text of a list, filled; empty when all have been dealt here."""
        place = self.place(name)
        return "" if place is None else self.teller.fill(self.decks.texts[name][place]).text

    def piece(self, name: str) -> list[Piece]:
        """The same as a piece of a turn; none when all have been dealt here."""
        text = self.text(name)
        return [Piece(text)] if text else []

    def passage(self, planned: Planned) -> Piece:
        """The words of a coded passage in this source."""
        template = planned.template
        filled = self.teller.fill(template.text, template.subject, planned.wanted)
        return Piece(filled.text, planned.chosen, filled.subject, template.domain)

    def maybe(self, name: str, chance: float) -> list[Piece]:
        """A piece with this chance."""
        return self.piece(name) if self.rng.random() < chance else []
