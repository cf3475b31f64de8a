"""The framework matrix: what is written about each row in each case, and the quotes under it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crosscase.errors import AnalysisError, NotFound
from crosscase.services.matrix_view import ROWS, OpenCell, matrix_state, open_cell
from crosscase.services.slicing import EVERYTHING
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.pages import page
from crosscase.web.routes.filtering import filtering, said
from crosscase.web.routes.quoting import source_guids


@dataclass(frozen=True)
class Attached:
    """A passage under a summary: where it is, what it says, and whether it is attached."""

    source: str
    name: str
    start: int
    end: int
    words: str
    about: str
    attached: bool

    @property
    def address(self) -> str:
        return f"/sources/{self.source}?at={self.start}-{self.end}"


def matrix_room(request: Request) -> Response:
    """The framework matrix: a row per domain, sub-domain, code or theme, a column per case."""
    viewer = viewer_of(request)
    if viewer.hidden:
        return blind(request, "Framework matrix")
    rows, part, problem = request.query_params.get("rows", "domain"), filtering(request), ""
    try:
        matrix = matrix_state(viewer.study, rows, part.filters)
    except AnalysisError as error:
        if not part.given:
            raise
        matrix, problem = matrix_state(viewer.study, rows), said(error)
    return page(
        request,
        "matrix.html.j2",
        "compare",
        "Framework matrix",
        matrix=matrix,
        rows=rows,
        part=part,
        problem=problem,
    )


def summary_room(request: Request) -> Response:
    """One cell of the framework matrix, to be written."""
    viewer = viewer_of(request)
    if viewer.hidden:
        return blind(request, "Framework matrix")
    row, case = (request.query_params.get(name, "").strip() for name in ("row", "case"))
    if not row:
        raise NotFound("the cell has no row", where="matrix", mend="open it from the matrix")
    part, problem = filtering(request), ""
    try:
        found = open_cell(viewer.study, row, case, part.filters)
    except AnalysisError as error:
        if not part.given:
            raise
        found, problem = open_cell(viewer.study, row, case, EVERYTHING), said(error)
    return page(
        request,
        "summary.html.j2",
        "compare",
        f"{found.case_label}: {found.label}",
        found=found,
        attached=_attached(viewer, found),
        rows=found.kind if found.kind in ROWS else "domain",
        part=part,
        problem=problem,
    )


def _attached(viewer: Viewer, found: OpenCell) -> list[Attached]:
    """Passages that are attached, then those of the codings that belong in the cell."""
    names = source_guids(viewer)
    texts: dict[str, str] = {}
    quotes = found.cell.summary.quotes if found.cell.summary else ()
    chosen = {(q.source, q.start, q.end) for q in quotes}
    made: dict[tuple[str, int, int], Attached] = {}
    for coding in found.codings:
        place = (coding.source, coding.start, coding.end)
        about = f"{coding.code_name}: {', '.join(coding.facets)}" if coding.facets else coding.code_name
        about += f"; {coding.said_by}"
        if place in made:
            about = (
                f"{made[place].about}; {coding.code_name}"
                if coding.code_name not in made[place].about
                else made[place].about
            )
        made[place] = Attached(names[coding.source], coding.source, *place[1:], coding.quote, about, place in chosen)
    for source, start, end in chosen - set(made):
        text = texts.setdefault(source, viewer.study.text(source))
        made[source, start, end] = Attached(names[source], source, start, end, text[start:end], "attached", True)
    return sorted(made.values(), key=lambda a: (not a.attached, a.name, a.start))


def blind(request: Request, title: str) -> Response:
    """The page of a room that waits until the round is open."""
    viewer = viewer_of(request)
    return page(request, "blind.html.j2", "compare", title, hidden=viewer.hidden, back=request.url.path)


ROUTES = [
    Route("/matrix", matrix_room),
    Route("/matrix/cell", summary_room),
]
