"""Coming in: the one-time token, and who you are."""

from __future__ import annotations

import os
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from crosscase.errors import AccessError
from crosscase.services.people import add_person, people
from crosscase.services.study import Study
from crosscase.web.answers import form_body
from crosscase.web.desk import Desk, desk_of, viewer_of
from crosscase.web.pages import page
from crosscase.web.sessions import LIFETIME, Session

_STRANGER = (
    "This address was used already, or is too old. Start `crosscase serve` again, or open a fresh address in Settings."
)


def set_session(answer: Response, desk: Desk, session: Session) -> Response:
    """Let the browser keep a session."""
    # Lax: a link to a quote, in a mail or a report, arrives with the session. Changes ask for the page's guard besides.
    answer.set_cookie(
        desk.keyring.cookie,
        desk.keyring.seal(session),
        max_age=int(LIFETIME),
        httponly=True,
        samesite="lax",
        secure=any(origin.startswith("https:") for origin in desk.origins),
    )
    return answer


async def enter(request: Request) -> Response:
    """Use a one-time token: the browser gets a session."""
    desk = desk_of(request)
    if request.scope["team"]:
        return RedirectResponse("/sign-in", 303)
    if not desk.keyring.use_token(request.query_params.get("token", "")):
        if request.scope["session"] is not None:
            return RedirectResponse("/", 303)
        return PlainTextResponse(_STRANGER, 403)
    session = desk.keyring.begin(_likely_coder(desk.study))
    return set_session(RedirectResponse("/", 303), desk, session)


def _likely_coder(study: Study) -> str:
    """Who is coming in, where that is plain: this account's name is a coder's."""
    named = os.environ.get("CROSSCASE_ACTOR") or study.actor
    return named if any(p.name == named and p.kind == "person" for p in people(study)) else ""


def who(request: Request) -> Response:
    """Ask who is here; with accounts that is known."""
    viewer = viewer_of(request)
    if viewer.team:
        return RedirectResponse("/settings", 303)
    coders = [person for person in viewer.people if person.kind == "person"]
    return page(request, "who.html.j2", "", "Who is here?", coders=coders)


async def choose(request: Request) -> Response:
    """Take a coder's name, a new one, or none."""
    form = await form_body(request)
    viewer = viewer_of(request)
    if viewer.team:
        raise AccessError("you have signed in as yourself", where="workbench", mend="sign out to be somebody else")
    name = form.get("coder", "")
    if form.get("new"):
        name = add_person(
            viewer.desk.study.acting_as(form["new"].strip()), form["new"].strip(), form.get("label", "")
        ).name
    elif name and name not in {p.name for p in viewer.people if p.kind == "person"}:
        name = ""
    viewer.desk.feed.wake()
    return set_session(RedirectResponse("/", 303), viewer.desk, viewer.session.as_coder(name))


def me(request: Request) -> Response:
    """Who works in this browser now, and their guard: a page of before goes on with it if it was theirs."""
    viewer = viewer_of(request)
    return JSONResponse({"coder": viewer.session.coder, "label": viewer.label, "guard": viewer.guard})


async def choose_round(request: Request) -> Response:
    """Code in another round."""
    form = await form_body(request)
    viewer = viewer_of(request)
    session = replace(viewer.session, round=form.get("round", ""))
    return set_session(RedirectResponse("/settings", 303), viewer.desk, session)


ROUTES = [
    Route("/enter", enter),
    Route("/api/me", me),
    Route("/who", who),
    Route("/who", choose, methods=["POST"]),
    Route("/round", choose_round, methods=["POST"]),
]
