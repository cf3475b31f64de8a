"""Types: which type each case is and how firmly, and the way down to each quote; computing, and blind rounds."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from crosscase.errors import AnalysisError, NotFound
from crosscase.report.content import Report
from crosscase.services.reporting.robust import ID as ROBUSTNESS
from crosscase.services.sight import break_blind
from crosscase.web.answers import form_body
from crosscase.web.computing import State
from crosscase.web.desk import viewer_of
from crosscase.web.pages import page
from crosscase.web.routes.quoting import quotes_page, source_guids


@dataclass(frozen=True)
class Ready:
    """Results to show, and whether something changed since."""

    state: State
    report: Report
    stale: bool


def types_room(request: Request) -> Response:
    ready = ready_or_page(request, "types", "Types")
    if isinstance(ready, Response):
        return ready
    guids = source_guids(viewer_of(request))
    return page(
        request,
        "types.html.j2",
        "types",
        "Types",
        r=ready.report,
        stale=ready.stale,
        state=ready.state,
        guids=guids,
        firm=next((more for more in ready.report.more if more.id == ROBUSTNESS), None),
    )


def evidence_room(request: Request) -> Response:
    """The quotes for or against a type or a condition in a case."""
    ready = ready_or_page(request, "types", "Types")
    if isinstance(ready, Response):
        return ready
    anchor = request.path_params["anchor"]
    for case in ready.report.evidence:
        for entry in case.lists:
            for part in entry.parts:
                if part.anchor == anchor:
                    heading = f"{case.label}: {entry.title}"
                    codings = [ready.report.codings[i] for i in part.codings]
                    back = (f"/types#case-{case.case}", "the types")
                    return quotes_page(request, "types", heading, part.label, codings, back)
    raise NotFound("there is no such evidence", where=anchor, mend="open it from the Types room")


def robustness_room(request: Request) -> Response:
    """The codings behind one row of how firmly the verdicts stand."""
    ready = ready_or_page(request, "types", "Types")
    if isinstance(ready, Response):
        return ready
    section = next((more for more in ready.report.more if more.id == ROBUSTNESS), None)
    table, row = (request.path_params[name] for name in ("table", "row"))
    if section is None or table >= len(section.tables) or row >= len(section.tables[table].rows):
        raise NotFound("there is no such row", where="robustness", mend="open it from the Types room")
    shown = section.tables[table]
    found = shown.rows[row]
    heading = f"{found.cells[0]}: {found.cells[1]}"
    codings = [ready.report.codings[i] for i in found.codings]
    return quotes_page(request, "types", heading, shown.title, codings, ("/types#robustness", "the types"))


def computing(request: Request) -> Response:
    """How far a computation is."""
    state = viewer_of(request).desk.analyses.now()
    return JSONResponse(
        {
            "running": state.running,
            "step": state.step,
            "done": state.done,
            "total": state.total,
            "problem": state.problem,
        }
    )


async def recompute(request: Request) -> Response:
    """Compute from the codings of now."""
    form = await form_body(request)
    wanted = {name: bool(form.get(name)) for name in ("robust", "coder_types")}
    viewer_of(request).desk.analyses.ask(**wanted)
    back = form.get("back", "/compare")
    rooms = ("/compare", "/types", "/report", "/configurations")
    return RedirectResponse(back if back.startswith(rooms) else "/compare", 303)


async def look(request: Request) -> Response:
    """Break the blind for oneself; the history keeps who did."""
    form = await form_body(request)
    viewer = viewer_of(request)
    _ = viewer.coder
    break_blind(viewer.study, form.get("round", ""))
    viewer.desk.feed.wake()
    back = form.get("back", "/")
    return RedirectResponse(back if back.startswith("/") and not back.startswith("//") else "/", 303)


def ready_or_page(request: Request, room: str, title: str) -> Ready | Response:
    """The results, or the page that says why they are not here yet."""
    viewer = viewer_of(request)
    if viewer.hidden:
        return page(request, "blind.html.j2", room, title, hidden=viewer.hidden, back=request.url.path)
    desk = viewer.desk.analyses
    try:
        key = desk.key()
    except AnalysisError as error:
        return page(request, "nothing.html.j2", room, title, sentence=error.what, mend=error.mend)
    state = desk.now()
    if state.report is None and not (state.problem and state.key == key):
        state = desk.ask()
    if state.report is None:
        if state.running:
            return page(request, "computing.html.j2", room, title, state=state)
        return page(request, "nothing.html.j2", room, title, sentence=state.problem, mend="")
    return Ready(state, state.report, stale=state.key != key and not state.running)


ROUTES = [
    Route("/types", types_room),
    Route("/evidence/{anchor}", evidence_room),
    Route("/robustness/{table:int}/{row:int}", robustness_room),
    Route("/api/computing", computing),
    Route("/compute", recompute, methods=["POST"]),
    Route("/blind", look, methods=["POST"]),
]
