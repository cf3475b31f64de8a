"""Compare: who does the work, in all or part of the evidence, and the quotes of its cells."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crosscase.errors import AnalysisError, NotFound
from crosscase.report.content import Coding, DomainWork, Report, Work
from crosscase.services.slicing import Filters, Slice, work_slice
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.pages import page
from crosscase.web.routes.filtering import filtering, remembered, said
from crosscase.web.routes.quoting import quotes_page
from crosscase.web.routes.results import ready_or_page

ALL, ASIDE = "all", "aside"


def compare_room(request: Request) -> Response:
    ready = ready_or_page(request, "compare", "Compare")
    if isinstance(ready, Response):
        return ready
    viewer, part = viewer_of(request), filtering(request)
    shown, problem, sliced = ready.report.work, "", None
    if part.given and shown.cases:
        try:
            sliced = _slice(viewer, part.filters)
            shown = sliced.work
        except AnalysisError as error:
            problem = said(error)
    return page(
        request,
        "compare.html.j2",
        "compare",
        "Compare",
        r=ready.report,
        work=shown,
        stale=ready.stale and not part.given,
        state=ready.state,
        part=part,
        sliced=sliced,
        problem=problem,
    )


def _slice(viewer: Viewer, filters: Filters) -> Slice:
    found: Slice = remembered(viewer, "slice", filters, lambda: work_slice(viewer.study, filters))
    return found


def cell_room(request: Request) -> Response:
    """The quotes behind one cell of the distribution of work, and those of the cell that weigh nothing."""
    ready = ready_or_page(request, "compare", "Compare")
    if isinstance(ready, Response):
        return ready
    viewer, part = viewer_of(request), filtering(request)
    case, domain, locus = (request.path_params[name] for name in ("case", "domain", "locus"))
    whole = ready.report.work
    work, cell = _find(whole, case, domain)
    known = {ALL: "Codings that count in the shares", ASIDE: "Codings that weigh nothing"}
    known |= {place.id: place.label for place in whole.loci}
    if locus not in known:
        raise NotFound(f"there is no locus {locus[:60]!r}", where=f"{case} × {domain}", mend="open it from Compare")
    codings, problem = _of_report(ready.report, case, cell.label), ""
    if part.given:
        try:
            sliced = _slice(viewer, part.filters)
            codings = _of_slice(sliced, case, domain)
            _, cell = _find(sliced.work, case, domain)
        except AnalysisError as error:
            codings, problem = {}, said(error)
    aside = codings.pop(ASIDE, [])
    counted = sorted((c for found in codings.values() for c in found), key=lambda c: (c.source, c.start, c.id))
    wanted = counted if locus == ALL else aside if locus == ASIDE else codings.get(locus, [])
    why = request.query_params.get("why", "")
    return quotes_page(
        request,
        "compare",
        f"{work}: {cell.label}",
        f"{known[locus]}; only {part.words}" if part.given else known[locus],
        [c for c in wanted if not why or c.aside == why],
        (f"/compare{part.query}", "the matrix"),
        cell=None if problem else cell,
        here=locus,
        why=why,
        address=f"/compare/{case}/{domain}",
        query=urlencode(part.given),
        aside=Counter(c.aside for c in aside),
        n_counted=len(counted),
        unstated=whole.loci[-1],
        part=part,
        problem=problem,
    )


def _find(shown: Work, case: str, domain: str) -> tuple[str, DomainWork]:
    work = next((c for c in shown.cases if c.case == case), None)
    cell = next((d for d in work.domains if d.domain == domain), None) if work else None
    if work is None or cell is None:
        raise NotFound("there is no such cell", where=f"{case} × {domain}", mend="open it from the Compare room")
    return work.label, cell


def _of_report(report: Report, case: str, label: str) -> dict[str, list[Coding]]:
    """Locus → the codings of a cell, as the report's appendix has them."""
    ids = {place.label: place.id for place in report.work.loci}
    blocks = [b for evidence in report.evidence if evidence.case == case for b in evidence.blocks if b.label == label]
    found = {ids.get(p.label, p.label): [report.codings[i] for i in p.codings] for b in blocks for p in b.parts}
    return found | {ASIDE: [report.codings[i] for b in blocks if b.aside for i in b.aside.codings]}


def _of_slice(sliced: Slice, case: str, domain: str) -> dict[str, list[Coding]]:
    """The same in part of the evidence."""
    here = {key[2]: ids for key, ids in sliced.cells.items() if key[:2] == (case, domain)}
    here[ASIDE] = sliced.aside.get((case, domain), ())
    return {locus: [sliced.codings[i] for i in ids] for locus, ids in here.items()}


ROUTES = [
    Route("/compare", compare_room),
    Route("/compare/{case}/{domain}/{locus}", cell_room),
]
