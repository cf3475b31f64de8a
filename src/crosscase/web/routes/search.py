"""The Search room: words in all sources, filtered; each result leads to its place and can be coded where it stands."""

from __future__ import annotations

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crosscase.errors import FrameworkError
from crosscase.model.framework import Framework
from crosscase.model.study import LEVELS, SOURCE_KINDS
from crosscase.services.searching import MOST, Filters, search_sources
from crosscase.store import schema
from crosscase.store.search import terms
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.pages import page

CODED = {"yes": "coded", "no": "not coded", "mine": "coded by me", "not-mine": "not coded by me"}


def search_room(request: Request) -> Response:
    viewer = viewer_of(request)
    words = request.query_params.get("q", "")
    filters = Filters(**{name: request.query_params.get(name, "") for name in Filters.__dataclass_fields__})
    found = search_sources(viewer.study, viewer.sight, words, filters) if words.strip() else []
    return page(
        request,
        "search.html.j2",
        "search",
        "Search",
        words=words,
        shorter=next((term.rstrip("*")[:4].strip() for either in terms(words)[0] for term in either), ""),
        filters=filters,
        found=found,
        most=MOST,
        kinds=SOURCE_KINDS,
        levels=LEVELS,
        roles=_roles(viewer),
        coded=CODED,
        cases=viewer.study.settings.cases,
        names=code_names(viewer.framework),
    )


def _roles(viewer: Viewer) -> list[str]:
    """The roles that sources have."""
    role = schema.source.c.role
    with viewer.study.reading() as connection:
        found = connection.execute(sa.select(role).where(role.is_not(None)).distinct()).scalars()
        return sorted(r for r in found if r)


def code_names(framework: Framework) -> dict[str, str]:
    """Code → name; what is not in the framework any more keeps its id."""
    return {indicator.id: indicator.name for indicator in framework.indicators}


def code_name(framework: Framework, code: str) -> str:
    try:
        return framework.indicator(code).name
    except FrameworkError:
        return code


ROUTES = [Route("/search", search_room)]
