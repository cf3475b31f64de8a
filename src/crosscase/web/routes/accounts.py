"""Signing in and out, using an invitation, and the accounts of a study."""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from crosscase.errors import AccessError, CrosscaseError, InputError
from crosscase.services import accounts as services
from crosscase.services.accounts import Account
from crosscase.web.answers import form_body
from crosscase.web.desk import Desk, desk_of, viewer_of
from crosscase.web.pages import door_page
from crosscase.web.routes.doors import set_session
from crosscase.web.routes.settings import settings_page

# Each check of a password takes 64 MiB; more than two at a time would let strangers fill the memory.
_CHECKS = threading.BoundedSemaphore(2)


def sign_in_page(request: Request) -> Response:
    """Ask for name and password; a browser without a session gets one that opens nothing yet."""
    if request.scope["access"] is not None:
        return RedirectResponse(_wanted(request.query_params.get("next", "")), 303)
    if not request.scope["team"]:
        raise AccessError("the study has no accounts", where="workbench", mend="use the address that it printed")
    return _door(request, "sign_in.html.j2", "Sign in", next=_wanted(request.query_params.get("next", "")))


async def sign_in(request: Request) -> Response:
    """Check name and password, slowly for whoever guesses."""
    form = await form_body(request)
    desk = desk_of(request)
    name, next_page = form.get("name", "").strip()[:64], _wanted(form.get("next", ""))
    address = request.client.host if request.client else ""
    wait = desk.attempts.wait(name, address)
    if wait > 0:
        problem = f"Too many attempts. Try again in {_said(wait)}."
        answer = _door(request, "sign_in.html.j2", "Sign in", 429, next=next_page, problem=problem, name=name)
        answer.headers["retry-after"] = str(int(wait) + 1)
        return answer
    account = await run_in_threadpool(_check, desk, name, form.get("password", ""))
    if account is None:
        desk.attempts.failed(name, address)
        problem = "That is not the name and password of an account."
        return _door(request, "sign_in.html.j2", "Sign in", 403, next=next_page, problem=problem, name=name)
    desk.attempts.succeeded(name, address)
    return _come_in(desk, account, next_page)


def join_page(request: Request) -> Response:
    """Ask for the password that an invitation sets."""
    code = request.query_params.get("code", "")
    try:
        name = services.invited_name(desk_of(request).study, code)
    except AccessError as error:
        return _door(request, "join.html.j2", "Your invitation", 403, refused=_sentence(error))
    return _door(request, "join.html.j2", "Your invitation", code=code, name=name, shortest=services.SHORTEST)


async def join(request: Request) -> Response:
    """Use an invitation."""
    form = await form_body(request)
    desk, code = desk_of(request), form.get("code", "")
    content: dict[str, Any] = {"code": code, "shortest": services.SHORTEST}
    try:
        content["name"] = services.invited_name(desk.study, code)
        if form.get("password", "") != form.get("again", ""):
            raise InputError("the two passwords differ", where="password", mend="type it again")
        account = await run_in_threadpool(services.accept, desk.study, code, form.get("password", ""))
    except AccessError as error:
        return _door(request, "join.html.j2", "Your invitation", 403, refused=_sentence(error))
    except CrosscaseError as error:
        return _door(request, "join.html.j2", "Your invitation", 400, problem=_sentence(error), **content)
    desk.feed.wake()
    return _come_in(desk, account, "/")


