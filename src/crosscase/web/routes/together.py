"""Codes that occur together, with their passages, and saturation: what further sources still bring."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crosscase.errors import AnalysisError, NotFound
from crosscase.report.curves import saturation_curve
from crosscase.services.exploring import cooccurrence_of, saturation_of
from crosscase.services.matrix_view import ROWS
from crosscase.services.reporting.codings import readable
from crosscase.services.reporting.names import Names
from crosscase.services.slicing import part_of
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.pages import page
from crosscase.web.routes.filtering import Filtering, filtering, remembered, said
from crosscase.web.routes.framework_matrix import blind
from crosscase.web.routes.quoting import quotes_page, source_guids

MOST_PAIRS = 200
HOW = {"overlap": "their passages overlap", "turn": "they are in one turn", "near": "they touch"}


@dataclass(frozen=True)
class Asked:
    """What a table is made of, besides the filters."""

    how: str
    rows: str
    case: str


def together_room(request: Request) -> Response:
    """Codes that occur together."""
    viewer = viewer_of(request)
    if viewer.hidden:
        return blind(request, "Codes together")
    asked, part = _asked(request, viewer), filtering(request)
    problem, found = "", None
    try:
        found = _together(viewer, asked, part)
    except AnalysisError as error:
        problem = said(error)
    return page(
        request,
        "together.html.j2",
        "compare",
        "Codes together",
        pairs=found.table.head(MOST_PAIRS).to_dicts() if found else [],
        n_pairs=found.table.height if found else 0,
        problem=problem,
        asked=asdict(asked),
        how=HOW,
        cases=viewer.study.settings.cases,
        names=row_names(viewer),
        level=viewer.study.settings.analysis.level,
        part=part,
        n=_n(viewer, part, problem),
    )


def pair_room(request: Request) -> Response:
    """The passages in which two codes occur together."""
    viewer = viewer_of(request)
    if viewer.hidden:
        return blind(request, "Codes together")
    asked, part = _asked(request, viewer), filtering(request)
    one, other = (request.query_params.get(name, "") for name in ("one", "other"))
    found = _together(viewer, asked, part)
    quotes = found.quotes(one=one, other=other)
    if quotes.is_empty():
        raise NotFound(
            "these are not together anywhere", where=f"{one} × {other}"[:120], mend="open a pair from the table"
        )
    names = row_names(viewer)
    wanted = quotes["coding_id"].unique()
    rows_read = found.codings.filter(found.codings["coding_id"].is_in(wanted.implode())).sort(
        "source", "start", "coding_id"
    )
    reader = Names(viewer.framework, viewer.study.settings, tuple(c.name for c in viewer.study.settings.cases))
    codings = readable(rows_read, viewer.study.sources(), reader, {}).values()
    heading = f"{names.get(one, one)} with {names.get(other, other)}"
    under = f"Where {HOW[asked.how]}" + (f"; only {part.words}" if part.given else "")
    back = (f"/together{part.also(**asdict(asked))}", "codes together")
    return quotes_page(request, "compare", heading, under, codings, back)


def saturation_room(request: Request) -> Response:
    """How far further sources still bring new codes."""
    viewer = viewer_of(request)
    if viewer.hidden:
        return blind(request, "Saturation")
    asked, part = _asked(request, viewer), filtering(request)
    problem, found = "", None
    options: dict[str, Any] = {"rows": asked.rows, "case": asked.case or None, "filters": part.filters}
    key = (asked.rows, asked.case, part.filters)
    try:
        found = remembered(viewer, "saturation", key, lambda: saturation_of(viewer.study, **options))
    except AnalysisError as error:
        problem = said(error)
    table = found.table.to_dicts() if found else []
    curve = saturation_curve([(r["seen"], r["expected"], r["low"], r["high"]) for r in table]) if table else ""
    return page(
        request,
        "saturation.html.j2",
        "compare",
        "Saturation",
        found=found,
        table=table,
        curve=Markup(curve),
        problem=problem,
        asked=asdict(asked),
        cases=viewer.study.settings.cases,
        guids=source_guids(viewer),
        part=part,
        n=_n(viewer, part, problem),
    )


def row_names(viewer: Viewer) -> dict[str, str]:
    """Id → name of domains, sub-domains and codes."""
    found: dict[str, str] = {}
    for domain in viewer.framework.domains:
        for sub in domain.subdomains:
            found |= {i.id: i.name for i in sub.indicators} | {sub.id: sub.name}
        found[domain.id] = domain.name
    return found


def _together(viewer: Viewer, asked: Asked, part: Filtering) -> Any:
    options: dict[str, Any] = {"how": asked.how, "rows": asked.rows, "case": asked.case or None}
    return remembered(
        viewer,
        "together",
        (asked, part.filters),
        lambda: cooccurrence_of(viewer.study, filters=part.filters, **options),
    )


def _n(viewer: Viewer, part: Filtering, problem: str) -> tuple[int, int] | None:
    """How many codings the filters leave, of how many."""
    if problem or not part.given:
        return None
    left = part_of(viewer.study, part.filters)
    return left.n_codings, left.n_all


def _asked(request: Request, viewer: Viewer) -> Asked:
    given = request.query_params
    how, rows, case = given.get("how", "overlap"), given.get("rows", "code"), given.get("case", "")
    if how not in HOW or rows not in ROWS or (case and case not in {c.name for c in viewer.study.settings.cases}):
        raise NotFound("there is no such table", where=request.url.path, mend="choose from the lists of the room")
    return Asked(how, rows, case)


ROUTES = [
    Route("/together", together_room),
    Route("/together/pair", pair_room),
    Route("/saturation", saturation_room),
]
