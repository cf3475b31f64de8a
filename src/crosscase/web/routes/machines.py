"""Machine coders in the Settings room: let one suggest, read its dictionary, see how good it is here.

Letting one suggest changes the study: it needs an owner or a coder. The pages need a reader.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from crosscase.errors import NotEnoughEvidence, NotFound
from crosscase.services.evaluating import evaluate
from crosscase.services.machine_coders import MachineCoder, machine_coders
from crosscase.web.answers import form_body
from crosscase.web.desk import viewer_of
from crosscase.web.machines import SUGGEST, let_suggest
from crosscase.web.pages import page


async def ask_for_suggestions(request: Request) -> Response:
    """Let a machine coder go through all sources that it has not done."""
    form = await form_body(request)
    viewer = viewer_of(request)
    _ = viewer.coder
    machine = _machine(request, form.get("name", ""))
    viewer.desk.errands.ask(SUGGEST, viewer.study.head(), let_suggest, viewer.coder, machine.name)
    return RedirectResponse("/settings#machines", 303)


def progress(request: Request) -> Response:
    """How far the machine coder is, for the page that waits for it."""
    viewer = viewer_of(request)
    errand = viewer.desk.errands.now(SUGGEST)
    if not errand.running:
        viewer.desk.feed.wake()
    said = errand.problem or errand.made or ""
    return JSONResponse(
        {"running": errand.running, "step": errand.step, "done": errand.done, "total": errand.total, "said": said}
    )


def dictionary(request: Request) -> Response:
    """Which terms suggest which code."""
    machine = _machine(request, request.path_params["name"])
    framework = viewer_of(request).framework
    with_terms = [i for i in framework.indicators if i.terms or i.weak_terms]
    return page(
        request,
        "machines_dictionary.html.j2",
        "settings",
        f"What “{machine.label}” looks for",
        machine=machine,
        domains=[(d, [i for i in with_terms if i.domain == d.id]) for d in framework.domains],
        without=[i for i in framework.indicators if i.kind == "passage" and not (i.terms or i.weak_terms)],
    )


def evaluation(request: Request) -> Response:
    """A machine coder against people, code by code; closed while a round is blind for who asks."""
    viewer = viewer_of(request)
    machine = _machine(request, request.path_params["name"])
    if viewer.hidden:
        return page(
            request,
            "blind.html.j2",
            "settings",
            "How good is it here?",
            hidden=viewer.hidden,
            back="/settings#machines",
        )
    found, problem = None, None
    try:
        found = evaluate(viewer.study, machine.name)
    except (NotEnoughEvidence, NotFound) as error:
        problem = error
    return page(
        request,
        "machines_evaluation.html.j2",
        "settings",
        f"How good is “{machine.label}” here?",
        machine=machine,
        found=found,
        problem=problem,
        names={i.id: i.name for i in viewer.framework.indicators},
    )


def _machine(request: Request, name: str) -> MachineCoder:
    viewer = viewer_of(request)
    found = next((m for m in machine_coders(viewer.study, only="") if m.name == name), None)
    if found is None:
        raise NotFound(f"no machine coder {name[:64]!r}", where="Settings", mend="the Settings room lists them")
    return found


ROUTES = [
    Route("/settings/machines", ask_for_suggestions, methods=["POST"]),
    Route("/settings/machines/{name}/dictionary", dictionary),
    Route("/settings/machines/{name}/evaluation", evaluation),
    Route("/api/settings/machines", progress),
]
