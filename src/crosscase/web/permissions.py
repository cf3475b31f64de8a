"""Which right each route asks for, in one table: a route that changes something and is not in it fails at the start.

The services ask again, for the role and for the cases; this table refuses before anything is read.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from crosscase.errors import AccessError
from crosscase.model.access import Access, Right

READ, CODE, LEAD = Right.READ, Right.CODE, Right.LEAD
# Doors: they are there for people who have not come in.
OPEN = frozenset({"/enter", "/sign-in", "/join"})

CHANGES: Mapping[str, Right] = {
    "/who": READ,
    "/round": READ,
    "/sign-out": READ,
    "/compute": READ,
    "/configurations/stop": READ,
    "/blind": CODE,
    "/api/changes": CODE,
    "/agreement/types": READ,
    "/agreement/draws": LEAD,
    "/agreement/rounds": LEAD,
    "/agreement/reveal": LEAD,
    "/agreement/close": LEAD,
    "/agreement/reopen": LEAD,
    "/cases": LEAD,
    "/codebook/again": CODE,
    "/codebook/preview": LEAD,
    "/codebook/change": LEAD,
    "/disconfirm/claims": CODE,
    "/disconfirm/search": CODE,
    "/disconfirm/claims/{guid}": CODE,
    "/disconfirm/claims/{guid}/blind": CODE,
    "/disconfirm/blind/{guid}": CODE,
    "/history": CODE,
    "/history/undo": CODE,
    "/api/files/look": LEAD,
    "/api/files/add": LEAD,
    "/settings/address": LEAD,
    "/settings/coders": LEAD,
    "/settings/rounds": LEAD,
    "/settings/accounts": LEAD,
    "/settings/accounts/change": LEAD,
    "/settings/password": READ,
    "/settings/backups": LEAD,
    "/settings/machines": LEAD,
}
# Pages that only some may look at; every other page is for whoever has come in.
PAGES: Mapping[str, Right] = {
    "/codebook/edit/{code}": LEAD,
    "/codebook/again": CODE,
    "/disconfirm/blind/{guid}": CODE,
    "/history/undo": CODE,
    "/settings/backups/{name}": LEAD,
    "/api/settings/backup": LEAD,
}
Endpoint = Callable[[Request], Any]


def guarded(routes: Sequence[BaseRoute]) -> list[BaseRoute]:
    """The same routes, each asking for its right; raises ``KeyError`` for a change without one."""
    return [_guarded(route) if isinstance(route, Route) and route.path not in OPEN else route for route in routes]


def needed(path: str, method: str) -> Right:
    """The right that a route asks for."""
    return PAGES.get(path, READ) if method in ("GET", "HEAD") else CHANGES[path]


def _guarded(route: Route) -> Route:
    methods = sorted(route.methods or ["GET"])
    for method in methods:
        needed(route.path, method)
    endpoint: Endpoint = route.endpoint
    waits = inspect.iscoroutinefunction(endpoint)

    async def asking(request: Request) -> Response:
        demand(request.scope["access"], needed(route.path, request.method))
        made = await endpoint(request) if waits else await run_in_threadpool(endpoint, request)
        assert isinstance(made, Response)
        asked = request.method == "POST" and "application/json" in request.headers.get("accept", "")
        return _told(made) if asked else made

    return Route(route.path, asking, methods=methods, name=route.name)


def _told(answer: Response) -> Response:
    """Where a form leads, told to the page that sent it: a browser would follow without saying where it went."""
    if answer.status_code != 303:
        return answer
    told = JSONResponse({"go": answer.headers["location"]})
    told.raw_headers += [header for header in answer.raw_headers if header[0] == b"set-cookie"]
    return told


def demand(access: Access, right: Right) -> None:
    """Raise ``AccessError`` unless a role holds a right."""
    if not access.may(right):
        wanted = "an owner" if right is Right.LEAD else "a coder"
        raise AccessError(
            f"this is for {wanted} of the study", where=f"your role is {access.role}", mend="ask an owner of the study"
        )
