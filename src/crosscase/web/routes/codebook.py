"""The Codebook room: the framework as people use it, changed by forms, each change looked at before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote

import polars as pl
import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from crosscase.errors import Conflict, CrosscaseError, FrameworkError, InputError, NotFound
from crosscase.frameworks.rewriting import CodeText
from crosscase.model.framework import Framework
from crosscase.services.codebook_changes import (
    Change,
    Draft,
    Version,
    draft_change,
    make_change,
    text_of,
    version_text,
    versions,
)
from crosscase.services.codebook_edits import KINDS, Edited, choices_of, recode, recoding_status, waiting_codings
from crosscase.services.coding_by_hand import HandCoding, select_codings
from crosscase.services.progress import code_counts
from crosscase.services.reporting.codings import readable
from crosscase.services.reporting.names import Names
from crosscase.store import schema
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.pages import page
from crosscase.web.routes.quoting import quotes_page
from crosscase.web.routes.source import N_COLOURS

PARTS = 4  # into how many codes one can be split in one go
MOST_AGAIN = 50


@dataclass(frozen=True)
class Waiting:
    """A coding whose code was redefined or split: the words, and what it may become."""

    edit: int
    number: int
    kind: str
    coding: HandCoding
    words: str
    address: str
    choices: tuple[str, ...]


def codebook_room(request: Request) -> Response:
    viewer = viewer_of(request)
    framework = viewer.framework
    history = versions(viewer.study)
    return page(
        request,
        "codebook.html.j2",
        "codebook",
        "Codebook",
        framework=framework,
        counts=code_counts(viewer.study, viewer.sight),
        n_colours=N_COLOURS,
        partial=bool(viewer.hidden),
        newest=history[0],
        changed=last_changed(history),
        again=again_state(viewer),
        n_versions=len(history),
        said=_said(request, history[0]),
    )


def last_changed(history: list[Version]) -> dict[str, Version]:
    """Code → the newest version in which it came or got other words; nothing for codes of the first one."""
    found: dict[str, Version] = {}
    for version in history:
        for code in version.codes:
            found.setdefault(code, version)
    return found


def again_state(viewer: Viewer) -> list[dict[str, Any]]:
    """Per change and coder how many codings were looked at again; colleagues only where nothing is blind."""
    table = recoding_status(viewer.study).filter(pl.col("kind").is_in(["split", "redefine"]))
    if viewer.hidden:
        table = table.filter(pl.col("coder") == viewer.session.coder)
    return table.to_dicts()


def _said(request: Request, newest: Version) -> str:
    done = request.query_params.get("done", "")
    return f"The codebook stands at version {newest.version} now." if done == newest.version else ""


def edit_page(request: Request) -> Response:
    """The forms that change one code."""
    _ = viewer_of(request).coder
    return _forms(request, request.path_params["code"])


def _forms(
    request: Request, code: str, given: dict[str, list[str]] | None = None, problem: CrosscaseError | None = None
) -> Response:
    """The forms of one code; after a mistake with what was entered, and the sentence in the form that it is about."""
    viewer = viewer_of(request)
    known = {i.id: i for i in viewer.framework.indicators}
    if code not in known:
        raise NotFound(f"there is no code {code[:80]}", where="codebook", mend="choose one in the Codebook room")
    history = versions(viewer.study)
    past = [(v, d) for v in history for d in v.differences if d.code == code]
    return page(
        request,
        "code_edit.html.j2",
        "codebook",
        f"Change {known[code].name}",
        code=known[code],
        others=[i for i in viewer.framework.indicators if i.id != code],
        framework=viewer.framework,
        n=code_counts(viewer.study, viewer.sight).get(code, 0),
        parts=range(1, PARTS + 1),
        past=past,
        given=given or {},
        asked=_one(given or {}, "kind"),
        problem=problem,
        status=400 if problem else 200,
    )


async def preview(request: Request) -> Response:
    """What a change would do; nothing is changed yet."""
    fields = await _fields(request)
    viewer = viewer_of(request)
    _ = viewer.coder
    code = _one(fields, "code")
    try:
        draft = draft_change(viewer.study, viewer.sight, read_change(fields, viewer.framework))
    except (InputError, Conflict) as problem:
        if code not in {i.id for i in viewer.framework.indicators} or _one(fields, "kind") not in KINDS:
            raise
        return _forms(request, code, fields, problem)
    return page(
        request,
        "code_preview.html.j2",
        "codebook",
        "Look at the change",
        draft=draft,
        again=[(name, value) for name, values in fields.items() if name != "guard" for value in values],
        back=f"/codebook/edit/{quote(draft.change.codes[0])}",
        partial=bool(viewer.hidden),
        names={i.id: i.name for i in viewer.framework.indicators},
    )


async def change(request: Request) -> Response:
    """Make the change that was looked at."""
    fields = await _fields(request)
    viewer = viewer_of(request)
    _ = viewer.coder

    def make() -> tuple[Draft, Edited]:
        draft = draft_change(viewer.study, viewer.sight, read_change(fields, viewer.framework))
        return draft, make_change(viewer.study, draft, _one(fields, "basis"))

    draft, done = await run_in_threadpool(make)
    viewer.desk.refresh()
    viewer.desk.feed.wake()
    place = draft.change.after[0].id if draft.change.after else ""
    return RedirectResponse(f"/codebook?done={quote(done.version)}#{quote(place)}", 303)


def read_change(fields: dict[str, list[str]], framework: Framework) -> Change:
    """A change from the fields of its form."""
    kind, code = _one(fields, "kind"), _one(fields, "code")
    reason = _one(fields, "reason").strip()
    if kind == "drop":
        return Change("drop", (code,), (), reason)
    if kind == "split":
        parts = [_code_text(fields, f"{n}-") for n in range(1, PARTS + 1)]
        kept = tuple(p for p in parts if p.id or p.name or p.definition)
        return Change("split", (code,), kept, reason)
    if kind == "merge":
        return Change("merge", (code, *fields.get("with", [])), (_code_text(fields, "", framework),), reason)
    after = _code_text(fields, "", framework)
    return Change("redefine", (code,), (after,), reason, again=_one(fields, "again") == "yes")


def _code_text(fields: dict[str, list[str]], prefix: str, framework: Framework | None = None) -> CodeText:
    given = {
        name: _one(fields, prefix + name).replace("\r\n", "\n").strip()
        for name in ("id", "name", "definition", "include", "exclude", "example")
    }
    if framework is not None and f"{prefix}include" not in fields:
        # A merge asks for less: what the form leaves out stays as it is.
        known = next((text_of(i) for i in framework.indicators if i.id == given["id"]), None)
        for name in ("include", "exclude", "example"):
            given[name] = getattr(known, name) if known else ""
    return CodeText(**given)


def codings_page(request: Request) -> Response:
    """The codings of one code, as far as this person may see them."""
    viewer, code = viewer_of(request), request.path_params["code"]
    c = schema.coding.c
    with viewer.study.reading() as connection:
        name = sa.select(schema.code.c.id).where(schema.code.c.name == code)
        number = connection.execute(name).scalar()
        if number is None:
            raise NotFound(f"there is no code {code[:80]}", where="codebook", mend="choose one in the Codebook room")
        seen = sa.select(c.id).where(c.code_id == number, c.retired_at.is_(None), viewer.sight.codings())
        ids = list(connection.execute(seen.where(c.layer == "independent")).scalars())
    evidence = viewer.study.evidence("independent")
    rows = evidence.filter(pl.col("coding_id").is_in(ids)).sort("source", "start", "coding_id")
    names = Names(viewer.study.rulebook, viewer.study.settings, tuple(x.name for x in viewer.study.settings.cases))
    heading = names.code(code)
    under = "Codings that you may see" if viewer.hidden else "All codings"
    codings = readable(rows, viewer.study.sources(), names, {}).values()
    return quotes_page(request, "codebook", heading, under, codings, (f"/codebook#{code}", "the codebook"))


def versions_page(request: Request) -> Response:
    """Every version, with what differs from the one before."""
    viewer = viewer_of(request)
    return page(request, "versions.html.j2", "codebook", "Versions of the codebook", versions=versions(viewer.study))


def version_file(request: Request) -> Response:
    """A version as a framework file."""
    viewer = viewer_of(request)
    version = request.query_params.get("version", "")
    text = version_text(viewer.study, version)
    name = "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "_" for c in f"framework-{version}.yaml")
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return PlainTextResponse(text, headers=headers, media_type="application/yaml")


def again_page(request: Request) -> Response:
    """The codings that wait for this coder to look again."""
    viewer = viewer_of(request)
    waiting, n_held = _waiting(viewer)
    return page(
        request,
        "again.html.j2",
        "codebook",
        "Look again",
        waiting=waiting[:MOST_AGAIN],
        n=len(waiting),
        n_held=n_held,
        names={i.id: i.name for i in viewer.framework.indicators},
        definitions={i.id: i.definition for i in viewer.framework.indicators},
        done=request.query_params.get("done", ""),
    )


async def look_again(request: Request) -> Response:
    """Answer for one coding under the new definitions."""
    fields = await _fields(request)
    viewer = viewer_of(request)
    own = {(w.edit, w.number) for w in _waiting(viewer)[0]}
    asked = (_number(fields, "edit"), _number(fields, "coding"))
    if asked not in own:
        raise NotFound("this coding does not wait for you", where="codebook", mend="reload the page")
    recode(viewer.study, *asked, [] if "none" in fields else fields.get("codes", []))
    viewer.desk.feed.wake()
    return RedirectResponse("/codebook/again?done=1", 303)


def _waiting(viewer: Viewer) -> tuple[list[Waiting], int]:
    """What waits for this coder, and how much of it stays hidden while they code its sources anew in a blind round."""
    table = waiting_codings(viewer.study, viewer.coder)
    status = {row["edit"]: row for row in recoding_status(viewer.study).to_dicts()}
    with viewer.study.reading() as connection:
        c = schema.coding.c
        ids = table["coding_id"].to_list()
        rows = connection.execute(sa.select(c.id, c.guid).where(c.id.in_(ids)))
        guids = {row.id: row.guid for row in rows}
        codings = {h.guid: h for h in select_codings(connection, c.id.in_(ids))}
    found: list[Waiting] = []
    n_held = 0
    texts: dict[str, str] = {}
    leads_to = {edit: choices_of(viewer.study, edit) for edit in table["edit"].unique().to_list()}
    for edit, number in table.select("edit", "coding_id").iter_rows():
        coding = codings[guids[number]]
        if coding.retired:
            continue
        if not viewer.sight.sees(coding.coder, coding.round, coding.source):
            n_held += 1
            continue
        text = texts.setdefault(coding.source, viewer.study.text(coding.source))
        address = f"/sources/{coding.source}?at={coding.start}-{coding.end}"
        words = text[coding.start : coding.end]
        found.append(Waiting(edit, number, status[edit]["kind"], coding, words, address, leads_to[edit]))
    return found, n_held


async def _fields(request: Request) -> dict[str, list[str]]:
    return parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)


def _one(fields: dict[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[-1]


def _number(fields: dict[str, list[str]], name: str) -> int:
    text = _one(fields, name)
    if not text.isdecimal():
        raise FrameworkError(f"{name} is no number", where="codebook", mend="reload the page")
    return int(text)


ROUTES = [
    Route("/codebook", codebook_room),
    Route("/codebook/versions", versions_page),
    Route("/codebook/file", version_file),
    Route("/codebook/again", again_page),
    Route("/codebook/again", look_again, methods=["POST"]),
    Route("/codebook/codings/{code}", codings_page),
    Route("/codebook/edit/{code}", edit_page),
    Route("/codebook/preview", preview, methods=["POST"]),
    Route("/codebook/change", change, methods=["POST"]),
]
