"""The application: routes, middleware, and what happens when it starts and ends."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from crosscase.errors import CrosscaseError
from crosscase.services.study import Study
from crosscase.web.answers import on_error, on_fault, on_missing
from crosscase.web.computing import AnalysisDesk
from crosscase.web.desk import Desk, study_guid
from crosscase.web.guard import Guard
from crosscase.web.live import Feed
from crosscase.web.pages import HERE, static_version
from crosscase.web.permissions import guarded
from crosscase.web.routes import (
    accounts,
    agreement,
    backups,
    changes,
    codebook,
    coders,
    compare,
    configurations,
    disconfirm,
    doors,
    files,
    framework_matrix,
    history,
    machines,
    report,
    results,
    rounds,
    search,
    settings,
    source,
    study_room,
    together,
)
from crosscase.web.safekeeping import Keeper
from crosscase.web.sessions import Keyring


class _Kept(StaticFiles):
    """Files that browsers may keep, since their address changes with their content."""

    async def get_response(self, path: str, scope: Scope):  # type: ignore[no-untyped-def]
        answer = await super().get_response(path, scope)
        answer.headers["cache-control"] = "public, max-age=31536000, immutable"
        return answer


def make_app(study: Study, secret: bytes, hosts: Iterable[str]) -> Starlette:
    """The workbench of one study; it answers only under the names ``hosts``.

    A name is an origin (``https://crosscase.example.org``) or, for plain HTTP on this machine, a host and a port.
    """
    origins = tuple(host if "://" in host else f"http://{host}" for host in hosts)
    keyring = Keyring(secret, study_guid(study))
    uploads = Path(tempfile.mkdtemp(prefix="crosscase-"))
    desk = Desk(study, keyring, Feed(study), AnalysisDesk(study), origins, uploads)
    desk.refresh()
    keeper = Keeper(desk)
    rooms: list[BaseRoute] = [
        *doors.ROUTES,
        *accounts.ROUTES,
        *study_room.ROUTES,
        *source.ROUTES,
        *changes.ROUTES,
        *codebook.ROUTES,
        *search.ROUTES,
        *history.ROUTES,
        *compare.ROUTES,
        *framework_matrix.ROUTES,
        *together.ROUTES,
        *report.ROUTES,
        *results.ROUTES,
        *configurations.ROUTES,
        *agreement.ROUTES,
        *coders.ROUTES,
        *disconfirm.ROUTES,
        *rounds.ROUTES,
        *settings.ROUTES,
        *backups.ROUTES,
        *machines.ROUTES,
        *files.ROUTES,
    ]
    routes = [
        *guarded(rooms),
        Mount(f"/static/{static_version()}", _Kept(directory=HERE / "static")),
    ]

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await desk.feed.start()
        keeper.start()
        yield
        keeper.stop()
        await desk.feed.stop()
        desk.stop()
        shutil.rmtree(uploads, ignore_errors=True)

    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(GZipMiddleware, minimum_size=700, compresslevel=5),
            Middleware(Guard, study=study, keyring=keyring, origins=origins),
        ],
        exception_handlers={CrosscaseError: on_error, HTTPException: on_missing, Exception: on_fault},
        lifespan=lifespan,
    )
    app.state.desk = desk
    return app
