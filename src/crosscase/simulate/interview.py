"""Composing an interview: an opening, questions by topic with answers of several passages, digressions, a closing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np

from crosscase.simulate.bank import Bank, PassageTemplate
from crosscase.simulate.dealer import Dealer, Planned
from crosscase.simulate.plan import SourcePlan
from crosscase.simulate.text import MARK, Piece, Script

ASKS = "Interviewer: "
_LONGEST_TOPIC = 4
_MOST_SMALL_TALK = 4
_PROBES_WITH_REPLIES = ("who", "when", "often", "whether", "written")
# Words that are left to write for which a digression is worth beginning.
_ROOM_FOR_ONE = 45

Item = tuple[PassageTemplate, Piece]
_T = TypeVar("_T")


class InterviewWriter:
    """Writes one interview."""

    def __init__(self, plan: SourcePlan, bank: Bank, dealer: Dealer, rng: np.random.Generator) -> None:
        self.plan, self.bank, self.dealer, self.rng = plan, bank, dealer, rng
        self.script = Script()
        self.label = f"{plan.participant.label if plan.participant else plan.name}: "
        mine = [(i, d) for i, d in enumerate(bank.digressions) if plan.voice in d.voices]
        self._anywhere = [i for i, d in mine if not d.about]
        self._near = [(i, frozenset(d.about)) for i, d in mine if d.about]
        self._said = ""
        self._n_small_talk = 0
        self._is_adrift = False

    def write(self, planned: Sequence[Planned]) -> Script:
        """Write the interview with these passages."""
        topics = self._topics([(item.template, self.dealer.passage(item)) for item in planned])
        self.script.line(MARK)
        self._begin()
        begun = self.script.n_words
        for number, topic in enumerate(topics, start=1):
            goal = begun + (self.plan.n_words - begun - 40) * number / len(topics)
            self._discuss(topic, goal)
        self._end()
        return self.script

    # ---------------------------------------------------------------- topics

    def _topics(self, items: Sequence[Item]) -> list[list[Item]]:
        """Passages by subdomain, the domains in an order of this interview, no topic too long."""
        groups: dict[str, dict[str, list[Item]]] = {}
        for item in items:
            groups.setdefault(item[0].domain, {}).setdefault(item[0].subdomain, []).append(item)
        topics: list[list[Item]] = []
        for domain in self._shuffled(sorted(groups)):
            chunks = [c for name in sorted(groups[domain]) for c in self._chunks(groups[domain][name])]
            topics.extend(_apart(self._shuffled(chunks)))
        return topics

    def _chunks(self, items: list[Item]) -> list[list[Item]]:
        """One topic, or more when there is more to say than one question brings out; each indicator stays together."""
        order = {item[0].code: number for number, item in enumerate(self._shuffled(items))}
        ordered = sorted(items, key=lambda item: order[item[0].code])
        n_chunks = -(-len(ordered) // _LONGEST_TOPIC)
        size = -(-len(ordered) // n_chunks)
        return [ordered[i : i + size] for i in range(0, len(ordered), size)]

    def _shuffled(self, items: Sequence[_T]) -> list[_T]:
        return [items[i] for i in self.rng.permutation(len(items))]

    # ---------------------------------------------------------------- turns

    def _ask(self, text: str, acknowledged: float = 0.0) -> None:
        """A turn of the interviewer, who now and then acknowledges what was said first."""
        if text:
            before = self.dealer.text("acknowledgements") if self.rng.random() < acknowledged else ""
            self.script.turn(ASKS, [Piece(f"{before} {text}".strip())], is_question=True)

    def _answer(self, pieces: Sequence[Piece], *, is_adrift: bool = False) -> None:
        if pieces:
            self.script.turn(self.label, pieces)
            self._said += " ".join(piece.text for piece in pieces).casefold()
            self._is_adrift = is_adrift

    def _begin(self) -> None:
        self._ask(self.dealer.text("openings"))
        self._answer(self.dealer.piece("opening_replies"))
        self._ask(self.dealer.text("background_questions"))
        self._answer(self.dealer.piece(f"background/{self.plan.voice}"))

    def _end(self) -> None:
        self._ask(self.dealer.text("closings"))
        self._answer(self.dealer.piece("closing_replies"))

    def _discuss(self, topic: list[Item], goal: float) -> None:
        """A question, answers and follow-ups, and as much digression as the length of the interview asks for."""
        left = list(topic)
        question = self._question(left[0][0])
        if self.rng.random() < 0.42:
            question = f"{self.dealer.text('preambles')} {question}".strip()
        self._ask(question, 0.3)
        while left:
            n_now = 1 if len(left) == 1 or self.rng.random() < 0.5 else 2
            now, left = left[:n_now], left[n_now:]
            room = goal - self.script.n_words - sum(len(piece.text.split()) for _, piece in left)
            self._answer_with(now, room, is_first=len(now) + len(left) == len(topic))
            if not self._is_adrift and self.rng.random() < 0.17:
                self._short_exchange()
            if left:
                self._follow_up(now[-1][0], left[0][0], goal, left)
        self._make_small_talk(goal)

    def _answer_with(self, items: list[Item], room: float, *, is_first: bool) -> None:
        """Passages in one answer; with room left it drifts away, else it may be rounded off."""
        pieces = self.dealer.maybe("lead_ins", 0.38 if is_first else 0.08)
        if self.rng.random() < 0.04:
            pieces += self.dealer.piece("asides")
        for number, (template, piece) in enumerate(items):
            if number:
                changes = items[number - 1][0].code != template.code
                pieces += self.dealer.maybe("transitions", 0.85 if changes else 0.45)
            pieces.append(piece)
        room -= sum(len(piece.text.split()) for piece in pieces)
        away: list[Piece] = []
        if room > _ROOM_FOR_ONE and self.rng.random() < 0.75:
            away = self._drift()
            if away and room > 4 * _ROOM_FOR_ONE:
                away += self._digression(self._anywhere)
        if not away:
            pieces += self.dealer.maybe("lead_outs", 0.2)
        self._answer(pieces + away, is_adrift=bool(away))

    def _follow_up(self, last: PassageTemplate, coming: PassageTemplate, goal: float, left: list[Item]) -> None:
        """What the interviewer says before the next answer on a topic."""
        still_to_come = sum(len(piece.text.split()) for _, piece in left)
        near = [i for i, about in self._near if coming.domain in about or "any" in about]
        if (
            goal - self.script.n_words - still_to_come > _ROOM_FOR_ONE
            and not self._is_adrift
            and self.rng.random() < 0.5
        ):
            self._ask(self.dealer.text("probes/open"), 0.2)
            self._answer(self._digression(near), is_adrift=True)
        if last.code != coming.code and self.rng.random() < 0.7:
            self._ask(self._question(coming), 0.3)
        elif self._is_adrift:
            self._ask(self.dealer.text("steering"))
        else:
            self._ask(self.dealer.text("probes/open"), 0.25)

    def _drift(self) -> list[Piece]:
        away = self._digression(self._anywhere)
        return (self.dealer.maybe("drifts", 0.6) + away) if away else []

    def _digression(self, allowed: list[int]) -> list[Piece]:
        place = self.dealer.place("digressions", allowed) if allowed else None
        if place is None:
            return []
        return [Piece(self.dealer.teller.fill(self.bank.digressions[place].text).text)]

    def _make_small_talk(self, goal: float) -> None:
        while goal - self.script.n_words > _ROOM_FOR_ONE and self._n_small_talk < _MOST_SMALL_TALK:
            self._n_small_talk += 1
            away = self._digression(self._anywhere)
            if not away:
                return
            self._ask(self.dealer.text("small_talk"))
            self._answer(away, is_adrift=True)

    def _short_exchange(self) -> None:
        """A follow-up that asks for a detail, and a reply that claims nothing."""
        kind = _PROBES_WITH_REPLIES[int(self.rng.integers(len(_PROBES_WITH_REPLIES)))]
        probe = self.dealer.text(f"probes/{kind}")
        reply = self.dealer.piece(f"probe_replies/{kind}") if probe else []
        if reply:
            self._ask(probe)
            self._answer(reply)

    def _question(self, template: PassageTemplate) -> str:
        """A question that leads to this passage, put to this kind of speaker."""
        exact, near = self.dealer.decks.questions_on(template.code, self.plan.voice)
        for fitting in (exact, near) if self.rng.random() < 0.7 else (near, exact):
            allowed = [i for i in fitting if self.bank.questions[i].after.casefold() in self._said]
            place = self.dealer.place("questions", allowed) if allowed else None
            if place is not None:
                return self.dealer.teller.fill(self.bank.questions[place].text).text
        return self.dealer.text("steering" if self._is_adrift else "probes/open")


def _apart(topics: list[list[Item]]) -> list[list[Item]]:
    """Two topics on one subdomain should not follow each other when another can stand between."""
    for place, (one, two) in enumerate(pairwise(topics)):
        if one[0][0].subdomain == two[0][0].subdomain and place + 2 < len(topics):
            topics[place + 1], topics[place + 2] = topics[place + 2], topics[place + 1]
    return topics
