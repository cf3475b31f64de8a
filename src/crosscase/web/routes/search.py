"""The Search room: words in all sources, each result a link to its place."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crosscase.errors import FrameworkError
from crosscase.model.framework import Framework
from crosscase.model.study import LEVELS, SOURCE_KINDS
from crosscase.services.searching import MOST, search_sources
from crosscase.web.desk import viewer_of
from crosscase.web.pages import page


def search_room(request: Request) -> Response:
    viewer = viewer_of(request)
    asked = {name: request.query_params.get(name, "") for name in ("q", "case", "kind", "level")}
    found = (
        search_sources(
            viewer.study, viewer.sight, asked["q"], case=asked["case"], kind=asked["kind"], level=asked["level"]
        )
        if asked["q"].strip()
        else []
    )
    return page(
        request,
        "search.html.j2",
        "search",
        "Search",
        asked=asked,
        found=found,
        most=MOST,
        kinds=SOURCE_KINDS,
        levels=LEVELS,
        cases=viewer.study.settings.cases,
        names=code_names(viewer.framework),
    )


def code_names(framework: Framework) -> dict[str, str]:
    """Code → name; what is not in the framework any more keeps its id."""
    return {indicator.id: indicator.name for indicator in framework.indicators}


def code_name(framework: Framework, code: str) -> str:
    try:
        return framework.indicator(code).name
    except FrameworkError:
        return code


ROUTES = [Route("/search", search_room)]
