"""Compare: who does the work, in all or part of the evidence; the framework matrix; codes together; saturation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crosscase.errors import AnalysisError, NotFound
from crosscase.report.content import Coding, DomainWork, Report, Work
from crosscase.report.curves import saturation_curve
from crosscase.services.exploring import cooccurrence_of, saturation_of
from crosscase.services.matrix_view import ROWS, OpenCell, matrix_state, open_cell
from crosscase.services.reporting.codings import readable
from crosscase.services.reporting.names import Names
from crosscase.services.slicing import Filters, Slice, choices_of, work_slice
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.pages import page
from crosscase.web.routes.results import MOST_QUOTES, ready_or_page, source_guids, with_places

MOST_PAIRS = 200
ALL, ASIDE = "all", "aside"
HOW = {"overlap": "their passages overlap", "turn": "they are in one turn", "near": "they touch"}


def remembered(viewer: Viewer, what: str, options: Any, make: Callable[[], Any]) -> Any:
    """What was computed from this state of the study before, or is computed now."""
    study = viewer.study
    state = (str(study.folder), study.head(), viewer.framework.digest, study.settings.model_dump_json())
    return viewer.desk.measured.get((what, options, state), make)


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


def read_filters(request: Request) -> Filters:
    """The filters of an address."""
    given = {name: request.query_params.get(name, "").strip()[:200] for name in Filters.__dataclass_fields__}
    return Filters(**given)


def compare_room(request: Request) -> Response:
    ready = ready_or_page(request, "compare", "Compare")
    if isinstance(ready, Response):
        return ready
    viewer, filters = viewer_of(request), read_filters(request)
    shown, problem, sliced = ready.report.work, "", None
    if filters.given and shown.cases:
        try:
            sliced = _slice(viewer, filters)
            shown = sliced.work
        except AnalysisError as error:
            problem = f"{error.what[:1].upper()}{error.what[1:]}: {error.mend}."
    return page(
        request,
        "compare.html.j2",
        "compare",
        "Compare",
        r=ready.report,
        work=shown,
        stale=ready.stale and not filters.given,
        state=ready.state,
        filters=filters,
        choices=remembered(viewer, "choices", None, lambda: choices_of(viewer.study)),
        query=f"?{urlencode(filters.given)}" if filters.given else "",
        sliced=sliced,
        problem=problem,
        people={p.name: p.label for p in viewer.people},
    )


def _slice(viewer: Viewer, filters: Filters) -> Slice:
    found: Slice = remembered(viewer, "slice", filters, lambda: work_slice(viewer.study, filters))
    return found


def cell_room(request: Request) -> Response:
    """The quotes behind one cell of the distribution of work, and those of the cell that weigh nothing."""
    ready = ready_or_page(request, "compare", "Compare")
    if isinstance(ready, Response):
        return ready
    viewer, filters = viewer_of(request), read_filters(request)
    case, domain, locus = (request.path_params[name] for name in ("case", "domain", "locus"))
    sliced = _slice(viewer, filters) if filters.given else None
    shown = sliced.work if sliced else ready.report.work
    work, cell = _find(shown, case, domain)
    codings = _of_slice(sliced, case, domain) if sliced else _of_report(ready.report, case, cell.label)
    known = {ALL: "Codings that count in the shares", ASIDE: "Codings that weigh nothing"}
    known |= {place.id: place.label for place in shown.loci}
    if locus not in known:
        raise NotFound(f"there is no locus {locus[:60]!r}", where=f"{case} × {domain}", mend="open it from Compare")
    aside = codings.pop(ASIDE, [])
    counted = sorted(
        {c.id: c for part in codings.values() for c in part}.values(), key=lambda c: (c.source, c.start, c.id)
    )
    wanted = counted if locus == ALL else aside if locus == ASIDE else codings.get(locus, [])
    why = request.query_params.get("why", "")
    label = f"{known[locus]}; only {', '.join(filters.given.values())}" if sliced else known[locus]
    heading = f"{work}: {cell.label}"
    return page(
        request,
        "quotes.html.j2",
        "compare",
        heading,
        heading=heading,
        under=label,
        quotes=with_places(viewer, [c for c in wanted if not why or c.aside == why]),
        back=f"/compare?{urlencode(filters.given)}" if filters.given else "/compare",
        back_label="the matrix",
        cell=cell,
        here=locus,
        address=f"/compare/{case}/{domain}",
        query=urlencode(filters.given),
        aside=Counter(c.aside for c in aside),
        n_counted=len(counted),
        unstated=shown.loci[-1],
        most=MOST_QUOTES,
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


def matrix_room(request: Request) -> Response:
    """The framework matrix: a row per domain, sub-domain, code or theme, a column per case."""
    viewer = viewer_of(request)
    if viewer.hidden:
        return _blind(request, "Framework matrix")
    rows = request.query_params.get("rows", "domain")
    return page(
        request,
        "matrix.html.j2",
        "compare",
        "Framework matrix",
        matrix=matrix_state(viewer.study, rows),
        rows=rows,
        people={p.name: p.label for p in viewer.people},
    )


def summary_room(request: Request) -> Response:
    """One cell of the framework matrix, to be written."""
    viewer = viewer_of(request)
    if viewer.hidden:
        return _blind(request, "Framework matrix")
    row, case = (request.query_params.get(name, "").strip() for name in ("row", "case"))
    if not row:
        raise NotFound("the cell has no row", where="matrix", mend="open it from the matrix")
    found = open_cell(viewer.study, row, case)
    attached = _attached(viewer, found)
    return page(
        request,
        "summary.html.j2",
        "compare",
        f"{found.case_label}: {found.label}",
        found=found,
        attached=attached,
        rows=found.kind if found.kind in ROWS else "domain",
        people={p.name: p.label for p in viewer.people},
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


def together_room(request: Request) -> Response:
    """Codes that occur together."""
    viewer = viewer_of(request)
    if viewer.hidden:
        return _blind(request, "Codes together")
    how, rows, case = _asked(request, viewer)
    problem, found = "", None
    try:
        found = remembered(
            viewer,
            "together",
            (how, rows, case),
            lambda: cooccurrence_of(viewer.study, how=how, rows=rows, case=case or None),
        )
    except AnalysisError as error:
        problem = f"{error.what[:1].upper()}{error.what[1:]}: {error.mend}."
    return page(
        request,
        "together.html.j2",
        "compare",
        "Codes together",
        pairs=found.table.head(MOST_PAIRS).to_dicts() if found else [],
        n_pairs=found.table.height if found else 0,
        problem=problem,
        asked={"how": how, "rows": rows, "case": case},
        how=HOW,
        cases=viewer.study.settings.cases,
        names=row_names(viewer),
        level=viewer.study.settings.analysis.level,
    )


def pair_room(request: Request) -> Response:
    """The passages in which two codes occur together."""
    viewer = viewer_of(request)
    if viewer.hidden:
        return _blind(request, "Codes together")
    how, rows, case = _asked(request, viewer)
    one, other = (request.query_params.get(name, "") for name in ("one", "other"))
    found = remembered(
        viewer,
        "together",
        (how, rows, case),
        lambda: cooccurrence_of(viewer.study, how=how, rows=rows, case=case or None),
    )
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
    codings = list(readable(rows_read, viewer.study.sources(), reader, {}).values())
    heading = f"{names.get(one, one)} with {names.get(other, other)}"
    back = f"/together?{urlencode({'how': how, 'rows': rows, 'case': case})}"
    return page(
        request, "quotes.html.j2", "compare", heading, heading=heading, under=f"Where {HOW[how]}",
        quotes=with_places(viewer, codings), back=back, back_label="codes together", cell=None, most=MOST_QUOTES,
    )  # fmt: skip


def saturation_room(request: Request) -> Response:
    """How far further sources still bring new codes."""
    viewer = viewer_of(request)
    if viewer.hidden:
        return _blind(request, "Saturation")
    _, rows, case = _asked(request, viewer)
    problem, found = "", None
    try:
        found = remembered(
            viewer, "saturation", (rows, case), lambda: saturation_of(viewer.study, rows=rows, case=case or None)
        )
    except AnalysisError as error:
        problem = f"{error.what[:1].upper()}{error.what[1:]}: {error.mend}."
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
        asked={"rows": rows, "case": case},
        cases=viewer.study.settings.cases,
        guids=source_guids(viewer),
    )


def row_names(viewer: Viewer) -> dict[str, str]:
    """Id → name of domains, sub-domains and codes."""
    found: dict[str, str] = {}
    for domain in viewer.framework.domains:
        for sub in domain.subdomains:
            found |= {i.id: i.name for i in sub.indicators} | {sub.id: sub.name}
        found[domain.id] = domain.name
    return found


def _asked(request: Request, viewer: Viewer) -> tuple[str, str, str]:
    given = request.query_params
    how, rows, case = given.get("how", "overlap"), given.get("rows", "code"), given.get("case", "")
    if how not in HOW or rows not in ROWS or (case and case not in {c.name for c in viewer.study.settings.cases}):
        raise NotFound("there is no such table", where=request.url.path, mend="choose from the lists of the room")
    return how, rows, case


def _blind(request: Request, title: str) -> Response:
    viewer = viewer_of(request)
    return page(request, "blind.html.j2", "compare", title, hidden=viewer.hidden, back=request.url.path)


ROUTES = [
    Route("/compare", compare_room),
    Route("/compare/{case}/{domain}/{locus}", cell_room),
    Route("/matrix", matrix_room),
    Route("/matrix/cell", summary_room),
    Route("/together", together_room),
    Route("/together/pair", pair_room),
    Route("/saturation", saturation_room),
]
