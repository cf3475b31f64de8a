"""Compare, Types and Report: what was computed from everybody's codings, and the way down to each quote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from crosscase.errors import AnalysisError, NotFound
from crosscase.report.content import Coding, Report
from crosscase.report.html import render_html
from crosscase.services.sight import break_blind, open_round
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


@dataclass(frozen=True)
class Ready:
    """Results to show, and whether something changed since."""

    state: State
    report: Report
    stale: bool


def compare_room(request: Request) -> Response:
    ready = _ready(request, "compare", "Compare")
    if isinstance(ready, Response):
        return ready
    return page(request, "compare.html.j2", "compare", "Compare", r=ready.report, stale=ready.stale, state=ready.state)


def cell_room(request: Request) -> Response:
    """The quotes behind one cell of the distribution of work."""
    ready = _ready(request, "compare", "Compare")
    if isinstance(ready, Response):
        return ready
    case, domain, locus = (request.path_params[name] for name in ("case", "domain", "locus"))
    work = next((c for c in ready.report.work.cases if c.case == case), None)
    cell = next((d for d in work.domains if d.domain == domain), None) if work else None
    if work is None or cell is None:
        raise NotFound("there is no such cell", where=f"{case} × {domain}", mend="open it from the Compare room")
    label, ids = _cell_ids(ready.report, case, domain, locus)
    return page(
        request,
        "quotes.html.j2",
        "compare",
        f"{work.label}: {cell.label}",
        heading=f"{work.label}: {cell.label}",
        under=label,
        quotes=_with_places(viewer_of(request), [ready.report.codings[i] for i in ids]),
        back="/compare",
        back_label="the matrix",
        cell=cell,
        most=MOST_QUOTES,
    )


def _cell_ids(report: Report, case: str, domain: str, locus: str) -> tuple[str, list[int]]:
    """The codings of a cell, as the report's appendix has them."""
    blocks = [b for evidence in report.evidence if evidence.case == case for b in evidence.blocks]
    label = next((d.label for c in report.work.cases if c.case == case for d in c.domains if d.domain == domain), "")
    wanted = {s.id: s.label for s in report.work.loci}
    ids: list[int] = []
    for block in blocks:
        if block.label == label:
            for part in block.parts:
                if locus == "all" or part.label == wanted.get(locus):
                    ids += part.codings
    return wanted.get(locus, "All codings"), ids


def types_room(request: Request) -> Response:
    ready = _ready(request, "types", "Types")
    if isinstance(ready, Response):
        return ready
    guids = _guids(viewer_of(request))
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
    ready = _ready(request, "types", "Types")
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
                        quotes=_with_places(viewer_of(request), [ready.report.codings[i] for i in part.codings]),
                        back=f"/types#case-{case.case}",
                        back_label="the types",
                        cell=None,
                        most=MOST_QUOTES,
                    )
    raise NotFound("there is no such evidence", where=anchor, mend="open it from the Types room")


def report_room(request: Request) -> Response:
    ready = _ready(request, "report", "Report")
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
    return RedirectResponse(
        back if back.startswith(("/compare", "/types", "/report", "/configurations")) else "/compare", 303
    )


async def look(request: Request) -> Response:
    """Break the blind, or end it for everybody; the history keeps who did."""
    form = await form_body(request)
    viewer = viewer_of(request)
    if form.get("everybody"):
        open_round(viewer.study, form.get("round", ""))
    else:
        _ = viewer.coder
        break_blind(viewer.study, form.get("round", ""))
    viewer.desk.feed.wake()
    back = form.get("back", "/")
    return RedirectResponse(back if back.startswith("/") and not back.startswith("//") else "/", 303)


def _ready(request: Request, room: str, title: str) -> Ready | Response:
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


def _guids(viewer: Viewer) -> dict[str, str]:
    return dict(viewer.study.sources().select("name", "guid").iter_rows())


def _with_places(viewer: Viewer, codings: Iterable[Coding]) -> list[tuple[Coding, str]]:
    guids = _guids(viewer)
    return [(c, f"/sources/{guids[c.source]}?at={c.start}-{c.end}") for c in codings]


# The same doors for rooms that combine these results anew.
ready_or_page = _ready
with_places = _with_places


ROUTES = [
    Route("/compare", compare_room),
    Route("/compare/{case}/{domain}/{locus}", cell_room),
    Route("/types", types_room),
    Route("/evidence/{anchor}", evidence_room),
    Route("/report", report_room),
    Route("/report/page", report_page),
    Route("/api/computing", computing),
    Route("/compute", recompute, methods=["POST"]),
    Route("/blind", look, methods=["POST"]),
]
