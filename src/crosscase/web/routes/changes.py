"""One door for every change that a coder makes in a source, and the live feed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from crosscase.errors import Conflict, InputError
from crosscase.model.coding import Coding, Passage
from crosscase.services.answering import accept, number_of, reject, reopen
from crosscase.services.coding_by_hand import (
    HandCoding,
    bring_back,
    change_coding,
    check_guid,
    code_passage,
    mark_read,
    take_out,
)
from crosscase.services.notes import erase_memo, write_memo
from crosscase.services.rounds import round_names
from crosscase.services.sight import refuse_suggestions
from crosscase.services.source_view import source_name
from crosscase.services.summaries import summary_history, withdraw_summary, write_summary
from crosscase.web.admission import admit
from crosscase.web.answers import json_body
from crosscase.web.desk import Viewer, desk_of, viewer_of
from crosscase.web.fields import Body, reason_in, spans_in
from crosscase.web.fields import facets_in as _facets
from crosscase.web.fields import list_in as _list
from crosscase.web.fields import perhaps_text_in as _perhaps
from crosscase.web.fields import text_in as _text
from crosscase.web.fields import whole_in as _whole
from crosscase.web.live import follow
from crosscase.web.routes import deciding


def _round(viewer: Viewer, body: Body) -> str:
    """The round that the page was made in: another page may have chosen another one since."""
    said = _perhaps(body, "round")
    if not said:
        return viewer.round
    if said not in round_names(viewer.study) and said != viewer.round:
        raise InputError(f"there is no round {said[:40]!r}", where="workbench", mend="reload the page")
    return said


def _code(viewer: Viewer, body: Body) -> Any:
    passage = Passage(source_name(viewer.study, _text(body, "source")), _whole(body, "start"), _whole(body, "end"))
    said = Coding(
        passage,
        _text(body, "code"),
        viewer.coder,
        _round(viewer, body),
        _facets(body) or {},
        quote=_perhaps(body, "quote"),
        guid=_text(body, "guid"),
    )
    return _told(code_passage(viewer.study, said))


def _change(viewer: Viewer, body: Body) -> Any:
    moved = (_whole(body, "start"), _whole(body, "end")) if "start" in body else None
    done = change_coding(
        viewer.study,
        _text(body, "guid"),
        viewer.coder,
        code=_perhaps(body, "code"),
        facets=_facets(body),
        passage=moved,
    )
    return _told(done)


def _out(viewer: Viewer, body: Body) -> Any:
    return _told(take_out(viewer.study, _text(body, "guid"), viewer.coder))


def _back(viewer: Viewer, body: Body) -> Any:
    return _told(bring_back(viewer.study, _text(body, "guid"), viewer.coder))


def _memo(viewer: Viewer, body: Body) -> Any:
    _ = viewer.coder
    write_memo(viewer.study, "coding", _text(body, "coding"), _text(body, "text"), guid=check_guid(_text(body, "guid")))
    return {}


def _unmemo(viewer: Viewer, body: Body) -> Any:
    _ = viewer.coder
    erase_memo(viewer.study, _text(body, "guid"))
    return {}


def _read(viewer: Viewer, body: Body) -> Any:
    source, spans = _text(body, "source"), spans_in(body, "spans")
    n = mark_read(viewer.study, source, spans, viewer.coder, _round(viewer, body), read=body.get("verb") == "read")
    return {"changed": n}


def _accept(viewer: Viewer, body: Body) -> Any:
    refuse_suggestions(viewer.study, viewer.sight)
    number, status, coding = number_of(viewer.study, _text(body, "suggestion"))
    guid = check_guid(_text(body, "guid"))
    if status == "open":
        moved = (_whole(body, "start"), _whole(body, "end")) if "start" in body else None
        accept(
            viewer.study,
            number,
            viewer.coder,
            _round(viewer, body),
            _facets(body),
            code=_perhaps(body, "code"),
            passage=moved,
            guid=guid,
        )
    elif coding is None:
        raise Conflict("this suggestion was rejected already", where="suggestions", mend="undo that first")
    return {}


def _reject(viewer: Viewer, body: Body) -> Any:
    _ = viewer.coder
    refuse_suggestions(viewer.study, viewer.sight)
    number, status, _coding = number_of(viewer.study, _text(body, "suggestion"))
    if status == "open":
        reject(viewer.study, number, reason_in(body))
    return {}


def _reopen(viewer: Viewer, body: Body) -> Any:
    _ = viewer.coder
    refuse_suggestions(viewer.study, viewer.sight)
    reopen(viewer.study, _text(body, "suggestion"))
    return {}


def _summary(viewer: Viewer, body: Body) -> Any:
    _ = viewer.coder
    quotes = [
        Passage(source_name(viewer.study, _text(q, "source")), _whole(q, "start"), _whole(q, "end"))
        for q in _list(body, "quotes")
    ]
    done = write_summary(
        viewer.study,
        _text(body, "row"),
        _text(body, "case"),
        _perhaps(body, "text") or "",
        quotes,
        guid=check_guid(_text(body, "guid")),
        basis=_perhaps(body, "basis") or "",
    )
    return {"summary": {"guid": done.guid, "row": done.row, "case": done.case}}


def _unsummary(viewer: Viewer, body: Body) -> Any:
    _ = viewer.coder
    row, case, basis = _text(body, "row"), _text(body, "case"), _text(body, "basis")
    if any(s.guid == basis and not s.retired_at for s in summary_history(viewer.study, row, case)):
        withdraw_summary(viewer.study, row, case, basis=basis)
    return {}


VERBS: Mapping[str, Callable[[Viewer, Body], Any]] = {
    "code": _code,
    "change": _change,
    "out": _out,
    "back": _back,
    "memo": _memo,
    "unmemo": _unmemo,
    "read": _read,
    "unread": _read,
    "accept": _accept,
    "reject": _reject,
    "reopen": _reopen,
    **deciding.VERBS,
    "summary": _summary,
    "unsummary": _unsummary,
}


async def change(request: Request) -> Response:
    """Make one change; making it again changes nothing, so that a browser may repeat what got lost."""
    body = await json_body(request)
    verb = VERBS.get(str(body.get("verb", "")))
    if verb is None:
        raise InputError(f"no change {body.get('verb')!r}", where="workbench", mend=f"use {', '.join(VERBS)}")

    def make() -> tuple[Viewer, Any]:
        viewer = viewer_of(request)
        return viewer, verb(viewer, body)

    viewer, told = await run_in_threadpool(make)
    viewer.desk.feed.wake()
    return JSONResponse({"ok": True, **told})


async def live(socket: WebSocket) -> None:
    """What happens in the study, as this person may see it."""
    await socket.accept()
    viewer = await run_in_threadpool(viewer_of, socket)
    whole = desk_of(socket).study

    def stays() -> bool:
        return admit(whole, viewer.session).access == viewer.access

    try:
        await follow(socket, viewer.desk, viewer.session.coder, viewer.round, stays)
    except (WebSocketDisconnect, RuntimeError, ValueError):
        return  # the page has gone, or said something else than hello


def _told(coding: HandCoding) -> dict[str, Any]:
    return {"coding": {"guid": coding.guid, **coding.as_detail()}, "retired": coding.retired}


ROUTES = [
    Route("/api/changes", change, methods=["POST"]),
    WebSocketRoute("/live", live),
]
