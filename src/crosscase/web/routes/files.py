"""Bringing files in: dropped on the page, looked at first, added as a whole or refused with a sentence."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crosscase.errors import InputError, ManifestError
from crosscase.formats import EXTENSIONS, read_many
from crosscase.services.guessing import guess_date, guess_kind
from crosscase.services.manifest import Description
from crosscase.services.sources import AddedSource, add_sources
from crosscase.store import schema
from crosscase.web.answers import json_body
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.fields import Body, list_in
from crosscase.web.guard import LARGEST_FILE

_TICKET = re.compile(r"^[A-Za-z0-9_-]{22}$")
_SHOWN = 400


async def look_at(request: Request) -> Response:
    """Keep one dropped file aside and say what is in it; nothing is added yet."""
    viewer = viewer_of(request)
    name = Path(request.query_params.get("name", "")).name
    if not name or name.startswith("."):
        raise InputError("the file has no name", where="files", mend="rename it")
    ticket = secrets.token_urlsafe(16)
    folder = viewer.desk.uploads / ticket
    folder.mkdir()
    path = folder / name
    size = 0
    with path.open("wb") as file:
        async for part in request.stream():
            size += len(part)
            if size > LARGEST_FILE:
                raise InputError("the file is too large", where=name, mend="split it, or use `crosscase add`")
            file.write(part)
    return JSONResponse({"ticket": ticket, **await run_in_threadpool(_seen, path)})


def _seen(path: Path) -> dict[str, Any]:
    if path.suffix.lower() not in EXTENSIONS:
        known = ", ".join(sorted(EXTENSIONS))
        return {"name": path.name, "refused": f"{path.suffix or 'this'} is no format that can be read — use {known}"}
    outcome = read_many([path])[0]
    if outcome.error is not None:
        return {"name": path.name, "refused": _said(str(outcome.error), path)}
    first = outcome.sources[0]
    return {
        "name": path.name,
        "n_sources": len(outcome.sources),
        "n_words": sum(s.text.n_words for s in outcome.sources),
        "n_turns": sum(s.text.n_turns for s in outcome.sources),
        "n_pages": sum(len(s.text.pages) for s in outcome.sources),
        "speakers": list(first.text.speakers)[:8],
        "warnings": list(first.text.warnings),
        "beginning": first.text.text[:_SHOWN],
        "kind": guess_kind(path) or "",
        "date": guess_date(path, first.text.metadata) or "",
    }


def _said(sentence: str, path: Path) -> str:
    """What is the matter with a file, and what to do.

    The page names it beside the sentence, by the name that people gave it: where it lies aside meanwhile is nobody's
    concern.
    """
    where = f" — {path.name}"
    return sentence.replace(str(path), path.name).replace(f"{where} — ", " — ").removesuffix(where)


async def bring_in(request: Request) -> Response:
    """Add the files that were looked at, with what people said of them; nothing where something said cannot be."""
    viewer = viewer_of(request)
    body = await json_body(request)
    items = await run_in_threadpool(_items, viewer, list_in(body, "files"))
    problems = await run_in_threadpool(_problems, viewer, items)
    if problems:
        first = problems[0]["sentence"]
        refused = {"what": first, "where": "", "mend": "nothing was added; mend it and add again"}
        return JSONResponse({"refused": "change", "error": refused, "problems": problems}, 400)
    added = await run_in_threadpool(add_sources, viewer.study, items)
    viewer.desk.feed.wake()
    return JSONResponse({"files": [_result(one) for one in added.files]})


def _problems(viewer: Viewer, items: Sequence[tuple[Path, Description]]) -> list[dict[str, str]]:
    """What was said of a file and cannot be, such as a date in words: one sentence per file."""
    with viewer.study.reading() as connection:
        stored = connection.execute(sa.select(schema.case.c.name)).scalars().all()
    cases = frozenset(stored) | {case.name for case in viewer.study.settings.cases}
    found = []
    for path, said in items:
        try:
            said.checked(cases, path.name)
        except ManifestError as error:
            found.append({"ticket": path.parent.name, "sentence": f"{error.what}: {error.mend}"})
    return found


def _items(viewer: Viewer, files: list[Body]) -> list[tuple[Path, Description]]:
    items = []
    for file in files:
        ticket = str(file.get("ticket", ""))
        folder = viewer.desk.uploads / ticket
        if not _TICKET.match(ticket) or not folder.is_dir():
            raise InputError("a file is not here any more", where="files", mend="drop it again")
        said = {name: str(file.get(name) or "") or None for name in ("case", "kind", "date", "role", "level")}
        items.append((next(folder.iterdir()), Description(**said)))  # type: ignore[arg-type]
    return items


def _result(one: AddedSource) -> dict[str, Any]:
    return {
        "file": Path(one.file).name,
        "ticket": Path(one.file).parent.name,
        "outcome": one.outcome,
        "name": one.name,
        "sentence": _said(one.sentence, Path(one.file)),
        "n_words": one.n_words,
        "warnings": list(one.warnings),
    }


ROUTES = [
    Route("/api/files/look", look_at, methods=["POST"]),
    Route("/api/files/add", bring_in, methods=["POST"]),
]
