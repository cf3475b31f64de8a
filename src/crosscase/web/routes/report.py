"""The Report room: a live preview, sections to choose, and files to save."""

from __future__ import annotations

import io
import zipfile

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from crosscase.errors import NotFound
from crosscase.report.sections import ALWAYS, choose_sections, section_titles
from crosscase.services.reporting.fill import Filled
from crosscase.services.reporting.write import render_format
from crosscase.web.computing import State
from crosscase.web.desk import viewer_of
from crosscase.web.pages import page
from crosscase.web.routes.results import ready_or_page

# The report is one file with its style inside: it gets no script, in a frame without rights.
_SANDBOX = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FIRST = (1980, 1, 1, 0, 0, 0)  # the earliest date that an archive can hold: its bytes depend on its content alone


def report_room(request: Request) -> Response:
    ready = ready_or_page(request, "report", "Report")
    if isinstance(ready, Response):
        return ready
    chosen = choose_sections(ready.report, _asked(request))
    return page(
        request,
        "report.html.j2",
        "report",
        "Report",
        stale=ready.stale,
        state=ready.state,
        titles=section_titles(ready.report),
        chosen=chosen,
        always=ALWAYS,
        more=_more(ready.state),
        query=f"?sections={','.join(i for i in section_titles(ready.report) if i in chosen)}"
        if chosen.left_out
        else "",
    )


def _more(state: State) -> dict[str, str]:
    """What takes so long that it is in the report only when asked for."""
    found = {} if state.robust else {"robust": "How firmly the verdicts stand"}
    return found | ({"coder_types": "Types by each coder’s own codings"} if state.can_compare_coders else {})


def report_page(request: Request) -> Response:
    """The report itself, as it is written to a file; it has no script and its own policy."""
    filled = _filled(request)
    headers = {"content-security-policy": _SANDBOX}
    if request.query_params.get("download"):
        headers["content-disposition"] = 'attachment; filename="report.html"'
    ((_, content),) = render_format("html", filled, _asked(request))
    return HTMLResponse(content, headers=headers)


def report_word(request: Request) -> Response:
    ((_, content),) = render_format("docx", _filled(request), _asked(request))
    return Response(content, media_type=_WORD, headers={"content-disposition": 'attachment; filename="report.docx"'})


def report_data(request: Request) -> Response:
    """All tables in one archive; data are always whole."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in render_format("data", _filled(request)):
            archive.writestr(zipfile.ZipInfo(name, _FIRST), content, zipfile.ZIP_DEFLATED)
    headers = {"content-disposition": 'attachment; filename="data.zip"'}
    return Response(held.getvalue(), media_type="application/zip", headers=headers)


def _asked(request: Request) -> list[str] | None:
    """The sections of an address; nothing chosen is the whole report."""
    given = request.query_params.getlist("sections")
    return [name for part in given for name in part.split(",")] if given else None


def _filled(request: Request) -> Filled:
    viewer = viewer_of(request)
    filled = viewer.desk.analyses.now().filled
    if filled is None or viewer.hidden:
        raise NotFound("the report is not computed yet", where="Report", mend="open the Report room first")
    return filled


ROUTES = [
    Route("/report", report_room),
    Route("/report/page", report_page),
    Route("/report/word", report_word),
    Route("/report/data", report_data),
]
