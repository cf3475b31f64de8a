"""The Disconfirm room: claims, what may speak against each, what it comes to, and a blind second reading."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from crosscase.analysis.disconfirm import QUEUES
from crosscase.errors import AccessError, AnalysisError, InputError, NotFound
from crosscase.model.claim import CHANGES, DISPOSITIONS, ClaimPart, Scope
from crosscase.model.study import LEVELS
from crosscase.services import claims as claim_services
from crosscase.services.adversarial import JUDGEMENTS, compare_judgements
from crosscase.services.analyses import choose_layer
from crosscase.services.blind_reading import Reading, begin_reading, has_worked_on, judge, reading, readings_of
from crosscase.services.claims import StoredClaim, claim_by_guid
from crosscase.services.coding_errors import codings_behind
from crosscase.services.disconfirming import candidates
from crosscase.services.search_record import COUNTS, SearchRecord, search_records
from crosscase.services.suspects import Suspects, group_items
from crosscase.web.answers import form_body
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.errands import search_against
from crosscase.web.pages import page
from crosscase.web.paging import first_of, pages_of
from crosscase.web.routes.search import code_name

PER_PAGE = 20
SEARCH = "disconfirm"
STATUS = {"open": "not decided yet", "kept": "kept", "bounded": "kept within limits", "dropped": "dropped"}
_READINGS = (4, 60)  # how many passages a blind check may have


def closed(request: Request, title: str) -> Response | None:
    """The page that says why this room is closed while a round is blind for this person; else ``None``."""
    viewer = viewer_of(request)
    if not viewer.hidden:
        return None
    return page(request, "blind.html.j2", "disconfirm", title, hidden=viewer.hidden, back="/disconfirm")


def open_eyed(viewer: Viewer) -> Viewer:
    """Somebody who may change something here; raises ``AccessError`` for those who code blind or look around."""
    _ = viewer.coder
    if viewer.hidden:
        raise AccessError("not while you code blind", where="Disconfirm", mend="wait until the round is revealed")
    return viewer


def claims_room(request: Request) -> Response:
    """Every claim with its status, and what is still to be read."""
    if (refusal := closed(request, "Disconfirm")) is not None:
        return refusal
    viewer = viewer_of(request)
    known, errand = claim_services.claims(viewer.study), viewer.desk.errands.now(SEARCH)
    if errand.running and not any(c.searched for c in known):
        return page(
            request, "computing.html.j2", "disconfirm", "Disconfirm", state=errand, ask=f"/api/errands/{SEARCH}"
        )
    by_claim: dict[str, list[Any]] = {}
    for item in candidates(viewer.study):
        by_claim.setdefault(item.claim, []).append(item)
    rows = [(claim, _counts(by_claim.get(claim.name, []))) for claim in known]
    order = {"open": 0, "kept": 1, "bounded": 1, "dropped": 2}
    return page(
        request,
        "claims.html.j2",
        "disconfirm",
        "Disconfirm",
        rows=sorted(rows, key=lambda row: order[row[0].status]),
        errand=errand,
        states=STATUS,
        cases=viewer.study.settings.cases,
        levels=LEVELS,
        sentence=request.query_params.get("sentence", ""),
    )


def _counts(items: list[Any]) -> dict[str, int]:
    groups = group_items(items)
    waiting = sum(group[0].is_open for group in groups)
    against = sum(group[0].disposition in COUNTS for group in groups)
    return {"all": len(groups), "open": waiting, "against": against}


async def search(request: Request) -> Response:
    """Search against every claim, or one, beside everything else."""
    form = await form_body(request)
    viewer = open_eyed(viewer_of(request))
    wanted = form.get("claim", "")
    if wanted:
        claim_by_guid(viewer.study, wanted)
    viewer.desk.errands.ask(SEARCH, viewer.study.head(), search_against, viewer.coder, wanted)
    return RedirectResponse(f"/disconfirm/claims/{wanted}" if wanted else "/disconfirm", 303)


async def add_claim(request: Request) -> Response:
    """Keep a person's claim: a sentence that is understood, or own words with indicators."""
    form = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=False)
    viewer = open_eyed(viewer_of(request))
    sentence = form.get("sentence", [""])[0].strip()
    supports, opposes = form.get("supports", []), form.get("opposes", [])
    if supports or opposes:
        scope = Scope(
            tuple(form.get("cases", [])),
            (),
            tuple(form.get("levels", [])),
            form.get("since", [""])[0],
            form.get("until", [""])[0],
        )
        claim = claim_services.own_claim(viewer.study, sentence, supports=supports, opposes=opposes, scope=scope)
    else:
        claim = claim_services.understand(viewer.study, sentence)
    stored = claim_services.add_claim(viewer.study, claim)
    viewer.desk.feed.wake()
    return RedirectResponse(f"/disconfirm/claims/{stored.guid}", 303)


