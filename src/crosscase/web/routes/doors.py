"""Coming in: the one-time token, and who you are."""

from __future__ import annotations

import os
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

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
    answer.set_cookie(
        desk.keyring.cookie, desk.keyring.seal(session), max_age=int(LIFETIME), httponly=True, samesite="strict"
    )
    return answer


async def enter(request: Request) -> Response:
    """Use a one-time token: the browser gets a session."""
    desk = desk_of(request)
    if not desk.keyring.use_token(request.query_params.get("token", "")):
        if request.scope["session"] is not None:
            return RedirectResponse("/", 303)
        return PlainTextResponse(_STRANGER, 403)
    session = desk.keyring.begin(_likely_coder(desk.study))
    # A page that leads on, not a redirect: after a link from elsewhere that would arrive without the strict cookie.
    answer = Response(
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/">'
        '<title>Crosscase</title><p><a href="/">Open the workbench</a></p>',
        media_type="text/html",
    )
    return set_session(answer, desk, session)


def _likely_coder(study: Study) -> str:
    """Who is coming in, where that is plain: this account's name is a coder's."""
    named = os.environ.get("CROSSCASE_ACTOR") or study.actor
    return named if any(p.name == named and p.kind == "person" for p in people(study)) else ""


def who(request: Request) -> Response:
    """Ask who is here."""
    viewer = viewer_of(request)
    coders = [person for person in viewer.people if person.kind == "person"]
    return page(request, "who.html.j2", "", "Who is here?", coders=coders)


async def choose(request: Request) -> Response:
    """Take a coder's name, a new one, or none."""
    form = await form_body(request)
    viewer = viewer_of(request)
    name = form.get("coder", "")
    if form.get("new"):
        name = add_person(
            viewer.desk.study.acting_as(form["new"].strip()), form["new"].strip(), form.get("label", "")
        ).name
    elif name and name not in {p.name for p in viewer.people if p.kind == "person"}:
        name = ""
    viewer.desk.feed.wake()
    return set_session(RedirectResponse("/", 303), viewer.desk, viewer.session.as_coder(name))


async def choose_round(request: Request) -> Response:
    """Code in another round."""
    form = await form_body(request)
    viewer = viewer_of(request)
    session = replace(viewer.session, round=form.get("round", ""))
    return set_session(RedirectResponse("/settings", 303), viewer.desk, session)


ROUTES = [
    Route("/enter", enter),
    Route("/who", who),
    Route("/who", choose, methods=["POST"]),
    Route("/round", choose_round, methods=["POST"]),
]
