"""Answers that are not pages, and the one place where errors become what people read."""

from __future__ import annotations

import json
import sys
import traceback
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from crosscase.errors import AccessError, AnalysisError, Conflict, CrosscaseError, InputError, NotFound
from crosscase.web.pages import door_page, page

_STATUS: tuple[tuple[type[CrosscaseError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (AccessError, 403),
    (InputError, 400),
    (AnalysisError, 422),
)


def status_of(error: CrosscaseError) -> int:
    """The HTTP status of an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


async def on_error(request: Request, error: Exception) -> Response:
    """One sentence: on a page for people, as JSON for scripts."""
    assert isinstance(error, CrosscaseError)
    status = status_of(error)
    if wants_page(request) and request.scope["access"] is None:
        return door_page("outside.html.j2", "Not possible", status, error=error)
    if wants_page(request):
        return page(request, "error.html.j2", "", "Not possible", status, error=error)
    content = {"refused": "change", "error": {"what": error.what, "where": error.where, "mend": error.mend}}
    return JSONResponse(content, status)


async def on_missing(request: Request, _error: Exception) -> Response:
    """An address that leads nowhere."""
    error = NotFound("there is no such page", where=request.url.path, mend="go back to the Study room")
    if request.scope.get("access") is None:
        return PlainTextResponse(str(error), 404)
    return await on_error(request, error)


async def on_fault(_request: Request, error: Exception) -> Response:
    """A mistake of ours: the terminal shows all of it, the page says that nothing half-done remains."""
    traceback.print_exception(error, file=sys.stderr)
    content = {
        "error": {
            "what": "something went wrong inside Crosscase",
            "where": "workbench",
            "mend": "nothing was changed; the terminal shows what happened",
        }
    }
    return JSONResponse(content, 500)


async def json_body(request: Request) -> dict[str, Any]:
    """The body as an object; raises ``InputError``."""
    body = await request.body()
    try:
        content = json.loads(body, parse_constant=_no_number)
        if b"\\u" in body:
            json.dumps(content, ensure_ascii=False).encode("utf-8")  # half a character, written as an escape
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise InputError("the request is not a JSON object", where=request.url.path, mend="reload the page")
    return content


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")  # Python reads NaN and Infinity; the format does not have them


async def form_body(request: Request) -> dict[str, str]:
    """The fields of a plain form, the last of each name."""
    from urllib.parse import parse_qsl

    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