def claim_room(request: Request) -> Response:
    """One claim: its record, and its candidates in context."""
    if (refusal := closed(request, "Disconfirm")) is not None:
        return refusal
    viewer, query = viewer_of(request), request.query_params
    claim = claim_by_guid(viewer.study, request.path_params["guid"])
    queue, case, disposition = query.get("queue", ""), query.get("case", ""), query.get("disposition") or "open"
    if (queue and (not queue.isdecimal() or int(queue) not in QUEUES)) or (
        disposition not in ("open", "all", "against", *DISPOSITIONS)
    ):
        raise InputError("no such filter", where="Disconfirm", mend="choose from the lists")
    evidence = viewer.study.evidence(choose_layer(viewer.study)[0]) if claim.searched else viewer.study.evidence()
    suspects = Suspects(viewer.study, claim, evidence)
    groups = suspects.choose(
        queue=int(queue) if queue else None, case=case, disposition="" if disposition == "all" else disposition
    )
    first = first_of(request, PER_PAGE)
    errand = viewer.desk.errands.now(SEARCH)
    return page(
        request,
        "claim.html.j2",
        "disconfirm",
        claim.claim.sentence,
        claim=claim,
        parts=_parts(claim),
        states=STATUS,
        record=_record(viewer, claim, evidence),
        n_groups=len(suspects.groups),
        n_open=sum(group[0].is_open for group in suspects.groups),
        places=[suspects.show(group) for group in groups[first : first + PER_PAGE]],
        n_places=len(groups),
        pages=pages_of(request, len(groups), PER_PAGE),
        queue=queue,
        case=case,
        disposition=disposition,
        queues=QUEUES,
        dispositions=DISPOSITIONS,
        cases=viewer.study.settings.cases,
        reasons=_reasons(suspects),
        readings=readings_of(viewer.study, claim),
        errand=errand,
        link=lambda **said: f"/disconfirm/claims/{claim.guid}?{urlencode({k: v for k, v in said.items() if v})}",
    )


def _record(viewer: Viewer, claim: StoredClaim, evidence: Any) -> SearchRecord | None:
    return next((r for r in search_records(viewer.study, evidence) if r.claim.guid == claim.guid), None)


def _parts(claim: StoredClaim) -> dict[str, list[str]]:
    """In words, what speaks for the claim and what against it."""
    found: dict[str, list[str]] = {"for": [], "against": []}
    claim_ = claim.claim
    for part, shown in zip(claim_.parts, claim_.effective_parts, strict=True):
        # The label says what is wanted; which side a coding speaks on depends on whether it says so.
        as_wanted = (part.side == "for") == (claim_.kind != "condition" or claim_.polarity)
        words = _worded(part, as_wanted)
        if words not in found[shown.side]:
            found[shown.side].append(words)
    return found


def _worded(part: ClaimPart, as_wanted: bool) -> str:
    """A part of a claim in words for the side that it stands on."""
    if part.role in ("condition", "rival"):
        holds = ("should not hold" in part.label) != as_wanted
        return f"{part.label}: codings that say it {'does' if holds else 'does not'}"
    if part.role == "locus":
        return f"{part.label}: codings that name {'them' if as_wanted else 'somebody else'}"
    if part.label.startswith("who does the work"):
        return f"{part.label}: codings that name {'whom the claim names' if as_wanted else 'somebody else'}"
    return part.label


def _reasons(suspects: Suspects) -> list[str]:
    """Reasons that were given before, the newest first: they come back often."""
    given = [(group[0].at, group[0].decision) for group in suspects.groups if group[0].decision]
    return list(dict.fromkeys(reason for _, reason in sorted(given, reverse=True)))[:12]


def behind(request: Request) -> Response:
    """The coders' codings that candidates rest on: what a coding error is mended in."""
    viewer = open_eyed(viewer_of(request))
    ids = [int(n) for n in request.query_params.get("ids", "").split() if n.isdecimal()]
    found = [
        {
            "guid": c.guid,
            "code": code_name(viewer.framework, c.code),
            "coder": viewer.called(c.coder),
            "own": c.coder == viewer.coder,
            "at": f"/sources/{c.source}?at={c.start}-{c.end}",
        }
        for c in codings_behind(viewer.study, ids)
    ]
    return JSONResponse({"codings": found})


