"""What coders do over time and what their codings come to: drift, and the types that each one's codings make."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from crosscase.errors import AnalysisError, NotFound
from crosscase.services.agreeing import DRIFT_OVER, drift_result, drift_study
from crosscase.services.analyses import input_hash
from crosscase.web.agreements import Asked, asked_of
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.errands import Errand, compare_types
from crosscase.web.pages import page
from crosscase.web.routes.search import code_names

MOST_QUOTES = 300
_MOST_ROWS = 200
TYPES = "types"
_PARTS = (("Given, but not by all who read it", "differs"), ("Given by all who read it", "agreed"))


def drift_room(request: Request) -> Response:
    """Whether a coder comes to use a code more or less often than colleagues on the same units."""
    viewer = viewer_of(request)
    asked = asked_of(request, viewer)
    over = request.query_params.get("over") or "round"
    rows: list[dict[str, Any]] = []
    why = mend = ""
    unit = _fixed(asked)
    try:
        rows = drift_study(viewer.study, unit=unit, over=over, rounds=asked.visible).to_dicts()
    except AnalysisError as reason:
        why, mend = reason.what, reason.mend
    names = code_names(viewer.framework)
    for row in rows:
        row["name"] = names.get(row["code"], row["code"])
        row["period"] = row.get("period") or row["round"]
        where = {"coder": row["coder"], "code": row["code"], "when": row["period"], "over": over, "unit": unit}
        row["address"] = f"/agreement/drift/codings?{urlencode(where)}"
        row["sure"] = row["low"] is not None and (row["low"] > 0 or row["high"] < 0)
    rows.sort(key=lambda row: (not row["sure"], -abs(row["difference"])))
    return page(
        request,
        "drift.html.j2",
        "agreement",
        "Drift",
        asked=asked,
        hidden=viewer.hidden,
        rows=rows[:_MOST_ROWS],
        n_rows=len(rows),
        n_known=sum(row["low"] is not None for row in rows),
        n_apart=sum(row["sure"] for row in rows),
        level=viewer.study.settings.agreement.level,
        why=why,
        mend=mend,
        over=over,
        periods=DRIFT_OVER,
    )


def drift_codings(request: Request) -> Response:
    """The codings behind one row of the drift: the coder's and their colleagues', on the units that both read."""
    viewer = viewer_of(request)
    asked = asked_of(request, viewer)
    query = request.query_params
    coder, code, when = (query.get(name, "") for name in ("coder", "code", "when"))
    over = query.get("over") or "round"
    result = drift_result(viewer.study, unit=_fixed(asked), over=over, rounds=asked.visible)
    cell = {"coder": coder, "code": code, "round" if over == "round" else "period": when}
    found = result.table.filter(**cell)
    if found.is_empty():
        raise NotFound("nothing was measured there", where="Drift", mend="open it from the table of the drift")
    quotes = result.quotes(**cell)
    return page(
        request,
        "drift_codings.html.j2",
        "agreement",
        "Drift",
        row=found.to_dicts()[0],
        coder=coder,
        when=when,
        back=asked.link("/agreement/drift", over=over),
        passages=Asked(asked.unit, asked.coefficient, when, "alone", asked.visible).link(
            "/agreement/passages", code=code
        )
        if over == "round"
        else "",
        groups=[
            (title, quotes.filter(part=part).head(MOST_QUOTES).to_dicts(), quotes.filter(part=part).height)
            for title, part in _PARTS
        ],
        guids=dict(viewer.study.sources().select("name", "guid").iter_rows()),
        name=code_names(viewer.framework).get(code, code),
    )


def _fixed(asked: Asked) -> str:
    """Units that everybody has: passages that coders chose freely are compared turn by turn."""
    return asked.unit if asked.unit != "span" else "turn"


def types_room(request: Request) -> Response:
    """Does each coder's own coding make the case the same type? Computed when it is asked for."""
    viewer = viewer_of(request)
    asked = asked_of(request, viewer)
    errand = viewer.desk.errands.now(TYPES)
    if errand.running:
        return page(
            request, "computing.html.j2", "agreement", "Types per coder", state=errand, ask="/api/errands/types"
        )
    key = _types_key(viewer, asked)
    shown = errand if errand.key and errand.key.startswith(_of_rounds(asked)) else Errand()
    result = shown.made
    return page(
        request,
        "coder_types.html.j2",
        "agreement",
        "Types per coder",
        asked=asked,
        hidden=viewer.hidden,
        problem=shown.problem,
        stale=result is not None and errand.key != key,
        by_case=result.table.partition_by("case", "compared", maintain_order=True) if result is not None else None,
    )


async def ask_types(request: Request) -> Response:
    """Start comparing the types that coders' own codings make."""
    viewer = viewer_of(request)
    asked = asked_of(request, viewer)
    viewer.desk.errands.ask(TYPES, _types_key(viewer, asked), compare_types, asked.visible)
    return RedirectResponse("/agreement/types", 303)


def types_evidence(request: Request) -> Response:
    """The codings behind the verdict that one coder's codings make."""
    viewer = viewer_of(request)
    asked = asked_of(request, viewer)
    errand, case, coder = viewer.desk.errands.now(TYPES), request.path_params["case"], request.path_params["coder"]
    if errand.made is None or not errand.key.startswith(_of_rounds(asked)):
        raise NotFound("nothing was compared yet", where="Types per coder", mend="open it from the Agreement room")
    compared = request.query_params.get("compared")
    quotes = errand.made.quotes(case=case, coder=coder, **({"compared": compared} if compared else {}))
    guids = dict(viewer.study.sources().select("name", "guid").iter_rows())
    return page(
        request,
        "coder_quotes.html.j2",
        "agreement",
        "Types per coder",
        case=case,
        coder=coder,
        n=quotes.height,
        quotes=quotes.head(MOST_QUOTES).to_dicts(),
        guids=guids,
        names=code_names(viewer.framework),
    )


def _of_rounds(asked: Asked) -> str:
    """Results of other rounds are never shown: they may have been blind for this person."""
    return f"{'/'.join(asked.visible)}:"


def _types_key(viewer: Viewer, asked: Asked) -> str:
    settings = viewer.study.settings.analysis.model_dump_json()
    return f"{_of_rounds(asked)}{viewer.framework.digest}:{settings}:{input_hash(viewer.study, 'independent')}"


def errand_state(request: Request) -> Response:
    """How far an errand is."""
    state = viewer_of(request).desk.errands.now(request.path_params["name"])
    return JSONResponse(
        {
            "running": state.running,
            "step": state.step,
            "done": state.done,
            "total": state.total,
            "problem": state.problem,
        }
    )


ROUTES = [
    Route("/agreement/drift", drift_room),
    Route("/agreement/drift/codings", drift_codings),
    Route("/agreement/types", types_room),
    Route("/agreement/types", ask_types, methods=["POST"]),
    Route("/agreement/types/{case}/{coder}", types_evidence),
    Route("/api/errands/{name}", errand_state),
]
