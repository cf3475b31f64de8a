"""What open pages hear, worked out once for all of them: twenty pages ask about every coding of twenty people."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from crosscase.services.activity import (
    OF_ONE_CODING,
    Happening,
    as_happening,
    coding_behind,
    events_after,
    happenings,
    seen_among,
)
from crosscase.services.sight import Sight, sight_of
from crosscase.services.study import Study
from crosscase.store.audit import Event

MOST = 500
KEPT = 2_000
# What changes neither who sees what nor who may come in.
QUIET = ("coding.", "span.", "memo.", "summary.")
RECHECK = 1.0  # seconds after which a page that stays open is asked for its rights again, whatever happened


class Hearing:
    """The newest events of a study as people with one access may read it, and whose codings each of them sees.

    Events are read once. What a person sees of colleagues is worked out anew whenever something other than coding
    happened: a round was opened or revealed, a coder or a source was added or taken out, say.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._lock = threading.Lock()
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._news: dict[int, dict[str, Any]] = {}
        self._sights: dict[tuple[str, str], Sight] = {}
        self._from = self._upto = -1  # the events in (from, upto] are held
        self.turns = 0
        """Grows with whatever may have changed rights or sights."""

    def since(self, coder: str, round: str, source: str, place: int, newest: int) -> list[dict[str, Any]]:
        """The news after an event, up to the newest, that this person may hear; on one source or on all."""
        with self._lock:
            if newest > self._upto:
                self._catch_up(place)
            sight = self._sight(coder, round)
            held = place >= self._from
            events = [event for event in self._events if event.id > place] if held else []
        if held:
            found = [as_happening(event) for event in seen_among(self._study, events, sight)]
        else:  # the page was away for long
            found = happenings(self._study, sight, since=place, limit=MOST)
        if len(found) >= MOST:
            return [{"verb": "much", "refresh": True}]
        told = [self._told(happening) for happening in found]
        return [news for news in told if not source or news.get("source") in (None, source)]

    def _catch_up(self, place: int) -> None:
        if self._upto < 0:
            self._from = self._upto = place
        fresh = events_after(self._study, self._upto, KEPT)
        if not fresh:
            return
        lost = max(0, len(self._events) + len(fresh) - KEPT)
        gone = [*self._events, *fresh][:lost]
        if gone:
            self._from = gone[-1].id
            for event in gone:
                self._news.pop(event.id, None)
        self._events.extend(fresh)
        self._upto = fresh[-1].id
        if not all(event.verb.startswith(QUIET) for event in fresh):
            self._sights.clear()
            self.turns += 1

    def _sight(self, coder: str, round: str) -> Sight:
        found = self._sights.get((coder, round))
        if found is None:
            with self._study.reading() as connection:
                found = sight_of(connection, coder or None, round)
            self._sights[coder, round] = found
        return found

    def _told(self, happening: Happening) -> dict[str, Any]:
        found = self._news.get(happening.id)
        if found is None:
            found = as_news(self._study, happening)
            if happening.id > self._from:
                self._news[happening.id] = found
        return found


class Staying:
    """Whether the person of an open page may still hear: asked again when rights may have changed, and now and then."""

    def __init__(self, hearing: Hearing, may: Callable[[], bool]) -> None:
        self._hearing, self._may = hearing, may
        self._turns, self._at, self._stays = -1, 0.0, False

    def now(self) -> bool:
        if self._turns != self._hearing.turns or time.monotonic() - self._at > RECHECK:
            self._turns, self._at = self._hearing.turns, time.monotonic()
            self._stays = self._may()
        return self._stays


def as_news(study: Study, happening: Happening) -> dict[str, Any]:
    """An event as the page needs it: a coding with all that it says, or the hint to ask again."""
    detail: Mapping[str, Any] = happening.detail
    news: dict[str, Any] = {"verb": happening.verb, "actor": happening.actor, "at": happening.at}
    if happening.verb in OF_ONE_CODING and "source" in detail:
        news |= {"source": detail["source"], "coding": {"guid": happening.object_guid, **detail}}
    elif happening.verb.startswith("suggestion.") and "id" in detail:
        news |= {"suggestion": happening.object_guid}
        with study.reading() as connection:
            made = coding_behind(connection, int(detail.get("coding") or 0))
        if made is not None:
            news |= {"source": made.source, "coding": {"guid": made.guid, **made.as_detail()}, "retired": made.retired}
    elif happening.verb.startswith("memo."):
        news |= {"on": detail.get("object"), "memo": {"guid": happening.object_guid, "text": detail.get("text")}}
    elif happening.verb.startswith("span."):
        news |= {"source": detail.get("source"), "spans": detail.get("spans"), "coder": detail.get("coder")}
    elif happening.verb.startswith("summary."):
        news |= {"summary": {"guid": happening.object_guid, "row": detail.get("row"), "case": detail.get("case")}}
    elif happening.verb.startswith("codebook."):
        news |= {"refresh": True, "codebook": True}
    elif happening.verb in (
        "codings.recorded",
        "codings.withdrawn",
        "codings.restored",
        "coding.retired",
        "source.withdrawn",
        "source.restored",
        "suggestions.made",
        "suggestions.withdrawn",
        "suggestions.restored",
        "blind.broken",
        "round.revealed",
        "round.closed",
        "round.reopened",
    ):
        news |= {"refresh": True}
    return news
