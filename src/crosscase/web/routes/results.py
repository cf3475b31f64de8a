"""Types and Report: what was computed from everybody's codings, and the way down to each quote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from crosscase.errors import AnalysisError, NotFound
from crosscase.report.content import Coding, Report
from crosscase.report.html import render_html
from crosscase.services.rounds import reveal_round, round_state
from crosscase.services.sight import break_blind
from crosscase.web.answers import form_body
from crosscase.web.computing import State
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.pages import page

# The report is one file with its style inside: it gets no script, in a frame without rights.
_SANDBOX = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
MOST_QUOTES = 300
ALL_DONE = "all coders have finished"


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
                    return page(
                        request,
                        "quotes.html.j2",
                        "types",
                        f"{case.label}: {entry.title}",
                        heading=f"{case.label}: {entry.title}",
                        under=part.label,
                        quotes=with_places(viewer_of(request), [ready.report.codings[i] for i in part.codings]),
                        back=f"/types#case-{case.case}",
                        back_label="the types",
                        cell=None,
                        most=MOST_QUOTES,
                    )
    raise NotFound("there is no such evidence", where=anchor, mend="open it from the Types room")


def report_room(request: Request) -> Response:
    ready = ready_or_page(request, "report", "Report")
    if isinstance(ready, Response):
        return ready
    return page(request, "report.html.j2", "report", "Report", stale=ready.stale, state=ready.state)


def report_page(request: Request) -> Response:
    """The report itself, as it is written to a file; it has no script and its own policy."""
    viewer = viewer_of(request)
    report = viewer.desk.analyses.now().report
    if report is None or viewer.hidden:
        raise NotFound("the report is not computed yet", where="Report", mend="open the Report room first")
    headers = {"content-security-policy": _SANDBOX}
    if request.query_params.get("download"):
        headers["content-disposition"] = 'attachment; filename="report.html"'
    return HTMLResponse(render_html(report), headers=headers)


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
    viewer_of(request).desk.analyses.ask()
    back = form.get("back", "/compare")
    rooms = ("/compare", "/types", "/report", "/configurations")
    return RedirectResponse(back if back.startswith(rooms) else "/compare", 303)


async def look(request: Request) -> Response:
    """Break the blind, or end it for everybody; the history keeps who did."""
    form = await form_body(request)
    viewer = viewer_of(request)
    _ = viewer.coder
    if not form.get("everybody"):
        break_blind(viewer.study, form.get("round", ""))
    elif round_state(viewer.study, form.get("round", "")).hidden:
        reveal_round(viewer.study, form.get("round", ""), form.get("reason", "").strip() or ALL_DONE)
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


def source_guids(viewer: Viewer) -> dict[str, str]:
    return dict(viewer.study.sources().select("name", "guid").iter_rows())


def with_places(viewer: Viewer, codings: Iterable[Coding]) -> list[tuple[Coding, str]]:
    guids = source_guids(viewer)
    return [(c, f"/sources/{guids[c.source]}?at={c.start}-{c.end}") for c in codings]


ROUTES = [
    Route("/types", types_room),
    Route("/evidence/{anchor}", evidence_room),
    Route("/report", report_room),
    Route("/report/page", report_page),
    Route("/api/computing", computing),
    Route("/compute", recompute, methods=["POST"]),
    Route("/blind", look, methods=["POST"]),
]
