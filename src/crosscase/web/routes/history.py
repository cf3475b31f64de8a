"""The History room: who did what, and taking it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from crosscase.errors import Conflict, NotFound
from crosscase.report.numerals import plural
from crosscase.services.activity import KINDS, Happening, Wanted, happenings
from crosscase.services.coding_by_hand import bring_back, select_codings, take_out
from crosscase.services.history import verify_history
from crosscase.services.undoing import can_undo, is_led, undoing, why_final
from crosscase.services.withdrawing import listed, sources_of_batch
from crosscase.store import schema
from crosscase.web.answers import form_body
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.pages import page
from crosscase.web.routes.stories import Names, sentence

PER_PAGE = 100
REOPENED = ("suggestion.reopened",)  # names its coding by number


@dataclass(frozen=True)
class Entry:
    """One line of the history; ``takes_back`` names what its button does, if it has one."""

    happening: Happening
    who: str
    sentence: str
    quote: str
    address: str
    takes_back: str
    can_undo: bool = False
    final: bool = False  # it cannot be undone, and its page says why
    stays: bool = False  # it cannot be undone as things stand, and its page says what to do first
    members: tuple[Entry, ...] = ()  # what came in one go with it, this one first; undone together

    @property
    def whole(self) -> str:
        """What the address of the undo page needs to mean all of them."""
        return "&whole=1" if self.members else ""


def history_room(request: Request) -> Response:
    viewer = viewer_of(request)
    asked = {name: request.query_params.get(name, "") for name in ("actor", "kind", "source")}
    before = request.query_params.get("before", "")
    story = Storyteller(viewer)
    found = happenings(
        viewer.study,
        viewer.sight,
        before=viewer.desk.keyring.reveal(before) if before else None,
        limit=PER_PAGE + 1,
        newest=True,
        wanted=Wanted(asked["actor"], asked["kind"], (asked["source"], story.sources.get(asked["source"], "-"))),
    )
    older = viewer.desk.keyring.hide(found[PER_PAGE - 1].id) if len(found) > PER_PAGE else ""
    verified = verify_history(viewer.study) if request.query_params.get("verify") else None
    given = {name: value for name, value in asked.items() if value}
    return page(
        request,
        "history.html.j2",
        "history",
        "History",
        entries=story.entries(found[:PER_PAGE]),
        older=older,
        before=before,
        verified=verified,
        asked=asked,
        query=f"&{urlencode(given)}" if given else "",
        kinds=KINDS,
        sources=sorted(story.sources.items(), key=lambda item: item[1]),
        done=request.query_params.get("done", ""),
    )


def undo_page(request: Request) -> Response:
    """What undoing one event would do; nothing is changed yet."""
    viewer = viewer_of(request)
    event = viewer.desk.keyring.reveal(request.query_params.get("event", "")) or 0
    whole = bool(request.query_params.get("whole"))
    try:
        found = undoing(viewer.study, viewer.sight, event, viewer.coder, whole=whole)
    except Conflict as refusal:
        # It is an answer, not a mistake: the page says why not, and what to do first.
        (happening,) = happenings(viewer.study, viewer.sight, since=event - 1, limit=1)
        entry = Storyteller(viewer).about(happening, whole=whole)
        return page(request, "undo_not.html.j2", "history", "Undo", refusal=refusal, entry=entry)
    entry = Storyteller(viewer).about(found.happening, whole=whole)
    return page(request, "undo.html.j2", "history", "Undo", found=found, entry=entry, whole=whole)


async def undo(request: Request) -> Response:
    """Undo one event."""
    form = await form_body(request)
    viewer = viewer_of(request)
    _ = viewer.coder

    def make() -> None:
        whole = bool(form.get("whole"))
        undoing(viewer.study, viewer.sight, _number(viewer, form), viewer.coder, whole=whole).perform()

    await run_in_threadpool(make)
    viewer.desk.refresh()
    viewer.desk.feed.wake()
    return RedirectResponse("/history?done=1", 303)


async def take_back(request: Request) -> Response:
    """Undo or restore one coding from its line."""
    form = await form_body(request)
    viewer = viewer_of(request)
    guid = form.get("guid", "")
    if form.get("what") == "restore":
        bring_back(viewer.study, guid, viewer.coder)
    elif form.get("what") == "revert":
        found = undoing(viewer.study, viewer.sight, _number(viewer, form), viewer.coder)
        if found.happening.object_guid != guid:
            raise NotFound("there is no such event", where="history", mend="reload the History room")
        found.perform()
    else:
        take_out(viewer.study, guid, viewer.coder)
    viewer.desk.feed.wake()
    return RedirectResponse("/history", 303)


def _number(viewer: Viewer, form: Mapping[str, str]) -> int:
    return viewer.desk.keyring.reveal(form.get("event", "")) or 0


class Storyteller:
    """Events as sentences, with the words they are about and a link to the place."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.names = Names(viewer)
        s = schema.source.c
        with viewer.study.reading() as connection:
            self.retired = {
                row.guid: row.retired_at is not None
                for row in connection.execute(
                    sa.select(schema.coding.c.guid, schema.coding.c.retired_at)
                    .join(schema.source, s.id == schema.coding.c.source_id)
                    .where(schema.coding.c.coder_id == (viewer.sight.coder_id or 0))
                )
            }
            e = schema.event.c
            marks = sa.select(e.id, e.verb).where(e.verb.in_(("codebook.adopted", "codebook.undone"))).order_by(e.id)
            versions = list(connection.execute(marks).all())
        # Only the newest version can be undone; the first has none before it, and an undoing is not undone.
        last = versions[-1] if len(versions) > 1 else None
        self.codebook_since = last.id if last is not None and last.verb == "codebook.adopted" else None
        self.sources = self.names.sources
        self.guids = {name: guid for guid, name in self.sources.items()}
        self._texts: dict[str, str] = {}
        self._newest: dict[str, int] = {}

    def entries(self, found: Sequence[Happening]) -> list[Entry]:
        """One line per event, and one line for the sources that came in one go."""
        made: list[Entry] = []
        found = self._filled(found)
        self._newest = self._last_turns([h for h in found if h.verb == "coding.retired"])
        batches = {h.object_guid: _batch(h) for h in found if _batch(h)}
        for batch, run in groupby(found, key=lambda h: _batch(h) or (_noted_at_once(h) and batches.get(h.object_guid))):
            entries = [self._entry(happening) for happening in run]
            sources = tuple(e for e in entries if e.happening.verb == "source.added")
            if batch and len(sources) > 1:
                sentence = f"added {plural(len(sources), 'source')}"
                entries = [replace(sources[0], sentence=sentence, address="", members=sources)]
            made += entries
        return made

    def about(self, h: Happening, *, whole: bool = False) -> Entry:
        """The line of one event; ``whole``: of the import that it was a part of, as far as that still stands."""
        entry = self._entry(*self._filled([h]))
        names = [self.sources[guid] for guid in sources_of_batch(self.viewer.study, _batch(h))] if whole else []
        if len(names) < 2:
            return entry
        return replace(entry, sentence=f"added {plural(len(names), 'source')}: {listed(names)}", address="")

    def _entry(self, h: Happening) -> Entry:
        detail = h.detail
        source = str(detail.get("source", ""))
        source = source if source in self.sources else self.guids.get(source, "")
        quote, address = "", ""
        if source and isinstance(detail.get("start"), int):
            quote = self._text(source)[detail["start"] : detail["end"]]
            address = f"/sources/{source}?at={detail['start']}-{detail['end']}"
        elif source and isinstance(detail.get("passage"), list) and not self.viewer.hidden:
            start, end = detail["passage"]
            quote, address = self._text(source)[start:end], f"/sources/{source}?at={start}-{end}"
        elif source or h.object_guid in self.sources:
            address = f"/sources/{source or h.object_guid}"
        address = address or _place(detail, h)
        back = self._takes_back(h)
        final = bool(self.viewer.session.coder) and why_final(h.verb) is not None
        can = not back and self._can_undo(h)
        stays = not can and not final and h.verb.startswith("codebook.") and self.viewer.may_lead
        stays = stays and can_undo(h, self.viewer.session.coder)
        who, said = self.names.person(h.actor), sentence(h, self.sources.get(source, ""), self.names)
        return Entry(h, who, said, quote, address, back, can, final, stays=stays)

    def _can_undo(self, h: Happening) -> bool:
        if h.verb.startswith("codebook.") and (self.codebook_since is None or h.id < self.codebook_since):
            return False
        if is_led(h.verb) and not self.viewer.may_lead:
            return False
        # A coding's own lines have their buttons as long as they can be taken back.
        return not h.verb.startswith("coding.") and can_undo(h, self.viewer.session.coder)

    def _filled(self, found: Sequence[Happening]) -> list[Happening]:
        """Events that name a coding only by its GUID or number get what it says, if this person may see it."""
        bare = [h for h in found if h.verb in ("coding.retired", "coding.restored", "coding.recoded", *REOPENED)]
        bare = [h for h in bare if "code" not in h.detail]
        if not bare:
            return list(found)
        c = schema.coding.c
        guids = {h.object_guid for h in bare if h.verb not in REOPENED}
        numbers = {int(h.detail.get("coding") or 0) for h in bare if h.verb in REOPENED}
        with self.viewer.study.reading() as connection:
            guid_of = {n: guid for n, guid in connection.execute(sa.select(c.id, c.guid).where(c.id.in_(numbers)))}
            wanted = sa.and_(c.guid.in_({*guids, *guid_of.values()}), self.viewer.sight.codings())
            said = {coding.guid: coding.as_detail() for coding in select_codings(connection, wanted)}
        behind = {h.id: guid_of.get(h.detail.get("coding")) if h.verb in REOPENED else h.object_guid for h in bare}
        return [replace(h, detail={**said.get(behind.get(h.id) or "", {}), **h.detail}) for h in found]

    def _last_turns(self, taken_out: Sequence[Happening]) -> dict[str, int]:
        """The last event, on this page or not, that took each of these codings out or brought it back."""
        if not taken_out:
            return {}
        e = schema.event.c
        turns = e.object_guid.in_({h.object_guid for h in taken_out}), e.verb.in_(("coding.retired", "coding.restored"))
        later = e.id >= min(h.id for h in taken_out)
        last = sa.select(e.object_guid, sa.func.max(e.id)).where(later, *turns).group_by(e.object_guid)
        with self.viewer.study.reading() as connection:
            return {guid: number for guid, number in connection.execute(last)}

    def _text(self, guid: str) -> str:
        if guid not in self._texts:
            self._texts[guid] = self.viewer.study.text(guid)
        return self._texts[guid]

    def _takes_back(self, h: Happening) -> str:
        if h.object_guid not in self.retired or h.detail.get("coder") != self.viewer.session.coder:
            return ""
        gone = self.retired[h.object_guid]
        if h.verb == "coding.retired" and gone:
            # One that went and came back before has several such lines: the last is the one that holds.
            return "restore" if self._newest.get(h.object_guid, h.id) == h.id else ""
        if h.verb == "coding.made" and not gone:
            return "undo"
        return "revert" if h.verb == "coding.changed" and not gone else ""


def _place(detail: Mapping[str, Any], h: Happening) -> str:
    """Where the thing that an event is about can be seen, if it has a place that is no passage."""
    if h.verb.startswith("summary."):
        return f"/matrix/cell?{urlencode({'row': detail.get('row', ''), 'case': detail.get('case', '')})}"
    if h.verb.startswith("codebook."):
        return "/codebook/versions"
    passage = detail.get("passage")
    return {"case": "/", "coder": "/settings", "round": "/settings"}.get(h.object_kind, "") if not passage else ""


def _batch(h: Happening) -> str:
    """What came in one go: the sources of one import."""
    return str(h.detail.get("batch") or "") if h.verb == "source.added" else ""


def _noted_at_once(h: Happening) -> bool:
    """Whether this may be what an import noted on its sources: nothing stood there before."""
    before = h.detail.get("before")
    return h.verb == "attributes.set" and isinstance(before, dict) and not any(v is not None for v in before.values())


ROUTES = [
    Route("/history", history_room),
    Route("/history", take_back, methods=["POST"]),
    Route("/history/undo", undo_page),
    Route("/history/undo", undo, methods=["POST"]),
]
