"""The Codebook room: the framework as people use it, with how often each code was given."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crosscase.services.progress import code_counts
from crosscase.web.desk import viewer_of
from crosscase.web.pages import page
from crosscase.web.routes.source import N_COLOURS


def codebook_room(request: Request) -> Response:
    viewer = viewer_of(request)
    framework = viewer.framework
    return page(
        request,
        "codebook.html.j2",
        "codebook",
        "Codebook",
        framework=framework,
        counts=code_counts(viewer.study, viewer.sight),
        n_colours=N_COLOURS,
        partial=bool(viewer.hidden),
    )


ROUTES = [Route("/codebook", codebook_room)]
