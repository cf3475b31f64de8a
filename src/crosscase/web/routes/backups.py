"""Backups in the Settings room: make one, save one to another place.

Every endpoint here needs an owner: a backup holds everything that the study holds.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from crosscase.errors import AccessError, NotFound
from crosscase.services.backups import backups
from crosscase.web.desk import viewer_of
from crosscase.web.safekeeping import BACKUP, ask_for_backup


def make_one(request: Request) -> Response:
    """Start a backup; the page that comes back shows how far it is."""
    viewer = viewer_of(request)
    _ = viewer.coder
    ask_for_backup(viewer.desk.errands, viewer.study, automatic=False)
    return RedirectResponse("/settings#backups", 303)


def progress(request: Request) -> Response:
    """How far the backup is that is being made, for the page that waits for it."""
    errand = viewer_of(request).desk.errands.now(BACKUP)
    said = errand.problem or ("The backup is made and checked" if errand.made else "")
    return JSONResponse(
        {"running": errand.running, "step": errand.step, "done": errand.done, "total": errand.total, "said": said}
    )


def download(request: Request) -> Response:
    """One backup as a file; it tells everything, so not to somebody who codes blind."""
    viewer, name = viewer_of(request), request.path_params["name"]
    _ = viewer.coder
    if viewer.hidden:
        raise AccessError(
            "not while you code blind: a backup holds everybody's codings",
            where="Settings",
            mend="copy the file from the folder `backups` of the study",
        )
    path = next((b.path for b in backups(viewer.study.folder) if b.path.name == name and b.manifest), None)
    if path is None:
        raise NotFound("no such backup", where="Settings", mend="reload the page")
    # Packed already: packing it once more on the way would cost time and save nothing.
    return FileResponse(path, media_type="application/zip", filename=name, headers={"content-encoding": "identity"})


ROUTES = [
    Route("/settings/backups", make_one, methods=["POST"]),
    Route("/settings/backups/{name}", download),
    Route("/api/settings/backup", progress),
]
