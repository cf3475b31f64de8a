"""The live feed: what the history gains is sent to every open page that may see it, over one WebSocket per tab."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from crosscase.services.activity import last_event
from crosscase.services.study import Study
from crosscase.web.hearing import Staying

if TYPE_CHECKING:
    from crosscase.web.desk import Desk

SECONDS = 0.25  # how often the log is looked at for what other processes did (`crosscase import` beside the server)
TOGETHER = 0.05  # seconds in which what happens is told together
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
        self._stopping = False

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._nudge = asyncio.Event()
        self._last = await run_in_threadpool(last_event, self._study)
        self._watcher = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        if self._watcher is not None:
            # wait_for can lose a cancellation that comes together with what it waits for; the flag cannot be lost.
            self._stopping = True
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
        while not self._stopping:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._nudge.wait(), SECONDS)
            self._nudge.clear()
            last = await run_in_threadpool(last_event, self._study)
            if last != self._last:
                async with self._grown:
                    self._last = last
                    self._grown.notify_all()
                # Alone, nobody waits; where many work at once, what they do is told together.
                await asyncio.sleep(TOGETHER)


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
    staying = Staying(desk.hearing, stays)
    try:
        while not listening.done():
            waiting = asyncio.create_task(desk.feed.after(place))
            await asyncio.wait({waiting, listening}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                waiting.cancel()
                break
            newest = waiting.result()
            events = await run_in_threadpool(_news, desk, coder, round, source, (place, newest), staying)
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
    desk: Desk, coder: str, round: str, source: str, between: tuple[int, int], staying: Staying
) -> list[dict[str, Any]] | None:
    """What this page is told; ``None`` when it may hear nothing any more."""
    told = desk.hearing.since(coder, round, source, *between)
    return told if staying.now() else None