async def change(request: Request) -> Response:
    """Keep, bound or drop a claim."""
    form = await form_body(request)
    viewer = open_eyed(viewer_of(request))
    claim = claim_by_guid(viewer.study, request.path_params["guid"])
    what = form.get("change", "")
    if what not in CHANGES:
        raise InputError(f"no change {what!r}", where="Disconfirm", mend=f"use {', '.join(CHANGES)}")
    sentence = form.get("sentence", "") if what == "bounded" else ""
    claim_services.change_claim(viewer.study, claim.name, what, form.get("reason", ""), sentence=sentence)
    viewer.desk.feed.wake()
    return RedirectResponse(f"/disconfirm/claims/{claim.guid}", 303)


async def begin_blind(request: Request) -> Response:
    """Mix confirming and candidate passages for a reader who does not know which is which."""
    form = await form_body(request)
    viewer = open_eyed(viewer_of(request))
    claim = claim_by_guid(viewer.study, request.path_params["guid"])
    n, seed = form.get("n", "20").strip(), form.get("seed", "1").strip() or "1"
    if not (n.isdecimal() and seed.isdecimal()) or not _READINGS[0] <= int(n) <= _READINGS[1] or len(seed) > 9:
        raise InputError(
            f"{n[:20]!r} passages cannot be mixed", where="Disconfirm", mend=f"{_READINGS[0]} to {_READINGS[1]}"
        )
    guid = begin_reading(viewer.study, claim.name, n_items=int(n), seed=int(seed))
    viewer.desk.feed.wake()
    return RedirectResponse(f"/disconfirm/blind/{guid}", 303)


def blind_room(request: Request) -> Response:
    """Passages one below the other, judged by their words alone; afterwards, where each came from."""
    if (refusal := closed(request, "Disconfirm")) is not None:
        return refusal
    viewer = viewer_of(request)
    there = reading(viewer.study, request.path_params["guid"])
    return page(
        request,
        "blind_reading.html.j2",
        "disconfirm",
        "Blind check",
        reading=there,
        judgements=JUDGEMENTS,
        n_own=has_worked_on(viewer.study, there.claim, there.by or viewer.session.coder),
        **(_outcome(viewer, there) if there.judged else {"rows": (), "sentence": ""}),
    )


def _outcome(viewer: Viewer, there: Reading) -> dict[str, Any]:
    """What was judged beside where each passage came from, once it was judged."""
    known = {item.id: item for item in candidates(viewer.study, there.claim.name, raised_only=False)}
    guids = dict(viewer.study.sources().select("name", "guid").iter_rows())
    rows = []
    for number, text in there.passages:
        origin = there.origins[number]
        source, start, end = origin["place"]
        item = known.get(origin.get("id", 0))
        stands = (item.disposition or "open") if item else "coded for the claim"
        where = f"/sources/{guids[source]}?at={start}-{end}" if source in guids else ""
        rows.append((number, text, there.judged[number], origin["kind"], stands, source, where))
    try:
        sentence = compare_judgements(viewer.study, there.claim, there.origins, there.judged).sentence
    except AnalysisError as reason:
        sentence = f"Not compared yet: {reason.what}. {reason.mend[:1].upper()}{reason.mend[1:]}."
    return {"rows": rows, "sentence": sentence}


async def answer_blind(request: Request) -> Response:
    """Record the judgements; they are given once."""
    form = await form_body(request)
    viewer = open_eyed(viewer_of(request))
    guid = request.path_params["guid"]
    if reading(viewer.study, guid).judged:
        raise NotFound("this blind check was answered already", where="Disconfirm", mend="begin another one")
    judge(viewer.study, guid, {k.removeprefix("p"): v for k, v in form.items() if k.startswith("p")})
    viewer.desk.feed.wake()
    return RedirectResponse(f"/disconfirm/blind/{guid}", 303)


ROUTES = [
    Route("/disconfirm", claims_room),
    Route("/disconfirm/search", search, methods=["POST"]),
    Route("/disconfirm/claims", add_claim, methods=["POST"]),
    Route("/disconfirm/claims/{guid}", claim_room),
    Route("/api/candidates/codings", behind),
    Route("/disconfirm/claims/{guid}", change, methods=["POST"]),
    Route("/disconfirm/claims/{guid}/blind", begin_blind, methods=["POST"]),
    Route("/disconfirm/blind/{guid}", blind_room),
    Route("/disconfirm/blind/{guid}", answer_blind, methods=["POST"]),
]
