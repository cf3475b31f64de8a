"""The Settings room: who you are, rounds, keys, people and their access."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from crosscase.services.accounts import SHORTEST, Account, accounts
from crosscase.services.people import add_person
from crosscase.services.rounds import open_round, rounds
from crosscase.web.answers import form_body
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.pages import page


def settings_page(request: Request, *, address: str = "", invitation: Mapping[str, str] | None = None) -> Response:
    """The room; ``address`` and ``invitation`` were made just now and are shown once."""
    viewer = viewer_of(request)
    known = accounts(viewer.study) if viewer.may_lead else []
    changed = next((a for a in known if a.name == request.query_params.get("changed")), None)
    return page(
        request,
        "settings.html.j2",
        "settings",
        "Settings",
        coders=[p for p in viewer.people if p.kind == "person"],
        machines=[p for p in viewer.people if p.kind != "person"],
        rounds=rounds(viewer.study),
        accounts=[account for account in known if account.state != "closed"],
        closed=[account for account in known if account.state == "closed"],
        shortest=SHORTEST,
        address=address,
        invitation=invitation,
        said=_said(changed, viewer) if changed else "",
    )


def _said(account: Account, viewer: Viewer) -> str:
    """What stands after the change before, as it is now."""
    if account.state == "closed":
        return f"The account of {account.label} is closed."
    names = {case.name: case.label or case.name for case in viewer.study.settings.cases}
    cases = account.access.cases
    sees = "every case" if cases is None else " and ".join(names.get(case, case) for case in sorted(cases)) or "no case"
    role = "an owner" if account.role == "owner" else f"a {account.role}"
    return f"Saved: {account.label} is {role} and sees {sees}."


def settings_room(request: Request) -> Response:
    return settings_page(request)


async def another_browser(request: Request) -> Response:
    """A one-time address for another browser on this machine."""
    token = viewer_of(request).desk.keyring.new_token()
    return settings_page(request, address=f"http://{request.headers['host']}/enter?token={token}")


async def add_coder(request: Request) -> Response:
    form = await form_body(request)
    viewer = viewer_of(request)
    add_person(viewer.study, form.get("name", "").strip(), form.get("label", ""))
    viewer.desk.feed.wake()
    return RedirectResponse("/settings", 303)


async def new_round(request: Request) -> Response:
    form = await form_body(request)
    viewer = viewer_of(request)
    _ = viewer.coder
    open_round(viewer.study, form.get("name", "").strip(), blind=bool(form.get("blind")))
    viewer.desk.feed.wake()
    return RedirectResponse("/settings", 303)


ROUTES = [
    Route("/settings", settings_room),
    Route("/settings/address", another_browser, methods=["POST"]),
    Route("/settings/coders", add_coder, methods=["POST"]),
    Route("/settings/rounds", new_round, methods=["POST"]),
]
