"""The live feed: what the history gains is sent to every open page that may see it, over one WebSocket per tab."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from crosscase.services.activity import OF_ONE_CODING, Happening, coding_behind, happenings, last_event
from crosscase.services.sight import sight_of
from crosscase.services.study import Study

if TYPE_CHECKING:
    from crosscase.web.desk import Desk

SECONDS = 0.25  # how often the log is looked at for what other processes did (`crosscase import` beside the server)
MOST = 500
OTHER = 4403  # how a feed ends for a page that was made for another person


class Feed:
    """Wakes every open page when the log has grown."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._grown = asyncio.Condition()
        self._last = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._nudge: asyncio.Event | None = None

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._nudge = asyncio.Event()
        self._last = await run_in_threadpool(last_event, self._study)
        self._watcher = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher

    def wake(self) -> None:
        """Look now: a change was made in this process. Any thread may call it."""
        if self._loop is not None and self._nudge is not None:
            self._loop.call_soon_threadsafe(self._nudge.set)

    async def after(self, event: int) -> int:
        """Wait until there is an event after this one; returns the newest."""
        async with self._grown:
            await self._grown.wait_for(lambda: self._last > event)
            return self._last

    async def _watch(self) -> None:
        assert self._nudge is not None
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._nudge.wait(), SECONDS)
            self._nudge.clear()
            last = await run_in_threadpool(last_event, self._study)
            if last != self._last:
                async with self._grown:
                    self._last = last
                    self._grown.notify_all()


async def follow(socket: WebSocket, desk: Desk, coder: str, round: str, stays: Callable[[], bool]) -> None:
    """Send one page what happens, from the place where it left off, until it goes away.

    ``stays`` says whether it may still: an account can be closed while its pages are open.
    """
    hello = await socket.receive_json()
    cursor = desk.keyring.reveal(str(hello.get("cursor", "")))
    source = str(hello.get("source", ""))
    if str(hello.get("coder", coder)) != coder:
        await socket.close(OTHER, "this page was made for somebody else")
        return
    place = last_event(desk.study) if cursor is None else cursor
    if cursor is None:
        # The page does not know where it stands: it has to ask for everything again.
        await socket.send_json({"cursor": desk.keyring.hide(place), "events": [], "stale": True})
    listening = asyncio.create_task(_until_gone(socket))
    try:
        while not listening.done():
            waiting = asyncio.create_task(desk.feed.after(place))
            await asyncio.wait({waiting, listening}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                waiting.cancel()
                break
            newest = waiting.result()
            events = await run_in_threadpool(_news, desk, coder, round, source, place, stays)
            if events is None:
                await socket.close(4401, "sign in again")
                break
            place = max(newest, place)
            if events:
                await socket.send_json({"cursor": desk.keyring.hide(place), "events": events})
    finally:
        listening.cancel()


async def _until_gone(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            message = await socket.receive_text()
            if message == "ping":
                await socket.send_text('{"pong":true}')


def _news(
    desk: Desk, coder: str, round: str, source: str, since: int, stays: Callable[[], bool]
) -> list[dict[str, Any]] | None:
    """What this page is told; ``None`` when it may hear nothing any more."""
    if not stays():
        return None
    with desk.study.reading() as connection:
        sight = sight_of(connection, coder or None, round)
    found = happenings(desk.study, sight, since=since, limit=MOST)
    if len(found) == MOST:
        return [{"verb": "much", "refresh": True}]
    told = [as_news(desk.study, happening) for happening in found]
    return [news for news in told if not source or news.get("source") in (None, source)]


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