async def sign_out(request: Request) -> Response:
    """End this browser's session."""
    desk = desk_of(request)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(desk.keyring.cookie, httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return answer


async def add_account(request: Request) -> Response:
    """Make the first account, an owner's, or invite somebody."""
    form = await form_body(request)
    viewer = viewer_of(request)
    name, label = form.get("name", "").strip(), form.get("label", "")
    if not viewer.team:
        if form.get("password", "") != form.get("again", ""):
            raise InputError("the two passwords differ", where="password", mend="type it again")
        study = viewer.study.acting_as(name)
        account = await run_in_threadpool(services.begin_accounts, study, name, form.get("password", ""), label)
        viewer.desk.feed.wake()
        return _come_in(viewer.desk, account, "/settings#h-access")
    role = form.get("role", "coder")
    _, code = await run_in_threadpool(services.invite, viewer.study, name, role, await _cases(request), label)
    viewer.desk.feed.wake()
    return settings_page(request, invitation=_invitation(request, name, code))


async def change_account(request: Request) -> Response:
    """Give an account another role or other cases, invite its holder anew, or close it."""
    form = await form_body(request)
    viewer = viewer_of(request)
    name, deed = form.get("name", ""), form.get("deed", "")
    if deed == "invite":
        code = await run_in_threadpool(services.invite_again, viewer.study, name)
        return settings_page(request, invitation=_invitation(request, name, code))
    if deed == "close":
        await run_in_threadpool(services.close_account, viewer.study, name)
    elif deed == "change":
        cases = await _cases(request)
        await run_in_threadpool(services.change_account, viewer.study, name, form.get("role", ""), cases)
    else:
        raise InputError(f"no deed {deed!r}", where="accounts", mend="reload the page")
    viewer.desk.feed.wake()
    return RedirectResponse(f"/settings?{urlencode({'changed': name})}#h-access", 303)


async def change_password(request: Request) -> Response:
    """Set another password for oneself; sessions in other browsers end."""
    form = await form_body(request)
    viewer = viewer_of(request)
    if viewer.account is None:
        raise AccessError("nobody has signed in", where="workbench", mend="make accounts in Settings first")
    if form.get("password", "") != form.get("again", ""):
        raise InputError("the two passwords differ", where="password", mend="type it again")
    name, address = viewer.account.name, request.client.host if request.client else ""
    if viewer.desk.attempts.wait(name, address) > 0:
        raise AccessError("too many attempts", where="password", mend="wait a minute and try again")
    whole = desk_of(request).study
    try:
        account = await run_in_threadpool(
            services.change_password, whole, name, form.get("old", ""), form.get("password", "")
        )
    except AccessError:
        viewer.desk.attempts.failed(name, address)
        raise
    return _come_in(viewer.desk, account, "/settings")


def _check(desk: Desk, name: str, password: str) -> Account | None:
    with _CHECKS:
        return services.verify(desk.study, name, password)


def _come_in(desk: Desk, account: Account, page: str) -> Response:
    session = desk.keyring.begin(account=account.guid, stamp=account.stamp)
    return set_session(RedirectResponse(page, 303), desk, session)


def _door(request: Request, template: str, title: str, status: int = 200, **content: Any) -> Response:
    """A page for people who have not come in; their session only guards the form."""
    desk = desk_of(request)
    session = request.scope["session"]
    fresh = session is None or session.account
    if fresh:
        session = desk.keyring.begin()
    answer = door_page(template, title, status, guard=desk.keyring.guard(session), **content)
    return set_session(answer, desk, session) if fresh else answer


async def _cases(request: Request) -> list[str] | None:
    """The cases that are ticked; ``None`` for every case."""
    fields = parse_qs((await request.body()).decode("utf-8", "replace"))
    return None if fields.get("reach", ["all"])[-1] == "all" else fields.get("case", [])


def _invitation(request: Request, name: str, code: str) -> dict[str, str]:
    origin = next(o for o in desk_of(request).origins if o.partition("://")[2] == request.headers["host"])
    return {"name": name, "address": f"{origin}/join?code={code}"}


def _wanted(address: str) -> str:
    """Where somebody wanted to go: a page of this workbench, and nothing else."""
    parts = urlsplit(address)
    inside = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return address if inside and "\n" not in address and "\r" not in address else "/"


def _said(seconds: float) -> str:
    whole = int(seconds) + 1
    return f"{whole} second{'s' if whole != 1 else ''}" if whole < 100 else f"{whole // 60 + 1} minutes"


def _sentence(error: CrosscaseError) -> str:
    text = f"{error.what}: {error.mend}" if error.mend else error.what
    return f"{text[:1].upper()}{text[1:]}."


ROUTES = [
    Route("/sign-in", sign_in_page),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/join", join_page),
    Route("/join", join, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/settings/accounts", add_account, methods=["POST"]),
    Route("/settings/accounts/change", change_account, methods=["POST"]),
    Route("/settings/password", change_password, methods=["POST"]),
]
