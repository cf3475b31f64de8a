"""The door of the server: which host, which origin, which session; and the headers that every answer carries."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crosscase.errors import InputError
from crosscase.services.study import Study
from crosscase.web.admission import admit
from crosscase.web.sessions import Keyring, Session

GUARD_HEADER = "x-crosscase-guard"
GUARD_FIELD = "guard"
LARGEST_BODY = 2_000_000
LARGEST_FILE = 200_000_000
_OPEN_PATHS = ("/enter", "/sign-in", "/join", "/static/")
_SAFE = ("GET", "HEAD")
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


def policy(origin: str) -> str:
    """The content policy of the workbench: nothing inline, nothing from elsewhere."""
    live = origin.replace("http", "ws", 1)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self' {live}; frame-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


class Guard:
    """Refuses what does not come from a page of ours before any route sees it."""

    def __init__(self, app: ASGIApp, study: Study, keyring: Keyring, origins: Iterable[str]) -> None:
        self.app, self.study, self.keyring = app, study, keyring
        self.origins = {origin.partition("://")[2]: origin for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        origin = self.origins.get(host)
        if origin is None:
            await _refuse(scope, receive, send, 421, "this server does not answer to that name", "page")
            return
        unsafe = scope["type"] == "websocket" or scope["method"] not in _SAFE
        if unsafe and headers.get("origin") != origin:
            await _refuse(scope, receive, send, 403, "this request comes from another page", "page")
            return
        if not self._admit(scope) and not scope["path"].startswith(_OPEN_PATHS):
            await self._send_away(scope, receive, send)
            return
        if unsafe and scope["type"] == "http":
            refusal, receive = await self._check_change(scope, receive, headers, scope["session"])
            if refusal:
                status, sentence, of = _REFUSALS[refusal]
                await _refuse(scope, receive, send, status, sentence, of)
                return
        await self.app(scope, receive, _with_headers(send, origin))

    def _admit(self, scope: Scope) -> bool:
        """Note in the scope who asks and what they may; whether they have come in.

        Two lookups by key, a quarter of a millisecond: a thread for them would cost more than they do.
        """
        if scope["path"].startswith("/static/"):
            scope["session"], scope["access"] = None, None
            return False
        admission = admit(self.study, self._session(scope))
        scope["session"], scope["access"], scope["team"] = admission.session, admission.access, admission.team
        return admission.access is not None

    async def _send_away(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["team"]:
            await _refuse(scope, receive, send, 401, "come in by the address that crosscase serve prints", "door")
        elif scope["type"] == "http" and scope["method"] == "GET" and _wants_page(scope):
            wanted = scope["path"] + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
            answer = RedirectResponse("/sign-in" if wanted == "/" else f"/sign-in?{urlencode({'next': wanted})}", 303)
            await answer(scope, receive, send)
        else:
            await _refuse(scope, receive, send, 401, "sign in first: your session has ended", "sign-in")

    def _session(self, scope: Scope) -> Session | None:
        cookie = Request({**scope, "type": "http"}).cookies.get(self.keyring.cookie, "")
        return self.keyring.open(cookie) if cookie else None

    async def _check_change(
        self, scope: Scope, receive: Receive, headers: Headers, session: Session | None
    ) -> tuple[str, Receive]:
        """Whether a change carries the page's guard, in a header or (plain forms) in a field; and its body again."""
        limit = LARGEST_FILE if scope["path"].startswith("/api/files") else LARGEST_BODY
        if int(headers.get("content-length") or 0) > limit:
            return "large", receive
        guard = headers.get(GUARD_HEADER, "")
        if not guard and headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            body = await _whole(receive, limit)
            guard = parse_qs(body.decode("utf-8", "replace")).get(GUARD_FIELD, [""])[0]
            receive = _again(body)
        else:
            receive = _bounded(receive, limit)
        if session is None or not self.keyring.guards(session, guard):
            return "guard", receive
        return "", receive


# Status, sentence, and what is refused: scripts keep a change that only the page or the session stands in the way of.
_REFUSALS = {
    "guard": (403, "the page is out of date, or was made for somebody else: reload it", "page"),
    "large": (413, "this is too large", "change"),
}


async def _whole(receive: Receive, limit: int) -> bytes:
    body = b""
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        body += part
        if not message.get("more_body") or len(body) > limit:
            return body


def _bounded(receive: Receive, limit: int) -> Receive:
    """The same body, refused where it grows beyond the limit without having said its length before."""
    size = 0

    async def receiving() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise InputError("this is too large", where="workbench", mend="send less at once")
        return message

    return receiving


def _again(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _with_headers(send: Send, origin: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("content-security-policy", policy(origin))
            headers.setdefault("cache-control", "no-store")
            if origin.startswith("https:"):
                headers["strict-transport-security"] = "max-age=31536000"
        await send(message)

    return sending


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, sentence: str, of: str) -> None:
    """Refuse with a sentence; ``of`` says to scripts what is refused: the page, coming in, or this change."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4000 + status, "reason": sentence})
        return
    answer: Response
    if _wants_page(scope):
        page = (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Crosscase</title><h1>Crosscase</h1>'
            f"<p>{sentence[:1].upper()}{sentence[1:]}."
        )
        answer = Response(page, status, media_type="text/html")
    else:
        answer = JSONResponse({"refused": of, "error": {"what": sentence, "where": "", "mend": ""}}, status)
    await answer(scope, receive, _with_headers(send, "http://127.0.0.1"))


def _wants_page(scope: Scope) -> bool:
    return "text/html" in Headers(scope=scope).get("accept", "")
