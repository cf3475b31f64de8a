"""The Agreement room: where coders differ, on the rounds that are open to whoever asks, and what is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crosscase.analysis.agreement.study import COEFFICIENTS, AgreementResult
from crosscase.analysis.agreement.study.result import ALL, NONE
from crosscase.errors import InputError
from crosscase.report.agreement_more import ALL_CODES, named_coefficients
from crosscase.services.agreeing_at_once import Agreements
from crosscase.services.decisions import decision_progress
from crosscase.services.identical import count_identical
from crosscase.services.side_by_side import STATES, Bench, Spot, spots_of
from crosscase.web.agreements import SCOPES, Asked, asked_of, measured_or_page
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.pages import page
from crosscase.web.paging import first_of, pages_of
from crosscase.web.routes.search import code_name, code_names

PER_PAGE = 20
_MOST_CONFUSED = 10
_UNIT_WORDS = {
    "turn": "turns",
    "sentence": "sentences",
    "paragraph": "paragraphs",
    "passage": "passages that coders were handed",
    "span": "free spans",
}


@dataclass(frozen=True)
class Cell:
    """One value; ``why`` says in words that it, or its interval, is not defined."""

    value: float | None
    low: float | None
    high: float | None
    why: str
    n_units: int
    n_differ: int
    n_sources: int
    given: float | None
    raw: float | None
    below: bool
    address: str


def agreement_room(request: Request) -> Response:
    viewer = viewer_of(request)
    asked = asked_of(request, viewer)
    found = measured_or_page(request, asked, "Agreement")
    if isinstance(found, Response):
        return found
    made = found.agreements
    content: dict[str, Any] = {"asked": asked, "hidden": viewer.hidden, "why": made.why, "mend": made.mend}
    content["stale"] = found.stale
    if not made.why:
        content |= _tables(viewer, asked, made)
    progress = decision_progress(viewer.study, asked.rounds)
    return page(
        request,
        "agreement.html.j2",
        "agreement",
        "Agreement",
        units=_UNIT_WORDS,
        coefficients=COEFFICIENTS,
        scopes=SCOPES,
        progress={p.code: p for p in progress},
        n_decided=sum(p.n_decided for p in progress),
        n_codings=sum(p.n_codings for p in progress),
        settings=viewer.study.settings.agreement,
        **content,
    )


def _tables(viewer: Viewer, asked: Asked, made: Agreements) -> dict[str, Any]:
    """The tables of the room: codes by pairs, rounds, facets, confusions."""
    threshold = viewer.study.settings.agreement.threshold
    whole, table = made.table()
    held = table.select("coder_a", "coder_b").unique(maintain_order=True).sort("coder_a", "coder_b").rows()
    columns: list[tuple[str, str]] = [*([("", "")] if len(held) > 1 else []), *held]
    cells: dict[tuple[str, str, str], Cell] = {}
    for row in [*whole.table.to_dicts(), *table.to_dicts()]:
        a, b = row.get("coder_a", ""), row.get("coder_b", "")
        address = asked.link("/agreement/passages", code=row["code"], a=a, b=b)
        cells[row["code"], a, b] = _cell(row, threshold, address)
    labels = code_names(viewer.framework) | {ALL: "All codes", NONE: "nothing"}
    rows = [
        (code, labels.get(code, code), [cells.get((code, a, b)) for a, b in columns]) for code in whole.table["code"]
    ]
    heads = ["All coders" if not a else f"{viewer.called(a)} and {viewer.called(b)}" for a, b in columns]
    named = whole.table.select("code", pl.col("coefficient").fill_null("")).rows()
    names = named_coefficients((ALL_CODES if code == ALL else code, name) for code, name in named)
    methods = whole.table["method"].drop_nulls().to_list()
    return {
        "heads": heads,
        "rows": rows,
        "warnings": whole.warnings,
        "method": "; ".join([*([names] if names else []), *methods[:1]]),
        "rounds": _by_round(asked, made, threshold),
        "facets": _by_facet(viewer, asked, made, threshold),
        "confusions": _confusions(asked, whole, labels),
    }


def _cell(row: Mapping[str, Any], threshold: float, address: str) -> Cell:
    return Cell(
        value=row["value"],
        low=row["low"],
        high=row["high"],
        why=(row["not_defined"] or "") if row["low"] is None else "",
        n_units=row["n_units"],
        n_differ=row["n_differ"],
        n_sources=row["n_sources"],
        given=row.get("prevalence"),
        raw=row.get("positive_agreement", row.get("same_answer")),
        below=row["value"] is not None and row["value"] < threshold,
        address=address,
    )


def _by_round(asked: Asked, made: Agreements, threshold: float) -> list[tuple[str, str, Cell]]:
    """Each round alone and with those before it, where there are several."""
    found = []
    for row in made.rounds.to_dicts() if made.rounds is not None else ():
        one = Asked(asked.unit, asked.coefficient, row["round"], row["scope"], asked.visible)
        found.append((row["round"], row["scope"], _cell(row, threshold, one.link("/agreement/passages", code=ALL))))
    return found


def _by_facet(viewer: Viewer, asked: Asked, made: Agreements, threshold: float) -> list[tuple[str, Cell]]:
    questions = {f.id: f.question for f in viewer.framework.facets}
    return [
        (questions[row["facet"]], _cell(row, threshold, asked.link("/agreement/passages", facet=row["facet"])))
        for row in (made.facets.table.to_dicts() if made.facets is not None else ())
    ]


def _confusions(asked: Asked, whole: AgreementResult, labels: Mapping[str, str]) -> list[tuple[str, str, int, str]]:
    """Which codes are given in the place of which, the most frequent first."""
    found = whole.most_confused().filter(pl.col("instead") != NONE, pl.col("code") != NONE).head(_MOST_CONFUSED)
    return [
        (labels.get(a, a), labels.get(b, b), n, asked.link("/agreement/passages", code=a, instead=b))
        for a, b, n in found.iter_rows()
    ]


def passages_room(request: Request) -> Response:
    """The passages behind one value, side by side."""
    viewer = viewer_of(request)
    asked, query = asked_of(request, viewer), request.query_params
    code, facet, a, b = (query.get(name, "") for name in ("code", "facet", "a", "b"))
    same = query.get("show") == "same"
    found = measured_or_page(request, asked, "Where coders differ")
    if isinstance(found, Response):
        return found
    result = found.agreements.answers() if facet else found.agreements.table()[0]
    bench = Bench(viewer.study, asked.rounds)
    pair, instead = (a, b) if a and b else None, query.get("instead", "")
    spots = spots_of(result, code=ALL if instead else code or ALL, pair=pair, facet=facet, same=same)
    if found.stale:  # what was taken out since is not there to be shown
        spots = [s for s in spots if all(n in bench.codings for some in s.codings.values() for n in some)]
    if instead:
        spots = [s for s in spots if {bench.codings[n]["code"] for n in s.asked} >= {code, instead}]
    about = viewer.framework.facet(facet).question if facet else code_name(viewer.framework, code)
    said = {"code": code, "facet": facet, "a": a, "b": b}
    return page(
        request,
        "passages.html.j2",
        "agreement",
        "Where coders differ",
        asked=asked,
        heading="All codes" if about in ("", ALL) else about,
        instead=code_name(viewer.framework, instead) if instead else "",
        between=f"{viewer.called(a)} and {viewer.called(b)}" if a and b else "coders",
        unit=_UNIT_WORDS[asked.unit] if not facet else "passages with the same code",
        same=same,
        stale=found.stale,
        other=asked.link("/agreement/passages", **said, show="" if same else "same"),
        pages=pages_of(request, len(spots), PER_PAGE),
        **_listed(request, spots, bench),
    )


def adjudicate_room(request: Request) -> Response:
    """Everything that waits for a decision, in the order of the texts."""
    viewer = viewer_of(request)
    asked, query = asked_of(request, viewer), request.query_params
    code, case, state = query.get("code", ""), query.get("case", ""), query.get("state") or "open"
    if state not in STATES:
        raise InputError(f"no state {state!r}", where="Agreement", mend=f"use {', '.join(STATES)}")
    anybody = query.get("readers") == "all"
    bench = Bench(viewer.study, asked.rounds)
    spots = bench.clusters(code=code, case=case, state=state, readers=1 if anybody else 2)
    progress = decision_progress(viewer.study, asked.rounds)
    return page(
        request,
        "adjudicate.html.j2",
        "agreement",
        "Adjudicate",
        asked=asked,
        hidden=viewer.hidden,
        code=code,
        case=case,
        state=state,
        states=STATES,
        anybody=anybody,
        progress=[(code_name(viewer.framework, p.code), p) for p in progress],
        n_decided=sum(p.n_decided for p in progress),
        n_codings=sum(p.n_codings for p in progress),
        n_identical=count_identical(viewer.study, tuple(viewer.sight.open_rounds)),
        cases=viewer.study.settings.cases,
        pages=pages_of(request, len(spots), PER_PAGE),
        **_listed(request, spots, bench),
    )


def _listed(request: Request, spots: Sequence[Spot], bench: Bench) -> dict[str, Any]:
    first = first_of(request, PER_PAGE)
    return {"places": [bench.place(spot) for spot in spots[first : first + PER_PAGE]], "n_places": len(spots)}


ROUTES = [
    Route("/agreement", agreement_room),
    Route("/agreement/passages", passages_room),
    Route("/agreement/adjudicate", adjudicate_room),
]
