"""Rounds and double coding, inside the Agreement room: begin, limit, draw, reveal, and how many sources are needed."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from crosscase.analysis.agreement.study.planning import look_levels
from crosscase.errors import AnalysisError, InputError
from crosscase.services.double_coding import plan_double_coding, sampling_plans, sources_for_width
from crosscase.services.round_reading import round_reading
from crosscase.services.rounds import (
    RoundState,
    close_round,
    open_round,
    reopen_round,
    reveal_round,
    round_names,
    round_state,
    rounds,
)
from crosscase.web.answers import form_body
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.pages import page
from crosscase.web.routes.search import code_names

_HOME = "/agreement/rounds"
_SHOWN_PLANS = 3


def rounds_room(request: Request) -> Response:
    viewer, query = viewer_of(request), request.query_params
    sources = viewer.study.sources()
    return page(
        request,
        "rounds.html.j2",
        "agreement",
        "Rounds",
        hidden=viewer.hidden,
        rounds=(found := rounds(viewer.study)),
        said=_said(query.get("closed", ""), query.get("reopened", ""), found),
        reading=[(r, round_reading(viewer.study, r.name)) for r in found[::-1]],
        plans=sampling_plans(viewer.study)[::-1][:_SHOWN_PLANS],
        sources=[r for r in sources.to_dicts() if r["kind"] != "context"],
        kinds=sorted({r["kind"] for r in sources.to_dicts()} - {"context"}),
        guids=dict(sources.select("name", "guid").iter_rows()),
        coders=[p for p in viewer.people if p.kind == "person"],
        seed=viewer.study.settings.analysis.seed,
        width=query.get("width", ""),
        looks=query.get("looks", ""),
        **_needed(viewer, query.get("width", ""), query.get("of", "")),
        **_levels(viewer, query.get("looks", "")),
    )


def _said(closed: str, reopened: str, found: list[RoundState]) -> str:
    """What the form before did, where it still holds."""
    now = {state.name: state.closed for state in found}
    if now.get(closed):
        return f"{closed} is closed: nothing is coded in it any more."
    return f"{reopened} is open again." if now.get(reopened) is False else ""


def _needed(viewer: Viewer, width: str, kind: str) -> dict[str, Any]:
    """How many sources (of a kind) an interval of this width needs, from what is coded twice in open rounds."""
    if not width:
        return {"needed": [], "why_needed": "", "of": "interview"}
    visible = [name for name in round_names(viewer.study) if name in viewer.sight.open_rounds]
    try:
        kinds = [kind] if kind else []
        table = sources_for_width(viewer.study, _number(width, "width"), rounds=visible, kinds=kinds)
    except AnalysisError as reason:
        return {"needed": [], "why_needed": reason.what, "of": kind}
    names = code_names(viewer.framework)
    found = [{**row, "name": names.get(row["code"], "All codes")} for row in table.to_dicts()]
    return {"needed": found, "why_needed": "", "of": kind}


def _levels(viewer: Viewer, looks: str) -> dict[str, Any]:
    """The level of the interval at each planned look, so that all looks together keep the study's level."""
    if not looks:
        return {"levels": [], "level": viewer.study.settings.agreement.level}
    shares = [_number(word, "looks") for word in looks.replace(";", ",").split(",") if word.strip()]
    level = viewer.study.settings.agreement.level
    return {"levels": list(zip(shares, look_levels(shares, level), strict=True)), "level": level}


def _number(text: str, name: str) -> float:
    try:
        return float(text.strip())
    except ValueError:
        raise InputError(f"{text[:40]!r} is no number", where=f"{name}, Agreement", mend="write 0.2") from None


async def begin_round(request: Request) -> Response:
    """Open a round with its limits."""
    form = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
    viewer = viewer_of(request)
    _ = viewer.coder
    drawn = [
        name for plan in sampling_plans(viewer.study) if plan.guid in form.get("plan", []) for name in plan.sources
    ]
    open_round(
        viewer.study,
        form.get("name", [""])[0].strip(),
        sources=[*drawn, *(name for name in form.get("sources", []) if name)],
        coders=form.get("coders", []),
        codes=[code for code in form.get("codes", []) if code],
        blind=bool(form.get("blind")),
    )
    viewer.desk.feed.wake()
    return RedirectResponse(_HOME, 303)


async def draw(request: Request) -> Response:
    """Draw sources for double coding by case, kind and level; the draw is recorded."""
    form = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
    viewer = viewer_of(request)
    _ = viewer.coder
    n, seed = form.get("n", [""])[0], form.get("seed", [""])[0].strip()
    if not n.strip().isdecimal() or (seed and not seed.isdecimal()):
        raise InputError("number and seed of a draw are whole numbers", where="Agreement", mend="write 12, say")
    plan_double_coding(viewer.study, int(n), seed=int(seed) if seed else None, kinds=form.get("kinds", []))
    viewer.desk.feed.wake()
    return RedirectResponse(f"{_HOME}#draws", 303)


async def reveal(request: Request) -> Response:
    """End the blindness of a round for everybody, with the reason."""
    form = await form_body(request)
    viewer = viewer_of(request)
    _ = viewer.coder
    name = form.get("round", "")
    if round_state(viewer.study, name).hidden:  # else somebody else was quicker
        reveal_round(viewer.study, name, form.get("reason", ""))
    viewer.desk.feed.wake()
    back = form.get("back", _HOME)
    return RedirectResponse(back if back.startswith("/") and not back.startswith("//") else _HOME, 303)


async def close(request: Request) -> Response:
    """Say that a round is finished; with a reason where somebody has still something to read."""
    form = await form_body(request)
    viewer = viewer_of(request)
    _ = viewer.coder
    name = form.get("round", "")
    if not round_state(viewer.study, name).closed:  # else somebody else was quicker
        close_round(viewer.study, name, form.get("reason", ""))
    viewer.desk.feed.wake()
    return RedirectResponse(f"{_HOME}?{urlencode({'closed': name})}#reading", 303)


async def reopen(request: Request) -> Response:
    """Let codings be added to a closed round again."""
    form = await form_body(request)
    viewer = viewer_of(request)
    _ = viewer.coder
    name = form.get("round", "")
    if round_state(viewer.study, name).closed:
        reopen_round(viewer.study, name, form.get("reason", ""))
    viewer.desk.feed.wake()
    return RedirectResponse(f"{_HOME}?{urlencode({'reopened': name})}#reading", 303)


ROUTES = [
    Route("/agreement/rounds", rounds_room),
    Route("/agreement/rounds", begin_round, methods=["POST"]),
    Route("/agreement/draws", draw, methods=["POST"]),
    Route("/agreement/reveal", reveal, methods=["POST"]),
    Route("/agreement/close", close, methods=["POST"]),
    Route("/agreement/reopen", reopen, methods=["POST"]),
]
