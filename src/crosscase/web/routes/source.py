"""The Source room: a text to read and code, and what is coded in it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crosscase.model.framework import Framework
from crosscase.services.rounds import round_names
from crosscase.services.source_view import Marks, read_marks, read_source
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.pages import page

N_COLOURS = 8
# Tints behind text, from the palette of the report, which colour-blind people can tell apart; the stripes beside have
# patterns and names. No lines under the words: drawing them took most of the time of scrolling.
_LIGHT = (
    "68,119,170",
    "190,155,40",
    "47,138,75",
    "60,160,205",
    "162,69,138",
    "119,115,106",
    "214,90,106",
    "140,135,125",
)
_DARK = (
    "110,165,220",
    "216,188,80",
    "80,180,110",
    "139,205,232",
    "205,120,185",
    "150,146,136",
    "234,131,145",
    "130,126,118",
)


def source_room(request: Request) -> Response:
    viewer = viewer_of(request)
    source = read_source(viewer.study, request.path_params["guid"])
    note = round_note(viewer, viewer.round, source.guid)
    return page(request, "source.html.j2", "source", source.name, source=source, lines=lines_of, note=note)


def marks(request: Request) -> Response:
    """Everything that is coded in the source, as this person may see it."""
    viewer = viewer_of(request)
    asked = request.query_params.get("round", "")
    round = asked if asked in round_names(viewer.study) else viewer.round
    found = read_marks(viewer.study, request.path_params["guid"], viewer.sight, round)
    wire = as_wire(found, viewer.desk.keyring.hide(found.last_event))
    told = {**wire, "coder": viewer.session.coder, "note": round_note(viewer, round, request.path_params["guid"])}
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return Response(text, media_type="application/json")


def round_note(viewer: Viewer, round: str, source: str) -> str:
    """What a coder sees in a source while coding in this round; empty for somebody who codes nothing."""
    if not viewer.session.coder:
        return ""
    anew = viewer.sight.codes_anew(source)
    if round in viewer.sight.open_rounds:
        return f"You code in {round}; colleagues’ codings are shown."
    if anew == round:
        return (
            f"You code in {round}, which is blind: you see only what you code in {round}. Codings of earlier rounds "
            "are hidden, your own too."
        )
    if anew and round not in viewer.sight.blind_rounds:
        return f"You code in {round}. Colleagues’ codings are hidden while you take part in {anew}, which is blind."
    return f"You code in {round}, which is blind: you see your own codings only."


def as_wire(found: Marks, cursor: str) -> dict[str, Any]:
    """Marks with names said once: 3,000 codings in some 100 kilobytes."""
    names: list[list[str]] = [[], [], []]
    places: list[dict[str, int]] = [{}, {}, {}]
    facet_sets: list[dict[str, str]] = []
    facet_places: dict[tuple[Any, ...], int] = {}

    def place(which: int, name: str) -> int:
        if name not in places[which]:
            places[which][name] = len(names[which])
            names[which].append(name)
        return places[which][name]

    def facets(answers: Any) -> int:
        key = tuple(answers.items())
        if key not in facet_places:
            facet_places[key] = len(facet_sets)
            facet_sets.append(dict(answers))
        return facet_places[key]

    rows = [
        [
            c.guid,
            c.start,
            c.end,
            place(0, c.code),
            facets(c.facets),
            place(1, c.coder),
            place(2, c.round),
            int(c.layer == "consensus"),
        ]
        for c in found.codings
    ]
    return {
        "cursor": cursor,
        "codes": names[0],
        "coders": names[1],
        "rounds": names[2],
        "facets": facet_sets,
        "codings": rows,
        "suggestions": None if found.suggestions is None else list(found.suggestions),
        "reviewed": [list(span) for span in found.reviewed],
        "memos": {guid: list(notes) for guid, notes in found.memos.items()},
    }


def codebook_json(request: Request) -> Response:
    """Codes, facets and people for the page, and by which codebook; browsers keep it until it changes."""
    viewer = viewer_of(request)
    framework = viewer.framework
    people = [{"name": p.name, "label": p.label, "kind": p.kind} for p in viewer.people]
    content = {**codebook_of(framework), "people": people}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    tag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'
    kept = {"cache-control": "no-cache", "etag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=kept)
    return Response(text, media_type="application/json", headers=kept)


def codebook_of(framework: Framework) -> dict[str, Any]:
    """What the page needs to know of a framework."""
    domains = {domain.id: index for index, domain in enumerate(framework.domains)}
    return {
        "version": framework.version,
        "digest": framework.digest,
        "domains": [{"id": d.id, "name": d.name, "colour": i % N_COLOURS} for i, d in enumerate(framework.domains)],
        "codes": [
            {
                "id": i.id,
                "name": i.name,
                "domain": i.domain,
                "colour": domains[i.domain] % N_COLOURS,
                "definition": i.definition,
                "include": i.include,
                "exclude": i.exclude,
                "example": i.example,
            }
            for i in framework.indicators
            if i.kind == "passage"
        ],
        "facets": [
            {
                "id": f.id,
                "question": f.question,
                "required": f.required,
                "default": f.default or "",
                "values": [{"id": v.id, "label": v.label, "include": v.include} for v in f.values],
            }
            for f in framework.facets
        ],
    }


def code_style(request: Request) -> Response:
    """One rule per code: highlights take no classes, so each has a name of its own."""
    framework = viewer_of(request).framework
    domains = {domain.id: index for index, domain in enumerate(framework.domains)}
    names = [domains[i.domain] for i in framework.indicators if i.kind == "passage"]
    light = _rules(names, _LIGHT, 0.17)
    dark = _rules(names, _DARK, 0.26)
    text = f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"
    return Response(text, media_type="text/css", headers={"cache-control": "private, max-age=60"})


def _rules(colours: list[int], palette: tuple[str, ...], tint: float) -> str:
    return "\n".join(
        f".said::highlight(c{number}) {{ background-color: rgba({palette[colour]},{tint}); }}"
        for number, colour in enumerate([*(c % N_COLOURS for c in colours), 5])
    )


def lines_of(text: str) -> int:
    """How many lines a block will take, in a few steps: the browser reserves the room before it draws."""
    n = -(-len(text) // 66)
    return next((step for step in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64) if n <= step), 64)


ROUTES = [
    Route("/sources/{guid}", source_room),
    Route("/api/sources/{guid}/marks", marks),
    Route("/api/codebook", codebook_json),
    Route("/codes.css", code_style),
]
